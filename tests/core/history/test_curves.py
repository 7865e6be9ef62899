"""The last two hours in memory."""

import math
import tracemalloc

import numpy as np
import pytest

from cityops_desktop.history import curves as module
from cityops_desktop.history.curves import PLAIN, WINDOW_MS, Curves, Samples
from cityops_desktop.model.envelope import MOST_WHYS, Strip
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Room

T = 1_790_000_000_000
ALWAYS = (0, 2**62)


@pytest.fixture
def curves(room: Room) -> Curves:
    return Curves(room.points().values())


def seen(curves: Curves, key: str, start: int = 0, end: int = 2**62) -> Strip:
    strip = curves.window(key, start, end)
    assert strip is not None
    return strip


def good(key: str, value: float | int | str, time: int) -> Reading:
    return Reading(key, value, time, Quality.GOOD)


def test_values_times_and_qualities(curves: Curves) -> None:
    uncertain = Reading("a.t", 22.0, T + 2000, Quality.UNCERTAIN, Reason.OUT_OF_RANGE)
    stale = Reading("a.t", 22.0, T + 3000, Quality.STALE, Reason.OLD)
    curves.extend([good("a.t", 21.5, T), failed("a.t", T + 1000, Reason.CRC), uncertain, stale, good("a.d", 1, T)])
    strip = seen(curves, "a.t")
    assert (strip.time.dtype, strip.first.dtype, strip.quality.dtype) == (np.int64, np.float64, np.uint8)
    assert strip.time.tolist() == [T, T + 1000, T + 2000, T + 3000]
    assert [None if math.isnan(value) else value for value in strip.first] == [21.5, None, 22.0, None]
    assert [strip.reason(row)[0] for row in range(4)] == [None, Reason.CRC, Reason.OUT_OF_RANGE, Reason.OLD]
    assert strip.quality.tolist() == [QUALITY_CODES[quality] for quality in (Quality.GOOD, Quality.BAD, Quality.UNCERTAIN, Quality.STALE)]
    assert seen(curves, "a.d").first.tolist() == [1.0]


def test_texts_and_unknown_points_have_no_curve(curves: Curves) -> None:
    curves.extend([good("a.s", "on", T), good("b.x", 1, T)])
    assert curves.window("a.s", *ALWAYS) is None and curves.window("b.x", *ALWAYS) is None
    assert len(seen(curves, "a.t")) == 0 and curves.oldest() is None


def test_a_window_has_both_its_ends(curves: Curves) -> None:
    curves.extend(good("a.t", n, T + n * 1000) for n in range(10))
    assert seen(curves, "a.t", T + 3000, T + 5000).first.tolist() == [3.0, 4.0, 5.0]
    assert seen(curves, "a.t", T + 3001, T + 4999).first.tolist() == [4.0]


def test_what_is_handed_out_is_a_copy(curves: Curves) -> None:
    curves.extend([good("a.t", 1.0, T)])
    seen(curves, "a.t").first[0] = 99.0
    curves.extend([good("a.t", 2.0, T + 1)])
    assert seen(curves, "a.t").first.tolist() == [1.0, 2.0]


def test_two_hours_are_kept_and_hardly_more(curves: Curves) -> None:
    for second in range(0, 4 * 3600, 5):
        curves.extend([good("a.t", second, T + second * 1000)])
        times = seen(curves, "a.t").time
        assert curves.oldest() == times[0]
        assert times[-1] - times[0] <= WINDOW_MS + module.SLACK_MS
    assert len(seen(curves, "a.t", T + 4 * 3600_000 - WINDOW_MS)) == WINDOW_MS // 5000


@pytest.mark.parametrize("jump", [-(400 * 86_400_000), 400 * 86_400_000])
def test_a_clock_that_jumps_neither_breaks_nor_fills_the_memory(curves: Curves, monkeypatch: pytest.MonkeyPatch, jump: int) -> None:
    monkeypatch.setattr(module, "MOST_SAMPLES", 2000)
    curves.extend(good("a.t", n, T + n * 1000) for n in range(3000))
    curves.extend(good("a.t", n, T + jump + n * 1000) for n in range(20_000))
    strip = seen(curves, "a.t", T + jump, T + jump + 20_000_000)
    assert strip.first[-1] == 19_999.0
    assert np.all(np.diff(strip.time) == 1000)
    assert len(seen(curves, "a.t")) <= 2000 + module.SLACK_MS // 1000


