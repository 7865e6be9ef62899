"""The tab of tickets: work tickets and operation tickets, what the chosen one says and what became of it. Gives acts; decides nothing."""

from typing import TYPE_CHECKING

from cityops_desktop.duty.orderwords import EVENTS, TICKET_SORTS, TICKET_STATES
from cityops_desktop.duty.tickets import OperationState, WorkState
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty.tickets import TicketDetail, TicketInfo, TicketsPage
from cityops_desktop.texts import N_, tr
from ui.dialogs.operationform import OperationForm
from ui.dialogs.ticketforms import TicketForms
from ui.models.places import target_name
from ui.pages.orders.stepview import done_words, expected_words
from ui.pages.orders.tab import DeskTab, named
from ui.widgets.sheet import Cell, Row, Sign

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.acts import Acts
    from ui.link import Link

SIGNS = {
    WorkState.ASKED: Sign.RING,
    WorkState.PERMITTED: Sign.DISC,
    WorkState.INTERRUPTED: Sign.TRIANGLE,
    WorkState.CLOSED: Sign.TICK,
    WorkState.CANCELLED: Sign.CROSS,
    OperationState.DRAFT: Sign.RING,
    OperationState.RUNNING: Sign.DISC,
    OperationState.DONE: Sign.TICK,
    OperationState.ABORTED: Sign.CROSS,
}
STATES = {
    "ticket.permit": (WorkState.ASKED,),
    "ticket.extend": (WorkState.PERMITTED, WorkState.INTERRUPTED),
    "ticket.interrupt": (WorkState.PERMITTED,),
    "ticket.resume": (WorkState.INTERRUPTED,),
    "ticket.close": (WorkState.PERMITTED, WorkState.INTERRUPTED),
    "ticket.cancel": (WorkState.ASKED, OperationState.DRAFT),
    "ticket.start": (OperationState.DRAFT, OperationState.RUNNING),
}
OWN = N_("another person than the applicant does that")


