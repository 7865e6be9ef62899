"""What the core asks of a driver. Drivers are handed in; the core never imports one.

A driver is blocking code that one bus thread uses: it plans requests, opens the wire, carries a request out and returns
readings. It decides nothing about time, alarms or storage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Reading, Reason
from cityops_desktop.model.rooms import Bus, Device


class WireError(Exception):
    """The wire itself failed (port gone, connection refused): nothing on this bus can be read until it is opened again."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one device that answers `points`. `payload` is the driver's own; `cost` is expected seconds on the wire."""

    device: str
    points: tuple[str, ...]
    period: float
    cost: float
    payload: object


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a request: a reading for each of its points. `answered` = the device gave a valid reply, be it an exception.

    `late` names the devices whose answers to older questions came meanwhile (one entry an answer).
    """

    request: Request
    readings: tuple[Reading, ...]
    answered: bool
    elapsed: float
    late: tuple[str, ...] = ()


@dataclass(slots=True)
class Counters:
    """What a wire has seen since it was opened; never reset by an error."""

    requests: int = 0
    good: int = 0
    timeouts: int = 0
    crc_errors: int = 0
    bad_replies: int = 0
    exceptions: int = 0
    late_replies: int = 0


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

    def close(self) -> None:
        """Give the port or the connection back; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something in the options of a device or a point that the driver cannot accept; `key` names the field, `point` the point's id."""

    what: str
    do: str
    point: str | None = None
    key: str | None = None


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

    def plan(self, bus: Bus, device: Device, points: Sequence[Point]) -> list[Request]:
        """The cheapest set of requests that covers these points, computed from the wire's speed. Pure."""
        ...

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock) -> Session:
        """Open the wire. WireError with the reason when it cannot be opened."""
        ...
