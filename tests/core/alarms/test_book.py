"""Stories of one condition, of devices and of buses: what is told, and what the book answers. Then what holds for every story."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.alarms.book import BUS_DELAY, DEVICE_DELAY, AlarmBook
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room

NAMES = Names("名", "name")
START = 1_790_000_000_000


def point(key, *limits, kind=Kind.ANALOG):
    return Point(key, key.split(".")[0], NAMES, kind, Group.ENVIRONMENT, limits=limits)


def room(*devices):
    buses = tuple(Bus(id, "d", NAMES, None) for id in sorted({bus for _, bus, _ in devices}))
    made = tuple(Device(id, bus, NAMES, Group.ENVIRONMENT, None, tuple(points)) for id, bus, points in devices)
    return Room("r", NAMES, "c/d/s/r", "UTC", "1", buses=buses, devices=made)


HIGH = Limit("high1", Level.MAJOR, LimitKind.HIGH, 30.0, deadband=1.0, on_delay=60.0, off_delay=120.0)


class Story:
    """A book with a clock of its own."""

    def __init__(self, a_room):
        self.room = a_room
        self.book = AlarmBook(a_room)
        self.seconds = 0.0
        self.told: list[Alarm] = []

    @property
    def now(self):
        return START + round(self.seconds * 1000), 1000.0 + self.seconds

    def tell(self, changes):
        self.told.extend(changes)
        return [change.state for change in changes]

    def value(self, value, key="t.x", quality=Quality.GOOD):
        return self.tell(self.book.feed(Reading(key, value, self.now[0], quality), *self.now))

    def bad(self, key="t.x", reason=Reason.CRC):
        return self.tell(self.book.feed(failed(key, self.now[0], reason), *self.now))

    def wait(self, seconds):
        self.seconds += seconds
        return self.tell(self.book.tick(*self.now))

    def ack(self):
        wall = self.now[0]
        taken = [self.book.acknowledge(alarm.id, "p1", "王", wall) for alarm in self.book.open()]
        return self.tell([alarm for changed in taken for alarm in changed])

    def run(self, words):
        for word in words.split(", "):
            verb, _, argument = word.partition(" ")
            if verb == "ack":
                self.ack()
            elif verb == "bad":
                self.bad()
            elif verb == "wait":
                self.wait(float(argument))
            else:
                self.value(float(verb))
        return [alarm.state.value for alarm in self.told]


U, A, R, N = (s.value for s in (AlarmState.UNACKNOWLEDGED, AlarmState.ACKNOWLEDGED, AlarmState.RETURNED, AlarmState.NORMAL))


@pytest.mark.parametrize(
    ("words", "states"),
    [
        ("29, wait 600", []),
        ("30, wait 600", []),
        ("31, wait 59", []),
        ("31, wait 60", [U]),
        ("31, wait 59, 30, wait 600", []),
        ("31, wait 59, 30, 31, wait 59", []),
        ("31, wait 60, ack, 20, wait 120", [U, A, N]),
        ("31, wait 60, ack, 20, wait 119, 31, 20, wait 119", [U, A]),
        ("31, wait 60, ack, 29.5, wait 600", [U, A]),
        ("31, wait 60, ack, 29, wait 120", [U, A, N]),
        ("31, wait 60, 20, wait 120, ack", [U, R, N]),
        ("31, wait 60, 20, wait 120, 31, wait 60, ack", [U, R, U, A]),
        ("31, wait 60, 20, wait 120, 31, ack, wait 60", [U, R, N, U]),
        ("31, wait 60, 20, ack, wait 120", [U, A, N]),
        ("31, wait 50, bad, wait 600", []),
        ("31, wait 50, bad, 31, wait 59", []),
        ("31, wait 50, bad, 31, wait 60", [U]),
        ("31, wait 60, 20, wait 100, bad, wait 600", [U]),
        ("31, wait 60, ack, bad, wait 6000", [U, A]),
        ("31, wait 60, 20, wait 120, bad, wait 6000, 31, wait 60", [U, R, U]),
    ],
)
def test_the_stories_of_a_high_limit(words, states):
    assert Story(room(("t", "b", [point("t.x", HIGH)]))).run(words) == states


def test_an_occurrence_keeps_its_id_and_raising_time_when_it_comes_again():
    story = Story(room(("t", "b", [point("t.x", HIGH)])))
    story.run("31, wait 60, 20, wait 120, 33, wait 60")
    first, returned, again = story.told
    assert first.id == returned.id == again.id
    assert first.raised == again.raised == START + 60_000
    assert (first.value, again.value, again.limit) == (31.0, 33.0, 30.0)
    assert returned.returned == START + 180_000
    assert again.returned is None


def test_a_late_tick_records_the_moment_at_which_the_delay_ended():
    story = Story(room(("t", "b", [point("t.x", HIGH)])))
    story.run("31, wait 300")
    assert story.told[0].raised == START + 60_000


def test_a_reading_after_the_delay_finds_the_alarm_that_no_tick_has_raised():
    story = Story(room(("t", "b", [point("t.x", HIGH)])))
    story.value(31.0)
    story.seconds += 61
    assert story.value(20.0) == [AlarmState.UNACKNOWLEDGED]
    assert story.told[0].value == 31.0


def test_a_stale_reading_raises_nothing():
    story = Story(room(("t", "b", [point("t.x", Limit("high1", Level.MAJOR, LimitKind.HIGH, 30.0))])))
    assert story.value(31.0, quality=Quality.STALE) == []
    assert story.value(31.0, quality=Quality.UNCERTAIN) == [AlarmState.UNACKNOWLEDGED]


def test_limits_of_one_point_are_alarms_of_their_own():
    levels = ((27.0, Level.MINOR), (30.0, Level.MAJOR), (35.0, Level.CRITICAL))
    limits = [Limit(f"high{n}", level, LimitKind.HIGH, value) for n, (value, level) in enumerate(levels)]
    story = Story(room(("t", "b", [point("t.x", *limits)])))
    story.value(36.0)
    assert [(a.key, a.level) for a in story.told] == [
        ("t.x#high0", Level.MINOR),
        ("t.x#high1", Level.MAJOR),
        ("t.x#high2", Level.CRITICAL),
    ]


def test_low_limits_and_states_are_alarms_too():
    low = Limit("low1", Level.WARNING, LimitKind.LOW, 18.0, deadband=1.0)
    leak = Limit("state1", Level.CRITICAL, LimitKind.STATE, states=(1, 2))
    story = Story(room(("t", "b", [point("t.x", low), point("t.leak", leak, kind=Kind.DIGITAL)])))
    story.value(17.9)
    story.value(18.5)
    story.value(19.0)
    story.value(1, "t.leak")
    story.value(2, "t.leak")
    story.value(0, "t.leak")
    assert [(a.cause, a.state, a.value, a.limit) for a in story.told] == [
        (Cause.LOW, AlarmState.UNACKNOWLEDGED, 17.9, 18.0),
        (Cause.LOW, AlarmState.RETURNED, 17.9, 18.0),
        (Cause.STATE, AlarmState.UNACKNOWLEDGED, 1, None),
        (Cause.STATE, AlarmState.RETURNED, 1, None),
    ]


def test_who_acknowledged_is_recorded_and_only_the_first_counts():
    story = Story(room(("t", "b", [point("t.x", Limit("high1", Level.MAJOR, LimitKind.HIGH, 30.0))])))
    story.value(31.0)
    id = story.told[0].id
    [taken] = story.book.acknowledge(id, "p1", "王", story.now[0])
    assert (taken.actor, taken.actor_name, taken.acknowledged) == ("p1", "王", START)
    assert story.book.acknowledge(id, "p2", "李", story.now[0] + 5) == ()
    assert story.book.find(id) == taken
    assert story.book.acknowledge("unknown", "p2", "李", 0) == ()


def two_devices():
    return Story(room(("d1", "b", [point("d1.x", HIGH)]), ("d2", "b", [point("d2.x", HIGH)]), ("d3", "c", [point("d3.x")])))


def test_a_device_that_stays_silent_is_one_alarm_and_returns_when_it_stays_back():
    story = two_devices()
    story.tell(story.book.device_lost("d1", 24, *story.now))
    assert story.wait(DEVICE_DELAY - 1) == []
    assert story.wait(1) == [AlarmState.UNACKNOWLEDGED]
    assert (story.told[0].key, story.told[0].subject, story.told[0].points) == ("d1#lost", "d1", 24)
    story.tell(story.book.device_back("d1", *story.now))
    assert story.wait(DEVICE_DELAY - 1) == []
    story.tell(story.book.device_lost("d1", 24, *story.now))
    assert story.wait(60) == []
    story.tell(story.book.device_back("d1", *story.now))
    assert story.wait(DEVICE_DELAY) == [AlarmState.RETURNED]


def test_a_device_that_is_silent_for_a_moment_is_none():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.wait(9)
    story.book.device_back("d1", *story.now)
    story.wait(600)
    assert story.told == []


def test_a_lost_bus_is_one_alarm_and_its_devices_raise_none():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.wait(8)
    story.tell(story.book.bus_lost("b", "no_port", 48, *story.now))
    story.book.device_lost("d2", 24, *story.now)
    story.wait(600)
    assert [(a.key, a.detail, a.points, a.raised) for a in story.told] == [
        ("bus:b#lost", "no_port", 48, START + round((8 + BUS_DELAY) * 1000))
    ]


def test_a_line_whose_devices_are_all_silent_is_one_lost_bus_with_all_their_points():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.wait(4)
    story.book.device_lost("d2", 30, *story.now)
    story.wait(600)
    assert [(a.key, a.detail, a.points) for a in story.told] == [("bus:b#lost", "no_answer", 54)]
    story.tell(story.book.device_back("d1", *story.now))
    story.wait(DEVICE_DELAY)
    assert [(a.key, a.state) for a in story.told[1:]] == [
        ("bus:b#lost", AlarmState.RETURNED),
        ("d2#lost", AlarmState.UNACKNOWLEDGED),
    ]


def test_a_bus_with_one_device_that_is_silent_is_a_lost_device():
    story = two_devices()
    story.book.device_lost("d3", 1, *story.now)
    story.wait(600)
    assert [a.key for a in story.told] == ["d3#lost"]


def test_devices_of_another_bus_are_not_held_back():
    story = two_devices()
    story.book.bus_lost("b", "no_port", 48, *story.now)
    story.book.device_lost("d3", 1, *story.now)
    story.wait(600)
    assert [a.key for a in story.told] == ["bus:b#lost", "d3#lost"]


def test_a_device_alarm_is_superseded_by_its_bus_and_comes_again_if_the_device_is_still_silent():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.wait(20)
    story.book.bus_lost("b", "no_port", 48, *story.now)
    assert story.wait(BUS_DELAY) == [AlarmState.UNACKNOWLEDGED, AlarmState.RETURNED]
    story.tell(story.book.bus_back("b", *story.now))
    story.wait(600)
    assert [(a.key, a.state) for a in story.told[-2:]] == [
        ("bus:b#lost", AlarmState.RETURNED),
        ("d1#lost", AlarmState.UNACKNOWLEDGED),
    ]


def test_a_wire_that_is_opened_again_at_once_is_no_alarm_and_ends_none():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.wait(20)
    story.told.clear()
    story.book.bus_lost("b", "connection_lost", 48, *story.now)
    story.wait(2)
    story.book.bus_back("b", *story.now)
    story.wait(600)
    assert story.told == []
    assert [a.key for a in story.book.open()] == ["d1#lost"]


def test_troubles_of_the_station_come_and_go_at_once():
    story = two_devices()
    book = story.book

    def recording(present):
        return story.tell(book.station("station#recording", Cause.RECORDING_PAUSED, Level.CRITICAL, "disk full", present, *story.now))

    assert recording(False) == []
    assert recording(True) == [AlarmState.UNACKNOWLEDGED]
    assert recording(True) == []
    assert (story.told[0].subject, story.told[0].detail, story.told[0].level) == ("station", "disk full", Level.CRITICAL)
    story.ack()
    assert recording(False) == [AlarmState.NORMAL]
    assert book.open() == []


def test_a_trouble_of_the_station_that_has_another_level_now_is_raised_anew_at_it_also_after_a_restart():
    story = two_devices()

    def rule(story, level):
        return story.tell(story.book.station("station#log:r", Cause.LOG_RULE, level, "link down", True, *story.now))

    assert rule(story, Level.MINOR) == [AlarmState.UNACKNOWLEDGED]
    story.ack()
    again = reborn(story)
    assert rule(again, Level.MINOR) == []
    assert rule(again, Level.CRITICAL) == [AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED]
    [alarm] = again.book.open()
    assert (alarm.level, alarm.unseen) == (Level.CRITICAL, True), "nobody acknowledged the critical one by acknowledging the minor one"


def test_text_without_a_number_and_points_without_limits_do_nothing():
    story = Story(room(("t", "b", [point("t.x", HIGH), point("t.free")])))
    assert story.value("text") == []
    assert story.value(99.0, "t.free") == []


def reborn(story):
    """The same story after a crash: a new book from what the store knows."""
    again = Story(story.room)
    again.seconds = story.seconds
    again.tell(again.book.restore(story.book.open(), story.now[0]))
    return again


def test_an_open_alarm_is_put_back_and_not_raised_twice():
    story = Story(room(("t", "b", [point("t.x", HIGH)])))
    story.run("31, wait 60, ack")
    again = reborn(story)
    assert again.book.open() == story.book.open()
    assert again.run("bad, wait 600, 32, wait 600") == []
    assert again.run("20, wait 120") == [N]
    assert again.told[0].id == story.told[0].id


def test_a_condition_that_went_while_the_station_was_dead_returns_after_its_delay():
    story = Story(room(("t", "b", [point("t.x", HIGH)])))
    story.run("31, wait 60")
    assert reborn(story).run("20, wait 119") == []
    assert reborn(story).run("20, wait 120, ack") == [R, N]


def test_a_returned_alarm_still_waits_for_its_acknowledge_after_a_crash():
    story = Story(room(("t", "b", [point("t.x", HIGH)])))
    story.run("31, wait 60, 20, wait 120")
    assert reborn(story).run("20, wait 600, ack") == [N]
    assert reborn(story).run("31, wait 60") == [U]


def test_a_lost_device_that_answers_after_the_restart_returns_by_its_reading():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.wait(DEVICE_DELAY)
    again = reborn(story)
    again.bad("d1.x", Reason.NO_ANSWER)
    assert again.wait(600) == []
    again.bad("d1.x", Reason.EXCEPTION)
    assert again.wait(DEVICE_DELAY) == [AlarmState.RETURNED]


def test_a_lost_bus_keeps_its_devices_quiet_across_a_restart_and_returns_by_a_reading():
    story = two_devices()
    story.book.bus_lost("b", "no_port", 48, *story.now)
    story.wait(BUS_DELAY)
    again = reborn(story)
    again.book.device_lost("d1", 24, *again.now)
    assert again.wait(600) == []
    again.value(20.0, "d2.x")
    again.wait(BUS_DELAY)
    again.wait(DEVICE_DELAY)
    assert [(a.key, a.state) for a in again.told] == [
        ("bus:b#lost", AlarmState.RETURNED),
        ("d1#lost", AlarmState.UNACKNOWLEDGED),
    ]


def test_a_cut_line_stays_one_alarm_across_a_restart_until_a_device_answers():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.book.device_lost("d2", 24, *story.now)
    story.wait(BUS_DELAY)
    story.ack()
    again = reborn(story)
    again.tell(again.book.bus_back("b", *again.now))
    again.wait(60)
    again.tell(again.book.device_lost("d1", 24, *again.now))
    again.wait(60)
    again.tell(again.book.device_lost("d2", 24, *again.now))
    again.wait(60)
    assert again.told == []
    again.tell(again.book.device_back("d2", *again.now))
    again.wait(BUS_DELAY)
    assert [(a.key, a.state) for a in again.told] == [("bus:b#lost", AlarmState.NORMAL)]


def test_a_device_that_is_still_silent_after_the_restart_stays_the_same_alarm():
    story = two_devices()
    story.book.device_lost("d1", 24, *story.now)
    story.wait(DEVICE_DELAY)
    again = reborn(story)
    assert again.tell(again.book.device_lost("d1", 24, *again.now)) == []
    assert again.wait(600) == []
    assert again.book.open() == story.book.open()


def test_a_trouble_of_the_station_waits_for_the_station_to_say_that_it_is_over():
    story = two_devices()
    story.book.station("station#recording", Cause.RECORDING_PAUSED, Level.CRITICAL, "disk full", True, *story.now)
    again = reborn(story)
    assert again.told == []
    over = again.book.station("station#recording", Cause.RECORDING_PAUSED, Level.CRITICAL, "", False, *again.now)
    assert again.tell(over) == [AlarmState.RETURNED]


def test_alarms_of_what_is_no_longer_in_the_room_return():
    limited = Story(room(("t", "b", [point("t.x", Limit("high1", Level.MAJOR, LimitKind.HIGH, 30.0))])))
    limited.value(31.0)
    silent = two_devices()
    silent.book.device_lost("d1", 24, *silent.now)
    silent.wait(DEVICE_DELAY)
    silent.ack()
    empty = Story(room(("t", "b", [])))
    assert empty.tell(empty.book.restore(limited.book.open() + silent.book.open(), START)) == [AlarmState.RETURNED, AlarmState.NORMAL]


PROMPT = Limit("high1", Level.MAJOR, LimitKind.HIGH, 30.0, deadband=1.0)
WORDS = st.lists(
    st.one_of(
        st.sampled_from(["ack", "bad"]),
        st.floats(25, 35).map(lambda v: f"{v:.2f}"),
        st.sampled_from(["wait 1", "wait 7.5", "wait 30", "wait 64", "wait 128"]),
    ),
    min_size=1,
    max_size=40,
)
NEXT = {
    None: {AlarmState.UNACKNOWLEDGED},
    AlarmState.UNACKNOWLEDGED: {AlarmState.ACKNOWLEDGED, AlarmState.RETURNED},
    AlarmState.ACKNOWLEDGED: {AlarmState.NORMAL},
    AlarmState.RETURNED: {AlarmState.NORMAL, AlarmState.UNACKNOWLEDGED},
}


def without_ids(alarms):
    return [alarm.with_state(alarm.state, id="") for alarm in alarms]


@settings(deadline=None)
@given(words=WORDS)
def test_every_transition_is_one_of_the_standard_and_none_ends_without_a_person(words):
    story = Story(room(("t", "b", [point("t.x", HIGH)])))
    story.run(", ".join(words))
    newest: dict[str, AlarmState | None] = {}
    for alarm in story.told:
        assert alarm.state in NEXT[newest.get(alarm.id)]
        assert alarm.state is not AlarmState.NORMAL or alarm.actor == "p1"
        newest[alarm.id] = alarm.state
    left_open = {id for id, state in newest.items() if state is not AlarmState.NORMAL}
    assert left_open == {alarm.id for alarm in story.book.open()}


@settings(deadline=None)
@given(words=WORDS, cut=st.integers(0, 40))
def test_a_crash_at_any_moment_changes_nothing_that_has_no_delay(words, cut):
    whole = Story(room(("t", "b", [point("t.x", PROMPT)])))
    whole.run(", ".join(words))
    parted = Story(room(("t", "b", [point("t.x", PROMPT)])))
    if words[:cut]:
        parted.run(", ".join(words[:cut]))
    after = reborn(parted)
    if words[cut:]:
        after.run(", ".join(words[cut:]))
    assert without_ids(parted.told + after.told) == without_ids(whole.told)
    assert without_ids(after.book.open()) == without_ids(whole.book.open())


@settings(deadline=None)
@given(words=WORDS, last=st.sampled_from(["20", "29.5", "35"]))
def test_after_a_crash_and_steady_readings_the_book_is_where_it_would_be(words, last):
    whole = Story(room(("t", "b", [point("t.x", HIGH)])))
    whole.run(", ".join(words))
    after = reborn(whole)
    for story in (whole, after):
        story.run(f"{last}, wait 128")
    assert [(a.key, a.state) for a in whole.book.open()] == [(a.key, a.state) for a in after.book.open()]


@settings(deadline=None)
@given(words=WORDS, step=st.sampled_from([0.5, 1.0, 2.5]))
def test_it_does_not_matter_how_often_the_clock_is_looked_at(words, step):
    words = [word for word in words if word != "ack"]
    coarse = Story(room(("t", "b", [point("t.x", HIGH)])))
    fine = Story(room(("t", "b", [point("t.x", HIGH)])))
    for word in words:
        verb, _, argument = word.partition(" ")
        if verb == "wait":
            coarse.seconds += float(argument)
            for _ in range(int(float(argument) / step)):
                fine.wait(step)
            fine.seconds = coarse.seconds
        else:
            coarse.run(word)
            fine.run(word)
    coarse.wait(0)
    fine.wait(0)
    assert without_ids(coarse.told) == without_ids(fine.told)


@settings(deadline=None)
@given(noise=st.lists(st.floats(29.001, 40.0), max_size=100))
def test_noise_inside_the_dead_band_never_chatters(noise):
    story = Story(room(("t", "b", [point("t.x", PROMPT)])))
    for value in noise:
        story.value(value)
    assert len(story.told) <= 1


DEEDS = st.lists(st.sampled_from(["lost d1", "back d1", "lost d2", "back d2", "cut", "open", "ack", "wait 3", "wait 12"]), max_size=30)


def carry_out(story, deeds):
    """What is lost after these deeds, by the names of the book."""
    lost = {"d1": False, "d2": False, "b": False}
    for deed in deeds:
        verb, _, what = deed.partition(" ")
        if verb == "wait":
            story.wait(float(what))
        elif verb == "ack":
            story.ack()
        elif verb in ("lost", "back"):
            lost[what] = verb == "lost"
            story.tell(story.book.device_lost(what, 24, *story.now) if lost[what] else story.book.device_back(what, *story.now))
        else:
            lost["b"] = verb == "cut"
            story.tell(story.book.bus_lost("b", "no_port", 48, *story.now) if lost["b"] else story.book.bus_back("b", *story.now))
    story.wait(60)
    return lost


def standing(story):
    return {alarm.key for alarm in story.book.open() if alarm.standing}


@settings(deadline=None)
@given(deeds=DEEDS)
def test_whatever_happens_on_a_bus_its_alarms_end_where_the_wires_are(deeds):
    story = two_devices()
    lost = carry_out(story, deeds)
    silent = {f"{device}#lost" for device in ("d1", "d2") if lost[device]}
    assert standing(story) == ({"bus:b#lost"} if lost["b"] or len(silent) == 2 else silent)
    newest: dict[str, AlarmState | None] = {}
    for alarm in story.told:
        assert alarm.state in NEXT[newest.get(alarm.id)]
        newest[alarm.id] = alarm.state


@settings(deadline=None)
@given(before=DEEDS, after=DEEDS)
def test_a_book_put_back_ends_where_the_wires_are_too(before, after):
    story = two_devices()
    lost = carry_out(story, before)
    again = reborn(story)
    again.tell(again.book.bus_lost("b", "no_port", 48, *again.now) if lost["b"] else again.book.bus_back("b", *again.now))
    for device in ("d1", "d2"):
        if lost[device]:
            again.tell(again.book.device_lost(device, 24, *again.now))
        elif not lost["b"]:
            again.value(20.0, f"{device}.x")
    again.wait(60)
    assert standing(again) == standing(story)
    assert {a.id for a in again.book.open()} == {a.id for a in story.book.open()}
    carry_out(again, after)
    carry_out(story, after)
    touched = {deed.split()[-1] for deed in after}
    if {"d1", "d2"} <= touched and {"cut", "open"} & touched:
        assert standing(again) == standing(story)
