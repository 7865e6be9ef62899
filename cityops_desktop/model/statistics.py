"""Figures of a span as tables: what each row is about, what each column counts, what they rest on. Codes and values; no sentence.

A cell is None where nothing is known: that is never a zero. Rows about a period carry its begin (UTC ms) as their id.
"""

from dataclasses import dataclass, field
from enum import StrEnum

Cell = float | int | str | None
Param = str | int | float


class Subject(StrEnum):
    """The four statistics of GB/T 36621-2018, 8.2.3.2 k."""

    BUSINESS = "business"
    SERVICE = "service"
    PERFORMANCE = "performance"
    CONFIGURATION = "configuration"


class By(StrEnum):
    """Periods of the room's own calendar; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class About(StrEnum):
    """What an id stands for. NAMED is a word of its own (a profile, a driver)."""

    PERIOD = "period"
    DEVICE = "device"
    POINT = "point"
    BUS = "bus"
    GROUP = "group"
    LEVEL = "level"
    PERSON = "person"
    ROLE = "role"
    ACT = "act"
    AREA = "area"
    RACK = "rack"
    WAITS = "waits"
    NAMED = "named"


class Measure(StrEnum):
    """What a cell is: so many, a part of one, milliseconds, hours, a figure of the column's unit, a moment (UTC ms), an id or a word."""

    COUNT = "count"
    SHARE = "share"
    MS = "ms"
    HOURS = "hours"
    FIGURE = "figure"
    MOMENT = "moment"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Column:
    """`head`: what the code is the id of (None = a word of the program); `cells`: the same of the texts in it."""

    code: str
    measure: Measure
    unit: str = ""
    head: About | None = None
    cells: About | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """What it is about, and a cell for each column."""

    id: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Note:
    """A code for a sentence, with its figures."""

    code: str
    params: dict[str, Param] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """`code` names what it tells, `rests` what it rests on, `notes` what is not known of it."""

    code: str
    about: About
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    rests: str
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Days:
    """A line of the calendar: per mille of the readings that were due on each day; None = nothing was to be recorded then."""

    id: str
    shares: tuple[int | None, ...]
