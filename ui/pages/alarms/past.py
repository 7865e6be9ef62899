"""All alarms of all time: filters above, a table that goes on as one scrolls, files of what was found. Changes nothing."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.alarmquery import AlarmFilter, AlarmsPage
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.loglines import source_of
from cityops_desktop.model.points import Level
from cityops_desktop.model.resources import buses_behind
from cityops_desktop.sentences import ALARM_STATES, HIDDEN, level_name
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.document import FileRun
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.alarms import pastexport
from ui.pages.alarms.pastfilters import PastFilters
from ui.pages.alarms.pastquery import MOST_FETCHED, Fetch, PastQuery
from ui.pages.alarms.pasttable import ALARM_ROLE, TITLES, Column, PastCells, PastTable
from ui.pages.alarms.pastviews import PastViews
from ui.paper.run import PaperRun
from ui.paper.sheet import heading_of
from ui.widgets import lettering
from ui.widgets.elided import ElidedLine
from ui.widgets.rows import read_by_rows
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFileDialog

    from ui.acts import Acts
    from ui.link import Link

ROW = 28
AROUND_MS = 15 * 60_000
"""Of the curve before and after an alarm."""
FORMS = ("csv", "xlsx", "pdf")


class _Rows(QTableView):
    """Enter goes to what the row is about."""

    entered = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """These keys; all others as ever."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        else:
            super().keyPressEvent(event)


