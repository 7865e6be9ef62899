"""`station`: the supervised station. `station-run` (hidden) is the station proper that the supervisor starts."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, Port, RoomFile, app, parts
from cityops_desktop.paths import default_data, prepare_data
from cityops_desktop.station.supervisor import supervise
from cityops_desktop.texts import N_, tr

DEFAULT_PORT = 18621
CONSOLES = {
    "console_frozen": N_("The screen {name} is not painted any more"),
    "console_back": N_("The screen {name} is painted again"),
    "console_closed": N_("The screen {name} was closed in order"),
    "console_forgotten": N_("The screen {name} has not come back for a day and is expected no more"),
}


@app.command(help=tr("Run the station: read the room, raise alarms, keep the record. Ends with SIGTERM or Ctrl-C."))
def station(
    room: RoomFile,
    data: Data = None,
    port: Port = DEFAULT_PORT,
    as_json: Json = False,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True, help=tr("stop when standard input ends"))] = False,
) -> None:
    """Starts, watches and restarts the station proper; passes its exit code on."""
    folder = prepare_data(data or default_data())
    command = [sys.executable, "-m", "cityops_desktop", "station-run"]
    command += ["--room", str(room.absolute()), "--data", str(folder), "--port", str(port)]

    def announce(event: dict[str, object]) -> None:
        typer.echo(json.dumps(event, ensure_ascii=False) if as_json else _sentence(event))
        sys.stdout.flush()

    raise typer.Exit(supervise(command, announce, data=folder, until_eof=until_eof))


@app.command("station-run", hidden=True, help=tr("The station proper; started by the supervisor."))
def station_run(
    room: RoomFile,
    data: Annotated[Path, typer.Option("--data", help=tr("the data directory"))],
    port: Port = 0,
    restarts: Annotated[int, typer.Option("--restarts", help=tr("how often it was restarted"))] = 0,
    restart_reason: Annotated[str, typer.Option("--restart-reason", help=tr("why it was restarted last"))] = "",
) -> None:
    """Speaks JSON lines to its supervisor on standard output and stops when its standard input is closed."""
    from cityops_desktop.station.begin import run_station

    raise typer.Exit(run_station(data, room, parts.drivers, port=port, restarts=restarts, restart_reason=restart_reason))


def _sentence(event: dict[str, object]) -> str:
    if event["event"] == "ready":
        return tr("The station reads the room and listens on {url}", url=event["url"])
    if event["event"] == "restarting":
        return tr("The station fell ({reason}) and is being restarted", reason=event["reason"])
    if event["event"] in CONSOLES:
        return tr(CONSOLES[str(event["event"])], name=event["name"])
    if event["event"] == "station_down":
        return tr("The station has not come back for {seconds} s: somebody must look", seconds=round(float(str(event["seconds"]))))
    if event["event"] == "horn_mute":
        return tr("The horn cannot be heard: no sound player works here")
    return str(event)
