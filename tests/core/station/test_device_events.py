"""Device events as log lines: every change is told or counted, none twice, and a chattering contact writes a line in ten seconds."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.station.deviceevents import PAUSE, DeviceEvents

X = Names("UPS 1", "UPS 1")


def device(id: str, sensitive: bool = False) -> Device:
    states = {0: Names("市电", "mains"), 1: Names("电池", "battery")}
    mode = Point(f"{id}.mode", id, Names("供电方式", "Supply"), Kind.DIGITAL, Group.UPS, states=states)
    return Device(id, "b", X, Group.UPS, None, (mode, Point(f"{id}.load", id, X, Kind.ANALOG, Group.UPS)), sensitive=sensitive)


ROOM = Room("r", X, "c/d/s/r", "Asia/Shanghai", "1", buses=(Bus("b", "d", X, None),), devices=(device("ups"), device("door", True)))


def events() -> tuple[DeviceEvents, list[tuple[str, str]]]:
    lines: list[tuple[str, str]] = []
    return DeviceEvents(ROOM, lambda app, text: lines.append((app, text))), lines


def good(key: str, value: float) -> Reading:
    return Reading(key, value, 0, Quality.GOOD)


def test_a_change_is_a_line_in_words_and_only_of_what_everybody_may_see():
    told, lines = events()
    for value in (0, 1):
        told.take([good("ups.mode", value), good("ups.load", value), good("door.mode", value)])
    told.take([failed("ups.mode", 0, Reason.NO_ANSWER)])
    told.tick(1.0)
    told.tick(2.0)
    assert lines == [("ups", "ups.mode 供电方式: 0 市电 → 1 电池")]


@given(st.lists(st.integers(0, 2), min_size=1, max_size=60))
def test_whatever_it_does_each_change_is_told_or_counted(values):
    told, lines = events()
    for second, value in enumerate(values):
        told.take([good("ups.mode", value)])
        told.tick(float(second))
    told.tick(len(values) + PAUSE)
    changes = sum(a != b for a, b in pairwise(values))
    counted = sum(int(text.rpartition("(")[2].split()[0]) if text.endswith("changes)") else 1 for _, text in lines)
    assert counted == changes and len(lines) <= 1 + (len(values) + PAUSE) // PAUSE
