"""Where the lines of a chart's grid stand and what they are called. Pure; times in the room's zone, right over a change of summer time."""

import math
from datetime import tzinfo

from ui.models.shown import figure, moment

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
TIME_PX = 78
VALUE_PX = 34


def time_ticks(start: int, end: int, zone: tzinfo, pixels: int) -> list[tuple[int, str]]:
    """Round times of the room between two times (UTC ms), at least 78 px apart, with their names."""
    if end <= start or pixels < 1:
        return []
    least = (end - start) / 1000 * TIME_PX / pixels
    step = next((one for one in _STEPS if one >= least), _STEPS[-1]) * 1000
    shape = "%H:%M:%S" if step < 60_000 else "%H:%M"
    found = []
    offset = _offset(start, zone)
    at = -(-(start + offset) // step) * step - offset
    while at <= end:
        moved = _offset(at, zone)
        if moved != offset:
            offset = moved
            at = -(-(at + offset) // step) * step - offset
            continue
        found.append((at, f"{moment(at, zone):{shape}}"))
        at += step
    return found


def value_ticks(low: float, high: float, pixels: int) -> list[tuple[float, str]]:
    """Round values from `low` to `high`, at least 34 px apart, written with the digits that they need."""
    if not (math.isfinite(low) and math.isfinite(high)) or high <= low or pixels < 1:
        return []
    step = nice_step((high - low) * VALUE_PX / pixels)
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(index * step, figure(index * step, decimals)) for index in range(first, last + 1)]


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not smaller than `least`."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(one * power for one in (1, 2, 5, 10) if one * power >= least * (1 - 1e-9))


def value_range(low: float, high: float, least: float) -> tuple[float, float]:
    """A quiet range round these values: whole grid steps, at least `least` wide, so that it moves seldom."""
    spread = max(high - low, least, abs(high) * 1e-6, 1e-9)
    middle = (low + high) / 2
    step = nice_step(spread / 6)
    return math.floor((middle - spread * 0.55) / step) * step, math.ceil((middle + spread * 0.55) / step) * step


def _offset(ms: int, zone: tzinfo) -> int:
    offset = moment(ms, zone).utcoffset()
    return round(offset.total_seconds() * 1000) if offset is not None else 0
