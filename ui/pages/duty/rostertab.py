"""The roster: whose turn it is now, the month, changes over the plan, holes. Decides no right and nothing about the plan."""

import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cityops_desktop.duty.roster import CREW
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.roster import RosterPage, TurnInfo
from cityops_desktop.texts import N_, pick, tr
from ui import theme
from ui.actions.outcome import result_text
from ui.dialogs.rosterforms import RosterForms
from ui.models.asking import Asking
from ui.models.room import RoomModel
from ui.models.shown import moment, time_text
from ui.pages.duty.monthboard import MonthBoard
from ui.pages.duty.rosterfiles import calendar_file, month_report
from ui.pages.duty.rosterwords import Roster, edges, month_of
from ui.pages.duty.tab import DutyTab
from ui.pages.duty.turnbox import TurnBox
from ui.paper import blocks, sheet
from ui.paper.run import PaperRun
from ui.widgets.elided import ElidedLine
from ui.widgets.savedialog import save_dialog
from ui.widgets.sheet import Cell, Row, Sheet, Sign

if TYPE_CHECKING:
    from ui.acts import Acts
    from ui.link import Link

PATH = "/api/v1/duty/roster"
SIDE = 372
UNREACHABLE = ("no_station", "no_answer", "busy", "search_too_slow")
DAY_MS = 86_400_000


