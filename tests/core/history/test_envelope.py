"""Buckets that hide no peak: against brute force, whatever the samples."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link.strips import packed, unpacked
from cityops_desktop.model.envelope import COLUMNS, WIDTHS, Past, Strip, Why, envelope, joined, samples, width_for
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason

T = 1_790_000_000_000
WORST = (Quality.BAD, Quality.STALE, Quality.UNCERTAIN, Quality.GOOD)
REASONS: tuple[Why, ...] = ((None, ""), (Reason.CRC, ""), (Reason.EXCEPTION, "2"), (Reason.OLD, ""))

one = st.tuples(
    st.integers(0, 200_000),
    st.one_of(st.none(), st.integers(-50, 50).map(lambda n: n / 10)),
    st.sampled_from(list(Quality)),
    st.integers(0, len(REASONS) - 1),
)
several = st.lists(one, min_size=1, max_size=80)
widths = st.sampled_from(WIDTHS[:12])


def strip_of(told: list[tuple[int, float | None, Quality, int]]) -> Strip:
    times = np.array([T + time for time, *_ in told], np.int64)
    values = np.array([math.nan if value is None else value for _, value, *_ in told])
    codes = np.array([QUALITY_CODES[quality] for _, _, quality, _ in told], np.uint8)
    return samples(times, values, codes, np.array([why for *_, why in told], np.uint8), REASONS)


def same(one: Strip, other: Strip) -> None:
    assert one.width == other.width
    for name in COLUMNS:
        if name != "why":
            np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)
    assert [one.reason(row) for row in range(len(one))] == [other.reason(row) for row in range(len(other))]


@given(several, widths)
def test_a_bucket_says_what_brute_force_finds_in_it(told: list[tuple[int, float | None, Quality, int]], width: int) -> None:
    raw = strip_of(told)
    buckets = envelope(raw, width)
    assert sorted(set((raw.time // width).tolist())) == (buckets.time // width).tolist(), "each bucket that has a sample, and no other"
    for row in range(len(buckets)):
        inside = np.flatnonzero(raw.time // width == buckets.time[row] // width)
        values = [float(raw.first[index]) for index in inside if math.isfinite(raw.first[index])]
        assert (buckets.time[row], buckets.end[row]) == (raw.time[inside[0]], raw.time[inside[-1]])
        assert buckets.count[row] == len(values)
        shown = [float(getattr(buckets, name)[row]) for name in ("first", "low", "high", "last")]
        if values:
            assert shown == [values[0], min(values), max(values), values[-1]]
        else:
            assert all(math.isnan(value) for value in shown), "no value is made up where there was none"
        assert buckets.hole[row] == max(np.diff(raw.time[inside]), default=0)
        codes = {int(code) for code in raw.quality[inside]}
        worst = next(quality for quality in WORST if QUALITY_CODES[quality] in codes)
        assert buckets.quality[row] == QUALITY_CODES[worst]
        guilty = next(int(index) for index in inside if raw.quality[index] == QUALITY_CODES[worst])
        assert buckets.reason(row) == raw.reason(guilty)


@given(several, st.sampled_from([(1000, 5000), (2000, 60_000), (10_000, 30_000)]))
def test_a_bucket_of_buckets_is_a_bucket_of_samples(told: list[tuple[int, float | None, Quality, int]], both: tuple[int, int]) -> None:
    fine, coarse = both
    raw = strip_of(told)
    same(envelope(envelope(raw, fine), coarse), envelope(raw, coarse))


@given(st.integers(0, 3599), st.sampled_from(WIDTHS), st.booleans())
def test_a_spike_of_one_sample_survives_any_zoom(at: int, width: int, up: bool) -> None:
    values = np.full(3600, 20.0)
    values[at] = 99.0 if up else -99.0
    raw = samples(T + np.arange(3600) * 1000, values, np.zeros(3600, np.uint8))
    buckets = envelope(raw, width)
    assert (buckets.high.max(), buckets.low.min()) == ((99.0, 20.0) if up else (20.0, -99.0))


@given(several, widths)
def test_no_sample_without_a_value_is_lost(told: list[tuple[int, float | None, Quality, int]], width: int) -> None:
    raw = strip_of(told)
    buckets = envelope(raw, width)
    assert int(buckets.count.sum()) == int(np.isfinite(raw.first).sum())
    assert {quality for _, _, quality, _ in told} >= {quality for quality in WORST if QUALITY_CODES[quality] in buckets.quality}
    assert max((WORST[::-1].index(quality) for _, _, quality, _ in told)) == max(
        WORST[::-1].index(next(q for q in WORST if QUALITY_CODES[q] == code)) for code in buckets.quality
    )


@given(several, several, widths)
def test_what_is_joined_keeps_its_reasons(
    early: list[tuple[int, float | None, Quality, int]], late: list[tuple[int, float | None, Quality, int]], width: int
) -> None:
    one, other = strip_of(early), strip_of([(time + 300_000, *rest) for time, *rest in late])
    other = Strip(0, *(getattr(other, name) for name in COLUMNS if name != "why"), 3 - other.why, REASONS[::-1])
    whole = joined(one, other)
    assert [whole.reason(row) for row in range(len(whole))] == [part.reason(row) for part in (one, other) for row in range(len(part))]
    assert whole.time.tolist() == [*one.time.tolist(), *other.time.tolist()]


@given(st.lists(several, min_size=1, max_size=3), st.sampled_from([0, *WIDTHS[3:8]]))
def test_an_answer_comes_out_of_the_wire_as_it_went_in(points: list[list[tuple[int, float | None, Quality, int]]], width: int) -> None:
    strips = {f"a.x{n}": envelope(strip_of(told), width) if width else strip_of(told) for n, told in enumerate(points)}
    back = unpacked(packed(Past(T, strips)))
    assert back.oldest == T and list(back.strips) == list(strips)
    for key, strip in strips.items():
        same(back.strips[key], strip)


@given(st.integers(1, 184 * 86_400_000), st.integers(200, 4000))
def test_the_width_is_the_narrowest_that_fits(span: int, buckets: int) -> None:
    width = width_for(span, buckets)
    assert width * buckets >= span or width == WIDTHS[-1]
    narrower = [one for one in WIDTHS if one < width]
    assert not narrower or narrower[-1] * buckets < span
    assert all(86_400_000 % one == 0 for one in WIDTHS), "a day is whole buckets: one day before lies on the same grid"


def test_rows_of_a_time_are_those_that_reach_into_it() -> None:
    strip = envelope(strip_of([(n * 1000, 1.0, Quality.GOOD, 0) for n in range(120)]), 10_000)
    assert [int(time) - T for time in strip.between(T + 25_000, T + 41_000).time] == [20_000, 30_000, 40_000]
    assert len(strip.between(T - 9, T - 1)) == 0