class PastAlarms(QWidget):
    """A view inside the alarms page, which passes its signals on."""

    openPoint = Signal(str)
    openDevice = Signal(str)
    openWire = Signal(str)
    openTrendSpan = Signal(str, object, object)
    openLogs = Signal(str, object)
    openPast = Signal(object)
    openLimit = Signal(str)

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model, self._link = model, link
        self._count: int | None = None
        self._over = False
        self._message = ""
        self._asked: AlarmFilter | None = None
        self._fetch: Fetch | None = None
        self._dialog: QFileDialog | None = None
        self.running: FileRun | PaperRun | None = None
        self.query = PastQuery(link, self)
        self.filters = PastFilters(model)
        self.views = PastViews(link, acts, self.filters.question)
        self.table = PastTable(model, self.query.more, self)
        self.view = _Rows()
        self.nothing = QLabel(self.view)
        self.said = ElidedLine(colour="text_dim")
        self.go, self.curve, self.limit, self.then = QPushButton(), QPushButton(), QPushButton(), QPushButton()
        self.refresh, self.export = QPushButton(), QPushButton()
        self.menu = QMenu(self)
        self.export.setMenu(self.menu)
        self._lay_out()
        self._connect()
        self.retranslate()

    # the look

    def _lay_out(self) -> None:
        foot = QHBoxLayout()
        foot.setSpacing(theme.GAP)
        for edit in (self.filters.start, self.filters.end):
            foot.addWidget(edit)
        foot.addWidget(self.said, 1)
        for button in (self.go, self.curve, self.limit, self.then, self.refresh, self.views, self.export):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self.filters)
        column.addLayout(foot)
        column.addWidget(self.view, 1)
        view = self.view
        view.setModel(self.table)
        view.setItemDelegate(PastCells(view))
        read_by_rows(view, ROW)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        view.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        view.horizontalHeader().setMinimumSectionSize(50)
        view.horizontalHeader().setSectionResizeMode(Column.ALARM, QHeaderView.ResizeMode.Stretch)
        self.nothing.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def _connect(self) -> None:
        self.filters.changed.connect(self._filtered)
        self.views.wanted.connect(self.filters.tell)
        self.views.said.connect(self._say)
        self.query.begun.connect(self._begun)
        self.query.continued.connect(self._continued)
        self.query.refused.connect(lambda result: self._say(result_text(result)))
        self.query.busyChanged.connect(lambda _: self._tell())
        self.view.selectionModel().selectionChanged.connect(lambda *_: self._tell())
        self.view.doubleClicked.connect(lambda _: self._go())
        self.view.entered.connect(self._go)
        self.go.clicked.connect(self._go)
        self.curve.clicked.connect(self._curve)
        self.limit.clicked.connect(self._limit)
        self.then.clicked.connect(self._then)
        self.refresh.clicked.connect(self.begin)
        self.menu.aboutToShow.connect(self._fill_menu)
        self._link.sessionChanged.connect(self.begin)
        self._model.connectedChanged.connect(lambda _: self.begin())
        self._model.replaced.connect(self._reword)
        theme.changes.themeChanged.connect(self.view.viewport().update)
        keys = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(QKeySequence(Qt.Key.Key_F5), self, context=keys).activated.connect(self.begin)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.filters.retranslate()
        self.views.retranslate()
        for button, words, tip in (
            (self.go, tr("Go to it"), tr("To the point, the device or the line that the chosen alarm is about (or a double click)")),
            (self.curve, tr("Curve"), tr("The curve of the point around the chosen alarm")),
            (self.limit, tr("Limit…"), tr("The limit that raised it, with what other figures would have done")),
            (self.then, tr("Room then"), tr("Floor, racks and power chain as they were when the chosen alarm was raised")),
            (self.refresh, tr("Refresh"), tr("Ask the station again (F5)")),
            (self.export, tr("Export"), tr("All that was found, as a file")),
        ):
            button.setText(words)
            button.setToolTip(tip)
        self.view.setAccessibleName(tr("All alarms"))
        self._reword()

    def _reword(self) -> None:
        self.table.reword()
        self._fit()
        self._tell()

    def _fit(self) -> None:
        """Columns as wide as their usual words and their titles need."""
        level = max(lettering.width(level_name(level)) for level in Level)
        state = max(lettering.width(tr(words)) for words in (*ALARM_STATES.values(), *HIDDEN.values()))
        time = lettering.width("12-31 23:59:59")
        wide = self.width() > 1400
        widths = {Column.LEVEL: level + 36, Column.STATE: min(state + 36, 240 if wide else 170), Column.LASTED: 92}
        widths |= {Column.PLACE: 200 if wide else 186, Column.ACKNOWLEDGED: time + (130 if wide else 66)}
        widths |= {Column.RAISED: time + 16, Column.RETURNED: time + 16}
        for column, width in widths.items():
            self.view.setColumnWidth(column, max(width, lettering.width(tr(TITLES[column])) + 16))
        self.view.setColumnHidden(Column.RETURNED, not wide)  # raised and lasted say it, too

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The columns that have room."""
        super().resizeEvent(event)
        self._fit()

    # what is asked

    def showEvent(self, event: QShowEvent) -> None:
        """Ask anew."""
        super().showEvent(event)
        self.views.ask()
        self.begin()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden view asks nothing."""
        super().hideEvent(event)

    def take_keyboard(self) -> None:
        """The view has been opened."""
        self.view.setFocus()

    def find_words(self) -> None:
        """Ctrl+F: the words that are looked for."""
        self.filters.text.setFocus()
        self.filters.text.selectAll()

    def show_query(self, query: dict[str, Any]) -> None:
        """Another question, with the fields of AlarmFilter."""
        self.filters.tell(AlarmFilter.model_validate(query))

    def begin(self) -> None:
        """The newest that fit what the filters say, if the view is shown."""
        self.filters.taken()
        if not self.isVisible() or not self._model.connected:
            self._tell()
            return
        wanted = self.filters.question()
        if wanted is None:
            self._say(tr("A time cannot be read: write YYYY-MM-DD HH:MM"))
            return
        self._asked, self._message = wanted, ""
        self.query.begin(wanted)

    def _filtered(self) -> None:
        self.views.forget()
        self.begin()

    def _begun(self, told: AlarmsPage) -> None:
        chosen = self._chosen()
        self._count, self._over = told.count, told.more
        self.table.begin(told.alarms, more=told.next is not None, now=told.now)
        row = next((n for n, one in enumerate(told.alarms) if chosen is not None and one.id == chosen.id), None)
        if row is not None:
            self.view.selectRow(row)
        self._tell()

    def _continued(self, told: AlarmsPage) -> None:
        self.table.append(told.alarms, more=told.next is not None)
        self._tell()

    # what is told

    def count_text(self) -> str:
        """How many fit."""
        if self._count is None:
            return ""
        return tr("more than {n} alarms", n=f"{self._count:,}") if self._over else tr("{n} alarms", n=f"{self._count:,}")

    def _say(self, words: str) -> None:
        self._message = words
        self._tell()

    def _tell(self) -> None:
        shown = len(self.table.rows)
        if self._message:
            words = self._message
        elif not self._model.connected:
            words = tr("No station: what is shown here is old")
        elif self.query.busy and not shown:
            words = tr("Asking…")
        else:
            further = tr("older ones come when you scroll") if self.table.more else ""
            words = " · ".join(part for part in (self.count_text(), further) if part)
        self.said.set_text(words)
        alarm = self._chosen()
        point = alarm is not None and alarm.subject in self._model.points
        self.go.setEnabled(alarm is not None and self._leads(alarm))
        self.curve.setEnabled(point)
        self.limit.setEnabled(alarm is not None and self._has_limit(alarm))
        self.then.setEnabled(alarm is not None)
        self.export.setEnabled(self._asked is not None and self.running is None and self._fetch is None)
        self.nothing.setText(tr("No alarm fits this choice"))
        self.nothing.setVisible(not shown and not self.query.busy and self._count == 0)
        self.nothing.adjustSize()
        self.nothing.move(14, self.view.horizontalHeader().sizeHint().height() + 10)

    def _chosen(self) -> AlarmInfo | None:
        rows = self.view.selectionModel().selectedRows()
        alarm = rows[0].data(ALARM_ROLE) if rows else None
        return alarm if isinstance(alarm, AlarmInfo) else None

    def point(self) -> str:
        """What the chosen alarm is about, when that is a point."""
        alarm = self._chosen()
        return alarm.subject if alarm is not None and alarm.subject in self._model.points else ""

    def _leads(self, alarm: AlarmInfo) -> bool:
        subject = alarm.subject
        if source_of(alarm.key) is not None:
            return True
        return subject in self._model.points or subject in self._model.devices or bool(buses_behind(subject, self._model.buses.values()))

    def _has_limit(self, alarm: AlarmInfo) -> bool:
        point = self._model.points.get(alarm.subject)
        return point is not None and any(f"{point.key}#{limit.id}" == alarm.key for limit in point.limits)

    def _go(self) -> None:
        alarm = self._chosen()
        if alarm is None:
            return
        source = source_of(alarm.key)
        if source is not None:
            self.openLogs.emit(source, alarm.raised)
        elif alarm.subject in self._model.points:
            self.openPoint.emit(alarm.subject)
        elif alarm.subject in self._model.devices:
            self.openDevice.emit(alarm.subject)
        elif buses_behind(alarm.subject, self._model.buses.values()):
            self.openWire.emit(alarm.subject)

    def _curve(self) -> None:
        alarm = self._chosen()
        if alarm is not None:
            end = min(self._model.now(), (alarm.returned or self._model.now()) + AROUND_MS)
            self.openTrendSpan.emit(alarm.subject, alarm.raised - AROUND_MS, end)

    def _limit(self) -> None:
        alarm = self._chosen()
        if alarm is not None:
            self.openLimit.emit(alarm.key)

    def _then(self) -> None:
        alarm = self._chosen()
        if alarm is not None:
            self.openPast.emit(alarm.raised)

    # files

    def _fill_menu(self) -> None:
        self.menu.clear()
        for form in FORMS:
            words = {"csv": tr("Table (CSV)…"), "xlsx": tr("Table (XLSX)…"), "pdf": tr("Paper (PDF)…")}[form]
            self.menu.addAction(words).triggered.connect(lambda _=False, form=form: self.ask_file(form))

    def ask_file(self, form: str) -> None:
        """Ask where the file goes."""
        room = self._model.room
        if room is None or self._asked is None or self.running is not None:
            return
        name = f"{pick(room.names)} {tr('All alarms')} {moment(self._model.now(), self._model.zone):%Y%m%d-%H%M}.{form}"
        self._dialog = save_dialog(self, tr("Export"), name, self.save)
        self._dialog.open()

    def save(self, path: Path) -> None:
        """Fetch all that fits, then write it; the name's ending says how."""
        if self._asked is None or self.running is not None or self._fetch is not None:
            return
        self._fetch = fetch = Fetch(self._link, self._asked, self)
        fetch.ended.connect(lambda rows, more, refused: self._fetched(path, rows, more, refused))
        self._say(tr("Writing {file}", file=path.name))
        fetch.start()

    def _fetched(self, path: Path, rows: list[AlarmInfo], more: bool, refused: CommandResult | None) -> None:
        if self._fetch is not None:
            self._fetch.deleteLater()
            self._fetch = None
        if refused is not None or self._asked is None:
            self._say(result_text(refused) if refused is not None else "")
            return
        paper = path.suffix.lower() == ".pdf"
        said = [*self.question_texts(self._asked), self._told_rows(len(rows), more, paper)]
        if paper:
            heading = heading_of(self._model, tr("All alarms"))
            self.running = PaperRun(path, heading, pastexport.pages(rows, said, self.table), self)
        else:
            self.running = FileRun(pastexport.document(rows, said, self.table, self._model), path, self)
        self.running.ended.connect(self._saved)
        self.running.start()
        self._tell()

    @staticmethod
    def _told_rows(count: int, more: bool, paper: bool) -> str:
        most = pastexport.MOST_PAPER if paper else MOST_FETCHED
        if more or count > most:
            return tr("The newest {n} of more: choose a shorter time for the rest.", n=min(count, most))
        return tr("{n} alarms", n=count)

    def question_texts(self, wanted: AlarmFilter) -> list[str]:
        """What was asked, in words."""
        zone, now = self._model.zone, self._model.now()
        start = now - wanted.back * 1000 if wanted.back else wanted.start
        span = [f"{moment(ms, zone):%Y-%m-%d %H:%M}" if ms is not None else "…" for ms in (start, None if wanted.back else wanted.end)]
        told = [" – ".join(span)] if start is not None or wanted.end is not None else [tr("All times")]
        filters = self.filters
        boxes = ((filters.level, "all"), (filters.state, "all"), (filters.group, ""), (filters.device, ""), (filters.lasted, "all"))
        told += [_whole(box) for box, nothing in boxes if box.currentData() != nothing]
        told += [", ".join(wanted.points)] if wanted.points else []
        told += [f"{tr('Person')}: {wanted.person}"] if wanted.person else []
        told += [f"{tr('Words')}: {wanted.text}"] if wanted.text else []
        return told

    def _saved(self, words: str) -> None:
        if self.running is not None:
            self.running.deleteLater()
            self.running = None
        self._say(words)


def _whole(box: QComboBox) -> str:
    """What is chosen, not elided."""
    return str(box.currentData(Qt.ItemDataRole.ToolTipRole) or box.currentText())
