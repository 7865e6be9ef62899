"""The journal's codec: what is recorded is the value at its resolution, and nothing else changes on the way."""

import json
import math
import struct
import zlib

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cityops_desktop.history import frames
from cityops_desktop.history.frames import DamagedFrame, encode_frame
from cityops_desktop.history.layout import Layout
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason
from tests.core.history.recorded import decode_frame

T = 1_790_000_000_000
NAMES = Names("点", "point")
RESOLUTIONS = (1.0, 0.1, 0.01, 0.001, 0.5, 10.0, 0.3)
POINTS = (
    *(Point(f"a.n{i}", "a", NAMES, Kind.ANALOG, Group.UPS, "V", resolution) for i, resolution in enumerate(RESOLUTIONS)),
    Point("a.k", "a", NAMES, Kind.COUNTER, Group.UPS, "kWh", 1.0),
    Point("a.d", "a", NAMES, Kind.DIGITAL, Group.UPS),
    Point("a.s", "a", NAMES, Kind.TEXT, Group.UPS),
)
BY_KEY = {point.key: point for point in POINTS}
LAYOUT = Layout.of(POINTS)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    point = draw(st.sampled_from(POINTS))
    quality = draw(st.sampled_from(Quality))
    values = {
        Kind.ANALOG: st.floats(allow_nan=False) | st.integers(-(2**40), 2**40),
        Kind.COUNTER: st.integers(0, 2**52),
        Kind.DIGITAL: st.integers(0, 2**16),
        Kind.TEXT: st.text(max_size=20),
    }
    value = draw(st.none() | values[point.kind])
    time = T + draw(st.integers(-3000, 3000) | st.integers(-(2**33), 2**33))
    return Reading(point.key, value, time, quality, draw(st.none() | st.sampled_from(Reason)), draw(st.text(max_size=10)))


def recorded(reading: Reading) -> Reading:
    """What the reading says at its point's resolution."""
    point, value = BY_KEY[reading.point], reading.value
    if point.kind in (Kind.ANALOG, Kind.COUNTER) and isinstance(value, float | int):
        exact = value / point.resolution
        if math.isfinite(exact) and abs(round(exact)) < 2**63:
            value = point.at_resolution(value)
    return Reading(reading.point, value, reading.time, reading.quality, reading.reason, reading.detail)


@given(st.lists(readings(), max_size=30))
def test_what_was_written_is_read(written: list[Reading]) -> None:
    assert decode_frame(encode_frame(written, LAYOUT, T), LAYOUT, T) == [recorded(reading) for reading in written]


@given(st.integers(-(10**9), 10**9), st.integers(0, len(RESOLUTIONS) - 1))
def test_a_recorded_value_stays_what_it_is(count: int, number: int) -> None:
    value = POINTS[number].at_resolution(count * RESOLUTIONS[number])
    (back,) = decode_frame(encode_frame([Reading(f"a.n{number}", value, T, Quality.GOOD)], LAYOUT, T), LAYOUT, T)
    assert back.value == value


@given(st.binary(max_size=300))
def test_bytes_that_are_no_frame_are_told(junk: bytes) -> None:
    for data in (junk, zlib.compress(junk)):
        try:
            decode_frame(data, LAYOUT, T)
        except DamagedFrame:
            continue
        assert (data[1:5] if data[0] == frames.FORM else zlib.decompress(data)[:4]) == bytes(4)


@given(st.lists(readings(), min_size=1, max_size=5), st.data())
def test_a_cut_frame_is_told(written: list[Reading], data: st.DataObject) -> None:
    raw = encode_frame(written, LAYOUT, T)
    end = data.draw(st.integers(0, len(raw) - 1))
    number, runs, high, odd = struct.unpack_from("<IHHH", raw, 1)
    assume(end != 11 + 8 * runs + 2 * number + 6 * high + 4 * odd)
    with pytest.raises(DamagedFrame):
        decode_frame(raw[:end], LAYOUT, T)


