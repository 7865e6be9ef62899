"""Charts above each other with one time axis: one lane per unit, curves, axes and grid painted by ourselves into one picture that is
kept until something moves (no scene, no minor ticks, lines of one pixel: measured beside pyqtgraph in docs/measurements.md).
Shows what it is given and where it is put; keeps no data, asks nobody, and is moved by no hand.
"""

from datetime import UTC, tzinfo

import numpy as np
from pyqtgraph.functions import arrayToQPath, arrayToQPolygonF
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QHelpEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QToolTip, QWidget

from cityops_desktop.model.points import Kind
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.shown import moment, time_text
from ui.models.ticks import time_ticks, value_ticks
from ui.pages.trends.lanes import Lane, Line
from ui.pages.trends.marks import PlotMarks
from ui.pages.trends.trace import Seen
from ui.widgets import lettering
from ui.widgets.lettering import Lettering, fitted

MARKS_HIGH = 27
"""The strip of the marks under the lowest lane, below the lowest name of its axis."""
AXIS_TOP = 8
"""Pixels under the lowest lane that belong to it still: the lower half of a name, and of a line's number."""
LEFT, RIGHT, TOP, BOTTOM, HEAD = 66, 34, 2, 44 + MARKS_HIGH, 20
BEFORE_OPACITY = 150
FAR = 20_000.0
"""Pixels beyond which nothing is drawn: a lane may be zoomed far into its curve."""


