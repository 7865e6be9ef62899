"""Steps of time and the room's clock, also over a change of summer time."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history.analysis.columns import means, medians, room_time, together, usable, weekday
from cityops_desktop.model.envelope import envelope, samples
from tests.core.history.analysis.made import DAY, HOUR

ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "UTC")


@given(times=st.lists(st.integers(0, 2_000_000_000_000), min_size=1, max_size=30), name=st.sampled_from(ZONES))
def test_the_rooms_clock_is_that_of_the_zone(times: list[int], name: str):
    zone = ZoneInfo(name)
    told = room_time(np.array(times, np.int64), zone)
    for utc, local in zip(times, told.tolist(), strict=True):
        shown = datetime.fromtimestamp(utc / 1000, UTC).astimezone(zone).replace(tzinfo=UTC)
        assert local == round(shown.timestamp() * 1000)


def test_over_a_change_of_summer_time_hour_by_hour():
    begin = int(datetime(2026, 10, 24, tzinfo=UTC).timestamp() * 1000)
    times = begin + np.arange(72, dtype=np.int64) * HOUR
    offsets = room_time(times, ZoneInfo("Europe/Berlin")) - times
    assert offsets[:25].tolist() == [2 * HOUR] * 25 and offsets[25:].tolist() == [HOUR] * 47


def test_weekdays():
    assert weekday(np.array([0, 4, 20_717])).tolist() == [3, 0, datetime(2026, 9, 21, tzinfo=UTC).weekday()]


@given(data=st.lists(st.tuples(st.integers(0, 10 * HOUR), st.integers(-100, 100)), max_size=60), step=st.sampled_from([60_000, HOUR]))
def test_steps_hold_what_fell_into_them(data: list[tuple[int, int]], step: int):
    data.sort()
    times, values = np.array([one for one, _ in data], np.int64), np.array([one for _, one in data], float)
    for reduced, reckon in ((means, np.mean), (medians, np.median)):
        slots, found = reduced(times, values, step)
        assert [int(slot) // step for slot in slots] == sorted({one // step for one, _ in data})
        for slot, value in zip(slots.tolist(), found.tolist(), strict=True):
            assert abs(value - float(reckon(values[times // step == slot // step]))) < 1e-9


def test_only_times_that_all_have_are_taken_together():
    one, other = (np.array([1, 2, 4], np.int64), np.array([10.0, 20, 40])), (np.array([2, 3, 4], np.int64), np.array([2.0, 3, 4]))
    times, (mine, theirs) = together(one, other)
    assert (times.tolist(), mine.tolist(), theirs.tolist()) == ([2, 4], [20, 40], [2, 4])


def test_bad_samples_are_left_out_and_a_spike_in_a_bucket_moves_nothing():
    times = DAY + np.arange(60, dtype=np.int64) * 1000
    values = np.full(60, 20.0)
    values[30] = 900.0
    quality = np.zeros(60, np.uint8)
    quality[5] = 3
    strip = samples(times, values, quality)
    assert len(usable(strip)[0]) == 59
    assert usable(envelope(strip, 60_000))[1].tolist() == [20.0]
