"""Racks with NetBox's types, depth, half units, vertical PDUs, feeds and metered outlets; and how each mistake is told."""

from pathlib import Path

import pytest

from cityops_desktop.model.power import Feed
from cityops_desktop.model.rooms import Rack, RackItem, Room
from cityops_desktop.room import check_room, load_room
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

HEAD = """\
room: {id: r1, name: R, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses: [{id: tcp, driver: modbus-tcp, host: h}]
devices:
  - id: pdu
    bus: tcp
    address: 1
    points:
      - {id: outlet-1, kind: analog, unit: W, table: holding, address: 1}
      - {id: volts, kind: analog, unit: V, table: holding, address: 2}
power: [{id: mains, kind: mains}, {id: panel, kind: panel, from: [mains]}]
"""
R740 = """\
---
manufacturer: Dell
model: PowerEdge R740
slug: dell-poweredge-r740
part_number: ''
u_height: 2
is_full_depth: true
airflow: front-to-rear
comments:
power-ports:
  - name: PSU1
    type: iec-60320-c14
    maximum_draw: 750
    allocated_draw: 500
  - {name: PSU2, type: iec-60320-c14, maximum_draw: 750}
interfaces:
  - {name: eth0, type: 1000base-t, mgmt_only: false}
future-key: {anything: [1, 2]}
"""
AR3100 = """\
---
manufacturer: APC
model: NetShelter SX AR3100
slug: apc-ar3100
form_factor: 4-post-cabinet
width: 19
u_height: 45
starting_unit: 3
desc_units: true
outer_width: 600
outer_depth: 1070
outer_height: 1991
outer_unit: mm
weight: 125
weight_unit: kg
"""
LINE = HEAD.count("\n") + 1


def room_file(folder: Path, racks: str, types: dict[str, str] | None = None) -> Path:
    file = folder / "room.yaml"
    file.write_text(HEAD + racks, "utf-8")
    for name, text in (types or {}).items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")
    return file


def load(folder: Path, racks: str, types: dict[str, str] | None = None) -> Room:
    return load_room(room_file(folder, racks, types), DRIVERS)


