"""The plot as hands move it, by mouse and by keys. What it looks like is the still plot's.

The wheel zooms time at the mouse, a drag pans, Shift and a drag zooms onto a box, a drag between two lanes shares their height,
a double click goes home. Keys: + and -, PageUp and PageDown, Home; the arrows move the cross-hair.
"""

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from ui.pages.trends.still import HEAD, LEFT, RIGHT, StillPlot

CURSOR_MS = 40
SHORTEST_MS, LONGEST_MS = 10_000, 366 * 86_400_000
NOTCH = 0.8
"""What one notch of the wheel, or one press of +, leaves of the span."""
LEAST_BOX = 8
"""Pixels that a box is wide and high at least to be one."""
LEAST_LANE = 40


class Plot(StillPlot):
    """`panned` tells that somebody moved or zoomed the time, `homeWanted` that the live view is wanted, `shared` that the heights or
    the ranges of the lanes are others."""

    panned = Signal()
    homeWanted = Signal()
    shared = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._where: QPointF | None = None
        self._pressed: QPointF | None = None
        self._held = (0, 0)
        self._edge: int | None = None
        self._cursor_timer = QTimer(self, interval=CURSOR_MS, singleShot=True)
        self._cursor_timer.timeout.connect(self._follow_mouse)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

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

    def _keep_cursor(self) -> None:
        """Under a mouse that is here it stays under the mouse."""
        if self._where is not None:
            self._follow_mouse()
        else:
            super()._keep_cursor()

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
