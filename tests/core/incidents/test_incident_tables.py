"""Editions, grades, deadlines, start conditions: what comes with the program, and what follows from it."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.incidents import editions
from cityops_desktop.incidents.conditions import Start, fits_alarm, fits_incident
from cityops_desktop.incidents.deadlines import MINUTE_MS, DueState, Facts, dues, state_of
from cityops_desktop.incidents.states import Colour

EDITIONS = [editions.edition(id) for id in editions.EDITIONS]
RULES = editions.reporting().rules
TIMES = st.integers(0, 2**45)
REPORTERS = st.sampled_from(("cii", "organ", "other"))


@pytest.mark.parametrize("edition", EDITIONS, ids=lambda one: one.id)
def test_an_edition_grades_every_case_and_never_worse_for_less(edition: editions.Edition) -> None:
    importances, losses = [one.id for one in edition.importances], [one.id for one in edition.losses]
    assert list(edition.grading) == importances and all(list(row) == losses for row in edition.grading.values())
    for worse, milder in pairwise(importances):
        assert all(edition.grading[worse][loss] <= edition.grading[milder][loss] for loss in losses)
    for row in edition.grading.values():
        assert list(row.values()) == sorted(row.values()) and set(row.values()) <= {1, 2, 3, 4}
    assert len({one.id for one in edition.classes}) == len(edition.classes)


def test_the_editions_are_those_of_2007_and_2023() -> None:
    assert [(len(one.classes), one.verified) for one in EDITIONS] == [(10, False), (7, True)]
    assert EDITIONS[1].until is not None and EDITIONS[1].until < EDITIONS[0].since
    with pytest.raises(KeyError):
        editions.edition("../secret")


@given(st.sampled_from(EDITIONS), st.sampled_from(("special", "important", "ordinary")), st.sampled_from(("special", "smaller")))
def test_the_grade_is_the_worse_of_table_and_impact(edition: editions.Edition, importance: str, loss: str) -> None:
    by_table = edition.grading[importance][loss]
    assert editions.grade(edition, importance, loss, 0) == by_table
    assert editions.grade(edition, importance, loss, 1) == 1
    assert editions.grade(edition, importance, loss, 4) == by_table


def test_every_colour_has_its_grade_and_what_it_asks_for() -> None:
    assert [(one.id, one.grade) for one in editions.colours().colours] == [*zip(Colour, (1, 2, 3, 4), strict=True)]
    assert all(one.response.zh and one.response.en for one in editions.colours().colours)


@given(TIMES, REPORTERS, st.one_of(st.none(), st.integers(1, 4)), st.one_of(st.none(), TIMES), TIMES)
def test_what_must_be_reported_has_its_deadline(found: int, reporter: str, grade: int | None, recovered: int | None, now: int) -> None:
    told = dues(RULES, Facts(found, recovered, grade, reporter, {}), now)
    hours = {"cii": 1, "organ": 2, "other": 4}[reporter]
    if grade == 4:
        assert told == []
        return
    first = next(one for one in told if one.rule == reporter)
    assert first.at == found + hours * 60 * MINUTE_MS and first.assumed is (grade is None)
    assert (first.state is DueState.LATE) is (now > first.at)
    assert (recovered is not None) is any(one.rule == "final" for one in told)
    assert told == sorted(told, key=lambda one: (one.at, one.rule))


@given(TIMES, TIMES, TIMES)
def test_a_report_that_was_made_is_due_no_more(found: int, made: int, now: int) -> None:
    [due] = dues(RULES, Facts(found, None, 4, "cii", {"cii": made}), now)
    assert due.state is (DueState.DONE if made <= due.at else DueState.DONE_LATE)


@given(TIMES, st.integers(1, 40 * 86_400_000), st.lists(TIMES, min_size=2, max_size=2))
def test_time_alone_never_makes_a_deadline_better(since: int, length: int, times: list[int]) -> None:
    order = [DueState.RUNNING, DueState.SOON, DueState.LATE]
    earlier, later = (order.index(state_of(since, since + length, None, now)) for now in sorted(times))
    assert earlier <= later


def test_the_last_quarter_is_near_and_of_a_month_the_last_day() -> None:
    hour, day = 60 * MINUTE_MS, 24 * 60 * MINUTE_MS
    assert state_of(0, hour, None, 44 * MINUTE_MS) is DueState.RUNNING
    assert state_of(0, hour, None, 45 * MINUTE_MS) is DueState.SOON
    assert state_of(0, hour, None, hour) is DueState.SOON
    assert state_of(0, hour, None, hour + 1) is DueState.LATE
    assert state_of(0, 30 * day, None, 28 * day) is DueState.RUNNING
    assert state_of(0, 30 * day, None, 29 * day) is DueState.SOON


def test_a_plan_fits_by_grade_and_class_and_what_is_not_known_excludes_nothing() -> None:
    start = Start(grade=3, sorts=frozenset({"facility"}), level=2, groups=frozenset({"ups"}))
    assert fits_incident(start, 2, "facility") and fits_incident(start, None, "")
    assert not fits_incident(start, 4, "facility") and not fits_incident(start, 2, "attack")
    assert not fits_incident(Start(), 1, "facility")
    assert fits_alarm(start, 1, {"ups"}) and not fits_alarm(start, 3, {"ups"}) and not fits_alarm(start, 1, {"it"})
    assert fits_alarm(Start(level=1), 1, ()) and not fits_alarm(Start(), 1, {"ups"})
