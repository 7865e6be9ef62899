"""NetBox's device types and rack types, read as they are from the folders beside the room file. Keeps of them what a rack needs.

Keys that we do not use are not looked at: NetBox's own schema has changed with the years. What we use is checked as strictly
as the room file. Never writes, never asks NetBox itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cityops_desktop.errors import OperatorError
from cityops_desktop.room.document import MAX_BYTES, DocumentError, read_document
from cityops_desktop.room.findings import Findings, keys_of, nearest
from cityops_desktop.room.grammar import Slug
from cityops_desktop.room.tree import Node
from cityops_desktop.texts import N_

DEVICE_TYPES, RACK_TYPES = "device-types", "rack-types"
MOST_BYTES = 1_000_000
"""Of a type's file; the largest of the public library has a tenth of it."""
_METRES = {"mm": 0.001, "in": 0.0254}
_SLUG = re.compile(rb"^slug:[ \t]*[\"']?([-a-z0-9_]+)[\"']?[ \t]*(?:#.*)?\r?$", re.MULTILINE)

Label = Annotated[str, Field(min_length=1, max_length=100)]


class _Foreign(BaseModel):
    """Base of all: only what we use, the rest is NetBox's."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)


class PowerPortPart(_Foreign):
    """An entry of `power-ports:`."""

    maximum_draw: Annotated[float, Field(gt=0, le=1_000_000)] | None = None


class DeviceTypePart(_Foreign):
    """What we use of a device type."""

    manufacturer: Label
    model: Label
    slug: Slug
    u_height: Annotated[float, Field(ge=0, le=100, multiple_of=0.5)]
    is_full_depth: bool = True
    ports: Annotated[list[PowerPortPart], Field(alias="power-ports")] = []


class RackTypePart(_Foreign):
    """What we use of a rack type."""

    manufacturer: Label
    model: Label
    slug: Slug
    u_height: Annotated[int, Field(ge=1, le=100)]
    starting_unit: Annotated[int, Field(ge=1, le=100)] = 1
    desc_units: bool = False
    outer_width: Annotated[float, Field(gt=0, le=10_000)] | None = None
    outer_depth: Annotated[float, Field(gt=0, le=10_000)] | None = None
    outer_unit: Literal["mm", "in"] | None = None


@dataclass(frozen=True, slots=True)
class DeviceType:
    """A type of device: units that it takes, whether it blocks the other face, its maker's name, the most that it draws in W.

    `draw` adds up all power ports; None unless each of them says its own."""

    slug: str
    model: str
    height: float
    full_depth: bool
    draw: float | None


@dataclass(frozen=True, slots=True)
class RackType:
    """A type of rack: its units and their numbers; its outside in metres, None where the file does not say."""

    slug: str
    model: str
    u_height: int
    starting_unit: int
    desc_units: bool
    width: float | None
    depth: float | None


class NetboxTypes:
    """The types beside one room file, found by slug; a file is read when something names it.

    `more` are files that count as lying there already and win over those that do (an import that is being tried)."""

    def __init__(self, room_file: Path, findings: Findings, more: Mapping[str, Path] | None = None) -> None:
        self._folder = room_file.parent
        self._findings = findings
        self._more = more or {}
        self._devices: dict[str, DeviceType | None] = {}
        self._racks: dict[str, RackType | None] = {}

    def device(self, slug: str, where: Node) -> DeviceType | None:
        """The device type of this slug; None when it does not exist or is broken, which is then among the findings."""
        if slug not in self._devices:
            file = self._file(slug, where, self._device_files, N_("there is no device type “{word}”"), DEVICE_TYPES)
            self._devices[slug] = None if file is None else read_device_type(file, self._findings)
        return self._devices[slug]

    def rack(self, slug: str, where: Node) -> RackType | None:
        """The rack type of this slug, as `device`."""
        if slug not in self._racks:
            file = self._file(slug, where, self._rack_files, N_("there is no rack type “{word}”"), RACK_TYPES)
            self._racks[slug] = None if file is None else read_rack_type(file, self._findings)
        return self._racks[slug]

    @cached_property
    def _device_files(self) -> dict[str, list[Path]]:
        return files_by_slug(self._folder / DEVICE_TYPES)

    @cached_property
    def _rack_files(self) -> dict[str, list[Path]]:
        return files_by_slug(self._folder / RACK_TYPES)

    def _file(self, slug: str, where: Node, files: Mapping[str, list[Path]], what: str, folder: str) -> Path | None:
        if slug in self._more:
            return self._more[slug]
        found = files.get(slug, [])
        if not found:
            near = nearest(slug, [*files, *self._more])
            missing = N_("put its NetBox file into the folder “{folder}” beside the room file; `room import` does that")
            self._findings.add(where, what, N_("did you mean “{near}”?") if near else missing, word=slug, near=near, folder=folder)
            return None
        if len(found) > 1:
            two = N_("two files have the slug “{slug}”: {one} and {other}")
            self._findings.add(where, two, N_("remove one of the two"), slug=slug, one=found[0], other=found[1])
        return found[0]


def type_files(folder: Path) -> Iterator[Path]:
    """The YAML files below a folder, in the order of their names."""
    return (file for file in sorted(folder.rglob("*")) if file.suffix in (".yaml", ".yml") and file.is_file())


def files_by_slug(folder: Path) -> dict[str, list[Path]]:
    """The files below a folder by their slug. Looks for one line only: a whole library lies there in some rooms."""
    found: dict[str, list[Path]] = {}
    for file in type_files(folder):
        match = _SLUG.search(_bytes(file))
        if match is not None:
            found.setdefault(match[1].decode(), []).append(file)
    return found


def read_device_type(file: Path, findings: Findings) -> DeviceType | None:
    """A device type's file; None when it is broken, which is then among the findings."""
    root = _read(file, [*keys_of(DeviceTypePart), *keys_of(PowerPortPart)], findings)
    part = findings.check(root, DeviceTypePart) if root is not None else None
    if part is None:
        return None
    draws = [port.maximum_draw for port in part.ports if port.maximum_draw is not None]
    draw = sum(draws) if draws and len(draws) == len(part.ports) else None
    return DeviceType(part.slug, _model(part), part.u_height, part.is_full_depth, draw)


