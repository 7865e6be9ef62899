"""Derived points of a room file: what is accepted, and that every mistake is told at its line with a cure."""

from pathlib import Path

import pytest

from cityops_desktop.derive.source import measured
from cityops_desktop.room import check_room, load_room
from drivers.registry import DRIVERS

ROOM = """\
room: {{id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: line, driver: modbus-rtu, port: /dev/ttyUSB7}}
  - {{id: made, driver: derived}}
devices:
  - id: m-1
    bus: line
    address: 1
    points:
      - {{id: fast, kind: analog, table: holding, address: 0, period: 1}}
      - {{id: slow, kind: analog, table: holding, address: 1, period: 60}}
  - id: d
    bus: made
    points:
      - {{id: one, kind: analog, resolution: 0.1, expr: "{one}"}}
      - {{id: two, {kind}, period: 2, expr: "{two}"}}
"""


def room_file(folder: Path, one: str = "{m-1.fast} * 2", two: str = "{d.one} + 1", kind: str = "kind: analog") -> Path:
    file = folder / "room.yaml"
    file.write_text(ROOM.format(one=one, two=two, kind=kind), encoding="utf-8")
    return file


def told(file: Path) -> list[str]:
    return [f"{p.where.rpartition(':')[2]} {p.what.format(**p.params)} / {p.do.format(**p.params)}" for p in check_room(file, DRIVERS)]


def test_a_derived_point_is_reckoned_no_more_often_than_its_slowest_input_is_read(tmp_path: Path) -> None:
    points = load_room(room_file(tmp_path, one="{m-1.fast} - {m-1.slow}"), DRIVERS).points()
    assert [points[key].period for key in ("d.one", "d.two")] == [60, 60]
    points = load_room(room_file(tmp_path, two="max({m-1.fast}, 3)"), DRIVERS).points()
    assert [points[key].period for key in ("d.one", "d.two")] == [5, 2]
    assert points["d.one"].resolution == 0.1


def test_what_stands_in_the_room_is_what_is_not_derived(tmp_path: Path) -> None:
    room = measured(load_room(room_file(tmp_path), DRIVERS))
    assert [bus.id for bus in room.buses] == ["line"] and list(room.points()) == ["m-1.fast", "m-1.slow"]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"one": "{m-1.fst}"}, "15 the room has no point “m-1.fst” / did you mean “m-1.fast”?"),
        (
            {"one": "sum({x-*.fast})"},
            "15 the room has no point like “x-*.fast” / write device and point as this file names them; * stands for any letters",
        ),
        ({"one": "{m-1.fast} +"}, "15 “{m-1.fast} +” is no expression / see docs/derived-points.md for what may stand in one"),
        ({"one": "{d.two}"}, "15 d.one, d.two follow from one another: none of them could ever be reckoned"),
        ({"one": "log({m-1.fast})"}, "15 there is no function “log” / use one of: abs, age,"),
        ({"kind": "kind: text"}, "16 a derived point is a figure or a state / write kind: analog or kind: digital"),
        ({"kind": "kind: analog, write: {low: 0, high: 1}"}, "16 a derived point cannot be written / remove “write”"),
        ({"kind": "kind: analog, place: {x: 1, y: 1}"}, "16 a derived point hangs nowhere: it cannot have “place” / remove it"),
        ({"kind": "kind: analog, address: 4"}, "16 unknown key “address”"),
    ],
)
def test_mistakes_are_told_where_they_stand(tmp_path: Path, change: dict[str, str], says: str) -> None:
    problems = told(room_file(tmp_path, **change))
    assert len(problems) == 1 and problems[0].startswith(says), problems


def test_a_faulty_device_is_told_once_and_not_by_what_follows_from_it(tmp_path: Path) -> None:
    file = room_file(tmp_path, one="sum({m-*.fast}) + {m-1.slow}")
    file.write_text(file.read_text("utf-8").replace("address: 1\n", "address: 999\n", 1), "utf-8")
    assert len(told(file)) == 1
