"""What every result of the analysis carries: a figure with its interval, what it rests on, why there is none. Reckons nothing but dates."""

import math
from dataclasses import dataclass

from cityops_desktop.model.analysis import Why

__all__ = ["NO_GROUNDS", "Grounds", "Interval", "Why", "until"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure between the bounds of its 95 % interval; a bound may be infinite."""

    value: float
    low: float
    high: float

    @property
    def holds_zero(self) -> bool:
        """Can it be that there is nothing?"""
        return self.low <= 0 <= self.high

    def times(self, factor: float) -> "Interval":
        """The same in another unit."""
        low, high = sorted((self.low * factor, self.high * factor))
        return Interval(self.value * factor, low, high)

    def wider(self, by: float) -> "Interval":
        """With an error beside that of the samples, of at most so much."""
        return Interval(self.value, self.low - abs(by), self.high + abs(by))


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a figure rests on: from when to when (UTC ms), how many values."""

    start: int
    end: int
    samples: int


NO_GROUNDS = Grounds(0, 0, 0)


def until(target: float, level: Interval, rate: Interval) -> Interval | None:
    """How long until a value that stands at `level` and moves at `rate` has come to `target`: earliest from the nearest level at the
    fastest rate, latest from the furthest at the slowest; never (inf) where it may stand still.

    None when it is there, goes the other way, or the interval of its rate holds zero.
    """
    way = target - level.value
    if way == 0 or rate.holds_zero or way * rate.value <= 0 or math.isinf(way / rate.value):
        return None
    ways = sorted(max(0.0, (target - one) * (1 if way > 0 else -1)) for one in (level.low, level.high))
    speeds = sorted(abs(one) for one in (rate.low, rate.high))
    return Interval(way / rate.value, ways[0] / speeds[1], ways[1] / speeds[0] if speeds[0] else math.inf)
