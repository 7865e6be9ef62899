"""YD/T 1363: the codec by the standard's and captured frames, what can never be sent, any bytes at all, identity, frames in words."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Complaint
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import FrameRole, Piece
from drivers import ydn23
from drivers.registry import DRIVERS
from drivers.ydn23 import Message, Ydn23Device, Ydn23Framing, Ydn23Source, checksum, length_field, maker, parse, request
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.serial_room import bus, device, fresh, point
from tests.peers.serial_slaves import dz, dz_answer

SENT = [
    ("~21012A4F0000FD8F", (0x21, 1, 0x2A, 0x4F, b"")),
    ("~21012A500000FDA4", (0x21, 1, 0x2A, 0x50, b"")),
    ("~21012A420000FDA3", (0x21, 1, 0x2A, 0x42, b"")),
    ("~21012A430000FDA2", (0x21, 1, 0x2A, 0x43, b"")),
    ("~21012A440000FDA1", (0x21, 1, 0x2A, 0x44, b"")),
    ("~10012A410000FDA6", (0x10, 1, 0x2A, 0x41, b"")),
    ("~210160420000FDB0", (0x21, 1, 0x60, 0x42, b"")),
    ("~20014041E002FFFD11", (0x20, 1, 0x40, 0x41, b"\xff")),
    ("~20014642E00201FD35", (0x20, 1, 0x46, 0x42, b"\x01")),
    ("~20024642E00202FD33", (0x20, 2, 0x46, 0x42, b"\x02")),
    ("~210180410000FDAF", (0x21, 1, 0x80, 0x41, b"")),
]
OTHERS = [
    "~21012A00105A0056860000000055F00000000004E200000000546013880000000013860000000000F001130000000000230000EC09",
    "~21012A45C0042003FCC4",
    "~21016049A0068200E6FC4D",
    "~2101604E200E07EA0B16101E00FA89",
    "~21016000103C00A002BF087808780878000101F400AFFE6601FFFE660004000400040004F0F1",
    "~2001420020680001F7481055DEFFCFF704B435C33F381F7FFBD017FBDF114C543D06001CF74600437047E042744EE0FFC34EFE2FBE4EBC703E4FE60E",
]


@pytest.mark.parametrize(("frame", "parts"), SENT, ids=[frame for frame, _ in SENT])
def test_a_known_question_is_made_and_read(frame: str, parts: tuple[Any, ...]) -> None:
    assert request(*parts) == f"{frame}\r".encode()
    assert parse(f"{frame}\r".encode()) == Message(*parts)


@pytest.mark.parametrize("frame", OTHERS)
def test_a_known_frame_is_read_in_capitals_or_not(frame: str) -> None:
    found = parse(f"{frame}\r".encode())
    assert found is not None
    lower = "~" + frame[1:-4].lower()
    again = parse(f"{lower}{-sum(lower[1:].encode()) & 0xFFFF:04x}\r".encode())
    assert again == found


def test_the_sums_of_the_standard() -> None:
    assert (length_field(0x12), length_field(0), length_field(4095)) == (b"D012", b"0000", b"3FFF")
    assert checksum(b"1203400456ABCDFE") == b"FC72"


def test_a_frame_with_a_wrong_length_is_refused() -> None:
    """From a program's manual: five zeros, and a sum that fits."""
    assert parse(b"~2101604200000FDB2\r") is None


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.binary(max_size=40))
def test_only_questions_can_be_made(version: int, address: int, cid1: int, cid2: int, info: bytes) -> None:
    vendor = range(256)
    if cid2 in (0x41, 0x42, 0x43, 0x44, 0x4D, 0x4F, 0x50, 0x51, *range(0x80, 0x90), 0xE1, 0xE2, 0xE3):
        assert parse(request(version, address, cid1, cid2, info, vendor)) == Message(version, address, cid1, cid2, info)
    else:
        with pytest.raises(ValueError, match="is not a question"):
            request(version, address, cid1, cid2, info, vendor)
    if cid2 >= 0x80:
        with pytest.raises(ValueError, match="is not a question"):
            request(version, address, cid1, cid2, info)


@pytest.mark.parametrize("cid2", [0x45, 0x46, 0x47, 0x48, 0x49, 0x4E])
def test_an_order_is_never_sent_whatever_a_profile_says(cid2: int, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = fresh("ydn23")
    one = point("ydn23", "p", cid2=cid2, position=0)
    unit = device("ydn23", one, address=1, cid1=0x2A, vendor_reads=[cid2])
    complaints = driver.check(unit.options, [("p", one.source)])
    assert {complaint.key for complaint in complaints} == {"vendor_reads"}
    pipe = Pipe(clock, lambda _: [])
    monkeypatch.setattr("drivers.line.driver.open_serial", lambda *_: pipe)
    session = driver.connect(bus("ydn23"), [unit], clock)
    with pytest.raises(ValueError, match="is not a question"):
        session.execute(driver.plan(bus("ydn23"), unit, unit.points)[0])
    assert pipe.requests == []


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([f"{f}\r".encode() for f, _ in SENT]), st.just(b"~")), max_size=8))
def test_any_bytes_can_be_cut(parts: list[bytes]) -> None:
    data = b"".join(parts)
    framing = Ydn23Framing()
    cuts = framing.cut(data)
    ends = [0]
    for cut in cuts:
        assert ends[-1] <= cut.start < cut.end <= len(data)
        assert data[cut.start : cut.start + 1] == b"~" and data[cut.end - 1 : cut.end] == b"\r"
        ends.append(cut.end)
        if cut.message is not None:
            framing.request(cut.message)
            framing.shape(cut.message)
    framing.begun(data)


