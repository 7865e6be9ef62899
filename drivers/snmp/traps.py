"""Traps and informs as digital points: that a message came, not what it says. An unknown sender is counted and not believed.

A trap is a hint and may be lost: the device's own state is read by the driver `snmp`, on a bus of its own.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import (
    NOTHING_LEARNED,
    Complaint,
    Counters,
    Heard,
    Identity,
    Learned,
    Leg,
    Register,
    Request,
    Setting,
)
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, Piece, Record, unrecorded
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeDriver, ExchangeSession, Found
from drivers.snmp.driver import frame, public
from drivers.snmp.options import TrapBus, TrapDevice, TrapSource

if TYPE_CHECKING:
    from drivers.snmp.engine import Receiver

TICK = 1.0
"""Seconds between two looks at what has come."""


class TrapDriver(ExchangeDriver):
    """One port at which messages arrive, from several devices."""

    name = "snmp-trap"
    protocol = "snmp-trap"
    bus_options: type[BaseModel] = TrapBus
    device_options: type[BaseModel] = TrapDevice
    source: type[BaseModel] = TrapSource

    def resource(self, options: Any) -> str:
        """The port."""
        return f"udp {options.host}:{options.port}"

    def identity(self, options: Any) -> str:
        """The sender's address."""
        return str(options.address)

    def question(self, source: Any) -> Hashable:
        """Has anything come?"""
        return "traps"

    def leg(self, bus: Any, device: Any, question: Any, sources: Sequence[Any]) -> tuple[Leg, float]:
        """Nothing is sent."""
        return Leg(N_("messages of {address}"), {"address": device.address}), 0.0

    def describe(self, source: Any) -> Register:
        """The trap's object identifier."""
        return Register("trap", 0, source.trap, 0, "trap", 0)

    def check(self, device: Any, points: Sequence[tuple[str, Any]]) -> list[Complaint]:
        """A message that nothing ends would be an alarm for ever."""
        return [
            Complaint(N_("nothing ever ends this message"), N_("write clears: (a trap) or hold: (seconds)"), point, "trap")
            for point, source in points
            if source.clears is None and source.hold is None
        ]

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """A message has come or not."""
        if kind is not Kind.DIGITAL:
            return Complaint(N_("a message has come or not"), N_("write kind: digital"), key="kind")
        return super().misfit(kind, writable, source)

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All but community and key file."""
        return public(super().settings(options))

    def plan(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned = NOTHING_LEARNED) -> list[Request]:
        """A look each second."""
        return [replace(request, period=TICK) for request in super().plan(bus, device, points, learned)]

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> ExchangeSession:
        """Take the port, and know these senders. WireError."""
        counters = Counters()
        link = self.open(bus.options, clock, counters, record)
        link.expect(devices)
        return ExchangeSession(link, counters, clock, {device.id: device.options for device in devices})

    def open(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> "TrapLink":
        """Take the port. WireError."""
        from drivers.snmp.engine import Receiver  # pysnmp, as in the driver of agents

        return TrapLink(Receiver(bus, counters, record), clock, counters)

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """Each datagram is a message."""
        return [frame(piece) for piece in pieces]


@dataclass(slots=True)
class _Message:
    """Whether a message stands. A message that came and was ended between two looks is told once all the same."""

    since: float = 0.0
    stands: bool = False
    told: bool = True
    ended: bool = False


class TrapLink:
    """What has come for each point."""

    def __init__(self, receiver: "Receiver", clock: Clock, counters: Counters) -> None:
        self._receiver = receiver
        self._clock = clock
        self._counters = counters
        self._messages: dict[tuple[str, TrapSource], _Message] = {}
        self._senders: set[str] = set()

    def expect(self, devices: Sequence[Device]) -> None:
        """These are believed."""
        for device in devices:
            sender = device.options
            assert isinstance(sender, TrapDevice)
            self._senders.add(sender.address)
            if sender.engine is not None:
                self._receiver.know(sender.engine)
            for point in device.points:
                assert isinstance(point.source, TrapSource)
                self._messages[sender.address, point.source] = _Message()

    def ask(self, device: Any, question: Any, sources: Sequence[Any]) -> Sequence[Found]:
        """1 where a message stands, else 0."""
        now = self._clock.monotonic()
        for address, trap in self._receiver.arrived():
            self._take(address, trap, now)
        return [Found(self._tell(self._messages[device.address, source], source, now)) for source in sources]

    def identify(self, device: Any) -> Identity | None:
        """Nothing is ever asked here."""
        return None

    def listen(self, seconds: float) -> Heard:
        """Looks come by the schedule."""
        return Heard()

    def close(self) -> None:
        """Give the port back."""
        self._receiver.close()

    def _take(self, address: str, trap: str, now: float) -> None:
        if address not in self._senders:
            self._counters.bad_replies += 1
            return
        for (sender, source), message in self._messages.items():
            if sender != address:
                continue
            if source.trap == trap:
                message.since, message.stands, message.told, message.ended = now, True, False, False
            elif source.clears == trap:
                message.ended = True

    @staticmethod
    def _tell(message: _Message, source: TrapSource, now: float) -> int:
        over = message.ended or (source.hold is not None and now - message.since >= source.hold)
        if message.stands and message.told and over:
            message.stands = False
        message.told = True
        return int(message.stands)
