"""What the reading plan saves on the profiles of the program, against other ways of merging registers. Computed; asks no wire."""

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cityops_desktop import paths
from cityops_desktop.acquire.plan_report import room_plan
from cityops_desktop.room.load import load_room
from drivers.registry import DRIVERS

_LOCATING = (
    "overrides: {leak: {table: holding, address: 10}, cable_break: {table: holding, address: 11}, "
    "distance: {table: holding, address: 12}, cable_length: {table: holding, address: 13}}"
)
_SITE = {"acrel-dtsd1352": "ratios: {pt: 1, ct: 1}", "leak-detector-locating": _LOCATING}
"""What a site must say of a device beside its address."""


@dataclass(frozen=True, slots=True)
class Saving:
    """One profile as one device at 9600 baud: its points, requests, share of the line, and by policy how many times as much it would be."""

    profile: str
    points: int
    requests: int
    load: float
    times: Mapping[str, float]


def savings() -> Iterator[Saving]:
    """Each Modbus profile, by name; the policies are "one_per_point", "adjacent" and "gap_50"."""
    with tempfile.TemporaryDirectory() as folder:
        for file in sorted(paths.PROFILES.glob("*.yaml")):
            if "protocol: modbus" in file.read_text(encoding="utf-8"):
                yield _saving(Path(folder) / "room.yaml", file.stem)


def _saving(file: Path, profile: str) -> Saving:
    site = f", {_SITE[profile]}" if profile in _SITE else ""
    file.write_text(
        "room: {id: r, name: r, domain: c/d/s/r, timezone: UTC}\n"
        "buses: [{id: line, driver: modbus-rtu, port: /dev/ttyUSB0, baudrate: 9600}]\n"
        f"devices: [{{id: a, bus: line, address: 1, profile: {profile}{site}}}]\n",
        encoding="utf-8",
    )
    room = load_room(file, DRIVERS)
    (plan,) = room_plan(room, DRIVERS, {})
    (device,) = plan.devices
    return Saving(profile, len(room.points()), len(device.requests), plan.load, device.times)
