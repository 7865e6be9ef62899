"""What is said on a line between a master and its slaves, made out from the bytes alone. Pure: no wire, no clock, sends nothing.

Only the checksum and the order tell what a frame is: an answer to a read of bits whose byte count is 3 is as long as a request. So a
frame is an answer when it fits the question that is open, and a request when it cannot be an answer, or when an answer to it follows.

An answer is believed only when it fits in unit, function and length, follows its question directly, and no older question of the same
shape is still owed an answer: the strictness of our own master, and more, for another master's time-outs are not known here.
"""

from dataclasses import dataclass
from enum import Enum

from cityops_desktop.model.readings import Reason
from drivers.modbus import rtu
from drivers.modbus.acquaintance import LATE, Key
from drivers.modbus.pdu import ERROR

IDLE = 0.2
"""Seconds of silence after which what is in the buffer will not become a frame any more (a serial server may pause within one)."""
WITHIN = 3.0
"""Seconds within which an answer must come."""
GLITCH = 2
"""Bytes 00 or FF that a line without bias may show when its direction turns; they hide nothing."""
_BITS = (1, 2)
_REGISTERS = (3, 4)
_SINGLE = (5, 6)
_MULTIPLE = (15, 16)
_BOTH = 23
_TUNNEL = 43
_IDENTITY = 14
_KNOWN = frozenset((*_BITS, *_REGISTERS, *_SINGLE, *_MULTIPLE, _BOTH, _TUNNEL))
_MOST_BITS = 2000
_LONGEST = 256
_MOST_DEBTS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it stood on the wire. `doubtful` = it could as well be the answer to a question that was not heard."""

    frame: bytes
    at: float
    ours: bool = False
    doubtful: bool = False

    @property
    def unit(self) -> int:
        """Whom it goes to."""
        return self.frame[0]

    @property
    def function(self) -> int:
        """What it asks for."""
        return self.frame[1]

    @property
    def address(self) -> int:
        """The first address of a read."""
        return int.from_bytes(self.frame[2:4])

    @property
    def count(self) -> int:
        """How many registers or bits a read asks for."""
        return int.from_bytes(self.frame[4:6])

    @property
    def reads(self) -> bool:
        """Does its answer bring values?"""
        return self.function in (*_BITS, *_REGISTERS)

    @property
    def size(self) -> int:
        """Data bytes of the only acceptable answer to a read."""
        if self.function == _BOTH:
            return 2 * self.count
        return (self.count + 7) // 8 if self.function in _BITS else 2 * self.count if self.reads else 0

    @property
    def key(self) -> Key:
        """All that tells its answer from others."""
        return (self.unit, self.function, self.size)

    def answered_by(self, frame: bytes) -> bool:
        """Can this frame be its answer?"""
        if frame[0] != self.unit or frame[1] & ~ERROR != self.function:
            return False
        if frame[1] & ERROR:
            return len(frame) == rtu.EXCEPTION
        if self.function in _SINGLE:
            return frame == self.frame
        if self.function in _MULTIPLE:
            return len(frame) == rtu.REQUEST and frame[:6] == self.frame[:6]
        if self.function == _TUNNEL:
            return len(frame) > len(self.frame) and frame[2:4] == self.frame[2:4]
        return frame[2] == self.size and len(frame) == self.size + rtu.ENVELOPE


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question of another master, and what became of it: `data` of its answer, the `code` of an exception, or `reason` why neither."""

    asked: Asked
    data: bytes = b""
    code: int = 0
    reason: Reason | None = None


@dataclass(frozen=True, slots=True)
class _Debt:
    """Since when an answer of one shape is owed, and the question that it was asked for by (b"" = by several)."""

    since: float
    frame: bytes


class _Size(Enum):
    NONE = 0
    """No frame begins here."""
    MORE = 1
    """One may, when more bytes come."""


