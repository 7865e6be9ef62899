"""`rollover` of a counter: where its register ends, told on to the console in the final unit."""

from pathlib import Path

import pytest

from cityops_desktop.errors import OperatorError
from cityops_desktop.room import load_room
from cityops_desktop.station.info import room_info
from drivers.registry import DRIVERS

ROOM = """\
room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses: [{id: line, driver: modbus-rtu, port: /dev/ttyUSB7}]
devices:
  - id: m
    bus: line
    address: 1
    ratios: {ct: 200/5}
    points:
      - {id: e, kind: KIND, unit: kWh, table: holding, address: 2, type: uint32, scale: 0.01, ratio: [ct], rollover: END}
"""


def room_file(folder: Path, kind: str, end: str) -> Path:
    file = folder / "room.yaml"
    file.write_text(ROOM.replace("KIND", kind).replace("END", end), encoding="utf-8")
    return file


def test_the_end_of_a_register_grows_with_the_transformers(tmp_path: Path) -> None:
    room = load_room(room_file(tmp_path, "counter", "1000000"), DRIVERS)
    assert room.points()["m.e"].rollover == 40_000_000.0
    assert room_info(room, {"line": ""}, {"m": "1"}).points[0].rollover == 40_000_000.0


@pytest.mark.parametrize(("kind", "end", "said"), [("analog", "1000", "only a counter has a roll-over"), ("counter", "0", "must be")])
def test_what_cannot_roll_over_is_told(tmp_path: Path, kind: str, end: str, said: str) -> None:
    with pytest.raises(OperatorError, match=said):
        load_room(room_file(tmp_path, kind, end), DRIVERS)
