"""The dialogs of tickets, tags and rotation tests: what each act needs to be told. Decide nothing."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from cityops_desktop.duty.orderwords import ROTATION_SORTS, TAG_TEXT
from cityops_desktop.link import acts as messages
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.duty import tickets
from cityops_desktop.link.duty.tickets import HungTag, RotationPlanInfo, RotationSort, TicketInfo
from cityops_desktop.texts import tr
from ui.dialogs.orderforms import OrderForms, why_line
from ui.models.places import choices, target_name
from ui.models.shown import moment
from ui.widgets.form import Line, Told, Wrong

if TYPE_CHECKING:
    from ui.acts import Acts

HOUR_MS = 3_600_000


class TicketForms:
    """One for a page."""

    def __init__(self, acts: "Acts") -> None:
        self.acts = acts
        self._forms = OrderForms(acts)

    # work tickets

    def work(self, then: "Callable[[CommandResult], None] | None" = None) -> None:
        """Ask for a work ticket."""
        model = self.acts.model
        begin = (model.now() // HOUR_MS) * HOUR_MS
        lines = [
            Line("title", tr("Work")),
            Line("subject", tr("Thing"), "choice", "", [("", tr("nothing in particular")), *choices(model)]),
            Line("place", tr("Place of work")),
            Line("text", tr("Scope"), most=4000),
            Line("hazards", tr("Hazards"), most=4000),
            Line("measures", tr("Isolation, separated by ;"), most=2000, hint=tr("open switch Q1; take out fuses F3")),
            Line("tag", tr("A tag must hang on"), "choice", "", [("", tr("nothing")), *choices(model, areas=False)]),
            Line("leader", tr("Work leader")),
            Line("members", tr("Members"), optional=True),
            Line("starts", tr("From"), "moment", begin),
            Line("until", tr("Until"), "moment", begin + 4 * HOUR_MS),
        ]

        def make(told: Told) -> messages.AnyAct:
            measures = [one.strip() for one in told.text("measures").replace("；", ";").split(";") if one.strip()]
            if not measures:
                raise Wrong(tr("Fill in: {label}", label=tr("Isolation, separated by ;")))
            tag = told.text("tag")
            return tickets.DraftWork(
                title=told.text("title"),
                text=told.text("text"),
                subject=told.text("subject"),
                place=told.text("place"),
                hazards=told.text("hazards"),
                measures=[one[:200] for one in measures[:30]],
                tags=[tag] if tag else [],
                leader=told.text("leader"),
                members=told.text("members"),
                starts=told.time("starts") or begin,
                until=told.time("until") or begin,
            )

        words = tr("Another person permits it when the isolation is done and the tags hang.")
        self._forms.show("ticket.work", tr("Ask for a work ticket"), words, lines, make, then)

    def permit(self, one: TicketInfo) -> None:
        """Work may begin."""
        words = "\n".join([tr("Isolation:"), *(f"· {text}" for text in one.measures), *self._tag_lines(one)])
        make = lambda told: tickets.PermitTicket(ticket=one.id, text=told.text("text"))  # noqa: E731
        lines = [Line("text", tr("What was looked at"), value=tr("isolation looked at on the spot"), most=4000)]
        self._forms.show("ticket.permit", tr("Permit work: {number}", number=one.number), words, lines, make)

    def extend(self, one: TicketInfo) -> None:
        """Until another time."""
        lines = [Line("until", tr("Until"), "moment", one.until + 2 * HOUR_MS), why_line()]
        make = lambda told: tickets.ExtendTicket(  # noqa: E731
            ticket=one.id, until=told.time("until") or one.until, why=told.text("why")
        )
        self._forms.show("ticket.extend", tr("Extend {number}", number=one.number), one.title, lines, make)

    def interrupt(self, one: TicketInfo) -> None:
        """Nobody works for now."""
        make = lambda told: tickets.InterruptTicket(ticket=one.id, why=told.text("why"))  # noqa: E731
        self._forms.show("ticket.interrupt", tr("Interrupt {number}", number=one.number), one.title, [why_line()], make)

    def resume(self, one: TicketInfo) -> None:
        """Work goes on."""
        words = "\n".join([tr("Isolation:"), *(f"· {text}" for text in one.measures)])
        make = lambda told: tickets.ResumeTicket(ticket=one.id, text=told.text("text"))  # noqa: E731
        lines = [Line("text", tr("What was looked at"), value=tr("isolation looked at again"), most=4000)]
        self._forms.show("ticket.resume", tr("Resume {number}", number=one.number), words, lines, make)

    def close(self, one: TicketInfo) -> None:
        """Work is over, with its checks."""
        lines = [
            Line("people_out", tr("All people are out"), "check", False),
            Line("tools_out", tr("All tools and leads are out"), "check", False),
            Line("isolation_back", tr("The isolation is taken back, the tags are removed"), "check", False),
            Line("text", tr("Result"), most=4000),
        ]

        def make(told: Told) -> messages.AnyAct:
            for key, label in (("people_out", lines[0].label), ("tools_out", lines[1].label), ("isolation_back", lines[2].label)):
                if not told.checked(key):
                    raise Wrong(tr("Not checked yet: {what}", what=label))
            return tickets.CloseTicket(ticket=one.id, people_out=True, tools_out=True, isolation_back=True, text=told.text("text"))

        self._forms.show("ticket.close", tr("End the work: {number}", number=one.number), one.title, lines, make)

    def cancel(self, one: TicketInfo) -> None:
        """Not wanted any more."""
        make = lambda told: tickets.CancelTicket(ticket=one.id, why=told.text("why"))  # noqa: E731
        self._forms.show("ticket.cancel", tr("Cancel {number}", number=one.number), one.title, [why_line()], make)

    def start(self, one: TicketInfo, then: "Callable[[CommandResult], None] | None" = None) -> None:
        """The operator proves to be somebody else than the reader."""
        lines = [
            Line("name", tr("Login name of the operator")),
            Line("password", tr("Password of the operator"), "secret"),
            Line("code", tr("Code, if there is one"), optional=True, hint=tr("six digits, or a recovery code")),
        ]
        make = lambda told: tickets.StartOperation(  # noqa: E731
            ticket=one.id, operator=told.text("name"), password=told.text("password"), code=told.text("code")
        )
        words = tr("You are the reader: you read each step aloud and watch. The operator repeats it, does it and ticks it.")
        self._forms.show("ticket.start", tr("Begin {number}", number=one.number), words, lines, make, then)

    def deviate(self, ticket: str, step: int, why: str) -> None:
        """The step may pass without its proof; `why` says what speaks against it."""
        make = lambda told: tickets.DeviateStep(ticket=ticket, step=step, why=told.text("why"))  # noqa: E731
        title = tr("Let step {step} pass without proof", step=step)
        self._forms.show("ticket.deviate", title, why, [why_line()], make)

    def abort(self, ticket: str, number: str) -> None:
        """It ends where it stands."""
        make = lambda told: tickets.AbortOperation(ticket=ticket, why=told.text("why"))  # noqa: E731
        words = tr("What was done stays as it is: bring the equipment into a safe state.")
        self._forms.show("ticket.abort", tr("Abort {number}", number=number), words, [why_line()], make)

    # tags

    def hang(self, target: str = "", ticket: str = "") -> None:
        """A tag on something."""
        lines = [
            Line("target", tr("On"), "choice", target, choices(self.acts.model, target, areas=False)),
            Line("text", tr("On the tag"), value=tr(TAG_TEXT)),
        ]
        make = lambda told: tickets.HangTag(target=told.text("target"), text=told.text("text"), ticket=ticket)  # noqa: E731
        words = tr("The station then writes nothing to it, nor to what hangs below it. Only who hung it removes it, or a shift leader.")
        self._forms.show("tag.hang", tr("Hang a tag"), words, lines, make)

    def remove(self, tag: HungTag, own: bool) -> None:
        """Take it away."""
        lines = [Line("why", tr("Reason"), most=500, optional=own, hint=tr("needed where somebody else hung it"))]
        make = lambda told: tickets.RemoveTag(tag=tag.id, why=told.text("why"))  # noqa: E731
        where = target_name(self.acts.model, tag.target)
        words = tr("{text} (hung by {name}). Make sure that nobody works there any more.", text=tag.text, name=tag.actor_name)
        self._forms.show("tag.remove", tr("Remove the tag on {what}", what=where), words, lines, make)

    # rotation tests

    def plan(self, points: Sequence[tuple[str, str]], old: RotationPlanInfo | None = None) -> None:
        """A plan, or another content of one. `points`: keys and names to choose the curves from."""
        model = self.acts.model
        tomorrow = f"{moment(model.now(), model.zone) + timedelta(days=1):%Y-%m-%d}"
        kept = list(old.points) if old else []
        listed = [("", tr("none")), *points]
        sorts = [(key, tr(words)) for key, words in ROTATION_SORTS.items()]
        lines = [
            Line("title", tr("Trial"), value=old.title if old else ""),
            Line("sort", tr("Sort"), "choice", old.sort if old else "standby", sorts),
            Line("subject", tr("Thing"), "choice", old.subject if old else "", [("", tr("nothing in particular")), *choices(model)]),
            Line("days", tr("Every so many days"), value=str(old.days if old else 30), most=4),
            Line("first", tr("First one by"), "day", old.first if old else tomorrow),
            *(Line(f"point{n}", tr("Curve {n}", n=n), "choice", kept[n - 1] if len(kept) >= n else "", listed) for n in (1, 2, 3)),
            Line("note", tr("How it is done"), value=old.note if old else "", optional=True, most=4000),
        ]

        def make(told: Told) -> messages.AnyAct:
            days = told.text("days")
            if not days.isdecimal() or not 1 <= int(days) <= 1100:
                raise Wrong(tr("{label}: a number from 1 to 1100", label=tr("Every so many days")))
            sort: dict[str, RotationSort] = {one: one for one in ("standby", "generator", "battery", "ats", "other")}
            return tickets.PlanRotation(
                id=old.id if old else "",
                title=told.text("title"),
                sort=sort[told.text("sort")],
                subject=told.text("subject"),
                points=[key for n in (1, 2, 3) if (key := told.text(f"point{n}"))] + kept[3:],
                days=int(days),
                first=told.text("first"),
                note=told.text("note"),
            )

        title = tr("Change the plan: {title}", title=old.title) if old else tr("Plan a rotation test")
        self._forms.show("rotation.plan", title, "", lines, make)

    def end_plan(self, one: RotationPlanInfo) -> None:
        """It is not made any more."""
        make = lambda told: tickets.EndRotationPlan(plan=one.id, why=told.text("why"))  # noqa: E731
        self._forms.show("rotation.end_plan", tr("End the plan: {title}", title=one.title), "", [why_line()], make)

    def begin(self, one: RotationPlanInfo) -> None:
        """It begins now."""
        words = one.note or tr("The station keeps which samples belong to it from now until it is ended.")
        self._forms.show("rotation.begin", tr("Begin: {title}", title=one.title), words, [], lambda _: tickets.BeginRotation(plan=one.id))

    def end(self, one: RotationPlanInfo) -> None:
        """It is over."""
        run = one.running
        if run is None:
            return
        answers = [("yes", tr("passed")), ("no", tr("not passed"))]
        lines = [Line("passed", tr("Result"), "choice", "yes", answers), Line("remarks", tr("What was seen"), most=4000)]
        make = lambda told: tickets.EndRotation(  # noqa: E731
            run=run.id, passed=told.text("passed") == "yes", remarks=told.text("remarks")
        )
        self._forms.show("rotation.end", tr("End: {title}", title=one.title), "", lines, make)

    def _tag_lines(self, one: TicketInfo) -> list[str]:
        names = [target_name(self.acts.model, target) for target in one.tags]
        return [tr("Tags on: {names}", names=", ".join(names))] if names else []
