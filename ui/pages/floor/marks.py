"""The signs of a floor: walls, a rack's body and front, a leak detector. Given a place, paints it; knows no model."""

from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ui import theme
from ui.pages.floor.layout import RackCell
from ui.widgets import lettering
from ui.widgets.lettering import Lettering

MARK = 8
"""Side of the mark of a device that has no footprint."""
UNKNOWN = 22
"""Side of the hatch below a leak detector of which nothing is known."""
QUESTION = 11
FRONT = 3
"""Px of the line that marks a rack's front."""


def hairline(colour: str) -> QPen:
    """One pixel of the screen, whatever its scaling."""
    return QPen(QColor(colour), 0)


def paint_edge(painter: QPainter, rect: QRectF, *, known: bool) -> None:
    """The room's outer walls; dashed when nobody said where they are."""
    now = theme.current()
    painter.fillRect(rect, QColor(now.panel))
    painter.setPen(QPen(QColor(now.text_dim), 2 if known else 1, Qt.PenStyle.SolidLine if known else Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(rect)


def paint_area(painter: QPainter, rect: QRectF) -> None:
    """The walls of a part of the floor."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.current().text_dim), 2))
    painter.drawRect(rect)


def paint_aisle(painter: QPainter, rect: QRectF) -> None:
    """The outline of a strip of air."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.current().line), 0, Qt.PenStyle.DotLine))
    painter.drawRect(rect)


def paint_rack(painter: QPainter, cell: RackCell) -> None:
    """Its body, and a thick line along its front."""
    now = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not cell.shape.square)
    painter.setBrush(QColor(now.button))
    painter.setPen(hairline(now.text_dim))
    painter.drawPolygon(cell.outline)
    left, right = cell.front
    inward = cell.outline.boundingRect().center() - (left + right) / 2
    length = max(1.0, (inward.x() ** 2 + inward.y() ** 2) ** 0.5)
    step = inward * (FRONT / 2 / length)
    painter.setPen(QPen(QColor(now.text), FRONT, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(QLineF(left + step, right + step))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_body(painter: QPainter, rect: QRect, *, mark: bool) -> None:
    """A device: its footprint, or a small square where it hangs."""
    now = theme.current()
    if mark:
        rect = QRect(rect.center().x() - MARK // 2, rect.center().y() - MARK // 2, MARK + 1, MARK + 1)
    painter.setBrush(QColor(now.text_dim) if mark else QColor(now.track))
    painter.setPen(hairline(now.text_dim))
    painter.drawRect(rect.adjusted(0, 0, -1, -1))


def paint_detector(painter: QPainter, at: QPoint, wet: bool | None) -> None:
    """Dry: an empty drop; wet: a filled one, larger; not known: one with a question mark, on a hatch."""
    now = theme.current()
    side = 6.0 if wet is False else 9.0
    if wet is None:
        theme.paint_stale(painter, QRect(at.x() - UNKNOWN // 2, at.y() - UNKNOWN // 2, UNKNOWN, UNKNOWN))
    drop = QPolygonF(
        [QPointF(at.x() + x * side, at.y() + y * side) for x, y in ((0, -1.3), (0.8, 0.3), (0.5, 1.0), (-0.5, 1.0), (-0.8, 0.3))]
    )
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(now.text_dim if wet is None else now.text), 1.5))
    painter.setBrush(QColor(now.text) if wet else QColor(now.panel))
    painter.drawPolygon(drop)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    if wet is None:
        painter.setFont(theme.font(QUESTION, bold=True))
        painter.setPen(QColor(now.text))
        painter.drawText(QRect(at.x() - 7, at.y() - 6, 14, 14), Qt.AlignmentFlag.AlignCenter, "?")


def paint_leader(painter: QPainter, at: QPoint, label: Lettering, clear: int, colour: str) -> None:
    """A line from a sign, `clear` px round its middle, to the text that belongs to it."""
    box = label.rect.adjusted(-5, -3, 4, 2)
    near = QPointF(min(max(at.x(), box.left()), box.right()), min(max(at.y(), box.top()), box.bottom()))
    line = QLineF(QPointF(at), near)
    if line.length() > clear + 2:
        painter.setPen(QPen(QColor(colour), 2))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawLine(QLineF(line.pointAt(clear / line.length()), near))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_label(painter: QPainter, one: Lettering, colour: str) -> None:
    """A text that stands over everything, on a ground of its own with a frame of this colour."""
    box = one.rect.adjusted(-4, -2, 3, 1)
    painter.fillRect(box, QColor(theme.current().panel))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 2))
    painter.drawRect(box)
    lettering.paint(painter, (one,))
