"""Seconds on disk: written whole, kept two hours, brought back as curves."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pysqlite3 import dbapi2

from cityops_desktop.history import journal as module
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.journal import MOST_UNWRITTEN, Journal, Loaded
from cityops_desktop.history.layout import Layout
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Room
from cityops_desktop.store import frames as rows
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError
from tests.core.history.recorded import decode_frame

ALWAYS = (0, 2**62)


def good(key: str, value: float | int | str, time: int) -> Reading:
    return Reading(key, value, time, Quality.GOOD)


def times(curves: Curves) -> list[int]:
    strip = curves.window("a.t", *ALWAYS)
    assert strip is not None
    return [int(time) for time in strip.time]


def ticks(store: Store) -> list[int]:
    return [frame.t for frame in store.read_journal(lambda conn: list(rows.since(conn, 0)))]


def second(journal: Journal, clock: Any, *readings: Reading) -> int:
    journal.add(readings or [good("a.t", 20.0, clock.wall())])
    future = journal.flush()
    assert future is not None
    return future.result(30)


def test_a_second_holds_every_reading_since_the_one_before(store: Store, room: Room, clock: Any) -> None:
    journal = Journal(store, room, clock)
    t = clock.wall()
    readings = [good("a.t", 21.5, t - 900), failed("a.k", t - 10, Reason.EXCEPTION, "2"), good("a.s", "市电", t), good("a.t", 21.6, t)]
    journal.add(readings[:2])
    journal.add(iter(readings[2:]))
    future = journal.flush()
    assert future is not None
    assert future.result(30) == t
    assert journal.flush() is None
    (frame,) = store.read_journal(lambda conn: list(rows.since(conn, 0)))
    layout = Layout.from_json(store.read_journal(rows.layouts)[frame.layout])
    assert frame.sound
    assert decode_frame(frame.data, layout, frame.t) == readings


def test_a_point_that_is_not_in_the_room_is_a_mistake(store: Store, room: Room, clock: Any) -> None:
    with pytest.raises(KeyError):
        Journal(store, room, clock).add([good("b.x", 1, 0)])


def test_a_tick_is_never_used_twice(store: Store, room: Room, clock: Any) -> None:
    first = second(Journal(store, room, clock), clock)
    clock.advance(-3600)
    journal = Journal(store, room, clock)
    assert [second(journal, clock) for _ in range(3)] == [first + 1, first + 2, first + 3]
    clock.advance(3700)
    assert second(journal, clock) == clock.wall()


def test_layouts_are_kept_as_long_as_they_are_needed(store: Store, room: Room, clock: Any) -> None:
    for version in (room, room, replace(room, devices=(replace(room.devices[0], points=room.devices[0].points[:2]),))):
        second(Journal(store, version, clock), clock)
    found = store.read_journal(lambda conn: [frame.layout for frame in rows.since(conn, 0)])
    assert found == [1, 1, 2]


def test_the_oldest_are_forgotten(store: Store, room: Room, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEEP", 20)
    journal = Journal(store, room, clock)
    journal.sealed = 2**62
    written = []
    for _ in range(75):
        clock.advance(1)
        written.append(second(journal, clock))
        assert 20 <= len(ticks(store)) < 20 + module.PURGE_EVERY or len(written) < 20
    assert ticks(store) == written[-len(ticks(store)) :]
    again = Journal(store, room, clock)
    again.sealed = 2**62
    for _ in range(10):
        clock.advance(1)
        written.append(second(again, clock))
    assert ticks(store) == written[-len(ticks(store)) :]
    assert 20 <= len(ticks(store)) < 20 + module.PURGE_EVERY


def test_curves_come_back_as_they_were(store: Store, room: Room, clock: Any) -> None:
    live = Curves(room.points().values())
    points = [point for point in room.points().values() if point.kind is not Kind.TEXT]
    number = 0
    for version in (room, replace(room, devices=(replace(room.devices[0], points=room.devices[0].points[::-1]),))):
        journal = Journal(store, version, clock)
        for _ in range(30):
            clock.advance(1)
            number += 1
            t = clock.wall()
            readings = [good(point.key, point.at_resolution(number * 1.1), t - 5) for point in points if number % 3]
            readings += [
                failed("a.t", t - 1, Reason.NO_ANSWER),
                failed("a.k", t, Reason.EXCEPTION, str(number % 4)),
                good("a.s", "x", t),
                good("a.k", 1e300, t),
                good("a.d", 7, t - 2**40),
            ]
            live.extend(readings)
            second(journal, clock, *readings)
    back = Curves(room.points().values())
    assert Journal(store, room, clock).load_into(back) == Loaded(60, (), clock.wall())
    for point in points:
        one, other = live.window(point.key, *ALWAYS), back.window(point.key, *ALWAYS)
        assert one is not None and other is not None
        for name in ("time", "first", "quality"):
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
        assert [one.reason(row) for row in range(len(one))] == [other.reason(row) for row in range(len(other))]


def test_only_the_last_two_hours_come_back(store: Store, room: Room, clock: Any) -> None:
    journal = Journal(store, room, clock)
    second(journal, clock)
    clock.advance(7300)
    newest = second(journal, clock)
    curves = Curves(room.points().values())
    assert journal.load_into(curves) == Loaded(1, (), newest)
    assert times(curves) == [newest]


def test_an_empty_journal_is_no_trouble(store: Store, room: Room, clock: Any) -> None:
    assert Journal(store, room, clock).load_into(Curves(())) == Loaded(0, (), None)


@pytest.mark.parametrize("column", ["t", "layout", "crc", "data"])
def test_a_damaged_frame_is_named_and_left_out(
    tmp_path: Path, room: Room, clock: Any, column: str, expected_log: Callable[[str], None]
) -> None:
    store = Store.open(tmp_path, clock)
    journal = Journal(store, room, clock)
    written = []
    for _ in range(3):
        clock.advance(1)
        written.append(second(journal, clock))
    store.write_journal(lambda conn: rows.layout_id(conn, Layout.of(()).to_json())).result(30)
    store.close()
    raw = dbapi2.connect(str(tmp_path / "journal.db"))
    change = "substr(data, 1, 9) || x'7f' || substr(data, 11)" if column == "data" else f"{column} + 1"
    raw.execute(f"UPDATE frame SET {column} = {change} WHERE t = ?", (written[1],))
    raw.commit()
    raw.close()
    damaged = written[1] + (column == "t")
    expected_log(f"the journal's frame of {damaged} is damaged")
    store = Store.open(tmp_path, clock)
    curves = Curves(room.points().values())
    assert Journal(store, room, clock).load_into(curves) == Loaded(2, (damaged,), written[2])
    assert times(curves) == [written[0], written[2]]
    store.close()


def test_frames_of_a_damaged_layout_are_left_out(tmp_path: Path, room: Room, clock: Any, expected_log: Callable[[str], None]) -> None:
    store = Store.open(tmp_path, clock)
    tick = second(Journal(store, room, clock), clock)
    store.close()
    raw = dbapi2.connect(str(tmp_path / "journal.db"))
    raw.execute("UPDATE layout SET points = replace(points, '0.1', '0.3')")
    raw.commit()
    raw.close()
    expected_log("its layout 1 is damaged")
    store = Store.open(tmp_path, clock)
    journal = Journal(store, room, clock)
    assert journal.load_into(Curves(room.points().values())) == Loaded(0, (tick,), tick)
    clock.advance(1)
    newest = second(journal, clock)
    assert journal.load_into(Curves(room.points().values())) == Loaded(1, (tick,), newest)
    store.close()


def test_a_journal_that_cannot_be_read_back_stops_nobody(store: Store, room: Room, clock: Any, expected_log: Callable[[str], None]) -> None:
    expected_log("the journal could not be read back")
    journal = Journal(store, room, clock)
    second(journal, clock)
    store.close()
    assert journal.load_into(Curves(room.points().values())) == Loaded(0, (), None)


def test_a_second_that_cannot_be_written_is_lost_and_the_next_goes_on(
    store: Store, room: Room, clock: Any, monkeypatch: pytest.MonkeyPatch, expected_log: Callable[[str], None]
) -> None:
    journal = Journal(store, room, clock)
    second(journal, clock)

    def refuse(*_: object) -> None:
        raise OSError("no")

    expected_log("a frame could not be written")
    monkeypatch.setattr(rows, "insert", refuse)
    journal.add([good("a.t", 1, clock.wall())])
    future = journal.flush()
    assert future is not None
    assert isinstance(future.exception(10), OSError)
    monkeypatch.undo()
    clock.advance(1)
    assert second(journal, clock) == clock.wall()
    store.close()
    journal.add([good("a.t", 1, clock.wall())])
    future = journal.flush()
    assert future is not None
    assert isinstance(future.exception(10), StoreError)


class HangingStore:
    """A store whose disk neither writes nor fails."""

    def __init__(self) -> None:
        self.futures: list[Future[int]] = []

    def write_journal(self, run: Callable[..., int]) -> "Future[int]":
        self.futures.append(Future())
        return self.futures[-1]


def test_a_disk_that_hangs_is_told_and_fills_no_memory(room: Room, clock: Any) -> None:
    store = HangingStore()
    journal = Journal(store, room, clock)  # type: ignore[arg-type]
    key = next(iter(room.points()))
    for _ in range(MOST_UNWRITTEN + 20):
        journal.add([Reading(key, 1.0, clock.wall(), Quality.GOOD)])
        journal.flush()
        clock.advance(1)
    assert len(store.futures) == MOST_UNWRITTEN
    assert journal.waiting_since(clock.monotonic()) == MOST_UNWRITTEN + 20
    for future in store.futures:
        future.set_result(1)
    assert journal.waiting_since(clock.monotonic()) == 0.0
    journal.add([Reading(key, 1.0, clock.wall(), Quality.GOOD)])
    assert journal.flush() is not None