class Dialogue:
    """One line. Told of every byte in its order; `take` gives the exchanges that are over, `requests` counts those of another master."""

    def __init__(self) -> None:
        self.requests = 0
        self._buffer = bytearray()
        self._came = 0.0
        self._open: Asked | None = None
        self._echo = b""
        self._echoes: bool | None = None
        """Did we hear ourselves when we spoke last? None = we have not spoken."""
        self._echoed: bool | None = None
        self._between = b""
        self._stray = False
        self._owed: dict[Key, _Debt] = {}
        self._own_writes: dict[bytes, float] = {}
        self._own_owed: dict[Key, float] = {}
        self.crossed: Asked | None = None
        """Another master's question that came while ours, the one sent last, had no answer yet."""
        self.followed: Asked | None = None
        """Another master's question that came since ours was sent, be it after an answer."""
        self._over: list[Exchange] = []
        self._new_debts: list[Key] = []

    def hear(self, data: bytes, now: float) -> None:
        """Bytes that came at this time (monotonic seconds); b"" = nothing, but time has passed."""
        if self._buffer and now - self._came > IDLE:
            self._scan(self._came, final=True)
        if data:
            self._buffer += data
            self._came = now
            self._scan(now, final=False)
        if self._open is not None and not self._buffer and now - self._open.at > WITHIN:
            self._give_up(now)

    def sent(self, frame: bytes, now: float) -> None:
        """A request of our own goes out; what was heard before belongs before it."""
        self._scan(now, final=True)
        self._begin(Asked(frame, now, ours=True), now)
        self.crossed = self.followed = None
        self._echo = frame
        self._echoes, self._echoed = self._echoed, False
        if frame[1] in _SINGLE:
            self._own_writes = {own: at for own, at in self._own_writes.items() if now - at <= LATE} | {frame: now}

    def settle(self, now: float) -> None:
        """All that came is looked at now: no frame will become whole any more."""
        self._scan(now, final=True)

    def pending(self, now: float) -> Asked | None:
        """Another master's question whose answer may be about to come."""
        asked = self._open
        return asked if asked is not None and not asked.ours and now - asked.at <= WITHIN else None

    def take(self) -> list[Exchange]:
        """The exchanges that are over since this was last asked."""
        over, self._over = self._over, []
        return over

    def debts(self) -> list[Key]:
        """The shapes of answers to another master that may still come, of which this has not been told yet."""
        told, self._new_debts = self._new_debts, []
        return told

    def _scan(self, now: float, final: bool) -> None:
        """Take whole frames off the buffer from the left; `final`: what is not whole will never be."""
        buffer = bytes(self._buffer)
        at = noise = 0
        while at < len(buffer):
            end = self._end(buffer, at, final)
            if end is _Size.MORE:
                break
            if isinstance(end, int):
                self._noise(buffer[noise:at])
                self._frame(buffer[at:end], now)
                at = noise = end
            else:
                at += 1
        self._noise(buffer[noise:at])
        del self._buffer[:at]

    def _end(self, buffer: bytes, at: int, final: bool) -> "int | _Size":
        """Where the frame that begins here ends."""
        sizes, unsure = _sizes(buffer[at : at + _LONGEST])
        if self._open is not None and self._open.reads and sizes:  # what is expected is looked at first
            wanted = self._open.size + rtu.ENVELOPE
            sizes = sorted(sizes, key=lambda size: size != wanted)
        for size in sizes:
            end = at + size
            if end <= len(buffer):
                if rtu.crc(buffer[at:end]) == 0:
                    return end
            else:
                unsure = True
        return _Size.MORE if unsure and not final else _Size.NONE

    def _noise(self, data: bytes) -> None:
        self._between += data[:256]

    def _disturbed(self) -> bool:
        """Did anything come since the question that may have been more than a glitch?"""
        return self._stray or len(self._between) > GLITCH or any(byte not in (0x00, 0xFF) for byte in self._between)

    def _frame(self, frame: bytes, now: float) -> None:
        asked = self._open
        if self._echo and frame == self._echo:
            self._echo = b""
            self._echoed = True
            if self._echoes is not False or frame[1] in _SINGLE:
                return  # an adapter that hears itself, and did so the last time
            self.crossed = self.followed = Asked(frame, now)  # another master asks the very same
            self.requests += 1
            self._echoed = False
            return
        twice = asked is not None and asked.doubtful and frame == asked.frame  # an answer that was sent twice, rather
        if asked is not None and asked.answered_by(frame) and not twice:
            self._answer(asked, frame, now)
        elif asked is not None and asked.ours and asked.function in _SINGLE and frame[:2] == asked.frame[:2]:
            self._stray = True  # a wrong answer to our write, rather than another master's write to the same unit
        elif not _is_request(frame) or now - self._own_writes.get(frame, -LATE) < LATE:
            self._stray = True
        elif _could_answer(frame) and now - self._own_owed.get((frame[0], frame[1], frame[2]), -LATE) < LATE:
            self._stray = True  # the late answer to a question of ours, rather
            other = Asked(frame, now, doubtful=True)
            if asked is not None and asked.ours and asked.key == other.key:
                self.crossed = self.followed = other  # it counts for nothing, but what comes now may be the answer to it
        else:
            self._begin(Asked(frame, now, doubtful=_could_answer(frame)), now)

    def _begin(self, asked: Asked, now: float) -> None:
        if self._open is not None:
            if self._open.ours and not asked.ours:
                self.crossed = asked
            self._give_up(now)
        if not asked.ours:
            self.followed = asked
            self.requests += not asked.doubtful
        self._open = None if asked.unit == 0 else asked
        self._between, self._stray, self._echo = b"", False, b""

    def _answer(self, asked: Asked, frame: bytes, now: float) -> None:
        self._open = None
        if asked.ours:
            self._echo = b""
            return
        self.requests += asked.doubtful
        owed = self._debts(now)
        refused = bool(frame[1] & ERROR)
        open_of_ours = {key for key, at in self._own_owed.items() if now - at <= LATE}
        older = owed.keys() | open_of_ours
        another = any(key[:2] == asked.key[:2] for key in older) if refused else asked.key in older
        if self._disturbed() or another or now - asked.at > WITHIN:
            self._owe(asked, now)  # which of the two it answered is not known: another may follow
        elif refused:
            self._over.append(Exchange(asked, code=frame[2]))
        elif asked.reads:
            self._over.append(Exchange(asked, frame[3:-2]))

    def _debts(self, now: float) -> "dict[Key, _Debt]":
        """The shapes of which an answer may still come."""
        self._owed = {key: debt for key, debt in self._owed.items() if now - debt.since <= LATE}
        return self._owed

    def _owe(self, asked: Asked, now: float) -> None:
        """An answer of this shape may still come. The same question again and again keeps the time of the first loss: a master that
        repeats it each second would else never be believed again, and the older answer says the same of the same registers."""
        debt = self._debts(now).get(asked.key)
        same = debt is not None and debt.frame == asked.frame
        since = debt.since if debt is not None and same else now
        self._owed[asked.key] = _Debt(since, asked.frame if debt is None or same else b"")
        self._new_debts = [*self._new_debts[-_MOST_DEBTS:], asked.key]

    def _give_up(self, now: float) -> None:
        """The open question has got no answer that could be believed."""
        asked, self._open = self._open, None
        if asked is None:
            return
        if asked.ours:
            self._own_owed = {key: at for key, at in self._own_owed.items() if now - at <= LATE} | {asked.key: now}
            return
        # it was the answer, only damaged; to a question for more than a byte can tell there is none
        spent = asked.size <= 0xFF and bytes((asked.unit, asked.function, asked.size)) in self._between
        if not spent or asked.key in self._owed:
            self._owe(asked, now)
        if not asked.doubtful:
            reason = Reason.BAD_REPLY if self._stray else Reason.CRC if self._disturbed() else Reason.NO_ANSWER
            self._over.append(Exchange(asked, reason=reason))


