"""What a chart is made of: curves, the lanes that they share by unit, and what those who draw above a chart may ask of it.

Each unit has a lane and an axis of its own, and never two units share a lane with an axis at either side: at three in the morning a
curve is then read on the wrong axis, and two curves seem to cross that have nothing in common. What belongs together is seen by the
one time axis and the one cross-hair through all lanes; a lane that matters more is drawn higher by its upper edge.
"""

from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Protocol

from PySide6.QtCore import QRectF

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.points import LimitKind
from ui import theme
from ui.models.ticks import value_range
from ui.pages.trends.trace import Seen, Trace

STATES_HIGH, STATE_ROW = 74, 26


@dataclass
class Line:
    """One curve: its number is its name on the chart."""

    number: int
    point: PointInfo
    trace: Trace
    seen: Seen = field(init=False)
    """The window of the chart onto it, as last drawn."""
    before: Seen | None = None
    """The same window some days before, when that is compared."""
    minus: "tuple[Line, Line] | None" = None
    """The two curves whose difference it is, the first less the second; None = a point of its own."""

    def __post_init__(self) -> None:
        self.seen = self.trace.seen(0, 1, 1)

    @property
    def colour(self) -> str:
        """Its colour in the theme in force; the number tells apart what colours do not."""
        curves = theme.current().curves
        return curves[(self.number - 1) % len(curves)]


@dataclass(frozen=True, slots=True)
class LaneLimit:
    """One limit of a lane; `lines` are the curves that it holds for, empty when it holds for all of the lane."""

    value: float
    level: int
    kind: LimitKind
    lines: tuple[Line, ...]


@dataclass
class Lane:
    """One chart: the lines of one unit. `box` is the area of its curves in pixels."""

    unit: str
    states: bool
    lines: list[Line] = field(default_factory=list)
    box: QRectF = field(default_factory=QRectF)
    low: float = 0.0
    high: float = 1.0
    empty: bool = True
    derived: bool = False
    """Does it hold differences? They have a zero of their own and never share a lane with what is measured."""

    def on_axis(self, line: Line) -> tuple[float, float]:
        """Factor and offset from a line's value to the axis: several states stand in rows of their own, one above the other."""
        if not self.states or len(self.lines) == 1:
            return 1.0, 0.0
        row = len(self.lines) - 1 - self.lines.index(line)
        return 0.64 / max(1, *line.point.states), row + 0.18

    def y_of(self, value: float, line: Line | None = None) -> float:
        """The pixel of a value of the axis, or of this line."""
        if line is not None:
            factor, offset = self.on_axis(line)
            value = value * factor + offset
        return self.box.bottom() - (value - self.low) / (self.high - self.low) * self.box.height()

    def value_at(self, y: float) -> float:
        """The value of the axis at a pixel."""
        return self.low + (self.box.bottom() - y) / self.box.height() * (self.high - self.low)

    @property
    def name(self) -> str:
        """What its height and its range are remembered by."""
        return "states" if self.states else f"−{self.unit}" if self.derived else self.unit

    def least_high(self) -> int:
        """Pixels that a lane of states has."""
        return max(STATES_HIGH, STATE_ROW * len(self.lines))

    def scale(self, extents: list[tuple[float, float]], chosen: tuple[float, float] | None) -> None:
        """Set the range: what somebody chose, or what is seen (lowest and highest of each curve), the normal band's fifth at least, and
        limits that are near."""
        if chosen is not None:
            self.low, self.high = chosen
            return
        if self.states:
            if len(self.lines) > 1:
                self.low, self.high = 0.0, float(len(self.lines))
                return
            seen = max((high for _, high in extents), default=1.0)
            self.low, self.high = -0.25, max(1, seen, *self.lines[0].point.states) + 0.25
            return
        bands = [line.point.normal[1] - line.point.normal[0] for line in self.lines if line.point.normal]
        if not extents:
            near = [edge for line in self.lines for edge in line.point.normal or ()] or [0.0, 1.0]
            self.low, self.high = value_range(min(near), max(near), 1e-6)
            return
        low, high = min(low for low, _ in extents), max(high for _, high in extents)
        finest = max(10.0**-line.point.decimals for line in self.lines) * 10
        least = max(finest, max(bands, default=0.0) / 5)
        reach = max(high - low, least, max(bands, default=0.0) / 2)
        limits = [limit.value for line in self.lines for limit in line.point.limits if limit.kind is not LimitKind.STATE]
        near = [value for value in limits if low - reach <= value <= high + reach]
        low, high = value_range(min([low, *near]), max([high, *near]), least)
        if not (self.low <= low and high <= self.high and self.high - self.low < 1.6 * (high - low)):
            self.low, self.high = low, high

    def limits(self) -> list[LaneLimit]:
        """The limits of its points that lie in sight, each once, from above."""
        found: dict[tuple[float, int, LimitKind], list[Line]] = {}
        for line in self.lines:
            for limit in line.point.limits:
                if limit.kind is not LimitKind.STATE and self.low <= limit.value <= self.high:
                    found.setdefault((limit.value, limit.level, limit.kind), []).append(line)
        every = len(self.lines)
        limits = [LaneLimit(*key, tuple(lines) if len(lines) < every else ()) for key, lines in found.items()]
        return sorted(limits, key=lambda limit: (-limit.value, limit.level))

    def exceeded(self, limit: LaneLimit) -> bool:
        """Is one of its curves beyond this limit in what is seen?"""
        for line in limit.lines or self.lines:
            extent = line.seen.extent()
            if extent is not None and (extent[1] > limit.value if limit.kind is LimitKind.HIGH else extent[0] < limit.value):
                return True
        return False


class Chart(Protocol):
    """A chart as its marks see it: lanes, the time that it shows (UTC ms), the time under the cross-hair (None = nowhere), how far
    back (ms) the compared curves lie, and the box that somebody is drawing."""

    lanes: list[Lane]
    zone: tzinfo
    start: int
    end: int
    crosshair: int | None
    shift: int
    box: QRectF | None

    def x_of(self, time: int) -> float:
        """The pixel of a time."""
        ...
