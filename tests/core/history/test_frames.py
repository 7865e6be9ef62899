"""The journal's codec: what is recorded is the value at its resolution, and nothing else changes on the way."""

import json
import math
import zlib

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
        assert zlib.decompress(data)[:4] == bytes(4)


@given(st.lists(readings(), min_size=1, max_size=5), st.data())
def test_a_cut_frame_is_told(written: list[Reading], data: st.DataObject) -> None:
    raw = zlib.decompress(encode_frame(written, LAYOUT, T))
    end = data.draw(st.integers(0, len(raw) - 1))
    whole = len(written) * 16 + 4
    assume(end != whole)
    with pytest.raises(DamagedFrame):
        decode_frame(zlib.compress(raw[:end]), LAYOUT, T)


def test_odd_values_go_into_the_tail() -> None:
    written = [Reading("a.n0", value, T, Quality.GOOD) for value in (math.inf, -math.inf, 1e300, 2**64, 1.7e308)]
    assert decode_frame(encode_frame(written, LAYOUT, T), LAYOUT, T) == written
    (nan,) = decode_frame(encode_frame([Reading("a.n0", math.nan, T, Quality.GOOD)], LAYOUT, T), LAYOUT, T)
    assert isinstance(nan.value, float)
    assert math.isnan(nan.value)


def test_the_form_is_what_the_document_says() -> None:
    written = [Reading("a.n1", 21.5, T - 7, Quality.GOOD), Reading("a.d", None, T, Quality.BAD, Reason.CRC, "x")]
    raw = zlib.decompress(encode_frame(written, LAYOUT, T))
    assert raw[:4] == (2).to_bytes(4, "little")
    assert raw[4:8] == bytes([1, 0, 8, 0])
    assert raw[8:16] == (-7).to_bytes(4, "little", signed=True) + bytes(4)
    assert raw[16:32] == (215).to_bytes(8, "little") + bytes(8)
    assert raw[32:34] == bytes([0, 0x82])
    assert raw[34:36] == bytes([0, frames.REASONS.index(Reason.CRC) + 1])
    assert json.loads(raw[36:]) == {"d": {"1": "x"}}


def test_numbers_of_reasons_never_change() -> None:
    names = "waiting no_answer crc bad_reply exception invalid_value out_of_range no_port port_in_use no_right connection_refused"
    names += " unreachable connection_lost driver_crashed driver_stuck old"
    names += " other_master listening not_heard not_admitted denied certificate clock"
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
