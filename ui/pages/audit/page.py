"""Audit: who did what, and whether the record of it can be believed. Shows what the station tells; decides nothing, changes nothing."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.audit import AuditPage as Told
from cityops_desktop.link.audit import AuditReport, ChangeInfo
from cityops_desktop.link.people import OwnPage
from cityops_desktop.model.people import Limited, Outcome
from cityops_desktop.texts import tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.pages.audit.buttons import RecordButtons
from ui.pages.audit.detail import RowDetail
from ui.pages.audit.filters import Filters
from ui.pages.audit.log import Choice, Log
from ui.pages.audit.strip import RecordStrip
from ui.pages.audit.table import ROW_ROLE, ChangeTable, Column, stands_out
from ui.pages.page import Page
from ui.widgets import lettering
from ui.widgets.rows import read_by_rows

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

ROW = 26
PEEK_MS = 10_000
VERIFY_MS = 1000
WIDTHS = {Column.SEQ: 58, Column.PERSON: 112, Column.WHAT: 178, Column.CONSOLE: 90}
"""Px that the usual words need; the time is measured."""
DETAIL = 404


class _Cells(QStyledItemDelegate):
    """Bold for refusals; no frame round the single cell, the row is what is selected."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        option.font = theme.font(theme.BODY, stands_out(index.data(ROW_ROLE)))


