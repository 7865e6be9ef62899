"""Entries of the log book as a table, newest first; older ones are asked for when somebody scrolls there. Decides nothing."""

from collections.abc import Callable
from enum import IntEnum

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cityops_desktop.link.duty.logbook import LogEntryInfo
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.pagedtable import Index, PagedTable
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.duty.logwords import OPEN, STATES, line_of, state_of, struck

ROW_ROLE = Qt.ItemDataRole.UserRole


class Column(IntEnum):
    """From left to right."""

    TIME = 0
    SORT = 1
    TEXT = 2
    PERSON = 3
    STATE = 4


TITLES = {
    Column.TIME: N_("Happened"),
    Column.SORT: N_("Sort"),
    Column.TEXT: N_("Entry"),
    Column.PERSON: N_("Recorded by"),
    Column.STATE: N_("State"),
}


class EntryTable(PagedTable[LogEntryInfo]):
    """A row is an entry."""

    def __init__(self, model: RoomModel, older: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(tuple(TITLES.values()), older, parent)
        self._model = model

    def row_of(self, id: str) -> int | None:
        """Where this entry stands."""
        return next((number for number, one in enumerate(self.rows) if one.id == id), None)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; the entry itself by ROW_ROLE."""
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._text(row, Column(index.column()))
        return None

    def _text(self, row: LogEntryInfo, column: Column) -> str:
        match column:
            case Column.TIME:
                then, now = moment(row.time, self._model.zone), moment(self._model.now(), self._model.zone)
                return f"{then:%m-%d %H:%M}" if then.year == now.year else f"{then:%Y-%m-%d %H:%M}"
            case Column.SORT:
                return pick(row.names)
            case Column.PERSON:
                return row.actor_name
            case Column.STATE:
                state = state_of(row)
                return tr(STATES[state]) if state else ""
        return line_of(row)


class EntryCells(QStyledItemDelegate):
    """What does not hold any more is struck through, what waits is bold: both say so in words as well. No frame round a single cell."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """The letters of a cell."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        entry = index.data(ROW_ROLE)
        font = theme.font(theme.BODY, state_of(entry) == OPEN and index.column() == Column.STATE)
        if struck(entry) and index.column() == Column.TEXT:
            font = type(font)(font)
            font.setStrikeOut(True)
        option.font = font
