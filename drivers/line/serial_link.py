"""A line of question and answer: asks, waits for a whole frame, and never takes an answer for another question's. Knows no protocol.

Most such protocols do not say in an answer what had been asked. So a question that was given up stays owed for a while: until its
answer has come, or cannot come any more, nothing is asked whose answer it could be taken for. What comes late is dropped and counted.
"""

import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Heard, WireError
from cityops_desktop.model.readings import Reason
from drivers.exchange import NoAnswer
from drivers.line.wire import HALF_OPEN, Wire

LATE = 2.0
"""Seconds after a time-out within which an answer may still come (YD/T 1363.3 and DL/T 645 ask for one within 0.5 s), or this many"""
LATER = 4.0
"""times the time-out, if that is more: a device that took 3.8 times its time-out was measured (measurements, faults of masters)."""
LONGEST_PATIENCE = 5.0
"""Most seconds that a device which was late is given."""
MARGIN = 1.5
"""How much more time than its latest answer took a late device is given."""
GROWING = 0.5
"""Seconds that may pass within a frame that has begun (DL/T 645-2007: at most 0.5 s between two bytes)."""
GROWN = 3.0
"""Seconds beyond its time after which even a growing frame is given up: a line may babble."""
SETTLE = 0.1
"""Seconds of silence after a damaged answer that settle the matter: no second one follows."""
SILENT = 2
"""Questions without an answer after which a device that is not asked counts as one that does not answer."""
CHARACTER = 11
"""Bits of a character at most: start, eight, parity, stop."""
SLOWEST = 2400
"""Baud that are reckoned with behind a serial server, whose line's speed is not known."""
_log = logging.getLogger(__name__)

M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Cut(Generic[M]):
    """A frame at [start:end] of what was searched. `message` None: it has the form of one, but its check fails. `unit` is the
    address of the device that it comes from or goes to, as the driver names its devices; of a damaged one as far as it can be read."""

    start: int
    end: int
    message: M | None
    unit: str = ""


class Framing(Protocol[M]):
    """What a protocol's frames look like. All of it pure, for any bytes."""

    longest: int

    def cut(self, data: bytes) -> Sequence[Cut[M]]:
        """The frames in there from the left, behind and between any noise; they never overlap."""
        ...

    def begun(self, data: bytes) -> bool:
        """Could a frame have begun in these bytes, of which no whole one is a part?"""
        ...

    def request(self, message: M) -> bool:
        """Can only a master have said this?"""
        ...

    def shape(self, message: M) -> Hashable:
        """What an answer tells of its question: two answers of one shape cannot be told apart."""
        ...


@dataclass(frozen=True, slots=True)
class Question(Generic[M]):
    """A frame to send, to which device, the shape of its answer and about how many bytes it has; `answers` recognises it."""

    frame: bytes
    unit: str
    shape: Hashable
    size: int
    answers: Callable[[M], bool]


class NotAsked(NoAnswer):
    """The question was not sent: an answer that may still come could be taken for its own."""

    def __init__(self, silent: bool) -> None:
        super().__init__(Reason.NO_ANSWER, "an older answer may still come", answered=not silent, asked=False)


@dataclass(slots=True)
class _Debt:
    unit: str
    asked: float
    until: float
    timeout: float


