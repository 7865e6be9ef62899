"""From the journal into the months' files: each sample exactly once, whatever happens to the clock, the disk and the station."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, note, settings
from hypothesis import strategies as st

from cityops_desktop.history import seal
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.history import WholeHistory
from cityops_desktop.history.journal import Journal
from cityops_desktop.history.seal import Sealer
from cityops_desktop.model.calendarmonths import begin_of, end_of, month_of
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Room
from cityops_desktop.store import months
from cityops_desktop.store.months import DAY_MS, HOUR_MS, Table
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreCode, StoreError
from tests.conftest import FakeClock

KEYS = ["a.t", "a.k", "a.d"]


class Recording:
    """A station's recording without a station: what it was given, and what it can tell of it."""

    def __init__(self, data: Path, clock: FakeClock, room: Room) -> None:
        self.data, self.clock, self.room = data, clock, room
        self.given: dict[str, list[tuple[float, int, Quality]]] = {key: [] for key in KEYS}
        self.number = 0
        self.open()

    def open(self) -> None:
        self.store = Store.open(self.data, self.clock)
        self.curves = Curves(self.room.points().values())
        self.journal = Journal(self.store, self.room, self.clock)
        self.archive = Archive(self.store.shelf)
        self.history = WholeHistory(self.curves, self.journal, self.archive)
        self.sealer = Sealer(self.journal, self.curves, self.store.shelf, self.archive, self.room, self.clock)
        self.journal.load_into(self.curves)

    def fall(self) -> None:
        """The station dies and comes back."""
        self.sealer.close()
        self.store.close()
        self.open()

    def second(self, late: int = 0) -> int:
        """A frame; each value is there once in the world."""
        time = self.clock.wall() - late
        readings = []
        for key in KEYS:
            self.number += 1
            if self.number % 11 == 0:
                readings.append(failed(key, time, Reason.NO_ANSWER))
            else:
                readings.append(Reading(key, float(self.number) if key == "a.t" else self.number, time, Quality.GOOD))
            value = readings[-1].value
            self.given[key].append((float("nan") if value is None else float(value), time, readings[-1].quality))
        self.journal.add(readings)
        self.curves.extend(readings)
        future = self.journal.flush()
        assert future is not None
        return future.result(30)

    def seal(self, tick: int) -> None:
        self.curves.mark()
        self.sealer.seal((self.clock.wall() - seal.SLACK_MS) // HOUR_MS * HOUR_MS, tick)
        self.curves.settle()

    def check(self) -> None:
        """Everything that was given is told, once."""
        told: dict[str, list[Any]] = {key: [] for key in KEYS}
        newest = max(time for own in self.given.values() for _, time, _ in own)
        for key, strip in self.history.samples(KEYS, 0, newest + HOUR_MS):
            told[key].append(strip)
        for key in KEYS:
            values = np.concatenate([strip.last for strip in told[key]]) if told[key] else np.empty(0)
            times = np.concatenate([strip.time for strip in told[key]]) if told[key] else np.empty(0)
            given = sorted((value, time) for value, time, _ in self.given[key] if value == value)
            found = sorted((float(value), int(time)) for value, time in zip(values, times, strict=True) if value == value)
            assert [value for value, _ in found] == [value for value, _ in given]
            assert all(abs(a - b) <= 500 for (_, a), (_, b) in zip(found, given, strict=True))
            assert int(np.isnan(values).sum()) == sum(1 for value, _, _ in self.given[key] if value != value)


@pytest.fixture
def recording(tmp_path: Path, clock: FakeClock, room: Room) -> Any:
    made = Recording(tmp_path, clock, room)
    yield made
    made.sealer.close()
    made.store.close()


STEPS = st.one_of(
    st.tuples(st.just("seconds"), st.integers(1, 40)),
    st.tuples(st.just("late"), st.integers(1, 3 * 3600)),
    st.tuples(st.just("wait"), st.integers(60, 20_000)),
    st.tuples(st.just("jump"), st.integers(-4 * 86_400, 40 * 86_400)),
    st.tuples(st.just("seal"), st.just(0)),
    st.tuples(st.just("half"), st.integers(0, 1)),
    st.tuples(st.just("fall"), st.just(0)),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(steps=[("seconds", 1), ("wait", 7200), ("jump", -7201)])
@example(steps=[("wait", 7201), ("fall", 0), ("jump", -7201)])
@given(steps=st.lists(STEPS, min_size=3, max_size=14))
def test_each_sample_once_whatever_happens(steps: list[tuple[str, int]], room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    note(repr(steps))  # the report of a failing example shows fixtures only
    with tempfile.TemporaryDirectory() as folder:
        recording = Recording(Path(folder), FakeClock(), room)
        tick = recording.second()
        try:
            for step, number in steps:
                match step:
                    case "seconds":
                        for _ in range(number):
                            recording.clock.advance(1)
                            tick = recording.second()
                    case "late":
                        recording.clock.advance(1)
                        tick = recording.second(late=number * 1000)
                    case "wait":
                        recording.clock.advance(number)
                        tick = recording.second()
                    case "jump":
                        recording.clock.ms += number * 1000
                        tick = recording.second()
                    case "seal":
                        recording.seal(tick)
                    case "half":
                        _broken_round(recording, tick, number, monkeypatch)
                    case "fall":
                        recording.fall()
            recording.seal(tick)
            recording.check()
            recording.fall()
            recording.seal(recording.second())
            recording.check()
        finally:
            recording.sealer.close()
            recording.store.close()


def _broken_round(recording: Recording, tick: int, after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that fails after so many months."""
    real, count = seal.keep, [0]

    def failing(*arguments: Any) -> None:
        if count[0] >= after:
            raise StoreError(StoreCode.DISK_FULL)
        count[0] += 1
        real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(seal, "keep", failing)
        try:
            recording.sealer.seal((recording.clock.wall() - seal.SLACK_MS) // HOUR_MS * HOUR_MS, tick)
        except StoreError as error:
            assert error.code is StoreCode.DISK_FULL


def test_roll_ups_are_what_the_samples_are(recording: Recording) -> None:
    begin = recording.clock.wall()
    for _ in range(3 * 3600 // 30):
        recording.clock.advance(30)
        tick = recording.second()
    recording.seal(tick)
    end = recording.clock.wall()
    fine = dict(recording.archive.strips(KEYS, begin, end, 1))
    for width, table in ((60_000, Table.DAY), (HOUR_MS, Table.MONTH)):
        rolled = recording.archive.strips(KEYS, begin, end, width)
        for key in KEYS:
            samples = fine[key]
            assert int(rolled[key].count.sum()) == int(samples.count.sum()), table
            assert np.nanmax(rolled[key].high) == np.nanmax(samples.last) and np.nanmin(rolled[key].low) == np.nanmin(samples.last)
            assert rolled[key].time[0] == samples.time[0] and rolled[key].end[-1] == samples.time[-1]
    days = recording.history.days(KEYS, begin, end)
    for key in KEYS:
        own = [count for count in days if count.key == key]
        usable = sum(1 for value, _, _ in recording.given[key] if value == value)
        assert sum(count.n for count in own) == usable and sum(count.bad for count in own) == len(recording.given[key]) - usable


def test_the_journal_forgets_nothing_that_is_not_sealed(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cityops_desktop.history.journal.KEEP", 20)
    monkeypatch.setattr("cityops_desktop.history.journal.LOAD_SLICE", 10)
    for _ in range(60):
        recording.clock.advance(1)
        recording.second()
    assert recording.store.read_journal(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM frame").scalar()) == 60
    recording.clock.advance(2 * 3600)
    recording.seal(recording.second())
    for _ in range(15):
        recording.clock.advance(1)
        recording.second()
    assert recording.store.read_journal(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM frame").scalar()) < 40
    recording.check()


def test_another_resolution_or_unit_is_another_number_and_never_another_value(recording: Recording) -> None:
    begin = recording.clock.wall()
    tick = recording.second()
    recording.clock.advance(3 * 3600)
    recording.seal(recording.second())
    points = recording.room.points()
    device = replace(recording.room.devices[0], points=tuple(replace(p, resolution=0.01) if p.key == "a.t" else p for p in points.values()))
    recording.room = replace(recording.room, devices=(device,))
    recording.fall()
    recording.clock.advance(3 * 3600)
    tick = recording.second()
    recording.clock.advance(3 * 3600)
    recording.seal(recording.second())
    recording.check()
    device = replace(device, points=tuple(replace(p, unit="°F") if p.key == "a.t" else p for p in device.points))
    recording.room = replace(recording.room, devices=(device,))
    recording.fall()
    recording.clock.advance(3 * 3600)
    tick = recording.second()
    recording.clock.advance(3 * 3600)
    recording.seal(recording.second())
    past = recording.history.past(["a.t"], begin, recording.clock.wall(), 100)
    strip = past.strips["a.t"]
    told = {strip.reason(row) for row in range(len(strip)) if np.isnan(strip.last[row])}
    assert (Reason.OTHER_UNIT, "°C") in told and tick
    assert np.nansum(strip.count) == 2


def test_a_flipped_bit_is_named_and_the_rest_is_readable(recording: Recording, expected_log: Callable[[str], None]) -> None:
    begin = recording.clock.wall()
    for _ in range(4):
        recording.second()
        recording.clock.advance(3600)
    recording.seal(recording.second())
    month = month_of(begin)
    rows, _ = recording.store.shelf.read(month, lambda conn: months.span(conn, Table.BLOCK, 0, 2**62))
    victim = rows[4].id
    change = f"UPDATE block SET n = n + 1 WHERE id = {victim}"
    recording.store.shelf.write(month, lambda conn: conn.exec_driver_sql(change).rowcount).result(30)
    expected_log("is damaged and was left out")
    told = dict(recording.archive.strips(KEYS, begin, recording.clock.wall(), 1))
    assert sum(len(strip) for strip in told.values()) == len(rows) - 1
    assert recording.store.shelf.read(month, lambda conn: months.sweep(conn, "block", -1, 100))[2] == [months.Broken("block", victim)]


def test_where_a_roll_up_is_damaged_what_is_finer_is_told(recording: Recording, expected_log: Callable[[str], None]) -> None:
    begin = recording.clock.wall()
    for _ in range(6):
        recording.second()
        recording.clock.advance(3600)
    recording.seal(recording.second())
    before = dict(recording.archive.strips(KEYS, begin, recording.clock.wall(), HOUR_MS))
    for table in ("month", "day"):
        change = f"UPDATE {table} SET n = n + 1"
        recording.store.shelf.write(month_of(begin), lambda conn, change=change: conn.exec_driver_sql(change).rowcount).result(30)
        expected_log("is damaged and was left out")
        after = dict(recording.archive.strips(KEYS, begin, recording.clock.wall(), HOUR_MS))
        for key in KEYS:
            assert int(after[key].count.sum()) == int(before[key].count.sum()), table
            assert np.nanmax(after[key].high) == np.nanmax(before[key].high), table


def test_what_was_in_force_at_a_time(recording: Recording) -> None:
    begin = recording.clock.wall()
    for _ in range(5):
        recording.clock.advance(1000)
        recording.second()
    recording.clock.advance(7200)
    recording.seal(recording.second())
    past = recording.history.at(["a.k"], begin + 2_500_000)
    assert past.strips["a.k"].time.tolist() == [begin + 2_000_000] and past.strips["a.k"].width == 0
    assert not recording.history.at(["a.k"], begin - DAY_MS).strips


def test_the_months() -> None:
    assert month_of(begin_of(202612)) == 202612 and month_of(begin_of(202612) - 1) == 202611
    assert end_of(202612) == begin_of(202701) and (end_of(202602) - begin_of(202602)) == 28 * DAY_MS


def test_the_station_goes_on_when_the_past_cannot_be_sealed(
    recording: Recording, expected_log: Callable[[str], None], monkeypatch: Any
) -> None:
    expected_log("the past could not be sealed")

    def broken(*_: Any) -> None:
        raise StoreError(StoreCode.DISK_FULL)

    monkeypatch.setattr(seal, "keep", broken)
    recording.second()
    recording.clock.advance(7200)
    recording.journal.add([Reading("a.t", 1.0, recording.clock.wall(), Quality.GOOD)])
    recording.sealer.tick(recording.journal.flush(), recording.clock.wall(), recording.clock.monotonic())
    assert recording.sealer._running is not None
    recording.sealer._running.result(30)
    assert "disk_full" in recording.sealer.trouble and recording.archive.until == 0
    monkeypatch.undo()
    recording.clock.advance(seal.AGAIN_SECONDS + 1)
    recording.given["a.t"].append((1.0, recording.clock.wall() - 61_000, Quality.GOOD))
    recording.number += 1
    recording.journal.add([failed("a.d", recording.clock.wall(), Reason.NO_ANSWER)])
    recording.given["a.d"].append((float("nan"), recording.clock.wall(), Quality.BAD))
    recording.sealer.tick(recording.journal.flush(), recording.clock.wall(), recording.clock.monotonic())
    recording.sealer._running.result(30)
    assert not recording.sealer.trouble and recording.archive.until > 0


@pytest.mark.parametrize(("key", "value"), [("a.t", 1e38), ("a.t", -1e308), ("a.k", 2**63), ("a.k", 2**64 - 1), ("a.d", 2**63)])
def test_what_no_count_holds_is_never_kept_as_another_number(recording: Recording, key: str, value: float) -> None:
    begin = recording.clock.wall()
    for _ in range(3):
        recording.journal.add([Reading(key, value, recording.clock.wall(), Quality.GOOD)])
        flushed = recording.journal.flush()
        assert flushed is not None
        tick = flushed.result(30)
        recording.clock.advance(60)
    recording.clock.advance(7200)
    recording.seal(tick)
    strip = recording.archive.strips([key], begin, recording.clock.wall(), 1)[key]
    assert len(strip) == 3 and not strip.count.any() and np.isnan(strip.last).all()
    assert {strip.reasons[why][0] for why in strip.why.tolist()} == {Reason.OUT_OF_RANGE}
