"""The master of a Modbus TCP connection: numbers its questions, never with 0, and believes only the answer of the same number."""

import logging
from collections.abc import Callable, Iterator

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Heard, WireError
from cityops_desktop.model.readings import Reason
from drivers.line.wire import HALF_OPEN, Wire
from drivers.modbus import pdu, tcp
from drivers.modbus.acquaintance import LATE, Acquaintance
from drivers.modbus.pdu import Answer, Failure, Question

_log = logging.getLogger(__name__)


class TcpMaster:
    """Asks one question at a time over a connection that it opens and reopens."""

    def __init__(self, connect: Callable[[], Wire], clock: Clock, counters: Counters, known: Acquaintance) -> None:
        self._connect = connect
        self._clock = clock
        self._counters = counters
        self._known = known
        self._wire: Wire | None = connect()
        self._buffer = bytearray()
        self._given_up: dict[int, tuple[int, float]] = {}
        self._unanswered = 0
        self._late: list[int] = []
        self._free = clock.monotonic()

    def mistakable(self, question: Question) -> bool:
        """Never: the number tells the answers apart."""
        return False

    def repeats(self, question: Question) -> bool:
        """Never: a repeated question has a number of its own."""
        return False

    def ask(self, question: Question, timeout: float, gap: float) -> Answer:
        """Ask and wait: data, an exception, or why there is nothing. WireError when the connection is gone."""
        timeout = self._known.timeout(question.unit, timeout)
        self._counters.requests += 1
        wire = self._ready(timeout)
        self._known.transaction = tcp.following(self._known.transaction, self._given_up)
        asked = self._clock.monotonic()
        try:
            wire.write(tcp.frame(self._known.transaction, question))
            found = self._listen(wire, question, asked + timeout)
        except WireError:
            self.close()
            raise
        except tcp.OutOfStep:
            self.close()
            self._counters.bad_replies += 1
            found = Failure(Reason.BAD_REPLY, "not Modbus TCP")
        now = self._clock.monotonic()
        self._free = now + gap
        self._account(question, found, asked, now)
        return found

    def listen(self, seconds: float) -> Heard:
        """Nothing: a connection is ours alone."""
        return Heard()

    def foreign(self) -> int:
        """None: a connection is ours alone."""
        return 0

    def late(self) -> list[int]:
        """The units whose late answers came since this was last asked, one entry an answer."""
        late, self._late = self._late, []
        return late

    def close(self) -> None:
        """Give the connection back; the next question opens another."""
        if self._wire is not None:
            self._wire.close()
            self._wire = None
        self._buffer.clear()
        self._unanswered = 0

    def _ready(self, patience: float) -> Wire:
        """The connection, open, with nothing old in it, after the gap that the last device needs."""
        end = self._clock.monotonic() + patience + max(0.0, self._free - self._clock.monotonic())
        if self._wire is not None:
            try:
                while data := self._wire.read(self._free):
                    self._buffer += data
                    for _ in self._sift():
                        pass
                    if self._clock.monotonic() > end:
                        raise tcp.OutOfStep
            except (WireError, tcp.OutOfStep) as error:
                _log.debug("connection given up between two questions: %s", error)
                self.close()
        if self._wire is None:
            self._wire = self._connect()
            self._counters.reopened += 1
        return self._wire

    def _listen(self, wire: Wire, question: Question, deadline: float) -> Answer:
        strange = False
        while True:
            data = wire.read(deadline)
            self._buffer += data
            for found in self._sift():
                if found.transaction == self._known.transaction:
                    answer = pdu.answer(question, found.pdu) if found.unit == question.unit else None
                    if answer is not None:
                        self._whole()
                        return answer
                    self._counters.bad_replies += 1
                    return Failure(Reason.BAD_REPLY, f"unit {found.unit}, function {found.pdu[0]}")
                strange = True
            if self._clock.monotonic() >= deadline:
                if strange or self._buffer:
                    self._counters.bad_replies += 1
                    return Failure(Reason.BAD_REPLY, "no answer of this transaction")
                self._counters.timeouts += 1
                return Failure(Reason.NO_ANSWER)

    def _whole(self) -> None:
        """While late answers may come, what follows an answer must be frames: else it lost bytes, and a late one's took their place."""
        while self._given_up and tcp.take(self._buffer) is not None:
            pass

    def _sift(self) -> Iterator[tcp.Frame]:
        """Whole frames of the stream that are not known to be late."""
        while (found := tcp.take(self._buffer)) is not None:
            if (old := self._given_up.pop(found.transaction, None)) is not None:
                unit, asked = old
                self._known.late(unit, self._clock.monotonic() - asked)
                self._counters.late_replies += 1
                self._late.append(unit)
                _log.debug("unit %d: late reply dropped", unit)
            else:
                yield found

    def _account(self, question: Question, found: Answer, asked: float, now: float) -> None:
        if not isinstance(found, Failure):
            self._unanswered = 0
            self._known.in_time(question.unit, now - asked, 0.0)  # what the bytes take on a network is nothing
            if isinstance(found, pdu.Refusal):
                self._counters.exceptions += 1
            else:
                self._counters.good += 1
            return
        _log.debug("unit %d: %s %s", question.unit, found.reason, found.detail)
        self._given_up = {number: old for number, old in self._given_up.items() if now - old[1] <= LATE}
        self._given_up[self._known.transaction] = (question.unit, asked)
        if found.reason is Reason.NO_ANSWER or self._buffer:  # half a frame that swallows one answer after the other is no life either
            self._unanswered += 1
            if self._unanswered >= HALF_OPEN:
                _log.debug("%d questions without an answer: the connection is opened anew", HALF_OPEN)
                self.close()
