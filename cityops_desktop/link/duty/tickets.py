"""What travels about work and operation tickets, tags and rotation tests: acts and answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, model_validator

from cityops_desktop.duty.tickets import OperationState, WorkState
from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.link.duty.orders import OrderEntryInfo, Target
from cityops_desktop.link.fields import Code, Day, Id, Long, Readable, Said, Text, Time, Title, Why
from cityops_desktop.link.people import Name

MOST_STEPS = 60
MOST_RUN_POINTS = 8
TagTarget = Annotated[str, Field(max_length=220, pattern=r"^(device|rack|point|node):.{1,200}$"), Readable]
Step = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Figure = Annotated[float, Field(allow_inf_nan=False)]
RotationSort = Literal["standby", "generator", "battery", "ats", "other"]


class TicketStep(BaseModel):
    """A step of an operation ticket. `point` "" = nothing is measured; else its value must lie from `low` to `high` or be of `states`."""

    text: Title
    point: Annotated[str, Field(max_length=200)] = ""
    low: Figure | None = None
    high: Figure | None = None
    states: Annotated[list[int], Field(max_length=20)] = []

    @model_validator(mode="after")
    def _says_what(self) -> "TicketStep":
        if self.point and self.low is None and self.high is None and not self.states:
            raise ValueError("what the point must say is missing")
        return self


class DraftWork(BaseModel):
    """Ask for a work ticket: what is done where, hazards, what isolates it, the tags that must hang, who leads, who is there."""

    kind: Literal["ticket.work"] = "ticket.work"
    title: Title
    text: Said
    subject: Target = ""
    place: Title
    hazards: Said
    measures: Annotated[list[Title], Field(min_length=1, max_length=30)]
    tags: Annotated[list[TagTarget], Field(max_length=20)] = []
    leader: Title
    members: Text = ""
    starts: Time
    until: Time
    order: Annotated[str, Field(max_length=64)] = ""


class DraftOperation(BaseModel):
    """Write an operation ticket, mostly from a template: the steps are those that are carried out, in this order."""

    kind: Literal["ticket.operation"] = "ticket.operation"
    template: Annotated[str, Field(max_length=40)] = ""
    title: Title
    text: Long = ""
    subject: Target = ""
    hazards: Long = ""
    steps: Annotated[list[TicketStep], Field(min_length=1, max_length=MOST_STEPS)]
    order: Annotated[str, Field(max_length=64)] = ""


class PermitTicket(BaseModel):
    """Another person than the applicant: the measures are taken, the tags hang, work may begin."""

    kind: Literal["ticket.permit"] = "ticket.permit"
    ticket: Id
    text: Said


class ExtendTicket(BaseModel):
    """Work goes on until then."""

    kind: Literal["ticket.extend"] = "ticket.extend"
    ticket: Id
    until: Time
    why: Why


class InterruptTicket(BaseModel):
    """Nobody works until it is resumed."""

    kind: Literal["ticket.interrupt"] = "ticket.interrupt"
    ticket: Id
    why: Why


class ResumeTicket(BaseModel):
    """The measures were looked at again: work goes on."""

    kind: Literal["ticket.resume"] = "ticket.resume"
    ticket: Id
    text: Said


class CloseTicket(BaseModel):
    """Work is over: people and tools are out, the isolation is taken back, and the station sees that no tag of the ticket hangs."""

    kind: Literal["ticket.close"] = "ticket.close"
    ticket: Id
    people_out: Literal[True]
    tools_out: Literal[True]
    isolation_back: Literal[True]
    text: Said


class CancelTicket(BaseModel):
    """A ticket that nobody worked by is not wanted any more."""

    kind: Literal["ticket.cancel"] = "ticket.cancel"
    ticket: Id
    why: Why


class StartOperation(BaseModel):
    """Whoever gives this is the reader (监护人); the operator (操作人) proves by name, password and code to be somebody else."""

    kind: Literal["ticket.start"] = "ticket.start"
    ticket: Id
    operator: Name
    password: Annotated[str, Field(max_length=256)]
    code: Code = ""


class ReadStep(BaseModel):
    """The reader has read this step aloud."""

    kind: Literal["ticket.read_out"] = "ticket.read_out"
    ticket: Id
    step: Step


class OperateStep(BaseModel):
    """The operator has repeated the step and done it. In the operator's own session, or in the reader's with the operator's password."""

    kind: Literal["ticket.operate"] = "ticket.operate"
    ticket: Id
    step: Step
    password: Annotated[str, Field(max_length=256)] = ""


class DeviateStep(BaseModel):
    """The reader lets the step that was read pass without the proof by its point."""

    kind: Literal["ticket.deviate"] = "ticket.deviate"
    ticket: Id
    step: Step
    why: Why


class AbortOperation(BaseModel):
    """It ends where it stands."""

    kind: Literal["ticket.abort"] = "ticket.abort"
    ticket: Id
    why: Why


