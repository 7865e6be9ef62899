"""Questions to all alarms: any combination of conditions finds what going through every row finds, page after page, with the count."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.points import Level
from cityops_desktop.store import alarmquery, alarms
from cityops_desktop.store.alarmquery import Question, Words
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

NOW = 100_000
SUBJECTS = ("a", "a.temp", "a.load", "b", "b.temp", "bus:one", "station", "gone.x")
DETAILS = ("", "timeout: late", "crc", "timeout again")
ACTORS = (None, "p1", "p2")


def made() -> list[Alarm]:
    """One of each kind of neighbours: every subject, level, state; several in the same millisecond."""
    found = []
    states = list(AlarmState)
    for n in range(240):
        state = states[n % len(states)]
        actor = ACTORS[n % 3]
        found.append(
            Alarm(
                f"{n:08}",
                f"{SUBJECTS[n % 8]}#k",
                SUBJECTS[n % 8],
                Cause.HIGH,
                Level(n % 4 + 1),
                state,
                1000 + (n // 3) * 100,
                detail=DETAILS[n * 5 % 7 % 4],
                acknowledged=None if actor is None else 2000 + n,
                actor=actor,
                actor_name=actor,
                returned=None if n % 5 == 0 else 1000 + (n // 3) * 100 + n * 37 % 900,
                hidden=Hidden.SHELVED if n % 11 == 0 else None,
            )
        )
    return found


ALARMS = made()


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    opened = Store.open(tmp_path_factory.mktemp("asked"), FakeClock())

    def fill(conn: object) -> None:
        for alarm in ALARMS:
            alarms.save(conn, alarm, 9000)  # type: ignore[arg-type]

    opened.write(fill).result(60)
    yield opened
    opened.close()


def fits(alarm: Alarm, asked: Question) -> bool:
    """Condition by condition."""
    lasted = (asked.now if alarm.returned is None else alarm.returned) - alarm.raised
    words = all(alarm.subject in word.subjects or alarm.detail in word.details for word in asked.words)
    return (
        (asked.start is None or alarm.raised >= asked.start)
        and (asked.end is None or alarm.raised < asked.end)
        and (not asked.levels or alarm.level in asked.levels)
        and (not asked.states or alarm.state in asked.states)
        and (asked.hidden is None or asked.hidden is (alarm.hidden is not None))
        and (asked.subjects is None or alarm.subject in asked.subjects)
        and (asked.details is None or alarm.detail in asked.details)
        and words
        and (asked.actors is None or alarm.actor in asked.actors)
        and (asked.least is None or lasted >= asked.least)
        and (asked.most is None or lasted <= asked.most)
        and (alarm.open or alarm.subject not in asked.left_out)
    )


def some(of: Sequence[str]) -> st.SearchStrategy[list[str] | None]:
    return st.none() | st.lists(st.sampled_from(of), max_size=3, unique=True)


QUESTIONS = st.builds(
    Question,
    now=st.just(NOW),
    start=st.none() | st.integers(900, 9500),
    end=st.none() | st.integers(900, 9500),
    levels=st.lists(st.sampled_from(list(Level)), max_size=2),
    states=st.lists(st.sampled_from(list(AlarmState)), max_size=3),
    hidden=st.none() | st.booleans(),
    subjects=some(SUBJECTS),
    details=some(DETAILS[1:]),
    words=st.lists(st.builds(Words, st.lists(st.sampled_from(SUBJECTS)), st.lists(st.sampled_from(DETAILS[1:]))), max_size=2),
    actors=some(("p1", "p2", "p3")),
    least=st.none() | st.integers(0, 900),
    most=st.none() | st.integers(0, 100_000),
    left_out=st.lists(st.sampled_from(SUBJECTS), max_size=2),
)


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=QUESTIONS, limit=st.integers(1, 60))
def test_every_combination_finds_what_every_row_says(store: Store, asked: Question, limit: int) -> None:
    wanted = [alarm for alarm in reversed(ALARMS) if fits(alarm, asked)]
    page = store.read(lambda conn: alarmquery.page(conn, asked, limit, counted=True), 30.0)
    assert (page.count, page.more) == (len(wanted), False)
    told = list(page.alarms)
    while page.next is not None:
        place = page.next
        assert len(page.alarms) == limit
        page = store.read(lambda conn, place=place: alarmquery.page(conn, asked, limit, place), 30.0)  # type: ignore[misc]
        assert page.count is None
        told += page.alarms
    assert [alarm.id for alarm in told] == [alarm.id for alarm in wanted]
    assert told == wanted


@pytest.mark.parametrize(
    ("asked", "few", "way"),
    [
        (Question(NOW, subjects=["a.temp", "b", "station"]), {}, alarmquery.BY_SUBJECT),
        (Question(NOW, subjects=["a.temp", "b", "station"], details=["crc"]), {"FEW": 80}, alarmquery.BY_DETAIL),
        (Question(NOW, subjects=["a.temp"], states=[AlarmState.RETURNED]), {"FEW": 1}, alarmquery.BY_STATE),
        (Question(NOW, states=[AlarmState.RETURNED], hidden=True), {"FEW_LOOKED_UP": 30}, alarmquery.BY_HIDDEN),
        (Question(NOW, states=[AlarmState.NORMAL, AlarmState.RETURNED]), {}, alarmquery.SHORT),
        (Question(NOW, levels=[Level.MINOR], actors=["p1"]), {}, alarmquery.BY_TIME),
        (Question(NOW, subjects=["a"], hidden=True, left_out=["a"]), {"FEW": 1, "FEW_LOOKED_UP": 1}, alarmquery.BY_TIME),
    ],
)
def test_a_shorter_way_is_taken_where_there_are_few(
    store: Store, monkeypatch: pytest.MonkeyPatch, asked: Question, few: dict[str, int], way: str
) -> None:
    for name, many in few.items():
        monkeypatch.setattr(alarmquery, name, many)
    taken, found = store.read(lambda conn: (alarmquery._index(conn, asked), alarmquery.page(conn, asked, 9, counted=True)))
    assert taken == way
    wanted = [alarm for alarm in reversed(ALARMS) if fits(alarm, asked)]
    assert list(found.alarms) == wanted[:9] and found.count == len(wanted)


def test_more_than_are_counted_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alarmquery, "MOST_COUNTED", 50)
    page = store.read(lambda conn: alarmquery.page(conn, Question(NOW), 10, counted=True))
    assert (page.count, page.more, len(page.alarms)) == (50, True, 10)


def test_what_alarms_were_about_and_what_they_said(store: Store) -> None:
    assert store.read(alarmquery.subjects) == sorted(SUBJECTS)
    assert store.read(alarmquery.details) == sorted(DETAILS[1:])


def test_no_row_of_the_table_is_read_but_those_that_are_told(store: Store) -> None:
    """The plan of each way: its index covers what is asked."""
    for index in (alarmquery.BY_TIME, alarmquery.BY_SUBJECT, alarmquery.SHORT):
        told, values = alarmquery._conditions(
            Question(NOW, 1, 2, [Level.MINOR], [AlarmState.NORMAL], True, ["a"] if index == alarmquery.BY_SUBJECT else None, least=1)
        )
        asked = f"SELECT raised, rowid FROM alarm INDEXED BY {index} WHERE {' AND '.join(told)} ORDER BY raised DESC, rowid DESC LIMIT 9"
        plan = store.read(lambda conn, asked=asked, values=values: conn.execute(text(f"EXPLAIN QUERY PLAN {asked}"), values).all())  # type: ignore[misc]
        assert any(f"USING COVERING INDEX {index}" in row[-1] for row in plan), plan


def test_a_row_keeps_its_place_when_it_changes(tmp_path: Path, clock: FakeClock) -> None:
    opened = Store.open(tmp_path, clock)
    try:
        first = [replace(ALARMS[n], raised=1000, returned=None, state=AlarmState.UNACKNOWLEDGED) for n in range(3)]
        opened.write(lambda conn: [alarms.save(conn, alarm, 9000) for alarm in first]).result(30)
        page = opened.read(lambda conn: alarmquery.page(conn, Question(NOW), 2))
        done = replace(first[2], state=AlarmState.NORMAL, returned=5000, acknowledged=4000, actor="p1", actor_name="p1")
        opened.write(lambda conn: alarms.save(conn, done, 9000)).result(30)
        rest = opened.read(lambda conn: alarmquery.page(conn, Question(NOW), 2, page.next))
        assert [alarm.id for alarm in (*page.alarms, *rest.alarms)] == [first[2].id, first[1].id, first[0].id]
    finally:
        opened.close()
