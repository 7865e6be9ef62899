"""Curves of chosen points over any time, live or past, with their limits, gaps and qualities: this page moves the time and says what is
going on. Which points: `Curves`; what is loaded: `Looking`; what a chart says: `Plot`; views, comparison and files: their buttons.
"""

from datetime import tzinfo
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QContextMenuEvent, QDragEnterEvent, QDropEvent, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.envelope import width_for
from cityops_desktop.model.points import Kind
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.acts import Acts
from ui.models.forecasts import Forecasts
from ui.models.logcontext import LogContext, about, point_link
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.models.timetyped import time_typed
from ui.pages.page import Page
from ui.pages.trends.absence import why_absent
from ui.pages.trends.compare import CompareButton
from ui.pages.trends.comparedialogs import Named, PairDialog
from ui.pages.trends.curves import MOST_LANES, MOST_LINES, Curves
from ui.pages.trends.export import ExportButton
from ui.pages.trends.figures import Span, whole_name
from ui.pages.trends.happenings import Happenings
from ui.pages.trends.lanes import Line
from ui.pages.trends.legend import Legend
from ui.pages.trends.looking import Looking
from ui.pages.trends.marks_axis import MarksAxis
from ui.pages.trends.notes import Notes
from ui.pages.trends.picker import Picker
from ui.pages.trends.plot import Plot
from ui.pages.trends.side import Side
from ui.pages.trends.statspanel import StatsPanel
from ui.pages.trends.timebar import TimeBar
from ui.pages.trends.views import View
from ui.pages.trends.viewsbutton import MOST_KEYS, ViewsButton
from ui.settings import Settings, default_settings
from ui.widgets.carry import carried
from ui.widgets.elided import ElidedLine

if TYPE_CHECKING:
    from ui.link import Link

FRAME_MS, SLOW_FRAME_MS = 500, 2000


