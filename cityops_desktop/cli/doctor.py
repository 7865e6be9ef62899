"""`doctor`: looks at everything that the program stands on and says in plain words what is fine, what is not and what to do."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, app, parts
from cityops_desktop.clock import SystemClock
from cityops_desktop.doctor.checks import Question, examine
from cityops_desktop.doctor.finding import Finding, State
from cityops_desktop.errors import Exit
from cityops_desktop.paths import default_data
from cityops_desktop.texts import N_, tr

AREAS = {
    "versions": N_("Versions"),
    "data": N_("Data directory"),
    "store": N_("Store"),
    "tls": N_("Remote consoles"),
    "room": N_("Room file"),
    "ports": N_("Serial ports"),
    "adapters": N_("USB adapters"),
    "network": N_("Gateways"),
    "logs": N_("Collecting logs"),
    "clock": N_("Clock"),
    "surroundings": N_("Fonts, display, sound"),
}
STATES = {
    State.FINE: N_("fine"),
    State.ADVICE: N_("advice"),
    State.WRONG: N_("WRONG"),
    State.UNKNOWN: N_("unknown"),
}


@app.command(help=tr("Look at versions, data, store, ports, clock and room file; say what is wrong and what to do. Changes nothing."))
def doctor(
    data: Data = None,
    room: Annotated[Path | None, typer.Option("--room", help=tr("check this room file and its ports, too"), show_default=False)] = None,
    connect: Annotated[bool, typer.Option("--connect", help=tr("connect once to the room file's gateways; nothing is sent"))] = False,
    ntp: Annotated[str | None, typer.Option("--ntp", help=tr("ask this time source how far the clock is off"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    """Exit code 0 = nothing is wrong, 9 = something is."""
    folder = (data or default_data()).expanduser().absolute()
    question = Question(folder, data is not None, room, connect, ntp)
    area, wrong = "", 0
    for finding in examine(question, parts.drivers, SystemClock()):
        wrong += finding.state is State.WRONG
        if as_json:
            typer.echo(json.dumps(_plain(finding), ensure_ascii=False))
            continue
        if finding.area != area:
            area = finding.area
            typer.echo(tr(AREAS[area]))
        _tell(finding)
    if not as_json:
        typer.echo(tr("Wrong: {count}", count=wrong) if wrong else tr("Nothing is wrong."))
    if wrong:
        raise typer.Exit(int(Exit.WRONG))


def _sentences(finding: Finding) -> tuple[str, str]:
    place = f"{finding.params['place']}: " if finding.params.get("place") else ""
    return place + tr(finding.what, **finding.params), tr(finding.do, **finding.params)


def _plain(finding: Finding) -> dict[str, str]:
    what, do = _sentences(finding)
    return {"area": finding.area, "state": finding.state.value, "what": what, "do": do}


def _tell(finding: Finding) -> None:
    what, do = _sentences(finding)
    typer.echo(f"  {tr(STATES[finding.state])}: {what}")
    if do:
        typer.echo(f"      → {do}")
