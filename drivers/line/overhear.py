"""A line that is only listened to, in any protocol of question and answer: another master's questions and the answers to them become
readings of our points. Sends nothing, and knows no protocol.

An answer is believed only when it fits its question, follows it directly, and nothing else can explain it: no older question that was
left without an answer, and where answers do not say what was asked, no question that was heard damaged either. A unit answers in the
order in which it was asked: an answer that can only be that to the last question ends the wait for all before it.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, Protocol, TypeVar

from cityops_desktop.clock import Clock
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reading, Reason, failed
from drivers.exchange import Found, NoAnswer, made
from drivers.line.listening import ListeningSession
from drivers.line.serial_link import GROWING, Cut, Framing
from drivers.line.wire import Wire

WITHIN = 3.0
"""Seconds within which an answer must come, besides those that its bytes take."""
LATE = 10.0
"""Seconds after a question without an answer within which that may still come: the other master's time-out is not known."""
GLITCH = 2
"""Bytes 00 or FF that a line without bias may show when its direction turns; they hide nothing."""
M = TypeVar("M")


@dataclass(frozen=True, slots=True)
class Asked(Generic[M]):
    """A question of another master in the terms of our own. `units` = the devices that it may mean, the one that it names first;
    `question` = what the driver calls it when it asks so itself, None for what it never asks; `answers` recognises its answers."""

    units: tuple[str, ...]
    question: Hashable
    answers: Callable[[M], bool]


