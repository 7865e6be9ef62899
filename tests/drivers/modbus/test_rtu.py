"""RTU framing: checksum, silence, frames found in noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus import rtu
from drivers.modbus.options import Table
from drivers.modbus.pdu import Question
from tests.drivers.modbus.slave import crc16, rtu_answer, sealed

ANY = range(256)


@given(st.binary(max_size=300))
def test_the_checksum_is_the_standard_one(data: bytes) -> None:
    assert rtu.crc(data).to_bytes(2, "little") == crc16(data)
    assert rtu.crc(data + crc16(data)) == 0


@pytest.mark.parametrize(("baudrate", "milliseconds"), [(1200, 32.083), (9600, 4.010), (19200, 2.005), (38400, 1.75), (115200, 1.75)])
def test_the_silence_is_three_and_a_half_characters(baudrate: int, milliseconds: float) -> None:
    assert rtu.silence(baudrate) * 1000 == pytest.approx(milliseconds, abs=0.001)


@given(st.binary(max_size=600), st.sets(st.integers(0, 255), max_size=4))
def test_any_bytes_are_searched_without_end_or_crash(data: bytes, units: set[int]) -> None:
    end = 0
    for found in rtu.frames(data, units):
        assert end <= found.start < found.end <= len(data) and found.unit in units
        assert crc16(data[found.start : found.end - 2]) == data[found.end - 2 : found.end]
        end = found.end


@given(st.binary(max_size=40), st.binary(max_size=40), st.integers(1, 247), st.sampled_from(Table), st.integers(0, 900), st.integers(1, 60))
def test_a_reply_is_found_between_any_noise(before: bytes, after: bytes, unit: int, table: Table, address: int, count: int) -> None:
    reply = rtu_answer(rtu.frame(Question(unit, table, address, count)))
    found = list(rtu.frames(before + reply + after, ANY))
    hidden = any(f.start < len(before) < f.end for f in found)  # the noise happened to be a frame that reaches into the reply
    assert hidden or any((f.start, f.end) == (len(before), len(before) + len(reply)) for f in found)


def test_noise_like_a_header_hides_nothing() -> None:
    reply = sealed(bytes.fromhex("01 03 04 00 EA 01 E6"))
    (found,) = rtu.frames(bytes.fromhex("01 03 FA") + reply, {1})
    assert (found.start, found.pdu) == (3, bytes.fromhex("03 04 00 EA 01 E6"))
    assert found.key == (1, 3, 4)


def test_exceptions_and_requests_are_frames_too() -> None:
    data = bytes.fromhex("01 84 02 C2 C1") + bytes.fromhex("01 03 00 00 00 02 C4 0B")
    assert [f.pdu.hex() for f in rtu.frames(data, {1})] == ["8402", "0300000002"]
