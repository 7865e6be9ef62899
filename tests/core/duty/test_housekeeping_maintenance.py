"""When maintenance is due next, from the last time or on fixed days; how a contract stands; whether somebody came in time."""

import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.maintenance import (
    ContractState,
    DueState,
    Interval,
    LastDone,
    contract_state,
    due_day,
    due_state,
    dues,
    in_time,
)

FEW = settings(max_examples=80)
DAY = datetime.timedelta(days=1)
DAYS = st.dates(datetime.date(2000, 1, 1), datetime.date(2060, 12, 31))
INTERVALS = st.builds(Interval, st.integers(1, 48), st.sampled_from(("day", "month", "year")), st.sampled_from(("done", "fixed")), DAYS)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def every(number: int, unit: str, first: str, counted: str = "fixed") -> Interval:
    return Interval(number, unit, counted, day(first))  # type: ignore[arg-type]


@FEW
@given(INTERVALS, DAYS, DAYS)
def test_it_is_due_again_after_it_was_done(interval, done, due):
    last = LastDone(done, due)
    following = due_day(interval, last)
    assert following > (max(done, due) if interval.counted == "fixed" else done) or following == interval.first
    assert due_day(interval, None) == interval.first


@FEW
@given(INTERVALS, DAYS)
def test_fixed_days_are_those_of_the_first_day_whatever_was_done(interval, done):
    fixed = interval._replace(counted="fixed")
    following = due_day(fixed, LastDone(done, done))
    grid = dues(fixed, None, fixed.first, following)
    if len(grid) < 400:
        assert grid[-1] == following
        assert [one for one in grid if one > max(done, fixed.first - DAY)][:1] == [following] or following == fixed.first


@FEW
@given(INTERVALS, DAYS, st.integers(0, 800))
def test_the_days_of_a_span_rise_and_lie_in_it(interval, begin, length):
    end = begin + length * DAY
    found = dues(interval, None, begin, end)
    assert found == sorted(set(found)) and all(begin <= one <= end for one in found)
    assert dues(interval, None, begin, end - DAY) == [one for one in found if one < end] or len(found) == 400


def test_the_end_of_a_month_does_not_wander():
    fixed = every(1, "month", "2026-01-31")
    assert dues(fixed, None, day("2026-01-01"), day("2026-05-31")) == [
        day("2026-01-31"),
        day("2026-02-28"),
        day("2026-03-31"),
        day("2026-04-30"),
        day("2026-05-31"),
    ]
    assert due_day(fixed, LastDone(day("2026-02-28"), day("2026-02-28"))) == day("2026-03-31")
    assert due_day(every(1, "year", "2024-02-29", "done"), LastDone(day("2024-02-29"), day("2024-02-29"))) == day("2025-02-28")
    assert due_day(every(12, "month", "9990-06-01"), LastDone(day("9999-12-30"), day("9999-12-30"))) == datetime.date.max


def test_done_late_or_early():
    quarter = every(3, "month", "2026-01-15")
    assert due_day(quarter, LastDone(day("2026-02-20"), day("2026-01-15"))) == day("2026-04-15"), "fixed: late changes nothing"
    assert due_day(quarter, LastDone(day("2026-04-10"), day("2026-04-15"))) == day("2026-07-15"), "fixed: early was for its day"
    assert due_day(quarter._replace(counted="done"), LastDone(day("2026-02-20"), day("2026-01-15"))) == day("2026-05-20")


def test_how_a_plan_stands():
    month, year = every(1, "month", "2026-01-31"), every(1, "year", "2026-01-31")
    assert due_state(month, day("2026-01-31"), day("2026-01-31")) is DueState.TODAY
    assert due_state(month, day("2026-01-31"), day("2026-02-01")) is DueState.OVERDUE
    assert due_state(month, day("2026-01-31"), day("2026-01-24")) is DueState.SOON
    assert due_state(month, day("2026-01-31"), day("2026-01-23")) is DueState.LATER
    assert due_state(year, day("2026-01-31"), day("2026-01-17")) is DueState.SOON
    assert due_state(year, day("2026-01-31"), day("2026-01-16")) is DueState.LATER
    assert due_state(every(1, "day", "2026-01-31"), day("2026-01-31"), day("2026-01-30")) is DueState.LATER


@pytest.mark.parametrize(
    ("today", "state"),
    [
        ("2025-12-31", ContractState.COMING),
        ("2026-01-01", ContractState.RUNNING),
        ("2026-11-30", ContractState.RUNNING),
        ("2026-12-01", ContractState.ENDING),
        ("2026-12-31", ContractState.ENDING),
        ("2027-01-01", ContractState.ENDED),
    ],
)
def test_how_a_contract_stands(today, state):
    assert contract_state(day("2026-01-01"), day("2026-12-31"), 30, day(today)) is state


def test_did_they_come_in_time():
    hour = 3_600_000
    assert in_time(0, None, None, hour) is None and in_time(0, 5 * hour, None, hour) is None
    assert in_time(0, 4 * hour, 240, 9 * hour) is True
    assert in_time(0, 4 * hour + 1, 240, 9 * hour) is False
    assert in_time(0, None, 240, 4 * hour) is None
    assert in_time(0, None, 240, 4 * hour + 1) is False
