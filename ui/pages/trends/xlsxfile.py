"""The samples as a workbook (XLSX): a sheet that says what they are, and a sheet for each point. Asks nobody.

Rows go to the disk as they come (openpyxl's write-only mode): a long span does not fill the memory.
"""

import importlib
import re
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np

from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import Kind
from cityops_desktop.sentences import reason_text
from cityops_desktop.texts import pick, tr
from ui.models.shown import moment
from ui.models.spreadsheet import sheet_cell
from ui.pages.trends.csvfile import QUALITY_WORDS
from ui.pages.trends.samplefile import About, GivenUp

MOST_ROWS = 1_000_000
"""Of one sheet; what is more goes on in another one."""
ROWS_AT_ONCE = 200
LONGEST_TITLE = 31
TIME_FORMAT = "yyyy-mm-dd hh:mm:ss.000"
WIDTHS = {"A": 24, "B": 14, "C": 12, "D": 40}


class _Sheet:
    """The rows of one point, in as many sheets as they need."""

    def __init__(self, book: Any, title: str, heads: list[str]) -> None:
        self._book, self._title, self._heads = book, title, heads
        self._number = 0
        self._next()

    def _next(self) -> None:
        self._number += 1
        tail = f" ({self._number})" if self._number > 1 else ""
        self.page = self._book.create_sheet(self._title[: LONGEST_TITLE - len(tail)] + tail)
        for column, wide in WIDTHS.items():
            self.page.column_dimensions[column].width = wide
        self.page.freeze_panes = "A2"
        self.page.append([sheet_cell(self.page, head) for head in self._heads])
        self.rows = 1
        self._time, self._value = sheet_cell(self.page), sheet_cell(self.page)
        self._time.number_format = TIME_FORMAT

    def append(self, time: datetime, value: float | str | None, quality: str, reason: str, shape: str) -> None:
        """One sample; its cells are made once and written again and again."""
        if self.rows >= MOST_ROWS:
            self._next()
        self._time.value = time
        if self._value.number_format != shape:
            self._value.number_format = shape
        self._value.value = value
        self.page.append([self._time, self._value, quality, reason])
        self.rows += 1


class XlsxFile:
    """See samplefile.Writer."""

    def open(self, part: Path, about: About) -> None:
        """Begin the book; openpyxl is loaded only now, outside of the window's thread: few ever need it."""
        self._part, self._about = part, about
        self._book = importlib.import_module("openpyxl").Workbook(write_only=True)
        self._tell_about()
        self._sheets: dict[str, _Sheet] = {}
        for number, (key, point) in enumerate(about.points.items(), 1):
            value = f"{tr('value')} {point.unit}".strip()
            title = re.sub(r"[\[\]:*?/\\'\x00-\x1f]", " ", f"{number} {pick(point.names)}").strip()
            heads = [f"{tr('time')} ({about.zone_name})", value, tr("quality"), tr("reason")]
            self._sheets[key] = _Sheet(self._book, title, heads)

    def _tell_about(self) -> None:
        page = self._book.create_sheet(tr("about"))
        page.column_dimensions["A"].width, page.column_dimensions["B"].width = 24, 60
        rows = [*self._about.head(), []]
        rows += [
            [f"{number} {key}", self._about.names[key], point.unit] for number, (key, point) in enumerate(self._about.points.items(), 1)
        ]
        rows += [[], [tr("quality"), ", ".join(tr(word) for word in QUALITY_WORDS.values())]]
        rows.append(["", tr("No value stands where the quality is bad or old: the reason says why. Gaps are never filled.")])
        rows.append(["", tr("A fault that began before the span stands first, with the time at which it began.")])
        for row in rows:
            page.append([sheet_cell(page, word) for word in row])

    def write(self, strips: dict[str, Strip], stop: Event) -> None:
        """The samples of a piece."""
        for key, strip in strips.items():
            point, sheet = self._about.points[key], self._sheets[key]
            digital = point.kind is Kind.DIGITAL
            states = {number: pick(names) for number, names in point.states.items()} if digital else {}
            shape = "0" if digital or not point.decimals else "0." + "0" * point.decimals
            words = {code: tr(word) for code, word in QUALITY_WORDS.items()}
            for row in range(len(strip)):
                if row % ROWS_AT_ONCE == 0 and stop.is_set():
                    raise GivenUp
                value: float | str | None = float(strip.first[row])
                if not np.isfinite(strip.first[row]):
                    value = None
                elif digital:
                    value = states.get(int(strip.first[row]), int(strip.first[row]))
                time = moment(int(strip.time[row]), self._about.zone).replace(tzinfo=None)
                sheet.append(time, value, words[int(strip.quality[row])], reason_text(*strip.reason(row)), shape)

    def close(self, stop: Event) -> None:
        """Put the sheets together."""
        self._book.save(self._part)

    def abandon(self) -> None:
        """Remove what lies beside."""
        if hasattr(self, "_book"):
            for page in self._book.worksheets:
                with suppress(OSError, ValueError):
                    page.close()
                    page._writer.cleanup()
