"""The view of a flood: groups, worst first, each with what came first of it. What is acknowledged here is exactly what is listed."""

from collections.abc import Iterator, Sequence
from itertools import islice
from time import perf_counter
from typing import Any, NamedTuple

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyleOptionViewItem, QTableView

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.sentences import ALARM_STATES, level_name
from cityops_desktop.texts import N_, tr
from ui import theme
from ui.acts import Acts
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.pages.alarms.cells import AlarmCells, fold_box, paint_fold
from ui.pages.alarms.floodgroups import By, FloodGroups, Group
from ui.pages.alarms.table import ALARM_ROLE, FOLD_ROLE, POINT_ROLE, SLICE_SECONDS, Fold
from ui.widgets import lettering
from ui.widgets.rows import read_by_rows

Index = QModelIndex | QPersistentModelIndex
GROUP_ROLE = Qt.ItemDataRole.UserRole + 5
TOLD_MS = 500
"""So often figures change at most."""
ROW = 30
LEVEL, COUNT, UNSEEN, GROUP, FIRST, NEWEST = range(6)
TITLES = (N_("Level"), N_("Open"), N_("Not acknowledged"), N_("Group of alarms"), N_("First in the group"), N_("Newest"))


class Line(NamedTuple):
    """A row: a group, or (`alarm`) one of it."""

    group: Group
    alarm: AlarmInfo | None = None


