"""`station`: the supervised station, and its certificate. `station-run` and `station-outputs` (hidden) are what its supervisor starts."""

import gc
import ipaddress
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, Port, RoomFile, app, parts
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.paths import default_data, prepare_data
from cityops_desktop.sentences import start_text
from cityops_desktop.station.supervisor import supervise
from cityops_desktop.texts import N_, tr

DEFAULT_PORT = 18621
CONSOLES = {
    "console_frozen": N_("The screen {name} is not painted any more"),
    "console_back": N_("The screen {name} is painted again"),
    "console_closed": N_("The screen {name} was closed in order"),
    "console_forgotten": N_("The screen {name} has not come back for a day and is expected no more"),
}


Listen = Annotated[
    str | None,
    typer.Option(
        "--listen", metavar="ADDRESS:PORT", help=tr("let paired consoles of other machines in here, over TLS"), show_default=False
    ),
]
station_app = typer.Typer(
    help=tr("Run the station: read the room, raise alarms, keep the record. Ends with SIGTERM or Ctrl-C."), invoke_without_command=True
)
app.add_typer(station_app, name="station")


@station_app.callback()
def station(
    context: typer.Context,
    room: Annotated[Path | None, typer.Option("--room", help=tr("the room file"), show_default=False)] = None,
    data: Data = None,
    port: Port = DEFAULT_PORT,
    listen: Listen = None,
    as_json: Json = False,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True, help=tr("stop when standard input ends"))] = False,
) -> None:
    """Starts, watches and restarts the station proper; passes its exit code on."""
    if context.invoked_subcommand is not None:
        return
    if room is None:
        raise typer.BadParameter(tr("the station needs a room file"), param_hint="--room")
    place = _place(listen)
    folder = prepare_data(data or default_data())
    command = [sys.executable, "-m", "cityops_desktop", "station-run"]
    command += ["--room", str(room.absolute()), "--data", str(folder), "--port", str(port)]
    command += ["--listen", str(listen)] if place is not None else []

    def announce(event: dict[str, object]) -> None:
        typer.echo(json.dumps(event, ensure_ascii=False) if as_json else _sentence(event))
        sys.stdout.flush()

    relief = [sys.executable, "-m", "cityops_desktop", "station-outputs", "--data", str(folder)]
    raise typer.Exit(supervise(command, announce, data=folder, until_eof=until_eof, relief=relief))


@app.command("station-run", hidden=True, help=tr("The station proper; started by the supervisor."))
def station_run(
    room: RoomFile,
    data: Annotated[Path, typer.Option("--data", help=tr("the data directory"))],
    port: Port = 0,
    restarts: Annotated[int, typer.Option("--restarts", help=tr("how often it was restarted"))] = 0,
    restart_reason: Annotated[str, typer.Option("--restart-reason", help=tr("why it was restarted last"))] = "",
    listen: Listen = None,
    reconfigured: Annotated[bool, typer.Option("--reconfigured", help=tr("another configuration was applied"))] = False,
) -> None:
    """Speaks JSON lines to its supervisor on standard output and stops when its standard input is closed."""
    gc.disable()  # until the station is ready (station/run.py): what is made while it starts stays for good
    from cityops_desktop.station.begin import run_station
    from cityops_desktop.station.settle import Start

    start = Start(restarts, restart_reason, reconfigured)
    raise typer.Exit(run_station(data, room, parts.drivers, port=port, start=start, listen=_place(listen)))


@app.command("station-outputs", hidden=True, help=tr("Drives the alarm outputs while the station is not there; started by the supervisor."))
def station_outputs(data: Annotated[Path, typer.Option("--data", help=tr("the data directory"))]) -> None:
    """Ends with its standard input; a line "sound" on it says that the station has not come back in time."""
    from cityops_desktop.station.relief import run_relief

    raise typer.Exit(run_relief(data, parts.drivers))


@station_app.command("certificate", help=tr("Print the fingerprint of the station's certificate, which remote consoles pin."))
def certificate(
    data: Data = None,
    renew: Annotated[bool, typer.Option("--renew", help=tr("make a new key; every remote console must then be paired anew"))] = False,
    as_json: Json = False,
) -> None:
    """Works with and without a running station; a new certificate counts from its next start."""
    from cityops_desktop.station import tls

    folder = data or default_data()
    try:
        found = tls.read(folder)
        if renew:
            found = tls.make(prepare_data(folder), found.name if found is not None else "station", datetime.now(UTC))
    except (OSError, ValueError) as error:
        raise _unusable(folder / tls.FOLDER, error) from error
    if found is None:
        raise OperatorError(
            Problem(
                what=N_("there is no certificate yet"),
                do=N_("it is made when the station is first started with --listen ADDRESS:PORT"),
                where=str(folder / tls.FOLDER),
            )
        )
    if as_json:
        typer.echo(json.dumps({"fingerprint": found.fingerprint, "name": found.name, "ends": found.ends.isoformat(), "renewed": renew}))
        return
    typer.echo(found.fingerprint)
    if renew:
        typer.echo(tr("A new certificate was made. Restart the station; every remote console must then be paired anew."))


def _unusable(place: Path, error: Exception) -> OperatorError:
    return OperatorError(
        Problem(
            what=N_("the station's certificate cannot be used: {error}"),
            do=N_("put key.pem and cert.pem back as they were, or make new ones: cityops-desktop station certificate --renew"),
            where=str(place),
            params={"error": getattr(error, "strerror", None) or str(error)},
        ),
        Exit.STORE,
    )


def _place(listen: str | None) -> tuple[str, int] | None:
    """ADDRESS:PORT as two; an IPv6 address stands in brackets. BadParameter."""
    if listen is None:
        return None
    host, _, port = listen.rpartition(":")
    try:
        if not 0 <= int(port) < 65536:
            raise ValueError(port)
        return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))), int(port)
    except ValueError as error:
        text = tr("“{place}” is no address with a port: write 0.0.0.0:18622 for all addresses of this machine", place=listen)
        raise typer.BadParameter(text, param_hint="--listen") from error


def _sentence(event: dict[str, object]) -> str:
    if event["event"] == "ready":
        ready = tr("The station reads the room and listens on {url}", url=event["url"])
        if "remote" not in event:
            return ready
        more = tr("Remote consoles: {place}, certificate {fingerprint}", place=event["remote"], fingerprint=event["fingerprint"])
        return f"{ready}\n{more}"
    if event["event"] == "restarting":
        return tr("The station fell ({reason}) and is being restarted", reason=event["reason"])
    if event["event"] == "not_starting":
        return start_text(int(str(event["code"])))
    if event["event"] == "reconfiguring":
        return tr("Configuration version {number} was applied: the station starts anew with it", number=event["version"])
    if event["event"] in CONSOLES:
        return tr(CONSOLES[str(event["event"])], name=event["name"])
    if event["event"] == "station_down":
        return tr("The station has not come back for {seconds} s: somebody must look", seconds=round(float(str(event["seconds"]))))
    if event["event"] == "horn_mute":
        return tr("The horn cannot be heard: no sound player works here")
    return str(event)
