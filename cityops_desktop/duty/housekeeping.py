"""When an area is to be cleaned, and how it stands: pure rules on days of the room's zone. Knows no record and no clock of its own.

A plan has a slot on each of its days: from its time of the day, so many minutes long. What was done and not turned down by the check
counts for the slot that it was done for; a day that was missed stays missed until somebody has cleaned.
"""

import datetime
from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTE_MS = 60_000
EARLY_MS = 120 * MINUTE_MS
"""So long before its slot begins somebody may come and it counts."""
CHECK_MS = 8 * 60 * MINUTE_MS
"""So long a cleaning may wait for the check by the duty staff: a shift."""


class CleaningState(StrEnum):
    """How an area stands: nothing to do, to be done now, not done in time, to be done again after the check, check outstanding."""

    WAITING = "waiting"
    DUE = "due"
    MISSED = "missed"
    AGAIN = "again"
    TO_CHECK = "to_check"
    UNCHECKED = "unchecked"


class CleaningRule(NamedTuple):
    """On these days of the week (1 = Monday) of every so many weeks, counted from the week of `first`; the slot begins at `begins`."""

    days: frozenset[int]
    weeks: int
    first: datetime.date
    begins: datetime.time
    minutes: int


class Slot(NamedTuple):
    """When it is to be done (UTC ms)."""

    begin: int
    end: int


class Cleaned(NamedTuple):
    """What of a plan's records counts: the newest slot that was done and not turned down, when the check last turned one down that
    has not been done again, since when the oldest one waits for its check."""

    slot: int | None = None
    rejected: int | None = None
    waiting: int | None = None


class Standing(NamedTuple):
    """The state, and since or until when (UTC ms): the end of the slot that is due, the begin of the missed one, the time of the check
    that turned it down or that is waited for; of a waiting plan the begin of the next slot."""

    state: CleaningState
    at: int | None


def rule_of(days: str, weeks: int, first: str, begins: str, minutes: int) -> CleaningRule:
    """From what a plan keeps: days "135", a day YYYY-MM-DD, a time HH:MM."""
    chosen = frozenset(int(day) for day in days)
    return CleaningRule(chosen, weeks, datetime.date.fromisoformat(first), datetime.time.fromisoformat(begins), minutes)


def slot_on(rule: CleaningRule, day: datetime.date, zone: ZoneInfo) -> Slot | None:
    """The slot of a day; None when the plan asks for nothing."""
    if day < rule.first or day.isoweekday() not in rule.days or (_monday(day) - _monday(rule.first)).days // 7 % rule.weeks:
        return None
    begin = round(datetime.datetime.combine(day, rule.begins, zone).timestamp() * 1000)
    return Slot(begin, begin + rule.minutes * MINUTE_MS)


def last_slot(rule: CleaningRule, zone: ZoneInfo, now: int) -> Slot | None:
    """The newest one that has begun."""
    return next((slot for slot in _slots(rule, zone, _day(now, zone), -1) if slot.begin <= now), None)


def next_slot(rule: CleaningRule, zone: ZoneInfo, now: int) -> Slot | None:
    """The first one that has not begun."""
    start = max(_day(now, zone), rule.first)
    return next((slot for slot in _slots(rule, zone, start, 1) if slot.begin > now), None)


def slots_ended(rule: CleaningRule, zone: ZoneInfo, begin: int, end: int) -> list[Slot]:
    """Those that end in this span, `end` not counted."""
    found: list[Slot] = []
    day, last = _day(begin, zone) - datetime.timedelta(days=2), _day(end, zone)
    while day <= last:
        slot = slot_on(rule, day, zone)
        if slot is not None and begin <= slot.end < end:
            found.append(slot)
        day += datetime.timedelta(days=1)
    return found


def slot_for(rule: CleaningRule, since: int, zone: ZoneInfo, time: int, done: int | None) -> int:
    """For which slot (its begin) a cleaning at this time counts: the newest that has begun, or the next one when that is done already
    and the next begins soon. 0 = for none, it was done beyond the plan. `since`: when the plan was made."""
    last, following = last_slot(rule, zone, time), next_slot(rule, zone, time)
    open_last = last is not None and last.end > since and (done is None or done < last.begin)
    if last is not None and open_last:
        return last.begin
    if following is not None and following.begin - time <= EARLY_MS:
        return following.begin
    return last.begin if last is not None and last.end > since else 0


def standing(rule: CleaningRule, since: int, zone: ZoneInfo, now: int, cleaned: Cleaned) -> Standing:
    """How the area stands. Slots that were over when the plan was made (`since`) ask for nothing."""
    last = last_slot(rule, zone, now)
    if cleaned.rejected is not None:
        until = cleaned.rejected + rule.minutes * MINUTE_MS
        return Standing(CleaningState.AGAIN if now < until else CleaningState.MISSED, cleaned.rejected)
    if last is not None:
        over = last if last.end <= now else last_slot(rule, zone, last.begin - 1)
        if over is not None and over.end > since and not _done(cleaned, over):
            return Standing(CleaningState.MISSED, over.begin)
        if last.end > now and not _done(cleaned, last):
            return Standing(CleaningState.DUE, last.end)
    if cleaned.waiting is not None:
        late = now - cleaned.waiting > CHECK_MS
        return Standing(CleaningState.UNCHECKED if late else CleaningState.TO_CHECK, cleaned.waiting)
    following = next_slot(rule, zone, now)
    return Standing(CleaningState.WAITING, following.begin if following else None)


def _done(cleaned: Cleaned, slot: Slot) -> bool:
    return cleaned.slot is not None and cleaned.slot >= slot.begin


def _day(time: int, zone: ZoneInfo) -> datetime.date:
    return datetime.datetime.fromtimestamp(time / 1000, zone).date()


def _monday(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=day.isoweekday() - 1)


def _slots(rule: CleaningRule, zone: ZoneInfo, start: datetime.date, step: int) -> Iterator[Slot]:
    """From this day on or back, as far as the rule can reach; a day before is looked at for a zone whose clock was put back."""
    day = start - datetime.timedelta(days=step)
    for _ in range(7 * rule.weeks + 10):
        slot = slot_on(rule, day, zone)
        if slot is not None:
            yield slot
        day += datetime.timedelta(days=step)
