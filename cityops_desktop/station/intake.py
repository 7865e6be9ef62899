"""What the reports of the buses mean: live table, journal, curves, alarms, and what consoles hear of it. Asks no device anything.

Used from the station's event loop only.
"""

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport, WireState
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.journal import Journal
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Room
from cityops_desktop.station.desk import StationDesk
from cityops_desktop.station.identities import Identities
from cityops_desktop.station.learning import Learning

LATE_SAMPLES = 8000
"""Lateness of the newest polls that the p99 is taken from: about a minute of a busy room."""


class Intake:
    """One for a run of the station."""

    def __init__(
        self,
        room: Room,
        clock: Clock,
        live: LiveTable,
        journal: Journal,
        curves: Curves,
        book: AlarmBook,
        desk: StationDesk,
        identities: Identities,
        learning: Learning,
    ) -> None:
        self._room = room
        self._clock = clock
        self._live = live
        self._journal = journal
        self._curves = curves
        self._book = book
        self._desk = desk
        self._identities = identities
        self._learning = learning
        self._points_on = {bus.id: sum(len(d.points) for d in room.devices if d.bus == bus.id) for bus in room.buses}
        self._points_of = {device.id: len(device.points) for device in room.devices}
        self._silent: dict[str, set[str]] = {bus.id: set() for bus in room.buses}
        self._late: deque[float] = deque(maxlen=LATE_SAMPLES)
        self.listeners: list[Callable[[Sequence[Reading]], None]] = []
        """Who else hears what was read."""
        self.samples = 0
        """Good readings since the start."""

    def take(self, report: BusReport) -> None:
        """A report of a bus."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        if report.identities:
            self._identities.told(report.identities)
        if report.learned:
            self._learning.take(report.learned)
        if report.readings:
            applied = self._live.apply(self._identities.judged(report.readings))
            self._journal.add(applied.accepted)
            self._curves.extend(applied.accepted)
            changed: list[Alarm] = []
            for reading in applied.accepted:
                self.samples += reading.quality is Quality.GOOD
                changed.extend(self._book.feed(reading, wall, mono))
            self._desk.announce(changed)
            self._desk.hub.touch([reading.point for reading in applied.accepted])
            for listener in self.listeners:
                listener(applied.accepted)
        if report.late_ms is not None:
            self._late.append(report.late_ms)
        self._health(report, wall, mono)

    def sweep(self, wall: int, mono: float) -> None:
        """Once a second: readings that have become stale."""
        stale = self._live.sweep()
        changed: list[Alarm] = []
        for key in stale:
            changed.extend(self._book.feed(self._live.get(key).reading, wall, mono))
        self._desk.announce(changed)
        self._desk.hub.touch(stale)

    def exchange(self, room: Room) -> list[Alarm]:
        """The same room with other limits, from now on; the alarms that this changes."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        before = self._room.points()
        changed: list[Alarm] = []
        for key, point in room.points().items():
            if point.limits != before[key].limits:
                changed.extend(self._book.exchange(self._live.get(key).reading, point.limits, wall, mono))
        self._room = room
        return changed

    def all_read(self) -> bool:
        """Has every point of the room had an answer, or none for a reason?"""
        return all(entry.reading.reason is not Reason.WAITING for entry in self._live.entries.values())

    def late_p99_ms(self) -> float:
        """So late are the newest polls at most, but for one in a hundred."""
        return float(np.percentile(np.fromiter(self._late, float), 99)) if self._late else 0.0

    def _health(self, report: BusReport, wall: int, mono: float) -> None:
        """Lost buses and silent devices become alarms; consoles hear of it when it changes."""
        facts = self._desk.facts
        known = facts.buses.get(report.bus)
        facts.buses[report.bus] = report
        facts.devices.update(report.devices)
        silent = set(report.silent)
        before = self._silent[report.bus]
        if known is not None and (known.state, known.reason) == (report.state, report.reason) and silent == before:
            return
        self._silent[report.bus] = silent
        changed: list[Alarm] = []
        if report.state is WireState.DOWN:
            detail = str(report.reason) if report.reason else report.detail
            changed.extend(self._book.bus_lost(report.bus, detail, self._points_on[report.bus], wall, mono))
        elif report.state is WireState.UP:
            changed.extend(self._book.bus_back(report.bus, wall, mono))
        for device in silent - before:
            changed.extend(self._book.device_lost(device, self._points_of[device], wall, mono))
        for device in before - silent:
            changed.extend(self._book.device_back(device, wall, mono))
        self._desk.announce(changed)
        self._desk.hub.station_changed()
