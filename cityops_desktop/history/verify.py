"""Is every row of the past as it was written? Reads the months' files and the journal row by row, beside a running station too.

Each damaged row is named, and what lies behind a damaged page is looked at all the same. Changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.history.block import decode
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.pack import Damaged
from cityops_desktop.store import frames, months, shelf
from cityops_desktop.store.months import DAY_MS, HOUR_MS, Kept, PointRow, Table
from cityops_desktop.store.sqlite import reading_engine
from cityops_desktop.store.store import JOURNAL

DAMAGE = (DBAPIError, dbapi2.Error, TypeError, ValueError, OverflowError, AttributeError)
"""What reading a damaged file raises; the last four when a bit of its schema makes other columns of it."""
_ROWS = 2000
_FIRST = -(2**62)
_LAST = 2**62
_LATEST = 2**43
_MOST = 100
"""Sentences of SQLite's own check that are told of one file."""


class Harm(StrEnum):
    """What is wrong with a row, some rows, or a file."""

    CRC = "crc"
    CONTENT = "content"
    NO_POINT = "no_point"
    PAGE = "page"
    STRUCTURE = "structure"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Finding:
    """`id` to `to` are rows of `table`; `point` and `time` (UTC ms) say of what the row is, where that is known; `detail` is SQLite's or
    ours."""

    file: str
    harm: Harm
    table: str = ""
    id: int | None = None
    to: int | None = None
    point: str = ""
    time: int | None = None
    detail: str = ""


@dataclass(slots=True)
class Report:
    """How many rows were looked at, and what was found."""

    rows: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(data: Path, chosen: Sequence[int], journal: bool, told: Callable[[str, int], None] = lambda file, rows: None) -> Report:
    """Look at these months (YYYYMM) and, if wanted, at the journal. `told` hears the file and the rows looked at so far."""
    report = Report()
    for month in chosen:
        _month(shelf.path_of(data, month), report, told)
    if journal and (data / JOURNAL).exists():
        _journal(data / JOURNAL, report, told)
    return report


def _month(path: Path, report: Report, told: Callable[[str, int], None]) -> None:
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as conn:
            report.findings += _whole(conn, path.name, months.MONTH_ID, months.TABLES)
            look = _Look(conn, path.name, report, told)
            for table in months.COLUMNS:
                look.at(table)
    except DAMAGE as error:
        report.findings.append(Finding(path.name, Harm.FILE, detail=_text(error)))
    finally:
        engine.dispose()


def _whole(conn: Connection, name: str, number: int, tables: Sequence[str]) -> Iterator[Finding]:
    """The file's head, its schema, and how its pages hang together."""
    with conn.begin():
        found = conn.exec_driver_sql("PRAGMA application_id").scalar()
        if found != number:
            yield Finding(name, Harm.FILE, detail=f"application_id {found}")
        schema = {" ".join(str(row[0]).split()) for row in conn.exec_driver_sql("SELECT sql FROM sqlite_master WHERE sql > ''")}
        for statement in tables:
            if " ".join(statement.split()) not in schema:
                yield Finding(name, Harm.FILE, detail=f"the schema of {statement.split('(')[0].removeprefix('CREATE TABLE ')}")
    try:
        with conn.begin():
            for (said,) in conn.exec_driver_sql(f"PRAGMA quick_check({_MOST})"):
                if said != "ok":
                    yield Finding(name, Harm.STRUCTURE, detail=" ".join(str(said).split()))
    except DAMAGE as error:
        yield Finding(name, Harm.STRUCTURE, detail=_text(error))


