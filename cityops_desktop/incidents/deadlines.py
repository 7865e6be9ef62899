"""Which reports of an incident are due, by when, and how that stands: pure functions of what is written and of the time. Tells nobody."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cityops_desktop.incidents.editions import Rule

MINUTE_MS = 60_000
LONGEST_SOON_MS = 86_400_000
SOON_PART = 4
"""A deadline is near in its last quarter, and at most in its last day."""


class DueState(StrEnum):
    """How a report stands. DONE_LATE: it was made, after its time."""

    RUNNING = "running"
    SOON = "soon"
    LATE = "late"
    DONE = "done"
    DONE_LATE = "done_late"


@dataclass(frozen=True, slots=True)
class Facts:
    """What of an incident the deadlines hang on. Times are UTC ms; `grade` None = nobody has graded it yet; `reported`: when each rule's
    report was first made."""

    found: int
    recovered: int | None
    grade: int | None
    reporter: str
    reported: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Due:
    """A report that is due `at`. `assumed`: only because nobody has graded the incident."""

    rule: str
    since: int
    at: int
    done: int | None
    state: DueState
    assumed: bool


def dues(rules: Sequence[Rule], facts: Facts, now: int) -> list[Due]:
    """The reports that are due or were made, the first one to end first. An incident that nobody has graded counts as one that must be
    reported: the time runs from the discovery, not from the moment at which somebody grades it."""
    found = (_due(rule, facts, now) for rule in rules)
    return sorted((due for due in found if due is not None), key=lambda due: (due.at, due.rule))


def _due(rule: Rule, facts: Facts, now: int) -> Due | None:
    since = facts.found if rule.from_ == "found" else facts.recovered
    if since is None or facts.reporter not in rule.reporters:
        return None
    done = facts.reported.get(rule.id)
    if facts.grade is not None and facts.grade > rule.upto and done is None:
        return None
    at = since + rule.minutes * MINUTE_MS
    assumed = facts.grade is None
    return Due(rule.id, since, at, done, state_of(since, at, done, now), assumed)


def state_of(since: int, at: int, done: int | None, now: int) -> DueState:
    """How a deadline stands at `now`. Made in the last millisecond is in time."""
    if done is not None:
        return DueState.DONE if done <= at else DueState.DONE_LATE
    if now > at:
        return DueState.LATE
    return DueState.SOON if at - now <= min((at - since) // SOON_PART, LONGEST_SOON_MS) else DueState.RUNNING
