"""The hours of months: put together as they were, whatever is in them; damaged bytes are found out, or never break the reader."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.history import wide
from cityops_desktop.history.block import decode, encode
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.pack import Damaged
from cityops_desktop.model.envelope import COLUMNS, NO_WHY, Strip, envelope, samples
from cityops_desktop.model.readings import Reason

TENTH = Scale(1, 10)
HOUR = 3_600_000
TABLES = ((NO_WHY, (Reason.NO_ANSWER, ""), (Reason.EXCEPTION, "2")), (NO_WHY, (Reason.OLD, "线"), (Reason.NO_ANSWER, "")))


def hours(seed: int, rows: int, begin: int, good: float, table: int) -> Strip:
    rng = np.random.default_rng(seed)
    times = np.sort(begin + rng.integers(0, 40 * HOUR, rows))
    values = np.where(rng.random(rows) > good, np.nan, np.rint(rng.normal(200, 5000, rows)) / 10)
    quality = np.where(np.isnan(values), 2, 0).astype(np.uint8)
    whys = np.where(np.isnan(values), rng.integers(1, 3, rows), 0).astype(np.uint8)
    return envelope(samples(times, values, quality, whys, TABLES[table]), HOUR)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 2**32), st.integers(0, 300), st.sampled_from([1.0, 0.9, 0.0])), min_size=1, max_size=4))
def test_several_months_are_one(parts: list[tuple[int, int, float]]) -> None:
    strips = [hours(seed, rows, number * 50 * HOUR, good, number % 2) for number, (seed, rows, good) in enumerate(parts)]
    whole = wide.decode([wide.encode(strip, TENTH) for strip in strips], TENTH)
    for name in COLUMNS:
        if name != "why":
            np.testing.assert_array_equal(getattr(whole, name), np.concatenate([getattr(strip, name) for strip in strips]), name)
    told = [strip.reason(row) for strip in strips for row in range(len(strip))]
    assert [whole.reason(row) for row in range(len(whole))] == told and whole.width == HOUR


def test_hours_are_kept_so_and_minutes_are_not() -> None:
    strip = hours(1, 300, 0, 1.0, 0)
    assert encode(strip, TENTH) == wide.encode(strip, TENTH)
    minutes = envelope(strip, HOUR // 60)
    assert encode(minutes, TENTH)[0] != wide.LAYOUT and decode(encode(minutes, TENTH), TENTH).width == HOUR // 60


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.integers(1, 255))
def test_damaged_bytes(place: int, flip: int) -> None:
    data = bytearray(wide.encode(hours(3, 200, 0, 0.9, 0), TENTH))
    data[place % len(data)] ^= flip
    try:
        assert len(wide.decode([bytes(data)], TENTH)) <= wide.MOST_ROWS
    except Damaged as error:
        assert str(error)


@pytest.mark.parametrize("data", [b"", b"\2", bytes(40), b"\2" + b"\xff" * 60])
def test_bytes_that_are_none(data: bytes) -> None:
    with pytest.raises(Damaged):
        wide.decode([data], TENTH)
