"""Collected lines as a table, newest first; older ones are asked for when somebody scrolls there. Decides nothing."""

import html
from collections.abc import Callable
from datetime import UTC, tzinfo
from enum import IntEnum

from PySide6.QtCore import QObject, Qt

from cityops_desktop.link.logs import LogLineInfo
from cityops_desktop.model.loglines import LogClass, Severity
from cityops_desktop.texts import N_, tr
from ui.models.pagedtable import Index, PagedTable
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.logs.words import CLASSES, SEVERITIES

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


class LineTable(PagedTable[LogLineInfo]):
    """A row is a line."""

    def __init__(self, model: RoomModel, older: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(tuple(TITLES.values()), older, parent)
        self._model = model
        self.zone: tzinfo = UTC

    def begin(self, rows: list[LogLineInfo], *, more: bool) -> None:
        """These and no others."""
        self.zone = self._model.zone
        self.fill(rows, more=more)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
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
