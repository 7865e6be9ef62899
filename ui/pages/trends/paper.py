"""A chart on paper (PDF): the curves as lines, not as a picture, and below them the table of their statistics. Black on white, whatever
the window looks like. Asks nobody; what it is given was looked at a moment ago."""

from copy import copy
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from threading import Thread

import numpy as np
from pyqtgraph.functions import arrayToQPath
from PySide6.QtCore import QObject, QRectF, QSaveFile, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPdfWriter, QPen

from cityops_desktop.sentences import level_name
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.shown import figure
from ui.models.ticks import time_ticks, value_ticks
from ui.pages.trends.figures import SIGNS, Figures
from ui.pages.trends.lanes import Lane, Line
from ui.pages.trends.samplefile import unwritten
from ui.paper import sheet
from ui.paper.sheet import BODY, FAINT, GREY, INK, SMALL, Heading, broken, metrics, write

LEFT, RIGHT, LINE, HEAD, AXIS = 420, 160, 105, 110, 130
TABLE_LEAST = 900
"""So high is the table at least on the first page, when there is more than a row."""
SHARES = (0.29, 0.08, 0.08, 0.08, 0.09, 0.24, 0.07, 0.07)
PIXEL = 7
"""Tenths of a point that a pixel of the time axis is worth: names of ticks stand as far apart as on the screen."""
VEIL = QColor(255, 255, 255, 215)
"""Behind a limit's name: it can be read, and the curve below it still seen."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is printed: the lanes as they are seen, the time (UTC ms), the statistics of each curve."""

    heading: Heading
    lanes: list[Lane]
    span: tuple[int, int]
    zone: tzinfo
    span_text: str
    figures: list[Figures]


def as_seen(lanes: list[Lane]) -> list[Lane]:
    """The lanes as they stand now, whatever becomes of the chart."""
    copies = [copy(lane) for lane in lanes]
    for lane in copies:
        lane.lines = [copy(line) for line in lane.lines]
    return copies


