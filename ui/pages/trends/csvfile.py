"""Writes the samples behind a chart to a CSV file, in pieces: asks the station for a little, writes a little, and lets the window live.

Samples, never envelopes: a piece that comes back in buckets is asked again in halves. The file has its name only when it is whole.
"""

import csv
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import QUALITY_CODES
from cityops_desktop.sentences import QUALITIES, reason_text
from cityops_desktop.texts import pick, tr
from ui.models.shown import figure, moment

if TYPE_CHECKING:
    from cityops_desktop.model.envelope import Past, Strip
    from ui.link import Link
    from ui.models.room import RoomModel

PIECE_MS, LONGEST_PIECE_MS, SHORTEST_PIECE_MS = 15 * 60_000, 86_400_000, 100
BUCKETS = 4000
FEW = 4000
"""Samples of a point below which the next piece is twice as long."""
ROWS_AT_ONCE = 400
RETRIES = 3
RETRY_MS = 2000
_WORDS = {code: QUALITIES[quality] for quality, code in QUALITY_CODES.items()}


class CsvExport(QObject):
    """`progressed` tells percent, `ended` a sentence when it did not come to a good end, "" when the file is there."""

    progressed = Signal(int)
    ended = Signal(str)

    def __init__(
        self, model: "RoomModel", link: "Link", points: list[PointInfo], start: int, end: int, path: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model, self._link, self._path = model, link, path
        self._points = {point.key: point for point in points}
        self._start, self._end = start, end
        self._at, self._piece = start, PIECE_MS
        self._part = path.with_name(path.name + ".part")
        self._file: TextIO | None = None
        self._failures = 0
        self._over = False
        self._rows: Iterator[list[str]] = iter(())
        self._writing = QTimer(self, interval=0)
        self._writing.timeout.connect(self._write_some)
        self._waiting = QTimer(self, interval=RETRY_MS, singleShot=True)
        self._waiting.timeout.connect(self._ask)

    def begin(self) -> None:
        """Open the file and ask for the first piece."""
        try:
            self._file = self._part.open("w", encoding="utf-8-sig", newline="")
            self._csv = csv.writer(self._file)
            self._csv.writerows(self._head())
        except OSError as error:
            self._end_with(unwritten(self._path, error))
            return
        self._ask()

    def cancel(self) -> None:
        """Leave no file behind."""
        self._end_with(tr("export given up: no file was written"))

    def _head(self) -> list[list[str]]:
        room = self._model.room
        rows = [[tr("Room"), _no_formula(pick(room.names)) if room else ""]]
        if room is not None and room.origin == "demo":
            rows.insert(0, [tr("DEMO"), tr("simulated data, not of a real room")])
        span = [self._time(self._start), self._time(self._end)]
        zone = room.timezone if room else ""
        rows += [[tr("Span"), *span], [tr("Time zone"), zone], []]
        return [*rows, [tr("time"), tr("point"), tr("name"), tr("value"), tr("unit"), tr("quality"), tr("reason")]]

    def _time(self, ms: int) -> str:
        return moment(ms, self._model.zone).isoformat(" ", "milliseconds")

    def _ask(self) -> None:
        if self._over:
            return
        if self._at >= self._end:
            self._finish()
            return
        end = min(self._at + self._piece, self._end)
        self._link.history(list(self._points), self._at, end - 1, BUCKETS, lambda past: self._answered(past, end))

    def _answered(self, past: "Past | None", end: int) -> None:
        if self._over:
            return
        if past is None:
            self._failures += 1
            if self._failures > RETRIES:
                self._end_with(tr("the station gives no answer: no file was written"))
            else:
                self._waiting.start()
            return
        self._failures = 0
        if any(strip.width for strip in past.strips.values()) and self._piece > SHORTEST_PIECE_MS:
            self._piece = max(SHORTEST_PIECE_MS, self._piece // 2)
            self._ask()
            return
        most = max((len(strip) for strip in past.strips.values()), default=0)
        if most < FEW:
            self._piece = min(LONGEST_PIECE_MS, self._piece * 2)
        self._at = end
        self._rows = self._told(dict(past.strips))
        self._writing.start()

    def _told(self, strips: "dict[str, Strip]") -> Iterator[list[str]]:
        """The samples of a piece in the order of time."""
        parts = [(key, strip) for key, strip in strips.items() if len(strip) and key in self._points]
        if not parts:
            return
        times = np.concatenate([strip.time for _, strip in parts])
        owner = np.repeat(np.arange(len(parts)), [len(strip) for _, strip in parts])
        row = np.concatenate([np.arange(len(strip)) for _, strip in parts])
        for index in np.argsort(times, kind="stable"):
            key, strip = parts[int(owner[index])]
            yield self._row(self._points[key], strip, int(row[index]))

    def _row(self, point: PointInfo, strip: "Strip", row: int) -> list[str]:
        device = self._model.devices.get(point.device)
        place = pick(device.names) if device else point.device
        value = float(strip.first[row])
        decimals = 0 if point.kind is Kind.DIGITAL else point.decimals
        told = figure(value, decimals) if np.isfinite(value) else ""
        quality = tr(_WORDS[int(strip.quality[row])])
        return [
            self._time(int(strip.time[row])),
            point.key,
            _no_formula(f"{place} · {pick(point.names)}"),
            told,
            point.unit,
            quality,
            reason_text(*strip.reason(row)),
        ]

    def _write_some(self) -> None:
        """A few rows, and back to the window."""
        try:
            for _ in range(ROWS_AT_ONCE):
                self._csv.writerow(next(self._rows))
        except StopIteration:
            self._writing.stop()
            self.progressed.emit(100 * (self._at - self._start) // max(1, self._end - self._start))
            self._ask()
        except OSError as error:
            self._end_with(unwritten(self._path, error))

    def _finish(self) -> None:
        assert self._file is not None
        try:
            self._file.close()
            self._part.replace(self._path)
        except OSError as error:
            self._end_with(unwritten(self._path, error))
            return
        self._end_with("")

    def _end_with(self, said: str) -> None:
        if self._over:
            return
        self._over = True
        self._writing.stop()
        self._waiting.stop()
        if self._file is not None:
            with suppress(OSError):
                self._file.close()
            with suppress(OSError):
                self._part.unlink(missing_ok=True)
        self.ended.emit(said)


def unwritten(path: Path, error: OSError | str) -> str:
    """Why there is no file, and what to do."""
    why = error if isinstance(error, str) else error.strerror or str(error)
    return tr("{file} could not be written ({error}): choose another folder", file=path.name, error=why)


def _no_formula(text: str) -> str:
    """A name as a spreadsheet shall show it, not reckon it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
