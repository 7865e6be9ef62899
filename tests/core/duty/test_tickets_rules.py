"""Operation tickets as a course of steps, work tickets as a table: no step twice, none left out, nothing after the end, two persons."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty import tickets
from cityops_desktop.duty.tickets import (
    BY_ANOTHER,
    WORK,
    Course,
    Expected,
    OperationState,
    Seen,
    WorkEvent,
    WorkState,
    doubt,
)
from cityops_desktop.model.refused import Refused

PEOPLE = ("ann", "ben", "cai")
PERSON = st.sampled_from(PEOPLE)
STEP = st.integers(0, 6)
MOVE = st.one_of(
    st.tuples(st.just("start"), PERSON, PERSON),
    st.tuples(st.just("read"), PERSON, STEP),
    st.tuples(st.just("deviate"), PERSON, STEP),
    st.tuples(st.just("operate"), PERSON, STEP, st.booleans()),
    st.tuples(st.just("abort"), PERSON),
    st.tuples(st.just("cancel")),
)
USUAL = [("start", "ann", "ben")] + [one for step in range(1, 6) for one in (("read", "ann", step), ("operate", "ben", step, True))]


def moved(course: Course, move: tuple[object, ...]) -> Course:
    name, *given = move
    if name == "operate":
        person, step, proven = given
        return tickets.operate(course, str(person), int(str(step)), proven=bool(proven))
    return getattr(tickets, str(name))(course, *given)  # type: ignore[no-any-return]


@settings(max_examples=300, deadline=None)
@given(st.integers(1, 5), st.lists(st.one_of(MOVE, st.sampled_from(USUAL)), max_size=40))
def test_whatever_is_tried_the_steps_are_ticked_once_and_in_order(steps: int, moves: list[tuple[object, ...]]) -> None:
    course = Course(steps)
    read: list[int] = []
    ticked: list[int] = []
    deviated: set[int] = set()
    for move in [*moves[:20], *USUAL, *moves[20:]]:
        before = course
        try:
            course = moved(course, move)
        except Refused as error:
            assert course is before and error.code
            continue
        assert before.state in (OperationState.DRAFT, OperationState.RUNNING), "nothing follows the end"
        if move[0] == "start":
            assert move[1] != move[2]
        if move[0] == "read":
            assert move[1] == course.reader
            read.append(int(str(move[2])))
        if move[0] == "deviate":
            assert move[1] == course.reader and move[2] == read[-1]
            deviated.add(int(str(move[2])))
        if move[0] == "operate":
            assert move[1] == course.operator != course.reader
            ticked.append(int(str(move[2])))
            assert read == ticked, "each step is read aloud before it is ticked, and only once"
            assert move[3] or ticked[-1] in deviated, "without proof only where the reader said so"
    assert ticked == list(range(1, len(ticked) + 1)), "none twice, none left out, none before its turn"
    assert (course.state is OperationState.DONE) == (len(ticked) == steps)
    assert course.done == len(ticked) <= steps


def test_the_usual_course_ends_after_the_last_step() -> None:
    course = Course(5)
    for move in USUAL:
        course = moved(course, move)
    assert course.state is OperationState.DONE
    for move in (("read", "ann", 6), ("operate", "ben", 6, True), ("abort", "ann"), ("start", "ann", "ben"), ("cancel",)):
        with pytest.raises(Refused, match="not_in_this_state"):
            moved(course, move)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WorkEvent), max_size=12))
def test_work_that_was_permitted_ends_only_by_closing(events: list[WorkEvent]) -> None:
    state, permitted = WorkState.ASKED, False
    for event in events:
        after = WORK.get((state, event))
        if after is None:
            continue
        assert state not in (WorkState.CLOSED, WorkState.CANCELLED)
        permitted |= after is WorkState.PERMITTED
        state = after
    if permitted:
        assert state is not WorkState.CANCELLED
    assert state is not WorkState.CLOSED or permitted
    assert {WorkEvent.PERMIT, WorkEvent.CLOSE} <= BY_ANOTHER


@pytest.mark.parametrize(
    ("expected", "seen", "why"),
    [
        (Expected(), Seen(None, None, good=False), ""),
        (Expected("p", 10, 20), Seen(15, 100, good=True), ""),
        (Expected("p", 10, 20), Seen(10, 50, good=True), ""),
        (Expected("p", 10, None), Seen(9.9, 100, good=True), "proof_other"),
        (Expected("p", None, 20), Seen(20.1, 100, good=True), "proof_other"),
        (Expected("p", states=(1, 3)), Seen(3, 100, good=True), ""),
        (Expected("p", states=(1, 3)), Seen(2, 100, good=True), "proof_other"),
        (Expected("p", 10, 20), Seen(15, 100, good=False), "proof_stale"),
        (Expected("p", 10, 20), Seen(None, 100, good=False), "proof_unknown"),
        (Expected("p", 10, 20), Seen(15, 49, good=True), "proof_old"),
    ],
)
def test_what_proves_a_step(expected: Expected, seen: Seen, why: str) -> None:
    assert doubt(expected, seen, 50) == why
