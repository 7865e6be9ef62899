"""Guidance: what a room file may say and how mistakes are told, which of several entries an alarm gets, and what the program brings."""

from dataclasses import replace
from pathlib import Path

import pytest

from cityops_desktop.alarms.advice import find
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.guidance import Advice, Guidance
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Place, Point
from cityops_desktop.model.rooms import Area, Bus, Device, Room
from cityops_desktop.paths import ROOMS
from cityops_desktop.room import check_room, load_room
from cityops_desktop.room.guidance import standard
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

NAMES = Names("名", "name")
ROOM = """\
room: {id: r1, name: R, domain: c/d/s/r1, timezone: Asia/Shanghai, size: [10, 8]}
areas:
  - {id: hall, place: {x: 0, y: 0}, size: [6, 8]}
racks:
  - {id: A01, place: {x: 1, y: 1}}
buses:
  - {id: nvr, driver: recorder-http, host: 127.0.0.1}
devices:
  - {id: cam, bus: nvr, channel: 1, profile: camera-dahua}
  - {id: nvr, bus: nvr, channel: 0, profile: recorder-dahua}
guidance:
  - for: [cam, nvr.reachable, "area:hall", "rack:A01", "group:ups"]
    cause: {zh: 断电, en: No power}
    steps: [look, {zh: 换, en: change it}]
    page: floor
    camera: cam
"""


def room_file(folder: Path, text: str) -> Path:
    file = folder / "room.yaml"
    file.write_text(text, "utf-8")
    return file


def test_what_a_room_file_says(tmp_path: Path) -> None:
    advice = Advice(Names("断电", "No power"), None, (Names("look", "look"), Names("换", "change it")), "floor")
    about = ("cam", "nvr.reachable", "area:hall", "rack:A01", "group:ups")
    assert load_room(room_file(tmp_path, ROOM), DRIVERS).guidance == (Guidance(about, advice, "cam"),)


@pytest.mark.parametrize(
    ("old", "new", "line", "what", "do"),
    [
        ("area:hall", "area:hell", 12, "there is no “area:hell” that guidance could be for", "area:hall"),
        ("nvr.reachable", "nvr.reachable#high1", 12, "there is no “nvr.reachable#high1” that", "nvr.reachable"),
        ("[cam, nvr.reachable", "[cam, cam", 12, "there is guidance for “cam” twice (the other: {file}:12)", "remove one"),
        ("camera: cam", "camera: cam2", 16, "there is no device “cam2”", "cam"),
        ("camera: cam", "camera: nvr", 16, "“nvr” takes no pictures", "name a camera"),
        ("page: floor", "page: roof", 15, "“page” cannot be", "floor"),
        ("    page: floor", "    pages: floor", 15, "pages", ""),
        ("look, {", "look, 5, {", 14, "5", ""),
    ],
)
def test_a_mistake_is_told_at_its_line(tmp_path: Path, old: str, new: str, line: int, what: str, do: str) -> None:
    file = room_file(tmp_path, ROOM.replace(old, new, 1))
    problems = check_room(file, DRIVERS)
    told = [(one.where, tr(one.what, **one.params), tr(one.do, **one.params)) for one in problems]
    assert any(
        where == f"{file}:{line}" and what.replace("{file}", str(file)) in sentence and do in advice for where, sentence, advice in told
    ), told


def test_guidance_that_says_nothing_is_told(tmp_path: Path) -> None:
    file = room_file(tmp_path, ROOM[: ROOM.index("    cause")])
    [problem] = check_room(file, DRIVERS)
    assert "says nothing" in tr(problem.what, **problem.params)


def small_room(*guidance: Guidance) -> Room:
    limit = Limit("high1", Level.CRITICAL, LimitKind.HIGH, 30.0)
    x = Point("t.x", "t", NAMES, Kind.ANALOG, Group.ENVIRONMENT, unit="°C", limits=(limit,), rack="R1", place=Place(1, 1))
    device = Device("t", "b", NAMES, Group.ENVIRONMENT, None, (x,))
    areas = (Area("a", NAMES, Place(0, 0), (2, 2)), Area("far", NAMES, Place(5, 5), (2, 2)))
    return Room(
        "r", NAMES, "c/d/s/r", "Asia/Shanghai", "1", buses=(Bus("b", "d", NAMES, None),), devices=(device,), areas=areas, guidance=guidance
    )


NEAR = ("t.x#high1", "t.x", "t", "rack:R1", "area:a", "group:environment")


@pytest.mark.parametrize("first", range(len(NEAR)))
def test_the_nearest_entry_is_taken(first: int) -> None:
    entries = tuple(Guidance((about,), Advice(Names(about, about)), "") for about in reversed(NEAR[first:]))
    found = find(small_room(*entries, Guidance(("area:far",), Advice(Names("?", "?")))), standard(), "t.x#high1", "t.x", Cause.HIGH)
    assert (found.source, found.advice.cause) == (NEAR[first], Names(NEAR[first], NEAR[first]))