def _sizes(head: bytes) -> tuple[list[int], bool]:
    """How long a frame that begins so can be, and whether more bytes would tell more."""
    if len(head) < 2:
        return [], True
    unit, function = head[0], head[1]
    if function & ~ERROR not in _KNOWN or (unit == 0 and function not in (*_SINGLE, *_MULTIPLE)):
        return [], False
    if function & ERROR:
        return [rtu.EXCEPTION], False
    if function in (*_BITS, *_REGISTERS):
        fitting = len(head) > 2 and head[2] and (function in _BITS or head[2] % 2 == 0) and head[2] <= 250
        return [rtu.REQUEST, *([head[2] + rtu.ENVELOPE] if fitting else [])], False
    if function in _SINGLE:
        return [rtu.REQUEST], False
    if function in _MULTIPLE:
        if len(head) < 7:
            return [], True
        count = int.from_bytes(head[4:6])
        whole = head[6] and head[6] == ((count + 7) // 8 if function == _MULTIPLE[0] else 2 * count)
        return [rtu.REQUEST, *([9 + head[6]] if whole else [])], False
    if function == _BOTH:
        answer = [head[2] + rtu.ENVELOPE] if len(head) > 2 else []
        return [*answer, *([13 + head[10]] if len(head) > 10 else [])], len(head) <= 10
    return _identity_sizes(head)


def _identity_sizes(head: bytes) -> tuple[list[int], bool]:
    """A question for the identity has 7 bytes; the length of its answer stands in its objects."""
    if len(head) < 3 or head[2] != _IDENTITY:
        return [], len(head) < 3
    end = 8
    for _ in range(head[7] if len(head) > 7 else 0):
        if len(head) < end + 2:
            return [7], True
        end += 2 + head[end + 1]
    return [7, *([end + 2] if len(head) > 7 else [])], len(head) <= 7


def _is_request(frame: bytes) -> bool:
    """Can this frame be a question? Its checksum is right."""
    function = frame[1]
    if function & ERROR:
        return False
    if function in _BITS and _could_answer(frame):
        return 1 <= int.from_bytes(frame[4:6]) <= _MOST_BITS
    if function in (*_BITS, *_REGISTERS, *_SINGLE):
        return len(frame) == rtu.REQUEST
    if function in _MULTIPLE:
        return len(frame) > rtu.REQUEST
    return len(frame) == (7 if function == _TUNNEL else 13 + frame[10] if len(frame) > 12 else -1)


def _could_answer(frame: bytes) -> bool:
    """Is this frame, which is as long as a request, also a whole answer of three bytes of bits?"""
    return frame[1] in _BITS and frame[2] == 3 and len(frame) == rtu.REQUEST
