"""Tables that become a file: CSV and XLSX, some rows a turn of the event loop. Knows no page and no station."""

import csv
import importlib
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QSaveFile, QTimer, Signal

from cityops_desktop.texts import tr
from ui.models.spreadsheet import no_formula, sheet_cell

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
