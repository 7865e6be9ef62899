"""The power chain of a room file: what a sound one becomes, and how each mistake is told."""

from pathlib import Path

import pytest

from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.room import check_room, load_room
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

SOUND = """\
room: {id: r1, name: R, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses: [{id: tcp, driver: modbus-tcp, host: h}]
devices:
  - id: m
    bus: tcp
    address: 1
    points:
      - {id: kw, kind: analog, unit: kW, table: holding, address: 1}
      - {id: state, kind: digital, table: coil, address: 1, states: {0: 断, 1: 合}}
      - {id: left, kind: analog, unit: min, table: holding, address: 2}
power:
  - {id: mains, name: {zh: 市电, en: Mains}, kind: mains}
  - {id: diesel, kind: generator, rating: 200}
  - {id: ats, kind: ats, from: [mains, diesel], points: {position: m.state}, positions: {0: mains, 1: diesel}}
  - {id: ups1, kind: ups, from: [ats], rating: 80, side: A, device: m, points: {power: m.kw, runtime: m.left, state: m.state}, dead: [0]}
  - {id: bat1, kind: battery, from: [ups1]}
"""


def room_file(folder: Path, text: str) -> Path:
    file = folder / "room.yaml"
    file.write_text(text, "utf-8")
    return file


def test_a_sound_chain(tmp_path: Path) -> None:
    nodes = {node.id: node for node in load_room(room_file(tmp_path, SOUND), DRIVERS).power}
    assert list(nodes) == ["mains", "diesel", "ats", "ups1", "bat1"]
    assert nodes["ats"].sources == ("mains", "diesel") and nodes["ats"].positions == {0: "mains", 1: "diesel"}
    ups = nodes["ups1"]
    assert (ups.kind, ups.rating, ups.side, ups.device, ups.dead) == (PowerKind.UPS, 80, "A", "m", (0,))
    assert ups.points == {PowerRole.POWER: "m.kw", PowerRole.RUNTIME: "m.left", PowerRole.STATE: "m.state"}


def test_a_device_that_is_no_node_names_the_one_that_feeds_it(tmp_path: Path) -> None:
    file = room_file(tmp_path, SOUND.replace("    bus: tcp\n", "    bus: tcp\n    fed_by: ats\n"))
    assert load_room(file, DRIVERS).devices[0].fed_by == "ats"


FAULTS = [
    ("    bus: tcp\n", "    bus: tcp\n    fed_by: mayns\n", 6, "there is no node “mayns” in the power chain", "did you mean “mains”?"),
    ("id: diesel", "id: mains", 13, "two nodes of the power chain have the id “mains” (the other: {file}:12)", "another id"),
    ("kind: generator", "kind: diesel", 13, "“kind” cannot be", "mains, generator, ats"),
    ("rating: 200", "rating: 0", 13, "“rating” is 0", "correct"),
    ("rating: 200", "ratings: 200", 13, "unknown key “ratings”", "did you mean “rating”?"),
    ("rating: 200", "rating: 200, from: [mains]", 13, "“diesel” is a source of power: nothing feeds it", "remove “from”"),
    ("from: [mains, diesel]", "from: [mains, disel]", 14, "there is no node “disel” in the power chain", "did you mean “diesel”?"),
    ("1: diesel}", "1: mayns}", 14, "“mayns” is not among the sources of this node", "did you mean “mains”?"),
    (
        ", positions: {0: mains, 1: diesel}",
        "",
        14,
        "the transfer switch “ats” does not say which position is which source",
        "positions: {{1: SOURCE",
    ),
    ("points: {position: m.state}, ", "", 14, "“ats” has “positions” without a point", "points: {{position: POINT}}"),
    ("{0: mains", "{x: mains", 14, 'the key "x" must be a whole number', "whole number"),
    ("position: m.state", "position: m.kw", 14, "“m.kw” is not a digital point", "a point with states"),
    ("power: m.kw", "power: m.kv", 15, "there is no point “m.kv”", "did you mean “m.kw”?"),
    ("power: m.kw", "power: m.left", 15, "“m.left” is in “min”: power must be in W, kW", "correct its “unit”"),
    ("power: m.kw", "powr: m.kw", 15, "“powr” cannot be", "power, voltage"),
    ("state: m.state}", "state: m.left}", 15, "“m.left” is not a digital point", "a point with states"),
    ("device: m,", "device: mm,", 15, "there is no device “mm”", "m"),
    ("side: A", "side: AB", 15, "“side” cannot be", "must match"),
    ("from: [ats]", "from: [bat1]", 16, "the power chain runs in a circle: ups1 ← bat1 ← ups1", "correct “from”"),
    ("from: [ats]", "from: [ups1]", 15, "the power chain runs in a circle: ups1 ← ups1", "correct “from”"),
]


@pytest.mark.parametrize(("old", "new", "line", "what", "do"), FAULTS, ids=[f"{new} {line}" for _, new, line, *_ in FAULTS])
def test_a_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, what: str, do: str) -> None:
    assert old in SOUND
    file = room_file(tmp_path, SOUND.replace(old, new))
    told = [(p.where, tr(p.what, **p.params), tr(p.do, **p.params)) for p in check_room(file, DRIVERS)]
    lines = {f"{file}:{line}", f"{file}:{line - 1}"} if "circle" in what else {f"{file}:{line}"}
    assert any(where in lines and what.format(file=file) in said and do.format() in cure for where, said, cure in told), told
