"""Alarms and acts: counted by period, level, group and person; how long things took; how the room was, hour by hour."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history.statistics import acts, alarms, inventory
from cityops_desktop.history.statistics.periods import HOUR_MS, Period, whole_days
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.identities import Fingerprint, Standing
from cityops_desktop.model.points import Group, Level, Names
from cityops_desktop.model.rooms import Bus, Device, Rack, RackItem, Room
from cityops_desktop.model.statistics import About
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

START = round(datetime(2026, 11, 1, 16, tzinfo=UTC).timestamp() * 1000)
DAYS = whole_days(START, START + 3 * 24 * HOUR_MS - 1, ZoneInfo("Asia/Shanghai"))
NOW = DAYS[-1].end
NAMES = Names("点", "point")


def alarm(n: int, level: int, raised: float, stood: float | None = 1.0, ack: float | None = None, actor: str = "p1") -> Alarm:
    """Hours since START; a tenth of an hour is 6 minutes."""
    begin = START + round(raised * HOUR_MS)
    returned = None if stood is None else begin + round(stood * HOUR_MS)
    acknowledged = None if ack is None else begin + round(ack * HOUR_MS)
    state = (
        (AlarmState.UNACKNOWLEDGED if ack is None else AlarmState.ACKNOWLEDGED)
        if returned is None
        else (AlarmState.RETURNED if ack is None else AlarmState.NORMAL)
    )
    who = {"actor": actor, "actor_name": actor} if ack is not None else {}
    return Alarm(f"a{n}", f"x.t#{n}", "x.t", Cause.HIGH, Level(level), state, begin, acknowledged=acknowledged, returned=returned, **who)


def column(table: object, code: str) -> list[object]:
    place = [one.code for one in table.columns].index(code)  # type: ignore[attr-defined]
    return [row.cells[place] for row in table.rows]  # type: ignore[attr-defined]


def test_alarms_by_day_and_how_they_were_handled() -> None:
    some = [alarm(1, 1, 1, 0.5, 0.1), alarm(2, 2, 2, 1.5, 0.3), alarm(3, 2, 25, None), alarm(4, 4, 70, 0.1, 0.2)]
    table = alarms.by_period(some, DAYS, DAYS)
    assert column(table, "alarms") == [2, 1, 1] and column(table, "2") == [1, 1, 0]
    assert column(table, "unacknowledged") == [0, 1, 0] and column(table, "still_standing") == [0, 1, 0]
    assert column(table, "ack_median") == [pytest.approx(0.2 * HOUR_MS), None, pytest.approx(0.2 * HOUR_MS)]
    assert column(table, "ack_p95") == [pytest.approx(0.3 * HOUR_MS), None, pytest.approx(0.2 * HOUR_MS)]
    assert column(table, "standing_median") == [pytest.approx(1.0 * HOUR_MS), None, pytest.approx(0.1 * HOUR_MS)]
    before = alarms.by_period([], DAYS, DAYS[1:])
    assert [row.cells[0] for row in before.rows] == [None, 0, 0], "nothing is known of a day on which no station ran"
    levels = alarms.by_level(some)
    assert [(row.id, row.cells[0]) for row in levels.rows] == [("1", 1), ("2", 2), ("3", 0), ("4", 1)]
    assert len(levels.columns) == len(levels.rows[0].cells)


def test_by_group_person_and_post() -> None:
    some = [alarm(1, 1, 1, ack=0.1), alarm(2, 2, 30, ack=0.2, actor="p2"), alarm(3, 3, 31, ack=0.4, actor="p2"), alarm(4, 3, 32)]
    groups = alarms.by_group(some, DAYS, lambda one: "ups" if one.level is Level.MINOR else "battery")
    assert [one.code for one in groups.columns] == ["alarms", "battery", "ups"]
    assert [row.cells for row in groups.rows] == [(1, 1, 0), (3, 1, 2), (0, 0, 0)]
    people = alarms.by_person(some)
    assert [(row.id, row.cells[0]) for row in people.rows] == [("p2", 2), ("p1", 1)]
    posts = alarms.by_post(some, lambda actor, time: ["duty", "engineer"] if actor == "p1" else ["duty"])
    assert [(row.id, row.cells[0]) for row in posts.rows] == [("duty", 3), ("engineer", 1)]
    devices = alarms.by_subject("alarms_by_device", About.DEVICE, some, lambda one: "" if one.id == "a1" else "x")
    assert [(row.id, row.cells[0]) for row in devices.rows] == [("x", 3)], "what is nobody's is left out"


def test_the_worst_alarm_hour_by_hour() -> None:
    some = [alarm(1, 3, -2, 6), alarm(2, 1, 1, 2), alarm(3, 3, 2, 1), alarm(4, 2, 40, None)]
    watched = [Period(START - 9 * HOUR_MS, DAYS[0].end), Period(DAYS[1].start + 6 * HOUR_MS, NOW)]
    rows = [row.cells for row in alarms.worst_hours(some, DAYS, watched, NOW).rows]
    assert rows[0] == (2, 0, 2, 0, 20, 0), "critical 1 to 3, minor else until 4"
    assert rows[1] == (0, 8, 0, 0, 10, 6), "from 40 on; six hours nobody watched"
    assert rows[2] == (0, 24, 0, 0, 0, 0)
    early = alarms.worst_hours(some, DAYS, watched, DAYS[2].start).rows[2].cells
    assert sum(early) == 0, "what has not come yet is not counted"  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(-10, 80), st.integers(0, 40)), max_size=12), st.integers(0, 72))
def test_every_hour_is_counted_once(told: list[tuple[int, int, int]], began: int) -> None:
    some = [alarm(n, level, begin, length) for n, (level, begin, length) in enumerate(told)]
    watched = [Period(START + began * HOUR_MS, NOW)]
    for number, row in enumerate(alarms.worst_hours(some, DAYS, watched, NOW).rows):
        counts = [0.0] * 6
        for hour in range(number * 24, number * 24 + 24):
            stands = [level for level, begin, length in told if begin <= hour < begin + length]
            counts[5 if hour < began else min(stands) - 1 if stands else 4] += 1
        assert list(row.cells) == pytest.approx(counts)


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Iterator[Store]:
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.close()


def log(store: Store, *rows: tuple[str, str, float, dict[str, object]]) -> None:
    for kind, actor, hours, body in rows:
        when = START + round(hours * HOUR_MS)
        store.write(
            lambda c, k=kind, a=actor, t=when, b=body: changes.append(c, kind=k, subject=f"s:{t}:{k}", actor=a, time=t, body=b)
        ).result(30)  # type: ignore[misc]


def test_when_a_station_ran(store: Store) -> None:
    crash = {"last_recorded": START + 8 * HOUR_MS}
    log(
        store,
        ("station.started", "station", 1, {"last_recorded": None}),
        ("station.stopped", "station", 3, {}),
        ("station.started", "station", 5, {"last_recorded": START + 3 * HOUR_MS}),
        ("station.restarted", "station", 9, crash),
        ("station.started", "station", 12, {"last_recorded": "nonsense"}),
    )
    found = store.read(lambda c: acts.watched(c, START + 20 * HOUR_MS))
    hours = [((one.start - START) / HOUR_MS, (one.end - START) / HOUR_MS) for one in found]
    assert hours == [(1, 3), (5, 8), (12, 20)], "of the run from 9 on nobody knows how long it lasted"


def test_alarms_of_the_store_that_stood_in_the_span(store: Store) -> None:
    some = [alarm(1, 1, -5, 1), alarm(2, 1, -5, 6), alarm(3, 2, 3, None), alarm(4, 2, 80, 1)]
    for one in some:
        store.write(lambda c, one=one: alarm_table.save(c, one, one.raised)).result(30)  # type: ignore[misc]
    found = store.read(lambda c: alarms.read(c, START, NOW))
    assert [one.id for one in found] == ["a2", "a3"]


def test_acts_of_people(store: Store) -> None:
    log(
        store,
        ("alarm.raised", "station", 1, {}),
        ("alarm.acknowledged", "p1", 1.1, {}),
        ("alarm.acknowledged", "p1", 26, {}),
        ("config.overridden", "p2", 27, {}),
        ("session.opened", "p1", 28, {}),
        ("act.refused", "p1", 29, {}),
        ("session.refused", "console:x", 29, {}),
        ("config.applied", "station", 50, {}),
    )
    done = store.read(lambda c: acts.read(c, START, NOW))
    assert "alarm.raised" not in {one.kind for one in done}
    known = {"p1": "张工", "p2": "李工"}
    assert [(row.id, *row.cells) for row in acts.by_person(done, known).rows] == [
        ("p1", "alarm.acknowledged", 2),
        ("p2", "config.overridden", 1),
    ]
    assert [(row.id, *row.cells) for row in acts.logins(done, known).rows] == [("p1", 1, 1)]
    assert [row.cells for row in acts.duty(done, DAYS, known).rows] == [(1, 1, 0, 0), (2, 1, 1, 1), (0, 0, 0, 1)]
    versions = acts.kinds("versions_by_period", done, DAYS, acts.VERSIONS)
    assert column(versions, "config.applied") == [0, 0, 1] and column(versions, "config.overridden") == [0, 1, 0]


def test_what_the_room_consists_of() -> None:
    devices = tuple(
        Device(id, "line", NAMES, group, None, (), profile) for id, group, profile in (("a", Group.UPS, "p"), ("b", Group.UPS, ""))
    )
    items = (RackItem(NAMES, 1, 2), RackItem(NAMES, 5.5, 0.5), RackItem(NAMES, 1, 0), RackItem(NAMES, 10, 4, face="rear"))
    room = Room(
        "r",
        NAMES,
        "d",
        "Asia/Shanghai",
        "v1",
        buses=(Bus("line", "modbus-rtu", NAMES, None),),
        devices=devices,
        racks=(Rack("A01", NAMES, u_height=20, items=items),),
    )
    assert [(row.id, row.cells) for row in inventory.by_type(room).rows] == [("-", (1, 0, 0)), ("p", (1, 0, 0))]
    assert inventory.by_group(room).rows[0].cells == (2, 0, 0) and inventory.buses(room).rows[0].cells == (2, 0, "modbus-rtu")
    assert inventory.room_left(room.racks[0]) == (13, 7), "1, 2, 5 and 10 to 13 are taken; 14 to 20 are free"
    table = inventory.racks(room, lambda key: None)
    assert table.rows[0].cells == (7, 13, 0.35, 7, 4, None) and table.notes[0].params == {"n": 1}
    said = {"vendor": "Eaton", "firmware_version": "2.1"}
    standings = {"a": Standing("a", Fingerprint({"bus": "line"}, json.loads(json.dumps(said))), None, 0, "p1", START)}
    first, second = inventory.identities(room, standings).rows
    assert first.cells == ("Eaton", "2.1", "", START) and second.cells == (None, None, None, None)


def test_what_was_raised_to_test_the_way_of_an_alarm_is_counted_nowhere(tmp_path: Path, clock: FakeClock) -> None:
    clock.ms = NOW
    store = Store.open(tmp_path, clock)
    test = Alarm(
        "t",
        "station#selftest",
        "station",
        Cause.SELF_TEST,
        Level.CRITICAL,
        AlarmState.NORMAL,
        START + HOUR_MS,
        returned=START + 2 * HOUR_MS,
    )
    store.write(lambda conn: [alarm_table.save(conn, one, NOW) for one in (alarm(1, 1, 1), test)]).result(30)
    assert [one.id for one in store.read(lambda conn: alarms.read(conn, START, NOW))] == ["a1"]
    store.close()
