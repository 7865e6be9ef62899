"""A process that records and seals as the station does, with a clock that runs two minutes a second recorded, until it is killed.

`python -m bench.history_parts.recorder FOLDER FRAMES` records so many seconds; `recorder FOLDER` forks one that records for ever for each
line of its standard input, and says its number. Every second that is durable is acknowledged in the file `acks`. What was recorded of a
point at a time can be told from both, so that `examine` finds whatever is lost, doubled or changed.
"""

import json
import os
import signal
import struct
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from pysqlite3 import dbapi2

from cityops_desktop.clock import Clock
from cityops_desktop.errors import OperatorError
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.journal import Journal
from cityops_desktop.history.seal import Sealer
from cityops_desktop.model.calendarmonths import month_of
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.store import frames, months
from cityops_desktop.store.months import HOUR_MS, State
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

BEGIN = 1_785_500_000_000
"""Half a day before the end of a month, so that months end too."""
STEP_MS = 120_000
POINTS = 12
LATE = 5
"""The point that is told more than an hour late: its hours are opened again."""
ACKS = "acks"
NAMES = Names("点", "point")


class FastClock(Clock):
    """The time of day stands still until it is moved; what may take how long is told by the real one."""

    def __init__(self, wall: int) -> None:
        self._wall = wall

    def wall(self) -> int:
        """UTC ms."""
        return self._wall

    def monotonic(self) -> float:
        """Seconds of the machine."""
        return time.monotonic()

    def set(self, wall: int) -> None:
        """It is this time."""
        self._wall = wall

    def step(self) -> None:
        """A second recorded is two minutes of it."""
        self._wall += STEP_MS


def room() -> Room:
    """A few points of every kind."""
    kinds = (Kind.ANALOG, Kind.DIGITAL, Kind.COUNTER)
    points = tuple(
        Point(f"a.p{n}", "a", NAMES, kinds[n % 3], Group.UPS, "V", 0.1 if kinds[n % 3] is Kind.ANALOG else 1.0, period=120.0)
        for n in range(POINTS)
    )
    return Room("r", NAMES, "c/d/s/r", "Asia/Shanghai", "v1", devices=(Device("a", "line", NAMES, Group.UPS, None, points),))


