"""`history verify|stats`: is the recorded past sound, how much of it is there, since when, and how long the disk lasts.

Reads a data directory, beside a running station, of a stopped one, or a copy.
"""

import json
import shutil
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.cli.app import Data, Json, app, parts
from cityops_desktop.cli.read import iso
from cityops_desktop.clock import SystemClock
from cityops_desktop.config import bundle, versions
from cityops_desktop.config.review import Side, room_of
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.history import retention
from cityops_desktop.history.retention import Usage
from cityops_desktop.history.verify import Finding, Harm, Report
from cityops_desktop.history.verify import verify as look_at
from cityops_desktop.model.rooms import Keeping, Room
from cityops_desktop.paths import default_data
from cityops_desktop.store import months, shelf
from cityops_desktop.store.months import HOUR_MS, PointRow, Table
from cityops_desktop.store.shelf import ReadShelf
from cityops_desktop.store.sqlite import ask, require_sound_sqlite
from cityops_desktop.store.store import RECORDS
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_, tr

Months = Annotated[list[int] | None, typer.Option("--month", help=tr("only this month (YYYYMM, UTC); repeatable"))]
_SECONDS = 600.0

group = typer.Typer(help=tr("The recorded past: verify it, measure it, write it into files, read it from files."), no_args_is_help=True)
app.add_typer(group, name="history")


@group.callback()
def history() -> None:
    """The recorded past."""


@group.command(help=tr("Look at every row of the recorded past: each damaged one is named, and the rest is looked at all the same."))
def verify(data: Data = None, month: Months = None, as_json: Json = False) -> None:
    """Exit code 9 when anything is damaged."""
    folder = place(data)
    zone = zone_of(folder)
    chosen = _chosen(folder, month)
    started = time.monotonic()
    report = look_at(folder, chosen, not month, _Progress())
    seconds = time.monotonic() - started
    if as_json:
        for finding in report.findings:
            typer.echo(json.dumps(_finding_json(finding, zone), ensure_ascii=False))
        rate = round(report.rows / seconds) if seconds else 0
        total = {"rows": report.rows, "findings": len(report.findings), "seconds": round(seconds, 1), "rows_per_second": rate}
        typer.echo(json.dumps(total | {"data": str(folder), "months": chosen}))
    else:
        _tell(report, zone, seconds)
    raise typer.Exit(int(Exit.WRONG if report.findings else Exit.OK))


@group.command(
    help=tr("How much of the past is kept: file by file, the oldest sample of each point, completeness, how long the disk lasts.")
)
def stats(data: Data = None, month: Months = None, as_json: Json = False) -> None:
    """Exit code 7 when nothing is sealed yet."""
    folder = place(data)
    room = room_of_data(folder)
    zone = ZoneInfo(room.timezone) if room is not None else UTC
    keep = room.history if room is not None else Keeping()
    held = ReadShelf(folder, SystemClock())
    try:
        chosen = _chosen(folder, month)
        if not chosen:
            do = N_("an hour is sealed when it has been over for a minute and a half")
            raise OperatorError(Problem(N_("nothing is sealed yet"), do, str(folder)), Exit.NO_VALUE)
        told = [_month(held, one) for one in chosen]
        oldest = {one.key: one.time for one in retention.oldest_by_point(held)}
        used = retention.usage(retention.survey(held), keep, shutil.disk_usage(folder).free)
    finally:
        held.close()
    _say_stats(told, oldest, used, keep, zone, as_json)


def place(data: Path | None) -> Path:
    """The data directory that is asked about. OperatorError when there is none."""
    require_sound_sqlite()
    folder = (data or default_data()).expanduser().absolute()
    if not folder.is_dir():
        raise OperatorError(
            Problem(N_("there is no data directory {path}"), N_("name it with --data"), params={"path": str(folder)}), Exit.STORE
        )
    return folder


def room_of_data(folder: Path) -> Room | None:
    """The room of the newest configuration version; None of a directory that has none, such as one with copied months only."""
    if not (folder / RECORDS).is_file():
        return None
    try:
        version = ask(folder / RECORDS, versions.newest)
        if version is None:
            return None
        return room_of(Side(bundle.unpack(version.content.files), version.content.overrides), parts.drivers)
    except (DBAPIError, OperatorError, versions.DamagedVersion, KeyError, ValueError):
        return None


def zone_of(folder: Path) -> tzinfo:
    """The room's time zone; UTC when it is not known."""
    room = room_of_data(folder)
    return ZoneInfo(room.timezone) if room is not None else UTC


def _chosen(folder: Path, wanted: Iterable[int] | None) -> list[int]:
    there = shelf.found(folder)
    missing = [one for one in wanted or () if one not in there]
    if missing:
        params = {"month": missing[0], "months": ", ".join(str(one) for one in there) or "-"}
        raise OperatorError(Problem(N_("there is no month {month}"), N_("months here: {months}"), str(folder), params), Exit.USAGE)
    return sorted(set(wanted)) if wanted else there


