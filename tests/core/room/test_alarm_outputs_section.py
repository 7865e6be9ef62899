"""`alarm_outputs` of a room file and `selftest` of a room: what they become, and every way in which they can be wrong."""

import json
from pathlib import Path

import pytest

from cityops_desktop.config.difference import between
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.rooms import AlarmOutput, Energised, OutputKind
from cityops_desktop.room import check_room, load_room
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

ROOM = """
room: {{id: r1, name: x, domain: c/d/s/r1, timezone: Asia/Shanghai{head}}}
{outputs}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1}}
  - {{id: heard, driver: modbus-rtu, port: /dev/none, listen_only: true}}
devices:
  - id: a
    bus: tcp
    address: 1
    points:
      - {{id: lamp, name: {{zh: 灯, en: Lamp}}, kind: digital, table: coil, address: 3, write: {{states: [0, 1]}}}}
      - {{id: horn, kind: digital, table: coil, address: 4, write: {{states: [0, 1]}}}}
      - {{id: plain, kind: digital, table: coil, address: 5}}
  - id: b
    bus: heard
    address: 1
    points:
      - {{id: horn, kind: digital, table: coil, address: 4, write: {{states: [0, 1]}}}}
"""
LAMP = "{id: lamp, kind: beacon, point: a.lamp}"


def written(folder: Path, outputs: str = "", head: str = "", name: str = "room.yaml") -> Path:
    path = folder / name
    path.write_text(ROOM.format(outputs=outputs, head=head), "utf-8")
    return path


def test_what_they_become(tmp_path: Path):
    horn = "{id: siren, name: {zh: 警号, en: Siren}, kind: horn, point: a.horn, level: critical, energised: quiet, hold: 6}"
    room = load_room(written(tmp_path, f"alarm_outputs: [{LAMP}, {horn}]", ', shifts: ["08:00", "20:00"], selftest: 60'), DRIVERS)
    assert room.alarm_outputs == (
        AlarmOutput("lamp", Names("灯", "Lamp"), OutputKind.BEACON, "a.lamp", Level.MAJOR),
        AlarmOutput("siren", Names("警号", "Siren"), OutputKind.HORN, "a.horn", Level.CRITICAL, Energised.QUIET, 6),
    )
    assert room.selftest == 60
    plain = load_room(written(tmp_path), DRIVERS)
    assert plain.alarm_outputs == () and plain.selftest is None and plain.version != room.version


@pytest.mark.parametrize(
    ("outputs", "line", "words"),
    [
        ("alarm_outputs: [{kind: beacon, point: a.lamp}]", 3, "“id” is missing"),
        ("alarm_outputs: [{id: x, point: a.lamp}]", 3, "“kind” is missing"),
        ("alarm_outputs: [{id: x, kind: siren, point: a.lamp}]", 3, "“kind” cannot be"),
        ("alarm_outputs: [{id: x, kind: horn, point: a.none}]", 3, "no point “a.none”"),
        ("alarm_outputs: [{id: x, kind: horn, point: a.plain}]", 3, "cannot be switched"),
        ("alarm_outputs: [{id: x, kind: horn, point: b.horn}]", 3, "only listened to"),
        ("alarm_outputs: [{id: x, kind: horn, point: a.horn, energised: never}]", 3, "“energised” cannot be"),
        ("alarm_outputs: [{id: x, kind: horn, point: a.horn, hold: 1}]", 3, "at least 3"),
        ("alarm_outputs: [{id: x, kind: horn, point: a.horn, watts: 5}]", 3, "unknown key “watts”"),
        (f"alarm_outputs:\n  - {LAMP}\n  - {{id: lamp, kind: horn, point: a.horn}}", 5, "declared twice"),
        (f"alarm_outputs:\n  - {LAMP}\n  - {{id: x, kind: horn, point: a.lamp}}", 5, "switch the same point"),
        (f"alarm_outputs: [{LAMP}]\nalarm_output: {{point: a.horn}}", 4, "stand in one file"),
        ("alarm_outputs: 5", 3, "must be a list"),
        ("alarm_output: 5", 3, "keys and values"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, outputs: str, line: int, words: str):
    path = written(tmp_path, outputs)
    [problem] = check_room(path, DRIVERS)
    assert words in tr(problem.what, **problem.params) and problem.where == f"{path}:{line}"


@pytest.mark.parametrize(
    ("head", "words"),
    [(", selftest: 60", "has no shifts"), (', shifts: ["08:00"], selftest: 1', "at least 5"), (", selftest: soon", "whole number")],
)
def test_a_self_test_needs_shifts_and_a_time(tmp_path: Path, head: str, words: str):
    [problem] = check_room(written(tmp_path, head=head), DRIVERS)
    assert words in tr(problem.what, **problem.params) and tr(problem.do, **problem.params)


def test_a_changed_output_is_told_before_it_is_applied(tmp_path: Path):
    before = load_room(written(tmp_path, f"alarm_outputs: [{LAMP}]"), DRIVERS)
    after = load_room(written(tmp_path, "alarm_outputs: [{id: lamp, kind: beacon, point: a.lamp, energised: quiet}]"), DRIVERS)
    [change] = between(before, after)
    assert (change.thing, change.id, change.fields) == ("alarm_output", "lamp", {"energised": ("alarm", "quiet")})


def test_the_schema_knows_them():
    from cityops_desktop.room.schema import room_schema

    entry = room_schema(DRIVERS)["properties"]["alarm_outputs"]["items"]
    assert json.dumps(sorted(entry["required"])) == '["id", "kind", "point"]' and "hold" in entry["properties"]
