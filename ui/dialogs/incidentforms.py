"""The dialogs of the page Incidents: what each act needs to be told. Decide nothing; what the station would refuse it says itself."""

from collections.abc import Sequence
from datetime import tzinfo
from functools import partial
from typing import TYPE_CHECKING, cast

from cityops_desktop.incidents import editions
from cityops_desktop.incidents.editions import Edition
from cityops_desktop.incidents.states import Colour, EntryKind
from cityops_desktop.incidents.words import COLOURS, GRADES, IMPACTS, REPORTERS
from cityops_desktop.link import acts as messages
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.fields import Reporter
from cityops_desktop.link.incidents import ContactInfo, DrillInfo, IncidentInfo, PlanInfo
from cityops_desktop.link.messages import AlarmInfo, WarningInfo
from cityops_desktop.model.alarms import TESTS
from cityops_desktop.model.points import Group
from cityops_desktop.sentences import GROUPS, LEVELS
from cityops_desktop.texts import pick, tr
from ui.actions.incidents import give
from ui.widgets.form import ActDialog, Line, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.acts import Action, Acts

Choices = Sequence[tuple[str, str]]
MOST_OF_TITLE = 200
REPORTS_OF = ("cii", "organ", "other")


class Forms:
    """One for the page. `zone` is that of the room, `now` the station's clock."""

    def __init__(self, acts: "Acts") -> None:
        self._acts = acts

    @property
    def zone(self) -> tzinfo:
        """Of the room."""
        return self._acts.model.zone

    def _now(self) -> int:
        return self._acts.model.now()

    def _show(
        self,
        kind: str,
        title: str,
        words: str,
        lines: Sequence[Line],
        make: "Callable[[Told], messages.AnyAct]",
        warn: "Callable[[Told], str] | None" = None,
        then: "Callable[[CommandResult], None] | None" = None,
    ) -> None:
        def action(told: Told) -> "Action":
            return partial(give, act=make(told))

        self._acts.show(ActDialog(self._acts, kind, title, words, lines, action, zone=self.zone, warn=warn, then=then))

    def _at(self, told: Told, key: str = "time") -> int:
        return told.time(key) or self._now()

    # warnings

    def issue(self) -> None:
        """A warning; what its colour asks for stands there to be changed."""
        texts = {rule.id: pick(rule.response) for rule in editions.colours().colours}
        lines = [
            Line("colour", tr("Colour"), "choice", Colour.BLUE.value, [(one.value, tr(COLOURS[one])) for one in Colour]),
            Line("title", tr("Title")),
            Line("text", tr("What is expected"), optional=True, most=4000),
            Line("source", tr("Received from"), optional=True, hint=tr("empty: issued by ourselves")),
            Line("until", tr("Expected until"), "moment", None, optional=True),
            Line("response", tr("What is to be done"), optional=True, most=4000, hint=tr("empty: what the colour asks for")),
        ]

        def make(told: Told) -> messages.AnyAct:
            colour = Colour(told.text("colour"))
            return messages.IssueWarning(
                colour=colour,
                title=told.text("title"),
                text=told.text("text"),
                source=told.text("source"),
                response=told.text("response") or texts[colour],
                until=told.time("until"),
            )

        def warn(told: Told) -> str:
            return tr("It asks for: {text}", text=told.text("response") or texts[Colour(told.text("colour"))])

        self._show("warning.issue", tr("Issue a warning"), tr("It stands on every console until it is lifted."), lines, make, warn)

    def respond(self, one: WarningInfo) -> None:
        """What was done about it."""
        lines = [Line("text", tr("What was done"), most=4000)]
        words = tr("To do: {text}", text=one.response)
        make = lambda told: messages.RespondWarning(warning=one.id, text=told.text("text"))  # noqa: E731
        self._show("warning.respond", tr("Respond to: {title}", title=one.title), words, lines, make)

    def lift(self, one: WarningInfo) -> None:
        """It is over."""
        make = lambda told: messages.LiftWarning(warning=one.id, why=told.text("why"))  # noqa: E731
        self._show("warning.lift", tr("Lift: {title}", title=one.title), "", [_why()], make)

    # incidents

    def open(self, given: Sequence[AlarmInfo] = (), then: "Callable[[CommandResult], None] | None" = None) -> None:
        """Something has happened; from alarms that somebody has chosen, from one that stands, or from none."""
        model = self._acts.model
        alarms = [one for one in model.open_alarms() if one.cause not in TESTS]
        worst = [alarm.id for alarm in alarms if alarm.level <= 2][:100]
        choices = [("given", tr("all {n} that were chosen", n=len(given)))] if len(given) > 1 else []
        choices += [("", tr("from no alarm"))]
        choices += [("worst", tr("all {n} of the two highest levels", n=len(worst)))] if len(worst) > 1 else []
        listed = {alarm.id: alarm for alarm in (*given[:1], *alarms[:20])}
        choices += [(id, _short(self._told(alarm))) for id, alarm in listed.items()]
        first = "given" if len(given) > 1 else next(iter(listed), "")
        raised = {alarm.id: alarm.raised for alarm in (*alarms, *given)}
        lines = [
            Line("title", tr("Title"), value=self._told(given[0])[:MOST_OF_TITLE] if given else ""),
            Line("alarm", tr("Alarm"), "choice", first, choices),
            Line(
                "begun",
                tr("Happened"),
                "moment",
                min(one.raised for one in given) if given else None,
                optional=True,
                hint=tr("empty: with the alarm, or now"),
            ),
            Line("found", tr("Found"), "moment", None, optional=True, hint=tr("empty: now; deadlines count from here")),
            Line("reporter", tr("Who reports"), "choice", "other", _named(REPORTERS)),
            Line("text", tr("What happened"), "long", optional=True),
        ]

        def make(told: Told) -> messages.AnyAct:
            chosen = told.text("alarm")
            ids = [one.id for one in given] if chosen == "given" else worst if chosen == "worst" else [chosen] if chosen else []
            found = self._at(told, "found")
            begun = told.time("begun") or min([found, *(raised[id] for id in ids)])
            reporter = cast("Reporter", told.text("reporter"))
            text = told.text("text")
            return messages.OpenIncident(title=told.text("title"), text=text, begun=begun, found=found, reporter=reporter, alarms=ids)

        words = tr("From now on its clock runs: reports are due, and what alarms and people do stands on its time line.")
        self._show("incident.open", tr("Open an incident"), words, lines, make, then=then)

    def _told(self, alarm: AlarmInfo) -> str:
        text = self._acts.model.alarm_text(alarm)
        return f"{text.place}: {text.sentence}"

    def write(self, one: IncidentInfo) -> None:
        """An entry; those kinds only that can follow."""
        kinds = {EntryKind.NOTE: tr("note")}
        if one.state == "opened":
            kinds[EntryKind.HANDLING] = tr("handling begun")
        if one.state == "recovered":
            kinds[EntryKind.RELAPSED] = tr("it came again")
        lines = [
            Line("entry", tr("Kind"), "choice", EntryKind.NOTE.value, [(kind.value, words) for kind, words in kinds.items()]),
            self._when(),
            Line("text", tr("Said"), most=4000),
        ]
        self._entry(one, tr("Write on {number}", number=one.number), "", lines, lambda told: EntryKind(told.text("entry")))

    def recovered(self, one: IncidentInfo) -> None:
        """Service is back."""
        lines = [self._when(), Line("text", tr("Said"), most=4000)]
        words = tr("Service is back. From here the final report is counted.")
        self._entry(one, tr("Recovered: {number}", number=one.number), words, lines, lambda told: EntryKind.RECOVERED)

    def reported(self, one: IncidentInfo) -> None:
        """A report was made: of a rule, or beyond them."""
        rules = [
            (rule.id, f"{pick(rule.names)} · {pick(rule.to)}") for rule in editions.reporting().rules if one.reporter in rule.reporters
        ]
        due = next((due.rule for due in one.dues if due.done is None), "")
        whom = next((pick(rule.to) for rule in editions.reporting().rules if rule.id == due), "")
        lines = [
            Line("rule", tr("Report"), "choice", due, [*rules, ("", tr("another one"))]),
            Line("told", tr("To whom"), value=whom),
            self._when(),
            Line("text", tr("How, and what was said"), most=4000),
        ]
        self._entry(one, tr("Reported: {number}", number=one.number), "", lines, lambda told: EntryKind.REPORTED)

    def plan_started(self, one: IncidentInfo, plans: Sequence[PlanInfo]) -> None:
        """A plan was started for it."""
        choices = [(plan.id, _short(f"{plan.code} {plan.title}")) for plan in plans]
        lines = [
            Line("plan", tr("Response plan"), "choice", choices[0][0], choices),
            self._when(),
            Line("text", tr("Said"), value=tr("started")),
        ]
        self._entry(one, tr("Start a plan for {number}", number=one.number), "", lines, lambda told: EntryKind.PLAN)

    def _when(self) -> Line:
        return Line("time", tr("When"), "moment", None, optional=True, hint=tr("empty: now"))

    def _entry(self, one: IncidentInfo, title: str, words: str, lines: Sequence[Line], kind: "Callable[[Told], EntryKind]") -> None:
        keys = {line.key for line in lines}

        def make(told: Told) -> messages.AnyAct:
            more = {name: told.text(name) for name in ("rule", "told", "plan") if name in keys}
            return messages.AddEntry(incident=one.id, entry=kind(told), time=self._at(told), text=told.text("text"), **more)

        self._show("incident.entry", title, words, lines, make)

    def classify(self, one: IncidentInfo, table: Edition) -> None:
        """Class and grade by an edition; the grade is said while it is chosen."""
        sorts: list[tuple[str, str]] = []
        for sort in table.classes:
            sorts.append((sort.id, pick(sort.names)))
            sorts += [(f"{sort.id}/{part.id}", f"　{pick(part.names)}") for part in sort.parts]
        same = one.edition == table.id and one.grade is not None
        lines = [
            Line("sort", tr("Class"), "choice", "/".join(filter(None, (one.sort, one.part))) if same else "facility/support", sorts),
            Line("importance", tr("What was hit"), "choice", one.importance if same else "ordinary", _items(table.importances)),
            Line("loss", tr("Loss"), "choice", one.loss if same else "smaller", _items(table.losses)),
            Line("impact", tr("Impact on society"), "choice", str(one.impact if same else 0), _numbers(IMPACTS)),
            Line("reporter", tr("Who reports"), "choice", one.reporter, _named(REPORTERS)),
            _why(),
        ]

        def grade(told: Told) -> int:
            return editions.grade(table, told.text("importance"), told.text("loss"), int(told.text("impact")))

        def make(told: Told) -> messages.AnyAct:
            sort, _, part = told.text("sort").partition("/")
            return messages.ClassifyIncident(
                incident=one.id,
                edition=table.id,
                sort=sort,
                part=part,
                importance=told.text("importance"),
                loss=told.text("loss"),
                impact=int(told.text("impact")),
                reporter=cast("Reporter", told.text("reporter")),
                why=told.text("why"),
            )

        words = tr("By the tables of {edition}.", edition=pick(table.names))
        if not table.verified:
            words = f"{words} {tr('The table was not compared with the text of the standard: look at it.')}"
        warn = lambda told: tr("Grade: {grade}", grade=tr(GRADES[grade(told)]))  # noqa: E731
        self._show("incident.classify", tr("Grade {number}", number=one.number), words, lines, make, warn)

    def close(self, one: IncidentInfo) -> None:
        """Why it happened, what was done, what is learnt."""
        lines = [
            Line("reason", tr("Cause"), value=one.reason, most=4000),
            Line("actions", tr("What was done"), value=one.actions, most=4000),
            Line("lessons", tr("What is learnt"), value=one.lessons, most=4000),
        ]

        def make(told: Told) -> messages.AnyAct:
            reason, actions, lessons = (told.text(key) for key in ("reason", "actions", "lessons"))
            return messages.CloseIncident(incident=one.id, reason=reason, actions=actions, lessons=lessons)

        words = tr("It cannot be opened again; reports and notes may still be added.")
        self._show("incident.close", tr("Close {number}", number=one.number), words, lines, make)

    # plans

    def publish(self, one: PlanInfo | None) -> None:
        """A plan, or the next version of one."""
        groups = [("", tr("any")), *((group.value, tr(words)) for group, words in GROUPS.items())]
        sorts = [("", tr("any"))] + [(sort.id, pick(sort.names)) for sort in editions.edition(editions.EDITIONS[0]).classes]
        lines = [
            Line("code", tr("Number"), value=one.code if one else "", most=40),
            Line("title", tr("Title"), value=one.title if one else ""),
            Line("conditions", tr("To be started when"), value=one.conditions if one else "", most=4000),
            Line(
                "level",
                tr("By an alarm from"),
                "choice",
                str(one.level if one else 0),
                _numbers({0: tr("by no alarm"), **{int(level): words for level, words in LEVELS.items()}}),
            ),
            Line("group", tr("of the equipment"), "choice", one.groups[0].value if one and one.groups else "", groups),
            Line("grade", tr("By an incident from"), "choice", str(one.grade if one else 0), _numbers({0: tr("any grade"), **GRADES})),
            Line("sort", tr("of the class"), "choice", one.sorts[0] if one and one.sorts else "", sorts),
            Line("text", tr("Steps"), "long", one.text if one else ""),
        ]

        def make(told: Told) -> messages.AnyAct:
            group, sort = told.text("group"), told.text("sort")
            return messages.PublishPlan(
                code=told.text("code"),
                title=told.text("title"),
                text=told.text("text"),
                conditions=told.text("conditions"),
                level=int(told.text("level")),
                groups=[Group(group)] if group else [],
                grade=int(told.text("grade")),
                sorts=[sort] if sort else [],
            )

        self._show("plan.publish", tr("Publish a plan"), "", lines, make)

    def retire(self, one: PlanInfo) -> None:
        """Not in force any more."""
        make = lambda told: messages.RetirePlan(plan=one.id, why=told.text("why"))  # noqa: E731
        self._show("plan.retire", tr("Retire: {title}", title=one.title), "", [_why()], make)

    # contacts

    def put_contact(self, one: ContactInfo | None, parents: Choices, parent: str = "") -> None:
        """Somebody to be called."""
        lines = [
            Line("parent", tr("Below"), "choice", one.parent if one else parent, [("", tr("nobody (the top)")), *parents]),
            Line("place", tr("Order"), value=str(one.place if one else 10), most=4),
            Line("duty", tr("Duty"), value=one.duty if one else ""),
            Line("name", tr("Person called"), value=one.name if one else ""),
            Line("phone", tr("Telephone"), value=one.phone if one else "", optional=True),
            Line("mobile", tr("Mobile"), value=one.mobile if one else "", optional=True),
            Line("mail", tr("Mail"), value=one.mail if one else "", optional=True),
            Line("note", tr("Note"), value=one.note if one else "", optional=True, most=4000),
        ]

        def make(told: Told) -> messages.AnyAct:
            place = told.text("place")
            texts = {name: told.text(name) for name in ("parent", "duty", "name", "phone", "mobile", "mail", "note")}
            return messages.PutContact(id=one.id if one else "", place=int(place) if place.isdecimal() else 0, **texts)

        self._show("contact.put", tr("Contact"), "", lines, make)

    def end_contact(self, one: ContactInfo) -> None:
        """Not to be called any more."""
        make = lambda told: messages.EndContact(contact=one.id, why=told.text("why"))  # noqa: E731
        self._show("contact.end", tr("Strike out: {name}", name=one.name), "", [_why()], make)

    # drills

    def prepare(self, plans: Sequence[PlanInfo]) -> None:
        """A drill is planned."""
        choices = [("", tr("none")), *((plan.id, _short(f"{plan.code} {plan.title}")) for plan in plans if plan.retired is None)]
        lines = [
            Line("title", tr("Title")),
            Line("plan", tr("Response plan"), "choice", "", choices),
            Line("planned", tr("Planned for"), "moment", self._now()),
            Line("leader", tr("Led by"), value=self._acts.who.partition(" (")[0]),
            Line("people", tr("With whom"), most=4000),
            Line("text", tr("What is made ready"), "long"),
        ]

        def make(told: Told) -> messages.AnyAct:
            texts = {name: told.text(name) for name in ("title", "plan", "leader", "people", "text")}
            return messages.PrepareDrill(planned=self._at(told, "planned"), **texts)

        self._show("drill.prepare", tr("Prepare a drill"), "", lines, make)

    def begin(self, one: DrillInfo) -> None:
        """It runs, without a question."""
        self._acts.carry_out(tr("Begin the drill"), "drill.begin", partial(give, act=messages.BeginDrill(drill=one.id)))

    def drill_entry(self, one: DrillInfo) -> None:
        """What was done or seen."""
        lines = [self._when(), Line("text", tr("Said"), most=4000)]
        make = lambda told: messages.AddDrillEntry(drill=one.id, time=self._at(told), text=told.text("text"))  # noqa: E731
        self._show("drill.entry", tr("Write on the drill {title}", title=one.title), "", lines, make)

    def close_drill(self, one: DrillInfo) -> None:
        """Summed up; or called off before it began."""
        if one.state == "prepared":
            off = lambda told: messages.CloseDrill(drill=one.id, summary=told.text("why"), passed=False)  # noqa: E731
            self._show("drill.close", tr("Call off: {title}", title=one.title), "", [_why()], off)
            return
        lines = [
            Line("passed", tr("passed"), "check", True),
            Line("summary", tr("Summary"), "long"),
            Line("improvements", tr("To be improved"), optional=True, most=4000),
            Line("until", tr("Improved until"), "day", "", optional=True),
        ]

        def make(told: Told) -> messages.AnyAct:
            until, better = told.text("until") or None, told.text("improvements")
            passed, summary = told.checked("passed"), told.text("summary")
            return messages.CloseDrill(drill=one.id, summary=summary, passed=passed, improvements=better, until=until)

        self._show("drill.close", tr("Sum up: {title}", title=one.title), "", lines, make)

    def improve(self, one: DrillInfo) -> None:
        """What was to be improved has been."""
        lines = [Line("text", tr("What was improved"), most=4000)]
        make = lambda told: messages.ImproveDrill(drill=one.id, text=told.text("text"))  # noqa: E731
        self._show("drill.improve", tr("Improved: {title}", title=one.title), one.improvements, lines, make)


def _why() -> Line:
    return Line("why", tr("Reason"), most=500)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:59] + "…"


def _named(words: dict[str, str]) -> Choices:
    return [(key, tr(text)) for key, text in words.items()]


def _numbers(words: dict[int, str]) -> Choices:
    return [(str(int(key)), tr(text)) for key, text in words.items()]


def _items(items: Sequence[editions.Item]) -> Choices:
    return [(item.id, pick(item.names)) for item in items]
