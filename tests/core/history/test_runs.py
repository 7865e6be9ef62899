"""Frames read run by run say what they say reading by reading, whatever stands in them."""

import json
import math
import struct
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history import frames, journal, runs
from cityops_desktop.history.curves import Samples
from cityops_desktop.history.frames import DamagedFrame, encode_frame
from cityops_desktop.history.layout import Layout
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed

T = 1_790_000_000_000
NAMES = Names("点", "point")
POINTS = (
    *(Point(f"a.n{n}", "a", NAMES, Kind.ANALOG, Group.UPS, "V", resolution) for n, resolution in enumerate((0.1, 0.3, 10.0, 0.001))),
    *(Point(f"a.d{n}", "a", NAMES, Kind.DIGITAL, Group.UPS) for n in range(2)),
    Point("a.k", "a", NAMES, Kind.COUNTER, Group.UPS, "kWh", 1.0),
    Point("a.s", "a", NAMES, Kind.TEXT, Group.UPS),
)
LAYOUT = Layout.of(POINTS)
VALUES = {
    Kind.ANALOG: st.floats(-3000, 3000) | st.floats(allow_nan=False) | st.integers(-(2**40), 2**40),
    Kind.DIGITAL: st.integers(0, 1) | st.integers(0, 2**17),
    Kind.COUNTER: st.integers(0, 2**16) | st.integers(0, 2**62),
    Kind.TEXT: st.text(max_size=5),
}


@st.composite
def answers(draw: st.DrawFn) -> list[Reading]:
    """What one device answers: points one after the other, taken at one time; sometimes not at all, or each at a time of its own."""
    first = draw(st.integers(0, len(POINTS) - 1))
    asked = POINTS[first : draw(st.integers(first + 1, len(POINTS)))]
    near = st.integers(-900, 900) | st.integers(-(2**34), 2**34)
    times = [draw(near)] * len(asked) if draw(st.booleans()) else draw(st.lists(near, min_size=len(asked), max_size=len(asked)))
    sick = draw(st.integers(0, 3))
    told = []
    for point, time in zip(asked, times, strict=True):
        if sick == 0:
            told.append(failed(point.key, T + time, draw(st.sampled_from(Reason)), draw(st.sampled_from(("", "2", "3")))))
        elif sick == 1:
            quality, reason = draw(st.sampled_from(Quality)), draw(st.none() | st.sampled_from(Reason))
            told.append(Reading(point.key, draw(st.none() | VALUES[point.kind]), T + time, quality, reason, draw(st.text(max_size=3))))
        else:
            told.append(Reading(point.key, draw(VALUES[point.kind]), T + time, Quality.GOOD))
    return told


ticks = st.integers(1, 3000) | st.integers(10**6, 2**40)
seconds = st.lists(st.tuples(ticks, st.lists(answers(), max_size=4)), max_size=8)
"""Ticks only ever grow, as they do in the journal; a clock that jumps is seen in the samples' times."""


def encoded(written: list[tuple[int, list[list[Reading]]]]) -> list[tuple[int, bytes]]:
    t, some = T, []
    for step, told in written:
        t += step
        some.append((t, encode_frame([reading for answer in told for reading in answer], LAYOUT, t)))
    return some


def told(found: list[tuple[str, Samples]]) -> list[object]:
    """As plain values, to the last bit; reasons as themselves, for their numbers may differ."""
    return [
        (key, own.times.tolist(), own.values.tobytes(), own.codes.tolist(), [own.reasons[why] for why in own.whys.tolist()])
        for key, own in found
    ]


def general(some: list[tuple[int, bytes]]) -> list[object]:
    return told(list(journal._by_point(LAYOUT, [(t, frames.unpack(data, LAYOUT)) for t, data in some])))


def fast(some: list[tuple[int, bytes]]) -> list[object]:
    read = runs.read(some, LAYOUT)
    assert read is not None
    return told(list(runs.by_point(read, LAYOUT)))


@given(seconds)
def test_run_by_run_is_as_reading_by_reading(written: list[tuple[int, list[list[Reading]]]]) -> None:
    some = encoded(written)
    if some:
        assert fast(some) == general(some)


@given(seconds, st.integers(2, 40))
def test_a_day_like_every_other(written: list[tuple[int, list[list[Reading]]]], often: int) -> None:
    """The same few seconds again and again: what a station records nearly always."""
    some = encoded(written * often)
    if some:
        assert fast(some) == general(some)


def test_frames_of_before_are_left_to_the_general_way() -> None:
    assert runs.read([(T, b"\x78\x01")], LAYOUT) is None
    assert runs.read([(T, encode_frame([], LAYOUT, T)), (T + 1, b"")], LAYOUT) is None


def test_seconds_in_which_nothing_came_hold_no_sample() -> None:
    assert fast([(T, encode_frame([], LAYOUT, T)), (T + 1, encode_frame([], LAYOUT, T + 1))]) == []


def _tail(value: object) -> Callable[[bytes], bytes]:
    return lambda data: data + json.dumps(value).encode()


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:5],
        lambda data: data[:-1],
        lambda data: data[:11] + struct.pack("<HHi", 0, 2, 0) + data[19:],
        lambda data: data[:11] + struct.pack("<HHi", 60_000, 1, 0) + data[19:],
        lambda data: data[:-10] + struct.pack("<H", 7) + data[-8:],
        lambda data: data[:-4] + struct.pack("<H", 7) + data[-2:],
        _tail([1]),
        _tail({"v": [1]}),
        _tail({"v": {"1": 1.5}}),
        _tail({"d": {"x": "y"}}),
    ],
)
def test_bytes_that_are_no_frame_are_told(damage: Callable[[bytes], bytes]) -> None:
    """One reading with a count beyond 16 bits and a reason: a part of every kind."""
    sound = encode_frame([Reading("a.k", 70_000, T, Quality.UNCERTAIN, Reason.OUT_OF_RANGE)], LAYOUT, T)
    assert len(sound) == 11 + 8 + 2 + 6 + 4
    good = encode_frame([Reading("a.k", 1, T, Quality.GOOD)], LAYOUT, T)
    assert runs.read([(T, good), (T + 1, sound)], LAYOUT) is not None
    with pytest.raises(DamagedFrame):
        runs.read([(T, good), (T + 1, damage(sound)), (T + 2, good)], LAYOUT)


def test_what_is_handed_out_cannot_be_changed_by_mistake() -> None:
    """Points of one answer share their times."""
    some = encoded([(1, [[Reading("a.n0", 1.5, T, Quality.GOOD), Reading("a.n1", 0.3, T, Quality.GOOD)]])])
    read = runs.read(some, LAYOUT)
    assert read is not None
    for _, own in runs.by_point(read, LAYOUT):
        assert math.isfinite(own.values[0])
        with pytest.raises(ValueError, match="read-only"):
            own.times[0] = 0
        assert np.shares_memory(own.codes, own.whys)
