"""The master of an RTU line: keeps the silence, and believes a reply only when it can be the answer to this very question.

RTU replies carry no address and no number: unit, function and byte count are all that tells them apart. So a question that was
given up is remembered, and its answer, should it still come, is never taken for another's.
"""

import logging
from collections.abc import Callable

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Heard, WireError
from cityops_desktop.model.readings import Reason
from drivers.line.wire import HALF_OPEN, Wire
from drivers.modbus import pdu, rtu
from drivers.modbus.acquaintance import Acquaintance, Key
from drivers.modbus.dialogue import Asked, Dialogue
from drivers.modbus.pdu import Answer, Failure, Question

_ANY = range(256)
_REPEATED = (pdu.WRITE_COIL, pdu.WRITE_REGISTER)
"""Functions whose answer is the request again."""
_KEPT = 1024
"""Bytes of a babbling line that are kept to be searched."""
_log = logging.getLogger(__name__)


class RtuMaster:
    """Asks one question at a time over a wire that it opens.

    `baudrate` None: a serial server keeps the silence, and the line's speed is unknown. `connection`: the wire goes over a network
    and may be dead without saying so; it is opened anew when nothing answers.
    """

    def __init__(
        self,
        connect: Callable[[], Wire],
        clock: Clock,
        counters: Counters,
        known: Acquaintance,
        baudrate: int | None,
        connection: bool = False,
    ) -> None:
        self._connect = connect
        self._clock = clock
        self._counters = counters
        self._known = known
        self._connection = connection
        self._silence = rtu.silence(baudrate) if baudrate else 0.0
        self._character = rtu.CHARACTER / baudrate if baudrate else 0.0
        self._patience = max(3 * self._silence, 0.010)
        self._buffer = bytearray()
        self._sent = b""
        self._itself = False
        self._echoed = False
        self._spent = False
        self._dropped = False
        self._came = 0.0
        self._unanswered = 0
        self._late: list[int] = []
        self._dialogue = Dialogue()
        self._told = 0
        self._wire = connect()
        self._free = clock.monotonic() + self._silence

    def mistakable(self, question: Question) -> bool:
        """Could an answer that may still come be taken for the answer to this question?"""
        self._own_up()
        if not self._known.owes(_key(question), self._clock.monotonic()):
            return False
        self._hear()
        return self._known.owes(_key(question), self._clock.monotonic())

    def repeats(self, question: Question) -> bool:
        """Is the answer that may still come an older one to this very question? Then it may be asked, and takes its whole time."""
        return self._known.is_of(_key(question), question)

    def ask(self, question: Question, timeout: float, gap: float) -> Answer:
        """Ask and wait: data, an exception, or why there is nothing. The question must not be mistakable, or be a repetition."""
        timeout = self._known.timeout(question.unit, timeout)
        self._counters.requests += 1
        if not self._ready(timeout):
            self._counters.bad_replies += 1
            return Failure(Reason.BAD_REPLY, "babble")
        if (other := self._let_finish(timeout)) is not None:
            return self._other_master(other, self._clock.monotonic())
        if self._own_up(_key(question)):
            self._counters.bad_replies += 1
            return Failure(Reason.BAD_REPLY, "another master")
        self._sent = rtu.frame(question)
        self._spent = self._echoed = self._dropped = False
        asked = self._clock.monotonic()
        deadline = asked + timeout + (len(self._sent) + question.size + rtu.ENVELOPE) * self._character
        self._dialogue.sent(self._sent, asked)
        try:
            self._wire.write(self._sent)
            found = self._listen(question, deadline)
        except WireError:
            self._known.give_up(_key(question), question, asked, self._clock.monotonic())
            raise
        now = self._clock.monotonic()
        # the silence counts from the last byte that was read: what was reckoned since is not added to it
        self._free = (now if isinstance(found, Failure) else self._came) + max(self._silence, gap)
        self._unanswered = self._unanswered + 1 if found == Failure(Reason.NO_ANSWER) else 0
        if isinstance(found, Failure):
            if not self._spent or _key(question) in self._known.awaited(now):  # what was spent may have been the older answer
                silent = found.reason is Reason.NO_ANSWER and not self._dropped
                self._known.give_up(_key(question), question, asked, now, silent=silent)
            _log.debug("unit %d: %s %s", question.unit, found.reason, found.detail)
        elif isinstance(found, pdu.Refusal):
            # the exception may be the late answer to an older question of this function: then ours is still to come
            if any(key[:2] == (question.unit, question.function) for key in self._known.awaited(now)):
                self._known.give_up(_key(question), question, asked, now)
            self._counters.exceptions += 1
        else:
            size = 0 if question.size == pdu.ANY_SIZE else question.size
            wire = (len(self._sent) + size + rtu.ENVELOPE) * self._character or None if size else None
            self._known.in_time(question.unit, self._came - asked, wire)
            self._counters.good += 1
        return found

    def listen(self, seconds: float) -> Heard:
        """Send nothing; so many bytes came, and so many requests of another master."""
        end = self._clock.monotonic() + seconds
        came = 0
        while True:
            data = self._wire.read(end)
            now = self._clock.monotonic()
            came += len(data)
            self._dialogue.hear(data, now)
            if now >= end:
                self._free = max(self._free, now + self._silence)
                return Heard(came, self.foreign())

    def foreign(self) -> int:
        """The requests of another master that came since this was last asked, while we spoke or did not."""
        self._dialogue.take()  # what they ask, and what they are answered, is not our business here
        before, self._told = self._told, self._dialogue.requests
        return self._told - before

    def late(self) -> list[int]:
        """The units whose late answers came since this was last asked, one entry an answer."""
        late, self._late = self._late, []
        return late

    def close(self) -> None:
        """Give the wire back."""
        self._wire.close()

    def _ready(self, patience: float) -> bool:
        """Wait until the line is silent, over a new connection when the old one went away or seems dead."""
        if self._connection and self._unanswered >= HALF_OPEN:
            self._reopen("nothing answers")
        try:
            return self._hush(patience)
        except WireError as error:
            if not self._connection:
                raise  # a port that came back may be another line: it is listened to before anything is sent
            self._reopen(error.detail)
            return self._hush(patience)

    def _reopen(self, why: str) -> None:
        _log.debug("opened anew: %s", why)
        self._wire.close()
        self._unanswered = 0
        self._wire = self._connect()
        self._counters.reopened += 1
        self._free = max(self._free, self._clock.monotonic() + self._silence)

    def _hush(self, patience: float) -> bool:
        """Wait until the line has been silent; whatever comes meanwhile is nobody's answer. False: it never was."""
        end = self._clock.monotonic() + patience
        while self._hear():
            if self._clock.monotonic() > end:
                self._buffer.clear()
                return False
        self._buffer.clear()
        return True

    def _let_finish(self, patience: float) -> Asked | None:
        """Wait for the answer to another master's question, which could be taken for the answer to ours. The question if none comes."""
        end = self._clock.monotonic() + patience
        while True:
            while (other := self._dialogue.pending(now := self._clock.monotonic())) is not None:
                if now >= end:
                    return other
                if data := self._wire.read(end):
                    self._dialogue.hear(data, self._clock.monotonic())
                    self._free = max(self._free, self._clock.monotonic() + self._silence)
            while self._hear():
                pass
            self._buffer.clear()
            if self._dialogue.pending(self._clock.monotonic()) is None:
                return None

    def _own_up(self, key: Key | None = None) -> bool:
        """Remember what another master may still be answered. True: something of this shape, since this was last asked."""
        debts, now = self._dialogue.debts(), self._clock.monotonic()
        for owed in debts:
            self._known.give_up(owed, None, now, now)
        return key in debts

    def _hear(self) -> bool:
        """Take what came while nobody listened, or what comes before the line is free. False: nothing."""
        data = self._wire.read(self._free)
        if not data and not self._buffer:
            return False
        self._buffer += data
        self._dialogue.hear(data, self._clock.monotonic())
        self._sift(None)
        if data:
            self._free = max(self._free, self._clock.monotonic() + self._silence)
            del self._buffer[:-_KEPT]
        return bool(data)

    def _listen(self, question: Question, deadline: float) -> Answer:
        judged = True
        quiet = deadline
        first: Answer | None = None
        twofold = self._known.twofold(_key(question))
        while True:
            data = self._wire.read(deadline if judged else min(deadline, quiet))
            now = self._clock.monotonic()
            if data:
                self._buffer += data
                self._dialogue.hear(data, now)
                while (found := self._sift(question)) is not None:
                    self._came = now
                    self._dialogue.settle(now)
                    other = self._dialogue.crossed if first is None else self._dialogue.followed
                    if other is not None:
                        return self._other_master(other, now)
                    if not twofold:
                        return found
                    if first is not None:
                        self._known.arrived(_key(question), now, heard=True)
                        self._counters.late_replies += 1
                        self._late.append(question.unit)
                        return found
                    first = found  # the older answer to the same question, perhaps: then the newer one follows
                del self._buffer[:-_KEPT]
                judged, quiet = False, now + self._patience
            elif not judged and now >= quiet:
                judged = True
                if first is None and (verdict := self._judge(question, final=False)) is not None:
                    return verdict
            if now >= deadline:
                if first is not None:
                    self._known.repeated(_key(question))
                    return first
                if (verdict := self._judge(question, final=True)) is not None:
                    return verdict
                self._counters.timeouts += 1
                return Failure(Reason.NO_ANSWER)

    def _other_master(self, other: Asked, now: float) -> Failure:
        """Another master's question is open: what is answered now may be its answer."""
        self._known.give_up(other.key, None, now, now)
        self._counters.bad_replies += 1
        return Failure(Reason.BAD_REPLY, "another master")

    def _sift(self, question: Question | None) -> Answer | None:
        """Take whole frames off the buffer: the answer, our own echo, late answers. What is nobody's stays for the verdict."""
        buffer = bytes(self._buffer)
        now = self._clock.monotonic()
        units = {key[0] for key in self._known.awaited(now)}
        if question is not None:
            units.add(question.unit)
        for found in rtu.frames(buffer, units):
            if buffer[found.start : found.end] == self._sent and self._hears_itself(question, found):
                self._take(buffer, found)
                continue
            if question is not None and found.unit == question.unit and (answer := pdu.answer(question, found.pdu)) is not None:
                self._take(buffer, found)
                return answer
            if self._known.arrived(found.key, now, heard=question is not None):
                self._dropped = True
                self._counters.late_replies += 1
                self._late.append(found.unit)
                _log.debug("unit %d: late reply dropped", found.unit)
                self._take(buffer, found)
        return None

    def _hears_itself(self, question: Question | None, found: rtu.Frame) -> bool:
        """What we sent came back: from an RS-485 adapter that hears itself, or as the answer to a write, which repeats the request.

        Only a line on which a read has come back is such an adapter's: there the first copy of a write is not its answer.
        """
        if found.pdu[0] not in _REPEATED:
            self._itself = True
            return True
        if question is None:
            return found.key not in self._known.awaited(self._clock.monotonic())
        before, self._echoed = self._echoed, True
        return self._itself and not before

    def _take(self, buffer: bytes, found: rtu.Frame) -> None:
        """Drop this frame of an older copy of the buffer, and all before it."""
        del self._buffer[: len(self._buffer) - len(buffer) + found.end]

    def _judge(self, question: Question, final: bool) -> Failure | None:
        """What the bytes mean that brought no answer and after which the line fell silent; None: an answer may still come."""
        buffer = bytes(self._buffer)
        now = self._clock.monotonic()
        self._dialogue.settle(now)
        if self._dialogue.crossed is not None:
            self._buffer.clear()
            return self._other_master(self._dialogue.crossed, now)
        for found in rtu.frames(buffer, _ANY):
            self._known.give_up(found.key, None, now, now)  # nobody asked for it: another of its kind may follow
            if found.key[:2] == (question.unit, question.function):
                self._known.unruly(question.unit, question.function)
            self._buffer.clear()
            self._counters.bad_replies += 1
            return Failure(Reason.BAD_REPLY, f"unit {found.unit}, function {found.pdu[0]}")
        refusal = len(buffer) >= rtu.EXCEPTION and buffer[:2] == bytes((question.unit, question.function | pdu.ERROR))
        if refusal or len(buffer) >= question.size + rtu.ENVELOPE:
            self._spent = bytes((question.unit, question.function, question.size)) in buffer  # it was our answer, none will follow
            self._counters.crc_errors += 1
            return Failure(Reason.CRC)
        if final and buffer:
            # cut short after its head it was our answer all the same: none will follow
            self._spent = bytes((question.unit, question.function, question.size)) in buffer
            self._counters.bad_replies += 1
            return Failure(Reason.BAD_REPLY, f"{len(buffer)} bytes")
        return None


def _key(question: Question) -> Key:
    return (question.unit, question.function, question.size)
