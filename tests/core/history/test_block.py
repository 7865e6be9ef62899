"""What is kept of a point comes back exactly: counts, times, quality, reasons; and damaged bytes are found out, never a wrong past."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.history.block import OFF_GRID, decode, encode
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.pack import Damaged, pack, unpack
from cityops_desktop.model.envelope import COLUMNS, NO_WHY, Strip, envelope, samples
from cityops_desktop.model.readings import Reason

TENTH = Scale(1, 10)
WHYS = (NO_WHY, (Reason.NO_ANSWER, ""), (Reason.EXCEPTION, "2"), (Reason.OLD, "线"))
NUMBERS = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(NUMBERS | st.integers(-300, 300), max_size=300))
def test_a_column_comes_back(values: list[int]) -> None:
    column = np.array(values, np.int64)
    assert unpack(pack(column), len(column)).tolist() == values


@given(st.binary(max_size=60), st.integers(0, 50))
def test_bytes_that_are_no_column(data: bytes, count: int) -> None:
    try:
        assert len(unpack(data, count)) == count
    except Damaged as error:
        assert str(error)


@st.composite
def strips(draw: st.DrawFn, steady: bool) -> Strip:
    rows = draw(st.integers(0, 200))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    if steady:
        places = np.cumsum(rng.integers(1, 4, rows))
        times = 1_790_000_000_000 + places * 1000 + rng.integers(-100, 101, rows)
    else:
        times = np.sort(1_790_000_000_000 + rng.integers(0, 3_600_000, rows))
    values = np.where(rng.random(rows) < 0.1, np.nan, np.rint(rng.normal(200, 50, rows)) / 10)
    return samples(times, values, rng.integers(0, 4, rows).astype(np.uint8), rng.integers(0, 4, rows).astype(np.uint8), WHYS)


def _same(one: Strip, other: Strip, times: bool = True) -> None:
    for name in COLUMNS:
        if name in ("time", "end") and not times:
            continue
        if name == "why":
            assert [one.reason(n) for n in range(len(one))] == [other.reason(n) for n in range(len(other))]
        else:
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    assert one.width == other.width


@settings(deadline=None)
@given(strips(steady=False))
def test_samples_at_any_time_come_back_to_the_millisecond(strip: Strip) -> None:
    _same(strip, decode(encode(strip, TENTH), TENTH))


@settings(deadline=None)
@given(strips(steady=True))
def test_samples_at_a_steady_pace_come_back_on_its_grid(strip: Strip) -> None:
    back = decode(encode(strip, TENTH), TENTH)
    _same(strip, back, times=False)
    if len(strip) > 1:
        pace = np.percentile(np.diff(strip.time), 50, method="higher")
        assert np.abs(back.time - strip.time).max() <= OFF_GRID * pace


@settings(deadline=None)
@given(strips(steady=False), st.sampled_from([60_000, 3_600_000]))
def test_buckets_come_back(strip: Strip, width: int) -> None:
    buckets = envelope(strip, width)
    _same(buckets, decode(encode(buckets, TENTH), TENTH))


@settings(deadline=None, max_examples=300)
@given(strips(steady=True), st.integers(0, 10_000), st.integers(1, 255))
def test_damaged_bytes_never_break_the_reader(strip: Strip, place: int, flip: int) -> None:
    data = bytearray(encode(strip, TENTH))
    data[place % len(data)] ^= flip
    try:
        decode(bytes(data), TENTH)
    except Damaged as error:
        assert str(error) is not None


def test_an_hour_of_a_quiet_sensor_costs_less_than_half_a_byte_a_sample() -> None:
    rng = np.random.default_rng(1)
    values = np.rint((230 + np.cumsum(rng.normal(0, 0.01, 3600)) + rng.normal(0, 0.05, 3600)) * 10) / 10
    times = 1_790_000_000_000 + np.arange(3600) * 1000 + rng.integers(-20, 21, 3600)
    strip = samples(times, values, np.zeros(3600, np.uint8))
    assert len(encode(strip, TENTH)) < 0.4 * 3600


def test_a_value_beyond_every_count_is_refused_loudly() -> None:
    with pytest.raises(Damaged):
        decode(b"\2" + b"\0" * 20, TENTH)