class RosterTab(DutyTab):
    """Asks the station while it is shown; the turn that runs is there for everybody."""

    id = "roster"
    title = N_("Roster")

    def __init__(self, acts: "Acts", link: "Link", model: RoomModel) -> None:
        super().__init__(acts, link, model)
        self.told: RosterPage | None = None
        self.first: datetime.date | None = None
        self.forms = RosterForms(acts)
        self.running: PaperRun | None = None
        self._dialog: QFileDialog | None = None
        self.post = QComboBox()
        self.back, self.on, self.now = QPushButton("<"), QPushButton(">"), QPushButton()
        self.month = QLabel()
        self.age = QLabel()
        self.file, self.paper = QPushButton(), QPushButton()
        self.menu = QMenu(self)
        self.board = MonthBoard()
        self.said = ElidedLine(colour="text_dim")
        self.refused = QLabel()
        self.login = QPushButton()
        self.sides = QStackedWidget()
        self.turn = TurnBox(model)
        self.holes_head, self.changes_head = QLabel(), QLabel()
        self.holes, self.changes = Sheet("holes"), Sheet("changes")
        self.buttons = {
            "publish": QPushButton(),
            "end": QPushButton(),
            "leave": QPushButton(),
            "stand_in": QPushButton(),
            "swap": QPushButton(),
            "withdraw": QPushButton(),
        }
        self._lay_out()
        self._asking = Asking(link, acts, PATH, "duty.read", RosterPage, self, self._answered, self._query)
        self._connect()
        self.retranslate()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(self.post)
        for button in (self.back, self.on):
            button.setFixedWidth(34)
        head.addWidget(self.back)
        self.month.setFont(theme.font(theme.BODY, bold=True))
        self.month.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.month.setFixedWidth(96)
        head.addWidget(self.month)
        for widget in (self.on, self.now):
            head.addWidget(widget)
        head.addStretch(1)
        for button in (self.file, self.paper):
            head.addWidget(button)
        closed = QWidget()
        column = QVBoxLayout(closed)
        self.refused.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
        column.addWidget(self.refused)
        column.addWidget(self.login, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(2)
        open_ = QWidget()
        left = QVBoxLayout(open_)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(6)
        left.addLayout(head)
        left.addWidget(self.board, 1)
        row = QHBoxLayout()
        row.addWidget(self.said, 1)
        row.addWidget(self.age)
        left.addLayout(row)
        self.sides.addWidget(closed)
        self.sides.addWidget(open_)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(8, 8, 8, 8)
        whole.setSpacing(14)
        whole.addWidget(self.sides, 1)
        whole.addWidget(self._side())

    def _side(self) -> QWidget:
        side = QWidget()
        side.setFixedWidth(SIDE)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.turn)
        for label in (self.holes_head, self.changes_head):
            label.setFont(theme.font(theme.SMALL, bold=True))
        column.addSpacing(6)
        column.addWidget(self.holes_head)
        column.addWidget(self.holes, 2)
        column.addWidget(self.changes_head)
        column.addWidget(self.changes, 3)
        grid = QGridLayout()
        grid.setSpacing(6)
        for number, button in enumerate(self.buttons.values()):
            grid.addWidget(button, number // 3, number % 3)
        column.addLayout(grid)
        return side

    def _connect(self) -> None:
        self.login.clicked.connect(lambda: self.acts.ask_login(tr("Log in to see the roster.")))
        self.post.currentIndexChanged.connect(lambda _: self._show())
        self.back.clicked.connect(lambda: self._turn_to(-1))
        self.on.clicked.connect(lambda: self._turn_to(1))
        self.now.clicked.connect(self._today)
        self.board.monthWanted.connect(self._turn_to)
        self.board.looked.connect(lambda: self.said.set_text(self.board.said()))
        self.file.setMenu(self.menu)
        self.menu.aboutToShow.connect(self._offer_files)
        self.paper.clicked.connect(self._ask_paper)
        self.turn.sign_in.clicked.connect(self._sign_in)
        self.turn.sign_out.clicked.connect(self._sign_out)
        acts = {"publish": self.forms.publish, "end": self.forms.end, "leave": self.forms.leave}
        for name, ask in acts.items():
            self.buttons[name].clicked.connect(lambda _=False, ask=ask: ask())
        self.buttons["stand_in"].clicked.connect(lambda: self.forms.stand_in(self._coming()))
        self.buttons["swap"].clicked.connect(lambda: self.forms.swap(self._coming()))
        self.buttons["withdraw"].clicked.connect(self._withdraw)
        self.changes.chosen.connect(self._look)
        self.model.stationChanged.connect(self._duty_changed)
        self.model.replaced.connect(self._duty_changed)
        self.link.sessionChanged.connect(self._look)

    def retranslate(self) -> None:
        """The words in the language in force."""
        words = {
            self.back: "<",
            self.on: ">",
            self.now: tr("This month"),
            self.file: tr("Calendar file"),
            self.paper: tr("Print…"),
            self.login: tr("Log in"),
            self.buttons["publish"]: tr("Publish…"),
            self.buttons["end"]: tr("End…"),
            self.buttons["leave"]: tr("Leave of absence…"),
            self.buttons["stand_in"]: tr("Stand-in…"),
            self.buttons["swap"]: tr("Swap…"),
            self.buttons["withdraw"]: tr("Withdraw…"),
        }
        for button, text in words.items():
            button.setText(text)
        for widget, text in (
            (self.back, tr("Month before")),
            (self.on, tr("Month after")),
            (self.post, tr("Post")),
            (self.board, tr("Roster of the month")),
        ):
            widget.setAccessibleName(text)
        self.back.setToolTip(tr("Month before"))
        self.on.setToolTip(tr("Month after"))
        self.holes_head.setText(tr("Times without anybody, next 31 days"))
        self.changes_head.setText(tr("Changes over the plan"))
        if self.told is None:
            self._show_refusal("not_logged_in" if self.link.session is None else "")
        self._duty_changed()
        self._show()

    def take_keyboard(self) -> None:
        """The month."""
        self.board.setFocus()

    # what the station tells

    def _query(self) -> dict[str, str | int | list[str] | None]:
        begin, end = edges(self._month(), self.model.zone)
        return {"from": begin, "to": end}

    def _month(self) -> datetime.date:
        if self.first is None:
            self.first = moment(self.model.now(), self.model.zone).date().replace(day=1)
        return self.first

    def _turn_to(self, months: int) -> None:
        self.first = month_of(self._month(), months)
        self._show()
        self._asking.ask()

    def _today(self) -> None:
        self.first = None
        self._turn_to(0)

    def _answered(self, told: RosterPage | CommandResult) -> None:
        if isinstance(told, RosterPage):
            self.told = self.forms.page = told
            self.age.setText(tr("as told at {time}", time=time_text(told.now, self.model.zone, self.model.now())))
            self.age.setFont(theme.font(theme.SMALL))
            self.sides.setCurrentIndex(1)
            self._fill_posts()
            self._show()
        elif told.code in UNREACHABLE and self.told is not None:
            self.age.setFont(theme.font(theme.SMALL, bold=True))
        else:
            self.told = self.forms.page = None
            self._show_refusal(told.code, told)
            self._show()

    def _show_refusal(self, code: str, told: CommandResult | None = None) -> None:
        words = tr("Nobody is logged in.") if code == "not_logged_in" else result_text(told) if told is not None and code else ""
        self.refused.setText(f"{words}\n\n{tr('The roster of the month is shown to whoever is logged in.')}".strip())
        self.login.setVisible(self.link.session is None)
        self.sides.setCurrentIndex(0)

    def _fill_posts(self) -> None:
        assert self.told is not None
        posts = [
            (one.id, one.name)
            for one in self.told.posts
            if not one.replaces and (not one.over or any(t.post == one.id for t in self.told.turns))
        ]
        before = [(self.post.itemData(n), self.post.itemText(n)) for n in range(self.post.count())]
        if posts != before:
            kept = self.post.currentData()
            self.post.blockSignals(True)
            self.post.clear()
            for id, name in posts:
                self.post.addItem(name, id)
            self.post.setCurrentIndex(max(0, self.post.findData(kept if kept is not None else CREW)))
            self.post.blockSignals(False)
        self.post.setVisible(bool(posts))

    def _roster(self) -> Roster | None:
        return Roster(self.told, self.model.zone, self._me()) if self.told is not None else None

    def _me(self) -> str:
        return self.link.session.person.id if self.link.session is not None else ""

    def _show(self) -> None:
        """The month and the two lists."""
        first, roster = self._month(), self._roster()
        self.month.setText(f"{first:%Y-%m}")
        today = moment(self.model.now(), self.model.zone).date()
        shown = roster is not None and roster.page.begin == edges(first, self.model.zone)[0]
        self.board.tell(first, today, roster.days(self._post(), first) if roster is not None and shown else [])
        self._show_lists(roster)
        self._look()

    def _post(self) -> str:
        return str(self.post.currentData() or CREW)

    def _show_lists(self, roster: Roster | None) -> None:
        holes = [roster.hole(one) for one in roster.page.ahead] if roster is not None else []
        rows = [Row(f"{n}", (Cell(when, Sign.TRIANGLE, bold=True), Cell(what))) for n, (when, what) in enumerate(holes)]
        if roster is not None and not rows:
            none = tr("none: somebody is there at any time") if roster.page.posts else tr("no roster has been published yet")
            rows = [Row("none", (Cell(none, Sign.TICK if roster.page.posts else Sign.NONE, dim=not roster.page.posts), Cell("")))]
        self.holes.tell([tr("When"), tr("Post")], rows, wide=0)
        self.holes.describe(tr("Times without anybody, next 31 days"))
        told = [(one, roster.change(one)) for one in reversed(roster.page.changes)] if roster is not None else []
        rows = [Row(one.id, (Cell(who, tip=f"{one.why}\n{one.actor_name}"), Cell(what), Cell(when))) for one, (what, who, when) in told]
        self.changes.tell([tr("Who"), tr("Kind"), tr("When")], rows, wide=0, most=170)
        self.changes.describe(tr("Changes over the plan"))

    def _duty_changed(self) -> None:
        self.turn.refresh()
        self._look_next()
        self._look()

    def _look_next(self) -> None:
        """What comes next, from the month that is known."""
        now = self.model.now()
        roster = self._roster()
        coming = [turn for turn in roster.page.turns if turn.post == CREW and turn.begin > now] if roster is not None else []
        turn = min(coming, key=lambda one: one.begin, default=None)
        words = ""
        if turn is not None and roster is not None:
            words = tr("Next: {turn}", turn=f"{moment(turn.begin, self.model.zone):%m-%d %H:%M} {turn.name} {roster.people(turn)}")
        self.turn.following.set_text(words)

    def _look(self) -> None:
        """Which acts can be given now; a button that cannot be pressed says why."""
        kinds = {"publish": "duty.plan", "end": "duty.end", "withdraw": "duty.withdraw"}
        for name, button in self.buttons.items():
            why = self.acts.why_not(kinds.get(name, "duty.change"))
            if not why and name == "withdraw" and not self.changes.chosen_id():
                why = tr("choose a row first")
            if not why and name == "end" and not self.post.count():
                why = tr("no roster has been published yet")
            if not why and name in ("stand_in", "swap") and not self._coming():
                why = tr("There is no turn to choose.")
            button.setEnabled(not why)
            button.setToolTip(why)
        for button in (self.file, self.paper):
            button.setEnabled(self.told is not None and bool(self.told.posts))
        here = self._here()
        self.turn.sign_in.setEnabled(self.link.session is None or not self.acts.why_not("duty.sign_in"))
        self.turn.sign_in.setToolTip("" if self.link.session is None else self.acts.why_not("duty.sign_in"))
        gone = self.acts.why_not("duty.sign_out") or ("" if here else tr("You have not signed in."))
        self.turn.sign_out.setEnabled(not gone)
        self.turn.sign_out.setToolTip(gone)
        self._look_next()

    # acts

    def _coming(self) -> list[TurnInfo]:
        """Turns of this post that one can choose from: those of the month that have not ended."""
        if self.told is None:
            return []
        return [turn for turn in self.told.turns if turn.post == self._post() and turn.end > self.model.now()]

    def _here(self) -> str:
        """The post to which I have signed in, "" = none."""
        me = self._me()
        signs = [one for one in self.told.signs if one.left is None] if self.told is not None else []
        mine = [one.post for one in signs if one.account == me and me and one.end > self.model.now() - DAY_MS]
        duty = self.model.station.duty.people if self.model.station is not None else []
        return next(iter([*mine, *(one.post for one in duty if one.account == me and me and one.signed_in is not None)]), "")

    def _sign_in(self) -> None:
        me, now = self._me(), self.model.now()
        soon = [turn for turn in self.told.turns if turn.begin - 3_600_000 <= now < turn.end] if self.told is not None else []
        mine = [turn.post for turn in soon if any(me in place.holders for place in turn.places)]
        crew = [turn for turn in soon if turn.post == CREW]
        free = not me or self.told is None or not any(turn.places for turn in crew)
        self.forms.sign_in(next(iter(mine), CREW), planned=bool(mine) or free)

    def _sign_out(self) -> None:
        post, me = self._here(), self._me()
        signs = self.told.signs if self.told is not None else []
        others = {one.account: one.name for one in signs if one.left is None and one.post == post and one.account != me}
        self.forms.sign_out(post, list(others.items()))

    def _withdraw(self) -> None:
        roster = self._roster()
        one = next((one for one in roster.page.changes if one.id == self.changes.chosen_id()), None) if roster is not None else None
        if one is not None and roster is not None:
            self.forms.withdraw(one, " · ".join((*roster.change(one), one.why)))

    # files

    def _offer_files(self) -> None:
        self.menu.clear()
        roster = self._roster()
        if roster is None:
            return
        people = {one for turn in roster.page.turns if turn.post == self._post() for place in turn.places for one in place.holders if one}
        for account, words in [("", tr("everybody")), *sorted(((one, roster.name(one)) for one in people), key=lambda one: one[1])]:
            action = QAction(words, self.menu)
            action.triggered.connect(partial(self._ask_file, account))
            self.menu.addAction(action)

    def _ask_file(self, account: str, _checked: bool = False) -> None:
        roster = self._roster()
        if roster is None:
            return
        name = f"{roster.post(self._post())} {roster.name(account)}".strip()
        self._dialog = save_dialog(self, tr("Calendar file"), f"{name}.ics", partial(self.save_calendar, self._post(), account))
        self._dialog.open()

    def save_calendar(self, post: str, account: str, path: Path) -> None:
        """A year from the month that is shown, asked for anew."""
        begin = edges(self._month(), self.model.zone)[0]
        query: dict[str, str | int | list[str] | None] = {"from": begin, "to": begin + 365 * DAY_MS}
        self.acts.ask(PATH, RosterPage, partial(self._write_calendar, post, account, path), query)

    def _write_calendar(self, post: str, account: str, path: Path, told: RosterPage | CommandResult) -> None:
        if isinstance(told, CommandResult):
            self.said.set_text(result_text(told))
            return
        room = self.model.room
        roster = Roster(told, self.model.zone, self._me())
        data = calendar_file(roster, post, account, pick(room.names) if room is not None else "", room.domain if room is not None else "")
        try:
            path.write_bytes(data)
        except OSError as error:
            self.said.set_text(tr("Not saved: {error}", error=str(error)))
        else:
            self.said.set_text(tr("Saved: {path}", path=str(path)))

    def _ask_paper(self) -> None:
        roster = self._roster()
        if roster is not None:
            name = f"{roster.post(self._post())} {self._month():%Y-%m}.pdf"
            self._dialog = save_dialog(self, tr("Print the month"), name, self.save_paper)
            self._dialog.open()

    def save_paper(self, path: Path) -> None:
        """The month as a PDF."""
        roster = self._roster()
        if roster is None or self.running is not None:
            return
        demo = tr("DEMO: simulated") if self.model.room is not None and self.model.room.origin == "demo" else ""
        report = month_report(roster, self._post(), self._month(), self.model.zone, demo)
        self.running = PaperRun(path, sheet.heading_of(self.model, tr("Duty roster")), blocks.pages_of(report, landscape=True), self)
        self.running.ended.connect(self._saved)
        self.running.start()

    def _saved(self, words: str) -> None:
        if self.running is not None:
            self.running.deleteLater()
            self.running = None
        self.said.set_text(words)
