"""Statistics (GB/T 36621-2018, 8.2.3.2 k): business, service process, performance and configuration as tables with charts, and the calendar
of what was recorded. Asks the station for what is looked at, and again while it still reckons; reckons nothing itself."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.model.statistics import About, Subject
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.document import FileRun
from ui.models.room import RoomModel
from ui.models.shown import moment
from ui.pages.page import Page
from ui.pages.statistics import paper
from ui.pages.statistics.calendartab import CalendarTab
from ui.pages.statistics.export import of_calendar, of_tables
from ui.pages.statistics.span import SpanChoice
from ui.pages.statistics.tables import TablesTab
from ui.pages.statistics.words import SUBJECTS, note_text
from ui.paper.run import PaperRun
from ui.widgets.elided import ElidedLine
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.link import Link

WAIT_MS = 30_000
AGAIN_MS = 400
"""So long until the station is asked to go on."""
FRESH_BEATS = 300
"""Beats after which what is seen is asked for anew."""
FORMS = ("csv", "xlsx", "pdf")


class StatisticsPage(Page):
    """Four tabs of tables and the calendar, all of one span."""

    def __init__(self, model: RoomModel, link: "Link", parent: QWidget | None = None) -> None:
        super().__init__(model, link, parent)
        self.span = SpanChoice(model)
        self.export_button = QPushButton()
        self.menu = QMenu(self)
        self.export_button.setMenu(self.menu)
        self.said = ElidedLine(colour="text_dim")
        self.tabs = QTabWidget()
        self.subjects = {subject: TablesTab(model) for subject in Subject}
        self.calendar = CalendarTab(model)
        self.running: FileRun | PaperRun | None = None
        self._number = 0
        self._asking = False
        self._message = ""
        self._beats = 0
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._ask)
        self._dialog: QFileDialog | None = None
        self._lay_out()
        self.setFocusProxy(self.span.which)
        self.span.changed.connect(self._changed)
        self.tabs.currentChanged.connect(lambda _: self._look())
        for tab in self.subjects.values():
            tab.opened.connect(self._opened)
        self.calendar.dayWanted.connect(lambda key, start, end: self.openTrendSpan.emit(key, start, end))
        self.menu.aboutToShow.connect(self._fill_menu)
        model.beat.connect(self._beat)
        model.connectedChanged.connect(lambda _: self._look())
        model.replaced.connect(self._changed)
        link.sessionChanged.connect(self._changed)
        theme.changes.themeChanged.connect(self.retranslate)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force, the colours of the theme in force."""
        self.export_button.setText(tr("Export"))
        self.span.retranslate()
        for number, subject in enumerate(Subject):
            self.tabs.setTabText(number, tr(SUBJECTS[subject]))
        self.tabs.setTabText(len(self.subjects), tr("Completeness by day"))
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("Statistics"))
        for tab in self.subjects.values():
            tab.retranslate()
        self.calendar.retranslate()
        self._tell()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(theme.GAP)
        head.addWidget(self.span)
        head.addWidget(self.said, 1)
        head.addWidget(self.export_button)
        for tab in (*self.subjects.values(), self.calendar):
            self.tabs.addTab(tab, "")
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # which its bar follows
        self.tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addLayout(head)
        column.addWidget(self.tabs, 1)

    # what is asked

    @property
    def subject(self) -> Subject | None:
        """The tab that is seen; None = the calendar."""
        return next((one for one, tab in self.subjects.items() if tab is self.tabs.currentWidget()), None)

    def _info(self) -> StatisticsInfo | CompletenessInfo | None:
        subject = self.subject
        return self.calendar.info if subject is None else self.subjects[subject].info

    def _changed(self) -> None:
        """Other days, other periods, another person: nothing that stands here is right any more."""
        self._forget()
        self._look()

    def _forget(self) -> None:
        self._number += 1
        self._asking = False
        self._again.stop()
        self._message = ""
        for tab in self.subjects.values():
            tab.tell(None)
        self.calendar.tell(None)

    def _look(self) -> None:
        """Ask for what is seen, where it is not known."""
        info = self._info()
        if info is None or info.ready < 1:
            self._ask()
        self._tell()

    def _beat(self) -> None:
        self._beats += 1
        if self._beats % FRESH_BEATS == 0:
            self._ask()

    def _ask(self) -> None:
        span = self.span.span()
        if not self.isVisible() or self._asking or not self._model.connected or self._model.room is None:
            return
        if span is None:
            self._say(tr("Type two days as YYYY-MM-DD, the first one first, 400 days apart at most"))
            return
        self._asking = True
        subject, number = self.subject, self._number
        query: dict[str, str | int | None] = {"from": span[0], "to": span[1]}
        if subject is None:
            path = "/api/v1/statistics/completeness"
            self._link.ask(path, CompletenessInfo, partial(self._came, number, None), query, wait_ms=WAIT_MS)
        else:
            path = f"/api/v1/statistics/{subject.value}"
            query["by"] = self.span.periods.value
            self._link.ask(path, StatisticsInfo, partial(self._came, number, subject), query, wait_ms=WAIT_MS)
        self._tell()

    def _came(self, number: int, subject: Subject | None, answer: StatisticsInfo | CompletenessInfo | CommandResult) -> None:
        if number != self._number:
            return
        self._asking = False
        self._message = ""
        if isinstance(answer, StatisticsInfo) and subject is not None:
            self.subjects[subject].tell(answer)
        elif isinstance(answer, CompletenessInfo):
            self.calendar.tell(answer)
        elif isinstance(answer, CommandResult):
            self._message = result_text(answer)
        if not isinstance(answer, CommandResult) and answer.ready < 1:
            self._again.start()
        elif subject is not self.subject:
            self._look()
        self._tell()

    # what is said

    def _say(self, words: str) -> None:
        self._message = words
        self._tell()

    def _tell(self) -> None:
        info = self._info()
        if self._message:
            self.said.set_text(self._message)
        elif not self._model.connected:
            self.said.set_text(tr("No station: nothing can be reckoned"))
        elif info is None:
            self.said.set_text(tr("Reckoning…") if self._asking else "")
        else:
            days = f"{moment(self._start(info), self._model.zone):%Y-%m-%d} – {moment(info.end - 1, self._model.zone):%Y-%m-%d}"
            parts = [days, info.zone]
            if info.ready < 1:
                parts.insert(0, tr("Reckoning: {n} %", n=int(info.ready * 100)))
            if isinstance(info, StatisticsInfo):
                parts += [note_text(note, self._model.zone) for note in info.notes]
            self.said.set_text(" · ".join(parts))
        self.export_button.setEnabled(info is not None and self.running is None)

    @staticmethod
    def _start(info: StatisticsInfo | CompletenessInfo) -> int:
        return info.start if isinstance(info, StatisticsInfo) else info.days[0]

    def _opened(self, about: str, id: str) -> None:
        match about:
            case About.DEVICE if id in self._model.devices:
                self.openDevice.emit(id)
            case About.POINT if id in self._model.points:
                self.openTrend.emit(id)
            case About.RACK:
                self.openRack.emit(id)
            case About.BUS:
                self.openWire.emit(f"bus:{id}")

    # files

    def _fill_menu(self) -> None:
        self.menu.clear()
        for form in FORMS:
            words = {"csv": tr("Tables (CSV)…"), "xlsx": tr("Tables (XLSX)…"), "pdf": tr("Pages with charts (PDF)…")}[form]
            self.menu.addAction(words).triggered.connect(lambda _=False, form=form: self.ask_file(form))

    def ask_file(self, form: str) -> None:
        """Ask where the file goes."""
        info, room = self._info(), self._model.room
        if info is None or room is None or self.running is not None:
            return
        what = tr(SUBJECTS[self.subject]) if self.subject is not None else tr("Completeness by day")
        days = f"{moment(self._start(info), self._model.zone):%Y%m%d}-{moment(info.end - 1, self._model.zone):%Y%m%d}"
        self._dialog = save_dialog(self, tr("Export"), f"{pick(room.names)} {what} {days}.{form}", self.save)
        self._dialog.open()

    def save(self, path: Path) -> None:
        """Write what is seen, as it is now; the name's ending says how."""
        info = self._info()
        if info is None or self.running is not None:
            return
        tables = isinstance(info, StatisticsInfo)
        if path.suffix.lower() == ".pdf":
            title = tr(SUBJECTS[info.subject]) if isinstance(info, StatisticsInfo) else tr("Completeness by day")
            if isinstance(info, StatisticsInfo):
                pages = paper.pages_of_tables(info, self._model)
            else:
                pages = paper.pages_of_calendar(info, self.calendar.board.opened, self._model)
            self.running = PaperRun(path, paper.heading_of(self._model, title), pages, self)
        else:
            document = of_tables(info, self._model) if tables else of_calendar(info, self._model)  # type: ignore[arg-type]
            self.running = FileRun(document, path, self)
        self.running.ended.connect(self._saved)
        self._say(tr("Writing {file}", file=path.name))
        self.running.start()

    def _saved(self, words: str) -> None:
        if self.running is not None:
            self.running.deleteLater()
            self.running = None
        self._say(words)

    # the window

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden page asks nothing."""
        super().hideEvent(event)
        self._again.stop()
