"""The difference of two points as a curve of its own: what the one was less what the other was at the same time. Asks nobody.

It keeps no data: it is reckoned from the two traces whenever it is looked at. Between samples each point keeps its last value as long as
it may (no gap is bridged). Of buckets it tells the span in which the difference lay, and first and last value of both.
"""

from dataclasses import replace

import numpy as np

from cityops_desktop.model.envelope import COLUMNS, MOST_WHYS, NO_WHY, NOTHING, Strip, envelope
from cityops_desktop.model.readings import QUALITY_CODES, Quality
from ui.pages.trends.spans import Interval, united
from ui.pages.trends.trace import GAP_PERIODS, Trace

_RANK = np.zeros(256, np.int64)
for _rank, _quality in enumerate((Quality.GOOD, Quality.UNCERTAIN, Quality.STALE, Quality.BAD)):
    _RANK[QUALITY_CODES[_quality]] = _rank
_STALE = QUALITY_CODES[Quality.STALE]


class Difference(Trace):
    """A trace that is reckoned from two others of the same unit."""

    def __init__(self, one: Trace, other: Trace) -> None:
        super().__init__(max(one.hold_ms, other.hold_ms) / 1000, steps=False)
        self._one, self._other = one, other

    def known(self, start: int, end: int, width: int) -> tuple[Strip, list[Interval]]:
        """See Trace; unknown is what is unknown of one of the two."""
        (one, no_one), (other, no_other) = self._one.known(start, end, width), self._other.known(start, end, width)
        return difference(one, other, self._one.gap_ms, self._other.gap_ms), united([*no_one, *no_other])


def difference(one: Strip, other: Strip, gap: int, other_gap: int) -> Strip:
    """The first less the second. A value of theirs holds until the next, when that is not further away than `gap` ms."""
    if not len(one) or not len(other):
        return NOTHING
    width = max(one.width, other.width)
    if width:
        one, other = envelope(one, width), envelope(other, width)
        if width >= 2 * max(gap, other_gap):
            return _of_buckets(one, other, width)
    times = np.union1d(one.time, other.time)
    times = times[times >= max(one.time[0], other.time[0])]
    if not len(times):
        return NOTHING
    a, b = _at(one, times, gap), _at(other, times, other_gap)
    return _subtracted(a, b, width)


def _of_buckets(one: Strip, other: Strip, width: int) -> Strip:
    _, here, there = np.intersect1d(one.time // width, other.time // width, assume_unique=False, return_indices=True)
    return _subtracted(_rows(one, here), _rows(other, there), width)


def _rows(strip: Strip, rows: np.ndarray) -> Strip:
    return replace(strip, **{name: getattr(strip, name)[rows] for name in COLUMNS})


def _at(strip: Strip, times: np.ndarray, gap: int) -> Strip:
    """The row in force at each of these times; one that has ended is in force with its last value, and too long after it nothing is."""
    number = np.searchsorted(strip.time, times, "right") - 1
    rows = _rows(strip, number)
    over = times > rows.end
    following = np.append(strip.time[1:], max(int(strip.end[-1]), int(times[-1])))[number]
    lost = over & (following - rows.end > gap) & (times - rows.end > gap // GAP_PERIODS)
    first, low, high = (np.where(over, rows.last, column) for column in (rows.first, rows.low, rows.high))
    count = np.where(lost, 0, rows.count).astype(np.uint32)
    quality = np.where(lost & (rows.count > 0), _STALE, rows.quality).astype(np.uint8)
    end = np.maximum(times, np.minimum(rows.end, np.append(times[1:] - 1, rows.end[-1])))
    return replace(rows, time=times, end=end, first=first, low=low, high=high, count=count, quality=quality)


def _subtracted(one: Strip, other: Strip, width: int) -> Strip:
    usable = (one.count > 0) & (other.count > 0)
    worse = _RANK[other.quality] > _RANK[one.quality]
    shift = len(one.reasons)
    reasons, why = one.reasons + other.reasons, np.where(worse, other.why.astype(np.int64) + shift, one.why)
    if len(reasons) > MOST_WHYS:
        reasons, why = (NO_WHY,), np.zeros(len(why), np.int64)
    time = np.maximum(one.time, other.time)
    nan = np.full(len(time), np.nan)
    return Strip(
        width,
        time,
        np.maximum(time, np.minimum(one.end, other.end)),
        np.where(usable, one.first - other.first, nan),
        np.where(usable, one.low - other.high, nan),
        np.where(usable, one.high - other.low, nan),
        np.where(usable, one.last - other.last, nan),
        np.where(usable, np.minimum(one.count, other.count), 0).astype(np.uint32),
        np.maximum(one.hole, other.hole),
        np.where(worse, other.quality, one.quality),
        why.astype(np.uint8),
        reasons,
    )
