"""What is usual at this time of the day, and since when a value is not what it usually is.

Method: the day is cut into 48 half hours; each day gives one value to each (its median there); the usual course is the median over the
days, the band what 80 % of the days were within (10 to 90 %, the median-unbiased quantiles of Hyndman and Fan 1996). Working days and
weekends have bands of their own when there are ten of the ones and six of the others, else all days have one. The newest 24 hours are
not part of what they are compared with. A value is outside when each of its last two half hours is further from the band than the band
is wide (and than five steps of resolution): one usual value in five is outside of the band itself, one in some thousands so far out.

Limits: seven days at least; holidays are like working days here; what changes slowly moves the band with it (see slope and drift).
"""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history.analysis.columns import DAY_MS, Floats, Times, medians, room_time, weekday
from cityops_desktop.history.analysis.grounds import NO_GROUNDS, Grounds, Interval, Why

SLOT_MS = 1_800_000
SLOTS = 48
LEAST_DAYS = 7
LEAST_WORKING, LEAST_WEEKEND = 10, 6
RESOLUTIONS = 5.0
AT_LEAST = 2
FRESH_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Band:
    """The usual course by half hour of the room's day (NaN = never seen), from so many `days`."""

    days: int
    low: Floats
    middle: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Profile:
    """`band` for the newest value's kind of day (`split` = working days and weekends apart); `beyond` = how far the newest value is
    from the usual course, with its distances from the band's ends; `since` it is outside (UTC ms, None = inside). Columns: the
    newest day, `clock` in the room's time.
    """

    why: Why | None
    grounds: Grounds = NO_GROUNDS
    band: Band | None = None
    split: bool = False
    weekend: bool = False
    beyond: Interval | None = None
    since: int | None = None
    times: Times | None = None
    clock: Times | None = None
    values: Floats | None = None


def profile(column: tuple[Times, Floats], now: int, zone: tzinfo, resolution: float) -> Profile:
    """Of one value: samples or buckets of the last weeks; `now` in UTC ms."""
    times, values = medians(*column, SLOT_MS)
    if not len(times):
        return Profile(Why.FEW)
    if now - int(times[-1]) > FRESH_MS:
        return Profile(Why.STALE, Grounds(int(times[0]), int(times[-1]), len(times)))
    clock = room_time(times, zone)
    days, slots = clock // DAY_MS, (clock % DAY_MS) // SLOT_MS
    today = times > now - DAY_MS
    past = ~today
    grounds = Grounds(int(times[0]), int(times[past][-1]) if past.any() else int(times[0]), int(past.sum()))
    rests = weekday(days) >= 5
    counted = [len(np.unique(days[past & (rests == one)])) for one in (False, True)]
    if sum(counted) < LEAST_DAYS:
        return Profile(Why.FEW, grounds)
    split = counted[0] >= LEAST_WORKING and counted[1] >= LEAST_WEEKEND
    groups = [past & (rests == one) if split else past for one in (False, True)]
    bands = [_band(slots[group], values[group], counted[n] if split else sum(counted)) for n, group in enumerate(groups)]
    kind = rests[today].astype(int)
    low, middle, high = (
        np.array([getattr(bands[k], name)[s] for k, s in zip(kind, slots[today], strict=True)]) for name in ("low", "middle", "high")
    )
    newest = values[today]
    far = np.maximum(high - low, RESOLUTIONS * resolution)
    off = (newest > high + far) | (newest < low - far)
    out = (newest > high) | (newest < low)
    since = _since(times[today], off, out) if len(newest) else None
    beyond = Interval(float(newest[-1] - middle[-1]), float(newest[-1] - high[-1]), float(newest[-1] - low[-1])) if len(newest) else None
    if beyond is not None and not np.isfinite(beyond.value):
        beyond, since = None, None
    last = int(kind[-1]) if len(kind) else 0
    return Profile(None, grounds, bands[last], split, bool(last), beyond, since, times[today], clock[today], newest)


def _band(slots: Times, values: Floats, days: int) -> Band:
    low, middle, high = (np.full(SLOTS, np.nan) for _ in range(3))
    for slot in range(SLOTS):
        inside = values[slots == slot]
        if len(inside) >= LEAST_DAYS - 1:
            low[slot], middle[slot], high[slot] = np.quantile(inside, (0.1, 0.5, 0.9), method="median_unbiased")
    return Band(days, low, middle, high)


def _since(times: Times, off: NDArray[np.bool_], out: NDArray[np.bool_]) -> int | None:
    """When the newest run of half hours outside the band began, if it is far enough out now."""
    if len(off) < AT_LEAST or not off[-AT_LEAST:].all():
        return None
    inside = np.flatnonzero(~out)
    first = int(inside[-1]) + 1 if len(inside) else 0
    return int(times[first]) - SLOT_MS // 2
