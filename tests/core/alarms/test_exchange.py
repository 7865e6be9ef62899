"""Limits that change while the room is watched: what becomes of the alarms that are open."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.rooms import Bus, Device, Room

NAMES = Names("名", "name")
START = 1_790_000_000_000
KEY = "t.x"
RAISED, ACKNOWLEDGED, RETURNED, ENDED = AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED, AlarmState.NORMAL


def high(value, id="high", level=Level.MAJOR, deadband=0.0, on=0.0, off=0.0):
    return Limit(id, level, LimitKind.HIGH, value, deadband=deadband, on_delay=on, off_delay=off)


def low(value, id="low", on=0.0, off=0.0):
    return Limit(id, Level.MINOR, LimitKind.LOW, value, on_delay=on, off_delay=off)


class Watched:
    """A book on one point, with a clock of its own and the point's newest reading."""

    def __init__(self, *limits):
        point = Point(KEY, "t", NAMES, Kind.ANALOG, Group.ENVIRONMENT, limits=limits)
        device = Device("t", "b", NAMES, Group.ENVIRONMENT, None, (point,))
        self.limits = limits
        self.book = AlarmBook(Room("r", NAMES, "c/d/s/r", "UTC", "1", buses=(Bus("b", "d", NAMES, None),), devices=(device,)))
        self.seconds = 0.0
        self.reading = Reading(KEY, None, START, Quality.BAD)

    @property
    def now(self):
        return START + round(self.seconds * 1000), 1000.0 + self.seconds

    def value(self, value, quality=Quality.GOOD):
        self.reading = Reading(KEY, value, self.now[0], quality)
        return self.states(self.book.feed(self.reading, *self.now))

    def exchange(self, *limits):
        self.limits = limits
        return self.states(self.book.exchange(self.reading, limits, *self.now))

    def wait(self, seconds):
        self.seconds += seconds
        return self.states(self.book.tick(*self.now))

    def acknowledge(self):
        (alarm,) = self.book.open()
        self.book.acknowledge(alarm.id, "p", "P", self.now[0])
        return alarm

    @staticmethod
    def states(changed: "list[Alarm]"):
        return [alarm.state for alarm in changed]

    def standing(self):
        return {alarm.key.partition("#")[2] for alarm in self.book.open() if alarm.standing}


def test_an_alarm_returns_when_its_limit_is_moved_beyond_the_value():
    room = Watched(high(30))
    assert room.value(35.0) == [RAISED]
    assert room.exchange(high(40)) == [RETURNED]
    assert room.value(41.0) == [RAISED]


def test_an_acknowledged_alarm_ends_when_its_limit_is_moved_beyond_the_value():
    room = Watched(high(30))
    room.value(35.0)
    room.acknowledge()
    assert room.exchange(high(40)) == [ENDED]
    assert room.book.open() == []


def test_the_return_waits_for_dead_band_and_off_delay_of_the_new_limit():
    room = Watched(high(30))
    room.value(35.0)
    assert room.exchange(high(35.5, deadband=1.0)) == [], "inside the dead band it stands"
    assert room.exchange(high(40, off=60)) == []
    assert room.wait(59.9) == []
    assert room.wait(0.1) == [RETURNED]


def test_a_value_beyond_the_new_limit_raises_after_the_whole_on_delay():
    room = Watched(high(30, on=10))
    room.value(25.0)
    assert room.exchange(high(20, on=10)) == []
    assert room.wait(9.9) == []
    assert room.wait(0.1) == [RAISED]


def test_a_running_delay_begins_again_with_another_limit_and_goes_on_with_the_same():
    room = Watched(high(30, on=10), low(5))
    room.value(35.0)
    room.wait(8)
    room.exchange(high(30, on=10), low(6))
    assert room.wait(2) == [RAISED], "its own limit is as it was"
    other = Watched(high(30, on=10))
    other.value(35.0)
    other.wait(8)
    other.exchange(high(31, on=10))
    assert other.wait(8) == []
    assert other.wait(2) == [RAISED]


def test_a_delay_that_had_ended_counts_before_the_exchange():
    room = Watched(high(30, on=10))
    room.value(35.0)
    room.seconds += 11
    assert room.exchange(high(31, on=10)) == [RAISED]


