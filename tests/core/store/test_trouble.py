"""A full, a sick and a vanished disk: told, survived, and nothing that must be kept is lost."""

import os
import queue
import subprocess
import sys
import textwrap
import traceback
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from cityops_desktop.clock import Clock
from cityops_desktop.store.schema import probe
from cityops_desktop.store.store import RECORDS, Store
from cityops_desktop.store.trouble import StoreCode, StoreError, code_of

FILLING = 4_000_000


def put(number: int, size: int = 10) -> Callable[[Connection], int]:
    def run(conn: Connection) -> int:
        conn.exec_driver_sql("INSERT INTO probe(id, data) VALUES (?, zeroblob(?))", (number, size))
        return number

    return run


def numbers(conn: Connection) -> list[int]:
    return [row[0] for row in conn.exec_driver_sql("SELECT id FROM probe ORDER BY rowid")]


def code(error: BaseException | None) -> StoreCode:
    assert isinstance(error, StoreError)
    return error.code


class Small:
    """A store whose records.db may not grow any more: a disk that is full, and can be freed."""

    def __init__(self, store: Store, path: Path) -> None:
        self.told: queue.Queue[tuple[bool, str]] = queue.Queue()
        self.path = path
        store.write(put(1000, FILLING)).result(30)

        def limit(conn: Connection) -> None:
            pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
            conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        store.write(limit).result(30)
        store.on_trouble = lambda recording, detail: self.told.put((recording, detail))

    def free(self) -> None:
        """What an operator does: delete something."""
        other = dbapi2.connect(str(self.path), timeout=10)
        other.execute("DELETE FROM probe WHERE id = 1000")
        other.commit()
        other.close()


@pytest.fixture
def small(store: Store, tmp_path: Path, expected_log: Callable[[str], None]) -> Small:
    expected_log("recording paused")
    return Small(store, tmp_path / RECORDS)


def test_a_full_disk_is_told_and_recording_goes_on_by_itself(store: Store, small: Small) -> None:
    assert code(store.write(put(1, FILLING)).exception(10)) is StoreCode.DISK_FULL
    assert small.told.get(timeout=30) == (False, "disk_full records.db")
    assert not store.recording
    assert store.detail == "disk_full records.db"
    assert code(store.write(put(2)).exception(0)) is StoreCode.DISK_FULL
    assert store.read(numbers) == [1000]
    small.free()
    assert small.told.get(timeout=30) == (True, "")
    assert store.recording
    assert store.write(put(3)).result(30) == 3
    assert store.read(numbers) == [3]


