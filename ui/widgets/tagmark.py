"""The sign of a tag 禁止合闸 wherever a tagged thing is painted: a tag with its eye and a bar across, in the ink of the theme, without a
colour; beside it its word where there is room. Knows no model."""

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPolygonF

from cityops_desktop.duty.orderwords import TAG_WORD
from cityops_desktop.texts import tr
from ui import theme


def paint_tag(painter: QPainter, rect: QRect | QRectF) -> None:
    """The sign in `rect` (14 px and more)."""
    side = min(rect.width(), rect.height()) - 1.0
    box = QRectF(0, 0, side, side)
    box.moveCenter(QRectF(rect).center())
    now = theme.current()
    low, neck = box.bottom() - 1, box.top() + side * 0.32
    corners = [
        QPointF(box.center().x() - side * 0.18, box.top() + 1),
        QPointF(box.center().x() + side * 0.18, box.top() + 1),
        QPointF(box.right() - side * 0.14, neck),
        QPointF(box.right() - side * 0.14, low),
        QPointF(box.left() + side * 0.14, low),
        QPointF(box.left() + side * 0.14, neck),
    ]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(now.text), 1.5))
    painter.setBrush(QBrush(QColor(now.panel)))
    painter.drawPolygon(QPolygonF(corners))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(QColor(now.text)))
    painter.drawEllipse(QPointF(box.center().x(), box.top() + side * 0.26), side * 0.07, side * 0.07)
    painter.drawRect(QRectF(box.left() + side * 0.27, box.top() + side * 0.56, side * 0.46, side * 0.17))
    painter.restore()


def word() -> str:
    """What is said beside the sign, and in tool tips."""
    return tr(TAG_WORD)
