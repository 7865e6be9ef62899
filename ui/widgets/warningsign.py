"""The shape and the colour of a warning, wherever one is shown. Knows no warning."""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from cityops_desktop.incidents.states import Colour
from ui import theme


def token(colour: Colour) -> str:
    """The theme's token of a warning's colour."""
    return {Colour.RED: "critical", Colour.ORANGE: "major", Colour.YELLOW: "minor", Colour.BLUE: "accent"}[colour]


def paint_sign(painter: QPainter, box: QRectF, colour: Colour) -> None:
    """Square, triangle, diamond or circle in the warning's colour."""
    ink = QColor(getattr(theme.current(), token(colour)))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink.darker(125) if not theme.current().dark else ink, 1.0))
    painter.setBrush(ink)
    mid = box.center()
    if colour is Colour.RED:
        painter.drawRect(box)
    elif colour is Colour.ORANGE:
        painter.drawPolygon(QPolygonF([QPointF(mid.x(), box.top()), box.bottomRight(), box.bottomLeft()]))
    elif colour is Colour.YELLOW:
        corners = [QPointF(mid.x(), box.top()), QPointF(box.right(), mid.y()), QPointF(mid.x(), box.bottom()), QPointF(box.left(), mid.y())]
        painter.drawPolygon(QPolygonF(corners))
    else:
        painter.drawEllipse(box)
    painter.restore()
