"""The tables of history-YYYYMM.db: a month of the past of every point, with plain statements. Never looks into what it keeps.

Times are hours and days since 1970, UTC. Every row has a CRC over all its other columns, so that a flipped bit anywhere in it is found.
  point   what a number stands for: a point that gets another unit or resolution gets another number
  block   the samples of a point in an hour          id = hour << 16 | number
  day     its minutes in a day (roll-up)             id = day << 16 | number
  month   its hours in the month (roll-up)           id = number
  hour    when, and how often, an hour was sealed: what has to be sent upstream
  state   one row: up to which frame of the journal, and up to which time, everything of this month is in here
"""

import struct
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

MONTH_ID = 0x43494831
"""application_id of a month's file ("CIH1")."""
MONTH_SCHEMA = 1
"""user_version of a month's file."""
PAGE_SIZE = 16384
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
MOST_POINTS = 2**16
_MANY = 500
"""Rows asked for in one statement."""
EVERY_TICK = 2**62
_TEXTS = frozenset({"key", "unit", "kind", "zh", "en", "origin"})
"""Read as bytes: a flipped bit may leave no UTF-8."""

TABLES = (
    """CREATE TABLE point(id INTEGER PRIMARY KEY, key TEXT NOT NULL, unit TEXT NOT NULL, numerator INTEGER NOT NULL,
        denominator INTEGER NOT NULL, kind TEXT NOT NULL, period INTEGER NOT NULL, zh TEXT NOT NULL, en TEXT NOT NULL,
        origin TEXT NOT NULL, crc INTEGER NOT NULL)""",
    """CREATE TABLE block(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, n INTEGER NOT NULL, bad INTEGER NOT NULL, crc INTEGER NOT NULL,
        data BLOB NOT NULL)""",
    "CREATE TABLE day(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, bad INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE month(id INTEGER PRIMARY KEY, n INTEGER NOT NULL, bad INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL)",
    """CREATE TABLE hour(id INTEGER PRIMARY KEY, rev INTEGER NOT NULL, sealed INTEGER NOT NULL, blocks INTEGER NOT NULL,
        crc INTEGER NOT NULL)""",
    "CREATE TABLE state(id INTEGER PRIMARY KEY, until INTEGER NOT NULL, tick INTEGER NOT NULL, crc INTEGER NOT NULL)",
    "CREATE TABLE probe(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
)


class Table(StrEnum):
    """Where strips are kept, and what their numbers stand for."""

    POINT = "point"
    BLOCK = "block"
    DAY = "day"
    MONTH = "month"


COLUMNS: Mapping[str, tuple[str, ...]] = {
    Table.POINT: ("id", "key", "unit", "numerator", "denominator", "kind", "period", "zh", "en", "origin"),
    Table.BLOCK: ("id", "rev", "n", "bad", "data"),
    Table.DAY: ("id", "n", "bad", "data"),
    Table.MONTH: ("id", "n", "bad", "data"),
    "hour": ("id", "rev", "sealed", "blocks"),
    "state": ("id", "until", "tick"),
}
"""The columns of each table but its CRC, in the order of the CRC."""


class PointRow(NamedTuple):
    """What a number stands for. `period` = ms between two readings, as the room file has it."""

    id: int
    key: str
    unit: str
    numerator: int
    denominator: int
    kind: str
    period: int
    zh: str
    en: str
    origin: str


class Kept(NamedTuple):
    """A strip as it is kept: `n` rows with a usable value and `bad` without. `rev` counts how often an hour was written (from 0)."""

    id: int
    n: int
    bad: int
    data: bytes
    rev: int = 0


class HourRow(NamedTuple):
    """A sealed hour: revision, when it was sealed (UTC ms), how many blocks it had then."""

    id: int
    rev: int
    sealed: int
    blocks: int


class State(NamedTuple):
    """All samples older than `until` (UTC ms) in the journal's frames up to `tick` are in this file."""

    until: int = 0
    tick: int = 0


