"""Bytes to values: every type and order against an encoder of the test's own; nothing raises on any bytes."""

import math
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reason
from drivers.modbus.options import REGISTERS, Type, WordOrder
from drivers.modbus.values import reading
from tests.drivers.modbus.room import point

FORMATS = {
    Type.INT16: "h",
    Type.UINT16: "H",
    Type.INT32: "i",
    Type.UINT32: "I",
    Type.INT64: "q",
    Type.UINT64: "Q",
    Type.FLOAT32: "f",
    Type.FLOAT64: "d",
}


def encode(number: float, kind: Type, order: WordOrder) -> bytes:
    little = order in (WordOrder.DCBA, WordOrder.CDAB)  # least significant word first
    raw = struct.pack("<" + FORMATS[kind] if little else ">" + FORMATS[kind], number)
    swapped = order in (WordOrder.CDAB, WordOrder.BADC)
    return b"".join(raw[i : i + 2][::-1] if swapped else raw[i : i + 2] for i in range(0, len(raw), 2))


@st.composite
def numbers(draw: st.DrawFn) -> tuple[Type, WordOrder, float]:
    kind = draw(st.sampled_from(sorted(FORMATS)))
    bits = 16 * REGISTERS[kind]
    if kind.floating:
        number: float = draw(st.floats(-1e6, 1e6, width=32 if kind is Type.FLOAT32 else 64))
    elif kind.value.startswith("u"):
        number = draw(st.integers(0, 2**bits - 1))
    else:
        number = draw(st.integers(-(2 ** (bits - 1)), 2 ** (bits - 1) - 1))
    return kind, draw(st.sampled_from(WordOrder)) if bits > 16 else WordOrder.ABCD, number


@given(numbers())
def test_what_was_encoded_is_decoded(case: tuple[Type, WordOrder, float]) -> None:
    kind, order, number = case
    where = point("x", address=0, type=kind, word_order=order, resolution=1e-3 if kind.floating else 1)
    found = reading(where, where.source, encode(number, kind, order), 7)
    assert found.quality is Quality.GOOD and found.time == 7
    if kind.floating:
        assert found.value == pytest.approx(number, abs=0.00051)
    elif abs(number) < 2**52:
        assert found.value == number
    else:
        assert float(found.value or 0) == pytest.approx(number, rel=1e-15)


@given(st.binary(min_size=8, max_size=8), st.sampled_from(Type), st.sampled_from(WordOrder), st.sampled_from(Kind))
def test_no_bytes_make_it_raise(raw: bytes, kind: Type, order: WordOrder, point_kind: Kind) -> None:
    length = 4 if kind is Type.STRING else None
    where = point("x", kind=point_kind, address=0, type=kind, word_order=order, length=length, scale=1e5, resolution=1e-9)
    found = reading(where, where.source, raw[: 2 * where.source.width], 0)
    assert (found.value is None) == (found.quality is Quality.BAD)
    if isinstance(found.value, float):
        assert math.isfinite(found.value)


@pytest.mark.parametrize(("kind", "raw"), [("float32", "7FC00000"), ("float32", "FF800000"), ("float64", "7FF0000000000000")])
def test_not_a_number_is_an_invalid_value(kind: str, raw: str) -> None:
    where = point("x", address=0, type=kind)
    found = reading(where, where.source, bytes.fromhex(raw), 0)
    assert (found.value, found.reason) == (None, Reason.INVALID_VALUE)


@pytest.mark.parametrize(
    ("source", "raw", "value"),
    [
        ({"type": "int16", "invalid": [0xFFFF]}, "FFFF", None),
        ({"type": "int16", "invalid": [0xFFFF]}, "FFFE", -2),
        ({"type": "uint32", "invalid": [0xFFFFFFFF]}, "FFFFFFFF", None),
        ({"type": "uint32", "invalid": [0x7FFFFFFF], "word_order": "CDAB"}, "FFFF7FFF", None),
        ({"type": "float32", "invalid": [0x7F7FFFFF]}, "7F7FFFFF", None),
        ({"bit": 3, "invalid": [0xFFFF]}, "FFFF", None),
        ({"bit": 3}, "0008", 1),
        ({"bit": 15}, "7FFF", 0),
        ({"type": "int16", "scale": 0.1, "offset": -40}, "0190", 0.0),
        ({"type": "int16", "scale": -1}, "0003", -3),
    ],
)
def test_markers_bits_and_scales(source: dict[str, Any], raw: str, value: float | None) -> None:
    where = point("x", address=0, **source)
    found = reading(where, where.source, bytes.fromhex(raw), 0)
    assert found.value == value
    assert found.reason is (Reason.INVALID_VALUE if value is None else None)


@pytest.mark.parametrize(
    ("raw", "order", "text"),
    [
        (b"UPS2000\0", None, "UPS2000"),
        (b"  UPS \0\xff", None, "UPS"),
        (b"PU2S00\0\0", "BADC", "UP" + "S200"),
        ("一号\0\0".encode(), None, "一号"),
        (b"\0\0\0\0", None, ""),
        (b"\xfe\xfe", None, None),
        (b"a\x07b ", None, None),
    ],
)
def test_text(raw: bytes, order: str | None, text: str | None) -> None:
    where = point("x", kind=Kind.TEXT, address=0, type="string", length=len(raw) // 2, word_order=order)
    found = reading(where, where.source, raw, 0)
    if text is None:
        assert found.reason is Reason.INVALID_VALUE
    else:
        assert (found.value, found.quality) == (text, Quality.GOOD)


@pytest.mark.parametrize(("raw", "value"), [(0, 0.0), (1000, 100.0), (1001, None), (0xFFFF, None)])
def test_a_value_outside_its_span_is_no_value(raw: int, value: float | None) -> None:
    where = point("x", address=0, type="int16", scale=0.1, span=(0.0, 100.0))
    found = reading(where, where.source, raw.to_bytes(2), 0)
    assert found.value == value
    if value is None:
        assert (found.quality, found.reason) == (Quality.BAD, Reason.OUT_OF_RANGE)
        assert found.detail == ("100.1" if raw == 1001 else "-0.1")


def test_the_value_is_the_value_at_the_resolution() -> None:
    where = point("x", address=0, type="float32", resolution=0.5)
    assert reading(where, where.source, struct.pack(">f", 21.37), 0).value == 21.5
    state = point("s", kind=Kind.DIGITAL, address=0)
    found = reading(state, state.source, b"\0\x03", 0)
    assert found.value == 3 and isinstance(found.value, int)
