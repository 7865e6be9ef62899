"""Round times of the room and round values."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ui.models.ticks import TIME_PX, days_before, midnight, nice_step, time_ticks, value_range, value_ticks
from ui.models.timetyped import time_typed

DAY = 86_400_000
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
    assert [name for _, name in time_ticks(start, start + 60_000, SHANGHAI, 420)][:2] == ["20:03:00", "20:03:15"]
    assert time_ticks(start, start + 7_200_000, KATHMANDU, 400)[0][1].endswith(("00", "30"))


def test_clocks_going_back_show_the_hour_twice_and_forward_skip_it() -> None:
    back = time_ticks(ms(2026, 10, 24, 23), ms(2026, 10, 25, 3), BERLIN, 500)
    assert [name for _, name in back] == ["01:00", "02:00", "02:00", "03:00", "04:00"]
    forward = time_ticks(ms(2026, 3, 28, 23), ms(2026, 3, 29, 3), BERLIN, 500)
    assert [name for _, name in forward] == ["03-29", "01:00", "03:00", "04:00", "05:00"]


def test_days_have_dates_and_months_have_names() -> None:
    start = ms(2026, 9, 21, 12)
    week = [name for _, name in time_ticks(start, start + 7 * DAY, SHANGHAI, 900)]
    assert week == ["09-22", "09-23", "09-24", "09-25", "09-26", "09-27", "09-28"]
    month = [name for _, name in time_ticks(start, start + 30 * DAY, SHANGHAI, 560)]
    assert month == ["09-26", "10-01", "10-06", "10-11", "10-16", "10-21"]
    half_year = [name for _, name in time_ticks(start - 184 * DAY, start, SHANGHAI, 600)]
    assert half_year == ["2026-04", "2026-05", "2026-06", "2026-07", "2026-08", "2026-09"]
    assert "09-22" in [name for _, name in time_ticks(start, start + DAY, SHANGHAI, 900)], "midnight says which day begins"


@example(ms(2026, 2, 10), 40 * DAY, 632)  # 26 February stands three days before 1 March
@given(st.integers(0, 2_000_000_000_000), st.integers(2 * DAY, 400 * DAY), st.integers(300, 2000))
def test_day_ticks_are_midnights_apart(start: int, span: int, pixels: int) -> None:
    ticks = time_ticks(start, start + span, BERLIN, pixels)
    assert all(start <= time <= start + span for time, _ in ticks)
    assert all((b - a) / span * pixels >= TIME_PX * 0.7 for (a, _), (b, _) in pairwise(ticks))


def test_a_day_before_is_the_same_time_of_the_clock() -> None:
    noon = ms(2026, 10, 25, 11)  # 12:00 in Berlin, the day on which the clocks went back
    assert noon - days_before(noon, 1, BERLIN) == 25 * 3_600_000
    assert noon - days_before(noon, 7, SHANGHAI) == 7 * DAY
    assert midnight(datetime(2026, 9, 22, tzinfo=UTC).date(), SHANGHAI) == ms(2026, 9, 21, 16)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("14:30", ms(2026, 9, 21, 6, 30)),
        ("22:14", ms(2026, 9, 20, 14, 14)),
        ("14:30:05", ms(2026, 9, 21, 6, 30, 5)),
        ("09-20 08:00", ms(2026, 9, 20)),
        ("9/20 8:00", ms(2026, 9, 20)),
        ("12-31", ms(2025, 12, 30, 16)),
        ("2026-09-01", ms(2026, 8, 31, 16)),
        ("2026-09-01T08:00", ms(2026, 9, 1)),
        ("  2026-09-01   08：00 ", ms(2026, 9, 1)),
        ("25:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_a_typed_time_is_one_of_the_room_and_not_of_the_future(text: str, found: int | None) -> None:
    assert time_typed(text, SHANGHAI, ms(2026, 9, 21, 14, 13)) == found


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
