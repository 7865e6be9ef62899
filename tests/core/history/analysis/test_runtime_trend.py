"""A battery whose reported runtime shrinks, under a load that changes: age is told from load."""

from datetime import UTC

import numpy as np
import pytest

from cityops_desktop.history.analysis.grounds import Why
from cityops_desktop.history.analysis.runtime import runtime
from tests.core.history.analysis.made import DAY, echo, hours


def ups(seed: int, *, a_day: float = 0.0, growing: float = 0.0, days: int = 120, exponent: float = 1.2, moving: float = 0.03):
    """Runtime (s), load (%), charge (%): 1500 s at 50 %, that lose `a_day`; the load grows by that part of itself a day."""
    rng = np.random.default_rng(seed)
    times = hours(days)
    day = (times - times[0]) / DAY
    load = 50 * (1 + growing * day) * (1 + echo(rng, len(times), 0.9, moving))
    seconds = (1500 - a_day * day) * (load / 50) ** -exponent * (1 + rng.normal(0, 0.01, len(times)))
    return (times, np.round(seconds)), (times, np.round(load, 1)), (times, np.full(len(times), 100.0))


@pytest.mark.parametrize(("a_day", "growing", "exponent"), [(0.0, 0.0, 1.2), (2.0, 0.0, 1.2), (2.0, 0.0005, 1.2), (1.0, 0.0005, 1.4)])
def test_the_interval_holds_the_truth(a_day: float, growing: float, exponent: float):
    """At the reference load, which the growth moves away from 50 %."""
    held = 0
    for seed in range(150):
        found = runtime(*ups(seed, a_day=a_day, growing=growing, exponent=exponent), UTC, (300.0,))
        assert found.rate is not None
        truth = -a_day * (found.reference / 50) ** -exponent
        held += found.rate.low <= truth <= found.rate.high
    assert held >= 138


def test_a_load_that_grows_is_no_ageing():
    assert runtime(*ups(1, growing=0.001), UTC, (300.0,)).why is Why.NOT_MOVING


def test_the_date_of_its_limit():
    found = runtime(*ups(1, a_day=4.0), UTC, (300.0, 900.0))
    assert found.why is None and found.days is not None and found.limit == 900.0
    at_reference = (found.reference / 50) ** -1.2
    assert found.days.low <= ((1500 - 480) * at_reference - 900) / (4 * at_reference) <= found.days.high


def test_discharges_and_charging_do_not_count():
    reported, load, charge = ups(1, a_day=4.0)
    low = np.arange(len(charge[0])) % 24 == 3
    reported[1][low] = 100
    charge[1][low] = 60
    assert runtime(reported, load, charge, UTC, (900.0,)).why is None


def test_what_is_missing_is_said():
    reported, load, charge = ups(1)
    assert runtime(reported, None, charge, UTC, ()).why is Why.NO_LOAD
    assert runtime(*ups(1, days=10), UTC, ()).why is Why.FEW
    assert runtime(reported, load, (charge[0], np.full(len(charge[0]), 50.0)), UTC, ()).why is Why.FEW
    # the load was twice as high until a week ago
    times, drawn = load
    drawn = np.where(times < times[-1] - 6 * DAY, 2 * drawn, drawn)
    assert runtime(reported, (times, drawn), charge, UTC, ()).why is Why.NO_LOAD
