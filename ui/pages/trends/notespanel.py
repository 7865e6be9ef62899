"""The log of the notes: those of the time that the chart shows, newest first. Says which one is to be opened; opens none."""

from datetime import tzinfo

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QHeaderView, QLabel, QStackedLayout, QTableView, QVBoxLayout, QWidget

from cityops_desktop.link.trends import NoteInfo
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets import lettering
from ui.widgets.rows import read_by_rows

ROW = 26
HIGH = 142
COLUMNS = (N_("time"), N_("What was seen"), N_("points"), N_("by"))
SAMPLE = "2026-11-22 14:02:31 – 14:02:31"


class NoteTable(QAbstractTableModel):
    """One row each."""

    def __init__(self, room: RoomModel) -> None:
        super().__init__()
        self._room = room
        self.notes: list[NoteInfo] = []

    def show_notes(self, notes: list[NoteInfo]) -> None:
        """These, in this order."""
        if notes != self.notes:
            self.beginResetModel()
            self.notes = notes
            self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(self.notes)

    def columnCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(COLUMNS[section])
        return None

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        note = self.notes[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._cells(note)[index.column()]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return note.text if index.column() == 1 else self._cells(note)[index.column()]
        if role == Qt.ItemDataRole.ForegroundRole and note.withdrawn is not None:
            return QColor(theme.current().text_dim)
        if role == Qt.ItemDataRole.FontRole and note.withdrawn is not None:
            struck = QFont(theme.font())
            struck.setStrikeOut(index.column() == 1)
            return struck
        return None

    def _cells(self, note: NoteInfo) -> tuple[str, str, str, str]:
        zone: tzinfo = self._room.zone
        time = f"{time_text(note.begins, zone, self._room.now())} – {time_text(note.ends, zone, note.begins)}"
        text = " ".join(note.text.split())
        if note.withdrawn is not None:
            text = tr("withdrawn: {text}", text=text)
        return time, text, str(len(note.figures)), note.actor_name


class NotesPanel(QFrame):
    """`opened` names a note; a double click or Enter does so."""

    opened = Signal(str)

    def __init__(self, room: RoomModel) -> None:
        super().__init__()
        self.table = NoteTable(room)
        self.view = _Rows(self)
        self.view.setModel(self.table)
        self.view.doubleClicked.connect(lambda index: self.opened.emit(self.table.notes[index.row()].id))
        self.empty = QLabel(self)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._more = False
        self._title = QLabel()
        stack = QStackedLayout()
        stack.addWidget(self.view)
        stack.addWidget(self.empty)
        self._stack = stack
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._title)
        column.addLayout(stack)
        self.setFixedHeight(HIGH)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.view.setColumnWidth(0, lettering.width(SAMPLE) + 16)
        self.view.setColumnWidth(2, 64)
        self.view.setColumnWidth(3, 120)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.view.setAccessibleName(tr("Notes of this time"))
        self.empty.setText(tr("No notes of this time. Ctrl and a drag on the chart marks a span for a note."))
        self.table.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(COLUMNS) - 1)
        self._say()

    def show_notes(self, notes: list[NoteInfo], *, more: bool) -> None:
        """The station's answer; `more` = there are older ones."""
        self._more = more
        chosen = self.chosen()
        self.table.show_notes(notes)
        row = next((n for n, note in enumerate(notes) if note.id == chosen), None)
        if row is not None:
            self.view.selectRow(row)
        self._stack.setCurrentIndex(0 if notes else 1)
        self._say()

    def chosen(self) -> str:
        """The id of the selected note; "" = none."""
        row = self.view.currentIndex().row()
        return self.table.notes[row].id if 0 <= row < len(self.table.notes) else ""

    def _say(self) -> None:
        n = len(self.table.notes)
        self._title.setText(tr("Notes of this time: the newest {n}", n=n) if self._more else tr("Notes of this time: {n}", n=n))


class _Rows(QTableView):
    """Enter opens."""

    def __init__(self, panel: NotesPanel) -> None:
        super().__init__(panel)
        self._panel = panel
        read_by_rows(self, ROW)
        self.setSelectionMode(self.SelectionMode.SingleSelection)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self._panel.chosen():
            self._panel.opened.emit(self._panel.chosen())
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:
        return QWidget.focusNextPrevChild(self, next)