class AuditPage(Page):
    """Filters above, table at the left, all of the chosen row at the right."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.report: AuditReport | None = None
        self._newest = 0
        self._asked_by = ""
        self._verifying_since: int | None = None
        self.log = Log(link, self)
        self.table = ChangeTable(model, self._older, self)
        self.strip, self.detail = RecordStrip(), RowDetail(model)
        self.filters = Filters(model)
        self.buttons = RecordButtons(model, link, acts, self.filters.choice)
        self.newer, self.count = QPushButton(), QLabel()
        self.view = QTableView()
        self.nothing = QLabel(self.view)
        self.refused, self.login = QLabel(), QPushButton()
        self.sides = QStackedWidget()
        self._peeking = QTimer(self, interval=PEEK_MS)
        self._verifying = QTimer(self, interval=VERIFY_MS)
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.view)
        self.retranslate()

    # the look

    def _lay_out(self) -> None:
        head = QHBoxLayout(self.strip)
        head.setContentsMargins(10, 6, 10, 6)
        words = QHBoxLayout()
        words.addWidget(self.strip.mark, 0, Qt.AlignmentFlag.AlignTop)
        words.addLayout(self.strip.words, 1)
        words.addWidget(self.buttons, 0, Qt.AlignmentFlag.AlignTop)
        upper = QVBoxLayout()
        upper.addLayout(words)
        upper.addWidget(self.strip.findings)
        head.addLayout(upper)
        foot = QHBoxLayout()
        foot.addWidget(self.count, 1)
        foot.addWidget(self.newer)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.view, 1)
        column.addLayout(foot)
        split = QSplitter()
        split.addWidget(left)
        split.addWidget(self.detail)
        split.setStretchFactor(0, 1)
        split.setChildrenCollapsible(False)
        split.setSizes([1000, DETAIL])
        self.detail.setMinimumWidth(DETAIL)
        shown = QWidget()
        whole = QVBoxLayout(shown)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self.strip)
        whole.addWidget(self.filters)
        whole.addWidget(split, 1)
        self.sides.addWidget(self._closed())
        self.sides.addWidget(shown)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(12, 10, 12, 12)
        outer.addWidget(self.sides)
        self._set_up_view()

    def _closed(self) -> QWidget:
        closed = QWidget()
        column = QVBoxLayout(closed)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self.refused)
        column.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        return closed

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.table)
        view.setItemDelegate(_Cells(view))
        read_by_rows(view, ROW)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.horizontalHeader().setMinimumSectionSize(40)
        view.horizontalHeader().setSectionResizeMode(Column.THING, QHeaderView.ResizeMode.Stretch)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _connect(self) -> None:
        self.filters.changed.connect(self.begin)
        self.filters.shiftWanted.connect(self._ask_shift)
        self.log.begun.connect(self._begun)
        self.log.continued.connect(self._continued)
        self.log.refused.connect(self._not_told)
        self.log.busyChanged.connect(lambda _: self._tell_count())
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._show_row())
        self.detail.thingWanted.connect(self.filters.thing.setText)
        self.newer.clicked.connect(self.begin)
        self.buttons.verifying.connect(self._verify_begun)
        self.buttons.filed.connect(self._peek)
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to read the record.")))
        self._peeking.timeout.connect(self._peek)
        self._verifying.timeout.connect(self._peek)
        self._link.sessionChanged.connect(self._person_changed)
        self._model.connectedChanged.connect(lambda _: self._person_changed())
        self._model.replaced.connect(self._reword)
        theme.changes.themeChanged.connect(self.view.viewport().update)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(lambda: self._focus(self.filters.text))
        QShortcut(QKeySequence(Qt.Key.Key_F5), self).activated.connect(self.begin)

    def _focus(self, edit: QLineEdit) -> None:
        edit.setFocus()
        edit.selectAll()

    # words

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.filters.retranslate()
        self.buttons.retranslate()
        self.login.setText(tr("Log in"))
        self.view.setAccessibleName(tr("Change log"))
        self._reword()
        if not self.table.rows and self.sides.currentIndex() == 0:
            self._show_refusal(self._why_not())

    def _reword(self) -> None:
        self.table.reword()
        for column, width in WIDTHS.items():
            self.view.setColumnWidth(column, width)
        self._fit_time()
        self._tell_strip()
        self._tell_count()
        self._show_row()

    def _fit_time(self) -> None:
        widest = max((self.table.index(row, Column.TIME).data() for row in range(len(self.table.rows))), key=len, default="")
        self.view.setColumnWidth(Column.TIME, lettering.width(max(widest, "11-23 09:52:18", key=len)) + 16)

    # what is asked

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew."""
        super().showEvent(event)
        self._peeking.start()
        self.begin()

    def hideEvent(self, event: object) -> None:
        """A hidden page asks nothing."""
        self._peeking.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def show_since(self, since: int | None) -> None:
        """Everything from this time on; None = all of it."""
        self.filters.begin_since(since)

    def begin(self) -> None:
        """The newest rows of what the filters say, if the page is shown and the person may see them."""
        self.filters.taken()
        if not self.isVisible():
            return
        refused = self._why_not()
        if refused:
            self._show_refusal(refused)
            return
        choice = self.filters.choice()
        if choice is None:
            self.count.setText(tr("A time cannot be read: write YYYY-MM-DD HH:MM"))
            return
        self._asked_by = self._who()
        self.log.begin(choice)
        self.log.peek(self._peeked)

    def _why_not(self) -> str:
        """Why the record is not asked for: what may not be seen is not asked, each refusal is recorded."""
        session = self._link.session
        if not self._model.connected:
            return "no_station"
        if session is None:
            return "not_logged_in"
        if "audit.read" not in session.rights:
            return "no_right"
        return "" if session.limited is Limited.NOTHING else f"must_{session.limited}"

    def _who(self) -> str:
        return self._link.session.person.id if self._link.session is not None else ""

    def _older(self) -> None:
        if not self._why_not():
            self.log.older(self.log.last)

    def _person_changed(self) -> None:
        self.buttons.look()
        if self._who() != self._asked_by:
            self.filters.tell_shift(None)
        if self._why_not() != "no_station" or not self.table.rows:
            self.begin()

    def _ask_shift(self) -> None:
        self._link.ask("/api/v1/own", OwnPage, self._own)

    def _own(self, answer: OwnPage | CommandResult) -> None:
        if isinstance(answer, OwnPage):
            self.filters.tell_shift(answer.last_shift)
        self.begin()

    # what is told

    def _begun(self, told: Told) -> None:
        self.table.people = told.people
        self.filters.tell_people(told.people)
        chosen = self._chosen()
        self.table.begin(told.rows, more=told.more)
        self._fit_time()
        self._told(told)
        self.sides.setCurrentIndex(1)
        row = next((n for n, one in enumerate(self.table.rows) if chosen is not None and one.seq == chosen.seq), None)
        if row is not None:
            flags = QItemSelectionModel.SelectionFlag
            self.view.selectionModel().setCurrentIndex(self.table.index(row, 0), flags.ClearAndSelect | flags.Rows)
        self._show_row()

    def _continued(self, told: Told) -> None:
        self.table.append(told.rows, more=told.more)
        self._fit_time()
        self._tell_count()

    def _told(self, told: Told) -> None:
        if told.report is not None:
            self.report = told.report
        if told.total is not None:
            self._newest = told.total
        if self._verifying_since is not None and self.report is not None and self.report.time > self._verifying_since:
            self._verifying_since = None
            self._verifying.stop()
        self._tell_strip()
        self._tell_count()

    def _peek(self) -> None:
        if self.isVisible() and not self._why_not():
            self.log.peek(self._peeked)

    def _peeked(self, told: Told) -> None:
        self._told(told)

    def _not_told(self, result: CommandResult) -> None:
        if result.code in ("no_station", "no_answer", "busy", "search_too_slow") and self.sides.currentIndex() == 1:
            self.count.setText(result_text(result))
        else:
            self._show_refusal(result.code, result)

    def _show_refusal(self, code: str, told: CommandResult | None = None) -> None:
        """Without the right nothing stays on the screen, and it is said who may see it; a lost station takes nothing away."""
        if code == "no_station" and self.table.rows and self._who() == self._asked_by:
            self._tell_count()
            return
        self.table.begin([], more=False)
        self.report = None
        who = tr("Shift leader, security administrator and auditor may read the record; under the preset basic everybody but viewers.")
        result = told or CommandResult(id="", outcome=Outcome.REFUSED, code=code)
        words = tr("Nobody is logged in.") if code == "not_logged_in" else result_text(result) if code else ""
        self.refused.setText(f"{words}\n\n{who}".strip())
        self.login.setVisible(self._link.session is None)
        self.sides.setCurrentIndex(0)

    def _chosen(self) -> ChangeInfo | None:
        rows = self.view.selectionModel().selectedRows()
        return self.table.rows[rows[0].row()] if rows else None

    def _show_row(self) -> None:
        self.detail.tell(self._chosen(), self.table.people, self.report)

    def _tell_strip(self) -> None:
        verifying = self._verifying_since is not None
        self.strip.tell(self.report, self._newest, self._model.now(), self._model.zone, self.table.people, verifying=verifying)

    def _tell_count(self) -> None:
        rows = self.table.rows
        if not self._model.connected:
            words = tr("No station: what is shown here is old")
        elif self.log.busy:
            words = tr("{n} rows, asking…", n=len(rows))
        elif self.table.more:
            words = tr("{n} rows, older ones come when you scroll", n=len(rows))
        else:
            words = tr("{n} rows, all that fit", n=len(rows))
        self.count.setText(words)
        ahead = self._newest - rows[0].seq if rows and self.filters.choice() == Choice() else 0
        self.newer.setText(tr("{n} newer rows  F5", n=max(0, ahead)))
        self.newer.setVisible(ahead > 0)
        self.nothing.setText(tr("No row fits this choice"))
        self.nothing.setVisible(not rows and not self.log.busy)
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)

    def _verify_begun(self) -> None:
        self._verifying_since = self.report.time if self.report is not None else 0
        self._verifying.start()
        self._tell_strip()
