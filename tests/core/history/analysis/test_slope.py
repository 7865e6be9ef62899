"""The robust line: equal to scipy's, exact on a line, and its interval holds the truth as often as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cityops_desktop.history.analysis.grounds import Interval, until
from cityops_desktop.history.analysis.slope import MOST, kendall, robust_line
from tests.core.history.analysis.made import echo


@given(values=arrays(float, st.integers(5, 40), elements=st.integers(-500, 500).map(float)))
def test_the_median_of_the_slopes_and_the_interval_without_echo_are_those_of_scipy(values: np.ndarray):
    times = np.arange(len(values), dtype=float)
    line = robust_line(times, values)
    theirs = stats.theilslopes(values, times, 0.95)
    assert line is not None
    assert line.rate.value == pytest.approx(float(theirs.slope))
    assert line.rate.low <= line.rate.value <= line.rate.high
    assert line.widened >= 1.0
    if line.widened == 1.0 and len(np.unique(values)) > 1:
        assert line.rate.low == pytest.approx(float(theirs.low_slope))
        assert line.rate.high == pytest.approx(float(theirs.high_slope))


@given(rate=st.floats(-100, 100), start=st.floats(-1000, 1000), count=st.integers(5, 600))
def test_a_line_is_told_exactly(rate: float, start: float, count: int):
    times = np.arange(count, dtype=float)
    line = robust_line(times, start + rate * times)
    assert line is not None
    assert line.rate.value == pytest.approx(rate, rel=1e-6, abs=1e-7)
    assert line.at(1.0) == pytest.approx(start + rate * count, abs=abs(rate) + 1e-4)
    assert line.samples == min(count, MOST)


@given(st.integers(0, 4))
def test_fewer_than_five_and_one_moment_are_no_line(count: int):
    assert robust_line(np.arange(count, dtype=float), np.zeros(count)) is None
    assert robust_line(np.zeros(20), np.arange(20.0)) is None


def test_a_quarter_of_wild_values_does_not_turn_the_line():
    rng = np.random.default_rng(3)
    times = np.arange(200.0)
    values = 20 + 0.05 * times + rng.normal(0, 0.2, 200)
    values[rng.choice(200, 50, replace=False)] += rng.uniform(-50, 50, 50)
    line = robust_line(times, values)
    assert line is not None and line.rate.value == pytest.approx(0.05, abs=0.01)


@pytest.mark.parametrize(("count", "keeps"), [(15, 0.0), (60, 0.0), (60, 0.4), (180, 0.7), (400, 0.8)])
def test_the_interval_holds_the_truth_in_nineteen_of_twenty(count: int, keeps: float):
    """500 seeds each; neighbours that echo each other are told apart from independent ones."""
    rng = np.random.default_rng(count)
    times = np.arange(count, dtype=float)
    held = 0
    for _ in range(500):
        line = robust_line(times, 0.02 * times + echo(rng, count, keeps))
        assert line is not None
        held += line.rate.low <= 0.02 <= line.rate.high
    assert held >= 500 * 0.92


def test_an_interval_that_ignored_the_echo_would_be_wrong():
    """What the widening is for: without it the same series hold the truth in less than four of five."""
    rng = np.random.default_rng(8)
    times = np.arange(180, dtype=float)
    held = 0
    for _ in range(200):
        told = stats.theilslopes(0.02 * times + echo(rng, 180, 0.7), times, 0.95)
        held += told.low_slope <= 0.02 <= told.high_slope
    assert held < 160


@given(values=arrays(float, st.integers(2, 40), elements=st.floats(-100, 100)))
def test_kendalls_s_does_not_care_for_the_scale(values: np.ndarray):
    assert kendall(np.round(values)) == pytest.approx(kendall(3 * np.round(values) + 7))
    assert kendall(np.zeros(len(values))) == 0.0


@given(way=st.floats(0.1, 100), low=st.floats(-5, 5), wide=st.floats(0.01, 5), share=st.floats(0, 1))
def test_time_until_is_in_order_and_never_told_where_it_may_stand_still(way: float, low: float, wide: float, share: float):
    rate = Interval(low + share * wide, low, low + wide)
    for sign in (1, -1):
        found = until(sign * way, Interval(0.0, 0.0, 0.0), rate)
        if rate.holds_zero or sign * rate.value <= 0 or np.isinf(way / rate.value):
            assert found is None
        else:
            assert found is not None and 0 < found.low <= found.value * (1 + 1e-9) and found.value <= found.high * (1 + 1e-9)
            assert found.value * rate.value == pytest.approx(sign * way)


def test_the_interval_of_the_time_comes_from_both_ends_of_the_rate():
    assert until(30.0, Interval(20.0, 20.0, 20.0), Interval(2.0, 1.0, 4.0)) == Interval(5.0, 2.5, 10.0)
    assert until(10.0, Interval(20.0, 20.0, 20.0), Interval(-2.0, -4.0, -1.0)) == Interval(5.0, 2.5, 10.0)
    assert until(30.0, Interval(20.0, 18.0, 22.0), Interval(2.0, 1.0, 4.0)) == Interval(5.0, 2.0, 12.0)
    assert until(10.0, Interval(20.0, 18.0, 22.0), Interval(-2.0, -4.0, -1.0)) == Interval(5.0, 2.0, 12.0)
    assert until(21.0, Interval(20.0, 18.0, 22.0), Interval(2.0, 1.0, 4.0)) == Interval(0.5, 0.0, 3.0), "perhaps it is there"
