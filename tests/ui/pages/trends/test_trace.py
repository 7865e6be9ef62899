"""The past of a point: gaps, dots, stairs, what was when."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.envelope import Strip, Why, envelope, samples, width_for
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from ui.pages.trends.trace import CROWDED, KEPT_MS, MOST_LEVELS, MOST_ROWS, Drawn, Trace

NAN = float("nan")


def strip(times: list[int], values: list[float], qualities: list[int] | None = None) -> Strip:
    return samples(np.array(times, np.int64), np.array(values, float), np.array(qualities or [0] * len(times), np.uint8))


def trace(times: list[int], values: list[float], qualities: list[int] | None = None, *, period: float = 1.0, steps: bool = False) -> Trace:
    made = Trace(period, steps=steps)
    made.add(strip(times, values, qualities), 0, max(times) + 1)
    return made


def pieces(drawn: Drawn) -> list[list[float]]:
    """The x of each connected piece."""
    found: list[list[float]] = []
    for index in np.flatnonzero(drawn.connect[:-1]):
        if found and found[-1][-1] == drawn.x[index]:
            found[-1].append(float(drawn.x[index + 1]))
        else:
            found.append([float(drawn.x[index]), float(drawn.x[index + 1])])
    return found


def test_a_distance_of_more_than_three_periods_breaks_the_line() -> None:
    one = trace([0, 1000, 4000, 8000, 9000], [1, 2, 3, 4, 5])
    assert pieces(one.seen(0, 10_000, 900).drawn()) == [[0, 1000, 4000], [8000, 9000]]


def test_an_unusable_sample_breaks_the_line_and_no_nan_is_drawn() -> None:
    drawn = trace([0, 1000, 2000, 3000, 4000], [1, 2, NAN, 4, 5], [0, 0, 2, 0, 0]).seen(0, 10_000, 900).drawn()
    assert pieces(drawn) == [[0, 1000], [3000, 4000]]
    assert np.isfinite(drawn.y).all()


def test_a_lone_sample_is_a_short_dash() -> None:
    assert pieces(trace([0, 10_000, 20_000], [1, 2, 3]).seen(0, 30_000, 900).drawn()) == [[0, 1000], [10_000, 11_000], [20_000, 21_000]]


def test_uncertain_pieces_are_dotted() -> None:
    times = list(range(0, 100_000, 1000))
    solid = trace(times, [1.0] * 100).seen(0, 100_000, 900).drawn()
    dotted = trace(times, [1.0] * 100, [1] * 100).seen(0, 100_000, 900).drawn()
    assert len(pieces(solid)) == 1 and len(pieces(dotted)) > 20


def test_a_state_holds_until_the_next_sample() -> None:
    drawn = trace([0, 1000, 2000], [0, 1, 1], steps=True).seen(0, 3000, 900).drawn()
    assert drawn.x.tolist() == [0, 1000, 1000, 2000, 2000]
    assert drawn.y.tolist() == [0, 0, 1, 1, 1]
    assert drawn.connect[:-1].all()


def test_samples_just_outside_the_window_belong_to_it() -> None:
    drawn = trace(list(range(0, 10_000, 1000)), [1.0] * 10).seen(4500, 5500, 900).drawn()
    assert drawn.x.min() < 0 and drawn.x.max() > 1000


def test_nothing_is_nothing() -> None:
    empty = Trace(1.0, steps=False).seen(0, 1000, 900)
    assert len(empty.drawn().x) == 0
    assert empty.gaps() == [] and empty.at(5) is None and empty.extent() is None and empty.last_usable() is None


def test_gaps_say_what_and_why() -> None:
    one = trace([0, 1000, 20_000], [1, 2, 3])
    one.append(21_000, None, Quality.BAD, Reason.NO_ANSWER)
    one.append(22_000, None, Quality.BAD, Reason.NO_ANSWER)
    one.append(23_000, None, Quality.STALE, Reason.OLD)
    one.append(24_000, 4.0, Quality.GOOD)
    told = [(gap.start, gap.end, gap.quality, gap.reason) for gap in one.seen(0, 60_000, 900).gaps()]
    assert told == [
        (1000, 20_000, None, None),
        (21_000, 23_000, Quality.BAD, Reason.NO_ANSWER),
        (23_000, 24_000, Quality.STALE, Reason.OLD),
        (24_000, 60_000, None, None),
    ]


def test_before_the_first_sample_is_no_gap() -> None:
    assert trace([50_000, 51_000], [1, 2]).seen(0, 52_000, 900).gaps() == []


def test_the_moment_under_the_cross_hair() -> None:
    one = trace([0, 1000, 2000, 20_000], [1, 2, NAN, 3], [0, 1, 2, 0]).seen(0, 40_000, 900)
    assert one.at(-1) is None
    assert (there := one.at(400)) and there.value == 1 and there.quality is Quality.GOOD
    assert (there := one.at(900)) and there.value == 2 and there.quality is Quality.UNCERTAIN
    assert (there := one.at(2500)) and there.value is None and there.quality is Quality.BAD
    assert (there := one.at(30_000)) and there.value is None and there.quality is None


def test_live_samples_survive_a_history_that_comes_late() -> None:
    one = Trace(1.0, steps=False)
    one.append(10_000, 1.0, Quality.GOOD)
    one.append(11_000, 2.0, Quality.GOOD)
    one.append(11_000, 9.0, Quality.GOOD)
    one.add(strip([8000, 9000, 10_000], [7.0, 8.0, 1.0]), 8000, 10_500)
    seen = one.seen(8000, 12_000, 900).strip
    assert seen.time.tolist() == [8000, 9000, 10_000, 11_000]
    assert seen.first.tolist() == [7, 8, 1, 2]


def test_what_is_missing_is_what_nobody_has_told() -> None:
    one = Trace(1.0, steps=False)
    assert one.missing(0, 100_000, 1000) == [(0, 100_000)]
    one.append(90_000, 1.0, Quality.GOOD)
    assert one.missing(0, 100_000, 1000) == [(0, 90_000)]
    one.add(strip([30_000], [1.0]), 20_000, 40_000)
    one.add(envelope(strip([60_000, 61_000], [1.0, 2.0]), 10_000), 50_000, 80_000)
    assert one.missing(0, 100_000, 10_000) == [(0, 20_000), (40_000, 50_000), (80_000, 90_000)]
    assert one.missing(0, 100_000, 5000) == [(0, 20_000), (40_000, 90_000)], "ten seconds are too coarse for five"
    one.pause(95_000)
    assert one.missing(0, 100_000, 5000) == [(0, 20_000), (40_000, 90_000), (95_000, 100_000)]
    one.append(97_000, 1.0, Quality.GOOD)
    assert one.missing(94_000, 100_000, 5000) == [(95_000, 97_000)]


def test_a_time_that_nobody_was_asked_about_is_no_gap() -> None:
    one = Trace(1.0, steps=False)
    one.add(strip([0, 1000, 2000], [1, 2, 3]), 0, 2500)
    one.add(strip([50_000, 51_000], [1, 2]), 49_000, 52_000)
    told = [(gap.start, gap.end) for gap in one.seen(0, 60_000, 900).gaps()]
    assert told == []
    one.add(strip([], []), 2500, 49_000)
    assert [(gap.start, gap.end) for gap in one.seen(0, 60_000, 900).gaps()] == [(2000, 50_000)]


def test_a_finer_answer_takes_the_place_of_a_coarse_one_and_a_coarse_one_serves_until_it_comes() -> None:
    times = list(range(0, 1_000_000, 1000))
    raw = strip(times, [float(n % 10) for n in range(1000)])
    one = Trace(1.0, steps=False)
    one.add(envelope(raw, 60_000), 0, 1_000_000)
    assert one.seen(0, 100_000, 400).strip.width == 60_000
    one.add(raw, 0, 1_000_000)
    assert one.seen(0, 100_000, 400).strip.width == 0


def test_a_bucket_is_told_from_lowest_to_highest_with_its_worst_sample() -> None:
    why: tuple[Why, ...] = ((None, ""), (Reason.CRC, ""))
    values, codes = np.array([20.0] * 5 + [NAN, 33.0] + [21.0] * 13), np.array([0] * 5 + [2] + [0] * 14, np.uint8)
    raw = samples(np.arange(0, 20_000, 1000), values, codes,
        np.array([0] * 5 + [1] + [0] * 14, np.uint8), why)  # fmt: skip
    one = Trace(1.0, steps=False)
    one.add(envelope(raw, 10_000), 0, 20_000)
    seen = one.seen(0, 20_000, 2)
    assert (there := seen.at(4000)) and (there.low, there.high, there.value, there.quality) == (20.0, 33.0, 21.0, Quality.BAD)
    ((start, end, quality, reason),) = [(gap.start, gap.end, gap.quality, gap.reason) for gap in seen.gaps()]
    assert (start, end, quality, reason) == (0, 9000, Quality.BAD, Reason.CRC), "one damaged reply is not lost in the bucket"
    assert seen.drawn().y.max() == 33.0 and seen.extent() == (20.0, 33.0)


def test_a_silence_within_a_bucket_is_a_gap() -> None:
    one = Trace(1.0, steps=False)
    one.add(envelope(strip([*range(0, 10_000, 1000), *range(40_000, 60_000, 1000)], [1.0] * 30), 60_000), 0, 60_000)
    assert [(gap.start, gap.end, gap.quality) for gap in one.seen(0, 60_000, 1).gaps()] == [(0, 59_000, None)]


def test_a_point_that_has_turned_stale_stays_so_until_it_speaks_again() -> None:
    one = Trace(1.0, steps=False)
    one.append(1000, 5.0, Quality.GOOD)
    one.append(5000, None, Quality.STALE, Reason.OLD)
    assert [(gap.start, gap.end, gap.reason) for gap in one.seen(0, 60_000, 900).gaps()][-1] == (5000, 60_000, Reason.OLD)


def test_memory_stays_bounded() -> None:
    one = Trace(1.0, steps=False)
    for second in range(40_000):
        one.append(second * 1000, None if second % 7 == 0 else 1.0, Quality.BAD if second % 7 == 0 else Quality.GOOD, Reason.CRC)
    live = one._live()
    assert len(one._t) <= 2 * KEPT_MS // 1000 and live.time[0] <= live.time[-1] - 2 * 3600 * 1000
    for part in range(20):
        start = part * 30_000_000
        one.add(strip(list(range(start, start + 30_000_000, 1000)), [1.0] * 30_000), start, start + 30_000_000)
    assert len(one._levels[0].strip) <= MOST_ROWS
    for width in (1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000):
        one.add(envelope(live, width), 0, 1000)
    assert len(one._levels) == MOST_LEVELS


@given(st.lists(st.tuples(st.integers(1, 9000), st.one_of(st.none(), st.floats(-50, 50))), min_size=1, max_size=60))
def test_a_line_never_crosses_what_is_not_known(steps: list[tuple[int, float | None]]) -> None:
    times = np.cumsum([gap for gap, _ in steps]).tolist()
    values = [NAN if value is None else value for _, value in steps]
    one = trace(times, values)
    drawn = one.seen(0, times[-1] + 1000, 900).drawn()
    known = {time for time, value in zip(times, values, strict=True) if value == value}
    for piece in pieces(drawn):
        assert piece[0] in known
        assert all(b - a <= 3000 for a, b in pairwise(piece))
    finite = [value for value in values if value == value]
    if finite:
        assert drawn.y.min() == min(finite) and drawn.y.max() == max(finite)


@given(st.integers(0, 7199), st.integers(20, 2000), st.integers(60_000, 7_200_000), st.booleans(), st.booleans())
def test_a_spike_of_one_sample_is_drawn_at_any_zoom(at: int, pixels: int, span: int, asked: bool, steps: bool) -> None:
    values = np.full(7200, 20.0)
    values[at] = 99.0
    raw = samples(np.arange(7200) * 1000, values, np.zeros(7200, np.uint8))
    one = Trace(1.0, steps=steps)
    one.add(envelope(raw, width_for(span, pixels)) if asked else raw, 0, 7_200_000)
    start = min(max(0, at * 1000 - span // 2), 7_200_000 - span)
    seen = one.seen(start, start + span, pixels)
    drawn = seen.drawn()
    inside = (drawn.x >= -width_for(span, pixels)) & (drawn.x <= span)
    assert drawn.y[inside].max() == 99.0 and seen.extent() is not None
    assert len(drawn.x) <= 2 * (CROWDED * 4) * (pixels + 10), "what is drawn stays bounded"


def test_a_fault_that_came_before_the_window_is_a_gap_that_says_why() -> None:
    """A fault is recorded once, when it comes: the window may begin long after it."""
    trace = Trace(1.0, steps=False)
    bad = QUALITY_CODES[Quality.BAD]
    why: tuple[Why, ...] = ((None, ""), (Reason.NO_ANSWER, ""))
    lost = samples(
        np.array([1000, 2000, 500_000]), np.array([5.0, np.nan, 6.0]), np.array([0, bad, 0], np.uint8), np.array([0, 1, 0], np.uint8), why
    )
    trace.add(lost, 0, 600_000)
    gap = trace.seen(300_000, 600_000, 300).gaps()[0]
    assert (gap.end, gap.quality, gap.reason) == (500_000, Quality.BAD, Reason.NO_ANSWER)
    (gap,) = trace.seen(100_000, 200_000, 100).gaps()
    assert gap.end >= 200_000 and gap.reason is Reason.NO_ANSWER, "and it may end after it"
    there = trace.seen(100_000, 200_000, 100).at(150_000)
    assert there is not None and there.value is None and there.reason is Reason.NO_ANSWER
    islands = Trace(1.0, steps=False)
    islands.add(lost.rows(0, 2), 0, 50_000)
    islands.add(lost.rows(2, 3), 300_000, 600_000)
    assert islands.seen(400_000, 499_000, 100).gaps() == [], "what lies between was never asked for"


def test_what_was_in_force_before_the_window_is_asked_for_further_and_further_back() -> None:
    trace = Trace(1.0, steps=False)
    assert trace.lead(100_000, 1000) is None, "nothing is known of the window itself"
    trace.know_nothing(100_000, 160_000)
    first = trace.lead(100_000, 1000)
    assert first is not None and first[1] == 100_000 and first[0] < 100_000
    trace.know_nothing(40_000, 100_000)
    assert trace.lead(100_000, 1000) == (40_000 - 60_000, 40_000)
    trace.add(samples(np.array([30_000]), np.array([5.0]), np.array([0], np.uint8)), 20_000, 40_000)
    assert trace.lead(100_000, 1000) is None
    whole = Trace(1.0, steps=False)
    whole.add(samples(np.array([100_500]), np.array([5.0]), np.array([0], np.uint8)), 100_000, 160_000)
    assert whole.lead(100_000, 1000) is None, "its first value stands at the window's beginning"
