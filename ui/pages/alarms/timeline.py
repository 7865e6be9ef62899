"""The time line of one alarm: what happened to it and who was told, with what became of each message. Asks only while it is seen."""

from enum import IntEnum
from typing import TYPE_CHECKING
from urllib.parse import quote

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QTableView, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.link.notify import Timeline, TimelineStep
from cityops_desktop.model.notify import DeliveryState
from cityops_desktop.sentences import BY_WORDS, CHANGE_KINDS, COMMAND_CODES, DELIVERIES, notify_text
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.widgets import lettering
from ui.widgets.rows import read_by_rows

if TYPE_CHECKING:
    from ui.link import Link

ROW = 26
AGAIN_MS = 5000
"""Receipts come by themselves: they are asked for again while somebody looks at an open alarm."""
STEP = Qt.ItemDataRole.UserRole
_Index = QModelIndex | QPersistentModelIndex
_WRONG = (DeliveryState.FAILED, DeliveryState.UNANSWERED)


class Column(IntEnum):
    """From the left."""

    TIME = 0
    WHAT = 1
    WHO = 2
    OUTCOME = 3


TITLES = {Column.TIME: N_("Time"), Column.WHAT: N_("What"), Column.WHO: N_("Who"), Column.OUTCOME: N_("What became of it")}
ABOUT = {"alarm": N_("{by} by {way}"), "ended": N_("{by} by {way}: it is over"), "test": N_("{by} by {way}: test")}


class TimelineTable(QAbstractTableModel):
    """The steps, oldest first."""

    def __init__(self, model: RoomModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self.steps: list[TimelineStep] = []

    def rowCount(self, parent: _Index = QModelIndex()) -> int:
        """One a row."""
        return 0 if parent.isValid() else len(self.steps)

    def columnCount(self, parent: _Index = QModelIndex()) -> int:
        """All of them."""
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """The titles."""
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr(TITLES[Column(section)])
        return None

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Words; bold where a message did not reach anybody."""
        step = self.steps[index.row()]
        if role == STEP:
            return step
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._words(step, Column(index.column()))
        if index.column() == Column.OUTCOME and step.state in _WRONG:
            if role == Qt.ItemDataRole.FontRole:
                return theme.font(theme.BODY, bold=True)
        elif role == Qt.ItemDataRole.ForegroundRole and step.state is DeliveryState.DROPPED:
            return QColor(theme.current().text_dim)
        return None

    def tell(self, steps: list[TimelineStep]) -> None:
        """These from now on."""
        if steps != self.steps:
            self.beginResetModel()
            self.steps = steps
            self.endResetModel()

    def again(self) -> None:
        """Other words for all of it."""
        self.beginResetModel()
        self.endResetModel()

    def _words(self, step: TimelineStep, column: Column) -> str:
        match column:
            case Column.TIME:
                return time_text(step.time, self._model.zone, self._model.now())
            case Column.WHAT:
                return self._what(step)
            case Column.WHO:
                return (pick(step.names) if step.names else step.call) if step.kind == "message" else step.actor_name
            case Column.OUTCOME:
                return self._outcome(step)

    def _what(self, step: TimelineStep) -> str:
        if step.kind != "message":
            return tr(CHANGE_KINDS[step.kind]) if step.kind in CHANGE_KINDS else step.kind
        by = tr(BY_WORDS[step.by]) if step.by else ""
        text = tr(ABOUT.get(step.about, ABOUT["alarm"]), by=by, way=step.way)
        return tr("{what} ({n} alarms in one)", what=text, n=step.alarms) if step.alarms > 1 else text

    def _outcome(self, step: TimelineStep) -> str:
        if step.state is None:
            return ""
        words = [tr(DELIVERIES[step.state])]
        known = step.ended or step.sent
        if known:
            words.append(time_text(known, self._model.zone, self._model.now()))
        if step.why:
            words.append(notify_text(step.why))
        if step.tries > 1:
            words.append(tr("{n} tries", n=step.tries))
        return tr(", ").join(words)


class AlarmTimeline(QWidget):
    """Title and table; `show_alarm` says which alarm."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._link = model, link
        self._alarm: AlarmInfo | None = None
        self._asked = ""
        self._why = ""
        self.title = QLabel()
        self.title.setFont(theme.font(theme.BODY, bold=True))
        self.table = TimelineTable(model, self)
        self.view = QTableView()
        self.view.setModel(self.table)
        self._set_up_view()
        self.note = QLabel()
        self.note.setWordWrap(True)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(theme.GAP // 2)
        box.addWidget(self.title)
        box.addWidget(self.note)
        box.addWidget(self.view, 1)
        self._timer = QTimer(self)
        self._timer.setInterval(AGAIN_MS)
        self._timer.timeout.connect(self._again)
        model.connectedChanged.connect(self._ask)
        self.retranslate()

    def show_alarm(self, alarm: AlarmInfo | None) -> None:
        """This one from now on, or as it is now; None = none is chosen."""
        before, self._alarm = self._alarm, alarm
        if alarm is None or before is None or before.id != alarm.id:
            self.table.tell([])
            self._asked = self._why = ""
        if alarm != before:
            self._ask()
        self._refresh()

    def retranslate(self) -> None:
        """In the language of now."""
        self.title.setText(tr("Time line of the alarm"))
        self.view.setAccessibleName(self.title.text())
        self.table.again()
        self._fit()
        self._refresh()

    def sizeHint(self) -> QSize:
        """A handful of rows."""
        return QSize(600, 8 * ROW)

    def showEvent(self, event: QShowEvent) -> None:
        """Somebody looks."""
        super().showEvent(event)
        self._timer.start()
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks."""
        super().hideEvent(event)
        self._timer.stop()

    def _set_up_view(self) -> None:
        self.view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(Column.OUTCOME, QHeaderView.ResizeMode.Stretch)
        read_by_rows(self.view, ROW)

    def _fit(self) -> None:
        usual = tr("{what} ({n} alarms in one)", what=tr(ABOUT["alarm"], by=tr(BY_WORDS["sms"]), way="modem-1"), n=99)  # type: ignore[index]
        self.view.setColumnWidth(Column.TIME, lettering.width("2026-09-21 22:10:17") + 16)
        self.view.setColumnWidth(Column.WHAT, lettering.width(usual) + 24)
        self.view.setColumnWidth(Column.WHO, 130)

    def _again(self) -> None:
        if self._alarm is not None and self._alarm.open:
            self._ask()

    def _ask(self) -> None:
        if self._alarm is None or not self.isVisible() or not self._model.connected:
            return
        self._asked = id = self._alarm.id
        self._link.ask(f"/api/v1/alarms/{quote(id, safe='')}/timeline", Timeline, lambda answer: self._came(id, answer))

    def _came(self, id: str, answer: Timeline | CommandResult) -> None:
        if id != self._asked:
            return
        if isinstance(answer, CommandResult):
            self._why = tr(COMMAND_CODES[answer.code], **answer.params) if answer.code in COMMAND_CODES else answer.code
        else:
            self._why = tr("Only the first steps are shown.") if answer.more else ""
            self.table.tell(answer.steps)
        self._refresh()

    def _refresh(self) -> None:
        text = self._why or (tr("Choose an alarm.") if self._alarm is None else "")
        self.note.setText(text)
        self.note.setVisible(bool(text))
