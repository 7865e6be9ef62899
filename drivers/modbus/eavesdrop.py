"""A line that is only listened to: another master's questions and the answers to them become readings of our points. Sends nothing.

A point has a value when all its registers came in one answer that can be believed (dialogue.py); a question for it that was refused,
not answered or answered by nonsense is a reading too, without a value. Nothing is made of writes.
"""

import logging
from collections.abc import Callable, Iterator, Sequence

from cityops_desktop.clock import Clock
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reading, Reason, failed
from cityops_desktop.model.rooms import Device
from drivers.line.listening import ListeningSession
from drivers.line.wire import Wire
from drivers.modbus import values
from drivers.modbus.dialogue import Dialogue, Exchange
from drivers.modbus.options import RtuDevice, Source
from drivers.modbus.pdu import FUNCTIONS

_log = logging.getLogger(__name__)


class EavesdropSession(ListeningSession):
    """An open line that speaks Modbus RTU."""

    def __init__(self, connect: Callable[[], Wire], clock: Clock, devices: Sequence[Device]) -> None:
        super().__init__(connect, clock)
        self._dialogue = Dialogue()
        self._points: dict[tuple[int, int], list[tuple[Source, Point]]] = {}
        for device in devices:
            if isinstance(device.options, RtuDevice):
                for point in device.points:
                    if isinstance(point.source, Source):
                        key = (device.options.address, FUNCTIONS[point.source.table])
                        self._points.setdefault(key, []).append((point.source, point))

    @property
    def requests(self) -> int:
        """How many of another master were heard."""
        return self._dialogue.requests

    def made(self, data: bytes, now: float) -> list[Reading]:
        """Those of every exchange that is over."""
        self._dialogue.hear(data, now)
        readings: list[Reading] = []
        for exchange in self._dialogue.take():
            self._count(exchange)
            readings += self._readings(exchange)
        return readings

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
