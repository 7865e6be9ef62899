"""The dialogs of the roster: plans, changes over a plan, coming and going. Decide nothing; what the station would refuse it says itself."""

import datetime
from collections.abc import Callable, Sequence
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING

from pydantic import ValidationError
from PySide6.QtWidgets import QComboBox, QSpinBox

from cityops_desktop.duty import roster
from cityops_desktop.duty.roster import CREW, LEADER, PATTERNS, Plan, Slot, Sort
from cityops_desktop.link.duty import roster as messages
from cityops_desktop.link.duty.roster import ChangeInfo, PersonInfo, PostInfo, RosterPage, TurnInfo
from cityops_desktop.texts import tr
from ui.actions.roster import give
from ui.dialogs.rosterplan import CREWS, LETTERS, People, crews_of, crews_text, lettered, listed_of, offsets_of, slots_of, slots_text
from ui.models.shown import moment
from ui.widgets.form import BESIDE_TEXT, ActDialog, Form, Line, Told, Wrong

if TYPE_CHECKING:
    from ui.acts import Action, Acts

FREE, LIST, WEEK, DAY = "free", "list", "week", "day"
OTHER = "other"
LEADERS = 4
PREVIEW = 4
"""Days of a plan that are shown before it is published."""
TEXT_HIGH = 130


