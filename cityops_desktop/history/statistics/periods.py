"""Days, weeks and months of the room's own calendar, and unions of times. Pure."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from math import gcd
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cityops_desktop.model.statistics import By

HOUR_MS = 3_600_000


class Period(NamedTuple):
    """From `start` to before `end`, UTC ms."""

    start: int
    end: int

    @property
    def hours(self) -> float:
        """How long it is."""
        return (self.end - self.start) / HOUR_MS


def periods(start: int, end: int, by: By, zone: ZoneInfo) -> list[Period]:
    """The periods that make up the span; the first and the last are cut where it begins and ends. A day may have 23 or 25 hours."""
    found: list[Period] = []
    day = _first(datetime.fromtimestamp(start / 1000, zone).date(), by)
    while (begin := _midnight(day, zone)) < end:
        day = _next(day, by)
        found.append(Period(max(begin, start), min(_midnight(day, zone), end)))
    return [one for one in found if one.end > one.start]


def whole_days(start: int, end: int, zone: ZoneInfo) -> list[Period]:
    """All of every day that the span touches."""
    first, last = (datetime.fromtimestamp(moment / 1000, zone).date() for moment in (start, end - 1))
    return periods(_midnight(first, zone), _midnight(_next(last, By.DAY), zone), By.DAY, zone)


def place(moments: Sequence[Period], time: int) -> int | None:
    """Which of these, in their order, a time lies in."""
    at = bisect_right(moments, time, key=lambda one: one.start) - 1
    return at if at >= 0 and time < moments[at].end else None


def grain(days: Iterable[Period]) -> int:
    """The widest buckets of an hour or less, counted from 1970 UTC, that no day's border divides (a zone may be off by 30 or 45 min)."""
    width = HOUR_MS
    for one in days:
        width = gcd(width, one.start, one.end)
    return max(width, 60_000)


def united(spans: Iterable[Period]) -> list[Period]:
    """The same times, sorted and without overlap."""
    found: list[Period] = []
    for one in sorted(spans):
        if found and one.start <= found[-1].end:
            found[-1] = Period(found[-1].start, max(found[-1].end, one.end))
        elif one.end > one.start:
            found.append(one)
    return found


def within(spans: Sequence[Period], period: Period) -> int:
    """Milliseconds of a period that lie in one of these spans, which do not overlap."""
    return sum(max(0, min(one.end, period.end) - max(one.start, period.start)) for one in spans)


def _first(day: date, by: By) -> date:
    match by:
        case By.DAY:
            return day
        case By.WEEK:
            return day - timedelta(days=day.weekday())
        case By.MONTH:
            return day.replace(day=1)


def _next(day: date, by: By) -> date:
    match by:
        case By.DAY:
            return day + timedelta(days=1)
        case By.WEEK:
            return day + timedelta(days=7)
        case By.MONTH:
            return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)
