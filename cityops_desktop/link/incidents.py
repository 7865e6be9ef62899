"""What travels about warnings, incidents, plans, contacts and drills. Codes and figures; words are what people wrote."""

from pydantic import BaseModel

from cityops_desktop.incidents.deadlines import DueState
from cityops_desktop.incidents.states import DrillState, EntryKind, IncidentState
from cityops_desktop.link.messages import AlarmInfo, WarningInfo
from cityops_desktop.model.points import Group


class DueInfo(BaseModel):
    """A report that is due `at` by a rule of incidents.editions.reporting. `assumed`: only because nobody has graded the incident."""

    rule: str
    since: int
    at: int
    done: int | None = None
    state: DueState
    assumed: bool = False


class IncidentInfo(BaseModel):
    """An incident. `grade` None = not graded yet; `sort` and `part` are a class of the edition; `alarms` ids of what it was opened from."""

    id: str
    number: str
    title: str
    text: str
    begun: int
    found: int
    opened: int
    actor_name: str
    state: IncidentState
    edition: str
    sort: str
    part: str
    importance: str
    loss: str
    impact: int
    grade: int | None
    reporter: str
    alarms: list[str]
    recovered: int | None
    closed: int | None
    closed_by: str
    reason: str
    actions: str
    lessons: str
    dues: list[DueInfo]


class EntryInfo(BaseModel):
    """What somebody wrote about an incident or a drill: `time` when it was, `written` when it was written down."""

    id: str
    kind: EntryKind
    time: int
    written: int
    actor_name: str
    text: str
    rule: str = ""
    told: str = ""
    plan: str = ""


class HappenedInfo(BaseModel):
    """Something on a time line: an entry, a step of an alarm (`kind` of the change log, `alarm` as it was then), or an act of a person
    (`kind` and `subject` of the change log)."""

    time: int
    actor_name: str
    entry: EntryInfo | None = None
    kind: str = ""
    subject: str = ""
    seq: int = 0
    alarm: AlarmInfo | None = None


class SiteInfo(BaseModel):
    """The parties of a room, as its file names them."""

    owner: str = ""
    operator: str = ""
    authority: str = ""


class IncidentDetail(BaseModel):
    """GET /api/v1/incidents/{id}: with its time line from `start` to `end`. `acts`: whoever asks may see what people did; `more`: there
    were more steps than are told."""

    now: int
    site: SiteInfo
    incident: IncidentInfo
    happened: list[HappenedInfo]
    start: int
    end: int
    acts: bool
    more: bool = False


class PlanInfo(BaseModel):
    """A plan in its newest version; see acts.PublishPlan."""

    id: str
    code: str
    version: int
    title: str
    text: str
    conditions: str
    grade: int
    sorts: list[str]
    level: int
    groups: list[Group]
    published: int
    actor_name: str
    retired: int | None = None


class ContactInfo(BaseModel):
    """Somebody to be called; see acts.PutContact."""

    id: str
    parent: str
    place: int
    duty: str
    name: str
    phone: str
    mobile: str
    mail: str
    note: str


class DrillInfo(BaseModel):
    """A drill with what was written in it."""

    id: str
    title: str
    plan: str
    planned: int
    leader: str
    people: str
    text: str
    state: DrillState
    actor_name: str
    begun: int | None
    ended: int | None
    summary: str
    passed: bool | None
    improvements: str
    until: str
    improved: int | None
    improved_text: str
    entries: list[EntryInfo]


class IncidentsPage(BaseModel):
    """GET /api/v1/incidents: those that stand first, each list newest first; contacts in their order."""

    now: int
    warnings: list[WarningInfo]
    incidents: list[IncidentInfo]
    plans: list[PlanInfo]
    contacts: list[ContactInfo]
    drills: list[DrillInfo]
