"""The log book: found by any word in it, read beside the list, corrected, closed, printed, taken away as a file. Decides no right."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.logbook import PAGE, CloseEntry, LogEntryDetail, LogEntryInfo, LogPage, TemplatesPage
from cityops_desktop.model.people import Limited, Outcome
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.actions import logbook
from ui.actions.outcome import result_text
from ui.models.document import FileRun
from ui.models.logcontext import LogContext
from ui.models.room import RoomModel
from ui.pages.duty import logwords
from ui.pages.duty.logdetail import LogDetail
from ui.pages.duty.logfilters import LogFilters
from ui.pages.duty.logpaper import DayPaper
from ui.pages.duty.logtable import Column, EntryCells, EntryTable
from ui.pages.duty.tab import DutyTab
from ui.widgets import lettering
from ui.widgets.form import ActDialog, Line, Told
from ui.widgets.rows import read_by_rows
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH, TEMPLATES = "/api/v1/duty/log", "/api/v1/duty/log/templates"
RIGHT, WRITE, CLOSE = "duty.read", "logbook.write", "logbook.close"
PAGES = {
    "incident": "incidents",
    "warning": "incidents",
    "order": "orders",
    "ticket": "orders",
    "patrol": "patrol",
    "visit": "cleaning",
    "handover": "duty",
}
"""The page of what an entry is about."""
ROW = 26
AGAIN_MS = 10_000
SEARCH_MS = 8_000


class LogTab(DutyTab):
    """Filters above, list and the chosen entry side by side, what can be done below."""

    id = "log"
    title = N_("Log book")

    def __init__(self, acts: "Acts", link: "Link", model: RoomModel) -> None:
        super().__init__(acts, link, model)
        self._number = 0
        self._busy = False
        self._wanted = ""
        self._told = ""
        self.filters = LogFilters(model)
        self.table = EntryTable(model, self._older, self)
        self.view = QTableView()
        self.detail = LogDetail(link, model)
        self.new, self.correct, self.close_item = QPushButton(), QPushButton(), QPushButton()
        self.export, self.print = QPushButton(), QPushButton()
        self.count, self.nothing = QLabel(), QLabel(self.view)
        self.refused, self.login = QLabel(), QPushButton()
        self.sides = QStackedWidget()
        self.running: FileRun | DayPaper | None = None
        self.dialog: QDialog | None = None
        self._again = QTimer(self, interval=AGAIN_MS)
        self._lay_out()
        self._connect()

    # the look

    def _lay_out(self) -> None:
        shown, closed = QWidget(), QWidget()
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self.filters, 1)
        head.addWidget(self.new)
        beside = QWidget()
        side = QVBoxLayout(beside)
        side.setContentsMargins(0, 0, 0, 0)
        side.addWidget(self.detail, 1)
        below = QHBoxLayout()
        below.setSpacing(theme.GAP)
        below.addWidget(self.correct)
        below.addWidget(self.close_item)
        below.addStretch(1)
        side.addLayout(below)
        parts = QSplitter()
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.view)
        parts.addWidget(beside)
        parts.setStretchFactor(0, 1)
        parts.setSizes([780, 400])
        foot = QHBoxLayout()
        foot.setSpacing(theme.GAP)
        foot.addWidget(self.count, 1)
        foot.addWidget(self.export)
        foot.addWidget(self.print)
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, theme.GAP, 0, 0)
        column.addLayout(head)
        column.addWidget(self.filters.span)
        column.addWidget(parts, 1)
        column.addLayout(foot)
        middle = QVBoxLayout(closed)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(1)
        middle.addWidget(self.refused)
        middle.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(2)
        for one in (closed, shown):
            self.sides.addWidget(one)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(self.sides)
        self._set_up_view()

    def _set_up_view(self) -> None:
        self.view.setModel(self.table)
        self.view.setItemDelegate(EntryCells(self.view))
        read_by_rows(self.view, ROW)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.horizontalHeader().setSectionResizeMode(Column.TEXT, QHeaderView.ResizeMode.Stretch)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _connect(self) -> None:
        self.filters.changed.connect(self.begin)
        self.view.selectionModel().currentRowChanged.connect(lambda _now, _before: self._chosen())
        self.new.clicked.connect(lambda: self.acts.entries.open(LogContext()))
        self.correct.clicked.connect(self._correct)
        self.close_item.clicked.connect(self._close)
        self.export.clicked.connect(self._ask_file)
        self.print.clicked.connect(self._ask_day)
        self.login.clicked.connect(lambda: self.acts.ask_login(tr("Log in to read the log book.")))
        self.detail.leads.connect(self._lead)
        self.detail.spanWanted.connect(self.openTrendSpan)
        self.detail.said.connect(self._say)
        self._again.timeout.connect(self._look_again)
        self.link.sessionChanged.connect(self.begin)
        self.model.connectedChanged.connect(lambda _: self.begin())
        self.acts.carried.connect(self._look_again)
        theme.changes.themeChanged.connect(self.view.viewport().update)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._find)
        QShortcut(QKeySequence(Qt.Key.Key_F5), self).activated.connect(self.begin)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.new.setText(tr("Write  F2"))
        self.new.setToolTip(tr("A new entry: F2 on every page, with what the page is about"))
        self.correct.setText(tr("Correct…"))
        self.close_item.setText(tr("Settle…"))
        self.export.setText(tr("Export"))
        self.export.setToolTip(tr("The chosen entries as a table (XLSX, CSV); when one is chosen, all that are shown"))
        self.print.setText(tr("Print a day…"))
        self.login.setText(tr("Log in"))
        self.view.setAccessibleName(tr("Log book"))
        self.detail.setAccessibleName(tr("Entry"))
        self.detail.show_entry(self.detail.entry)
        self.filters.retranslate()
        self.table.reword()
        self._fit()
        self._chosen()
        self._tell()

    def _fit(self) -> None:
        wide = {
            Column.TIME: lettering.width("2026-12-31 23:59") + 20,
            Column.SORT: lettering.width("Operation of equip") + 16,
            Column.PERSON: lettering.width("张工王工李工") + 20,
            Column.STATE: lettering.width("to be settled", bold=True) + 20,
        }
        for column, pixels in wide.items():
            self.view.setColumnWidth(column, pixels)
        self.nothing.setText(tr("No entry") if not self.table.rows else "")
        self.nothing.adjustSize()
        self.nothing.move(12, self.view.horizontalHeader().sizeHint().height() + 10)

    # asking

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew."""
        super().showEvent(event)
        self._again.start()
        self.begin()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden tab asks nothing."""
        self.filters.stop()
        self._again.stop()
        super().hideEvent(event)

    def take_keyboard(self) -> None:
        """The list, where the arrows go from entry to entry."""
        (self.view if self.sides.currentIndex() else self.login).setFocus()

    def begin(self) -> None:
        """The newest entries that fit, if the tab is shown and the person may read them."""
        if not self.isVisible():
            return
        refused = self._why_not()
        if refused:
            self._show_refusal(CommandResult(id="", outcome=Outcome.REFUSED, code=refused))
            return
        self.link.ask(TEMPLATES, TemplatesPage, self._templates_came)
        self._ask(None)

    def show_subject(self, id: str) -> None:
        """This entry, whatever was looked for before."""
        self._wanted = id
        self.filters.clear()
        self.begin()

    def _look_again(self) -> None:
        """New entries at the top, while nobody has scrolled away from there."""
        if self.isVisible() and not self._busy and not self._why_not() and self.view.verticalScrollBar().value() == 0:
            self._ask(None)

    def _older(self) -> None:
        if not self._busy and self.table.rows and not self._why_not():
            self._ask(self.table.rows[-1].place)

    def _ask(self, before: int | None) -> None:
        question = self.filters.question()
        if question is None:
            return  # a time cannot be read; the filters say so
        self._number += 1
        number, self._busy = self._number, True

        def came(answer: LogPage | CommandResult) -> None:
            if number == self._number:
                self._busy = False
                self._came(answer, begin=before is None)

        self.link.ask(PATH, LogPage, came, question | {"before": before}, wait_ms=SEARCH_MS)
        self._tell()

    def _templates_came(self, answer: TemplatesPage | CommandResult) -> None:
        if isinstance(answer, TemplatesPage):
            self.acts.entries.templates, self.acts.entries.faulty = answer.templates, answer.faulty
            self.filters.take(answer.templates)
            self._tell()

    def _came(self, answer: LogPage | CommandResult, *, begin: bool) -> None:
        if isinstance(answer, CommandResult):
            if answer.code in ("no_station", "no_answer", "busy", "search_too_slow") and self.sides.currentIndex() == 1:
                self._say(result_text(answer))
            else:
                self._show_refusal(answer)
            return
        self._told = ""
        more = answer.next is not None
        if not begin:
            self.table.append(answer.entries, more=more)
        elif answer.entries != self.table.rows[:PAGE]:
            self._begin_with(answer.entries, more=more)
        self.filters.tell_open(answer.open)
        station = self.model.station
        self.filters.meet(answer.entries, station.duty.people if station is not None else ())
        self.sides.setCurrentIndex(1)
        self._fit()
        self._show_wanted()
        self._tell()

    def _begin_with(self, entries: list[LogEntryInfo], *, more: bool) -> None:
        """The first page; what was chosen stays chosen where it is among them."""
        chosen = self._entry()
        self.table.fill(entries, more=more)
        row = self.table.row_of(chosen.id) if chosen is not None else None
        if row is not None:
            self._choose(row)
        elif entries:
            self._choose(0)
        else:
            self._chosen()

    def _show_wanted(self) -> None:
        if not self._wanted:
            return
        wanted, self._wanted = self._wanted, ""
        row = self.table.row_of(wanted)
        if row is not None:
            self._choose(row)
            return

        def came(answer: LogEntryDetail | CommandResult) -> None:
            if isinstance(answer, LogEntryDetail):
                self.view.clearSelection()
                self.detail.show_entry(answer.entry)
                self._look()
            else:
                self._say(result_text(answer))

        self.link.ask(f"{PATH}/{wanted}", LogEntryDetail, came)

    def _why_not(self) -> str:
        session = self.link.session
        if not self.model.connected:
            return "no_station"
        if session is None:
            return "not_logged_in"
        if session.limited is not Limited.NOTHING:
            return f"must_{session.limited}"
        return "" if RIGHT in session.rights else "no_right"

    def _show_refusal(self, result: CommandResult) -> None:
        self.refused.setText(tr("Nobody is logged in.") if result.code == "not_logged_in" else result_text(result))
        self.login.setVisible(result.code == "not_logged_in")
        self.table.fill([], more=False)
        self._chosen()
        self.sides.setCurrentIndex(0)

    # what is chosen

    def _choose(self, row: int) -> None:
        flags = QItemSelectionModel.SelectionFlag
        index = self.table.index(row, 0)
        self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.view.scrollTo(index)

    def _entry(self) -> LogEntryInfo | None:
        row = self.view.currentIndex().row()
        return self.table.rows[row] if 0 <= row < len(self.table.rows) else None

    def _chosen(self) -> None:
        entry = self._entry()
        if entry != self.detail.entry:
            self.detail.show_entry(entry)
        self._look()

    def _look(self) -> None:
        """Which acts can be given now; those that cannot say why."""
        entry = self.detail.entry
        none = "" if entry is not None else tr("Choose an entry first")
        corrected = tr("This entry was corrected: correct the newer one") if entry is not None and entry.corrected else ""
        not_open = "" if entry is not None and logwords.state_of(entry) == logwords.OPEN else tr("Only what is handed over is settled")
        texts = (tr("A new entry in place of this one, which stays, struck through"), tr("Settled: say how"))
        for button, kind, why, text in (
            (self.correct, WRITE, none or corrected, texts[0]),
            (self.close_item, CLOSE, none or not_open, texts[1]),
        ):
            refused = self.acts.why_not(kind) or why
            button.setEnabled(not refused)
            button.setToolTip(refused or text)

    def _tell(self) -> None:
        faulty = self.acts.entries.faulty
        shown = (
            tr("{n} entries, there are older ones", n=len(self.table.rows))
            if self.table.more
            else tr("{n} entries", n=len(self.table.rows))
        )
        said = self._told or (tr("A file of templates is faulty: {what}", what=faulty[0]) if faulty else shown)
        self.count.setText(self.count.fontMetrics().elidedText(said, Qt.TextElideMode.ElideRight, max(200, self.count.width())))
        self.count.setToolTip(said)

    def _say(self, words: str) -> None:
        self._told = words
        self._tell()

    def _find(self) -> None:
        self.filters.words.setFocus()
        self.filters.words.selectAll()

    def _lead(self, target: str) -> None:
        """To what a link of an entry names."""
        kind, _, id = target.partition(":")
        if kind == "log":
            self.show_subject(id)
        elif kind == "alarm":
            self.openAlarms.emit(id)
        elif kind == "point":
            self.openPoint.emit(id)
        elif kind == "device":
            self.openPage.emit("equipment", id)
        elif kind == "rack":
            self.openPage.emit("racks", target)
        elif kind in PAGES:
            self.openPage.emit(PAGES[kind], target)

    # acts

    def _correct(self) -> None:
        entry = self.detail.entry
        if entry is not None:
            self.acts.entries.open(LogContext(), corrects=entry)

    def _close(self) -> None:
        entry = self.detail.entry
        if entry is None:
            return
        lines = [Line("text", tr("How it was settled"), most=1000)]
        words = logwords.line_of(entry)
        words = words if len(words) <= 120 else f"{words[:119]}…"

        def make(told: Told) -> "partial[None]":
            return partial(logbook.give, act=CloseEntry(entry=entry.id, text=told.text("text")))

        self.acts.show(ActDialog(self.acts, CLOSE, tr("Settle an open item"), words, lines, make, zone=self.model.zone))

    # files

    def _ask_file(self) -> None:
        rows = sorted({index.row() for index in self.view.selectionModel().selectedRows()})
        chosen = [self.table.rows[row] for row in rows] if len(rows) > 1 else list(self.table.rows)
        if chosen and self.running is None:
            title = tr("Save the entries")
            kinds = ("XLSX (*.xlsx)", "CSV (*.csv)")
            self._open(save_dialog(self, title, f"{tr('Log book')}.xlsx", partial(self._write, chosen), kinds))

    def _write(self, entries: list[LogEntryInfo], path: Path) -> None:
        said = tr("{n} entries", n=len(entries))
        self._run(FileRun(logwords.document(entries, said, self.model), path, self))

    def _ask_day(self) -> None:
        if self.running is None:
            paper = DayPaper(self.link, self.model, self)
            paper.ready.connect(lambda name: self._open(save_dialog(self, tr("Save the day as a PDF"), name, partial(self._print, paper))))
            paper.said.connect(self._say)
            paper.ask(self.acts)

    def _print(self, paper: DayPaper, path: Path) -> None:
        paper.path = path
        self._run(paper)

    def _run(self, run: "FileRun | DayPaper") -> None:
        self.running = run
        run.ended.connect(self._ended)
        run.start()

    def _ended(self, words: str) -> None:
        if self.running is not None:
            self.running.deleteLater()
            self.running = None
        self._say(words)

    def _open(self, dialog: QFileDialog) -> None:
        self.dialog = dialog
        dialog.finished.connect(self._dialog_gone)
        dialog.open()

    def _dialog_gone(self) -> None:
        self.dialog = None
