"""The lives of a work ticket (工作票) and of an operation ticket (操作票). Pure: no clock, no store, no right.

A work ticket goes by a table. An operation ticket is a course of numbered steps: for each the reader reads aloud, the operator repeats it,
does it and ticks it. No step is ticked twice, none is left out, nothing follows the end, and reader and operator are two persons.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from cityops_desktop.model.refused import Refused


class WorkState(StrEnum):
    """PERMITTED is the time in which people work."""

    ASKED = "asked"
    PERMITTED = "permitted"
    INTERRUPTED = "interrupted"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class WorkEvent(StrEnum):
    """What people do about a work ticket."""

    PERMIT = "permit"
    EXTEND = "extend"
    INTERRUPT = "interrupt"
    RESUME = "resume"
    CLOSE = "close"
    CANCEL = "cancel"


WORK: Mapping[tuple[WorkState, WorkEvent], WorkState] = {
    (WorkState.ASKED, WorkEvent.PERMIT): WorkState.PERMITTED,
    (WorkState.ASKED, WorkEvent.CANCEL): WorkState.CANCELLED,
    (WorkState.PERMITTED, WorkEvent.EXTEND): WorkState.PERMITTED,
    (WorkState.PERMITTED, WorkEvent.INTERRUPT): WorkState.INTERRUPTED,
    (WorkState.PERMITTED, WorkEvent.CLOSE): WorkState.CLOSED,
    (WorkState.INTERRUPTED, WorkEvent.EXTEND): WorkState.INTERRUPTED,
    (WorkState.INTERRUPTED, WorkEvent.RESUME): WorkState.PERMITTED,
    (WorkState.INTERRUPTED, WorkEvent.CLOSE): WorkState.CLOSED,
}
"""Work that was permitted can only be closed, with its checks: it cannot be cancelled away."""
BY_ANOTHER = frozenset({WorkEvent.PERMIT, WorkEvent.EXTEND, WorkEvent.RESUME, WorkEvent.CLOSE})
"""Never by whoever asked for the ticket."""


class OperationState(StrEnum):
    """Of an operation ticket."""

    DRAFT = "draft"
    RUNNING = "running"
    DONE = "done"
    ABORTED = "aborted"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Course:
    """Where an operation ticket stands: so many of its `steps` are `done`; has the next one been `read` aloud, and is it let pass without
    its proof (`deviates`)? `reader` and `operator` are accounts, "" before the beginning."""

    steps: int
    state: OperationState = OperationState.DRAFT
    reader: str = ""
    operator: str = ""
    done: int = 0
    read: bool = False
    deviates: bool = False


def start(course: Course, reader: str, operator: str) -> Course:
    """The two persons begin. Refused: not_in_this_state, same_person."""
    _require(course, OperationState.DRAFT)
    if not reader or not operator or reader == operator:
        raise Refused("same_person")
    return replace(course, state=OperationState.RUNNING, reader=reader, operator=operator)


def read(course: Course, person: str, step: int) -> Course:
    """The reader has read the next step aloud. Refused: not_in_this_state, not_the_reader, wrong_step, step_read_already."""
    _require(course, OperationState.RUNNING)
    _require_reader(course, person)
    _require_next(course, step)
    if course.read:
        raise Refused("step_read_already", step=step)
    return replace(course, read=True)


def deviate(course: Course, person: str, step: int) -> Course:
    """The reader lets the step that was read pass without its proof. Refused: as `read`, and step_not_read."""
    _require(course, OperationState.RUNNING)
    _require_reader(course, person)
    _require_next(course, step)
    if not course.read:
        raise Refused("step_not_read", step=step)
    return replace(course, deviates=True)


def operate(course: Course, person: str, step: int, *, proven: bool) -> Course:
    """The operator has repeated the step and done it; after the last one the ticket is done.

    Refused: not_in_this_state, not_the_operator, wrong_step, step_not_read, step_not_proven.
    """
    _require(course, OperationState.RUNNING)
    if person != course.operator:
        raise Refused("not_the_operator")
    _require_next(course, step)
    if not course.read:
        raise Refused("step_not_read", step=step)
    if not proven and not course.deviates:
        raise Refused("step_not_proven", step=step)
    done = course.done + 1
    state = OperationState.DONE if done == course.steps else OperationState.RUNNING
    return replace(course, state=state, done=done, read=False, deviates=False)


def abort(course: Course, person: str) -> Course:
    """One of the two stops it where it stands. Refused: not_in_this_state, not_on_this_ticket."""
    _require(course, OperationState.RUNNING)
    if person not in (course.reader, course.operator):
        raise Refused("not_on_this_ticket")
    return replace(course, state=OperationState.ABORTED)


def cancel(course: Course) -> Course:
    """A ticket that has not begun is not wanted any more. Refused(not_in_this_state)."""
    _require(course, OperationState.DRAFT)
    return replace(course, state=OperationState.CANCELLED)


class Expected(NamedTuple):
    """What a live point must say when a step is ticked: a value from `low` to `high`, or one of `states`. No `point` = nothing is asked."""

    point: str = ""
    low: float | None = None
    high: float | None = None
    states: tuple[int, ...] = ()


class Seen(NamedTuple):
    """What the point said: its value, the time of the sample (UTC ms), and whether it counts (good and not stale)."""

    value: float | None
    time: int | None
    good: bool


def doubt(expected: Expected, seen: Seen, read_at: int) -> str:
    """Why this does not prove the step: a code; "" = it does. A sample from before the step was read aloud proves nothing."""
    if not expected.point:
        return ""
    if seen.value is None or seen.time is None:
        return "proof_unknown"
    if not seen.good:
        return "proof_stale"
    if seen.time < read_at:
        return "proof_old"
    return "" if _met(expected, seen.value) else "proof_other"


def _met(expected: Expected, value: float) -> bool:
    if expected.states:
        return value in expected.states
    return (expected.low is None or value >= expected.low) and (expected.high is None or value <= expected.high)


def _require(course: Course, state: OperationState) -> None:
    if course.state is not state:
        raise Refused("not_in_this_state")


def _require_reader(course: Course, person: str) -> None:
    if person != course.reader:
        raise Refused("not_the_reader")


def _require_next(course: Course, step: int) -> None:
    if step != course.done + 1:
        raise Refused("wrong_step", step=course.done + 1)
