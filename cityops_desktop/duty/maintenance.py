"""When maintenance is due, how a contract stands, whether a contractor came in time: pure rules. Days are days of the room (YYYY-MM-DD)."""

import datetime
from collections.abc import Iterator
from enum import StrEnum
from typing import Literal, NamedTuple

Unit = Literal["day", "month", "year"]
Counted = Literal["done", "fixed"]
MOST_DUES = 400
"""So many days of a plan a calendar shows at most."""
SOON_DAYS = 14
MINUTE_MS = 60_000


class DueState(StrEnum):
    """How a plan stands: not yet, within the next days (a quarter of a short interval), today, past its day."""

    LATER = "later"
    SOON = "soon"
    TODAY = "today"
    OVERDUE = "overdue"


class ContractState(StrEnum):
    """How a contract stands."""

    COMING = "coming"
    RUNNING = "running"
    ENDING = "ending"
    ENDED = "ended"


class Interval(NamedTuple):
    """Every so many units from `first` on: counted from the day on which it was last done, or on fixed days whatever was done."""

    every: int
    unit: Unit
    counted: Counted
    first: datetime.date


class LastDone(NamedTuple):
    """The day on which it was done, and for which due day."""

    day: datetime.date
    due: datetime.date


def due_day(interval: Interval, last: LastDone | None) -> datetime.date:
    """When it is due next."""
    if last is None:
        return interval.first
    if interval.counted == "done":
        return _after(last.day, interval.every, interval.unit)
    return _day(interval, _number(interval, last))


def dues(interval: Interval, last: LastDone | None, begin: datetime.date, end: datetime.date) -> list[datetime.date]:
    """The days of this span (both counted) on which it will be due, if each is done on its day."""
    found: list[datetime.date] = []
    for day in _following(interval, last, begin):
        if day > end or len(found) >= MOST_DUES:
            return found
        if day >= begin:
            found.append(day)
    return found


def due_state(interval: Interval, due: datetime.date, today: datetime.date) -> DueState:
    """How it stands today."""
    if due <= today:
        return DueState.TODAY if due == today else DueState.OVERDUE
    length = (_after(due, interval.every, interval.unit) - due).days
    return DueState.SOON if (due - today).days <= min(SOON_DAYS, length // 4) else DueState.LATER


def contract_state(begins: datetime.date, ends: datetime.date, notice: int, today: datetime.date) -> ContractState:
    """`notice`: so many days before its end it is spoken of. Its last day belongs to it."""
    if today > ends:
        return ContractState.ENDED
    if (ends - today).days <= notice:
        return ContractState.ENDING
    return ContractState.RUNNING if today >= begins else ContractState.COMING


def in_time(reported: int, arrived: int | None, response: int | None, now: int) -> bool | None:
    """Did somebody come within the minutes of the contract? None = not known yet, or no time is agreed."""
    if response is None:
        return None
    until = reported + response * MINUTE_MS
    if arrived is not None:
        return arrived <= until
    return False if now > until else None


def _day(interval: Interval, number: int) -> datetime.date:
    """The fixed day of this number; 0 = the first."""
    return _after(interval.first, number * interval.every, interval.unit)


def _number(interval: Interval, last: LastDone) -> int:
    """The number of the first fixed day that nothing was done for."""
    done, number = max(last.day, last.due), 0
    while (day := _day(interval, number)) <= done:
        number += max(1, _skipped(interval, day, done))
    return number


def _following(interval: Interval, last: LastDone | None, begin: datetime.date) -> Iterator[datetime.date]:
    """From the next one on; what lies long before `begin` is left out."""
    fixed = interval.counted == "fixed"
    start = due_day(interval, last)
    number = _number(interval, last) if fixed and last is not None else 0
    number += max(0, _skipped(interval, start, begin))
    while (day := _day(interval, number) if fixed else _after(start, number * interval.every, interval.unit)) < datetime.date.max:
        yield day
        number += 1


def _skipped(interval: Interval, day: datetime.date, done: datetime.date) -> int:
    """So many whole intervals lie between surely: the years of a plan are not walked one by one."""
    longest = {"day": 1, "month": 31, "year": 366}[interval.unit] * interval.every
    return (done - day).days // longest


def _after(day: datetime.date, number: int, unit: Unit) -> datetime.date:
    """The last day of a month that is too short; the last day of all when there is no such year."""
    try:
        if unit == "day":
            return day + datetime.timedelta(days=number)
        month = day.year * 12 + day.month - 1 + number * (12 if unit == "year" else 1)
        year, month = divmod(month, 12)
        following = datetime.date(year + month // 11, (month + 1) % 12 + 1, 1)
        return day.replace(year=year, month=month + 1, day=min(day.day, (following - datetime.timedelta(days=1)).day))
    except (ValueError, OverflowError):
        return datetime.date.max
