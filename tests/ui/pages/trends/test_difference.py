"""The difference of two curves: at each time what the one was less what the other was, and nothing where one of them is not known."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.envelope import NOTHING, Strip, envelope, samples
from cityops_desktop.model.readings import Quality
from ui.pages.trends.difference import Difference, difference
from ui.pages.trends.trace import Trace

GAP = 3000
VALUES = st.lists(st.tuples(st.integers(1, 2500), st.integers(0, 40)), min_size=2, max_size=60)


def strip_of(steps: list[tuple[int, int]]) -> Strip:
    times = np.cumsum([step for step, _ in steps]).astype(np.int64)
    return samples(times, np.array([float(value) for _, value in steps]), np.zeros(len(steps), np.uint8))


def at(strip: Strip, time: int) -> float:
    return float(strip.last[int(np.searchsorted(strip.time, time, "right")) - 1])


@given(VALUES, VALUES)
def test_of_samples_it_is_exact_at_every_time_of_either(one: list[tuple[int, int]], other: list[tuple[int, int]]) -> None:
    a, b = strip_of(one), strip_of(other)
    told = difference(a, b, GAP, GAP)
    both = max(a.time[0], b.time[0])
    assert told.time.tolist() == sorted({*a.time[a.time >= both].tolist(), *b.time[b.time >= both].tolist()})
    for row in range(len(told)):
        if told.count[row]:
            time = int(told.time[row])
            assert told.first[row] == told.low[row] == told.high[row] == at(a, time) - at(b, time)
    until = min(a.time[-1], b.time[-1])
    assert (told.count[told.time <= until] > 0).all()


@given(VALUES, VALUES, st.sampled_from([7000, 20_000, 60_000]))
def test_of_buckets_it_lies_within_what_is_told(one: list[tuple[int, int]], other: list[tuple[int, int]], width: int) -> None:
    a, b = strip_of(one), strip_of(other)
    exact, told = difference(a, b, GAP, GAP), difference(envelope(a, width), envelope(b, width), GAP, GAP)
    for row in range(len(told)):
        inside = (exact.time >= told.time[row]) & (exact.time <= told.end[row]) & (exact.count > 0)
        if inside.any() and told.count[row] and width >= 2 * GAP:
            begun = exact.time[inside] // width == told.time[row] // width
            low, high = exact.low[inside][begun], exact.high[inside][begun]
            assert low.size == 0 or (told.low[row] <= low.max() and told.high[row] >= high.min())


def test_where_one_of_the_two_is_lost_there_is_no_difference() -> None:
    a = samples(np.arange(0, 20_000, 1000), np.full(20, 5.0), np.zeros(20, np.uint8))
    times = np.array([0, 1000, 2000, 15_000, 16_000], np.int64)
    b = samples(times, np.array([1.0, 1.0, np.nan, 2.0, 2.0]), np.array([0, 0, 2, 0, 0], np.uint8))
    told = difference(a, b, GAP, GAP)
    known = {int(t): float(v) for t, v, n in zip(told.time, told.first, told.count, strict=True) if n}
    assert known == {0: 4.0, 1000: 4.0, 15_000: 3.0, 16_000: 3.0, 17_000: 3.0, 18_000: 3.0, 19_000: 3.0}
    assert difference(a, NOTHING, GAP, GAP) is NOTHING


def test_the_curve_follows_both_traces() -> None:
    one, other = Trace(1.0, steps=False), Trace(1.0, steps=False)
    made = Difference(one, other)
    for second in range(10):
        one.append(second * 1000, 20.0 + second, Quality.GOOD)
        other.append(second * 1000 + 400, 15.0, Quality.GOOD)
    seen = made.seen(1000, 9000, 500)
    assert seen.extent() == (6.0, 14.0) and seen.gaps() == [] and seen.unknown == []
    assert made.seen(-60_000, -20_000, 500).unknown == [(-60_000, -20_000)]