def test_a_limit_that_is_gone_returns_and_raises_no_more():
    room = Watched(high(30), low(5))
    room.value(35.0)
    assert room.exchange(low(5)) == [RETURNED]
    assert room.value(99.0) == []
    room.acknowledge()
    assert room.book.open() == []
    assert room.exchange() == []
    assert room.value(1.0) == []


def test_a_limit_that_comes_back_continues_its_open_occurrence():
    room = Watched(high(30))
    room.value(35.0)
    (before,) = room.book.open()
    room.exchange()
    assert room.exchange(high(30)) == [RAISED]
    assert [alarm.id for alarm in room.book.open()] == [before.id]


def test_another_level_is_another_alarm_to_acknowledge():
    room = Watched(high(30, level=Level.MINOR))
    room.value(35.0)
    seen = room.acknowledge()
    assert room.exchange(high(30, level=Level.CRITICAL)) == [ENDED, RAISED]
    (alarm,) = room.book.open()
    assert (alarm.level, alarm.state, alarm.id != seen.id) == (Level.CRITICAL, RAISED, True)


def test_an_unacknowledged_one_stands_on_at_the_new_level():
    room = Watched(high(30, level=Level.MINOR))
    room.value(35.0)
    assert room.exchange(high(30, level=Level.CRITICAL)) == [RETURNED, RAISED]
    (alarm,) = room.book.open()
    assert (alarm.level, alarm.value) == (Level.CRITICAL, 35.0)


@pytest.mark.parametrize("quality", [Quality.BAD, Quality.STALE])
def test_without_a_usable_reading_nothing_is_judged(quality):
    room = Watched(high(30))
    room.value(35.0)
    room.value(None, quality)
    assert room.exchange(high(40)) == []
    assert room.standing() == {"high"}
    assert room.value(35.0) == [RETURNED]


LIMITS = st.lists(
    st.builds(
        high,
        st.integers(0, 10),
        st.sampled_from(["a", "b"]),
        st.sampled_from(Level),
        st.sampled_from([0.0, 1.0]),
        *[st.sampled_from([0.0, 3.0])] * 2,
    )
    | st.builds(low, st.integers(0, 10), st.sampled_from(["c", "d"]), *[st.sampled_from([0.0, 3.0])] * 2),
    max_size=3,
    unique_by=lambda limit: limit.id,
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("value"), st.floats(-1, 11, allow_nan=False)),
        st.tuples(st.just("wait"), st.sampled_from([0.5, 3.0])),
        st.tuples(st.just("exchange"), LIMITS),
        st.tuples(st.just("bad"), st.none()),
        st.tuples(st.just("acknowledge"), st.none()),
    ),
    max_size=25,
)


def play(room, steps):
    for step, what in steps:
        if step == "value":
            room.value(what)
        elif step == "bad":
            room.value(None, Quality.BAD)
        elif step == "wait":
            room.wait(what)
        elif step == "exchange":
            room.exchange(*what)
        else:
            for alarm in room.book.open():
                room.book.acknowledge(alarm.id, "p", "P", room.now[0])


@given(LIMITS, STEPS)
def test_no_alarm_stands_without_its_limit_and_none_against_a_usable_value(limits, steps):
    room = Watched(*limits)
    play(room, steps)
    assert room.standing() <= {limit.id for limit in room.limits}
    room.value(5.0)
    room.wait(10.0)
    standing = room.standing()
    assert standing >= {limit.id for limit in room.limits if limit.broken_by(5.0)}
    assert not standing & {limit.id for limit in room.limits if limit.left_by(5.0)}


@given(LIMITS, STEPS)
def test_the_same_limits_again_change_nothing(limits, steps):
    room = Watched(*limits)
    play(room, steps)
    room.wait(0.0)
    before = room.book.open()
    assert room.exchange(*room.limits) == []
    assert room.book.open() == before


@given(LIMITS, LIMITS, st.floats(-1, 11, allow_nan=False))
def test_limits_that_were_always_there_judge_alike(before, after, value):
    exchanged, fresh = Watched(*before), Watched(*after)
    exchanged.exchange(*after)
    for room in (exchanged, fresh):
        room.value(value)
        room.wait(10.0)
    assert exchanged.standing() == fresh.standing()
