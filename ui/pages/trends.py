"""Curves of chosen points over any time, live or past, with their limits, gaps and qualities. What it shows is loaded by
ui.models.looking; what a chart says is ui.widgets.plot's; this page chooses points, time, comparison and view, and says what is going on.
"""

from collections.abc import Callable
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QIODevice, QSaveFile, QStandardPaths, Qt, QTimer
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.model.points import Kind
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.groups import key_points
from ui.models.looking import Looking
from ui.models.needs import usable
from ui.models.room import RoomModel
from ui.models.shown import moment, time_text
from ui.models.ticks import days_before, time_typed
from ui.models.trace import Trace
from ui.models.trendcsv import CsvExport, unwritten
from ui.models.views import View, Views
from ui.pages.page import Page
from ui.settings import Settings, default_settings
from ui.widgets.carry import carried
from ui.widgets.elided import ElidedLine
from ui.widgets.lanes import Line
from ui.widgets.legend import Legend
from ui.widgets.lettering import metrics
from ui.widgets.picker import Picker
from ui.widgets.plot import Plot
from ui.widgets.trendpicture import picture
from ui.widgets.viewname import ViewNameDialog

if TYPE_CHECKING:
    from ui.link import Link

DAY = 86_400
SPANS = (
    *((300, N_("5 min")), (900, N_("15 min")), (3600, N_("1 h")), (7200, N_("2 h"))),
    *((8 * 3600, N_("8 h")), (DAY, N_("24 h")), (7 * DAY, N_("7 d")), (30 * DAY, N_("30 d")), (184 * DAY, N_("184 d"))),
)
COMPARE = ((0, N_("Compare with nothing")), (1, N_("1 day before")), (7, N_("7 days before")))
MOST_LINES, MOST_LANES = 16, 4
MOST_KEYS = 9
"""Saved views that have a key of their own."""
FRAME_MS, SLOW_FRAME_MS = 500, 2000
SIDE, VIEW_PX = 300, 160


