"""Charts above each other with one time axis: one lane per unit, curves, axes and grid painted by ourselves into one picture that is
kept until something moves (no scene, no minor ticks, lines of one pixel: measured beside pyqtgraph in docs/measurements.md).
Shows what it is given; keeps no data and asks nobody.

The wheel zooms time at the mouse, a drag pans, Shift and a drag zooms onto a box, a drag between two lanes shares their height,
a double click goes home. Keys: + and -, PageUp and PageDown, Home; the arrows move the cross-hair.
"""

from datetime import UTC, tzinfo

import numpy as np
from pyqtgraph.functions import arrayToQPath, arrayToQPolygonF
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QToolTip, QWidget

from cityops_desktop.model.points import Kind, LimitKind
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.models.shown import moment, time_text
from ui.models.ticks import time_ticks, value_range, value_ticks
from ui.models.trace import Seen
from ui.widgets import lettering
from ui.widgets.lanes import Lane, Line
from ui.widgets.lettering import Lettering, fitted
from ui.widgets.plotmarks import PlotMarks

LEFT, RIGHT, TOP, BOTTOM, HEAD = 66, 34, 2, 44, 20
CURSOR_MS = 40
SHORTEST_MS, LONGEST_MS = 10_000, 366 * 86_400_000
NOTCH = 0.8
"""What one notch of the wheel, or one press of +, leaves of the span."""
LEAST_BOX = 8
"""Pixels that a box is wide and high at least to be one."""
LEAST_LANE = 40
BEFORE_OPACITY = 150
FAR = 20_000.0
"""Pixels beyond which nothing is drawn: a lane may be zoomed far into its curve."""


