"""Live curves of chosen points with their limits, gaps and qualities. Asks the station for the past once, then follows the live values."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSplitter, QVBoxLayout, QWidget

from cityops_desktop.model.points import Kind
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.models.groups import key_points
from ui.models.needs import usable
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.models.trace import Trace
from ui.widgets.elided import ElidedLine
from ui.widgets.lanes import Line
from ui.widgets.legend import Legend
from ui.widgets.picker import Picker
from ui.widgets.plot import Plot

if TYPE_CHECKING:
    from ui.curves import Curve
    from ui.link import Link

SPANS = ((300, N_("5 min")), (900, N_("15 min")), (3600, N_("1 h")), (7200, N_("2 h")))
MOST_LINES, MOST_LANES = 16, 4
FRAME_MS, SLOW_FRAME_MS = 500, 2000
RETRY_MS = 5000
SIDE = 300


class TrendsPage(QWidget):
    """`show_point` puts a point on the chart; pans of the person pause the live view, "Live" takes it up again."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._link = link
        self._lines: dict[str, Line] = {}
        self._asked: dict[str, int] = {}
        self._span = 900
        self._live = True
        self._message = ""
        self._dirty = False
        self._chosen = False
        self.picker = Picker(model)
        self.legend = Legend(model)
        self.plot = Plot()
        self._title = ElidedLine(size=theme.TITLE, bold=True)
        self._legend_title = ElidedLine(bold=True)
        self._said = ElidedLine(colour="text_dim")
        self.spans = {seconds: QPushButton() for seconds, _ in SPANS}
        self.live_button = QPushButton()
        self.clear_button = QPushButton()
        for button in (*self.spans.values(), self.live_button):
            button.setCheckable(True)
        self._frame = QTimer(self)
        self._frame.timeout.connect(self._tick)
        self._retry = QTimer(self, interval=RETRY_MS, singleShot=True)
        self._retry.timeout.connect(self._ask_again)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        scroll = _Scroll()
        scroll.setWidget(self.legend)
        self.legend.moved.connect(lambda y, high: scroll.ensureVisible(0, y + high // 2, 0, high // 2))
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        lower = QWidget()
        below = QVBoxLayout(lower)
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(4)
        heading = QHBoxLayout()
        heading.addWidget(self._legend_title, 1)
        heading.addWidget(self.clear_button)
        below.addLayout(heading)
        below.addWidget(scroll, 1)
        side = QSplitter(Qt.Orientation.Vertical)
        side.setChildrenCollapsible(False)
        side.addWidget(self.picker)
        side.addWidget(lower)
        side.setSizes([300, 340])
        side.setFixedWidth(SIDE)
        bar = QHBoxLayout()
        bar.addWidget(self._title)
        bar.addWidget(self._said, 1)
        for button in self.spans.values():
            bar.addWidget(button)
        bar.addSpacing(theme.GAP)
        bar.addWidget(self.live_button)
        charts = QVBoxLayout()
        charts.setSpacing(4)
        charts.addLayout(bar)
        charts.addWidget(self.plot, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, theme.GAP)
        layout.addWidget(side)
        layout.addLayout(charts, 1)

    def _connect(self) -> None:
        self.picker.toggled.connect(self._toggled)
        self.legend.removed.connect(lambda key: self._toggled(key, False))
        self.plot.panned.connect(self._panned)
        self.plot.cursorMoved.connect(self._cursor_moved)
        for seconds, button in self.spans.items():
            button.clicked.connect(lambda _=False, s=seconds: self.set_span(s))
        self.live_button.clicked.connect(self.set_live)
        self.clear_button.clicked.connect(self.clear)
        self._model.replaced.connect(self._rebuild)
        self._model.changed.connect(self._live_changed)
        self._model.connectedChanged.connect(self._connection_changed)
        self._model.beat.connect(self._beat)
        theme.changes.themeChanged.connect(self.retranslate)

    def retranslate(self) -> None:
        """The language or the theme is another one."""
        self._title.set_text(tr("Trends"))
        for seconds, name in SPANS:
            self.spans[seconds].setText(tr(name))
        self.live_button.setText(tr("Live"))
        self.clear_button.setText(tr("Take all off"))
        self.plot.setAccessibleName(tr("Trends"))
        self.plot.hint = tr("Choose points at the left: up to {lines} curves in {units} units", lines=MOST_LINES, units=MOST_LANES)
        self.plot.empty_text = tr("No values in this span")
        self.picker.retranslate()
        self._show_lines()

    # what is on the chart

    @property
    def keys(self) -> list[str]:
        """The points on the chart, in the order of their numbers."""
        return list(self._lines)

    @property
    def live(self) -> bool:
        """Does the chart follow the time?"""
        return self._live

    def show_point(self, key: str) -> None:
        """Put this point on the chart; where there is no room left, or nobody has chosen yet, it takes the place of all others.

        Unknown keys are ignored.
        """
        point = self._model.points.get(key)
        if point is None or point.kind is Kind.TEXT:
            return
        if self._refusal(key) or not self._chosen:
            self._lines.clear()
        self._chosen = True
        self.add_point(key)
        self.set_live(True)

    def add_point(self, key: str) -> bool:
        """Add a curve; False, with a message on the page, when there is no room for it."""
        self._message = self._refusal(key)
        if not self._message and key not in self._lines:
            point = self._model.points[key]
            used = {line.number for line in self._lines.values()}
            number = next(n for n in range(1, MOST_LINES + 1) if n not in used)
            self._lines[key] = Line(number, point, Trace(point.period, steps=point.kind is Kind.DIGITAL))
            self._lines = dict(sorted(self._lines.items(), key=lambda pair: pair[1].number))
            self._feed(key)
            self._ask([key])
        self._show_lines()
        return not self._message

    def _begin(self) -> None:
        """Until somebody chooses: the key points of the room, as many as there is room for."""
        if self._chosen or self._lines:
            return
        for point in key_points(self._model):
            if point.kind is Kind.ANALOG and not self._refusal(point.key):
                self.add_point(point.key)

    def remove_point(self, key: str) -> None:
        """Take a curve off."""
        self._message = ""
        self._lines.pop(key, None)
        self._asked.pop(key, None)
        self._show_lines()

    def clear(self) -> None:
        """Take all curves off."""
        self._chosen = True
        self._message = ""
        self._lines.clear()
        self._asked.clear()
        self._show_lines()

    def _refusal(self, key: str) -> str:
        point = self._model.points[key]
        if key in self._lines:
            return ""
        if len(self._lines) >= MOST_LINES:
            return tr("{n} curves is the most: take one off first", n=MOST_LINES)
        lanes = {(line.point.unit, line.point.kind is Kind.DIGITAL) for line in self._lines.values()}
        if len(lanes | {(point.unit, point.kind is Kind.DIGITAL)}) > MOST_LANES:
            return tr("{n} units is the most: take one off first", n=MOST_LANES)
        return ""

    def _toggled(self, key: str, wanted: bool) -> None:
        self._chosen = True
        if wanted:
            self.add_point(key)
        else:
            self.remove_point(key)

    def _show_lines(self) -> None:
        lines = list(self._lines.values())
        self.plot.zone = self._model.zone
        self.plot.set_lines(lines)
        self.legend.set_lines(lines)
        self.picker.set_checked(frozenset(self._lines))
        self._draw()
        self._say()

    # time

    def set_span(self, seconds: int) -> None:
        """Show the last so many seconds, live."""
        self._span = seconds
        self.set_live(True)

    def set_live(self, live: bool) -> None:
        """Follow the time, or stand still."""
        self._live = live
        self._ask(list(self._lines))
        self._draw()
        self._say()
        self._pace()

    def _panned(self) -> None:
        if self._live:
            self._live = False
            self._pace()
        self._ask(list(self._lines))
        self._say()

    def _pace(self) -> None:
        """A frame for each pixel that the time moves, but at most two a second."""
        pixel = self._span * 1000 // max(1, self.plot.width())
        self._frame.setInterval(min(SLOW_FRAME_MS, max(FRAME_MS, pixel)))
        if self._live and self.isVisible():
            self._frame.start()
        else:
            self._frame.stop()

    def _tick(self) -> None:
        if self.isVisible() and self._live:
            self._draw()

    def _draw(self) -> None:
        if not self.isVisible():
            return
        if self._live:
            now = self._model.now()
            self.plot.set_window(now - self._span * 1000, now)
        else:
            self.plot.redraw()

    # data

    def _ask(self, keys: list[str]) -> None:
        """Ask for the past that the window needs and that has not been asked for."""
        now = self._model.now()
        start = now - self._span * 1000 if self._live else self.plot.start
        missing = [key for key in keys if self._asked.get(key, now) > start]
        if not missing or not self._model.connected:
            return
        longest = SPANS[-1][0]
        seconds = next((span for span, _ in SPANS if now - span * 1000 <= start), longest)
        for key in missing:
            self._asked[key] = min(self._asked.get(key, now), now - seconds * 1000 if seconds < longest else 0)
        self._link.history(missing, seconds, lambda curves: self._seed(missing, curves))

    def _seed(self, keys: list[str], curves: "dict[str, Curve] | None") -> None:
        if curves is None:
            for key in keys:
                self._asked.pop(key, None)
            self._retry.start()
            return
        for key, curve in curves.items():
            if key in self._lines:
                self._lines[key].trace.seed(curve)
        self._draw()

    def _ask_again(self) -> None:
        if self.isVisible():
            self._ask(list(self._lines))

    def _feed(self, key: str) -> None:
        live = self._model.live.get(key)
        if live is None or isinstance(live.value, str):
            return
        value = float(live.value) if usable(live) and live.value is not None else None
        time = live.time if value is not None else max(live.time, self._model.now())
        self._lines[key].trace.append(time, value, live.quality, live.reason, live.detail)

    def _live_changed(self, keys: frozenset[str]) -> None:
        if not self.isVisible() or not self._model.connected:
            return
        for key in keys & self._lines.keys():
            self._feed(key)

    def _connection_changed(self, connected: bool) -> None:
        self._asked.clear()
        if connected and self.isVisible():
            self._ask(list(self._lines))
        self._beat()

    def _rebuild(self) -> None:
        """A new copy: points may be gone or have become others."""
        if not self.isVisible():
            self._dirty = True
            return
        self._dirty = False
        for key in [key for key in self._lines if key not in self._model.points]:
            del self._lines[key]
        for key, line in self._lines.items():
            line.point = self._model.points[key]
        self._asked.clear()
        self.picker.fill()
        self._begin()
        self._show_lines()
        self._ask(list(self._lines))

    # words

    def _beat(self) -> None:
        if self.isVisible():
            self.legend.refresh()

    def _cursor_moved(self, time: int | None) -> None:
        self.legend.set_cursor(time)
        self._say()

    def _say(self) -> None:
        shown = self._span * 1000 if self._live else self.plot.end - self.plot.start
        for seconds, button in self.spans.items():
            button.setChecked(abs(seconds * 1000 - shown) < 1000)
        self.live_button.setChecked(self._live)
        cursor = self.plot.cursor
        if cursor is None:
            self._legend_title.set_text(tr("Curves now"))
        else:
            self._legend_title.set_text(tr("Curves at {time}", time=time_text(cursor, self._model.zone, self._model.now())))
        if self._message:
            self._said.set_text(self._message)
        elif self._live:
            self._said.set_text("")
        else:
            zone, now = self._model.zone, self._model.now()
            start, end = (time_text(one, zone, now) for one in (self.plot.start, self.plot.end))
            self._said.set_text(tr("Paused at {start} to {end}", start=start, end=end))

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._rebuild()
        self._begin()
        self._asked.clear()
        for key in self._lines:
            self._feed(key)
        self._ask(list(self._lines))
        self.legend.refresh()
        self._draw()
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frame.stop()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pauses and resumes; Ctrl+F goes to the search field."""
        if event.key() == Qt.Key.Key_Space:
            self.set_live(not self._live)
        elif event.key() == Qt.Key.Key_F and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.picker.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(event)


class _Scroll(QScrollArea):
    """Stays where it is when the focus goes through it: its one child is taller than the window onto it."""

    def focusNextPrevChild(self, next: bool) -> bool:
        return QWidget.focusNextPrevChild(self, next)
