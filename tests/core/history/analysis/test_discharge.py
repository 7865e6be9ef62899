"""Discharges found in a voltage, and one compared with an earlier one at equal load."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.history.analysis.discharge import capacity, discharges, spans
from cityops_desktop.history.analysis.grounds import Why
from tests.core.history.analysis.made import BEGIN

STEP = 5000
FLOAT = 216.0


def battery(*events: tuple[float, float, float, float], seed: int = 1, hours: float = 8.0):
    """Voltage, load, charge each 5 s. An event: begins (s), lasts (s), percent of load, what is left of the capacity (1 = all).
    At 50 % a whole one lasts 1800 s."""
    rng = np.random.default_rng(seed)
    seconds = np.arange(0, hours * 3600, STEP / 1000)
    volts, load, charge = np.full(len(seconds), FLOAT), np.full(len(seconds), 50.0), np.full(len(seconds), 100.0)
    for begin, lasts, percent, left in events:
        inside = (seconds >= begin) & (seconds < begin + lasts)
        since = seconds[inside] - begin
        empty = since / (1800 * left * (percent / 50) ** -1.2)
        volts[inside] = 96 * (2.05 - 0.10 * empty - 0.16 * empty**4) + rng.normal(0, 0.05, inside.sum())
        load[inside], charge[inside] = percent, 100 * (1 - empty)
        after = (seconds >= begin + lasts) & (seconds < begin + lasts + 600)
        volts[after] = np.linspace(205, FLOAT, after.sum())
    times = BEGIN + (seconds * 1000).astype(np.int64)
    return (times, np.round(volts, 1)), (times, load), (times, np.round(charge))


def found(*events, seed: int = 1):
    return discharges(*battery(*events, seed=seed), FLOAT)


def test_begin_end_load_charge_and_curve():
    (one,) = found((3600, 900, 40, 1.0))
    assert abs(one.begin - (BEGIN + 3_600_000)) <= STEP
    assert abs(one.end - (BEGIN + 4_500_000)) <= 60_000
    assert one.load == 40
    assert one.charge is not None and one.charge[0] == 100 and 55 < one.charge[1] < 65
    assert one.seconds[0] == 5 and np.all(np.diff(one.seconds) > 0)
    assert one.lowest == one.volts.min() < 0.96 * FLOAT


@settings(max_examples=25, deadline=None)
@given(left=st.floats(0.5, 1.0), percent=st.floats(46.0, 54.0), seed=st.integers(0, 1000))
def test_what_is_left_of_the_capacity_lies_in_the_interval(left: float, percent: float, seed: int):
    told = capacity(found((3600, 800, 50, 1.0), (14_400, 700, percent, left), seed=seed), 0.1)
    assert told.why is None and told.percent is not None
    assert told.percent.low <= 100 * left <= told.percent.high
    assert told.percent.value == pytest.approx(100 * left, rel=0.05)
    assert told.percent.high - told.percent.low < 25


def test_by_hand():
    """Down to the same voltage in 400 instead of 500 s at the same load: 80 %."""
    told = capacity(found((3600, 900, 50, 1.0), (14_400, 600, 50, 0.8)), 0.1)
    assert told.percent is not None
    assert told.percent.value == pytest.approx(100 * told.held / told.held_before)
    assert told.percent.value == pytest.approx(80, abs=2)


def test_the_newest_is_compared_with_the_earliest_at_its_load():
    events = ((1800, 700, 30, 1.0), (6000, 700, 50, 1.0), (12_000, 700, 50, 0.9), (18_000, 700, 50, 0.7))
    told = capacity(found(*events), 0.1)
    assert told.reference is not None and told.later is not None
    assert (told.reference.load, told.later.load) == (50, 50)
    assert told.reference.begin < BEGIN + 7_000_000 and told.later.begin > BEGIN + 17_000_000


def test_none_other_loads_and_no_load_are_said():
    assert found() == [] and capacity([], 0.1).why is Why.NO_DISCHARGE
    assert capacity(found((3600, 900, 50, 1.0)), 0.1).why is Why.NONE_ALIKE
    assert capacity(found((3600, 900, 30, 1.0), (14_400, 600, 60, 1.0)), 0.1).why is Why.NONE_ALIKE
    volts, _, charge = battery((3600, 900, 50, 1.0))
    assert capacity(discharges(volts, None, charge, FLOAT), 0.1).why is Why.NO_LOAD


def test_a_dip_of_seconds_and_one_cut_off_at_the_beginning_are_left_out():
    assert found((3600, 20, 50, 1.0)) == []
    volts, load, charge = battery((0, 900, 50, 1.0))
    assert discharges(volts, load, charge, FLOAT) == []


@given(width=st.sampled_from([0, 60_000, 3_600_000]), low=st.lists(st.booleans(), max_size=60))
def test_spans_hold_every_low_moment_once_and_in_order(width: int, low: list[bool]):
    times = BEGIN + np.arange(len(low), dtype=np.int64) * max(width, 1000)
    told = spans(times, np.where(low, 190.0, FLOAT), FLOAT, width)
    for moment, is_low in zip(times.tolist(), low, strict=True):
        if is_low:
            assert sum(begin <= moment <= end for begin, end in told) == 1
    assert all(one[1] < other[0] for one, other in pairwise(told))
