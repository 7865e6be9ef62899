"""docs/drivers.md keeps up: every driver stands in its table, and every example is a room that loads."""

import re
from pathlib import Path

import pytest

from cityops_desktop import paths
from cityops_desktop.room import load_room
from drivers.registry import DRIVERS

PAGE = (paths.ROOT / "docs" / "drivers.md").read_text("utf-8")
HEAD = "room: {id: r1, name: 机房, domain: c/d/s/r1, timezone: Asia/Shanghai}\n"
EXAMPLES = [block for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE) if block.startswith("buses:")]


def test_every_driver_stands_in_the_table_with_what_it_never_sends_and_whom_it_was_tested_with() -> None:
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `")]
    told = {name: row for row in rows for name in re.findall(r"`([\w-]+)`", row[0])}
    assert [name for name in DRIVERS if name not in told] == []
    assert all(len(told[name]) == 5 and all(told[name]) for name in DRIVERS)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_every_example_loads(tmp_path: Path, example: str) -> None:
    (tmp_path / "room.yaml").write_text(HEAD + example, "utf-8")
    assert load_room(tmp_path / "room.yaml", DRIVERS).points()


def test_the_page_can_be_found() -> None:
    for page in ("README.md", "docs/room-file.md", "docs/new-device.md"):
        assert "drivers.md)" in (paths.ROOT / page).read_text("utf-8"), page