class RosterForms:
    """One for the tab. `page` is the newest answer of the station."""

    def __init__(self, acts: "Acts") -> None:
        self._acts = acts
        self.page: RosterPage | None = None

    @property
    def zone(self) -> tzinfo:
        """Of the room."""
        return self._acts.model.zone

    def _people(self) -> list[PersonInfo]:
        return sorted((one for one in self.page.people if one.enabled), key=lambda one: one.name) if self.page is not None else []

    def _posts(self) -> list[PostInfo]:
        return [one for one in self.page.posts if not one.over and not one.replaces] if self.page is not None else []

    def _today(self) -> datetime.date:
        return moment(self._acts.model.now(), self.zone).date()

    def _show(
        self,
        kind: str,
        title: str,
        words: str,
        lines: Sequence[Line],
        make: Callable[[Told], messages.RosterAct],
        warn: Callable[[Told], str] | None = None,
        high: int = 0,
    ) -> None:
        """`high`: px of a text of many lines, where the dialog has much else to show."""

        def action(told: Told) -> "Action":
            try:
                return partial(give, act=make(told))
            except ValidationError as error:
                raise Wrong(tr("This cannot be sent: {what}", what=str(error.errors()[0]["msg"]))) from None

        dialog = ActDialog(self._acts, kind, title, words, lines, action, zone=self.zone, warn=warn)
        for line in lines:
            if line.kind == "long" and high:
                dialog.edits[line.key].setFixedHeight(high)
        self._acts.show(dialog)

    # plans

    def publish(self) -> None:
        """Which post, by which pattern; then the plan itself."""
        self._acts.prepare(tr("Publish a roster"), "duty.plan", self._choose)

    def _choose(self) -> None:
        posts = [(one.id, one.name) for one in self.page.posts if not one.over] if self.page is not None else []
        self._acts.show(PlanChoice(posts, self._write))

    def _write(self, post: str, chosen: str, count: int) -> None:
        name = next((one.name for one in self.page.posts if one.id == post), "") if self.page is not None else ""
        if post == OTHER:
            post = f"post-{self._acts.model.now() // 1000:x}"
        if chosen == LIST:
            self._write_list(post, name)
        else:
            self._write_cycle(post, name, chosen, count)

    def _write_cycle(self, post: str, name: str, chosen: str, count: int) -> None:
        people = People(self._people())
        slots, cycle, offsets, fixed = _usual(chosen, count)
        crews = [roster.Crew(name=_crew_name(n, chosen), offset=offset, members=()) for n, offset in enumerate(offsets)]
        since = self._today() + datetime.timedelta(days=1)
        lines = [
            Line("name", tr("Post"), value=name or _usual_name(post), most=40),
            Line("since", tr("From"), "day", since.isoformat()),
            Line("slots", tr("Turns"), value=slots_text(slots), most=600),
            Line("cycle", tr("Cycle"), value=cycle, most=1000),
            Line("offsets", tr("Days ahead"), value=" ".join(map(str, offsets)), most=400),
            Line("crews", tr("Crews"), "long", crews_text(crews, people)),
            Line("round", tr("somebody must be there at any time"), "check", chosen != FREE),
            Line("why", tr("Reason"), value=tr("roster"), most=500),
        ]

        def plan(told: Told) -> Plan:
            cycle = told.text("cycle")
            turns = slots_of(told.text("slots"))
            given = crews_of(told.text("crews"), people, offsets_of(told.text("offsets"), cycle))
            since = told.text("since")
            return Plan(
                post=post,
                name=told.text("name"),
                since=since,
                slots=turns,
                cycle=cycle,
                epoch=since,
                crews=given,
                fixed=fixed,
                round_clock=told.checked("round"),
            )

        def make(told: Told) -> messages.RosterAct:
            return messages.PublishPlan(plan=plan(told), why=told.text("why"))

        words = tr("People: {names}", names=tr(", ").join(people.names.values()))
        self._show_plan(words, lines, make, lambda told: self._preview(lambda: plan(told), people))

    def _write_list(self, post: str, name: str) -> None:
        people = People(self._people())
        replaced = [("", tr("a post of its own")), *((one.id, one.name) for one in self._posts() if one.id != post)]
        since = self._today() + datetime.timedelta(days=1)
        lines = [
            Line("name", tr("Name of the list"), value=name, most=40),
            Line("replaces", tr("Takes the turns of"), "choice", CREW, replaced),
            Line("listed", tr("Days"), "long", f"{since}: "),
            Line("slots", tr("Turns, for a post of its own"), optional=True, hint="H 09:00-17:00", most=400),
            Line("why", tr("Reason"), most=500),
        ]

        def plan(told: Told) -> Plan:
            own = not told.text("replaces")
            listed = listed_of(told.text("listed"), people)
            slots = slots_of(told.text("slots")) if own else ()
            return Plan(
                post=post, name=told.text("name"), since=since.isoformat(), slots=slots, listed=listed, replaces=told.text("replaces")
            )

        def make(told: Told) -> messages.RosterAct:
            return messages.PublishPlan(plan=plan(told), why=told.text("why"))

        words = tr("A day a line: date, the sign of a turn if only one is meant, names. People: {names}", names=people.told(people.names))
        self._show_plan(words, lines, make, lambda told: self._preview(lambda: plan(told), people))

    def _show_plan(
        self, words: str, lines: Sequence[Line], make: Callable[[Told], messages.RosterAct], warn: Callable[[Told], str]
    ) -> None:
        self._show("duty.plan", tr("Publish a roster"), words, lines, make, warn, high=TEXT_HIGH)

    def _preview(self, made: Callable[[], Plan], people: People) -> str:
        """The first days of what is typed, or what is wrong with it."""
        try:
            plan = made()
        except Wrong as wrong:
            return str(wrong)
        except ValidationError:
            return ""
        if roster.wrong(plan):
            return tr("Turns, cycle and crews do not fit together yet.")
        if plan.listed:
            return tr("{n} days", n=len(plan.listed))
        first = roster.day_of(plan.since)
        found = []
        for n in range(PREVIEW):
            day = first + datetime.timedelta(days=n)
            at = list(roster.crews_at(plan, day))
            crews = [(slot.sign, crew) for slot in plan.slots for sign, crew in at if sign == slot.sign]
            told = "  ".join(f"{sign} {crew.name or people.told(crew.members)}" for sign, crew in crews)
            found.append(f"{day:%m-%d}  {told}")
        return "\n".join(found)

    def end(self) -> None:
        """Nobody has a post any more."""
        posts = [(one.id, one.name) for one in self.page.posts if not one.over] if self.page is not None else []
        since = self._today() + datetime.timedelta(days=1)
        lines = [
            Line("post", tr("Post"), "choice", posts[0][0] if posts else "", posts),
            Line("since", tr("From"), "day", since.isoformat()),
            _why(),
        ]
        make = lambda told: messages.EndPost(post=told.text("post"), since=told.text("since"), why=told.text("why"))  # noqa: E731
        self._acts.prepare(tr("End a post"), "duty.end", lambda: self._show("duty.end", tr("End a post"), "", lines, make))

    # changes

    def leave(self) -> None:
        """Somebody is away."""
        people = [(one.id, one.name) for one in self._people()]
        lines = [
            Line("account", tr("Who"), "choice", people[0][0] if people else "", people),
            Line("begin", tr("From"), "moment", None),
            Line("end", tr("Until"), "moment", None),
            _why(),
        ]

        def make(told: Told) -> messages.RosterAct:
            begin, end = told.time("begin") or 0, told.time("end") or 0
            return messages.ChangeDuty(sort=Sort.LEAVE, post="", account=told.text("account"), begin=begin, end=end, why=told.text("why"))

        words = tr("Turns that nobody has then are holes until somebody stands in.")
        self._acts.prepare(
            tr("Leave of absence"), "duty.change", lambda: self._show("duty.change", tr("Leave of absence"), words, lines, make)
        )

    def stand_in(self, turns: Sequence[TurnInfo]) -> None:
        """Somebody takes another's turn; `turns` are those to choose from."""
        places = self._places(turns)
        people = [(one.id, one.name) for one in self._people()]
        lines = [
            Line("turn", tr("Turn"), "choice", "", places),
            Line("other", tr("Who stands in"), "choice", people[0][0] if people else "", people),
            _why(),
        ]

        def make(told: Told) -> messages.RosterAct:
            turn, account = self._turn(turns, told.text("turn"))
            who = {"account": account, "other": told.text("other"), "why": told.text("why")}
            return messages.ChangeDuty(sort=Sort.STAND_IN, post=turn.post, begin=turn.begin, end=turn.end, **who)

        self._acts.prepare(tr("Stand-in"), "duty.change", lambda: self._show("duty.change", tr("Stand-in"), "", lines, make))

    def swap(self, turns: Sequence[TurnInfo]) -> None:
        """Two change places."""
        places = self._places(turns)
        lines = [Line("turn", tr("Turn"), "choice", "", places), Line("other", tr("With the turn"), "choice", "", places), _why()]

        def make(told: Told) -> messages.RosterAct:
            (turn, account), (theirs, other) = self._turn(turns, told.text("turn")), self._turn(turns, told.text("other"))
            spans = {"begin": turn.begin, "end": turn.end, "other_begin": theirs.begin, "other_end": theirs.end}
            return messages.ChangeDuty(sort=Sort.SWAP, post=turn.post, account=account, other=other, why=told.text("why"), **spans)

        self._acts.prepare(tr("Swap"), "duty.change", lambda: self._show("duty.change", tr("Swap"), "", lines, make))

    def withdraw(self, one: ChangeInfo, words: str) -> None:
        """It does not count."""
        make = lambda told: messages.WithdrawChange(change=one.id, why=told.text("why"))  # noqa: E731
        self._acts.prepare(
            tr("Withdraw a change"), "duty.withdraw", lambda: self._show("duty.withdraw", tr("Withdraw a change"), words, [_why()], make)
        )

    def _places(self, turns: Sequence[TurnInfo]) -> list[tuple[str, str]]:
        names = {one.id: one.name for one in self.page.people} if self.page is not None else {}
        found = []
        for number, turn in enumerate(turns):
            for place in turn.places:
                holder = next((one for one in place.holders if one), place.planned)
                begin = moment(turn.begin, self.zone)
                found.append((f"{number}/{holder}", f"{begin:%m-%d %H:%M} {turn.name} {names.get(holder, holder)}"))
        return found

    def _turn(self, turns: Sequence[TurnInfo], chosen: str) -> tuple[TurnInfo, str]:
        number, _, account = chosen.partition("/")
        if not account:
            raise Wrong(tr("There is no turn to choose."))
        return turns[int(number)], account

    # coming and going

    def sign_in(self, post: str, planned: bool) -> None:
        """I am here; whoever is not planned says why."""
        if planned:
            self._acts.carry_out(tr("Sign in"), "duty.sign_in", partial(give, act=messages.SignIn(post=post)))
            return
        make = lambda told: messages.SignIn(post=post, why=told.text("why"))  # noqa: E731
        words = tr("The roster does not name you for this turn: say why you take it.")
        self._acts.prepare(tr("Sign in"), "duty.sign_in", lambda: self._show("duty.sign_in", tr("Sign in"), words, [_why()], make))

    def sign_out(self, post: str, others: Sequence[tuple[str, str]]) -> None:
        """I leave; who takes over is somebody who has signed in."""
        lines = [
            Line("relief", tr("Relieved by"), "choice", others[0][0] if others else "", [*others, ("", tr("nobody"))]),
            Line("why", tr("Reason"), optional=True, most=500, hint=tr("only when nobody takes over")),
        ]
        make = lambda told: messages.SignOut(post=post, relief=told.text("relief"), why=told.text("why"))  # noqa: E731
        self._acts.prepare(tr("Sign out"), "duty.sign_out", lambda: self._show("duty.sign_out", tr("Sign out"), "", lines, make))


