"""When an area is to be cleaned, in every zone and over changes of the clock; how it stands by what was done and checked."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.housekeeping import (
    CHECK_MS,
    EARLY_MS,
    Cleaned,
    CleaningRule,
    CleaningState,
    Slot,
    last_slot,
    next_slot,
    rule_of,
    slot_for,
    slot_on,
    slots_ended,
    standing,
)

HOUR = 3_600_000
CHINA = ZoneInfo("Asia/Shanghai")
ZONES = st.sampled_from([CHINA, ZoneInfo("Europe/Berlin"), ZoneInfo("America/St_Johns"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")])
DAYS = st.dates(datetime.date(2024, 1, 1), datetime.date(2028, 12, 31))
RULES = st.builds(
    CleaningRule,
    st.frozensets(st.integers(1, 7), min_size=1),
    st.integers(1, 5),
    DAYS,
    st.times().map(lambda time: time.replace(second=0, microsecond=0)),
    st.integers(15, 1440),
)
FEW = settings(max_examples=60)
WORKDAYS = rule_of("12345", 1, "2026-09-01", "08:00", 120)
EVERY_DAY = rule_of("1234567", 1, "2026-09-01", "08:00", 120)


def at(text: str, zone: ZoneInfo = CHINA) -> int:
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@FEW
@given(RULES, ZONES, st.integers(0, 1500), st.integers(0, 86_399))
def test_now_lies_between_the_last_slot_and_the_next_and_none_is_skipped(rule, zone, days, seconds):
    start = datetime.datetime.combine(rule.first, datetime.time(), zone).timestamp()
    now = round(start * 1000) + days * 24 * HOUR + seconds * 1000
    last, following = last_slot(rule, zone, now), next_slot(rule, zone, now)
    assert following is not None and following.begin > now
    assert last is None or last.begin <= now
    assert last is not None or days < 7 * rule.weeks + 8
    day = datetime.datetime.fromtimestamp((last.begin if last else now) / 1000, zone).date()
    begins = []
    while not begins or begins[-1] < following.begin:
        slot = slot_on(rule, day, zone)
        begins += [slot.begin] if slot else []
        day += datetime.timedelta(days=1)
    known = ([last.begin] if last else []) + [following.begin]
    assert [begin for begin in begins if begin >= known[0]] == known


@FEW
@given(RULES, ZONES, DAYS)
def test_a_slot_begins_on_its_own_day_at_its_own_hour(rule, zone, day):
    slot = slot_on(rule, day, zone)
    if slot is None:
        return
    assert slot.end - slot.begin == rule.minutes * 60_000
    begun = datetime.datetime.fromtimestamp(slot.begin / 1000, zone)
    wished = datetime.datetime.combine(day, rule.begins)
    exists = datetime.datetime.fromtimestamp(wished.replace(tzinfo=zone).timestamp(), zone).replace(tzinfo=None) == wished
    assert begun.replace(tzinfo=None) == wished if exists else abs(begun.replace(tzinfo=None) - wished) <= datetime.timedelta(hours=2)


@FEW
@given(RULES, ZONES, st.integers(0, 400), st.integers(1, 60), st.integers(1, 60))
def test_spans_side_by_side_have_each_ended_slot_once(rule, zone, start, first, second):
    begin = round(datetime.datetime.combine(rule.first, datetime.time(), zone).timestamp() * 1000) + start * 24 * HOUR
    middle, end = begin + first * 11 * HOUR, begin + (first + second) * 11 * HOUR
    assert slots_ended(rule, zone, begin, middle) + slots_ended(rule, zone, middle, end) == slots_ended(rule, zone, begin, end)


def test_only_the_weeks_and_days_of_the_plan():
    rule = rule_of("13", 2, "2026-09-02", "20:00", 60)  # a Wednesday
    days = [datetime.date(2026, 9, 1) + datetime.timedelta(days=n) for n in range(28)]
    assert [day.day for day in days if slot_on(rule, day, CHINA)] == [2, 14, 16, 28]


@pytest.mark.parametrize(
    ("now", "cleaned", "state"),
    [
        ("2026-09-04T07:00", Cleaned(slot=at("2026-09-03T08:00")), CleaningState.WAITING),
        ("2026-09-04T08:00", Cleaned(slot=at("2026-09-03T08:00")), CleaningState.DUE),
        ("2026-09-04T10:00", Cleaned(slot=at("2026-09-03T08:00")), CleaningState.MISSED),
        ("2026-09-05T09:00", Cleaned(slot=at("2026-09-03T08:00")), CleaningState.MISSED),
        ("2026-09-05T09:00", Cleaned(slot=at("2026-09-05T08:00")), CleaningState.WAITING),
        ("2026-09-04T09:00", Cleaned(slot=at("2026-09-04T08:00"), waiting=at("2026-09-04T08:30")), CleaningState.TO_CHECK),
        ("2026-09-04T20:00", Cleaned(slot=at("2026-09-04T08:00"), waiting=at("2026-09-04T08:30")), CleaningState.UNCHECKED),
        ("2026-09-04T10:30", Cleaned(slot=at("2026-09-03T08:00"), rejected=at("2026-09-04T09:00")), CleaningState.AGAIN),
        ("2026-09-04T11:00", Cleaned(slot=at("2026-09-03T08:00"), rejected=at("2026-09-04T09:00")), CleaningState.MISSED),
    ],
)
def test_how_an_area_stands(now, cleaned, state):
    assert standing(EVERY_DAY, at("2026-09-01T00:00"), CHINA, at(now), cleaned).state is state


def test_a_new_plan_asks_for_nothing_that_was_over():
    made = at("2026-09-04T10:30")
    assert standing(EVERY_DAY, made, CHINA, at("2026-09-04T11:00"), Cleaned()).state is CleaningState.WAITING
    assert standing(EVERY_DAY, made, CHINA, at("2026-09-05T08:01"), Cleaned()).state is CleaningState.DUE
    assert standing(EVERY_DAY, made, CHINA, at("2026-09-05T10:01"), Cleaned()).state is CleaningState.MISSED


@FEW
@given(RULES, ZONES, st.integers(1, 300), st.integers(0, 86_399))
def test_whoever_cleans_now_ends_what_was_missed(rule, zone, days, seconds):
    now = round(datetime.datetime.combine(rule.first, datetime.time(), zone).timestamp() * 1000) + days * 24 * HOUR + seconds * 1000
    before = standing(rule, 0, zone, now, Cleaned())
    slot = slot_for(rule, 0, zone, now, None)
    after = standing(rule, 0, zone, now, Cleaned(slot=slot, waiting=now))
    if before.state in (CleaningState.MISSED, CleaningState.DUE):
        assert after.state is CleaningState.TO_CHECK
    assert standing(rule, 0, zone, now + CHECK_MS + 1, Cleaned(slot=2**53, waiting=now)).state is CleaningState.UNCHECKED


def test_early_counts_for_the_next_slot_and_once_more_for_none():
    friday, saturday = at("2026-09-04T08:00"), at("2026-09-05T08:00")
    assert slot_for(EVERY_DAY, 0, CHINA, saturday - EARLY_MS, friday) == saturday
    assert slot_for(EVERY_DAY, 0, CHINA, saturday - EARLY_MS - 1, friday) == friday
    assert slot_for(EVERY_DAY, 0, CHINA, saturday - EARLY_MS, None) == friday, "what was missed comes first"
    made = at("2026-09-04T11:00")
    assert slot_for(EVERY_DAY, made, CHINA, made + HOUR, None) == 0
    assert slot_for(WORKDAYS, 0, CHINA, saturday, friday) == friday
    assert last_slot(WORKDAYS, CHINA, saturday) == Slot(friday, friday + 2 * HOUR)
