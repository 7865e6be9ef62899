"""The past of a point: gaps, dots, stairs, what was when."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.model.readings import Quality, Reason
from ui.models.trace import KEPT_MS, Drawn, Trace

NAN = float("nan")


def trace(times: list[int], values: list[float], qualities: list[int] | None = None, *, period: float = 1.0, steps: bool = False) -> Trace:
    made = Trace(period, steps=steps)
    made.seed((np.array(times, np.int64), np.array(values, float), np.array(qualities or [0] * len(times), np.uint8)))
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
    assert pieces(one.window(0, 10_000, 900)) == [[0, 1, 4], [8, 9]]


def test_an_unusable_sample_breaks_the_line_and_no_nan_is_drawn() -> None:
    drawn = trace([0, 1000, 2000, 3000, 4000], [1, 2, NAN, 4, 5], [0, 0, 2, 0, 0]).window(0, 10_000, 900)
    assert pieces(drawn) == [[0, 1], [3, 4]]
    assert np.isfinite(drawn.y).all()


def test_a_lone_sample_is_a_short_dash() -> None:
    assert pieces(trace([0, 10_000, 20_000], [1, 2, 3]).window(0, 30_000, 900)) == [[0, 1], [10, 11], [20, 21]]


def test_uncertain_pieces_are_dotted() -> None:
    times = list(range(0, 100_000, 1000))
    solid = trace(times, [1.0] * 100).window(0, 100_000, 900)
    dotted = trace(times, [1.0] * 100, [1] * 100).window(0, 100_000, 900)
    assert len(pieces(solid)) == 1 and len(pieces(dotted)) > 20


def test_a_state_holds_until_the_next_sample() -> None:
    drawn = trace([0, 1000, 2000], [0, 1, 1], steps=True).window(0, 3000, 900)
    assert drawn.x.tolist() == [0, 1, 1, 2, 2]
    assert drawn.y.tolist() == [0, 0, 1, 1, 1]
    assert drawn.connect[:-1].all()


def test_samples_just_outside_the_window_belong_to_it() -> None:
    assert trace(list(range(0, 10_000, 1000)), [1.0] * 10).window(2500, 4500, 900).x.tolist() == [-0.5, 0.5, 1.5, 2.5]


def test_nothing_is_nothing() -> None:
    empty = Trace(1.0, steps=False)
    assert len(empty.window(0, 1000, 900).x) == 0
    assert empty.gaps(0, 1000) == [] and empty.at(5) is None and empty.extent(0, 1000) is None and empty.last_usable(0, 1000) is None


def test_gaps_say_what_and_why() -> None:
    one = trace([0, 1000, 20_000], [1, 2, 3])
    one.append(21_000, None, Quality.BAD, Reason.NO_ANSWER)
    one.append(22_000, None, Quality.BAD, Reason.NO_ANSWER)
    one.append(23_000, None, Quality.STALE, Reason.OLD)
    one.append(24_000, 4.0, Quality.GOOD)
    told = [(gap.start, gap.end, gap.quality, gap.reason) for gap in one.gaps(0, 60_000)]
    assert told == [
        (1000, 20_000, None, None),
        (21_000, 23_000, Quality.BAD, Reason.NO_ANSWER),
        (23_000, 24_000, Quality.STALE, Reason.OLD),
        (24_000, 60_000, None, None),
    ]


def test_before_the_first_sample_is_no_gap() -> None:
    assert trace([50_000, 51_000], [1, 2]).gaps(0, 52_000) == []


def test_the_moment_under_the_cross_hair() -> None:
    one = trace([0, 1000, 2000, 20_000], [1, 2, NAN, 3], [0, 1, 2, 0])
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
    one.seed((np.array([8000, 9000, 10_000]), np.array([7.0, 8.0, 1.0]), np.zeros(3, np.uint8)))
    assert one.times.tolist() == [8000, 9000, 10_000, 11_000]
    assert one.values.tolist() == [7, 8, 1, 2]


def test_memory_stays_bounded() -> None:
    one = Trace(1.0, steps=False)
    for second in range(40_000):
        one.append(second * 1000, None if second % 7 == 0 else 1.0, Quality.BAD if second % 7 == 0 else Quality.GOOD, Reason.CRC)
    assert len(one._t) <= 2 * KEPT_MS // 1000 and len(one._reasons) <= 2 * KEPT_MS // 1000
    assert one.times[0] <= one.times[-1] - 2 * 3600 * 1000


@given(st.lists(st.tuples(st.integers(1, 9000), st.one_of(st.none(), st.floats(-50, 50))), min_size=1, max_size=60))
def test_a_line_never_crosses_what_is_not_known(steps: list[tuple[int, float | None]]) -> None:
    times = np.cumsum([gap for gap, _ in steps]).tolist()
    values = [NAN if value is None else value for _, value in steps]
    one = trace(times, values)
    drawn = one.window(0, times[-1] + 1000, 900)
    known = {time / 1000 for time, value in zip(times, values, strict=True) if value == value}
    for piece in pieces(drawn):
        assert piece[0] in known
        assert all(b - a <= 3.0 for a, b in pairwise(piece))
    finite = [value for value in values if value == value]
    if finite:
        assert drawn.y.min() == min(finite) and drawn.y.max() == max(finite)