def read_rack_type(file: Path, findings: Findings) -> RackType | None:
    """A rack type's file; None when it is broken, which is then among the findings."""
    root = _read(file, keys_of(RackTypePart), findings)
    part = findings.check(root, RackTypePart) if root is not None else None
    if part is None or root is None:
        return None
    outer = [key for key in ("outer_width", "outer_depth") if root.get(key) is not None]
    if outer and part.outer_unit is None:
        findings.add(
            root.mapping[outer[0]], N_("“{key}” without “outer_unit”"), N_("add “outer_unit: mm” or “outer_unit: in”"), key=outer[0]
        )
        return None
    scale = _METRES[part.outer_unit or "mm"]
    width, depth = (round(size * scale, 4) if size is not None else None for size in (part.outer_width, part.outer_depth))
    return RackType(part.slug, _model(part), part.u_height, part.starting_unit, part.desc_units, width, depth)


def is_rack_type(file: Path) -> bool:
    """Has this file what only rack types have? Anything else is read as a device type."""
    return re.search(rb"^(form_factor|starting_unit):", _bytes(file), re.MULTILINE) is not None


def _bytes(file: Path) -> bytes:
    """Of a file that cannot be read nothing; who reads it next says why."""
    try:
        if not file.is_file():  # a pipe would be waited for
            return b""
        with file.open("rb") as opened:
            return opened.read(MAX_BYTES)
    except OSError:
        return b""


def _model(part: DeviceTypePart | RackTypePart) -> str:
    return f"{part.manufacturer} {part.model}"


def _read(file: Path, used: list[str], findings: Findings) -> Node | None:
    """The file's tree. Problems of keys that we do not use are none."""
    if len(_bytes(file)) > MOST_BYTES:
        what, do = N_("the file is larger than {limit} bytes"), N_("a NetBox type has some kilobytes: is this one?")
        findings.add(str(file), what, do, limit=MOST_BYTES)
        return None
    try:
        root: Node | None = read_document(file)
    except DocumentError as error:
        for problem in error.problems:
            if str(problem.params.get("key", used[0])) in used:
                findings.take(problem)
        root = error.tree
    except OperatorError as error:
        for problem in error.problems:
            findings.take(problem)
        return None
    if root is not None and not isinstance(root.value, dict):
        findings.add(root, N_("this is not a NetBox type"), N_("a type's file is made of keys and values: manufacturer, model, slug ..."))
        return None
    return root
