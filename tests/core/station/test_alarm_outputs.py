"""What an alarm output does with alarms, silences and what its relay says: the decision as a table and by properties, then the drive."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import AlarmOutput, Energised, OutputKind
from cityops_desktop.station.acts.act import Ended
from cityops_desktop.station.alarm_output import AGAIN, WRONG, AlarmOutputDrive, AlarmOutputs, Course, Move, move, sounds, stands

BEACON, HORN = OutputKind.BEACON, OutputKind.HORN
KNOWN = (Quality.GOOD, Quality.UNCERTAIN)


def output(kind: OutputKind = HORN, level: Level = Level.MAJOR, energised: Energised = Energised.ALARM, hold: float | None = None):
    return AlarmOutput("o1", Names("x", "x"), kind, "a.relay", level, energised, hold)


def alarm(level: Level = Level.MAJOR, state: AlarmState = AlarmState.UNACKNOWLEDGED, hidden: Hidden | None = None) -> Alarm:
    return Alarm("id", "a#high", "a.temp", Cause.HIGH, level, state, 0, hidden=hidden)


def relay(value: int | None, quality: Quality = Quality.GOOD, reason: Reason | None = None) -> Reading:
    return Reading("a.relay", value, 0, quality, reason)


@pytest.mark.parametrize(
    ("kind", "level", "state", "hidden", "silenced", "expected"),
    [
        (HORN, Level.MAJOR, AlarmState.UNACKNOWLEDGED, None, False, True),
        (HORN, Level.MAJOR, AlarmState.UNACKNOWLEDGED, None, True, False),
        (HORN, Level.CRITICAL, AlarmState.RETURNED, None, False, True),
        (HORN, Level.MAJOR, AlarmState.ACKNOWLEDGED, None, False, False),
        (HORN, Level.MINOR, AlarmState.UNACKNOWLEDGED, None, False, False),
        (HORN, Level.CRITICAL, AlarmState.UNACKNOWLEDGED, Hidden.SHELVED, False, False),
        (BEACON, Level.MAJOR, AlarmState.UNACKNOWLEDGED, None, True, True),
        (BEACON, Level.MAJOR, AlarmState.RETURNED, None, True, True),
        (BEACON, Level.MAJOR, AlarmState.LATCHED, None, False, True),
        (BEACON, Level.MAJOR, AlarmState.ACKNOWLEDGED, None, False, False),
        (BEACON, Level.CRITICAL, AlarmState.UNACKNOWLEDGED, Hidden.SUPPRESSED, False, False),
    ],
)
def test_a_horn_follows_what_sounds_a_beacon_what_nobody_has_acknowledged(kind, level, state, hidden, silenced, expected):
    assert sounds(output(kind), [alarm(level, state, hidden)], silenced) is expected


alarms_drawn = st.lists(
    st.builds(alarm, st.sampled_from(list(Level)), st.sampled_from(list(AlarmState)), st.sampled_from([None, *Hidden])), max_size=6
)
outputs_drawn = st.builds(
    output, st.sampled_from(list(OutputKind)), st.sampled_from(list(Level)), st.sampled_from(list(Energised)), st.sampled_from([None, 6.0])
)


@given(outputs_drawn, alarms_drawn, st.booleans())
def test_nothing_sounds_without_an_alarm_that_wants_somebody_and_each_such_alarm_shines(one: AlarmOutput, alarms: list[Alarm], silenced):
    concerned = [a for a in alarms if a.level <= one.level and a.hidden is None and a.unseen]
    sounding = sounds(one, alarms, silenced)
    assert not (sounding and not concerned)
    if one.kind is BEACON:
        assert sounding is bool(concerned), "a silence darkens no beacon"
    elif not silenced:
        assert sounding is any(a.audible for a in concerned)


@given(outputs_drawn, st.booleans())
def test_a_relay_without_power_sounds_where_it_is_drawn_while_quiet(one: AlarmOutput, sounding: bool):
    assert one.value(sounding) != one.value(not sounding)
    assert one.value(True) == (0 if one.energised is Energised.QUIET else 1)
    assert stands(one, sounding, relay(one.value(sounding))) and stands(one, sounding, relay(one.value(not sounding))) is False
    assert stands(one, sounding, relay(None, Quality.BAD, Reason.NO_ANSWER)) is None


readings_drawn = st.one_of(
    st.builds(relay, st.sampled_from([0, 1])),
    st.just(relay(None, Quality.BAD, Reason.NO_ANSWER)),
    st.just(relay(0, Quality.UNCERTAIN, Reason.NOT_ADMITTED)),
)


@given(outputs_drawn, st.lists(st.tuples(st.booleans(), readings_drawn, st.floats(0.5, 40)), max_size=60))
def test_whatever_the_relay_says_it_is_switched_when_wrong_and_never_too_often(one: AlarmOutput, story):
    course, now, orders = Course(), 0.0, []
    for sounding, reading, pause in story:
        now += pause
        what = move(one, sounding, reading, course, now)
        known = stands(one, sounding, reading)
        if reading.reason is Reason.NOT_ADMITTED:
            assert what is Move.REST
        elif known:
            assert what is Move.REST or (what is Move.FEED and one.hold is not None)
        elif known is None and not sounding:
            assert what is Move.REST, "quiet is only ordered where it is seen to be loud"
        if what is Move.SWITCH:
            orders.append((now, sounding))
        elif known is False and reading.reason is None:
            assert orders and now - orders[-1][0] < AGAIN and orders[-1][1] is sounding, "wrong, and just ordered"


def test_a_relay_that_drops_out_by_itself_is_fed_three_times_within_its_hold():
    one, course, fed = output(hold=6.0), Course(), []
    for second in range(13):
        if move(one, False, relay(0), course, float(second)) is Move.FEED:
            fed.append(second)
    assert fed == [0, 2, 4, 6, 8, 10, 12]


class Orders:
    """Orders that are only looked at; `outcome` is what becomes of them."""

    def __init__(self, outcome: Outcome = Outcome.DONE, code: str = "") -> None:
        self.given: list[tuple[str, float]] = []
        self.ended = Ended(outcome, code)

    async def drive(self, point: str, value: float, seconds: float, why: Any) -> Ended:
        assert why["output"] == "o1"
        self.given.append(("drive", value))
        return self.ended

    async def feed(self, point: str, value: float, seconds: float) -> Ended:
        self.given.append(("feed", value))
        return self.ended


def ticks(drives: AlarmOutputs, seconds: int) -> None:
    async def story() -> None:
        for second in range(seconds):
            drives.tick(float(second))
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(story())


def test_two_outputs_of_one_module_each_get_their_own_orders():
    """A beacon for every major alarm, a horn for critical ones only."""
    orders = Orders()
    beacon = output(BEACON)
    horn = AlarmOutput("o1", Names("x", "x"), HORN, "a.horn", Level.CRITICAL, Energised.QUIET)
    alarms = [alarm(Level.MAJOR)]
    newest = {"a.relay": relay(0), "a.horn": relay(1)}
    drives = AlarmOutputs(
        [AlarmOutputDrive(o, lambda: alarms, newest.__getitem__, orders) for o in (beacon, horn)], lambda *_: None, lambda: None
    )
    ticks(drives, 3)
    assert orders.given == [("drive", 1)]
    alarms.append(alarm(Level.CRITICAL))
    newest["a.relay"] = relay(1)
    ticks(drives, 3)
    assert orders.given == [("drive", 1), ("drive", 0)], "it drops out: that is its alarm"
    assert not drives.covers(alarms[1])
    newest["a.horn"] = relay(0)
    assert drives.covers(alarms[1]) and not drives.covers(alarms[0]), "a beacon is heard by nobody"


@pytest.mark.parametrize("reading", [relay(0), relay(None, Quality.BAD, Reason.NO_ANSWER)])
def test_an_output_that_does_not_obey_is_told_once_and_when_it_obeys_again(reading: Reading, expected_log):
    expected_log("was not switched to 1")
    told: list[tuple[str, bool]] = []
    newest = [reading]
    drive = AlarmOutputDrive(output(), lambda: [alarm()], lambda key: newest[0], Orders(Outcome.FAILED, "write_not_taken"))
    drives = AlarmOutputs([drive], lambda key, cause, level, detail, present: told.append((key, present)), lambda: None)
    ticks(drives, round(WRONG) + 5)
    assert told == [("station#output:o1", True)] and drive.failed == "write_not_taken"
    newest[0] = relay(1)
    ticks(drives, 2)
    assert told == [("station#output:o1", True), ("station#output:o1", False)]


def test_what_a_former_run_left_of_an_output_that_the_room_has_no_more_is_over():
    told: list[tuple[str, bool]] = []
    drives = AlarmOutputs([], lambda key, cause, level, detail, present: told.append((key, present)), lambda: None)
    drives.begin(
        [Alarm("i", "station#output:gone", "station", Cause.OUTPUT_FAILED, Level.MAJOR, AlarmState.UNACKNOWLEDGED, 0, detail="gone")]
    )
    assert told == [("station#output:gone", False)]


@pytest.mark.parametrize(
    ("reading", "given"), [(relay(1), [("drive", 0)]), (relay(None, Quality.BAD, Reason.NO_ANSWER), [("drive", 0)]), (relay(0), [])]
)
def test_before_another_configuration_takes_over_what_sounds_is_switched_quiet(reading: Reading, given: list[tuple[str, float]]):
    orders = Orders()
    drives = AlarmOutputs([AlarmOutputDrive(output(), lambda: [alarm()], lambda key: reading, orders)], lambda *_: None, lambda: None)
    asyncio.run(drives.rest(1.0))
    assert orders.given == given
