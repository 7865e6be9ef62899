"""Alarms of all time as a table, newest first; the next ones are asked for when somebody scrolls there. Asks nothing itself."""

from collections.abc import Callable, Iterable
from enum import IntEnum

from PySide6.QtCore import QObject, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.sentences import ALARM_STATES, HIDDEN, level_name
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.models.pagedtable import Index, PagedTable
from ui.models.room import RoomModel
from ui.models.shown import AlarmText, moment, span_text
from ui.pages.alarms.cells import paint_state

ALARM_ROLE = Qt.ItemDataRole.UserRole
SIGN = 16


class Column(IntEnum):
    """From left to right."""

    LEVEL = 0
    STATE = 1
    RAISED = 2
    LASTED = 3
    PLACE = 4
    ALARM = 5
    ACKNOWLEDGED = 6
    RETURNED = 7


TITLES = {
    Column.LEVEL: N_("Level"),
    Column.STATE: N_("State"),
    Column.RAISED: N_("Raised"),
    Column.LASTED: N_("Lasted"),
    Column.PLACE: N_("Where"),
    Column.ALARM: N_("Alarm"),
    Column.ACKNOWLEDGED: N_("Acknowledged by"),
    Column.RETURNED: N_("Returned"),
}


def state_text(alarm: AlarmInfo) -> str:
    """Its state; of one that something keeps quiet, what."""
    return tr(HIDDEN[alarm.hidden]) if alarm.hidden is not None and alarm.open else tr(ALARM_STATES[alarm.state])


class PastTable(PagedTable[AlarmInfo]):
    """A row is an occurrence; `now` is the time at which the station told."""

    def __init__(self, model: RoomModel, more: Callable[[], None], parent: QObject | None = None) -> None:
        super().__init__(tuple(TITLES.values()), more, parent)
        self._model = model
        self._texts: dict[str, AlarmText] = {}
        self.now = 0

    def begin(self, rows: Iterable[AlarmInfo], *, more: bool, now: int) -> None:
        """These and no others."""
        self.now, self._texts = now, {}
        self.fill(rows, more=more)

    def reword(self) -> None:
        """The words in the language in force."""
        self._texts = {}
        super().reword()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; the occurrence itself by ALARM_ROLE."""
        alarm = self.rows[index.row()]
        if role == ALARM_ROLE:
            return alarm
        if role == Qt.ItemDataRole.DisplayRole:
            return self.words(alarm, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.words(alarm, Column(index.column()), whole=True)
        return None

    def words(self, alarm: AlarmInfo, column: Column, *, whole: bool = False) -> str:
        """A cell; `whole` = times with their year."""
        match column:
            case Column.LEVEL:
                return level_name(alarm.level)
            case Column.STATE:
                return state_text(alarm)
            case Column.RAISED:
                return self._time(alarm.raised, whole)
            case Column.LASTED:
                return span_text(((alarm.returned or self.now) - alarm.raised) / 1000)
            case Column.PLACE:
                return self._text(alarm).place
            case Column.ALARM:
                return self._text(alarm).sentence
            case Column.ACKNOWLEDGED:
                return "" if alarm.acknowledged is None else f"{self._time(alarm.acknowledged, whole)} {alarm.actor_name or ''}".strip()
            case Column.RETURNED:
                return "" if alarm.returned is None else self._time(alarm.returned, whole)

    def _text(self, alarm: AlarmInfo) -> AlarmText:
        if alarm.id not in self._texts:
            self._texts[alarm.id] = self._model.alarm_text(alarm)
        return self._texts[alarm.id]

    def _time(self, ms: int, whole: bool) -> str:
        then = moment(ms, self._model.zone)
        same = not whole and then.year == moment(self.now, self._model.zone).year
        return f"{then:%m-%d %H:%M:%S}" if same else f"{then:%Y-%m-%d %H:%M:%S}"


class PastCells(QStyledItemDelegate):
    """The level's sign, filled while nobody has acknowledged; the state's sign; what is open in full ink, what has ended dim."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """A cell, with a sign before the words where there is one."""
        super().paint(painter, option, index)
        alarm = index.data(ALARM_ROLE)
        box = QRect(0, 0, SIGN, SIGN)
        box.moveCenter(QPoint(option.rect.left() + 5 + SIGN // 2, option.rect.center().y()))
        if index.column() == Column.LEVEL:
            theme.paint_level(painter, box, alarm.level, filled=alarm.open and alarm.unseen and alarm.hidden is None)
        elif index.column() == Column.STATE:
            paint_state(painter, box, alarm)

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        """Room for the sign; no frame round the single cell, the row is what is selected."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        if index.column() in (Column.LEVEL, Column.STATE):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN + 3, SIGN)
        alarm = index.data(ALARM_ROLE)
        if not alarm.open:
            option.palette.setColor(option.palette.ColorRole.Text, QColor(theme.current().text_dim))
