"""A protocol of question and answer made a driver: a new one says what it asks, how it asks, and where in the answer a point stands.

`ExchangeDriver` answers the core for it, `ExchangeSession` makes readings of what its link finds. Knows no protocol.
"""

import logging
from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any, Protocol

from pydantic import BaseModel, Field

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import (
    NOTHING_LEARNED,
    Complaint,
    Counters,
    Heard,
    Identity,
    Learned,
    Leg,
    Manners,
    Register,
    Request,
    Result,
    Session,
    Setting,
    Written,
)
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, FrameRole, Piece, Record, unrecorded
from cityops_desktop.texts import N_
from drivers import reading
from drivers.line.options import LineOptions, Options, Pause, Seconds

_log = logging.getLogger(__name__)


class ExchangeDevice(Options):
    """What every such device may say: how long its answers may take, and the shortest time between two questions to it, in seconds."""

    timeout: Seconds | None = None
    interval: Pause = 0.0


class ExchangeSource(Options):
    """What every such point may say: value = count x scale + offset; counts in `invalid` mean that there is no value."""

    scale: Annotated[float, Field(allow_inf_nan=False)] = 1.0
    offset: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    invalid: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """What an answer says of one point: a count or a text (None = the device says that it has none), and the bytes that said it.

    `doubt` = why it may not be taken for the state of the world now: its reading is then uncertain. `refused` = the device's word for
    not giving this one, though it answered. A text is a number where the point is one.
    """

    count: float | str | None
    raw: bytes | None = None
    doubt: Reason | None = None
    refused: str = ""


class NoAnswer(Exception):
    """A question that brought nothing to be believed. `answered` = the device is there and refused (its answer is no other's).

    `asked` False = it was not even sent; then `answered` says whether the device is still taken to be there. `found` = what is known all
    the same, of each source: that nobody is there.
    """

    def __init__(
        self, reason: Reason, detail: str = "", answered: bool = False, asked: bool = True, found: Sequence[Found] | None = None
    ) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.answered = answered
        self.asked = asked
        self.found = found


