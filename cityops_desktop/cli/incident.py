"""`incident bundle|open`: everything about an incident as one sealed file, and what such a file is worth. Asks no station."""

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import DBAPIError

from cityops_desktop.audit import reading
from cityops_desktop.audit.heads import iso
from cityops_desktop.audit.keys import fingerprint, published
from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.history import place, room_of_data
from cityops_desktop.cli.history_files import origin_of
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.incidents.bundle import Bundle, Checked, NoBundle
from cityops_desktop.incidents.words import FINDINGS
from cityops_desktop.model.refused import Refused
from cityops_desktop.store.files import unusable
from cityops_desktop.store.store import RECORDS
from cityops_desktop.texts import N_, tr

group = typer.Typer(help=tr("Incidents: everything about one as a sealed file."), no_args_is_help=True)
app.add_typer(group, name="incident")


@group.callback()
def command_incident() -> None:
    """Incidents."""


@group.command(help=tr("Write everything about an incident into one sealed file: 72 hours of samples, alarms, the change log, notes."))
def bundle(
    incident: Annotated[str, typer.Argument(help=tr("the incident's number, such as 2026-001, or its id"))],
    data: Data = None,
    out: Annotated[Path | None, typer.Option("--out", help=tr("the file to be written; it must not be there"))] = None,
    stream: Annotated[bool, typer.Option("--stream", hidden=True, help=tr("for the station: to standard output"))] = False,
) -> None:
    """As the owner of the files; a console asks its running station, which adds frames and pictures."""
    if (out is None) is not stream:
        raise OperatorError(Problem(N_("say where the bundle is to be written"), N_("name the file with --out FILE")), Exit.USAGE)
    from cityops_desktop.cli import bundling

    if hasattr(os, "nice"):
        os.nice(10)
    folder = place(data)
    with reading.snapshot(folder):
        pass  # it is there, it is ours, and of this version
    room, origin, clock = room_of_data(folder), origin_of(folder), SystemClock()
    try:
        if stream:
            bundling.make(folder, incident, room, origin, sys.stdout.buffer, bundling.lines(sys.stdin.buffer), clock)
            sys.stdout.buffer.flush()
            return
        assert out is not None
        draft = _draft(out)
        try:
            with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                hash = bundling.make(folder, incident, room, origin, file, (), clock)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, out)  # never over a file that came meanwhile
        finally:
            draft.unlink(missing_ok=True)
    except Refused as error:
        do = N_("the page Incidents of a console shows the numbers")
        raise OperatorError(Problem(N_("there is no incident {id}"), do, params={"id": incident}), Exit.NO_VALUE) from error
    except DBAPIError as error:
        raise unusable(folder / RECORDS, error) from error
    except OSError as error:
        what, do = N_("the file cannot be written: {error}"), N_("free disk space or choose another place; nothing was left behind")
        where = str(out) if out else ""
        raise OperatorError(Problem(what, do, where, {"error": error.strerror or str(error)}), Exit.USAGE) from error
    typer.echo(tr("written: {file}", file=str(out)))
    typer.echo(tr("hash: {hash}", hash=hash))


@group.command("open", help=tr("Look whether a bundle is as it was sealed, and what it tells."))
def open_file(
    file: Annotated[Path, typer.Argument(help=tr("the bundle"))],
    data: Data = None,
    key: Annotated[str, typer.Option("--key", help=tr("fingerprint of the station's key, or its beginning (16 digits or more)"))] = "",
    as_json: Json = False,
) -> None:
    """Exit code 9 when anything was found, or when another key signed it than the one that is asked for."""
    try:
        opened = Bundle(file)
    except NoBundle as error:
        what, do = N_("this is no incident bundle: {error}"), N_("have it sent once more, and compare the hash")
        raise OperatorError(Problem(what, do, str(file), {"error": str(error)}), Exit.USAGE) from error
    try:
        checked = opened.check()
    finally:
        opened.close()
    own = published(place(data)) if data is not None else None
    wanted = key or (fingerprint(own) if own else "")
    other = bool(wanted) and not (len(wanted) >= 16 and checked.key.startswith(wanted.lower()))
    if as_json:
        typer.echo(json.dumps(_json(checked, other), ensure_ascii=False))
    else:
        _tell(checked, other, bool(wanted))
    raise typer.Exit(int(Exit.OK if checked.sound and not other else Exit.WRONG))


def _draft(out: Path) -> Path:
    if out.exists():
        raise OperatorError(Problem(N_("the file is there already"), N_("choose another name"), str(out)), Exit.USAGE)
    return out.with_name(f".{out.name}.{os.getpid()}.part")


def _json(checked: Checked, other: bool) -> dict[str, object]:
    findings = [{"code": code, "file": name} for code, name in checked.findings]
    told = {"sound": checked.sound, "other_key": other, "hash": checked.hash, "key": checked.key}
    return {**told, "findings": findings, "about": dict(checked.about)}


def _tell(checked: Checked, other: bool, compared: bool) -> None:
    about = checked.about
    for code, name in checked.findings:
        typer.echo(tr(FINDINGS[code], file=name))
    if other:
        typer.echo(tr("another key signed it than the one asked for: {key}", key=checked.key or "-"))
    incident = about["incident"]
    typer.echo(tr("The bundle is as it was sealed") if checked.sound else tr("The bundle is NOT as it was sealed"))
    typer.echo(tr("incident {number}: {title}", number=incident["number"], title=incident["title"]))
    room = about.get("room") or {}
    typer.echo(tr("room {room}, from {start} to {end}", room=room.get("id", "-"), start=iso(about["start"]), end=iso(about["end"])))
    points = about["points"]
    typer.echo(tr("{points} points, {samples} samples", points=len(points), samples=sum(one["samples"] for one in points)))
    typer.echo(tr("hash: {hash}", hash=checked.hash))
    typer.echo(tr("signed with the key {key}", key=checked.key or "-"))
    if not compared:
        typer.echo(tr("Compare the key with the station's own (audit head): whoever makes a bundle up signs it with another key."))
