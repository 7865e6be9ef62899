"""Duty (GB/T 36621-2018, 6.2): the roster, the log book and the handover, a tab each. Asks nothing by itself; decides no right."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.pages.duty.handovertab import HandoverTab
from ui.pages.duty.logtab import LogTab
from ui.pages.duty.rostertab import RosterTab
from ui.pages.duty.tab import DutyTab
from ui.pages.page import Page

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

TABS: tuple[type[DutyTab], ...] = (RosterTab, LogTab, HandoverTab)
"""In this order: roster, log book, handover."""


class DutyPage(Page):
    """`show_tab` and `show_subject` are the ways to it from elsewhere."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # which its bar follows
        self.tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        self.every = tuple(kind(acts, link, model) for kind in TABS)
        for tab in self.every:
            self.tabs.addTab(tab, "")
            tab.openAlarms.connect(self.openAlarms)
            tab.openTrendSpan.connect(self.openTrendSpan)
            tab.openPoint.connect(self.openPoint)
            tab.openPage.connect(self.openPage)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.addWidget(self.tabs)
        self.retranslate()

    def retranslate(self) -> None:
        """The words in the language in force."""
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("Duty desk"))
        for number, tab in enumerate(self.every):
            self.tabs.setTabText(number, tr(tab.title))
            tab.retranslate()

    def take_keyboard(self) -> None:
        """The page has been opened."""
        self._shown().take_keyboard()

    def show_tab(self, id: str) -> None:
        """Bring this tab to the front."""
        wanted = next(tab for tab in self.every if tab.id == id)
        self.tabs.setCurrentWidget(wanted)
        wanted.take_keyboard()

    def show_subject(self, subject: str) -> None:
        """A record by its kind and id ("log:<id>"), or a tab alone ("log:")."""
        kind, _, id = subject.partition(":")
        if any(tab.id == kind for tab in self.every):
            self.show_tab(kind)
            if id:
                self._shown().show_subject(id)

    def _shown(self) -> DutyTab:
        return self.every[self.tabs.currentIndex()]
