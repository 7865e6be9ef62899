"""The dialogs about maintenance, contracts and calls: what each act needs to be told. Decide nothing; the station does."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from cityops_desktop.duty.housewords import CONTRACT_KINDS, COUNTED, RESULTS, UNITS
from cityops_desktop.duty.maintenance import Counted, Unit
from cityops_desktop.duty.suggestions import SuggestedPlan
from cityops_desktop.link import acts as messages
from cityops_desktop.link.duty.maintenance import (
    CallContractor,
    CallInfo,
    CallStep,
    ContractInfo,
    ContractKind,
    ContractorVisit,
    EndContract,
    EndMaintenancePlan,
    MaintenanceDone,
    MaintenanceLine,
    MaintenancePlanInfo,
    PutContract,
    PutMaintenancePlans,
    Result,
    Step,
)
from cityops_desktop.model.points import Group
from cityops_desktop.sentences import GROUPS
from cityops_desktop.texts import N_, pick, tr
from ui.actions.house import give, give_with_files
from ui.dialogs.houseforms import named, number, why
from ui.models.shown import moment
from ui.widgets.attachments import AttachmentsField
from ui.widgets.form import ActDialog, Line, Told

if TYPE_CHECKING:
    from collections.abc import Callable

    from ui.acts import Action, Acts

Choices = Sequence[tuple[str, str]]
NOTICE_DAYS = 30
LONGEST = 36
"""Signs of a name in a choice, which is as wide as its words."""
STEP_WORDS: dict[Step, str] = {"promised": N_("They come at"), "arrived": N_("They came at"), "solved": N_("Solved at")}


class DoneDialog(ActDialog):
    """With files: the report of whoever did it, photographs."""

    def __init__(self, acts: "Acts", title: str, words: str, lines: Sequence[Line], make: "Callable[[Told], MaintenanceDone]") -> None:
        super().__init__(acts, "maintenance.done", title, words, lines, self._action, zone=acts.model.zone)
        self._done = make
        self.files = AttachmentsField(acts.model.now)
        self.files.said.connect(self.say)
        self.fields.addRow(tr("Files"), self.files)

    def _action(self, told: Told) -> "Action":
        files = self.files.chosen()
        act = self._done(told).model_copy(update={"attachments": [one.id for one in files]})
        return partial(give_with_files, act=act, about="maintenance", files=files)


class MaintenanceForms:
    """One for the page."""

    def __init__(self, acts: "Acts") -> None:
        self._acts = acts

    def _show(self, kind: str, title: str, words: str, lines: Sequence[Line], make: "Callable[[Told], messages.AnyAct]") -> None:
        def action(told: Told) -> "Action":
            return partial(give, act=make(told))

        self._acts.show(ActDialog(self._acts, kind, title, words, lines, action, zone=self._acts.model.zone))

    def _today(self) -> str:
        return f"{moment(self._acts.model.now(), self._acts.model.zone):%Y-%m-%d}"

    # maintenance

    def plan(self, one: MaintenancePlanInfo | None, contracts: Choices, suggested: SuggestedPlan | None = None) -> None:
        """What is done to which equipment how often."""
        like = one or suggested
        title = one.title if one else pick(suggested.names) if suggested else ""
        text = one.text if one else pick(suggested.text) if suggested else ""
        lines = [
            Line("title", tr("Title"), value=title),
            Line("group", tr("Equipment group"), "choice", like.group.value if like else Group.UPS.value, _groups()),
            Line("device", tr("Device"), "choice", one.devices[0] if one and one.devices else "", self._devices(tr("all of the group"))),
            Line("text", tr("Work to be done"), value=text, most=4000),
            Line("every", tr("Every"), value=str(like.every if like else 1), most=4),
            Line("unit", tr("Unit"), "choice", like.unit if like else "month", named(UNITS)),
            Line("counted", tr("How it is counted"), "choice", one.counted if one else "done", named(COUNTED)),
            Line("first", tr("First day"), "day", one.first if one else self._today()),
            Line("contract", tr("Contract"), "choice", one.contract if one else "", [("", tr("none")), *contracts]),
        ]

        def make(told: Told) -> messages.AnyAct:
            device = told.text("device")
            line = MaintenanceLine(
                id=one.id if one else "",
                title=told.text("title"),
                text=told.text("text"),
                group=Group(told.text("group")),
                devices=one.devices if one and one.devices[:1] == [device] else [device] if device else [],
                every=number(told, "every", tr("Every"), high=1000),
                unit=cast("Unit", told.text("unit")),
                counted=cast("Counted", told.text("counted")),
                first=told.text("first"),
                contract=told.text("contract"),
                source=one.source if one else suggested.id if suggested else "",
            )
            return PutMaintenancePlans(plans=[line])

        self._show("maintenance.plan", tr("Maintenance plan"), "", lines, make)

    def take_over(self, suggested: Sequence[SuggestedPlan]) -> None:
        """All of these at once, from one day on."""
        lines = [Line("first", tr("First day"), "day", self._today())]

        def make(told: Told) -> messages.AnyAct:
            return PutMaintenancePlans(plans=[line_of(one, told.text("first")) for one in suggested])

        words = tr("{n} plans of common practice, not compared with a standard. What the manufacturer says comes first.", n=len(suggested))
        self._show("maintenance.plan", tr("Take over suggestions"), words, lines, make)

    def end(self, one: MaintenancePlanInfo) -> None:
        """No longer."""
        make = lambda told: EndMaintenancePlan(plan=one.id, why=told.text("why"))  # noqa: E731
        self._show("maintenance.end", tr("End the plan: {title}", title=one.title), "", [why()], make)

    def done(self, one: MaintenancePlanInfo, visits: Sequence[ContractorVisit]) -> None:
        """It was done, in a contractor's visit perhaps."""
        lines = [
            Line("day", tr("Done on"), "day", self._today()),
            Line("result", tr("Result"), "choice", "ok", named(RESULTS)),
            Line("visit", tr("Contractor's visit"), "choice", "", self._visits(visits)),
            Line("remark", tr("Note"), optional=True, most=4000),
            Line("order", tr("Make what is not in order a work order"), "check", False),
        ]

        def make(told: Told) -> MaintenanceDone:
            result = cast("Result", told.text("result"))
            return MaintenanceDone(
                plan=one.id,
                day=told.text("day"),
                result=result,
                remark=told.text("remark"),
                visit=told.text("visit"),
                order=told.checked("order"),
            )

        self._acts.show(DoneDialog(self._acts, tr("Maintained: {title}", title=one.title), one.text, lines, make))

    # contracts and calls

    def contract(self, one: ContractInfo | None) -> None:
        """What a firm has to do for us."""
        begins = one.begins if one else self._today()
        lines = [
            Line("sort", tr("Kind"), "choice", one.sort if one else "maintenance", named(CONTRACT_KINDS)),
            Line("title", tr("Title"), value=one.title if one else ""),
            Line("firm", tr("Firm"), value=one.firm if one else ""),
            Line("number", tr("Contract number"), value=one.number if one else "", optional=True),
            Line(
                "group", tr("Equipment group"), "choice", one.groups[0].value if one and one.groups else "", [("", tr("any")), *_groups()]
            ),
            Line("device", tr("Device"), "choice", one.devices[0] if one and one.devices else "", self._devices(tr("all of the group"))),
            Line("begins", tr("Begins"), "day", begins),
            Line("ends", tr("Ends"), "day", one.ends if one else f"{int(begins[:4]) + 1}{begins[4:]}".replace("02-29", "02-28")),
            Line("response", tr("There within (h)"), value=_hours(one.response) if one else "", optional=True, most=6),
            Line("phone", tr("Telephone"), value=one.phone if one else "", optional=True),
            Line("notice", tr("Told so many days before its end"), value=str(one.notice if one else NOTICE_DAYS), most=3),
            Line("note", tr("Note"), value=one.note if one else "", optional=True, most=4000),
        ]

        def make(told: Told) -> messages.AnyAct:
            group, device = told.text("group"), told.text("device")
            response = told.text("response")
            return PutContract(
                id=one.id if one else "",
                sort=cast("ContractKind", told.text("sort")),
                **{name: told.text(name) for name in ("title", "firm", "number", "phone", "begins", "ends", "note")},
                groups=one.groups if one and one.groups[:1] == [group] else [Group(group)] if group else [],
                devices=one.devices if one and one.devices[:1] == [device] else [device] if device else [],
                response=number(told, "response", tr("There within (h)"), high=1000) * 60 if response else None,
                notice=number(told, "notice", tr("Told so many days before its end"), low=0, high=400),
            )

        self._show("contract.put", tr("Contract"), "", lines, make)

    def end_contract(self, one: ContractInfo) -> None:
        """No longer."""
        make = lambda told: EndContract(contract=one.id, why=told.text("why"))  # noqa: E731
        self._show("contract.end", tr("End the contract: {title}", title=one.title), "", [why()], make)

    def call(self, one: ContractInfo) -> None:
        """The firm is told."""
        lines = [
            Line("text", tr("What is the matter"), most=4000),
            Line("device", tr("Device"), "choice", "", self._devices(tr("none"))),
            Line("reported", tr("Called"), "moment", None, optional=True, hint=tr("empty: now")),
            Line("promised", tr("They come at"), "moment", None, optional=True),
        ]

        def make(told: Told) -> messages.AnyAct:
            device = told.text("device")
            return CallContractor(
                contract=one.id,
                subject=f"device:{device}" if device else "",
                text=told.text("text"),
                reported=told.time("reported") or self._acts.model.now(),
                promised=told.time("promised"),
            )

        words = tr("Telephone: {phone}", phone=one.phone) if one.phone else ""
        self._show("contract.call", tr("Called: {firm}", firm=one.firm), words, lines, make)

    def step(self, one: CallInfo, step: Step, visits: Sequence[ContractorVisit] = ()) -> None:
        """They named a time, came, solved it. `visits`: those of this contract, under which they may stand in the register."""
        now = None if step != "promised" else self._acts.model.now() + 3_600_000
        hint = tr("empty: now") if step != "promised" else ""
        lines = [Line("time", tr(STEP_WORDS[step]), "moment", now, optional=step != "promised", hint=hint)]
        lines += [Line("text", tr("How it was solved"), most=4000)] if step == "solved" else []
        newest = visits[0].id if step == "arrived" and visits and visits[0].entered >= one.reported else ""
        lines += [Line("visit", tr("Contractor's visit"), "choice", newest, self._visits(visits))] if step == "arrived" else []

        def make(told: Told) -> messages.AnyAct:
            text = told.text("text") if step == "solved" else ""
            visit = told.text("visit") if step == "arrived" else ""
            return CallStep(call=one.id, step=step, time=told.time("time") or self._acts.model.now(), text=text, visit=visit)

        self._show("contract.step", f"{one.number} {one.firm}", one.text, lines, make)

    def _visits(self, visits: Sequence[ContractorVisit]) -> Choices:
        zone = self._acts.model.zone
        told = ((one.id, _short(f"{moment(one.entered, zone):%m-%d %H:%M} {one.name} ({one.number})")) for one in visits)
        return [("", tr("none")), *told]

    def _devices(self, none: str) -> Choices:
        return [("", none), *((device.id, _short(pick(device.names))) for device in self._acts.model.devices.values())]


def line_of(one: SuggestedPlan, first: str) -> MaintenanceLine:
    """A suggestion as a plan, in the language in force."""
    told = {"every": one.every, "unit": one.unit, "first": first, "source": one.id, "group": one.group}
    return MaintenanceLine.model_validate({**told, "title": pick(one.names), "text": pick(one.text)})


def _groups() -> Choices:
    return [(group.value, tr(words)) for group, words in GROUPS.items()]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _hours(minutes: int | None) -> str:
    return "" if minutes is None else f"{-(-minutes // 60)}"
