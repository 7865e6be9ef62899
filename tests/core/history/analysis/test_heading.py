"""Minutes to a limit: exact on a line, silent about noise, cycles, steps, states, gaps and stale data."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history.analysis.grounds import Why
from cityops_desktop.history.analysis.heading import Heading, heading, trend
from cityops_desktop.model.envelope import envelope, samples
from cityops_desktop.model.points import Level, Limit, LimitKind
from tests.core.history.analysis.made import BEGIN, echo

NOW = BEGIN
TEN = NOW - 3_600_000 + 5_000 + np.arange(360, dtype=np.int64) * 10_000
RESOLUTION = 0.1
HIGH = Limit("high2", Level.MAJOR, LimitKind.HIGH, 32.0)
HIGHER = Limit("high1", Level.CRITICAL, LimitKind.HIGH, 35.0)
LOW = Limit("low2", Level.MAJOR, LimitKind.LOW, 10.0)
LIMITS = (HIGH, HIGHER, LOW)


def told(values: np.ndarray, times: np.ndarray = TEN, quality: np.ndarray | None = None, limits=LIMITS) -> Heading:
    good = np.zeros(len(times), np.uint8) if quality is None else quality
    return heading(samples(times, values, good), NOW, limits, RESOLUTION, 5.0)


def rate(values: np.ndarray, times: np.ndarray = TEN) -> float:
    """Units per second; 0.0 without a trend."""
    found = trend(times, values, RESOLUTION)
    return found[0].rate.value * 1000 if found else 0.0


@given(minute=st.floats(0.05, 5), falls=st.booleans())
def test_a_straight_line_is_told_exactly(minute: float, falls: bool):
    """From 24 now; 8 up to the upper limit, 14 down to the lower."""
    way = -14.0 if falls else 8.0
    sign = -1 if falls else 1
    values = 24 + sign * minute * (TEN - NOW) / 60_000
    found = told(values)
    if 8 / minute > 60 or (falls and 14 / minute > 60):
        assert found.why in (Why.FAR, Why.NOT_MOVING) or (falls and 14 / minute > 59)
        return
    if found.why is Why.NOT_MOVING:
        assert minute * 10 <= 2.6 * RESOLUTION
        return
    assert found.minutes is not None and found.limit is (LOW if falls else HIGH)
    assert found.minutes.value == pytest.approx(way / (sign * minute), rel=1e-3)
    assert found.minutes.low <= found.minutes.value <= found.minutes.high
    assert found.grounds.samples >= 9 and found.grounds.end <= NOW


def test_the_nearest_limit_ahead_and_the_next_one_when_that_is_passed():
    values = 24 + 0.2 * (TEN - NOW) / 60_000
    assert told(values).limit is HIGH
    found = told(values + 9)
    assert found.limit is HIGHER and found.minutes is not None and found.minutes.value == pytest.approx(10, abs=0.2)
    assert told(values + 12).why is Why.NO_LIMIT
    assert told(values - 12).why is Why.FAR


@given(value=st.floats(-1000, 1000), count=st.integers(0, 360))
def test_a_value_that_stands_still_is_heading_nowhere(value: float, count: int):
    found = told(np.full(count, value), TEN[len(TEN) - count :])
    assert found.minutes is None and found.why in (Why.NOT_MOVING, Why.FEW)


NOISES = {
    "white": lambda rng: rng.normal(0, 0.3, 360),
    "one digit": lambda rng: np.round(rng.normal(0, 0.08, 360), 1),
    "slow": lambda rng: echo(rng, 360, 0.5, 0.3),
    "slower": lambda rng: echo(rng, 360, 0.9, 0.3),
    "just begun": lambda rng: rng.normal(0, 0.3, 40),
}


@pytest.mark.parametrize("kind", NOISES)
def test_noise_around_a_constant_is_no_trend(kind: str):
    rng = np.random.default_rng(20)
    series = (NOISES[kind](rng) for _ in range(1000))
    assert sum(rate(23 + noise, TEN[-len(noise) :]) != 0 for noise in series) <= (5 if kind == "slower" else 2), "in a thousand"


@pytest.mark.parametrize("minutes", [8, 15, 25])
def test_an_air_conditioner_that_switches_on_and_off_is_no_trend(minutes: int):
    rng = np.random.default_rng(21)
    found = 0
    for _ in range(300):
        wave = np.sin(TEN / 1000 / (minutes * 60) * 2 * math.pi + rng.uniform(0, 7))
        found += rate(23 + 0.6 * wave + rng.normal(0, 0.05, 360)) != 0
    assert found <= 3, "at most one in a hundred"


@pytest.mark.parametrize("begun", [3, 6, 12])
def test_what_began_some_minutes_ago_is_seen_through_the_noise(begun: int):
    rng = np.random.default_rng(22)
    rises = np.clip(TEN - (TEN[-1] - begun * 60_000), 0, None) / 1000 * 0.01
    found = [rate(23 + rises + rng.normal(0, 0.1, 360)) for _ in range(200)]
    seen = [one for one in found if one]
    assert len(seen) > 190
    assert np.median(seen) == pytest.approx(0.01, rel=0.1)


@pytest.mark.parametrize(("keeps", "noise"), [(0.0, 0.1), (0.6, 0.1)])
def test_the_interval_of_the_rate_holds_the_truth(keeps: float, noise: float):
    """A rise of 0.3 a minute through the whole hour, 400 seeds. What was told at all was told when it was steep: hence nine of ten."""
    rng = np.random.default_rng(23)
    held = seen = 0
    for _ in range(400):
        found = told(24 + 0.3 * (TEN - NOW) / 60_000 + echo(rng, 360, keeps, noise))
        if found.rate is not None:
            seen += 1
            held += found.rate.low <= 0.3 <= found.rate.high
    assert seen > 300
    assert held >= 0.88 * seen


@pytest.mark.parametrize("ago", [40, 90, 200, 400, 1500])
def test_a_step_is_not_a_rise(ago: int):
    rng = np.random.default_rng(24)
    values = 24 + rng.normal(0, 0.05, 360) + np.where(NOW - ago * 1000 < TEN, 3.0, 0.0)
    assert told(values).minutes is None


def test_states_have_no_limit_to_head_for():
    state = Limit("s", Level.CRITICAL, LimitKind.STATE, states=(1,))
    assert told(np.ones(360), limits=(state,)).why is Why.NO_LIMIT


def test_old_and_bad_samples_and_gaps_give_none():
    values = 24 + 0.3 * (TEN - NOW) / 60_000
    assert told(values[:-12], TEN[:-12]).why is Why.STALE
    assert told(np.empty(0), TEN[:0]).why is Why.FEW
    bad = np.full(360, 3, np.uint8)
    assert told(values, quality=bad).why is Why.FEW
    gap = np.ones(360, bool)
    gap[-62:-4] = False
    assert told(values[gap], TEN[gap]).minutes is None, "four averages after a gap say nothing"


def test_buckets_tell_nearly_what_samples_tell():
    times = NOW - 3_600_000 + np.arange(3600, dtype=np.int64) * 1000
    strip = samples(times, 24 + 0.3 * (times - NOW) / 60_000, np.zeros(3600, np.uint8))
    one = heading(strip, NOW, LIMITS, RESOLUTION, 1.0)
    other = heading(envelope(strip, 5000), NOW, LIMITS, RESOLUTION, 1.0)
    assert one.minutes is not None and other.minutes is not None
    assert one.minutes.value == pytest.approx(other.minutes.value, rel=0.01)
