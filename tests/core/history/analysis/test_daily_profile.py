"""The usual course of a day and its band, and since when a value is outside of it."""

from datetime import UTC
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from cityops_desktop.history.analysis.columns import DAY_MS, room_time, weekday
from cityops_desktop.history.analysis.grounds import Why
from cityops_desktop.history.analysis.profile import SLOT_MS, SLOTS, profile
from tests.core.history.analysis.made import echo, hours

SHANGHAI = ZoneInfo("Asia/Shanghai")
QUARTER = 900_000


def course(seed: int, days: int = 29, *, weekend: float = 0.0, zone=SHANGHAI):
    rng = np.random.default_rng(seed)
    times = hours(days, QUARTER)
    local = room_time(times, zone)
    values = 20 + 5 * np.sin(2 * np.pi * local / DAY_MS) + echo(rng, len(times), 0.9, 0.5)
    values += np.where(weekday(local // DAY_MS) >= 5, weekend, 0.0)
    return times, np.round(values, 1), int(times[-1]) + QUARTER


def test_the_middle_and_the_band_are_those_of_the_day_in_the_rooms_time():
    times, values, now = course(1)
    told = profile((times, values), now, SHANGHAI, 0.1)
    assert told.why is None and told.band is not None and told.since is None
    slots = np.arange(SLOTS) + 0.5
    assert np.nanmax(np.abs(told.band.middle - (20 + 5 * np.sin(2 * np.pi * slots / SLOTS)))) < 0.7
    assert np.all(told.band.low <= told.band.middle) and np.all(told.band.middle <= told.band.high)
    width = np.median(told.band.high - told.band.low)
    assert width == pytest.approx(2 * 1.2816 * 0.5, rel=0.3), "10 to 90 % of a normal spread of 0.5"


def test_four_of_five_new_values_lie_in_the_band():
    inside = whole = 0
    for seed in range(60):
        times, values, now = course(seed)
        told = profile((times, values), now, SHANGHAI, 0.1)
        assert told.band is not None and told.values is not None and told.times is not None
        slots = room_time(told.times, SHANGHAI) % DAY_MS // SLOT_MS
        inside += int(((told.values >= told.band.low[slots]) & (told.values <= told.band.high[slots])).sum())
        whole += len(slots)
    assert inside / whole == pytest.approx(0.8, abs=0.04)


def test_ordinary_days_are_seldom_outside():
    outside = 0
    for seed in range(200):
        times, values, now = course(seed)
        outside += profile((times, values), now, SHANGHAI, 0.1).since is not None
    assert outside <= 2


def test_a_value_that_has_left_the_band_is_told_with_the_time_and_how_far():
    times, values, now = course(3)
    values[times > now - 3 * 3_600_000] += 6
    told = profile((times, values), now, SHANGHAI, 0.1)
    assert told.since is not None and abs(told.since - (now - 3 * 3_600_000)) <= SLOT_MS
    assert told.beyond is not None and told.beyond.low <= told.beyond.value <= told.beyond.high
    assert told.beyond.value == pytest.approx(6, abs=1.6)
    assert profile((times, values), now, SHANGHAI, 5.0).since is None, "five steps of resolution are more than that"


def test_weekends_have_their_own_band_when_there_are_enough_of_them():
    times, values, now = course(4, 29, weekend=-8.0)
    told = profile((times, values), now, SHANGHAI, 0.1)
    assert told.split and told.band is not None
    assert np.median(told.band.high - told.band.low) < 2
    short = profile(course(4, 15, weekend=-8.0)[:2], course(4, 15)[2], SHANGHAI, 0.1)
    assert not short.split and short.band is not None and short.band.days >= 13


def test_too_little_and_too_old_are_said():
    times, values, now = course(5, 5)
    assert profile((times, values), now, UTC, 0.1).why is Why.FEW
    assert profile((times, values), now + 3 * 3_600_000, UTC, 0.1).why is Why.STALE
    assert profile((times[:0], values[:0]), now, UTC, 0.1).why is Why.FEW
