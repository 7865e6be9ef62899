"""`sim` (hidden): the process that plays the equipment of the demo room. Used by `demo` and by the tests."""

import json
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import RoomFile, app, parts
from cityops_desktop.room.load import load_room
from cityops_desktop.texts import tr


@app.command(hidden=True, help=tr("Play the devices of a room file with simulated values."))
def sim(
    room: RoomFile,
    folder: Annotated[Path, typer.Option("--dir", help=tr("where ports and the resulting room file go"))],
) -> None:
    """Prints {"event": "ready", "room": FILE} when every device answers."""
    from cityops_desktop.sim.run import run_sim

    loaded = load_room(room, parts.drivers)
    run_sim(loaded, room, folder, lambda path: print(json.dumps({"event": "ready", "room": str(path)}), flush=True))  # noqa: T201