@given(st.sampled_from(SENT), st.integers(0, 30), st.integers(0, 255))
def test_one_wrong_character_is_seen(known: tuple[str, Any], place: int, byte: int) -> None:
    frame = bytearray(f"{known[0]}\r".encode())
    place = 1 + place % (len(frame) - 2)
    same = bytes((byte,)).upper() == bytes((frame[place],)).upper()
    frame[place] = byte
    assert same or parse(bytes(frame)) is None


def test_numbers() -> None:
    def count(raw: str, **source: Any) -> float | None:
        return Ydn23Source(cid2=0x42, position=0, **source).count(bytes.fromhex(raw))

    assert (count("5686"), count("8656", low_first=True), count("FE66", type="int16")) == (22150, 22150, -410)
    assert [count(raw, type="float32") for raw in ("00805C43", "00004842", "00005642")] == [220.5, 50.0, 53.5]
    assert count("435C8000", type="float32", low_first=False) == 220.5
    assert [count(raw, type="float32") for raw in ("20202020", "0000C07F", "0000807F", "0080")] == [None] * 4
    assert [count("A5", type="uint8", bit=bit) for bit in range(8)] == [1, 0, 1, 0, 0, 1, 0, 1]
    assert (count("F0", type="uint8"), count("F0", type="int8"), count("00010000", type="uint32")) == (240, -16, 65536)


def test_what_a_room_file_may_not_say() -> None:
    driver = DRIVERS["ydn23"]

    def complaints(source: dict[str, Any], **options: Any) -> set[str | None]:
        unit = Ydn23Device(address=1, cid1=0x2A, **options)
        found: list[Complaint] = driver.check(unit, [("p", Ydn23Source(**source))])
        return {complaint.key for complaint in found}

    assert complaints({"cid2": 0x42, "position": 0}) == set()
    assert complaints({"cid2": 0x42, "position": 0}, version=21) == {"version"}
    assert complaints({"cid2": 0xE1, "position": 0}) == {"cid2"}
    assert complaints({"cid2": 0xE1, "position": 0}, vendor_reads=[0xE1]) == set()
    assert complaints({"cid2": 0x42, "position": 0, "bit": 1, "scale": 2}) == {"bit", "scale"}
    source = Ydn23Source(cid2=0x41, position=0, type="float32")
    assert (
        driver.misfit(Kind.TEXT, False, source) and driver.misfit(Kind.DIGITAL, False, source) and driver.misfit(Kind.ANALOG, True, source)
    )
    assert driver.misfit(Kind.ANALOG, False, source) is None
    assert driver.resolution(source) is None
    assert driver.describe(Ydn23Source(cid2=0x41, command_group=255, position=4)).notation == "41H FFH @4"


def asked(clock: Any, monkeypatch: pytest.MonkeyPatch, answer: Any, cid2: int = 0x42, **options: Any) -> tuple[Any, Pipe]:
    def events(sent: bytes) -> Events:
        reply = answer(sent)
        return [(0.03, reply)] if reply else []

    driver = fresh("ydn23")
    pipe = Pipe(clock, events)
    monkeypatch.setattr("drivers.line.driver.open_serial", lambda *_: pipe)
    unit = device("ydn23", point("ydn23", "p", cid2=cid2, position=0), address=1, cid1=0x2A, **options)
    session = driver.connect(bus("ydn23"), [unit], clock)
    return (session, driver.plan(bus("ydn23"), unit, unit.points)[0]), pipe


