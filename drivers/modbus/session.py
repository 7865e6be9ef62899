"""An open Modbus bus: carries planned requests out and makes readings of what comes. Decides nothing about when."""

import logging
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Heard, Identity, Request, Result, Written
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reading, Reason, failed
from drivers.modbus import pdu, places, values
from drivers.modbus.identify import identify
from drivers.modbus.lessons import Lessons
from drivers.modbus.master import Master
from drivers.modbus.options import RtuDevice, TcpDevice
from drivers.modbus.pdu import Data, Failure, Question, Refusal
from drivers.modbus.plan import Block, Field
from drivers.modbus.write import Writing

ENOUGH = 5.0
"""Seconds (or one and a half of the device's time-out, if that is more) after which a request that became many asks no further one."""
FORGET = 600.0
"""Seconds after which a request that was taken apart is tried whole again."""
_MISSING = (pdu.ILLEGAL_ADDRESS, pdu.ILLEGAL_VALUE)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Part:
    """A part of a request that was taken apart: answered, or refused with a code, or (neither) not known; asked at this time."""

    block: Block
    asked: float
    good: bool = False
    refused: int = 0


@dataclass(slots=True)
class _Course:
    """What has come of one request so far."""

    id: str
    device: RtuDevice | TcpDevice
    until: float
    readings: list[Reading] = field(default_factory=list)
    parts: list[_Part] = field(default_factory=list)
    asked: bool = False
    answered: bool = False
    refused: bool = False
    silent: Failure | None = None


