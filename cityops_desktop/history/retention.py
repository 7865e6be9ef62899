"""What of the past is kept for how long: which months are past their time, what takes their place, how long the disk lasts.

A day counts when something was sealed in it: a clock that jumps years ahead, or a station that was off, deletes nothing. Never touches
what GB/T 36621-2018, 8.2.3.2 d wants kept (half a year), whatever it is told, and never deletes because a disk fills.
"""

import logging
import os
from collections.abc import Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple, TypeVar

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.history.archive import Months
from cityops_desktop.history.block import decode
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.pack import Damaged
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import LEAST_DAYS, Keeping
from cityops_desktop.store import files, months
from cityops_desktop.store.months import HOUR_MS, Broken, PointRow, Table
from cityops_desktop.store.shelf import ReadShelf, Shelf
from cityops_desktop.store.sqlite import ask
from cityops_desktop.store.trouble import StoreCode, StoreError, code_of

logger = logging.getLogger(__name__)

T = TypeVar("T")
KEPT = ("point", "day", "month", "hour", "state")
"""The tables that outlive the samples."""
MEASURED_DAYS = 14
"""From so many of the newest recorded days the bytes of a day are reckoned, from the first two on."""
ROLLUPS = 0.25
"""So much of a month's bytes is taken to be left without its samples: less than a tenth at one sample a second, more for slow points."""
MONTH_DAYS = 31
HORIZON = 3650
"""Days that are looked ahead."""
WARNING_DAYS = 30
MAJOR_DAYS = 7
UNREADABLE = (StoreError, DBAPIError, TypeError, ValueError)
"""What reading a damaged file raises: a flipped bit in its schema makes other columns of it."""
_SECONDS = 30.0
_ROWS = 2000


class Past(StrEnum):
    """What of a month is past its time."""

    SAMPLES = "samples"
    ALL = "all"


class Stored(NamedTuple):
    """A month's file: recorded days in it (0 = it cannot be read), bytes, and whether it holds samples."""

    month: int
    days: int
    size: int
    samples: bool


class Due(NamedTuple):
    """A month that is past its time, whole or its samples."""

    month: int
    past: Past


class Usage(NamedTuple):
    """Bytes of the past now and each day (None = not known yet), room on the disk, the budget; in how many days the first of the two is
    used up (None = never, as far as is known), and whether that is the budget."""

    size: int
    per_day: float | None
    free: int
    budget: int | None
    days: int | None
    by_budget: bool


class Oldest(NamedTuple):
    """A point and the time of its oldest sample, UTC ms."""

    key: str
    time: int


def due(stored: Sequence[Stored], keep: Keeping) -> list[Due]:
    """What is past its time, oldest first: enough days have been recorded since the month ended."""
    samples = max(keep.samples_days, LEAST_DAYS)
    rollups = max(keep.rollups_days, samples)
    found, newer = [], 0
    for one in sorted(stored, reverse=True):
        if newer >= rollups:
            found.append(Due(one.month, Past.ALL))
        elif newer >= samples and one.samples:
            found.append(Due(one.month, Past.SAMPLES))
        newer += one.days
    return found[::-1]


def usage(stored: Sequence[Stored], keep: Keeping, free: int) -> Usage:
    """How the disk is used, and how long it lasts when what is past its time goes as it does."""
    size, per_day = sum(one.size for one in stored), _per_day(stored)
    if per_day is None:
        over = keep.budget is not None and size > keep.budget
        return Usage(size, None, free, keep.budget, 0 if over else None, over)
    for day in range(HORIZON):
        then = _size_in(stored, keep, per_day, day)
        if keep.budget is not None and then > keep.budget:
            return Usage(size, per_day, free, keep.budget, day, True)
        if then - size > free:
            return Usage(size, per_day, free, keep.budget, day, False)
    return Usage(size, per_day, free, keep.budget, None, False)


def level(days: int | None) -> Level | None:
    """How grave it is that the disk lasts so many days; None = nothing to say."""
    if days is None or days > WARNING_DAYS:
        return None
    return Level.MAJOR if days <= MAJOR_DAYS else Level.WARNING


def survey(shelf: ReadShelf) -> list[Stored]:
    """The months' files as they are. A file that cannot be read is one without recorded days, which is logged."""
    return [_stored(shelf, month) for month in shelf.months]


def carry_out(shelf: Shelf, one: Due) -> bool:
    """Delete a month, or put a file without its samples in its place. False: it is in use, another time. StoreError."""
    path = shelf.path(one.month)
    try:
        done = shelf.swap(one.month, lambda: _delete(path)) if one.past is Past.ALL else _without_samples(shelf, one.month, path)
    except (DBAPIError, dbapi2.Error, OSError) as error:
        raise StoreError(code_of(error) or StoreCode.IO_ERROR, f"{path.name}: {error}") from error
    if done:
        logger.info("history of %06d: %s deleted, past their time", one.month, one.past)
    return done


def oldest_by_point(shelf: Months) -> list[Oldest]:
    """The oldest sample of each point that is sealed, read from its block; damaged blocks are passed over."""
    found: dict[str, int] = {}
    for month in shelf.months:
        try:
            points, _ = shelf.read(month, months.points, _SECONDS)
            for row in points:
                if row.key not in found and (time := shelf.read(month, lambda conn, row=row: _oldest(conn, row), _SECONDS)) is not None:  # type: ignore[misc]
                    found[row.key] = time
        except UNREADABLE as error:
            logger.warning("history of %06d cannot be read: %s", month, error)
    return [Oldest(key, time) for key, time in sorted(found.items())]


