"""The tables of journal.db: layouts and one frame a second, with plain statements. Never looks into a frame.

A row's `crc` is zlib.crc32 of its two numbers as little-endian int64 (a frame: t, layout; a layout: id, 0), then its bytes.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection

JOURNAL_ID = 0x43494A31
"""application_id of journal.db ("CIJ1")."""
JOURNAL_SCHEMA = 1
"""user_version of journal.db."""
PAGE_SIZE = 4096
"""Half the bytes written a commit of 16 KiB pages (measured on this load)."""

TABLES = (
    "CREATE TABLE layout(id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, points TEXT NOT NULL UNIQUE)",
    "CREATE TABLE frame(t INTEGER PRIMARY KEY, layout INTEGER NOT NULL REFERENCES layout(id), crc INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE TABLE probe(id INTEGER PRIMARY KEY, data BLOB NOT NULL)",
)


_NUMBERS = struct.Struct("<qq").pack


class Frame(NamedTuple):
    """A row of the journal: tick in UTC ms, number of its layout, the encoded second. `sound` = its CRC holds."""

    t: int
    layout: int
    data: bytes
    sound: bool


def layout_id(conn: Connection, points: str) -> int:
    """The number of this layout (its JSON), made when it is new."""
    known = conn.exec_driver_sql("SELECT id FROM layout WHERE points = ?", (points,)).scalar()
    if known is not None:
        return int(known)
    number = int(conn.exec_driver_sql("SELECT coalesce(max(id), 0) + 1 FROM layout").scalar_one())
    row = (number, _crc(number, 0, points.encode()), points)
    conn.exec_driver_sql("INSERT INTO layout(id, crc, points) VALUES (?, ?, ?)", row)
    return number


def layouts(conn: Connection) -> dict[int, str]:
    """Every sound layout's JSON by its number."""
    rows = conn.exec_driver_sql("SELECT id, CAST(crc AS INTEGER), CAST(points AS BLOB) FROM layout")
    return {number: points.decode() for number, crc, points in rows if crc == _crc(number, 0, points)}


def insert(conn: Connection, t: int, layout: int, data: bytes) -> None:
    """Write one frame; dbapi2.IntegrityError when this tick is taken."""
    _raw(conn).execute("INSERT INTO frame(t, layout, crc, data) VALUES (?, ?, ?, ?)", (t, layout, _crc(t, layout, data), data))


def count(conn: Connection) -> int:
    """How many frames there are."""
    return int(conn.exec_driver_sql("SELECT count(*) FROM frame").scalar_one())


def newest(conn: Connection) -> int:
    """The newest frame's tick; 0 when there is none."""
    return int(conn.exec_driver_sql("SELECT coalesce(max(t), 0) FROM frame").scalar_one())


def forget_oldest(conn: Connection, number: int, last: int) -> int:
    """Delete so many of the oldest frames, but none after tick `last`; how many that were."""
    statement = "DELETE FROM frame WHERE t IN (SELECT t FROM frame WHERE t <= ? ORDER BY t LIMIT ?)"
    return int(conn.exec_driver_sql(statement, (last, number)).rowcount)


def slice_end(conn: Connection, first: int, last: int, most: int) -> int | None:
    """The tick of the last of up to `most` frames from tick `first` to `last`; None when there is none."""
    statement = "SELECT max(t) FROM (SELECT t FROM frame WHERE t BETWEEN ? AND ? ORDER BY t LIMIT ?)"
    found = conn.exec_driver_sql(statement, (first, last, most)).scalar()
    return None if found is None else int(found)


def since(conn: Connection, start: int) -> Iterator[Frame]:
    """The frames from this tick on, oldest first."""
    columns = "t, CAST(layout AS INTEGER), CAST(crc AS INTEGER), CAST(data AS BLOB)"  # a flipped bit may change a column's type
    for t, layout, crc, data in _raw(conn).execute(f"SELECT {columns} FROM frame WHERE t >= ? ORDER BY t", (start,)):
        yield Frame(t, layout, data, crc == _crc(t, layout, data))


def _crc(one: int, other: int, data: bytes) -> int:
    return zlib.crc32(data, zlib.crc32(_NUMBERS(one, other)))


def _raw(conn: Connection) -> Any:
    """The connection below: each second a frame is written, and at the start all of them are read at once."""
    return conn.connection.dbapi_connection
