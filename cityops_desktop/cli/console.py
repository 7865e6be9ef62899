"""`console`: the window. It finds its station by the data directory, or as one of those on other machines that it was paired with.

It never starts one, unless told to with --private.
"""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, app, parts
from cityops_desktop.cli.processes import Running, StationProcess, refuse_installed
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.paths import default_data, prepare_data
from cityops_desktop.texts import N_, tr

Language = Annotated[str | None, typer.Option("--lang", help=tr("zh_CN or en; remembered"), show_default=False)]
Theme = Annotated[str | None, typer.Option("--theme", help=tr("light or dark; remembered"), show_default=False)]


@app.command(help=tr("Open the console window of a station."))
def console(
    data: Data = None,
    station: Annotated[
        str | None, typer.Option("--station", help=tr("a station on another machine that this console was paired with"), show_default=False)
    ] = None,
    pair: Annotated[
        str | None,
        typer.Option(
            "--pair", metavar="LINE", help=tr("pair with a station by the line it shows; - asks for the line"), show_default=False
        ),
    ] = None,
    listing: Annotated[bool, typer.Option("--stations", help=tr("list the stations that this console was paired with"))] = False,
    private: Annotated[Path | None, typer.Option("--private", help=tr("start a station of its own on this directory"))] = None,
    room: Annotated[Path | None, typer.Option("--room", help=tr("the room file of the private station"))] = None,
    lang: Language = None,
    theme: Theme = None,
    page: Annotated[str | None, typer.Option("--page", help=tr("overview, trends or alarms"))] = None,
    screenshot: Annotated[Path | None, typer.Option("--screenshot", help=tr("save a picture when the window closes"))] = None,
    wall: Annotated[bool, typer.Option("--wall", help=tr("only wall displays, full screen; the monitors are remembered"))] = False,
    screen: Annotated[
        list[int] | None, typer.Option("--screen", min=1, help=tr("a wall display on this monitor, counted from 1; repeatable"))
    ] = None,
    seconds: Annotated[float | None, typer.Option("--for", min=1, help=tr("close after so many seconds"))] = None,
    until_eof: Annotated[bool, typer.Option("--until-eof", hidden=True, help=tr("stop when standard input ends"))] = False,
) -> None:
    """Exit code 0 when closed."""
    if listing:
        return _list()
    if pair is not None:
        return _pair(pair, station)
    if until_eof:
        threading.Thread(target=_end_at_eof, name="stdin", daemon=True).start()
    running: Running | None = None
    if private is not None:
        if room is None:
            raise OperatorError(
                Problem(what=N_("a private station needs a room file"), do=N_("add --room FILE"), where="--private"), Exit.USAGE
            )
        refuse_installed(private)
        running = StationProcess(room, prepare_data(private), port=0)
    try:
        folder = private or data or (_folder(station) if station is not None else default_data())
        options: dict[str, object] = {"language": lang, "theme": theme, "page": page, "screenshot": screenshot, "seconds": seconds}
        options |= {"wall": wall or bool(screen), "screens": tuple(screen or ())}
        code = parts.open_console(folder, **options)
    finally:
        if running is not None:
            running.stop()
    raise typer.Exit(code)


def _pair(line: str, name: str | None) -> None:
    """A line that was typed at the prompt stands in no list of processes."""
    from cityops_desktop.cli.pairing import pair

    kept = pair(typer.prompt(tr("The line that the station shows")) if line == "-" else line, name)
    typer.echo(tr("Paired. Open it with: cityops-desktop console --station {name}", name=kept))


def _list() -> None:
    from cityops_desktop.link.remote import stations

    for name, address in stations().items():
        typer.echo(f"{name}\t{address.url}\t{address.fingerprint}")


def _folder(name: str) -> Path:
    from cityops_desktop.cli.pairing import known
    from cityops_desktop.link.remote import stations_folder

    known(name)
    return stations_folder() / name


def _end_at_eof() -> None:
    """Whoever started this window has gone: it goes, too, as with a signal from outside."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)
