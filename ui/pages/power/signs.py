"""The signs of the power chain (after IEC 60617, kept simple), drawn in lines. Knows no node."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from cityops_desktop.model.power import PowerKind
from ui import theme

SIDE = 20


def paint_sign(painter: QPainter, x: float, y: float, kind: PowerKind | None) -> None:
    """The sign of a kind of node in a square of `SIDE` px; None = a row of racks."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(x, y)
    painter.setPen(QPen(QColor(theme.current().text), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    (_racks if kind is None else _DRAW[kind])(painter)
    painter.restore()


def _wave(painter: QPainter, x: float, y: float, wide: float) -> None:
    path = QPainterPath(QPointF(x, y))
    path.cubicTo(x + wide * 0.25, y - wide * 0.6, x + wide * 0.25, y - wide * 0.6, x + wide / 2, y)
    path.cubicTo(x + wide * 0.75, y + wide * 0.6, x + wide * 0.75, y + wide * 0.6, x + wide, y)
    painter.drawPath(path)


def _mains(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(1, 1, 18, 18))
    _wave(painter, 5, 10, 10)


def _generator(painter: QPainter) -> None:
    painter.drawEllipse(QRectF(1, 1, 18, 18))
    painter.setFont(theme.font(theme.SMALL, True))
    painter.drawText(QRectF(0, 0, 20, 20), Qt.AlignmentFlag.AlignCenter, "G")


def _ats(painter: QPainter) -> None:
    for point in (QPointF(4, 3), QPointF(16, 3), QPointF(10, 16)):
        painter.drawEllipse(point, 1.8, 1.8)
    painter.drawLine(QPointF(9.3, 14.3), QPointF(5, 5))
    painter.drawLine(QPointF(10, 18), QPointF(10, 20))


def _ups(painter: QPainter) -> None:
    painter.drawRect(QRectF(1, 1, 18, 18))
    painter.drawLine(QPointF(1, 19), QPointF(19, 1))
    _wave(painter, 10.5, 14, 6.5)
    painter.drawLine(QPointF(3.5, 5), QPointF(9, 5))
    painter.drawLine(QPointF(3.5, 8), QPointF(9, 8))


def _battery(painter: QPainter) -> None:
    for x, half in ((4, 8), (8, 4), (12, 8), (16, 4)):
        painter.drawLine(QPointF(x, 10 - half), QPointF(x, 10 + half))


def _panel(painter: QPainter) -> None:
    painter.setPen(QPen(QColor(theme.current().text), 3))
    painter.drawLine(QPointF(2, 6), QPointF(18, 6))
    painter.setPen(QPen(QColor(theme.current().text), 1.5))
    for x in (4, 10, 16):
        painter.drawLine(QPointF(x, 6), QPointF(x, 17))


def _load(painter: QPainter) -> None:
    painter.drawRect(QRectF(6, 3, 8, 12))
    painter.drawLine(QPointF(10, 0), QPointF(10, 3))
    painter.drawLine(QPointF(10, 15), QPointF(10, 19))


def _racks(painter: QPainter) -> None:
    for x in (2, 8, 14):
        painter.drawRect(QRectF(x, 2, 5, 16))


_DRAW = {
    PowerKind.MAINS: _mains,
    PowerKind.GENERATOR: _generator,
    PowerKind.ATS: _ats,
    PowerKind.UPS: _ups,
    PowerKind.BATTERY: _battery,
    PowerKind.PANEL: _panel,
    PowerKind.LOAD: _load,
}
