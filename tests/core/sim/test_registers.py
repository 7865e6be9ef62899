"""What the simulator writes, the driver must read as the same value: every type, order and scale."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.sim.registers import Unit, encode
from drivers.modbus.options import Source, Type, WordOrder
from drivers.modbus.values import reading

RANGES = {
    Type.INT16: (-(2**15), 2**15 - 1),
    Type.UINT16: (0, 2**16 - 1),
    Type.INT32: (-(2**31), 2**31 - 1),
    Type.UINT32: (0, 2**32 - 1),
    Type.INT64: (-(2**63), 2**63 - 1),
    Type.UINT64: (0, 2**64 - 1),
}


def point(source, kind=Kind.ANALOG, resolution=1.0, name="p"):
    return Point(f"d.{name}", "d", Names("点", "point"), kind, Group.ENVIRONMENT, resolution=resolution, source=source)


def read(of, words):
    return reading(of, of.source, struct.pack(f">{len(words)}H", *words), 0).value


@st.composite
def integers(draw):
    kind = draw(st.sampled_from(list(RANGES)))
    order = draw(st.sampled_from(list(WordOrder))) if kind not in (Type.INT16, Type.UINT16) else None
    return Source(table="holding", address=draw(st.integers(0, 60000)), type=kind, word_order=order), draw(st.integers(*RANGES[kind]))


@given(integers())
def test_the_driver_reads_integers_as_they_were_meant(drawn):
    source, value = drawn
    of = point(source)
    raw = struct.pack(f">{len(encode(source, value))}H", *encode(source, value))
    got = reading(of, source, raw, 0).value
    assert got == of.at_resolution(value)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False), st.sampled_from(list(WordOrder)))
def test_the_driver_reads_floats_as_they_were_meant(value, order):
    source = Source(table="input", address=7, type="float32", word_order=order)
    of = point(source, resolution=0.01)
    assert read(of, encode(source, value)) == of.at_resolution(value)


@given(st.integers(-300, 3000), st.sampled_from([0.1, 0.01, 0.5, 1.0, 10.0]), st.sampled_from([0.0, -40.0, 273.1]))
def test_the_driver_reads_scaled_values_as_they_were_meant(counts, scale, offset):
    source = Source(table="holding", address=1, type="int16", scale=scale, offset=offset)
    of = point(source, resolution=scale)
    value = counts * scale + offset
    assert read(of, encode(source, value)) == of.at_resolution(value)


@given(st.text(st.characters(codec="ascii", categories=["L", "N"]), max_size=12), st.sampled_from([None, "ABCD", "BADC"]))
def test_the_driver_reads_texts_as_they_were_meant(text, order):
    source = Source(table="holding", address=1, type="string", length=6, word_order=order)
    assert read(point(source, Kind.TEXT), encode(source, text)) == text


@pytest.mark.parametrize(
    ("source", "value"),
    [
        (Source(table="holding", address=1), -1),
        (Source(table="holding", address=1, type="int16", scale=0.1), 3277.0),
        (Source(table="holding", address=1, type="string", length=1), "abc"),
        (Source(table="holding", address=1), "abc"),
        (Source(table="holding", address=1), None),
        (Source(table="holding", address=1), float("nan")),
        (Source(table="holding", address=1, type="float32"), 1e300),
    ],
)
def test_a_value_that_does_not_fit_is_refused(source, value):
    with pytest.raises(ValueError):
        encode(source, value)


def test_bits_share_a_register_and_coils_a_word():
    points = [point(Source(table="holding", address=8, bit=bit), Kind.DIGITAL, name=f"b{bit}") for bit in (0, 3, 15)]
    points += [point(Source(table="coil", address=20), Kind.DIGITAL, name="c")]
    unit = Unit(1, points)
    unit.put(points[0].source, 1)
    unit.put(points[2].source, 1)
    unit.put(points[3].source, 1)
    assert unit.tables["holding"].words == [0x8001]
    unit.put(points[0].source, 0)
    assert unit.tables["holding"].words == [0x8000]
    assert unit.tables["coil"].words == [1 << 4]


def test_near_registers_make_one_stretch_and_readable_ones_exactly_what_is_said():
    points = [point(Source(table="holding", address=address), name=f"p{address}") for address in (10, 20, 300)]
    assert Unit(1, points).tables["holding"].stretches == [(10, 20), (300, 300)]
    assert Unit(1, points, [("holding", 10, 11), ("holding", 20, 24)]).tables["holding"].stretches == [(10, 11), (20, 24), (300, 300)]
