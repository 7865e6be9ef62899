"""Device events as lines of the collected logs: what a digital or text point of the room says now that it did not say before.

So one search finds a switch's line, a trap and the UPS that went to battery side by side (GB/T 36621-2018, 8.2.3.2 j). Devices whose
values only a logged-in person may see are left out: lines are seen by whoever may read logs. Used from the station's event loop.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Reading, Value
from cityops_desktop.model.rooms import Room

PAUSE = 10.0
"""Seconds after a line of a point until its next one: a contact that chatters fills no disk. What was left out is counted."""


@dataclass(slots=True)
class _Told:
    """Of one point: the value that its last line told, when the next may come (monotonic), changes since that were not told."""

    value: Value
    next: float = 0.0
    left_out: int = 0
    now: Value = None


class DeviceEvents:
    """One for a run of the station. `write` gets app and text of a line."""

    def __init__(self, room: Room, write: Callable[[str, str], None]) -> None:
        self._write = write
        events = (Kind.DIGITAL, Kind.TEXT)
        self._points = {
            point.key: point for device in room.devices if not device.sensitive for point in device.points if point.kind in events
        }
        self._told: dict[str, _Told] = {}
        self._waiting: set[str] = set()

    def take(self, readings: Iterable[Reading]) -> None:
        """New readings. The first of a point tells nothing: nobody knows whether it changed."""
        for reading in readings:
            if reading.point not in self._points or not reading.usable:
                continue
            told = self._told.get(reading.point)
            if told is None:
                self._told[reading.point] = _Told(reading.value, now=reading.value)
            elif reading.value != told.now:
                told.now = reading.value
                told.left_out += 1
                self._waiting.add(reading.point)

    def tick(self, mono: float) -> None:
        """Each second: the lines that may be written now."""
        for key in sorted(self._waiting):
            told = self._told[key]
            if mono < told.next:
                continue
            self._waiting.discard(key)
            more = f" ({told.left_out} changes)" if told.left_out > 1 else ""
            if told.now != told.value or more:
                point = self._points[key]
                self._write(point.device, f"{key} {point.names.zh}: {_words(point, told.value)} → {_words(point, told.now)}{more}")
            told.value, told.next, told.left_out = told.now, mono + PAUSE, 0


def _words(point: Point, value: Value) -> str:
    if point.kind is Kind.DIGITAL and isinstance(value, int | float):
        names = point.states.get(int(value))
        return f"{int(value)} {names.zh}" if names is not None else str(int(value))
    return str(value)
