"""The tab Handover of the page Duty: the handover under way, former ones, the stock, since my last shift. Decides no right."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.handover import DraftSheet, HandoversPage, SinceInfo, StockPage
from cityops_desktop.texts import N_, tr
from ui.actions.outcome import result_text
from ui.dialogs.handoverforms import HandoverForms
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.pages.duty.handoverlists import FormerTab, SinceTab, StockTab
from ui.pages.duty.handoverview import HandoverView
from ui.pages.duty.tab import DutyTab

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

UNREACHABLE = ("no_station", "no_answer", "busy", "search_too_slow")
"""Why an answer may be missing while what was told before still helps."""
DRAFT_MS = 60_000
"""So often a draft that is looked at is made anew."""
TITLES = (N_("Handover"), N_("Former handovers"), N_("Keys, tools, spares"), N_("Since my last shift"))
PAGES = {
    **dict.fromkeys(("order", "work_order", "ticket", "tag", "rotation"), "orders"),
    **dict.fromkeys(("patrol", "route", "round", "finding"), "patrol"),
    **dict.fromkeys(("visit", "goods", "cleaning", "cleaning_plan", "maintenance", "maintenance_plan", "contract"), "cleaning"),
    **dict.fromkeys(("incident", "warning"), "incidents"),
    **dict.fromkeys(("log", "roster", "handover"), "duty"),
    **dict.fromkeys(("rule", "staff"), "people"),
    **dict.fromkeys(("report", "evaluation"), "reports"),
}
"""The page that shows what a row is about, by the kind of its link."""


class HandoverTab(DutyTab):
    """What was told goes from the screen when nobody is logged in."""

    id = "handover"
    title = N_("Handover")

    def __init__(self, acts: "Acts", link: "Link", model: RoomModel) -> None:
        super().__init__(acts, link, model)
        self.view = HandoverView(acts)
        self.former = FormerTab(acts, link)
        self.stock = StockTab(acts, HandoverForms(acts))
        self.since = SinceTab(acts)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        self.tabs.tabBar().setUsesScrollButtons(False)
        for part in (self.view, self.former, self.stock, self.since):
            self.tabs.addTab(part, "")
        self.refused, self.login = QLabel(), QPushButton()
        self.sides = QStackedWidget()
        self._drafted = float("-inf")
        self._wanted = ""
        self._lay_out()
        for source in (self.view, self.former.rows, self.since.rows):
            source.jumped.connect(self.lead)
        self.view.draftWanted.connect(self._ask_draft)
        self.login.clicked.connect(lambda: acts.ask_login(tr("Log in to see the handover.")))
        self._asking = Asking(link, acts, "/api/v1/duty/handover", "duty.read", HandoversPage, self, self._answered)
        self._asking_stock = Asking(link, acts, "/api/v1/duty/stock", "duty.read", StockPage, self.stock, self._answered_stock)
        self._asking_since = Asking(link, acts, "/api/v1/duty/since", "duty.read", SinceInfo, self.since, self._answered_since)
        link.sessionChanged.connect(self._person_changed)
        acts.carried.connect(self._forget_draft)
        self.retranslate()

    def _lay_out(self) -> None:
        closed = QWidget()
        column = QVBoxLayout(closed)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self.refused)
        column.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        self.sides.addWidget(self.tabs)
        self.sides.addWidget(closed)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 6, 0, 0)
        whole.addWidget(self.sides)

    def retranslate(self) -> None:
        """The words in the language in force."""
        for number, title in enumerate(TITLES):
            self.tabs.setTabText(number, tr(title))
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("About handovers"))
        self.login.setText(tr("Log in"))
        self._person_changed()
        self.view.show_words()
        for tab in (self.former, self.stock, self.since):
            tab.show_words()

    def take_keyboard(self) -> None:
        """The list that is read."""
        if self.sides.currentIndex() == 1:
            self.login.setFocus()
        else:
            lists = (self.view.reader.list, self.former.sheet, self.stock.sheet, self.since.rows)
            lists[self.tabs.currentIndex()].setFocus()

    def show_subject(self, id: str) -> None:
        """A former handover."""
        self._wanted = id
        self.tabs.setCurrentWidget(self.former)
        self.former.choose(id)

    def lead(self, link: str) -> None:
        """To what a row is about."""
        kind, _, id = link.partition(":")
        if kind == "alarm":
            self.openAlarms.emit(id)
        elif kind == "point":
            self.openPoint.emit(id)
        elif kind == "stock":
            self.tabs.setCurrentWidget(self.stock)
            self.stock.sheet.choose(id)
        elif kind in ("device", "rack", "bus"):
            self.openPage.emit("equipment", id)
        elif kind in PAGES:
            self.openPage.emit(PAGES[kind], link)

    # what the station tells

    def _person_changed(self) -> None:
        """What the one before saw is not for everybody."""
        gone = self.link.session is None
        if gone:
            self.view.forget()
            self.former.detail, self.since.told = None, None
            self.refused.setText(tr("Nobody is logged in. A handover is shown to whoever is."))
        self.sides.setCurrentIndex(1 if gone else 0)
        self._forget_draft()

    def _answered(self, told: HandoversPage | CommandResult) -> None:
        if isinstance(told, HandoversPage):
            self.sides.setCurrentIndex(0)
            self.view.tell(told)
            self.former.tell(told)
            if self._wanted:
                self.former.choose(self._wanted)
                self._wanted = ""
        elif told.code not in UNREACHABLE or self.view.page is None:
            self._refuse(told)

    def _refuse(self, told: CommandResult) -> None:
        if told.code == "not_logged_in":
            self._person_changed()
            return
        self.refused.setText(result_text(told))
        self.login.setVisible(self.link.session is None)
        self.sides.setCurrentIndex(1)

    def _answered_stock(self, told: StockPage | CommandResult) -> None:
        if isinstance(told, StockPage):
            self.stock.tell(told)

    def _answered_since(self, told: SinceInfo | CommandResult) -> None:
        if isinstance(told, SinceInfo):
            self.since.tell(told)

    def _forget_draft(self) -> None:
        self._drafted = float("-inf")

    def _ask_draft(self) -> None:
        now = self.model.now()
        if now - self._drafted >= DRAFT_MS:
            self._drafted = now
            self.link.ask("/api/v1/duty/handover/draft", DraftSheet, self._came_draft)

    def _came_draft(self, told: DraftSheet | CommandResult) -> None:
        if isinstance(told, DraftSheet) and self.link.session is not None:
            self.view.tell_draft(told)
