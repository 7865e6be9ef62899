"""Writes the room file again with the ports on which the simulator really listens; all else, comments too, stays as it is."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML

from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.texts import N_

NAME = "room.yaml"


def prepare(room_path: Path, folder: Path) -> None:
    """Make the folder and take away what an earlier run wrote there. OperatorError when that would be the room file itself."""
    written = folder / NAME
    if written.resolve() == room_path.resolve():
        raise OperatorError(
            Problem(
                what=N_("the simulator would overwrite the room file itself"),
                do=N_("choose another directory with --dir"),
                where=str(room_path),
            )
        )
    folder.mkdir(parents=True, exist_ok=True)
    written.unlink(missing_ok=True)


def write(room_path: Path, folder: Path, wires: Mapping[str, Mapping[str, str | int]]) -> Path:
    """`folder/room.yaml` with `wires[bus id]` (port, host) put in, whole or not at all. Profiles beside the room file come along."""
    yaml = YAML(typ="rt")
    yaml.preserve_quotes = True
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    with room_path.open(encoding="utf-8") as file:
        document = yaml.load(file)
    for bus in document["buses"]:
        bus.update(wires.get(str(bus["id"]), {}))
    profiles = room_path.parent / "profiles"
    if profiles.is_dir() and room_path.parent.resolve() != folder.resolve():
        shutil.copytree(profiles, folder / "profiles", dirs_exist_ok=True)
    part = folder / f"{NAME}.part"
    with part.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    return part.replace(folder / NAME)