def test_camera_and_text_are_looked_for_each_by_itself() -> None:
    room = small_room(Guidance(("t.x",), Advice(steps=(NAMES,))), Guidance(("area:a",), Advice(), "cam"))
    found = find(room, standard(), "t.x#high1", "t.x", Cause.HIGH)
    assert (found.source, found.advice.steps, found.camera) == ("t.x", (NAMES,), "cam")
    alone = find(replace(room, guidance=room.guidance[1:]), standard(), "t.x#high1", "t.x", Cause.HIGH)
    assert (alone.source, alone.camera) == ("standard:high_temperature", "cam")


def test_alarms_about_no_point_have_standard_guidance_by_their_cause() -> None:
    assert find(small_room(), standard(), "t#lost", "t", Cause.DEVICE_LOST).source == "standard:device_lost"
    assert find(small_room(), standard(), "bus:b#lost", "bus:b", Cause.BUS_LOST).source == "standard:bus_lost"
    assert find(small_room(), standard(), "station#recording", "station", Cause.RECORDING_PAUSED).source == "standard:recording_paused"
    assert find(small_room(), standard(), "station#p", "station", Cause.PATROL_MISSED).source == "standard:patrol"
    assert find(small_room(), standard(), "station#x", "station", Cause.STATION_RESTARTED).source == ""


def test_the_standard_guidance_is_whole_and_short() -> None:
    entries = standard()
    assert len({entry.id for entry in entries}) == len(entries) > 25
    for entry in entries:
        advice = entry.advice
        assert advice.cause and advice.consequence and 2 <= len(advice.steps) <= 5, entry.id
        for names in (advice.cause, advice.consequence, *advice.steps):
            assert 4 <= len(names.zh) <= 60 and 10 <= len(names.en) <= 130 and names.en.isascii(), (entry.id, names)


def test_every_limit_of_the_demo_has_guidance_that_fits() -> None:
    room = load_room(ROOMS / "demo.yaml", DRIVERS)
    found = {
        f"{key}#{limit.id}": find(room, standard(), f"{key}#{limit.id}", key, Cause(limit.kind.value))
        for key, point in room.points().items()
        for limit in point.limits
    }
    assert len(found) > 500
    assert [key for key, one in found.items() if not one.advice] == []
    for part, expected in (
        ("contacts.input_1#", "fire"),
        ("contacts.input_2#", "gas_released"),
        ("contacts.input_3#", "fire_trouble"),
        ("leak-rope.broken#", "leak_rope_broken"),
        ("leak-rope.wet#", "leak"),
        ("crac1.floor_water#", "leak"),
    ):
        assert {one.source for key, one in found.items() if key.startswith(part)} == {f"standard:{expected}"}


PROFILED = """\
room: {id: r1, name: R, domain: c/d/s/r1, timezone: Asia/Shanghai}
buses:
  - {id: line, driver: modbus-tcp, host: 127.0.0.1}
devices:
  - {id: t1, bus: line, address: 1, profile: probe}
  - {id: t2, bus: line, address: 2, profile: probe}
guidance:
  - {for: [t2], cause: draught}
"""
PROBE = """\
profile: {id: probe, name: Probe, manufacturer: m, protocol: modbus, group: environment, source: ours}
points:
  - id: temp
    kind: analog
    table: holding
    address: 0
    type: int16
    unit: "°C"
    limits: [{level: major, high: 30}, {level: critical, high: 40}]
guidance:
  - {for: [device], cause: whole}
  - {for: ["temp#high1"], steps: [leave], page: floor}
"""


def test_a_profile_says_it_for_its_points_limits_and_the_whole_device(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "probe.yaml").write_text(PROBE, "utf-8")
    room = load_room(room_file(tmp_path, PROFILED), DRIVERS)
    found = {
        key: find(room, standard(), key, subject, cause).source
        for key, subject, cause in (
            ("t1.temp#high1", "t1.temp", Cause.HIGH),
            ("t1.temp#high2", "t1.temp", Cause.HIGH),
            ("t1#lost", "t1", Cause.DEVICE_LOST),
            ("t2.temp#high1", "t2.temp", Cause.HIGH),
        )
    }
    assert list(found.values()) == ["profile:probe.temp#high1", "profile:probe", "profile:probe", "t2"]


def test_a_mistake_in_a_profile_is_told_once_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "probe.yaml").write_text(PROBE.replace("temp#high1", "temp#high9"), "utf-8")
    [problem] = check_room(room_file(tmp_path, PROFILED), DRIVERS)
    assert problem.where.endswith("probe.yaml:12")
    assert "temp#high9" in tr(problem.what, **problem.params)