class _Progress:
    """Every ten seconds, or on a terminal at once and written over, how far it is."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._next = time.monotonic() + (1.0 if self._terminal else 10.0)

    def __call__(self, file: str, rows: int) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + (0.5 if self._terminal else 10.0)
            line = tr("{file}: {rows} rows looked at", file=file, rows=rows)
            typer.echo(f"\r\x1b[K{line}\r" if self._terminal else line, err=True, nl=not self._terminal)


def _finding_json(one: Finding, zone: tzinfo) -> dict[str, Any]:
    told: dict[str, Any] = {**asdict(one), "harm": str(one.harm)}
    return told | {"time": None if one.time is None else _at(one.time, zone)}


def _tell(report: Report, zone: tzinfo, seconds: float) -> None:
    for one in report.findings:
        typer.echo(_sentence(one, zone))
    if report.findings:
        typer.echo("    → " + tr("take the file from a backup (“restore”), or keep it: what is sound in it stays readable"))
    verdict = tr("{count} findings", count=len(report.findings)) if report.findings else tr("The recorded past is sound")
    rate = round(report.rows / seconds) if seconds else 0
    typer.echo(
        tr("{verdict}: {rows} rows in {seconds} s ({rate} rows/s)", verdict=verdict, rows=report.rows, seconds=f"{seconds:.1f}", rate=rate)
    )


def _sentence(one: Finding, zone: tzinfo) -> str:
    of = tr(", ").join(part for part in (one.point, _at(one.time, zone) if one.time is not None else "") if part)
    row = f"{one.table} {one.id}" + (f" ({of})" if of else "")
    match one.harm:
        case Harm.CRC:
            what = tr("row {row} does not fit its checksum", row=row if one.id is not None else f"{one.table} ×{one.detail}")
        case Harm.CONTENT:
            what = tr("row {row} cannot be read: {detail}", row=row, detail=one.detail)
        case Harm.NO_POINT:
            what = tr("row {row} is of point number {number}, of which nothing is known", row=row, number=one.detail)
        case Harm.PAGE:
            until = tr("the end") if one.to is None else str(one.to)
            since = tr("the beginning") if one.id is None else row
            what = tr("rows from {since} to {until} of {table} cannot be read", since=since, until=until, table=one.table)
        case Harm.STRUCTURE:
            what = tr("its pages do not hang together: {detail}", detail=one.detail)
        case Harm.FILE:
            what = tr("the file is damaged: {detail}", detail=one.detail)
    return tr("{name}: {value}", name=one.file, value=what)


@dataclass(slots=True)
class _Counted:
    """A point in a month."""

    row: PointRow
    n: int = 0
    bad: int = 0


@dataclass(slots=True)
class _Month:
    """What is said of a month: bytes of its file and of what its tables hold, samples, sealed hours, first and last hour."""

    month: int
    size: int
    tables: dict[str, int] = field(default_factory=dict)
    points: dict[int, _Counted] = field(default_factory=dict)
    hours: int = 0
    days: int = 0
    span: tuple[int, int] | None = None
    samples: bool = True
    error: str = ""

    @property
    def total(self) -> int:
        return sum(one.n + one.bad for one in self.points.values())

    @property
    def complete(self) -> float | None:
        return _share((one.n, one.row.period, self.hours) for one in self.points.values())


def _month(held: ReadShelf, month: int) -> _Month:
    found = _Month(month, held.path(month).stat().st_size)
    try:
        held.read(month, lambda conn: _count(conn, found), _SECONDS)
    except (StoreError, DBAPIError, TypeError, ValueError) as error:
        found.error = str(getattr(error, "orig", None) or error)
    return found


def _count(conn: Connection, found: _Month) -> None:
    for table in (Table.BLOCK, Table.DAY, Table.MONTH):
        found.tables[table] = int(conn.exec_driver_sql(f"SELECT coalesce(sum(length(data)), 0) FROM {table}").scalar_one())
    found.points = {row.id: _Counted(row) for row in months.points(conn)[0]}
    for number, n, bad in months.counts(conn, -(2**62), 2**62):
        if (one := found.points.get(number & 0xFFFF)) is not None:
            one.n, one.bad = one.n + n, one.bad + bad
    hours = [row.id for row in months.hours(conn)]
    found.hours, found.days = len(hours), len({hour // 24 for hour in hours})
    found.span = (hours[0] * HOUR_MS, hours[-1] * HOUR_MS + HOUR_MS) if hours else None
    found.samples = months.edges(conn, Table.BLOCK) is not None


def _say_stats(told: list[_Month], oldest: dict[str, int], used: Usage, keep: Keeping, zone: tzinfo, as_json: bool) -> None:
    points = _by_key(told)
    if as_json:
        for one in told:
            typer.echo(json.dumps(_month_json(one), ensure_ascii=False))
        for key, (n, bad, complete) in points.items():
            since = None if key not in oldest else iso(oldest[key])
            typer.echo(json.dumps({"point": key, "samples": n + bad, "oldest": since, "complete": complete}, ensure_ascii=False))
        typer.echo(json.dumps({**used._asdict(), "samples_days": keep.samples_days, "rollups_days": keep.rollups_days}))
        return
    for line in (*_month_lines(told, zone), "", *_point_lines(points, oldest, zone), "", *_disk_lines(used, keep, zone)):
        typer.echo(line)


def _by_key(told: list[_Month]) -> dict[str, tuple[int, int, float | None]]:
    """Samples with and without a value of each point, and its completeness."""
    parts: dict[str, list[tuple[int, int, int, int]]] = {}
    for one in told:
        for own in one.points.values():
            parts.setdefault(own.row.key, []).append((own.n, own.bad, own.row.period, one.hours))
    return {
        key: (sum(n for n, *_ in some), sum(bad for _, bad, *_ in some), _share((n, period, hours) for n, _, period, hours in some))
        for key, some in sorted(parts.items())
    }


def _share(parts: Iterable[tuple[int, int, int]]) -> float | None:
    """Usable samples (n, period in ms, sealed hours) of those that the poll periods would have given; None when no period is known."""
    usable = wanted = 0.0
    for n, period, hours in parts:
        if period:
            usable, wanted = usable + min(n, hours * HOUR_MS / period), wanted + hours * HOUR_MS / period
    return round(usable / wanted, 4) if wanted else None


def _month_json(one: _Month) -> dict[str, Any]:
    per = {table: round(size / one.total, 4) for table, size in one.tables.items()} if one.total else {}
    return {
        "month": one.month,
        "bytes": one.size,
        "samples": one.total,
        "samples_kept": one.samples,
        "bytes_per_sample": round(one.size / one.total, 4) if one.total else None,
        "by_table": per,
        "hours": one.hours,
        "days": one.days,
        "oldest": None if one.span is None else iso(one.span[0]),
        "newest": None if one.span is None else iso(one.span[1]),
        "complete": one.complete,
        "error": one.error,
    }


def _month_lines(told: list[_Month], zone: tzinfo) -> Iterator[str]:
    yield tr("Month     MB   samples (million)   bytes/sample   blocks  minutes  hours   complete   from – to")
    for one in told:
        if one.error:
            yield f"{one.month}  " + tr("the file is damaged: {detail}", detail=one.error)
            continue
        total = one.total or 1
        each = "  ".join(f"{one.tables[table] / total:>7.3f}" for table in (Table.BLOCK, Table.DAY, Table.MONTH))
        span = "-" if one.span is None else f"{_at(one.span[0], zone)} – {_at(one.span[1], zone)}"
        kept = "" if one.samples else "  " + tr("roll-ups only")
        figures = f"{one.size / 1e6:>7.1f} {one.total / 1e6:>19.3f} {one.size / total:>14.3f} {each}"
        yield f"{one.month} {figures} {_percent(one.complete):>10}   {span}{kept}"


def _point_lines(points: dict[str, tuple[int, int, float | None]], oldest: dict[str, int], zone: tzinfo) -> Iterator[str]:
    yield tr("Oldest sample      complete   samples   point")
    for key, (n, bad, complete) in points.items():
        since = _at(oldest[key], zone) if key in oldest else "-"
        yield f"{since:<19} {_percent(complete):>7} {n + bad:>9}   {key}"


def _disk_lines(used: Usage, keep: Keeping, zone: tzinfo) -> Iterator[str]:
    yield tr("Samples are kept {samples} recorded days, minutes and hours {rollups}", samples=keep.samples_days, rollups=keep.rollups_days)
    per_day = "-" if used.per_day is None else f"{used.per_day / 1e6:.1f}"
    yield tr(
        "The past takes {size} MB, {per_day} MB more each day; {free} GB are free",
        size=f"{used.size / 1e6:.1f}",
        per_day=per_day,
        free=f"{used.free / 1e9:.1f}",
    )
    if used.days is None:
        yield (
            tr("As far as can be seen the disk lasts.")
            if used.per_day is not None
            else tr("How long the disk lasts is known after two recorded days.")
        )
        return
    day = f"{datetime.now(zone) + timedelta(days=used.days):%Y-%m-%d}"
    yield tr("The budget lasts until {day}", day=day) if used.by_budget else tr("The disk lasts until {day}", day=day)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _at(ms: int, zone: tzinfo) -> str:
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone):%Y-%m-%d %H:%M:%S}"
