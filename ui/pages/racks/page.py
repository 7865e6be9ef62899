"""The racks of a row by their units, with state, power, temperatures and free units; search, and paper for an audit. Changes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
)

from cityops_desktop.link.messages import RackInfo
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.logcontext import LogContext, about, device_link, point_link
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.page import Page
from ui.pages.racks.elevation import FACES, rows
from ui.pages.racks.paper import PaperRun, record_of
from ui.pages.racks.state import RackWatch, Sum, by_device, row_power
from ui.pages.racks.view import FULL_UNIT, RackBoard, Selection
from ui.pages.racks.words import kw_text, run_text
from ui.paper.sheet import heading_of
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine, Steady
from ui.widgets.pastbutton import PastButton
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from ui.link import Link

VIEWS = ((("front",), N_("Front")), (("rear",), N_("Rear")), (FACES, N_("Both")))
ZOOMS = (12, 14, 16, 18, 20, 24, 30, 36)
"""Pixels of a unit; 0 is as high as the window."""
ALL, ROW = "all", "row:"
COMBO_EDGE = 40
"""Pixels of a combo box beside its text: padding and arrow."""


class RacksPage(Page):
    """`show_rack` leads to a rack of whatever row."""

    def __init__(self, model: RoomModel, link: "Link", parent: "QWidget | None" = None) -> None:
        super().__init__(model, link, parent)
        self._dirty = True
        self._built: tuple[str, str] | None = None
        self._watches: dict[str, RackWatch] = {}
        self._wanted = ""
        self._zoom = 0
        self._found: list[tuple[str, int]] = []
        self._here = 0
        self._said_text = ""
        self._run: PaperRun | None = None
        self._dialog: QFileDialog | None = None
        self._title = ElidedLine(size=theme.TITLE, bold=True)
        self.row = QComboBox()
        self.row.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.views = QButtonGroup(self)
        for number in range(len(VIEWS)):
            button = QPushButton()
            button.setCheckable(True)
            self.views.addButton(button, number)
        self.views.button(0).setChecked(True)
        self.smaller, self.fit, self.full, self.larger = QPushButton("−"), QPushButton(), QPushButton("100 %"), QPushButton("+")
        for button in (self.fit, self.full):
            button.setCheckable(True)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.count = Steady(colour="text_dim")
        self.print_button, self.cancel_button = QPushButton(), QPushButton()
        self.past = PastButton()
        self.menu = QMenu(self)
        self.board = RackBoard(model)
        self._summary = ElidedLine(bold=True)
        self._said = ElidedLine()
        self.pane = _Scroll()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        bar, below = QHBoxLayout(), QHBoxLayout()
        bar.addWidget(self._title, 1)
        bar.addWidget(self.row)
        bar.addSpacing(theme.GAP)
        for group in (self.views.buttons(), [self.smaller, self.fit, self.full, self.larger]):
            for button in group:
                bar.addWidget(button)
            bar.addSpacing(theme.GAP)
        bar.addWidget(self.search)
        bar.addWidget(self.count)
        bar.addWidget(self.print_button)
        bar.addWidget(self.past)
        self.search.setFixedWidth(190)
        below.addWidget(self._said, 1)
        below.addWidget(self.cancel_button)
        self.cancel_button.hide()
        self.pane.setWidget(self.board)
        self.pane.setFrameShape(QFrame.Shape.NoFrame)
        self.pane.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusProxy(self.board)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.GAP, theme.GAP // 2, theme.GAP, 2)
        layout.setSpacing(2)
        layout.addLayout(bar)
        layout.addWidget(self._summary)
        layout.addWidget(self.pane, 1)
        layout.addLayout(below)

    def _connect(self) -> None:
        self.row.activated.connect(lambda _: self._row_chosen())
        self.views.idClicked.connect(lambda _: self._look())
        self.smaller.clicked.connect(lambda: self.zoom(-1))
        self.larger.clicked.connect(lambda: self.zoom(1))
        self.fit.clicked.connect(lambda: self.zoom(0))
        self.full.clicked.connect(lambda: self._set_zoom(FULL_UNIT))
        self.search.textChanged.connect(self._search)
        self.print_button.clicked.connect(self._choose_paper)
        self.cancel_button.clicked.connect(self._cancel_paper)
        self.past.clicked.connect(lambda: self.openPast.emit(None))
        self.board.zoomed.connect(self.zoom)
        self.board.chosen.connect(self._chosen)
        self.board.opened.connect(self._open)
        for keys, act in (
            ("Ctrl+F", self._begin_search),
            ("Ctrl+P", self._choose_paper),
            ("F3", lambda: self._step(1)),
            ("Shift+F3", lambda: self._step(-1)),
        ):
            shortcut = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)
        self._model.replaced.connect(self._rebuild)
        self._model.changed.connect(self._live_changed)
        self._model.alarmsChanged.connect(lambda _: self._live_changed(None))
        self._model.beat.connect(self._tell)
        self._model.stationChanged.connect(lambda: self._live_changed(None))
        theme.changes.themeChanged.connect(self.retranslate)

    def retranslate(self) -> None:
        """The language or the theme is another one."""
        self._title.set_text(tr("Racks"))
        for number, (_, name) in enumerate(VIEWS):
            self.views.button(number).setText(tr(name))
        self.fit.setText(tr("Fit"))
        self.fit.setToolTip(tr("The whole height  0"))
        self.full.setAccessibleName(tr("Full size"))
        for button, words in ((self.smaller, tr("Smaller  −")), (self.larger, tr("Larger  +"))):
            button.setToolTip(words)
            button.setAccessibleName(words)
        self.row.setAccessibleName(tr("Row of racks"))
        self.search.setPlaceholderText(tr("Find in all racks"))
        self.search.setAccessibleName(tr("Find in all racks"))
        self.search.setToolTip(tr("Name, model, device or rack; Enter and F3 lead on  Ctrl+F"))
        self.count.set_samples(tr("{n} of {m}", n=188, m=188), tr("nothing found"))
        self.print_button.setText(tr("Print"))
        self.print_button.setToolTip(tr("Elevations and lists as a PDF  Ctrl+P"))
        self.cancel_button.setText(tr("Cancel"))
        self.past.retranslate()
        self.board.setAccessibleName(tr("Elevations of the racks"))
        self._fill_menu()
        if self.isVisible() and self._built is not None:
            self._fill_rows()
            self.board.redraw()
            self._show_row()
        else:
            self._built = None
            self._dirty = True

    # which racks

    def show_rack(self, rack: str) -> None:
        """Lead to this rack; one that the room does not have is ignored."""
        self._wanted = rack
        if self.isVisible():
            self._rebuild()

    def _rebuild(self) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        self._dirty = False
        room = self._model.room
        version = (room.id, room.version) if room else None
        if version != self._built:
            self._built = version
            points, keys = list(self._model.points.values()), by_device(self._model.points.values())
            self._watches = {rack.id: RackWatch(rack, points, keys) for rack in (room.racks if room else [])}
            self._fill_rows()
            self._show_row()
            self._search(self.search.text())
        else:
            self.board.refresh()
        wanted, self._wanted = self._wanted, ""
        if wanted in self._watches:
            self._lead_to(wanted, -1)
        self._tell()

    def _fill_rows(self) -> None:
        before = self.row.currentData()
        self.row.clear()
        found = rows(self._racks())
        for name, racks in found.items():
            self.row.addItem(
                tr("Row {name} ({n})", name=name, n=len(racks)) if name else tr("Without a row ({n})", n=len(racks)), ROW + name
            )
        if len(found) > 1:
            self.row.addItem(tr("All rows ({n})", n=len(self._watches)), ALL)
        widest = max((lettering.width(self.row.itemText(n)) for n in range(self.row.count())), default=0)
        self.row.setMinimumWidth(widest + COMBO_EDGE)
        self.row.setCurrentIndex(max(0, self.row.findData(before)))
        self.row.setEnabled(len(found) > 1)

    def _racks(self) -> list[RackInfo]:
        return [watch.rack for watch in self._watches.values()]

    def _of_row(self) -> list[RackWatch]:
        chosen = self.row.currentData()
        return [watch for watch in self._watches.values() if chosen in (ALL, ROW + watch.rack.row)]

    def _row_chosen(self) -> None:
        self._show_row()
        self.pane.horizontalScrollBar().setValue(0)
        self._tell()

    def _show_row(self) -> None:
        self.board.set_racks(self._of_row(), tr("The room file names no racks") if self._model.room else "")
        self._look()

    # how they are shown

    def _look(self) -> None:
        if not self.isVisible():
            return
        faces = VIEWS[self.views.checkedId()][0]
        room = self.pane.maximumViewportSize()
        self.board.set_look(faces, self._zoom, room)
        across, down = self.pane.horizontalScrollBar().sizeHint().height(), self.pane.verticalScrollBar().sizeHint().width()
        for _ in range(2):  # a bar along one side takes room from the other
            less = QSize(down if self.board.height() > room.height() else 0, across if self.board.width() > room.width() else 0)
            self.board.set_look(faces, self._zoom, room - less)
        self.fit.setChecked(self._zoom == 0)
        self.full.setChecked(self._zoom == FULL_UNIT)
        self._tell()

    def zoom(self, step: int) -> None:
        """One step larger (1) or smaller (-1), or as high as the window (0)."""
        now = self.board.unit()
        if step > 0:
            self._set_zoom(next((unit for unit in ZOOMS if unit > now), ZOOMS[-1]))
        elif step < 0:
            self._set_zoom(next((unit for unit in reversed(ZOOMS) if unit < now), 0))
        else:
            self._set_zoom(0)

    def _set_zoom(self, unit: int) -> None:
        self._zoom = unit
        self._look()
        if self.board.selection is not None:
            self._make_visible(self.board.selection)

    def _make_visible(self, selection: Selection) -> None:
        rect = self.board.rect_of(selection)
        if not rect.isEmpty():
            centre = rect.center()
            self.pane.ensureVisible(
                centre.x(), centre.y(), rect.width() // 2 + 30, min(rect.height() // 2 + 20, self.pane.height() // 2 - 1)
            )

    # search

    def _begin_search(self) -> None:
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def _search(self, text: str) -> None:
        """Every word must occur in a name in either language, in model, type, device or rack."""
        words = text.casefold().split()
        self._found = [
            (watch.rack.id, item)
            for watch in self._watches.values()
            for item, told in enumerate(self._told(watch), -1)
            if words and all(word in told for word in words)
        ]
        self.board.set_marks(frozenset(self._found))
        self._here = 0
        if self._found:
            self._lead_to(*self._found[0])
        self._count()

    def _told(self, watch: RackWatch) -> list[str]:
        """The words of a rack itself and of each of its items."""
        rack = watch.rack
        told = [" ".join((rack.id, rack.names.zh, rack.names.en, rack.type)).casefold()]
        for item in rack.items:
            device = self._model.devices.get(item.device) if item.device else None
            names = (device.id, device.names.zh, device.names.en) if device else (item.device or "",)
            told.append(" ".join((item.names.zh, item.names.en, item.model, item.type, *names)).casefold())
        return told

    def _step(self, by: int) -> None:
        if self._found:
            self._here = (self._here + by) % len(self._found)
            self._lead_to(*self._found[self._here])
            self._count()

    def _count(self) -> None:
        words = (
            tr("{n} of {m}", n=self._here + 1, m=len(self._found))
            if self._found
            else tr("nothing found")
            if self.search.text().strip()
            else ""
        )
        self.count.set_text(words)

    def _lead_to(self, rack: str, item: int) -> None:
        """Show the rack's row and face, and mean the item (-1 = the rack itself)."""
        watch = self._watches[rack]
        if watch not in self._of_row():
            self.row.setCurrentIndex(self.row.findData(ROW + watch.rack.row))
            self._show_row()
        faces = self.board.faces
        face = faces[0]
        if item >= 0:
            seen = [one for one in faces if watch.elevation.stand_of(item, one) or item in watch.elevation.side[one]]
            own = watch.rack.items[item].face
            face = own if own in seen else seen[0] if seen else own
            if face not in faces:
                self.views.button(next(n for n, (one, _) in enumerate(VIEWS) if one == (face,))).setChecked(True)
                self._look()
        stand = watch.elevation.stand_of(item, face) if item >= 0 else None
        height = stand.bottom if stand else watch.rack.u_height - 1 if item < 0 else float(watch.rack.u_height)
        top = watch.elevation.at(face, watch.rack.u_height - 0.5) if item < 0 else None
        selection = Selection(rack, face, top.item, top.bottom) if top is not None else Selection(rack, face, item, height)
        self.board.select(selection)
        self._make_visible(selection)

    # what is told

    def _live_changed(self, keys: frozenset[str] | None) -> None:
        if not self.isVisible():
            self._dirty = True
            return
        self.board.refresh(keys)
        self._tell()

    def _tell(self) -> None:
        """The row in one line, the selection in another."""
        if not self.isVisible():
            return
        watches = self.board.watches
        self._summary.set_text(self._row_text(watches) if watches else "")
        selection = self.board.selection
        told = self._said_text or (self.board.tip(selection) if selection is not None else "")
        self._said.set_text(" · ".join(line.strip() for line in told.split("\n") if line))

    def _row_text(self, watches: list[RackWatch]) -> str:
        parts = [tr("{n} racks", n=len(watches)), tr("{n} U free", n=sum(len(watch.elevation.free_through) for watch in watches))]
        widest = max(watches, key=lambda watch: watch.elevation.largest_run.units)
        run = widest.elevation.largest_run
        if run.units:
            parts.append(tr("largest run {n} U ({rack} {units})", n=run.units, rack=widest.rack.id, units=run_text(widest.elevation, run)))
        front = sum(len(watch.elevation.free_front_only) for watch in watches)
        if front:
            parts.append(tr("{n} U more at the front only", n=front))
        return " · ".join([*parts, *_power_words([state.total for state in self.board.states()])])

    def _chosen(self) -> None:
        self._said_text = ""
        if self.board.selection is not None:
            self._make_visible(self.board.selection)
        self._tell()

    def _open(self, what: Selection | str) -> None:
        """A sensor's curve; an item's device, or the curve of its power."""
        if isinstance(what, str):
            self.openTrend.emit(what)
            return
        if what.item < 0:
            return
        item = self._watches[what.rack].rack.items[what.item]
        if item.device is not None and item.device in self._model.devices:
            self.openDevice.emit(item.device)
        elif item.power:
            self.openTrend.emit(item.power[0])

    def point(self) -> str:
        """Under the mouse, or of the selected item."""
        return self.board.point()

    def log_context(self) -> LogContext:
        """The selected rack, its item's device, the point."""
        selection = self.board.selection
        point = point_link(self._model, self.point())
        if selection is None:
            return about(point)
        items = self._watches[selection.rack].rack.items
        device = items[selection.item].device if 0 <= selection.item < len(items) else None
        return about((f"rack:{selection.rack}", tr("Rack {id}", id=selection.rack)), device_link(self._model, device or ""), point)

    # paper

    def _fill_menu(self) -> None:
        self.menu.clear()
        choices = (
            (tr("This row, one rack on a page"), False, False),
            (tr("This row, three racks on a page"), False, True),
            (tr("All racks, one rack on a page"), True, False),
            (tr("All racks, three racks on a page"), True, True),
        )
        for words, everything, several in choices:
            self.menu.addAction(words).triggered.connect(lambda _=False, e=everything, s=several: self.ask_paper(everything=e, several=s))

    def _choose_paper(self) -> None:
        if self._watches and self._run is None:
            self.menu.popup(self.print_button.mapToGlobal(QPoint(0, self.print_button.height())))

    def ask_paper(self, *, everything: bool, several: bool) -> None:
        """Ask where the PDF goes."""
        room = self._model.room
        if room is None or self._run is not None:
            return
        watches = list(self._watches.values()) if everything else self._of_row()
        when = moment(self._model.now(), self._model.zone)
        what = tr("all racks") if everything or self.row.currentData() == ALL else self.row.currentText().rsplit(" (", 1)[0]
        name = f"{pick(room.names)} {tr('racks')} {what} {when:%Y-%m-%d %H%M}.pdf"
        title = tr("Save the racks as a PDF")
        self._dialog = save_dialog(self, title, name, lambda path: self.print_to(path, watches, several=several))
        self._dialog.open()

    def print_to(self, path: Path, watches: list[RackWatch], *, several: bool) -> None:
        """Write these racks as they are at this moment; the page stays usable meanwhile."""
        if self._model.room is None:
            return
        records = [record_of(self._model, watch) for watch in watches]
        self._run = PaperRun(path, heading_of(self._model, tr("Racks")), records, several=several, parent=self)
        self._run.progress.connect(lambda page, pages: self._say(tr("Writing page {n} of {m}", n=page, m=pages)))
        self._run.finished.connect(lambda: self._paper_done(tr("Saved: {path}", path=path)))
        self._run.failed.connect(
            lambda error: self._paper_done(tr("Not saved: {path}: {error}. Choose another folder.", path=path, error=error))
        )
        self._run.cancelled.connect(lambda: self._paper_done(tr("Cancelled: nothing was saved")))
        self.cancel_button.show()
        self.print_button.setEnabled(False)
        self._run.start()

    def _cancel_paper(self) -> None:
        if self._run is not None:
            self._run.cancel()

    def _paper_done(self, words: str) -> None:
        if self._run is not None:
            self._run.deleteLater()
            self._run = None
        self.cancel_button.hide()
        self.print_button.setEnabled(True)
        self._say(words)

    def _say(self, words: str) -> None:
        self._said_text = words
        self._tell()

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._dirty or self._built is None or self._wanted:
            self._rebuild()
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._dirty = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._look()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """+, - and 0 zoom; in the search field Enter leads on, Escape clears."""
        key = event.key()
        if self.search.hasFocus():
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            elif key == Qt.Key.Key_Escape:
                self.search.clear()
                self.board.setFocus()
            else:
                super().keyPressEvent(event)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1)
        elif key == Qt.Key.Key_Minus:
            self.zoom(-1)
        elif key == Qt.Key.Key_0:
            self.zoom(0)
        else:
            super().keyPressEvent(event)


def _power_words(totals: list[Sum]) -> list[str]:
    """The power of a row; where a part of it is not known, what the racks carry that are, and how many they are."""
    power, metered = row_power(totals)
    known = [one for one in totals if one.watts is not None]
    if not metered:
        return [tr("power not metered")]
    if power.watts is None and known:
        words = tr("{power} in {k} of {n} racks, the rest unknown", power=kw_text(row_power(known)[0]), k=len(known), n=metered)
        return [words, *([tr("stale")] if any(one.stale for one in known) else [])]
    if power.watts is None:
        return [tr("power not known")]
    words = kw_text(power) if metered == len(totals) else tr("{power} in the {n} metered racks", power=kw_text(power), n=metered)
    return [words, *([tr("stale")] if power.stale else [])]


class _Scroll(QScrollArea):
    """Stays where it is when the focus comes to the board, which is larger than the window onto it."""

    def focusNextPrevChild(self, next: bool) -> bool:
        return super(QScrollArea, self).focusNextPrevChild(next)
