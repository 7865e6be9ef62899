"""Kills, power cuts and flipped bits: what a recorder loses by them. 0 is asked of all."""

import os
import random
import signal
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy.exc import DBAPIError

from bench.history_parts import disk_log
from bench.history_parts.recorder import ACKS, Found, acknowledged, examine, forker
from cityops_desktop.clock import SystemClock
from cityops_desktop.store import months
from cityops_desktop.store.shelf import ReadShelf
from cityops_desktop.store.trouble import StoreError

LONGEST = 0.15
"""Seconds from a recorder's first acknowledgement to its kill, at most."""
FRAMES = 1500
"""Seconds recorded in each run whose disk is written down."""
CUTS_A_RUN = 50
TEXTS = {"point": frozenset((1, 2, 5, 7, 8, 9))}
"""Which columns of a table are texts."""


@dataclass(slots=True)
class Tally:
    """What became of all of them."""

    falls: int = 0
    acknowledged: int = 0
    corrupt: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    samples: int = 0
    sealed: int = 0
    seconds: float = 0.0

    def add(self, what: str, found: Found) -> None:
        """The findings after one."""
        self.corrupt += [f"{what}: {text}" for text in found.corrupt]
        self.lost += [f"{what}: {tick}" for tick in found.lost]
        self.doubled += [f"{what}: {text}" for text in found.doubled]
        self.changed += [f"{what}: {text}" for text in found.changed]
        self.samples, self.sealed = max(self.samples, found.samples), max(self.sealed, found.sealed)


def killed(folder: Path, count: int, dice: random.Random) -> Tally:
    """SIGKILL so many times; what is lost is looked for in the end, and ten times on the way."""
    tally, begun = Tally(), time.monotonic()
    with forker(folder) as started:
        for number in range(1, count + 1):
            before = _acks(folder)
            pid = started.start()
            _wait_for_more(folder, before, pid)
            time.sleep(dice.uniform(0.0, LONGEST))
            os.kill(pid, signal.SIGKILL)
            while Path(f"/proc/{pid}").exists():
                time.sleep(0.001)
            tally.falls += 1
            if number == count or number % max(1, count // 10) == 0:
                tally.add(f"kill {number}", examine(folder, acknowledged((folder / ACKS).read_bytes())))
    tally.acknowledged = _acks(folder)
    tally.seconds = time.monotonic() - begun
    return tally


def _acks(folder: Path) -> int:
    path = folder / ACKS
    return path.stat().st_size // 8 if path.exists() else 0


def _wait_for_more(folder: Path, before: int, pid: int) -> None:
    end = time.monotonic() + 30
    while _acks(folder) <= before:
        if time.monotonic() > end or not Path(f"/proc/{pid}").exists():
            raise RuntimeError("the recorder does not record")
        time.sleep(0.002)


def cut(folder: Path, count: int, dice: random.Random, frames: int = FRAMES, each: int = CUTS_A_RUN) -> Tally:
    """So many power cuts at random moments of recorders whose every act on the disk is written down."""
    tally, begun = Tally(), time.monotonic()
    library = disk_log.build(folder)
    while tally.falls < count:
        run, log = folder / f"run{tally.falls}", folder / f"log{tally.falls}"
        run.mkdir()
        disk_log.run(library, run, log, "bench.history_parts.recorder", str(frames), quick=True)
        moments = sorted(dice.sample(range(sum(1 for _ in disk_log.acts(log))), min(each, count - tally.falls)))
        _cut_run(log, moments, dice, tally, f"run {tally.falls}")
        log.unlink()
    tally.seconds = time.monotonic() - begun
    return tally


def _cut_run(log: Path, moments: list[int], dice: random.Random, tally: Tally, name: str) -> None:
    disk, acks, acks_file = disk_log.Disk(), bytearray(), 0
    left = list(moments)
    for number, act in enumerate(disk_log.acts(log)):
        while left and left[0] == number:
            left.pop(0)
            with tempfile.TemporaryDirectory(prefix="cityops-cut-") as place:
                disk.after_cut(Path(place), dice)
                (Path(place) / ACKS).unlink(missing_ok=True)
                tally.add(f"{name} act {number}", examine(Path(place), acknowledged(bytes(acks))))
            tally.falls += 1
            tally.acknowledged += len(acks) // 8
        if act.op is disk_log.Op.CREATED and act.data == ACKS.encode():
            acks_file = act.file
        elif act.op is disk_log.Op.WRITTEN and act.file == acks_file:
            acks += act.data
        disk.do(act)


@dataclass(frozen=True, slots=True)
class Flips:
    """Of so many bits that were flipped in rows, each alone, which were not found; `idle` more left the row saying what it said."""

    flipped: int
    missed: list[str]
    idle: int


def flipped(path: Path, count: int, dice: random.Random) -> Flips:
    """Flip single bits of random rows of a month's file where they lie in the file, and let a sweep look at their table."""
    content = path.read_bytes()
    rows = {table: _rows(path, table) for table in months.COLUMNS}
    tables = [table for table, found in rows.items() if found]
    missed, idle, done = [], 0, 0
    while done < count:
        table = dice.choice(tables)
        row = dice.choice(rows[table])
        cell = _cell(row, TEXTS.get(table, frozenset()))
        at = content.find(cell)
        if at < 0 or content.find(cell, at + 1) >= 0:
            continue
        place = (at + dice.randrange(len(cell)), dice.randrange(8))
        _flip(path, *place)
        if not _swept(path, table):
            if row in _rows(path, table):
                idle += 1
                done -= 1
            else:
                missed.append(f"{table} row {row[0]} byte {place[0] - at} of {len(cell)} bit {place[1]}")
        done += 1
        _flip(path, *place)
    return Flips(done, missed, idle)


def _flip(path: Path, offset: int, bit: int) -> None:
    with path.open("rb+") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes((byte ^ 1 << bit,)))


