"""Areas of the floor: what a sound one becomes, and how each mistake is told."""

from pathlib import Path

import pytest

from cityops_desktop.model.points import Names, Place
from cityops_desktop.model.rooms import Area
from cityops_desktop.room import check_room, load_room
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

SOUND = """\
room: {id: r1, name: R, domain: c/d/s/r1, timezone: Asia/Shanghai, size: [10, 8]}
areas:
  - {id: hall, name: {zh: 主机房, en: Hall}, place: {x: 0, y: 0}, size: [6, 8]}
  - {id: battery, place: {x: 6, y: 0}, size: [4, 8]}
"""


def room_file(folder: Path, text: str) -> Path:
    file = folder / "room.yaml"
    file.write_text(text, "utf-8")
    return file


def test_sound_areas(tmp_path: Path) -> None:
    assert load_room(room_file(tmp_path, SOUND), DRIVERS).areas == (
        Area("hall", Names("主机房", "Hall"), Place(0, 0), (6, 8)),
        Area("battery", Names("battery", "battery"), Place(6, 0), (4, 8)),
    )


@pytest.mark.parametrize(
    ("old", "new", "what", "do"),
    [
        ("id: battery", "id: hall", "two areas have the id “hall” (the other: {file}:3)", "another id"),
        ("size: [4, 8]", "size: [5, 8]", "the area “battery” reaches beyond the room of 10.0 x 8.0 m", "correct its “place” or “size”"),
        ("{x: 6, y: 0}, size: [4, 8]", "{x: 6, y: 1}, size: [4, 8]", "reaches beyond the room", "correct"),
        ("x: 6", "x: -0.5", "reaches beyond the room", "correct"),
        (
            "{x: 6, y: 0}, size: [4, 8]",
            "{x: 5.5, y: 0}, size: [4, 8]",
            "the areas “battery” and “hall” overlap (the other: {file}:3)",
            "correct",
        ),
        ("size: [4, 8]", "size: [4]", "“size” has too few entries", "add"),
        ("size: [4, 8]", "size: [4, 0]", "“size” is 0: it must be more than 0", "correct"),
        ("place: {x: 6, y: 0}", "place: {x: 6, y: 0, z: 1}", "unknown key “z”", "Keys here: x, y"),
        ("size: [4, 8]", "size: [4, 8], wall: 1", "unknown key “wall”", "Keys here: id, name, place, size"),
        (", size: [4, 8]", "", "“size” is missing", "add “size:” here"),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, what: str, do: str) -> None:
    assert old in SOUND
    file = room_file(tmp_path, SOUND.replace(old, new))
    told = [(p.where, tr(p.what, **p.params), tr(p.do, **p.params)) for p in check_room(file, DRIVERS)]
    assert any(where == f"{file}:4" and what.format(file=file) in said and do in cure for where, said, cure in told), told


def test_without_a_size_of_the_room_only_overlaps_are_looked_for(tmp_path: Path) -> None:
    assert check_room(room_file(tmp_path, SOUND.replace(", size: [10, 8]}", "}").replace("[4, 8]", "[400, 8]")), DRIVERS) == []
