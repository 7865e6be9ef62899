"""My account: all about the person who is logged in here, and what one does about oneself. Decides no right."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.people import OwnPage
from cityops_desktop.sentences import WAYS
from cityops_desktop.texts import tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.pages.account.tabs import FactorsTab, MeTab, OwnRulesTab, OwnSessionsTab, OwnStaffTab, OwnTab
from ui.pages.page import Page
from ui.widgets.peoplerows import when

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link


class AccountPage(Page):
    """Empty when nobody is logged in."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.own: OwnPage | None = None
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.age = QLabel()
        self.since = QPushButton()
        self.me, self.factors, self.sessions = MeTab(acts), FactorsTab(acts), OwnSessionsTab(acts, link)
        self.staff, self.rules = OwnStaffTab(acts), OwnRulesTab(acts)
        self.tabs = QTabWidget()
        self.refused = QLabel()
        self.login = QPushButton()
        self.sides = QStackedWidget()
        self._lay_out()
        self.setFocusProxy(self.tabs.tabBar())
        self.tabs.currentChanged.connect(lambda _: self._show_tab())
        self.login.clicked.connect(lambda: self._acts.ask_login(""))
        self.since.clicked.connect(lambda: self.openAudit.emit(self.own.last_shift if self.own else None))
        self._asking = Asking(link, acts, "/api/v1/own", "own.read", OwnPage, self, self._answered)
        self.retranslate()

    def _lay_out(self) -> None:
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        for tab in self._every():
            self.tabs.addTab(tab, tr(tab.title))
        closed = QWidget()
        column = QVBoxLayout(closed)
        self.refused.setWordWrap(True)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self.refused)
        column.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        self.sides.addWidget(closed)
        self.sides.addWidget(self.tabs)
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.age)
        head.addWidget(self.since)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 12, 12)
        whole.addLayout(head)
        whole.addWidget(self.sides, 1)

    def _every(self) -> tuple[OwnTab, ...]:
        return (self.me, self.factors, self.sessions, self.staff, self.rules)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("My account"))
        self.since.setText(tr("What changed since my last shift"))
        self.login.setText(tr("Log in"))
        self.tabs.tabBar().setAccessibleName(tr("About me"))
        for number, tab in enumerate(self._every()):
            self.tabs.setTabText(number, tr(tab.title))
        self._show()

    def _answered(self, told: OwnPage | CommandResult) -> None:
        if isinstance(told, OwnPage):
            self.own = told
        elif told.code not in ("no_station", "no_answer", "busy"):
            self.own = None
            self.refused.setText("" if told.code == "not_logged_in" else result_text(told))
        self._show()

    def _show(self) -> None:
        told, session = self.own, self._link.session
        self.sides.setCurrentIndex(1 if told is not None else 0)
        if session is None:
            self.refused.setText(tr("Nobody is logged in."))
        self.login.setVisible(session is None)
        refused = self._acts.why_not("audit.read")
        self.since.setEnabled(not refused)
        last = tr("since {time}", time=when(told.last_shift, self._model.zone)) if told and told.last_shift else ""
        self.since.setToolTip(refused or last)
        if told is None:
            self.age.clear()
            return
        time = time_text(told.now, self._model.zone, self._model.now())
        way = tr(WAYS[session.way]) if session else ""
        self.age.setText(tr("logged in {way}; as told at {time}", way=way, time=time))
        unread = sum(one.read is None for one in told.rules if one.retired is None)
        title = tr(self.rules.title)
        self.tabs.setTabText(self.tabs.indexOf(self.rules), f"{title} ({unread})" if unread else title)
        self._show_tab()

    def _show_tab(self) -> None:
        """Only the tab that is looked at."""
        tab = self.tabs.currentWidget()
        if self.own is not None and isinstance(tab, OwnTab):
            tab.tell(self.own, self._model.zone)
