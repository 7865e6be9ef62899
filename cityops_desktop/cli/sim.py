"""`sim`: faults and story of a running demo room, and (hidden) the process that plays its equipment. Touches no real room."""

import json
import socket
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cityops_desktop.cli.app import Data, Json, RoomFile, app, parts
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.paths import default_data
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.access import find_door
from cityops_desktop.texts import N_, tr

SECONDS = 5.0

group = typer.Typer(help=tr("The simulated equipment of a running demo."), no_args_is_help=True)
faults = typer.Typer(help=tr("What goes wrong in the demo room."), no_args_is_help=True)
app.add_typer(group, name="sim")
group.add_typer(faults, name="fault")

Kind = Annotated[str, typer.Argument(metavar="KIND", help=tr("which fault, see `sim fault list`"))]
Subject = Annotated[str, typer.Argument(metavar="SUBJECT", help=tr("what it befalls: a device, rack, bus or contact"), show_default=False)]


class Switch(StrEnum):
    """On or off."""

    ON = "on"
    OFF = "off"


@group.callback()
def sim() -> None:
    """The simulated equipment of a running demo."""


@faults.callback()
def fault() -> None:
    """What goes wrong in the demo room."""


@group.command(hidden=True, help=tr("Play the devices of a room file with simulated values."))
def run(
    room: RoomFile,
    folder: Annotated[Path, typer.Option("--dir", help=tr("where ports and the resulting room file go"))],
    speed: Annotated[float, typer.Option("--speed", min=1, max=60, help=tr("seconds of the room in each second"))] = 1.0,
) -> None:
    """Prints {"event": "ready", "room": FILE} when every device answers."""
    from cityops_desktop.sim.run import run_sim

    def ready(path: Path) -> None:
        print(json.dumps({"event": "ready", "room": str(path)}), flush=True)  # noqa: T201

    run_sim(load_room(room, parts.drivers), room, folder, ready, speed=speed)


@faults.command("list", help=tr("Show which faults there are, on what, and which are active."))
def list_faults(data: Data = None, as_json: Json = False) -> None:
    """First the kinds, then what is active now."""
    kinds, now = _ask(data, {"fault": "kinds"})["kinds"], _ask(data, {"fault": "list"})
    if as_json:
        told = {name: now[name] for name in ("active", "played", "story", "speed")}
        typer.echo(json.dumps({"kinds": kinds, **told}, ensure_ascii=False))
        return
    for kind in kinds:
        unit = f" {kind['unit']}" if kind["unit"] else ""
        amount = tr("{least:g} to {most:g}{unit}, {usual:g} if not said", **{**kind, "unit": unit}) if kind["most"] else ""
        typer.echo(f"{kind['kind']:<24}{tr(kind['name'])}{': ' if amount else ''}{amount}")
        subjects = kind["subjects"]
        shown = ", ".join(subject["id"] for subject in subjects[:12])
        if subjects:
            typer.echo(f"{'':<24}{shown}{' …' if len(subjects) > 12 else ''}")
    typer.echo("")
    for active in now["active"]:
        typer.echo(tr("active: {kind} {subject}", **active))
    for active in now["played"]:
        typer.echo(tr("played by the story: {kind} {subject}", **active))
    if not now["active"]:
        typer.echo(tr("no fault of a person's is active"))
    typer.echo(tr("the story is on") if now["story"] else tr("the story is off"))


@faults.command(help=tr("Let something go wrong in the demo room, until it is stopped."))
def start(
    kind: Kind,
    subject: Subject = "",
    amount: Annotated[float | None, typer.Option("--amount", help=tr("how much, in the unit of this fault"), show_default=False)] = None,
    data: Data = None,
) -> None:
    """The same fault on the same subject again only changes its amount."""
    order: dict[str, object] = {"fault": "start", "kind": kind, "subject": subject}
    started = _ask(data, order if amount is None else order | {"amount": amount})["fault"]
    typer.echo(tr("DEMO: {kind} {subject} has begun", **started))


@faults.command(help=tr("End a fault of the demo room, all of a kind, or all."))
def stop(
    kind: Kind = "",
    subject: Subject = "",
    every: Annotated[bool, typer.Option("--all", help=tr("end every fault"))] = False,
    data: Data = None,
) -> None:
    """What the story plays goes on."""
    if bool(kind) == every:
        raise OperatorError(Problem(what=N_("it is not said which fault is to end"), do=N_("name a kind, or write --all")), Exit.USAGE)
    order: dict[str, object] = {"fault": "stop"}
    if kind:
        order["kind"] = kind
    if subject:
        order["subject"] = subject
    ended = int(_ask(data, order)["stopped"])
    typer.echo(tr("DEMO: faults ended: {count}", count=ended))


@group.command(help=tr("Switch the demo's own small story of faults on or off."))
def story(
    switch: Annotated[Switch, typer.Argument(metavar="SWITCH", help=tr("on or off"))],
    data: Data = None,
) -> None:
    """While a fault of a person's is active the story pauses anyway."""
    _ask(data, {"story": switch is Switch.ON})
    typer.echo(tr("the story is on") if switch is Switch.ON else tr("the story is off"))


def _ask(data: Path | None, order: Mapping[str, object]) -> dict[str, Any]:
    """The simulator's answer. OperatorError when there is none, or when it refuses."""
    folder = (data or default_data().with_name("cityops-desktop-demo")) / "sim"
    door = find_door(folder)
    if door is None:
        raise _nobody(folder)
    try:
        with socket.create_connection(("127.0.0.1", door.port), timeout=SECONDS) as connection, connection.makefile("rw") as file:
            file.write(json.dumps({"token": door.token, **order}) + "\n")
            file.flush()
            answer: dict[str, Any] = json.loads(file.readline())
    except (OSError, ValueError) as error:
        raise _nobody(folder) from error
    if not answer.get("ok"):
        problem = answer.get("problem") or {"what": N_("the simulator refused: {why}"), "do": N_("look at the arguments")}
        params = {"why": answer.get("error", ""), **problem.get("params", {})}
        raise OperatorError(Problem(what=problem["what"], do=problem["do"], params=params), Exit.USAGE)
    return answer


def _nobody(folder: Path) -> OperatorError:
    return OperatorError(
        Problem(
            what=N_("no demo is running on this data directory"),
            do=N_("start one with: cityops-desktop demo"),
            where=str(folder.parent),
        ),
        Exit.NO_STATION,
    )
