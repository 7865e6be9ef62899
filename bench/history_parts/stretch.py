"""A half-year of every row from some days of it: each day that was not made is the last one before it that was, at its own time. So the
files are as large as those of a half-year that was made whole, and are asked in a tenth of the time that making one takes.

`python -m bench.history_parts.stretch MADE DATA MONTH` does so for one month.
"""

import os
import struct
import subprocess
import sys
from bisect import bisect_right
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bench.history_parts import halfyear
from bench.history_parts.fill import PROCESSES
from cityops_desktop.clock import SystemClock
from cityops_desktop.history.block import decode, encode
from cityops_desktop.history.counts import Scale
from cityops_desktop.model.calendarmonths import end_of
from cityops_desktop.model.envelope import Strip, joined
from cityops_desktop.store import files, months
from cityops_desktop.store.months import DAY_MS, HourRow, Kept, State, Table
from cityops_desktop.store.shelf import ReadShelf, path_of
from cityops_desktop.store.sqlite import writing_engine

_HEAD = struct.Struct("<BBIQ")
"""As in history/block.py."""
_BEGIN = _HEAD.size + 3 * 4
"""Where an hour's grid begins: a byte that says it is one (0), and the time as float."""


def shifted(strip: Strip, days: int) -> Strip:
    """The same so many days later."""
    return replace(strip, time=strip.time + days * DAY_MS, end=strip.end + days * DAY_MS)


def block_later(row: Kept, days: int, scale: Scale) -> Kept:
    """An hour's row so many days later."""
    if row.data[_BEGIN] == 0:
        (begin,) = struct.unpack_from("<d", row.data, _BEGIN + 1)
        data = row.data[: _BEGIN + 1] + struct.pack("<d", begin + days * DAY_MS) + row.data[_BEGIN + 9 :]
    else:
        data = encode(shifted(decode(row.data, scale), days), scale, False)
    return row._replace(id=row.id + (days * 24 << 16), data=data)


def day_later(row: Kept, days: int) -> Kept:
    """A day's row so many days later: the number of its first minute is another one."""
    at = _HEAD.size + 4 * _HEAD.unpack_from(row.data)[1]
    (first,) = struct.unpack_from("<q", row.data, at)
    return row._replace(id=row.id + (days << 16), data=row.data[:at] + struct.pack("<q", first + days * 1440) + row.data[at + 8 :])


def stretched(made: Path, data: Path, month: int) -> None:
    """One month of DATA from that of MADE."""
    source = ReadShelf(made, SystemClock())
    path = path_of(data, month)
    files.create(path, months.PAGE_SIZE, months.fill)
    engine = writing_engine(path)
    try:
        with engine.connect() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.execute("PRAGMA synchronous=OFF")  # nothing is lost with a copy; it has to be there soon
            raw.execute("PRAGMA journal_mode=DELETE")
            with connection.begin():
                _stretch(source, connection, month)
            raw.execute("PRAGMA journal_mode=WAL")
    finally:
        engine.dispose()
        source.close()
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _stretch(source: ReadShelf, target: Connection, month: int) -> None:
    points = source.read(month, lambda conn: months.points(conn)[0])
    scales = {row.id: Scale(row.numerator, row.denominator) for row in points}
    months.add_points(target, points)
    all_days = [halfyear.FIRST + number for number in halfyear.months()[month]]
    there = sorted({row >> 16 for row, _, _ in source.read(month, lambda conn: months.counts(conn, 0, 2**62))})
    origin = {day: there[max(0, bisect_right(there, day) - 1)] for day in all_days}
    for day, own in origin.items():
        hours = (own * 24 << 16, ((own + 1) * 24 << 16) - 1)
        blocks, _ = source.read(month, lambda conn, of=hours: months.span(conn, Table.BLOCK, *of), 60.0)  # type: ignore[misc]
        days, _ = source.read(month, lambda conn, of=own: months.span(conn, Table.DAY, of << 16, of << 16 | 0xFFFF), 60.0)  # type: ignore[misc]
        later = day - own
        months.put(target, Table.BLOCK, [block_later(row, later, scales[row.id & 0xFFFF]) if later else row for row in blocks])
        months.put(target, Table.DAY, [day_later(row, later) if later else row for row in days])
        months.put_hours(target, [HourRow(hour, 0, 0, len(points)) for hour in range(day * 24, day * 24 + 24)])
    _finish(target, source, month, scales, origin)


def _finish(conn: Connection, source: ReadShelf, month: int, scales: dict[int, Scale], origin: dict[int, int]) -> None:
    """The hours of the month, and up to when it goes."""
    rows = []
    for row in source.read(month, lambda one: months.span(one, Table.MONTH, 0, 2**62)[0], 60.0):
        strip = decode(row.data, scales[row.id])
        by_day = {day: strip.between(day * DAY_MS, (day + 1) * DAY_MS - 1) for day in set(origin.values())}
        whole = joined(*(shifted(by_day[own], day - own) for day, own in origin.items()))
        share = len(origin) / len(by_day)
        rows.append(Kept(row.id, round(row.n * share), round(row.bad * share), encode(whole, scales[row.id])))
    months.put(conn, Table.MONTH, rows)
    months.put_state(conn, State(end_of(month), end_of(month)))


def stretch(made: Path, data: Path) -> None:
    """All months, in two processes."""
    waiting = list(halfyear.months())
    running: list[subprocess.Popen[bytes]] = []
    while waiting or running:
        while waiting and len(running) < PROCESSES:
            line = [sys.executable, "-m", "bench.history_parts.stretch", str(made), str(data), str(waiting.pop(0))]
            running.append(subprocess.Popen(line))
        if running.pop(0).wait():
            raise RuntimeError("a month could not be stretched")


if __name__ == "__main__":
    stretched(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