class PlanChoice(Form):
    """Which post, and by which pattern; sends nothing."""

    def __init__(self, posts: Sequence[tuple[str, str]], then: Callable[[str, str, int], None]) -> None:
        super().__init__(tr("Publish a roster"), tr("What was planned until today stays as it is."), tr("Continue"))
        self._then = then
        known = dict(posts)
        usual = [(CREW, known.pop(CREW, tr("Watch"))), (LEADER, known.pop(LEADER, tr("Duty leader")))]
        self.post = self._choice(tr("Post"), [*usual, *known.items(), (OTHER, tr("another post or list"))])
        patterns = [(one.id, tr(one.title)) for one in PATTERNS]
        more = [(WEEK, tr("On call by week")), (DAY, tr("On call by day")), (LIST, tr("List of days (holidays)")), (FREE, tr("Free cycle"))]
        self.pattern = self._choice(tr("Pattern"), [*patterns, *more])
        self.count = QSpinBox()
        self.count.setRange(1, 60)
        self.count.setValue(LEADERS)
        self.count.setAccessibleName(tr("How many people or crews"))
        self.fields.addRow(tr("How many people or crews"), self.count)
        self.pattern.currentIndexChanged.connect(self._look)
        self.post.currentIndexChanged.connect(self._usual)
        self._look()

    def _choice(self, label: str, choices: Sequence[tuple[str, str]]) -> QComboBox:
        box = QComboBox()
        for value, words in choices:
            box.addItem(words, value)
        box.setAccessibleName(label)
        box.setMinimumWidth(max(box.fontMetrics().horizontalAdvance(words) for _, words in choices) + BESIDE_TEXT)
        self.fields.addRow(label, box)
        return box

    def _usual(self) -> None:
        if self.post.currentData() == LEADER:
            self.pattern.setCurrentIndex(self.pattern.findData(WEEK))

    def _look(self) -> None:
        self.fields.setRowVisible(self.count, self.pattern.currentData() in (WEEK, DAY, FREE))

    def _send(self) -> None:
        post, pattern, count = str(self.post.currentData()), str(self.pattern.currentData()), self.count.value()
        self.accept()
        self._then(post, pattern, count)


