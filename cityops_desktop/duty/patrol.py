"""When rounds are due, and what became of each: pure rules over plans, times and what was walked. Knows no store and no person.

A due time is a local time of a day, so that a round at 02:00 is at 02:00 whatever the zone does to its clocks: a time that does not exist
on a day moves as the zone's clock does, one that comes twice counts once, the first time.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cityops_desktop.duty.patrolcontent import DAY_MINUTES, Plan

MINUTE_MS = 60_000
DAY_MS = DAY_MINUTES * MINUTE_MS
LOST_MS = DAY_MS
"""So long after its end a round that nobody walked is missed, where the next one is not due sooner."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a route: `code` of the route, its plan, in force from `since` to `until` (UTC ms, None = still)."""

    id: str
    code: str
    plan: Plan | None
    since: int
    until: int | None = None


class Due(NamedTuple):
    """A time (UTC ms) at which a round is due: it may be begun from `opens`, has to be done by `until`, and is missed from `lost` on."""

    code: str
    version: str
    at: int
    opens: int
    until: int
    lost: int


class Done(NamedTuple):
    """What is known of a due time: the round that was walked for it, or why there was none."""

    round: str = ""
    why: str = ""


def times(plan: Plan, zone: ZoneInfo, begin: int, end: int) -> list[int]:
    """The due times from `begin` up to, and without, `end` (UTC ms), in their order."""
    first = datetime.fromtimestamp(begin / 1000, zone).date() - timedelta(days=2)
    last = datetime.fromtimestamp(end / 1000, zone).date() + timedelta(days=1)
    found = {moment for day in _days(first, last) for moment in _of_day(plan, zone, day)}
    return sorted(moment for moment in found if begin <= moment < end)


def dues(versions: Iterable[Version], zone: ZoneInfo, begin: int, end: int) -> list[Due]:
    """All due times of these versions while they were in force, in their order."""
    found = [due for version in versions if version.plan is not None for due in _of_version(version, version.plan, zone, begin, end)]
    return sorted(found, key=lambda due: (due.at, due.code))


def is_due(version: Version, zone: ZoneInfo, at: int) -> bool:
    """Has this version a round at exactly this time?"""
    return version.plan is not None and times(version.plan, zone, at, at + 1) == [at]


def due_of(version: Version, zone: ZoneInfo, at: int) -> Due | None:
    """The due time itself, in force or not; None when it is none."""
    if version.plan is None or not is_due(version, zone, at):
        return None
    return next(_of_version(replace(version, since=at, until=None), version.plan, zone, at, at + 1))


def state(due: Due, done: Done | None, now: int) -> str:
    """planned, due, overdue, missed, done or explained."""
    if done is not None:
        return "done" if done.round else "explained"
    if now < due.opens:
        return "planned"
    if now <= due.until:
        return "due"
    return "overdue" if now < due.lost else "missed"


def standing(all: Sequence[Due], known: Mapping[tuple[str, int], Done], now: int) -> Iterator[tuple[Due, str]]:
    """Of these, what needs somebody: due (from its time on), overdue, missed."""
    for due in all:
        found = state(due, known.get((due.code, due.at)), now)
        if found in ("overdue", "missed") or (found == "due" and now >= due.at):
            yield due, found


def _of_version(version: Version, plan: Plan, zone: ZoneInfo, begin: int, end: int) -> Iterator[Due]:
    first, until = max(begin, version.since), end if version.until is None else min(end, version.until)
    if until <= first:
        return
    window = plan.window * MINUTE_MS
    all = times(plan, zone, first, until + window + LOST_MS)
    for place, at in enumerate(all):
        if at >= until:
            return
        following = all[place + 1] if place + 1 < len(all) else None
        lost = at + window + LOST_MS if following is None else min(at + window + LOST_MS, following)
        yield Due(version.code, version.id, at, at - plan.early * MINUTE_MS, at + window, max(at + window, lost))


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _of_day(plan: Plan, zone: ZoneInfo, day: date) -> Iterator[int]:
    if plan.weekdays and day.isoweekday() not in plan.weekdays:
        return
    for minute in _minutes(plan):
        local = datetime.combine(day + timedelta(days=minute // DAY_MINUTES), time(minute % DAY_MINUTES // 60, minute % 60), zone)
        yield round(local.timestamp() * 1000)


def _minutes(plan: Plan) -> list[int]:
    """Minutes of the day (past 1440: of the next one) of a day's rounds."""
    if plan.every is None:
        return [_minute(text) for text in plan.times]
    begin, end = _minute(plan.begin), _minute(plan.end)
    return list(range(begin, end if end > begin else end + DAY_MINUTES, plan.every * 60))


def _minute(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])
