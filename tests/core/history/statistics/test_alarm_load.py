"""The load of alarms: against a slow and obvious way of reckoning it, and read out of a change log."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.history.statistics import alarmsteps
from cityops_desktop.history.statistics.alarmload import (
    CHATTER_MS,
    DAY_MS,
    SLOT_MS,
    Activation,
    Load,
    chattering,
    floods_of,
    load,
)
from cityops_desktop.history.statistics.periods import HOUR_MS, Period
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause, Hidden
from cityops_desktop.model.points import Level
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

START = 1_789_999_800_000 - 1_789_999_800_000 % DAY_MS
SPAN = Period(START, START + 3 * DAY_MS)
NOW = SPAN.end


def came(key: str, minutes: float, stood: float | None = 5, level: int = 3, apart: str = "") -> Activation:
    """Minutes since START; `stood` in minutes."""
    raised = START + round(minutes * 60_000)
    return Activation(key, key, Level(level), raised, None if stood is None else raised + round(stood * 60_000), apart)


def figure(told: Load, code: str) -> float | None:
    return next(one.value for one in told.figures if one.code == code)


def met(told: Load, code: str) -> bool | None:
    return next(one.met for one in told.figures if one.code == code)


ACTIVATIONS = st.lists(
    st.builds(
        came,
        st.sampled_from("abcde"),
        st.floats(-2000, 3 * 1440) | st.integers(0, 40).map(lambda n: 600 + n / 4),
        st.none() | st.floats(0, 3000),
        st.integers(1, 4),
        st.sampled_from(("", "", "", "hidden", "test")),
    ),
    max_size=60,
)


def slow_floods(slots: Counter[int], until: int) -> list[tuple[int, int]]:
    """Slot by slot, from the first to the last."""
    found: list[tuple[int, int]] = []
    begin: int | None = None
    for slot in range(min(slots, default=0), max(slots, default=-1) + 2):
        if begin is None and slots[slot] > 10:
            begin = slot
        elif begin is not None and slots[slot] < 5:
            found.append((begin * SLOT_MS, min(slot * SLOT_MS, until)))
            begin = None
    return found


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 12), st.integers(1, 25)), max_size=12))
def test_floods_are_those_of_slot_after_slot(pairs: list[tuple[int, int]]) -> None:
    slots = Counter(dict(pairs))
    found = floods_of(slots, 10**12)
    assert [(one.start, one.end) for one in found] == slow_floods(slots, 10**12)
    for one in found:
        inside = [slots[slot] for slot in range(one.start // SLOT_MS, one.end // SLOT_MS)]
        assert (one.alarms, one.first, one.worst) == (sum(inside), inside[0], max(inside))


@settings(deadline=None)
@given(ACTIVATIONS)
def test_the_figures_are_those_of_the_slow_way(every: list[Activation]) -> None:
    told = load(every, SPAN, [SPAN], NOW)
    counted = [one for one in every if SPAN.start <= one.raised < SPAN.end and not one.apart]
    assert told.alarms == len(counted)
    assert figure(told, "per_hour") == pytest.approx(len(counted) / 72)
    assert figure(told, "per_slot") == pytest.approx(len(counted) / 432)
    slots = [sum(one.raised // SLOT_MS == slot for one in counted) for slot in range(SPAN.start // SLOT_MS, SPAN.end // SLOT_MS)]
    assert figure(told, "worst_slot") == max(slots)
    assert figure(told, "slots_over") == pytest.approx(sum(n > 10 for n in slots) / 432)
    hours = [sum(one.raised // HOUR_MS == hour for one in counted) for hour in range(SPAN.start // HOUR_MS, SPAN.end // HOUR_MS)]
    assert figure(told, "peak_hour") == max(hours)
    chatter = {
        one.key for one in counted if sum(other.key == one.key and 0 <= other.raised - one.raised <= CHATTER_MS for other in counted) >= 3
    }
    assert figure(told, "chatter") == len(chatter) == len({one.key for one in chattering(counted)})
    stale = [one for one in every if not one.apart and one.raised < NOW and min(one.returned or NOW, NOW) - one.raised > DAY_MS]
    assert figure(told, "stale_now") == sum(one.returned is None for one in stale)
    days = []
    for n in range(4):
        begin, end = SPAN.start + n * DAY_MS, min(SPAN.start + (n + 1) * DAY_MS - 1, NOW)
        days.append(sum(one.raised + DAY_MS <= end and min(one.returned or NOW, NOW) >= begin for one in stale))
    assert figure(told, "stale_day") == max(days)
    keys = Counter(one.key for one in counted)
    assert figure(told, "top_ten") == (pytest.approx(1.0) if counted else None)
    assert [one.times for one in told.actors] == sorted((keys[one.key] for one in told.actors), reverse=True)
    assert {one.key for one in told.actors} == set(keys) | {one.key for one in stale}
    assert sum(told.levels.values()) == told.alarms
    assert told.hidden + told.tests == sum(SPAN.start <= one.raised < SPAN.end and bool(one.apart) for one in every)


def test_nothing_is_known_of_a_time_in_which_no_station_ran() -> None:
    told = load([], SPAN, [], NOW)
    assert {one.value for one in told.figures} == {None} and {one.met for one in told.figures} == {None}
    assert told.provisional
    quiet = load([], SPAN, [SPAN], NOW)
    assert figure(quiet, "per_hour") == 0 and met(quiet, "per_hour") is True
    assert figure(quiet, "mix_low") is None, "a part of nothing is unknown"


def test_rates_are_those_of_the_time_that_was_watched() -> None:
    some = [came("a", n * 10) for n in range(12)]
    half = load(some, SPAN, [Period(START, START + 2 * HOUR_MS)], NOW)
    assert (half.hours, figure(half, "per_hour"), met(half, "per_hour")) == (2, 6, True)
    assert load([*some, came("a", 5)], SPAN, [Period(START, START + 2 * HOUR_MS)], NOW).figures[0].met is False


def test_hidden_ones_and_tests_are_counted_apart() -> None:
    some = [came("a", 1), came("b", 2, apart="hidden"), came("c", 3, apart="test"), came("d", 4, None, apart="hidden")]
    told = load(some, SPAN, [SPAN], NOW)
    assert (told.alarms, told.hidden, told.tests) == (1, 2, 1)
    assert figure(told, "stale_now") == 0, "a shelved one stands in its own list"
    assert [one.key for one in told.actors] == ["a"]


def test_one_flood_by_the_convention() -> None:
    counts = {0: 11, 1: 5, 2: 9, 3: 4, 4: 11}
    some = [came(f"k{n}", slot * 10 + n / 2) for slot, many in counts.items() for n in range(many)]
    told = load(some, SPAN, [SPAN], NOW)
    assert [(one.alarms, one.first, one.worst) for one in told.floods] == [(25, 11, 11), (11, 11, 11)]
    assert (told.floods[0].end - told.floods[0].start) == 3 * SLOT_MS
    assert figure(told, "flood_time") == pytest.approx(4 / 432) and figure(told, "upset") == 11


def test_chatter_is_no_fleeting() -> None:
    some = [*(came("a", n / 4, 0.05) for n in range(3)), came("b", 30, 0.5), came("c", 40, 2)]
    told = load(some, SPAN, [SPAN], NOW)
    assert (figure(told, "chatter"), figure(told, "fleeting")) == (1, 1)
    assert {one.key: (one.chatter, one.fleeting) for one in told.actors} == {"a": (3, 0), "b": (0, 1), "c": (0, 0)}


def test_a_share_of_few_is_not_judged() -> None:
    few = load([came("a", n, level=1) for n in range(19)], SPAN, [SPAN], NOW)
    assert met(few, "mix_high") is None and met(few, "top_ten") is None
    more = load([came("a", n, level=1) for n in range(200)], SPAN, [SPAN], NOW)
    assert met(more, "mix_high") is False and met(more, "top_ten") is False


def test_thirty_watched_days_are_enough() -> None:
    month = Period(START, START + 30 * DAY_MS)
    assert not load([], month, [month], month.end).provisional
    assert load([], month, [Period(START, month.end - HOUR_MS)], month.end).provisional


@pytest.fixture
def store(tmp_path: Path, clock: FakeClock) -> Store:
    opened = Store.open(tmp_path, clock)
    yield opened  # type: ignore[misc]
    opened.close()


def save(store: Store, *states: Alarm, time: int = 9000) -> None:
    for alarm in states:
        store.write(lambda conn, alarm=alarm: alarm_table.save(conn, alarm, time)).result(30)


BEGUN = Alarm("a1", "ups1.load#high1", "ups1.load", Cause.HIGH, Level.MAJOR, AlarmState.UNACKNOWLEDGED, 1000, 91.5, 90.0)


def test_each_time_that_an_alarm_came_is_read_from_the_log(store: Store) -> None:
    back = replace(BEGUN, state=AlarmState.RETURNED, returned=1500)
    save(store, BEGUN, back)
    save(store, replace(BEGUN, value=99.0), time=1600)
    save(store, replace(back, returned=1900), time=1900)
    save(store, replace(BEGUN, id="t", key="room#test", subject="room", cause=Cause.SELF_TEST, raised=2000))
    save(store, replace(BEGUN, id="h", key="b#x", subject="b", hidden=Hidden.SHELVED, raised=3000))
    found = store.read(lambda conn: alarmsteps.read(conn, 500, 9999))
    assert found.since == 500
    assert [(one.key, one.raised, one.returned, one.apart) for one in sorted(found.activations, key=lambda one: one.raised)] == [
        ("ups1.load#high1", 1000, 1500, ""),
        ("ups1.load#high1", 1600, 1900, ""),
        ("room#test", 2000, None, "test"),
        ("b#x", 3000, None, "hidden"),
    ]
    later = store.read(lambda conn: alarmsteps.read(conn, 1700, 9999)).activations
    assert ("ups1.load#high1", 1000, 1900) in [(one.key, one.raised, one.returned) for one in later], "it stood when the span began"


def test_of_too_many_steps_the_newest_are_read(store: Store) -> None:
    for n in range(6):
        save(store, replace(BEGUN, id=f"n{n}", key=f"k{n}", raised=1000 + n))
    found = store.read(lambda conn: alarmsteps.read(conn, 0, 9999, 3))
    assert found.since == 1003
    assert len([one for one in found.activations if one.raised >= 1003]) == 3
