"""The alarms as a table, and which of them are shown. Sorts and filters; acknowledges nothing."""

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.sentences import ALARM_STATES, level_name
from cityops_desktop.texts import N_, tr
from ui.acts import Acts
from ui.models.room import RoomModel
from ui.models.shown import AlarmText, moment, span_text

Index = QModelIndex | QPersistentModelIndex
ALARM_ROLE = Qt.ItemDataRole.UserRole
SORT_ROLE = Qt.ItemDataRole.UserRole + 1
LATEST = 10_000_000_000_000


class Column(IntEnum):
    """The columns, from the left."""

    LEVEL = 0
    STATE = 1
    SINCE = 2
    DURATION = 3
    PLACE = 4
    POINT = 5
    ALARM = 6
    ACKNOWLEDGED = 7
    RETURNED = 8


TITLES = {
    Column.LEVEL: N_("Level"),
    Column.STATE: N_("State"),
    Column.SINCE: N_("Since"),
    Column.DURATION: N_("Duration"),
    Column.PLACE: N_("Where"),
    Column.POINT: N_("Point"),
    Column.ALARM: N_("Alarm"),
    Column.ACKNOWLEDGED: N_("Acknowledged by"),
    Column.RETURNED: N_("Returned"),
}


class AlarmTable(QAbstractTableModel):
    """One row an occurrence; rows keep their place, new ones are appended."""

    def __init__(self, model: RoomModel, acts: Acts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._acts = model, acts
        self._alarms: list[AlarmInfo] = []
        self._rows: dict[str, int] = {}
        self._texts: dict[str, AlarmText] = {}
        model.replaced.connect(self.rebuild)
        model.alarmsChanged.connect(self._changed)
        acts.pendingChanged.connect(self._changed)
        self.rebuild()

    def rebuild(self) -> None:
        """Everything anew, from the model and in the language in force."""
        self.beginResetModel()
        self._alarms = list(self._model.alarms.values())
        self._rows = {alarm.id: row for row, alarm in enumerate(self._alarms)}
        self._texts = {}
        self.endResetModel()

    def _changed(self, ids: frozenset[str]) -> None:
        now = self._model.alarms
        if any(alarm.id not in now for alarm in self._alarms):
            self.rebuild()
            return
        known = sorted(self._rows[one] for one in ids if one in self._rows)
        new = [now[one] for one in ids if one not in self._rows and one in now]
        for row in known:
            self._alarms[row] = now[self._alarms[row].id]
            self._texts.pop(self._alarms[row].id, None)
            self.dataChanged.emit(self.index(row, 0), self.index(row, len(Column) - 1))
        if new:
            first = len(self._alarms)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._alarms += new
            self._rows |= {alarm.id: first + n for n, alarm in enumerate(new)}
            self.endInsertRows()

    def alarm(self, row: int) -> AlarmInfo:
        """The occurrence in this row, as the last signal told it."""
        return self._alarms[row]

    def row_of(self, alarm: str) -> int | None:
        """Where this occurrence is."""
        return self._rows.get(alarm)

    def text(self, alarm: AlarmInfo) -> AlarmText:
        """Its words."""
        if alarm.id not in self._texts:
            self._texts[alarm.id] = self._model.alarm_text(alarm)
        return self._texts[alarm.id]

    def group(self, alarm: AlarmInfo) -> str:
        """The equipment group of its subject; empty for a line or the station."""
        point = self._model.points.get(alarm.subject)
        device = self._model.devices.get(alarm.subject)
        return point.group if point else device.group if device else ""

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Occurrences."""
        return 0 if parent.isValid() else len(self._alarms)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        """Columns."""
        return 0 if parent.isValid() else len(Column)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """The points that alarms are about can be carried."""
        return super().flags(index) | Qt.ItemFlag.ItemIsDragEnabled

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if orientation is Qt.Orientation.Horizontal and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return tr(TITLES[Column(section)])
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        if not index.isValid():
            return None
        alarm = self.alarm(index.row())
        if role == ALARM_ROLE:
            return alarm
        if role == SORT_ROLE:
            return self._sort_key(alarm, Column(index.column()))
        if role == Qt.ItemDataRole.DisplayRole:
            return self._words(alarm, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._whole(alarm, Column(index.column()))
        return None

    def pending(self, alarm: AlarmInfo) -> bool:
        """Was its acknowledgement sent, and the answer has not come?"""
        return alarm.id in self._acts.pending

    def _words(self, alarm: AlarmInfo, column: Column) -> str:
        match column:
            case Column.LEVEL:
                return level_name(alarm.level)
            case Column.STATE:
                return tr("sent…") if self.pending(alarm) else tr(ALARM_STATES[alarm.state])
            case Column.SINCE:
                return self._time(alarm.raised)
            case Column.DURATION:
                return span_text(self._duration(alarm) / 1000)
            case Column.PLACE:
                return self.text(alarm).place
            case Column.POINT:
                return self.text(alarm).point
            case Column.ALARM:
                return self.text(alarm).sentence
            case Column.ACKNOWLEDGED:
                if alarm.acknowledged is None:
                    return ""
                return f"{self._time(alarm.acknowledged)} {alarm.actor_name or ''}".strip()
            case Column.RETURNED:
                return "" if alarm.returned is None else self._time(alarm.returned)

    def _whole(self, alarm: AlarmInfo, column: Column) -> str:
        """What a tool tip adds: times with their day, who is meant."""
        ms = {Column.SINCE: alarm.raised, Column.ACKNOWLEDGED: alarm.acknowledged, Column.RETURNED: alarm.returned}.get(column)
        if ms is None:
            return self._words(alarm, column)
        name = f" {alarm.actor_name or ''}" if column is Column.ACKNOWLEDGED else ""
        return f"{moment(ms, self._model.zone):%Y-%m-%d %H:%M:%S}{name}".strip()

    def _time(self, ms: int) -> str:
        then, now = moment(ms, self._model.zone), moment(self._model.now(), self._model.zone)
        return f"{then:%H:%M:%S}" if then.date() == now.date() else f"{then:%m-%d %H:%M}"

    def _duration(self, alarm: AlarmInfo) -> int:
        return (alarm.returned or self._model.now()) - alarm.raised

    def _sort_key(self, alarm: AlarmInfo, column: Column) -> Any:
        ended = alarm.state is AlarmState.NORMAL
        match column:
            case Column.LEVEL:
                return (9 if ended else alarm.level) * LATEST + LATEST - 1 - alarm.raised
            case Column.STATE:
                return list(AlarmState).index(alarm.state) if not ended else 9
            case Column.SINCE:
                return alarm.raised
            case Column.DURATION:
                return self._duration(alarm)
            case Column.ACKNOWLEDGED:
                return alarm.acknowledged or 0
            case Column.RETURNED:
                return alarm.returned or 0
        return self._words(alarm, column)


class Standing(IntEnum):
    """Which states are shown."""

    OPEN = 0
    UNACKNOWLEDGED = 1
    ALL = 2


class AlarmFilter(QSortFilterProxyModel):
    """What of the table is shown."""

    def __init__(self, table: AlarmTable, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self._words: list[str] = []
        self.level = 0
        self.standing = Standing.OPEN
        self.group = ""
        self.setSourceModel(table)
        self.setSortRole(SORT_ROLE)
        self.setDynamicSortFilter(True)

    def look_for(self, text: str) -> None:
        """Rows that hold all of these words, in any column."""
        self._words = text.casefold().split()
        self.invalidate()

    def show_only(self, *, level: int | None = None, standing: Standing | None = None, group: str | None = None) -> None:
        """A level (0 = all), states, an equipment group ("" = all); None leaves it as it is."""
        self.level = self.level if level is None else level
        self.standing = self.standing if standing is None else standing
        self.group = self.group if group is None else group
        self.invalidate()

    @property
    def every_open(self) -> bool:
        """Is every open alarm shown, but for words that are looked for?"""
        return not self.level and not self.group and self.standing is not Standing.UNACKNOWLEDGED

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        """Is this row shown?"""
        alarm = self._table.alarm(source_row)
        if self.level and alarm.level != self.level:
            return False
        if self.standing is not Standing.ALL and alarm.state is AlarmState.NORMAL:
            return False
        if self.standing is Standing.UNACKNOWLEDGED and not alarm.unseen:
            return False
        if self.group and self._table.group(alarm) != self.group:
            return False
        if not self._words:
            return True
        text = self._table.text(alarm)
        whole = f"{text.place} {text.point} {text.sentence} {alarm.subject} {alarm.actor_name or ''}".casefold()
        return all(word in whole for word in self._words)
