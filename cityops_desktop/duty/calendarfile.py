"""A calendar of turns for other programs (iCalendar, RFC 5545): times in UTC, lines folded at 75 octets. Reads none."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

FOLD = 75
PRODUCT = "-//CityOps Desktop//Duty roster//EN"


@dataclass(frozen=True, slots=True)
class Event:
    """A turn: `id` names it for good, so that a calendar that is read in again moves what it has; times are UTC ms."""

    id: str
    begin: int
    end: int
    title: str
    text: str = ""


def calendar(name: str, events: Iterable[Event], written: int) -> bytes:
    """The whole file; `written` (UTC ms) is when it was made."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN", "METHOD:PUBLISH", f"X-WR-CALNAME:{escaped(name)}"]
    for one in events:
        lines += ["BEGIN:VEVENT", f"UID:{escaped(one.id)}", f"DTSTAMP:{_time(written)}"]
        lines += [f"DTSTART:{_time(one.begin)}", f"DTEND:{_time(one.end)}", f"SUMMARY:{escaped(one.title)}"]
        lines += [f"DESCRIPTION:{escaped(one.text)}"] if one.text else []
        lines += ["END:VEVENT"]
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"]).encode()


def escaped(text: str) -> str:
    """A value of type TEXT: backslash, comma, semicolon and line ends; other control characters are left out."""
    for sign in "\\,;":
        text = text.replace(sign, f"\\{sign}")
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\\n")
    return "".join(sign for sign in text if (sign >= " " and sign != "\x7f") or sign == "\t")


def folded(line: str) -> str:
    """No physical line has more than 75 octets, and none ends within a character."""
    parts, part, room = [], "", FOLD
    for sign in line:
        size = len(sign.encode())
        if size > room:
            parts.append(part)
            part, room = "", FOLD - 1  # a blank stands before it
        part += sign
        room -= size
    return "\r\n ".join([*parts, part])


def _time(ms: int) -> str:
    return f"{datetime.fromtimestamp(ms // 1000, UTC):%Y%m%dT%H%M%SZ}"
