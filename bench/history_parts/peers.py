"""The same samples as plain rows (time, point, value, quality): in SQLite, and in DuckDB. Kind to both: loaded in order, in bulk, and asked
of a table that holds little else."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from pysqlite3 import dbapi2

from bench.history_parts import halfyear
from bench.history_parts.questions import CURVES
from cityops_desktop.model.envelope import Strip


@dataclass(frozen=True, slots=True)
class Peer:
    """What one holds and how long it takes (ms): every sample of 24 h of 16 points; the chart of one point over all days of its own."""

    name: str
    bytes_a_sample: float
    whole_day: float
    long_chart: float


@dataclass(frozen=True, slots=True)
class Set:
    """The samples that are given to all: 16 points for one day, one more for many days."""

    wide: list[tuple[int, Strip]]
    long: list[tuple[int, Strip]]
    days: int

    @property
    def rows(self) -> int:
        """How many."""
        return sum(len(strip) for _, strip in (*self.wide, *self.long))


def data_set(days: int) -> Set:
    """The first of every 31 points, and one more."""
    every = halfyear.sources()
    wide = [(source.number, halfyear.day(source, 0)) for source in every[::31][:CURVES]]
    return Set(wide, [(every[1].number, halfyear.day(every[1], number)) for number in range(days)], days)


def sqlite(folder: Path, rows: Set) -> Peer:
    """A table without row numbers, in the order of point and time."""
    path = folder / "rows.db"
    db = dbapi2.connect(str(path), isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    db.execute("CREATE TABLE sample(point INTEGER, time INTEGER, value REAL, quality INTEGER, PRIMARY KEY(point, time)) WITHOUT ROWID")
    for number, strip in sorted((*rows.wide, *rows.long), key=lambda item: (item[0], item[1].time[0])):
        values = [None if value != value else value for value in strip.last.tolist()]
        db.execute("BEGIN")
        db.executemany(
            "INSERT INTO sample VALUES (?, ?, ?, ?)",
            zip([number] * len(strip), strip.time.tolist(), values, strip.quality.tolist(), strict=True),
        )
        db.execute("COMMIT")
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    start, long = _begin(), rows.long[0][0]

    def whole_day() -> None:
        for number, _ in rows.wide:
            found = db.execute(
                "SELECT time, value, quality FROM sample WHERE point = ? AND time BETWEEN ? AND ?", (number, start, start + halfyear.DAY_MS)
            )
            np.array(found.fetchall(), float)

    def chart() -> None:
        db.execute("SELECT time / 21600000, min(value), max(value), avg(value) FROM sample WHERE point = ? GROUP BY 1", (long,)).fetchall()

    peer = Peer("SQLite rows", path.stat().st_size / rows.rows, _timed(whole_day), _timed(chart))
    db.close()
    return peer


def duck(folder: Path, rows: Set) -> Peer:
    """Its own columns."""
    path = folder / "rows.duckdb"
    db = duckdb.connect(str(path))
    db.execute("SET threads = 2")
    db.execute("CREATE TABLE sample(point USMALLINT, time BIGINT, value DOUBLE, quality UTINYINT)")
    for number, strip in sorted((*rows.wide, *rows.long), key=lambda item: (item[0], item[1].time[0])):
        columns = {"p": np.full(len(strip), number, np.uint16), "t": strip.time, "v": strip.last, "q": strip.quality}
        db.register("columns", columns)
        db.execute("INSERT INTO sample SELECT p, t, CASE WHEN isnan(v) THEN NULL ELSE v END, q FROM columns")
        db.unregister("columns")
    db.execute("CHECKPOINT")
    start, long = _begin(), rows.long[0][0]
    wide = ", ".join(str(number) for number, _ in rows.wide)

    def whole_day() -> Any:
        where = f"point IN ({wide}) AND time BETWEEN {start} AND {start + halfyear.DAY_MS}"
        return db.execute(f"SELECT point, time, value, quality FROM sample WHERE {where} ORDER BY point, time").fetchnumpy()

    def chart() -> Any:
        asked = f"SELECT time // 21600000, min(value), max(value), avg(value) FROM sample WHERE point = {long} GROUP BY 1"
        return db.execute(asked).fetchnumpy()

    peer = Peer("DuckDB", path.stat().st_size / rows.rows, _timed(whole_day), _timed(chart))
    db.close()
    return peer


def _begin() -> int:
    return halfyear.FIRST * halfyear.DAY_MS


def _timed(ask: Callable[[], object], rounds: int = 3) -> float:
    found = []
    for _ in range(rounds):
        began = time.perf_counter()
        ask()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)[rounds // 2]
