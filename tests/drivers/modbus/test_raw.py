"""What the wire said stays with the reading, whatever became of the value; and how a register is told to people."""

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reason
from drivers.modbus import values
from drivers.modbus.options import Source, Table, Type, WordOrder, notation
from drivers.registry import DRIVERS
from tests.drivers.modbus.room import device, point, serial_bus, tcp_bus
from tests.drivers.modbus.slave import bit, register
from tests.drivers.modbus.test_rtu_faults import SECOND, Line, at

DRIVER = DRIVERS["modbus-rtu"]


def read(raw: bytes, *, kind: Kind = Kind.ANALOG, span: tuple[float, float] | None = None, **source: Any):
    made = point("p", kind=kind, span=span, address=0, **source)
    return values.reading(made, made.source, raw, 1)


@pytest.mark.parametrize(
    ("raw", "source", "reason"),
    [
        (b"\x01\x31", {"type": "int16", "scale": 0.1}, None),
        (b"\x7f\xff", {"type": "int16", "scale": 0.1, "invalid": [0x7FFF]}, Reason.INVALID_VALUE),
        (b"\x0b\xb8", {"type": "int16", "scale": 0.1, "span": (-40.0, 80.0)}, Reason.OUT_OF_RANGE),
        (struct.pack(">f", float("nan")), {"type": "float32"}, Reason.INVALID_VALUE),
        (struct.pack(">d", 1e308), {"type": "float64", "scale": 1e300}, Reason.INVALID_VALUE),
        (b"\xff\xfe", {"type": "string", "length": 1, "kind": Kind.TEXT}, Reason.INVALID_VALUE),
        (b"OK", {"type": "string", "length": 1, "kind": Kind.TEXT}, None),
        (b"\x01", {"table": "coil", "kind": Kind.DIGITAL}, None),
    ],
)
def test_the_bytes_are_kept_also_when_the_value_is_not_usable(raw: bytes, source: dict[str, Any], reason: Reason | None):
    reading = read(raw, **source)
    assert (reading.raw, reading.reason) == (raw, reason)
    assert (reading.value is None) == (reason is not None)


@pytest.mark.parametrize("fault", SECOND, ids=SECOND.keys())
def test_raw_through_the_faults_of_a_line(fault: str):
    """A good reading holds exactly the bytes of its own registers, a bad one holds nothing that nobody sent."""
    assert_raw(Line(at(2, SECOND[fault][0])))


def test_raw_of_coils():
    assert_raw(Line(lambda n, q, a: [] if n == 3 else [(0.03, a)], table="coil"))


def assert_raw(line: Line) -> None:
    coils = line.table == "coil"
    held = bit if coils else register
    for result in line.round():
        for reading in result.readings:
            unit, address = map(int, reading.point.partition("u")[2].split("a"))
            expected = held(unit, address).to_bytes(1 if coils else 2) if reading.quality is Quality.GOOD else None
            assert reading.raw == expected
    assert line.good


@given(st.data())
def test_count_and_scale_give_the_value(data: st.DataObject):
    form = data.draw(st.sampled_from([t for t in Type if t is not Type.STRING]))
    wide = {"int16": 1, "uint16": 1, "int64": 4, "uint64": 4, "float64": 4}.get(form, 2)
    order = data.draw(st.sampled_from([None, *WordOrder])) if wide > 1 else None
    scale, offset = data.draw(st.sampled_from([1.0, 0.1, -2.0])), data.draw(st.sampled_from([0.0, -40.0]))
    raw = data.draw(st.binary(min_size=2 * wide, max_size=2 * wide))
    made = point("p", address=0, type=form, word_order=order, scale=scale, offset=offset, resolution=0.1)
    reading = values.reading(made, made.source, raw, 1)
    count = DRIVER.count(made.source, raw)
    if reading.value is not None:
        assert isinstance(count, int | float)
        assert reading.value == made.at_resolution(count * scale + offset if (scale, offset) != (1, 0) else count)
    else:
        assert count is None or form.floating


