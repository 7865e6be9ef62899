"""The room file's `history:`: half a year is the least, and the message says why."""

from pathlib import Path

import pytest

from cityops_desktop.errors import OperatorError
from cityops_desktop.model.rooms import Keeping
from cityops_desktop.room.load import load_room
from drivers.registry import DRIVERS

HEAD = "room: {id: r1, name: 房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"


def keeping(tmp_path: Path, text: str) -> Keeping:
    file = tmp_path / "room.yaml"
    file.write_text(HEAD + text, "utf-8")
    return load_room(file, DRIVERS).history


def test_what_is_kept_without_and_with_the_section(tmp_path: Path) -> None:
    assert keeping(tmp_path, "") == Keeping(400, 1200, None)
    told = "history: {samples_days: 184, rollups_days: 184, disk_budget_gb: 2.5}\n"
    assert keeping(tmp_path, told) == Keeping(184, 184, 2_500_000_000)


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("history:\n  samples_days: 183\n", 3, "GB/T 36621-2018, 8.2.3.2 d"),
        ("history:\n  disk_budget_gb: 1\n  samples_days: 0\n", 4, ""),
        ("history:\n  samples_days: 300\n  rollups_days: 299\n", 4, "300"),
        ("history:\n  samples_days: 1300\n", 2, "1300"),
        ("history:\n  disk_budget_gb: 0\n", 3, ""),
        ("history:\n  sample_days: 300\n", 3, "sample_days"),
        ("history: 400\n", 2, ""),
    ],
)
def test_mistakes_are_named_with_file_and_line(tmp_path: Path, text: str, line: int, part: str) -> None:
    with pytest.raises(OperatorError) as error:
        keeping(tmp_path, text)
    (problem,) = error.value.problems
    assert problem.where.endswith(f"room.yaml:{line}")
    assert part in problem.what.format(**problem.params)
    assert problem.do