def reading(point: Point, number: int, wall: int) -> Reading:
    """What is recorded of a point at a time: always the same."""
    at = taken(number, wall)
    count = (at // STEP_MS * 7 + number * 13) % 1009
    if count % 50 == 0:
        return failed(point.key, at, Reason.NO_ANSWER)
    value = round(count * 0.1, 1) if point.kind is Kind.ANALOG else count % 2 if point.kind is Kind.DIGITAL else count
    return Reading(point.key, value, at, Quality.GOOD)


def taken(number: int, wall: int) -> int:
    """When the sample was taken that is told at this time."""
    return wall - number - (HOUR_MS + STEP_MS * 7 if number == LATE else 0)


class Recording:
    """The station's recording without its wires."""

    def __init__(self, folder: Path) -> None:
        self.clock = FastClock(BEGIN)
        self.store = Store.open(folder, self.clock)
        self.room = room()
        self.curves = Curves(self.room.points().values())
        self.journal = Journal(self.store, self.room, self.clock)
        self.archive = Archive(self.store.shelf)
        self.sealer = Sealer(self.journal, self.curves, self.store.shelf, self.archive, self.room, self.clock)
        self.journal.load_into(self.curves)
        self.clock.set(max(BEGIN, self.journal.newest(), self.archive.tick) + STEP_MS)

    def second(self) -> "Future[int]":
        """Record one; the future is its acknowledgement."""
        wall = self.clock.wall()
        readings = [reading(point, number, wall) for number, point in enumerate(self.room.points().values())]
        self.curves.extend(readings)
        self.journal.add(readings)
        future = self.journal.flush()
        assert future is not None
        self.sealer.tick(future, wall, self.clock.monotonic())
        self.clock.step()
        return future

    def close(self) -> None:
        """In order."""
        self.sealer.close()
        self.store.close()


def record(folder: Path, number: int | None) -> None:
    """Record so many seconds, or for ever; each is acknowledged when it is durable."""
    recording = Recording(folder)
    acks = os.open(folder / ACKS, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    done = 0
    while number is None or done < number:
        tick = recording.second().result()
        os.write(acks, struct.pack("<q", tick))
        done += 1
    recording.close()
    os.close(acks)


def acknowledged(data: bytes) -> list[int]:
    """The ticks in a file of acknowledgements."""
    return [tick for (tick,) in struct.iter_unpack("<q", data[: len(data) // 8 * 8])]


@dataclass(slots=True)
class Found:
    """What is wrong with a folder; everything is empty when nothing is."""

    corrupt: list[str] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    samples: int = 0
    sealed: int = 0

    @property
    def sound(self) -> bool:
        """Nothing wrong?"""
        return not (self.corrupt or self.lost or self.doubled or self.changed)


def examine(folder: Path, acks: list[int]) -> Found:
    """Open the folder as the station does after a fall, let it seal what it can, and look for every acknowledged second."""
    found = Found()
    try:
        _opened(folder, acks, found)
    except (OperatorError, StoreError) as error:
        found.corrupt.append(f"cannot be opened: {error}")
    found.lost = sorted(set(found.lost))
    found.corrupt += [text for path in sorted(folder.glob("*.db")) for text in checked(path)]
    found.corrupt += [str(path.name) for path in folder.glob("*.damaged-*")]
    return found


def _opened(folder: Path, acks: list[int], found: Found) -> None:
    recording = Recording(folder)
    try:
        found.corrupt += [str(notice.detail) for notice in recording.store.notices if acks]
        _look(recording, acks, found)
        newest = recording.journal.newest()
        recording.sealer.seal((newest - 90_000) // HOUR_MS * HOUR_MS, newest)
        _look(recording, acks, found)
    finally:
        recording.close()


def checked(path: Path) -> list[str]:
    """What SQLite itself finds wrong with a file."""
    raw = dbapi2.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        answers = [str(row[0]) for row in raw.execute("PRAGMA integrity_check(3)")]
    except dbapi2.Error as error:
        answers = [str(error)]
    finally:
        raw.close()
    return [] if answers == ["ok"] else [f"{path.name}: {answer}" for answer in answers]


def _look(recording: Recording, acks: list[int], found: Found) -> None:
    """Months and journal, joined as the months' files say: what is older than `until` and in frames up to `tick` is in a file already."""
    shelf, archive = recording.store.shelf, recording.archive
    for month in shelf.months:
        for table in months.COLUMNS:
            broken = shelf.read(month, lambda conn, table=table: months.sweep(conn, table, -(2**62), 10**9)[2], 60.0)  # type: ignore[misc]
            found.corrupt += [f"{month} {row.table} {row.id}" for row in broken]
    found.corrupt += [
        f"frame {frame.t}" for frame in recording.store.read_journal(lambda conn: list(frames.since(conn, 0)), 60.0) if not frame.sound
    ]
    points = list(recording.room.points().values())
    seen: Counter[tuple[str, int]] = Counter()
    values: dict[tuple[str, int], float] = {}
    sealed, newest = 0, max(recording.journal.newest(), archive.tick)
    for key, strip in archive.samples([point.key for point in points], 0, newest):
        sealed += len(strip)
        for at, value in zip(strip.time.tolist(), strip.last.tolist(), strict=True):
            place = (key, round(at / 1000))
            seen[place] += 1
            values[place] = value
    states = {month: shelf.read(month, months.state) for month in shelf.months}
    for _, parts in recording.journal.slices(0, recording.journal.newest()):
        for _, key, own in parts:
            late = key == f"a.p{LATE}"
            for at, value in zip(own.times.tolist(), own.values.tolist(), strict=True):
                told = at + int(key[3:]) + (HOUR_MS + STEP_MS * 7 if late else 0)
                state = states.get(month_of(at), State())
                if told > state.tick or at >= state.until:
                    place = (key, round(at / 1000))
                    seen[place] += 1
                    values[place] = value
    found.sealed, found.samples = sealed, len(seen)
    found.doubled += [f"{key} {second}" for (key, second), count in seen.items() if count > 1][:20]
    for ack in acks:
        for number, point in enumerate(points):
            told = reading(point, number, ack)
            place = (point.key, round(told.time / 1000))
            if place not in seen:
                found.lost.append(ack)
                break
            value = float("nan") if told.value is None else float(told.value)
            if not np.isclose(values[place], value, rtol=0, atol=1e-9, equal_nan=True):
                found.changed.append(f"{point.key} {told.time} {value} {values[place]}")


@contextmanager
def forker(folder: Path) -> Iterator["Forker"]:
    """A process that starts recorders."""
    one = Forker(folder)
    try:
        yield one
    finally:
        one.close()


class Forker:
    """Starts a recorder for each call."""

    def __init__(self, folder: Path) -> None:
        line = [sys.executable, "-m", "bench.history_parts.recorder", str(folder)]
        self._process = subprocess.Popen(line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def start(self) -> int:
        """A new one; its process number."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("start\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if not said:
            raise RuntimeError("the process to be killed did not start")
        return int(json.loads(said)["pid"])

    def close(self) -> None:
        """No more."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


def fork_for_ever(folder: Path) -> None:
    """One child for each line of standard input, until it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            record(folder, None)
            os._exit(0)
        print(json.dumps({"pid": child}), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 2:
        record(Path(sys.argv[1]), int(sys.argv[2]))
    else:
        fork_for_ever(Path(sys.argv[1]))
