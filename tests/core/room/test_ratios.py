"""Transformers before a meter: what the site says of them multiplies the values, and what it does not say is a mistake."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.errors import OperatorError
from cityops_desktop.room import check_room, load_room
from cityops_desktop.room.ratios import rated, ratios_of
from cityops_desktop.room.tree import Node
from drivers.modbus.options import Source
from drivers.registry import DRIVERS

HEAD = """\
room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses: [{id: line, driver: modbus-rtu, port: /dev/ttyUSB7}]
devices:
"""
OWN = """\
  - id: m
    bus: line
    address: 1
    RATIOS
    points:
      - {id: i, kind: analog, unit: A, table: holding, address: 0, scale: 0.01, offset: 0.5, ratio: [ct]}
      - {id: e, kind: counter, unit: kWh, table: holding, address: 2, type: uint32, scale: 0.01, ratio: [pt, ct], resolution: 1}
      - {id: f, kind: analog, unit: Hz, table: holding, address: 4, scale: 0.01}
"""


def room_file(folder: Path, ratios: str, devices: str = OWN) -> Path:
    file = folder / "room.yaml"
    file.write_text(HEAD + devices.replace("RATIOS", ratios), encoding="utf-8")
    return file


def told(file: Path) -> list[str]:
    return [f"{p.where.rpartition(':')[2]} {p.what.format(**p.params)} / {p.do.format(**p.params)}" for p in check_room(file, DRIVERS)]


def test_a_point_is_multiplied_by_the_ratios_that_it_names(tmp_path: Path) -> None:
    points = load_room(room_file(tmp_path, "ratios: {ct: 200/5, pt: 2.5}"), DRIVERS).points()
    current, energy, frequency = (points[f"m.{name}"] for name in ("i", "e", "f"))
    sources = [point.source for point in (current, energy, frequency)]
    assert all(isinstance(source, Source) for source in sources)
    assert [(source.scale, source.offset) for source in sources if isinstance(source, Source)] == [(0.4, 20.0), (1.0, 0.0), (0.01, 0.0)]
    assert [point.resolution for point in (current, energy, frequency)] == [0.4, 1, 0.01]


def test_a_ratio_that_is_not_said_is_a_mistake_and_one_that_nobody_needs_too(tmp_path: Path) -> None:
    assert told(room_file(tmp_path, "ratios: {ct: 40, tc: 1}")) == [
        "4 values of this device are to be multiplied by the ratio “pt”, which is not given"
        " / write ratios: {pt: 200/5} as the transformer's plate says, or {pt: 1} where there is none",
        "7 no point of this device has the ratio “tc” / use one of: ct, pt",
    ]
    assert len(told(room_file(tmp_path, "name: 电表"))) == 2


@pytest.mark.parametrize("wrong", ["200:5", "200/0", "0/5", "-40", "0", '"forty"', "true", "[1]", "5/", ".5/1", "20000000"])
def test_what_is_no_ratio_is_told_once(tmp_path: Path, wrong: str) -> None:
    assert len(told(room_file(tmp_path, f"ratios: {{ct: {wrong}, pt: 1}}"))) == 1


def test_a_state_has_no_ratio(tmp_path: Path) -> None:
    device = "  - {id: m, bus: line, address: 1, ratios: {ct: 1}, points: [{id: d, kind: digital, table: coil, address: 0, ratio: [ct]}]}\n"
    assert "4 only an analog or counter point has a ratio / remove “ratio”" in told(room_file(tmp_path, "", device))


def test_the_meter_of_the_program_cannot_be_used_without_its_ratios(tmp_path: Path) -> None:
    device = "  - {id: m, bus: line, address: 1, profile: acrel-dtsd1352 RATIOS}\n"
    with pytest.raises(OperatorError):
        load_room(room_file(tmp_path, "", device), DRIVERS)
    with pytest.raises(OperatorError):
        load_room(room_file(tmp_path, ", ratios: {ct: 200/5}", device), DRIVERS)
    assert load_room(room_file(tmp_path, ", ratios: {ct: 200/5, pt: 1}", device), DRIVERS).points()["m.current_l1"].resolution == 0.4


PLATE = st.builds(
    lambda whole, digits, places: f"{whole}.{digits:0{places}}" if places else str(whole),
    st.integers(1, 99999),
    st.integers(0, 9),
    st.integers(0, 3),
)


@given(PLATE, PLATE)
def test_a_plate_is_its_quotient(primary: str, secondary: str) -> None:
    device: Any = Node({"ratios": Node({"ct": Node(f"{primary}/{secondary}", "x:1")}, "x:1")}, "x:1")
    assert ratios_of(rated(device)) == {"ct": float(Fraction(primary) / Fraction(secondary))}


@given(st.text(max_size=12))
def test_any_other_text_stays_what_it_is(text: str) -> None:
    device = Node({"ratios": Node({"ct": Node(text, "x:1")}, "x:1")}, "x:1")
    value = rated(device).at(("ratios", "ct")).value
    assert value == text or isinstance(value, float)
