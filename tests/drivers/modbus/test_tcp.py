"""MBAP framing: whole frames out of a stream, and nothing else."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus import tcp
from drivers.modbus.options import Table
from drivers.modbus.pdu import Question

REPLY = bytes.fromhex("0007 0000 0005 01 03 02 00EA")


def test_the_request() -> None:
    assert tcp.frame(0x1234, Question(5, Table.HOLDING, 123, 2)) == bytes.fromhex("1234 0000 0006 05 03 007B 0002")


@given(st.lists(st.integers(1, 40), max_size=20))
def test_frames_come_out_however_the_stream_is_cut(cuts: list[int]) -> None:
    stream = REPLY * 4
    buffer, found = bytearray(), []
    while stream:
        size = cuts.pop() if cuts else len(stream)
        buffer += stream[:size]
        stream = stream[size:]
        while (frame := tcp.take(buffer)) is not None:
            found.append(frame)
    assert found == [tcp.Frame(7, 1, bytes.fromhex("030200EA"))] * 4 and not buffer


@pytest.mark.parametrize("bad", ["00070001000501", "0007000000020103", "000700000100010302", b"HTTP/1.1".hex()])
def test_what_is_no_modbus_tcp_is_said_to_be_none(bad: str) -> None:
    with pytest.raises(tcp.OutOfStep):
        tcp.take(bytearray.fromhex(bad))


@given(st.binary(max_size=700))
def test_any_bytes_end(data: bytes) -> None:
    buffer = bytearray(data)
    try:
        while (found := tcp.take(buffer)) is not None:
            assert 2 <= len(found.pdu) <= 253
    except tcp.OutOfStep:
        return
    assert len(buffer) < 260


def test_the_number_is_never_zero() -> None:
    numbers = [0]
    for _ in range(100_000):
        numbers.append(tcp.following(numbers[-1], numbers[-5:]))
    assert min(numbers[1:]) >= 1 and max(numbers) <= 65_535
    assert sum(after == before + 1 for before, after in pairwise(numbers)) < 1000, "the next number cannot be foretold"
    assert not any(numbers[n] in numbers[n - 5 : n] for n in range(5, len(numbers)))