class Link(Protocol):
    """An open wire that speaks one protocol. WireError from any of these when it is gone."""

    def ask(self, device: Any, question: Any, sources: Sequence[Any]) -> Sequence[Found]:
        """Put this question to the device (its options) once; what the answer says of each source, in their order. NoAnswer."""
        ...

    def identify(self, device: Any) -> Identity | None:
        """Ask the device who it is; None when it has no way to say so. NoAnswer."""
        ...

    def listen(self, seconds: float) -> Heard:
        """Send nothing, and tell what came."""
        ...

    def close(self) -> None:
        """Give the wire back; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Ask:
    """The payload of a request: one question and the points that its answer brings."""

    question: Hashable
    points: tuple[Point, ...]


class ExchangeDriver(ABC):
    """The part of a driver that such protocols have in common. A subclass names itself and its models, and says how to ask."""

    name: str
    protocol: str
    bus_options: type[BaseModel]
    device_options: type[BaseModel] = ExchangeDevice
    source: type[BaseModel] = ExchangeSource

    @abstractmethod
    def resource(self, options: Any) -> str:
        """What this bus uses alone."""

    @abstractmethod
    def identity(self, options: Any) -> str:
        """What tells a device from its neighbours on the bus."""

    @abstractmethod
    def question(self, source: Any) -> Hashable:
        """The question whose answer brings this source; sources with the same question are asked for at once."""

    @abstractmethod
    def leg(self, bus: Any, device: Any, question: Any, sources: Sequence[Any]) -> tuple[Leg, float]:
        """This question in words with its bytes, and the seconds that it is expected to take, before any answer was seen."""

    @abstractmethod
    def describe(self, source: Any) -> Register:
        """Where this source stands, for people who hold the device's manual."""

    @abstractmethod
    def open(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> Link:
        """Open the wire. The link counts what it alone sees (`timeouts`, `crc_errors`, `bad_replies`, `late_replies`). WireError."""

    def most(self, device: Any) -> int:
        """The most points that one question may bring."""
        return 10_000

    def resolution(self, source: Any) -> float | None:
        """The scale, unless it is 1: then the point must say what its resolution is."""
        return abs(source.scale) if source.scale != 1 else None

    def check(self, device: Any, points: Sequence[tuple[str, Any]]) -> list[Complaint]:
        """A scale of 0."""
        return [
            Complaint(N_("a scale of 0 makes every value the same"), N_("write the value of one count in the point's unit"), point, "scale")
            for point, source in points
            if source.scale == 0
        ]

    def misfit(self, kind: Kind, writable: bool, source: Any) -> Complaint | None:
        """Nothing can be written through such a driver."""
        return Complaint(N_("this driver only reads"), N_("remove “write”"), key="write") if writable else None

    def scaled(self, source: Any, factor: float) -> BaseModel:
        """Scale and offset times the factor."""
        scaled: BaseModel = source.model_copy(update={"scale": source.scale * factor, "offset": source.offset * factor})
        return scaled

    def count(self, source: Any, raw: bytes) -> Setting | None:
        """The text of the bytes: such protocols mostly speak in characters."""
        return raw.decode("ascii", "backslashreplace")

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All of them but what is empty; a driver with secrets leaves those out."""
        return {key: value for key, value in options.model_dump(mode="json", exclude_none=True).items() if isinstance(value, Setting)}

    def manners(self, options: Any) -> Manners:
        """Those of its line."""
        return options.manners if isinstance(options, LineOptions) else Manners()

    def plan(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned = NOTHING_LEARNED) -> list[Request]:
        """One request a question, as often as the most impatient of its points asks for; more where an answer cannot hold them all."""
        asked: dict[Hashable, list[Point]] = {}
        for point in sorted(points, key=lambda point: point.period):
            asked.setdefault(self.question(point.source), []).append(point)
        most, requests = self.most(device.options), []
        for question, brought in asked.items():
            for first in range(0, len(brought), most):
                some = tuple(brought[first : first + most])
                leg, cost = self.leg(bus.options, device.options, question, [point.source for point in some])
                interval = getattr(device.options, "interval", 0.0)
                keys = tuple(point.key for point in some)
                requests.append(Request(device.id, keys, some[0].period, cost, Ask(question, some), interval, leg))
        return sorted(requests, key=lambda request: request.period)

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> Session:
        """Open the wire. WireError."""
        counters = Counters()
        options = {device.id: device.options for device in devices}
        return ExchangeSession(self.open(bus.options, clock, counters, record), counters, clock, options)

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """Each piece as its text; a protocol with frames of its own cuts them."""
        return [
            Frame(
                piece.number,
                piece.time,
                piece.mono,
                piece.sent,
                piece.data,
                FrameRole.REQUEST if piece.sent else FrameRole.REPLY,
                N_("“{text}”"),
                {"text": piece.data.decode("utf-8", "backslashreplace").strip()},
            )
            for piece in pieces
        ]


class ExchangeSession:
    """An open link of such a driver. `counters` are shared with the link."""

    def __init__(self, link: Link, counters: Counters, clock: Clock, devices: Mapping[str, object]) -> None:
        self.counters = counters
        self._link = link
        self._clock = clock
        self._devices = devices

    def execute(self, request: Request) -> Result:
        """Ask once. WireError when the wire is gone."""
        ask = request.payload
        assert isinstance(ask, Ask)
        start = self._clock.monotonic()
        self.counters.requests += 1
        try:
            found = self._link.ask(self._devices[request.device], ask.question, [point.source for point in ask.points])
        except NoAnswer as error:
            _log.debug("%s: %s", request.device, error)
            self.counters.requests -= not error.asked
            self.counters.exceptions += error.answered and error.asked
            time = self._clock.wall()
            readings = tuple(failed(point.key, time, error.reason, error.detail) for point in ask.points)
            if error.found is not None:
                readings = tuple(_reading(point, one, time) for point, one in zip(ask.points, error.found, strict=True))
            return Result(request, readings, error.answered, self._clock.monotonic() - start)
        self.counters.good += 1
        readings = made(ask.points, found, self._clock.wall())
        return Result(request, readings, True, self._clock.monotonic() - start)

    def listen(self, seconds: float) -> Heard:
        """What the link heard."""
        return self._link.listen(seconds)

    def identify(self, device: str) -> Identity | None:
        """What the device says; None when it says nothing."""
        self.counters.requests += 1
        try:
            identity = self._link.identify(self._devices[device])
        except NoAnswer as error:
            self.counters.requests -= not error.asked
            _log.debug("%s does not say who it is: %s", device, error)
            return None
        if identity is None:
            self.counters.requests -= 1
        else:
            self.counters.good += 1
        return identity

    def write(self, point: Point, value: float) -> Written:
        """Refused: such drivers only read."""
        return Written(Outcome.REFUSED, "read_only")

    def close(self) -> None:
        """Give the wire back."""
        self._link.close()


def made(points: Sequence[Point], found: Sequence[Found], time: int) -> tuple[Reading, ...]:
    """The readings of these points from what an answer says of each, in their order."""
    return tuple(_doubted(_reading(point, one, time), one.doubt) for point, one in zip(points, found, strict=True))


def _doubted(told: Reading, doubt: Reason | None) -> Reading:
    return told if doubt is None or not told.usable else replace(told, quality=Quality.UNCERTAIN, reason=doubt)


def _reading(point: Point, found: Found, time: int) -> Reading:
    source = point.source
    assert isinstance(source, ExchangeSource)
    count = found.count
    if found.refused:
        return failed(point.key, time, Reason.EXCEPTION, found.refused, found.raw)
    if isinstance(count, str):
        if point.kind is Kind.TEXT:
            return reading.of_text(point, count, time, found.raw)
        count = reading.number_in(count)
    if count is None or count in source.invalid:
        return reading.invalid(point, time, found.raw)
    return reading.of_number(point, count * source.scale + source.offset, time, found.raw)
