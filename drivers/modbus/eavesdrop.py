"""A line that is only listened to: another master's questions and the answers to them become readings of our points. Sends nothing.

A point has a value when all its registers came in one answer that can be believed (dialogue.py); a question for it that was refused,
not answered or answered by nonsense is a reading too, without a value. Nothing is made of writes.
"""

import logging
from collections.abc import Callable, Iterator, Sequence

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Heard, Identity, Request, Result, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reading, Reason, failed
from cityops_desktop.model.rooms import Device
from drivers.line.wire import Wire
from drivers.modbus import values
from drivers.modbus.dialogue import Dialogue, Exchange
from drivers.modbus.options import RtuDevice, Source
from drivers.modbus.pdu import FUNCTIONS

_log = logging.getLogger(__name__)


class EavesdropSession:
    """An open line. `counters` count what the other master does: its requests and what became of them."""

    def __init__(self, connect: Callable[[], Wire], clock: Clock, devices: Sequence[Device]) -> None:
        self.counters = Counters()
        self._clock = clock
        self._wire = connect()
        self._dialogue = Dialogue()
        self._told = 0
        self._points: dict[tuple[int, int], list[tuple[Source, Point]]] = {}
        for device in devices:
            if isinstance(device.options, RtuDevice):
                for point in device.points:
                    if isinstance(point.source, Source):
                        key = (device.options.address, FUNCTIONS[point.source.table])
                        self._points.setdefault(key, []).append((point.source, point))

    def listen(self, seconds: float) -> Heard:
        """What comes in this time. WireError when the wire is gone."""
        end = self._clock.monotonic() + seconds
        came = 0
        readings: list[Reading] = []
        while True:
            data = self._wire.read(end)
            now = self._clock.monotonic()
            came += len(data)
            self._dialogue.hear(data, now)
            for exchange in self._dialogue.take():
                self._count(exchange)
                readings += self._readings(exchange)
            if now >= end or readings:  # what was heard is told at once
                foreign = self._dialogue.requests - self._told
                self._told += foreign
                self.counters.requests += foreign
                return Heard(came, foreign, tuple(readings))

    def execute(self, request: Request) -> Result:
        """Nothing is asked."""
        time = self._clock.wall()
        return Result(request, tuple(failed(key, time, Reason.NOT_HEARD, "listen_only") for key in request.points), False, 0.0)

    def identify(self, device: str) -> Identity | None:
        """Nothing is asked."""
        return None

    def write(self, point: Point, value: float) -> Written:
        """Refused."""
        return Written(Outcome.REFUSED, "listen_only")

    def close(self) -> None:
        """Give the port or the connection back."""
        self._wire.close()

    def _count(self, exchange: Exchange) -> None:
        if exchange.reason is None:
            self.counters.good += bool(exchange.data)
            self.counters.exceptions += bool(exchange.code)
        elif exchange.reason is Reason.NO_ANSWER:
            self.counters.timeouts += 1
        elif exchange.reason is Reason.CRC:
            self.counters.crc_errors += 1
        else:
            self.counters.bad_replies += 1

    def _readings(self, exchange: Exchange) -> Iterator[Reading]:
        """Those of our points whose registers were asked for in full."""
        asked, time = exchange.asked, self._clock.wall()
        first, end = asked.address, asked.address + asked.count
        for source, point in self._points.get((asked.unit, asked.function), ()):
            if not first <= source.address <= source.address + source.width <= end:
                continue
            if exchange.data:
                yield values.reading(point, source, _raw(source, source.address - first, exchange.data), time)
            elif exchange.code:
                yield failed(point.key, time, Reason.EXCEPTION, str(exchange.code))
            else:
                yield failed(point.key, time, exchange.reason or Reason.BAD_REPLY)


def _raw(source: Source, at: int, data: bytes) -> bytes:
    """The bytes of a value that stands so far behind the first address, or its bit as one byte."""
    if source.table.bits:
        return bytes((data[at // 8] >> at % 8 & 1,))
    return data[2 * at : 2 * (at + source.width)]
