"""Rows of the change log as a table, newest first; older ones are asked for when somebody scrolls there. Decides nothing."""

from collections.abc import Callable, Iterable
from datetime import UTC, tzinfo
from enum import IntEnum

from PySide6.QtCore import QObject, Qt

from cityops_desktop.link.audit import ChangeInfo
from cityops_desktop.texts import N_
from ui.models.pagedtable import Index, PagedTable
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.audit.words import console_text, kind_text, person_text, thing_text

ROW_ROLE = Qt.ItemDataRole.UserRole


class Column(IntEnum):
    """From left to right."""

    SEQ = 0
    TIME = 1
    PERSON = 2
    WHAT = 3
    THING = 4
    CONSOLE = 5


TITLES = {
    Column.SEQ: N_("Row"),
    Column.TIME: N_("Time"),
    Column.PERSON: N_("Person"),
    Column.WHAT: N_("What"),
    Column.THING: N_("Thing"),
    Column.CONSOLE: N_("Where from"),
}
REFUSED = ("act.refused", "account.locked", "session.refused")
"""Kinds, by their beginning, that somebody should look at: printed bold."""


class ChangeTable(PagedTable[ChangeInfo]):
    """A row is one of the change log; `people`: full names by account id."""

    def __init__(self, model: RoomModel, older: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(tuple(TITLES.values()), older, parent)
        self._model = model
        self.people: dict[str, str] = {}
        self.zone: tzinfo = UTC

    def begin(self, rows: Iterable[ChangeInfo], *, more: bool) -> None:
        """These and no others."""
        self.zone = self._model.zone
        self.fill(rows, more=more)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; the row itself by ROW_ROLE."""
        row = self.rows[index.row()]
        if role == ROW_ROLE:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._text(row, Column(index.column()))
        return None

    def _text(self, row: ChangeInfo, column: Column) -> str:
        if column is Column.SEQ:
            return str(row.seq)
        if column is Column.TIME:
            return time_words(row.time, self.zone, self._model.now())
        if column is Column.PERSON:
            return person_text(row)
        if column is Column.WHAT:
            return kind_text(row.kind)
        if column is Column.THING:
            return thing_text(row, self.people, self._model)
        return console_text(row)


def time_words(ms: int, zone: tzinfo, now: int) -> str:
    """Day and time; the year, too, when it is another one."""
    then = moment(ms, zone)
    return f"{then:%m-%d %H:%M:%S}" if then.year == moment(now, zone).year else f"{then:%Y-%m-%d %H:%M:%S}"


def stands_out(row: ChangeInfo) -> bool:
    """Refusals and lock-outs."""
    return row.kind.startswith(REFUSED)