class ModbusSession:
    """An open wire with its master. `counters` are those of the master, `lessons` take in what the answers teach."""

    def __init__(
        self,
        master: Master,
        counters: Counters,
        clock: Clock,
        timeout: float,
        devices: Mapping[str, RtuDevice | TcpDevice],
        lessons: Lessons | None = None,
        telling: Mapping[str, Sequence[Point]] | None = None,
    ) -> None:
        """`telling`: by device, the points that hold its model and serial."""
        self.counters = counters
        self._master = master
        self._clock = clock
        self._timeout = timeout
        self._devices = devices
        self._lessons = lessons or Lessons()
        self._telling = telling or {}
        self._at = {options.address: id for id, options in devices.items()}
        self._misses: dict[str, int] = {}
        self._parts: dict[tuple[str, ...], tuple[float, Sequence[_Part]]] = {}

    def execute(self, request: Request) -> Result:
        """Ask the device; a request that it refuses is asked in parts, so that one wrong register does not lose the others.

        A device that falls silent is waited for once. WireError when the wire is gone.
        """
        block = request.payload
        assert isinstance(block, Block)
        start = self._clock.monotonic()
        device = self._devices[request.device]
        course = _Course(request.device, device, start + max(ENOUGH, 1.5 * self._patience(device)))
        whole = (start + FORGET, (_Part(block, start),))
        until, parts = self._parts.get(request.points, whole)
        if start > until:
            until, parts = whole
        # of what the device refused, one part is asked again each time, the one that has waited longest
        probe = min((part for part in parts if part.refused), key=lambda part: part.asked, default=None)
        for part in parts:
            if part is probe or not part.refused:
                self._read(course, part.block)
        for part in parts:
            if part is not probe and part.refused:
                self._fail(course, part, course.silent or Failure(Reason.EXCEPTION, str(part.refused)))
        if course.refused or len(parts) > 1:
            self._parts[request.points] = (until, _joined(course.parts))
            _log.debug("%s: %d points in %d parts", request.device, len(request.points), len(self._parts[request.points][1]))
        if course.asked:
            self._misses[request.device] = 0 if course.answered else self._misses.get(request.device, 0) + 1
        # a device that was not asked is not called silent for one lost answer
        answered = course.answered or (not course.asked and self._misses.get(request.device, 0) < 2)
        late = tuple(self._at[unit] for unit in self._master.late() if unit in self._at)
        now = self._clock.monotonic()
        learned = self._lessons.conclude(request.device, device.address, block.learned, now) if course.answered else None
        return Result(request, tuple(course.readings), answered, now - start, late, self._master.foreign(), learned)

    def listen(self, seconds: float) -> Heard:
        """What comes while nothing is sent."""
        return self._master.listen(seconds)

    def identify(self, device: str) -> Identity | None:
        """Ask the device who it is, where its profile says how."""
        options = self._devices[device]
        return identify(self._master, options, self._telling.get(device, ()), self._patience(options), self._clock)

    def write(self, point: Point, value: float) -> Written:
        """Write once, and prove it."""
        device = self._devices[point.device]
        return Writing(self._master, device, self._patience(device), self._clock).write(point, value)

    def close(self) -> None:
        """Give the port or the connection back."""
        self._master.close()

    def _patience(self, device: RtuDevice | TcpDevice) -> float:
        return device.timeout or self._timeout

    def _part(self, block: Block, good: bool = False, refused: int = 0) -> _Part:
        return _Part(block, self._clock.monotonic(), good, refused)

    def _read(self, course: _Course, part: Block) -> None:
        for shape, question in self._shapes(course, part):
            if course.silent is not None:
                self._fail(course, self._part(shape), course.silent)
            elif question is None:
                self._fail(course, self._part(shape), Failure(Reason.NO_ANSWER))
            elif self._clock.monotonic() > course.until:
                self._fail(course, self._part(shape), Failure(Reason.NO_ANSWER, "too slow"))
            else:
                self._ask(course, shape, question)

    def _ask(self, course: _Course, shape: Block, question: Question) -> None:
        course.asked = True
        answer = self._master.ask(question, self._patience(course.device), course.device.gap)
        if isinstance(answer, Refusal):
            if answer.code in pdu.GATEWAY:
                answer = Failure(Reason.NO_ANSWER, f"exception {answer.code}")
            else:
                self._refused(course, shape, answer.code)
                return
        if isinstance(answer, Failure):
            course.silent = answer
            self._fail(course, self._part(shape), answer)
            return
        course.answered = True
        course.parts.append(self._part(shape, good=True))
        self._lessons.answers(course.id, question.table, question.address, question.count)
        time = self._clock.wall()
        course.readings += [values.reading(f.point, f.source, _raw(f, question, answer.data), time) for f in shape.fields]

    def _refused(self, course: _Course, shape: Block, code: int) -> None:
        course.answered = True
        halves = next(shape.cuts(), None) if code in _MISSING else None
        if halves is None:
            if code in _MISSING:
                self._doubt(course, places.places(shape.table, shape.address, shape.count))
            self._fail(course, self._part(shape, refused=code if code in _MISSING else 0), Failure(Reason.EXCEPTION, str(code)))
            return
        course.refused = True
        before = len(course.parts)
        for half in halves:
            self._read(course, half.alone())
        if [part.good for part in course.parts[before:]] == [True, True]:
            self._blame(course, *halves)

    def _blame(self, course: _Course, left: Block, right: Block) -> None:
        """Each of two blocks was answered, both in one question were not: the hole between them is refused, or the length is."""
        start = left.address + left.count
        if start < right.address:
            question = Question(course.device.address, left.table, start, right.address - start)
            if self._clock.monotonic() > course.until or self._master.mistakable(question):
                return
            answer = self._master.ask(question, self._patience(course.device), course.device.gap)
            if isinstance(answer, Refusal) and answer.code in _MISSING:
                self._lessons.proves(course.id, places.places(left.table, question.address, question.count))
            if isinstance(answer, Failure):
                course.silent = answer
            if not isinstance(answer, Data):
                return
        self._doubt(course, {places.beyond(left.table, max(left.count, right.count))})

    def _doubt(self, course: _Course, words: Set[str]) -> None:
        self._lessons.refuses(course.id, words, self._clock.monotonic())

    def _fail(self, course: _Course, part: _Part, failure: Failure) -> None:
        time = self._clock.wall()
        course.parts.append(part)
        course.readings += [failed(f.point.key, time, failure.reason, failure.detail) for f in part.block.fields]

    def _shapes(self, course: _Course, part: Block) -> list[tuple[Block, Question | None]]:
        """The questions to ask for a block so that no answer that may still come can be taken for theirs.

        As planned; else longer, within what may be read; else in two; else as planned if the old answer is to the same question.
        None: not now, the old answer must have had its time first.
        """
        device = course.device
        question = Question(device.address, part.table, part.address, part.count)
        if not self._master.mistakable(question):
            return [(part, question)]
        for count in range(part.count + 1, min(part.cap, part.high - part.low) + 1):
            longer = Question(device.address, part.table, min(part.address, part.high - count), count)
            if not self._master.mistakable(longer):
                return [(part, longer)]
        for left, right in part.cuts():
            halves = [(half, Question(device.address, half.table, half.address, half.count)) for half in (left, right)]
            if not any(self._master.mistakable(question) for _, question in halves):
                return list(halves)
        if self._master.repeats(question):
            return [(part, question)]
        _log.debug("unit %d: not asked, the answer to an older question may still come", device.address)
        return [(part, None)]


def _joined(parts: Sequence[_Part]) -> tuple[_Part, ...]:
    """The parts, where neighbours that were answered and have no hole between them are one again."""
    result: list[_Part] = []
    for part in sorted(parts, key=lambda part: part.block.address):
        block = part.block
        if part.good and result and result[-1].good and result[-1].block.address + result[-1].block.count >= block.address:
            first = result.pop().block
            count = block.address + block.count - first.address
            block = Block(block.table, first.address, count, first.fields + block.fields, first.address, first.address + count)
        result.append(_Part(block, part.asked, part.good, part.refused))
    return tuple(result)


def _raw(field: Field, question: Question, data: bytes) -> bytes:
    """The bytes of a point's registers, or its bit as one byte."""
    first = field.start - question.address
    if question.table.bits:
        return bytes((data[first // 8] >> first % 8 & 1,))
    return data[2 * first : 2 * (field.end - question.address)]
