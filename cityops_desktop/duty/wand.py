"""From what a patrol wand (巡更棒) or a memory scanner wrote to lines: code, time, wand, person. Pure; knows no file and no port.

Wands have no common protocol. What they and their programs do have in common is text: a table (CSV) or lines of signs, with a column for
the code of the tag and one or two for the time. What cannot be read is told line by line; nothing is guessed that could be two things.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from cityops_desktop.texts import N_

MOST_LINES = 20_000
LONGEST = 64
"""Signs of a code, a wand's number or a person's code."""


class Column(StrEnum):
    """What a column says. A time may stand in two: the day, and the time of the day."""

    CODE = "code"
    TIME = "time"
    DAY = "day"
    READER = "reader"
    PERSON = "person"


FORMS = (
    *("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"),
    *("%Y.%m.%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S"),
)
"""Forms of a time that can be only one thing; one with the day or the month first must be named."""
HEADINGS: Mapping[Column, tuple[str, ...]] = {
    Column.CODE: (
        "code",
        "tag",
        "checkpoint",
        "checkpoint code",
        "card",
        "card number",
        "卡号",
        "点位编号",
        "地点编号",
        "巡更点编号",
        "编码",
    ),
    Column.TIME: ("time", "datetime", "date and time", "visit time", "时间", "刷卡时间", "巡检时间", "巡更时间", "读卡时间"),
    Column.DAY: ("date", "day", "日期", "刷卡日期", "巡检日期"),
    Column.READER: ("reader", "wand", "device", "巡更棒", "巡检器", "巡更机", "机号", "设备号"),
    Column.PERSON: ("person", "guard", "person code", "人员", "巡更员", "巡检员", "人员卡号", "人员编号"),
}
DELIMITERS = (",", ";", "\t", "|")


class Form(NamedTuple):
    """How lines are to be read: which column (its number from 1) says what; the form of the time, "" = one of FORMS; times are local ones
    of `zone`. `head`: so many lines before the first one that counts."""

    columns: Mapping[Column, int]
    zone: ZoneInfo
    delimiter: str = ","
    form: str = ""
    head: int = 0


class Line(NamedTuple):
    """A line of a wand. `time` UTC ms; None where it tells none. `number` of the line in its file."""

    code: str
    time: int | None
    reader: str
    person: str
    number: int


class Finding(NamedTuple):
    """What is wrong with a line (0 = with the whole), and what to do; with {names} of `params`."""

    line: int
    what: str
    do: str
    params: Mapping[str, str | int] = {}


def decoded(raw: bytes) -> str | None:
    """The text of a file: UTF-8, or GB 18030 as programs in China write it; None when it is neither."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def guessed(text: str, zone: ZoneInfo) -> Form | Finding:
    """How a table with headings is to be read, or why somebody has to say it."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(DELIMITERS, key=first.count)
    if delimiter not in first:
        return Finding(1, N_("no separator between columns is to be seen"), N_("name the separator and the columns"))
    cells = [cell.strip().strip('"').casefold() for cell in first.split(delimiter)]
    columns = {}
    for column, names in HEADINGS.items():
        places = [number for number, cell in enumerate(cells, 1) if cell in names]
        if len(places) > 1:
            return Finding(1, N_("two headings mean the same ({column})"), N_("name the columns"), {"column": column.value})
        if places:
            columns[column] = places[0]
    if Column.CODE not in columns or not {Column.TIME, Column.DAY} & set(columns):
        return Finding(1, N_("no heading says which column holds the code and which the time"), N_("name the columns by their numbers"))
    return Form(columns, zone, delimiter, "", text.splitlines().index(first) + 1)


def read(text: str, form: Form) -> tuple[list[Line], list[Finding]]:
    """All lines that can be read, and what is wrong with the others."""
    lines: list[Line] = []
    findings: list[Finding] = []
    rows = text.splitlines()
    if len(rows) > MOST_LINES:
        return [], [Finding(0, N_("more than {most} lines"), N_("empty the wand more often, or cut the file"), {"most": MOST_LINES})]
    for number, row in enumerate(rows, 1):
        if number <= form.head or not row.strip():
            continue
        found = read_line(row, form, number)
        if isinstance(found, Finding):
            findings.append(found)
        else:
            lines.append(found)
    return lines, findings


def read_line(row: str, form: Form, number: int = 0) -> Line | Finding:
    """One line."""
    try:
        cells = next(csv.reader([row], delimiter=form.delimiter, strict=True), [])
    except csv.Error:
        return Finding(number, N_("the quotes of this line do not close"), N_("look at the line"))
    told = {column: _cell(cells, place) for column, place in form.columns.items()}
    missing = next((column for column, cell in told.items() if cell is None), None)
    if missing is not None:
        do = N_("name the columns as they are in this file")
        return Finding(number, N_("there is no column {place} ({column})"), do, {"place": form.columns[missing], "column": missing.value})
    code = told.get(Column.CODE) or ""
    if not code or not all(_plain(told.get(column) or "") for column in (Column.CODE, Column.READER, Column.PERSON)):
        return Finding(number, N_("no code of a tag: “{code}”"), N_("look at the line"), {"code": code[:40]})
    moment = " ".join(filter(None, (told.get(Column.DAY), told.get(Column.TIME))))
    time = _time(moment, form) if moment else None
    if moment and time is None:
        return Finding(number, N_("“{time}” is no time that can be read"), N_("name the form of the times"), {"time": moment[:40]})
    if not moment and {Column.TIME, Column.DAY} & set(form.columns):
        return Finding(number, N_("the line has no time"), N_("look at the line"))
    return Line(code, time, told.get(Column.READER) or "", told.get(Column.PERSON) or "", number)


class Splitter:
    """Bytes of a port into lines. What is too long to be a line, or no text, is dropped up to the next end of a line and counted."""

    def __init__(self, longest: int = 256) -> None:
        self._longest = longest
        self._rest = b""
        self._dropping = False
        self.bad = 0

    def feed(self, data: bytes) -> Iterator[str]:
        """The lines that are complete now; CR, LF or both end one."""
        self._rest += data.replace(b"\r", b"\n")
        while (end := self._rest.find(b"\n")) >= 0:
            line, self._rest = self._rest[:end], self._rest[end + 1 :]
            dropped, self._dropping = self._dropping, False
            if dropped or not line.strip():
                continue
            text = self._text(line)
            if text is None:
                self.bad += 1
            else:
                yield text
        if len(self._rest) > self._longest:
            self.bad += 0 if self._dropping else 1
            self._rest, self._dropping = b"", True

    def lost(self) -> None:
        """The port is gone: half a line is none."""
        self.bad += 1 if self._rest.strip() else 0
        self._rest, self._dropping = b"", False

    def _text(self, line: bytes) -> str | None:
        if len(line) > self._longest:
            return None
        try:
            text = line.decode("ascii").strip()
        except UnicodeDecodeError:
            return None
        return text if text and all(sign.isprintable() or sign == "\t" for sign in text) else None


def _cell(cells: Sequence[str], place: int) -> str | None:
    return cells[place - 1].strip() if 0 < place <= len(cells) else None


def _plain(text: str) -> bool:
    return len(text) <= LONGEST and text.isprintable()


def _time(text: str, form: Form) -> int | None:
    for pattern in (form.form,) if form.form else FORMS:
        try:
            moment = datetime.strptime(text, pattern)  # noqa: DTZ007
            found = round((moment if moment.tzinfo else moment.replace(tzinfo=form.zone)).timestamp() * 1000)
        except (ValueError, OverflowError, OSError):
            continue
        return found if found >= 0 else None
    return None