class TrendsPage(Page):
    """`show_point` puts a point on the chart; whatever moves the time by hand pauses the live view, "Live" takes it up again."""

    def __init__(
        self,
        model: RoomModel,
        link: "Link",
        acts: Acts | None = None,
        parent: QWidget | None = None,
        settings: Settings | None = None,
    ) -> None:
        super().__init__(model, link, parent)
        acts = acts or Acts(link, lambda _purpose, _then: None, self)
        self.curves = Curves(model)
        self._span = 900
        self._live = True
        self._message = ""
        self._waiting = 0
        self._pointed: int | None = None
        self._dirty = False
        self.picker = Picker(model)
        self.forecasts = Forecasts(model, link, self)
        self.legend = Legend(model, self.forecasts)
        self.side = Side(self.picker, self.legend)
        self.plot = Plot()
        self.looking = Looking(model, link, self)
        self.stats_button = QPushButton()
        self.stats_button.setCheckable(True)
        self.stats = StatsPanel(self._named_lines, self._looked_at)
        self._title = ElidedLine(size=theme.TITLE, bold=True)
        self._said = ElidedLine(colour="text_dim")
        self.times = TimeBar()
        self.compare_button = CompareButton()
        self.views_button = ViewsButton(model, link, acts, settings or Settings(default_settings()), self._view_now)
        self.happenings = Happenings(model, link, acts, self)
        self.axis = MarksAxis(self.plot, model)
        self.notes = Notes(model, link, acts, self.plot, lambda: self.export_button.image(), self)
        self.export_button = ExportButton(model, link, self.plot, self._chart_title, self.compare_button.notes, self.stats.reckon)
        self._frame = QTimer(self)
        self._frame.timeout.connect(self._tick)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.plot)
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.addWidget(self._title)
        bar.addWidget(self._said, 1)
        for button in (self.stats_button, self.views_button, self.notes.button, self.compare_button, self.export_button):
            bar.addWidget(button)
        charts = QVBoxLayout()
        charts.setSpacing(4)
        charts.addLayout(bar)
        charts.addWidget(self.times)
        charts.addWidget(self.plot, 1)
        charts.addWidget(self.stats)
        charts.addWidget(self.notes.panel)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, theme.GAP)
        layout.addWidget(self.side)
        layout.addLayout(charts, 1)

    def _connect(self) -> None:
        self.picker.toggled.connect(self._toggled)
        self.legend.removed.connect(lambda key: self._toggled(key, False))
        self.plot.panned.connect(self._panned)
        self.plot.homeWanted.connect(self.set_live)
        self.plot.cursorMoved.connect(self._cursor_moved)
        self.plot.redrawn.connect(self.stats.refresh)
        self.stats_button.clicked.connect(self.show_statistics)
        self.stats.closed.connect(lambda: self.show_statistics(False))
        self.looking.brought.connect(self._brought)
        self.looking.asking.connect(self._asking)
        self.times.spanWanted.connect(self.set_span)
        self.times.liveWanted.connect(lambda: self.set_live(True))
        self.times.timeTyped.connect(self._go)
        self.times.roomWanted.connect(self._room_then)
        self.side.clear_button.clicked.connect(self.clear)
        self.compare_button.chosen.connect(self._compare)
        self.compare_button.pairWanted.connect(self._ask_pair)
        self.export_button.said.connect(self._tell)
        self.views_button.said.connect(self._tell)
        self.views_button.wanted.connect(self.show_view)
        self.happenings.brought.connect(self._happened)
        self.axis.alarmWanted.connect(self._show_alarm)
        self.axis.noteWanted.connect(self._open_note)
        self.axis.zoomWanted.connect(self.show_span)
        self.axis.told.connect(self._tell)
        self.notes.timeWanted.connect(self.show_span)
        self.notes.said.connect(self._tell)
        self.plot.redrawn.connect(self.notes.look)
        self.plot.marks.absent = self.legend.absent = self._why_absent
        for number in range(MOST_KEYS):
            keys = QShortcut(QKeySequence(f"Ctrl+Shift+{number + 1}"), self)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(lambda n=number: self.views_button.choose(n))
        self._model.replaced.connect(self._rebuild)
        self._model.changed.connect(self._live_changed)
        self._model.connectedChanged.connect(self._connection_changed)
        self._model.beat.connect(self._beat)
        theme.changes.themeChanged.connect(self.retranslate)

    def retranslate(self) -> None:
        """The language or the theme is another one."""
        self._title.set_text(tr("Trends"))
        self.side.retranslate()
        self.times.retranslate()
        self.plot.setAccessibleName(tr("Trends"))
        self.plot.setAccessibleDescription(tr("Plus and minus zoom, Page Up and Page Down pan, Home is live, arrows move the cross-hair"))
        self.plot.hint = tr("Choose points at the left: up to {lines} curves in {units} units", lines=MOST_LINES, units=MOST_LANES)
        self.picker.retranslate()
        self.stats_button.setText(tr("Statistics  S"))
        self.stats_button.setToolTip(tr("Lowest, mean, highest, time beyond limits of what is seen"))
        self.stats.retranslate()
        self.compare_button.retranslate()
        self.views_button.retranslate()
        self.axis.retranslate()
        self.notes.retranslate()
        self.export_button.retranslate()
        self._show_lines()

    # what is on the chart

    @property
    def keys(self) -> list[str]:
        """The points on the chart, in the order of their numbers."""
        return list(self.curves.lines)

    @property
    def live(self) -> bool:
        """Does the chart follow the time?"""
        return self._live

    def point(self) -> str:
        """The point that the legend's keys are at."""
        return self.legend.current

    def log_context(self) -> LogContext:
        """The curves of the marked span, else of what is seen, and their points."""
        curves = self.notes.curves()
        links = about(*(point_link(self._model, key) for key in (curves.points if curves is not None else ())))
        return LogContext(links.links, curves)

    def show_point(self, key: str) -> None:
        """Put this point on the chart; where there is no room left, or nobody has chosen yet, it takes the place of all others.

        Unknown keys are ignored.
        """
        point = self._model.points.get(key)
        if point is None or point.kind is Kind.TEXT:
            return
        if self.curves.refusal(key) or not self.curves.chosen:
            self.curves.clear()
        self.curves.chosen = True
        self.add_point(key)
        self.set_live(True)

    def add_point(self, key: str) -> bool:
        """Add a curve; False, with a message on the page, when there is no room for it."""
        self._message = self.curves.refusal(key)
        if not self._message and key not in self.curves.lines:
            self.curves.add(key)
            self._want()
        self._show_lines()
        return not self._message

    def add_points(self, keys: list[str]) -> None:
        """Add several at once; those for which there is no room, or that have no curve, are told."""
        self.curves.choose(keys)
        said = ""
        for key in keys:
            point = self._model.points.get(key)
            if point is None or point.kind is Kind.TEXT:
                said = tr("{point} has no curve", point=pick(point.names) if point else key)
            elif not self.add_point(key):
                said = self._message
        self._tell(said)

    def _begin(self) -> None:
        """Until somebody chooses: the key points of the room."""
        if not self.curves.chosen and not self.curves.lines:
            self.curves.begin()
            self._show_lines()

    def remove_point(self, key: str) -> None:
        """Take a curve off."""
        self._message = ""
        self.curves.remove(key)
        self._show_lines()
        self._want()

    def clear(self) -> None:
        """Take all curves off."""
        self.curves.chosen = True
        self._message = ""
        self.curves.clear()
        self.views_button.set_name("")
        self._show_lines()
        self._want()

    def _toggled(self, key: str, wanted: bool) -> None:
        self.curves.choose([key] if wanted else [])
        if wanted:
            self.add_point(key)
        else:
            self.remove_point(key)

    def _show_lines(self) -> None:
        lines = self.curves.all()
        self.plot.zone = self._model.zone
        self.plot.set_lines(lines)
        self._draw()
        self.legend.set_lines(lines)
        self.picker.set_checked(frozenset(self.curves.lines))
        self._say()

    # time

    def set_span(self, seconds: int) -> None:
        """Show the last so many seconds, live."""
        self._span = seconds
        self._forget_message()
        self.set_live(True)

    def _forget_message(self) -> None:
        """Somebody goes on: what was said before has been read. How far an export is stays."""
        if self.export_button.running is None:
            self._message = ""

    def set_live(self, live: bool = True) -> None:
        """Follow the time, or stand still."""
        self._live = live
        self._draw()
        self._want()
        self._say()
        self._pace()

    def show_span(self, start: int, end: int) -> None:
        """Stand still and show this time, UTC ms; it ends now at the latest."""
        self._live = False
        self.plot.latest = self._model.now()
        self.plot.move_to(start, end)
        self._panned()
        self._draw()

    def _go(self, text: str) -> None:
        time = time_typed(text, self._model.zone, self._model.now())
        if time is None:
            self._tell(tr("This is no time: type it as 14:30, 11-22 14:30 or 2026-11-22 14:30"))
            return
        self._message = ""
        half = (self.plot.end - self.plot.start) // 2
        self.show_span(time - half, time + half)
        self.plot.set_cursor(time if self.plot.start <= time <= self.plot.end else None)

    def follow(self, time: int) -> None:
        """The console stands at this past time (UTC ms): so does the cross-hair."""
        if not self.plot.start <= time <= self.plot.end:
            half = (self.plot.end - self.plot.start) // 2
            self.show_span(time - half, time + half)
        self.plot.set_cursor(time)

    def _room_then(self) -> None:
        """The room at the cross-hair, or where it was before the mouse left the chart; without one at the end of the chart."""
        at = self._pointed if self._pointed is not None and self.plot.start <= self._pointed <= self.plot.end else None
        self.openPast.emit(at if at is not None or self._live else self.plot.end)

    def _panned(self) -> None:
        self._forget_message()
        if self._live:
            self._live = False
            self._pace()
        self._set_shift()
        self._want()
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
            self._want()

    def _draw(self) -> None:
        if not self.isVisible():
            return
        self._set_shift()
        self.plot.oldest = self.looking.oldest
        self.plot.empty_text = tr("Loading…") if self._waiting else tr("No values in this span")
        now = self._model.now()
        self.plot.latest = now
        if self._live:
            self.plot.set_window(now - self._span * 1000, now)
        else:
            self.plot.redraw()
        self.legend.set_before(self.plot.shift, self.compare_button.ago())

    # statistics

    def show_statistics(self, shown: bool = True) -> None:
        """Open or close the panel of statistics."""
        self.stats_button.setChecked(shown)
        self.stats.setVisible(shown)
        self.stats.refresh()
        if not shown:
            self.plot.setFocus()

    def _named_lines(self) -> list[tuple[Line, str]]:
        return [(line, whole_name(self._model, line)) for line in self.plot.lines]

    def _looked_at(self) -> tuple[Span, str]:
        """The span that is seen; it ends now at the latest."""
        start, now, zone = self.plot.start, self._model.now(), self._model.zone
        end = max(start + 1, min(self.plot.end, now))
        words = f"{time_text(start, zone, now)} – {time_text(end, zone, start)}"
        return Span(start, end, zone, width_for(self.plot.end - start, self.plot.pixels())), words

    # comparison

    def _compare(self) -> None:
        self._forget_message()
        self._draw()
        self._want()
        self._say()

    def _ask_pair(self) -> None:
        """Another point beside a curve, and their difference."""
        curves = [self._named(line.point) for line in self.curves.lines.values() if line.point.kind not in (Kind.DIGITAL, Kind.TEXT)]
        points = [self._named(one) for one in self._model.points.values() if one.kind not in (Kind.DIGITAL, Kind.TEXT)]
        if not curves:
            self._tell(tr("Put a curve on the chart first"))
            return
        points.sort(key=lambda one: one[0] not in self.curves.lines)
        self.compare_button.open_dialog(PairDialog(curves, points, self.point(), self.compare_pair, self))

    def _named(self, point: PointInfo) -> Named:
        device = self._model.devices.get(point.device)
        return point.key, f"{pick(device.names) if device else point.device} · {pick(point.names)}", point.unit

    def compare_pair(self, one: str, other: str, difference: bool) -> None:
        """Put the other point beside the first one, and their difference where it is wanted."""
        if self.add_point(other) and difference:
            refusal = self.curves.subtract(one, other)
            self._show_lines()
            self._want()
            self._tell(refusal)

    def _set_shift(self) -> None:
        end = self._model.now() if self._live else self.plot.end
        self.plot.shift = self.compare_button.shift(end, self._model.zone)

    # data

    def _want(self) -> None:
        """Tell what is looked at; what is missing of it is asked for."""
        if not self.isVisible() or not self.curves.lines:
            self.looking.want({}, (), 1)
            self.happenings.want((), 0, 0)
            return
        plot = self.plot
        self.happenings.want(self.keys, plot.start, plot.end)
        spans = ((plot.start, plot.end), (plot.start - plot.shift, plot.end - plot.shift))
        self.looking.want({key: line.trace for key, line in self.curves.lines.items()}, spans if plot.shift else spans[:1], plot.pixels())

    def _brought(self) -> None:
        self._draw()
        self.legend.refresh()

    def _asking(self, waiting: int) -> None:
        if waiting != self._waiting:
            self._waiting = waiting
            self._draw()
            self._say()

    def _happened(self) -> None:
        self.axis.show_page(self.happenings.page)
        self.plot.marks.refresh()
        self.legend.refresh()

    def _why_absent(self, key: str, start: int, end: int) -> str:
        return why_absent(self.happenings.page, key, start, end, self._model.zone)

    def _open_note(self, id: str) -> None:
        for note in self.happenings.page.notes if self.happenings.page is not None else ():
            if note.id == id:
                self.notes.open(id, note.begins, note.ends)

    def _show_alarm(self, id: str) -> None:
        if id in self._model.alarms:
            self.openAlarms.emit(id)
        else:
            self._tell(tr("This alarm ended long ago: the change log tells it"))

    def _live_changed(self, keys: frozenset[str]) -> None:
        if not self.isVisible() or not self._model.connected:
            return
        for key in keys & self.curves.lines.keys():
            self.curves.feed(key)

    def _pause_traces(self) -> None:
        self.looking.stop()
        self.curves.pause()

    def _connection_changed(self, connected: bool) -> None:
        if not connected:
            self._pause_traces()
        elif self.isVisible():
            self.curves.feed_all()
            self._draw()
            self._want()
        self._beat()

    def _rebuild(self) -> None:
        """A new copy of the room."""
        if not self.isVisible():
            self._dirty = True
            return
        self._dirty = False
        self.views_button.forget()
        self.happenings.forget()
        self.looking.stop()
        self.curves.rebuild()
        self.picker.fill()
        self._begin()
        self.views_button.retranslate()
        self._show_lines()
        self._want()

    # views

    def show_view(self, view: View) -> None:
        """Points, span, heights and comparison of a view; points that the room has no more are told."""
        self.curves.chosen = True
        self._message = ""
        self.curves.clear()
        gone = [key for key in view.points if key not in self._model.points]
        for key in view.points:
            if key not in gone and not self.curves.refusal(key):
                self.curves.add(key)
        self.plot.heights = dict(view.heights)
        self.plot.ranges.clear()
        self.compare_button.set_days(view.compare)
        self._span = view.span
        self._live = True
        self.views_button.set_view(view)
        self._show_lines()
        self._compare()
        self._pace()
        if gone:
            self._tell(tr("No longer in this room: {points}", points=", ".join(gone)))

    def _view_now(self, name: str) -> View:
        span = self._span if self._live else (self.plot.end - self.plot.start) // 1000
        return View(name, tuple(self.curves.lines), span, self.compare_button.days, dict(self.plot.heights))

    def _chart_title(self) -> str:
        return self.views_button.name or tr("Trends")

    # what is carried here

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Points are welcome."""
        if carried(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Put them on the chart."""
        keys = carried(event.mimeData())
        if keys:
            event.acceptProposedAction()
            self.add_points(keys)

    # words

    def _beat(self) -> None:
        if self.isVisible():
            self.legend.refresh()

    def _cursor_moved(self, time: int | None) -> None:
        self._pointed = time if time is not None else self._pointed
        self.legend.set_cursor(time)
        self._say()

    def _tell(self, message: str) -> None:
        self._message = message
        self._say()

    def _say(self) -> None:
        shown = self._span * 1000 if self._live else self.plot.end - self.plot.start
        self.times.show_state(shown, self._live)
        zone, now = self._model.zone, self._model.now()
        cursor = self.plot.crosshair
        if cursor is None:
            self.side.title.set_text(tr("Curves now"))
        else:
            self.side.title.set_text(tr("Curves at {time}", time=time_text(cursor, zone, now)))
        self._said.set_text(self._message or self._state_text(zone, now))

    def _state_text(self, zone: tzinfo, now: int) -> str:
        said = []
        if self._waiting:
            said.append(tr("Loading… {n} to go", n=self._waiting))
        elif trouble := self.compare_button.trouble(self.plot.start, self.plot.shift, self.looking.oldest, zone, now):
            said.append(trouble)
        if not self._live:
            start, end = time_text(self.plot.start, zone, now), time_text(self.plot.end, zone, self.plot.start)
            said.append(tr("Paused at {start} to {end}", start=start, end=end))
        return " · ".join(said)

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.forecasts.set_looking(True)
        if self._dirty:
            self._rebuild()
        self.views_button.views.ask()
        self._begin()
        self.curves.feed_all()
        self._draw()
        self._want()
        self.legend.refresh()
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.forecasts.set_looking(False)
        self._frame.stop()
        self.happenings.want((), 0, 0)
        self._pause_traces()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """On the chart: the room at this time."""
        where = self.plot.mapFromGlobal(event.globalPos())
        if self.plot.rect().contains(where) and self.plot.lanes:
            self._pointed = min(max(self.plot.time_at(where.x()), self.plot.start), self.plot.end)
            menu = QMenu(self)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            words = tr("Room at {time}", time=time_text(self._pointed, self._model.zone, self._model.now()))
            menu.addAction(words).triggered.connect(self._room_then)
            menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """R is the room at the cross-hair; Space pauses and resumes; Ctrl+F goes to the search field, Ctrl+G to the time."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Space:
            self.set_live(not self._live)
        elif event.key() == Qt.Key.Key_R and not control:
            self._room_then()
        elif event.key() == Qt.Key.Key_S and not control:
            self.show_statistics(not self.stats_button.isChecked())
        elif event.key() == Qt.Key.Key_F and control:
            self.picker.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif event.key() == Qt.Key.Key_G and control:
            self.times.ask_time()
        else:
            super().keyPressEvent(event)
