"""Who is told what when: nobody is forgotten, nobody is told twice for the same step, an acknowledge stops it, a flood is one message."""

from collections import Counter
from dataclasses import replace
from datetime import UTC
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.alarms.escalation import CROWDED, GATHER, OWN, Escalation, Told
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.notify import By, Call, Step
from cityops_desktop.model.points import Level, Names

NOW = 1_790_000_000_000
NAMES = Names("甲", "A")


def step(way: str = "m", by: By = By.SMS, level: Level = Level.CRITICAL, after: float = 180.0) -> Step:
    return Step(way, by, level, after)


def call(id: str, *steps: Step, **more: object) -> Call:
    return Call(id, NAMES, steps, **more)  # type: ignore[arg-type]


def alarm(id: str, level: Level = Level.CRITICAL, raised: int = NOW, **more: object) -> Alarm:
    return replace(Alarm(id, f"a.{id}#high", f"a.{id}", Cause.HIGH, level, AlarmState.UNACKNOWLEDGED, raised), **more)  # type: ignore[arg-type]


class Night:
    """An escalation and its clock; `told` is what went out: (receiver, step, ids)."""

    def __init__(self, *calls: Call, zone: object = UTC) -> None:
        self.calls, self.zone = calls, zone
        self.escalation = Escalation(calls, zone)  # type: ignore[arg-type]
        self.wall, self.mono = NOW, 5000.0
        self.told: list[tuple[str, str, list[str]]] = []
        self.messages: list[Told] = []

    def pass_(self, seconds: float, *alarms: Alarm, each: float = 1.0) -> list[tuple[str, str, list[str]]]:
        """Let time pass; what was told meanwhile."""
        before = len(self.told)
        end = self.mono + seconds
        while True:
            for due in self.escalation.due(alarms, self.wall, self.mono):
                ids = [one.id for one in due.alarms]
                self.told.append((due.call.id, due.step.key, ids))
                self.messages.append(Told(due.call.id, due.step.key, ids, self.wall))
            if self.mono >= end:
                return self.told[before:]
            self.wall, self.mono = self.wall + round(each * 1000), self.mono + each

    def restart(self, *alarms: Alarm, seconds: float = 20.0, uncovered: dict[str, int] | None = None) -> None:
        self.wall, self.mono = self.wall + round(seconds * 1000), 77.0
        self.escalation = Escalation(self.calls, self.zone)  # type: ignore[arg-type]
        self.escalation.restore(self.messages, uncovered or {}, alarms, self.wall, self.mono)


def test_the_first_person_is_told_after_three_minutes_and_the_second_after_ten() -> None:
    night = Night(call("a", step(after=180)), call("b", step(after=600)))
    one = alarm("x")
    assert night.pass_(179, one) == []
    assert night.pass_(1, one) == [("a", "m/sms/180", ["x"])]
    assert night.pass_(419, one) == []
    assert night.pass_(1, one) == [("b", "m/sms/600", ["x"])]
    assert night.pass_(3600, one) == []


@pytest.mark.parametrize(
    "gone",
    [
        {"state": AlarmState.ACKNOWLEDGED},
        {"state": AlarmState.NORMAL},
        {"hidden": Hidden.SHELVED},
        {"hidden": Hidden.SUPPRESSED},
        {"hidden": Hidden.OUT_OF_SERVICE},
        {"cause": Cause.SELF_TEST},
    ],
)
def test_nobody_is_told_of_what_somebody_has_seen_or_what_is_hidden(gone: dict[str, object]) -> None:
    night = Night(call("a", step()))
    one = alarm("x")
    night.pass_(170, one)
    assert night.pass_(900, replace(one, **gone)) == []  # type: ignore[arg-type]


def test_the_worst_goes_on_after_its_return_and_a_mild_one_does_not() -> None:
    night = Night(call("a", step(level=Level.WARNING, after=60)))
    loud, mild = alarm("x", Level.MAJOR), alarm("y", Level.MINOR)
    night.pass_(30, loud, mild)
    gone = AlarmState.RETURNED
    assert night.pass_(60, replace(loud, state=gone), replace(mild, state=gone)) == [("a", "m/sms/60", ["x"])]


def test_what_comes_back_from_a_shelf_is_told_anew_and_after_the_whole_delay() -> None:
    night = Night(call("a", step()))
    one = alarm("x")
    assert len(night.pass_(200, one)) == 1
    night.pass_(3600, replace(one, hidden=Hidden.SHELVED), each=10)
    assert night.pass_(179, one) == []
    assert night.pass_(1, one) == [("a", "m/sms/180", ["x"])]


def test_what_comes_back_from_a_shelf_in_the_first_instant_of_a_new_run_is_told_anew() -> None:
    night, one = Night(call("a", step())), alarm("x")
    assert night.pass_(200, one)
    night.restart(replace(one, hidden=Hidden.SHELVED))
    assert [told[2] for told in night.pass_(400, one)] == [["x"]]


def test_what_becomes_worse_is_told_to_whoever_knew_the_milder() -> None:
    night = Night(call("a", step(level=Level.MINOR, after=0)))
    assert night.pass_(5, alarm("x", Level.MINOR))
    assert [told[2] for told in night.pass_(700, alarm("x", Level.CRITICAL))] == [["x"]]


