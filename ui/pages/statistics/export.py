"""The tables of a tab as files: CSV, XLSX and PDF. Figures stay figures: parts in percent, durations in seconds, times with their zone.
Asks the station nothing."""

import csv
import importlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QSaveFile, QTimer, Signal

from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.model.statistics import Cell, Column, Measure, Table
from cityops_desktop.texts import pick, tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.models.spreadsheet import no_formula, sheet_cell
from ui.pages.statistics.calendar import lines_of
from ui.pages.statistics.words import ABOUT, SUBJECTS, Words, note_text, notes_text, table_title

ROWS_AT_ONCE = 300
MOST_NAME = 28
"""Of the 31 signs that a spreadsheet allows; a number may follow."""
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
Value = str | int | float | None


@dataclass(frozen=True, slots=True)
class Part:
    """A table as it goes into a file."""

    title: str
    said: str
    head: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Document:
    """What it is, with what must be known of it (`facts`: name and value), and its parts."""

    title: str
    facts: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]


def of_tables(info: StatisticsInfo, model: RoomModel) -> Document:
    """A subject."""
    words = Words(model, info.people, info.by)
    title = f"{tr('Statistics')} · {tr(SUBJECTS[info.subject])}"
    said = [note_text(note, model.zone) for note in info.notes]
    if info.ready < 1:
        said.append(tr("Not all of it is reckoned yet: {n} %.", n=int(info.ready * 100)))
    facts = (*_facts(model, info.start, info.end), *((tr("Note"), one) for one in said))
    return Document(title, facts, tuple(_part(table, words, model) for table in info.tables))


def of_calendar(info: CompletenessInfo, model: RoomModel) -> Document:
    """The calendar: percent of the readings due, of every device and point on every day."""
    every = frozenset(device.id for device in info.devices)
    head = (tr("device"), tr("point"), *(f"{moment(day, model.zone):%Y-%m-%d}" for day in info.days))
    rows: list[tuple[Value, ...]] = []
    for line in lines_of(info, every, model):
        shares = (None if share is None else share / 10 for share in line.shares)
        rows.append((line.device, line.id if line.point else "", *shares))
    said = " ".join([tr("Percent of the readings that were due."), *(note_text(note, model.zone) for note in info.notes)])
    title = tr("Completeness by day")
    return Document(f"{tr('Statistics')} · {title}", _facts(model, info.days[0], info.end), (Part(title, said, head, tuple(rows)),))


def _facts(model: RoomModel, start: int, end: int) -> tuple[tuple[str, str], ...]:
    room = model.room
    demo = [(tr("DEMO"), tr("simulated data, not of a real room"))] if room is not None and room.origin == "demo" else []
    days = f"{moment(start, model.zone):%Y-%m-%d} – {moment(end - 1, model.zone):%Y-%m-%d}"
    now = f"{moment(model.now(), model.zone):%Y-%m-%d %H:%M:%S}"
    return (
        *demo,
        (tr("Room"), pick(room.names) if room else ""),
        (tr("Span"), days),
        (tr("Time zone"), room.timezone if room else ""),
        (tr("Made"), now),
    )


def _part(table: Table, words: Words, model: RoomModel) -> Part:
    head = (tr(ABOUT[table.about]), *(_head(column, words) for column in table.columns))
    rows = []
    for row in table.rows:
        cells = (_value(column, cell, words, model) for column, cell in zip(table.columns, row.cells, strict=True))
        rows.append((words.label(table.about, row.id), *cells))
    return Part(table_title(table), notes_text(table, model.zone), head, tuple(rows))


def _head(column: Column, words: Words) -> str:
    unit = {Measure.SHARE: "%", Measure.MS: column.unit or "s"}.get(column.measure, "")
    return f"{words.head(column)} ({unit})" if unit else words.head(column)


