"""The alarms page: what wants somebody, what is kept quiet, what was. Acknowledging is a named person's, and means what is shown."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import TESTS
from cityops_desktop.model.loglines import source_of
from cityops_desktop.model.points import Group, Level
from cityops_desktop.model.resources import buses_behind
from cityops_desktop.sentences import ALARM_STATES, GROUPS, level_name
from cityops_desktop.texts import tr
from ui import theme
from ui.acts import Acts
from ui.dialogs.incidentforms import Forms
from ui.dialogs.orderforms import OrderForms
from ui.dialogs.service import can_serve, offer_service
from ui.dialogs.shelve import can_shelve, offer_shelve
from ui.models.alarmindex import RATE_MS
from ui.models.identitywords import waiting_device
from ui.models.loadmeter import LoadMeter
from ui.models.logcontext import LogContext, about, point_link
from ui.models.room import RoomModel
from ui.pages.alarms.cells import AlarmCells, fold_box
from ui.pages.alarms.chosen import ChosenPanel
from ui.pages.alarms.flood import FloodView
from ui.pages.alarms.floodgroups import BY, By
from ui.pages.alarms.guidance import GuidanceView
from ui.pages.alarms.hidden import HiddenList
from ui.pages.alarms.hiddenacts import can_reset, reset_latched
from ui.pages.alarms.past import PastAlarms
from ui.pages.alarms.selftest import SelfTestPanel
from ui.pages.alarms.table import FOLD_ROLE, TITLES, AlarmTable, Column, Fold, Standing
from ui.pages.alarms.timeline import AlarmTimeline
from ui.pages.alarms.ways import WaysPanel
from ui.pages.page import Page
from ui.widgets import lettering
from ui.widgets.carry import carry
from ui.widgets.rows import read_by_rows

if TYPE_CHECKING:
    from ui.link import Link

ROW = 30
WIDTHS = {Column.SINCE: 92, Column.DURATION: 84, Column.PLACE: 160, Column.POINT: 170, Column.ACKNOWLEDGED: 140, Column.RETURNED: 84}
"""Px that the usual words of a column need; level and state are measured."""
LEAST_SENTENCE = 260
"""Px that the sentence has at least: the columns of `SPARED` go for it, in this order; the panel of the chosen alarm tells them anyway."""
SPARED = (Column.POINT, Column.RETURNED, Column.ACKNOWLEDGED, Column.DURATION)
MOST_AT_ONCE = 1000
"""Alarms that one act acknowledges."""
FLOOD = 10
"""More alarms than these in ten minutes are a flood (ISA-18.2)."""
MOST_IN_INCIDENT = 100
MOST_IN_ORDER = 50
MANY_ROWS = 5000
TOLD_MS = 250
"""So often the page counts what is selected when the table is long."""


class _View(QTableView):
    """Space and Enter acknowledge what is selected, Right and Left unfold and fold; the first key selects where nothing is. The points of
    rows can be carried."""

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
        elif event.key() in (Qt.Key.Key_Right, Qt.Key.Key_Left) and self.currentIndex().isValid():
            self._page.fold(self.currentIndex().row(), event.key() == Qt.Key.Key_Left)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The mark of what is folded."""
        super().mouseReleaseEvent(event)
        place = event.position().toPoint()
        index = self.indexAt(place)
        if index.isValid() and index.column() == Column.ALARM and fold_box(self.visualRect(index)).contains(place):
            state = index.data(FOLD_ROLE)
            if state in (Fold.CLOSED, Fold.OPEN):
                self._page.fold(index.row(), state is Fold.OPEN)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """The points of the selected rows."""
        keys = self._page.points()
        if keys:
            carry(self, keys)


