"""The alarms page: all that is open (or was), filtered, sorted, and acknowledged by a named person."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QPainter, QPen, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
)

from cityops_desktop.model.alarms import UNSEEN, AlarmState
from cityops_desktop.model.points import Group, Level
from cityops_desktop.sentences import ALARM_STATES, GROUPS, level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.acts import Acts
from ui.models.identitywords import waiting_device
from ui.models.room import RoomModel
from ui.pages.alarms.table import ALARM_ROLE, TITLES, AlarmFilter, AlarmTable, Column, Standing
from ui.pages.page import Page
from ui.widgets import lettering
from ui.widgets.carry import carry
from ui.widgets.rows import read_by_rows

if TYPE_CHECKING:
    from ui.link import Link

ROW = 30
SIGN = 18
WIDTHS = {Column.SINCE: 92, Column.DURATION: 84, Column.PLACE: 160, Column.POINT: 170, Column.ACKNOWLEDGED: 140, Column.RETURNED: 84}
"""Px that the usual words of a column need; level and state are measured."""
WIDE = 1400
"""From this width on there is room for the point's name in a column of its own; the sentence holds it anyway."""
NEEDS = tuple(UNSEEN)


class _Cells(QStyledItemDelegate):
    """The level's sign, the state's sign, and bold words: the state while nobody has acknowledged, the alarm while it stands, too."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """A cell, with a sign before the words where there is one."""
        super().paint(painter, option, index)
        alarm = index.data(ALARM_ROLE)
        box = QRect(0, 0, SIGN, SIGN)
        box.moveCenter(QPoint(option.rect.left() + 6 + SIGN // 2, option.rect.center().y()))
        if index.column() == Column.LEVEL and alarm.state is not AlarmState.NORMAL:
            theme.paint_level(painter, box, alarm.level, filled=alarm.state in NEEDS)
        elif index.column() == Column.STATE:
            _paint_state(painter, box, alarm.state)

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        """Room for the sign; no frame round the single cell, the row is what is selected."""
        super().initStyleOption(option, index)
        option.state &= ~QStyle.StateFlag.State_HasFocus
        alarm = index.data(ALARM_ROLE)
        if index.column() in (Column.LEVEL, Column.STATE):
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.decorationSize = QSize(SIGN + 4, SIGN)
        bold = alarm.state in {Column.STATE: NEEDS, Column.ALARM: (AlarmState.UNACKNOWLEDGED,)}.get(Column(index.column()), ())
        option.font = theme.font(theme.BODY, bold)
        if alarm.state is AlarmState.NORMAL:
            option.palette.setColor(option.palette.ColorRole.Text, QColor(theme.current().text_dim))


def _paint_state(painter: QPainter, box: QRect, state: AlarmState) -> None:
    """Filled disc = unacknowledged, tick = acknowledged, ring = returned unacknowledged, dash = ended."""
    now = theme.current()
    ink = QColor(now.text if state in NEEDS else now.text_dim)
    inner = box.adjusted(4, 4, -4, -4)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(ink, 2))
    if state is AlarmState.UNACKNOWLEDGED:
        painter.setBrush(ink)
        painter.drawEllipse(inner)
    elif state in UNSEEN:
        painter.drawEllipse(inner)
    elif state in (AlarmState.ACKNOWLEDGED, AlarmState.LATCHED_ACKNOWLEDGED):
        middle = QPoint(inner.left() + inner.width() // 3, inner.bottom())
        painter.drawLine(QPoint(inner.left(), inner.center().y()), middle)
        painter.drawLine(middle, inner.topRight())
    else:
        painter.drawLine(QPoint(inner.left(), inner.center().y()), QPoint(inner.right(), inner.center().y()))
    painter.restore()


class _View(QTableView):
    """Space and Enter acknowledge what is selected; the first key selects where nothing is. The points of rows can be carried."""

    def __init__(self, page: "AlarmsPage") -> None:
        super().__init__()
        self._page = page

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """These keys; all others as ever."""
        acts = event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if (acts or event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down)) and not self.selectionModel().hasSelection():
            self.selectRow(max(0, self.currentIndex().row()))
        elif acts:
            self._page.acknowledge_selected()
        else:
            super().keyPressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """The points of the selected rows."""
        keys = self._page.points()
        if keys:
            carry(self, keys)


class AlarmsPage(Page):
    """Filter above, table below."""

    def __init__(self, model: RoomModel, link: "Link", acts: Acts) -> None:
        super().__init__(model, link)
        self._acts = acts
        self.table = AlarmTable(model, acts, self)
        self.shown = AlarmFilter(self.table, self)
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.level, self.standing, self.group = QComboBox(), QComboBox(), QComboBox()
        self.count = QLabel()
        self.go, self.then, self.acknowledge = QPushButton(), QPushButton(), QPushButton()
        self.view = _View(self)
        self.nothing = QLabel(self.view)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusProxy(self.view)
        self._set_up_view()
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for box in (self.level, self.standing, self.group):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for widget in (self.title, self.search, self.level, self.standing, self.group):
            row.addWidget(widget, 1 if widget is self.search else 0)
        row.addStretch(1)
        row.addWidget(self.count)
        row.addWidget(self.then)
        row.addWidget(self.go)
        row.addWidget(self.acknowledge)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.addLayout(row)
        column.addWidget(self.view, 1)
        self.search.textChanged.connect(self._filter)
        for box in (self.level, self.standing, self.group):
            box.currentIndexChanged.connect(self._filter)
        self.acknowledge.clicked.connect(self.acknowledge_selected)
        self.go.clicked.connect(self._go)
        self.then.clicked.connect(self._room_then)
        self.view.doubleClicked.connect(lambda _: self._go())
        self.view.selectionModel().selectionChanged.connect(self._tell)
        for signal in (self.shown.rowsInserted, self.shown.rowsRemoved, self.shown.modelReset, self.shown.dataChanged):
            signal.connect(self._tell)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._find)
        model.beat.connect(self._age)
        model.connectedChanged.connect(self._tell)
        theme.changes.themeChanged.connect(self.view.viewport().update)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Alarms"))
        self.search.setPlaceholderText(tr("Search"))
        self.search.setToolTip(tr("Search  Ctrl+F"))
        levels = [(tr("All levels"), 0), *((level_name(level), int(level)) for level in Level)]
        standings = [(tr("Open"), Standing.OPEN), (tr("Not acknowledged"), Standing.UNACKNOWLEDGED), (tr("With ended"), Standing.ALL)]
        groups = [(tr("All groups"), ""), *((tr(GROUPS[group]), str(group)) for group in Group)]
        for box, choices in ((self.level, levels), (self.standing, standings), (self.group, groups)):
            kept = max(0, box.currentIndex())
            box.blockSignals(True)
            box.clear()
            for words, value in choices:
                box.addItem(words, value)
            box.setCurrentIndex(kept)
            box.blockSignals(False)
        for widget, words in (
            (self.search, tr("Search  Ctrl+F")),
            (self.level, tr("Level")),
            (self.standing, tr("State")),
            (self.group, tr("Equipment groups")),
            (self.view, tr("Alarms")),
        ):
            widget.setAccessibleName(words)
        self.go.setText(tr("Go to it"))
        self.go.setToolTip(tr("To the point, the device or the line that the chosen alarm is about (or a double click)"))
        self.then.setText(tr("Room then"))
        self.then.setToolTip(tr("Floor, racks and power chain as they were when the chosen alarm was raised"))
        self.acknowledge.setToolTip(tr("Acknowledge the selected alarms (Space or Enter in the table)"))
        self.table.rebuild()
        self.table.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._fit()
        self._tell()

    def show_level(self, level: int) -> None:
        """All open alarms of one level."""
        self.search.clear()
        self.group.setCurrentIndex(0)
        self.standing.setCurrentIndex(self.standing.findData(Standing.OPEN))
        self.level.setCurrentIndex(self.level.findData(level))

    def show_alarm(self, alarm: str) -> None:
        """This one, selected."""
        self.show_level(0)
        source = self.table.row_of(alarm)
        if source is not None:
            row = self.shown.mapFromSource(self.table.index(source, 0))
            flags = QItemSelectionModel.SelectionFlag
            self.view.selectionModel().setCurrentIndex(row, flags.ClearAndSelect | flags.Rows)
            self.view.scrollTo(row)
            self.view.setFocus()

    def point(self) -> str:
        """What the alarm in the current row is about, when that is a point."""
        row = self.view.currentIndex()
        subject = row.data(ALARM_ROLE).subject if row.isValid() else ""
        return subject if subject in self._model.points else ""

    def _go(self) -> None:
        """Where something can be done about it: a device that waits is admitted, a line's frames tell what is on it."""
        row = self.view.currentIndex()
        alarm = row.data(ALARM_ROLE) if row.isValid() else None
        if alarm is None:
            return
        device = waiting_device(self._model, alarm) or alarm.subject
        if alarm.subject in self._model.points:
            self.openPoint.emit(alarm.subject)
        elif device in self._model.devices:
            self.openDevice.emit(device)
        elif alarm.subject.removeprefix("bus:") in self._model.buses:
            self.openWire.emit(alarm.subject)

    def _room_then(self) -> None:
        """The room when the chosen alarm was raised."""
        selected = self.view.selectionModel().selectedRows()
        if len(selected) == 1:
            self.openPast.emit(selected[0].data(ALARM_ROLE).raised)

    def _leads(self) -> bool:
        """Is the chosen alarm about something that has a place of its own?"""
        selected = self.view.selectionModel().selectedRows()
        subject = selected[0].data(ALARM_ROLE).subject if len(selected) == 1 else ""
        return subject in self._model.points or subject in self._model.devices or subject.removeprefix("bus:") in self._model.buses

    def points(self) -> list[str]:
        """The points that the selected alarms are about, from the top."""
        rows = sorted(self.view.selectionModel().selectedRows(), key=lambda index: index.row())
        return list(dict.fromkeys(key for row in rows if (key := row.data(ALARM_ROLE).subject) in self._model.points))

    def selected(self) -> list[str]:
        """Ids of the selected alarms that wait to be acknowledged."""
        rows = (self.shown.mapToSource(index).row() for index in self.view.selectionModel().selectedRows())
        alarms = [self.table.alarm(row) for row in rows]
        return [alarm.id for alarm in alarms if alarm.state in NEEDS and alarm.id not in self._acts.pending]

    def acknowledge_selected(self) -> None:
        """Ask the station to acknowledge what is selected."""
        self._acts.acknowledge(self.selected())

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.shown)
        view.setItemDelegate(_Cells(view))
        read_by_rows(view, ROW)
        view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        view.setDragEnabled(True)
        view.setSortingEnabled(True)
        view.sortByColumn(Column.LEVEL, Qt.SortOrder.AscendingOrder)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = view.horizontalHeader()
        header.setMinimumSectionSize(60)
        header.setSectionResizeMode(Column.ALARM, QHeaderView.ResizeMode.Stretch)

    def _fit(self) -> None:
        """Columns as wide as their usual words and their titles need."""
        level = max(lettering.width(level_name(level)) for level in Level)
        state = max(lettering.width(tr(words), bold=True) for words in ALARM_STATES.values())
        for column, width in {Column.LEVEL: level + 44, Column.STATE: state + 44, **WIDTHS}.items():
            self.view.setColumnWidth(column, max(width, lettering.width(tr(TITLES[column])) + 34))
        self.view.setColumnHidden(Column.POINT, self.width() < WIDE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns that have room."""
        super().resizeEvent(event)
        self._fit()

    def _filter(self) -> None:
        self.shown.look_for(self.search.text())
        self.shown.show_only(level=self.level.currentData(), standing=Standing(self.standing.currentData()), group=self.group.currentData())
        self._tell()

    def _tell(self) -> None:
        waiting = len(self.selected())
        self.count.setText(tr("{n} of {all} shown", n=self.shown.rowCount(), all=self.table.rowCount()))
        self.acknowledge.setText(tr("Acknowledge selected ({n})", n=waiting))
        self.acknowledge.setEnabled(bool(waiting))
        self.go.setEnabled(self._leads())
        self.then.setEnabled(len(self.view.selectionModel().selectedRows()) == 1)
        every = self.shown.every_open and not self.search.text()
        self.nothing.setHidden(bool(self.shown.rowCount()))
        words = tr("No open alarm") if every else tr("No alarm fits this choice")
        self.nothing.setText(words if self._model.connected else tr("No station: what is shown here is old"))
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)

    def _age(self) -> None:
        if self.isVisible():
            self.view.viewport().update()

    def _find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()