class TrendsPage(Page):
    """`show_point` puts a point on the chart; whatever moves the time by hand pauses the live view, "Live" takes it up again."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None, settings: Settings | None = None) -> None:
        super().__init__(model, link, parent)
        self._settings = settings or Settings(default_settings())
        self._lines: dict[str, Line] = {}
        self._span = 900
        self._live = True
        self._days = 0
        self._message = ""
        self._waiting = 0
        self._dirty = False
        self._chosen = False
        self._views: Views | None = None
        self._view = ""
        self.export: CsvExport | None = None
        self.dialog: QFileDialog | ViewNameDialog | None = None
        self.menu: QMenu | None = None
        self.picker = Picker(model)
        self.legend = Legend(model)
        self.plot = Plot()
        self.looking = Looking(model, link, self)
        self._title = ElidedLine(size=theme.TITLE, bold=True)
        self._legend_title = ElidedLine(bold=True)
        self._said = ElidedLine(colour="text_dim")
        self.spans = {seconds: QPushButton() for seconds, _ in SPANS}
        self.live_button = QPushButton()
        self.clear_button = QPushButton()
        self.compare_button = QPushButton()
        self.export_button = QPushButton()
        self.views_button = QPushButton()
        self.goto = QLineEdit()
        self.goto.setAcceptDrops(False)
        for button in (*self.spans.values(), self.live_button):
            button.setCheckable(True)
        self._frame = QTimer(self)
        self._frame.timeout.connect(self._tick)
        self.setAcceptDrops(True)
        self.setFocusProxy(self.plot)
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
        side.setSizes([260, 380])
        side.setFixedWidth(SIDE)
        bar = QHBoxLayout()
        bar.addWidget(self._title)
        bar.addWidget(self._said, 1)
        for button in (self.views_button, self.compare_button, self.export_button):
            bar.addWidget(button)
        times = QHBoxLayout()
        times.setSpacing(4)
        for button in (*self.spans.values(), self.live_button):
            button.setStyleSheet("padding:4px 8px")
            times.addWidget(button)
        times.addStretch(1)
        self.goto.setFixedWidth(190)
        times.addWidget(self.goto)
        charts = QVBoxLayout()
        charts.setSpacing(4)
        charts.addLayout(bar)
        charts.addLayout(times)
        charts.addWidget(self.plot, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, theme.GAP)
        layout.addWidget(side)
        layout.addLayout(charts, 1)

    def _connect(self) -> None:
        self.picker.toggled.connect(self._toggled)
        self.legend.removed.connect(lambda key: self._toggled(key, False))
        self.plot.panned.connect(self._panned)
        self.plot.homeWanted.connect(self.set_live)
        self.plot.cursorMoved.connect(self._cursor_moved)
        self.looking.brought.connect(self._brought)
        self.looking.asking.connect(self._asking)
        for seconds, button in self.spans.items():
            button.clicked.connect(lambda _=False, s=seconds: self.set_span(s))
        self.live_button.clicked.connect(self.set_live)
        self.clear_button.clicked.connect(self.clear)
        self.compare_button.clicked.connect(self._open_compare)
        self.export_button.clicked.connect(self._open_export)
        self.views_button.clicked.connect(self._open_views)
        self.goto.returnPressed.connect(self._go)
        for number in range(MOST_KEYS):
            keys = QShortcut(QKeySequence(f"Ctrl+Shift+{number + 1}"), self)
            keys.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            keys.activated.connect(lambda n=number: self._show_numbered(n))
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
        self.spans[184 * DAY].setToolTip(tr("half a year"))
        self.live_button.setText(tr("Live"))
        self.clear_button.setText(tr("Take all off"))
        self.export_button.setText(tr("Export"))
        self.goto.setPlaceholderText(tr("Go to: 14:30, 11-22 14:30"))
        self.goto.setAccessibleName(tr("Go to a time"))
        self.goto.setToolTip(tr("A time such as 14:30, 11-22 14:30 or 2026-11-22 14:30, then Enter"))
        self.plot.setAccessibleName(tr("Trends"))
        self.plot.setAccessibleDescription(tr("Plus and minus zoom, Page Up and Page Down pan, Home is live, arrows move the cross-hair"))
        self.plot.hint = tr("Choose points at the left: up to {lines} curves in {units} units", lines=MOST_LINES, units=MOST_LANES)
        self.picker.retranslate()
        self._show_compare()
        self._show_view()
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

    def point(self) -> str:
        """The point that the legend's keys are at."""
        return self.legend.current

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
            self._add(key)
            self._want()
        self._show_lines()
        return not self._message

    def _add(self, key: str) -> None:
        point = self._model.points[key]
        used = {line.number for line in self._lines.values()}
        number = next(n for n in range(1, MOST_LINES + 1) if n not in used)
        self._lines[key] = Line(number, point, Trace(point.period, steps=point.kind is Kind.DIGITAL))
        self._lines = dict(sorted(self._lines.items(), key=lambda pair: pair[1].number))
        self._feed(key)

    def add_points(self, keys: list[str]) -> None:
        """Add several at once; those for which there is no room, or that have no curve, are told."""
        self._choose(keys)
        said = ""
        for key in keys:
            point = self._model.points.get(key)
            if point is None or point.kind is Kind.TEXT:
                said = tr("{point} has no curve", point=pick(point.names) if point else key)
            elif not self.add_point(key):
                said = self._message
        self._message = said
        self._say()

    def _begin(self) -> None:
        """Until somebody chooses: the key points of the room, as many as there is room for."""
        if self._chosen or self._lines:
            return
        for point in key_points(self._model):
            if point.kind is Kind.ANALOG and not self._refusal(point.key):
                self._add(point.key)
        self._show_lines()

    def remove_point(self, key: str) -> None:
        """Take a curve off."""
        self._message = ""
        self._lines.pop(key, None)
        self._show_lines()
        self._want()

    def clear(self) -> None:
        """Take all curves off."""
        self._chosen = True
        self._message = ""
        self._lines.clear()
        self._set_view("")
        self._show_lines()
        self._want()

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

    def _choose(self, keys: list[str]) -> None:
        """Somebody wants these: curves that nobody chose make room where there is none."""
        if not self._chosen and any(self._refusal(key) for key in keys if key in self._model.points):
            self._lines.clear()
        self._chosen = True

    def _toggled(self, key: str, wanted: bool) -> None:
        self._choose([key] if wanted else [])
        if wanted:
            self.add_point(key)
        else:
            self.remove_point(key)

    def _show_lines(self) -> None:
        lines = list(self._lines.values())
        self.plot.zone = self._model.zone
        self.plot.set_lines(lines)
        self._draw()
        self.legend.set_lines(lines)
        self.picker.set_checked(frozenset(self._lines))
        self._say()

    # time

    def set_span(self, seconds: int) -> None:
        """Show the last so many seconds, live."""
        self._span = seconds
        self._forget_message()
        self.set_live(True)

    def _forget_message(self) -> None:
        """Somebody goes on: what was said before has been read. How far an export is stays."""
        if self.export is None:
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

    def _go(self) -> None:
        time = time_typed(self.goto.text(), self._model.zone, self._model.now())
        if time is None:
            self._message = tr("This is no time: type it as 14:30, 11-22 14:30 or 2026-11-22 14:30")
            self._say()
            return
        self._message = ""
        half = (self.plot.end - self.plot.start) // 2
        self.show_span(time - half, time + half)
        self.plot.set_cursor(time if self.plot.start <= time <= self.plot.end else None)

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
        self.legend.set_before(self.plot.shift, self._ago())

    # comparison

    def compare(self, days: int) -> None:
        """Lay the same time of the clock so many days before under the curves; 0 = nothing."""
        self._days = days
        self._forget_message()
        self._show_compare()
        self._draw()
        self._want()
        self._say()

    def _ago(self) -> str:
        return next((tr(name) for days, name in COMPARE if days == self._days), "")

    def _set_shift(self) -> None:
        end = self._model.now() if self._live else self.plot.end
        self.plot.shift = end - days_before(end, self._days, self._model.zone) if self._days else 0

    def _show_compare(self) -> None:
        self.compare_button.setText(self._ago() if self._days else tr("Compare"))

    def _open_compare(self) -> None:
        menu = self._new_menu()
        for days, name in COMPARE:
            action = menu.addAction(tr(name))
            action.setCheckable(True)
            action.setChecked(days == self._days)
            action.triggered.connect(lambda _=False, d=days: self.compare(d))
        self._popup(menu, self.compare_button)

    def _compare_trouble(self) -> str:
        """What the comparison cannot show."""
        oldest = self.looking.oldest
        if not self.plot.shift or self._waiting or oldest is None or self.plot.start - self.plot.shift >= oldest:
            return ""
        time = time_text(oldest, self._model.zone, self._model.now())
        return tr("{ago}: nothing recorded before {time}", ago=self._ago(), time=time)

    # data

    def _want(self) -> None:
        """Tell what is looked at; what is missing of it is asked for."""
        if not self.isVisible() or not self._lines:
            self.looking.want({}, (), 1)
            return
        plot = self.plot
        spans = ((plot.start, plot.end), (plot.start - plot.shift, plot.end - plot.shift))
        self.looking.want({key: line.trace for key, line in self._lines.items()}, spans if plot.shift else spans[:1], plot.pixels())

    def _brought(self) -> None:
        self._draw()
        self.legend.refresh()

    def _asking(self, waiting: int) -> None:
        if waiting != self._waiting:
            self._waiting = waiting
            self._draw()
            self._say()

    def _feed(self, key: str) -> None:
        live = self._model.live.get(key)
        if live is None or isinstance(live.value, str) or not self._model.connected:
            return
        value = float(live.value) if usable(live) and live.value is not None else None
        time = live.time if value is not None else max(live.time, self._model.now())
        self._lines[key].trace.append(time, value, live.quality, live.reason, live.detail)

    def _live_changed(self, keys: frozenset[str]) -> None:
        if not self.isVisible() or not self._model.connected:
            return
        for key in keys & self._lines.keys():
            self._feed(key)

    def _pause_traces(self) -> None:
        """No live values are taken for some time: what comes in between is asked for afterwards."""
        self.looking.stop()
        now = self._model.lost_since or self._model.now()
        for line in self._lines.values():
            line.trace.pause(now)

    def _connection_changed(self, connected: bool) -> None:
        if not connected:
            self._pause_traces()
        elif self.isVisible():
            for key in self._lines:
                self._feed(key)
            self._draw()
            self._want()
        self._beat()

    def _rebuild(self) -> None:
        """A new copy: points may be gone or have become others, and what was recorded in between has to be asked for."""
        if not self.isVisible():
            self._dirty = True
            return
        self._dirty = False
        self._views = None
        self.looking.stop()
        for key in [key for key in self._lines if key not in self._model.points]:
            del self._lines[key]
        for key, line in self._lines.items():
            line.point = self._model.points[key]
            line.trace = Trace(line.point.period, steps=line.point.kind is Kind.DIGITAL)
            self._feed(key)
        self.picker.fill()
        self._begin()
        self._show_view()
        self._show_lines()
        self._want()

    # views

    def views(self) -> Views | None:
        """The saved views of this room; None before it is known."""
        if self._views is None and self._model.room is not None:
            self._views = Views(self._settings, self._model.room.id)
        return self._views

    def show_view(self, view: View) -> None:
        """Points, span, heights and comparison of a view; points that the room has no more are told."""
        self._chosen = True
        self._message = ""
        self._lines.clear()
        gone = [key for key in view.points if key not in self._model.points]
        for key in view.points:
            if key not in gone and not self._refusal(key):
                self._add(key)
        self.plot.heights = dict(view.heights)
        self.plot.ranges.clear()
        self._days = view.compare
        self._span = view.span
        self._live = True
        self._set_view(view.name)
        self._show_lines()
        self.compare(view.compare)
        self._pace()
        if gone:
            self._message = tr("No longer in this room: {points}", points=", ".join(gone))
            self._say()

    def save_view(self, name: str) -> None:
        """What is seen now, under this name."""
        views = self.views()
        if views is None:
            return
        span = self._span if self._live else (self.plot.end - self.plot.start) // 1000
        views.save(View(name, tuple(self._lines), span, self._days, dict(self.plot.heights)))
        self._set_view(name)

    def _set_view(self, name: str) -> None:
        self._view = name
        self._show_view()

    def _show_view(self) -> None:
        self.views_button.setText(metrics().elidedText(self._view, Qt.TextElideMode.ElideMiddle, VIEW_PX) or tr("Views"))
        self.views_button.setToolTip(self._view)

    def _show_numbered(self, number: int) -> None:
        views = self.views()
        if views is not None and number < len(views.all):
            self.show_view(views.all[number])

    def _open_views(self) -> None:
        views = self.views()
        menu = self._new_menu()
        for number, view in enumerate(views.all if views else []):
            action = menu.addAction(view.name)
            action.setCheckable(True)
            action.setChecked(view.name == self._view)
            if number < MOST_KEYS:
                action.setText(f"{view.name}\tCtrl+Shift+{number + 1}")
            action.triggered.connect(lambda _=False, v=view: self.show_view(v))
        menu.addSeparator()
        menu.addAction(tr("Save as…")).triggered.connect(self._ask_save)
        known = views is not None and views.find(self._view) is not None
        for text, act in ((tr("Rename…"), self._ask_rename), (tr("Delete this view"), self._delete_view)):
            action = menu.addAction(text)
            action.setEnabled(known)
            action.triggered.connect(act)
        self._popup(menu, self.views_button)

    def _ask_save(self) -> None:
        views = self.views()
        taken = [view.name for view in views.all] if views else []
        self._open(ViewNameDialog(tr("Save this view"), self._view, taken, self.save_view, self))

    def _ask_rename(self) -> None:
        views, old = self.views(), self._view
        if views is None:
            return

        def rename(new: str) -> None:
            views.rename(old, new)
            self._set_view(new)

        taken = [view.name for view in views.all if view.name != old]
        self._open(ViewNameDialog(tr("Rename this view"), old, taken, rename, self))

    def _delete_view(self) -> None:
        views = self.views()
        if views is not None:
            views.remove(self._view)
            self._message = tr("The view {name} was deleted; “Save as” brings it back", name=self._view)
            self._set_view("")
            self._say()

    def _new_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        self.menu = menu
        return menu

    def _popup(self, menu: QMenu, button: QPushButton) -> None:
        menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def _open(self, dialog: "QFileDialog | ViewNameDialog") -> None:
        if self.dialog is not None:
            self.dialog.reject()
        self.dialog = dialog
        dialog.finished.connect(lambda _result: self._closed(dialog))
        dialog.open()

    def _closed(self, dialog: "QFileDialog | ViewNameDialog") -> None:
        if self.dialog is dialog:
            self.dialog = None
        dialog.deleteLater()

    # export

    def _open_export(self) -> None:
        menu = self._new_menu()
        if self.export is not None:
            menu.addAction(tr("Stop the export")).triggered.connect(self.export.cancel)
        else:
            for text, act in ((tr("Picture (PNG)…"), self._ask_picture), (tr("Values (CSV)…"), self._ask_values)):
                action = menu.addAction(text)
                action.setEnabled(bool(self._lines))
                action.triggered.connect(act)
        self._popup(menu, self.export_button)

    def _ask_picture(self) -> None:
        self._ask_file("png", self.save_picture)

    def _ask_values(self) -> None:
        self._ask_file("csv", self.save_values)

    def _ask_file(self, kind: str, save: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self, tr("Export"), QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(kind)
        dialog.setNameFilter(f"{kind.upper()} (*.{kind})")
        room = self._model.room
        dialog.selectFile(f"{room.id if room else 'room'}-{moment(self.plot.start, self._model.zone):%Y%m%d-%H%M}.{kind}")
        dialog.fileSelected.connect(lambda path: save(Path(path)))
        self._open(dialog)

    def save_picture(self, path: Path) -> None:
        """The chart as a PNG file."""
        room, names = self._model.room, []
        for line in self._lines.values():
            device = self._model.devices.get(line.point.device)
            place = pick(device.names) if device else line.point.device
            names.append((line, f"{place} · {pick(line.point.names)}" + (f"  {line.point.unit}" if line.point.unit else "")))
        title = f"{pick(room.names)} · {self._view or tr('Trends')}" if room else tr("Trends")
        notes = [tr("dashed: {ago}", ago=self._ago())] if self._days else []
        image = picture(self.plot, title, self._span_text(), names, notes, demo=room is not None and room.origin == "demo")
        file = QSaveFile(str(path))  # the old picture stays until the new one is whole
        whole = file.open(QIODevice.OpenModeFlag.WriteOnly) and image.save(file, "PNG") and file.commit()  # type: ignore[call-overload]
        self._message = tr("written: {file}", file=str(path)) if whole else unwritten(path, file.errorString())
        self._say()

    def _span_text(self) -> str:
        start, end = (f"{moment(one, self._model.zone):%Y-%m-%d %H:%M:%S}" for one in (self.plot.start, self.plot.end))
        offset = f"{moment(self.plot.start, self._model.zone):%z}"
        room = self._model.room
        zone = f" ({room.timezone})" if room else ""
        return f"{start} – {end}  UTC{offset[:3]}:{offset[3:5]}{zone}"

    def save_values(self, path: Path) -> None:
        """The samples of the time that is seen as a CSV file; says how far it is."""
        points = [line.point for line in self._lines.values()]
        self.export = CsvExport(self._model, self._link, points, self.plot.start, self.plot.end, path, self)

        def ended(said: str) -> None:
            self.export = None
            self._message = said or tr("written: {file}", file=str(path))
            self._say()

        def progressed(percent: int) -> None:
            self._message = tr("{file}: {n} %", file=path.name, n=percent)
            self._say()

        self.export.progressed.connect(progressed)
        self.export.ended.connect(ended)
        self.export.ended.connect(self.export.deleteLater)
        progressed(0)
        self.export.begin()

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
        self.legend.set_cursor(time)
        self._say()

    def _say(self) -> None:
        shown = self._span * 1000 if self._live else self.plot.end - self.plot.start
        for seconds, button in self.spans.items():
            button.setChecked(abs(seconds * 1000 - shown) < 1000)
        self.live_button.setChecked(self._live)
        zone, now = self._model.zone, self._model.now()
        cursor = self.plot.crosshair
        if cursor is None:
            self._legend_title.set_text(tr("Curves now"))
        else:
            self._legend_title.set_text(tr("Curves at {time}", time=time_text(cursor, zone, now)))
        self._said.set_text(self._message or self._state_text(zone, now))

    def _state_text(self, zone: tzinfo, now: int) -> str:
        said = []
        if self._waiting:
            said.append(tr("Loading… {n} to go", n=self._waiting))
        if trouble := self._compare_trouble():
            said.append(trouble)
        if not self._live:
            start, end = (time_text(one, zone, now) for one in (self.plot.start, self.plot.end))
            said.append(tr("Paused at {start} to {end}", start=start, end=end))
        return " · ".join(said)

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty:
            self._rebuild()
        self._begin()
        for key in self._lines:
            self._feed(key)
        self._draw()
        self._want()
        self.legend.refresh()
        self._pace()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._frame.stop()
        self._pause_traces()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space pauses and resumes; Ctrl+F goes to the search field, Ctrl+G to the time."""
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Space:
            self.set_live(not self._live)
        elif event.key() == Qt.Key.Key_F and control:
            self.picker.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        elif event.key() == Qt.Key.Key_G and control:
            self.goto.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.goto.selectAll()
        else:
            super().keyPressEvent(event)


class _Scroll(QScrollArea):
    """Stays where it is when the focus goes through it: its one child is taller than the window onto it."""

    def focusNextPrevChild(self, next: bool) -> bool:
        return QWidget.focusNextPrevChild(self, next)
