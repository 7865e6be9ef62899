"""A load that grows under weeks, holidays and noise: the true rate lies in the interval, a week's course is no growth."""

from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history.analysis.columns import DAY_MS, room_time, weekday
from cityops_desktop.history.analysis.grounds import Why
from cityops_desktop.history.analysis.growth import daily, growth, without_week
from tests.core.history.analysis.made import DAY, echo, hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
HIGHS = (80.0, 90.0)


def load(seed: int, *, a_day: float = 0.0, days: int = 84, holidays: int = 0, step: float = 0.0):
    rng = np.random.default_rng(seed)
    times = hours(days)
    day = (times - times[0]) / DAY
    local = room_time(times, SHANGHAI)
    working = weekday(local // DAY_MS) < 5
    values = 48 + a_day * day + np.where(working, 6.0, 0.0) + 3 * np.sin(2 * np.pi * local / DAY_MS) + echo(rng, len(times), 0.8, 0.8)
    if holidays:
        values[(day > 30) & (day < 30 + holidays)] -= 15
    values[day > days / 2] += step
    return times, np.round(values)


@pytest.mark.parametrize(("a_day", "days", "holidays"), [(0.0, 84, 0), (0.1, 28, 0), (0.1, 84, 7), (-0.05, 84, 0)])
def test_the_interval_holds_the_truth_through_weeks_and_holidays(a_day: float, days: int, holidays: int):
    held = 0
    for seed in range(200):
        found = growth(load(seed, a_day=a_day, days=days, holidays=holidays), SHANGHAI, HIGHS)
        assert found.rate is not None
        held += found.rate.low <= a_day <= found.rate.high
    assert held >= 184


def test_the_day_it_reaches_its_limit():
    """A working day, the middle of the week's course, stands at 62.4 and grows by 0.1 a day: 80 in 176 days."""
    found = growth(load(5, a_day=0.1, holidays=7), SHANGHAI, HIGHS)
    assert found.why is None and found.days is not None and found.limit == 80.0
    assert found.days.low < (80 - (48 + 0.1 * 84 + 6)) / 0.1 < found.days.high
    assert found.left_out >= 5


def test_what_does_not_grow_falls_or_has_no_limit_says_so():
    assert growth(load(5), SHANGHAI, HIGHS).why is Why.NOT_MOVING
    assert growth(load(5, a_day=-0.1), SHANGHAI, HIGHS).why is Why.NO_LIMIT
    assert growth(load(5, a_day=0.1), SHANGHAI, ()).why is Why.NO_LIMIT
    assert growth(load(5, a_day=0.1), SHANGHAI, (9000.0,)).why is Why.FAR
    few = growth(load(5, days=10), SHANGHAI, HIGHS)
    assert few.why is Why.FEW and few.rate is None and few.grounds.samples == 240
    nothing = np.empty(0, np.int64), np.empty(0)
    assert growth(nothing, SHANGHAI, HIGHS).why is Why.FEW


@given(weeks=st.integers(2, 12), shape=st.lists(st.integers(-20, 20), min_size=7, max_size=7))
def test_a_week_alone_is_taken_out_whole(weeks: int, shape: list[int]):
    days = np.arange(20_000, 20_000 + 7 * weeks, dtype=np.int64)
    level = 50 + np.array(shape, float)[weekday(days)]
    flat = without_week(days, level)
    inner = flat[3:-3]
    assert np.ptp(inner) < 1e-9


def test_the_days_are_those_of_the_room():
    """23:30 UTC is the next day in Shanghai; a day with few hours does not count."""
    times = hours(4)
    days, level = daily(times, np.arange(96.0), SHANGHAI)
    assert days[0] == (int(times[0]) + 8 * 3_600_000) // DAY_MS
    assert len(days) == 4 and len(level) == 4, "16, 24, 24, 24 hours, and 8 that are too few"