class HangTag(BaseModel):
    """禁止合闸: nothing may be written on this target, nor on what hangs below it, until the tag is taken away."""

    kind: Literal["tag.hang"] = "tag.hang"
    target: TagTarget
    text: Title
    ticket: Annotated[str, Field(max_length=64)] = ""


class RemoveTag(BaseModel):
    """By who hung it; by a shift leader with a reason."""

    kind: Literal["tag.remove"] = "tag.remove"
    tag: Id
    why: Annotated[str, Field(max_length=500), Readable] = ""


class PlanRotation(BaseModel):
    """A rotation test that is made every so many days, the first one by a day; the points whose curves matter."""

    kind: Literal["rotation.plan"] = "rotation.plan"
    id: Annotated[str, Field(max_length=64)] = ""
    title: Title
    sort: RotationSort
    subject: Target = ""
    points: Annotated[list[Annotated[str, Field(min_length=1, max_length=200)]], Field(max_length=MOST_RUN_POINTS)] = []
    days: Annotated[int, Field(ge=1, le=1100)]
    first: Day
    note: Long = ""


class EndRotationPlan(BaseModel):
    """It is not made any more."""

    kind: Literal["rotation.end_plan"] = "rotation.end_plan"
    plan: Id
    why: Why


class BeginRotation(BaseModel):
    """The test begins now."""

    kind: Literal["rotation.begin"] = "rotation.begin"
    plan: Id


class EndRotation(BaseModel):
    """The test is over: passed or not, and what was seen. The station keeps which samples it is about."""

    kind: Literal["rotation.end"] = "rotation.end"
    run: Id
    passed: bool
    remarks: Said


WorkAct = DraftWork | PermitTicket | ExtendTicket | InterruptTicket | ResumeTicket | CloseTicket | CancelTicket
OperationAct = DraftOperation | StartOperation | ReadStep | OperateStep | DeviateStep | AbortOperation
TicketAct = WorkAct | OperationAct | HangTag | RemoveTag | PlanRotation | EndRotationPlan | BeginRotation | EndRotation


class DoneStep(BaseModel):
    """What became of a step: read by whom, when; ticked by whom, when; what its point said (`quality` "" = nothing was measured)."""

    step: int
    read: int
    reader_name: str
    deviation: str
    done: int | None
    operator_name: str
    value: float | None
    value_time: int | None
    quality: str
    proven: bool


class TicketInfo(BaseModel):
    """A ticket. `sort`: "work" or "operation". Persons are accounts, with their names as they were."""

    id: str
    number: str
    sort: Literal["work", "operation"]
    template: str
    title: str
    text: str
    subject: str
    place: str
    hazards: str
    measures: list[str]
    tags: list[str]
    leader: str
    members: str
    order: str
    starts: int
    until: int
    state: WorkState | OperationState
    time: int
    actor: str
    actor_name: str
    permitted: int | None
    permitter_name: str
    reader: str
    reader_name: str
    operator: str
    operator_name: str
    begun: int | None
    ended: int | None
    ended_name: str
    reason: str


class TicketsPage(BaseModel):
    """GET /api/v1/duty/tickets: those that are not over, and a page of the others, newest first."""

    now: int
    standing: list[TicketInfo]
    ended: list[TicketInfo]
    more: bool


class HungTag(TagInfo):
    """A tag of the past as well: when it was removed, by whom, and why when it was somebody else."""

    actor: str
    ticket: str
    removed: int | None
    removed_name: str
    reason: str


class TicketDetail(BaseModel):
    """GET /api/v1/duty/tickets/{id}: with its steps, what became of each, what was written, and the tags that were hung for it."""

    now: int
    ticket: TicketInfo
    steps: list[TicketStep]
    done: list[DoneStep]
    entries: list[OrderEntryInfo]
    tags: list[HungTag]


class TagsPage(BaseModel):
    """GET /api/v1/duty/tags: those that hang, and a page of the others, newest first."""

    now: int
    hanging: list[HungTag]
    removed: list[HungTag]
    more: bool


class RunFigures(BaseModel):
    """What the samples of a point said over a run; `hours` Ah or kWh; None = they do not tell."""

    point: str
    unit: str
    lowest: float | None = None
    highest: float | None = None
    last: float | None = None
    samples: int = 0
    known: float = 0.0
    hours: float | None = None


class RotationRunInfo(BaseModel):
    """A run. `digest` is of the samples of `points` from `begun` to `ended`."""

    id: str
    plan: str
    begun: int
    actor_name: str
    ended: int | None
    ended_name: str
    passed: bool | None
    remarks: str
    points: list[str]
    figures: list[RunFigures]
    digest: str


class RotationPlanInfo(BaseModel):
    """A plan with the day by which its next run is due, the run that is under way, and the newest ones that are over."""

    id: str
    title: str
    sort: RotationSort
    subject: str
    points: list[str]
    days: int
    first: str
    note: str
    actor_name: str
    due: str
    late: bool
    running: RotationRunInfo | None
    runs: list[RotationRunInfo]


class RotationPage(BaseModel):
    """GET /api/v1/duty/rotation: the plans in force, what is due first, first."""

    now: int
    plans: list[RotationPlanInfo]
