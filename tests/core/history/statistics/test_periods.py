"""Days, weeks and months of a zone: nothing is left out, nothing counted twice, and a day is a day of people."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.history.statistics.periods import HOUR_MS, Period, grain, periods, place, united, whole_days, within
from cityops_desktop.history.statistics.spread import median, p95
from cityops_desktop.model.statistics import By

SHANGHAI, BERLIN, KATHMANDU = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "Asia/Kathmandu"))
ZONES = st.sampled_from([SHANGHAI, BERLIN, KATHMANDU, ZoneInfo("America/St_Johns")])
TIMES = st.integers(1_600_000_000_000, 1_900_000_000_000)
SPANS = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60)).map(lambda one: Period(one[0], one[0] + one[1])), max_size=20)


def utc(*when: int) -> int:
    return round(datetime(*when, tzinfo=UTC).timestamp() * 1000)  # type: ignore[arg-type]


def test_a_day_of_the_room_is_not_a_day_of_utc() -> None:
    (day,) = whole_days(utc(2026, 11, 22, 17), utc(2026, 11, 22, 18), SHANGHAI)
    assert day == Period(utc(2026, 11, 22, 16), utc(2026, 11, 23, 16))


def test_days_with_23_and_25_hours() -> None:
    spring, autumn = (whole_days(utc(2026, *day, 10), utc(2026, *day, 11), BERLIN)[0] for day in ((3, 29), (10, 25)))
    assert (spring.hours, autumn.hours) == (23, 25)


def test_weeks_begin_on_monday_and_are_cut_where_the_span_is() -> None:
    days = whole_days(utc(2026, 11, 3), utc(2026, 11, 17), SHANGHAI)  # a Tuesday to a Tuesday
    weeks = periods(days[0].start, days[-1].end, By.WEEK, SHANGHAI)
    assert [round(week.hours / 24) for week in weeks] == [6, 7, 2]


@given(TIMES, st.integers(1, 400 * 24 * HOUR_MS), ZONES, st.sampled_from(By))
def test_periods_follow_each_other_and_cover_the_span(start: int, length: int, zone: ZoneInfo, by: By) -> None:
    days = whole_days(start, start + length, zone)
    found = periods(days[0].start, days[-1].end, by, zone)
    assert found[0].start == days[0].start <= start and found[-1].end == days[-1].end >= start + length
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(place(found, day.start) is not None and found[place(found, day.start) or 0].end >= day.end for day in days)
    assert place(found, found[0].start - 1) is None and place(found, found[-1].end) is None


@given(TIMES, ZONES)
def test_no_day_divides_a_bucket(time: int, zone: ZoneInfo) -> None:
    days = whole_days(time, time + 1, zone)
    width = grain(days)
    assert all(one.start % width == one.end % width == 0 for one in days)
    assert width == HOUR_MS or zone in (KATHMANDU, ZoneInfo("America/St_Johns"))


@given(SPANS, st.tuples(st.integers(0, 500), st.integers(0, 500)))
def test_time_within_some_spans_is_counted_once(spans: list[Period], edges: tuple[int, int]) -> None:
    period = Period(min(edges), max(edges))
    counted = sum(any(one.start <= moment < one.end for one in spans) for moment in range(period.start, period.end))
    assert within(united(spans), period) == counted


def test_the_middle_and_the_slow_end() -> None:
    assert (median([]), p95([])) == (None, None)
    assert (median([3, 1, 2]), median([4, 1, 2, 3])) == (2, 2.5)
    assert p95(range(1, 101)) == 95 and p95([7]) == 7


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=60))
def test_at_most_a_twentieth_is_slower(values: list[float]) -> None:
    most, half = p95(values), median(values)
    assert most is not None and half is not None and min(values) <= half <= max(values)
    assert sum(value > most for value in values) <= len(values) / 20
