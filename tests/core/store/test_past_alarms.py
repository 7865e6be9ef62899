"""Which alarms stood at a past time: told by the change log, whatever became of them later."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.points import Level
from cityops_desktop.store import alarms
from cityops_desktop.store.pastalarms import MOST, Step, as_it_was, stood_at
from cityops_desktop.store.store import Store

RAISED = Alarm("a1", "ups1.load#high1", "ups1.load", Cause.HIGH, Level.MAJOR, AlarmState.UNACKNOWLEDGED, 1000, 91.5, 90.0)
SEEN = replace(RAISED, state=AlarmState.ACKNOWLEDGED, acknowledged=2000, actor="p1", actor_name="张工")
BODY = {"value": 91.5, "limit": 90.0, "detail": "", "points": 0, "actor_name": "张工"}


def save(store: Store, *states: Alarm, time: int = 9000) -> None:
    for alarm in states:
        store.write(lambda conn, alarm=alarm: alarms.save(conn, alarm, time)).result(30)


def at(store: Store, time: int) -> list[tuple[str, AlarmState]]:
    return [(alarm.id, alarm.state) for alarm in store.read(lambda conn: stood_at(conn, time)).alarms]


def test_an_alarm_that_has_ended_stood_in_each_of_its_states(store: Store) -> None:
    save(store, RAISED, SEEN, replace(SEEN, state=AlarmState.NORMAL, returned=3000))
    assert at(store, 999) == []
    assert at(store, 1000) == at(store, 1999) == [("a1", AlarmState.UNACKNOWLEDGED)]
    assert at(store, 2000) == at(store, 2999) == [("a1", AlarmState.ACKNOWLEDGED)]
    assert at(store, 3000) == at(store, 99_000) == []


def test_what_came_later_is_not_told(store: Store) -> None:
    save(store, RAISED, SEEN)
    before = store.read(lambda conn: stood_at(conn, 1500)).alarms[0]
    assert before == RAISED, "neither the acknowledge nor who it was"
    assert store.read(lambda conn: stood_at(conn, 2500)).alarms[0] == SEEN


def test_one_that_came_again_had_returned_in_between_with_its_first_value(store: Store) -> None:
    returned = replace(RAISED, state=AlarmState.RETURNED, returned=1500)
    save(store, RAISED, returned)
    save(store, replace(RAISED, value=99.0), time=1600)
    assert at(store, 1550) == [("a1", AlarmState.RETURNED)]
    assert store.read(lambda conn: stood_at(conn, 1550)).alarms[0].value == 91.5
    again = store.read(lambda conn: stood_at(conn, 1700)).alarms[0]
    assert (again.state, again.value, again.returned) == (AlarmState.UNACKNOWLEDGED, 99.0, None)


def test_the_most_severe_come_first_and_more_than_one_answer_holds_is_said(store: Store) -> None:
    def flood(conn: object) -> None:
        for n in range(MOST + 1):
            alarms.save(conn, replace(RAISED, id=f"w{n}", level=Level.WARNING, raised=10 + n), 10 + n)  # type: ignore[arg-type]
        alarms.save(conn, RAISED, 1000)  # type: ignore[arg-type]

    store.write(flood).result(60)
    stood = store.read(lambda conn: stood_at(conn, 50_000), 20.0)
    assert stood.more and len(stood.alarms) == MOST
    assert stood.alarms[0].id == "a1" and stood.alarms[1].id == f"w{MOST}"
    assert not store.read(lambda conn: stood_at(conn, 500), 20.0).more


def test_a_latched_alarm_stood_until_somebody_reset_it(store: Store) -> None:
    latched = replace(SEEN, state=AlarmState.LATCHED_ACKNOWLEDGED, returned=3000)
    save(store, RAISED, SEEN, latched)
    save(store, replace(latched, state=AlarmState.NORMAL), time=8000)
    assert at(store, 2500) == [("a1", AlarmState.ACKNOWLEDGED)]
    assert at(store, 3000) == at(store, 7999) == [("a1", AlarmState.LATCHED_ACKNOWLEDGED)]
    assert at(store, 8000) == []


def test_an_alarm_that_became_worse_was_milder_before(store: Store) -> None:
    returned = replace(RAISED, state=AlarmState.RETURNED, returned=1500)
    save(store, RAISED, returned)
    save(store, replace(RAISED, level=Level.CRITICAL), time=1600)
    then = [store.read(lambda conn, time=time: stood_at(conn, time)).alarms[0].level for time in (1200, 1550, 1700)]
    assert then == [Level.MAJOR, Level.MAJOR, Level.CRITICAL]


def test_what_came_out_of_its_hiding_by_itself_was_unacknowledged_from_then_on(store: Store) -> None:
    save(store, RAISED, SEEN)
    save(store, replace(SEEN, hidden=Hidden.SHELVED, hidden_until=5000), time=3000)
    save(store, RAISED, time=5000)
    assert at(store, 4999) == [("a1", AlarmState.ACKNOWLEDGED)]
    assert at(store, 5000) == [("a1", AlarmState.UNACKNOWLEDGED)]
    hidden = [store.read(lambda conn, time=time: stood_at(conn, time)).alarms[0].hidden for time in (2999, 3000, 4999, 5000)]
    assert hidden == [None, Hidden.SHELVED, Hidden.SHELVED, None]


LEGAL = {
    AlarmState.UNACKNOWLEDGED: ("alarm.returned", "alarm.acknowledged", "alarm.changed"),
    AlarmState.RETURNED: ("alarm.raised", "alarm.acknowledged"),
    AlarmState.ACKNOWLEDGED: ("alarm.returned", "alarm.changed"),
    AlarmState.NORMAL: ("alarm.ended",),
}


@given(st.lists(st.integers(0, 5), max_size=12))
def test_after_each_step_of_a_life_an_alarm_says_what_its_state_says(choices: list[int]) -> None:
    steps = [Step("alarm.raised", 1000, "station", BODY)]
    for n, choice in enumerate(choices):
        before = as_it_was(SEEN, steps)
        legal = LEGAL[before.state]
        steps.append(Step(legal[choice % len(legal)], 1001 + n, "p1", BODY))
        then = as_it_was(SEEN, steps)
        assert then.open or before.state in (AlarmState.NORMAL, AlarmState.RETURNED, AlarmState.ACKNOWLEDGED)
        assert (then.acknowledged is not None, then.returned is not None) in {
            AlarmState.UNACKNOWLEDGED: ((False, False),),
            AlarmState.RETURNED: ((False, True),),
            AlarmState.ACKNOWLEDGED: ((True, False),),
            AlarmState.NORMAL: ((True, True),),
        }[then.state]
        assert (then.actor == "p1") == (then.acknowledged is not None)
