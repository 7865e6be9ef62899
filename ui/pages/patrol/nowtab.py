"""The first tab: what is due, the drafts of this console, missed rounds without a reason; begin, go on, hand in. Decides nothing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cityops_desktop.link.duty.patrol import DueInfo, PatrolPage, RouteInfo
from cityops_desktop.sentences import COMMAND_CODES
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.drafts import Draft
from ui.models.shown import span_text, time_text
from ui.pages.patrol.board import OPEN, DueBoard, DueRow
from ui.pages.patrol.rounds import Rounds
from ui.pages.patrol.wrapped import Wrapped
from ui.widgets.elided import ElidedLine
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts

BUTTONS = 200
DRAFTS_HIGH, MISSED_HIGH = 132, 108
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class _Button:
    words: str
    kind: str
    fits: Callable[[], str]
    button: QPushButton


class NowTab(QWidget):
    """Signals say what somebody wants; the page does it."""

    beginWanted = Signal()
    printWanted = Signal()
    paperWanted = Signal()
    explainWanted = Signal()
    goOnWanted = Signal(str)
    submitWanted = Signal(str)
    discardWanted = Signal(str)

    def __init__(self, acts: "Acts", rounds: Rounds) -> None:
        super().__init__()
        self._acts, self._rounds = acts, rounds
        self.told: PatrolPage | None = None
        self._buttons: list[_Button] = []
        self.refused = Wrapped(3, theme.TITLE)
        self.board = DueBoard(acts.model)
        self.area = QScrollArea()
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.filler = QWidget()
        self.missed_title, self.missed = ElidedLine(bold=True), Sheet("missed")
        self.drafts_title, self.drafts = ElidedLine(bold=True), Sheet("drafts")
        self.trouble = ElidedLine(bold=True)
        self.side = QVBoxLayout()
        self._lay_out()
        self._add_buttons()
        self.board.wanted.connect(self.beginWanted)
        for part in (self.board, self.missed, self.drafts):
            part.chosen.connect(self.look)
        self.drafts.doubleClicked.connect(lambda _: self._draft_opened())
        acts.drafts.changed.connect(self.show_drafts)

    def _lay_out(self) -> None:
        self.area.setWidget(self.board)
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.missed.setFixedHeight(MISSED_HIGH)
        self.drafts.setFixedHeight(DRAFTS_HIGH)
        left = QVBoxLayout()
        for widget, stretch in ((self.refused, 0), (self.area, 1), (self.missed_title, 0), (self.missed, 0)):
            left.addWidget(widget, stretch)
        for line in (self.drafts_title, self.drafts, self.trouble):
            left.addWidget(line)
        left.addWidget(self.filler, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 8, 8, 8)
        row.addLayout(left, 1)
        row.addLayout(self.side)

    def _add_buttons(self) -> None:
        self.begin = self._button(N_("Begin the round"), "patrol.begin", self.beginWanted.emit, self._begin_why)
        self.begin.setMinimumHeight(44)
        self.begin.setFont(theme.font(theme.TITLE, bold=True))
        self.print = self._button(N_("Print the sheet…"), "", self.printWanted.emit, self._route_why)
        self.paper = self._button(N_("Enter a paper sheet…"), "patrol.submit", self.paperWanted.emit, self._routes_why)
        self.explain = self._button(N_("Explain missed rounds…"), "patrol.missed", self.explainWanted.emit, self._missed_why)
        self.side.addStretch(1)
        self.go_on = self._button(N_("Go on with the draft"), "", lambda: self.goOnWanted.emit(self.drafts.chosen_id()), self._go_on_why)
        self.submit = self._button(
            N_("Hand in the draft"), "patrol.submit", lambda: self.submitWanted.emit(self.drafts.chosen_id()), self._submit_why
        )
        discard = self._button(N_("Discard the draft…"), "", lambda: self.discardWanted.emit(self.drafts.chosen_id()), self._discard_why)
        self.discard = discard

    def _button(self, words: str, kind: str, pressed: Callable[[], None], fits: Callable[[], str]) -> QPushButton:
        button = QPushButton()
        button.setFixedWidth(BUTTONS)
        button.clicked.connect(lambda: pressed())
        self._buttons.append(_Button(words, kind, fits, button))
        self.side.addWidget(button)
        return button

    # what is shown

    def retranslate(self) -> None:
        """The words in the language in force."""
        self.drafts_title.set_text(tr("Drafts of this console: handed in by nobody but their own person"))
        self.missed_title.set_text(tr("Missed, and nobody has said why"))
        self.show_all()

    def refuse(self, words: str) -> None:
        """Nothing is known of what is due; drafts are there all the same."""
        self.told = None
        self.refused.tell(words)
        self.show_all()

    def tell(self, told: PatrolPage) -> None:
        """The newest answer."""
        self.told = told
        self.refused.tell("")
        self.show_all()

    def show_all(self) -> None:
        """Everything anew."""
        self.refused.setVisible(self.told is None)
        self.area.setVisible(self.told is not None)
        self.filler.setVisible(self.told is None)
        self.board.tell(self._rows())
        missed = self.missed_dues()
        titles = [tr("Round"), tr("Was due"), tr("until")]
        zone, now = self._acts.model.zone, self._acts.model.now()
        rows = [
            Row(
                f"{one.route}@{one.at}",
                (
                    Cell(self.name_of(one.route), Sign.BLOCK, bold=True),
                    Cell(time_text(one.at, zone, now)[:-3]),
                    Cell(time_text(one.until, zone, now)[:-3]),
                ),
            )
            for one in missed
        ]
        self.missed.tell(titles, rows, wide=0)
        self.missed.describe(self.missed_title.text())
        for part in (self.missed_title, self.missed):
            part.setVisible(bool(missed))
        self.show_drafts()

    def second(self) -> None:
        """Times go on."""
        self.board.refresh()

    def route_of(self, code: str) -> RouteInfo | None:
        """The route with this code that is in force."""
        return next((one for one in self.told.routes if one.content.code == code), None) if self.told is not None else None

    def name_of(self, code: str) -> str:
        """What a route is called."""
        route = self.route_of(code)
        return pick(route.content.name) if route is not None else code

    def missed_dues(self) -> list[DueInfo]:
        """Missed ones without a reason."""
        return [one for one in self.told.dues if one.state == "missed" and not one.why] if self.told is not None else []

    def _rows(self) -> list[DueRow]:
        if self.told is None:
            return []
        routes = {one.content.code: one for one in self.told.routes if one.ended is None}
        pressing = [one for one in self.told.dues if one.state in OPEN and one.route in routes]
        coming = [one for one in self.told.dues if one.state == "planned" and one.route in routes]
        first: dict[str, DueInfo] = {}
        for one in sorted(coming, key=lambda due: due.at):
            first.setdefault(one.route, one)
        pressing.sort(key=lambda due: (bool(due.walking), due.until))
        rows = [DueRow(routes[one.route], one) for one in (*pressing, *first.values())]
        rows += [DueRow(route, None) for route in routes.values() if route.content.plan is None]
        return rows[:MOST_ROWS]

    def show_drafts(self) -> None:
        """The drafts, and what is wrong with them."""
        if not self.isVisible():
            return
        now = self._acts.model.now()
        rows = [self._draft_row(one, now) for one in self._rounds.drafts()]
        self.drafts.tell([tr("Round"), tr("Of"), tr("Begun"), tr("How far"), tr("Since the last edit")], rows, wide=0)
        self.drafts.describe(tr("Drafts of this console"))
        if rows and not self.drafts.chosen_id():
            self.drafts.choose(rows[0].id)
        damaged = self._acts.drafts.damaged
        words = tr("Damaged, put aside: {names}", names=", ".join(damaged)) if damaged else ""
        self.trouble.set_text(self._acts.drafts.trouble or words)
        self.trouble.setVisible(bool(self.trouble.text()))
        for part in (self.drafts_title, self.drafts):
            part.setVisible(bool(rows) or self.told is None)
        self.look()

    def _draft_row(self, one: Draft, now: int) -> Row:
        walk = self._rounds.walk(one.id)
        far = tr("{n} of {m} done", n=walk.done(), m=len(walk.places)) if walk is not None else tr("cannot be read by this version")
        if walk is not None and walk.state.sent is not None:
            far = tr("handed in, no answer yet")
        if one.id == self._rounds.sending:
            far = tr("sent…")
        ready = walk is not None and walk.done() == len(walk.places)
        begun = time_text(one.begun, self._acts.model.zone, now)[:-3]
        title = tr("{title} (paper)", title=one.title) if walk is not None and walk.paper else one.title
        age = Cell(span_text((now - one.saved) / 1000))
        cells = (Cell(title, Sign.DISC if ready else Sign.RING), Cell(one.person), Cell(begun), Cell(far), age)
        return Row(one.id, cells)

    # what can be done

    def look(self) -> None:
        """Which buttons make sense now."""
        for one in self._buttons:
            why = ("" if one.button in self._asks_who() else self._acts.why_not(one.kind) if one.kind else "") or one.fits()
            one.button.setText(tr(one.words))
            one.button.setEnabled(not why)
            one.button.setToolTip(why)

    def _asks_who(self) -> tuple[QPushButton, ...]:
        """Beginning is left to the round, which can be begun without the station; handing in asks nobody-here for the login first."""
        here = self._rounds.somebody() or not self._acts.model.connected
        return (self.begin,) if here else (self.begin, self.submit)

    def _route_why(self) -> str:
        return "" if self.board.row() is not None else tr("choose a round first")

    def _routes_why(self) -> str:
        return "" if self.told is not None and self.told.routes else tr("no route is published")

    def _begin_why(self) -> str:
        row = self.board.row()
        if row is None:
            return tr("choose a round first")
        if row.due is not None and row.due.state == "planned" and self._acts.model.now() < row.due.opens:
            return tr("it opens at {time}", time=time_text(row.due.opens, self._acts.model.zone, self._acts.model.now())[:-3])
        return ""

    def _missed_why(self) -> str:
        return "" if self.missed_dues() else tr("no round was missed")

    def chosen_draft(self) -> Draft | None:
        """The chosen draft."""
        return self._acts.drafts.draft(self.drafts.chosen_id())

    def _draft_why(self) -> str:
        draft = self.chosen_draft()
        if draft is None:
            return tr("choose a draft first")
        if draft.id == self._rounds.sending:
            return tr("it is on its way")
        return tr("this is the round of {person}", person=draft.person) if self._rounds.of_another(draft) else ""

    def _go_on_why(self) -> str:
        why = self._draft_why()
        draft = self.chosen_draft()
        return why or ("" if draft is not None and self._rounds.walk(draft.id) is not None else tr("cannot be read by this version"))

    def _submit_why(self) -> str:
        why = self._go_on_why()
        draft = self.chosen_draft()
        walk = self._rounds.walk(draft.id) if draft is not None else None
        if why or walk is None:
            return why
        open = len(walk.places) - walk.done()
        return tr("{n} items are still open.", n=open) if open else ""

    def _discard_why(self) -> str:
        why = self._draft_why()
        draft = self.chosen_draft()
        walk = self._rounds.walk(draft.id) if draft is not None and not why else None
        if not why and not self._rounds.somebody():
            return tr(COMMAND_CODES["not_logged_in"])
        if walk is not None and walk.state.sent is not None:
            return tr("it was handed in: hand it in once more to learn what became of it")
        if walk is not None and walk.state.told and not self._acts.model.connected:
            return tr("the station knows of this round and cannot be reached")
        return why

    def _draft_opened(self) -> None:
        if self.go_on.isEnabled():
            self.goOnWanted.emit(self.drafts.chosen_id())