def test_loaded_samples_come_before_live_ones(curves: Curves) -> None:
    times = np.arange(T - 3 * WINDOW_MS, T, 60_000)
    none = np.zeros(len(times), np.uint8)
    loaded = Samples(times, np.arange(len(times), dtype=float), none, none + 1, ((None, ""), (Reason.EXCEPTION, "2")))
    curves.load("a.t", loaded)
    curves.load("b.x", loaded)
    curves.load("a.d", Samples(times[:0], np.empty(0), none[:0], none[:0], ((None, ""),)))
    curves.extend([good("a.t", -1.0, T)])
    strip = seen(curves, "a.t")
    assert strip.first[-1] == -1.0
    assert strip.time[0] >= T - WINDOW_MS - 60_000
    assert np.all(np.diff(strip.time) == 60_000)
    assert strip.reason(0) == (Reason.EXCEPTION, "2") and strip.reason(len(strip) - 1) == (None, "")


def test_details_that_no_sample_has_any_more_make_room_for_new_ones(curves: Curves) -> None:
    """A device that says another detail each time must not use the room up for ever."""
    step = WINDOW_MS // 100
    for n in range(1000):
        curves.extend([failed("a.t", T + n * step, Reason.OUT_OF_RANGE, f"{n}"), failed("a.k", T + n * step, Reason.CRC)])
    strip = seen(curves, "a.t")
    assert [strip.reason(row) for row in range(len(strip))][-100:] == [(Reason.OUT_OF_RANGE, f"{n}") for n in range(900, 1000)]
    assert len(strip.reasons) <= MOST_WHYS + 1


def test_the_memory_for_two_hours_is_taken_within_the_first_samples(curves: Curves) -> None:
    """So that a station that will need too much says so at once, and not after half a shift."""
    tracemalloc.start()
    try:
        curves.extend(good("a.t", n, T + n * 1000) for n in range(module.PACE_SAMPLES + 1))
        taken = tracemalloc.get_traced_memory()[0]
        curves.extend(good("a.t", n, T + n * 1000) for n in range(module.PACE_SAMPLES + 1, 3 * 3600))
        assert tracemalloc.get_traced_memory()[0] - taken < 1000
    finally:
        tracemalloc.stop()
    assert taken > 7200 * 18
    assert len(seen(curves, "a.t")) >= 7200


def test_a_point_that_becomes_faster_keeps_its_two_hours(curves: Curves) -> None:
    slow = [good("a.t", n, T + n * 5000) for n in range(100)]
    curves.extend([*slow, *(good("a.t", n, T + 500_000 + n * 500) for n in range(3 * 7200))])
    assert len(seen(curves, "a.t")) >= 2 * 7200
    assert np.all(np.diff(seen(curves, "a.t").time) == 500)


def test_what_the_journal_brings_back_takes_the_memory_as_well(curves: Curves) -> None:
    times = np.arange(T - 60_000, T, 1000)
    none = np.zeros(len(times), np.uint8)
    tracemalloc.start()
    try:
        curves.load("a.t", Samples(times, np.ones(len(times)), none, none, ((None, ""),)))
        taken = tracemalloc.get_traced_memory()[0]
        curves.extend(good("a.t", n, T + n * 1000) for n in range(2 * 3600))
        assert tracemalloc.get_traced_memory()[0] - taken < 1000
    finally:
        tracemalloc.stop()


def test_the_oldest_is_the_oldest_even_after_the_clock_was_set_back(curves: Curves) -> None:
    curves.extend([good("a.t", 1.0, T), good("a.t", 2.0, T - 3000), good("a.k", 1.0, T - 1000)])
    assert curves.oldest() == T - 3000


def test_reasons_keep_their_details_as_far_as_there_is_room(curves: Curves) -> None:
    curves.extend(failed("a.t", T + n * 1000, Reason.EXCEPTION, str(n)) for n in range(400))
    strip = seen(curves, "a.t")
    assert strip.reason(0) == (Reason.EXCEPTION, "0")
    assert strip.reason(399) == (Reason.EXCEPTION, ""), "a reason never gets lost, its detail may"
    assert len(strip.reasons) == MOST_WHYS + 1 and strip.reasons[: len(PLAIN)] == PLAIN
