"""Minutes to a limit: is a value on its way to a limit, and when will it be there? Rather says nothing than something that is not so.

Method: averages of ten seconds (or of a poll period where that is longer) over the last 3, 5 or 10 minutes, the shortest first, so that
what began two minutes ago is seen; the line is that of slope.py. It counts only when all of this holds: the trend differs from none at
99.9 % by Kendall's test (Sen 1968) and the 95 % interval does not hold zero; the change over the window is more than three times the
scatter and than 2.5 steps of resolution; the second half goes on at least half as fast (a step does not); and the value is where it has
not been in the hour before (an air conditioner that switches on and off would be news in every cycle). The time is (limit - line now) /
slope, its interval that of the slope.

Limits: it goes on as now, which what is cooled or heated never does for long; beyond an hour nothing is said. Digital values, gaps in
the window and old samples give none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cityops_desktop.history.analysis.columns import Floats, Times, means, usable
from cityops_desktop.history.analysis.grounds import NO_GROUNDS, Grounds, Interval, Why, until
from cityops_desktop.history.analysis.slope import Line, kendall, robust_line
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import Limit, LimitKind

HORIZON_MINUTES = 60.0
HOUR_MS = 3_600_000
WINDOWS_MS = (180_000, 300_000, 600_000)
STEP_MS = 10_000
LEAST = 9
"""Averages that a window must hold at least; fewer say nothing at 99.9 %."""
FILLED = 0.7
FRESH_STEPS = 3
NORMAL_999 = 3.29
SCATTERS = 3.0
RESOLUTIONS = 2.5


@dataclass(frozen=True, slots=True)
class Heading:
    """`rate` in units per minute; `minutes` until `limit`; `level_now` where the line stands."""

    why: Why | None
    grounds: Grounds = NO_GROUNDS
    rate: Interval | None = None
    level_now: float = 0.0
    minutes: Interval | None = None
    limit: Limit | None = None


def heading(strip: Strip, now: int, limits: Sequence[Limit], resolution: float, period: float) -> Heading:
    """Where a value is going, from the samples of its last hour; `now` in UTC ms, `period` in s."""
    sides = [limit for limit in limits if limit.kind in (LimitKind.HIGH, LimitKind.LOW)]
    if not sides:
        return Heading(Why.NO_LIMIT)
    times, values = usable(strip)
    inside = (times > now - HOUR_MS) & (times <= now + STEP_MS)
    step = max(STEP_MS, round(period * 1000))
    times, values = means(times[inside], values[inside], step)
    if not len(times) or now - int(times[-1]) > FRESH_STEPS * step:
        return Heading(Why.STALE if len(times) else Why.FEW)
    found = trend(times, values, resolution)
    if found is None:
        return Heading(Why.NOT_MOVING if len(times) >= LEAST else Why.FEW, Grounds(int(times[0]), int(times[-1]), len(times)))
    line, grounds = found
    rate = line.rate.times(60_000.0)
    level = line.now(max(0, now - grounds.end))
    ahead = [
        (minutes, limit)
        for limit in sides
        if (limit.kind is LimitKind.HIGH) is (rate.value > 0) and (minutes := until(limit.value, level, rate)) is not None
    ]
    soon = [one for one in ahead if one[0].value <= HORIZON_MINUTES]
    if not soon:
        return Heading(Why.FAR if ahead else Why.NO_LIMIT, grounds, rate, level.value)
    minutes, limit = min(soon, key=lambda one: (one[0].value, one[1].level))
    return Heading(None, grounds, rate, level.value, minutes, limit)


def trend(times: Times, values: Floats, resolution: float) -> tuple[Line, Grounds] | None:
    """The newest trend that counts, in units per ms, and what it rests on."""
    for window in WINDOWS_MS:
        inside = times > times[-1] - window if len(times) else times > 0
        before, now = values[~inside], values[inside]
        if not len(now) or not _new_ground(before, now, resolution):
            continue
        line = _window_line(times[inside], now, window, resolution)
        if line is not None and _new_ground(before, now, resolution, rises=line.rate.value > 0):
            return line, Grounds(int(times[inside][0]), int(times[-1]), len(now))
    return None


def _window_line(times: Times, values: Floats, window: int, resolution: float) -> Line | None:
    if len(times) < LEAST or times[-1] - times[0] < FILLED * window or kendall(values) < NORMAL_999:
        return None
    seconds = (times - times[-1]).astype(float)
    line = robust_line(seconds, values)
    if line is None or line.rate.holds_zero:
        return None
    change = abs(line.rate.value) * float(times[-1] - times[0])
    if change <= max(SCATTERS * line.scatter, RESOLUTIONS * resolution) or not _goes_on(seconds, values, line.rate.value):
        return None
    return line


def _goes_on(times: Floats, values: Floats, found: float) -> bool:
    """Does the second half go at least half as fast, the same way?"""
    late = len(times) // 2
    half = float(np.polyfit((times[late:] - times[late]) / 1000, values[late:], 1)[0]) / 1000
    return half * found > 0 and abs(half) >= abs(found) / 2


def _new_ground(before: Floats, inside: Floats, resolution: float, rises: bool | None = None) -> bool:
    """Is the value where it has not been before: above, below, or (None) one of the two?"""
    if not len(before):
        return True
    now = float(np.median(inside[-3:]))
    above, below = now > float(before.max()) + resolution, now < float(before.min()) - resolution
    return above or below if rises is None else above if rises else below