class FloodTable(QAbstractTableModel):
    """Groups with the alarms of those that are unfolded. Works only while somebody looks."""

    def __init__(self, model: RoomModel, acts: Acts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._acts = model, acts
        self.groups = FloodGroups(model, By.AREA)
        self._lines: list[Line] = []
        self._unfolded: set[str] = set()
        self._looking = False
        self._work: Iterator[str] = iter(())
        self._changed: set[str] = set()
        self._tell = QTimer(self, interval=TOLD_MS, singleShot=True)
        self._tell.timeout.connect(self._show)
        self._slices = QTimer(self, interval=0)
        self._slices.timeout.connect(self._step)
        model.alarmsChanged.connect(self._alarms_changed)
        model.replaced.connect(self.rebuild)

    def set_looking(self, looking: bool) -> None:
        """Does anybody look? What happened in the meantime is looked at then."""
        if looking and not self._looking:
            self._looking = True
            self.rebuild()
        self._looking = looking

    def set_by(self, by: By) -> None:
        """Other groups."""
        self.groups = FloodGroups(self._model, by)
        self._unfolded.clear()
        self.rebuild()

    def rebuild(self) -> None:
        """All groups anew, a little at a time."""
        if self._looking:
            self.groups = FloodGroups(self._model, self.groups.by)
            self._changed.clear()
            self._work = iter(list(self._model.alarms))
            self._slices.start()
            self._step()

    def _step(self) -> None:
        end = perf_counter() + SLICE_SECONDS
        while perf_counter() < end:
            part = list(islice(self._work, 100))
            self.groups.take(part)
            if not part:
                self._slices.stop()
                self._show()
                return

    def _alarms_changed(self, ids: frozenset[str]) -> None:
        if self._looking:
            self._changed |= ids
            if not self._tell.isActive():
                self._tell.start()

    def _show(self) -> None:
        """The rows as they are now; as long as they are the same ones, only their figures are told."""
        if self._slices.isActive():
            self._tell.start()
            return
        changed, self._changed = self._changed, set()
        self.groups.take(changed)
        lines: list[Line] = []
        for group in self.groups.ordered():
            lines.append(Line(group))
            if group.name in self._unfolded:
                lines += [Line(group, alarm) for alarm in self.groups.listed(group)]
        if [_identity(one) for one in lines] == [_identity(one) for one in self._lines]:
            self._lines = lines
            if lines:
                self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, NEWEST))
            return
        self.beginResetModel()
        self._lines = lines
        self.endResetModel()

    def toggle(self, row: int, unfolded: bool | None = None) -> None:
        """Unfold a group or fold it."""
        name = self._lines[row].group.name
        wanted = name not in self._unfolded if unfolded is None else unfolded
        (self._unfolded.add if wanted else self._unfolded.discard)(name)
        self._show()

    def is_unfolded(self, group: Group) -> bool:
        """Are its alarms listed?"""
        return group.name in self._unfolded

    def line(self, row: int) -> Line:
        """What stands there."""
        return self._lines[row]

    def row_of(self, identity: tuple[str, str]) -> int | None:
        """Where a group ("", or an alarm of it) stands."""
        return next((row for row, line in enumerate(self._lines) if _identity(line) == identity), None)

    def identity(self, row: int) -> tuple[str, str]:
        """What names this row for good."""
        return _identity(self._lines[row])

    def listed(self, group: Group) -> list[AlarmInfo]:
        """The alarms of it that stand in the table now, as they stand there."""
        return [line.alarm for line in self._lines if line.alarm is not None and line.group.name == group.name]

    # Qt's questions

    def rowCount(self, parent: Index = QModelIndex()) -> int:
        """Groups and alarms."""
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:
        """Columns."""
        return 0 if parent.isValid() else len(TITLES)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """The columns' titles."""
        if orientation is Qt.Orientation.Horizontal and role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return tr(TITLES[section])
        if role == Qt.ItemDataRole.TextAlignmentRole and section in (COUNT, UNSEEN):
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """A cell."""
        if not index.isValid():
            return None
        line = self._lines[index.row()]
        if role == ALARM_ROLE:
            return line.alarm
        if role == GROUP_ROLE:
            return line.group
        if role == POINT_ROLE:
            return ""
        if role == FOLD_ROLE:
            return Fold.INSIDE if line.alarm is not None else Fold.OPEN if self.is_unfolded(line.group) else Fold.CLOSED
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return self._group_words(line.group, index.column()) if line.alarm is None else self._words(line, line.alarm, index.column())
        return None

    def _group_words(self, group: Group, column: int) -> str:
        match column:
            case 0:
                return level_name(int(group.urgent[0][0])) if group.urgent else ""
            case 1:
                return str(group.count)
            case 2:
                return str(group.unseen)
            case 3:
                return group.name
            case 4:
                first = self.groups.first(group) if group.by_time else None
                return f"{self._time(first)} {self._model.alarm_text(first).sentence}" if first is not None else ""
        return self._time(self.groups.newest(group)) if group.by_time else ""

    def _words(self, line: Line, alarm: AlarmInfo, column: int) -> str:
        match column:
            case 0:
                return level_name(alarm.level)
            case 1:
                first = bool(line.group.by_time) and self.groups.first(line.group).id == alarm.id
                return tr("first") if first else ""
            case 2:
                return tr("sent…") if alarm.id in self._acts.pending else tr(ALARM_STATES[alarm.state])
            case 3:
                return self._model.alarm_text(alarm).place
            case 4:
                return self._model.alarm_text(alarm).sentence
        return self._time(alarm)

    def _time(self, alarm: AlarmInfo) -> str:
        return time_text(alarm.raised, self._model.zone, self._model.now())


def _identity(line: Line) -> tuple[str, str]:
    return line.group.name, "" if line.alarm is None else line.alarm.id


