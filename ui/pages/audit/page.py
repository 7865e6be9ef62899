"""Audit: who did what, and whether the record of it can be believed. Shows what the station tells; decides nothing, changes nothing."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QStandardPaths, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QMenu,
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
from cityops_desktop.link.audit import AuditReport, ChangeInfo, HeadInfo
from cityops_desktop.link.people import OwnPage
from cityops_desktop.model.people import Limited, Outcome
from cityops_desktop.texts import tr
from ui import theme
from ui.actions import audit as actions
from ui.actions.outcome import result_text
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.audit.detail import RowDetail
from ui.pages.audit.exporting import Export
from ui.pages.audit.headsheet import print_head
from ui.pages.audit.log import Choice, Log
from ui.pages.audit.strip import RecordStrip
from ui.pages.audit.table import ROW_ROLE, ChangeTable, Column, stands_out
from ui.pages.audit.words import KIND_GROUPS, STATION, grouped
from ui.pages.page import Page
from ui.widgets import lettering
from ui.widgets.form import ActDialog
from ui.widgets.form import Told as Filled
from ui.widgets.rows import read_by_rows

if TYPE_CHECKING:
    from ui.acts import Action, Acts
    from ui.link import Link

ROW = 26
TYPING_MS = 350
PEEK_MS = 10_000
VERIFY_MS = 1000
ALL, TODAY, WEEK, SHIFT, SPAN = "all", "today", "week", "shift", "span"
WIDTHS = {Column.SEQ: 58, Column.PERSON: 112, Column.WHAT: 178, Column.CONSOLE: 90}
"""Px that the usual words need; the time is measured."""
DETAIL = 404
WORDS = 410
"""Px in which the words of a dialog are broken."""


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
        self._shift: int | None = None
        self._verifying_since: int | None = None
        self.running: Export | None = None
        self.log = Log(link, self)
        self.table = ChangeTable(model, self._older, self)
        self.strip, self.detail = RecordStrip(), RowDetail(model)
        self.verify, self.sheet, self.export = QPushButton(), QPushButton(), QPushButton()
        self.menu = QMenu(self)
        self.person, self.kind, self.when = QComboBox(), QComboBox(), QComboBox()
        self.thing, self.text, self.start, self.end = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.newer, self.count = QPushButton(), QLabel()
        self.view = QTableView()
        self.nothing = QLabel(self.view)
        self.refused, self.login = QLabel(), QPushButton()
        self.sides = QStackedWidget()
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
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
        for button in (self.verify, self.sheet, self.export):
            words.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        upper = QVBoxLayout()
        upper.addLayout(words)
        upper.addWidget(self.strip.findings)
        head.addLayout(upper)
        filters = QGridLayout()
        filters.setSpacing(theme.GAP)
        for place, widget in enumerate((self.person, self.kind, self.when, self.start, self.end, self.thing, self.text)):
            filters.addWidget(widget, 0, place)
        filters.setColumnStretch(5, 1)
        filters.setColumnStretch(6, 1)
        for edit in (self.start, self.end):
            edit.setFixedWidth(lettering.width("YYYY-MM-DD HH:MM") + 34)
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
        whole.addLayout(filters)
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
        for box in (self.person, self.kind):
            box.currentIndexChanged.connect(lambda _: self.begin())
        self.when.currentIndexChanged.connect(self._time_chosen)
        for edit in (self.thing, self.text, self.start, self.end):
            edit.textChanged.connect(lambda _: self._typing.start())
            edit.returnPressed.connect(self.begin)
        self._typing.timeout.connect(self.begin)
        self.log.begun.connect(self._begun)
        self.log.continued.connect(self._continued)
        self.log.refused.connect(self._not_told)
        self.log.busyChanged.connect(lambda _: self._tell_count())
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._show_row())
        self.detail.thingWanted.connect(self.thing.setText)
        self.newer.clicked.connect(self.begin)
        self.verify.clicked.connect(self._verify)
        self.sheet.clicked.connect(self._ask_head)
        self.export.clicked.connect(self._offer_export)
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to read the record.")))
        self._peeking.timeout.connect(self._peek)
        self._verifying.timeout.connect(self._peek)
        self._link.sessionChanged.connect(self._person_changed)
        self._model.connectedChanged.connect(lambda _: self._person_changed())
        self._model.replaced.connect(self._reword)
        theme.changes.themeChanged.connect(self.view.viewport().update)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(lambda: self._focus(self.text))
        QShortcut(QKeySequence(Qt.Key.Key_F5), self).activated.connect(self.begin)

    def _focus(self, edit: QLineEdit) -> None:
        edit.setFocus()
        edit.selectAll()

    # words

    def retranslate(self) -> None:
        """The words in the language in force."""
        self._fill(self.kind, [(tr("All kinds"), ""), *((tr(words), key) for key, words in KIND_GROUPS.items())])
        spans = [(tr("All times"), ALL), (tr("Today"), TODAY), (tr("7 days"), WEEK), (tr("Since my last shift"), SHIFT)]
        self._fill(self.when, [*spans, (tr("From – to"), SPAN)])
        self._fill_people()
        for widget, words, hint in (
            (self.person, tr("Person"), ""),
            (self.kind, tr("Kind"), ""),
            (self.when, tr("Time"), ""),
            (self.thing, tr("Thing"), tr("Thing: person, device")),
            (self.text, tr("Search  Ctrl+F"), tr("Search  Ctrl+F")),
            (self.start, tr("From"), tr("YYYY-MM-DD HH:MM")),
            (self.end, tr("To"), tr("YYYY-MM-DD HH:MM")),
        ):
            widget.setAccessibleName(words)
            widget.setToolTip(hint or words)
            if isinstance(widget, QLineEdit):
                widget.setPlaceholderText(hint)
                widget.setClearButtonEnabled(widget in (self.thing, self.text))
        self.verify.setText(tr("Verify now"))
        self.sheet.setText(tr("Print the head…"))
        self.sheet.setToolTip(tr("One sheet, signed by hand and filed: nothing before it can change unnoticed"))
        self.export.setText(tr("Export"))
        self.login.setText(tr("Log in"))
        self.view.setAccessibleName(tr("Change log"))
        self._look()
        self._show_spans()
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

    def _fill(self, box: QComboBox, choices: list[tuple[str, str]]) -> None:
        kept = box.currentData()
        box.blockSignals(True)
        box.clear()
        for words, value in choices:
            box.addItem(words, value)
        box.setCurrentIndex(max(0, box.findData(kept)))
        box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        box.setMaximumWidth(200)
        box.blockSignals(False)

    def _fill_people(self) -> None:
        people = sorted(self.table.people.items(), key=lambda one: one[1])
        choices = [(tr("Everybody"), ""), (tr("the station"), STATION), *((name, id) for id, name in people)]
        if [self.person.itemText(n) for n in range(self.person.count())] != [words for words, _ in choices]:
            self._fill(self.person, choices)

    # what is asked

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew."""
        super().showEvent(event)
        self._peeking.start()
        self.begin()

    def hideEvent(self, event: object) -> None:
        """A hidden page asks nothing."""
        self._peeking.stop()
        self._typing.stop()
        super().hideEvent(event)  # type: ignore[arg-type]

    def show_since(self, since: int | None) -> None:
        """Everything from this time on; None = all of it."""
        for box in (self.person, self.kind):
            box.blockSignals(True)
            box.setCurrentIndex(0)
            box.blockSignals(False)
        for edit in (self.thing, self.text, self.start, self.end):
            edit.blockSignals(True)
            edit.clear()
            edit.blockSignals(False)
        self.when.blockSignals(True)
        self._shift = since
        self.when.setCurrentIndex(self.when.findData(ALL if since is None else SHIFT))
        self.when.blockSignals(False)
        self._show_spans()
        self.begin()

    def choice(self) -> Choice | None:
        """What the filters say; None while a time cannot be read."""
        try:
            start, end = self._times()
        except ValueError:
            return None
        thing, text = self.thing.text().strip(), self.text.text().strip()
        subject, words = self._subject(thing)
        if words and text:
            return Choice(self.person.currentData(), "", self.kind.currentData(), start, end, words, text)
        return Choice(self.person.currentData() or "", subject, self.kind.currentData() or "", start, end, words or text)

    def _subject(self, thing: str) -> tuple[str, str]:
        """A thing as the record names it, or words that stand in its rows."""
        if ":" in thing:
            return thing, ""
        low = thing.casefold()
        people = [id for id, name in self.table.people.items() if low and low in name.casefold()]
        if len(people) == 1:
            return "", people[0]
        devices = [one.id for one in self._model.devices.values() if low and low in (one.names.zh.casefold(), one.names.en.casefold())]
        return "", devices[0] if len(devices) == 1 else thing

    def _times(self) -> tuple[int | None, int | None]:
        zone, now = self._model.zone, moment(self._model.now(), self._model.zone)
        today = datetime.combine(now.date(), time(), zone)
        kind = self.when.currentData()
        if kind == TODAY:
            return round(today.timestamp() * 1000), None
        if kind == WEEK:
            return round((today - timedelta(days=6)).timestamp() * 1000), None
        if kind == SHIFT:
            return self._shift, None
        if kind != SPAN:
            return None, None
        return _typed(self.start.text(), self._model.zone), _typed(self.end.text(), self._model.zone)

    def begin(self) -> None:
        """The newest rows of what the filters say, if the page is shown and the person may see them."""
        self._typing.stop()
        if not self.isVisible():
            return
        refused = self._why_not()
        if refused:
            self._show_refusal(refused)
            return
        choice = self.choice()
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
        self._look()
        if self._who() != self._asked_by:
            self._shift = None
        if self._why_not() != "no_station" or not self.table.rows:
            self.begin()

    def _time_chosen(self) -> None:
        self._show_spans()
        if self.when.currentData() == SHIFT and self._shift is None:
            self._link.ask("/api/v1/own", OwnPage, self._own)
            return
        if self.when.currentData() == SPAN and not self.start.text():
            self.start.setFocus()
        self.begin()

    def _own(self, answer: OwnPage | CommandResult) -> None:
        if isinstance(answer, OwnPage):
            self._shift = answer.last_shift
        self.begin()

    def _show_spans(self) -> None:
        for edit in (self.start, self.end):
            edit.setVisible(self.when.currentData() == SPAN)

    # what is told

    def _begun(self, told: Told) -> None:
        self.table.people = told.people
        self._fill_people()
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
        ahead = self._newest - rows[0].seq if rows and self.choice() == Choice() else 0
        self.newer.setText(tr("{n} newer rows  F5", n=max(0, ahead)))
        self.newer.setVisible(ahead > 0)
        self.nothing.setText(tr("No row fits this choice"))
        self.nothing.setVisible(not rows and not self.log.busy)
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)

    # what can be done

    def _look(self) -> None:
        for button, kind in ((self.verify, "audit.verify"), (self.sheet, "audit.anchor"), (self.export, "audit.export")):
            why = self._acts.why_not(kind)
            button.setEnabled(not why)
            button.setToolTip(why)

    def _verify(self) -> None:
        self._acts.carry_out(tr("Verify the record"), "audit.verify", actions.verify, self._verify_begun)

    def _verify_begun(self, result: CommandResult) -> None:
        if result.outcome is Outcome.DONE:
            self._verifying_since = self.report.time if self.report is not None else 0
            self._verifying.start()
            self._tell_strip()

    def _ask_head(self) -> None:
        def came(answer: HeadInfo | CommandResult) -> None:
            if isinstance(answer, HeadInfo):
                self._ask_file(tr("Save the head as a PDF"), "pdf", partial(self.print_to, answer))
            else:
                self._acts.said.emit(result_text(answer), False)

        self._link.ask("/api/v1/audit/head", HeadInfo, came)

    def print_to(self, head: HeadInfo, path: Path) -> None:
        """Write the sheet of this head, then ask whether it was signed."""
        wrong = print_head(path, self._model, head)
        if wrong:
            self._acts.said.emit(tr("{file} cannot be written: {why}", file=str(path), why=wrong), False)
            return
        self._acts.said.emit(tr("Saved: {path}", path=str(path)), True)
        make: Callable[[Filled], Action] = lambda _told: partial(actions.anchor, seq=head.seq, hash=head.hash, medium="paper")  # noqa: E731
        words = tr(
            "Print {path}, compare row {seq} and the hash {hash} … with this screen, let two persons sign it, and file it outside of "
            "this room. Only then say so here: from then on nothing up to row {seq} can change unnoticed.",
            path=path.name,
            seq=head.seq,
            hash=grouped(head.hash[:16]),
        )
        title, send = tr("Signed and filed?"), tr("It is signed and filed")
        then = lambda _result: self._peek()  # noqa: E731
        dialog = ActDialog(self._acts, "audit.anchor", title, words, [], make, zone=self._model.zone, then=then, send=send)
        dialog.purpose.setMinimumHeight(dialog.purpose.heightForWidth(WORDS))  # a dialog without lines gives long words too little
        self._acts.show(dialog)

    def _offer_export(self) -> None:
        self.menu.clear()
        if self.running is not None:
            self.menu.addAction(tr("Stop the export")).triggered.connect(self.running.cancel)
        else:
            for words, form in ((tr("Table (CSV)…"), "csv"), (tr("With everything to recompute the hashes (JSON lines)…"), "jsonl")):
                self.menu.addAction(words).triggered.connect(partial(self.ask_export, form))
        self.menu.popup(self.export.mapToGlobal(self.export.rect().bottomLeft()))

    def ask_export(self, form: str) -> None:
        """Ask where the rows of the chosen time go."""
        self._ask_file(tr("Export the record"), form, lambda path: self.export_to(path, form))

    def export_to(self, path: Path, form: str) -> None:
        """All rows of the chosen time, whoever they are by."""
        choice = self.choice() or Choice()
        running = self.running = Export(self._link, path, form, choice.start, choice.end, self)

        def ended() -> None:
            self.running = None
            running.deleteLater()

        running.said.connect(self._acts.said)
        running.ended.connect(ended)
        running.begin()

    def _ask_file(self, title: str, suffix: str, save: Callable[[Path], None]) -> None:
        dialog = QFileDialog(self, title, QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation))
        dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        room = self._model.room
        stamp = f"{moment(self._model.now(), self._model.zone):%Y%m%d-%H%M}"
        dialog.selectFile(f"{room.id if room else 'room'}-{'head' if suffix == 'pdf' else 'change-log'}-{stamp}.{suffix}")
        dialog.fileSelected.connect(lambda path: save(Path(path)))
        self._acts.show(dialog)


def _typed(text: str, zone: object) -> int | None:
    """UTC ms of what was typed; None when nothing was. ValueError."""
    if not text.strip():
        return None
    shape = "%Y-%m-%d %H:%M" if ":" in text else "%Y-%m-%d"
    return round(datetime.strptime(text.strip(), shape).replace(tzinfo=zone).timestamp() * 1000)  # type: ignore[arg-type]