def told(folder: Path, racks: str, types: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    problems = check_room(room_file(folder, racks, types), DRIVERS)
    return [(p.where.removeprefix(f"{folder}/"), tr(p.what, **p.params), tr(p.do, **p.params)) for p in problems]


def items_of(folder: Path, *items: str, types: dict[str, str] | None = None) -> dict[str, RackItem]:
    room = load(folder, "racks:\n  - id: A01\n    items:\n" + "".join(f"      - {item}\n" for item in items), types)
    return {item.names.en: item for item in room.racks[0].items}


SERVER = {"device-types/Dell/PowerEdge-R740.yaml": R740}


def test_an_item_takes_height_depth_model_and_draw_from_its_type(tmp_path: Path) -> None:
    item = items_of(tmp_path, "{name: s, u: 5, type: dell-poweredge-r740}", types=SERVER)["s"]
    assert (item.height, item.full_depth, item.type) == (2, True, "dell-poweredge-r740")
    assert (item.model, item.draw) == ("Dell PowerEdge R740", 1500)


def test_an_items_own_keys_win_over_its_type(tmp_path: Path) -> None:
    item = items_of(tmp_path, "{name: s, u: 5, height: 3, full_depth: false, type: dell-poweredge-r740}", types=SERVER)["s"]
    assert (item.height, item.full_depth, item.model) == (3, False, "Dell PowerEdge R740")


def test_a_draw_that_not_every_port_tells_is_not_known(tmp_path: Path) -> None:
    text = R740.replace(", maximum_draw: 750}", "}")
    assert items_of(tmp_path, "{name: s, u: 5, type: dell-poweredge-r740}", types={"device-types/x.yml": text})["s"].draw is None


def test_a_rack_takes_its_figures_from_its_type(tmp_path: Path) -> None:
    types = {"rack-types/APC/AR3100.yaml": AR3100}
    rack = load(tmp_path, "racks: [{id: A01, type: apc-ar3100}]\n", types).racks[0]
    assert (rack.u_height, rack.width, rack.depth, rack.starting_unit, rack.desc_units) == (45, 0.6, 1.07, 3, True)
    own = "racks: [{id: A01, type: apc-ar3100, u_height: 40, width: 0.8, depth: 1.2, starting_unit: 1, desc_units: false}]\n"
    rack = load(tmp_path, own).racks[0]
    assert (rack.u_height, rack.width, rack.depth, rack.starting_unit, rack.desc_units) == (40, 0.8, 1.2, 1, False)
    inches = AR3100.replace("outer_unit: mm", "outer_unit: in").replace("600", "24").replace("outer_depth: 1070\n", "")
    (tmp_path / "rack-types/APC/AR3100.yaml").write_text(inches)
    rack = load(tmp_path, "racks: [{id: A01, type: apc-ar3100}]\n").racks[0]
    assert (rack.width, rack.depth) == (0.6096, Rack("x", rack.names).depth)


def test_a_rack_without_type_has_the_usual_figures(tmp_path: Path) -> None:
    rack = load(tmp_path, "racks: [{id: A01}]\n").racks[0]
    assert (rack.u_height, rack.width, rack.depth, rack.starting_unit, rack.desc_units) == (42, 0.6, 1.1, 1, False)


def test_who_says_no_depth_is_full_depth_unless_something_stands_behind(tmp_path: Path) -> None:
    found = items_of(
        tmp_path,
        "{name: alone, u: 1, height: 2}",
        "{name: front, u: 5, height: 2}",
        "{name: behind, u: 6, height: 1, face: rear}",
        "{name: shallow, u: 9, height: 1, full_depth: false}",
    )
    assert {name: item.full_depth for name, item in found.items()} == {"alone": True, "front": False, "behind": False, "shallow": False}


def test_a_vertical_pdu_holds_no_unit(tmp_path: Path) -> None:
    found = items_of(
        tmp_path, "{name: s, u: 1, height: 42}", "{name: pdu, u: 1, height: 0, face: rear}", "{name: pdu2, u: 1, height: 0, face: rear}"
    )
    assert found["pdu"].height == 0 and found["s"].full_depth


def test_half_units_fit_above_each_other(tmp_path: Path) -> None:
    found = items_of(tmp_path, "{name: a, u: 1, height: 0.5}", "{name: b, u: 1.5, height: 0.5}", "{name: c, u: 42.5, height: 0.5}")
    assert len(found) == 3


def test_metered_outlets_and_feeds(tmp_path: Path) -> None:
    text = """\
racks:
  - id: A01
    feeds: [{side: A, from: panel, power: [pdu.outlet-1]}, {side: B}]
    items: [{name: s, u: 1, height: 1, power: [pdu.outlet-1]}]
"""
    rack = load(tmp_path, text).racks[0]
    assert rack.feeds == (Feed("A", "panel", ("pdu.outlet-1",)), Feed("B"))
    assert rack.items[0].power == ("pdu.outlet-1",)


def test_an_items_height_may_come_from_its_devices_profile(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    profile = "profile: {id: box, name: B, manufacturer: m, protocol: modbus, group: ups, source: s, u_height: 4}\npoints: []\n"
    (tmp_path / "profiles" / "box.yaml").write_text(profile)
    file = room_file(tmp_path, "racks: [{id: A01, items: [{name: b, u: 3, device: b}]}]\n")
    file.write_text(file.read_text().replace("power: [{id: mains", "  - {id: b, bus: tcp, address: 9, profile: box}\npower: [{id: mains"))
    assert load_room(file, DRIVERS).racks[0].items[0].height == 4


FAULTS = [
    ("{name: s, u: 5, type: dell-poweredge-r74}", "there is no device type “dell-poweredge-r74”", "did you mean “dell-poweredge-r740”?"),
    ("{name: s, u: 5, type: hp}", "there is no device type “hp”", "into the folder “device-types”"),
    ("{name: s, u: 5, type: R740}", "“type” cannot be", "must match"),
    ("{name: s, u: 5}", "“height” is missing", "name the item's NetBox type"),
    ("{name: s, u: 42, type: dell-poweredge-r740}", "U 43 lies above the rack “A01”, which has 42 U", "correct “u”"),
    ("{name: s, u: 43, height: 0}", "U 43 lies above the rack", "correct “u”"),
    ("{name: s, u: 9, height: 1, power: [pdu.outlet-2]}", "there is no point “pdu.outlet-2”", "did you mean “pdu.outlet-1”?"),
    ("{name: s, u: 9, height: 1, power: [pdu.volts]}", "“pdu.volts” is in “V”: power must be in W, kW", "name another point"),
    ("{name: s, u: 9, height: 1.2}", "“height” is 1.2: it must be a multiple of 0.5", "correct"),
]


@pytest.mark.parametrize(("item", "what", "do"), FAULTS, ids=[item for item, *_ in FAULTS])
def test_a_mistake_of_an_item_is_told_at_its_line(tmp_path: Path, item: str, what: str, do: str) -> None:
    [(where, said, cure)] = told(tmp_path, f"racks:\n  - id: A01\n    items:\n      - {item}\n", SERVER)
    assert where == f"room.yaml:{LINE + 3}" and what in said and do in cure


def test_two_items_may_not_share_a_unit_when_one_is_full_depth(tmp_path: Path) -> None:
    first = "racks:\n  - id: A01\n    items:\n      - {name: s, u: 5, type: dell-poweredge-r740}\n"
    racks = first + "      - {name: t, u: 6, height: 1, face: rear}\n"
    [(where, said, cure)] = told(tmp_path, racks, SERVER)
    assert where == f"room.yaml:{LINE + 4}" and "one of them is full depth" in said and f"room.yaml:{LINE + 3}" in said
    assert "full_depth: false" in cure
    racks = racks.replace("type: dell", "full_depth: false, type: dell")
    assert told(tmp_path, racks) == []


@pytest.mark.parametrize(
    ("rack", "what", "do"),
    [
        ("{id: A01, type: apc}", "there is no rack type “apc”", "did you mean “apc-ar3100”?"),
        ("{id: A01, feeds: [{side: a}]}", "“side” cannot be", "must match"),
        ("{id: A01, feeds: [{side: A}, {side: A}]}", "the rack has two feeds “A”", "its own letter"),
        ("{id: A01, feeds: [{side: A, from: panl}]}", "there is no node “panl” in the power chain", "did you mean “panel”?"),
        ("{id: A01, feeds: [{side: A, power: [pdu.volts]}]}", "“pdu.volts” is in “V”", "name another point"),
        ("{id: A01, feeds: [{side: A, power: [x]}]}", "there is no point “x”", "use one of"),
        ("{id: A01, width: 0}", "“width” is 0", "correct"),
    ],
)
def test_a_mistake_of_a_rack_is_told_at_its_line(tmp_path: Path, rack: str, what: str, do: str) -> None:
    [(where, said, cure)] = told(tmp_path, f"racks:\n  - {rack}\n", {"rack-types/r.yaml": AR3100})
    assert where == f"room.yaml:{LINE + 1}" and what in said and do in cure


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("u_height: 2\n", "", 2, "“u_height” is missing"),
        ("u_height: 2\n", "u_height:\n", 6, "“u_height” has no value"),
        ("u_height: 2\n", "u_height: two\n", 6, "“u_height” must be a number"),
        ("u_height: 2\n", "u_height: 2\nu_height: 3\n", 7, "“u_height” stands here a second time"),
        ("is_full_depth: true", "is_full_depth: 1", 7, "“is_full_depth” must be true or false"),
        ("allocated_draw: 500", "maximum_draw: 500", 14, "“maximum_draw” stands here a second time"),
        ("maximum_draw: 750\n", "maximum_draw: -1\n", 13, "“maximum_draw” is -1"),
        ("model: PowerEdge R740", "model: [1", 4, "this is not YAML"),
    ],
)
def test_a_mistake_of_a_type_names_its_own_file_and_line(tmp_path: Path, old: str, new: str, line: int, what: str) -> None:
    assert old in R740
    found = told(
        tmp_path,
        "racks: [{id: A01, items: [{name: s, u: 5, type: dell-poweredge-r740}]}]\n",
        {"device-types/d.yaml": R740.replace(old, new, 1)},
    )
    assert any(where == f"device-types/d.yaml:{line}" and what in said for where, said, _ in found), found


