"""No text and no mutation of a sound file gets anything but a room or an OperatorError out of the loader."""

import copy
import io
import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from cityops_desktop.errors import OperatorError
from cityops_desktop.room import load_room
from drivers.registry import DRIVERS

WHOLE = """\
room: {id: r1, name: {zh: 机房, en: Room}, domain: c/d/s/r1, timezone: Asia/Shanghai, size: [18, 12], origin: demo}
site: {owner: a, mode: government_invested_company_operated}
buses:
  - {id: tcp, driver: modbus-tcp, host: 10.0.0.5, port: 502}
  - {id: line, driver: modbus-rtu, port: /dev/ttyUSB7, parity: E}
devices:
  - id: a
    bus: line
    address: 1
    rack: A01
    u: 3
    place: {x: 1, y: 2, z: 3}
    readable: [[holding, 0, 20]]
    points:
      - {id: x, name: 温度, kind: analog, unit: °C, table: holding, address: 1, type: int16, scale: 0.1, span: [0, 9], invalid: [65535]}
      - id: y
        kind: analog
        table: input
        address: 2
        type: float32
        word_order: CDAB
        normal: [1, 2]
        limits: [{level: major, high: 3, deadband: 1, on_delay: 2}]
      - {id: d, kind: digital, table: coil, address: 5, states: {0: a, 1: b}, limits: [{id: z, level: minor, states: [1], source: s}]}
      - {id: t, kind: text, table: holding, address: 9, type: string, length: 4, rack: A01, place: {x: 1, y: 1}}
  - {id: b, bus: tcp, address: 2, profile: xy-md02, without: [humidity], overrides: {temperature: {scale: 1, period: 3}}}
racks:
  - {id: A01, place: {x: 1, y: 2}, facing: 90, items: [{name: s, u: 5, height: 2, device: b}]}
"""
NAMES = ["a", "A01", "tcp", "modbus-tcp", "xy-md02", "holding", "°C", "{x}", "", "../a", "Asia", "1", "{", "\ud800", "\0", "\x85", " "]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.integers(-3, 70000)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(NAMES)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(0, 3), inner, max_size=3),
    max_leaves=6,
)
QUICK = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def survives(folder: Path, content: bytes) -> None:
    file = folder / "room.yaml"
    file.write_bytes(content)
    try:
        room = load_room(file, DRIVERS)
    except OperatorError as error:
        assert error.problems
        for problem in error.problems:
            assert problem.where.startswith(str(folder)) or "profiles" in problem.where
            assert problem.what.format(**problem.params) and problem.do.format(**problem.params)
    else:
        assert room.version


def places(value: object, path: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else []
    return [path] * bool(path) + [found for key, child in inner for found in places(child, (*path, key))]


def plain() -> object:
    return YAML(typ="safe", pure=True).load(WHOLE)


def written(value: object) -> bytes:
    out = io.BytesIO()
    yaml = YAML(typ="safe", pure=True)
    yaml.allow_unicode = True
    yaml.dump(value, out)
    return out.getvalue()


PLACES = places(plain())


def test_the_whole_grammar_is_sound(tmp_path: Path) -> None:
    file = tmp_path / "room.yaml"
    file.write_text(WHOLE, encoding="utf-8")
    assert len(load_room(file, DRIVERS).points()) == 5


@QUICK
@given(text=st.text(max_size=300))
def test_any_text(tmp_path: Path, text: str) -> None:
    survives(tmp_path, text.encode("utf-8", "surrogatepass"))


@QUICK
@given(content=st.binary(max_size=200))
def test_any_bytes(tmp_path: Path, content: bytes) -> None:
    survives(tmp_path, content)


@QUICK
@given(text=st.text(alphabet="{}[]:,-#&*!|>'\"%@`?~ab01.\n \t<=", max_size=120))
def test_any_punctuation(tmp_path: Path, text: str) -> None:
    survives(tmp_path, text.encode())


@QUICK
@given(
    value=st.recursive(
        LEAVES, lambda inner: st.dictionaries(st.sampled_from(["room", "buses", "devices", "racks", "site", "id"]), st.lists(inner) | inner)
    )
)
def test_any_document(tmp_path: Path, value: object) -> None:
    survives(tmp_path, written(value).replace(b"\\uD800", b"\\ud800"))


@QUICK
@given(place=st.sampled_from(PLACES), value=VALUES)
def test_any_value_in_any_place(tmp_path: Path, place: tuple[object, ...], value: object) -> None:
    document = plain()
    spot: object = document
    for key in place[:-1]:
        spot = spot[key]
    spot[place[-1]] = value
    survives(tmp_path, written(document))


@pytest.mark.parametrize("place", PLACES, ids=lambda place: ".".join(map(str, place)))
def test_any_place_left_out(tmp_path: Path, place: tuple[object, ...]) -> None:
    document = copy.deepcopy(plain())
    spot: object = document
    for key in place[:-1]:
        spot = spot[key]
    del spot[place[-1]]
    survives(tmp_path, written(document))


@QUICK
@given(seed=st.integers(0, 2**32))
def test_characters_lost_exchanged_or_doubled(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    text = list(WHOLE)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(text))
        text[at] = chance.choice(["", text[at] * 2, chance.choice("{}[]:,-\n\t 'x0"), chance.choice(text)])
    survives(tmp_path, "".join(text).encode())