def _swept(path: Path, table: str) -> bool:
    """Does a sweep, or SQLite itself, find anything in this table?"""
    shelf = ReadShelf(path.parent, SystemClock())
    try:
        number, _, broken = shelf.read(int(path.stem[-6:]), lambda conn: months.sweep(conn, table, -(2**63), 10**9), 60.0)
        return bool(broken) or not number
    except (StoreError, DBAPIError):
        return True
    finally:
        shelf.close()


def _rows(path: Path, table: str) -> list[tuple[Any, ...]]:
    """The rows as SQLite reads them, a text being the same as its bytes; what it cannot read is not there."""
    raw = dbapi2.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    raw.text_factory = bytes
    try:
        return [tuple(row) for row in raw.execute(f"SELECT * FROM {table}")]
    except dbapi2.Error:
        return []
    finally:
        raw.close()


def _cell(row: tuple[Any, ...], texts: frozenset[int]) -> bytes:
    """A row as it lies in a page (sqlite.org/fileformat2.html, 2.1): length, row number, types, values."""
    types, values = [0], []
    for column, value in enumerate(row[1:], 1):
        if isinstance(value, int):
            kind, size = next(
                (k, s) for k, s in _INTS if (s == 0 and value == k - 8) or (s and -(1 << 8 * s - 1) <= value < 1 << 8 * s - 1)
            )
            types.append(kind)
            values.append(value.to_bytes(size, "big", signed=True) if size else b"")
        else:
            types.append(2 * len(value) + (13 if column in texts else 12))
            values.append(value)
    head = b"".join(_varint(kind) for kind in types)
    payload = _varint(len(head) + 1) + head + b"".join(values)
    return _varint(len(payload)) + _varint(row[0]) + payload


_INTS = ((8, 0), (9, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 6), (6, 8))
"""SQLite's types of whole numbers and their bytes; the first two are 0 and 1."""


def _varint(number: int) -> bytes:
    parts = [number & 0x7F]
    while number := number >> 7:
        parts.append(number & 0x7F | 0x80)
    return bytes(reversed(parts))
