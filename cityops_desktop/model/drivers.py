"""What the core asks of a driver. Drivers are handed in; the core never imports one.

A driver is blocking code that one bus thread uses: it plans requests, opens the wire, carries a request out and returns
readings. It decides nothing about time, alarms or storage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Reading, Reason
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, Piece, Record, unrecorded

LISTEN_FIRST = 10.0
"""Seconds that a line is listened to before anything is sent on it for the first time."""
LISTEN_AGAIN = 2.0
"""Seconds that it is listened to when it is opened anew."""


class WireError(Exception):
    """The wire itself failed (port gone, connection refused): nothing on this bus can be read until it is opened again."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Manners:
    """How a line is to be used: seconds to listen before we first speak, and when it was opened anew; never speak at all."""

    first: float = 0.0
    again: float = 0.0
    listen_only: bool = False


@dataclass(frozen=True, slots=True)
class Leg:
    """A request in words for people: an English sentence with named places for `params`, and its bytes there and back on the wire."""

    words: str = ""
    params: Mapping[str, str | int] = field(default_factory=dict, hash=False)
    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one device that answers `points`. `payload` is the driver's own; `cost` is expected seconds on the wire.

    `interval` = seconds that must pass between the beginnings of two questions to this device.
    """

    device: str
    points: tuple[str, ...]
    period: float
    cost: float
    payload: object
    interval: float = 0.0
    leg: Leg = Leg()


@dataclass(frozen=True, slots=True)
class Learned:
    """What the wire has taught of a device that makes another plan: seconds until it begins to answer (None = not measured), and the
    places that its model refuses to read, in the driver's own notation ("holding 13")."""

    turnaround: float | None = None
    missing: frozenset[str] = frozenset()


NOTHING_LEARNED = Learned()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a device says it is. `facts` are names and values as the device gave them (maker, model, serial, version, sysObjectID);
    `behaviour` = nothing was said, and `facts` only tell how its map behaves."""

    facts: Mapping[str, str]
    behaviour: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What listening brought: bytes at all, requests of another master, and readings made of its questions and their answers."""

    bytes: int = 0
    foreign: int = 0
    readings: tuple[Reading, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a write. `code` says why not; `before` and `after` are the values read around it, None = not known.

    DONE only when the read-back shows the value. UNKNOWN when it was sent and no answer proves anything; it is never repeated.
    """

    outcome: Outcome
    code: str = ""
    before: float | None = None
    after: float | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a request: a reading for each of its points. `answered` = the device gave a valid reply, be it an exception.

    `late` names the devices whose answers to older questions came meanwhile (one entry an answer); `foreign` counts the requests of
    another master that came; `learned` is what the device has taught when that is worth another plan.
    """

    request: Request
    readings: tuple[Reading, ...]
    answered: bool
    elapsed: float
    late: tuple[str, ...] = ()
    foreign: int = 0
    learned: Learned | None = None


@dataclass(slots=True)
class Counters:
    """What a wire has seen since it was opened; never reset by an error. `reopened`: so often a connection took the place of a lost one
    without a failure in between."""

    requests: int = 0
    good: int = 0
    timeouts: int = 0
    crc_errors: int = 0
    bad_replies: int = 0
    exceptions: int = 0
    late_replies: int = 0
    reopened: int = 0


Setting = str | int | float
"""One figure or code among the options of a bus or a device."""


@dataclass(frozen=True, slots=True)
class Register:
    """Where a point stands in its device. `address` is the one on the wire, counted from 0; `notation` the same as manuals write it,
    counted from 1 with the table in front ("30011"). `width` in registers (or bits); value = count x scale + offset."""

    table: str
    address: int
    notation: str
    function: int
    type: str
    width: int
    word_order: str = ""
    bit: int | None = None
    scale: float = 1.0
    offset: float = 0.0
    invalid: tuple[int, ...] = ()


class Session(Protocol):
    """An open wire. Used by one thread only."""

    counters: Counters

    def execute(self, request: Request) -> Result:
        """Carry one request out, waiting at most the device's time-out. WireError when the wire is gone."""
        ...

    def listen(self, seconds: float) -> Heard:
        """Send nothing and listen, at most so long. WireError when the wire is gone."""
        ...

    def identify(self, device: str) -> Identity | None:
        """Ask a device who it is; None when it has no way to say so, or did not answer now. WireError when the wire is gone."""
        ...

    def write(self, point: Point, value: float) -> Written:
        """Write a value in the point's unit to a point that its profile declares writable, once, and read it back. WireError when the
        wire is gone before anything was sent."""
        ...

    def close(self) -> None:
        """Give the port or the connection back; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something in the options of a device or a point that the driver cannot accept; `key` names the field, `point` the point's id.

    With `params` both sentences have places for them.
    """

    what: str
    do: str
    point: str | None = None
    key: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)


class Driver(Protocol):
    """One protocol on one kind of wire. `name` is what a room file's `driver:` says, `protocol` what a profile's says."""

    name: str
    protocol: str
    bus_options: type[BaseModel]
    device_options: type[BaseModel]
    source: type[BaseModel]

    def resource(self, options: BaseModel) -> str:
        """What this bus uses alone, such as "/dev/ttyUSB0" or "10.0.0.5:502": two buses may not name the same."""
        ...

    def identity(self, options: BaseModel) -> str:
        """What tells a device from its neighbours on the bus, such as the unit address: two devices may not share it."""
        ...

    def resolution(self, source: BaseModel) -> float | None:
        """The resolution that the wire format itself gives (scale of an integer register), None when it must be chosen."""
        ...

    def check(self, device: BaseModel, points: Sequence[tuple[str, BaseModel]]) -> list[Complaint]:
        """What is wrong with these points (id, source) on such a device: outside a table, bit of a float, and so on."""
        ...

    def misfit(self, kind: Kind, writable: bool, source: BaseModel) -> Complaint | None:
        """Why a point of this kind cannot come from this source (a text from a number, a write to an input); None when it can."""
        ...

    def scaled(self, source: BaseModel, factor: float) -> BaseModel:
        """The same source with values `factor` times as large (the transformers before a meter)."""
        ...

    def describe(self, source: BaseModel) -> Register:
        """Where this source stands, for people who hold the device's manual."""
        ...

    def count(self, source: BaseModel, raw: bytes) -> Setting | None:
        """The figure (or text) that these raw bytes are, before scale and offset; None when they are none."""
        ...

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """What people may know of the options of a bus or a device, by key; never a secret."""
        ...

    def manners(self, options: BaseModel) -> Manners:
        """How the line of a bus with these options is to be used."""
        ...

    def plan(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned = NOTHING_LEARNED) -> list[Request]:
        """The cheapest set of requests that covers these points, computed from the wire's speed and what was learned. Pure."""
        ...

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> Session:
        """Open the wire; all that goes over it is told to `record`. WireError with the reason when it cannot be opened."""
        ...

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """The frames in what went over the wire, each in words. Pure; never raises on any bytes."""
        ...