def test_a_flood_is_one_message_with_the_worst_first_and_something_worse_does_not_wait() -> None:
    night = Night(call("a", step(level=Level.WARNING, after=0)))
    first = alarm("first", Level.MINOR)
    assert night.pass_(0, first) == [("a", "m/sms/0", ["first"])]
    flood = [alarm(f"w{n:02}", Level.WARNING) for n in range(11)] + [alarm("minor", Level.MINOR, NOW + 5)]
    assert night.pass_(GATHER - 1, first, *flood) == []
    (told,) = night.pass_(1, first, *flood)
    assert len(told[2]) == 12
    assert told[2][0] == "minor"
    worse = alarm("worse", Level.CRITICAL)
    assert night.pass_(0, first, *flood, worse) == [("a", "m/sms/0", ["worse"])]


def test_a_receiver_who_had_enough_in_an_hour_waits_longer_and_misses_nothing() -> None:
    night = Night(call("a", step(level=Level.WARNING, after=0), per_hour=2))
    alarms = [alarm("a0", Level.MINOR)]
    night.pass_(0, *alarms)
    alarms.append(alarm("a1", Level.MINOR))
    night.pass_(GATHER, *alarms)
    alarms.append(alarm("a2", Level.MINOR))
    assert night.pass_(CROWDED - 1, *alarms) == []
    assert night.pass_(1, *alarms) == [("a", "m/sms/0", ["a2"])]


def test_quiet_hours_let_only_the_worst_through_and_the_rest_is_told_in_the_morning() -> None:
    # NOW is 2026-09-21 21:33:20 in Shanghai
    night = Night(call("a", step(level=Level.MINOR, after=0), quiet=("21:30", "07:00")), zone=ZoneInfo("Asia/Shanghai"))
    mild, bad = alarm("mild", Level.MINOR), alarm("bad")
    assert night.pass_(3600, mild, bad, each=10) == [("a", "m/sms/0", ["bad"])]
    assert night.pass_(10 * 3600, mild, bad, each=10) == [("a", "m/sms/0", ["mild"])]


def test_nobody_is_told_of_a_dead_way_by_that_way() -> None:
    night = Night(call("a", step("m", level=Level.MAJOR, after=0), step("mail", By.MAIL, Level.MAJOR, 0)))
    dead = alarm("x", Level.MAJOR, key=OWN + "m", subject="station", cause=Cause.NOTIFY_FAILED)
    assert night.pass_(600, dead) == [("a", "mail/mail/0", ["x"])]


def test_an_end_is_told_to_whoever_wants_it_and_was_told_before() -> None:
    night = Night(call("a", step(after=0, by=By.CALL), step(after=0), ended=True), call("b", step(after=0)), call("c", step(), ended=True))
    one = alarm("x")
    night.pass_(0, one)
    over = replace(one, state=AlarmState.NORMAL)
    (due,) = night.escalation.ended([over])
    assert (due.call.id, due.step.by) == ("a", By.SMS)
    assert night.escalation.ended([over]) == []


def test_a_clock_that_is_set_hurries_nobody_and_forgets_nobody() -> None:
    night = Night(call("a", step()))
    one = alarm("x")
    night.pass_(60, one)
    night.wall += 86_400_000
    assert night.pass_(119, one) == []
    night.wall -= 3 * 86_400_000
    assert night.pass_(1, one) == [("a", "m/sms/180", ["x"])]


def test_a_restart_goes_on_where_it_was() -> None:
    night = Night(call("a", step()), call("b", step(after=600)))
    one = alarm("x")
    assert [told[0] for told in night.pass_(200, one)] == ["a"]
    night.restart(one)
    assert night.pass_(379, one) == []
    assert [told[0] for told in night.pass_(1, one)] == ["b"]


def test_a_restart_after_a_shelf_has_ended_tells_anew() -> None:
    night = Night(call("a", step()))
    one = alarm("x")
    night.pass_(200, one)
    night.wall += 600_000
    night.restart(one, uncovered={"x": night.wall})
    assert night.pass_(159, one) == []
    assert night.pass_(1, one) == [("a", "m/sms/180", ["x"])]


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("raise"), st.integers(0, 7), st.sampled_from(list(Level))),
        st.tuples(st.just("acknowledge"), st.integers(0, 7), st.none()),
        st.tuples(st.just("wait"), st.integers(1, 900), st.none()),
        st.tuples(st.just("restart"), st.integers(0, 120), st.none()),
    ),
    max_size=25,
)
CALLS = (
    call("a", step(level=Level.MAJOR, after=0), step("v", By.CALL, after=180), per_hour=3),
    call("b", step(level=Level.WARNING, after=300), per_hour=100),
)


@given(EVENTS)
def test_whatever_happens_nobody_is_told_twice_by_a_step_and_in_the_end_nobody_is_forgotten(
    events: list[tuple[str, int, Level | None]],
) -> None:
    night = Night(*CALLS)
    alarms: dict[str, Alarm] = {}
    seen_at: dict[str, int] = {}
    for what, number, level in events:
        id = f"x{number}"
        if what == "raise" and id not in alarms:
            assert level is not None
            alarms[id] = alarm(id, level, night.wall)
        elif what == "acknowledge" and id in alarms:
            alarms[id] = replace(alarms[id], state=AlarmState.ACKNOWLEDGED)
            seen_at.setdefault(id, len(night.told))
        elif what == "wait":
            night.pass_(number, *alarms.values(), each=7)
        elif what == "restart":
            night.restart(*alarms.values(), seconds=number)
    night.pass_(2 * CROWDED + 400, *alarms.values(), each=10)
    told = Counter((receiver, key, id) for receiver, key, ids in night.told for id in ids)
    assert set(told.values()) <= {1}
    for id, one in alarms.items():
        if id in seen_at:
            assert all(id not in ids for _, _, ids in night.told[seen_at[id] :])
            continue
        for receiver in CALLS:
            for each in receiver.steps:
                assert told[receiver.id, each.key, id] == int(one.level <= each.level), (receiver.id, each.key, one)
