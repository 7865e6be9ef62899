"""Does a sensor drift away from its neighbours, and by how much? It is told, never corrected.

Method: each hour the sensor's median less the median of its neighbours' (sensors of the same kind, at the same height, on the same side
of the racks, near by; at least three); the daily medians of this difference are described by a robust line (slope.py) or by one step,
the step only when it leaves a seventh less of them unexplained (sum of absolute distances; the step is looked for at every day with
five days on both sides). Of a line the figure is its change over the span, of a step the difference of the medians before and after,
with an interval of 1.96 x 1.2533 x scatter x sqrt(1/n1 + 1/n2), widened for the correlation of neighbours as in slope.py.

Limits: at least 14 days; a rack that was filled, or a moved blanking plate, looks the same: it says where to hold the reference
thermometer, not that the sensor is wrong. Two of four that drift together hide each other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from cityops_desktop.history.analysis.columns import DAY_MS, HOUR_MS, Floats, Times, medians
from cityops_desktop.history.analysis.grounds import NO_GROUNDS, Grounds, Interval, Why
from cityops_desktop.history.analysis.slope import LEAST, NORMAL_95, OF_MEDIAN, robust_line, widened_by

LEAST_DAYS = 14
LEAST_NEIGHBOURS = 3
RESOLUTIONS = 5.0
STEP_BETTER = 0.85
"""A step has one figure more to fit: it must leave so much less unexplained."""


@dataclass(frozen=True, slots=True)
class Drift:
    """`change` over the span (line) or at `stepped` (UTC ms, None = a line), `per_month` of a line; `matters` = proven and more than five
    steps of resolution. Columns: the daily differences, `fitted` what describes them."""

    why: Why | None
    grounds: Grounds = NO_GROUNDS
    neighbours: int = 0
    change: Interval | None = None
    per_month: Interval | None = None
    stepped: int | None = None
    matters: bool = False
    times: Times | None = None
    apart: Floats | None = None
    fitted: Floats | None = None


def drift(own: tuple[Times, Floats], others: Sequence[tuple[Times, Floats]], resolution: float) -> Drift:
    """Of one sensor beside the others: samples or buckets."""
    if len(others) < LEAST_NEIGHBOURS:
        return Drift(Why.NO_NEIGHBOURS, neighbours=len(others))
    hours, apart = _apart(medians(*own, HOUR_MS), [medians(*one, HOUR_MS) for one in others])
    days, level = medians(hours, apart, DAY_MS)
    grounds = Grounds(int(hours[0]), int(hours[-1]), len(hours)) if len(hours) else NO_GROUNDS
    if len(days) < LEAST_DAYS:
        return Drift(Why.FEW, grounds, len(others), times=days, apart=level)
    x = (days - days[-1]) / DAY_MS
    line = robust_line(x, level)
    assert line is not None
    fitted = line.level.value + line.rate.value * x
    at = _step(level)
    stepped = np.where(np.arange(len(level)) < at, np.median(level[:at]), np.median(level[at:]))
    if float(np.abs(level - stepped).sum()) < STEP_BETTER * float(np.abs(level - fitted).sum()):
        change, per_month, when, fitted = _jump(level, at, stepped), None, int(days[at]), stepped
    else:
        change, per_month, when = line.rate.times(-float(x[0])), line.rate.times(30.0), None
    matters = not change.holds_zero and abs(change.value) > RESOLUTIONS * resolution
    why = Why.NOT_MOVING if change.holds_zero else None
    return Drift(why, grounds, len(others), change, per_month, when, matters, days, level, fitted)


def _apart(own: tuple[Times, Floats], others: Sequence[tuple[Times, Floats]]) -> tuple[Times, Floats]:
    """The hours in which at least three neighbours were measured too, and the distance from their median."""
    table = np.full((len(others), len(own[0])), np.nan)
    for row, (times, values) in enumerate(others):
        _, mine, theirs = np.intersect1d(own[0], times, assume_unique=True, return_indices=True)
        table[row, mine] = values[theirs]
    keep = np.isfinite(table).sum(axis=0) >= LEAST_NEIGHBOURS
    if not keep.any():
        return own[0][:0], own[1][:0]
    return own[0][keep], own[1][keep] - np.nanmedian(table[:, keep], axis=0)


def _step(level: Floats) -> int:
    """The day that parts the values best: least sum of absolute distances from the medians of both sides."""
    found, least = LEAST, np.inf
    for at in range(LEAST, len(level) - LEAST + 1):
        left = sum(float(np.abs(part - np.median(part)).sum()) for part in (level[:at], level[at:]))
        if left < least:
            found, least = at, left
    return found


def _jump(level: Floats, at: int, stepped: Floats) -> Interval:
    rest = level - stepped
    scatter = 1.4826 * float(np.median(np.abs(rest)))
    if scatter == 0:
        scatter = float(rest.std())
    reach = NORMAL_95 * OF_MEDIAN * scatter * sqrt((1 / at + 1 / (len(level) - at)) * widened_by(rest))
    value = float(np.median(level[at:]) - np.median(level[:at]))
    return Interval(value, value - reach, value + reach)
