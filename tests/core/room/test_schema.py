"""The JSON Schema for editors: what is right passes, wrong keys are found, and it is never stricter than `room check`."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from cityops_desktop import paths
from cityops_desktop.room import check_room, grammar
from cityops_desktop.room.devices import _DEVICE_KEYS
from cityops_desktop.room.findings import keys_of
from cityops_desktop.room.load import _SECTIONS
from cityops_desktop.room.profiles import _KEYS
from cityops_desktop.room.racks import _RACK_KEYS
from cityops_desktop.room.schema import profile_schema, room_schema
from drivers.registry import DRIVERS
from tests.core.room.test_any_text import WHOLE, places, written

ROOM, PROFILE = room_schema(DRIVERS), profile_schema(DRIVERS)
DOCS = paths.ROOT / "docs"
PAGES = [(DOCS / page).read_text("utf-8") for page in ("room-file.md", "new-device.md")]
SMALLEST = [block for page in PAGES for block in re.findall(r"```yaml\n(room:.*?)```", page, re.DOTALL)]
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def plain(text: str) -> Any:
    """The document as an editor sees it: every key is a text."""

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): told(child) for key, child in value.items()}
        return [told(child) for child in value] if isinstance(value, list) else value

    return told(YAML(typ="safe", pure=True).load(text))


def complaints(schema: dict[str, Any], document: Any) -> list[str]:
    return [f"{'.'.join(map(str, error.path))}: {error.message[:200]}" for error in Draft202012Validator(schema).iter_errors(document)]


@pytest.mark.parametrize("schema", [ROOM, PROFILE])
def test_it_is_a_schema(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]


def test_the_room_of_the_demo_and_every_profile_pass() -> None:
    rooms = sorted(paths.ROOMS.glob("*.yaml"))
    profiles = sorted([*paths.PROFILES.glob("*.yaml"), *(paths.ROOMS / "profiles").glob("*.yaml")])
    assert rooms and len(profiles) > 12
    for files, schema in ((rooms, ROOM), (profiles, PROFILE)):
        for file in files:
            assert complaints(schema, plain(file.read_text("utf-8"))) == [], file.name


def test_the_rooms_of_the_documents_pass() -> None:
    assert len(SMALLEST) >= 2
    for text in (*SMALLEST, WHOLE):
        assert complaints(ROOM, plain(text)) == []


def keys_in(schema: dict[str, Any], *path: str) -> set[str]:
    for part in path:
        schema = schema["properties"][part]
        schema = schema.get("items", schema)
    return set(schema["properties"])


def test_it_knows_every_section_and_every_key() -> None:
    options = {key for driver in DRIVERS.values() for key in keys_of(driver.device_options)}
    source = {key for driver in DRIVERS.values() for key in keys_of(driver.source)}
    assert keys_in(ROOM) == set(_SECTIONS)
    assert keys_in(PROFILE) == set(_KEYS)
    assert keys_in(ROOM, "devices") == {*_DEVICE_KEYS, *options}
    assert keys_in(ROOM, "devices", "points") == keys_in(PROFILE, "points") == {*keys_of(grammar.PointPart), *source}
    assert keys_in(ROOM, "racks") == set(_RACK_KEYS)
    assert keys_in(PROFILE, "device") == options


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        (("address: 1\n", "adress: 1\n"), "devices.0: Additional properties are not allowed ('adress' was unexpected)"),
        (("kind: digital", "kind: digitl"), "devices.0.points.2.kind: 'digitl' is not one of"),
        (("parity: E", "host: x"), "buses.1: 'host' is not one of"),
        (("driver: modbus-tcp", "driver: modbus-tpc"), "buses.0.driver: 'modbus-tpc' is not one of"),
        (("period: 3}", "adress: 3}"), "devices.1.overrides.temperature: Additional properties"),
        (("name: 温度", "name: 1"), "devices.0.points.0.name: 1 is not valid under any"),
        (("u: 3\n", "u:\n"), "devices.0.u: None is not of type 'integer'"),
        (("facing: 90", "facing: 400"), "racks.0.facing: 400 is greater than or equal"),
    ],
)
def test_what_is_wrong_is_found(wrong: tuple[str, str], where: str) -> None:
    assert wrong[0] in WHOLE
    found = complaints(ROOM, plain(WHOLE.replace(*wrong)))
    assert any(complaint.startswith(where) for complaint in found), found


def test_a_ratio_is_a_number_or_what_a_plate_says() -> None:
    text = WHOLE.replace("    rack: A01\n    u: 3\n", "    ratios: {ct: VALUE}\n")
    assert text != WHOLE
    for value in ("40", "200/5", "2.5"):
        assert complaints(ROOM, plain(text.replace("VALUE", value))) == []
    for value in ("200:5", "0", "true"):
        assert complaints(ROOM, plain(text.replace("VALUE", value))) != []


def mappings(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if isinstance(value, dict):
        yield path
    for key, child in inner:
        yield from mappings(child, (*path, key))


MAPPINGS = list(mappings(YAML(typ="safe", pure=True).load(WHOLE)))
KEYS = st.from_regex(r"[a-z_]{1,10}", fullmatch=True) | st.sampled_from(
    ["adress", "hots", "names", "bit", "scale", "unit", "limits", "period", "port", "host", "u", "id", "profile", "ratios", "from", "feeds"]
)


@QUICK
@given(place=st.sampled_from(MAPPINGS), key=KEYS, value=st.sampled_from([1, "x", [1]]))
def test_a_key_that_the_schema_refuses_the_loader_refuses_too(tmp_path: Path, place: tuple[Any, ...], key: str, value: object) -> None:
    document = YAML(typ="safe", pure=True).load(WHOLE)
    spot: Any = document
    for part in place:
        spot = spot[part]
    assume(key not in spot)
    spot[key] = value
    content = written(document)
    file = tmp_path / "room.yaml"
    file.write_bytes(content)
    if complaints(ROOM, plain(content.decode())):
        assert check_room(file, DRIVERS), (place, key)


@QUICK
@given(place=st.sampled_from(places(YAML(typ="safe", pure=True).load(WHOLE))), value=st.sampled_from([1, -1, 0.5, "x", True, [], {}, 400]))
def test_a_value_that_the_schema_refuses_the_loader_refuses_too(tmp_path: Path, place: tuple[Any, ...], value: object) -> None:
    document = YAML(typ="safe", pure=True).load(WHOLE)
    spot: Any = document
    for part in place[:-1]:
        spot = spot[part]
    spot[place[-1]] = value
    content = written(document)
    file = tmp_path / "room.yaml"
    file.write_bytes(content)
    if complaints(ROOM, plain(content.decode())):
        assert check_room(file, DRIVERS), (place, value)
