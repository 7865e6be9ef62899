"""The station looks after its past once an hour: deletes what is past its time, tells in time when the disk will not last."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import Keeping, Room
from cityops_desktop.station import keeping
from cityops_desktop.station.keeping import FIRST_SECONDS, ROUND_SECONDS, StationKeeping
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.history.conftest import NAMES
from tests.core.history.sealed import DAY_MS, HOUR_MS, JANUARY, put


class Own:
    """Stands where the station's own alarms are."""

    def __init__(self) -> None:
        self.told: list[tuple[Level | None, str]] = []

    def disk_lasts(self, level: Level | None, day: str) -> None:
        self.told.append((level, day))


class Desk(NamedTuple):
    keeping: StationKeeping
    own: Own
    store: Store


@pytest.fixture
def desk(tmp_path: Path, clock: FakeClock) -> Iterator[Desk]:
    store = Store.open(tmp_path, clock)
    room = Room("r", NAMES, "c/d/s/r", "Asia/Shanghai", "v1", history=Keeping(184, 190, 10**9))
    own = Own()
    kept = StationKeeping(tmp_path, room, store.shelf, own, clock)  # type: ignore[arg-type]
    yield Desk(kept, own, store)
    kept.close()
    store.close()


def looked_after(desk: Desk, clock: FakeClock) -> None:
    before = len(desk.own.told)
    while len(desk.own.told) == before:
        desk.keeping.tick(clock.wall(), clock.monotonic())


def spans(days: range) -> list[tuple[int, int]]:
    return [(JANUARY + day * DAY_MS, JANUARY + day * DAY_MS + HOUR_MS) for day in days]


def test_what_is_past_its_time_goes(desk: Desk, clock: FakeClock) -> None:
    put(desk.store.shelf, clock, spans(range(31 + 28 + 184)), ("a.x",), period=600_000)
    clock.advance(FIRST_SECONDS)
    looked_after(desk, clock)
    info = asyncio.run(desk.keeping.kept())
    assert [(one.month, one.samples) for one in info.months][:3] == [(202602, False), (202603, True), (202604, True)]
    (oldest,) = info.oldest
    assert (oldest.point, oldest.time) == ("a.x", JANUARY + 59 * DAY_MS)
    assert info.samples_days == 184
    assert desk.own.told[-1][0] is None


def test_a_disk_that_will_not_last_is_told(desk: Desk, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    put(desk.store.shelf, clock, spans(range(10)), ("a.x",), period=10_000)
    clock.advance(FIRST_SECONDS)
    looked_after(desk, clock)
    usage = type(shutil.disk_usage("/"))
    monkeypatch.setattr(keeping.shutil, "disk_usage", lambda path: usage(10, 9, 1))
    clock.advance(ROUND_SECONDS)
    looked_after(desk, clock)
    level, day = desk.own.told[-1]
    assert level is Level.MAJOR
    assert day == "2026-09-22"


def test_between_two_rounds_nothing_is_done(desk: Desk, clock: FakeClock) -> None:
    for _ in range(100):
        desk.keeping.tick(clock.wall(), clock.monotonic())
    assert desk.own.told == []
