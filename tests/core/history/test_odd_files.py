"""Files in the data directory that are no months, or no longer: the station starts, records and answers all the same."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cityops_desktop.history import retention
from cityops_desktop.model.rooms import Room
from cityops_desktop.store import files, months
from cityops_desktop.store.shelf import found
from cityops_desktop.store.trouble import StoreCode, StoreError
from tests.conftest import FakeClock
from tests.core.history.test_seal import Recording

NOW, BEFORE = "history-202609.db", "history-202608.db"
NO_MONTHS = ("history-202613.db", "history-000013.db", "history-999912.db", "history-999999.db", "history-196912.db", "history-٢٠٢٦٠٨.db")


def _random(path: Path) -> None:
    path.write_bytes(os.urandom(200_000))


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _of_another_program(path: Path) -> None:
    with sqlite3.connect(path) as conn:
        conn.execute("CREATE TABLE state(what)")
    conn.close()


def _cut(path: Path) -> None:
    files.create(path, months.PAGE_SIZE, months.fill)
    for side in files.side_files(path):
        side.unlink(missing_ok=True)
    os.truncate(path, 20_000)


def _folder(path: Path) -> None:
    path.mkdir()


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nothing"))


def _newer(path: Path) -> None:
    files.create(path, months.PAGE_SIZE, months.fill)
    with sqlite3.connect(path) as conn:
        conn.execute("PRAGMA user_version = 99")
    conn.close()


DAMAGED = (_random, _empty, _of_another_program, _cut)
ODD = (*DAMAGED, _folder, _link_to_nothing, _newer)


@pytest.fixture
def begun(tmp_path: Path, clock: FakeClock, room: Room) -> Iterator[Callable[[], Recording]]:
    made: list[Recording] = []

    def begin() -> Recording:
        made.append(Recording(tmp_path, clock, room))
        return made[-1]

    yield begin
    for recording in made:
        recording.sealer.close()
        recording.store.close()


def record(recording: Recording) -> None:
    """Three hours, sealed; all of it is told, and every question is answered."""
    for _ in range(3):
        recording.second()
        recording.clock.advance(3600)
    recording.seal(recording.second())
    recording.check()
    recording.history.past(["a.t"], 1, recording.clock.wall(), 100)
    recording.history.days(["a.t"], 1, recording.clock.wall())
    retention.usage(retention.survey(recording.store.shelf), recording.room.history, 10**9)
    retention.oldest_by_point(recording.store.shelf)


@pytest.mark.parametrize("name", NO_MONTHS)
def test_what_is_no_month_is_nobodys(name: str, begun: Callable[[], Recording], tmp_path: Path) -> None:
    _random(tmp_path / name)
    record(begun())
    assert found(tmp_path) == [202609] and (tmp_path / name).stat().st_size == 200_000


@pytest.mark.parametrize("make", ODD)
def test_an_old_month_that_cannot_be_read_holds_up_nothing(
    make: Callable[[Path], None], begun: Callable[[], Recording], tmp_path: Path, expected_log: Callable[[str], None]
) -> None:
    expected_log("history of 202608")
    make(tmp_path / BEFORE)
    record(begun())


@pytest.mark.parametrize("make", DAMAGED)
def test_a_damaged_file_of_the_running_month_is_moved_aside(
    make: Callable[[Path], None], begun: Callable[[], Recording], tmp_path: Path, expected_log: Callable[[str], None]
) -> None:
    expected_log("history of 202609")
    expected_log("was moved aside")
    make(tmp_path / NOW)
    record(begun())
    assert len([path for path in tmp_path.glob(f"{NOW}.damaged-*") if not path.name.endswith(("-wal", "-shm"))]) == 1


@pytest.mark.parametrize("make", [_folder, _newer])
def test_what_must_not_be_moved_keeps_the_journal_waiting(
    make: Callable[[Path], None], begun: Callable[[], Recording], tmp_path: Path
) -> None:
    make(tmp_path / NOW)
    recording = begun()
    with pytest.raises(StoreError) as told:
        record(recording)
    assert told.value.code is StoreCode.CANNOT_OPEN
    recording.check()


def test_what_was_known_of_a_file_that_is_moved_aside_is_not_taken_for_the_new_one(
    begun: Callable[[], Recording], tmp_path: Path, expected_log: Callable[[str], None]
) -> None:
    expected_log("history of 202609")
    expected_log("was moved aside")
    recording = begun()
    record(recording)
    recording.fall()
    recording.given = {key: [] for key in recording.given}
    recording.clock.advance(3 * 3600)
    recording.second()
    _random(tmp_path / NOW)
    for side in files.side_files(tmp_path / NOW):
        side.unlink(missing_ok=True)
    recording.clock.advance(7200)
    recording.seal(recording.second())
    known, broken = recording.store.shelf.read(202609, months.points)
    assert {row.key for row in known} == set(recording.given) and not broken