def _usual(chosen: str, count: int) -> tuple[tuple[Slot, ...], str, list[int], bool]:
    """Turns, cycle, days ahead and whether crews keep their turn."""
    letters = {sign: tr(words) for sign, words in LETTERS.items()}
    if chosen in (WEEK, DAY):
        slot = Slot(sign=letters["F"], name=tr("On call"), begin="08:00", end="08:00")
        cycle, step = (roster.weekly(count), 7) if chosen == WEEK else (roster.daily(count), 1)
        return (slot,), lettered(cycle), [-n * step % len(cycle) for n in range(count)], False
    one = roster.pattern("4x2" if chosen == FREE else chosen)
    words = {name: tr(name) for _, name, *_ in one.slots}
    crews = count if chosen == FREE else one.crews
    return roster.slots_of(one, words, letters), lettered(one.cycle), [n * one.step % len(one.cycle) for n in range(crews)], one.fixed


def _crew_name(number: int, chosen: str) -> str:
    return "" if chosen in (WEEK, DAY) else tr(CREWS[number]) if number < len(CREWS) else str(number + 1)


def _usual_name(post: str) -> str:
    return tr("Duty leader") if post == LEADER else tr("Watch") if post == CREW else ""


def _why() -> Line:
    return Line("why", tr("Reason"), most=500)
