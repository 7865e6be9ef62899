"""Answers of any width beside each other and beside live values: no sample told twice, none hidden, no gap where there is none."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.envelope import Strip, envelope, samples, width_for
from cityops_desktop.model.readings import Quality
from ui.pages.trends.trace import Trace, seamless

SECONDS = 40_000
TIMES = np.arange(0, SECONDS * 1000, 1000, dtype=np.int64)
VALUES = np.round(20 + 5 * np.sin(TIMES / 900_000) + np.random.default_rng(6).normal(0, 0.3, SECONDS), 2)
WHOLE = samples(TIMES, VALUES, np.zeros(SECONDS, np.uint8))
NESTED = (0, 1000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 3_600_000)
ANY = (*NESTED, 2000, 15_000, 120_000, 900_000, 7_200_000, 10_800_000)


def told(start: int, end: int, width: int) -> Strip:
    part = WHOLE.rows(int(np.searchsorted(TIMES, start)), int(np.searchsorted(TIMES, end)))
    return envelope(part, width) if width else part


def parts(widths: tuple[int, ...], aligned: bool) -> st.SearchStrategy[list[tuple[int, int, int]]]:
    def part(drawn: tuple[int, int, int]) -> tuple[int, int, int]:
        width, start, span = drawn
        if not aligned or not width:
            return width, start, start + span
        return width, start // width * width, -(-(start + span) // width) * width

    one = st.tuples(st.sampled_from(widths), st.integers(0, SECONDS * 900), st.integers(1, SECONDS * 500)).map(part)
    return st.lists(one, max_size=5)


def trace_of(answers: list[tuple[int, int, int]], live_from: int | None, coarsest: int) -> Trace:
    made = Trace(1.0, steps=False)
    made.add(told(0, SECONDS * 1000, coarsest), 0, SECONDS * 1000)
    for width, start, end in answers:
        made.add(told(start, min(end, SECONDS * 1000), width), start, min(end, SECONDS * 1000))
    if live_from is not None:
        for time, value in zip(TIMES[live_from:].tolist(), VALUES[live_from:].tolist(), strict=True):
            made.append(time, value, Quality.GOOD)
    return made


@given(
    parts(ANY, aligned=False),
    st.one_of(st.none(), st.integers(SECONDS - 4000, SECONDS - 2)),
    st.sampled_from([w for w in ANY if w >= 60_000]),
    st.tuples(st.integers(0, SECONDS * 900), st.integers(10_000, SECONDS * 900)),
    st.integers(50, 1500),
)
def test_whatever_was_told_in_whatever_width_there_is_no_seam(
    answers: list[tuple[int, int, int]], live: int | None, coarsest: int, window: tuple[int, int], pixels: int
) -> None:
    start, end = window[0], min(sum(window), SECONDS * 1000 - 1000)
    end = max(end, start + 10_000)
    seen = trace_of(answers, live, coarsest).seen(start, end, pixels)
    strip = seen.strip
    assert (strip.time[1:] > strip.end[:-1]).all(), "no time is told twice"
    assert seen.gaps() == [] and seen.unknown == []
    drawn = seen.drawn()
    assert (np.diff(drawn.x) >= 0).all() or len(strip) == 1
    assert drawn.connect[:-1].all() or len(strip) == 1, "one line, and never back"
    inside = (start <= TIMES) & (end >= TIMES)
    if inside.any():
        rows = strip.between(int(TIMES[inside][0]), int(TIMES[inside][-1]))
        assert rows.low.min() <= VALUES[inside].min() and rows.high.max() >= VALUES[inside].max(), "no peak is hidden"
    for at in np.linspace(start, min(end, SECONDS * 1000 - 1000), 7).astype(int) // 1000 * 1000:
        then = seen.at(int(at))
        assert then is not None and then.low is not None and then.high is not None


@given(
    parts(NESTED, aligned=True),
    st.one_of(st.none(), st.integers(SECONDS - 4000, SECONDS - 2)),
    st.tuples(st.integers(0, SECONDS * 900), st.integers(600_000, SECONDS * 900)),
)
def test_every_sample_counts_once_where_buckets_fit_into_each_other(
    answers: list[tuple[int, int, int]], live: int | None, window: tuple[int, int]
) -> None:
    start, end = window[0], min(sum(window), SECONDS * 1000 - 1)
    pixels = next(n for n in range(1, 5000) if width_for(end - start, n) <= 3_600_000)
    answers = [one for one in answers if one[0] <= width_for(end - start, pixels)]
    made = trace_of(answers, live, 0)
    seen = made.seen(start, end, 100_000 if not answers else pixels)
    strip = seen.strip
    count = int(((strip.time[0] <= TIMES) & (strip.end[-1] >= TIMES)).sum())
    assert int(strip.count.sum()) == count


def test_two_buckets_that_overlap_become_one() -> None:
    one, other = told(0, 95_000, 120_000), told(60_000, 180_000, 60_000)
    whole = seamless([one, other])
    assert whole.time.tolist() == [0, 120_000] and whole.end.tolist() == [119_000, 179_000]
    assert whole.low[0] == VALUES[:120].min() and whole.high[0] == VALUES[:120].max()
    assert abs(int(whole.count[0]) - 120) <= 1 and whole.count[1] == 60, "reckoned from the time that both tell"
    assert whole.first[0] == VALUES[0] and whole.last[0] == VALUES[119]


def test_what_the_station_has_no_finer_is_not_asked_again() -> None:
    made = Trace(1.0, steps=False)
    made.add(told(0, 7_200_000, 3_600_000), 0, 7_200_000, asked=10_000)
    assert made.missing(0, 7_200_000, 10_000) == [] == made.missing(0, 7_200_000, 60_000)
    assert made.missing(0, 7_200_000, 1000) == [(0, 7_200_000)], "finer than that nobody has asked"
    assert made.missing(0, 9_000_000, 10_000) == [(7_200_000, 9_000_000)]


def test_buckets_of_which_each_lacks_something_are_one_gap_and_what_is_whole_is_none() -> None:
    times = np.concatenate((np.arange(0, 600_000, 1000), np.arange(600_000, 1_800_000, 20_000), np.arange(1_800_000, 2_400_000, 1000)))
    sparse = samples(times.astype(np.int64), np.full(len(times), 20.0), np.zeros(len(times), np.uint8))
    made = Trace(1.0, steps=False)
    made.add(envelope(sparse, 60_000), 0, 2_400_000)
    (gap,) = made.seen(0, 2_400_000, 40).gaps()
    assert (gap.start, gap.end, gap.quality) == (600_000, 1_800_000, None)
