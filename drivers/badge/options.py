"""What a room file says of an access control system: where its events come from, how they are written, which door a device is."""

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from cityops_desktop.texts import N_
from drivers.badge.events import Column, Sort, Wording
from drivers.exchange import ExchangeDevice, ExchangeSource
from drivers.web.options import WebOptions

NEEDED = (Column.TIME, Column.DOOR, Column.EVENT)


class Format(StrEnum):
    """What a line of the file is."""

    CSV = "csv"
    JSON = "json"


class Encoding(StrEnum):
    """In which letters a file is written."""

    UTF_8 = "utf-8"
    GB18030 = "gb18030"


class BadgeBus(WebOptions):
    """Events come from a `file` that the system appends to, or from a page of a `host` that gives a JSON list.

    `columns` names (or counts, from 1) the columns; `words` the system's own words for each sort of event; `future` minutes that an
    event's time may lie ahead of ours.
    """

    host: Annotated[str, Field(pattern=r"^[^\s/@?#]*$")] = ""
    file: str = ""
    page: Annotated[str, Field(pattern=r"^/[\x21-\x7e]*$")] = "/"
    after: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]*$")] = "after"
    rows: str = ""
    format: Format = Format.CSV
    encoding: Encoding = Encoding.UTF_8
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    columns: dict[Column, str | int]
    words: dict[Sort, tuple[str, ...]] = Field(default_factory=dict)
    time_format: Annotated[str, Field(min_length=1)] = "iso"
    timezone: str = "Asia/Shanghai"
    future: Annotated[float, Field(ge=0, le=1440, allow_inf_nan=False)] = 5.0

    @model_validator(mode="after")
    def _sound(self) -> "BadgeBus":
        if bool(self.file) == bool(self.host):
            raise ValueError(N_("give either a file or a host"))
        if any(column not in self.columns for column in NEEDED):
            raise ValueError(N_("columns must say where time, door and event stand"))
        named = [isinstance(place, str) for place in self.columns.values()]
        if any(named) != all(named):
            raise ValueError(N_("columns are either all names or all numbers"))
        if not any(named) and (self.host or self.format is Format.JSON):
            raise ValueError(N_("the columns of JSON have names, not numbers"))
        try:
            ZoneInfo(self.timezone)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(N_("there is no such timezone")) from error
        return self

    @property
    def wording(self) -> Wording:
        """How rows are to be read."""
        words = {word.casefold(): sort for sort, given in self.words.items() for word in given}
        return Wording(self.columns, words, self.time_format, ZoneInfo(self.timezone))

    @property
    def headed(self) -> bool:
        """Does the file begin with a line of names?"""
        return self.format is Format.CSV and any(isinstance(place, str) for place in self.columns.values())


class DoorDevice(ExchangeDevice):
    """One door, by the name that the events give it."""

    door: Annotated[str, Field(min_length=1)]


class About(StrEnum):
    """What is told of a door."""

    LAST = "last"
    DENIED = "denied"
    FORCED = "forced"
    HELD = "held"
    AGE = "age"


class DoorSource(ExchangeSource):
    """What a point tells of its door."""

    about: About
