"""The live table: what is taken, what has changed, and when a value is stale."""

import pytest

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.model.staleness import stale_after

NAMES = Names("名", "name")


def point(key, period):
    return Point(key, "d", NAMES, Kind.ANALOG, Group.ENVIRONMENT, period=period)


@pytest.fixture
def live(clock):
    points = (point("d.slow", 5.0), point("d.fast", 1.0))
    device = Device("d", "b", NAMES, Group.ENVIRONMENT, None, points)
    return LiveTable(Room("r", NAMES, "c/d/s/r", "UTC", "1", buses=(Bus("b", "x", NAMES, None),), devices=(device,)), clock)


def good(clock, value, key="d.slow", quality=Quality.GOOD):
    return Reading(key, value, clock.wall(), quality)


def test_at_first_every_point_waits(live, clock):
    entry = live.get("d.slow")
    assert entry.reading == failed("d.slow", clock.wall(), Reason.WAITING)
    assert (entry.last_value, entry.last_time, live.newest()) == (None, None, None)
    assert [e.reading.point for e in live] == ["d.slow", "d.fast"] == list(live.entries)


def test_a_change_is_told_from_a_newer_time(live, clock):
    assert live.apply([good(clock, 20.0)]).changed == ["d.slow"]
    clock.advance(5)
    again = good(clock, 20.0)
    assert live.apply([again]) == ([again], [])
    assert live.get("d.slow").reading is again
    clock.advance(5)
    assert live.apply([good(clock, 20.5)]).changed == ["d.slow"]
    assert live.apply([good(clock, 20.5, quality=Quality.UNCERTAIN)]).changed == ["d.slow"]
    assert live.apply([failed("d.slow", clock.wall(), Reason.CRC)]).changed == ["d.slow"]
    assert live.apply([failed("d.slow", clock.wall(), Reason.NO_ANSWER)]).changed == ["d.slow"]


def test_the_last_usable_value_outlives_a_failure(live, clock):
    live.apply([good(clock, 20.0)])
    first = clock.wall()
    clock.advance(5)
    live.apply([failed("d.slow", clock.wall(), Reason.NO_ANSWER)])
    entry = live.get("d.slow")
    assert (entry.reading.value, entry.last_value, entry.last_time) == (None, 20.0, first)
    assert live.newest() == first


def test_a_point_that_the_room_does_not_have_is_an_error(live, clock):
    with pytest.raises(KeyError):
        live.apply([good(clock, 1.0, "d.none")])


@pytest.mark.parametrize(("key", "seconds"), [("d.slow", 15.0), ("d.fast", 4.0)])
def test_a_value_is_stale_after_three_periods_or_three_seconds_of_grace(live, clock, key, seconds):
    live.apply([good(clock, 20.0, key)])
    first = clock.wall()
    clock.advance(seconds)
    assert live.sweep() == []
    clock.advance(0.01)
    assert live.sweep() == [key]
    assert live.sweep() == []
    assert live.get(key).reading == Reading(key, 20.0, first, Quality.STALE, Reason.OLD)
    assert (live.get(key).last_value, live.get(key).last_time) == (20.0, first)
    assert live.apply([good(clock, 20.0, key)]).changed == [key]


def test_a_bad_value_never_turns_stale(live, clock):
    live.apply([failed("d.slow", clock.wall(), Reason.NO_ANSWER)])
    clock.advance(3600)
    assert live.sweep() == []
    assert live.get("d.slow").reading.reason is Reason.NO_ANSWER


def test_a_clock_that_jumps_makes_nothing_stale(live, clock):
    live.apply([good(clock, 20.0)])
    clock.ms += 86_400_000
    assert live.sweep() == []


def test_an_older_reading_is_dropped(live, clock):
    late = good(clock, 19.0)
    clock.advance(1)
    live.apply([good(clock, 20.0)])
    clock.advance(1)
    assert live.apply([late]) == ([], [])
    assert live.get("d.slow").reading.value == 20.0


def test_after_the_clock_was_set_back_new_readings_count(live, clock):
    live.apply([good(clock, 20.0)])
    clock.advance(5)
    clock.ms -= 3_600_000
    fresh = good(clock, 21.0)
    assert live.apply([fresh]).accepted == [fresh]
    assert live.newest() == fresh.time
    clock.advance(5)
    live.apply([good(clock, 21.0)])
    assert live.newest() == clock.wall()


def test_newest_is_that_of_the_whole_room(live, clock):
    earlier = good(clock, 1.0, "d.fast")
    clock.advance(1)
    live.apply([good(clock, 20.0), earlier])
    assert live.newest() == clock.wall()


def test_the_limit_is_the_larger_of_both():
    assert [stale_after(period) for period in (0.5, 1.0, 1.5, 5.0, 60.0)] == [3.5, 4.0, 4.5, 15.0, 180.0]
