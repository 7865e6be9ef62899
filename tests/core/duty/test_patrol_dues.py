"""When rounds are due: local times of a day, windows, daylight saving, versions, states."""

from datetime import UTC, datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.patrol import DAY_MS, MINUTE_MS, Done, Due, Version, due_of, dues, is_due, standing, state, times
from cityops_desktop.duty.patrolcontent import Plan

SHANGHAI, BERLIN, ADELAIDE = (ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Berlin", "Australia/Adelaide"))
HOUR = 60 * MINUTE_MS
FEW = settings(max_examples=60)
moments = st.integers(1_500_000_000_000, 1_900_000_000_000)
clock_times = st.builds(lambda minute: f"{minute // 60:02}:{minute % 60:02}", st.integers(0, 1439))
some_days = st.lists(st.integers(1, 7), unique=True, max_size=7).map(tuple)
windows = st.tuples(st.integers(5, 1440), st.integers(0, 240))
by_times = st.builds(
    lambda at, days, window: Plan(times=tuple(at), weekdays=days, window=window[0], early=window[1]),
    st.lists(clock_times, unique=True, min_size=1, max_size=6),
    some_days,
    windows,
)
by_hours = st.builds(
    lambda every, begin, end, days, window: Plan(every=every, begin=begin, end=end, weekdays=days, window=window[0], early=window[1]),
    st.integers(1, 24),
    clock_times,
    clock_times,
    some_days,
    windows,
)
plans = st.one_of(by_times, by_hours)
zones = st.sampled_from([SHANGHAI, BERLIN, ADELAIDE, ZoneInfo("UTC")])


def ms(zone: ZoneInfo, *parts: int) -> int:
    return round(datetime(*parts, tzinfo=zone).timestamp() * 1000)  # type: ignore[arg-type, misc]


def local(zone: ZoneInfo, all: list[int]) -> list[str]:
    return [f"{datetime.fromtimestamp(at / 1000, zone):%d %H:%M}" for at in all]


def test_a_round_is_due_at_its_times_of_each_day() -> None:
    found = times(Plan(times=("16:00", "08:00")), SHANGHAI, ms(SHANGHAI, 2026, 9, 1, 8), ms(SHANGHAI, 2026, 9, 2, 16))
    assert local(SHANGHAI, found) == ["01 08:00", "01 16:00", "02 08:00"]


def test_every_so_many_hours_lie_within_the_hours_and_the_weekdays() -> None:
    plan = Plan(every=2, begin="20:00", end="06:00", weekdays=(1,))
    found = times(plan, SHANGHAI, ms(SHANGHAI, 2026, 9, 6), ms(SHANGHAI, 2026, 9, 10))
    assert local(SHANGHAI, found) == ["07 20:00", "07 22:00", "08 00:00", "08 02:00", "08 04:00"], "Monday night, into Tuesday"


def test_the_whole_day_round_begins_anew_each_midnight() -> None:
    found = times(Plan(every=7), SHANGHAI, ms(SHANGHAI, 2026, 9, 1), ms(SHANGHAI, 2026, 9, 2, 1))
    assert local(SHANGHAI, found) == ["01 00:00", "01 07:00", "01 14:00", "01 21:00", "02 00:00"]


def test_no_night_has_a_round_twice_and_none_loses_the_others_when_the_clock_is_set() -> None:
    spring = times(Plan(every=1), BERLIN, ms(BERLIN, 2026, 3, 29), ms(BERLIN, 2026, 3, 30))
    autumn = times(Plan(every=1), BERLIN, ms(BERLIN, 2026, 10, 25), ms(BERLIN, 2026, 10, 26))
    assert len(spring) == 23 and len(autumn) == 24, "02:00 does not exist in spring; 02:00 counts once in autumn"
    assert local(BERLIN, spring)[1:4] == ["29 01:00", "29 03:00", "29 04:00"]
    gaps = {after - before for before, after in pairwise(autumn)}
    assert gaps == {HOUR, 2 * HOUR}


@FEW
@given(plans, zones, moments, st.integers(0, 40 * 24), st.integers(0, 40 * 24))
def test_any_cut_of_a_span_has_the_same_rounds(plan: Plan, zone: ZoneInfo, begin: int, first: int, second: int) -> None:
    middle, end = begin + first * HOUR // 10, begin + (first + second) * HOUR // 10
    whole = times(plan, zone, begin, end)
    assert whole == times(plan, zone, begin, middle) + times(plan, zone, middle, end)
    assert whole == sorted(set(whole)) and all(begin <= at < end for at in whole)


@FEW
@given(by_times, zones, moments)
def test_every_due_time_is_a_time_of_the_plan_where_the_zone_has_it(plan: Plan, zone: ZoneInfo, begin: int) -> None:
    for at in times(plan, zone, begin, begin + 4 * DAY_MS):
        here = datetime.fromtimestamp(at / 1000, zone)
        nominal = {f"{here:%H:%M}", f"{datetime.fromtimestamp(at / 1000 - 3600, zone):%H:%M}"}  # in a spring gap it is an hour later
        assert nominal & set(plan.times)
        assert is_due(Version("v", "r", plan, 0), zone, at)
        assert not is_due(Version("v", "r", plan, 0), zone, at + 1)


@FEW
@given(plans, zones, moments)
def test_a_round_is_lost_at_the_next_one_or_a_day_after_its_end(plan: Plan, zone: ZoneInfo, begin: int) -> None:
    all = dues([Version("v", "r", plan, 0)], zone, begin, begin + 5 * DAY_MS)
    for due, after in pairwise(all):
        assert due.opens <= due.at < due.until <= due.lost <= due.until + DAY_MS
        assert due.lost == max(due.until, min(after.at, due.until + DAY_MS))
    for due in all[:3]:
        assert due_of(Version("v", "r", plan, 0), zone, due.at) == due


def test_a_version_counts_while_it_is_in_force() -> None:
    plan, begin = Plan(times=("08:00",)), ms(SHANGHAI, 2026, 9, 1)
    versions = [Version("v1", "r", plan, begin, begin + DAY_MS), Version("v2", "r", Plan(times=("09:00",)), begin + DAY_MS)]
    found = dues(versions, SHANGHAI, begin - 9 * DAY_MS, begin + 3 * DAY_MS)
    assert [(due.version, local(SHANGHAI, [due.at])[0]) for due in found] == [("v1", "01 08:00"), ("v2", "02 09:00"), ("v2", "03 09:00")]
    assert dues([Version("v", "r", None, 0)], SHANGHAI, begin, begin + DAY_MS) == []


DUE = Due("r", "v", 1000 * HOUR, 999 * HOUR, 1001 * HOUR, 1008 * HOUR)


@pytest.mark.parametrize(
    ("hours", "expected"), [(998, "planned"), (999, "due"), (1001, "due"), (1001.01, "overdue"), (1007.9, "overdue"), (1008, "missed")]
)
def test_planned_due_overdue_missed(hours: float, expected: str) -> None:
    now = round(hours * HOUR)
    assert state(DUE, None, now) == expected
    assert state(DUE, Done(round="x"), now) == "done"
    assert state(DUE, Done(why="power cut"), now) == "explained"


@FEW
@given(st.lists(st.integers(990 * HOUR, 1010 * HOUR), min_size=1, max_size=20))
def test_a_clock_that_jumps_leaves_no_state_behind(walls: list[int]) -> None:
    for wall in walls:
        told = [found for _, found in standing([DUE], {}, wall)]
        assert told == ([] if wall < DUE.at else [state(DUE, None, wall)]), "what is told hangs on this time alone"
    assert list(standing([DUE], {("r", DUE.at): Done(round="x")}, walls[-1])) == []


def test_the_day_of_a_weekday_is_the_rooms_own() -> None:
    plan = Plan(times=("00:30",), weekdays=(7,))
    found = times(plan, SHANGHAI, ms(SHANGHAI, 2026, 9, 1), ms(SHANGHAI, 2026, 9, 9))
    assert [datetime.fromtimestamp(at / 1000, UTC).isoweekday() for at in found] == [6], "00:30 of Sunday in Shanghai is Saturday in UTC"
