"""Does the battery of a UPS last less than it did? The runtime that the UPS itself reports, at comparable load.

Method: hours in which the battery was full (95 % or more, where that is measured) and the load within 10 % of the reference, the median
load of the newest seven days with samples; the rest of the difference is corrected by Peukert's law with exponent 1.2 (lead-acid;
Peukert 1897): runtime x (load / reference)^1.2; the robust line (slope.py) goes through the daily medians.

Honesty: lithium and old cells have exponents from 1.0 to 1.5. When the load itself had a trend, the interval is widened by 0.3 of its
effect.

Limits: it is what the UPS says, a model of its own that only a discharge proves (discharge.py); at least 14 days.
"""

from dataclasses import dataclass
from datetime import tzinfo

import numpy as np

from cityops_desktop.history.analysis.columns import DAY_MS, HOUR_MS, Floats, Times, medians, together
from cityops_desktop.history.analysis.grounds import NO_GROUNDS, Grounds, Interval, Why, until
from cityops_desktop.history.analysis.growth import FAR_DAYS, LEAST_DAYS, daily, noon
from cityops_desktop.history.analysis.slope import robust_line

PEUKERT = 1.2
PEUKERT_MISSED = 0.3
ALIKE = 0.10
FULL = 95.0
LEAST_HOURS = 3


@dataclass(frozen=True, slots=True)
class Runtime:
    """`rate` in the point's unit per day, `level` the runtime now at `reference` load; `days` until `limit`, from the end of the
    grounds on."""

    why: Why | None
    grounds: Grounds = NO_GROUNDS
    rate: Interval | None = None
    level: float = 0.0
    reference: float = 0.0
    widened: float = 0.0
    days: Interval | None = None
    limit: float | None = None
    times: Times | None = None
    corrected: Floats | None = None


def runtime(
    reported: tuple[Times, Floats],
    load: tuple[Times, Floats] | None,
    charge: tuple[Times, Floats] | None,
    zone: tzinfo,
    lows: tuple[float, ...],
) -> Runtime:
    """Of one UPS; `lows` are the lower limits of the runtime."""
    if load is None:
        return Runtime(Why.NO_LOAD)
    columns = [medians(*one, HOUR_MS) for one in (reported, load, charge) if one is not None]
    hours, (seconds, drawn, *full) = together(*columns)
    keep = (drawn > 0) & (seconds > 0)
    if full:
        keep &= full[0] >= FULL
    if keep.sum() < LEAST_DAYS:
        return Runtime(Why.FEW)
    hours, seconds, drawn = hours[keep], seconds[keep], drawn[keep]
    reference = float(np.median(drawn[hours > hours[-1] - 7 * DAY_MS]))
    alike = np.abs(drawn / reference - 1) <= ALIKE
    hours, seconds, drawn = hours[alike], seconds[alike], drawn[alike]
    corrected = seconds * (drawn / reference) ** PEUKERT
    days, level = daily(hours, corrected, zone, LEAST_HOURS)
    grounds = Grounds(int(hours[0]), int(hours[-1]), len(hours)) if len(hours) else NO_GROUNDS
    if len(days) < LEAST_DAYS:
        why = Why.NO_LOAD if int(alike.sum()) < len(alike) // 2 else Why.FEW
        return Runtime(why, grounds, reference=reference)
    _, part = daily(hours, np.log(drawn / reference), zone, LEAST_HOURS)
    x = (days - days[-1]).astype(float)
    line, moving = robust_line(x, level), robust_line(x, part)
    assert line is not None and moving is not None
    missed = PEUKERT_MISSED * abs(moving.rate.value) * line.level.value
    noons = noon(days, zone)
    rate, now = line.rate.wider(missed), line.now((int(hours[-1]) - int(noons[-1])) / DAY_MS)
    below = max((low for low in lows if low < now.value), default=None)
    left = until(below, now, rate) if below is not None else None
    far = left is not None and left.value > FAR_DAYS
    why_not = Why.NOT_MOVING if rate.holds_zero else Why.FAR if far else Why.NO_LIMIT if left is None else None
    shown = left if why_not is None else None
    return Runtime(why_not, grounds, rate, now.value, reference, missed, shown, below, noons, level)