class _FloodCells(AlarmCells):
    """A group is bold while something of it waits."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """A cell."""
        line = index.data(ALARM_ROLE)
        copy = QStyleOptionViewItem(option)
        if line is not None and index.column() != LEVEL:
            _plain(self, painter, copy, index)
            return
        super().paint(painter, option, index)
        if line is not None:
            return
        group = index.data(GROUP_ROLE)
        if index.column() == LEVEL and group.urgent:
            box = option.rect.adjusted(6, 6, 0, -6)
            box.setWidth(box.height())
            theme.paint_level(painter, box, int(group.urgent[0][0]), filled=bool(group.unseen), digit=False)
        elif index.column() == GROUP:
            paint_fold(painter, fold_box(option.rect), opened=index.data(FOLD_ROLE) is Fold.OPEN)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """As in the table; figures stand at the right."""
        column, alarm = index.column(), index.data(ALARM_ROLE)
        super().initStyleOption(option, index)
        option.features &= ~QStyleOptionViewItem.ViewItemFeature.HasDecoration
        if column in (LEVEL, GROUP):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
        bold = alarm.unseen if alarm is not None else column in (COUNT, UNSEEN, GROUP) and bool(index.data(GROUP_ROLE).unseen)
        option.font = theme.font(theme.BODY, bold and (alarm is None or column == FIRST))
        option.palette.setColor(option.palette.ColorRole.Text, theme.current().text)
        if alarm is None and column in (COUNT, UNSEEN):
            option.displayAlignment = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def _plain(cells: AlarmCells, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
    super(AlarmCells, cells).paint(painter, option, index)


class FloodView(QTableView):
    """Right and Left unfold and fold a group, Space and Enter ask to acknowledge."""

    acknowledgeWanted = Signal()
    chosen = Signal()
    """Another row, or other alarms listed."""

    def __init__(self, model: RoomModel, acts: Acts) -> None:
        super().__init__()
        self.table = FloodTable(model, acts, self)
        self.setModel(self.table)
        self.setItemDelegate(_FloodCells(self))
        read_by_rows(self, ROW)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.horizontalHeader().setSectionResizeMode(FIRST, QHeaderView.ResizeMode.Stretch)
        self._chosen: tuple[str, str] | None = None
        self.table.modelAboutToBeReset.connect(self._keep)
        self.table.modelReset.connect(self._restore)
        self.table.dataChanged.connect(lambda *_: self.chosen.emit())
        self.selectionModel().selectionChanged.connect(lambda *_: self.chosen.emit())
        self.retranslate()

    def retranslate(self) -> None:
        """The words, and columns that are wide enough for them."""
        self.setAccessibleName(tr("Alarms in groups"))
        self.table.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(TITLES) - 1)
        states = max(lettering.width(tr(words)) for words in ALARM_STATES.values()) + 16
        level = max(lettering.width(level_name(level)) for level in (1, 2, 3, 4)) + 44
        widths = {LEVEL: level, COUNT: 70, UNSEEN: max(states, 90), GROUP: 210, NEWEST: 90}
        for column, width in widths.items():
            self.setColumnWidth(column, max(width, lettering.width(tr(TITLES[column])) + 24))
        self.table.rebuild()

    def current_line(self) -> Line | None:
        """What is chosen."""
        rows = self.selectionModel().selectedRows()
        return self.table.line(rows[0].row()) if rows else None

    def first(self) -> AlarmInfo | None:
        """What came first of the chosen group."""
        line = self.current_line()
        return self.table.groups.first(line.group) if line is not None and line.group.by_time else None

    def wanted(self) -> tuple[Group | None, Sequence[AlarmInfo]]:
        """The group that must be unfolded first (None = nothing must), and what an acknowledgement means: all that are listed of it."""
        line = self.current_line()
        if line is None:
            return None, ()
        if line.alarm is not None:
            return None, (line.alarm,)
        return (None, self.table.listed(line.group)) if self.table.is_unfolded(line.group) else (line.group, ())

    def unfold_chosen(self) -> None:
        """List the alarms of the chosen group."""
        rows = self.selectionModel().selectedRows()
        if rows:
            self.table.toggle(rows[0].row(), True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """These keys; all others as ever."""
        row = self.currentIndex().row()
        if event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Left) and row >= 0:
            self.table.toggle(row, event.key() == Qt.Key.Key_Right)
        elif event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.acknowledgeWanted.emit()
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The mark of a group folds it."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        of_group = index.isValid() and index.column() == GROUP and self.table.line(index.row()).alarm is None
        if of_group and fold_box(self.visualRect(index)).contains(event.position().toPoint()):
            self.table.toggle(index.row())

    def _keep(self) -> None:
        row = self.currentIndex().row()
        self._chosen = self.table.identity(row) if row >= 0 else None

    def _restore(self) -> None:
        row = self.table.row_of(self._chosen) if self._chosen is not None else None
        if row is None and self._chosen is not None:
            row = self.table.row_of((self._chosen[0], ""))
        if row is not None:
            self.selectRow(row)
        self.chosen.emit()
