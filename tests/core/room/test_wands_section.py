"""`wands:` of a room file: what a sound entry becomes, and how each mistake is told."""

from pathlib import Path

import pytest

from cityops_desktop.model.wands import Wand
from cityops_desktop.room import check_room, load_room
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

SOUND = """\
room: {id: r1, name: R, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses: [{id: line1, driver: modbus-rtu, port: /dev/ttyUSB0}]
wands:
  - {id: w1, port: /dev/ttyUSB7, baudrate: 115200, separator: ";", columns: {code: 2, day: 3, time: 4}, form: "%d.%m.%Y %H:%M:%S"}
  - {id: w2, port: COM4}
"""


def room_file(folder: Path, text: str) -> Path:
    file = folder / "room.yaml"
    file.write_text(text, "utf-8")
    return file


def test_sound_wands(tmp_path: Path) -> None:
    columns = (("code", 2), ("time", 4), ("day", 3))
    assert load_room(room_file(tmp_path, SOUND), DRIVERS).wands == (
        Wand("w1", "/dev/ttyUSB7", 115200, ";", columns, "%d.%m.%Y %H:%M:%S"),
        Wand("w2", "COM4"),
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "do"),
    [
        ("id: w2", "id: w1", 5, "two wands have the id “w1”", "another id"),
        ("port: COM4", "port: /dev/ttyUSB0", 5, "the port /dev/ttyUSB0 is used twice", "a port of its own"),
        ("port: COM4", "port: /dev/ttyUSB7", 5, "the port /dev/ttyUSB7 is used twice", "a port of its own"),
        (", port: COM4", "", 5, "“port” is missing", "add “port:” here"),
        ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y", 4, "“%d.%m.%Y” is no form of a time", "%Y-%m-%d"),
        ("separator", "separater", 4, "unknown key “separater”", "did you mean “separator”?"),
        ('";"', '"x"', 4, "“separator” cannot be", "write one of"),
        ("code: 2", "code: 0", 4, "“code” is 0: it must be at least 1", "correct"),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, what: str, do: str) -> None:
    assert old in SOUND
    file = room_file(tmp_path, SOUND.replace(old, new))
    told = [(p.where, tr(p.what, **p.params), tr(p.do, **p.params)) for p in check_room(file, DRIVERS)]
    assert any(where == f"{file}:{line}" and what in said and do in cure for where, said, cure in told), told
