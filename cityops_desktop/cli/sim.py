"""`sim`: faults and story of a running demo room, and (hidden) the process that plays its equipment. Touches no real room."""

import json
import socket
import time
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import BaseModel

from cityops_desktop.cli.app import Data, Json, RoomFile, app, parts
from cityops_desktop.derive.source import measured
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.paths import default_data
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.access import find_door
from cityops_desktop.texts import N_, tr

SECONDS = 5.0
MOST_BYTES = 1_000_000

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

    run_sim(measured(load_room(room, parts.drivers)), room, folder, ready, speed=speed)


@faults.command("list", help=tr("Show which faults there are, on what, and which are active."))
def list_faults(data: Data = None, as_json: Json = False) -> None:
    """First the kinds, then what is active now."""
    kinds = _ask(data, {"fault": "kinds"}, _Kinds).model_dump()["kinds"]
    now = _ask(data, {"fault": "list"}, _Now).model_dump()
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
    started = _ask(data, order if amount is None else order | {"amount": amount}, _Started).fault
    typer.echo(tr("DEMO: {kind} {subject} has begun", **started.model_dump()))


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
    ended = _ask(data, order, _Stopped).stopped
    typer.echo(tr("DEMO: faults ended: {count}", count=ended))


@group.command(help=tr("Switch the demo's own small story of faults on or off."))
def story(
    switch: Annotated[Switch, typer.Argument(metavar="SWITCH", help=tr("on or off"))],
    data: Data = None,
) -> None:
    """While a fault of a person's is active the story pauses anyway."""
    _ask(data, {"story": switch is Switch.ON}, _Answer)
    typer.echo(tr("the story is on") if switch is Switch.ON else tr("the story is off"))


class _Answer(BaseModel):
    """What a simulator says; whatever else listens at its port says something else."""


class _Subject(_Answer):
    id: str
    zh: str
    en: str


class _Kind(_Answer):
    kind: str
    name: str
    hint: str
    unit: str
    usual: float
    least: float
    most: float
    subjects: list[_Subject]


class _Fault(_Answer):
    kind: str
    subject: str
    amount: float
    since: int


class _Kinds(_Answer):
    kinds: list[_Kind]


class _Now(_Answer):
    active: list[_Fault]
    played: list[_Fault]
    story: bool
    speed: float


class _Started(_Answer):
    fault: _Fault


class _Stopped(_Answer):
    stopped: int


class _Problem(_Answer):
    what: str = N_("the simulator refused: {why}")
    do: str = N_("look at the arguments")
    params: dict[str, str | int | float] = {}


class _Refused(_Answer):
    error: str
    problem: _Problem = _Problem()


M = TypeVar("M", bound=_Answer)


def _ask(data: Path | None, order: Mapping[str, object], answer: type[M]) -> M:
    """The simulator's answer. OperatorError when there is none, or when it refuses."""
    folder = (data or default_data().with_name("cityops-desktop-demo")) / "sim"
    door = find_door(folder)
    if door is None:
        raise _nobody(folder)
    try:
        with socket.create_connection(("127.0.0.1", door.port), timeout=SECONDS) as connection:
            connection.sendall(json.dumps({"token": door.token, **order}).encode() + b"\n")
            line = _line(connection)
        told = json.loads(line)
        if isinstance(told, dict) and told.get("ok") is True:
            return answer.model_validate(told)
        refused = _Refused.model_validate(told)
        params = {"why": refused.error, **refused.problem.params}
        for text in (refused.problem.what, refused.problem.do):
            tr(text).format(**params)
    except (OSError, ValueError, RecursionError, LookupError, AttributeError, OverflowError) as error:
        raise _nobody(folder) from error
    raise OperatorError(Problem(what=refused.problem.what, do=refused.problem.do, params=params), Exit.USAGE)


def _line(connection: socket.socket) -> bytes:
    """The line that is said; whoever says it in drops, or never ends it, is no simulator. OSError."""
    end = time.monotonic() + SECONDS
    line = b""
    while not line.endswith(b"\n"):
        if time.monotonic() > end or len(line) > MOST_BYTES:
            raise TimeoutError
        said = connection.recv(65536)
        if not said:
            raise ConnectionError
        line += said
    return line


def _nobody(folder: Path) -> OperatorError:
    return OperatorError(
        Problem(
            what=N_("no demo is running on this data directory"),
            do=N_("start one with: cityops-desktop demo"),
            where=str(folder.parent),
        ),
        Exit.NO_STATION,
    )
