"""People: accounts at the left, what there is about them at the right. Shows what the station tells; decides no right."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link import people as messages
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.people import AccountInfo, ConformityPage, RightsPage
from cityops_desktop.texts import tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.pages.page import Page
from ui.pages.people.accounttab import AccountTab
from ui.pages.people.rolestab import RolesTab
from ui.pages.people.rulestab import RulesTab
from ui.pages.people.stafftab import StaffTab
from ui.pages.people.state import account_state
from ui.pages.people.tab import PeopleTab
from ui.pages.people.wholetabs import ConformityTab, ConsolesTab, MatrixTab, SessionsTab
from ui.widgets.sheet import Cell, Row, Sheet

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

LIST = 336
UNREACHABLE = ("no_station", "no_answer", "busy")
"""Why an answer may be missing while what was told before still helps."""


class PeoplePage(Page):
    """What was told goes from the screen when nobody is logged in who may see it."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.people: messages.PeoplePage | None = None
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.search = QLineEdit()
        self.search.setClearButtonEnabled(True)
        self.list = Sheet("accounts")
        self.age = QLabel()
        self.account_tab, self.roles_tab, self.staff_tab = AccountTab(acts, link), RolesTab(acts), StaffTab(acts)
        self.sessions_tab, self.consoles_tab, self.rules_tab = SessionsTab(acts, link), ConsolesTab(acts), RulesTab(acts)
        self.conformity_tab, self.matrix_tab = ConformityTab(acts), MatrixTab(acts, link)
        self.tabs = QTabWidget()
        self.refused = QLabel()
        self.login = QPushButton()
        self.sides = QStackedWidget()
        self._lay_out()
        self.setFocusProxy(self.list)
        self.search.textChanged.connect(self._show_list)
        self.list.chosen.connect(self._show_tab)
        self.tabs.currentChanged.connect(lambda _: self._show_tab())
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to see people.")))
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._find)
        self._asking = Asking(link, acts, "/api/v1/people", "people.read", messages.PeoplePage, self, self._answered)
        conformity, matrix = self.conformity_tab, self.matrix_tab
        self._conformity = Asking(link, acts, "/api/v1/conformity", "people.read", ConformityPage, conformity, self._listed)
        self._matrix = Asking(link, acts, "/api/v1/rights", "own.read", RightsPage, matrix, self._ruled)
        self.retranslate()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        for widget in (self.title, self.search):
            left.addWidget(widget)
        left.addWidget(self.list, 1)
        left.addWidget(self.age)
        side = QWidget()
        side.setLayout(left)
        left.setContentsMargins(0, 0, 0, 0)
        side.setFixedWidth(LIST)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        for tab in self._every():
            self.tabs.addTab(tab, tr(tab.title))
        shown = QWidget()
        row = QHBoxLayout(shown)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(side)
        row.addWidget(self.tabs, 1)
        closed = QWidget()
        column = QVBoxLayout(closed)
        self.refused.setWordWrap(True)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self.refused)
        column.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        self.sides.addWidget(closed)
        self.sides.addWidget(shown)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 12, 12)
        whole.addWidget(self.sides)

    def _every(self) -> tuple[PeopleTab, ...]:
        about = (self.account_tab, self.roles_tab, self.staff_tab)
        return (*about, self.sessions_tab, self.consoles_tab, self.rules_tab, self.conformity_tab, self.matrix_tab)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("People"))
        self.search.setPlaceholderText(tr("Search  Ctrl+F"))
        self.search.setAccessibleName(tr("Search  Ctrl+F"))
        self.login.setText(tr("Log in"))
        self.tabs.setAccessibleName(tr("About people"))
        self.tabs.tabBar().setAccessibleName(tr("About people"))
        for number, tab in enumerate(self._every()):
            self.tabs.setTabText(number, tr(tab.title))
        if self.people is None:
            self._show_refusal("not_logged_in" if self._link.session is None else "")
        self._show_list()
        self._show_tab()

    # what the station tells

    def _answered(self, told: messages.PeoplePage | CommandResult) -> None:
        if isinstance(told, messages.PeoplePage):
            self.people = told
            self.sides.setCurrentIndex(1)
            self._show_list()
            self._show_tab()
        elif told.code in UNREACHABLE and self.people is not None:
            self._show_age(old=True)
            self._show_tab()
        else:
            self.people = None
            self.conformity_tab.list = self.matrix_tab.matrix = None
            self._show_refusal(told.code, told)

    def _listed(self, told: ConformityPage | CommandResult) -> None:
        if isinstance(told, ConformityPage):
            self.conformity_tab.show_list(told)

    def _ruled(self, told: RightsPage | CommandResult) -> None:
        if isinstance(told, RightsPage):
            self.matrix_tab.show_matrix(told)

    def _show_refusal(self, code: str, told: CommandResult | None = None) -> None:
        self.list.tell(["", ""], [])
        who = tr("Shift leader, administrator, security administrator and auditor may see people.")
        words = {"": "", "not_logged_in": tr("Nobody is logged in.")}.get(code)
        self.refused.setText(f"{words if words is not None or told is None else result_text(told)}\n\n{who}".strip())
        self.login.setVisible(self._link.session is None)
        self.sides.setCurrentIndex(0)

    def _show_list(self) -> None:
        people = self.people
        if people is None:
            return
        wanted = self.search.text().casefold().split()
        rows = []
        for one in sorted(people.accounts, key=lambda one: (not one.enabled, one.name.casefold())):
            words = f"{one.display} {one.name}"
            if all(part in words.casefold() for part in wanted):
                rows.append(Row(one.id, (Cell(words, dim=not one.enabled), account_state(one, people.now, self._model.zone))))
        self.list.tell([tr("Account"), tr("State")], rows, most=200)
        self.list.describe(tr("Accounts"))
        if not self.list.chosen_id() and rows:
            self.list.choose(rows[0].id)
        self._show_age()

    def _show_age(self, *, old: bool = False) -> None:
        people = self.people
        if people is None:
            return
        time = time_text(people.now, self._model.zone, self._model.now())
        self.age.setText(tr("{n} accounts, as told at {time}", n=len(people.accounts), time=time))
        self.age.setFont(theme.font(theme.SMALL, old))

    def _chosen(self) -> AccountInfo | None:
        chosen = self.list.chosen_id()
        return next((one for one in self.people.accounts if one.id == chosen), None) if self.people else None

    def _show_tab(self) -> None:
        """Only the tab that is looked at."""
        tab = self.tabs.currentWidget()
        if self.people is not None and isinstance(tab, PeopleTab):
            tab.tell(self.people, self._chosen(), self._model.zone)

    def _find(self) -> None:
        self.search.setFocus()
        self.search.selectAll()
