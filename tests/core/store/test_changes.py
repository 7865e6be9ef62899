"""The change log: gapless, chained, append-only; whoever alters a row is found."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2
from sqlalchemy import Connection, select
from sqlalchemy.exc import IntegrityError

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.points import Level
from cityops_desktop.store import alarms, changes
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store

TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
BODY = st.dictionaries(TEXT, JSON, max_size=3)


def add(conn: Connection, number: int, subject: str = "station", body: dict[str, Any] | None = None) -> int:
    return changes.append(conn, kind="station.started", subject=subject, actor="station", time=1000 + number, body=body or {"n": number})


def rows(store: Store) -> list[Any]:
    return store.read(lambda conn: list(conn.execute(select(change).order_by(change.c.seq)).all()))


def test_rows_are_numbered_and_chained_and_revisions_count_by_subject(store: Store) -> None:
    seqs = [store.write(lambda conn, n=n: add(conn, n, f"alarm:{n % 2}")).result(30) for n in range(5)]
    assert seqs == [1, 2, 3, 4, 5]
    found = rows(store)
    assert [row.rev for row in found] == [1, 1, 2, 2, 3]
    assert [row.prev for row in found] == [bytes(32), *(row.hash for row in found[:-1])]
    assert [row.id for row in found] == sorted(row.id for row in found)
    assert store.read(changes.verify) is None


def test_the_hash_is_what_the_document_says(store: Store) -> None:
    store.write(lambda conn: add(conn, 1, body={"温度": 21.5, "a": None})).result(30)
    (row,) = rows(store)
    assert row.body == '{"a":null,"温度":21.5}'
    content = [row.seq, row.id, row.kind, row.subject, row.rev, row.actor, row.time, row.origin, row.body, "0" * 64]
    assert row.hash == hashlib.sha256(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()).digest()


@pytest.mark.parametrize("origin", ["real", "demo"])
def test_every_row_says_where_it_comes_from(tmp_path: Path, origin: str) -> None:
    tmp_path.chmod(0o700)
    store = Store.open(tmp_path, SystemClock(), origin)
    alarm = Alarm("1", "a.x#high", "a.x", Cause.HIGH, Level.MAJOR, AlarmState.UNACKNOWLEDGED, 5)
    store.write(lambda conn: add(conn, 1)).result(30)
    store.write(lambda conn: alarms.save(conn, alarm, 5)).result(30)
    assert {row.origin for row in rows(store)} == {origin}
    assert store.read(lambda conn: conn.exec_driver_sql("SELECT DISTINCT origin FROM alarm").scalars().all()) == [origin]
    assert store.read(alarms.open_alarms) == [alarm]
    store.close()


def test_a_job_that_fails_leaves_no_gap(store: Store) -> None:
    def fails(conn: Connection) -> None:
        add(conn, 1)
        raise ValueError

    futures = [store.write(lambda conn: add(conn, 0)), store.write(fails), store.write(lambda conn: add(conn, 2))]
    assert futures[2].result(30) == 2
    assert isinstance(futures[1].exception(10), ValueError)
    assert store.read(changes.verify) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE change SET actor = 'x'",
        "DELETE FROM change",
        "REPLACE INTO change SELECT * FROM change",
        "REPLACE INTO change SELECT seq + 1, id, kind, subject, rev + 1, actor, time, origin, body, prev, hash FROM change",
    ],
)
def test_no_row_can_be_changed_or_deleted(store: Store, statement: str) -> None:
    store.write(lambda conn: add(conn, 1)).result(30)
    before = rows(store)
    error = store.write(lambda conn: conn.exec_driver_sql(statement)).exception(10)
    assert isinstance(error, IntegrityError)
    assert "append-only" in str(error)
    assert rows(store) == before


def test_a_body_without_a_number_is_refused(store: Store) -> None:
    assert isinstance(store.write(lambda conn: add(conn, 1, body={"v": float("nan")})).exception(10), ValueError)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("chain")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(BODY, min_size=1, max_size=6), data=st.data())
def test_whatever_is_altered_is_found(folder: Path, bodies: list[dict[str, Any]], data: st.DataObject) -> None:
    for leftover in folder.iterdir():
        leftover.unlink()
    store = Store.open(folder, SystemClock())
    for number, body in enumerate(bodies):
        store.write(lambda conn, n=number, b=body: add(conn, n, f"s{n % 3}", b)).result(30)
    assert store.read(changes.verify) is None
    assert [json.loads(row.body) for row in rows(store)] == [body or {"n": n} for n, body in enumerate(bodies)]
    store.close()
    seq = data.draw(st.integers(1, len(bodies)))
    raw = dbapi2.connect(str(folder / "records.db"))
    raw.execute("DROP TRIGGER change_no_UPDATE")
    raw.execute("DROP TRIGGER change_no_DELETE")
    column = data.draw(st.sampled_from([column.name for column in change.columns] + ["row"]))
    if column == "row" and seq < len(bodies):
        raw.execute("DELETE FROM change WHERE seq = ?", (seq,))
    else:
        column = "body" if column == "row" else column
        (old,) = raw.execute(f'SELECT "{column}" FROM change WHERE seq = ?', (seq,)).fetchone()
        new = old + 100 if isinstance(old, int) else old + (b"x" if isinstance(old, bytes) else " ")
        raw.execute(f'UPDATE change SET "{column}" = ? WHERE seq = ?', (new, seq))
    raw.commit()
    raw.close()
    again = Store.open(folder, SystemClock())
    assert again.read(changes.verify) == seq
    again.close()