class Broken(NamedTuple):
    """A row that does not fit its CRC."""

    table: str
    id: int


def fill(connection: Connection) -> None:
    """Make the tables of a new file."""
    for statement in TABLES:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"PRAGMA application_id={MONTH_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={MONTH_SCHEMA}")


def points(conn: Connection) -> tuple[list[PointRow], list[Broken]]:
    """Every point that ever was in this file, by number; and the rows that are damaged."""
    found: list[PointRow] = []
    broken: list[Broken] = []
    for row in _rows(conn, "point", "SELECT {columns} FROM point ORDER BY id", ()):
        if isinstance(row, Broken):
            broken.append(row)
        else:
            found.append(PointRow(*row))
    return found, broken


def add_points(conn: Connection, rows: Iterable[PointRow]) -> None:
    """New numbers."""
    _insert(conn, "point", rows)


def put(conn: Connection, table: Table, rows: Iterable[Kept]) -> None:
    """Write strips, in place of what stood there."""
    if table is Table.BLOCK:
        _insert(conn, table, ((row.id, row.rev, row.n, row.bad, row.data) for row in rows))
    else:
        _insert(conn, table, ((row.id, row.n, row.bad, row.data) for row in rows))


def get(conn: Connection, table: Table, ids: Sequence[int]) -> tuple[list[Kept], list[Broken]]:
    """The strips that are there of these, and the damaged ones."""
    sound: list[Kept] = []
    broken: list[Broken] = []
    for first in range(0, len(ids), _MANY):
        some = ids[first : first + _MANY]
        marks = ",".join("?" * len(some))
        for row in _rows(conn, table, f"SELECT {{columns}} FROM {table} WHERE id IN ({marks})", tuple(some)):
            _sort(row, table, sound, broken)
    return sound, broken


def span(conn: Connection, table: Table, first: int, last: int) -> tuple[list[Kept], list[Broken]]:
    """All strips whose id lies in this span, both included, in order."""
    sound: list[Kept] = []
    broken: list[Broken] = []
    for row in _rows(conn, table, f"SELECT {{columns}} FROM {table} WHERE id BETWEEN ? AND ? ORDER BY id", (first, last)):
        _sort(row, table, sound, broken)
    return sound, broken


def counts(conn: Connection, first: int, last: int) -> list[tuple[int, int, int]]:
    """Id, usable and bad samples of the points' days whose id lies in this span, damaged ones too: nothing is decoded."""
    statement = "SELECT id, CAST(n AS INTEGER), CAST(bad AS INTEGER) FROM day WHERE id BETWEEN ? AND ? ORDER BY id"
    asked = conn.exec_driver_sql(statement, (first, last))
    return [(int(number), int(n), int(bad)) for number, n, bad in asked]


def hours(conn: Connection) -> list[HourRow]:
    """The sealed hours, in order; damaged rows are left out."""
    rows = _rows(conn, "hour", "SELECT {columns} FROM hour ORDER BY id", ())
    return [HourRow(*row) for row in rows if not isinstance(row, Broken)]


def put_hours(conn: Connection, rows: Iterable[HourRow]) -> None:
    """Note that these hours were sealed."""
    _insert(conn, "hour", rows)


def state(conn: Connection) -> State:
    """How far this file has taken up the journal. When that row is damaged: to the end of its last hour, and every frame there is."""
    rows = list(_rows(conn, "state", "SELECT {columns} FROM state WHERE id = 1", ()))
    if not rows:
        return State()
    if not isinstance(rows[0], Broken):
        return State(rows[0][1], rows[0][2])
    last = max((row.id for row in hours(conn)), default=-1)
    return State((last + 1) * HOUR_MS, EVERY_TICK)


def put_state(conn: Connection, now: State) -> None:
    """Say so."""
    _insert(conn, "state", [(1, *now)])


