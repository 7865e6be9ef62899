"""Writes the room file again with the ports on which the simulator really listens; all else, comments too, stays as it is."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from ruamel.yaml import YAML

NAME = "room.yaml"


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
    if profiles.is_dir():
        shutil.copytree(profiles, folder / "profiles", dirs_exist_ok=True)
    part = folder / f"{NAME}.part"
    with part.open("w", encoding="utf-8") as file:
        yaml.dump(document, file)
    return part.replace(folder / NAME)
