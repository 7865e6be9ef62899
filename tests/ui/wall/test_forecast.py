"""Minutes to a limit: exact on a line, silent about noise, cycles and stale data."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link.messages import LimitInfo
from cityops_desktop.model.envelope import Past, samples
from cityops_desktop.model.points import LimitKind
from cityops_desktop.model.readings import Quality
from tests.ui.desk import NOW, live, model_of, point, room_copy, tell
from ui.wall.forecast import Forecasts, Heading, minutes_to, slope, soonest

HOUR = np.arange(360) * 10.0
RESOLUTION = 0.1


@given(rate=st.floats(0.01, 5).map(lambda r: round(r, 3)), start=st.floats(-50, 50), falls=st.booleans())
def test_a_straight_line_is_told_exactly(rate: float, start: float, falls: bool):
    per_second = (-rate if falls else rate) / 6
    values = start + per_second * HOUR
    assert slope(HOUR, values, 0.0) == pytest.approx(per_second, rel=1e-6)
    limit = values[-1] + per_second * 600
    assert minutes_to(values[-1], limit, per_second) == pytest.approx(10.0)


@given(value=st.floats(-1000, 1000), count=st.integers(0, 400))
def test_a_value_that_stands_still_is_heading_nowhere(value: float, count: int):
    assert slope(HOUR[:count], np.full(len(HOUR[:count]), value), RESOLUTION) == 0.0


NOISES = {
    "white": lambda rng: rng.normal(0, 0.3, 360),
    "one digit": lambda rng: np.round(rng.normal(0, 0.08, 360), 1),
    "slow": lambda rng: _echo(rng, 0.5),
    "just begun": lambda rng: rng.normal(0, 0.3, 40),
}


def _echo(rng: np.random.Generator, keeps: float) -> np.ndarray:
    values = rng.normal(0, 0.3, 360)
    for n in range(1, 360):
        values[n] += keeps * values[n - 1]
    return values


@pytest.mark.parametrize("kind", NOISES)
def test_noise_around_a_constant_is_no_trend(kind: str):
    rng = np.random.default_rng(20)
    told = sum(slope(HOUR[: len(noise)], 23 + noise, RESOLUTION) != 0 for noise in (NOISES[kind](rng) for _ in range(1000)))
    assert told <= 1, "at most one in a thousand"


@pytest.mark.parametrize("minutes", [8, 15, 25])
def test_an_air_conditioner_that_switches_on_and_off_is_no_trend(minutes: int):
    rng = np.random.default_rng(21)
    told = 0
    for _ in range(300):
        values = 23 + 0.6 * np.sin(HOUR / (minutes * 60) * 2 * math.pi + rng.uniform(0, 7)) + rng.normal(0, 0.05, 360)
        told += slope(HOUR, values, RESOLUTION) != 0
    assert told <= 3, "at most one in a hundred"


@pytest.mark.parametrize("begun", [3, 6, 12])
def test_what_began_some_minutes_ago_is_seen_through_the_noise(begun: int):
    rng = np.random.default_rng(22)
    rises = np.clip(HOUR - (HOUR[-1] - begun * 60), 0, None) * 0.01
    found = [slope(HOUR, 23 + rises + rng.normal(0, 0.1, 360), RESOLUTION) for _ in range(200)]
    seen = [rate for rate in found if rate]
    assert len(seen) > 190
    assert np.median(seen) == pytest.approx(0.01, rel=0.1)


def test_minutes_are_none_when_the_limit_is_behind():
    assert minutes_to(30, 32, 0.0) == math.inf
    assert minutes_to(30, 32, -0.1) == math.inf
    assert minutes_to(33, 32, 0.1) == math.inf
    assert minutes_to(30, 33, 0.05) == pytest.approx(1.0)
    assert minutes_to(30, 27, -0.05) == pytest.approx(1.0)


def test_the_soonest_is_shown_and_of_equals_the_more_urgent():
    later, minor, major = (Heading(f"p{n}", minutes, 1, level, True) for n, (minutes, level) in enumerate(((9, 1), (4, 3), (4, 2))))
    assert soonest([later, minor, major]) is major
    assert soonest([]) is None


class Station:
    """A link whose history is a line through the last hour."""

    def __init__(self, per_second: float, value: float = 24.0, until: int = NOW) -> None:
        self.per_second, self.value, self.until = per_second, value, until
        self.asked: list[str] = []
        self.answers = True

    def history(self, keys, start, end, buckets, callback) -> None:
        self.asked += keys
        if not self.answers:
            callback(None)
            return
        times = np.arange(self.until - 3_600_000, self.until, 5000, dtype=np.int64)
        values = self.value + self.per_second * (times - self.until) / 1000
        good = np.zeros(len(times), np.uint8)
        callback(Past(None, {key: samples(times, values, good, good.copy(), ((None, ""),)) for key in keys}))


def room(rate: float, clock, **more: object):
    model = model_of(room_copy([point("a.t"), point("b.t")], [live("a.t", 24.0), live("b.t", 24.0)]), clock)
    station = Station(rate, **more)
    forecasts = Forecasts(model, station)  # type: ignore[arg-type]
    return model, station, forecasts


def test_the_nearest_limit_ahead_of_a_rising_value(qtbot, clock):
    """32 at 0.2 a minute from 24: 40 minutes; asked once."""
    model, station, forecasts = room(0.2 / 60, clock)
    assert not forecasts.known
    model.beat.emit()
    assert forecasts.known
    for _ in range(10):
        model.beat.emit()
    assert sorted(station.asked) == ["a.t", "b.t"]
    found = forecasts.soonest()
    assert found is not None
    assert (found.limit, found.level, found.high) == (32.0, 1, True)
    assert found.minutes == pytest.approx(40, abs=0.5)


def test_a_falling_value_runs_into_its_lower_limit_and_a_slow_one_into_none_within_the_hour(qtbot, clock):
    model, _, forecasts = room(-0.5 / 60, clock)
    for _ in range(11):
        model.beat.emit()
    found = forecasts.soonest()
    assert found is not None and (found.limit, found.high) == (10.0, False)
    model, _, forecasts = room(0.1 / 60, clock)
    for _ in range(11):
        model.beat.emit()
    assert forecasts.soonest() is None


def test_stale_data_and_no_station_say_nothing(qtbot, clock):
    model, _, forecasts = room(0.2 / 60, clock)
    for _ in range(11):
        model.beat.emit()
    assert forecasts.soonest() is not None
    model.set_connected(False)
    assert forecasts.soonest() is None
    model.set_connected(True)
    tell(model, live("a.t", 24.0, Quality.STALE), live("b.t", 24.0, Quality.STALE))
    for _ in range(11):
        model.beat.emit()
    assert forecasts.soonest() is None
    model, _, forecasts = room(0.2 / 60, clock, until=NOW - 120_000)
    for _ in range(11):
        model.beat.emit()
    assert forecasts.soonest() is None, "the newest sample is two minutes old"


def test_without_an_answer_it_asks_again_and_lives_on_what_it_hears(qtbot, clock):
    model, station, forecasts = room(0.0, clock)
    station.answers = False
    now = NOW
    for n in range(60):
        clock.advance(5)
        now += 5000
        tell(model, live("a.t", 24 + 0.05 * n, ago=-(now - NOW) / 1000), now=now)
        model.beat.emit()
    assert not forecasts.known
    assert len(station.asked) > 4
    found = forecasts.soonest()
    assert found is not None and found.point == "a.t"


def test_limits_of_states_are_nothing_to_head_for(qtbot, clock):
    told = point("a.t", limits=[LimitInfo(id="s", level=1, kind=LimitKind.STATE, value=0, states=[1])])
    model = model_of(room_copy([told], [live("a.t", 24.0)]), clock)
    station = Station(0.2 / 60)
    forecasts = Forecasts(model, station)  # type: ignore[arg-type]
    for _ in range(3):
        model.beat.emit()
    assert station.asked == [] and forecasts.known and forecasts.soonest() is None
