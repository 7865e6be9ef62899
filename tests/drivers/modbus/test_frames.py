"""Frames in words: worked exchanges of each framing, pieces cut anywhere, and any bytes at all."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.traffic import Frame, FrameRole, Piece
from drivers.modbus.frames import rtu_frames, tcp_frames
from drivers.registry import DRIVERS
from tests.drivers.modbus.room import device, point, serial_bus, tcp_bus
from tests.drivers.modbus.slave import rtu_answer, sealed, tcp_answer

Told = list[tuple[bool, bytes]]


def pieces(*told: tuple[bool, bytes], step: float = 0.01) -> list[Piece]:
    numbers = count(1)
    return [Piece(n, 1000 + 10 * n, step * n, sent, data) for n, (sent, data) in zip(numbers, told, strict=False)]


def words(frame: Frame) -> str:
    return frame.words.format(**frame.params)


def said(frames: list[Frame]) -> list[str]:
    return [f"{'>' if one.sent else '<'} {one.unit or '-'} {words(one)}" for one in frames]


ASK = sealed(bytes((3, 3, 0, 0, 0, 28)))
EXCHANGES = [
    (sealed(bytes((3, 3, 0, 0, 0, 28))), "read holding registers 0 to 27", "reply, 28 registers"),
    (sealed(bytes((3, 4, 1, 44, 0, 1))), "read input registers 300", "reply, 1 registers"),
    (sealed(bytes((3, 1, 0, 5, 0, 19))), "read coils 5 to 23", "reply, 19 bits"),
    (sealed(bytes((3, 2, 0, 0, 0, 8))), "read discrete inputs 0 to 7", "reply, 8 bits"),
]


@pytest.mark.parametrize(("request_", "asked", "answered"), EXCHANGES, ids=lambda one: one if isinstance(one, str) else "")
def test_reading(request_: bytes, asked: str, answered: str):
    found = rtu_frames(pieces((True, request_), (False, rtu_answer(request_))))
    assert said(found) == [f"> 3 {asked}", f"< 3 {answered}"]
    assert [one.role for one in found] == [FrameRole.REQUEST, FrameRole.REPLY]
    assert [one.checksum for one in found] == [True, True]
    tcp = b"\0\x07\0\0\0\x06" + request_[:-2]
    found = tcp_frames(pieces((True, tcp), (False, tcp_answer(tcp))))
    assert said(found) == [f"> 3 {asked}", f"< 3 {answered}"]
    assert [one.checksum for one in found] == [None, None], "this framing has none"


@pytest.mark.parametrize(
    ("request_", "answer", "asked", "answered"),
    [
        (bytes((9, 5, 0, 7, 255, 0)), bytes((9, 5, 0, 7, 255, 0)), "write coil 7 = on", "reply: written"),
        (bytes((9, 6, 0, 7, 1, 2)), bytes((9, 6, 0, 7, 1, 2)), "write holding register 7 = 258", "reply: written"),
        (bytes((9, 15, 0, 0, 0, 9, 2, 1, 1)), bytes((9, 15, 0, 0, 0, 9)), "write coils 0 to 8", "reply: written"),
        (bytes((9, 16, 0, 4, 0, 2, 4, 0, 1, 0, 2)), bytes((9, 16, 0, 4, 0, 2)), "write holding registers 4 to 5", "reply: written"),
        (bytes((9, 43, 14, 1, 0)), bytes((9, 43, 14, 1, 1, 0, 0, 2, 0, 2)) + b"AB" + bytes((1, 1)) + b"C",
         "who are you? (identification)", "reply: who it is, 2 items"),
        (bytes((9, 3, 0, 0, 0, 1)), bytes((9, 0x83, 2)), "read holding registers 0", "exception 2 (illegal address)"),
        (bytes((9, 3, 0, 0, 0, 1)), bytes((9, 0x83, 99)), "read holding registers 0", "exception 99 (unknown)"),
        (bytes((9, 17)), bytes((9, 17, 3, 1, 2, 255)), "function 17, 0 bytes", "reply, function 17, 4 bytes"),
    ],
)  # fmt: skip
def test_other_functions(request_: bytes, answer: bytes, asked: str, answered: str):
    found = rtu_frames(pieces((True, sealed(request_)), (False, sealed(answer))))
    assert said(found) == [f"> 9 {asked}", f"< 9 {answered}"]
    asking, answering = (b"\0\x01\0\0" + len(body).to_bytes(2) + body for body in (request_, answer))
    assert said(tcp_frames(pieces((True, asking), (False, answering)))) == [f"> 9 {asked}", f"< 9 {answered}"]


def test_a_piece_may_hold_several_frames_and_a_frame_several_pieces():
    one, two = ASK, sealed(bytes((4, 4, 0, 0, 0, 2)))
    heard = one + rtu_answer(one) + two + rtu_answer(two)
    whole = said(rtu_frames(pieces((False, heard))))
    assert whole == [
        "< 3 read holding registers 0 to 27",
        "< 3 reply, 28 registers",
        "< 4 read input registers 0 to 1",
        "< 4 reply, 2 registers",
    ]
    bytewise = pieces(*((False, bytes((byte,))) for byte in heard))
    assert said(rtu_frames(bytewise)) == whole
    assert [one.piece for one in rtu_frames(bytewise)] == [1, 9, 9 + 61, 9 + 61 + 8], "the piece in which it began"


def test_another_masters_questions_and_answers_are_told_as_such():
    found = rtu_frames(pieces((False, ASK), (False, rtu_answer(ASK)), (True, ASK), (False, rtu_answer(ASK))))
    assert [one.params.get("other") for one in found] == [1, 1, None, None]
    assert [one.role for one in found] == [FrameRole.REQUEST, FrameRole.REPLY] * 2


def test_an_echo_is_not_an_answer():
    found = rtu_frames(pieces((True, ASK), (False, ASK + rtu_answer(ASK))))
    assert said(found)[1:] == ["< 3 our own request, heard again (echo)", "< 3 reply, 28 registers"]


def test_what_nobody_asked_for_now():
    late = rtu_answer(sealed(bytes((3, 3, 0, 0, 0, 5))))
    found = rtu_frames(pieces((True, ASK), (False, late), (False, rtu_answer(ASK)), (False, rtu_answer(ASK))))
    assert [one.params.get("unasked") for one in found] == [None, 1, None, 1]
    tcp = b"\0\x07\0\0\0\x06" + ASK[:-2]
    wrong = b"\0\x06" + tcp_answer(tcp)[2:]
    found = tcp_frames(pieces((True, tcp), (False, wrong + tcp_answer(tcp))))
    assert [one.params.get("unasked") for one in found] == [None, 1, None]


def test_bytes_that_are_none():
    answer = rtu_answer(ASK)
    found = rtu_frames(
        pieces((True, ASK), (False, b"\xff\x00\x01" + answer), (True, ASK), (False, answer[:-1] + b"\0"), (True, ASK), (False, answer[:20]))
    )
    assert said(found) == [
        "> 3 read holding registers 0 to 27", "< - no frame: 3 bytes", "< 3 reply, 28 registers",
        "> 3 read holding registers 0 to 27", "< 3 damaged reply: 61 bytes",
        "> 3 read holding registers 0 to 27", "< 3 damaged reply: 20 of 61 bytes",
    ]  # fmt: skip
    assert [one.checksum for one in found if one.role is FrameRole.NOISE] == [None, False, False]
    pause = pieces((False, b"\xff\xfe"), (False, b"\xfd\xfc"), step=0.5)
    assert [one.data for one in rtu_frames(pause)] == [b"\xff\xfe", b"\xfd\xfc"], "apart where the line was silent"


def test_a_connection_that_broke_within_a_frame():
    tcp = b"\0\x07\0\0\0\x06" + ASK[:-2]
    again = b"\0\x08" + tcp[2:]
    found = tcp_frames(pieces((True, tcp), (False, tcp_answer(tcp)[:30]), (True, again), (False, tcp_answer(again))))
    assert [words(one) for one in found] == [
        "read holding registers 0 to 27", "no frame: 30 bytes", "read holding registers 0 to 27", "reply, 28 registers",
    ]  # fmt: skip


def test_the_drivers_know_their_framing():
    tcp = b"\0\x07\0\0\0\x06" + ASK[:-2]
    unit = device(point("p", address=0), address=3)
    for name, bus, data in (
        ("modbus-rtu", serial_bus(), ASK),
        ("modbus-rtu-tcp", tcp_bus("modbus-rtu-tcp"), ASK),
        ("modbus-tcp", tcp_bus(), tcp),
    ):
        assert said(DRIVERS[name].frames(bus, [unit], pieces((True, data)))) == ["> 3 read holding registers 0 to 27"]


LIKELY = st.one_of(
    st.binary(min_size=1, max_size=40),
    st.sampled_from(
        [ASK, rtu_answer(ASK), rtu_answer(ASK)[:17], b"\0\x07\0\0\0\x06" + ASK[:-2], tcp_answer(b"\0\x07\0\0\0\x06" + ASK[:-2])]
    ),
    st.builds(lambda body: sealed(bytes(body)), st.lists(st.integers(0, 255), min_size=2, max_size=12)),
    st.builds(lambda pdu: b"\0\x01\0\0" + (len(pdu) + 1).to_bytes(2) + b"\x03" + pdu, st.binary(min_size=2, max_size=20)),
    st.builds(lambda rest: b"\x03\x2b\x0e" + rest, st.binary(max_size=12)),
)
TRAFFIC = st.lists(st.tuples(st.booleans(), LIKELY, st.floats(0, 1)), max_size=12)


@given(TRAFFIC, st.sampled_from([rtu_frames, tcp_frames]))
def test_any_bytes_are_told_whole_and_in_order(traffic, decode):
    """Nothing raises, no byte is lost or told twice, and each sentence can be said."""
    heard, mono = [], 0.0
    for number, (sent, data, pause) in enumerate(traffic, 1):
        mono += pause
        heard.append(Piece(number, 1000 * number, mono, sent, data))
    found = decode(heard)
    for sent in (True, False):
        assert b"".join(one.data for one in found if one.sent is sent) == b"".join(one.data for one in heard if one.sent is sent)
    assert [one.piece for one in found] == sorted(one.piece for one in found)
    assert all(words(one) for one in found)
