"""The panel of the demo: a person lets something go wrong in the simulated room and ends it again. Touches no real room."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QShortcut, QShowEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QDoubleSpinBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.texts import tr
from ui import theme
from ui.models.room import RoomModel
from ui.pages.faults.faults import TITLES, ActiveTable, Column, FaultKindInfo, subject_words
from ui.pages.faults.simlink import SimLink
from ui.pages.page import Page
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine
from ui.widgets.rows import read_by_rows

if TYPE_CHECKING:
    from ui.link import Link

KINDS_WIDTH, SUBJECTS_WIDTH = 224, 312
ROW = 30
HINT_LINES = 5
ID = Qt.ItemDataRole.UserRole


class Choices(QListView):
    """A list of which one is chosen, by its id."""

    chosen = Signal()

    def __init__(self, width: int) -> None:
        super().__init__()
        self._items = QStandardItemModel(self)
        self.setModel(self._items)
        self.setFixedWidth(width)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(lambda *_: self.chosen.emit())

    def fill(self, entries: Sequence[tuple[str, str]]) -> None:
        """Show these ids and words; what was chosen stays chosen if it is among them, and a single one is chosen by itself."""
        kept = self.current()
        self.selectionModel().blockSignals(True)
        self._items.clear()
        for name, words in entries:
            item = QStandardItem(words)
            item.setData(name, ID)
            item.setToolTip(words)
            self._items.appendRow(item)
        row = self.row_of(kept) if kept is not None else None
        if row is None and len(entries) == 1:
            row = 0
        if row is not None:
            self.setCurrentIndex(self._items.index(row, 0))
        self.selectionModel().blockSignals(False)
        self.viewport().update()

    def current(self) -> str | None:
        """The id that is chosen and can be seen."""
        index = self.currentIndex()
        return str(index.data(ID)) if index.isValid() and not self.isRowHidden(index.row()) else None

    def row_of(self, name: str) -> int | None:
        """Where this id stands."""
        return next((row for row in range(self._items.rowCount()) if self._items.item(row).data(ID) == name), None)

    def choose_row(self, row: int) -> None:
        """Choose what stands there."""
        self.setCurrentIndex(self._items.index(row, 0))

    def ids(self) -> list[str]:
        """All of them, in order."""
        return [str(self._items.item(row).data(ID)) for row in range(self._items.rowCount())]

    def narrow(self, text: str) -> None:
        """Show only those that hold all these words; the first of them is chosen when the chosen one is not among them."""
        words = text.casefold().split()
        for row in range(self._items.rowCount()):
            self.setRowHidden(row, not all(word in self._items.item(row).text().casefold() for word in words))
        if words and self.current() is None:
            first = next((row for row in range(self._items.rowCount()) if not self.isRowHidden(row)), None)
            if first is not None:
                self.choose_row(first)


class FaultsPage(Page):
    """Kinds on the left, what one of them may befall in the middle, what is active on the right."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self.sim = SimLink(link.data, self)
        self.table = ActiveTable(self)
        self.demo = QLabel()
        self.demo.setFont(theme.font(theme.TITLE, bold=True))
        self.note = ElidedLine(colour="on_demo")
        self.strip = QFrame()
        self.strip.setObjectName("demoStrip")
        self.heads = [QLabel() for _ in range(3)]
        self.kinds, self.subjects = Choices(KINDS_WIDTH), Choices(SUBJECTS_WIDTH)
        self.search = QLineEdit()
        self.hint = QLabel()
        self.amount_name, self.amount = QLabel(), QDoubleSpinBox()
        self.begin, self.end, self.end_all = QPushButton(), QPushButton(), QPushButton()
        self.story = QCheckBox()
        self.speed = QLabel()
        self.said = ElidedLine()
        self.view = QTableView()
        self.nothing = QLabel(self.view)
        self.missing = QLabel()
        self.body = QStackedWidget()
        self._refusal: tuple[str, str, dict[str, object]] | None = None
        self._lay_out()
        self._connect()
        self.setFocusProxy(self.kinds)
        self.retranslate()

    # set up

    def _lay_out(self) -> None:
        strip = QHBoxLayout(self.strip)
        strip.setContentsMargins(12, 5, 12, 5)
        strip.addWidget(self.demo)
        strip.addWidget(self.note, 1)
        panel = QWidget()
        columns = QHBoxLayout(panel)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(2 * theme.GAP)
        columns.addLayout(self._column(self.heads[0], self.kinds))
        columns.addLayout(self._subjects_column())
        columns.addLayout(self._active_column(), 1)
        self.search.setFixedWidth(SUBJECTS_WIDTH)
        self.missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missing.setWordWrap(True)
        self.body.addWidget(panel)
        self.body.addWidget(self.missing)
        self.body.setCurrentWidget(self.missing)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(theme.GAP)
        column.addWidget(self.strip)
        column.addWidget(self.body, 1)

    def _column(self, head: QLabel, *parts: QWidget) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(theme.GAP)
        head.setFont(theme.font(theme.BODY, bold=True))
        for part in (head, *parts):
            column.addWidget(part)
        return column

    def _subjects_column(self) -> QVBoxLayout:
        self.search.setClearButtonEnabled(True)
        self.hint.setWordWrap(True)
        self.hint.setFixedSize(SUBJECTS_WIDTH, HINT_LINES * lettering.metrics().lineSpacing() + 4)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.amount.setDecimals(2)
        self.amount.setFixedWidth(120)
        amount = QHBoxLayout()
        amount.addWidget(self.amount_name)
        amount.addWidget(self.amount)
        amount.addStretch(1)
        amount.addWidget(self.begin)
        column = self._column(self.heads[1], self.search, self.subjects, self.hint)
        column.addLayout(amount)
        return column

    def _active_column(self) -> QVBoxLayout:
        view = self.view
        view.setModel(self.table)
        read_by_rows(view, ROW)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = view.horizontalHeader()
        header.setSectionResizeMode(Column.SUBJECT, QHeaderView.ResizeMode.Stretch)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        row = QHBoxLayout()
        row.addWidget(self.story)
        row.addWidget(self.speed)
        row.addStretch(1)
        row.addWidget(self.end)
        row.addWidget(self.end_all)
        column = self._column(self.heads[2], view, self.said)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column.addLayout(row)
        return column

    def _connect(self) -> None:
        self.kinds.chosen.connect(self._choose_kind)
        self.subjects.chosen.connect(self._enable)
        self.subjects.activated.connect(self._begin)
        self.kinds.activated.connect(self._activated)
        self.search.textChanged.connect(self._filter)
        self.begin.clicked.connect(self._begin)
        self.end.clicked.connect(self._end)
        self.end_all.clicked.connect(lambda: self.sim.stop())
        self.story.clicked.connect(self.sim.play_story)
        self.view.selectionModel().selectionChanged.connect(self._enable)
        self.view.installEventFilter(self)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self.search.setFocus)
        self.sim.kindsChanged.connect(self._fill_kinds)
        self.sim.boardChanged.connect(self._show_board)
        self.sim.foundChanged.connect(self._show_found)
        self.sim.refused.connect(self._refused)
        self._model.beat.connect(self._age)
        theme.changes.themeChanged.connect(self._colours)

    # words and colours

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        self.demo.setText(tr("DEMO: faults"))
        self.note.set_text(tr("Everything here happens in the simulated room. Nothing of it touches a real one."))
        for head, words in zip(self.heads, (tr("Fault"), tr("Where"), tr("Active now")), strict=True):
            head.setText(words)
        self.search.setPlaceholderText(tr("Search  Ctrl+F"))
        self.amount_name.setText(tr("Amount"))
        self.begin.setText(tr("Start fault"))
        self.end.setText(tr("End selected"))
        self.end_all.setText(tr("End all"))
        self.story.setText(tr("Story"))
        self.story.setToolTip(tr("Small faults that come and go by themselves; they pause while a fault of yours is active"))
        self.missing.setText(
            tr("No simulator runs here, so nothing can be made to fail.\nThis room's values come from somewhere else.")
            if self._model.connected
            else tr("No simulator runs here.")
        )
        self.nothing.setText(tr("Nothing has been made to fail"))
        for widget, words in (
            (self.kinds, tr("Fault")),
            (self.subjects, tr("Where")),
            (self.search, tr("Search  Ctrl+F")),
            (self.amount, tr("Amount")),
            (self.view, tr("Active now")),
            (self.story, tr("Story")),
        ):
            widget.setAccessibleName(words)
        self.end.setToolTip(tr("Delete in the table does the same"))
        self.table.renew()
        self.table.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._fit()
        self._fill_kinds()
        self._show_board()
        self._colours()

    def _colours(self) -> None:
        now = theme.current()
        self.strip.setStyleSheet(f"#demoStrip{{background:{now.demo}}}")
        self.demo.setStyleSheet(f"color:{now.on_demo}")

    def _fit(self) -> None:
        lasted = tr("{time}, for {span}", time="00:00:00", span=tr("{h} h {m:02d} min", h=10, m=0))
        words = {
            Column.FAULT: max((tr(kind.name) for kind in self.sim.kinds), key=lettering.width, default=""),
            Column.AMOUNT: "12.5 MPa/h",
            Column.SINCE: max((lasted, tr("played by the story")), key=lettering.width),
        }
        for column, text in words.items():
            self.view.setColumnWidth(column, max(lettering.width(text), lettering.width(tr(TITLES[column]))) + 20)

    # what the simulator says

    def showEvent(self, event: QShowEvent) -> None:
        """Ask the simulator from now on."""
        super().showEvent(event)
        self.sim.wake()
        self._age()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let it alone."""
        super().hideEvent(event)
        self.sim.sleep()

    def _show_found(self, found: bool) -> None:
        self.body.setCurrentIndex(0 if found else 1)
        self._enable()

    def _show_board(self) -> None:
        board = self.sim.board
        self.table.show(board.active)
        self.story.setChecked(board.story)
        self.speed.setText("" if board.speed == 1 else tr("{speed:g} times as fast", speed=board.speed))
        self.nothing.setHidden(bool(board.active))
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)
        self._age()
        self._say()
        self._enable()

    def _say(self) -> None:
        """Why the last order was refused, or why the story pauses."""
        if self._refusal is not None:
            what, do, params = self._refusal
            self.said.set_text(f"{tr(what, **params)} → {tr(do, **params)}" if do else tr(what, **params), bold=True)
        elif self.sim.board.ordered and self.sim.board.story:
            self.said.set_text(tr("The story pauses while a fault of yours is active"))
        else:
            self.said.set_text("")

    def _refused(self, what: str, do: str, params: dict[str, object]) -> None:
        self._refusal = what, do, params
        self._say()

    def _age(self) -> None:
        if self.isVisible():
            self.table.tick(self._model.now(), self._model.zone)

    # choosing

    def _kind(self) -> FaultKindInfo | None:
        chosen = self.kinds.current()
        return next((kind for kind in self.sim.kinds if kind.kind == chosen), None)

    def _fill_kinds(self) -> None:
        self.table.know(self.sim.kinds)
        self.kinds.fill([(kind.kind, tr(kind.name)) for kind in self.sim.kinds])
        if self.kinds.current() is None and self.sim.kinds:
            self.kinds.choose_row(0)
        self._fit()
        self._choose_kind()

    def _choose_kind(self) -> None:
        kind = self._kind()
        subjects = [(subject.id, subject_words(kind, subject.id)) for subject in kind.subjects] if kind else []
        self.subjects.fill(subjects or ([("", tr("the whole room"))] if kind else []))
        self.hint.setText(tr(kind.hint) if kind else "")
        self._set_amount(kind)
        self._filter()

    def _set_amount(self, kind: FaultKindInfo | None) -> None:
        has = kind is not None and kind.most > 0
        self.amount.setVisible(has)
        self.amount_name.setVisible(has)
        if kind is not None and has:
            self.amount.setRange(kind.least, kind.most)
            self.amount.setValue(kind.usual)
            self.amount.setSuffix(f" {kind.unit}" if kind.unit else "")
        else:
            self.amount.setRange(0, 0)
            self.amount.setSuffix("")

    def _filter(self) -> None:
        self.subjects.narrow(self.search.text())
        self._enable()

    def _enable(self) -> None:
        self.begin.setEnabled(self.sim.found and self._kind() is not None and self.subjects.current() is not None)
        self.end.setEnabled(self.sim.found and any(not self.table.fault(row).played for row in self._rows()))
        self.end_all.setEnabled(self.sim.found and self.sim.board.ordered > 0)

    def _rows(self) -> list[int]:
        return [index.row() for index in self.view.selectionModel().selectedRows()]

    # orders

    def _activated(self) -> None:
        """Enter on a kind: on to what it may befall."""
        self.subjects.setFocus()
        if self.subjects.current() is None:
            self.subjects.choose_row(0)

    def _begin(self) -> None:
        kind, subject = self._kind(), self.subjects.current()
        if kind is None or subject is None or not self.sim.found:
            return
        self._refusal = None
        self.sim.start(kind.kind, subject, self.amount.value() if kind.most else None)

    def _end(self) -> None:
        self._refusal = None
        for fault in [self.table.fault(row) for row in self._rows()]:
            if not fault.played:
                self.sim.stop(fault.kind, fault.subject)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Delete in the table ends what is selected."""
        ends = (Qt.Key.Key_Delete, Qt.Key.Key_Backspace)
        if watched is self.view and isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress and event.key() in ends:
            self._end()
            return True
        return super().eventFilter(watched, event)
