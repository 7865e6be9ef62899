"""One writer thread: group commit, savepoints, order, bounds, end."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from cityops_desktop.clock import Clock
from cityops_desktop.store import writer
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy, StoreCode, StoreError


def put(number: int) -> Callable[[Connection], int]:
    def run(conn: Connection) -> int:
        conn.exec_driver_sql("INSERT INTO probe(id, data) VALUES (?, ?)", (number, b"x"))
        return number

    return run


def numbers(conn: Connection) -> list[int]:
    return [row[0] for row in conn.exec_driver_sql("SELECT id FROM probe ORDER BY id")]


class Held:
    """Keeps the writer busy with one job until it is let go."""

    def __init__(self, store: Store) -> None:
        self._go = threading.Event()
        reached = threading.Event()

        def wait(_conn: Connection) -> None:
            reached.set()
            assert self._go.wait(30)

        self.future = store.write(wait)
        assert reached.wait(30)

    def let_go(self) -> None:
        self._go.set()


def test_a_future_gives_the_result_after_the_commit(store: Store) -> None:
    assert store.write(put(7)).result(30) == 7
    assert store.read(numbers) == [7]


def test_waiting_jobs_share_one_transaction(store: Store) -> None:
    held = Held(store)
    seen: list[tuple[list[int], list[int]]] = []

    def look(conn: Connection) -> None:
        seen.append((numbers(conn), store.read(numbers)))

    futures = [store.write(put(1)), store.write(put(2)), store.write(look)]
    held.let_go()
    for future in futures:
        future.result(30)
    assert seen == [([1, 2], [])]
    assert store.read(numbers) == [1, 2]


def test_a_failing_job_spoils_no_other_and_its_exception_goes_back(store: Store) -> None:
    held = Held(store)

    def half(conn: Connection) -> None:
        put(2)(conn)
        raise ValueError("mine")

    futures = [store.write(put(1)), store.write(half), store.write(put(1)), store.write(put(3))]
    held.let_go()
    assert futures[0].result(30) == 1
    assert isinstance(futures[1].exception(10), ValueError)
    assert isinstance(futures[2].exception(10), IntegrityError)
    assert futures[3].result(30) == 3
    assert store.read(numbers) == [1, 3]
    assert store.recording


def test_urgent_and_kept_jobs_go_before_ordinary_ones_in_their_own_order(store: Store) -> None:
    held = Held(store)
    order: list[str] = []
    futures = [
        store.write(lambda _: order.append("a")),
        store.write_until_done(lambda _: order.append("kept 1")),
        store.write(lambda _: order.append("b")),
        store.write(lambda _: order.append("urgent"), urgent=True),
        store.write_until_done(lambda _: order.append("kept 2")),
    ]
    held.let_go()
    for future in futures:
        future.result(30)
    assert order == ["kept 1", "urgent", "kept 2", "a", "b"]


def test_a_full_queue_refuses_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "QUEUE_LIMIT", 3)
    held = Held(store)
    accepted = [store.write(put(n)) for n in range(3)]
    assert isinstance(store.write(put(9)).exception(0), StoreBusy)
    assert isinstance(store.write_until_done(put(9)).exception(0), StoreBusy)
    held.let_go()
    assert [future.result(30) for future in accepted] == [0, 1, 2]


def test_a_job_that_was_given_up_before_it_began_is_not_done(store: Store) -> None:
    held = Held(store)
    given_up, kept = store.write(put(1)), store.write_until_done(put(2))
    assert given_up.cancel()
    assert not kept.cancel()
    held.let_go()
    assert kept.result(30) == 2
    assert store.read(numbers) == [2]


def test_closing_does_what_waits_and_then_refuses(tmp_path: Path, clock: Clock) -> None:
    store = Store.open(tmp_path, clock)
    held = Held(store)
    futures = [store.write(put(n)) for n in range(50)] + [store.write_until_done(put(99))]
    held.let_go()
    store.close()
    assert [future.result(0) for future in futures] == [*range(50), 99]
    for refused in (store.write(put(1)), store.write_until_done(put(1)), store.write_journal(put(1))):
        error = refused.exception(0)
        assert isinstance(error, StoreError)
        assert error.code is StoreCode.CLOSED
    store.close()
    with pytest.raises(StoreError):
        store.read(numbers)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal.db", "records.db"]


def test_nothing_that_a_job_does_ends_the_writer(store: Store, expected_log: Callable[[str], None]) -> None:
    def ends(_conn: Connection) -> None:
        raise SystemExit(3)

    def meddles(conn: Connection) -> None:
        put(1)(conn)
        conn.exec_driver_sql("ROLLBACK")

    expected_log("recording paused")
    assert isinstance(store.write(ends).exception(10), SystemExit)
    assert store.write(put(2)).result(30) == 2
    assert isinstance(store.write(meddles).exception(10), StoreError)
    assert store.write_until_done(put(3)).result(30) == 3
    assert store.read(numbers) == [2, 3]


def test_the_files_are_private_and_durable(store: Store, tmp_path: Path) -> None:
    store.write(put(1)).result(30)
    if os.name == "posix":
        assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}

    def settings(conn: Connection) -> list[object]:
        names = ("journal_mode", "synchronous", "foreign_keys", "page_size")
        return [conn.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

    assert store.write(settings).result(30) == ["wal", 2, 1, 4096]
    assert store.write_journal(settings).result(30) == ["wal", 2, 1, 4096]


def test_reading_cannot_write(store: Store) -> None:
    with pytest.raises((OperationalError, StoreError)):
        store.read(put(1))
    assert store.read(numbers) == []


def test_a_reader_sees_one_moment(store: Store) -> None:
    def twice(conn: Connection) -> tuple[list[int], list[int]]:
        before = numbers(conn)
        store.write(put(5)).result(30)
        return before, numbers(conn)

    assert store.read(twice) == ([], [])
    assert store.read(numbers) == [5]


def test_a_question_that_takes_too_long_is_ended(tmp_path: Path, clock: Clock) -> None:
    class Hurrying(Clock):
        seconds = 0.0

        def wall(self) -> int:
            return clock.wall()

        def monotonic(self) -> float:
            self.seconds += 0.01
            return self.seconds

    store = Store.open(tmp_path, Hurrying())
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    with pytest.raises(StoreError) as caught:
        store.read(lambda conn: conn.exec_driver_sql(endless).scalar(), seconds=1.0)
    assert caught.value.code is StoreCode.TOO_SLOW
    assert store.read(numbers) == []
    store.close()


def test_a_wrong_question_is_our_own_mistake(store: Store) -> None:
    with pytest.raises(DBAPIError):
        store.read(lambda conn: conn.exec_driver_sql("SELECT nothing FROM nowhere"))


def test_more_readers_than_connections_wait_for_their_turn(store: Store) -> None:
    store.write(put(1)).result(30)
    answers: list[list[int]] = []
    threads = [threading.Thread(target=lambda: answers.append(store.read(numbers, 10.0))) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [[1]] * 12
