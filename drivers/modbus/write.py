"""Writing one value to one declared point: read before, written once, the echo compared, read back. Never repeated, whatever comes.

The echo alone proves little (of function 16 it does not even hold the value), and its absence proves nothing: the read-back decides.
"""

import logging
from dataclasses import dataclass

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import WireError, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Quality
from drivers.modbus import pdu, values
from drivers.modbus.master import Master
from drivers.modbus.options import RtuDevice, Source, Table, TcpDevice
from drivers.modbus.pdu import Data, Question, Refusal

LONGEST_REST = 3.0
"""Seconds that a device is left alone at most between the questions of a write, however long an interval its profile asks for."""
SETTLING = (0.5, 0.5, 0.0)
"""Seconds after each further look at a value that was confirmed and does not stand: many a device passes it on inside first."""
_ECHO = 3
"""Data bytes of the echo beside unit and function, as the framing counts them."""
_ON, _OFF = b"\xff\x00", b"\x00\x00"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class WriteQuestion(Question):
    """Write `data` (registers as they stand on the wire; one byte 0 or 1 for a coil) to `count` addresses from `address` on."""

    data: bytes = b""

    def __post_init__(self) -> None:
        if self.table not in (Table.COIL, Table.HOLDING) or not 1 <= self.count <= 123:
            raise ValueError("cannot be written")
        if self.data not in (b"\0", b"\1") if self.table.bits else len(self.data) != 2 * self.count:
            raise ValueError("data of another length")

    @property
    def function(self) -> int:
        """5 for a coil, 6 for one register, 16 for several."""
        if self.table.bits:
            return pdu.WRITE_COIL
        return pdu.WRITE_REGISTER if self.count == 1 else pdu.WRITE_REGISTERS

    @property
    def size(self) -> int:
        """Bytes of the echo."""
        return _ECHO

    @property
    def pdu(self) -> bytes:
        """Function code, address, and what is written."""
        head = bytes((self.function,)) + self.address.to_bytes(2)
        if self.table.bits:
            return head + (_ON if self.data == b"\1" else _OFF)
        return head + self.data if self.count == 1 else head + self.count.to_bytes(2) + bytes((len(self.data),)) + self.data

    def accepts(self, pdu: bytes) -> bytes | None:
        """The echo, if it is the one of this very write: the whole request of functions 5 and 6, address and count of 16."""
        return pdu if pdu == self.pdu[:5] else None


class Writing:
    """One write to one device; `patience` is its time-out in seconds."""

    def __init__(self, master: Master, device: RtuDevice | TcpDevice, patience: float, clock: Clock) -> None:
        self._master = master
        self._device = device
        self._patience = patience
        self._clock = clock

    def write(self, point: Point, value: float) -> Written:
        """Write this value (in the point's unit) once. WireError when the wire is gone before anything was sent."""
        source = point.source
        assert isinstance(source, Source)
        code, data = _judged(point, source, value)
        if data is None:
            return Written(Outcome.REFUSED, code)
        read = Question(self._device.address, source.table, source.address, source.width)
        question = WriteQuestion(read.unit, read.table, read.address, read.count, data)
        if self._master.mistakable(read) or self._master.mistakable(question):
            return Written(Outcome.REFUSED, "late_answer")
        answer = self._master.ask(read, self._patience, self._rest)
        if not isinstance(answer, Data):
            return Written(Outcome.FAILED, "not_read")
        before = _value(point, source, _raw(source, answer.data))
        try:
            answer = self._master.ask(question, self._patience, self._rest)
            refused = isinstance(answer, Refusal) and answer.code not in (*pdu.GATEWAY, pdu.ACKNOWLEDGED)
            after = self._read_back(point, source, read)
            if isinstance(answer, Data) and after is not None and not _same(value, after):
                after = self._settled(point, source, read, value)
        except WireError as error:
            _log.info("%s: the wire was lost while it was written: %s", point.key, error)
            return Written(Outcome.UNKNOWN, "line_lost", before)
        if refused and isinstance(answer, Refusal) and (after == before or not _same(value, after)):
            return Written(Outcome.FAILED, f"exception_{answer.code}", before)
        return _verdict(value, before, after, isinstance(answer, Data))

    @property
    def _rest(self) -> float:
        return min(max(self._device.gap, self._device.interval), LONGEST_REST)

    def _settled(self, point: Point, source: Source, question: Question, value: float) -> float | None:
        """The value that stands after a while, at the latest; None when it is not known."""
        after: float | None = None
        for pause in SETTLING:
            after = self._read_back(point, source, question, pause)
            if after is None or _same(value, after):
                break
        return after

    def _read_back(self, point: Point, source: Source, question: Question, pause: float = 0.0) -> float | None:
        """The value that stands now, None when it is not known; the line then rests for this pause at least."""
        if self._master.mistakable(question):
            return None
        answer = self._master.ask(question, self._patience, max(self._device.gap if not pause else self._rest, pause))
        return _value(point, source, _raw(source, answer.data)) if isinstance(answer, Data) else None


def _raw(source: Source, data: bytes) -> bytes:
    return bytes((data[0] & 1,)) if source.table.bits else data


def _judged(point: Point, source: Source, value: float) -> tuple[str, bytes | None]:
    """The bytes to write, or why not."""
    if point.write is None:
        return "read_only", None
    if not point.write.allow(value):
        return "outside_limits", None
    data = values.encoded(source, value)
    if data is None or not _same(value, _value(point, source, data)):
        return "not_exact", None
    return "", data


def _value(point: Point, source: Source, raw: bytes) -> float | None:
    """What these bytes say of the point; None when they are no value, or one outside its span."""
    reading = values.reading(point, source, raw, 0)
    return reading.value if reading.quality is Quality.GOOD and isinstance(reading.value, int | float) else None


def _verdict(value: float, before: float | None, after: float | None, confirmed: bool) -> Written:
    """What the echo and the read-back prove together."""
    stands = _same(value, after)
    if confirmed and after is not None:
        return Written(Outcome.DONE, "", before, after) if stands else Written(Outcome.FAILED, "not_taken", before, after)
    if stands and before is not None and before != after:
        return Written(Outcome.DONE, "by_read_back", before, after)
    return Written(Outcome.UNKNOWN, "no_read_back" if confirmed else "no_echo", before, after)


def _same(wanted: float, found: float | None) -> bool:
    return found is not None and abs(found - wanted) <= 1e-9 * max(1.0, abs(wanted))
