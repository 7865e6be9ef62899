"""What travels about maintenance plans, contracts and contractors' calls. Codes and figures; words are what people wrote."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.duty.maintenance import ContractState, Counted, DueState, Unit
from cityops_desktop.link.duty.attachments import AttachmentInfo
from cityops_desktop.link.duty.days import RealDay
from cityops_desktop.link.fields import Id, Long, Said, Text, Time, Title, Uuid, Why
from cityops_desktop.model.points import Group

Devices = Annotated[list[Id], Field(max_length=500)]
Result = Literal["ok", "partly", "not_ok"]
ContractKind = Literal["maintenance", "warranty", "cleaning", "other"]
Step = Literal["promised", "arrived", "solved"]
OptionalId = Annotated[str, Field(max_length=64)]


class MaintenanceLine(BaseModel):
    """One plan; `id` "" = a new one. `source`: where it comes from, such as the id of a shipped suggestion."""

    id: OptionalId = ""
    title: Title
    text: Said
    group: Group
    devices: Devices = []
    every: Annotated[int, Field(ge=1, le=1000)]
    unit: Unit
    counted: Counted = "done"
    first: RealDay
    contract: OptionalId = ""
    source: Text = ""


class PutMaintenancePlans(BaseModel):
    """Plans, new or changed: all of them or none."""

    kind: Literal["maintenance.plan"] = "maintenance.plan"
    plans: Annotated[list[MaintenanceLine], Field(min_length=1, max_length=100)]


class EndMaintenancePlan(BaseModel):
    """It is done by this plan no longer."""

    kind: Literal["maintenance.end"] = "maintenance.end"
    plan: Id
    why: Why


class MaintenanceDone(BaseModel):
    """It was done on this day. What is not ok may become a work order (`order`); `visit`: the contractor's visit in which it was done."""

    kind: Literal["maintenance.done"] = "maintenance.done"
    plan: Id
    day: RealDay
    result: Result
    remark: Long = ""
    visit: OptionalId = ""
    order: bool = False
    attachments: Annotated[list[Uuid], Field(max_length=20)] = []


class PutContract(BaseModel):
    """What a firm has to do for us, for which equipment groups and devices, from day to day; `response` minutes from the call until
    somebody is there; `notice` days before its end it is an alarm."""

    kind: Literal["contract.put"] = "contract.put"
    id: OptionalId = ""
    sort: ContractKind
    number: Text = ""
    title: Title
    firm: Title
    groups: Annotated[list[Group], Field(max_length=20)] = []
    devices: Devices = []
    begins: RealDay
    ends: RealDay
    response: Annotated[int, Field(ge=1, le=100_000)] | None = None
    phone: Text = ""
    notice: Annotated[int, Field(ge=0, le=400)] = 30
    note: Long = ""


class EndContract(BaseModel):
    """Dissolved, or followed by another one."""

    kind: Literal["contract.end"] = "contract.end"
    contract: Id
    why: Why


class CallContractor(BaseModel):
    """The firm was told of something; `promised`: when they said that they come."""

    kind: Literal["contract.call"] = "contract.call"
    contract: Id
    subject: Text = ""
    text: Said
    reported: Time
    promised: Time | None = None


class CallStep(BaseModel):
    """They named a time, came, or solved it; `visit`: under which they stand in the register."""

    kind: Literal["contract.step"] = "contract.step"
    call: Id
    step: Step
    time: Time
    visit: OptionalId = ""
    text: Long = ""


MaintenanceAct = PutMaintenancePlans | EndMaintenancePlan | MaintenanceDone | PutContract | EndContract | CallContractor | CallStep


class ContractorVisit(BaseModel):
    """A visit of the register that belongs to a contract."""

    id: str
    number: str
    name: str
    firm: str
    contract: str
    entered: int


class MaintenanceInfo(BaseModel):
    """What was done: on `day`, for the day `due`."""

    id: str
    plan: str
    title: str
    group: Group
    day: str
    due: str
    result: Result
    remark: str
    visit: str
    work_order: str
    attachments: list[AttachmentInfo]
    time: int
    actor_name: str


class MaintenancePlanInfo(BaseModel):
    """A plan with its next day, how it stands, and the days of the time that was asked for."""

    id: str
    title: str
    text: str
    group: Group
    devices: list[str]
    every: int
    unit: Unit
    counted: Counted
    first: str
    contract: str
    source: str
    time: int
    actor_name: str
    due: str
    state: DueState
    last: str
    days: list[str]


class MaintenancePage(BaseModel):
    """GET /api/v1/duty/maintenance?year=: plans that hold with their days of a year, what was done in it."""

    now: int
    today: str
    year: int
    plans: list[MaintenancePlanInfo]
    done: list[MaintenanceInfo]
    contracts: list[tuple[str, str]]
    """Id and words of those that can be named in a plan."""
    visits: list[ContractorVisit]
    """Those in which it may have been done: of some days, the newest first."""


class ContractInfo(BaseModel):
    """A contract with how it stands."""

    id: str
    sort: ContractKind
    number: str
    title: str
    firm: str
    groups: list[Group]
    devices: list[str]
    begins: str
    ends: str
    response: int | None
    phone: str
    notice: int
    note: str
    time: int
    actor_name: str
    state: ContractState
    ended: int | None


class CallInfo(BaseModel):
    """A call; `kept`: did they come within the time of the contract, None = not known yet or none is agreed."""

    id: str
    number: str
    contract: str
    firm: str
    subject: str
    text: str
    reported: int
    promised: int | None
    arrived: int | None
    solved: int | None
    visit: str
    solution: str
    actor_name: str
    kept: bool | None


class ContractsPage(BaseModel):
    """GET /api/v1/duty/contracts: those that hold, the newest former ones, calls that are open, the newest that are solved, the newest
    visits of contractors."""

    now: int
    contracts: list[ContractInfo]
    calls: list[CallInfo]
    visits: list[ContractorVisit]
