"""When a plan is to be started: its conditions against an incident, or against an alarm that stands. Decides nothing for anybody."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Start:
    """`grade`: from this grade on (1 the worst, 0 = whatever the grade); `sorts`: classes of incidents, none = all; `level`: an alarm of
    this level or worse (0 = no alarm starts it) in one of `groups` of equipment (none = in any)."""

    grade: int = 0
    sorts: frozenset[str] = frozenset()
    level: int = 0
    groups: frozenset[str] = frozenset()


def fits_incident(start: Start, grade: int | None, sort: str) -> bool:
    """Is it a plan for an incident of this grade and class? What is not known yet excludes no plan, but one with no conditions at all
    on incidents is for none."""
    if not start.grade and not start.sorts:
        return False
    if start.grade and grade is not None and grade > start.grade:
        return False
    return not start.sorts or not sort or sort in start.sorts


def fits_alarm(start: Start, level: int, groups: Collection[str]) -> bool:
    """Does an alarm of this level about these groups of equipment start it?"""
    return 0 < level <= start.level and (not start.groups or not start.groups.isdisjoint(groups))
