"""The frames in what went over a Modbus wire, each in words for people. Pure; takes any bytes, sends nothing, decides no value.

What is told here is for the eye: the masters believe a reply by stricter rules of their own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from cityops_desktop.model.traffic import Frame, FrameRole, Piece
from cityops_desktop.texts import N_
from drivers.modbus.pdu import ERROR
from drivers.modbus.rtu import crc

PAUSE = 0.1
"""Seconds of silence after which bytes that make no frame are told apart from those before."""
HEADER = 7
_LONGEST = 254
_MOST_BITS, _MOST_REGISTERS = 2000, 125
_BITS = (1, 2)
_READS = (1, 2, 3, 4)
_WRITE_ONE = (5, 6)
_WRITE_SEVERAL = (15, 16)
IDENTIFY = 43
_MEI = 14
_TABLES = {
    1: N_("coils"),
    2: N_("discrete inputs"),
    3: N_("holding registers"),
    4: N_("input registers"),
    5: N_("coil"),
    6: N_("holding register"),
    15: N_("coils"),
    16: N_("holding registers"),
}
EXCEPTIONS = {
    1: N_("illegal function"),
    2: N_("illegal address"),
    3: N_("illegal value"),
    4: N_("device failure"),
    5: N_("accepted, takes long"),
    6: N_("device busy"),
    8: N_("memory parity"),
    10: N_("gateway: no path"),
    11: N_("gateway: device does not answer"),
}
"""What the exception codes mean (Modbus Application Protocol 1.1b3, section 7)."""

Words = tuple[str, Mapping[str, str | int | float]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request on the wire. `ours` = we sent it."""

    unit: int
    pdu: bytes
    ours: bool
    transaction: int = 0

    @property
    def reply_size(self) -> int | None:
        """Bytes of the PDU that answers it; None = not known from the question."""
        function = self.pdu[0]
        if function in _READS and len(self.pdu) == 5:
            count = int.from_bytes(self.pdu[3:5])
            return 2 + ((count + 7) // 8 if function in _BITS else 2 * count)
        return 5 if function in (*_WRITE_ONE, *_WRITE_SEVERAL) else None


@dataclass(slots=True)
class _Run:
    """Bytes of one direction that followed one another, with the pieces they came in: (offset, piece)."""

    data: bytearray = field(default_factory=bytearray)
    pieces: list[tuple[int, Piece]] = field(default_factory=list)

    def add(self, piece: Piece) -> None:
        self.pieces.append((len(self.data), piece))
        self.data += piece.data

    def at(self, offset: int) -> Piece:
        """The piece in which this byte came."""
        return next(piece for start, piece in reversed(self.pieces) if start <= offset)


class _Course:
    """What was asked so far, and the frames found."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.asked: _Asked | None = None
        self.sent: bytes = b""

    def tell(self, piece: Piece, data: bytes, role: FrameRole, words: Words, *, unit: str = "", checksum: bool | None = None) -> None:
        """Another frame."""
        sentence, params = words
        self.frames.append(Frame(piece.number, piece.time, piece.mono, piece.sent, data, role, sentence, params, checksum, unit))


def rtu_frames(pieces: Sequence[Piece]) -> list[Frame]:
    """The frames of an RTU line, whether over a serial port or a connection. Never raises."""
    course = _Course()
    for run in _runs(pieces):
        _rtu_run(course, run)
    return course.frames


def tcp_frames(pieces: Sequence[Piece]) -> list[Frame]:
    """The frames of Modbus TCP. What is none is told as such up to the next that is. Never raises."""
    course = _Course()
    come = _Run()
    for piece in pieces:
        if piece.sent:
            run = _Run()
            run.add(piece)
            _tcp_run(course, run, last=True)
            continue
        if come.data and course.asked is not None and _answers(piece.data, course.asked):
            _tcp_run(course, come, last=True)  # a connection that broke within a frame: this one begins another
            come = _Run()
        come.add(piece)
        rest = _tcp_run(course, come, last=False)
        come = _rest(come, rest)
    _tcp_run(course, come, last=True)
    return sorted(course.frames, key=lambda frame: frame.piece)


def _runs(pieces: Sequence[Piece]) -> Iterator[_Run]:
    """Pieces of one direction, as they followed one another; each piece that was sent is a run of its own."""
    run = _Run()
    for piece in pieces:
        if run.pieces and (piece.sent or run.pieces[-1][1].sent):
            yield run
            run = _Run()
        run.add(piece)
    if run.pieces:
        yield run


# RTU


def _rtu_run(course: _Course, run: _Run) -> None:
    data = bytes(run.data)
    start = noise = 0
    while start < len(data):
        end = _rtu_end(course, data, start)
        if end:
            _rtu_noise(course, run, noise, start)
            _rtu_frame(course, run.at(start), data[start:end])
            start = noise = end
        else:
            start += 1
    _rtu_noise(course, run, noise, len(data))


def _rtu_end(course: _Course, data: bytes, start: int) -> int:
    """Where the frame that begins here ends; 0 = none does. Of two lengths that fit, the one that is waited for."""
    found = [start + size for size in _rtu_sizes(data, start) if start + size <= len(data) and crc(data[start : start + size]) == 0]
    if not found and start == 0 and 4 <= len(data) <= 256 and crc(data) == 0:
        return len(data)  # a function that we do not know, alone on the line
    asked = course.asked
    if len(found) > 1 and asked is not None and asked.reply_size is not None and start + asked.reply_size + 3 in found:
        return start + asked.reply_size + 3
    return found[0] if found else 0


def _rtu_sizes(data: bytes, start: int) -> Iterator[int]:
    """The lengths that a frame may have that begins here: a request, a reply, an exception."""
    if len(data) < start + 4:
        return
    function = data[start + 1]
    if function & ERROR:
        yield 5
    elif function in _READS:
        yield 5 + data[start + 2]
        yield 8
    elif function in _WRITE_ONE:
        yield 8
    elif function in _WRITE_SEVERAL:
        yield 8
        if len(data) > start + 6:
            yield 9 + data[start + 6]
    elif function == IDENTIFY and data[start + 2] == _MEI:
        yield 7
        size = _identity_size(data[start + 1 :])
        if size:
            yield size + 3


def _identity_size(pdu: bytes) -> int:
    """Bytes of a reply of function 43/14 as it counts its objects; 0 = it does not hold them all."""
    if len(pdu) < 7:
        return 0
    end = 7
    for _ in range(pdu[6]):
        if len(pdu) < end + 2:
            return 0
        end += 2 + pdu[end + 1]
    return end


def _rtu_frame(course: _Course, piece: Piece, data: bytes) -> None:
    unit, pdu = data[0], data[1:-2]
    if piece.sent:
        course.asked, course.sent = _Asked(unit, pdu, ours=True), data
        course.tell(piece, data, FrameRole.REQUEST, _request(pdu), unit=str(unit), checksum=True)
        return
    asked = course.asked
    if asked is not None and asked.ours and data == course.sent and pdu[0] not in _WRITE_ONE:
        words: Words = (N_("our own request, heard again (echo)"), {"echo": 1})
        course.tell(piece, data, FrameRole.REQUEST, words, unit=str(unit), checksum=True)
        return
    if asked is not None and asked.unit == unit and _is_reply(asked, pdu):
        role, words = _reply(pdu, asked)
        course.asked, course.sent = None, b""
    elif _looks_asked(pdu):
        course.asked, course.sent = _Asked(unit, pdu, ours=False), b""
        role, words = FrameRole.REQUEST, _foreign(_request(pdu))
    else:
        role, words = _reply(pdu, None)
    course.tell(piece, data, role, words, unit=str(unit), checksum=True)


def _is_reply(asked: _Asked, pdu: bytes) -> bool:
    """Can this be the answer to the question, as far as its form tells?"""
    if pdu[0] == asked.pdu[0] | ERROR:
        return True
    return pdu[0] == asked.pdu[0] and (asked.reply_size in (None, len(pdu)))


def _looks_asked(pdu: bytes) -> bool:
    """Has this the form of a request? (What fits both was a reply where one was waited for.)"""
    function = pdu[0]
    if function in _READS:  # three bytes of bits look like it, but for a count that nobody may ask for
        return len(pdu) == 5 and 0 < _count(pdu) <= (_MOST_BITS if function in _BITS else _MOST_REGISTERS)
    if function in _WRITE_ONE:
        return len(pdu) == 5
    if function in _WRITE_SEVERAL:
        return len(pdu) > 5
    return function == IDENTIFY and len(pdu) == 4


def _rtu_noise(course: _Course, run: _Run, start: int, end: int) -> None:
    """Bytes that are no frame, told apart where the line was silent between them."""
    if start >= end:
        return
    inside = [(max(offset, start), piece) for offset, piece in run.pieces if offset < end and offset + len(piece.data) > start]
    cuts = [start, *(offset for (_, one), (offset, other) in pairwise(inside) if other.mono - one.mono > PAUSE), end]
    for first, last in pairwise(cuts):
        piece, data = run.at(first), bytes(run.data[first:last])
        asked = course.asked
        if piece.sent:
            course.tell(piece, data, FrameRole.NOISE, (N_("no frame: {n} bytes"), {"n": len(data)}), checksum=_sum(data))
        elif asked is not None and asked.ours and len(data) >= 2 and data[0] == asked.unit and data[1] & ~ERROR == asked.pdu[0]:
            words: Words = (N_("damaged reply: {n} of {all} bytes"), {"n": len(data), "all": (asked.reply_size or 0) + 3})
            if not asked.reply_size or len(data) >= asked.reply_size + 3 or data[1] & ERROR:
                words = (N_("damaged reply: {n} bytes"), {"n": len(data)})
            course.tell(piece, data, FrameRole.NOISE, words, unit=str(asked.unit), checksum=_sum(data))
        else:
            course.tell(piece, data, FrameRole.NOISE, (N_("no frame: {n} bytes"), {"n": len(data)}), checksum=_sum(data))


def _sum(data: bytes) -> bool | None:
    """Nothing shorter than four bytes has a checksum that could be wrong."""
    return False if len(data) >= 4 else None


# TCP


def _answers(data: bytes, asked: _Asked) -> bool:
    """Does this begin like the frame that answers the question?"""
    return len(data) >= HEADER and data[:4] == asked.transaction.to_bytes(2) + b"\0\0" and data[6] == asked.unit


def _tcp_run(course: _Course, run: _Run, *, last: bool) -> int:
    """Tell the frames of a stream; where the rest begins that is not whole yet. `last` = nothing follows: the rest is told too."""
    data = bytes(run.data)
    start = noise = 0
    while start < len(data):
        whole = _tcp_end(data, start)
        if whole is None:
            start += 1
            continue
        if whole > len(data) and not last:
            _tcp_noise(course, run, noise, start)
            return start
        if whole > len(data):
            start += 1
            continue
        _tcp_noise(course, run, noise, start)
        _tcp_frame(course, run.at(start), data[start:whole])
        start = noise = whole
    _tcp_noise(course, run, noise, len(data))
    return len(data)


def _tcp_end(data: bytes, start: int) -> int | None:
    """Where a frame that begins here would end; None = none begins here. A header that is not all there may still become one."""
    head = data[start : start + HEADER]
    if any(head[2:4]):
        return None
    length = int.from_bytes(head[4:6]) if len(head) >= 6 else 2
    return start + 6 + length if 2 <= length <= _LONGEST else None


def _rest(run: _Run, start: int) -> _Run:
    """What is not whole yet, with the pieces in which it came."""
    rest = _Run()
    if start < len(run.data):
        rest.data = run.data[start:]
        rest.pieces = [(max(0, at - start), piece) for at, piece in run.pieces if at + len(piece.data) > start]
    return rest


def _tcp_frame(course: _Course, piece: Piece, data: bytes) -> None:
    transaction, unit, pdu = int.from_bytes(data[:2]), data[6], data[HEADER:]
    if piece.sent:
        course.asked = _Asked(unit, pdu, ours=True, transaction=transaction)
        course.tell(piece, data, FrameRole.REQUEST, _request(pdu), unit=str(unit))
        return
    asked = course.asked
    fits = asked is not None and asked.unit == unit and asked.transaction == transaction and _is_reply(asked, pdu)
    role, words = _reply(pdu, asked if fits else None)
    course.tell(piece, data, role, words, unit=str(unit))
    if fits:
        course.asked = None


def _tcp_noise(course: _Course, run: _Run, start: int, end: int) -> None:
    if start < end:
        course.tell(run.at(start), bytes(run.data[start:end]), FrameRole.NOISE, (N_("no frame: {n} bytes"), {"n": end - start}))


# words


def _count(pdu: bytes) -> int:
    return int.from_bytes(pdu[3:5])


def _request(pdu: bytes) -> Words:
    """A request in words."""
    function, first = pdu[0], int.from_bytes(pdu[1:3])
    if function in _READS and len(pdu) == 5:
        if _count(pdu) == 1:
            return N_("read {table} {first}"), {"table": _TABLES[function], "first": first}
        return N_("read {table} {first} to {last}"), {"table": _TABLES[function], "first": first, "last": first + _count(pdu) - 1}
    if function == 5 and len(pdu) == 5:
        value = {0xFF00: N_("on"), 0: N_("off")}.get(_count(pdu), f"0x{_count(pdu):04X}")
        return N_("write {table} {first} = {value}"), {"table": _TABLES[5], "first": first, "value": value}
    if function == 6 and len(pdu) == 5:
        return N_("write {table} {first} = {value}"), {"table": _TABLES[6], "first": first, "value": _count(pdu)}
    if function in _WRITE_SEVERAL and len(pdu) > 5:
        return N_("write {table} {first} to {last}"), {"table": _TABLES[function], "first": first, "last": first + _count(pdu) - 1}
    if function == IDENTIFY and len(pdu) == 4:
        return N_("who are you? (identification)"), {}
    return N_("function {function}, {n} bytes"), {"function": function, "n": len(pdu) - 1}


def _foreign(words: Words) -> Words:
    """The same of another master: `other` says so."""
    return words[0], {**words[1], "other": 1}


def _reply(pdu: bytes, asked: _Asked | None) -> tuple[FrameRole, Words]:
    """A reply in words; `asked` = the question that it answers, None when nobody waits for it."""
    function = pdu[0]
    if function & ERROR:
        role, code = FrameRole.EXCEPTION, pdu[1] if len(pdu) > 1 else 0
        words: Words = (N_("exception {code} ({why})"), {"code": code, "why": EXCEPTIONS.get(code, N_("unknown"))})
    else:
        role, words = FrameRole.REPLY, _answer(pdu, asked)
    if asked is None:
        return role, (words[0], {**words[1], "unasked": 1})
    return role, words if asked.ours else _foreign(words)


def _answer(pdu: bytes, asked: _Asked | None) -> Words:
    function = pdu[0]
    if function in _BITS and len(pdu) > 1:
        bits = _count(asked.pdu) if asked is not None and len(asked.pdu) == 5 else 8 * pdu[1]
        return N_("reply, {n} bits"), {"n": bits}
    if function in _READS and len(pdu) > 1:
        return N_("reply, {n} registers"), {"n": (len(pdu) - 2) // 2}
    if function in (*_WRITE_ONE, *_WRITE_SEVERAL) and len(pdu) == 5:
        return N_("reply: written"), {}
    if function == IDENTIFY and len(pdu) > 6 and pdu[1] == _MEI:
        return N_("reply: who it is, {n} items"), {"n": pdu[6]}
    return N_("reply, function {function}, {n} bytes"), {"function": function, "n": len(pdu) - 1}
