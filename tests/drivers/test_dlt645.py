"""DL/T 645-2007: the codec by captured frames, what can never be sent, any bytes at all, answers in parts, identity, frames in words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Complaint
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from cityops_desktop.model.traffic import FrameRole, Piece
from drivers.dlt645 import ANY, Control, Dlt645Device, Dlt645Framing, Dlt645Source, decimal, request
from drivers.registry import DRIVERS
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.serial_room import bus, device, fresh, point
from tests.peers.serial_slaves import dlt, dlt_answer

ONE = "000000000001"
KNOWN = [
    ("68 AA AA AA AA AA AA 68 13 00 DF 16", ANY, 0x13, ""),
    ("68 01 00 00 00 00 00 68 93 06 34 33 33 33 33 33 9D 16", ONE, 0x93, "010000000000"),
    ("68 01 00 00 00 00 00 68 11 04 33 34 34 35 B6 16", ONE, 0x11, "00010102"),
    ("68 01 00 00 00 00 00 68 91 06 33 34 34 35 38 55 C5 16", ONE, 0x91, "000101020522"),
    ("68 01 00 00 00 00 00 68 D1 01 35 D8 16", ONE, 0xD1, "02"),
    ("68 60 64 02 09 22 04 68 91 0A 33 32 34 35 47 56 33 33 33 33 97 16", "042209026460", 0x91, "00FF0102142300000000"),
    ("68 29 25 07 07 21 20 68 11 04 33 33 33 33 4E 16", "202107072529", 0x11, "00000000"),
    ("68 29 25 07 07 21 20 68 91 08 33 33 33 33 A9 4A 36 33 2E 16", "202107072529", 0x91, "0000000076170300"),
]


@pytest.mark.parametrize(("frame", "address", "control", "data"), KNOWN)
def test_a_known_frame_is_read(frame: str, address: str, control: int, data: str) -> None:
    for wake_up in (b"", b"\xfe" * 4, b"\x68\x00\xfe"):
        (cut,) = Dlt645Framing().cut(wake_up + bytes.fromhex(frame))
        assert cut.start == len(wake_up) and cut.message is not None
        assert (cut.message.address, cut.message.control, cut.message.data) == (address, control, bytes.fromhex(data))
    if control < 0x80:
        assert request(address, Control(control), bytes.fromhex(data)) == bytes.fromhex(frame)


@pytest.mark.parametrize("control", [code for code in range(256) if code not in (0x11, 0x12, 0x13)])
def test_no_other_control_code_can_be_made(control: int) -> None:
    """14H writes, 15H changes the address, 16H freezes, 17H sets the speed, 18H the password, 19H to 1BH clear, 1CH cuts the power off."""
    with pytest.raises(ValueError, match="is not a valid Control"):
        request(ONE, control, b"\0" * 8)  # type: ignore[arg-type]
    assert [code.value for code in Control] == [0x11, 0x12, 0x13]


def test_numbers() -> None:
    assert decimal(bytes.fromhex("0522")) == 2205
    assert decimal(bytes.fromhex("452381")) == 812345 and decimal(bytes.fromhex("452381"), signed=True) == -12345
    assert decimal(bytes.fromhex("674503"), signed=True) == 34567
    assert [decimal(bytes.fromhex(raw), signed) for raw in ("FFFF", "FFFFFF", "A512", "5AFF") for signed in (False, True)] == [None] * 8
    status = Dlt645Source(item=0x04000501, length=2, type="uint", bit=4)
    assert (status.count(b"\x10\x00"), status.count(b"\x00\x10"), status.count(b"\x10")) == (1, 0, None)


@given(st.binary(min_size=1, max_size=8), st.booleans())
def test_any_digits_are_a_number_or_none(raw: bytes, signed: bool) -> None:
    number = decimal(raw, signed)
    assert number is None or abs(number) < 100 ** len(raw)


@given(
    st.lists(
        st.one_of(st.binary(max_size=30), st.sampled_from([bytes.fromhex(frame) for frame, *_ in KNOWN]), st.just(b"\x68")), max_size=8
    )
)
def test_any_bytes_can_be_cut(parts: list[bytes]) -> None:
    data = b"".join(parts)
    framing = Dlt645Framing()
    end = 0
    for cut in framing.cut(data):
        assert end <= cut.start < cut.end <= len(data)
        end = cut.end
        if cut.message is not None:
            assert sum(data[cut.start : cut.end - 2]) & 0xFF == data[cut.end - 2]
            framing.request(cut.message)
            framing.shape(cut.message)
    framing.begun(data)


@given(st.binary(max_size=30), st.sampled_from([bytes.fromhex(frame) for frame, *_ in KNOWN]))
def test_a_frame_behind_noise_is_found(noise: bytes, frame: bytes) -> None:
    cuts = Dlt645Framing().cut(noise + frame)
    assert any(cut.message is not None and cut.end == len(noise) + len(frame) for cut in cuts)


@pytest.mark.parametrize(("written", "address"), [(1, ONE), ("000000000001", ONE), (202107072529, "202107072529"), ("aaaaaaaaaaaa", ANY)])
def test_an_address_as_it_is_printed(written: Any, address: str) -> None:
    assert Dlt645Device(address=written).address == address


@pytest.mark.parametrize("written", [-1, "AAAA", "12345678901234", "BBBBBBBBBBBB", True, 1.5])
def test_what_is_no_address(written: Any) -> None:
    with pytest.raises(ValueError, match="address"):
        Dlt645Device(address=written)


def asked(clock: Any, monkeypatch: pytest.MonkeyPatch, answer: Any, item: int, **options: Any) -> tuple[Any, Any, Pipe]:
    def events(sent: bytes) -> Events:
        reply = answer(sent)
        return [(0.03, reply)] if reply else []

    pipe = Pipe(clock, events)
    monkeypatch.setattr("drivers.line.driver.open_serial", lambda *_: pipe)
    driver = fresh("dlt645")
    length = 6 if item >> 24 == 6 else 2
    unit = device("dlt645", point("dlt645", "p", item=item, length=length, type="uint"), **{"address": 7, **options})
    session = driver.connect(bus("dlt645"), [unit], clock)
    return session, driver.plan(bus("dlt645"), unit, unit.points)[0], pipe


def test_an_answer_in_three_frames(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, question, pipe = asked(clock, monkeypatch, dlt_answer, 0x06000001)
    result = session.execute(question)
    assert result.readings[0].raw == bytes.fromhex("002011212222") and result.answered
    assert [sent.lstrip(b"\xfe")[8] for sent in pipe.requests] == [0x11, 0x12, 0x12]
    assert [sent.lstrip(b"\xfe")[14] - 0x33 for sent in pipe.requests[1:]] == [1, 2]


def test_an_answer_without_end_ends(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def endless(sent: bytes) -> bytes:
        frame = sent.lstrip(b"\xfe")
        data = bytes((byte - 0x33) % 256 for byte in frame[10:-2])
        return dlt("000000000007", frame[8] | 0xA0, data[:4] + b"\x11" + data[4:])

    session, question, pipe = asked(clock, monkeypatch, endless, 0x06000001)
    result = session.execute(question)
    assert result.readings[0].reason is Reason.BAD_REPLY and len(pipe.requests) == 8


def test_a_refusal_is_an_answer(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, question, _ = asked(clock, monkeypatch, dlt_answer, 0x05000001)
    result = session.execute(question)
    assert (result.answered, result.readings[0].reason, result.readings[0].detail) == (True, Reason.EXCEPTION, "02")


def test_the_answer_to_another_identifier_is_not_believed(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = dlt("000000000007", 0x91, bytes.fromhex("000201020522"))
    session, question, _ = asked(clock, monkeypatch, lambda sent: wrong, 0x02010100)
    assert session.execute(question).readings[0].reason is Reason.BAD_REPLY


@pytest.mark.parametrize("wake_up", [0, 4, 8])
def test_a_meter_is_woken(wake_up: int, clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, question, pipe = asked(clock, monkeypatch, dlt_answer, 0x02010100, wake_up=wake_up)
    session.execute(question)
    assert pipe.requests[0][: wake_up + 1] == b"\xfe" * wake_up + b"\x68"
    assert question.leg.sent == len(pipe.requests[0])


def test_a_meter_says_its_number(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _, pipe = asked(clock, monkeypatch, dlt_answer, 0x02010100)
    assert session.identify("d").facts == {"serial": "000000000007"}
    assert [sent.lstrip(b"\xfe")[8] for sent in pipe.requests] == [0x11]


def test_a_meter_alone_on_its_line_is_asked_for_its_address(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, question, pipe = asked(clock, monkeypatch, dlt_answer, 0x02010100, address=ANY)
    assert session.execute(question).readings[0].reason is None
    assert session.identify("d").facts == {"address": "000000000007", "serial": "000000000007"}
    assert [sent.lstrip(b"\xfe")[8] for sent in pipe.requests] == [0x11, 0x13, 0x11]


def test_a_meter_that_refuses_its_number(clock: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    session, _, pipe = asked(clock, monkeypatch, lambda sent: dlt("000000000007", 0xD1, b"\x02"), 0x02010100)
    assert session.identify("d") is None and len(pipe.requests) == 2


def test_what_a_room_file_may_not_say() -> None:
    driver = DRIVERS["dlt645"]

    def complaints(**source: Any) -> set[str | None]:
        found: list[Complaint] = driver.check(Dlt645Device(address=1), [("p", Dlt645Source(item=0, **source))])
        return {complaint.key for complaint in found}

    assert complaints(length=2) == set() and complaints(length=1, bit=3) == {"bit"}
    assert complaints(length=1, type="uint", bit=8) == {"bit"} and complaints(length=1, type="uint", bit=7, scale=2) == {"scale"}
    source = Dlt645Source(item=0x02010100, length=2, scale=0.1)
    assert driver.misfit(Kind.TEXT, False, source) and driver.misfit(Kind.ANALOG, True, source)
    assert driver.misfit(Kind.ANALOG, False, source) is None
    assert (driver.describe(source).notation, driver.resolution(source)) == ("02010100", 0.1)
    assert driver.count(source, b"\x05\x22") == 2205


def test_the_wire_in_words() -> None:
    sent = b"\xfe\xfe" + request(ONE, Control.READ, bytes.fromhex("00010102"))
    answer = dlt(ONE, 0x91, bytes.fromhex("000101020522"))
    trip = dlt(ONE, 0x1C, b"\0" * 16)
    damaged = answer[:11] + b"\0" + answer[12:]
    parts = [
        (True, sent),
        (False, answer + trip),
        (False, damaged),
        (False, dlt(ONE, 0xD1, b"\x02")),
        (False, dlt(ONE, 0x93, b"\1\0\0\0\0\0")),
    ]
    pieces = [Piece(number, 1000, 1.0, ours, data) for number, (ours, data) in enumerate(parts, start=1)]
    frames = DRIVERS["dlt645"].frames(bus("dlt645"), [], pieces)
    assert [frame.words.format(**frame.params) for frame in frames] == [
        "no frame",
        "reads 02010100",
        "02010100: 05 22",
        "control code 1CH",
        "a damaged frame",
        "refused: error byte 02",
        "address 000000000001",
    ]
    assert [frame.role for frame in frames[3:6]] == [FrameRole.REQUEST, FrameRole.NOISE, FrameRole.EXCEPTION]
    assert [frame.piece for frame in frames] == [1, 1, 2, 2, 3, 4, 5]
    assert b"".join(frame.data for frame in frames) == b"".join(data for _, data in parts)
