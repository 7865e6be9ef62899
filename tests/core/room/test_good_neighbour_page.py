"""docs/good-neighbour.md keeps up: its example loads, and its figures are those of the program."""

import re
from pathlib import Path

from cityops_desktop import paths
from cityops_desktop.acquire import courtesy, overheard
from cityops_desktop.model.drivers import LISTEN_AGAIN, LISTEN_FIRST
from cityops_desktop.room import load_room
from drivers.line import overhear
from drivers.modbus import acquaintance, dialogue
from drivers.registry import DRIVERS

PAGE = (paths.ROOT / "docs" / "good-neighbour.md").read_text(encoding="utf-8")


def test_the_example_of_a_host_as_a_device_loads(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "room.yaml"
    file.write_text("room: {id: r1, name: r, domain: c/d/s/r1, timezone: Asia/Shanghai}\n" + example, encoding="utf-8")
    assert list(load_room(file, DRIVERS).points()) == ["old-host.ups1_load"]


def test_the_figures_are_those_of_the_program() -> None:
    assert (LISTEN_FIRST, LISTEN_AGAIN, overheard.UNHEARD, overheard.UNHEARD_PERIODS, overheard.UNANSWERED) == (10, 2, 60, 3, 2)
    assert (courtesy.GIVE_WAY, courtesy.PATIENCE, courtesy.REMEMBERED, courtesy.SURE) == (60, 3, 600, 2)
    assert (dialogue.WITHIN, acquaintance.LATE) == (overhear.WITHIN, overhear.LATE) == (3, 10)
