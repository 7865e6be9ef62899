"""`trial report`: what a trial on lines that are only listened to has shown. Reads a data directory, beside a running station too."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

import typer
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from cityops_desktop.audit import reading
from cityops_desktop.cli.app import Data, app, parts
from cityops_desktop.cli.audit import From, To
from cityops_desktop.cli.read import iso
from cityops_desktop.cli.times import typed_ms
from cityops_desktop.clock import SystemClock
from cityops_desktop.config import bundle, versions
from cityops_desktop.config.review import Side, room_of
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.journal import between
from cityops_desktop.history.trial import BusTrial, DeviceTrial, Outage, Raised, Trial, trial
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.envelope import Strip, merged
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.rooms import Bus, Room
from cityops_desktop.paths import default_data
from cityops_desktop.sentences import bus_reason_text, level_name, reason_text
from cityops_desktop.store import alarms
from cityops_desktop.store.files import unusable
from cityops_desktop.store.months import DAY_MS
from cityops_desktop.store.schema import change
from cityops_desktop.store.shelf import ReadShelf
from cityops_desktop.store.sqlite import ask
from cityops_desktop.store.store import JOURNAL, RECORDS
from cityops_desktop.texts import N_, pick, tr

EVERYTHING = 1_000_000
"""Ended alarms that are read."""
HEAD = ("kind", "bus", "device", "point", "since", "until", "level", "value", "limit", "seconds", "count", "detail")
T = TypeVar("T")

group = typer.Typer(help=tr("A trial beside an existing host, on lines that are only listened to."), no_args_is_help=True)
app.add_typer(group, name="trial")


class Form(StrEnum):
    """How the report is told."""

    TEXT = "text"
    CSV = "csv"
    JSON = "json"


@group.callback()
def trials() -> None:
    """A trial."""


@group.command(help=tr("What would have been known earlier: who is read how often, who is silent, what our limits raised and how early."))
def report(
    data: Data = None,
    bus: Annotated[list[str] | None, typer.Option("--bus", help=tr("only this bus; repeatable"))] = None,
    start: From = "",
    end: To = "",
    form: Annotated[Form, typer.Option("--format", help=tr("text, csv or json"))] = Form.TEXT,
) -> None:
    """Exit code 7 when nothing was recorded in that time."""
    folder = data or default_data()
    with reading.snapshot(folder):
        pass  # it is there, it is ours, and of this version
    room = _room(folder)
    zone = ZoneInfo(room.timezone)
    buses = _buses(room, bus or [])
    first, last, kept = _ask(folder / RECORDS, _records)
    if first is None or last is None:
        do = N_("start the station, and ask again in some days")
        raise OperatorError(Problem(N_("nothing has been recorded yet"), do, str(folder)), Exit.NO_VALUE)
    since, until = typed_ms(start, zone), typed_ms(end, zone)
    since, until = first if since is None else since, SystemClock().wall() if until is None else until
    keys = [point.key for device in room.devices if device.bus in {one.id for one in buses} for point in device.points]
    strips = _strips(folder, keys, max(since, until - DAY_MS), until)
    found = trial(room, buses, kept, strips, since, until)
    if form is Form.JSON:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False))
    elif form is Form.CSV:
        typer.echo(_table(found), nl=False)
    else:
        for line in _lines(found, room, zone):
            typer.echo(line)


def _strips(folder: Path, keys: list[str], since: int, until: int) -> dict[str, Strip]:
    """The samples of these points: those that are sealed, and what the journal holds since."""
    shelf = ReadShelf(folder, SystemClock())
    try:
        archive = Archive(shelf)
        parts = list(archive.samples(keys, since, until))
    finally:
        shelf.close()
    if (folder / JOURNAL).exists():
        parts += _ask(folder / JOURNAL, lambda conn: between(conn, keys, max(since, archive.until), until)).items()
    found: dict[str, list[Strip]] = {}
    for key, strip in parts:
        found.setdefault(key, []).append(strip)
    return {key: merged(*strips) for key, strips in found.items()}


def _room(folder: Path) -> Room:
    """The room of the newest configuration version, with what was changed at run time."""
    try:
        version = _ask(folder / RECORDS, versions.newest)
        if version is None:
            what = N_("no configuration version is kept here yet")
            raise OperatorError(Problem(what, N_("start the station once"), str(folder)), Exit.NO_VALUE)
        return room_of(Side(bundle.unpack(version.content.files), version.content.overrides), parts.drivers)
    except versions.DamagedVersion as error:
        raise bundle.damaged(folder / RECORDS, error.number, str(error)) from error


def _buses(room: Room, names: list[str]) -> list[Bus]:
    by_id = {one.id: one for one in room.buses}
    unknown = next((name for name in names if name not in by_id), None)
    if unknown is not None:
        params = {"name": unknown, "buses": ", ".join(by_id)}
        raise OperatorError(Problem(N_("there is no bus “{name}” in this room"), N_("buses here: {buses}"), "--bus", params), Exit.USAGE)
    chosen = [by_id[name] for name in names] or [one for one in room.buses if getattr(one.options, "listen_only", False)]
    if not chosen:
        do = N_("write listen_only: true for the bus, or name a bus with --bus")
        raise OperatorError(Problem(N_("no bus of this room is only listened to"), do), Exit.USAGE)
    return chosen


def _records(conn: Connection) -> tuple[int | None, int | None, list[Alarm]]:
    first, last = conn.execute(select(func.min(change.c.time), func.max(change.c.time))).one()
    return first, last, [*alarms.ended(conn, EVERYTHING), *alarms.open_alarms(conn)]


def _ask(path: Path, question: Callable[[Connection], T]) -> T:
    """The answer from one snapshot of this file. OperatorError when it cannot be read."""
    try:
        return ask(path, question)
    except DBAPIError as error:
        raise unusable(path, error) from error


def _lines(found: Trial, room: Room, zone: tzinfo) -> Iterator[str]:
    if room.origin != "real":
        yield f"【{tr('DEMO')}】"
    yield tr("Trial report of {room}, {since} to {until}", room=pick(room.names), since=_at(found.start, zone), until=_at(found.end, zone))
    for bus in found.buses:
        yield from _bus_lines(bus, found, room, zone)
    yield ""
    yield tr("What is not known")
    if found.curves is None:
        yield "  " + tr("No samples are kept of this time: how often devices are read, and which values were bad, is not known.")
    else:
        since, until = (_at(moment, zone) for moment in found.curves)
        text = tr(
            "Of the samples the last day is looked through: cadence and bad values are those from {since} to {until}.",
            since=since,
            until=until,
        )
        yield f"  {text}"
    yield "  " + tr("Whether the existing host raised an alarm, and when, cannot be heard on the line: compare with its own log.")
    for gap in found.gaps:
        yield "  " + tr("Nothing was recorded {span}.", span=_span(gap, zone))


def _bus_lines(bus: BusTrial, found: Trial, room: Room, zone: tzinfo) -> Iterator[str]:
    names = {one.id: pick(one.names) for one in room.buses}
    yield ""
    mark = tr("listened to only") if bus.listen_only else tr("polled by this station")
    yield f"{tr('Line {name}', name=names[bus.id])} ({mark})"
    for outage in bus.lost:
        yield "  " + tr("could not be heard {span}: {reason}", span=_span(outage, zone), reason=_reason(outage.detail))
    for device in bus.devices:
        yield from _device_lines(device, found, room, zone)
    yield "  " + tr("Alarms that our limits raised: {count}", count=len(bus.raised))
    points = room.points()
    for one in bus.raised:
        point = points[one.point]
        value = "—" if one.value is None else f"{one.value:.{point.decimals}f} {point.unit}".strip()
        yield f"    {_at(one.time, zone)}  {level_name(one.level)}  {one.point} {pick(point.names)}  {value}  {_lead(one)}"


def _device_lines(device: DeviceTrial, found: Trial, room: Room, zone: tzinfo) -> Iterator[str]:
    name = next(pick(one.names) for one in room.devices if one.id == device.id)
    every = tr("not known how often") if device.every is None else tr("read every {seconds} s", seconds=f"{device.every:.1f}")
    heard = (
        tr("{heard} of {points} points heard", heard=device.heard, points=device.points) if found.curves else tr("points heard: not known")
    )
    yield "  " + tr("{name}: {value}", name=f"{device.id} {name}", value=tr(", ").join((every, heard)))
    for outage in device.silent:
        yield "    " + tr("did not answer {span}", span=_span(outage, zone))
    for bad in device.bad:
        reason = reason_text(bad.reason)
        span = _span(Outage(bad.first, bad.last), zone)
        words = tr("{count} readings without a value, {reason}, {span}", count=bad.count, reason=reason, span=span)
        yield "    " + tr("{name}: {value}", name=bad.point, value=words)


def _lead(one: Raised) -> str:
    if one.lead is not None:
        return tr("{limit} had warned {minutes} min before", limit=one.early, minutes=f"{one.lead / 60:.1f}")
    return tr("no milder limit was broken before") if one.milder else tr("lead not known: the point has no milder limit")


def _reason(detail: str) -> str:
    try:
        return bus_reason_text(Reason(detail))
    except ValueError:
        return detail


def _span(outage: Outage, zone: tzinfo) -> str:
    until = tr("still now") if outage.until is None else _at(outage.until, zone)
    return tr("from {since} to {until}", since=_at(outage.since, zone), until=until)


def _at(ms: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(ms / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")


def _table(found: Trial) -> str:
    """One row a finding; what is not known is empty."""
    out = io.StringIO()
    rows = csv.DictWriter(out, HEAD, restval="")
    rows.writeheader()
    known = found.curves or (None, None)
    for gap in found.gaps:
        rows.writerow({"kind": "gap", **_when(gap), "detail": gap.detail})
    for bus in found.buses:
        for lost in bus.lost:
            rows.writerow({"kind": "bus_lost", "bus": bus.id, **_when(lost), "detail": lost.detail})
        for device in bus.devices:
            own = {"bus": bus.id, "device": device.id}
            span = {"since": _iso(known[0]), "until": _iso(known[1])}
            rows.writerow({"kind": "cadence", **own, **span, "seconds": _figure(device.every), "count": device.heard})
            for silent in device.silent:
                rows.writerow({"kind": "silent", **own, **_when(silent)})
            for bad in device.bad:
                span = {"since": _iso(bad.first), "until": _iso(bad.last)}
                rows.writerow({"kind": "bad", **own, "point": bad.point, **span, "count": bad.count, "detail": str(bad.reason or "")})
        for one in bus.raised:
            span = {"since": _iso(one.time), "until": _iso(one.until)}
            figures = {"value": _figure(one.value), "limit": _figure(one.limit), "seconds": _figure(one.lead)}
            own = {"bus": bus.id, "point": one.point, "level": one.level.name.lower()}
            rows.writerow({"kind": "alarm", **own, **span, **figures, "detail": one.early or ""})
    return out.getvalue()


def _when(outage: Outage) -> dict[str, str]:
    return {"since": _iso(outage.since), "until": _iso(outage.until)}


def _iso(ms: int | None) -> str:
    return "" if ms is None else iso(ms)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