class AlarmsPage(Page):
    """Parts above (open, quiet, all, self-test); in the first one the list at the left, the chosen alarm at the right, acts below."""

    def __init__(self, model: RoomModel, link: "Link", acts: Acts) -> None:
        super().__init__(model, link)
        self._acts = acts
        self.table = self.shown = AlarmTable(model, acts, self)
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.parts = QStackedWidget()
        self.part_buttons: list[QPushButton] = []
        self._part_group = QButtonGroup(self)
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.level, self.standing, self.group, self.by = QComboBox(), QComboBox(), QComboBox(), QComboBox()
        self.count, self.flood_words = QLabel(), QLabel()
        self.flood_words.setFont(theme.font(theme.BODY, bold=True))
        self.go, self.then, self.acknowledge, self.shelve, self.service, self.reset, self.grouped, self.incident = (
            QPushButton() for _ in range(8)
        )
        self.order = QPushButton()
        self.grouped.setCheckable(True)
        self.view = _View(self)
        self.flood = FloodView(model, acts)
        self.lists = QStackedWidget()
        self.load, self.load_words = LoadMeter(model, self), QLabel()
        self.chosen = ChosenPanel(model)
        self.guidance, self.timeline = GuidanceView(model, link, acts), AlarmTimeline(model, link)
        self.chosen.add_view(self.guidance)
        self.chosen.add_view(self.timeline)
        self.nothing = QLabel(self.view)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusProxy(self.view)
        self._kept: list[str] = []
        self._current = ""
        self._later = QTimer(self, interval=TOLD_MS, singleShot=True)
        self._later.timeout.connect(self._tell)
        self._set_up_view()
        self._lay_out()
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(4)
        top.addWidget(self.title)
        top.addSpacing(12)
        self._top = top
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 8, 12, 10)
        whole.setSpacing(6)
        whole.addLayout(top)
        whole.addWidget(self.parts, 1)
        self._add_part(self._open_part())
        self.quiet = HiddenList(self._model, self._link, self._acts)
        self._add_part(self.quiet)
        self.past = PastAlarms(self._model, self._link, self._acts)
        self._add_part(self.past)
        self.self_test, self.ways = SelfTestPanel(self._model, self._acts), WaysPanel(self._model, self._acts)
        self._add_part(_above(self.self_test, self.ways))
        top.addStretch(1)
        top.addWidget(self.load_words)

    def _add_part(self, part: QWidget) -> None:
        number = self.parts.addWidget(part)
        button = QPushButton()
        button.setCheckable(True)
        button.setChecked(number == 0)
        self._part_group.addButton(button)
        button.clicked.connect(lambda: self.parts.setCurrentIndex(number))
        self.part_buttons.append(button)
        self._top.addWidget(button)

    def _open_part(self) -> QWidget:
        part = QWidget()
        filters = QHBoxLayout()
        filters.setSpacing(theme.GAP)
        for box in (self.level, self.standing, self.group, self.by):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for widget in (self.search, self.level, self.standing, self.group):
            filters.addWidget(widget, 1 if widget is self.search else 0)
        filters.addWidget(self.count)
        flood = QHBoxLayout()
        flood.setSpacing(theme.GAP)
        flood.addWidget(self.flood_words, 1)
        flood.addWidget(self.by)
        flood.addWidget(self.grouped)
        self.flood_row = QWidget()
        flood.setContentsMargins(0, 0, 0, 0)
        self.flood_row.setLayout(flood)
        self.lists.addWidget(self.view)
        self.lists.addWidget(self.flood)
        middle = QHBoxLayout()
        middle.setSpacing(6)
        middle.addWidget(self.lists, 1)
        middle.addWidget(self.chosen)
        acts = QHBoxLayout()
        acts.setSpacing(theme.GAP)
        for button in (self.acknowledge, self.reset, self.shelve, self.service, self.incident, self.order):
            acts.addWidget(button)
        acts.addStretch(1)
        for button in (self.go, self.then):
            acts.addWidget(button)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(filters)
        column.addWidget(self.flood_row)
        column.addLayout(middle, 1)
        column.addLayout(acts)
        return part

    def _connect(self) -> None:
        model = self._model
        self.search.textChanged.connect(self._filter)
        for box in (self.level, self.standing, self.group):
            box.currentIndexChanged.connect(self._filter)
        self.by.currentIndexChanged.connect(lambda _: self.flood.table.set_by(By(self.by.currentData())))
        self.grouped.toggled.connect(self._show_groups)
        self.acknowledge.clicked.connect(self.acknowledge_selected)
        self.go.clicked.connect(self._go)
        self.then.clicked.connect(self._room_then)
        self.view.doubleClicked.connect(lambda _: self._go())
        self.flood.doubleClicked.connect(lambda _: self._go())
        self.flood.acknowledgeWanted.connect(self.acknowledge_selected)
        self.flood.chosen.connect(self._tell)
        self.quiet.openSubject.connect(lambda subject: self._go_to(subject, subject))
        self.quiet.countChanged.connect(lambda *_: self._name_quiet())
        for signal, ours in (
            (self.past.openPoint, self.openPoint),
            (self.past.openDevice, self.openDevice),
            (self.past.openWire, self.openWire),
            (self.past.openLogs, self.openLogs),
            (self.past.openTrendSpan, self.openTrendSpan),
            (self.past.openPast, self.openPast),
            (self.past.openLimit, self.openLimit),
        ):
            signal.connect(ours)
        self.guidance.openPage.connect(self.openPage)
        self.load.changed.connect(self._tell_load)
        self.reset.clicked.connect(lambda: reset_latched(self._acts, can_reset(self.chosen_alarms())))
        self.shelve.clicked.connect(lambda: offer_shelve(self._link, self._acts, self._model, self._shelvable()))
        self.service.clicked.connect(self._offer_service)
        self.incident.clicked.connect(self._offer_incident)
        self.order.clicked.connect(self._offer_order)
        self.view.selectionModel().selectionChanged.connect(self._tell)
        self.table.modelAboutToBeReset.connect(self._keep)
        self.table.modelReset.connect(self._restore)
        for signal in (self.table.rowsInserted, self.table.rowsRemoved, self.table.modelReset, self.table.dataChanged):
            signal.connect(self._changed)
        self.chosen.foldedChanged.connect(self._fit)
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._find)
        QShortcut(QKeySequence("Ctrl+I"), self).activated.connect(self.chosen.fold.click)
        QShortcut(QKeySequence("Ctrl+O"), self).activated.connect(self.order.click)
        model.beat.connect(self._age)
        model.connectedChanged.connect(self._tell)
        theme.changes.themeChanged.connect(self.view.viewport().update)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Alarms"))
        self.search.setPlaceholderText(tr("Search"))
        self.search.setToolTip(tr("Search  Ctrl+F"))
        levels = [(tr("All levels"), 0), *((level_name(level), int(level)) for level in Level)]
        standings = [
            (tr("Open"), Standing.OPEN),
            (tr("Not acknowledged"), Standing.UNACKNOWLEDGED),
            (tr("With ended"), Standing.ALL),
            (tr("Kept quiet"), Standing.QUIET),
        ]
        groups = [(tr("All groups"), ""), *((tr(GROUPS[group]), str(group)) for group in Group)]
        ways = [(tr(words), by) for by, words in BY.items()]
        for box, choices in ((self.level, levels), (self.standing, standings), (self.group, groups), (self.by, ways)):
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
            (self.by, tr("Group by")),
            (self.view, tr("Alarms")),
        ):
            widget.setAccessibleName(words)
        self.part_buttons[0].setText(tr("Open"))
        self.grouped.setText(tr("In groups"))
        self.grouped.setToolTip(tr("A flood in groups, the worst first, each with what came first"))
        self.go.setText(tr("Go to it"))
        self.go.setToolTip(tr("To the point, the device or the line that the chosen alarm is about (or a double click)"))
        self.incident.setText(tr("Incident…"))
        self.incident.setToolTip(tr("Open an incident from the selected alarms: they stand on its time line"))
        self.order.setText(tr("Work order…"))
        self.order.setToolTip(tr("Raise a work order about the selected alarms (Ctrl+O)"))
        self.then.setText(tr("Room then"))
        self.then.setToolTip(tr("Floor, racks and power chain as they were when the chosen alarm was raised"))
        self.reset.setText(tr("Reset"))
        self.reset.setToolTip(tr("Let the selected latched alarms go: somebody has looked at what they were about"))
        self.shelve.setText(tr("Shelve…"))
        self.shelve.setToolTip(tr("Keep the selected alarms quiet for a time, with a reason"))
        self.service.setText(tr("Out of service…"))
        self.service.setToolTip(tr("The device or line of the chosen alarm is being worked on: keep all of it quiet for a time"))
        self.quiet.retranslate()
        self.past.retranslate()
        self.self_test.retranslate()
        self.ways.retranslate()
        self.part_buttons[2].setText(tr("All alarms"))
        self.part_buttons[3].setText(tr("Self-test, messages"))
        self._tell_load()
        self._name_quiet()
        self.chosen.set_words([tr("What to do"), tr("Time line")])
        self.guidance.retranslate()
        self.timeline.retranslate()
        self.flood.retranslate()
        self.table.rebuild()
        self.table.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(Column) - 1)
        self._fit()
        self._tell()

    # where to

    def show_level(self, level: int) -> None:
        """All open alarms of one level."""
        self._show_list()
        self.search.clear()
        self.group.setCurrentIndex(0)
        self.standing.setCurrentIndex(self.standing.findData(Standing.OPEN))
        self.level.setCurrentIndex(self.level.findData(level))

    def show_quiet(self) -> None:
        """What is shelved or out of service; when nothing is, the consequences in the list."""
        self.show_level(0)
        if self.quiet.count:
            self.part_buttons[1].click()
        else:
            self.standing.setCurrentIndex(self.standing.findData(Standing.QUIET))

    def show_alarm(self, alarm: str) -> None:
        """This one, selected."""
        self.show_level(0)
        row = self.table.row_of(alarm)
        if row is not None:
            flags = QItemSelectionModel.SelectionFlag
            index = self.table.index(row, 0)
            self.view.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
            self.view.scrollTo(index)
            self.view.setFocus()

    def _show_list(self) -> None:
        self.part_buttons[0].setChecked(True)
        self.parts.setCurrentIndex(0)
        self.grouped.setChecked(False)

    def _show_groups(self, grouped: bool) -> None:
        self.lists.setCurrentIndex(int(grouped))
        self.flood.table.set_looking(grouped and self.isVisible())
        (self.flood if grouped else self.view).setFocus()
        self._tell()

    def point(self) -> str:
        """What the alarm in the current row is about, when that is a point."""
        if self.parts.currentWidget() is self.past:
            return self.past.point()
        alarm = self._chosen_alarm()
        return alarm.subject if alarm is not None and alarm.subject in self._model.points else ""

    def log_context(self) -> LogContext:
        """The chosen alarm, and the point that it is about."""
        alarm = self._chosen_alarm() if self.parts.currentWidget() is not self.past else None
        if alarm is None:
            return super().log_context()
        text = self._model.alarm_text(alarm)
        return about((f"alarm:{alarm.id}", f"{text.place}: {text.sentence}"), point_link(self._model, alarm.subject))

    def _in_groups(self) -> bool:
        return self.lists.currentWidget() is self.flood

    def _chosen_alarm(self) -> AlarmInfo | None:
        """The one that is meant: the only one selected, else that of the current row."""
        if self._in_groups():
            line = self.flood.current_line()
            return None if line is None else line.alarm
        row = self.view.currentIndex().row()
        return self.table.alarm(row) if 0 <= row < self.table.rowCount() else None

    def _only_one(self) -> AlarmInfo | None:
        """The chosen alarm, when no other is chosen with it."""
        if self._in_groups():
            return self._chosen_alarm()
        rows = self._ranges()
        return self.table.alarm(rows[0][0]) if len(rows) == 1 and rows[0][0] == rows[0][1] else None

    def _go(self) -> None:
        """Where something can be done about it: a device that waits is admitted, a line's frames tell what is on it."""
        alarm = self._chosen_alarm()
        if alarm is None:
            return
        source = source_of(alarm.key)
        if source is not None:
            self.openLogs.emit(source, alarm.raised)
        else:
            self._go_to(waiting_device(self._model, alarm) or alarm.subject, alarm.subject)

    def _go_to(self, device: str, subject: str) -> None:
        if subject in self._model.points:
            self.openPoint.emit(subject)
        elif device in self._model.devices:
            self.openDevice.emit(device)
        elif buses_behind(subject, self._model.buses.values()):
            self.openWire.emit(subject)

    def _room_then(self) -> None:
        """The room when the chosen alarm was raised."""
        alarm = self._only_one()
        if alarm is not None:
            self.openPast.emit(alarm.raised)

    def _leads(self) -> bool:
        """Is the chosen alarm about something that has a place of its own?"""
        alarm = self._only_one()
        subject = alarm.subject if alarm is not None else ""
        if alarm is not None and source_of(alarm.key) is not None:
            return True
        here = subject in self._model.points or subject in self._model.devices
        return here or bool(buses_behind(subject, self._model.buses.values()))

    def points(self) -> list[str]:
        """The points that the selected alarms are about, from the top."""
        subjects = (row.point or row.alarm.subject for row in map(self.table.row, self._rows()))
        return list(dict.fromkeys(key for key in subjects if key in self._model.points))

    # what is selected

    def _rows(self) -> list[int]:
        return [row for first, last in self._ranges() for row in range(first, last + 1)]

    def _ranges(self) -> list[tuple[int, int]]:
        """First and last rows of what is selected, from the top."""
        selection = self.view.selectionModel().selection()
        parts = [selection.at(n) for n in range(selection.count())]
        return sorted({(one.top(), one.bottom()) for one in parts})

    def chosen_alarms(self) -> Sequence[AlarmInfo]:
        """What the acts mean: the selected ones, in groups what is listed of the chosen group."""
        if self._in_groups():
            return self.flood.wanted()[1]
        return [alarm for first, last in self._ranges() for alarm in self.table.alarms_in(first, last)]

    def selected(self) -> list[str]:
        """Ids of the selected alarms that wait to be acknowledged, as many as one act takes."""
        pending = self._acts.pending
        waiting = (one.id for one in self.chosen_alarms() if one.unseen and one.id not in pending)
        return [one for one, _ in zip(dict.fromkeys(waiting), range(MOST_AT_ONCE), strict=False)]

    def acknowledge_selected(self) -> None:
        """Ask the station to acknowledge what is selected; of a group what is listed, so it is listed first."""
        if self._in_groups() and self.flood.wanted()[0] is not None:
            self.flood.unfold_chosen()
        else:
            self._acts.acknowledge(self.selected())

    def fold(self, row: int, folded: bool) -> None:
        """Fold or unfold what lies under this row's alarm; from inside, folding leads to the cause."""
        cause = self.table.cause_row(row)
        if cause is not None:
            if folded:
                self.view.selectRow(cause)
            return
        self.table.set_folded(self.table.alarm(row).id, folded)

    # how it stands there

    def _set_up_view(self) -> None:
        view = self.view
        view.setModel(self.table)
        view.setItemDelegate(AlarmCells(view))
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
        """Columns as wide as their usual words and their titles need; those that have no room are left out."""
        level = max(lettering.width(level_name(level)) for level in Level)
        state = max(lettering.width(tr(words), bold=True) for words in ALARM_STATES.values())
        widths = {Column.LEVEL: level + 44, Column.STATE: state + 44, **WIDTHS}
        widths = {column: max(width, lettering.width(tr(TITLES[column])) + 34) for column, width in widths.items()}
        room = self.width() - 24 - 6 - self.chosen.width() - 24 - LEAST_SENTENCE
        for column, width in widths.items():
            self.view.setColumnWidth(column, width)
        over = sum(widths.values()) - room
        for column in SPARED:
            self.view.setColumnHidden(column, over > 0)
            over -= widths[column]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns that have room."""
        super().resizeEvent(event)
        self._fit()

    def _filter(self) -> None:
        self.table.look_for(self.search.text())
        self.table.show_only(level=self.level.currentData(), standing=Standing(self.standing.currentData()), group=self.group.currentData())
        self._tell()

    def _keep(self) -> None:
        """Before the table is told anew: what is selected, as far as a person selected it."""
        rows = self._rows()
        self._kept = [self.table.alarm(row).id for row in rows] if len(rows) <= MOST_AT_ONCE else []
        at = self.view.currentIndex().row()
        self._current = self.table.alarm(at).id if 0 <= at < self.table.rowCount() else ""

    def _restore(self) -> None:
        select = self.view.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        current = self.table.row_of(self._current)
        if current is not None:
            select.setCurrentIndex(self.table.index(current, 0), flags.NoUpdate)
        for one in self._kept:
            row = self.table.row_of(one)
            if row is not None:
                select.select(self.table.index(row, 0), flags.Select | flags.Rows)
        self._kept = []

    def _changed(self) -> None:
        if self.table.rowCount() <= MANY_ROWS:
            self._tell()
        elif not self._later.isActive():
            self._later.start()

    def _tell(self) -> None:
        waiting = len(self.selected())
        self.count.setText(tr("{n} of {all} shown", n=self.table.shown_alarms, all=len(self._model.alarms)))
        folded = self._in_groups() and self.flood.wanted()[0] is not None
        self.acknowledge.setText(tr("List the group") if folded else tr("Acknowledge selected ({n})", n=waiting))
        self.acknowledge.setToolTip(
            tr("Its alarms are listed first; then exactly these are acknowledged (Space or Enter)")
            if self._in_groups()
            else tr("Acknowledge the selected alarms (Space or Enter in the table)")
        )
        self.acknowledge.setEnabled(bool(waiting) or folded)
        self.go.setEnabled(self._leads())
        self.then.setEnabled(self._only_one() is not None)
        self._tell_acts()
        self._show_chosen()
        every = self.table.every_open and not self.search.text()
        self.nothing.setHidden(bool(self.table.rowCount()) or not self.table.settled)
        words = tr("No open alarm") if every else tr("No alarm fits this choice")
        self.nothing.setText(words if self._model.connected else tr("No station: what is shown here is old"))
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)
        self._tell_flood()

    def _show_chosen(self) -> None:
        alarm = self._only_one() or self._chosen_alarm() or (self.flood.first() if self._in_groups() else None)
        self.chosen.head.show_alarm(alarm)
        self.guidance.show_alarm(alarm.id if alarm is not None else "")
        self.timeline.show_alarm(alarm)

    def _tell_acts(self) -> None:
        several = self.chosen_alarms()[:MOST_AT_ONCE]
        self.reset.setEnabled(bool(can_reset(several)))
        self.shelve.setEnabled(can_shelve([alarm.key for alarm in several]))
        self.incident.setEnabled(bool(several) and self._model.connected)
        self.order.setEnabled(self.incident.isEnabled())
        one = self._only_one()
        self.service.setEnabled(one is not None and can_serve(self._model, one.subject))

    def _shelvable(self) -> list[str]:
        return [alarm.key for alarm in self.chosen_alarms()]

    def _offer_service(self) -> None:
        alarm = self._only_one()
        if alarm is not None:
            offer_service(self._link, self._acts, self._model, alarm.subject)

    def _offer_order(self) -> None:
        """The dialog of the page Work orders, about what is chosen here; when it stands, that page shows it."""
        chosen = [alarm for alarm in self.chosen_alarms()[:MOST_IN_ORDER] if alarm.cause not in TESTS]
        if chosen:
            forms = OrderForms(self._acts)
            raised = lambda result: self.openPage.emit("orders", f"order:{result.data.get('order', '')}")  # noqa: E731
            self._acts.prepare(tr("Raise a work order"), "order.raise", lambda: forms.begin_life(chosen, then=raised))

    def _offer_incident(self) -> None:
        """The dialog of the page Incidents, with what is chosen here; when it stands, that page shows it."""
        chosen = [alarm for alarm in self.chosen_alarms()[:MOST_IN_INCIDENT] if alarm.cause not in TESTS]
        if chosen:
            forms = Forms(self._acts)
            opened = lambda result: self.openPage.emit("incidents", f"incident:{result.data.get('incident', '')}")  # noqa: E731
            self._acts.prepare(tr("Open an incident"), "incident.open", lambda: forms.open(chosen, opened))

    def _tell_load(self) -> None:
        self.load_words.setText(self.load.text())
        self.load_words.setFont(theme.font(theme.BODY, self.load.over()))

    def _name_quiet(self) -> None:
        self.part_buttons[1].setText(tr("Kept quiet ({n})", n=self.quiet.count))

    def _tell_flood(self) -> None:
        """The offer to see a flood in groups stands while it is one, and as long as somebody uses it."""
        many = self._model.index.arrived_since(self._model.now() - RATE_MS)
        self.flood_words.setText(tr("Flood: {n} alarms in 10 minutes", n=many) if many > FLOOD else tr("{n} alarms in 10 minutes", n=many))
        self.flood_row.setVisible(many > FLOOD or self.grouped.isChecked())

    def showEvent(self, event: object) -> None:
        """Somebody looks."""
        self.flood.table.set_looking(self.grouped.isChecked())
        self._tell()

    def hideEvent(self, event: object) -> None:
        """Nobody looks."""
        self.flood.table.set_looking(False)

    def _age(self) -> None:
        if self.isVisible():
            self.view.viewport().update()
            self._tell_flood()

    def _find(self) -> None:
        self._show_list()
        self.search.setFocus()
        self.search.selectAll()


def _above(upper: QWidget, lower: QWidget) -> QWidget:
    """One above the other, the upper one higher."""
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.GAP)
    column.addWidget(upper, 3)
    column.addWidget(lower, 2)
    return part
