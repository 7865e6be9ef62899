"""The command line as a whole: the Typer application, its language, and how errors of the environment are told."""

import importlib
import json
import logging
import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cityops_desktop import __version__
from cityops_desktop.errors import Exit, OperatorError
from cityops_desktop.texts import set_language, system_language, tr

if TYPE_CHECKING:
    from cityops_desktop.model.drivers import Driver

set_language(system_language())

app = typer.Typer(
    name="cityops-desktop",
    help=tr("Duty console and monitoring station for machine rooms."),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Data = Annotated[Path | None, typer.Option("--data", help=tr("the data directory"), show_default=False)]
RoomFile = Annotated[Path, typer.Option("--room", help=tr("the room file"))]
Port = Annotated[int, typer.Option("--port", min=0, max=65535, help=tr("TCP port on 127.0.0.1, 0 = any free one"))]
Json = Annotated[bool, typer.Option("--json", help=tr("one JSON object per line"))]


def _no_printer() -> Callable[..., None]:
    raise ImportError("no printer")


class Parts:
    """What the front door hands in, so that the core imports neither drivers nor the console. Both are loaded at first use."""

    def __init__(self) -> None:
        self.load_drivers: Callable[[], Mapping[str, Driver]] = dict
        self.open_console: Callable[..., int] = lambda *_: int(Exit.INTERNAL)
        self.load_trap_reader: Callable[[], Callable[[bytes], str | None]] = lambda: lambda _: None
        self.load_printer: Callable[[], Callable[..., None]] = _no_printer

    @cached_property
    def drivers(self) -> "Mapping[str, Driver]":
        """The drivers by the name that room files use."""
        return self.load_drivers()


parts = Parts()


@app.callback()
def start(
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help=tr("log in detail to standard error"))] = False,
) -> None:
    """Common to all commands."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        handlers=[handler],
        force=True,
    )
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("httpx").setLevel(logging.WARNING)


@app.command(help=tr("Print the version."))
def version(as_json: Json = False) -> None:
    """Program, Python and the libraries that a report of a fault should name."""
    import platform

    facts = {"version": __version__, "python": platform.python_version(), "system": platform.platform()}
    if as_json:
        typer.echo(json.dumps(facts, ensure_ascii=False))
    else:
        typer.echo(f"cityops-desktop {__version__} (Python {facts['python']}, {facts['system']})")


MODULES = {
    "account": "account",
    "audit": "audit",
    "authenticator": "authenticator",
    "backup": "backup",
    "console": "console",
    "device": "device",
    "demo": "demo",
    "doctor": "doctor",
    "handover": "handover",
    "history": "history_files",
    "incident": "incident",
    "logs": "logs",
    "logs-run": "logs",
    "notify": "notify",
    "openapi": "openapi",
    "patrol": "patrol",
    "read": "read",
    "report": "report",
    "restore": "backup",
    "rights": "rights",
    "room": "room_versions",
    "room-review": "room_review",
    "sim": "sim",
    "station": "station",
    "station-outputs": "station",
    "station-run": "station",
    "trial": "trial",
    "usb-key": "usbkey",
    "wire": "wire",
}
"""Which module of this package holds a command."""


def register(wanted: Iterable[str] = MODULES) -> None:
    """Import the modules of these commands; each registers itself with the application."""
    for module in dict.fromkeys(MODULES[name] for name in wanted):
        importlib.import_module(f"cityops_desktop.cli.{module}")


def tell(error: OperatorError) -> None:
    """Print each problem: where, what, what to do."""
    for problem in error.problems:
        where = f"{problem.where}: " if problem.where else ""
        typer.echo(f"{where}{tr(problem.what, **problem.params)}", err=True)
        typer.echo(f"    → {tr(problem.do, **problem.params)}", err=True)


def run(
    load_drivers: "Callable[[], Mapping[str, Driver]]",
    open_console: Callable[..., int],
    load_trap_reader: Callable[[], Callable[[bytes], str | None]],
    load_printer: Callable[[], Callable[..., None]],
) -> int:
    """Run the command line of this process; returns the exit code."""
    parts.load_drivers, parts.open_console, parts.load_trap_reader = load_drivers, open_console, load_trap_reader
    parts.load_printer = load_printer
    # a console must not wait for the imports of all the other commands
    named = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), "")
    register([] if named == "version" else [named] if named in MODULES else MODULES)

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        app()
    except OperatorError as error:
        tell(error)
        return int(error.exit_code)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(Exit.OK)
    return int(Exit.OK)
