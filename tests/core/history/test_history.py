"""The past that is not sealed yet: memory, and the journal before it."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cityops_desktop.history.archive import Archive
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.history import RAW_PER_BUCKET, WholeHistory
from cityops_desktop.history.journal import Journal
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Room
from cityops_desktop.store.store import Store


def good(key: str, value: float, time: int) -> Reading:
    return Reading(key, value, time, Quality.GOOD)


def write(journal: Journal, curves: Curves, readings: list[Reading]) -> None:
    journal.add(readings)
    curves.extend(readings)
    future = journal.flush()
    assert future is not None
    future.result(30)


def test_few_samples_are_told_one_by_one_and_many_in_buckets(store: Store, room: Room, clock: Any) -> None:
    curves, journal = Curves(room.points().values()), Journal(store, room, clock)
    start = clock.wall()
    curves.extend(good("a.t", 99.0 if n == 1234 else 20.0, start + n * 1000) for n in range(3600))
    history = WholeHistory(curves, journal, Archive(store.shelf))
    fine = history.past(["a.t", "a.t", "no.such", "a.s"], start, start + 3_600_000, 3600 // RAW_PER_BUCKET)
    assert list(fine.strips) == ["a.t"] and fine.oldest == start
    assert (fine.strips["a.t"].width, len(fine.strips["a.t"])) == (0, 3600)
    coarse = history.past(["a.t"], start, start + 3_600_000, 60).strips["a.t"]
    assert coarse.width == 60_000 and len(coarse) <= 62 and coarse.high.max() == 99.0
    part = history.past(["a.t"], start + 5000, start + 9000, 100).strips["a.t"]
    assert part.time.tolist() == [start + n * 1000 for n in range(5, 10)]


def test_what_the_journal_kept_from_before_a_long_stop_is_told(store: Store, room: Room, clock: Any) -> None:
    before = Curves(room.points().values())
    journal = Journal(store, room, clock)
    evening = clock.wall()
    for _ in range(20):
        clock.advance(1)
        write(journal, before, [good("a.t", 21.0, clock.wall()), failed("a.k", clock.wall(), Reason.EXCEPTION, "2")])
    clock.advance(12 * 3600)
    curves, journal = Curves(room.points().values()), Journal(store, room, clock)
    assert journal.load_into(curves).frames == 0, "memory holds two hours"
    morning = clock.wall()
    write(journal, curves, [good("a.t", 22.0, morning)])
    past = WholeHistory(curves, journal, Archive(store.shelf)).past(["a.t", "a.k"], evening, morning, 1000)
    assert past.oldest == evening + 1000
    assert past.strips["a.t"].first.tolist() == [21.0] * 20 + [22.0]
    assert past.strips["a.k"].reason(0) == (Reason.EXCEPTION, "2") and np.isnan(past.strips["a.k"].first).all()
    within = WholeHistory(curves, journal, Archive(store.shelf)).past(["a.t"], evening + 3000, evening + 5000, 1000)
    assert within.strips["a.t"].time.tolist() == [evening + 3000, evening + 4000, evening + 5000]
    assert len(WholeHistory(curves, journal, Archive(store.shelf)).past(["a.t"], 0, evening, 10).strips["a.t"]) == 0


def test_what_was_never_recorded_is_nothing(store: Store, room: Room, clock: Any) -> None:
    past = WholeHistory(Curves(room.points().values()), Journal(store, room, clock), Archive(store.shelf)).past(
        ["a.t"], 0, clock.wall(), 100
    )
    assert past.oldest is None and len(past.strips["a.t"]) == 0


def test_a_journal_that_cannot_be_asked_leaves_what_is_in_memory(
    store: Store, room: Room, clock: Any, expected_log: Callable[[str], None]
) -> None:
    curves, journal = Curves(room.points().values()), Journal(store, room, clock)
    curves.extend([good("a.t", 20.0, clock.wall())])
    store.close()
    expected_log("could not be asked about the past")
    past = WholeHistory(curves, journal, Archive(store.shelf)).past(["a.t"], 0, clock.wall(), 100)
    assert past.strips["a.t"].first.tolist() == [20.0] and past.oldest == clock.wall()
