"""The last two hours in memory."""

import math

import numpy as np
import pytest

from cityops_desktop.history import curves as module
from cityops_desktop.history.curves import WINDOW_MS, Curves
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Room

T = 1_790_000_000_000
ALWAYS = (0, 2**62)


@pytest.fixture
def curves(room: Room) -> Curves:
    return Curves(room.points().values())


def good(key: str, value: float | int | str, time: int) -> Reading:
    return Reading(key, value, time, Quality.GOOD)


def test_values_times_and_qualities(curves: Curves) -> None:
    uncertain = Reading("a.t", 22.0, T + 2000, Quality.UNCERTAIN, Reason.OUT_OF_RANGE)
    stale = Reading("a.t", 22.0, T + 3000, Quality.STALE, Reason.OLD)
    curves.extend([good("a.t", 21.5, T), failed("a.t", T + 1000, Reason.CRC), uncertain, stale, good("a.d", 1, T)])
    times, values, codes = curves.window("a.t", *ALWAYS)
    assert (times.dtype, values.dtype, codes.dtype) == (np.int64, np.float64, np.uint8)
    assert times.tolist() == [T, T + 1000, T + 2000, T + 3000]
    assert [None if math.isnan(value) else value for value in values] == [21.5, None, 22.0, None]
    assert codes.tolist() == [QUALITY_CODES[quality] for quality in (Quality.GOOD, Quality.BAD, Quality.UNCERTAIN, Quality.STALE)]
    assert curves.window("a.d", *ALWAYS)[1].tolist() == [1.0]


def test_texts_and_unknown_points_have_no_curve(curves: Curves) -> None:
    curves.extend([good("a.s", "on", T), good("b.x", 1, T)])
    for key in ("a.s", "b.x", "a.t"):
        assert [len(column) for column in curves.window(key, *ALWAYS)] == [0, 0, 0]


def test_a_window_has_both_its_ends(curves: Curves) -> None:
    curves.extend(good("a.t", n, T + n * 1000) for n in range(10))
    assert curves.window("a.t", T + 3000, T + 5000)[1].tolist() == [3.0, 4.0, 5.0]
    assert curves.window("a.t", T + 3001, T + 4999)[1].tolist() == [4.0]


def test_what_is_handed_out_is_a_copy(curves: Curves) -> None:
    curves.extend([good("a.t", 1.0, T)])
    curves.window("a.t", *ALWAYS)[1][0] = 99.0
    curves.extend([good("a.t", 2.0, T + 1)])
    assert curves.window("a.t", *ALWAYS)[1].tolist() == [1.0, 2.0]


def test_two_hours_are_kept_and_hardly_more(curves: Curves) -> None:
    for second in range(0, 4 * 3600, 5):
        curves.extend([good("a.t", second, T + second * 1000)])
        times = curves.window("a.t", *ALWAYS)[0]
        assert times[-1] - times[0] <= WINDOW_MS + module.SLACK_MS
    assert len(curves.window("a.t", T + 4 * 3600_000 - WINDOW_MS, 2**62)[0]) == WINDOW_MS // 5000


@pytest.mark.parametrize("jump", [-(400 * 86_400_000), 400 * 86_400_000])
def test_a_clock_that_jumps_neither_breaks_nor_fills_the_memory(curves: Curves, monkeypatch: pytest.MonkeyPatch, jump: int) -> None:
    monkeypatch.setattr(module, "MOST_SAMPLES", 2000)
    curves.extend(good("a.t", n, T + n * 1000) for n in range(3000))
    curves.extend(good("a.t", n, T + jump + n * 1000) for n in range(20_000))
    times, values, _ = curves.window("a.t", T + jump, T + jump + 20_000_000)
    assert values[-1] == 19_999.0
    assert np.all(np.diff(times) == 1000)
    assert len(curves.window("a.t", *ALWAYS)[0]) <= 2000 + module.SLACK_MS // 1000


def test_loaded_samples_come_before_live_ones(curves: Curves) -> None:
    times = np.arange(T - 3 * WINDOW_MS, T, 60_000)
    curves.load("a.t", times, np.arange(len(times), dtype=float), np.zeros(len(times), np.uint8))
    curves.load("b.x", times, times.astype(float), np.zeros(len(times), np.uint8))
    curves.load("a.d", times[:0], np.empty(0), np.empty(0, np.uint8))
    curves.extend([good("a.t", -1.0, T)])
    loaded, values, _ = curves.window("a.t", *ALWAYS)
    assert values[-1] == -1.0
    assert loaded[0] >= T - WINDOW_MS - 60_000
    assert np.all(np.diff(loaded) == 60_000)