@pytest.mark.parametrize(
    ("rtn", "reason"),
    [("01", Reason.EXCEPTION), ("02", Reason.CRC), ("03", Reason.CRC), ("04", Reason.EXCEPTION), ("E1", Reason.EXCEPTION)],
)
def test_a_refusal_is_an_answer(rtn: str, reason: Reason, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (session, question), _ = asked(clock, monkeypatch, lambda sent: dz(f"21012A{rtn}"))
    result = session.execute(question)
    assert (result.answered, result.readings[0].reason, result.readings[0].detail) == (True, reason, f"RTN {rtn}")
    assert session.counters.exceptions == 1


def test_an_answer_of_another_length_is_believed_when_it_comes_twice(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["00", "00", "00", "000007", "00000007", "00000007", "00000007"])
    (session, question), _ = asked(clock, monkeypatch, lambda sent: dz("21012A00" + "00" + "0007" + next(answers)))
    reasons = []
    for _ in range(7):
        reasons.append(session.execute(question).readings[0].reason)
        clock.advance(10)
    assert reasons == [None, None, None, Reason.BAD_REPLY, Reason.BAD_REPLY, None, None]


def test_a_unit_says_its_maker(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (session, _), pipe = asked(clock, monkeypatch, dz_answer)
    identity = session.identify("d")
    assert identity.facts == {"model": "GXE-10K", "version": "2.03", "maker": "Example Power"} and not identity.behaviour
    assert pipe.requests == [request(0x21, 1, 0x2A, 0x51)]


@pytest.mark.parametrize("refuses", [True, False])
def test_a_unit_that_does_not_know_its_maker_says_its_protocol(refuses: bool, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(sent: bytes) -> bytes | None:
        if sent[7:9] == b"51":
            return dz("21012A04") if refuses else None
        return dz_answer(sent)

    (session, _), pipe = asked(clock, monkeypatch, answer)
    for _ in range(0 if refuses else 2):
        assert session.identify("d") is None, "not asked anything else: the answer may be late"
        assert session.identify("d") is None and session.counters.requests == len(pipe.requests)
        clock.advance(30)
    identity = session.identify("d")
    assert (identity.facts, identity.behaviour) == ({"protocol": "YD/T 1363 2.1"}, True)
    assert [sent[7:9] for sent in pipe.requests] == ([b"51", b"4F"] if refuses else [b"51", b"51", b"4F"])


def test_a_unit_that_said_its_maker_once_is_not_taken_for_a_nameless_one(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    answers: list[Any] = [dz_answer, lambda sent: None, lambda sent: dz("21012A04"), lambda sent: None, lambda sent: None, dz_answer]
    (session, _), pipe = asked(clock, monkeypatch, lambda sent: answers[len(pipe.requests) - 1](sent))
    identities = []
    for _ in answers:
        identities.append(session.identify("d"))
        clock.advance(30)
    assert [identity is not None for identity in identities] == [True, False, False, False, False, True]
    assert {sent[7:9] for sent in pipe.requests} == {b"51"} and identities[0] == identities[-1]


def test_what_a_maker_cannot_mean() -> None:
    assert maker(b"") == {} and maker(b"\xff" * 40) == {"version": "255.255"}
    assert maker(b"ACM03U1\0\0\0\x01\x00Emerson") == {"model": "ACM03U1", "version": "1.00", "maker": "Emerson"}


def pieces(*parts: tuple[bool, bytes]) -> list[Piece]:
    return [Piece(number, 1000 + number, float(number), sent, data) for number, (sent, data) in enumerate(parts, start=1)]


def test_the_wire_in_words() -> None:
    ask, answer = request(0x21, 1, 0x2A, 0x42), dz("21012A00" + "00A1")
    order, damaged = b"~21012A45C0042003FCC4\r", answer[:14] + b"B" + answer[15:]
    got = pieces((True, ask), (False, b"\x00" + answer[:5]), (False, answer[5:]), (False, order), (False, damaged), (False, b"~21"))
    frames = DRIVERS["ydn23"].frames(bus("ydn23"), [], got)
    assert [(frame.piece, frame.role, frame.checksum, frame.unit) for frame in frames] == [
        (1, FrameRole.REQUEST, True, "1"),
        (2, FrameRole.NOISE, None, ""),
        (2, FrameRole.REPLY, True, "1"),
        (4, FrameRole.REQUEST, True, "1"),
        (5, FrameRole.NOISE, False, ""),
        (6, FrameRole.NOISE, None, ""),
    ]
    assert b"".join(frame.data for frame in frames) == b"".join(piece.data for piece in got)
    words = [frame.words.format(**frame.params) for frame in frames]
    assert words[0] == "analogue values, fixed point (42H)" and words[3] == "remote control (45H)"
    assert words[2] == "answer of 2 bytes, equipment 2AH"


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=6))
def test_any_traffic_has_frames(parts: list[tuple[bool, bytes]]) -> None:
    for name in ("ydn23", "dlt645", "megatec"):
        frames = DRIVERS[name].frames(bus(name), [], pieces(*parts))
        assert b"".join(frame.data for frame in frames) == b"".join(data for _, data in parts)
        for frame in frames:
            assert frame.words.format(**frame.params)


def test_what_is_told_of_line_and_device() -> None:
    driver = DRIVERS["ydn23"]
    assert driver.settings(bus("ydn23", listen=0, rs485={"rts_on_send": True}).options) == {
        **{"port": "/dev/ttyTEST", "baudrate": 9600, "parity": "N", "stopbits": 1, "timeout": 0.5, "rs485": "RTS 1"},
    }
    assert driver.settings(Ydn23Device(address=3, cid1=0x2A)) == {"address": 3, "version": "21H", "cid1": "2AH", "gap": 0.05}
    assert driver.resource(bus("ydn23", port="socket://10.0.0.5:4001/").options) == "10.0.0.5:4001"
    assert DRIVERS["ydn23-tcp"].resource(bus("ydn23-tcp", host="Box", port=4001).options) == "box:4001"


def test_every_sentence_has_its_places() -> None:
    for sentence in (*ydn23.QUESTIONS.values(), *ydn23.REFUSALS.values(), ydn23.OTHER):
        assert set(re.findall(r"{(\w+)}", sentence)) <= {"command", "type"}