def _oldest(conn: Connection, point: PointRow) -> int | None:
    """The month's roll-up says in which hour; what was damaged or is not there makes it the next one."""
    scale = Scale(point.numerator, point.denominator)
    for hour in _hours(conn, point, scale):
        kept, _ = months.get(conn, Table.BLOCK, [hour << 16 | point.id])
        try:
            strip = decode(kept[0].data, scale) if kept else None
        except Damaged:
            continue
        if strip is not None and len(strip):
            return int(strip.time[0])
    return None


def _hours(conn: Connection, point: PointRow, scale: Scale) -> Sequence[int]:
    if months.edges(conn, Table.BLOCK) is None:
        return ()
    kept, _ = months.get(conn, Table.MONTH, [point.id])
    try:
        if kept:
            return [int(time) // HOUR_MS for time in decode(kept[0].data, scale).time]
    except Damaged:
        pass
    return [row.id for row in months.hours(conn)]


def _stored(shelf: ReadShelf, month: int) -> Stored:
    path = shelf.path(month)
    size = sum(one.stat().st_size for one in (path, *files.side_files(path)) if one.exists())
    try:
        days, samples = shelf.read(month, _content, _SECONDS)
    except UNREADABLE as error:
        logger.warning("history of %06d cannot be read: %s", month, error)
        return Stored(month, 0, size, False)
    return Stored(month, days, size, samples)


def _content(conn: Connection) -> tuple[int, bool]:
    return len({row.id // 24 for row in months.hours(conn)}), months.edges(conn, Table.BLOCK) is not None


def _per_day(stored: Sequence[Stored]) -> float | None:
    days = size = 0
    for one in sorted(stored, reverse=True):
        if one.samples and days < MEASURED_DAYS:
            days, size = days + one.days, size + one.size
    return size / (days - 0.5) if days > 1 else None  # of the day that runs half is there


def _size_in(stored: Sequence[Stored], keep: Keeping, per_day: float, day: int) -> float:
    """Bytes of the past after so many more recorded days."""
    newer, size = day, 0.0
    for one in sorted(stored, reverse=True):
        size += one.size * _left(newer, keep, one.samples)
        newer += one.days
    samples = min(day, keep.samples_days + MONTH_DAYS)
    rollups = min(day, keep.rollups_days + MONTH_DAYS) - samples
    return size + per_day * (samples + ROLLUPS * rollups)


def _left(newer: int, keep: Keeping, samples: bool) -> float:
    if newer >= keep.rollups_days:
        return 0.0
    return ROLLUPS if samples and newer >= keep.samples_days else 1.0


def _without_samples(shelf: Shelf, month: int, path: Path) -> bool:
    """The new file is made and checked beside; the old one is only replaced when nothing has changed since."""
    draft = path.with_name(f"{path.name}.part")
    draft.unlink(missing_ok=True)
    shelf.close_month(month)
    before = _marks(path)
    try:
        _copy(path, draft)
        _compare(path, draft)
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        put = False

        def swap() -> None:
            nonlocal put
            put = _marks(path) == before and _emptied(path)
            if put:
                draft.replace(path)
                files.sync_folder(path.parent)

        return shelf.swap(month, swap) and put
    finally:
        draft.unlink(missing_ok=True)


def _marks(path: Path) -> list[tuple[int, int]]:
    """What changes when somebody writes: a reader leaves an empty write-ahead log behind."""
    found = [one.stat() for one in (path, files.side_files(path)[0]) if one.exists()]
    return [(one.st_size, one.st_mtime_ns) for one in found if one.st_size]


def _copy(path: Path, draft: Path) -> None:
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, files.PRIVATE))
    with closing(dbapi2.connect(draft.absolute().as_uri(), uri=True, isolation_level=None)) as conn:
        for setting in (f"page_size={months.PAGE_SIZE}", "journal_mode=OFF", "synchronous=OFF"):
            conn.execute(f"PRAGMA {setting}")
        conn.execute("ATTACH ? AS old", (f"{path.absolute().as_uri()}?mode=ro",))
        conn.execute("BEGIN")
        for statement in months.TABLES:
            conn.execute(statement)
        for table in KEPT:
            conn.execute(f"INSERT INTO main.{table} SELECT * FROM old.{table}")
        for setting in ("application_id", "user_version"):
            conn.execute(f"PRAGMA main.{setting}={conn.execute(f'PRAGMA old.{setting}').fetchone()[0]}")
        conn.execute("COMMIT")


def _compare(path: Path, draft: Path) -> None:
    """Every row has arrived, and the same ones fit their CRC. StoreError."""
    if (was := _swept(path)) != (now := _swept(draft)):
        raise StoreError(StoreCode.IO_ERROR, f"the copy of {path.name} differs: {now} instead of {was}")


def _swept(path: Path) -> list[tuple[str, int, list[Broken]]]:
    def sweep(conn: Connection) -> list[tuple[str, int, list[Broken]]]:
        return [(table, *_rows(conn, table)) for table in KEPT]

    return ask(path, sweep)


def _rows(conn: Connection, table: str) -> tuple[int, list[Broken]]:
    total, last, broken = 0, -(2**62), list[Broken]()
    while True:
        number, last, some = months.sweep(conn, table, last, _ROWS)
        total, broken = total + number, broken + some
        if number < _ROWS:
            return total, broken


def _emptied(path: Path) -> bool:
    """Bring the write-ahead log into the file and delete it: the file that takes this one's place must not find it. False: it is in use."""
    with closing(dbapi2.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, isolation_level=None)) as conn:
        if conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            return False
    for side in files.side_files(path):
        side.unlink(missing_ok=True)
    return True


def _delete(path: Path) -> None:
    """First what belongs to it: a write-ahead log without its file would be taken for another one's."""
    for one in (*files.side_files(path), path):
        one.unlink(missing_ok=True)
    files.sync_folder(path.parent)
