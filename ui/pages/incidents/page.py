"""Incidents (GB/T 36621-2018, 9.3): the board of warnings above, the register with its clock, plans, contacts and drills below.

The board is there for everybody; the register is asked for as the person who is logged in. Decides no right.
"""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link import incidents as messages
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.texts import tr
from ui import theme
from ui.actions.outcome import result_text
from ui.dialogs.incidentforms import Forms
from ui.models.asking import Asking
from ui.models.logcontext import LogContext, about
from ui.models.room import RoomModel
from ui.pages.incidents.board import Board
from ui.pages.incidents.bundlewindow import BundleWindow
from ui.pages.incidents.contactstab import ContactsTab
from ui.pages.incidents.drillstab import DrillsTab
from ui.pages.incidents.incidenttab import IncidentTab
from ui.pages.incidents.planstab import PlansTab
from ui.pages.incidents.tab import IncidentsTab
from ui.pages.incidents.warningtab import WarningTab
from ui.pages.page import Page

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

UNREACHABLE = ("no_station", "no_answer", "busy", "search_too_slow")
"""Why an answer may be missing while what was told before still helps."""


class IncidentsPage(Page):
    """What was told goes from the screen when nobody is logged in; the board stays."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.told: messages.IncidentsPage | None = None
        self._old = False
        self.forms = Forms(acts)
        self.title = QLabel()
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.age = QLabel()
        self.board = Board(model)
        self.incident_tab = IncidentTab(acts, self.forms, link)
        self.warning_tab, self.plans_tab = WarningTab(acts, self.forms), PlansTab(acts, self.forms)
        self.contacts_tab, self.drills_tab = ContactsTab(acts, self.forms), DrillsTab(acts, self.forms)
        self.tabs = QTabWidget()
        self.refused = QLabel()
        self.login = QPushButton()
        self.open_file = QPushButton()
        self.sides = QStackedWidget()
        self.window_of_bundle: BundleWindow | None = None
        self._dialog: QFileDialog | None = None
        self._lay_out()
        self.setFocusProxy(self.incident_tab.sheet)
        self.board.picked.connect(self.show_warning)
        self.tabs.currentChanged.connect(lambda _: self._show_tab())
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to see incidents.")))
        self.open_file.clicked.connect(self.ask_bundle)
        model.stationChanged.connect(self._look_at_board)
        model.replaced.connect(self._look_at_board)
        model.beat.connect(self._second)
        self._asking = Asking(link, acts, "/api/v1/incidents", "incident.read", messages.IncidentsPage, self, self._answered)
        self.retranslate()

    def log_context(self) -> LogContext:
        """The chosen incident."""
        one = self.incident_tab.chosen() if self.tabs.currentWidget() is self.incident_tab else None
        return about((f"incident:{one.id}", f"{one.number} {one.title}") if one is not None else None)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.title)
        head.addStretch(1)
        head.addWidget(self.age)
        head.addWidget(self.open_file)
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
        whole.addWidget(self.board)
        whole.addWidget(self.sides, 1)

    def _every(self) -> tuple[IncidentsTab, ...]:
        return self.incident_tab, self.warning_tab, self.plans_tab, self.contacts_tab, self.drills_tab

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Incidents"))
        self.login.setText(tr("Log in"))
        self.open_file.setText(tr("Open a bundle…"))
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("About incidents"))
        for number, tab in enumerate(self._every()):
            self.tabs.setTabText(number, tr(tab.title))
        if self.told is None:
            self._show_refusal("not_logged_in" if self._link.session is None else "")
        self._look_at_board()
        self._show_tab()
        self._show_age()

    def show_incident(self, id: str) -> None:
        """This one, as soon as the station tells of it."""
        self.tabs.setCurrentWidget(self.incident_tab)
        self.incident_tab.show_incident(id)

    def show_warning(self, id: str) -> None:
        """What can be done about it stands beside the list."""
        self.tabs.setCurrentWidget(self.warning_tab)
        self.warning_tab.sheet.choose(id)

    # what the station tells

    def _answered(self, told: messages.IncidentsPage | CommandResult) -> None:
        if isinstance(told, messages.IncidentsPage):
            self.told = told
            self.sides.setCurrentIndex(1)
            self._show_tab()
            self._old = False
            self._show_age()
        elif told.code in UNREACHABLE and self.told is not None:
            self._show_tab()
            self._old = True
            self._show_age()
        else:
            self.told = None
            self.incident_tab.detail = None
            self._show_refusal(told.code, told)
            self.age.setText("")

    def _show_refusal(self, code: str, told: CommandResult | None = None) -> None:
        who = tr("The register, plans and telephone numbers are shown to whoever is logged in.")
        words = tr("Nobody is logged in.") if code == "not_logged_in" else result_text(told) if told is not None and code else ""
        self.refused.setText(f"{words}\n\n{who}".strip())
        self.login.setVisible(self._link.session is None)
        self.sides.setCurrentIndex(0)

    def _show_age(self) -> None:
        if self.told is not None:
            self.age.setText(tr("as told at {time}", time=self.incident_tab.time(self.told.now)))
            self.age.setFont(theme.font(theme.SMALL, self._old))

    def _look_at_board(self) -> None:
        if self.isVisible():
            self.board.refresh()

    def _show_tab(self) -> None:
        """Only the tab that is looked at."""
        tab = self.tabs.currentWidget()
        if self.told is not None and isinstance(tab, IncidentsTab):
            tab.tell(self.told)

    def _second(self) -> None:
        if self.isVisible():
            self.board.refresh()
            if self.tabs.currentWidget() is self.incident_tab:
                self.incident_tab.second()

    def showEvent(self, event: object) -> None:
        """The board as it is now."""
        super().showEvent(event)  # type: ignore[arg-type]
        self.board.refresh()

    # bundles

    def ask_bundle(self) -> None:
        """Which file?"""
        self._dialog = QFileDialog(self, tr("Open a bundle"), "", "ZIP (*.zip)")
        self._dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
        self._dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._dialog.fileSelected.connect(self.open_bundle)
        self._dialog.open()

    def open_bundle(self, path: str) -> None:
        """A window of its own, which only reads."""
        if self.window_of_bundle is not None:
            self.window_of_bundle.close()
        self.window_of_bundle = BundleWindow(path, self._model, self)
        self.window_of_bundle.show()
