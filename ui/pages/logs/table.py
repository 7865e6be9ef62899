"""Collected lines as a table, newest first; older ones are asked for when somebody scrolls there. Decides nothing."""

import html
from collections.abc import Callable
from datetime import UTC, tzinfo
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cityops_desktop.link.logs import LogLineInfo
from cityops_desktop.model.loglines import LogClass, Severity
from cityops_desktop.texts import N_, tr
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.logs.words import CLASSES, SEVERITIES

_Index = QModelIndex | QPersistentModelIndex
ROW_ROLE = Qt.ItemDataRole.UserRole


class Column(IntEnum):
    """From left to right."""

    TIME = 0
    SEVERITY = 1
    GROUP = 2
    SOURCE = 3
    APP = 4
    TEXT = 5


TITLES = {
    Column.TIME: N_("Came"),
    Column.SEVERITY: N_("Severity"),
    Column.GROUP: N_("Class"),
    Column.SOURCE: N_("Source"),
    Column.APP: N_("Program"),
    Column.TEXT: N_("Text"),
}


class LineTable(QAbstractTableModel):
    """`older` is called when the end has been scrolled to and there is more."""

    def __init__(self, model: RoomModel, older: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._older = model, older
        self.rows: list[LogLineInfo] = []
        self.more = False
        self.zone: tzinfo = UTC

    def begin(self, rows: list[LogLineInfo], *, more: bool) -> None:
        """These and no others."""
        self.beginResetModel()
        self.rows, self.more, self.zone = rows, more, self._model.zone
        self.endResetModel()

    def append(self, rows: list[LogLineInfo], *, more: bool) -> None:
        """Older ones."""
        self.more = more
        if rows:
            self.beginInsertRows(QModelIndex(), len(self.rows), len(self.rows) + len(rows) - 1)
            self.rows += rows
            self.endInsertRows()

    def reword(self) -> None:
        """The words in the language in force."""
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(Column) - 1))
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """Lines told so far."""
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        """Always the same."""
        return 0 if parent.isValid() else len(Column)

    def canFetchMore(self, parent: _Index) -> bool:
        """Are there older ones?"""
        return self.more and not parent.isValid()

    def fetchMore(self, parent: _Index) -> None:
        """The end was scrolled to."""
        self._older()

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[Column(section)])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; the line itself by ROW_ROLE; the whole text as the tool tip."""
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(row, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(whole(row, self.zone) if index.column() == Column.TEXT else self._text(row, Column(index.column())))
        return None

    def _text(self, row: LogLineInfo, column: Column) -> str:
        match column:
            case Column.TIME:
                then, now = moment(row.time, self.zone), moment(self._model.now(), self.zone)
                return f"{then:%m-%d %H:%M:%S}" if then.year == now.year else f"{then:%Y-%m-%d %H:%M:%S}"
            case Column.SEVERITY:
                return tr(SEVERITIES[Severity(row.severity)])
            case Column.GROUP:
                return tr(CLASSES[LogClass(row.group)])
            case Column.SOURCE:
                own = row.source or tr("this station")
                return f"{own}  {row.host}" if row.host and row.host != row.source else own
            case Column.APP:
                return row.app
        return " ".join(row.text.split())


def tip(text: str) -> str:
    """A tool tip is markup wherever it looks like it: what a stranger wrote is not."""
    return f"<qt style='white-space:pre-wrap'>{html.escape(text, quote=False)}</qt>" if "<" in text or "&" in text else text


def whole(row: LogLineInfo, zone: tzinfo) -> str:
    """All that is known of a line."""
    told = "" if row.told is None else tr("written {time}", time=f"{moment(row.told, zone):%Y-%m-%d %H:%M:%S}")
    head = "  ·  ".join(part for part in (f"{moment(row.time, zone):%Y-%m-%d %H:%M:%S}", told, row.source, row.channel) if part)
    return f"{head}\n{row.text}"