class Memory:
    """What is known of the devices of one line; outlives the openings of its wire."""

    def __init__(self) -> None:
        self._debts: dict[Hashable, _Debt] = {}
        self._patience: dict[str, float] = {}
        self._misses: dict[str, int] = {}
        self.lengths: dict[Hashable, int] = {}
        """How long the answers to questions were; the driver's own."""
        self.nameless: dict[str, int] = {}
        """How often devices that never said who they are were asked in vain; the driver's own."""

    def known(self, shape: Hashable) -> bool:
        """Was a question of this shape given up, be it long ago?"""
        return shape in self._debts

    def owed(self, shape: Hashable, now: float) -> bool:
        """May an answer of this shape still come?"""
        debt = self._debts.get(shape)
        if debt is not None and now > debt.until:
            del self._debts[shape]
            debt = None
        return debt is not None

    def suspect(self, unit: str, now: float) -> bool:
        """May any answer of this device still come?"""
        return any(debt.unit == unit and now <= debt.until for debt in self._debts.values())

    def silent(self, unit: str) -> bool:
        """Has it left several questions in a row unanswered?"""
        return self._misses.get(unit, 0) >= SILENT

    def owe(self, question: Question[M], asked: float, now: float, timeout: float) -> None:
        """This question was given up."""
        self._misses[question.unit] = self._misses.get(question.unit, 0) + 1
        self._debts[question.shape] = _Debt(question.unit, asked, now + max(LATE, LATER * timeout), timeout)

    def paid(self, shape: Hashable, now: float, heard: bool) -> str | None:
        """An answer of this shape came after its time (`heard` = just now, else some time before): the device it was owed by."""
        debt = self._debts.pop(shape, None)
        if debt is None:
            return None
        needed = now - debt.asked if heard else debt.timeout
        self._patience[debt.unit] = min(max(self._patience.get(debt.unit, 0.0), needed * MARGIN), LONGEST_PATIENCE)
        self._misses.pop(debt.unit, None)
        return debt.unit

    def in_time(self, unit: str, needed: float) -> None:
        """An answer came after so many seconds: what it is given shrinks towards that, slowly."""
        self._misses.pop(unit, None)
        if unit in self._patience:
            self._patience[unit] = max(self._patience[unit] * 0.9, min(needed * MARGIN, LONGEST_PATIENCE))

    def patience(self, unit: str, timeout: float) -> float:
        """Seconds that this device is given."""
        return max(timeout, self._patience.get(unit, 0.0))