class TicketsTab(DeskTab[TicketsPage]):
    """`stepsWanted` leads to the steps of an operation ticket."""

    id = "ticket"
    title = N_("Tickets")
    path = "/api/v1/duty/tickets"
    kind = TicketsPage

    def __init__(self, acts: "Acts", link: "Link") -> None:
        super().__init__(acts, link, N_("Tickets"))
        self.forms = TicketForms(acts)
        self.detail: TicketDetail | None = None
        self.work_button = self.add_button(N_("Work ticket…"), "ticket.work", self._work)
        self.operation_button = self.add_button(N_("Operation ticket…"), "ticket.operation", self._operation)
        self.steps_button = self.add_button(N_("Carry it out"), "ticket.start", self._steps, lambda: self._why("ticket.start"))
        self.hang_button = self.add_button(N_("Hang its tags…"), "tag.hang", self._hang, self._why_hang)
        self.add_button(N_("Permit work…"), "ticket.permit", lambda: self._with(self.forms.permit), lambda: self._why("ticket.permit"))
        self.add_button(N_("Extend…"), "ticket.extend", lambda: self._with(self.forms.extend), lambda: self._why("ticket.extend"))
        self.add_button(
            N_("Interrupt…"), "ticket.interrupt", lambda: self._with(self.forms.interrupt), lambda: self._why("ticket.interrupt")
        )
        self.add_button(N_("Resume…"), "ticket.resume", lambda: self._with(self.forms.resume), lambda: self._why("ticket.resume"))
        self.add_button(N_("Close the ticket…"), "ticket.close", lambda: self._with(self.forms.close), lambda: self._why("ticket.close"))
        self.add_button(N_("Cancel it…"), "ticket.cancel", lambda: self._with(self.forms.cancel), lambda: self._why("ticket.cancel"))

    def chosen(self) -> TicketInfo | None:
        """The chosen ticket."""
        found = self.sheet.chosen_id()
        return next((one for one in (*self.page.standing, *self.page.ended) if one.id == found), None) if self.page else None

    def show_all(self) -> None:
        """Those that are not over first; work past its time is said in bold."""
        page = self.page
        if page is None:
            return
        late = [one for one in page.standing if self._late(one)]
        words = tr("Not over: {n}", n=len(page.standing))
        self.say(f"{words} · {tr('past their time: {n}', n=len(late))}" if late else words, bold=bool(late))
        titles = [tr("Number"), tr("Sort"), tr("Title"), tr("Thing"), tr("Persons"), tr("Until"), tr("State")]
        self.tell_rows(titles, [self._row(one) for one in (*page.standing, *page.ended)], wide=2)
        self.choose()
        self.look()

    def choose(self) -> None:
        """What the chosen one says."""
        one = self.chosen()
        if one is None:
            self.detail = None
            self.tell_text(self.nothing_chosen())
            return
        self.link.ask(f"{self.path}/{one.id}", TicketDetail, lambda told: self._came(one.id, told))

    def _came(self, id: str, told: TicketDetail | CommandResult) -> None:
        if isinstance(told, TicketDetail) and self.sheet.chosen_id() == id:
            self.detail = told
            self.tell_text(self._told(told))
            self.look()

    def _row(self, one: TicketInfo) -> Row:
        over, late = one.ended is not None, self._late(one)
        people = (
            tr("led by {name}", name=one.leader) if one.sort == "work" else " / ".join(filter(None, (one.reader_name, one.operator_name)))
        )
        until = self.day(one.until) if one.sort == "work" else ""
        cells = (
            Cell(one.number, dim=over),
            Cell(named(TICKET_SORTS, one.sort), dim=over),
            Cell(one.title, dim=over),
            Cell(target_name(self.model, one.subject), dim=over),
            Cell(people, dim=over),
            Cell(tr("{time}, past", time=until) if late else until, bold=late, dim=over),
            Cell(tr(TICKET_STATES[one.state]), SIGNS[one.state], bold=not over, dim=over),
        )
        return Row(one.id, cells)

    def _late(self, one: TicketInfo) -> bool:
        return one.sort == "work" and one.ended is None and one.permitted is not None and one.until < self.model.now()

    def _told(self, told: TicketDetail) -> str:
        one = told.ticket
        lines = [tr("{time} written by {name}", time=self.day(one.time), name=one.actor_name)]
        lines += [one.text] if one.text else []
        lines += [tr("Hazards: {text}", text=one.hazards)] if one.hazards else []
        if one.sort == "work":
            lines += [tr("Place: {text}", text=one.place), tr("Members: {text}", text=one.members or one.leader)]
            lines += [tr("Isolation: {text}", text="; ".join(one.measures))]
            lines += [tr("Tags on: {names}", names=", ".join(self._tagged(told)))] if one.tags else []
        done = {step.step: step for step in told.done}
        for number, step in enumerate(told.steps, 1):
            if number in done:
                lines.append(done_words(self.model, step, done[number]))
            else:
                must = tr("must be {what}", what=expected_words(self.model, step)) if step.point else ""
                lines.append(" · ".join(filter(None, (f"{number}. {step.text}", must))))
        for entry in told.entries:
            text = f": {entry.text}" if entry.text else ""
            lines.append(f"{self.day(entry.time)}  {entry.actor_name} · {named(EVENTS, entry.kind)}{text}")
        return "\n".join(lines)

    def _tagged(self, told: TicketDetail) -> list[str]:
        hanging = {tag.target for tag in told.tags if tag.removed is None}
        names = ((target, target_name(self.model, target)) for target in told.ticket.tags)
        return [name if target in hanging else tr("{name} (does not hang yet)", name=name) for target, name in names]

    def _work(self) -> None:
        self.acts.prepare(tr("Ask for a work ticket"), "ticket.work", lambda: self.forms.work(self._written))

    def _operation(self) -> None:
        show = lambda: self.acts.show(OperationForm(self.acts, self._written))  # noqa: E731
        self.acts.prepare(tr("Write an operation ticket"), "ticket.operation", show)

    def _written(self, result: CommandResult) -> None:
        self._wanted = str(result.data.get("ticket", ""))

    def _steps(self) -> None:
        one = self.chosen()
        if one is None:
            return
        if one.state is OperationState.DRAFT:
            self.forms.start(one, lambda _: self.stepsWanted.emit(one.id))
        else:
            self.stepsWanted.emit(one.id)

    def _hang(self) -> None:
        missing = self._missing()
        if missing and self.detail is not None:
            self.forms.hang(missing[0], self.detail.ticket.id)

    def _missing(self) -> list[str]:
        """The tags of the chosen ticket that do not hang yet."""
        told = self.detail
        if told is None or told.ticket.id != self.sheet.chosen_id() or told.ticket.ended is not None:
            return []
        hanging = {tag.target for tag in told.tags if tag.removed is None}
        return [target for target in told.ticket.tags if target not in hanging]

    def _why_hang(self) -> str:
        return self.when(bool(self._missing()), N_("no tag of this ticket is missing"))

    def _why(self, act: str) -> str:
        one, session = self.chosen(), self.link.session
        work = act in ("ticket.permit", "ticket.extend", "ticket.resume", "ticket.close")
        if work and one is not None and session is not None and one.actor == session.person.id:
            return tr(OWN)
        return self.when(one is not None and one.state in STATES[act])

    def _with(self, act: "Callable[[TicketInfo], None]") -> None:
        one = self.chosen()
        if one is not None:
            act(one)
