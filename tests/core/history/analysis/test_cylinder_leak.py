"""A cylinder that leaks, one that only gets warmer, one whose agent nobody declared: told, not told, not known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history.analysis.cylinder import GAS_LAW, at_twenty, leak
from cityops_desktop.history.analysis.grounds import Why
from cityops_desktop.model.points import Agent
from tests.core.history.analysis.made import DAY, echo, hours

LOWS = (14.25, 13.5, 12.0)


def cylinder(seed: int, *, a_day: float = 0.0, days: int = 60, warming: float = 0.0, real: float = 1.0):
    """15 MPa of inert gas in a room of 22 degrees with a daily course of 1.5 degrees: pressure and temperature, as measured.
    `real` = how much more than the gas law says it follows the temperature."""
    rng = np.random.default_rng(seed)
    times = hours(days)
    day = (times - times[0]) / DAY
    celsius = 22 + 1.5 * np.sin(2 * np.pi * day) + warming * day + echo(rng, len(times), 0.9, 0.4)
    level = 15.0 - a_day * day
    pressure = (level + 0.1013) * (1 + real * (celsius - 20) / 293.15) - 0.1013
    return (times, np.round(pressure + rng.normal(0, 0.005, len(times)), 2)), (
        times,
        np.round(celsius + rng.normal(0, 0.04, len(times)), 1),
    )


def test_by_hand():
    """15.3 MPa at 26 degrees: (15.3 + 0.1013) x 293.15 / 299.15 - 0.1013 = 14.991."""
    assert at_twenty(np.array([15.3]), np.array([26.0]))[0] == pytest.approx(14.9911, abs=1e-4)
    assert at_twenty(np.array([153.0]), np.array([26.0]), 10.0)[0] == pytest.approx(149.911, abs=1e-3), "bar"


@given(pressure=st.floats(0.1, 30), celsius=st.floats(-20, 60))
def test_at_twenty_degrees_nothing_is_corrected_and_warmth_is_taken_out(pressure: float, celsius: float):
    one, warm = np.array([pressure]), np.array([celsius])
    assert at_twenty(one, np.array([20.0]))[0] == pytest.approx(pressure)
    heated = (one + 0.1013) * (warm + 273.15) / 293.15 - 0.1013
    assert at_twenty(heated, warm)[0] == pytest.approx(pressure)


@pytest.mark.parametrize("a_day", [0.004, 0.02])
def test_a_leak_is_found_with_its_date_and_the_interval_holds_the_truth(a_day: float):
    held = dated = 0
    for seed in range(200):
        found = leak(*cylinder(seed, a_day=a_day), Agent.IG_541, LOWS)
        assert found.rate is not None and found.why is None and found.days is not None
        held += found.rate.low <= -a_day <= found.rate.high
        now = 15.0 - a_day * (60 - 1 / 24)
        below = max(low for low in LOWS if low < now)
        dated += found.days.low <= (now - below) / a_day <= found.days.high
        assert found.limit == below
    assert held >= 184
    assert dated >= 180


@pytest.mark.parametrize(("warming", "real"), [(0.0, 1.0), (0.05, 1.0), (0.05, 1.3), (-0.05, 1.3)])
def test_a_room_that_gets_warmer_or_colder_is_no_leak_also_for_a_real_gas(warming: float, real: float):
    wrong = sum(leak(*cylinder(seed, warming=warming, real=real), Agent.IG_541, LOWS).why is not Why.NOT_MOVING for seed in range(100))
    assert wrong <= 5


def test_without_the_temperature_the_cold_would_have_passed_for_a_leak():
    pressure, _ = cylinder(1, warming=-0.05)
    steady = (pressure[0], np.full(len(pressure[0]), 20.0))
    assert leak(pressure, steady, Agent.IG_541, LOWS).why is None


def test_what_is_not_known_is_never_guessed():
    pressure, celsius = cylinder(1, a_day=0.02)
    assert leak(pressure, celsius, None, LOWS).why is Why.NO_AGENT
    for agent in set(Agent) - GAS_LAW:
        assert leak(pressure, celsius, agent, LOWS).why is Why.NO_METHOD
    assert leak(pressure, None, Agent.IG_541, LOWS).why is Why.NO_TEMPERATURE
    short = cylinder(1, days=5)
    few = leak(*short, Agent.IG_541, LOWS)
    assert few.why is Why.FEW and few.rate is None and few.grounds.samples == 120


def test_a_cylinder_that_was_filled_begins_a_new_line():
    (times, values), celsius = cylinder(1, a_day=0.02)
    half = len(times) // 2
    values = values + np.where(np.arange(len(times)) < half, -1.0, 0.0)
    found = leak((times, values), celsius, Agent.IG_541, LOWS)
    assert found.rate is not None and found.rate.low <= -0.02 <= found.rate.high
    assert found.grounds.start >= times[half] - DAY


def test_no_lower_limit_no_date_and_a_slow_one_too_far():
    pressure, celsius = cylinder(2, a_day=0.02)
    assert leak(pressure, celsius, Agent.IG_541, ()).why is Why.NO_LIMIT
    assert leak(*cylinder(2, a_day=0.0012, days=180), Agent.IG_541, (1.0,)).why is Why.FAR
