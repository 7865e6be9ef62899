"""`wire frames|replay`: what went over a line of a running station, and a recorded device that answers as it did then."""

import os
import signal
import socket
import sys
import threading
import time
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import httpx
import typer

from cityops_desktop.cli.app import Data, app
from cityops_desktop.cli.client import ask, connect
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link import wire_files
from cityops_desktop.link.wire_files import Form, Unreadable
from cityops_desktop.link.wires import TraceInfo
from cityops_desktop.paths import default_data
from cityops_desktop.sim.replay import Descriptor, Replay, serve, serve_connections
from cityops_desktop.texts import N_, tr

AGAIN = 0.5
"""Seconds after which --follow asks again."""

group = typer.Typer(help=tr("What goes over a line: its frames, and a recorded device to try things on."), no_args_is_help=True)
app.add_typer(group, name="wire")


@group.callback()
def wire() -> None:
    """The wire."""


@group.command(help=tr("Print the frames that went over a line of a running station, oldest first."))
def frames(
    bus: Annotated[str, typer.Option("--bus", metavar="BUS", help=tr("the line, by its id in the room file"))],
    data: Data = None,
    follow: Annotated[bool, typer.Option("--follow", help=tr("go on with what comes, until Ctrl-C"))] = False,
    form: Annotated[Form, typer.Option("--format", help=tr("text to read, csv or json to keep: both can be replayed"))] = "text",
) -> None:
    """As far back as the station keeps them: some minutes of a full line."""
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    try:
        with connect(data or default_data()) as client:
            if head := wire_files.head(form):
                typer.echo(head)
            told = _print(client, bus, 0, form, zone)
            while follow:
                time.sleep(AGAIN)
                told = _print(client, bus, told, form, zone)
    except KeyboardInterrupt:
        raise typer.Exit(int(Exit.OK)) from None


def _print(client: httpx.Client, bus: str, after: int, form: Form, zone: tzinfo) -> int:
    """Everything after this piece; the number of the newest."""
    while True:
        told = TraceInfo.model_validate(ask(client, "GET", f"/api/v1/buses/{quote(bus, safe='')}/frames", params={"after": after}))
        for frame in told.frames:
            typer.echo(wire_files.line(frame, form, zone))
        if told.lost and after:
            typer.echo(tr("{n} pieces were not kept", n=told.lost), err=True)
        if not told.more:
            return told.next if told.next >= after else 0
        after = told.next


@group.command(help=tr("Be the device of a recording: answer each recorded question as it was answered then."))
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=tr("frames saved as CSV or JSON lines"))],
    port: Annotated[
        str, typer.Option("--port", metavar="PATH", help=tr("the serial port to answer on; without it a new pseudo-terminal"))
    ] = "",
    listen: Annotated[str, typer.Option("--listen", metavar="ADDRESS:PORT", help=tr("answer connections here instead"))] = "",
    baudrate: Annotated[int, typer.Option("--baudrate", min=300, help=tr("speed of the serial port"))] = 9600,
) -> None:
    """Until Ctrl-C. A question that was not recorded gets no answer, and is printed."""
    if port and listen:
        raise OperatorError(Problem(what=N_("a serial port and an address were named"), do=N_("give --port or --listen")), Exit.USAGE)
    recorded = _recording(file)
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    if listen:
        _replay_connections(recorded, listen, stop)
    elif os.name != "posix":
        raise OperatorError(Problem(what=N_("no serial port can be answered on here"), do=N_("give --listen")), Exit.USAGE)
    elif port:
        _replay_port(recorded, port, baudrate, stop)
    else:
        _replay_terminal(recorded, stop)


def _recording(file: Path) -> Replay:
    try:
        kept = Replay(wire_files.read(file.read_text("utf-8")))
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(
            Problem(what=N_("cannot be read: {error}"), do=N_("name another file"), where=str(file), params={"error": str(error)}),
            Exit.USAGE,
        ) from error
    except Unreadable as error:
        raise OperatorError(
            Problem(
                what=N_("is no file of frames: {error}"),
                do=N_("save one with: wire frames --format csv"),
                where=f"{file}:{error.line}",
                params={"error": error.detail},
            ),
            Exit.USAGE,
        ) from error
    if not kept.answers:
        raise OperatorError(
            Problem(what=N_("holds no question with an answer"), do=N_("record for longer, while the device answers"), where=str(file)),
            Exit.USAGE,
        )
    return kept


def _ready(recorded: Replay, where: str) -> None:
    typer.echo(
        tr(
            "{questions} questions, {answers} answers: listening on {where}",
            questions=recorded.questions,
            answers=recorded.answers,
            where=where,
        )
    )
    sys.stdout.flush()


def _unknown(data: bytes) -> None:
    typer.echo(tr("not recorded: {bytes}", bytes=wire_files.grouped(data.hex())), err=True)


def _replay_connections(recorded: Replay, listen: str, stop: threading.Event) -> None:
    host, _, number = listen.rpartition(":")
    try:
        listener = socket.create_server((host.strip("[]"), int(number)))
    except (OSError, ValueError, OverflowError) as error:
        raise _no_place(listen, error) from error
    with listener:
        _ready(recorded, f"{host}:{listener.getsockname()[1]}")
        serve_connections(recorded, listener, stop, _unknown)


def _replay_terminal(recorded: Replay, stop: threading.Event) -> None:
    import tty

    ours, theirs = os.openpty()
    try:
        tty.setraw(theirs)
        _ready(recorded, os.ttyname(theirs))
        serve(recorded, Descriptor(ours), stop, _unknown)
    finally:
        os.close(theirs)
        os.close(ours)


def _replay_port(recorded: Replay, port: str, baudrate: int, stop: threading.Event) -> None:
    import serial

    try:
        opened = serial.Serial(port, baudrate=baudrate, exclusive=True)
    except (OSError, ValueError) as error:
        raise _no_place(port, error) from error
    with opened:
        _ready(recorded, port)
        serve(recorded, Descriptor(opened.fileno()), stop, _unknown)


def _no_place(where: str, error: Exception) -> OperatorError:
    return OperatorError(
        Problem(what=N_("cannot be opened: {error}"), do=N_("name another"), where=where, params={"error": str(error)}), Exit.USAGE
    )
