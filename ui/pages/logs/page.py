"""Logs: lines that other machines sent here, looked for by time, words, severity, class and source. Shows what the station tells."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.logs import LogIntakeInfo, LogPage
from cityops_desktop.model.loglines import Severity
from cityops_desktop.model.people import Limited, Outcome
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.document import FileRun
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.logs import export
from ui.pages.logs.filters import LogFilters
from ui.pages.logs.table import ROW_ROLE, Column, LineTable
from ui.pages.logs.words import CLASSES, SEVERITIES, intake_text
from ui.pages.page import Page
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine
from ui.widgets.rows import read_by_rows
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/logs"
ROW = 26
SEARCH_MS = 15_000
AROUND_MS = 600_000
"""Before and after an alarm's second."""


class _Cells(QStyledItemDelegate):
    """Bold for errors and worse: a line is no alarm, so it has no alarm's sign. No frame round the single cell."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """The letters of a cell."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        option.font = theme.font(theme.BODY, index.data(ROW_ROLE).severity <= Severity.ERROR)


class LogsPage(Page):
    """Filters above, table below, at its foot how collecting does."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._number = 0
        self._busy = False
        self._told = ""
        self._off = ""
        self._collecting: LogIntakeInfo | None = None
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.filters = LogFilters(model)
        self.again, self.export = QPushButton(), QPushButton()
        self.count, self.intake = QLabel(), ElidedLine(right=True)
        self.table = LineTable(model, self._older, self)
        self.view = QTableView()
        self.nothing = QLabel(self.view)
        self.refused, self.login = QLabel(), QPushButton()
        self.sides = QStackedWidget()
        self.running: FileRun | None = None
        self._dialog: QFileDialog | None = None
        self._lay_out()
        self.filters.changed.connect(self.begin)
        self.again.clicked.connect(self.begin)
        self.export.clicked.connect(self.ask_file)
        self.login.clicked.connect(lambda: acts.ask_login(tr("Log in to read the logs.")))
        link.sessionChanged.connect(self.begin)
        model.connectedChanged.connect(lambda _: self.begin())
        theme.changes.themeChanged.connect(self.view.viewport().update)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._find)
        QShortcut(QKeySequence(Qt.Key.Key_F5), self).activated.connect(self.begin)
        self.setFocusProxy(self.view)
        self.retranslate()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for widget in (self.title, self.filters, self.again, self.export):
            row.addWidget(widget, 1 if widget is self.filters else 0)
        foot = QHBoxLayout()
        foot.setSpacing(2 * theme.GAP)
        foot.addWidget(self.count)
        foot.addWidget(self.intake, 1)
        shown, closed = QWidget(), QWidget()
        column = QVBoxLayout(shown)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.filters.span)
        column.addWidget(self.view, 1)
        column.addLayout(foot)
        middle = QVBoxLayout(closed)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(1)
        middle.addWidget(self.refused)
        middle.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        middle.addStretch(2)
        for side in (closed, shown):
            self.sides.addWidget(side)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 10, 12, 12)
        outer.addWidget(self.sides)
        self._set_up_view()

    def _set_up_view(self) -> None:
        self.view.setModel(self.table)
        self.view.setItemDelegate(_Cells(self.view))
        read_by_rows(self.view, ROW)
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.horizontalHeader().setSectionResizeMode(Column.TEXT, QHeaderView.ResizeMode.Stretch)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Logs"))
        self.again.setText(tr("Newest  F5"))
        self.export.setText(tr("Export"))
        self.export.setToolTip(tr("The chosen lines as a table (CSV); when none is chosen, all that are shown"))
        self.login.setText(tr("Log in"))
        self.filters.retranslate()
        self.view.setAccessibleName(tr("Logs"))
        self.table.reword()
        self._fit()
        self._tell_collecting()
        self._tell()

    def show_around(self, source: str, time: int) -> None:
        """The lines of this source about this time (UTC ms); "" = of every source."""
        self.filters.show_around(source, time - AROUND_MS, time + AROUND_MS)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew."""
        super().showEvent(event)
        self.begin()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden page asks nothing."""
        self.filters.stop()
        super().hideEvent(event)

    def begin(self) -> None:
        """The newest lines that fit, if the page is shown and the person may read them."""
        if not self.isVisible():
            return
        refused = self._why_not()
        if refused:
            self._show_refusal(CommandResult(id="", outcome=Outcome.REFUSED, code=refused))
        else:
            self._ask({})

    def _older(self) -> None:
        if not self._busy and self.table.rows and not self._why_not():
            last = self.table.rows[-1]
            self._ask({"before_month": last.month, "before_id": last.id})

    def _ask(self, more: dict[str, str | int | None]) -> None:
        choice = self.filters.question()
        if choice is None:
            return  # a time cannot be read; the filters say so
        self._number += 1
        number, self._busy = self._number, True

        def came(answer: LogPage | CommandResult) -> None:
            if number == self._number:
                self._busy = False
                self._came(answer, begin=not more)

        self._link.ask(PATH, LogPage, came, choice | more, wait_ms=SEARCH_MS)
        self._tell()

    def _came(self, answer: LogPage | CommandResult, *, begin: bool) -> None:
        if isinstance(answer, CommandResult):
            if answer.code in ("no_station", "no_answer", "busy") and self.sides.currentIndex() == 1:
                self.count.setText(result_text(answer))
            else:
                self._show_refusal(answer)
            return
        if begin:
            self.table.begin(answer.rows, more=answer.more)
        else:
            self.table.append(answer.rows, more=answer.more)
        self._told = "" if not answer.cut else tr("The search took too long and has not seen all lines: narrow it by time or words")
        if answer.broken:
            months = ", ".join(f"{month // 100}-{month % 100:02}" for month in answer.broken)
            self._told = tr("Cannot be read and was left out: {months}", months=months)
        self._collecting = answer.intake
        self._tell_collecting()
        self.sides.setCurrentIndex(1)
        self._fit()
        self._tell()

    def _why_not(self) -> str:
        session = self._link.session
        if not self._model.connected:
            return "no_station"
        if session is None:
            return "not_logged_in"
        if "log.read" not in session.rights:
            return "no_right"
        return "" if session.limited is Limited.NOTHING else f"must_{session.limited}"

    def _show_refusal(self, result: CommandResult) -> None:
        """Without the right nothing stays on the screen; a lost station takes nothing away."""
        if result.code == "no_station" and self.table.rows:
            self._tell()
            return
        self.table.begin([], more=False)
        words = tr("Nobody is logged in.") if result.code == "not_logged_in" else result_text(result)
        who = tr("Lines of other machines may hold names and addresses: everybody but viewers may read them, after logging in.")
        self.refused.setText(f"{words}\n\n{who}")
        self.login.setVisible(self._link.session is None)
        self.sides.setCurrentIndex(0)

    def _tell(self) -> None:
        n = len(self.table.rows)
        self.export.setEnabled(bool(n) and self.running is None)
        if not self._model.connected:
            words = tr("No station: what is shown here is old")
        elif self._busy:
            words = tr("{n} rows, asking…", n=n)
        elif self._told:
            words = f"{tr('{n} rows', n=n)}  ·  {self._told}"
        elif self.table.more:
            words = tr("{n} rows, older ones come when you scroll", n=n)
        else:
            words = tr("{n} rows, all that fit", n=n)
        self.count.setText(words)
        self.nothing.setText(self._off or tr("No row fits this choice"))
        self.nothing.setVisible(not n and not self._busy)
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)

    def _fit(self) -> None:
        """Columns as wide as their words, within bounds."""
        rows = range(min(len(self.table.rows), 200))
        severity = max(lettering.width(tr(words), bold=True) for words in SEVERITIES.values()) + 16
        group = max(lettering.width(tr(words)) for words in CLASSES.values()) + 16
        self.view.setColumnWidth(Column.TIME, lettering.width("2026-11-23 09:52:18") + 16)
        self.view.setColumnWidth(Column.SEVERITY, severity)
        self.view.setColumnWidth(Column.GROUP, group)
        for column, least, most in ((Column.SOURCE, 120, 240), (Column.APP, 90, 180)):
            widest = max((lettering.width(self.table.index(row, column).data()) for row in rows), default=0)
            self.view.setColumnWidth(column, min(most, max(least, widest + 16)))

    def _tell_collecting(self) -> None:
        """At the foot; in place of the lines when nothing is collected and there are none."""
        words = intake_text(self._collecting) if self._collecting is not None else ""
        self._off = words if self._collecting is not None and self._collecting.state == "off" else ""
        bold = self._collecting is not None and bool(self._collecting.trouble)
        self.intake.set_text("" if self._off and not self.table.rows else words, bold=bold)

    def _find(self) -> None:
        self.filters.words.setFocus()
        self.filters.words.selectAll()

    # files

    def ask_file(self) -> None:
        """Ask where the lines go."""
        room = self._model.room
        if room is None or self.running is not None or not self.table.rows:
            return
        name = f"{pick(room.names)} {tr('Logs')} {moment(self._model.now(), self._model.zone):%Y%m%d-%H%M}.csv"
        self._dialog = save_dialog(self, tr("Export"), name, self.save)
        self._dialog.open()

    def save(self, path: Path) -> None:
        """The chosen lines, or all that are shown."""
        numbers = sorted({index.row() for index in self.view.selectionModel().selectedRows()}) or range(len(self.table.rows))
        rows = [self.table.rows[number] for number in numbers]
        self.running = FileRun(export.document(rows, tr("{n} rows", n=len(rows)), self._model), path, self)
        self.running.ended.connect(self._saved)
        self.running.start()

    def _saved(self, words: str) -> None:
        if self.running is not None:
            self.running.deleteLater()
            self.running = None
        self._tell()
        self.intake.set_text(words)
