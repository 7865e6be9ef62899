"""What drivers of question and answer on a serial line have in common: the line's options, its session, its frames in words.

Knows no protocol; a driver adds its framing, and a talk that makes questions and reads answers.
"""

import os
from abc import abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, Field

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Request, Result, Setting
from cityops_desktop.model.rooms import Bus, Device
from cityops_desktop.model.traffic import Frame, Piece, Record, Role, unrecorded
from cityops_desktop.texts import N_
from drivers.exchange import ExchangeDevice, ExchangeDriver, ExchangeSession, Link
from drivers.line import latency
from drivers.line.options import Gap, LineServer, SerialBus, TcpBus
from drivers.line.serial_link import CHARACTER, SLOWEST, Cut, Framing, Memory, SerialLink
from drivers.line.wire import Wire, open_serial, open_tcp

TURNAROUND = 0.1
"""Seconds that a device is expected to need before it answers, before any answer was seen."""
M = TypeVar("M")


class LineDevice(ExchangeDevice):
    """What every device on such a line may say: `gap` = seconds of silence that it needs before a question."""

    gap: Gap = 0.05


class ServerBus(LineServer):
    """A serial server that passes a line through. Its port has no usual number."""

    port: Annotated[int, Field(ge=1, le=65535)]


@dataclass(frozen=True, slots=True)
class Words:
    """What a frame is, as an English sentence with named places; `unit` as people write the address."""

    role: Role
    sentence: str
    params: Mapping[str, str | int | float] = field(default_factory=dict)
    unit: str = ""


class LineDriver(ExchangeDriver, Generic[M]):
    """The driver of such a protocol, on a serial port or behind a serial server."""

    framing: Framing[M]
    checked = True
    """Have its frames a check sum?"""

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

    def resource(self, options: Any) -> str:
        """The real path of a port, so that two names of one port are found out; host:port of a connection."""
        if isinstance(options, TcpBus):
            return f"{options.host.lower()}:{options.port}"
        port: str = options.port
        if "://" in port:
            return port.split("://", 1)[1].split("?")[0].rstrip("/").lower()
        return os.path.realpath(port) if os.name == "posix" else port.upper()

    def settings(self, options: BaseModel) -> Mapping[str, Setting]:
        """All that are worth a line; of a serial port also what its adapter holds back, and how its direction is switched."""
        told = {key: value for key, value in super().settings(options).items() if value or key not in ("listen", "listen_only", "interval")}
        if isinstance(options, SerialBus):
            told |= dict(latency.told(options)) | ({"rs485": options.rs485.in_words} if options.rs485 else {})
        return told

    def connect(self, bus: Bus, devices: Sequence[Device], clock: Clock, record: Record = unrecorded) -> "LineSession":
        """Open the wire; what is known of late devices survives from the last time. WireError."""
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
        connect: Callable[[], Wire]
        if isinstance(bus, TcpBus):
            listen_only = bus.manners.listen_only
            connect = lambda: open_tcp(bus.host, bus.port, clock, record, listen_only=listen_only)  # noqa: E731
            return SerialLink(connect, self.framing, clock, counters, memory, None, connection=True)
        connect = lambda: open_serial(bus, clock, record)  # noqa: E731
        return SerialLink(connect, self.framing, clock, counters, memory, bus.baudrate, bus.port.startswith("socket://"))

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


NOISE = Words(Role.NOISE, N_("no frame"))
DAMAGED = Words(Role.NOISE, N_("a damaged frame"))


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
