"""An SNMP agent as a device: many objects by one GET, halved where the agent cannot hold them all. Cannot set anything."""

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Complaint, Counters, Heard, Identity, Leg, Register, Setting
from cityops_desktop.model.points import Kind
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, FrameRole, Piece, Record
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeDriver, Found
from drivers.snmp import message
from drivers.snmp.options import SECRETS, SnmpBus, SnmpDevice, SnmpSource

if TYPE_CHECKING:
    from drivers.snmp.engine import Agent

TOO_BIG = 1
STATUS = {1: "tooBig", 2: "noSuchName", 3: "badValue", 4: "readOnly", 5: "genErr", 6: "noAccess", 16: "authorizationError"}
ENOUGH = 5.0
"""Seconds after which objects that were refused together are not asked for one by one any more: a slow agent must not hold up its bus."""
_IDENTITY = {"sysObjectID": "1.3.6.1.2.1.1.2.0", "sysDescr": "1.3.6.1.2.1.1.1.0"}
_ENVELOPE, _ASKED, _ANSWERED = 45, 18, 24
"""Bytes: of a message without its objects, of an object in a question, in an answer."""
_TURNAROUND, _EACH = 0.02, 0.002
"""Seconds that a management card takes for an answer, and for each object of it, until it was measured."""


class SnmpDriver(ExchangeDriver):
    """One agent a bus."""

    name = "snmp"
    protocol = "snmp"
    bus_options: type[BaseModel] = SnmpBus
    device_options: type[BaseModel] = SnmpDevice
    source: type[BaseModel] = SnmpSource

    def resource(self, options: Any) -> str:
        """Host and port; UDP has ports of its own."""
        return f"udp {options.host.lower()}:{options.port}"

    def identity(self, options: Any) -> str:
        """None: the agent has a bus of its own."""
        return ""

    def most(self, device: Any) -> int:
        """Objects in one question."""
        return int(device.max_oids)

    def resolution(self, source: Any) -> float | None:
        """That of a number of SNMP, which is whole."""
        return abs(float(source.scale))

    def question(self, source: Any) -> Hashable:
        """Whatever objects may stand in one question."""
        return "GET"

    def leg(self, bus: Any, device: Any, question: Any, sources: Sequence[Any]) -> tuple[Leg, float]:
        """By the number of its objects."""
        count = len(sources)
        leg = Leg(N_("GET {count} objects from {first} on"), {"count": count, "first": sources[0].oid}, _ENVELOPE + _ASKED * count)
        return Leg(leg.words, leg.params, leg.sent, _ENVELOPE + _ANSWERED * count), _TURNAROUND + _EACH * count

    def describe(self, source: Any) -> Register:
        """Its object identifier."""
        return Register("oid", 0, source.oid, 0, "object", 0, scale=source.scale, offset=source.offset)

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """Only reads; a state is not scaled."""
        if kind is Kind.DIGITAL and (source.scale != 1 or source.offset != 0):
            return Complaint(N_("the number of a state cannot be scaled"), N_("remove scale and offset"), key="scale")
        return super().misfit(kind, writable, source)

    def count(self, source: Any, raw: bytes) -> Setting | None:
        """The number or text of a value in BER."""
        return message.figure(raw)

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All but community and key file."""
        return public(super().settings(options))

    def open(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> "SnmpLink":
        """Make an engine and a socket. WireError."""
        from drivers.snmp.engine import Agent  # pysnmp takes a third of a second: only a room with SNMP pays for it

        return SnmpLink(Agent(bus, clock, counters, record), bus.timeout, clock)

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """Each datagram is a message."""
        return [frame(piece) for piece in pieces]


class SnmpLink:
    """The questions of a bus to its agent."""

    def __init__(self, agent: "Agent", timeout: float, clock: Clock) -> None:
        self._agent = agent
        self._timeout = timeout
        self._clock = clock
        self._until = 0.0
        self._most = 100

    def ask(self, device: Any, question: Any, sources: Sequence[Any]) -> Sequence[Found]:
        """GET the objects of these sources."""
        self._until = self._clock.monotonic() + ENOUGH
        return self._get([source.oid for source in sources], device.timeout or self._timeout)

    def identify(self, device: Any) -> Identity | None:
        """sysObjectID, sysDescr, and the serial number where the profile knows its object."""
        names = {**_IDENTITY, **({"serial": device.serial} if device.serial is not None else {})}
        self._until = self._clock.monotonic() + ENOUGH
        found = self._get(list(names.values()), device.timeout or self._timeout)
        facts = {fact: one.count for fact, one in zip(names, found, strict=True) if isinstance(one.count, str) and one.count}
        return Identity(facts) if facts else None

    def listen(self, seconds: float) -> Heard:
        """Nobody speaks to us unasked."""
        return Heard()

    def close(self) -> None:
        """Give the socket back."""
        self._agent.close()

    def _get(self, names: list[str], timeout: float) -> list[Found]:
        """One question, or two halves of it where the agent cannot answer the whole: one broken object must not hide the others."""
        half = len(names) // 2
        if len(names) <= self._most:
            status, _, objects = self._agent.get(names, timeout)
            if status == 0:
                return [_found(value) for _, value in objects]
            if len(names) == 1 or self._clock.monotonic() > self._until:
                return [Found(None, refused=STATUS.get(status, str(status)))] * len(names)
            if status == TOO_BIG:
                self._most = max(1, half)
        return [*self._get(names[:half], timeout), *self._get(names[half:], timeout)]


def _found(value: Any) -> Found:
    from drivers.snmp.engine import absent, encoded

    if word := absent(value):
        return Found(None, refused=word)
    raw = encoded(value)
    return Found(message.figure(raw), raw)


def public(settings: Mapping[str, Setting]) -> Mapping[str, Setting]:
    """Settings without what is secret, or says nothing here."""
    silent = SECRETS if settings.get("version") == 3 else (*SECRETS, "auth", "priv", "user")
    return {key: value for key, value in settings.items() if key not in silent}


def frame(piece: Piece) -> Frame:
    """A datagram in words."""
    told = message.parse(piece.data)
    role, words, params = (
        FrameRole.REQUEST if piece.sent else FrameRole.REPLY,
        N_("SNMP {version} message, encrypted or signed"),
        {"version": "3"},
    )
    if told is None:
        role, words, params = FrameRole.NOISE, N_("no SNMP message"), {}
    elif told.trap:
        role, words, params = FrameRole.REQUEST, N_("{kind} {trap}"), {"kind": told.kind, "trap": told.trap}
    elif told.kind:
        role = FrameRole.EXCEPTION if told.status else role
        words = N_("{kind} {request}: {count} objects") if not told.status else N_("{kind} {request}: {status}")
        params = {
            "kind": told.kind,
            "request": str(told.request),
            "count": str(len(told.objects)),
            "status": STATUS.get(told.status, str(told.status)),
        }
    return Frame(piece.number, piece.time, piece.mono, piece.sent, piece.data, role, words, params)
