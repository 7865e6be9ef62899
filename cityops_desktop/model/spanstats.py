"""What a point was over a span of time: extremes, mean, time beyond a limit, share of each state, duration curve. Pure; works on a Strip.

A value holds from its sample to the next one. Where that is further away than a gap may be, it holds for one period and then nothing is
known. From samples every figure is exact. From buckets it is a `Bound`: what it is at least and at most, whatever the samples were.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.readings import QUALITY_CODES, Quality

Numbers = NDArray[np.float64]
MOST_STATES = 64
"""So many states from a bucket's lowest on are thought possible in it."""
_GOOD, _UNCERTAIN = QUALITY_CODES[Quality.GOOD], QUALITY_CODES[Quality.UNCERTAIN]


@dataclass(frozen=True, slots=True)
class Bound:
    """A figure that is at least `low` and at most `high`."""

    low: float
    high: float

    @property
    def exact(self) -> bool:
        """Is it known?"""
        return self.low == self.high

    @property
    def middle(self) -> float:
        """Half way between."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Held:
    """The rows of a strip within a span (UTC ms), and for how long (ms) each held at least and at most.

    `cut` are buckets that reach beyond the span, or may not have been in force at its beginning: what of them lies in it is not known.
    """

    strip: Strip
    start: int
    end: int
    least: Numbers
    most: Numbers
    cut: NDArray[np.bool_]

    @property
    def exact(self) -> bool:
        """Is every row a sample, or as good as one?"""
        s = self.strip
        return not self.cut.any() and bool(np.all((self.least == self.most) & ((s.count == 0) | (s.low == s.high))))


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of one point over one span. Times in ms; `last` = time and value of the newest sample; None = there was no usable value."""

    span: int
    usable: Bound
    good: Bound
    count: Bound
    lowest: Bound | None = None
    highest: Bound | None = None
    mean: Bound | None = None
    usual: float | None = None
    """The mean as estimated from the first and last value of each bucket; within `mean`."""
    last: tuple[int, float] | None = None


@dataclass(frozen=True, slots=True)
class StateShare:
    """For how long (ms) a state was in force, and how often it came."""

    state: int
    time: Bound
    came: Bound


@dataclass(frozen=True, slots=True)
class DurationCurve:
    """From each share of the known time (0 to 1, rising) to the next one the value in falling order is `low` to `high`; from samples both
    are the same."""

    share: Numbers
    low: Numbers
    high: Numbers


def held(strip: Strip, start: int, end: int, gap: int, hold: int) -> Held:
    """The rows in force from `start` to `end`; a distance of more than `gap` ms is not bridged, then a value holds for `hold` ms."""
    following = np.append(strip.time[1:], np.int64(end))
    until = np.where(following - strip.end <= gap, np.maximum(following, strip.end), strip.end + hold)
    until = np.minimum(until, np.maximum(following, strip.end))
    here = (until > start) & (strip.time < end)
    here |= (strip.time >= start) & (strip.time <= end)
    rows = np.flatnonzero(here)
    low, high = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, 0)
    s = _in_force(strip.rows(low, high), start)
    most = np.maximum(0, np.minimum(until[low:high], end) - np.maximum(s.time, start)).astype(np.float64)
    cut = (s.end > s.time) & ((s.time < start) | (s.end > end)) & (s.end >= start)
    bucket = s.end > s.time
    holes = bucket & (s.hole > gap) & (s.end > start)
    whole_most = np.where(holes, most - np.where(cut, 0, s.hole.astype(np.float64) - hold), most)
    most = np.where(s.count > 0, np.maximum(whole_most, 0), 0.0)
    doubtful = bucket & (holes | ~np.isin(s.quality, (_GOOD, _UNCERTAIN)))
    return Held(s, start, end, np.where(doubtful, 0.0, most), most, cut | (doubtful & (s.end < start)))


def _in_force(strip: Strip, start: int) -> Strip:
    """A bucket that ended before the span is in force with its last value only."""
    if not len(strip) or strip.end[0] >= start or not strip.count[0]:
        return strip
    columns = {name: getattr(strip, name).copy() for name in ("first", "low", "high")}
    for column in columns.values():
        column[0] = strip.last[0]
    return replace(strip, **columns)


def statistics(part: Held) -> Statistics:
    """Everything that needs no limit."""
    s, span = part.strip, part.end - part.start
    good = s.quality == _GOOD
    sure = np.where(part.cut, 0, s.count)
    inside = (s.end >= part.start) & (s.time <= part.end)
    bare = Statistics(
        span,
        Bound(float(part.least.sum()), float(part.most.sum())),
        Bound(float(part.least[good].sum()), float(np.where(good | (s.end > s.time), part.most, 0.0).sum())),
        Bound(float(sure[inside].sum()), float(s.count[inside].sum())),
    )
    usable = (s.count > 0) & (inside | (part.most > 0))
    if not usable.any():
        return bare
    mean, usual = _mean(part)
    newest = int(np.flatnonzero(usable)[-1])
    return Statistics(
        bare.span,
        bare.usable,
        bare.good,
        bare.count,
        _extreme(s.low, s.high, usable, part.cut, 1.0),
        _extreme(-s.high, -s.low, usable, part.cut, -1.0),
        mean,
        usual,
        (min(int(s.end[newest]), part.end), float(s.last[newest])),
    )


