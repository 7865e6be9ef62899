"""The front door: the only file that imports drivers and the console, and hands them to the core."""

import gc
import multiprocessing
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cityops_desktop.model.drivers import Driver

MADE_BEFORE_LOOKED_FOR_GARBAGE = 50_000
"""Python's 700 looks some hundred times at the modules while they are imported, a fifth of a command's time, and finds nothing."""


def open_console(data: Path, **options: object) -> int:
    """Run the console window in this process. Imported late: a station never loads Qt."""
    from ui.app import run as run_console

    return run_console(data, **options)  # type: ignore[arg-type]


def load_drivers() -> Mapping[str, "Driver"]:
    """All drivers, by the name that room files use."""
    from drivers.registry import DRIVERS

    return DRIVERS


def load_trap_reader() -> Callable[[bytes], str | None]:
    """What makes text of an SNMP message for the collected logs."""
    from drivers.snmp.message import told

    return told


def load_printer() -> Callable[..., None]:
    """What draws a report as a PDF, in a process that ends with it. Imported late: a station never loads Qt. ImportError."""
    from ui.paper.printing import write_pdf

    return write_pdf


def main() -> int:
    """Entry point of `cityops-desktop` and `python -m cityops_desktop`."""
    gc.set_threshold(MADE_BEFORE_LOOKED_FOR_GARBAGE)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # numpy starts a thread per core for large matrices; none here
    try:
        return _command()
    finally:
        gc.freeze()  # the interpreter would look through all of it once more before it ends


def _command() -> int:
    from cityops_desktop.cli import app
    from cityops_desktop.errors import OperatorError
    from cityops_desktop.paths import check_layout

    try:
        check_layout()
    except OperatorError as error:
        app.tell(error)
        return int(error.exit_code)
    return app.run(load_drivers, open_console, load_trap_reader, load_printer)


if __name__ == "__main__":
    multiprocessing.freeze_support()
    sys.exit(main())
