"""The moving-pointer bar: where a value stands against its normal band and its limits. Knows no model but the point."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPolygonF

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.points import Kind, LimitKind
from ui import theme

MARGIN = 0.25
"""Room beyond the outermost limit, as a share of what the limits and the band span."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What the bar covers, its normal band (None = not known) and its limits with their levels; in the point's unit."""

    low: float
    high: float
    band: tuple[float, float] | None
    limits: tuple[tuple[float, int], ...]

    def share(self, value: float) -> float:
        """0 at the lower end to 1 at the upper; a value outside stays at the end."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def scale_of(point: PointInfo) -> Scale | None:
    """The scale of an analog point's bar; None where nothing says what is normal."""
    if point.kind is not Kind.ANALOG:
        return None
    limits = tuple((limit.value, limit.level) for limit in point.limits if limit.kind is not LimitKind.STATE)
    marks = [value for value, _ in limits] + list(point.normal or ())
    if marks:
        low, high = min(marks), max(marks)
        room = (high - low) * MARGIN or abs(high) * MARGIN or 1.0
        low, high = low - room, high + room
        if len(marks) == 1:
            low, high = min(low, 0.0), max(high, 0.0)
        if point.span is not None:
            low, high = max(low, min(point.span[0], min(marks))), min(high, max(point.span[1], max(marks)))
    elif point.span is not None:
        low, high = point.span
    else:
        return None
    band = point.normal or _between(point)
    return Scale(low, high, band, limits) if high > low else None


def _between(point: PointInfo) -> tuple[float, float] | None:
    """Without a normal band: what no limit forbids, if there is a limit on both sides."""
    highs = [limit.value for limit in point.limits if limit.kind is LimitKind.HIGH]
    lows = [limit.value for limit in point.limits if limit.kind is LimitKind.LOW]
    return (max(lows), min(highs)) if highs and lows and max(lows) < min(highs) else None


def paint(painter: QPainter, rect: QRectF, scale: Scale, value: float | None, colour: str) -> None:
    """An upright bar in `rect` (about 16 wide): track, band, a notch per limit, and the pointer at its left unless there is no value."""
    now = theme.current()
    body = QRectF(rect.right() - 7, rect.top(), 7, rect.height())
    painter.fillRect(body, QColor(now.track))
    height = rect.height()
    if scale.band is not None:
        bottom, top = (rect.bottom() - scale.share(edge) * height for edge in scale.band)
        painter.fillRect(QRectF(body.left(), top, body.width(), max(1.0, bottom - top)), QColor(now.band))
    for limit, _ in scale.limits:
        notch = round(rect.bottom() - scale.share(limit) * height)
        painter.fillRect(QRectF(body.left() - 3, notch, body.width() + 3, 1), QColor(now.limit))
    if value is None:
        return
    y = rect.bottom() - scale.share(value) * height
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    x = body.left() - 1
    painter.drawConvexPolygon(QPolygonF([QPointF(x, y), QPointF(x - 8, y - 5), QPointF(x - 8, y + 5)]))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setBrush(Qt.BrushStyle.NoBrush)