class StillPlot(QWidget):
    """`cursorMoved` tells the time under the cross-hair in ms, or None; `redrawn` comes when anything may stand elsewhere."""

    cursorMoved = Signal(object)
    redrawn = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lines: list[Line] = []
        self.lanes: list[Lane] = []
        self.zone: tzinfo = UTC
        self.start = 0
        self.end = 300_000
        self.latest: int | None = None
        """No window ends later than this (UTC ms)."""
        self.crosshair: int | None = None
        self.shift = 0
        self.oldest: int | None = None
        self.heights: dict[str, float] = {}
        """How high lanes are beside each other, by their name; 1 where nothing is said."""
        self.ranges: dict[str, tuple[float, float]] = {}
        """The values that somebody has zoomed onto, by the lane's name."""
        self.hint = ""
        self.empty_text = ""
        self._texts: list[Lettering] = []
        self._picture = QPixmap()
        self.box: QRectF | None = None
        """What somebody is drawing."""
        self.marks = PlotMarks(self, self)
        self.setMinimumSize(320, 200)

    # what is shown

    def set_lines(self, lines: list[Line]) -> None:
        """Other curves: they are sorted into lanes by unit, states last."""
        self.lines = lines
        self.lanes = []
        for line in sorted(lines, key=lambda one: (one.point.kind is Kind.DIGITAL, one.minus is not None)):
            kind = (line.point.unit, line.point.kind is Kind.DIGITAL, line.minus is not None)
            lane = next((one for one in self.lanes if (one.unit, one.states, one.derived) == kind), None)
            if lane is None:
                lane = Lane(kind[0], kind[1], derived=kind[2])
                self.lanes.append(lane)
            lane.lines.append(line)
        self._place()

    def set_window(self, start: int, end: int) -> None:
        """Show this time, UTC ms."""
        self.start, self.end = start, end
        self._keep_cursor()
        self.redraw()

    def set_cursor(self, time: int | None) -> None:
        """Put the cross-hair at this time, or take it away."""
        if time != self.crosshair:
            self.crosshair = time
            self.marks.refresh()
            self.cursorMoved.emit(time)

    def _keep_cursor(self) -> None:
        """The cross-hair stays at its time until that has left the window."""
        if self.crosshair is not None and self.crosshair < self.start:
            self.set_cursor(None)

    def pixels(self) -> int:
        """How wide the curves are."""
        return max(1, self.width() - LEFT - RIGHT)

    def redraw(self) -> None:
        """Draw the newest of every line in the window at hand."""
        for lane in self.lanes:
            for line in lane.lines:
                line.seen = line.trace.seen(self.start, self.end, self.pixels())
                line.before = line.trace.seen(self.start - self.shift, self.end - self.shift, self.pixels()) if self.shift else None
            extents = [e for line in lane.lines for one in (line.seen, line.before) if one is not None and (e := one.extent()) is not None]
            lane.empty = not extents
            lane.scale(extents, self.ranges.get(lane.name))
        self._write()
        self._picture = QPixmap()
        self.marks.refresh()
        self.update()
        self.redrawn.emit()

    # where it stands

    def _place(self) -> None:
        """Share the height: states have a fixed one, the others the rest, by their weights."""
        if not self.lanes:
            return
        room = self.height() - TOP - BOTTOM - HEAD * len(self.lanes)
        weights = sum(self.heights.get(lane.name, 1.0) for lane in self.lanes if not lane.states)
        states = min(sum(lane.least_high() for lane in self.lanes if lane.states), room // 2 if weights else room)
        y = float(TOP)
        for lane in self.lanes:
            y += HEAD
            share = self.heights.get(lane.name, 1.0) / weights if weights else 0.0
            high = float(states) if lane.states else max(30.0, (room - states) * share)
            lane.box = QRectF(LEFT, round(y), max(10, self.width() - LEFT - RIGHT), round(high))
            y += high
        self.marks.setGeometry(0, 0, self.width(), int(self.lanes[-1].box.bottom()) + AXIS_TOP)

    def x_of(self, time: int) -> float:
        """The pixel of a time."""
        return LEFT + (time - self.start) / (self.end - self.start) * float(self.width() - LEFT - RIGHT)

    def time_at(self, x: float) -> int:
        """The time of a pixel, UTC ms."""
        share = (x - LEFT) / float(max(1, self.width() - LEFT - RIGHT))
        return round(self.start + share * (self.end - self.start))

    # axes and grid, behind the curves

    def _write(self) -> None:
        self._texts = []
        if not self.lanes:
            wide = min(lettering.width(self.hint) + 2, self.width() - 40)
            box = QRect((self.width() - wide) // 2, self.height() // 2 - 12, wide, 24)
            self._texts.append(fitted(box, self.hint, colour="text_dim"))
            self.setToolTip(self.hint)
            return
        for lane in self.lanes:
            head = tr("States") if lane.states else lane.unit or tr("without unit")
            head = tr("Difference · {unit}", unit=head) if lane.derived else head
            if lane.name in self.ranges:
                head = tr("{unit} · zoomed, double click: whole", unit=head)
            self._texts.append(fitted(QRect(LEFT, int(lane.box.top()) - HEAD + 1, 220, HEAD - 3), head, theme.SMALL, True, "text_dim"))
            for value, name in self._lane_ticks(lane):
                y = int(lane.y_of(value))
                self._texts.append(fitted(QRect(4, y - 8, LEFT - 12, 16), name, theme.SMALL, colour="text_dim", right=True))
            if lane.empty:
                box = QRect(LEFT + 80, int(lane.box.center().y()) - 12, int(lane.box.width()) - 90, 24)
                self._texts.append(fitted(box, self._empty_text(), colour="text_dim"))
        bottom = int(self.lanes[-1].box.bottom()) + MARKS_HIGH
        last = -1
        for time, name in self._time_ticks():
            wide = lettering.width(name, theme.SMALL)
            x = min(max(int(self.x_of(time)) - wide // 2, LEFT - 30), self.width() - wide - 2)
            if x > last:
                self._texts.append(fitted(QRect(x, bottom + 4, wide + 1, 16), name, theme.SMALL, colour="text_dim"))
                last = x + wide + 4
        whole = QRect(LEFT, bottom + 21, self.width() - LEFT - RIGHT, 16)
        self._texts.append(fitted(whole, self.span_text(), theme.SMALL, colour="text_dim"))
        self.setToolTip("\n".join(name for lane in self.lanes for _, name in self._lane_ticks(lane)) if self._is_cut() else "")

    def _empty_text(self) -> str:
        if self.oldest is not None and self.end <= self.oldest:
            return tr("nothing recorded before {time}", time=time_text(self.oldest, self.zone, self.latest))
        return self.empty_text

    def span_text(self) -> str:
        """The days and the zone of what is shown."""
        first, last = moment(self.start, self.zone), moment(self.end, self.zone)
        offset = f"{first:%z}"
        days = f"{first:%Y-%m-%d}" if first.date() == last.date() else f"{first:%Y-%m-%d %H:%M} – {last:%Y-%m-%d %H:%M}"
        return f"{days}  UTC{offset[:3]}:{offset[3:5]}"

    def _is_cut(self) -> bool:
        return any("…" in one.text for one in self._texts)

    def _lane_ticks(self, lane: Lane) -> list[tuple[float, str]]:
        if not lane.states:
            return value_ticks(lane.low, lane.high, int(lane.box.height()))
        if len(lane.lines) > 1:
            return [(lane.on_axis(line)[1], str(line.number)) for line in lane.lines]
        states = lane.lines[0].point.states
        high = int(lane.high)
        every = max(1, -(-(high + 1) * 18 // max(1, int(lane.box.height()))))
        return [(float(n), pick(states[n]) if n in states else str(n)) for n in range(0, high + 1, every)]

    def _time_ticks(self) -> list[tuple[int, str]]:
        return time_ticks(self.start, self.end, self.zone, self.width() - LEFT - RIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, made anew when something has moved."""
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            picture = QPainter(self._picture)
            self._paint(picture)
            picture.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _paint(self, painter: QPainter) -> None:
        now = theme.current()
        painter.fillRect(self.rect(), QColor(now.page if self.lanes else now.panel))
        grid = QPen(QColor(now.track), 0)
        times = [round(self.x_of(time)) for time, _ in self._time_ticks()] if self.lanes else []
        for lane in self.lanes:
            box = lane.box
            painter.fillRect(box, QColor(now.panel))
            self._paint_unrecorded(painter, box)
            painter.setPen(grid)
            for x in times:
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            for value, _ in self._lane_ticks(lane):
                y = round(lane.y_of(value))
                painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QPen(QColor(now.accent if self.hasFocus() else now.line), 0))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
            painter.setClipRect(box.adjusted(1, 1, -1, -1))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, not lane.states)
            for line in lane.lines:
                if line.before is not None:
                    self._paint_curve(painter, lane, line, line.before, before=True)
            for line in lane.lines:
                self._paint_curve(painter, lane, line, line.seen)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setClipping(False)
        lettering.paint(painter, self._texts)

    def _paint_unrecorded(self, painter: QPainter, box: QRectF) -> None:
        """The time before the oldest sample that the station has."""
        if self.oldest is None or self.start >= self.oldest:
            return
        wide = min(box.width(), self.x_of(self.oldest) - box.left())
        painter.setOpacity(0.35)
        theme.paint_stale(painter, QRectF(box.left(), box.top(), wide, box.height()))
        painter.setOpacity(1.0)

    def _paint_curve(self, painter: QPainter, lane: Lane, line: Line, seen: Seen, *, before: bool = False) -> None:
        drawn = seen.drawn()
        if len(drawn.x) < 2:
            return
        colour = QColor(line.colour)
        if before:
            colour.setAlpha(BEFORE_OPACITY)
        pen = QPen(colour, 0)
        if before:
            pen.setStyle(Qt.PenStyle.CustomDashLine)
            pen.setDashPattern([5, 4])
        painter.setPen(pen)
        factor, offset = lane.on_axis(line)
        box = lane.box
        x = LEFT + drawn.x * ((self.width() - LEFT - RIGHT) / (self.end - self.start))
        y = box.bottom() - (drawn.y * factor + (offset - lane.low)) * (box.height() / (lane.high - lane.low))
        if lane.name in self.ranges:
            y = np.clip(y, -FAR, FAR)
        if drawn.connect[:-1].all():
            painter.drawPolyline(arrayToQPolygonF(x, y))
        else:
            painter.drawPath(arrayToQPath(x, y, connect=drawn.connect, finiteCheck=False))

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    def event(self, event: QEvent) -> bool:
        """What is missing under the mouse, and why; else the axis names that are cut."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            told = self.marks.gap_text(event.pos()) or self.toolTip()
            QToolTip.showText(event.globalPos(), told, self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show_focus()

    def _show_focus(self) -> None:
        self._picture = QPixmap()
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()
        self.redraw()