class SerialLink(Generic[M]):
    """Asks one question at a time over a wire that it opens.

    `baudrate` None: not known, a serial server's. `connection`: the wire goes over a network and may be dead without saying so.
    """

    def __init__(
        self,
        connect: Callable[[], Wire],
        framing: Framing[M],
        clock: Clock,
        counters: Counters,
        memory: Memory,
        baudrate: int | None,
        connection: bool = False,
    ) -> None:
        self.memory = memory
        self._connect = connect
        self._framing = framing
        self._clock = clock
        self._counters = counters
        self._connection = connection
        self._character = CHARACTER / (baudrate or SLOWEST)
        self._buffer = bytearray()
        self._echo = b""
        self._noise = 0
        self._stray = False
        self._damaged: str | None = None
        self._unanswered = 0
        self._late: list[str] = []
        self._foreign = 0
        self._wire = connect()
        self._quiet = clock.monotonic()

    def exchange(self, question: Question[M], timeout: float, gap: float) -> M:
        """Ask once and wait for the answer. NoAnswer; NotAsked when that is not possible now. WireError when the wire is gone."""
        memory = self.memory
        if self._owed(question):
            raise NotAsked(memory.silent(question.unit))
        timeout = memory.patience(question.unit, timeout)
        if not self._ready(gap, timeout):
            self._counters.bad_replies += 1
            raise NoAnswer(Reason.BAD_REPLY, "babble")
        self._echo = question.frame
        self._noise, self._stray, self._damaged = 0, False, None
        asked = self._clock.monotonic()
        clean = not memory.suspect(question.unit, asked)
        try:
            self._wire.write(question.frame)
            answer = self._await(question, asked, timeout)
        except WireError:
            memory.owe(question, asked, self._clock.monotonic(), timeout)
            raise
        self._echo = b""
        now = self._clock.monotonic()
        if answer is not None:
            self._unanswered = 0
            memory.in_time(question.unit, now - asked)
            if not clean and self._framing.shape(answer) != question.shape:
                memory.owe(question, asked, now, timeout)  # a refusal that may belong to an older question: then ours is still to come
            return answer
        if not (clean and self._damaged == question.unit):  # else it was this answer that was damaged, and none will follow
            memory.owe(question, asked, now, timeout)
        raise self._verdict()

    def listen(self, seconds: float) -> Heard:
        """Send nothing; how many bytes came, and how many requests of another master."""
        end = self._clock.monotonic() + seconds
        came = 0
        while self._clock.monotonic() < end:
            came += self._hear(end)
        return Heard(came, self.foreign())

    def late(self) -> list[str]:
        """The devices whose late answers came since this was last asked, one entry an answer."""
        late, self._late = self._late, []
        return late

    def foreign(self) -> int:
        """Requests of another master since this was last asked."""
        foreign, self._foreign = self._foreign, 0
        return foreign

    def close(self) -> None:
        """Give the wire back."""
        self._wire.close()

    def _owed(self, question: Question[M]) -> bool:
        if not self.memory.known(question.shape):
            return False
        while self._hear(self._clock.monotonic()):
            pass
        return self.memory.owed(question.shape, self._clock.monotonic())

    def _ready(self, gap: float, patience: float) -> bool:
        """Wait until the line is quiet, over a new connection when the old one went away or seems dead."""
        if self._connection and self._unanswered >= HALF_OPEN:
            self._reopen("nothing answers")
        try:
            return self._hush(gap, patience)
        except WireError as error:
            if not self._connection:
                raise  # a port that came back may be another line: it is listened to before anything is sent
            self._reopen(error.detail)
            return self._hush(gap, patience)

    def _reopen(self, why: str) -> None:
        _log.debug("opened anew: %s", why)
        self._wire.close()
        self._unanswered = 0
        self._buffer.clear()
        self._wire = self._connect()
        self._counters.reopened += 1
        self._quiet = self._clock.monotonic()

    def _hush(self, gap: float, patience: float) -> bool:
        """Wait until nothing has come for `gap`; what comes meanwhile is nobody's answer. False: it never was quiet."""
        end = self._clock.monotonic() + gap + patience
        while self._hear(self._quiet + gap) or self._clock.monotonic() < self._quiet + gap:
            if self._clock.monotonic() > end:
                self._buffer.clear()
                return False
        self._buffer.clear()
        return True

    def _hear(self, until: float) -> int:
        """Take what comes; how many bytes."""
        data = self._wire.read(until)
        if data:
            self._take(data)
            self._sift(None)
        return len(data)

    def _take(self, data: bytes) -> None:
        self._buffer += data
        self._quiet = self._clock.monotonic()

    def _await(self, question: Question[M], asked: float, timeout: float) -> M | None:
        sent = asked + timeout + len(question.frame) * self._character
        deadline = sent + question.size * self._character
        longest = deadline + GROWN
        while True:
            data = self._wire.read(deadline)
            now = self._clock.monotonic()
            if data:
                self._take(data)
                if (answer := self._sift(question)) is not None:
                    return answer
                if self._damaged == question.unit:
                    deadline = min(deadline, now + SETTLE)
                elif self._framing.begun(bytes(self._buffer)):
                    deadline = max(deadline, min(now + GROWING, longest))
            if now >= deadline:
                self._noise += len(self._buffer)
                self._buffer.clear()
                return None

    def _sift(self, question: Question[M] | None) -> M | None:
        """Take whole frames off the buffer: the answer; our own echo, late answers, others' requests and answers."""
        data = bytes(self._buffer)
        used = 0
        answer: M | None = None
        for cut in self._framing.cut(data):
            self._noise += cut.start - used
            used = cut.end
            answer = self._judge(question, cut, data[cut.start : cut.end])
            if answer is not None:
                break
        del self._buffer[:used]
        del self._buffer[: -self._framing.longest]
        return answer

    def _judge(self, question: Question[M] | None, cut: Cut[M], frame: bytes) -> M | None:
        message = cut.message
        if message is None:
            self._damaged = cut.unit
        elif self._echo and self._echo.endswith(frame):
            self._echo, self._noise = b"", 0  # an RS-485 adapter that hears itself; once
        elif self._framing.request(message):
            self._foreign += 1
        elif question is not None and question.answers(message):
            return message
        elif (unit := self.memory.paid(self._framing.shape(message), self._clock.monotonic(), question is not None)) is not None:
            self._counters.late_replies += 1
            self._late.append(unit)
            _log.debug("%s: late answer dropped", unit)
        else:
            self._stray = True
        return None

    def _verdict(self) -> NoAnswer:
        if self._damaged is not None:
            self._counters.crc_errors += 1
            return NoAnswer(Reason.CRC)
        if self._stray or self._noise:
            self._counters.bad_replies += 1
            return NoAnswer(Reason.BAD_REPLY, "another's answer" if self._stray else f"{self._noise} bytes")
        self._counters.timeouts += 1
        self._unanswered += 1
        return NoAnswer(Reason.NO_ANSWER)