def edges(conn: Connection, table: Table) -> tuple[int, int] | None:
    """The lowest and the highest id; None when there is no row."""
    first = conn.exec_driver_sql(f"SELECT id FROM {table} ORDER BY id LIMIT 1").scalar()
    last = conn.exec_driver_sql(f"SELECT id FROM {table} ORDER BY id DESC LIMIT 1").scalar()
    return None if first is None or last is None else (int(first), int(last))


def each(conn: Connection, table: str, after: int, most: int = -1) -> Iterator[Kept | Broken | tuple[Any, ...]]:
    """Every row behind id `after` (up to `most`), as it lies: of strips Kept, of other tables the columns but the CRC; Broken when it is
    damaged."""
    strips = table in (Table.BLOCK, Table.DAY, Table.MONTH)
    for row in _rows(conn, table, f"SELECT {{columns}} FROM {table} WHERE id > ? ORDER BY id LIMIT ?", (after, most)):
        if isinstance(row, Broken) or not strips:
            yield row
        else:
            yield Kept(row[0], row[2], row[3], row[4], row[1]) if table == Table.BLOCK else Kept(*row)


def sweep(conn: Connection, table: str, after: int, most: int) -> tuple[int, int, list[Broken]]:
    """Look at up to `most` rows behind id `after`: how many there were, the last one's id, and the damaged ones."""
    number, last, broken = 0, after, []
    for row in _rows(conn, table, f"SELECT {{columns}} FROM {table} WHERE id > ? ORDER BY id LIMIT ?", (after, most)):
        number += 1
        last = row.id if isinstance(row, Broken) else int(row[0])
        if isinstance(row, Broken):
            broken.append(row)
    return number, last, broken


def _sort(row: Any, table: Table, sound: list[Kept], broken: list[Broken]) -> None:
    if isinstance(row, Broken):
        broken.append(row)
    elif table is Table.BLOCK:
        sound.append(Kept(row[0], row[2], row[3], row[4], row[1]))
    else:
        sound.append(Kept(*row))


def _rows(conn: Connection, table: str, statement: str, values: tuple[int, ...]) -> Iterator[Any]:
    """The sound rows, without their CRC, and a Broken for each of the others."""
    columns = COLUMNS[table]
    asked = ", ".join(f"CAST({column} AS BLOB)" if column in _TEXTS else column for column in (*columns, "crc"))
    texts = [place for place, column in enumerate(columns) if column in _TEXTS]
    for row in conn.exec_driver_sql(statement.format(columns=asked), values):
        told = list(row)
        for place in texts:
            if told[place] is not None:  # a flipped bit may have made nothing of it
                told[place] = told[place].decode("utf-8", "surrogateescape")
        if told[-1] == _crc(told[:-1]):
            yield tuple(told[:-1])
        else:
            yield Broken(table, int(told[0]))


def _insert(conn: Connection, table: str, rows: Iterable[Sequence[Any]]) -> None:
    columns = (*COLUMNS[table], "crc")
    marks = ", ".join("?" * len(columns))
    told = [(*row, _crc(row)) for row in rows]
    if told:
        conn.exec_driver_sql(f"INSERT OR REPLACE INTO {table}({', '.join(columns)}) VALUES ({marks})", told)


def _crc(row: Sequence[Any]) -> int:
    """Of every column with its type and length: a bit that makes a text of a number is found as well."""
    crc = 0
    for value in row:
        match value:
            case int():
                crc = zlib.crc32(struct.pack("<cq", b"i", value) if -(2**63) <= value < 2**63 else b"?", crc)
            case str():
                text = value.encode("utf-8", "surrogateescape")
                crc = zlib.crc32(text, zlib.crc32(struct.pack("<cq", b"t", len(text)), crc))
            case bytes():
                crc = zlib.crc32(value, zlib.crc32(struct.pack("<cq", b"b", len(value)), crc))
            case _:
                crc = zlib.crc32(b"?", crc)
    return crc