@pytest.mark.parametrize(
    ("source", "raw", "count"),
    [
        ({"type": "int16"}, b"\xff\xff", -1),
        ({"type": "uint16"}, b"\xff\xff", 65535),
        ({"type": "uint32", "word_order": "CDAB"}, b"\x00\x01\x00\x02", 0x00020001),
        ({"type": "uint16", "bit": 3}, b"\x00\x08", 1),
        ({"type": "uint16", "bit": 2}, b"\x00\x08", 0),
        ({"type": "float32"}, struct.pack(">f", 1.5), 1.5),
        ({"type": "float32"}, b"\x7f\xc0\x00\x00", None),
        ({"type": "string", "length": 2}, b"UPS\0", "UPS"),
        ({"type": "string", "length": 1}, b"\xff\xfe", None),
        ({"table": "discrete"}, b"\x01", 1),
        ({"type": "int16"}, b"\x01", None),
    ],
)
def test_count(source: dict[str, Any], raw: bytes, count: object):
    assert DRIVER.count(Source(**{"table": "holding", "address": 0, **source}), raw) == count


@pytest.mark.parametrize(
    ("table", "address", "text"),
    [("holding", 0, "40001"), ("input", 10, "30011"), ("coil", 0, "00001"), ("discrete", 99, "10100"),
     ("holding", 9998, "49999"), ("holding", 9999, "410000"), ("input", 65535, "365536")],
)  # fmt: skip
def test_an_address_as_manuals_write_it(table: str, address: int, text: str):
    assert notation(Table(table), address) == text


@given(st.sampled_from(Table), st.integers(0, 65535))
def test_the_notation_is_one_more_than_the_wire(table: Table, address: int):
    text = notation(table, address)
    assert int(text[1:]) == address + 1 and len(text) in (5, 6)
    assert int(text[0]) == {"coil": 0, "discrete": 1, "input": 3, "holding": 4}[table]


def test_a_register_is_described():
    told = DRIVER.describe(Source(table=Table.INPUT, address=0x12C, type=Type.INT32, scale=0.01, offset=-5, invalid=(0x7FFFFFFF,)))
    assert (told.table, told.address, told.notation, told.function) == ("input", 300, "30301", 4)
    assert (told.type, told.width, told.word_order, told.bit) == ("int32", 2, "ABCD", None)
    assert (told.scale, told.offset, told.invalid) == (0.01, -5, (0x7FFFFFFF,))
    coil = DRIVER.describe(Source(table=Table.COIL, address=3))
    assert (coil.type, coil.width, coil.word_order, coil.function, coil.notation) == ("bit", 1, "", 1, "00004")
    alarm = DRIVER.describe(Source(table=Table.HOLDING, address=7, bit=15))
    assert (alarm.type, alarm.bit, alarm.word_order, alarm.function) == ("uint16", 15, "", 3)


def test_settings_are_told():
    unit = device(point("p", address=0), address=17, timeout=0.8, readable=[["holding", 0, 99]])
    assert DRIVER.settings(unit.options) == {
        "address": 17, "timeout": 0.8, "gap": 0.05, "max_registers": 125, "max_bits": 2000, "readable": "holding 0-99",
    }  # fmt: skip
    assert DRIVER.settings(serial_bus().options)["baudrate"] == 9600
    assert DRIVERS["modbus-tcp"].settings(tcp_bus().options) == {"host": "127.0.0.1", "port": 502, "timeout": 1.0}


def test_a_late_answer_is_the_device_s_that_was_late_not_of_the_one_that_is_asked():
    """Unit 1 answers its first question while unit 2 is asked."""
    line = Line(lambda n, q, a: [(0.45, a)] if n == 1 else [(0.2, a)], units=(1, 2), readable=False)
    first = line.poll(line.requests[0])
    second = line.poll(next(request for request in line.requests if request.device == "d2"))
    assert not first.answered and first.late == ()
    assert second.answered and second.late == ("d1",)
    assert line.counters.late_replies == 1
