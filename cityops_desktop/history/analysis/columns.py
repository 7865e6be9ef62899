"""From a strip of the past to columns that can be reckoned with: usable values, brought to steps of time. Judges nothing.

A bucket stands for the middle between its first and its last value: two samples, so that a spike of one sample between them does not move
it. A single sample counts only when its quality was good.
"""

from datetime import UTC, datetime, tzinfo

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.readings import QUALITY_CODES, Quality

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
HOUR_MS, DAY_MS = 3_600_000, 86_400_000
_GOOD = QUALITY_CODES[Quality.GOOD]


def usable(strip: Strip) -> tuple[Times, Floats]:
    """Times (UTC ms, the middle of a bucket) and values."""
    values = (strip.first + strip.last) / 2
    keep = (strip.count > 0) & np.isfinite(values)
    if not strip.width:
        keep &= strip.quality == _GOOD
    return ((strip.time + strip.end) // 2)[keep], values[keep]


def means(times: Times, values: Floats, step: int) -> tuple[Times, Floats]:
    """The mean of each step of so many ms; the time is the middle of the step."""
    if not len(times):
        return times, values
    slots, place = np.unique(times // step, return_inverse=True)
    count = np.bincount(place)
    return slots * step + step // 2, np.bincount(place, weights=values) / count


def medians(times: Times, values: Floats, step: int) -> tuple[Times, Floats]:
    """The median of each step of so many ms; the time is the middle of the step."""
    if not len(times):
        return times, values
    slots = times // step
    order = np.lexsort((values, slots))
    slots, ranked = slots[order], values[order]
    heads = np.flatnonzero(np.diff(slots, prepend=slots[0] - 1))
    count = np.diff(np.append(heads, len(slots)))
    middle = (ranked[heads + (count - 1) // 2] + ranked[heads + count // 2]) / 2
    return slots[heads] * step + step // 2, middle


def together(*columns: tuple[Times, Floats]) -> tuple[Times, list[Floats]]:
    """The times that all of these have, and the values of each then."""
    common = columns[0][0]
    for times, _ in columns[1:]:
        common = np.intersect1d(common, times, assume_unique=True)
    return common, [values[np.isin(times, common, assume_unique=True)] for times, values in columns]


def room_time(times: Times, zone: tzinfo) -> Times:
    """What the room's clock shows at these times, in ms since its 1 January 1970; right over a change of summer time."""
    result = times.copy()
    days, place = np.unique(times // DAY_MS, return_inverse=True)
    for n, day in enumerate(days.tolist()):
        first, last = (_offset(day * DAY_MS + edge, zone) for edge in (0, DAY_MS - 1))
        inside = place == n
        if first == last:
            result[inside] += first
        else:  # the clocks are changed on this day
            result[inside] += np.array([_offset(one, zone) for one in times[inside].tolist()], np.int64)
    return result


def weekday(days: Times) -> Times:
    """Monday = 0 of days since 1970."""
    return (days + 3) % 7


def _offset(ms: int, zone: tzinfo) -> int:
    found = datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).utcoffset()
    return round(found.total_seconds() * 1000) if found is not None else 0
