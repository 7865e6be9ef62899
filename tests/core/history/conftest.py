"""A small room, an open store."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cityops_desktop.clock import Clock
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.store.store import Store

NAMES = Names("点", "point")


def point(key: str, kind: Kind = Kind.ANALOG, resolution: float = 0.1, unit: str = "°C") -> Point:
    return Point(key, key.split(".")[0], NAMES, kind, Group.UPS, unit, resolution)


@pytest.fixture
def room() -> Room:
    points = (point("a.t"), point("a.d", Kind.DIGITAL, 1.0, ""), point("a.k", Kind.COUNTER, 1.0, "kWh"), point("a.s", Kind.TEXT, 1.0, ""))
    device = Device("a", "line", NAMES, Group.UPS, None, points)
    return Room("r", NAMES, "c/d/s/r", "Asia/Shanghai", "v1", devices=(device,))


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    opened = Store.open(tmp_path, clock)
    yield opened
    opened.close()
