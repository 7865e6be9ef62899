"""Reports of duty (GB/T 36621-2018, chapter 11): made now or by themselves, their templates, serious problems, the evaluation of operation.

Asked for as the person who is logged in. Decides no right.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.reports import EvaluationsInfo, ReportsPageInfo
from cityops_desktop.paths import RESOURCES
from cityops_desktop.texts import tr
from ui import theme
from ui.actions.outcome import result_text
from ui.dialogs.reportforms import ReportForms
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.pages.page import Page
from ui.pages.reports.evaluationtab import EXAMPLE, EvaluationTab
from ui.pages.reports.madetab import MadeTab
from ui.pages.reports.plannedtab import PlannedTab, TemplateTab
from ui.pages.reports.problemtab import ProblemTab
from ui.pages.reports.tab import ReportsTab

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

UNREACHABLE = ("no_station", "no_answer", "busy", "search_too_slow")
"""Why an answer may be missing while what was told before still helps."""
WHILE_RUNNING_MS = 1000
RIGHT = "duty.read"


class ReportsPage(Page):
    """While a report is being made the page asks each second how far it is."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.told: ReportsPageInfo | None = None
        self.forms = ReportForms(acts)
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.age = QLabel()
        self.made = MadeTab(acts, self.forms, link)
        self.planned, self.templates = PlannedTab(acts, self.forms), TemplateTab(acts, self.forms)
        self.problems = ProblemTab(acts, self.forms)
        self.evaluations = EvaluationTab(acts, self.forms, link, lambda: (RESOURCES / "reports" / EXAMPLE).read_text(encoding="utf-8"))
        self.tabs = QTabWidget()
        self.refused = QLabel()
        self.login = QPushButton()
        self.sides = QStackedWidget()
        self._lay_out()
        self.setFocusProxy(self.made.sheet)
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to see reports.")))
        self.tabs.currentChanged.connect(lambda _: self._show_tab())
        self.evaluations.evidence.connect(lambda page: self.openPage.emit(page, ""))
        self._asking = Asking(link, acts, "/api/v1/duty/reports", RIGHT, ReportsPageInfo, self, self._answered)
        self._judged = Asking(link, acts, "/api/v1/duty/evaluations", RIGHT, EvaluationsInfo, self.evaluations, self._evaluated)
        self._soon = QTimer(self, interval=WHILE_RUNNING_MS, singleShot=True)
        self._soon.timeout.connect(self._asking.ask)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.age)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        for tab in self._every():
            self.tabs.addTab(tab, tr(tab.title))
        closed = QWidget()
        column = QVBoxLayout(closed)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self.refused)
        column.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        self.sides.addWidget(closed)
        self.sides.addWidget(self.tabs)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 12, 12)
        whole.addLayout(head)
        whole.addWidget(self.sides, 1)

    def _every(self) -> tuple[ReportsTab, ...]:
        return self.made, self.planned, self.templates, self.problems, self.evaluations

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Reports and evaluation"))
        self.login.setText(tr("Log in"))
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("Reports and evaluation"))
        for number, tab in enumerate(self._every()):
            self.tabs.setTabText(number, tr(tab.title))
        if self.told is None:
            self._show_refusal("not_logged_in" if self._link.session is None else "")
        self._show_tab()
        self._show_age()

    def _answered(self, told: ReportsPageInfo | CommandResult) -> None:
        if isinstance(told, ReportsPageInfo):
            self.told = told
            self.sides.setCurrentIndex(1)
            self._show_tab()
            self._show_age()
            if self.made.busy():
                self._soon.start()
        elif told.code in UNREACHABLE and self.told is not None:
            self._show_tab()
            self._show_age(old=True)
        else:
            self.told = None
            self._show_refusal(told.code, told)
            self.age.setText("")

    def _evaluated(self, told: EvaluationsInfo | CommandResult) -> None:
        if isinstance(told, EvaluationsInfo):
            self.evaluations.tell_evaluations(told)

    def _show_age(self, *, old: bool = False) -> None:
        if self.told is not None:
            self.age.setText(tr("as told at {time}", time=self.made.time(self.told.now)))
            self.age.setFont(theme.font(theme.SMALL, old))

    def _show_refusal(self, code: str, told: CommandResult | None = None) -> None:
        who = tr("Reports are shown to whoever is logged in.")
        words = tr("Nobody is logged in.") if code == "not_logged_in" else result_text(told) if told is not None and code else ""
        self.refused.setText(f"{words}\n\n{who}".strip())
        self.login.setVisible(self._link.session is None)
        self.sides.setCurrentIndex(0)

    def _show_tab(self) -> None:
        """Only the tab that is looked at; that of the reports knows whether one is being made."""
        if self.told is None:
            return
        tab = self.tabs.currentWidget()
        self.made.tell(self.told)
        if isinstance(tab, ReportsTab) and tab is not self.made:
            tab.tell(self.told)