class _Look:
    """One way through a month's file."""

    def __init__(self, conn: Connection, name: str, report: Report, told: Callable[[str, int], None]) -> None:
        self._conn, self._name, self._report, self._told = conn, name, report, told
        self._points: dict[int, PointRow] = {}
        self._unknown: set[int] = set()

    def at(self, table: str) -> None:
        """Every row of a table that can be reached. Only the number of a sound row is believed: behind it one goes on."""
        last, step = _FIRST, 1
        while True:
            begun = last
            try:
                with self._conn.begin():
                    for row in months.each(self._conn, table, last):
                        last = self._row(table, row, last)
                break
            except DAMAGE as error:
                last = self._one_by_one(table, last)
                step = 1 if last > begun else 8 * step  # without a row between, farther and farther on
                behind = self._behind(table, last, step)
                self._found(Harm.PAGE, table, last + 1 if last > _FIRST else None, behind, _text(error))
                if behind is None:
                    break
                last = behind
        self._told(self._name, self._report.rows)

    def _one_by_one(self, table: str, last: int) -> int:
        """The rows before a damaged page: whoever reads several has met it before telling the last one."""
        while True:
            try:
                with self._conn.begin():
                    row = next(iter(months.each(self._conn, table, last, 1)), None)
            except DAMAGE:
                return last
            if row is None:
                return last
            self._row(table, row, last)
            number = row.id if isinstance(row, Kept | months.Broken) else int(row[0])
            if number <= last:
                return last
            last = number

    def _row(self, table: str, row: Any, last: int) -> int:
        self._report.rows += 1
        if not self._report.rows % _ROWS:
            self._told(self._name, self._report.rows)
        if isinstance(row, months.Broken):
            self._found(Harm.CRC, table, row.id)
            return last
        if isinstance(row, Kept):
            self._decode(Table(table), row)
        elif table == Table.POINT:
            self._points[row[0]] = PointRow(*row)
        return max(last, int(row[0]))

    def _decode(self, table: Table, row: Kept) -> None:
        number = row.id & 0xFFFF
        point = self._points.get(number)
        if point is None and number not in self._unknown:
            self._unknown.add(number)
            self._found(Harm.NO_POINT, table, row.id, detail=str(number))
        try:
            strip = decode(row.data, Scale(point.numerator, point.denominator) if point is not None else Scale(1, 1))
        except (Damaged, *DAMAGE) as error:
            self._found(Harm.CONTENT, table, row.id, detail=_text(error))
            return
        if table is Table.BLOCK and (int((strip.count > 0).sum()), len(strip)) != (row.n, row.n + row.bad):
            self._found(Harm.CONTENT, table, row.id, detail=f"{len(strip)} rows instead of {row.n + row.bad}")

    def _behind(self, table: str, last: int, step: int) -> int | None:
        """The id behind which rows can be read again, at least so many on; None when there is none."""
        bad = last + step - 1
        while not self._readable(table, last + step):
            bad = last + step
            step *= 2
            if last + step > _LAST:
                return None
        good = last + step
        while good - bad > 1:
            middle = (good + bad) // 2
            good, bad = (middle, bad) if self._readable(table, middle) else (good, middle)
        return good

    def _readable(self, table: str, after: int) -> bool:
        try:
            with self._conn.begin():
                months.sweep(self._conn, table, after, 1)
        except DAMAGE:
            return False
        return True

    def _found(self, harm: Harm, table: str, id: int | None, to: int | None = None, detail: str = "") -> None:
        point, time = "", None
        if id is not None and table in (Table.BLOCK, Table.DAY, Table.MONTH):
            known = self._points.get(id & 0xFFFF)
            point = known.key if known is not None else ""
            time = {Table.BLOCK: HOUR_MS, Table.DAY: DAY_MS}.get(Table(table), 0) * (id >> 16) or None
        elif id is not None and table == "hour":
            time = id * HOUR_MS
        if time is not None and not 0 < time < _LATEST:
            time = None  # a number that a flipped bit has made
        found = Finding(self._name, harm, str(table), id, to, point, time, detail)
        if found not in self._report.findings[-_MOST:]:
            self._report.findings.append(found)


def _journal(path: Path, report: Report, told: Callable[[str, int], None]) -> None:
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as conn:
            report.findings += _whole(conn, path.name, frames.JOURNAL_ID, frames.TABLES)
            with conn.begin():
                number = int(conn.exec_driver_sql("SELECT count(*) FROM layout").scalar_one())
                sound = frames.layouts(conn)
            if len(sound) < number:
                report.findings.append(Finding(path.name, Harm.CRC, "layout", detail=f"{number - len(sound)}"))
            with conn.begin():
                for frame in frames.since(conn, 0):
                    report.rows += 1
                    if not frame.sound:
                        report.findings.append(Finding(path.name, Harm.CRC, "frame", frame.t, time=frame.t))
            told(path.name, report.rows)
    except DAMAGE as error:
        report.findings.append(Finding(path.name, Harm.FILE, detail=_text(error)))
    finally:
        engine.dispose()


def _text(error: BaseException) -> str:
    return " ".join(str(getattr(error, "orig", None) or error or type(error).__name__).split())
