"""docs/room-file.md keeps up: its examples load, and every key, driver, group and profile stands in it."""

import re
from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.model.points import Group
from cityops_desktop.model.rooms import OperatingMode
from cityops_desktop.room import check_room, grammar, load_room
from cityops_desktop.room.findings import keys_of
from drivers.registry import DRIVERS

PAGE = (paths.ROOT / "docs" / "room-file.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
OURS = [
    grammar.RoomPart,
    grammar.SitePart,
    grammar.AreaPart,
    grammar.BusPart,
    grammar.DevicePart,
    grammar.PointPart,
    grammar.LimitPart,
    grammar.RackPart,
    grammar.ItemPart,
    grammar.FeedPart,
    grammar.PowerPart,
    grammar.ProfilePart,
]
THEIRS = [model for driver in DRIVERS.values() for model in (driver.bus_options, driver.device_options, driver.source)]


@pytest.mark.parametrize("key", sorted({key for model in (*OURS, *THEIRS) for key in keys_of(model)}))
def test_every_key_is_explained(key: str) -> None:
    assert re.search(rf"`[^`\n]*\b{key}\b[^`\n]*`|^ +{key}: ", PAGE, re.MULTILINE), key


def test_every_choice_is_named() -> None:
    profiles = [file.stem for file in paths.PROFILES.glob("*.yaml")]
    for word in (*DRIVERS, *Group, *OperatingMode, *profiles):
        assert f"`{word}`" in PAGE, word


def test_the_smallest_example_loads(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    file.write_text(EXAMPLES[0], encoding="utf-8")
    assert list(load_room(file, DRIVERS).points()) == ["a.x", "a.d"]


def test_the_example_of_a_power_chain_loads(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    points = "".join(
        f"  - {{id: {device}, bus: tcp, address: {n}, points: [{{id: {point}, kind: {kind}, {rest}}}]}}\n"
        for n, (device, point, kind, rest) in enumerate(
            [
                ("meter", "power_total", "analog", "unit: W, table: holding, address: 1"),
                ("meter-a", "power_total", "analog", "unit: W, table: holding, address: 1"),
                ("genset", "running", "digital", "table: coil, address: 1"),
                ("ats", "position", "digital", "table: coil, address: 1"),
            ],
            start=20,
        )
    )
    ups = "  - {id: ups1, bus: tcp, address: 7, profile: huawei-ups2000}\n"
    file.write_text(EXAMPLES[0] + points + ups + EXAMPLES[2], encoding="utf-8")
    assert [node.id for node in load_room(file, DRIVERS).power] == ["mains", "diesel", "ats", "bat1", "ups1", "panel-a"]


def test_the_example_of_a_profile_loads_and_is_used_as_shown(tmp_path: Path) -> None:
    limits, _, profile, devices = EXAMPLES[1:]
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "xy-md02.yaml").write_text(profile, encoding="utf-8")
    file = tmp_path / "room.yaml"
    file.write_text(EXAMPLES[0].partition("devices:")[0] + devices, encoding="utf-8")
    assert check_room(file, DRIVERS) == []
    assert list(load_room(file, DRIVERS).points()) == ["th-1.temperature", "th-1.humidity", "th-2.temperature"]
    point = "  - {id: q, bus: line, address: 9, points: [{id: t, kind: analog, table: input, address: 0, LIMITS}]}\n"
    flow = "limits: [" + ", ".join(line.strip().removeprefix("- ") for line in limits.splitlines()[1:]) + "]"
    file.write_text(file.read_text(encoding="utf-8") + point.replace("LIMITS", flow), encoding="utf-8")
    assert len(load_room(file, DRIVERS).points()["q.t"].limits) == 2
