"""Work orders (GB/T 36621-2018, 6.2): orders, the two tickets 两票, tags 禁止合闸 and rotation tests, a tab each; and the steps of an
operation ticket in their place while one is carried out. Asks nothing by itself; decides no right."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStackedWidget, QTabWidget, QVBoxLayout

from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.pages.orders.orderstab import OrdersTab
from ui.pages.orders.rotationtab import RotationTab
from ui.pages.orders.stepview import StepView
from ui.pages.orders.tab import DeskTab
from ui.pages.orders.tagstab import TagsTab
from ui.pages.orders.ticketstab import TicketsTab
from ui.pages.page import Page

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link


class OrdersPage(Page):
    """`show_tab` and `show_subject` are the ways to it from elsewhere."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self.orders, self.tickets = OrdersTab(acts, link), TicketsTab(acts, link)
        self.tags, self.rotation = TagsTab(acts, link), RotationTab(acts, link)
        self.every: tuple[DeskTab[Any], ...] = (self.orders, self.tickets, self.tags, self.rotation)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # which its bar follows
        self.tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        for tab in self.every:
            self.tabs.addTab(tab, tr(tab.title))
            tab.openAlarms.connect(self.openAlarms)
            tab.openTrendSpan.connect(self.openTrendSpan)
        self.steps = StepView(acts, link)
        self.sides = QStackedWidget()
        self.sides.addWidget(self.tabs)
        self.sides.addWidget(self.steps)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.addWidget(self.sides)
        self.tickets.stepsWanted.connect(self.show_steps)
        self.steps.left.connect(self._back)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("Work orders and tickets"))
        for number, tab in enumerate(self.every):
            self.tabs.setTabText(number, tr(tab.title))
            tab.retranslate()
        self.steps.show_all()

    def take_keyboard(self) -> None:
        """The page has been opened."""
        if self.sides.currentWidget() is self.steps:
            self.steps.setFocus()
        else:
            self.every[self.tabs.currentIndex()].sheet.setFocus()

    def show_tab(self, id: str) -> None:
        """Bring this tab to the front."""
        wanted = next(tab for tab in self.every if tab.id == id)
        self.sides.setCurrentWidget(self.tabs)
        self.tabs.setCurrentWidget(wanted)
        wanted.sheet.setFocus()

    def show_subject(self, subject: str) -> None:
        """A record by its kind and id ("order:<id>", "ticket:<id>", "tag:<id>", "rotation:<id>")."""
        kind, _, id = subject.partition(":")
        if any(tab.id == kind for tab in self.every):
            self.show_tab(kind)
            self.every[self.tabs.currentIndex()].show_subject(id)

    def show_steps(self, ticket: str) -> None:
        """This operation ticket, step by step."""
        self.sides.setCurrentWidget(self.steps)
        self.steps.open(ticket)
        self.steps.setFocus()

    def _back(self) -> None:
        self.sides.setCurrentWidget(self.tabs)
        self.tickets.sheet.setFocus()
