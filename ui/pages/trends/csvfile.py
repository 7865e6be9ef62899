"""The samples as CSV: a head that says what they are, then a row for each sample in the order of time. Asks nobody."""

import csv
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from threading import Event
from typing import TextIO

import numpy as np

from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import QUALITY_CODES
from cityops_desktop.sentences import QUALITIES, reason_text
from cityops_desktop.texts import tr
from ui.models.shown import figure
from ui.models.spreadsheet import no_formula
from ui.pages.trends.samplefile import About, GivenUp

ROWS_AT_ONCE = 400
QUALITY_WORDS = {code: QUALITIES[quality] for quality, code in QUALITY_CODES.items()}


class CsvFile:
    """See samplefile.Writer."""

    def open(self, part: Path, about: About) -> None:
        """Begin the file with its head."""
        self._about = about
        self._file: TextIO = part.open("w", encoding="utf-8-sig", newline="")
        self._csv = csv.writer(self._file)
        self._csv.writerows([[no_formula(word) for word in row] for row in about.head()])
        self._csv.writerows([[], [tr("time"), tr("point"), tr("name"), tr("value"), tr("unit"), tr("quality"), tr("reason")]])

    def write(self, strips: dict[str, Strip], stop: Event) -> None:
        """The samples of a piece."""
        rows = self._rows(strips)
        while some := list(islice(rows, ROWS_AT_ONCE)):
            if stop.is_set():
                raise GivenUp
            self._csv.writerows(some)

    def close(self, stop: Event) -> None:
        """It is whole."""
        self._file.close()

    def abandon(self) -> None:
        """It is not wanted."""
        if hasattr(self, "_file"):
            with suppress(OSError):
                self._file.close()

    def _rows(self, strips: dict[str, Strip]) -> Iterator[list[str]]:
        parts = list(strips.items())
        if not parts:
            return
        times = np.concatenate([strip.time for _, strip in parts])
        owner = np.repeat(np.arange(len(parts)), [len(strip) for _, strip in parts])
        row = np.concatenate([np.arange(len(strip)) for _, strip in parts])
        for index in np.argsort(times, kind="stable"):
            key, strip = parts[int(owner[index])]
            yield self._row(key, strip, int(row[index]))

    def _row(self, key: str, strip: Strip, row: int) -> list[str]:
        point, value = self._about.points[key], float(strip.first[row])
        told = figure(value, 0 if point.kind is Kind.DIGITAL else point.decimals) if np.isfinite(value) else ""
        quality = tr(QUALITY_WORDS[int(strip.quality[row])])
        name = no_formula(self._about.names[key])
        return [self._about.time(int(strip.time[row])), key, name, told, point.unit, quality, reason_text(*strip.reason(row))]