def test_what_must_not_be_lost_is_written_in_its_order_when_there_is_room(store: Store, small: Small) -> None:
    order: list[int] = []

    def kept(number: int) -> Callable[[Connection], int]:
        return lambda conn: order.append(number) or put(number)(conn)

    first = store.write_until_done(put(1, FILLING // 2))
    assert small.told.get(timeout=30)[0] is False
    rest = [store.write_until_done(kept(number)) for number in range(2, 50)]
    lost = store.write(put(77))
    assert code(lost.exception(10)) is StoreCode.DISK_FULL
    assert not first.done()
    small.free()
    assert first.result(30) == 1
    assert [future.result(30) for future in rest] == order == list(range(2, 50))
    assert store.read(numbers) == list(range(1, 50))
    assert small.told.get(timeout=30) == (True, "")


def test_the_other_file_goes_on(store: Store, small: Small) -> None:
    assert code(store.write(put(1, FILLING)).exception(10)) is StoreCode.DISK_FULL
    assert store.write_journal(put(1)).result(30) == 1
    small.free()


def test_jobs_of_the_same_transaction_fail_together(store: Store, small: Small) -> None:
    good, bad = store.write(put(1)), store.write(put(2, FILLING))
    assert code(bad.exception(10)) is StoreCode.DISK_FULL
    small.free()
    assert store.read(numbers) in ([1000, 1], [1000], [1], [])
    assert (good.exception(10) is None) == (1 in store.read(numbers))


def test_closing_with_a_full_disk_ends_every_wait(tmp_path: Path, clock: Clock, expected_log: Callable[[str], None]) -> None:
    expected_log("recording paused")
    store = Store.open(tmp_path, clock)
    small = Small(store, tmp_path / RECORDS)
    kept = store.write_until_done(put(1, FILLING))
    assert small.told.get(timeout=30)[0] is False
    store.close()
    assert code(kept.exception(0)) is StoreCode.CLOSED
    again = Store.open(tmp_path, clock)
    assert again.read(numbers) == [1000]
    again.close()


def test_whoever_is_told_may_fail(store: Store, small: Small, expected_log: Callable[[str], None]) -> None:
    expected_log("told of the store's trouble failed")

    def fail(_recording: bool, _detail: str) -> None:
        raise RuntimeError

    store.on_trouble = fail
    assert code(store.write(put(1, FILLING)).exception(10)) is StoreCode.DISK_FULL
    small.free()
    assert store.write_until_done(put(2)).result(30) == 2


@pytest.mark.skipif(os.name != "posix", reason="an open file cannot be removed there")
def test_a_file_that_was_removed_is_told_and_never_made_anew(store: Store, tmp_path: Path, expected_log: Callable[[str], None]) -> None:
    expected_log("recording paused")
    told: queue.Queue[tuple[bool, str]] = queue.Queue()
    store.on_trouble = lambda recording, detail: told.put((recording, detail))
    store.write(put(1)).result(30)
    (tmp_path / RECORDS).rename(tmp_path / "away")
    assert code(store.write(put(2)).exception(10)) is StoreCode.FILE_GONE
    assert told.get(timeout=30) == (False, "file_gone records.db")
    kept = store.write_until_done(put(3))
    assert not (tmp_path / RECORDS).exists()
    (tmp_path / "away").rename(tmp_path / RECORDS)
    assert kept.result(30) == 3
    assert told.get(timeout=30) == (True, "")
    assert store.read(numbers) == [1, 3]


CHILD = """
    import resource, sys, threading
    from pathlib import Path
    from cityops_desktop.clock import SystemClock
    from cityops_desktop.store.store import Store
    from cityops_desktop.store.trouble import StoreError

    def put(number, size):
        return lambda conn: conn.exec_driver_sql("INSERT INTO probe(id, data) VALUES (?, zeroblob(?))", (number, size)) and number

    store = Store.open(Path(sys.argv[1]), SystemClock())
    again = threading.Event()
    store.on_trouble = lambda recording, detail: again.set() if recording else print("paused", detail, flush=True)
    store.write(put(1, 10)).result(30)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    done, number, error = [1], 1, None
    while error is None:
        number += 1
        try:
            done.append(store.write(put(number, 20_000)).result(30))
        except StoreError as refused:
            error = refused
    print("refused", error.code, flush=True)
    kept = [store.write_until_done(put(n, 20_000)) for n in (1001, 1002, 1003)]
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    done += [future.result(30) for future in kept]
    assert again.wait(30)
    assert store.read(lambda conn: [row[0] for row in conn.exec_driver_sql("SELECT id FROM probe ORDER BY id")]) == done
    assert store.read(lambda conn: conn.exec_driver_sql("PRAGMA integrity_check").scalar()) == "ok"
    store.close()
    print("whole", flush=True)
"""


@pytest.mark.skipif(os.name != "posix", reason="limits of file sizes are POSIX")
def test_a_disk_that_refuses_to_write_costs_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    child = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path)], capture_output=True, text=True, timeout=100, check=False
    )
    lines = child.stdout.splitlines()
    assert lines[-1:] == ["whole"], child.stderr
    assert lines[0].startswith("paused ")
    assert lines[0].endswith(" records.db")
    assert lines[1].split() in (["refused", "io_error"], ["refused", "disk_full"])


def test_codes_tell_trouble_from_mistakes() -> None:
    def error(number: int) -> OperationalError:
        cause = dbapi2.OperationalError("x")
        cause.sqlite_errorcode = number
        return OperationalError("s", None, cause)

    expected = {13: "disk_full", 10: "io_error", 10 | 3 << 8: "io_error", 8: "read_only", 11: "damaged", 26: "damaged"}
    expected |= {10 | 33 << 8: "damaged"}
    expected |= {5: "locked", 14: "cannot_open", 7: "no_memory"}
    assert {number: code_of(error(number)) for number in expected} == expected
    assert [code_of(error(number)) for number in (1, 19, 18, 9)] == [None] * 4
    assert code_of(ValueError()) is None


def test_what_was_to_be_written_stands_in_no_error(tmp_path: Path, clock: Clock) -> None:
    """Its text goes into the log file, and what is written may be the secret of a second factor."""

    secret = "JBSWY3DPEHPK3PXP".lower().encode()

    def twice(conn: Connection) -> None:
        for _ in range(2):
            conn.execute(probe.insert().values(id=1, data=secret))

    with closing(Store.open(tmp_path, clock)) as store, pytest.raises(Exception, match="UNIQUE") as caught:
        store.write(twice).result(30)
    assert "jbswy3dp" not in "".join(traceback.format_exception(caught.value))
