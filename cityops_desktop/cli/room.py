"""`room check`: is a room file right, and what does it describe. `room schema`: what an editor needs to help with one."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Json, app, parts, tell
from cityops_desktop.errors import OperatorError
from cityops_desktop.room.describe import describe
from cityops_desktop.room.load import load_room
from cityops_desktop.room.schema import profile_schema, room_schema
from cityops_desktop.texts import pick, tr

group = typer.Typer(help=tr("Work with room files."), no_args_is_help=True)
app.add_typer(group, name="room")


@group.command(help=tr("Check a room file and its profiles; every mistake is named with file, line and cure."))
def check(
    file: Annotated[Path, typer.Argument(help=tr("the room file"))],
    as_json: Json = False,
) -> None:
    """Exit code 0 = right, 3 = mistakes."""
    try:
        room = load_room(file, parts.drivers)
    except OperatorError as error:
        if as_json:
            for problem in error.problems:
                told = {"where": problem.where, "what": tr(problem.what, **problem.params), "do": tr(problem.do, **problem.params)}
                typer.echo(json.dumps(told, ensure_ascii=False))
        else:
            tell(error)
        raise typer.Exit(int(error.exit_code)) from error
    account = describe(room, parts.drivers)
    if as_json:
        typer.echo(json.dumps(asdict(account), ensure_ascii=False))
        return
    typer.echo(f"{file}: {pick(room.names)} ({room.domain})")
    counts = {"devices": account.devices, "points": account.points, "limits": account.limits, "racks": account.racks}
    typer.echo(tr("{devices} devices, {points} points, {limits} limits, {racks} racks: no mistakes found", **counts))
    for bus in account.buses:
        line = tr("{devices} devices, {points} points in {requests} requests, {load} of the line's time").format(
            devices=bus.devices, points=bus.points, requests=bus.requests, load=f"{bus.load:.0%}"
        )
        typer.echo(f"  {bus.bus:<12} {bus.driver:<15} {bus.resource:<28} {line}")


@group.command(help=tr("Print the JSON Schema of room files, with which an editor completes keys and marks mistakes."))
def schema(
    profile: Annotated[bool, typer.Option("--profile", help=tr("of device profiles instead"))] = False,
) -> None:
    """JSON Schema 2020-12; docs/room-file.md says how to use it."""
    made = profile_schema(parts.drivers) if profile else room_schema(parts.drivers)
    typer.echo(json.dumps(made, ensure_ascii=False, indent=1))
