"""How fast a load grows, and when it reaches its limit: the daily medians less what belongs to the day of the week, and a line through
them.

Method: each day's median (days of the room); the course of the week is the median, over the weeks, of the distance of each weekday from
the median of the seven days round it, and is subtracted; days further than four scatters from the line (holidays, maintenance, an
outage) are left out and counted; the robust line (slope.py) goes through the rest.

Limits: at least two whole weeks; a step (a new rack switched on) is told as growth until it has left the span; it goes on as before
only as long as people decide so.
"""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np

from cityops_desktop.history.analysis.columns import DAY_MS, HOUR_MS, Floats, Times, medians, room_time, weekday
from cityops_desktop.history.analysis.grounds import NO_GROUNDS, Grounds, Interval, Why, until
from cityops_desktop.history.analysis.slope import robust_line

LEAST_DAYS = 14
LEAST_HOURS = 12
"""Hours that a day must have to count."""
WILD = 4.0
MONTH_DAYS = 30.0
FAR_DAYS = 1825.0


@dataclass(frozen=True, slots=True)
class Growth:
    """`rate` in units per day; `left_out` days were unlike the others; `days` until `limit`, from the end of the
    grounds on; `level` then, of a day in the middle of the week's course. Columns: the days, as measured and without
    the course of the week."""

    why: Why | None
    grounds: Grounds = NO_GROUNDS
    rate: Interval | None = None
    level: float = 0.0
    left_out: int = 0
    days: Interval | None = None
    limit: float | None = None
    times: Times | None = None
    measured: Floats | None = None
    adjusted: Floats | None = None


def growth(column: tuple[Times, Floats], zone: tzinfo, highs: tuple[float, ...]) -> Growth:
    """Of one load: samples or buckets; `highs` are its upper limits."""
    hours, values = medians(*column, HOUR_MS)
    days, level = daily(hours, values, zone)
    grounds = Grounds(int(hours[0]), int(hours[-1]), len(hours)) if len(hours) else NO_GROUNDS
    if len(days) < LEAST_DAYS:
        return Growth(Why.FEW, grounds, times=days * DAY_MS, measured=level)
    adjusted = without_week(days, level)
    x = (days - days[-1]).astype(float)
    line = robust_line(x, adjusted)
    assert line is not None
    away = np.abs(adjusted - line.level.value - line.rate.value * x)
    keep = away <= WILD * max(line.scatter, 1e-12)
    if keep.sum() >= LEAST_DAYS:
        line = robust_line(x[keep], adjusted[keep]) or line
    else:
        keep[:] = True
    noons = noon(days, zone)
    now = line.now((int(hours[-1]) - int(noons[keep][-1])) / DAY_MS)
    above = min((high for high in highs if high > now.value), default=None)
    days_left = until(above, now, line.rate) if above is not None else None
    far = days_left is not None and days_left.value > FAR_DAYS
    why = Why.NOT_MOVING if line.rate.holds_zero else Why.FAR if far else Why.NO_LIMIT if days_left is None else None
    left = days_left if why is None else None
    return Growth(why, grounds, line.rate, now.value, int((~keep).sum()), left, above, noons, level, adjusted)


def daily(hours: Times, values: Floats, zone: tzinfo, least: int = LEAST_HOURS) -> tuple[Times, Floats]:
    """The days of the room (since 1970) that have enough hours, and the median of each."""
    days = room_time(hours, zone) // DAY_MS
    number, count = np.unique(days, return_counts=True)
    _, level = medians(days * DAY_MS, values, DAY_MS)
    return number[count >= least], level[count >= least]


def without_week(days: Times, level: Floats) -> Floats:
    """Less the course of the week, as far as it can be told: from days with all seven round them."""
    near = [np.abs(days - day) <= 3 for day in days]
    away = level - np.array([np.median(level[one]) for one in near])
    whole = np.array([one.sum() == 7 for one in near], bool)
    result = level.copy()
    for one in range(7):
        same = weekday(days) == one
        if (same & whole).any():
            result[same] -= np.median(away[same & whole])
    return result


def noon(days: Times, zone: tzinfo) -> Times:
    """Noon of these days, UTC ms."""
    near = days * DAY_MS + DAY_MS // 2
    return near - (room_time(near, zone) - near)
