"""What drivers of question and answer on a serial line have in common: the line's options, its session, its frames in words.

Knows no protocol; a driver adds its framing, and a talk that makes questions and reads answers.
"""

from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Request, Result, Session, Setting
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, FrameRole, Piece, Record, unrecorded
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeDevice, ExchangeDriver, ExchangeSession, Found, Link
from drivers.line import latency
from drivers.line.options import Gap, SerialBus, TcpBus
from drivers.line.overhear import Asked, OverhearSession
from drivers.line.serial_link import CHARACTER, SLOWEST, Cut, Framing, Memory, SerialLink
from drivers.line.wire import Wire, open_serial, open_tcp

TURNAROUND = 0.1
"""Seconds that a device is expected to need before it answers, before any answer was seen."""
M = TypeVar("M")


class LineDevice(ExchangeDevice):
    """What every device on such a line may say: `gap` = seconds of silence that it needs before a question."""

    gap: Gap = 0.05


@dataclass(frozen=True, slots=True)
class Words:
    """What a frame is, as an English sentence with named places; `unit` as people write the address."""

    role: FrameRole
    sentence: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    unit: str = ""


class LineDriver(ExchangeDriver, Generic[M]):
    """The driver of such a protocol, on a serial port or behind a serial server."""

    framing: Framing[M]
    checked = True
    """Have its frames a check sum?"""
    filler = b""
    """Bytes that may stand between frames and mean nothing."""

    def __init__(self, name: str, bus_options: type[BaseModel]) -> None:
        self.name = name
        self.bus_options = bus_options
        self._memories: dict[str, Memory] = {}

    @abstractmethod
    def talk(self, link: SerialLink[M], timeout: float) -> Link:
        """Questions and answers over this line."""

    @abstractmethod
    def tell(self, message: M) -> Words:
        """A frame in words."""

    @abstractmethod
    def asked(self, message: M) -> Asked[M] | None:
        """The question of a master that this is, or may be; None when only a device can have said it."""

    @abstractmethod
    def told(self, device: Any, question: Any, message: M, sources: Sequence[Any]) -> Sequence[Found | None]:
        """What an answer says of each source, None where it says nothing of it. NoAnswer when it refuses."""

    def length(self, message: M) -> int | None:
        """How long this answer is, where nothing else in it says what was asked; None where the answer itself says it."""
        return None

    def resource(self, options: Any) -> str:
        """The port, or host and port."""
        return str(options.resource)

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All that are worth a line; of a serial port also what its adapter holds back, and how its direction is switched."""
        told = {key: value for key, value in super().settings(options).items() if value or key not in ("listen", "listen_only", "interval")}
        if isinstance(options, SerialBus):
            told |= dict(latency.told(options)) | ({"rs485": options.rs485.in_words} if options.rs485 else {})
        return told

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> Session:
        """Open the wire; what is known of late devices survives from the last time. WireError."""
        if self.manners(bus.options).listen_only:
            return self._overhear(bus.options, devices, clock, record)
        counters = Counters()
        line = self._line(bus.options, clock, counters, record)
        options = {device.id: device.options for device in devices}
        names = {self.identity(device.options): device.id for device in devices}
        timeout = bus.options.timeout  # type: ignore[attr-defined]
        return LineSession(self.talk(line, timeout), line, counters, clock, options, names)

    def open(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> Link:
        """Open the wire, for one who does without a session."""
        return self.talk(self._line(bus, clock, counters, record), bus.timeout)

    def seconds(self, bus: Any, device: Any, sent: int, received: int) -> float:
        """About how long so many bytes there and back take."""
        baudrate = bus.baudrate if isinstance(bus, SerialBus) else SLOWEST
        return float((sent + received) * CHARACTER / baudrate + TURNAROUND + device.gap)

    def frames(self, bus: Bus, devices: Sequence[Device], pieces: Sequence[Piece]) -> list[Frame]:
        """The frames in what went over the wire, and what is none."""
        found: list[Frame] = []
        for sent in _runs(pieces):
            found += self._framed(sent)
        return found

    def _line(self, bus: Any, clock: Clock, counters: Counters, record: Record) -> SerialLink[M]:
        memory = self._memories.setdefault(self.resource(bus), Memory())
        connect = _wire(bus, clock, record)
        if isinstance(bus, TcpBus):
            return SerialLink(connect, self.framing, clock, counters, memory, None, connection=True)
        return SerialLink(connect, self.framing, clock, counters, memory, bus.baudrate, bus.port.startswith("socket://"))

    def _overhear(self, bus: Any, devices: Sequence[Device], clock: Clock, record: Record) -> OverhearSession[M]:
        known = [
            (self.identity(device.options), device.options, [(self.question(point.source), point) for point in device.points])
            for device in devices
        ]
        character = CHARACTER / (bus.baudrate if isinstance(bus, SerialBus) else SLOWEST)
        return OverhearSession(_wire(bus, clock, record), self, clock, known, character)

    def _framed(self, pieces: Sequence[Piece]) -> list[Frame]:
        data = b"".join(piece.data for piece in pieces)
        starts = [0, *accumulate(len(piece.data) for piece in pieces)][:-1]

        def frame(start: int, end: int, words: Words, checksum: bool | None) -> Frame:
            piece = pieces[bisect_right(starts, start) - 1]
            raw = data[start:end]
            return Frame(
                piece.number, piece.time, piece.mono, piece.sent, raw, words.role, words.sentence, words.params, checksum, words.unit
            )

        found: list[Frame] = []
        at = 0
        for cut in self.framing.cut(data):
            if cut.start > at:
                found.append(frame(at, cut.start, NOISE, None))
            found.append(frame(cut.start, cut.end, self._words(cut), (cut.message is not None) if self.checked else None))
            at = cut.end
        if at < len(data):
            found.append(frame(at, len(data), NOISE, None))
        return found

    def _words(self, cut: Cut[M]) -> Words:
        return DAMAGED if cut.message is None else self.tell(cut.message)


def _wire(bus: Any, clock: Clock, record: Record) -> Callable[[], Wire]:
    """Opens this bus's wire."""
    if isinstance(bus, TcpBus):
        return lambda: open_tcp(bus.host, bus.port, clock, record, listen_only=bus.manners.listen_only)
    return lambda: open_serial(bus, clock, record)


NOISE = Words(FrameRole.NOISE, N_("no frame"))
DAMAGED = Words(FrameRole.NOISE, N_("a damaged frame"))


def _runs(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """The pieces, those of one direction that follow each other together."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if runs and runs[-1][0].sent is piece.sent:
            runs[-1].append(piece)
        elif piece.data:
            runs.append([piece])
    return runs


class LineSession(ExchangeSession):
    """A session that also tells which devices answered late, and whether another master is on the line."""

    def __init__(
        self,
        link: Link,
        line: SerialLink[Any],
        counters: Counters,
        clock: Clock,
        devices: Mapping[str, object],
        names: Mapping[str, str],
    ) -> None:
        """`names` = the ids of the devices by what tells them apart on the line."""
        super().__init__(link, counters, clock, devices)
        self._line = line
        self._names = names

    def execute(self, request: Request) -> Result:
        """Ask once. WireError when the wire is gone."""
        result = super().execute(request)
        late = tuple(self._names[unit] for unit in self._line.late() if unit in self._names)
        return replace(result, late=late, foreign=self._line.foreign())
