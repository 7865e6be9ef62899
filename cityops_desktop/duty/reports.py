"""Reports by kind: which span of the room's calendar each tells, when one that is made by itself is due, what a template may say. Pure;
reads no text (reportforms.py).
"""

from collections.abc import Callable, Collection
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from cityops_desktop.texts import N_

MOST_MISSED = 40
"""So many spans one schedule looks back for what is missing."""
MISSED_DAYS = 100
"""Nor any of a span that ended longer ago."""


class Kind(StrEnum):
    """Of a report. An evaluation's text is a report of its own kind, about the evaluation's span."""

    SHIFT = "shift"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    EVALUATION = "evaluation"


KINDS = {
    Kind.SHIFT: N_("Shift report"),
    Kind.DAY: N_("Daily report"),
    Kind.WEEK: N_("Weekly report"),
    Kind.MONTH: N_("Monthly report"),
    Kind.QUARTER: N_("Quarterly report"),
    Kind.EVALUATION: N_("Evaluation report"),
}
BY_CALENDAR = (Kind.SHIFT, Kind.DAY, Kind.WEEK, Kind.MONTH, Kind.QUARTER)


class Span(NamedTuple):
    """From `begin` to before `end` (UTC ms)."""

    begin: int
    end: int


TurnOf = Callable[[int], Span | None]
"""The turn of duty that runs at a time; None where nobody says when shifts change."""


def span(kind: Kind, wall: int, zone: ZoneInfo, turn: TurnOf) -> Span:
    """The span of this kind in which the time lies: a shift (the day where there are none), a day, a week from Monday, a month, a
    quarter."""
    found = turn(wall) if kind is Kind.SHIFT else None
    if found is not None:
        return found
    first = _first(kind, datetime.fromtimestamp(wall / 1000, zone).date())
    return Span(_midnight(first, zone), _midnight(_after(kind, first), zone))


def before(kind: Kind, wall: int, zone: ZoneInfo, turn: TurnOf) -> Span:
    """The newest one that is over."""
    return span(kind, span(kind, wall, zone, turn).begin - 1, zone, turn)


def missing(kind: Kind, at: str, since: int, wall: int, zone: ZoneInfo, made: Collection[int], turn: TurnOf) -> list[Span]:
    """Spans that ended after `since`, of which the report is due by now and not made (`made` holds begins), the oldest first.

    Due is a report at the time of day `at` ("HH:MM") that first comes after its span; that of a shift at once."""
    found: list[Span] = []
    one = before(kind, wall, zone, turn)
    for _ in range(MOST_MISSED):
        if one.end <= since or one.end <= wall - MISSED_DAYS * 86_400_000:
            break
        if one.begin not in made and due(kind, at, one, zone) <= wall:
            found.append(one)
        one = span(kind, one.begin - 1, zone, turn)
    return found[::-1]


def due(kind: Kind, at: str, one: Span, zone: ZoneInfo) -> int:
    """When the report about this span is made (UTC ms)."""
    if kind is Kind.SHIFT:
        return one.end
    day = datetime.fromtimestamp(one.end / 1000, zone).date()
    return round(datetime.combine(day, time.fromisoformat(at), zone).timestamp() * 1000)


def _first(kind: Kind, day: date) -> date:
    if kind is Kind.WEEK:
        return day - timedelta(days=day.weekday())
    if kind is Kind.MONTH:
        return day.replace(day=1)
    if kind is Kind.QUARTER:
        return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    return day


def _after(kind: Kind, first: date) -> date:
    if kind is Kind.WEEK:
        return first + timedelta(days=7)
    if kind is Kind.MONTH:
        return (first + timedelta(days=32)).replace(day=1)
    if kind is Kind.QUARTER:
        return (first + timedelta(days=95)).replace(day=1)
    return first + timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return round(datetime.combine(day, time(), zone).timestamp() * 1000)


# templates

SectionId = Literal[
    "summary",
    "availability",
    "environment",
    "energy",
    "alarms",
    "incidents",
    "problems",
    "duty",
    "figures",
    "evaluation",
    "changes",
    "gaps",
    "text",
    "signatures",
]
"""What a template may ask for; `duty` is what each area of duty tells of the span (patrol, work orders, cleaning and so on)."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(_Part):
    """What something is called."""

    zh: Annotated[str, Field(min_length=1, max_length=200)]
    en: Annotated[str, Field(min_length=1, max_length=200)]


class Section(_Part):
    """A part of a report, in its order. `names` instead of its usual title; `top` = rows at most; `areas` only these of `duty`; `text` and
    `lines` are what a site writes itself (`lines` = who signs)."""

    id: SectionId
    names: Words | None = None
    top: Annotated[int, Field(ge=1, le=1000)] = 50
    areas: Annotated[list[str], Field(max_length=40)] = []
    text: Words | None = None
    lines: Annotated[list[Words], Field(max_length=12)] = []


class Template(_Part):
    """One kind of report: its name and sections."""

    kind: Literal["shift", "day", "week", "month", "quarter", "evaluation"]
    names: Words
    sections: Annotated[list[Section], Field(min_length=1, max_length=40)]
