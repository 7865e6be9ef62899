"""The store's files, made by the store itself: whole, damaged, too new, silent; and nothing is changed by looking."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2

from cityops_desktop.doctor import records
from cityops_desktop.store import frames
from cityops_desktop.store.changes import append
from cityops_desktop.store.store import Store
from tests.core.doctor.telling import told


@pytest.fixture
def data(tmp_path: Path, clock: Any) -> Iterator[Path]:
    """A store that was written to and closed."""
    write(tmp_path, clock)
    yield tmp_path


def write(data: Path, clock: Any) -> None:
    store = Store.open(data, clock)
    now = clock.wall()
    store.write(lambda connection: append(connection, kind="test", subject="room", actor="nobody", time=now, body={})).result(30)
    store.write_journal(lambda connection: frames.insert(connection, now, frames.layout_id(connection, "{}"), b"x")).result(30)
    store.close()


def test_a_sound_store(data: Path, clock: Any) -> None:
    found = told(records.look(data, clock, since=0))
    assert [line.partition(":")[0] for line in found] == ["fine"] * 4
    assert found[0].startswith("fine: records.db is whole (form ")
    assert found[3] == "fine: newest entry of journal.db: 2026-09-21 14:13:20Z"


def test_looking_changes_nothing(data: Path, clock: Any) -> None:
    def content() -> dict[str, bytes]:
        return {name: hashlib.sha256((data / name).read_bytes()).digest() for name in ("records.db", "journal.db")}

    before = content()
    assert all(line.startswith("fine") for line in told(records.look(data, clock, since=None)))
    assert content() == before


def test_a_station_writes_on_while_somebody_looks(data: Path, clock: Any) -> None:
    store = Store.open(data, clock)
    look = records.look(data, clock, since=0)
    next(look)
    later = clock.wall() + 1000
    store.write_journal(lambda connection: frames.insert(connection, later, 1, b"y")).result(30)
    assert all(line.startswith("fine") for line in told(look))
    store.close()


def test_a_station_that_writes_nothing_more_is_found(data: Path, clock: Any) -> None:
    clock.advance(61)
    silent = told(records.look(data, clock, since=0))[3]
    assert silent.startswith("wrong: the station runs, but the newest entry of journal.db is of 2026-09-21 14:13:20Z")
    assert told(records.look(data, clock, since=None))[3].startswith("fine:")
    assert told(records.look(data, clock, since=clock.wall() - 1000))[3].startswith("fine:"), "it has only begun"


def test_a_station_that_never_wrote(tmp_path: Path, clock: Any) -> None:
    Store.open(tmp_path, clock).close()
    assert told(records.look(tmp_path, clock, since=clock.wall() - 1000))[3] == "fine: journal.db has no entry yet"
    assert told(records.look(tmp_path, clock, since=clock.wall() - 61_000))[3].startswith("wrong:")


def test_entries_of_the_future(data: Path, clock: Any) -> None:
    clock.advance(-3600)
    assert "lies in the future" in told(records.look(data, clock, since=None))[1]


def test_a_damaged_and_a_strange_file(data: Path, clock: Any) -> None:
    raw = bytearray((data / "records.db").read_bytes())
    raw[4096 * 2 : 4096 * 4] = b"\xff" * 8192
    (data / "records.db").write_bytes(raw)
    (data / "journal.db").write_bytes(b"not a database" * 100)
    found = told(records.look(data, clock, since=None))
    assert found[0].startswith("wrong: records.db is damaged:")
    assert found[1].startswith("wrong: journal.db is damaged:")


def test_a_store_of_a_newer_program(data: Path, clock: Any) -> None:
    connection = dbapi2.connect(str(data / "records.db"))
    connection.execute("PRAGMA user_version=99")
    connection.close()
    assert told(records.look(data, clock, since=None))[0].startswith("wrong: records.db was written by a newer version")


def test_a_directory_without_a_store(tmp_path: Path, clock: Any) -> None:
    assert [line.partition(":")[0] for line in told(records.look(tmp_path, clock, since=None))] == ["unknown", "unknown"]
    assert [line.partition(":")[0] for line in told(records.look(tmp_path, clock, since=0))] == ["wrong", "wrong"]
