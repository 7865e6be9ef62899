"""From a row that an access control system wrote to an event, and from events to the state of a door. Pure; knows no file and no network.

A card's number is cut to its last digits before anything is kept of it.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

SHOWN_DIGITS = 4
"""Digits of a card's number that are shown, unless it is so short that they would be most of it."""
LONGEST_NAME = 40
LONGEST_DOOR = 200


class Column(StrEnum):
    """What a column of a row says."""

    TIME = "time"
    DOOR = "door"
    EVENT = "event"
    CARD = "card"
    PERSON = "person"
    NUMBER = "number"


class Sort(StrEnum):
    """What an event means."""

    GRANTED = "granted"
    DENIED = "denied"
    FORCED = "forced"
    HELD = "held"
    CLOSED = "closed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Wording:
    """How rows are to be read: the names (or places, from 1) of the columns, the system's own words for events, the form of its times.

    `form` is "iso", "s" or "ms" since 1970, or a pattern of strptime; times without a zone are of `zone`.
    """

    columns: Mapping[Column, str | int]
    words: Mapping[str, Sort]
    form: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `time` UTC ms, `who` a name and the last digits of a card, `number` the system's own mark of the row."""

    door: str
    time: int
    sort: Sort
    word: str
    who: str
    number: str = ""


def event_of(row: Mapping[str, object] | Sequence[str], wording: Wording) -> Event | None:
    """The event that a row tells; None when it lacks a time or a door, or they make no sense."""
    time = _time(_cell(row, wording, Column.TIME), wording)
    door = _cell(row, wording, Column.DOOR)
    if time is None or not 0 < len(door) <= LONGEST_DOOR:
        return None
    word = _printable(_cell(row, wording, Column.EVENT))
    who = " ".join(filter(None, (_printable(_cell(row, wording, Column.PERSON)), shortened(_cell(row, wording, Column.CARD)))))
    sort = wording.words.get(word.casefold(), Sort.OTHER)
    return Event(door, time, sort, word, who, _cell(row, wording, Column.NUMBER)[:LONGEST_DOOR])


def line_of(text: str, delimiter: str) -> list[str] | None:
    """The cells of a line of a CSV file; None when it is none."""
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), None)
    except csv.Error:
        return None


def object_of(text: str) -> Mapping[str, object] | None:
    """The object of a line of a file of JSON lines; None when it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def shortened(card: str) -> str:
    """A card's number as it may be shown: its last digits."""
    card = "".join(sign for sign in card if sign.isalnum())
    if not card:
        return ""
    shown = SHOWN_DIGITS if len(card) >= 2 * SHOWN_DIGITS else len(card) // 4
    return "*" * SHOWN_DIGITS + (card[-shown:] if shown else "")


@dataclass(slots=True)
class DoorState:
    """What the events of a door have told. `newest` is the event with the latest time that can be believed, `ahead` a later event whose
    time lies in the future."""

    newest: Event | None = None
    ahead: Event | None = None
    denied: int = 0
    forced: bool = False
    held: bool = False

    def take(self, event: Event, latest: int) -> None:
        """One more event; one after `latest` (UTC ms) has a clock that cannot be believed."""
        self.denied += event.sort is Sort.DENIED
        if event.time > latest:
            self.ahead = event
        elif self.newest is not None and event.time < self.newest.time:
            return  # told late: it says nothing of the door now
        else:
            self.newest, self.ahead = event, None
        if event.sort is Sort.FORCED:
            self.forced = True
        elif event.sort is Sort.HELD:
            self.held = True
        elif event.sort is Sort.CLOSED:
            self.forced = self.held = False


def told(event: Event, zone: ZoneInfo) -> str:
    """An event as a line of text: when, who, and the system's own word for it."""
    when = datetime.fromtimestamp(event.time / 1000, zone).strftime("%Y-%m-%d %H:%M:%S")
    return " ".join(filter(None, (when, event.who, event.word)))


def _cell(row: Mapping[str, object] | Sequence[str], wording: Wording, column: Column) -> str:
    """What stands in a column of the row; "" where there is none."""
    place = wording.columns.get(column)
    if place is None:
        return ""
    if isinstance(row, Mapping):
        value = row.get(str(place))
        return "" if value is None or isinstance(value, dict | list) else str(value).strip()
    if isinstance(place, int) and 0 < place <= len(row):
        return row[place - 1].strip()
    return ""


def _time(text: str, wording: Wording) -> int | None:
    try:
        if wording.form in ("s", "ms"):
            number = float(text) * (1000 if wording.form == "s" else 1)
            datetime.fromtimestamp(number / 1000, wording.zone)
            return round(number)
        moment = datetime.fromisoformat(text) if wording.form == "iso" else datetime.strptime(text, wording.form)  # noqa: DTZ007
        return round((moment if moment.tzinfo else moment.replace(tzinfo=wording.zone)).timestamp() * 1000)
    except (ValueError, OverflowError, OSError):
        return None


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else "?" for sign in text)[:LONGEST_NAME]
