"""Is a gas cylinder losing pressure, and when will it be at its lower limit?

Method: the pressure of each hour is brought to 20 degrees C, by the gas law p20 = (p + 0.1013) x 293.15 / T - 0.1013 (p a gauge pressure
in MPa, T the temperature beside the cylinder in K); the robust line (slope.py) goes through the daily medians. Only for agents that are a
compressed gas and nothing else: IG-541, IG-55, IG-100, IG-01, nitrogen. HFC-227ea under nitrogen follows its maker's table, which is not
kept here; CO2 and FK-5-1-12 show no loss by pressure at all (weigh them): for those the method is unknown, and no figure is given.

Honesty: real gases of 15 to 20 MPa follow the temperature by up to two fifths more than the gas law says (second virial coefficients of
nitrogen and argon). When the temperature itself had a trend, the interval is widened by that part of its effect.

Limits: the steel follows the air by hours, hence daily medians; a day that was refilled or discharged begins a new line; transmitters drift
too, and nothing here can tell that from a leak.
"""

from dataclasses import dataclass

import numpy as np

from cityops_desktop.history.analysis.columns import DAY_MS, HOUR_MS, Floats, Times, medians, together
from cityops_desktop.history.analysis.grounds import NO_GROUNDS, Grounds, Interval, Why, until
from cityops_desktop.history.analysis.slope import Line, robust_line
from cityops_desktop.model.points import Agent

GAS_LAW = frozenset({Agent.IG_541, Agent.IG_55, Agent.IG_100, Agent.IG_01, Agent.NITROGEN})
ATMOSPHERE = 0.1013
AT_20 = 293.15
LEAST_DAYS = 7
REAL_GAS = 0.4
"""The part of the temperature's effect that the gas law may miss."""
JUMP = 0.05
"""The part of the pressure that nobody leaks within a day: it was filled or let off."""
FAR_DAYS = 3650.0


@dataclass(frozen=True, slots=True)
class Leak:
    """Pressures in the unit of the point, at 20 degrees C; `rate` per day; `days` until `limit`, from the end of
    the grounds on. The columns are what was fitted."""

    why: Why | None
    grounds: Grounds = NO_GROUNDS
    rate: Interval | None = None
    pressure: float = 0.0
    days: Interval | None = None
    limit: float | None = None
    widened: float = 0.0
    times: Times | None = None
    corrected: Floats | None = None


def at_twenty(pressure: Floats, celsius: Floats, per_mpa: float = 1.0) -> Floats:
    """Gauge pressures (`per_mpa` of their unit make a MPa) as they would be at 20 degrees C by the gas law."""
    air = ATMOSPHERE * per_mpa
    return (pressure + air) * AT_20 / (celsius + 273.15) - air


def leak(
    pressure: tuple[Times, Floats],
    celsius: tuple[Times, Floats] | None,
    agent: Agent | None,
    lows: tuple[float, ...],
    per_mpa: float = 1.0,
) -> Leak:
    """Of one cylinder: samples or buckets of its pressure and of the temperature beside it; `lows` are its lower limits."""
    if agent is None:
        return Leak(Why.NO_AGENT)
    if agent not in GAS_LAW:
        return Leak(Why.NO_METHOD)
    if celsius is None:
        return Leak(Why.NO_TEMPERATURE)
    hours, (bar, warm) = together(medians(*pressure, HOUR_MS), medians(*celsius, HOUR_MS))
    if not len(hours):
        return Leak(Why.FEW if len(pressure[0]) == 0 or len(celsius[0]) else Why.NO_TEMPERATURE)
    corrected = at_twenty(bar, warm, per_mpa)
    days, level = medians(hours, corrected, DAY_MS)
    _, heat = medians(hours, warm, DAY_MS)
    begin = _since_filled(level)
    days, level, heat = days[begin:], level[begin:], heat[begin:]
    kept = hours >= days[0] - DAY_MS // 2
    grounds = Grounds(int(hours[kept][0]), int(hours[-1]), int(kept.sum()))
    if len(days) < LEAST_DAYS:
        return Leak(Why.FEW, grounds, pressure=float(level[-1]), times=days, corrected=level)
    x = (days - days[-1]) / DAY_MS
    line, warming = robust_line(x, level), robust_line(x, heat)
    assert line is not None and warming is not None
    since = (int(hours[-1]) - int(days[-1])) / DAY_MS
    return _judged(line, warming, float(np.median(warm)), since, lows, Leak(None, grounds, times=days, corrected=level))


def _judged(line: Line, warming: Line, celsius: float, since: float, lows: tuple[float, ...], so_far: Leak) -> Leak:
    missed = REAL_GAS * abs(line.level.value / (celsius + 273.15) * warming.rate.value)
    rate, level = line.rate.wider(missed), line.now(since)
    below = max((low for low in lows if low < level.value), default=None)
    days = until(below, level, rate) if below is not None else None
    far = days is not None and days.value > FAR_DAYS
    falls = rate.high < 0
    why = Why.NOT_MOVING if not falls else Why.NO_LIMIT if below is None else Why.FAR if far else None
    shown = days if why is None else None
    return Leak(why, so_far.grounds, rate, level.value, shown, below, missed, so_far.times, so_far.corrected)


def _since_filled(level: Floats) -> int:
    """The first day after the last jump."""
    jumps = np.flatnonzero(np.abs(np.diff(level)) > JUMP * np.abs(level[:-1]))
    return int(jumps[-1]) + 1 if len(jumps) else 0