def _value(column: Column, cell: Cell, words: Words, model: RoomModel) -> Value:
    if cell is None:
        return None
    if isinstance(cell, str):
        return words.cell(column, cell)
    match column.measure:
        case Measure.SHARE:
            return int(cell * 10000) / 100
        case Measure.MS:
            return round(cell, 1) if column.unit == "ms" else round(cell / 1000, 1)
        case Measure.MOMENT:
            return moment(int(cell), model.zone).isoformat(" ", "seconds")
        case Measure.COUNT:
            return int(cell)
    return round(cell, 4)


def plain(value: Value) -> str:
    """A value as text; what is not known is empty, and a name that begins like a formula is not one."""
    if value is None:
        return ""
    if isinstance(value, str):
        return no_formula(value)
    return f"{value:g}" if isinstance(value, float) and value == int(value) else str(value)


class FileRun(QObject):
    """Writes a document some rows a turn of the loop, so that the window lives; the file is there whole or not at all. `ended`: what
    became of it, in words."""

    ended = Signal(str)

    def __init__(self, document: Document, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._file = QSaveFile(str(path), self)
        self._steps = self._xlsx(document) if path.suffix.lower() == ".xlsx" else self._csv(document)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)

    def start(self) -> None:
        """Begin; nothing has been written yet when this returns."""
        if self._file.open(QSaveFile.OpenModeFlag.WriteOnly):
            self._timer.start()
        else:
            self._fail(self._file.errorString())

    def cancel(self) -> None:
        """Leave no file behind."""
        if self._timer.isActive():
            self._timer.stop()
            self._file.cancelWriting()
            self._file.commit()
            self.ended.emit(tr("Export given up: no file was written"))

    def _turn(self) -> None:
        if next(self._steps, None) is not None:
            return
        self._timer.stop()
        if self._file.commit():
            self.ended.emit(tr("Saved: {path}", path=str(self._path)))
        else:
            self._fail(self._file.errorString())

    def _fail(self, why: str) -> None:
        self._timer.stop()
        self.ended.emit(tr("{file} cannot be written: {why}", file=str(self._path), why=why))

    def _csv(self, document: Document) -> Iterator[bool]:
        self._file.write(b"\xef\xbb\xbf")
        for rows in _chunks(_lines(document)):
            text = io.StringIO(newline="")
            csv.writer(text).writerows([plain(value) for value in row] for row in rows)
            self._file.write(text.getvalue().encode())
            yield True

    def _xlsx(self, document: Document) -> Iterator[bool]:
        book = importlib.import_module("openpyxl").Workbook(write_only=True)
        names: set[str] = set()
        for number, part in enumerate(document.parts):
            page = book.create_sheet(sheet_name(part.title, names))
            opening: list[Sequence[Value]] = [*document.facts, (part.title,), (part.said,), (), part.head]
            for row in opening:
                page.append([sheet_cell(page, value) for value in row])
            for rows in _chunks(part.rows):
                for row in rows:
                    page.append([sheet_cell(page, value) for value in row])
                yield True
            yield bool(number + 1)
        target = io.BytesIO()
        book.save(target)
        yield True
        self._file.write(target.getvalue())
        yield True


def sheet_name(title: str, names: set[str]) -> str:
    """What a spreadsheet allows, each once."""
    short = _FORBIDDEN.sub(" ", title).strip()
    if len(short) > MOST_NAME:
        short = short[: MOST_NAME + 1].rpartition(" ")[0] or short[:MOST_NAME]
    name, number = short, 2
    while name.casefold() in names:
        name, number = f"{short} {number}", number + 1
    names.add(name.casefold())
    return name


def _lines(document: Document) -> Iterator[Sequence[Value]]:
    yield (document.title,)
    yield from document.facts
    for part in document.parts:
        yield ()
        yield (part.title,)
        yield (part.said,)
        yield part.head
        yield from part.rows


def _chunks(rows: Iterable[Sequence[Value]]) -> Iterator[list[Sequence[Value]]]:
    some: list[Sequence[Value]] = []
    for row in rows:
        some.append(row)
        if len(some) == ROWS_AT_ONCE:
            yield some
            some = []
    yield some
