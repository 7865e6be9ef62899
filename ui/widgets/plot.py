"""Charts above each other with one time axis: one lane per unit, curves by pyqtgraph, axes and grid by ourselves (no minor ticks, one
pixel lines: measured three times cheaper than pyqtgraph's own). Shows what it is given; keeps no data and asks nobody."""

from datetime import UTC, tzinfo

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QFont, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from cityops_desktop.model.points import Kind, LimitKind
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.shown import moment
from ui.models.ticks import time_ticks, value_range, value_ticks
from ui.widgets import lettering
from ui.widgets.lanes import Lane, Line
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.plotmarks import PlotMarks

LEFT, RIGHT, TOP, BOTTOM, HEAD = 66, 34, 2, 44, 20
CURSOR_MS = 40


class Plot(pg.GraphicsView):  # type: ignore[misc]
    """`panned` tells that somebody dragged or zoomed the time axis; `cursorMoved` the time under the mouse in ms, or None."""

    panned = Signal()
    cursorMoved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False, background=None)
        self.lanes: list[Lane] = []
        self.zone: tzinfo = UTC
        self.start = 0
        self.end = 300_000
        self.cursor: int | None = None
        self.hint = ""
        self.empty_text = ""
        self._texts: list[Lettering] = []
        self._where: QPointF | None = None
        self._setting = False
        self.marks = PlotMarks(self, self)
        self._cursor_timer = QTimer(self, interval=CURSOR_MS, singleShot=True)
        self._cursor_timer.timeout.connect(self._follow_mouse)
        self.viewport().installEventFilter(self)
        self.setMinimumSize(320, 200)

    # what is shown

    def set_lines(self, lines: list[Line]) -> None:
        """Other curves: they are sorted into lanes by unit, states last."""
        for lane in self.lanes:
            lane.view.clear()
            self.removeItem(lane.view)
        self.lanes = []
        for line in sorted(lines, key=lambda one: one.point.kind is Kind.DIGITAL):
            states = line.point.kind is Kind.DIGITAL
            same = [one for one in self.lanes if one.unit == line.point.unit and one.states == states]
            lane = same[0] if same else self._new_lane(line.point.unit, states)
            lane.lines.append(line)
            lane.view.addItem(line.item, ignoreBounds=True)
        self._place()

    def _new_lane(self, unit: str, states: bool) -> Lane:
        view = pg.ViewBox(enableMenu=False, enableMouse=True, defaultPadding=0)
        view.setMouseEnabled(x=True, y=False)
        view.disableAutoRange()
        view.sigRangeChangedManually.connect(lambda _mask, view=view: self._dragged(view))
        self.addItem(view)
        lane = Lane(unit, states, view)
        self.lanes.append(lane)
        return lane

    def set_window(self, start: int, end: int) -> None:
        """Show this time, UTC ms."""
        self.start, self.end = start, end
        if self._where is not None:
            self._follow_mouse()
        elif self.cursor is not None and self.cursor < start:
            self.set_cursor(None)
        self.redraw()

    def redraw(self) -> None:
        """Draw the newest of every line in the window at hand."""
        wide = (self.end - self.start) / 1000
        self._setting = True
        for lane in self.lanes:
            pixels = max(1, int(lane.box.width()))
            extents = [e for line in lane.lines if (e := line.trace.extent(self.start, self.end)) is not None]
            lane.empty = not extents
            self._set_height(lane, extents)
            for line in lane.lines:
                drawn = line.trace.window(self.start, self.end, pixels)
                connect = "all" if len(drawn.x) and drawn.connect[:-1].all() else drawn.connect
                factor, offset = lane.on_axis(line)
                line.item.setData(drawn.x, drawn.y * factor + offset, connect=connect, pen=pg.mkPen(line.colour, width=1))
            lane.view.setRange(xRange=(0, wide), yRange=(lane.low, lane.high), padding=0)
        self._setting = False
        self._write()
        self.resetCachedContent()
        self.viewport().update()
        self.marks.refresh()

    def _set_height(self, lane: Lane, extents: list[tuple[float, float]]) -> None:
        """The range: what is seen, the normal band's fifth at least, and limits that are near."""
        if lane.states:
            if len(lane.lines) > 1:
                lane.low, lane.high = 0.0, float(len(lane.lines))
                return
            seen = max((high for _, high in extents), default=1.0)
            lane.low, lane.high = -0.25, max(1, seen, *lane.lines[0].point.states) + 0.25
            return
        bands = [line.point.normal[1] - line.point.normal[0] for line in lane.lines if line.point.normal]
        if not extents:
            near = [edge for line in lane.lines for edge in line.point.normal or ()] or [0.0, 1.0]
            lane.low, lane.high = value_range(min(near), max(near), 1e-6)
            return
        low, high = min(low for low, _ in extents), max(high for _, high in extents)
        finest = max(10.0**-line.point.decimals for line in lane.lines) * 10
        least = max(finest, max(bands, default=0.0) / 5)
        reach = max(high - low, least, max(bands, default=0.0) / 2)
        limits = [limit.value for line in lane.lines for limit in line.point.limits if limit.kind is not LimitKind.STATE]
        near = [value for value in limits if low - reach <= value <= high + reach]
        low, high = value_range(min([low, *near]), max([high, *near]), least)
        if not (lane.low <= low and high <= lane.high and lane.high - lane.low < 1.6 * (high - low)):
            lane.low, lane.high = low, high

    # where it stands

    def _place(self) -> None:
        """Share the height: states have a fixed one, the others the rest."""
        if not self.lanes:
            return
        room = self.height() - TOP - BOTTOM - HEAD * len(self.lanes)
        others = sum(1 for lane in self.lanes if not lane.states)
        states = min(sum(lane.least_high() for lane in self.lanes if lane.states), room // 2 if others else room)
        y = float(TOP)
        for lane in self.lanes:
            y += HEAD
            lane_high = float(states) if lane.states else max(30.0, (room - states) / others)
            lane.box = QRectF(LEFT, round(y), max(10, self.width() - LEFT - RIGHT), round(lane_high))
            lane.view.setGeometry(lane.box)
            y += lane_high

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
            self._texts.append(fitted(QRect(LEFT, int(lane.box.top()) - HEAD + 1, 220, HEAD - 3), head, theme.SMALL, True, "text_dim"))
            for value, name in self._lane_ticks(lane):
                y = int(lane.y_of(value))
                self._texts.append(fitted(QRect(4, y - 8, LEFT - 12, 16), name, theme.SMALL, colour="text_dim", right=True))
            if lane.empty:
                box = QRect(LEFT + 80, int(lane.box.center().y()) - 12, int(lane.box.width()) - 90, 24)
                self._texts.append(fitted(box, self.empty_text, colour="text_dim"))
        bottom = int(self.lanes[-1].box.bottom())
        last = -1
        for time, name in self._time_ticks():
            wide = lettering.width(name, theme.SMALL)
            x = min(max(int(self.x_of(time)) - wide // 2, LEFT - 30), self.width() - wide - 2)
            if x > last:
                self._texts.append(fitted(QRect(x, bottom + 5, wide + 1, 16), name, theme.SMALL, colour="text_dim"))
                last = x + wide + 4
        then = moment(self.start, self.zone)
        offset = f"{then:%z}"
        day = f"{then:%Y-%m-%d}  UTC{offset[:3]}:{offset[3:5]}"
        self._texts.append(fitted(QRect(LEFT, bottom + 22, 260, 16), day, theme.SMALL, colour="text_dim"))
        self.setToolTip("\n".join(name for lane in self.lanes for _, name in self._lane_ticks(lane)) if self._is_cut() else "")

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

    def drawBackground(self, painter: QPainter, rect: QRectF) -> None:
        """Panels, grid, names of the axes; pyqtgraph keeps it as a picture until `redraw`."""
        now = theme.current()
        painter.fillRect(rect, QColor(now.page if self.lanes else now.panel))
        grid = QPen(QColor(now.track), 0)
        times = [round(self.x_of(time)) for time, _ in self._time_ticks()] if self.lanes else []
        for lane in self.lanes:
            box = lane.box
            painter.fillRect(box, QColor(now.panel))
            painter.setPen(grid)
            for x in times:
                painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
            for value, _ in self._lane_ticks(lane):
                y = round(lane.y_of(value))
                painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
            painter.setPen(QPen(QColor(now.accent if self.hasFocus() else now.line), 0))
            painter.drawRect(box.adjusted(0, 0, -1, -1))
        lettering.paint(painter, self._texts)

    def painted_texts(self) -> list[tuple[QRect, str, QFont]]:
        """See ui.widgets.painted."""
        return lettering.told(self._texts)

    # the mouse and the keyboard

    def _dragged(self, view: "pg.ViewBox") -> None:
        """Somebody moved one lane's time: all of them follow."""
        if self._setting:
            return
        low, high = view.viewRange()[0]
        start, end = self.start, self.end
        if high - low > 1:
            self.start, self.end = start + round(low * 1000), start + round(high * 1000)
        self.panned.emit()
        if (self.start, self.end) != (start, end):
            self.redraw()

    def set_cursor(self, time: int | None) -> None:
        """Put the cross-hair at this time, or take it away."""
        if time != self.cursor:
            self.cursor = time
            self.marks.refresh()
            self.cursorMoved.emit(time)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._where = event.position()
            if not self._cursor_timer.isActive():
                self._cursor_timer.start()
        elif event.type() == QEvent.Type.Leave:
            self._where = None
            self._cursor_timer.stop()
            self.set_cursor(None)
        return bool(super().eventFilter(watched, event))

    def _follow_mouse(self) -> None:
        where = self._where
        if where is None:
            return
        inside = self.lanes and LEFT <= where.x() <= self.width() - RIGHT
        self.set_cursor(self.time_at(where.x()) if inside else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move the cross-hair, with Shift ten times as far; Escape takes it away."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self.lanes:
            step = (self.end - self.start) / max(1, self.width() - LEFT - RIGHT) * 4
            step *= 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self._where = None
            at = self.cursor if self.cursor is not None else self.end
            moved = at + round(step if event.key() == Qt.Key.Key_Right else -step)
            self.set_cursor(int(np.clip(moved, self.start, self.end)))
        elif event.key() == Qt.Key.Key_Escape and self.cursor is not None:
            self.set_cursor(None)
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._show_focus()

    def _show_focus(self) -> None:
        self.resetCachedContent()
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Also called by pyqtgraph's own constructor, before ours has run."""
        super().resizeEvent(event)
        if hasattr(self, "marks"):
            self.marks.setGeometry(self.viewport().rect())
            self._place()
            self.redraw()
