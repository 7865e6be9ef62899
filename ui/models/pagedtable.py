"""A table whose rows come page by page, the newest first; the next page is asked for when somebody scrolls there. Knows no row's words."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cityops_desktop.texts import tr

Index = QModelIndex | QPersistentModelIndex
_R = TypeVar("_R")


class PagedTable(QAbstractTableModel, Generic[_R]):
    """`titles`: the columns' titles, left to right; `further` is called when the end has been scrolled to and there is more."""

    def __init__(self, titles: Sequence[str], further: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._titles, self._further = titles, further
        self.rows: list[_R] = []
        self.more = False

    def fill(self, rows: Iterable[_R], *, more: bool) -> None:
        """These and no others."""
        self.beginResetModel()
        self.rows, self.more = list(rows), more
        self.endResetModel()

    def append(self, rows: list[_R], *, more: bool) -> None:
        """The next page."""
        self.more = more
        if rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows += rows
            self.endInsertRows()

    def reword(self) -> None:
        """The words in the language in force."""
        last = len(self._titles) - 1
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, last))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, last)

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Rows told so far."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        """Always the same."""
        return 0 if parent.isValid() else len(self._titles)

    def canFetchMore(self, parent: Index) -> bool:
        """Is there another page?"""
        return self.more and not parent.isValid()

    def fetchMore(self, parent: Index) -> None:
        """The end was scrolled to."""
        self._further()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles; a column that is too narrow for its title has it as the tool tip."""
        if orientation is Qt.Orientation.Horizontal and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return tr(self._titles[section])
        return None
