"""`write` of a point and `alarm_output` of a room: what they become, and every way in which they can be wrong."""

from pathlib import Path

import pytest

from cityops_desktop.model.points import Level, WriteLimits
from cityops_desktop.model.rooms import AlarmOutput, OutputKind
from cityops_desktop.room import check_room, load_room
from cityops_desktop.texts import tr
from drivers.registry import DRIVERS

ROOM = """
room: {{id: r1, name: x, domain: c/d/s/r1, timezone: Asia/Shanghai}}
{output}
buses: [{{id: tcp, driver: modbus-tcp, host: 127.0.0.1}}]
devices:
  - id: a
    bus: tcp
    address: 1
    points:
      - {{id: beacon, kind: digital, table: coil, address: 3, write: {{states: [0, 1]}}}}
      - {{id: plain, kind: digital, table: coil, address: 4}}
      - {{id: x, {point}}}
"""
ANALOG = "kind: analog, table: holding, address: 1, type: int16, scale: 0.1"
DIGITAL = "kind: digital, table: holding, address: 1"


def written(folder: Path, point: str = DIGITAL, output: str = "") -> Path:
    path = folder / "room.yaml"
    path.write_text(ROOM.format(point=point, output=output), "utf-8")
    return path


def test_what_may_be_written_and_who_writes_by_itself(tmp_path: Path) -> None:
    room = load_room(written(tmp_path, ANALOG + ", write: {low: 18, high: 28}", "alarm_output: {point: a.beacon}"), DRIVERS)
    points = room.points()
    assert points["a.x"].write == WriteLimits(18, 28, 0.1)
    assert points["a.beacon"].write == WriteLimits(states=(0, 1)) and points["a.plain"].write is None
    beacon = AlarmOutput("alarm_output", points["a.beacon"].names, OutputKind.BEACON, "a.beacon", Level.MAJOR)
    assert room.alarm_outputs == (beacon,), "a room file of before has one, which shines until somebody has acknowledged"


@pytest.mark.parametrize(
    ("point", "output", "words"),
    [
        (ANALOG + ", write: {states: [1]}", "", "does not fit kind analog"),
        (DIGITAL + ", write: {low: 0, high: 1}", "", "does not fit kind digital"),
        (DIGITAL + ", write: {states: [0, 1], low: 0}", "", "does not fit kind digital"),
        ("kind: counter, table: holding, address: 1, write: {low: 0, high: 1}", "", "only an analog or digital point"),
        (ANALOG + ", write: {low: 5, high: 5}", "", "low below high"),
        (ANALOG + ", write: {low: 5}", "", "low below high"),
        (ANALOG + ", span: [0, 20], write: {low: 5, high: 25}", "", "outside the span"),
        (DIGITAL + ", states: {0: off, 1: on}, write: {states: [2]}", "", "no state 2"),
        (DIGITAL + ", bit: 3, write: {states: [0, 1]}", "", "a bit of a register cannot be written"),
        (ANALOG.replace("holding", "input") + ", write: {low: 1, high: 2}", "", "this table cannot be written"),
        (DIGITAL, "alarm_output: {point: a.none}", "no point “a.none”"),
        (DIGITAL, "alarm_output: {point: a.plain}", "cannot be switched"),
        (DIGITAL, "alarm_output: {level: major}", "“point” is missing"),
        (DIGITAL, "alarm_output: {point: a.beacon, level: loud}", "“level” cannot be"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, point: str, output: str, words: str) -> None:
    [problem] = check_room(written(tmp_path, point, output), DRIVERS)
    assert words in tr(problem.what, **problem.params) and problem.where


@pytest.mark.parametrize(
    ("limits", "good", "bad"),
    [
        (WriteLimits(18, 28, 0.5), (18, 18.5, 28), (17.99, 28.5, 18.3, float("nan"), float("inf"))),
        (WriteLimits(-0.3, 0.7, 0.1), (-0.3, 0.0, 0.1, 0.3, 0.7), (0.05, 0.8)),
        (WriteLimits(states=(0, 3)), (0, 3), (1, 0.5, -1)),
    ],
)
def test_limits_allow_their_steps_and_nothing_else(limits: WriteLimits, good: tuple[float, ...], bad: tuple[float, ...]) -> None:
    assert all(limits.allow(value) for value in good)
    assert not any(limits.allow(value) for value in bad)