def _extreme(low: Numbers, high: Numbers, usable: NDArray[np.bool_], cut: NDArray[np.bool_], sign: float) -> Bound:
    """The lowest value; of a bucket that reaches out of the span only its highest value is a limit for what lay within."""
    sure = usable & ~cut
    most = min([*low[sure].tolist(), *high[usable & cut].tolist()])
    ends = (float(low[usable].min()) * sign, float(most) * sign)
    return Bound(min(ends), max(ends))


def _mean(part: Held) -> tuple[Bound | None, float | None]:
    s = part.strip
    some = (s.count > 0) & (part.most > 0)
    if not some.any():
        return None, None
    least, most = part.least[some], part.most[some]
    low = _least_mean(s.low[some], least, most)
    high = -_least_mean(-s.high[some], least, most)
    weights = (least + most) / 2
    usual = float(np.average((s.first[some] + s.last[some]) / 2, weights=weights))
    return Bound(low, max(low, high)), min(max(usual, low), max(low, high))


def _least_mean(values: Numbers, least: Numbers, most: Numbers) -> float:
    """The lowest mean that weights between these can give: the lower a value, the more it weighs."""
    if (least == most).all():
        return float(np.average(values, weights=most))
    order = np.argsort(values, kind="stable")
    values, spare = values[order], (most - least)[order]
    weight = float(least.sum()) + np.append(0.0, np.cumsum(spare))
    total = float((values * least[order]).sum()) + np.append(0.0, np.cumsum(values * spare))
    sound = weight > 0
    return float((total[sound] / weight[sound]).min())


def above(part: Held, value: float) -> Bound:
    """For how long (ms) it was above this value."""
    s = part.strip
    some = s.count > 0
    return Bound(float(part.least[some & (s.low > value)].sum()), float(part.most[some & (s.high > value)].sum()))


def below(part: Held, value: float) -> Bound:
    """For how long (ms) it was below this value."""
    s = part.strip
    some = s.count > 0
    return Bound(float(part.least[some & (s.high < value)].sum()), float(part.most[some & (s.low < value)].sum()))


def shares(part: Held) -> list[StateShare]:
    """Each state that was seen, by its number, and those that a bucket of several states may have held."""
    s = part.strip
    some = np.flatnonzero(s.count > 0)
    low, high = s.low[some], s.high[some]
    pairs = np.unique(np.column_stack((low, high)), axis=0).astype(np.int64)
    states = sorted({state for a, b in pairs.tolist() for state in range(a, min(b, a + MOST_STATES) + 1)})
    least, most = part.least[some], part.most[some]
    found = []
    for state in states:
        maybe = (low <= state) & (state <= high)
        time = Bound(float(least[(low == state) & (high == state)].sum()), float(most[maybe].sum()))
        found.append(StateShare(state, time, _came(part, some, state)))
    return found


def _came(part: Held, some: NDArray[np.int64], state: int) -> Bound:
    """How often this state came after another one, within the span."""
    s = part.strip
    first, last, low, high = s.first[some], s.last[some], s.low[some], s.high[some]
    cut, count = part.cut[some], s.count[some].astype(np.int64)
    time = s.time[some][1:]
    into = (first[1:] == state) & (last[:-1] != state) & (time >= part.start) & (time <= part.end)
    sure = into & ~cut[1:] & ~cut[:-1]
    several = (low < high) & (low <= state) & (state <= high)
    once = several & (first != state) & ((low == state) | (high == state) | (last == state)) & ~cut
    again = several & (first == state) & (last == state) & ((low == state) | (high == state)) & ~cut
    at_least = int(sure.sum()) + int(once.sum()) + int(again.sum())
    at_most = int(into.sum()) + int(np.where(several, count // 2, 0).sum())
    return Bound(float(at_least), float(max(at_least, at_most)))


def changes(part: Held) -> Bound:
    """How often the value became another one, the one in force at the beginning being the first."""
    s = part.strip
    some = np.flatnonzero(s.count > 0)
    if not len(some):
        return Bound(0.0, 0.0)
    first, last, low, high = s.first[some], s.last[some], s.low[some], s.high[some]
    cut, time = part.cut[some], s.time[some]
    between = (first[1:] != last[:-1]) & (time[1:] >= part.start) & (time[1:] <= part.end)
    sure = between & ~cut[1:] & ~cut[:-1]
    up = (first != low).astype(int) + (low != high) + (high != last)
    down = (first != high).astype(int) + (high != low) + (low != last)
    least = np.where(cut, 0, np.minimum(up, down))
    most = np.where(low < high, np.maximum(s.count[some].astype(np.int64) - 1, 0), 0)
    return Bound(float(sure.sum() + least.sum()), float(between.sum() + most.sum()))


def duration_curve(part: Held) -> DurationCurve | None:
    """The values in falling order over the share of the known time; None when no value was known for any time."""
    s = part.strip
    some = (s.count > 0) & (part.most > 0)
    weights = ((part.least + part.most) / 2)[some]
    if not some.any():
        return None
    ends = []
    for values in (s.low[some], s.high[some]):
        order = np.argsort(-values, kind="stable")
        reached = np.cumsum(weights[order])
        ends.append((values[order], reached / reached[-1]))
    share = np.unique(np.concatenate(([0.0], *(reached for _, reached in ends))))
    low, high = (values[np.minimum(np.searchsorted(reached, share, "right"), len(values) - 1)] for values, reached in ends)
    return DurationCurve(share, low, high)
