"""The room file's `levels:`: names and colours of alarm levels, and what is said about bad ones, with file and line."""

from pathlib import Path

import pytest

from cityops_desktop.config.difference import between
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.levels import LevelLook
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room
from cityops_desktop.sentences import level_name, name_levels
from cityops_desktop.station.info import room_info
from drivers.registry import DRIVERS

HEAD = "room:\n  id: r1\n  name: 房\n  domain: c/d/s/r1\n  timezone: Asia/Shanghai\n"


def room(tmp_path: Path, text: str) -> Room:
    file = tmp_path / "room.yaml"
    file.write_text(HEAD + text, "utf-8")
    return load_room(file, DRIVERS)


def test_names_and_colours_are_read_and_travel_to_consoles(tmp_path: Path) -> None:
    made = room(
        tmp_path, 'levels:\n  critical: {name: {zh: 一级, en: Level 1}}\n  warning: {name: 提醒, light: "#3A5FCD", dark: "#7FA8FF"}\n'
    )
    assert made.levels == (
        LevelLook(Level.CRITICAL, Names("一级", "Level 1")),
        LevelLook(Level.WARNING, Names("提醒", "提醒"), "#3A5FCD", "#7FA8FF"),
    )
    told = room_info(made, {}, {}).levels
    assert [(one.level, one.light) for one in told] == [(1, None), (4, "#3A5FCD")]
    (change,) = between(room(tmp_path, ""), made)
    assert change.thing == "room" and "levels" in " ".join(change.fields)
    assert made.version != room(tmp_path, "").version


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("levels:\n  urgent: {name: 急}\n", 7, "urgent"),
        ("levels:\n  minor:\n    light: yellow\n", 8, "light"),
        ('levels:\n  minor:\n    name: 一般\n    light: "#E5E6E8"\n', 9, "light"),
        ('levels:\n  major:\n    dark: "#FF4D5E"\n', 8, "critical"),
        ("levels:\n  major: 重要\n", 7, "keys and values"),
        ("levels:\n  major: {name: 急}\n  minor: {name: 急}\n", 8, "急"),
        ('levels:\n  minor: {colour: "#112233"}\n', 7, "colour"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, text: str, line: int, part: str) -> None:
    with pytest.raises(OperatorError) as error:
        room(tmp_path, text)
    told = [problem for problem in error.value.problems if problem.where.endswith(f":{line}")]
    assert told and any(part in f"{problem.what} {problem.do} {problem.params}" for problem in told), error.value.problems


def test_what_a_room_calls_its_levels_is_what_every_sentence_calls_them() -> None:
    name_levels({Level.CRITICAL: Names("一级", "Level 1")})
    try:
        assert level_name(1) in ("一级", "Level 1") and level_name(2) not in ("一级", "Level 1")
    finally:
        name_levels({})
    assert level_name(1) not in ("一级", "Level 1")