class Plot(QWidget):
    """`panned` tells that somebody moved or zoomed the time, `homeWanted` that the live view is wanted, `shared` that the heights or
    the ranges of the lanes are others, `cursorMoved` the time under the mouse in ms, or None."""

    panned = Signal()
    homeWanted = Signal()
    shared = Signal()
    cursorMoved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
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
        self._where: QPointF | None = None
        self._pressed: QPointF | None = None
        self._held = (0, 0)
        self._edge: int | None = None
        self.box: QRectF | None = None
        """What Shift and the mouse are drawing."""
        self.marks = PlotMarks(self, self)
        self._cursor_timer = QTimer(self, interval=CURSOR_MS, singleShot=True)
        self._cursor_timer.timeout.connect(self._follow_mouse)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 200)

    # what is shown

    def set_lines(self, lines: list[Line]) -> None:
        """Other curves: they are sorted into lanes by unit, states last."""
        self.lanes = []
        for line in sorted(lines, key=lambda one: one.point.kind is Kind.DIGITAL):
            states = line.point.kind is Kind.DIGITAL
            lane = next((one for one in self.lanes if one.unit == line.point.unit and one.states == states), None)
            if lane is None:
                lane = Lane(line.point.unit, states)
                self.lanes.append(lane)
            lane.lines.append(line)
        self._place()

    def set_window(self, start: int, end: int) -> None:
        """Show this time, UTC ms."""
        self.start, self.end = start, end
        if self._where is not None:
            self._follow_mouse()
        elif self.crosshair is not None and self.crosshair < start:
            self.set_cursor(None)
        self.redraw()

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
            self._set_height(lane, extents)
        self._write()
        self._picture = QPixmap()
        self.marks.refresh()
        self.update()

    def _set_height(self, lane: Lane, extents: list[tuple[float, float]]) -> None:
        """The range: what somebody chose, or what is seen, the normal band's fifth at least, and limits that are near."""
        if lane.name in self.ranges:
            lane.low, lane.high = self.ranges[lane.name]
            return
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
            if lane.name in self.ranges:
                head = tr("{unit} · zoomed, double click: whole", unit=head)
            self._texts.append(fitted(QRect(LEFT, int(lane.box.top()) - HEAD + 1, 220, HEAD - 3), head, theme.SMALL, True, "text_dim"))
            for value, name in self._lane_ticks(lane):
                y = int(lane.y_of(value))
                self._texts.append(fitted(QRect(4, y - 8, LEFT - 12, 16), name, theme.SMALL, colour="text_dim", right=True))
            if lane.empty:
                box = QRect(LEFT + 80, int(lane.box.center().y()) - 12, int(lane.box.width()) - 90, 24)
                self._texts.append(fitted(box, self._empty_text(), colour="text_dim"))
        bottom = int(self.lanes[-1].box.bottom())
        last = -1
        for time, name in self._time_ticks():
            wide = lettering.width(name, theme.SMALL)
            x = min(max(int(self.x_of(time)) - wide // 2, LEFT - 30), self.width() - wide - 2)
            if x > last:
                self._texts.append(fitted(QRect(x, bottom + 5, wide + 1, 16), name, theme.SMALL, colour="text_dim"))
                last = x + wide + 4
        whole = QRect(LEFT, bottom + 22, self.width() - LEFT - RIGHT, 16)
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

    # moving

    def move_to(self, start: int, end: int) -> None:
        """A person wants to see this time."""
        span = min(max(end - start, SHORTEST_MS), LONGEST_MS)
        if self.latest is not None and start + span > self.latest:
            start = self.latest - span
        start = max(0, start)
        if (start, start + span) != (self.start, self.end):
            self.start, self.end = start, start + span
            self.redraw()
            self.panned.emit()

    def zoom(self, factor: float, at: int) -> None:
        """Leave so much of the span, with this time where it stands."""
        span = min(max((self.end - self.start) * factor, SHORTEST_MS), LONGEST_MS)
        share = (at - self.start) / (self.end - self.start)
        start = round(at - share * span)
        self.move_to(start, start + round(span))

    def _middle(self) -> int:
        return self.crosshair if self.crosshair is not None else (self.start + self.end) // 2

    def _home(self) -> None:
        if self.ranges:
            self.ranges.clear()
            self.shared.emit()
        self.homeWanted.emit()

    def set_cursor(self, time: int | None) -> None:
        """Put the cross-hair at this time, or take it away."""
        if time != self.crosshair:
            self.crosshair = time
            self.marks.refresh()
            self.cursorMoved.emit(time)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse."""
        notches = event.angleDelta().y() / 120
        if self.lanes and notches:
            self.zoom(NOTCH**notches, self.time_at(min(max(event.position().x(), LEFT), self.width() - RIGHT)))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to pan, to draw a box, or to share the height of two lanes."""
        if event.button() != Qt.MouseButton.LeftButton or not self.lanes:
            return
        self._pressed = event.position()
        self._held = (self.start, self.end)
        self._edge = self._edge_at(event.position())
        if self._edge is None and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.box = QRectF(event.position(), event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it, and take the cross-hair along."""
        where = event.position()
        self._where = where
        if self._pressed is None or not event.buttons() & Qt.MouseButton.LeftButton:
            self.setCursor(Qt.CursorShape.SplitVCursor if self._edge_at(where) is not None else Qt.CursorShape.ArrowCursor)
        elif self._edge is not None:
            self._share(self._edge, where.y())
        elif self.box is not None:
            self.box = QRectF(self._pressed, where).normalized()
            self.marks.update()
        else:
            self._pan(where.x() - self._pressed.x())
        if not self._cursor_timer.isActive():
            self._cursor_timer.start()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The box is drawn, or the height is shared."""
        if event.button() != Qt.MouseButton.LeftButton:
            return
        box, self.box = self.box, None
        if box is not None:
            self._zoom_to(box)
            self.marks.update()
        if self._edge is not None:
            self.shared.emit()
        self._pressed = self._edge = None

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Between two lanes: the same height for all; elsewhere: home."""
        if self._edge_at(event.position()) is None:
            self._home()
        else:
            self.heights.clear()
            self._place()
            self.redraw()
            self.shared.emit()

    def _pan(self, pixels: float) -> None:
        start, end = self._held
        by = round(-pixels / self.pixels() * (end - start))
        if abs(pixels) >= 1:
            self.move_to(start + by, end + by)

    def _zoom_to(self, box: QRectF) -> None:
        lane = next((one for one in self.lanes if one.box.contains(box.center())), None)
        if box.width() < LEAST_BOX:
            return
        if lane is not None and not lane.states and box.height() >= LEAST_BOX:
            area = box.intersected(lane.box)
            self.ranges[lane.name] = (lane.value_at(area.bottom()), lane.value_at(area.top()))
            self.shared.emit()
        self.move_to(self.time_at(max(box.left(), LEFT)), self.time_at(min(box.right(), self.width() - RIGHT)))

    def _edge_at(self, where: QPointF) -> int | None:
        """The lane whose head (the strip between it and the one above) is here, when both can be made higher and lower."""
        for number in range(1, len(self.lanes)):
            lane, above = self.lanes[number], self.lanes[number - 1]
            if above.box.bottom() < where.y() < lane.box.top() and not lane.states and where.x() >= LEFT:
                return number
        return None

    def _share(self, number: int, y: float) -> None:
        lane, above = self.lanes[number], self.lanes[number - 1]
        both = above.box.height() + lane.box.height()
        high = min(max(y - HEAD / 2 - above.box.top(), LEAST_LANE), both - LEAST_LANE)
        weights = self.heights.get(above.name, 1.0) + self.heights.get(lane.name, 1.0)
        self.heights[above.name] = round(weights * high / both, 3)
        self.heights[lane.name] = round(weights - self.heights[above.name], 3)
        self._place()
        self.redraw()

    def _follow_mouse(self) -> None:
        where = self._where
        if where is None:
            return
        inside = self.lanes and LEFT <= where.x() <= self.width() - RIGHT
        self.set_cursor(self.time_at(where.x()) if inside else None)

    def leaveEvent(self, event: QEvent) -> None:
        """The cross-hair goes with the mouse."""
        self._where = None
        self._cursor_timer.stop()
        self.set_cursor(None)

    def event(self, event: QEvent) -> bool:
        """What is missing under the mouse, and why; else the axis names that are cut."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            told = self.marks.gap_text(event.pos()) or self.toolTip()
            QToolTip.showText(event.globalPos(), told, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """See the top of this file."""
        key, span = event.key(), self.end - self.start
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if not self.lanes:
            event.ignore()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step_cursor(1 if key == Qt.Key.Key_Right else -1, far=shift)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(NOTCH, self._middle())
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom(1 / NOTCH, self._middle())
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            by = span if key == Qt.Key.Key_PageDown else -span
            self.move_to(self.start + by, self.end + by)
        elif key == Qt.Key.Key_Home:
            self._home()
        elif key == Qt.Key.Key_Escape and self.crosshair is not None:
            self.set_cursor(None)
        else:
            event.ignore()

    def _step_cursor(self, direction: int, *, far: bool) -> None:
        step = (self.end - self.start) / self.pixels() * (40 if far else 4)
        self._where = None
        at = self.crosshair if self.crosshair is not None else self.end
        self.set_cursor(int(np.clip(at + round(direction * step), self.start, self.end)))

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
        self.marks.setGeometry(self.rect())
        self._place()
        self.redraw()