class PaperPrint(QObject):
    """Prints in a thread: the fonts alone take longer than a window may wait. `ended` tells what became of it, in words."""

    ended = Signal(str)
    _printed = Signal(str)

    def __init__(self, path: Path, report: Report, notes: list[str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self._thread = Thread(target=lambda: self._printed.emit(print_chart(path, report, notes)), name="paper", daemon=True)
        self._printed.connect(self._end, Qt.ConnectionType.QueuedConnection)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def _end(self, why: str) -> None:
        self._thread.join()
        self.ended.emit(unwritten(self._path, why) if why else tr("written: {file}", file=str(self._path)))
        self.deleteLater()


def print_chart(path: Path, report: Report, notes: list[str]) -> str:
    """Write the paper; what went wrong, "" when it is there. A file appears whole or not at all."""
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        return file.errorString()
    pages = _pages(report)
    writer = QPdfWriter(file)
    sheet.set_up(writer, report.heading, landscape=True)
    painter = QPainter(writer)
    for number, rows in enumerate(pages, 1):
        if number > 1:
            writer.newPage()
        sheet.paint_heading(painter, report.heading, number, len(pages), landscape=True)
        top = sheet.area(landscape=True).top()
        if number == 1:
            top = _Chart(painter, report, notes).paint(_chart_area(report, notes)) + 80
        _table(painter, top, rows)
    painter.end()
    return "" if file.commit() else file.errorString()


def _row_high(cells: list[str]) -> int:
    return LINE * max(len(lines) for lines in _wrapped(cells)) + 30


def _wrapped(cells: list[str]) -> list[list[str]]:
    wide = sheet.area(landscape=True).width()
    return [broken(cell, wide * share - 40, SMALL) for cell, share in zip(cells, SHARES, strict=True)]


def _cells(one: Figures) -> list[str]:
    words = (one.lowest, one.mean, one.highest, one.last, one.said, one.good, one.count)
    return [f"{one.number}  {one.name}", *(word.text for word in words)]


def _chart_area(report: Report, notes: list[str]) -> QRectF:
    """The chart gets what the table leaves of the first page, and half of it at least."""
    whole = sheet.area(landscape=True)
    table = LINE + 60 + sum(_row_high(_cells(one)) for one in report.figures)
    high = max(whole.height() * 0.5, whole.height() - max(table, TABLE_LEAST) - 80)
    return QRectF(whole.left(), whole.top(), whole.width(), high)


def _pages(report: Report) -> list[list[list[str]]]:
    """The rows of the table, a list for each page."""
    whole = sheet.area(landscape=True)
    room, pages = whole.height() - _chart_area(report, []).height() - 80 - LINE - 60, [list[list[str]]()]
    for one in report.figures:
        cells = _cells(one)
        if room < _row_high(cells):
            pages.append([])
            room = whole.height() - LINE - 60
        pages[-1].append(cells)
        room -= _row_high(cells)
    return pages


def _table(painter: QPainter, top: float, rows: list[list[str]]) -> None:
    if not rows:
        return
    whole = sheet.area(landscape=True)
    titles = [tr("Curve"), tr("Lowest"), tr("Mean"), tr("Highest"), tr("Last")]
    titles += [tr("Beyond limits, counted, states"), tr("Good"), tr("Values")]
    y = top
    for cells, bold in ((titles, True), *((row, False) for row in rows)):
        x, high = whole.left(), LINE + 30 if bold else _row_high(cells)
        for cell, lines, share in zip(cells, _wrapped(cells), SHARES, strict=True):
            shown = [cell] if bold else lines
            for number, line in enumerate(shown):
                write(painter, QRectF(x, y + number * LINE, whole.width() * share - 30, LINE), line, SMALL, bold=bold)
            x += whole.width() * share
        y += high
        painter.setPen(QPen(INK if bold else FAINT, 5 if bold else 3))
        painter.drawLine(int(whole.left()), int(y - 20), int(whole.right()), int(y - 20))


class _Chart:
    """The lanes above each other with one time axis."""

    def __init__(self, painter: QPainter, report: Report, notes: list[str]) -> None:
        self._painter, self._report, self._notes = painter, report, notes

    def paint(self, area: QRectF) -> float:
        """Where it ends."""
        lanes, painter = self._report.lanes, self._painter
        foot = AXIS + LINE * (1 + len(self._notes))
        room = area.height() - foot - HEAD * len(lanes)
        weights = sum(lane.box.height() for lane in lanes) or 1.0
        y, bottom = area.top(), area.top()
        for lane in lanes:
            box = QRectF(area.left() + LEFT, y + HEAD, area.width() - LEFT - RIGHT, max(200.0, room * lane.box.height() / weights))
            self._lane(lane, box)
            y = bottom = box.bottom()
        self._times(QRectF(area.left() + LEFT, bottom, area.width() - LEFT - RIGHT, AXIS))
        y = bottom + AXIS
        for words in (self._report.span_text, *self._notes):
            write(painter, QRectF(area.left() + LEFT, y, area.width() - LEFT, LINE), words, SMALL, ink=GREY)
            y += LINE
        return y

    def _x(self, box: QRectF, time: float) -> float:
        start, end = self._report.span
        return box.left() + (time - start) / (end - start) * box.width()

    def _ticks(self, wide: float) -> list[tuple[int, str]]:
        return time_ticks(*self._report.span, self._report.zone, int(wide / PIXEL))

    def _times(self, box: QRectF) -> None:
        for time, name in self._ticks(box.width()):
            wide = metrics(SMALL).horizontalAdvance(name) + 10
            x = min(max(self._x(box, time) - wide / 2, box.left() - 100), box.right() + RIGHT - wide)
            write(self._painter, QRectF(x, box.top() + 10, wide, LINE), name, SMALL)

    def _lane(self, lane: Lane, box: QRectF) -> None:
        painter = self._painter
        head = tr("States") if lane.states else lane.unit or tr("without unit")
        head = tr("Difference · {unit}", unit=head) if lane.derived else head
        write(painter, QRectF(box.left(), box.top() - LINE, box.width(), LINE), head, SMALL, bold=True)
        painter.setPen(QPen(QColor("#DDDDDD"), 3))
        for time, _ in self._ticks(box.width()):
            painter.drawLine(int(self._x(box, time)), int(box.top()), int(self._x(box, time)), int(box.bottom()))
        for value, name in self._values(lane, box):
            y = self._y(lane, box, value)
            painter.setPen(QPen(QColor("#DDDDDD"), 3))
            painter.drawLine(int(box.left()), int(y), int(box.right()), int(y))
            write(painter, QRectF(box.left() - LEFT, y - LINE / 2, LEFT - 40, LINE), name, SMALL, right=True)
        painter.save()
        painter.setClipRect(box)
        self._limits(lane, box)
        for line in lane.lines:
            self._gaps(lane, line, box)
            for before in (True, False):
                self._curve(lane, line, box, before=before)
        self._limit_words(lane, box)
        painter.restore()
        painter.setPen(QPen(INK, 5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        self._numbers(lane, box)

    def _values(self, lane: Lane, box: QRectF) -> list[tuple[float, str]]:
        if not lane.states:
            return value_ticks(lane.low, lane.high, int(box.height() / PIXEL))
        if len(lane.lines) > 1:
            return [(lane.on_axis(line)[1], str(line.number)) for line in lane.lines]
        states = lane.lines[0].point.states
        return [(float(n), pick(states[n]) if n in states else str(n)) for n in range(int(lane.high) + 1)]

    def _y(self, lane: Lane, box: QRectF, value: float) -> float:
        return box.bottom() - (value - lane.low) / (lane.high - lane.low) * box.height()

    def _limits(self, lane: Lane, box: QRectF) -> None:
        for limit in lane.limits():
            y = self._y(lane, box, limit.value)
            pen = QPen(GREY, 5)
            pen.setDashPattern([12, 8])
            self._painter.setPen(pen)
            self._painter.drawLine(int(box.left()), int(y), int(box.right()), int(y))

    def _limit_words(self, lane: Lane, box: QRectF) -> None:
        """Over the curves, which shine through."""
        decimals = max((line.point.decimals for line in lane.lines), default=0)
        for limit in lane.limits():
            y = self._y(lane, box, limit.value)
            name = f"{level_name(limit.level)} {SIGNS[limit.kind]} {figure(limit.value, decimals)}"
            numbers = " ".join(str(line.number) for line in limit.lines)
            top = y - LINE if y - LINE > box.top() else y
            text = f"{name}  {numbers}".strip()
            place = QRectF(box.left() + 40, top, metrics(SMALL).horizontalAdvance(text) + 10, LINE)
            self._painter.fillRect(place, VEIL)
            write(self._painter, place, text, SMALL, ink=GREY)

    def _gaps(self, lane: Lane, line: Line, box: QRectF) -> None:
        """Where nothing usable is known: a hatched bar at the foot, a row for each curve."""
        row = lane.lines.index(line)
        self._painter.setPen(QPen(GREY, 3))
        self._painter.setBrush(Qt.BrushStyle.NoBrush)
        for gap in line.seen.gaps():
            left, right = max(box.left(), self._x(box, gap.start)), min(box.right(), self._x(box, gap.end))
            bar = QRectF(left, box.bottom() - 60 * (row + 1), max(right - left, 6), 45)
            self._painter.drawRect(bar)
            for x in np.arange(bar.left(), bar.right() - 45, 40):
                self._painter.drawLine(int(x), int(bar.bottom()), int(x) + 45, int(bar.top()))

    def _curve(self, lane: Lane, line: Line, box: QRectF, *, before: bool) -> None:
        seen = line.before if before else line.seen
        drawn = seen.drawn() if seen is not None else None
        if drawn is None or len(drawn.x) < 2:
            return
        colours = theme.LIGHT.curves
        pen = QPen(QColor(colours[(line.number - 1) % len(colours)]), 4 if before else 7)
        if before:
            pen.setDashPattern([14, 10])
        factor, offset = lane.on_axis(line)
        start, end = self._report.span
        x = box.left() + drawn.x * (box.width() / (end - start))
        y = np.clip(self._y(lane, box, 0) - (drawn.y * factor + offset) * (box.height() / (lane.high - lane.low)), -1e5, 1e5)
        self._painter.setPen(pen)
        self._painter.drawPath(arrayToQPath(x, y, connect=drawn.connect, finiteCheck=False))

    def _numbers(self, lane: Lane, box: QRectF) -> None:
        """The curves' numbers at their ends, none over another."""
        ends = []
        for line in lane.lines:
            last = line.seen.last_usable()
            factor, offset = lane.on_axis(line)
            if last is not None:
                ends.append((self._y(lane, box, last[1] * factor + offset), line))
        reached = -1e9
        for y, line in sorted(ends, key=lambda one: one[0]):
            reached = max(y - LINE / 2, reached + LINE)
            colours = theme.LIGHT.curves
            ink = QColor(colours[(line.number - 1) % len(colours)])
            write(self._painter, QRectF(box.right() + 30, reached, RIGHT - 40, LINE), str(line.number), BODY, bold=True, ink=ink)
