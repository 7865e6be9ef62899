"""`room: {shifts: [...]}`: the times at which shifts change, how they are read, and where the next change lies, whatever the clocks do."""

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop import paths
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.hidings import HOUR_MS, LONGEST_MS, Latest, latest_end
from cityops_desktop.model.points import Level
from cityops_desktop.model.shifts import shift_begin, shift_end
from cityops_desktop.room.load import load_room
from drivers.registry import DRIVERS

HEAD = "room:\n  id: r1\n  name: 房\n  domain: c/d/s/r1\n  timezone: Asia/Shanghai\n"
TIMES = st.lists(st.times().map(lambda time: f"{time:%H:%M}"), min_size=1, max_size=6, unique=True)
WALL = st.integers(1_600_000_000_000, 1_900_000_000_000)
ZONES = st.sampled_from(("Asia/Shanghai", "Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "UTC"))


def shifts(tmp_path: Path, text: str) -> tuple[str, ...]:
    file = tmp_path / "room.yaml"
    file.write_text(HEAD + text, "utf-8")
    return load_room(file, DRIVERS).shifts


def test_they_are_read_in_order_and_may_be_left_out(tmp_path: Path) -> None:
    assert shifts(tmp_path, "") == ()
    assert shifts(tmp_path, "  shifts: [20:00, 08:00]\n") == ("08:00", "20:00")
    assert shifts(tmp_path, '  shifts: ["00:30"]\n') == ("00:30",)
    assert load_room(paths.ROOMS / "demo.yaml", DRIVERS).shifts == ("08:00", "20:00")


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("  shifts: [08:00,\n    24:00]\n", 7, "24:00"),
        ("  shifts:\n    - 8:00\n", 7, "8:00"),
        ("  shifts: [08:00,\n    20:00,\n    08:00]\n", 8, "08:00"),
        ("  shifts: 08:00\n", 6, "shifts"),
        ("  shifts: [00:00, 01:00, 02:00, 03:00, 04:00, 05:00, 06:00]\n", 6, "shifts"),
        ("  shift: [08:00]\n", 6, "shift"),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, text: str, line: int, part: str) -> None:
    with pytest.raises(OperatorError) as error:
        shifts(tmp_path, text)
    (problem,) = error.value.problems
    assert problem.where.endswith(f"room.yaml:{line}"), problem
    assert part in problem.what.format(**problem.params)
    assert problem.do


@given(TIMES, ZONES, WALL)
def test_now_lies_between_two_changes_that_are_next_to_each_other(times: list[str], zone: str, wall: int) -> None:
    begin, end = shift_begin(times, zone, wall), shift_end(times, zone, wall)
    assert begin is not None and end is not None
    assert begin <= wall < end
    assert end - begin <= 26 * HOUR_MS, "a day is 25 hours at most, and a change that a clock leaps over comes an hour late"
    assert shift_end(times, zone, begin) == end and shift_begin(times, zone, end) == end
    for change in (begin, end):
        there = datetime.datetime.fromtimestamp(change / 1000, ZoneInfo(zone))
        leapt = [one for one in times if _leapt(there, one)]
        assert f"{there:%H:%M}" in times or leapt


def _leapt(there: datetime.datetime, text: str) -> bool:
    """Is this a time of that day which the clocks leapt over?"""
    told = datetime.datetime.combine(there.date(), datetime.time.fromisoformat(text), there.tzinfo)
    return datetime.datetime.fromtimestamp(told.timestamp(), there.tzinfo).time() != told.time()


@given(st.lists(st.sampled_from(list(Level)), min_size=1), st.one_of(st.just([]), TIMES), WALL)
def test_the_latest_end_is_the_worst_levels_or_the_shifts(levels: list[Level], times: list[str], wall: int) -> None:
    end, by_shift = latest_end(levels, shift_end(times, "Asia/Shanghai", wall), wall)
    assert wall < end <= wall + min(LONGEST_MS[level] for level in levels)
    assert by_shift is (end < wall + LONGEST_MS[min(levels)])
    assert not by_shift or end == shift_end(times, "Asia/Shanghai", wall)


def test_without_shifts_only_the_level_counts() -> None:
    assert latest_end([Level.CRITICAL, Level.WARNING], None, 0) == Latest(HOUR_MS, False)
    assert shift_end((), "Asia/Shanghai", 0) is None and shift_begin((), "Asia/Shanghai", 0) is None
