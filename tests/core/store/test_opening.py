"""Opening: what is made, what is refused, what is moved aside; and that nothing is ever replaced in silence."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.store import sqlite
from cityops_desktop.store.store import JOURNAL, RECORDS, Store

Spoil = Callable[[Path], None]


def made(folder: Path, clock: Clock) -> Path:
    store = Store.open(folder, clock)
    store.write(lambda conn: conn.exec_driver_sql("INSERT INTO probe VALUES (1, zeroblob(60000))")).result(30)
    store.write_journal(lambda conn: conn.exec_driver_sql("INSERT INTO probe VALUES (1, zeroblob(60000))")).result(30)
    store.close()
    return folder


def refusal(folder: Path, clock: Clock) -> OperatorError:
    with pytest.raises(OperatorError) as caught:
        Store.open(folder, clock)
    assert caught.value.exit_code is Exit.STORE
    return caught.value


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2 // 4096 * 4096)


def cut_to_a_stub(path: Path) -> None:
    os.truncate(path, 100)


def garbage(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 200)


def garbage_inside(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * 8192)


def somebody_elses(path: Path) -> None:
    path.unlink()
    other = dbapi2.connect(str(path))
    other.execute("CREATE TABLE t(x)")
    other.commit()
    other.close()


def no_reference(path: Path) -> None:
    other = dbapi2.connect(str(path))
    table = "session(digest, id, account, console, bound, way, limited, opened, expires)"
    layout = "frame(t, layout, crc, data)"
    if path.name == RECORDS:
        other.execute(f"INSERT INTO {table} VALUES (x'00', 'i', 'nobody', 'c', 'b', 'full', '', 1, 2)")
    else:
        other.execute(f"INSERT INTO {layout} VALUES (1, 77, 0, x'00')")
    other.commit()
    other.close()


SPOILT: list[Spoil] = [empty, cut, cut_to_a_stub, garbage, garbage_inside, somebody_elses, no_reference]


@pytest.mark.parametrize("version", ["3.40.1", "3.44.5", "3.50.6", "3.51.2", "3.49.9"])
def test_an_sqlite_with_the_wal_bug_is_refused(version: str) -> None:
    with pytest.raises(OperatorError) as caught:
        sqlite.require_sound_sqlite(version)
    assert caught.value.exit_code is Exit.STORE
    assert version in str(caught.value)


@pytest.mark.parametrize("version", ["3.44.6", "3.50.7", "3.51.3", "3.53.4", "4.0.0"])
def test_a_sound_sqlite_is_taken(version: str) -> None:
    sqlite.require_sound_sqlite(version)
    sqlite.require_sound_sqlite()


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda f: f.__name__)
def test_damaged_records_are_refused_and_left_as_they_are(tmp_path: Path, clock: Clock, spoil: Spoil) -> None:
    path = made(tmp_path, clock) / RECORDS
    spoil(path)
    before = path.read_bytes()
    problem = refusal(tmp_path, clock).problems[0]
    assert problem.where == str(path)
    assert "backup" in problem.do
    assert path.read_bytes() == before


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda f: f.__name__)
def test_a_damaged_journal_is_moved_aside_and_told(tmp_path: Path, clock: Clock, spoil: Spoil) -> None:
    path = made(tmp_path, clock) / JOURNAL
    spoil(path)
    before = path.read_bytes()
    store = Store.open(tmp_path, clock)
    aside = tmp_path / f"{JOURNAL}.damaged-{clock.wall()}"
    assert [(notice.code, notice.file, notice.moved_to) for notice in store.notices] == [("journal_damaged", JOURNAL, aside.name)]
    assert store.notices[0].detail == f"journal_damaged {JOURNAL} {aside.name}"
    assert aside.read_bytes() == before
    assert store.read_journal(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM frame").scalar()) == 0
    assert store.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM probe").scalar()) == 1
    store.close()


def test_a_sound_store_opens_again_without_a_notice(tmp_path: Path, clock: Clock) -> None:
    store = Store.open(made(tmp_path, clock), clock)
    assert store.notices == ()
    assert store.recording
    store.close()


def test_a_half_made_file_is_not_taken_for_records(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "records.db.new").write_bytes(b"half")
    (tmp_path / "records.db.new-wal").write_bytes(b"half")
    made(tmp_path, clock)
    assert sorted(path.name for path in tmp_path.iterdir()) == [JOURNAL, RECORDS]


def test_missing_records_of_a_used_directory_are_told(tmp_path: Path, clock: Clock) -> None:
    (made(tmp_path, clock) / RECORDS).unlink()
    store = Store.open(tmp_path, clock)
    assert [notice.code for notice in store.notices] == ["records_missing"]
    store.close()


def test_a_write_ahead_log_without_its_records_is_refused(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "records.db-wal").write_bytes(b"x" * 5000)
    problem = refusal(tmp_path, clock).problems[0]
    assert problem.where == str(tmp_path / "records.db-wal")
    assert not (tmp_path / RECORDS).exists()


@pytest.mark.parametrize("name", [RECORDS, JOURNAL])
def test_a_file_of_a_newer_program_is_refused(tmp_path: Path, clock: Clock, name: str) -> None:
    path = made(tmp_path, clock) / name
    other = dbapi2.connect(str(path))
    other.execute("PRAGMA user_version=99")
    other.close()
    problem = refusal(tmp_path, clock).problems[0]
    assert problem.where == str(path)
    assert "update" in problem.do
    assert problem.params["found"] == 99


@pytest.mark.parametrize("name", [RECORDS, JOURNAL])
def test_a_directory_in_a_files_place_is_told(tmp_path: Path, clock: Clock, name: str) -> None:
    (tmp_path / name).mkdir()
    (tmp_path / name / "x").write_bytes(b"")
    problem = refusal(tmp_path, clock).problems[0]
    assert problem.where == str(tmp_path / name)
    assert problem.params["error"] == "not a file"


def test_a_data_directory_that_is_gone_is_told(tmp_path: Path, clock: Clock) -> None:
    assert refusal(tmp_path / "gone", clock).problems[0].where == str(tmp_path / "gone" / RECORDS)


def test_a_copy_that_is_one_file_is_taken_and_put_into_wal_mode(tmp_path: Path, clock: Clock) -> None:
    path = made(tmp_path, clock) / RECORDS
    other = dbapi2.connect(str(path))
    assert other.execute("PRAGMA journal_mode=DELETE").fetchone()[0] == "delete"
    other.close()
    store = Store.open(tmp_path, clock)
    assert store.write(lambda conn: conn.exec_driver_sql("PRAGMA journal_mode").scalar()).result(30) == "wal"
    store.close()


def test_a_name_with_odd_signs_is_no_trouble(tmp_path: Path, clock: Clock) -> None:
    folder = tmp_path / "机房 50%?#&x=1"
    folder.mkdir()
    made(folder, clock)
    store = Store.open(folder, clock)
    assert store.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM probe").scalar()) == 1
    store.close()
