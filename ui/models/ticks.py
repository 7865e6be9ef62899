"""Where the lines of a chart's grid stand and what they are called. Pure; times in the room's zone, right over a change of summer time."""

import calendar
import math
from datetime import date, datetime, timedelta, tzinfo

from ui.models.shown import figure, moment

_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_DAYS = (1, 2, 5, 10, 15)
_MONTHS = (1, 2, 3, 6, 12)
DAY_MS = 86_400_000
MONTH_MS = 30 * DAY_MS
TIME_PX = 78
VALUE_PX = 34


def time_ticks(start: int, end: int, zone: tzinfo, pixels: int) -> list[tuple[int, str]]:
    """Round times of the room between two times (UTC ms), at least 78 px apart, with their names. Midnight is told by its date."""
    if end <= start or pixels < 1:
        return []
    least = (end - start) * TIME_PX / pixels
    if least > DAY_MS:
        return _day_ticks(start, end, zone, least)
    step = next(one for one in _STEPS if one * 1000 >= least) * 1000
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
        midnight = (at + offset) % DAY_MS == 0
        found.append((at, f"{moment(at, zone):{'%m-%d' if midnight else shape}}"))
        at += step
    return found


def _day_ticks(start: int, end: int, zone: tzinfo, least: float) -> list[tuple[int, str]]:
    """Midnights: of every so many days of a month, or of the first of every so many months."""
    days = next((days for days in _DAYS if days * DAY_MS >= least), None)
    months = next((months for months in _MONTHS if months * MONTH_MS >= least), _MONTHS[-1])
    day = moment(start, zone).date()
    found = []
    while (at := midnight(day, zone)) <= end:
        wanted = (day.day - 1) % days == 0 and _left(day) >= 0.7 * days if days else day.day == 1 and (day.month - 1) % months == 0
        if at >= start and wanted:
            found.append((at, f"{day:%Y-%m}" if days is None else f"{day:%m-%d}"))
        day += timedelta(days=1)
    return found


def _left(day: date) -> int:
    """Days until the first of the next month, beside whose name another must not stand too closely."""
    return calendar.monthrange(day.year, day.month)[1] - day.day + 1


def midnight(day: date, zone: tzinfo) -> int:
    """The time, UTC ms, at which this day of the room begins."""
    return round(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def days_before(time: int, days: int, zone: tzinfo) -> int:
    """The same time of the clock some days before, UTC ms: a change of summer time lies between them or not."""
    then = moment(time, zone)
    return round((then.replace(tzinfo=None) - timedelta(days=days)).replace(tzinfo=zone).timestamp() * 1000)


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