@given(st.lists(st.lists(readings(), max_size=8), max_size=6))
def test_many_frames_are_read_as_one_by_one(written: list[list[Reading]]) -> None:
    some = [(T + 1000 * number, encode_frame(one, LAYOUT, T + 1000 * number)) for number, one in enumerate(written)]
    if not some:
        return
    whole = frames.unpack_all(some, LAYOUT)
    alone = [(t, frames.unpack(data, LAYOUT)) for t, data in some]
    assert frames.times(whole, 0).tolist() == [time for t, columns in alone for time in frames.times(columns, t).tolist()]
    for name in ("index", "count", "quality", "reason"):
        assert getattr(whole, name).tolist() == [value for _, columns in alone for value in getattr(columns, name).tolist()]
    assert sum(map(len, whole.tail.values())) == sum(len(told) for _, columns in alone for told in columns.tail.values())


def test_frames_of_the_form_before_are_still_read() -> None:
    columns = (
        np.array([1, 3], "<u2"),
        np.array([-7, 0], "<i4"),
        np.array([215, 0], "<i8"),
        np.array([0, 0x82], "u1"),
        np.array([0, 3], "u1"),
    )
    raw = struct.pack("<I", 2) + b"".join(column.tobytes() for column in columns) + b'{"d":{"1":"x"}}'
    before = zlib.compress(raw, 1)
    found = frames.unpack(before, LAYOUT)
    assert found.count.tolist() == [215, 0]
    assert found.tail == {"d": {"1": "x"}}
    today = encode_frame([Reading("a.n1", 21.5, T - 7, Quality.GOOD)], LAYOUT, T)
    both = frames.unpack_all([(T, before), (T, today)], LAYOUT)
    assert both.index.tolist() == [1, 3, 1]
    assert frames.times(both, 0).tolist() == [T - 7, T, T - 7]
    assert both.tail == {"d": {"1": "x"}}


def test_odd_values_go_into_the_tail() -> None:
    written = [Reading("a.n0", value, T, Quality.GOOD) for value in (math.inf, -math.inf, 1e300, 2**64, 1.7e308)]
    assert decode_frame(encode_frame(written, LAYOUT, T), LAYOUT, T) == written
    (nan,) = decode_frame(encode_frame([Reading("a.n0", math.nan, T, Quality.GOOD)], LAYOUT, T), LAYOUT, T)
    assert isinstance(nan.value, float)
    assert math.isnan(nan.value)


def test_the_form_is_what_the_document_says() -> None:
    written = [Reading("a.n1", 21.5, T - 7, Quality.GOOD), Reading("a.d", None, T, Quality.BAD, Reason.CRC, "x")]
    raw = encode_frame(written, LAYOUT, T)
    assert raw[:11] == bytes([2, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0])
    assert raw[11:19] == bytes([1, 0, 1, 0]) + (-7).to_bytes(4, "little", signed=True)
    assert raw[19:27] == bytes([8, 0, 1, 0]) + bytes(4)
    assert raw[27:31] == bytes([215, 0, 0, 0])
    assert raw[31:35] == bytes([1, 0, 0x82, frames.REASONS.index(Reason.CRC) + 1])
    assert json.loads(raw[35:]) == {"d": {"1": "x"}}


def test_numbers_of_reasons_never_change() -> None:
    names = "waiting no_answer crc bad_reply exception invalid_value out_of_range no_port port_in_use no_right connection_refused"
    names += " unreachable connection_lost driver_crashed driver_stuck old"
    names += " other_master listening not_heard not_admitted denied certificate clock other_unit no_input"
    assert [reason.value for reason in frames.REASONS] == names.split()
    assert set(frames.REASONS) == set(Reason)


def test_a_point_outside_the_layout_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        encode_frame([Reading("b.x", 1, T, Quality.GOOD)], LAYOUT, T)
    with pytest.raises(DamagedFrame):
        decode_frame(encode_frame([Reading("a.s", "x", T, Quality.GOOD)], LAYOUT, T), Layout.of(POINTS[:2]), T)


def test_a_layout_reads_back() -> None:
    assert Layout.from_json(LAYOUT.to_json()) == LAYOUT
    assert json.loads(LAYOUT.to_json())["points"][1] == {"key": "a.n1", "unit": "V", "resolution": 0.1, "kind": "analog"}
    assert Layout.from_json(Layout.of(POINTS, "demo").to_json()).origin == "demo"
    assert LAYOUT.resolutions[-2:] == (None, None)
