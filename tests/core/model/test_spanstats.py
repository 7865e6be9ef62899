"""Statistics of a span: from samples what counting every millisecond says, from buckets bounds that always hold it."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.envelope import NOTHING, Strip, envelope, joined, samples
from cityops_desktop.model.spanstats import Bound, above, below, changes, duration_curve, held, shares, statistics

GAP, HOLD = 30, 10
Sample = tuple[int, float | None, int]

TIMES = st.lists(st.integers(1, 60), min_size=1, max_size=60).map(lambda steps: np.cumsum(steps).tolist())
KINDS = st.sampled_from([(0, True), (0, True), (0, True), (1, True), (2, False)])


@st.composite
def pasts(draw: st.DrawFn) -> list[Sample]:
    times = draw(TIMES)
    made: list[Sample] = []
    for time in times:
        quality, usable = draw(KINDS)
        made.append((time, float(draw(st.integers(0, 3))) if usable else None, quality))
    return made


def strip_of(past: list[Sample]) -> Strip:
    values = [float("nan") if value is None else value for _, value, _ in past]
    return samples(np.array([t for t, _, _ in past], np.int64), np.array(values), np.array([q for _, _, q in past], np.uint8))


def known_at(past: list[Sample], now: int, end: int) -> tuple[float, int] | None:
    """The value and quality in force in this millisecond."""
    before = [index for index, (time, _, _) in enumerate(past) if time <= now]
    if not before:
        return None
    time, value, quality = past[before[-1]]
    following = past[before[-1] + 1][0] if before[-1] + 1 < len(past) else end
    return (value, quality) if value is not None and (following - time <= GAP or now - time < HOLD) else None


def every_ms(past: list[Sample], start: int, end: int) -> list[tuple[float, int]]:
    """What was known in each millisecond of the span."""
    return [known for now in range(start, end) if (known := known_at(past, now, end)) is not None]


def changes_of(past: list[Sample], start: int, end: int) -> list[float]:
    """The states that were entered within the span, the one in force at its beginning being the first."""
    first = known_at(past, start, end)
    usable = ([first[0]] if first else []) + [value for time, value, _ in past if value is not None and start < time <= end]
    return [new for old, new in pairwise(usable) if new != old]


def holds(bound: Bound | None, truth: float) -> bool:
    return bound is not None and bound.low - 1e-9 <= truth <= bound.high + 1e-9


@given(pasts(), st.integers(0, 800), st.integers(1, 900), st.sampled_from([0, 0, 50, 100, 500]), st.integers(0, 60))
def test_every_figure_is_what_counting_each_millisecond_says(past: list[Sample], start: int, span: int, width: int, cut: int) -> None:
    """Samples, buckets, or buckets up to some row and samples after it."""
    whole, end = strip_of(past), start + span
    strip = whole
    if width:
        early = min(cut, len(past))
        strip = joined(envelope(whole.rows(0, early), width), whole.rows(early, len(past))) if early else whole
    part = held(strip, start, end, GAP, HOLD)
    told, truth = statistics(part), every_ms(past, start, end)
    values = [value for value, _ in truth]
    assert holds(told.usable, len(values)) and holds(told.good, sum(quality == 0 for _, quality in truth))
    assert holds(told.count, sum(value is not None and start <= time <= end for time, value, _ in past))
    assert all(holds(above(part, limit), sum(value > limit for value in values)) for limit in (-1.0, 0.0, 1.5, 2.0, 9.0))
    assert all(holds(below(part, limit), sum(value < limit for value in values)) for limit in (-1.0, 1.0, 1.5, 9.0))
    if values:
        assert holds(told.mean, float(np.mean(values)))
        assert told.mean is not None and told.usual is not None and holds(told.mean, told.usual)
    inside = [value for time, value, _ in past if value is not None and start <= time <= end] + values
    if inside:
        assert told.lowest is not None and told.highest is not None
        assert told.lowest.low <= min(inside) and told.highest.high >= max(inside)
    entered, seconds = Counter(changes_of(past, start, end)), Counter(values)
    assert holds(changes(part), sum(entered.values()))
    listed = {share.state: share for share in shares(part)}
    assert set(entered) | set(seconds) <= set(listed)
    for state, share in listed.items():
        assert holds(share.time, seconds[state]) and holds(share.came, entered[state])
    if not width:
        figures = [told.usable, told.good, told.count, above(part, 1.5), below(part, 1.5), changes(part)]
        assert part.exact and all(one.exact for one in [*figures, *(x for x in (told.mean, told.lowest, told.highest) if x is not None)])
        assert all(share.time.exact and share.came.exact for share in listed.values())


@given(pasts(), st.sampled_from([0, 50, 100]))
def test_the_duration_curve_falls_and_says_what_share_of_the_time_a_value_was_reached(past: list[Sample], width: int) -> None:
    strip, end = strip_of(past), past[-1][0] + 5
    part = held(envelope(strip, width) if width else strip, 0, end, GAP, HOLD)
    curve, values = duration_curve(part), [value for value, _ in every_ms(past, 0, end)]
    if curve is None:
        assert not values or width
        return
    assert curve.share[0] == 0.0 and curve.share[-1] == 1.0 and (np.diff(curve.share) >= 0).all()
    assert (np.diff(curve.high) <= 0).all() and (np.diff(curve.low) <= 0).all() and (curve.low <= curve.high).all()
    if not width:
        ordered = sorted(values, reverse=True)
        for share in (0.1, 0.5, 0.9):
            row = int(np.searchsorted(curve.share, share, "right")) - 1
            place = share * len(ordered)
            if abs(place - round(place)) > 1e-6:
                assert curve.high[row] == ordered[int(place)]


def test_a_value_before_the_span_is_in_force_at_its_beginning() -> None:
    part = held(strip_of([(0, 1.0, 0), (20, 3.0, 0), (40, 1.0, 0)]), 10, 40, GAP, HOLD)
    told = statistics(part)
    assert told.mean == Bound(pytest.approx(7 / 3), pytest.approx(7 / 3)) and above(part, 2.0) == Bound(20, 20)
    assert told.lowest == Bound(1.0, 1.0) and told.count == Bound(2, 2)


def test_a_gap_is_not_bridged() -> None:
    told = statistics(held(strip_of([(0, 1.0, 0), (100, 3.0, 0)]), 0, 200, GAP, HOLD))
    assert told.usable == Bound(20, 20) and told.mean == Bound(2.0, 2.0)


def test_nothing_known_has_no_figures() -> None:
    told = statistics(held(NOTHING, 0, 100, GAP, HOLD))
    assert told.mean is told.lowest is told.highest is told.last is None
    assert told.usable == told.count == Bound(0, 0)
    assert duration_curve(held(NOTHING, 0, 100, GAP, HOLD)) is None
    assert shares(held(NOTHING, 0, 100, GAP, HOLD)) == []


def test_a_bucket_that_reaches_out_of_the_span_is_no_proof_of_an_extreme_in_it() -> None:
    strip = envelope(strip_of([(t, 9.0 if t == 5 else 1.0, 0) for t in range(0, 200, 5)]), 100)
    told = statistics(held(strip, 50, 200, GAP, HOLD))
    assert told.highest == Bound(1.0, 9.0) and told.lowest == Bound(1.0, 1.0)
    assert told.usable == Bound(150, 150)
