"""A sensor beside its neighbours: drift, step, or neither, with an interval."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history.analysis.drift import drift
from cityops_desktop.history.analysis.grounds import Why
from tests.core.history.analysis.made import DAY, echo, hours


def sensors(seed: int, *, a_month: float = 0.0, step: float = 0.0, days: int = 56, beside: int = 5, common: float = 2.0):
    """One sensor and its neighbours in air that all of them feel; each has an offset and noise of its own."""
    times, day, made = sound(seed, days, beside, common)
    own = made[0][1] + a_month * day / 30 + np.where(day > days / 2, step, 0.0)
    return (times, np.round(own, 1)), made[1:]


@cache
def sound(seed: int, days: int, beside: int, common: float):
    """The same before anything happens to one of them."""
    rng = np.random.default_rng(seed)
    times = hours(days)
    day = (times - times[0]) / DAY
    air = 22 + common * np.sin(2 * np.pi * day) + echo(rng, len(times), 0.99, 0.8)
    made = [(times, np.round(air + rng.normal(0, 0.4) + echo(rng, len(times), 0.95, 0.15), 1)) for _ in range(beside + 1)]
    return times, day, made


@pytest.mark.parametrize("a_month", [0.0, 0.6, -1.0])
def test_the_interval_of_a_drift_holds_the_truth(a_month: float):
    held = lines = 0
    for seed in range(150):
        found = drift(*sensors(seed, a_month=a_month), 0.1)
        if found.per_month is not None:
            lines += 1
            held += found.per_month.low <= a_month <= found.per_month.high
    assert lines >= (75 if a_month else 10)
    assert held >= 0.90 * lines


@pytest.mark.parametrize("step", [1.0, -2.0])
def test_a_step_is_told_with_its_day(step: float):
    held = 0
    for seed in range(100):
        own, others = sensors(seed, step=step)
        found = drift(own, others, 0.1)
        assert found.stepped is not None and found.change is not None and found.matters
        middle = own[0][0] + 28 * DAY
        assert abs(found.stepped - middle) <= 2 * DAY
        held += found.change.low <= step <= found.change.high
    assert held >= 88


def test_sound_sensors_are_not_accused():
    assert sum(drift(*sensors(seed), 0.1).matters for seed in range(200)) <= 2


def test_a_drift_that_matters_is_found_through_the_rooms_own_course():
    found = [drift(*sensors(seed, a_month=0.6, common=6.0), 0.1) for seed in range(50)]
    assert sum(one.matters for one in found) >= 48


def test_one_that_drifts_does_not_make_the_others_drift():
    (own, others) = sensors(3, a_month=1.5)
    for n in range(len(others)):
        beside = [own, *others[:n], *others[n + 1 :]]
        assert not drift(others[n], beside, 0.1).matters


def test_too_few_neighbours_and_too_short_are_said():
    own, others = sensors(1)
    assert drift(own, others[:2], 0.1).why is Why.NO_NEIGHBOURS
    assert drift(*sensors(1, days=10), 0.1).why is Why.FEW
    nothing = np.empty(0, np.int64), np.empty(0)
    assert drift(own, [nothing] * 4, 0.1).why is Why.FEW
    assert drift(nothing, others, 0.1).why is Why.FEW


@given(offset=st.integers(-50, 50))
def test_a_standing_offset_is_no_drift(offset: int):
    (times, own), others = sensors(1)
    plain, moved = drift((times, own), others, 0.1), drift((times, own + offset), others, 0.1)
    assert plain.change is not None and moved.change is not None
    assert moved.change.value == pytest.approx(plain.change.value, abs=1e-6)