def test_a_rack_type_with_a_size_and_no_unit_is_refused(tmp_path: Path) -> None:
    [(where, said, _)] = told(
        tmp_path, "racks: [{id: A01, type: apc-ar3100}]\n", {"rack-types/r.yaml": AR3100.replace("outer_unit: mm\n", "")}
    )
    assert where == "rack-types/r.yaml:10" and said == "“outer_width” without “outer_unit”"


def test_two_files_of_one_slug_are_told(tmp_path: Path) -> None:
    racks = "racks:\n  - {id: A01, items: [{name: s, u: 5, type: dell-poweredge-r740}]}\n"
    [(where, said, _)] = told(tmp_path, racks, {"device-types/a.yaml": R740, "device-types/b.yaml": R740})
    assert where == f"room.yaml:{LINE + 1}" and "two files have the slug" in said


def test_a_broken_type_that_nothing_names_does_no_harm(tmp_path: Path) -> None:
    assert told(tmp_path, "racks: [{id: A01}]\n", {"device-types/a.yaml": "slug: x\n[", "device-types/b.yaml": "- 1\n"}) == []
    [(where, said, _)] = told(tmp_path, "racks: [{id: A01, items: [{name: s, u: 5, type: x}]}]\n")
    assert where.startswith("device-types/a.yaml") and "not YAML" in said