class Tongue(Protocol[M]):
    """What a protocol knows of questions that it did not ask. All of it pure, for any sound frame."""

    framing: Framing[M]
    filler: bytes

    def asked(self, message: M) -> Asked[M] | None:
        """The question that this is, or may be; None when only a device can have said it."""
        ...

    def length(self, message: M) -> int | None:
        """How long this answer is, where nothing else in it says what was asked; None where the answer itself says it."""
        ...

    def told(self, device: Any, question: Any, message: M, sources: Sequence[Any]) -> Sequence[Found | None]:
        """What an answer says of each source, None where it says nothing of it. NoAnswer when it refuses."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange(Generic[M]):
    """A question of another master, and what became of it: its answer, or `reason` why there is none that could be believed."""

    asked: Asked[M]
    answer: M | None = None
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class _Question(Generic[M]):
    """`frame` as it stood on the wire tells it from others."""

    asked: Asked[M]
    frame: bytes
    at: float


@dataclass(frozen=True, slots=True)
class _Debt(Generic[M]):
    """A question whose answer may still come. It was left without one at `since`, and again at `last`."""

    question: _Question[M]
    since: float
    last: float


class Conversation(Generic[M]):
    """One line. Told of every byte in its order; `take` gives the exchanges that are over, `requests` counts those of another master.

    `character` = seconds that a byte takes.
    """

    def __init__(self, tongue: Tongue[M], character: float) -> None:
        self.requests = 0
        self._tongue = tongue
        self._character = character
        self._buffer = bytearray()
        self._came = 0.0
        self._open: _Question[M] | None = None
        self._between = b""
        self._stray = self._damaged = False
        self._blurred = float("-inf")
        self._owed: dict[bytes, _Debt[M]] = {}
        self._lengths: dict[bytes, int] = {}
        self._others: dict[bytes, int] = {}
        self._frames: dict[bytes, int] = {}
        self._over: list[Exchange[M]] = []

    def hear(self, data: bytes, now: float) -> None:
        """Bytes that came at this time (monotonic seconds); b"" = nothing, but time has passed."""
        if self._buffer and now - self._came > GROWING:
            self._noise(bytes(self._buffer), self._came)
            self._buffer.clear()
        if data:
            self._buffer += data
            self._came = now
            self._scan(now)
        if self._open is not None and not self._buffer and now - self._open.at > WITHIN:
            self._give_up(now)

    def take(self) -> list[Exchange[M]]:
        """The exchanges that are over since this was last asked."""
        over, self._over = self._over, []
        return over

    def _scan(self, now: float) -> None:
        """Take whole frames off the buffer from the left."""
        data = bytes(self._buffer)
        used = 0
        for cut in self._tongue.framing.cut(data):
            self._noise(data[used : cut.start], now)
            self._frame(cut, data[cut.start : cut.end], now)
            used = cut.end
        end = max(used, len(data) - self._tongue.framing.longest)
        self._noise(data[used:end], now)
        del self._buffer[:end]

    def _noise(self, data: bytes, now: float) -> None:
        if data := data.translate(None, self._tongue.filler):
            self._between += data[:256]
            if self._disturbed():
                self._blurred = now

    def _disturbed(self) -> bool:
        """Did anything come since the question that may have been more than a glitch?"""
        return self._stray or len(self._between) > GLITCH or any(byte not in (0x00, 0xFF) for byte in self._between)

    def _frame(self, cut: Cut[M], frame: bytes, now: float) -> None:
        message, question = cut.message, self._open
        if message is None:
            self._broken(cut.unit, frame, now)
        elif question is not None and question.asked.answers(message):
            self._answer(question, message, frame, now)
        elif (asked := self._tongue.asked(message)) is not None:
            self._begin(_Question(asked, frame, now), now)
        else:
            self._stray = True
            explained = self._explained(message, now)
            if len(explained) == 1:
                del self._owed[explained[0].question.frame]

    def _broken(self, unit: str, frame: bytes, now: float) -> None:
        """A damaged frame: the answer, if it is as long as those are and its question is not; else it may have been anything."""
        question = self._open
        awaited = question is not None and unit in question.asked.units and len(frame) == self._frames.get(question.frame)
        if question is not None and awaited and not self._disturbed() and not self._owing(question, now):
            self._end(question, Reason.CRC)
        else:
            self._damaged = True
            self._noise(frame, now)

    def _begin(self, question: _Question[M], now: float) -> None:
        if self._open is not None:
            self._give_up(now)
        self.requests += 1
        self._open = question
        self._between, self._stray, self._damaged = b"", False, False

    def _answer(self, question: _Question[M], message: M, frame: bytes, now: float) -> None:
        length = self._tongue.length(message)
        older = self._explained(message, now)
        same = self._owed.get(question.frame) if any(debt.question.frame == question.frame for debt in older) else None
        doubtful = self._disturbed() or now - question.at > WITHIN + len(frame) * self._character
        doubtful = doubtful or len(older) > (same is not None) or (same is not None and now - same.since <= LATE)
        if doubtful or (length is not None and now - self._blurred <= LATE):
            self._owe(question, now)  # which question it answered is not known: another answer may follow
            self._clear()
            return
        if self._tongue.asked(message) is not None:
            self._blurred = now  # it may have been a question all the same
        if length is not None and not self._usual(question, length, now):
            self._clear()
            return
        if same is None:
            self._owed = {key: debt for key, debt in self._owed.items() if debt.question.asked.units[0] != question.asked.units[0]}
        else:
            self._owe(question, now)
        if len(frame) != len(question.frame):
            self._frames[question.frame] = len(frame)
        self._over.append(Exchange(question.asked, message))
        self._clear()

    def _usual(self, question: _Question[M], length: int, now: float) -> bool:
        """Have answers to this question this length? It is believed when it comes twice in a row."""
        known = self._lengths.get(question.frame)
        if known != length and self._others.get(question.frame) != length:
            self._others[question.frame] = length
            if known is not None:
                self._owe(question, now)
            return False
        self._lengths[question.frame] = length
        self._others.pop(question.frame, None)
        return True

    def _explained(self, message: M, now: float) -> list[_Debt[M]]:
        """The older questions whose answer this could be."""
        self._owed = {key: debt for key, debt in self._owed.items() if now - debt.last <= LATE}
        length = self._tongue.length(message)
        return [
            debt
            for key, debt in self._owed.items()
            if debt.question.asked.answers(message) and (length is None or self._lengths.get(key, length) == length)
        ]

    def _owing(self, question: _Question[M], now: float) -> bool:
        """May the device still answer an older question?"""
        return any(debt.question.asked.units[0] == question.asked.units[0] and now - debt.last <= LATE for debt in self._owed.values())

    def _owe(self, question: _Question[M], now: float) -> None:
        debt = self._owed.get(question.frame)
        fresh = debt is None or now - debt.last > LATE
        self._owed[question.frame] = _Debt(question, now, now) if debt is None or fresh else replace(debt, last=now)

    def _give_up(self, now: float) -> None:
        """The open question has got no answer that could be believed."""
        question = self._open
        assert question is not None
        self._owe(question, now)
        self._end(question, Reason.CRC if self._damaged else Reason.BAD_REPLY if self._disturbed() else Reason.NO_ANSWER)

    def _end(self, question: _Question[M], reason: Reason) -> None:
        self._over.append(Exchange(question.asked, reason=reason))
        self._clear()

    def _clear(self) -> None:
        self._open = None
        self._between, self._stray, self._damaged = b"", False, False


class OverhearSession(ListeningSession, Generic[M]):
    """An open line of such a protocol."""

    def __init__(
        self,
        connect: Callable[[], Wire],
        tongue: Tongue[M],
        clock: Clock,
        devices: Sequence[tuple[str, object, Sequence[tuple[Hashable, Point]]]],
        character: float,
    ) -> None:
        """`devices` = the name on the line of each, its options, and its points with the questions that bring them."""
        super().__init__(connect, clock)
        self._tongue = tongue
        self._conversation = Conversation(tongue, character)
        self._points: dict[tuple[str, Hashable], tuple[object, list[Point]]] = {}
        for name, options, points in devices:
            for question, point in points:
                self._points.setdefault((name, question), (options, []))[1].append(point)

    @property
    def requests(self) -> int:
        """How many of another master were heard."""
        return self._conversation.requests

    def made(self, data: bytes, now: float) -> list[Reading]:
        """Those of every exchange that is over."""
        self._conversation.hear(data, now)
        return [reading for exchange in self._conversation.take() for reading in self._readings(exchange)]

    def _readings(self, exchange: Exchange[M]) -> list[Reading]:
        """Those of our points that the question asks for."""
        asked, time = exchange.asked, self._clock.wall()
        reason, readings = exchange.reason, list[Reading]()
        for unit in asked.units:
            if (unit, asked.question) not in self._points:
                continue
            options, points = self._points[unit, asked.question]
            try:
                readings += self._made(exchange, options, points, time)
            except NoAnswer as error:
                reason = error.reason
                readings += (failed(point.key, time, error.reason, error.detail) for point in points)
        self._count(exchange, reason)
        return readings

    def _made(self, exchange: Exchange[M], options: object, points: Sequence[Point], time: int) -> Sequence[Reading]:
        if exchange.answer is None:
            raise NoAnswer(exchange.reason or Reason.BAD_REPLY)
        found = self._tongue.told(options, exchange.asked.question, exchange.answer, [point.source for point in points])
        told = [(point, one) for point, one in zip(points, found, strict=True) if one is not None]
        return made([point for point, _ in told], [one for _, one in told], time)

    def _count(self, exchange: Exchange[M], reason: Reason | None) -> None:
        """`reason` = why the answer is none, as far as it was one to a question of ours."""
        if exchange.answer is not None:
            self.counters.good += reason is None
            self.counters.exceptions += reason is not None
        elif reason is Reason.NO_ANSWER:
            self.counters.timeouts += 1
        elif reason is Reason.CRC:
            self.counters.crc_errors += 1
        else:
            self.counters.bad_replies += 1
