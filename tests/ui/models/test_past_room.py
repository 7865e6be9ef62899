"""The room at another time: what was in force, how old it was then, what nobody knows; and back, with nothing of it left behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.model.staleness import stale_after
from tests.conftest import FakeClock
from tests.ui.desk import NOW, live, model_of, point, room_copy, state, tell
from tests.ui.pastlink import Then, sample
from tests.ui.rooms import alarm
from ui.models.pastroom import PastRoom
from ui.models.pastshots import PART, SIDE_BY_SIDE, PastShots, Row, Shot, live_at
from ui.models.pasttime import IDLE_SECONDS, WARN_SECONDS, PastTime
from ui.models.room import RoomModel

T = NOW - 3_600_000
MINUTE = 60_000


ROOM = room_copy(
    [point("a.x"), point("a.y"), state("a.wet"), point("a.text", kind=Kind.TEXT)], alarms=[alarm(1, "a.x", 2, AlarmState.ACKNOWLEDGED)]
)


@pytest.fixture
def then() -> Then:
    told = Then()
    told.strips["a.x"] = lambda time: sample(time - 800, 30.5)
    told.strips["a.wet"] = lambda time: sample(time - 800, 1.0)
    return told


@pytest.fixture
def source(qapp: object) -> RoomModel:
    return model_of(ROOM)


@pytest.fixture
def room(source: RoomModel, then: Then) -> PastRoom:
    return PastRoom(source, then)


def test_live_it_is_the_live_room(source: RoomModel, room: PastRoom) -> None:
    heard: list[object] = []
    room.changed.connect(heard.append)
    tell(source, live("a.x", 26.0, ago=0))
    assert room.shown("a.x").value == "26.0" and heard == [frozenset({"a.x"})]
    assert [one.id for one in room.open_alarms()] == [one.id for one in source.open_alarms()]
    source.set_connected(False)
    assert room.shown("a.x").stale and not room.connected


def test_at_another_time_values_and_alarms_are_those_in_force_then(source: RoomModel, room: PastRoom, then: Then) -> None:
    then.alarms = lambda time: [alarm(9, "a.wet", 1, AlarmState.UNACKNOWLEDGED, now=time)]
    room.travel(T)
    shown = room.shown("a.x")
    assert (room.past, room.now()) == (T, T)
    assert (shown.value, shown.age, shown.stale, shown.quality) == ("30.5", 0.8, False, Quality.GOOD)
    assert room.shown("a.wet").value == "Wet"
    worst = room.worst(("a",))
    assert worst is not None and worst.id == "alarm-0009"
    assert [one.id for one in source.open_alarms()] == ["alarm-0001"] and source.shown("a.x").value == "23.4", "the live room has not moved"


def test_what_nobody_knows_is_said_and_not_guessed(room: PastRoom, then: Then) -> None:
    room.travel(T)
    unknown, text = room.shown("a.y"), room.shown("a.text")
    assert (unknown.value, unknown.stale, unknown.reason) == ("—", True, "nothing recorded then")
    assert text.reason == "texts are not recorded" and all("a.text" not in keys for _, keys in then.asked)


def test_a_part_without_an_answer_is_unknown_and_asked_again(room: PastRoom, then: Then) -> None:
    then.deaf = {"a.x", "alarms"}
    room.travel(T)
    assert room.shown("a.x").reason == "the station did not answer"
    assert room.shot is not None and not room.shot.alarms_known and not room.shot.whole
    then.deaf = set()
    room.travel(T)
    assert room.shown("a.x").value == "30.5", "what was not whole is not kept"


def test_an_old_sample_is_stale_and_an_error_is_bad_with_its_reason(room: PastRoom, then: Then) -> None:
    then.strips["a.x"] = lambda time: sample(time - 20 * MINUTE, 30.5)
    then.strips["a.y"] = lambda time: sample(time - 500, float("nan"), Quality.BAD, Reason.NO_ANSWER)
    room.travel(T)
    old, bad = room.shown("a.x"), room.shown("a.y")
    assert (old.value, old.stale, old.quality, old.age) == ("30.5", True, Quality.STALE, 1200.0)
    assert old.since_text.startswith("since ")
    assert (bad.value, bad.quality) == ("—", Quality.BAD) and bad.reason


def test_from_live_nothing_is_known_until_the_answers_are_there(room: PastRoom, then: Then) -> None:
    then.held = True
    room.travel(T)
    assert room.past == T and room.waiting
    assert (room.shown("a.x").value, room.shown("a.x").reason) == ("—", "loading…"), "no live value under the words of the past"
    assert not room.open_alarms()
    then.let_go()
    assert not room.waiting and room.shown("a.x").value == "30.5"


def test_the_values_of_one_time_stay_with_that_time_until_the_next_is_there(room: PastRoom, then: Then) -> None:
    then.strips["a.x"] = lambda time: sample(time, (time - T) / MINUTE)
    room.travel(T)
    then.held = True
    room.travel(T + MINUTE)
    assert (room.past, room.shown("a.x").value, room.waiting) == (T, "0.0", True)
    room.travel(T + 2 * MINUTE)
    then.let_go()
    assert (room.past, room.shown("a.x").value, room.waiting) == (T + 2 * MINUTE, "2.0", False), "an answer overtaken is let go"


def test_back_again_all_is_live_and_late_answers_change_nothing(source: RoomModel, room: PastRoom, then: Then) -> None:
    then.held = True
    room.travel(T)
    tell(source, live("a.x", 27.0, ago=0))
    room.travel(None)
    then.let_go()
    assert room.past is None and room.shown("a.x").value == "27.0"
    assert [one.id for one in room.open_alarms()] == ["alarm-0001"]


def test_while_in_the_past_the_live_room_tells_the_pages_nothing(source: RoomModel, room: PastRoom) -> None:
    room.travel(T)
    heard: list[object] = []
    for signal in (room.changed, room.alarmsChanged, room.connectedChanged, room.beat):
        signal.connect(lambda *told: heard.append(told))
    tell(source, live("a.x", 26.0, ago=0), alarms=[alarm(5, "a.y", 1, AlarmState.UNACKNOWLEDGED)])
    source.set_connected(False)
    source.beat.emit()
    assert not heard and room.shown("a.x").value == "30.5"


def test_another_room_file_asks_for_its_own_points(source: RoomModel, room: PastRoom, then: Then) -> None:
    room.travel(T)
    source.apply_copy(room_copy([point("a.x"), point("b.z")], version="v2"))
    assert room.past == T and then.asked[-1] == (T, ["a.x", "b.z"])
    assert room.shown("a.x").value == "30.5"


def test_the_next_step_is_asked_for_beforehand_and_steps_back_ask_nothing(room: PastRoom, then: Then) -> None:
    room.travel(T, T + MINUTE)
    assert then.alarm_times == [T, T + MINUTE]
    room.travel(T + MINUTE)
    room.travel(T)
    assert then.alarm_times == [T, T + MINUTE] and room.past == T


def test_many_points_are_asked_in_parts_a_few_at_a_time(qapp: object, then: Then) -> None:
    shots = PastShots(then)
    keys = [f"d.p{n}" for n in range(7 * PART + 3)]
    told: list[Shot] = []
    shots.ready.connect(told.append)
    then.held = True
    shots.set_points(keys)
    shots.want(T)
    assert len(then.asked) == SIDE_BY_SIDE and not told
    then.let_go()
    assert [key for _, part in then.asked for key in part] == keys and max(len(part) for _, part in then.asked) == PART
    assert len(told) == 1


@given(age=st.integers(0, 4_000_000), period=st.sampled_from([0.5, 1.0, 5.0, 60.0, 600.0]), quality=st.sampled_from(list(Quality)))
def test_a_value_is_usable_then_only_while_it_was_young_enough_then(age: int, period: float, quality: Quality) -> None:
    told = live_at(point("a.x", period=period), Row(T - age, 21.5, quality, None, ""), T)
    young = age <= stale_after(period) * 1000
    assert (told.value is not None) == (young and quality in (Quality.GOOD, Quality.UNCERTAIN))
    assert (told.last_value, told.last_time) == (21.5, T - age)


# the time that is chosen


@pytest.fixture
def time(source: RoomModel, clock: FakeClock) -> PastTime:
    return PastTime(source, clock)


def test_no_time_is_later_than_now_and_a_step_past_it_is_live(time: PastTime) -> None:
    said: list[str] = []
    time.said.connect(said.append)
    time.go(NOW + MINUTE)
    assert time.time is not None and time.time < NOW + 1000
    time.go(NOW - MINUTE)
    time.step(-MINUTE)
    assert time.time == NOW - 2 * MINUTE
    time.step(3 * MINUTE)
    assert time.time is None and said


def test_playing_waits_for_what_has_not_arrived_and_ends_at_now(time: PastTime) -> None:
    time.go(NOW - 25 * MINUTE)
    time.play(600)
    assert time.following == NOW - 15 * MINUTE
    time.busy = True
    time.play_on()
    assert time.time == NOW - 25 * MINUTE
    time.busy = False
    time.play_on()
    assert time.time == NOW - 15 * MINUTE
    time.play_on()
    time.play_on()
    assert time.time is None and not time.rate


def test_untouched_it_goes_back_by_itself_and_says_so_before(time: PastTime, clock: FakeClock) -> None:
    said: list[str] = []
    time.said.connect(said.append)
    time.go(T)
    clock.advance(IDLE_SECONDS - WARN_SECONDS + 1)
    time.look()
    assert time.time == T and time.left < WARN_SECONDS
    time.touch()
    clock.advance(IDLE_SECONDS - 1)
    time.look()
    assert time.time == T
    clock.advance(1)
    time.look()
    assert time.time is None and "10 min" in said[0]


def test_a_new_alarm_of_the_highest_levels_calls_until_it_is_seen(source: RoomModel, time: PastTime) -> None:
    tell(source, alarms=[alarm(2, "a.y", 1, AlarmState.UNACKNOWLEDGED)])
    time.go(T)
    assert time.alert is None, "whoever went to the past knew of it"
    tell(source, alarms=[alarm(3, "a.y", 3, AlarmState.UNACKNOWLEDGED)])
    assert time.alert is None, "not of the two highest"
    tell(source, alarms=[alarm(4, "a.x", 2, AlarmState.UNACKNOWLEDGED)])
    assert time.alert is not None and time.alert.id == "alarm-0004"
    time.dismiss()
    assert time.alert is None
    tell(source, alarms=[alarm(4, "a.x", 2, AlarmState.RETURNED)])
    tell(source, alarms=[alarm(4, "a.x", 2, AlarmState.UNACKNOWLEDGED)])
    assert time.alert is not None, "it came again"
    tell(source, alarms=[alarm(4, "a.x", 2, AlarmState.ACKNOWLEDGED)])
    assert time.alert is None, "somebody has acknowledged it"


def test_a_new_copy_of_the_room_brings_alarms_that_call_too(source: RoomModel, time: PastTime) -> None:
    time.go(T)
    source.apply_copy(room_copy([point("a.x")], alarms=[alarm(8, "a.x", 1, AlarmState.UNACKNOWLEDGED)]))
    assert time.alert is not None and time.alert.id == "alarm-0008"
