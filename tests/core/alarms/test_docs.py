"""docs/alarms.md names every level, cause and state, and the delays that the program has."""

from pathlib import Path

import pytest

from cityops_desktop.alarms.book import BUS_DELAY, BUS_LEVEL, DEVICE_DELAY, DEVICE_LEVEL
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Level

PAGE = (Path(__file__).parents[3] / "docs" / "alarms.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [level.name.lower() for level in Level] + [*map(str, Cause), *map(str, AlarmState)])
def test_every_code_is_explained(code):
    assert f"| `{code}` |" in PAGE


@pytest.mark.parametrize(("cause", "level", "delay"), [("device_lost", DEVICE_LEVEL, DEVICE_DELAY), ("bus_lost", BUS_LEVEL, BUS_DELAY)])
def test_levels_and_delays_of_what_is_lost_are_those_of_the_program(cause, level, delay):
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| `{cause}` |")]
    assert f"| `{level.name.lower()}` |" in row
    assert f"{delay:g} s / {delay:g} s" in row
