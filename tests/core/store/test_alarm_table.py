"""The table of alarms and what each step writes into the change log."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.points import Level
from cityops_desktop.store import alarms, changes
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store

RAISED = Alarm("a1", "ups1.load#high1", "ups1.load", Cause.HIGH, Level.MAJOR, AlarmState.UNACKNOWLEDGED, 1000, 91.5, 90.0)
SEEN = replace(RAISED, state=AlarmState.ACKNOWLEDGED, acknowledged=2000, actor="p1", actor_name="张工")


def save(store: Store, alarm: Alarm, time: int = 9000) -> list[int]:
    return store.write(lambda conn: alarms.save(conn, alarm, time)).result(30)


def log(store: Store) -> list[tuple[str, int, str]]:
    query = select(change.c.kind, change.c.time, change.c.actor).order_by(change.c.seq)
    return store.read(lambda conn: [tuple(row) for row in conn.execute(query)])


def test_a_life_leaves_one_row_and_its_steps(store: Store) -> None:
    for alarm in (RAISED, SEEN, replace(SEEN, state=AlarmState.NORMAL, returned=3000)):
        save(store, alarm)
    assert log(store) == [
        ("alarm.raised", 1000, "station"),
        ("alarm.acknowledged", 2000, "p1"),
        ("alarm.returned", 3000, "station"),
        ("alarm.ended", 3000, "station"),
    ]
    assert store.read(alarms.open_alarms) == []
    assert store.read(lambda conn: alarms.ended(conn, 10)) == [replace(SEEN, state=AlarmState.NORMAL, returned=3000)]
    assert store.read(changes.verify) is None


def test_returned_first_and_acknowledged_later_and_back_again(store: Store) -> None:
    returned = replace(RAISED, state=AlarmState.RETURNED, returned=1500)
    save(store, RAISED)
    save(store, returned)
    save(store, RAISED, 1600)
    save(store, returned)
    save(store, replace(SEEN, state=AlarmState.NORMAL, returned=1500))
    kinds = [f"{kind.removeprefix('alarm.')} {time}" for kind, time, _ in log(store)]
    assert kinds == ["raised 1000", "returned 1500", "raised 1600", "returned 1500", "acknowledged 2000", "ended 2000"]


def test_saving_the_same_again_writes_nothing(store: Store) -> None:
    assert save(store, RAISED) == [1]
    assert save(store, replace(RAISED, recorded=False)) == []
    assert save(store, replace(RAISED, points=4), 5000) == [2]
    assert log(store)[1] == ("alarm.changed", 5000, "station")
    assert store.read(alarms.open_alarms) == [replace(RAISED, points=4)]


def test_open_and_ended_alarms_come_in_order(store: Store) -> None:
    for number in (3, 1, 2):
        save(store, replace(RAISED, id=f"o{number}", raised=number))
        save(store, replace(RAISED, id=f"e{number}", raised=number, state=AlarmState.NORMAL, returned=9))
    assert [alarm.id for alarm in store.read(alarms.open_alarms)] == ["o1", "o2", "o3"]
    assert [alarm.id for alarm in store.read(lambda conn: alarms.ended(conn, 2))] == ["e3", "e2"]


@pytest.mark.parametrize(("value", "back", "text"), [(float("inf"), float("inf"), "inf"), (float("nan"), None, None), (3, 3, 3)])
def test_odd_numbers_are_kept_or_left_out(store: Store, value: float, back: float | None, text: object) -> None:
    save(store, replace(RAISED, value=value))
    assert save(store, replace(RAISED, value=value)) == []
    assert store.read(alarms.open_alarms)[0].value == back
    assert json.loads(store.read(lambda conn: conn.execute(select(change.c.body)).scalar_one()))["value"] == text


def test_a_return_that_did_not_know_of_the_acknowledge_ends_the_occurrence(store: Store) -> None:
    """The acknowledge was on its way to the disk when the alarm returned: one act, one row, and no open alarm that looks unseen."""
    for alarm in (RAISED, SEEN, replace(RAISED, state=AlarmState.RETURNED, returned=2001)):
        save(store, alarm)
    ended = replace(SEEN, state=AlarmState.NORMAL, returned=2001)
    assert store.read(lambda conn: alarms.ended(conn, 10)) == [ended]
    assert save(store, ended) == []
    assert [kind for kind, _, _ in log(store)] == ["alarm.raised", "alarm.acknowledged", "alarm.returned", "alarm.ended"]


def test_an_occurrence_that_stands_again_after_its_end_is_open_again(store: Store) -> None:
    save(store, replace(SEEN, state=AlarmState.NORMAL, returned=1500))
    save(store, RAISED, 2500)
    assert store.read(alarms.open_alarms) == [RAISED]
    assert log(store)[-1] == ("alarm.raised", 2500, "station")


def test_a_hiding_that_did_not_know_of_the_acknowledge_hides_an_acknowledged_alarm(store: Store) -> None:
    save(store, RAISED)
    save(store, SEEN)
    save(store, replace(RAISED, hidden=Hidden.SUPPRESSED, under="mains#lost"), 3000)
    [alarm] = store.read(alarms.open_alarms)
    assert alarm == replace(SEEN, hidden=Hidden.SUPPRESSED, under="mains#lost")
    assert log(store)[-1] == ("alarm.suppressed", 3000, "station")
    save(store, RAISED, 4000)
    [alarm] = store.read(alarms.open_alarms)
    assert alarm == RAISED, "but what comes out of its hiding by itself is unacknowledged again"
