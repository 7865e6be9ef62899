"""Patrols (GB/T 36621-2018, 6.2 f and 8.3.1 g): what is due, the walk of a round, rounds that were walked, routes and templates.

Leads from one to the other; a round that is walked is a draft of this console until its person hands it in. Decides no right.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty import patrol as messages
from cityops_desktop.model.ids import uuid7
from cityops_desktop.texts import pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.models.asking import Asking
from ui.models.logcontext import LogContext, point_link
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.pages.page import Page
from ui.pages.patrol.forms import Forms
from ui.pages.patrol.historytab import HistoryTab
from ui.pages.patrol.nowtab import NowTab
from ui.pages.patrol.paper import SheetCode, heading_of, pages_of
from ui.pages.patrol.rounds import Rounds
from ui.pages.patrol.routestab import RoutesTab
from ui.pages.patrol.summary import Summary
from ui.pages.patrol.walk import Walk
from ui.pages.patrol.walkview import WalkView
from ui.paper.run import PaperRun
from ui.widgets.elided import ElidedLine
from ui.widgets.savedialog import save_dialog

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/duty/patrol"
UNREACHABLE = ("no_station", "no_answer", "busy")
"""Why an answer may be missing while what was told before still helps."""


class PatrolPage(Page):
    """Tabs, or the walk, or its summary. What was told stays on the screen while the station cannot be reached, and says its age."""

    def __init__(self, model: RoomModel, link: "Link", acts: "Acts") -> None:
        super().__init__(model, link)
        self._acts = acts
        self.told: messages.PatrolPage | None = None
        self._old = False
        self._sheets: dict[str, messages.PatrolSheet] = {}
        self._dialog: QFileDialog | None = None
        self._run: PaperRun | None = None
        self._wanted = ""
        self.forms = Forms(acts)
        self.rounds = Rounds(acts, link, self)
        self.title, self.age, self.said = QLabel(), QLabel(), ElidedLine(bold=True)
        self.title.setFont(theme.font(theme.TITLE, bold=True))
        self.login = QPushButton()
        self.now_tab = NowTab(acts, self.rounds)
        self.history_tab = HistoryTab(acts, link)
        self.routes_tab = RoutesTab(acts, link, self.forms)
        self.tabs, self.sides = QTabWidget(), QStackedWidget()
        self.walking, self.summary = WalkView(model, acts.drafts), Summary(model)
        self._lay_out()
        self._connect()
        self._asking = Asking(link, acts, PATH, "duty.read", messages.PatrolPage, self, self._answered)
        self.setFocusProxy(self.now_tab.board)
        self.retranslate()

    def _lay_out(self) -> None:
        self.head = QWidget()
        head = QHBoxLayout(self.head)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(self.title)
        head.addSpacing(16)
        head.addWidget(self.said, 1)
        head.addWidget(self.age)
        head.addWidget(self.login)
        self.tabs.setDocumentMode(True)
        self.tabs.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # which its bar follows
        self.tabs.tabBar().setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.tabs.tabBar().setUsesScrollButtons(False)
        self.tabs.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        for tab in (self.now_tab, self.history_tab, self.routes_tab):
            self.tabs.addTab(tab, "")
        for side in (self.tabs, self.walking, self.summary):
            self.sides.addWidget(side)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 10, 12, 12)
        whole.addWidget(self.head)
        whole.addWidget(self.sides, 1)

    def _connect(self) -> None:
        tab = self.now_tab
        tab.beginWanted.connect(self.begin)
        tab.printWanted.connect(self.ask_print)
        tab.paperWanted.connect(self.ask_paper)
        tab.explainWanted.connect(self.explain)
        tab.goOnWanted.connect(self.go_on)
        tab.submitWanted.connect(self.rounds.submit)
        tab.discardWanted.connect(self.discard)
        self.routes_tab.printWanted.connect(lambda route: self._with_sheet(route, lambda sheet: self._ask_file(sheet, None)))
        self.walking.edited.connect(self._edited)
        self.walking.paused.connect(self.leave_walk)
        self.walking.ended.connect(self._sum_up)
        self.summary.back.connect(self._back_to_walk)
        self.summary.wanted.connect(self._submit)
        self.summary.left.connect(self.show_tabs)
        self.summary.edited.connect(self._edited)
        self.rounds.said.connect(self.say)
        self.rounds.ended.connect(self._taken)
        self.tabs.currentChanged.connect(lambda _: self._show_tab())
        self.sides.currentChanged.connect(lambda _: self.head.setVisible(self.sides.currentWidget() is self.tabs))
        self.login.clicked.connect(lambda: self._acts.ask_login(tr("Log in to see patrols.")))
        self._link.sessionChanged.connect(self._person_changed)
        self._model.connectedChanged.connect(lambda _: self.now_tab.look())
        self._model.beat.connect(self._second)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.title.setText(tr("Patrol"))
        self.login.setText(tr("Log in"))
        for number, words in enumerate((tr("Due and drafts"), tr("Rounds walked"), tr("Routes and templates"))):
            self.tabs.setTabText(number, words)
        for part in (self.tabs, self.tabs.tabBar()):
            part.setAccessibleName(tr("About patrols"))
        for view in (self.now_tab, self.history_tab, self.routes_tab, self.walking, self.summary):
            view.retranslate()
        self._show_age()

    def show_round(self, id: str) -> None:
        """A round that was walked."""
        self.tabs.setCurrentWidget(self.history_tab)
        self.history_tab.show_round(id)

    def say(self, words: str) -> None:
        """One sentence about what was asked for."""
        self.said.set_text(words)
        if self.sides.currentWidget() is self.summary:
            self.summary.say(words)
        elif self.sides.currentWidget() is self.walking:
            self.walking.say(words)

    # what the station tells

    def _answered(self, told: messages.PatrolPage | CommandResult) -> None:
        if isinstance(told, messages.PatrolPage):
            self.told, self._old = told, False
            self._keep_sheets(told)
            self._show_tab()
        elif told.code in UNREACHABLE and self.told is not None:
            self._old = True
            self.now_tab.look()
        else:
            self.told = None
            who = tr("What is due is shown to whoever is logged in.")
            words = tr("Nobody is logged in.") if told.code == "not_logged_in" else result_text(told)
            self.now_tab.refuse(f"{words} {who}")
        self._show_age()

    def _show_age(self) -> None:
        self.login.setVisible(self._link.session is None and self._model.connected)
        self.age.setText(tr("as told at {time}", time=time_text(self.told.now, self._model.zone, self._model.now())) if self.told else "")
        self.age.setFont(theme.font(theme.SMALL, self._old))

    def _show_tab(self) -> None:
        """Only the tab that is looked at."""
        tab = self.tabs.currentWidget()
        if self.told is not None and isinstance(tab, NowTab | HistoryTab | RoutesTab):
            tab.tell(self.told)
        elif isinstance(tab, NowTab):
            tab.show_all()

    def _keep_sheets(self, told: messages.PatrolPage) -> None:
        """What can be walked is asked for beforehand: without the station it can then be begun all the same."""
        wanted = [one.id for one in told.routes if one.ended is None]
        for id in self._sheets.keys() - set(wanted):
            del self._sheets[id]
        for id in wanted:
            if id not in self._sheets:
                self._with_sheet(id, lambda sheet: None)

    def _with_sheet(self, route: str, then: Callable[[messages.PatrolSheet], None]) -> None:
        if route in self._sheets:
            then(self._sheets[route])
            return

        def came(told: messages.PatrolSheet | CommandResult) -> None:
            if isinstance(told, CommandResult):
                self.say(result_text(told))
                return
            self._sheets[route] = told
            then(told)

        self._link.ask(f"{PATH}/sheet", messages.PatrolSheet, came, {"route": route})

    # a round

    def begin(self) -> None:
        """The chosen one; where it was begun here already, its draft goes on."""
        row = self.now_tab.board.row()
        if row is None or not self.now_tab.begin.isEnabled():
            self.say(self.now_tab.begin.toolTip())
            return
        due = row.due.at if row.due is not None else None
        self.say("")
        mine = [one for one in self.rounds.drafts() if not self.rounds.of_another(one)]
        here = next((one for one in mine if self._is_of(one.id, row.route.content.code, due)), None)
        if here is not None:
            self.go_on(here.id)
        else:
            self._with_sheet(row.route.id, lambda sheet: self.rounds.begin(sheet, due, self._walk))

    def _is_of(self, draft: str, code: str, due: int | None) -> bool:
        walk = self.rounds.walk(draft)
        return walk is not None and due is not None and walk.state.due == due and walk.state.sheet.route.content.code == code

    def go_on(self, id: str) -> None:
        """A draft that was paused."""
        walk, draft = self.rounds.walk(id), self._acts.drafts.draft(id)
        if walk is None or draft is None or self.rounds.of_another(draft):
            return
        if not self.rounds.somebody() and self._model.connected:
            self._acts.prepare(tr("Go on with the draft"), "patrol.submit", lambda: self.go_on(id))
            return
        if walk.state.sent is not None:
            self.sides.setCurrentWidget(self.summary)
            self.summary.show_walk(walk)
        else:
            self._walk(walk)

    def _walk(self, walk: Walk) -> None:
        self.say("")
        self.sides.setCurrentWidget(self.walking)
        self.walking.show_walk(walk)

    def _edited(self) -> None:
        walk = self.walking.walk if self.sides.currentWidget() is self.walking else self.summary.walk
        if walk is not None:
            self.rounds.edited(walk)

    def leave_walk(self) -> None:
        """Paused: it is a draft."""
        self.rounds.save_now()
        self.show_tabs()

    def _sum_up(self) -> None:
        if self.walking.walk is not None:
            self.rounds.save_now()
            self.sides.setCurrentWidget(self.summary)
            self.summary.show_walk(self.walking.walk)

    def _back_to_walk(self, number: int) -> None:
        walk = self.summary.walk
        if walk is None or walk.state.sent is not None:
            self.show_tabs()
            return
        self._walk(walk)
        if number >= 0:
            self.walking.show_item(number)

    def _submit(self) -> None:
        if self.summary.walk is not None:
            self.rounds.save_now()
            self.rounds.submit(self.summary.walk.id)

    def _taken(self, walk: Walk, result: CommandResult) -> None:
        if self.sides.currentWidget() is self.summary and self.summary.walk is walk:
            self.summary.show_taken(walk, result)
        else:
            self.say(tr("The station has taken the round: {number}.", number=result.data.get("number", "")))
        self._asking.ask()

    def show_tabs(self) -> None:
        """What is due, and the drafts."""
        self.sides.setCurrentWidget(self.tabs)
        self._show_tab()
        self.now_tab.board.setFocus()

    def discard(self, id: str) -> None:
        """For good; the station hears it where it knows of the round."""
        walk, draft = self.rounds.walk(id), self._acts.drafts.draft(id)
        if draft is None:
            return

        def sure(why: str) -> None:
            if walk is not None and walk.state.told:
                self.rounds.discard(id, why, lambda result: self.now_tab.show_drafts())
            else:
                self.rounds.drop(id)

        self.forms.discard(draft.title, sure)

    def explain(self) -> None:
        """Why the chosen missed round, and the others of its route, were never walked."""
        missed = self.now_tab.missed_dues()
        chosen = self.now_tab.missed.chosen_id().partition("@")[0] or (missed[0].route if missed else "")
        dues = [one for one in missed if one.route == chosen]
        if dues:
            self.forms.explain(chosen, self.now_tab.name_of(chosen), dues)

    # paper

    def ask_paper(self) -> None:
        """Which sheet is typed in?"""
        if self.told is None:
            return
        routes, dues = [one for one in self.told.routes if one.ended is None], self.told.dues
        self._acts.prepare(tr("Enter a paper sheet"), "patrol.submit", lambda: self.forms.paper(routes, dues, self._enter))

    def _enter(self, code: SheetCode, begun: int, ended: int, walker: str) -> None:
        def then(sheet: messages.PatrolSheet) -> None:
            self._walk(self.rounds.enter(sheet, code.due, begun, ended, walker, code.id))

        if self._acts.drafts.draft(code.id) is not None:
            self.go_on(code.id)
        else:
            self._with_sheet(code.route, then)

    def ask_print(self) -> None:
        """The sheet of the chosen round."""
        row = self.now_tab.board.row()
        if row is not None:
            due = row.due.at if row.due is not None else None
            self._with_sheet(row.route.id, lambda sheet: self._ask_file(sheet, due))

    def _ask_file(self, sheet: messages.PatrolSheet, due: int | None) -> None:
        name = f"{pick(sheet.route.content.name)}.pdf"
        self._dialog = save_dialog(self, tr("Print the sheet"), name, lambda path: self.print_sheet(sheet, due, path))
        self._dialog.open()

    def print_sheet(self, sheet: messages.PatrolSheet, due: int | None, path: Path) -> None:
        """As PDF, a page a turn."""
        code = SheetCode(uuid7(self._model.now()), sheet.route.id, due)
        self._run = PaperRun(path, heading_of(self._model, sheet), pages_of(self._model, sheet, code), self, landscape=False)
        self._run.ended.connect(self.say)
        self._run.start()

    # coming and going

    def _person_changed(self) -> None:
        """Another person does not go on with the round of this one."""
        self._show_age()
        walk = self.walking.walk
        draft = self._acts.drafts.draft(walk.id) if walk is not None else None
        if self.sides.currentWidget() is not self.tabs and draft is not None and self.rounds.of_another(draft):
            self.leave_walk()
        self.now_tab.show_drafts()

    def _second(self) -> None:
        if self.isVisible() and self.sides.currentWidget() is self.tabs:
            self.now_tab.second()

    def showEvent(self, event: QShowEvent) -> None:
        """The drafts as they are."""
        super().showEvent(event)
        self._acts.drafts.read()
        self.now_tab.show_drafts()

    def hideEvent(self, event: QHideEvent) -> None:
        """What was edited is kept."""
        super().hideEvent(event)
        self.rounds.save_now()

    def take_keyboard(self) -> None:
        """Where it was left: in the walk, or at what is due."""
        if self.sides.currentWidget() is self.walking:
            self.walking.take_keyboard()
        elif self.sides.currentWidget() is self.summary:
            self.summary.submit.setFocus()
        else:
            super().take_keyboard()

    def log_context(self) -> LogContext:
        """The reading at hand, or the round that is looked at."""
        detail = self.history_tab.detail
        if self.sides.currentWidget() is self.tabs and self.tabs.currentWidget() is self.history_tab and detail is not None:
            words = f"{detail.round.number} · {pick(detail.route.content.name)}"
            return LogContext(((f"patrol:{detail.round.id}", words),))
        link = point_link(self._model, self.point())
        return LogContext((link,) if link is not None else ())

    def point(self) -> str:
        """That of the reading at hand."""
        walk = self.walking.walk
        return walk.places[self.walking.number].point if walk is not None and self.sides.currentWidget() is self.walking else ""
