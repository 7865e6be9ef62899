"""The driver "badge-events": doors of an access control system by the events that it writes. Opens no door and acknowledges nothing."""

import os
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Complaint, Counters, Heard, Identity, Leg, Register, Setting
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Record, unrecorded
from cityops_desktop.texts import N_
from drivers.badge.events import DoorState, told
from drivers.badge.feed import Feed, FileFeed, PageFeed
from drivers.badge.options import About, BadgeBus, DoorDevice, DoorSource
from drivers.exchange import ExchangeDriver, ExchangeSession, Found, NoAnswer

FRESH = 1.0
"""Seconds for which what was fetched for one door serves the others."""
KINDS = {
    About.LAST: (Kind.TEXT,),
    About.DENIED: (Kind.COUNTER, Kind.ANALOG),
    About.FORCED: (Kind.DIGITAL,),
    About.HELD: (Kind.DIGITAL,),
    About.AGE: (Kind.ANALOG,),
}


class Board:
    """All doors of a system as their events say, kept as long as the program runs."""

    def __init__(self, feed: Feed) -> None:
        self.feed = feed
        self.doors: dict[str, DoorState] = {}


class BadgeDriver(ExchangeDriver):
    """Doors by their events."""

    name = "badge-events"
    protocol = "badge-events"
    bus_options: type[BaseModel] = BadgeBus
    device_options: type[BaseModel] = DoorDevice
    source: type[BaseModel] = DoorSource

    def __init__(self) -> None:
        self._boards: dict[str, Board] = {}

    def resource(self, options: Any) -> str:
        """The file, or the page."""
        return os.path.realpath(options.file) if options.file else f"{options.at}{options.page}"

    def identity(self, options: Any) -> str:
        """The door's name."""
        return str(options.door)

    def question(self, source: Any) -> Hashable:
        """All that is told of a door comes at once."""
        return "events"

    def leg(self, bus: Any, device: Any, question: Any, sources: Sequence[Any]) -> tuple[Leg, float]:
        """The newest events of the system."""
        return Leg(N_("newest events, door {door}"), {"door": device.door}), 0.05

    def describe(self, source: Any) -> Register:
        """What is told of the door."""
        return Register("events", 0, source.about.value, 0, source.about.value, 1, scale=source.scale, offset=source.offset)

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """Each thing that is told has its kind."""
        if kind not in KINDS[source.about]:
            what = N_("what is told of a door has another kind")
            return Complaint(what, N_("last: text; denied: counter; forced, held: digital; age: analog"), key="kind")
        return super().misfit(kind, writable, source)

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All but where the password lies."""
        return {
            key: value for key, value in super().settings(options).items() if key != "password_file" and value != "" and value is not False
        }

    def open(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> "BadgeLink":
        """Nothing is opened before the first question."""
        known = bus.model_dump_json()
        if known not in self._boards:
            self._boards[known] = Board(FileFeed(bus) if bus.file else PageFeed(bus))
        return BadgeLink(bus, self._boards[known], clock, counters, record)

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> ExchangeSession:
        """Know these doors."""
        counters = Counters()
        link = self.open(bus.options, clock, counters, record)
        options = {device.id: device.options for device in devices}
        link.expect(one.door for one in options.values() if isinstance(one, DoorDevice))
        return ExchangeSession(link, counters, clock, options)


class BadgeLink:
    """The events of one system."""

    def __init__(self, options: BadgeBus, board: Board, clock: Clock, counters: Counters, record: Record) -> None:
        from drivers.web.client import Web

        self._options = options
        self._board = board
        self._clock = clock
        self._counters = counters
        self._record = record
        self._zone = options.wording.zone
        self._web = Web(options, clock, counters, record)
        self._asked_at: float | None = None
        self._failure: NoAnswer | None = None
        self._doors: frozenset[str] = frozenset()

    def expect(self, doors: Iterable[str]) -> None:
        """These are the room's: nothing is kept of others, whatever names a source makes up."""
        self._doors = frozenset(doors)

    def ask(self, device: DoorDevice, question: Hashable, sources: Sequence[DoorSource]) -> list[Found]:
        """What the newest events say of this door; of a door that no event has ever named nothing is known."""
        self._refresh()
        if self._failure is not None:
            raise self._failure
        state = self._board.doors.get(device.door)
        if state is None:
            return [Found(None) for _ in sources]
        return [self._found(state, source.about) for source in sources]

    def identify(self, device: DoorDevice) -> Identity | None:
        """Such files do not say who wrote them."""
        return None

    def listen(self, seconds: float) -> Heard:
        """Nothing comes by itself."""
        return Heard()

    def close(self) -> None:
        """Let go of file and connection."""
        self._web.close()
        self._board.feed.close()

    def _refresh(self) -> None:
        now = self._clock.monotonic()
        if self._asked_at is not None and now - self._asked_at < FRESH:
            return
        self._asked_at, self._failure = now, None
        latest = self._clock.wall() + round(self._options.future * 60_000)
        try:
            events = self._board.feed.news(self._counters, self._web, latest)
        except NoAnswer as no:
            self._failure = no
            return
        for event in events:
            if event.door in self._doors:
                self._board.doors.setdefault(event.door, DoorState()).take(event, latest)
        if events:
            self._record(False, f"{len(events)} events\n".encode())

    def _found(self, state: DoorState, about: About) -> Found:
        doubt = Reason.CLOCK if state.ahead is not None else None
        event = state.ahead or state.newest
        if about is About.LAST:
            return Found(told(event, self._zone) if event is not None else None, doubt=doubt)
        if about is About.AGE:
            age = None if state.newest is None else max(0.0, (self._clock.wall() - state.newest.time) / 1000)
            return Found(age, doubt=doubt)
        count = {About.DENIED: float(state.denied), About.FORCED: float(state.forced), About.HELD: float(state.held)}[about]
        return Found(count, doubt=doubt if about is not About.DENIED else None)
