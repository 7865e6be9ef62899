"""A leak rope on the screen: its line, and its metres counted from the controller. Knows no water."""

from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from ui import theme
from ui.models.floorplan import Spot, on_rope, rope_length
from ui.models.scope import LINE, SMALL, Scope
from ui.widgets import lettering

TICK = 4
"""Px of a tick at each side of the rope."""


def paint_rope(painter: QPainter, path: list[Spot], scope: Scope) -> None:
    """The rope and the ticks of its metres."""
    now = theme.current()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(now.accent), 2, Qt.PenStyle.DashLine))
    painter.drawPolyline(QPolygonF([scope.px(*spot) for spot in path]))
    painter.setPen(QPen(QColor(now.accent), 2))
    for metres in tick_metres(path, scope):
        at, way = scope.px(*on_rope(path, metres)[0]), beside(path, metres, scope)
        painter.drawLine(QLineF(at - way * TICK, at + way * TICK))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def tick_metres(path: list[Spot], scope: Scope) -> list[float]:
    """Every 5 m, or every 10 where 5 m are few pixels."""
    step = 5 if scope.scale * 5 >= 70 else 10
    return [float(metres) for metres in range(0, int(rope_length(path) + 1e-6) + 1, step)] if len(path) > 1 else []


def rope_labels(path: list[Spot], scope: Scope) -> list[tuple[list[QRect], str]]:
    """The metres as texts, each with the two places that it may take."""
    labels = []
    for metres in tick_metres(path, scope):
        text = f"{metres:g} m"
        wide = lettering.width(text, SMALL) + 1
        at, way = scope.px(*on_rope(path, metres)[0]), beside(path, metres, scope)
        spots = []
        for side in (1, -1):
            middle = at + QPointF(way.x() * (wide / 2 + TICK + 3), way.y() * (LINE / 2 + TICK)) * side
            spots.append(QRect(round(middle.x() - wide / 2), round(middle.y() - LINE / 2), wide, LINE))
            spots += [
                spots[-1].translated(shift)
                for shift in (QPoint(wide // 2 + 4, 0), QPoint(-wide // 2 - 4, 0), QPoint(0, LINE), QPoint(0, -LINE))
            ]
        labels.append((spots, text))
    return labels


def beside(path: list[Spot], metres: float, scope: Scope) -> QPointF:
    """The way across the rope at so many metres, one px long."""
    length = rope_length(path)
    here = scope.px(*on_rope(path, max(0.0, min(metres, length) - 0.05))[0])
    there = scope.px(*on_rope(path, min(length, metres + 0.05))[0])
    way = there - here
    far = max(1e-6, (way.x() ** 2 + way.y() ** 2) ** 0.5)
    return QPointF(-way.y() / far, way.x() / far)
