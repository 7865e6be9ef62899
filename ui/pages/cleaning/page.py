"""Cleaning and visitors (GB/T 36621-2018, 6.2 f, g, 6.5 c, d): cleaning, who is inside, goods, maintenance, contracts, a tab each.

Shown to persons only: without a log-in nothing of it stands on the screen. Each tab asks for itself; decides no right.
"""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.texts import tr
from ui import theme
from ui.dialogs.houseforms import HouseForms
from ui.dialogs.maintenanceforms import MaintenanceForms
from ui.models.room import RoomModel
from ui.pages.cleaning.cleaningtab import CleaningTab
from ui.pages.cleaning.contractstab import ContractsTab
from ui.pages.cleaning.goodstab import GoodsTab
from ui.pages.cleaning.maintenancetab import MaintenanceTab
from ui.pages.cleaning.tab import HouseTab
from ui.pages.cleaning.visitstab import VisitsTab
from ui.pages.page import Page

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

AGE = 220
"""Pixels of the line that says when the station told this: it keeps its place."""
SUBJECTS = {"visit": 0, "goods": 2, "cleaning_plan": 1, "cleaning": 1, "maintenance_plan": 3, "maintenance": 3, "contract": 4}
"""The tab that a link of a handover sheet leads to."""


class CleaningPage(Page):
    """Visitors stand first: that is what happens at any hour."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.forms, self.maintenance_forms = HouseForms(acts), MaintenanceForms(acts)
        self.forms.me = self._me
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.visits_tab, self.cleaning_tab = VisitsTab(acts, link, self.forms), CleaningTab(acts, link, self.forms)
        self.goods_tab = GoodsTab(acts, link, self.forms)
        self.maintenance_tab = MaintenanceTab(acts, link, self.maintenance_forms)
        self.contracts_tab = ContractsTab(acts, link, self.maintenance_forms)
        self.every: tuple[HouseTab[Any], ...] = (
            self.visits_tab,
            self.cleaning_tab,
            self.goods_tab,
            self.maintenance_tab,
            self.contracts_tab,
        )
        self.tabs = QTabWidget()
        self.refused = QLabel()
        self.login = QPushButton()
        self.sides, self.ages = QStackedWidget(), QStackedWidget()
        self.ages.setMinimumWidth(AGE)
        self._lay_out()
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to see visitors and cleaning.")))
        self.tabs.currentChanged.connect(self.ages.setCurrentIndex)
        link.sessionChanged.connect(self._look)
        model.beat.connect(self._second)
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.ages)
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        for tab in self.every:
            self.tabs.addTab(tab, "")
            tab.age.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.ages.addWidget(tab.age)
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

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Cleaning and visitors"))
        self.refused.setText(tr("Nobody is logged in.") + "\n\n" + tr("Who is inside is shown to whoever is logged in."))
        self.login.setText(tr("Log in"))
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("Cleaning and visitors"))
        for number, tab in enumerate(self.every):
            self.tabs.setTabText(number, tr(tab.title))
            tab.retranslate()
        self._look()

    def take_keyboard(self) -> None:
        """The page has been opened."""
        if self._link.session is None:
            self.login.setFocus()
        else:
            self.every[self.tabs.currentIndex()].take_keyboard()

    def show_subject(self, subject: str) -> None:
        """Where "visit:<id>" and the like stand; "" leaves it as it is."""
        kind, _, id = subject.partition(":")
        if kind in SUBJECTS:
            tab = self.every[SUBJECTS[kind]]
            self.tabs.setCurrentWidget(tab)
            tab.sheet.choose(id)

    def _me(self) -> str:
        session = self._link.session
        return session.person.id if session is not None else ""

    def _look(self) -> None:
        """Without a person nothing is shown, and nothing is kept that was told to another."""
        shown = self._link.session is not None
        if not shown:
            for tab in self.every:
                tab.forget()
        self.sides.setCurrentIndex(1 if shown else 0)
        self.ages.setVisible(shown)

    def _second(self) -> None:
        if self.isVisible() and self._link.session is not None:
            self.every[self.tabs.currentIndex()].second()
