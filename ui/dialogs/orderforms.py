"""The dialogs of work orders: what each act needs to be told. Decide nothing; what the station would refuse it says itself."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from cityops_desktop.duty.orderwords import PRIORITIES
from cityops_desktop.link import acts as messages
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty import orders
from cityops_desktop.link.duty.orders import DoerInfo, OrderInfo
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.texts import tr
from ui.actions.incidents import give
from ui.models.places import choices
from ui.widgets.form import ActDialog, Line, Told

if TYPE_CHECKING:
    from ui.acts import Acts

MOST_OF_TITLE = 200
DAY_MS = 86_400_000
DUE_DAYS = {1: 0, 2: 1, 3: 7}
"""So many days after today an order of an alarm of this level is due, when nobody says another day."""


class OrderForms:
    """One for a page. `show` is for whoever has a form of this kind."""

    def __init__(self, acts: "Acts") -> None:
        self.acts = acts

    def show(
        self,
        kind: str,
        title: str,
        words: str,
        lines: Sequence[Line],
        make: "Callable[[Told], messages.AnyAct]",
        then: "Callable[[CommandResult], None] | None" = None,
    ) -> None:
        """The dialog of an act."""
        dialog = ActDialog(
            self.acts, kind, title, words, lines, lambda told: partial(give, act=make(told)), zone=self.acts.model.zone, then=then
        )
        dialog.setMinimumWidth(max(dialog.minimumWidth(), dialog.column.minimumSize().width()))
        self.acts.show(dialog)

    def begin_life(
        self, alarms: Sequence[AlarmInfo] = (), subject: str = "", then: "Callable[[CommandResult], None] | None" = None
    ) -> None:
        """A new order; from alarms that somebody has chosen, about a thing, or about nothing yet."""
        model = self.acts.model
        told = model.alarm_text(alarms[0]) if alarms else None
        title = " ".join(filter(None, (told.place, told.point, told.sentence)))[:MOST_OF_TITLE] if told is not None else ""
        worst = min((one.level for one in alarms), default=3)
        due = (model.now() // 3_600_000 + 1) * 3_600_000 + DUE_DAYS.get(int(worst), 7) * DAY_MS if alarms else None
        lines = [
            Line("title", tr("Work to be done"), value=title),
            Line("subject", tr("Thing"), "choice", subject or _subject(alarms), [("", tr("nothing in particular")), *self._places(alarms)]),
            Line("priority", tr("Priority"), "choice", str(min(int(worst), 4)), _priorities()),
            Line("due", tr("To be done by"), "moment", due, optional=True, hint=tr("empty: no day")),
            Line("text", tr("More about it"), optional=True, most=4000),
        ]

        def make(told: Told) -> messages.AnyAct:
            return orders.RaiseOrder(
                title=told.text("title"),
                text=told.text("text"),
                subject=told.text("subject"),
                priority=int(told.text("priority")),
                due=told.time("due"),
                source=f"alarm:{alarms[0].id}" if alarms else "manual",
                alarms=[one.id for one in alarms][:50],
            )

        words = tr("It comes back in every handover until somebody else than who did it has checked it.")
        self.show("order.raise", tr("Raise a work order"), words, lines, make, then)

    def assign(self, one: OrderInfo, doers: Sequence[DoerInfo]) -> None:
        """Who does it, until when."""
        people = [(who.account, who.name) for who in doers]
        lines = [
            Line(
                "account",
                tr("Who does it"),
                "choice",
                one.owner or (people[0][0] if people else ""),
                [*people, ("", tr("an outside firm"))],
            ),
            Line("name", tr("Outside firm"), value="" if one.owner else one.owner_name, optional=True, hint=tr("only for an outside firm")),
            Line("priority", tr("Priority"), "choice", str(one.priority), _priorities()),
            Line("due", tr("To be done by"), "moment", one.due, optional=True, hint=tr("empty: no day")),
        ]

        def make(told: Told) -> messages.AnyAct:
            account = told.text("account")
            name = "" if account else told.text("name")
            return orders.AssignOrder(order=one.id, account=account, name=name, priority=int(told.text("priority")), due=told.time("due"))

        self.show("order.assign", tr("Give to somebody: {number}", number=one.number), one.title, lines, make)

    def begin(self, one: OrderInfo) -> None:
        """It is being done from now on."""
        self.acts.carry_out(tr("Begin {number}", number=one.number), "order.begin", partial(give, act=orders.BeginOrder(order=one.id)))

    def note(self, one: OrderInfo) -> None:
        """A remark."""
        make = lambda told: orders.NoteOrder(order=one.id, text=told.text("text"))  # noqa: E731
        self.show("order.note", tr("Remark on {number}", number=one.number), one.title, [_text(tr("Remark"))], make)

    def done(self, one: OrderInfo) -> None:
        """It is done."""
        make = lambda told: orders.OrderDone(order=one.id, text=told.text("text"))  # noqa: E731
        words = tr("Somebody else looks at it before it is closed.")
        self.show("order.done", tr("Done: {number}", number=one.number), words, [_text(tr("What was done"))], make)

    def check(self, one: OrderInfo) -> None:
        """The closing check."""
        answers = [("yes", tr("in order: close it")), ("no", tr("not in order: give it back"))]
        lines = [Line("accepted", tr("Result"), "choice", "yes", answers), _text(tr("What was seen"))]
        make = lambda told: orders.CheckOrder(  # noqa: E731
            order=one.id, accepted=told.text("accepted") == "yes", text=told.text("text")
        )
        words = tr("Done by {name}: {text}", name=one.done_name, text=one.result)
        self.show("order.check", tr("Closing check: {number}", number=one.number), words, lines, make)

    def cancel(self, one: OrderInfo) -> None:
        """It is not wanted any more."""
        make = lambda told: orders.CancelOrder(order=one.id, why=told.text("why"))  # noqa: E731
        self.show("order.cancel", tr("Cancel {number}", number=one.number), one.title, [why_line()], make)

    def _places(self, alarms: Sequence[AlarmInfo]) -> list[tuple[str, str]]:
        return choices(self.acts.model, _subject(alarms))


def why_line() -> Line:
    """The reason of an act."""
    return Line("why", tr("Reason"), most=500)


def _text(label: str) -> Line:
    return Line("text", label, most=4000)


def _priorities() -> list[tuple[str, str]]:
    return [(str(number), tr(words)) for number, words in PRIORITIES.items()]


def _subject(alarms: Sequence[AlarmInfo]) -> str:
    """The thing that an alarm is about, as an order names it."""
    subject = alarms[0].subject if alarms else ""
    if not subject or ":" in subject or subject in ("station", "room"):
        return ""
    return f"point:{subject}" if "." in subject else f"device:{subject}"
