"""What an evaluation comes to: unknown is no zero, weights weigh, grades follow; what is wrong in an agreement is said with its line."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.duty.evaluation import points, result
from cityops_desktop.duty.reportforms import EXAMPLE, read_agreement, read_template, shipped
from cityops_desktop.duty.reports import Kind
from cityops_desktop.errors import OperatorError
from cityops_desktop.reports.duty import SECTIONS
from cityops_desktop.reports.figures import FIGURES

TEXT = EXAMPLE.read_text("utf-8")
AGREED = read_agreement(TEXT, sorted(FIGURES))
GOOD = {"running.share": 1.0, "environment.within": 1.0, "alarms.in_time": 1.0, "problems.serious": 0.0}
FULL = {"speed": [5.0], "attitude": [5.0], "result": [5.0]}
VALUES = st.none() | st.floats(0, 1)


def test_all_good_is_a_hundred_and_the_best_grade():
    came = result(AGREED, GOOD, FULL)
    assert (came.total, came.known, came.grade) == (100.0, 100.0, 0)


def test_a_zero_counts_and_an_unknown_does_not():
    zero = result(AGREED, {**GOOD, "alarms.in_time": 0.0}, FULL)
    unknown = result(AGREED, {**GOOD, "alarms.in_time": None}, FULL)
    assert (zero.total, zero.known, zero.grade) == (80.0, 100.0, 1)
    assert (unknown.total, unknown.known, unknown.grade) == (100.0, 80.0, 0)
    none = result(AGREED, {**GOOD, "alarms.in_time": None}, {})
    assert (none.known, none.grade) == (60.0, None) and none.values[4].points is None
    assert result(AGREED, {}, {}).total is None


def test_smaller_may_be_better():
    assert [points(value, 0, 3) for value in (0, 1.5, 3, 9)] == [100, 50, 0, 0]


@given(st.fixed_dictionaries({name: VALUES for name in GOOD}), st.lists(st.floats(1, 5), max_size=4))
def test_the_total_lies_between_its_parts(figures: dict[str, float | None], scores: list[float]):
    came = result(AGREED, figures, {"speed": scores})
    known = [one.points for one in came.values if one.points is not None]
    assert all(0 <= one <= 100 for one in known)
    assert (came.total is None) is (not known)
    if came.total is not None:
        assert min(known) - 1e-6 <= came.total <= max(known) + 1e-6
    assert came.known == pytest.approx(20 * len(known))


@pytest.mark.parametrize(
    ("before", "after", "line", "words"),
    [
        ("figure: running.share", "figure: running.shar", 22, "running.shar"),
        ("questions: [speed, attitude, result]", "questions: [speed, manner]", 46, "manner"),
        ("  - id: response", "  - id: watched", 31, "watched"),
        ("least: 75", "least: 95", 12, "order"),
        ("    good: 0.98\n", "", 31, "missing"),
        ("enough: 80", "enough: 800", 8, "enough"),
        ("period: month", "perod: month", 7, "perod"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(before: str, after: str, line: int, words: str):
    with pytest.raises(OperatorError) as raised:
        read_agreement(TEXT.replace(before, after, 1), sorted(FIGURES))
    found = [(int(one.where.rpartition(":")[2]), one.what.format(**one.params)) for one in raised.value.problems]
    assert any(at == line and words in text for at, text in found), found


def test_every_template_that_comes_with_the_program_can_be_made():
    for kind in Kind:
        assert {section.id for section in shipped(kind).sections} <= set(SECTIONS), kind


def test_a_template_of_another_kind_of_text_is_refused():
    for text in ("", "[1, 2]", "kind: month\n", "kind: year\nnames: {zh: 年, en: Y}\nsections: [{id: summary}]\n", "kind: &a month\n"):
        with pytest.raises(OperatorError):
            read_template(text)
