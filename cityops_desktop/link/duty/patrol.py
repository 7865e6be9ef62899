"""Patrols as they travel: acts of people, and what the station tells of templates, routes, what is due, and rounds. Decides nothing."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from cityops_desktop.duty.patrolcontent import Expected, Item, RouteContent, Stop, TemplateContent
from cityops_desktop.link.fields import Id, Long, Readable, Text, Time, Title, Uuid, Why, readable_within

MOST_ANSWERS = 1500
MOST_SCANS = 900


ScanCode = Annotated[str, Field(min_length=1, max_length=64), Readable]


class PublishTemplate(BaseModel):
    """A template, or its next version. Rounds keep the version that they were walked by."""

    kind: Literal["patrol.template"] = "patrol.template"
    content: Annotated[TemplateContent, AfterValidator(readable_within)]
    why: Why


class RetireTemplate(BaseModel):
    """No longer used; no route in force may name it."""

    kind: Literal["patrol.template_end"] = "patrol.template_end"
    code: Id
    why: Why


class TakeOver(BaseModel):
    """Publish templates that come with the program, as they are; none named = all that are not there yet. Data: `count`."""

    kind: Literal["patrol.take_over"] = "patrol.take_over"
    codes: Annotated[list[Id], Field(max_length=50)] = []


class PublishRoute(BaseModel):
    """A route, or its next version; its plan counts from now on."""

    kind: Literal["patrol.route"] = "patrol.route"
    content: Annotated[RouteContent, AfterValidator(readable_within)]
    why: Why


class RetireRoute(BaseModel):
    """No longer walked."""

    kind: Literal["patrol.route_end"] = "patrol.route_end"
    code: Id
    why: Why


class BeginRound(BaseModel):
    """I walk it now: `id` is that of the round which will be submitted. Refused (patrol_begun) while somebody else walks this due time.
    `route` is the id of the version (RouteInfo.id), `due` its time (UTC ms), None = a round beside the plan."""

    kind: Literal["patrol.begin"] = "patrol.begin"
    id: Uuid
    route: Id
    due: Time | None = None


class AbandonRound(BaseModel):
    """A round that was begun is not walked to its end."""

    kind: Literal["patrol.abandon"] = "patrol.abandon"
    round: Id
    why: Why


class Answer(BaseModel):
    """One item as it was found. `state`: "unchecked" needs `why`; "not_ok" may say what is wrong in `note`. `time` is when it was looked
    at. `value` for numbers and readings, `choice` for choices, `text` for texts, `photos` are ids of attachments. `template` is the code.
    """

    stop: Id
    template: Id
    item: Id
    state: Literal["ok", "not_ok", "unchecked"]
    time: Time
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    choice: Annotated[str, Field(max_length=40)] = ""
    text: Long = ""
    note: Long = ""
    why: Annotated[str, Field(max_length=500), Readable] = ""
    photos: Annotated[list[Id], Field(max_length=6)] = []


class Mark(BaseModel):
    """What proves that somebody was at a stop: how the code came, the code, when."""

    stop: Id
    way: Expected
    code: Annotated[str, Field(max_length=64), Readable] = ""
    time: Time | None = None


class NewIncident(BaseModel):
    """What a security round found, as an incident of its own."""

    title: Title
    text: Long


class SubmitRound(BaseModel):
    """A whole round. Taken once: the same id and content again has the same answer, the same id with other content is refused
    (patrol_other). `route` and `templates` (code to id) are the versions that it was walked by. `entry` "paper": typed in later.
    Data: round, number, not_ok, unchecked, orders, again (1 = there was a round for this time already), incident."""

    kind: Literal["patrol.submit"] = "patrol.submit"
    id: Uuid
    route: Id
    due: Time | None = None
    templates: Annotated[dict[Id, Id], Field(max_length=60)]
    entry: Literal["console", "paper"] = "console"
    walker: Text = ""
    """Who walked it, where that is somebody else than who submits it; "" = the same."""
    begun: Time
    ended: Time
    answers: Annotated[list[Answer], Field(min_length=1, max_length=MOST_ANSWERS)]
    marks: Annotated[list[Mark], Field(max_length=60)] = []
    note: Long = ""
    incident: NewIncident | None = None


class ExplainMissed(BaseModel):
    """Why rounds of these times were never walked; ends their alarms."""

    kind: Literal["patrol.missed"] = "patrol.missed"
    route: Id
    """Its code."""
    dues: Annotated[list[Time], Field(min_length=1, max_length=100)]
    why: Why


class Scan(BaseModel):
    """A line of a wand or a memory scanner. `person`: the code of the person's own tag, where the wand keeps one."""

    code: ScanCode
    time: Time
    reader: Annotated[str, Field(max_length=64), Readable] = ""
    person: Annotated[str, Field(max_length=64), Readable] = ""


class TakeScans(BaseModel):
    """What a wand held. The same line again is one. Data: taken (new ones), known, matched (to stops of rounds)."""

    kind: Literal["patrol.scans"] = "patrol.scans"
    source: Title
    """The file."""
    scans: Annotated[list[Scan], Field(min_length=1, max_length=MOST_SCANS)]


PatrolAct = (
    PublishTemplate
    | RetireTemplate
    | TakeOver
    | PublishRoute
    | RetireRoute
    | BeginRound
    | AbandonRound
    | SubmitRound
    | ExplainMissed
    | TakeScans
)

Presence = Literal["wand", "spot", "desk", "none"]
DueState = Literal["planned", "due", "overdue", "missed", "done", "explained"]


class TemplateInfo(BaseModel):
    """A template in its newest version. `shipped`: it is as it comes with the program."""

    id: str
    version: int
    content: TemplateContent
    time: int
    actor_name: str
    shipped: bool = False


class RouteInfo(BaseModel):
    """A route in its newest version; `ended` None = in force."""

    id: str
    version: int
    content: RouteContent
    time: int
    actor_name: str
    ended: int | None = None


class DueInfo(BaseModel):
    """A time at which a round is due. `opens`: from then on it may be begun, `until`: by then it has to be done. `round` is the one that
    was walked for it, `walking` who walks it now, `why` of a missed one that was explained."""

    route: str
    """The code."""
    route_id: str
    at: int
    opens: int
    until: int
    state: DueState
    round: str = ""
    walking: str = ""
    walking_id: str = ""
    why: str = ""


class RoundBrief(BaseModel):
    """A round in a list. `presence`: the weakest proof over the stops that expect one; "" = none expects one. `again`: not the first for
    its time. `doubts`: stops whose proof does not hold."""

    id: str
    number: str
    route: str
    route_id: str
    due: int | None
    begun: int
    ended: int
    time: int
    """When the station took it."""
    actor_name: str
    walker: str
    entry: str
    items: int
    not_ok: int
    unchecked: int
    presence: str
    doubts: int
    late: bool
    again: bool
    incident: str = ""


class WandInfo(BaseModel):
    """A wand's port: open, no_port, waiting (not tried yet); `bad` counts what came and was no line."""

    id: str
    port: str
    state: str
    bad: int


class PatrolPage(BaseModel):
    """What stands. `dues`: open ones, unexplained missed ones, those of today and of the next 24 h, in the order of their times.
    `waiting`: codes of templates that come with the program and are not published here. `more`: there are older rounds."""

    now: int
    templates: list[TemplateInfo]
    routes: list[RouteInfo]
    dues: list[DueInfo]
    rounds: list[RoundBrief]
    more: bool
    waiting: list[TemplateContent]
    unmatched: int
    """Lines of wands that belong to no round yet."""
    wands: list[WandInfo] = []


class SheetItem(BaseModel):
    """An item at a stop. `point` is the key that the station compares with (of a reading, where one was found)."""

    item: Item
    point: str = ""


class SheetPart(BaseModel):
    """A template at a stop."""

    template: str
    """The code."""
    name_zh: str
    name_en: str
    items: list[SheetItem]


class SheetStop(BaseModel):
    """A stop with all that is looked at there; `x`, `y` on the floor, where that is known."""

    stop: Stop
    x: float | None
    y: float | None
    parts: list[SheetPart]


class PatrolSheet(BaseModel):
    """A route resolved against the room: all that a console needs to walk it without the station. `templates`: code to id."""

    route: RouteInfo
    templates: dict[str, str]
    stops: list[SheetStop]


class AnswerInfo(Answer):
    """An answer as it was kept. `point`, `live`, `live_time`, `quality`: the station's value at the item's own time; quality "" = none was
    known. `difference` = value − live. `order`: the work order that it led to or belongs to."""

    point: str = ""
    live: float | None = None
    live_time: int | None = None
    quality: str = ""
    difference: float | None = None
    order: str = ""


class MarkInfo(BaseModel):
    """What proves a stop, as verified. `doubt`: "" = holds; missing, wrong_code, weaker (than expected), no_time, outside (of the round),
    order (times of the stops do not go up), no_scan (a wand was named whose line is not there)."""

    stop: str
    expects: Presence
    way: Presence
    code: str = ""
    time: int | None = None
    reader: str = ""
    doubt: str = ""


class RoundDetail(BaseModel):
    """A round with all of it, by the version that it was walked by."""

    round: RoundBrief
    route: RouteInfo
    templates: list[TemplateInfo]
    answers: list[AnswerInfo]
    marks: list[MarkInfo]
    note: str
    orders: dict[str, str]
    """Id to number."""


class RoundsPage(BaseModel):
    """Rounds, the newest first; `next` is what `before` has to be for the ones before these, "" = there are none."""

    rounds: list[RoundBrief]
    next: str = ""


class ItemPast(BaseModel):
    """One answer to an item in former rounds."""

    round: str
    number: str
    time: int
    actor_name: str
    answer: AnswerInfo


class ItemHistory(BaseModel):
    """An item of a stop over time, the newest first."""

    answers: list[ItemPast]
    next: str = ""


class Difference(BaseModel):
    """What somebody read and what the station knew."""

    round: str
    time: int
    value: float
    live: float
    quality: str
    difference: float


class Differences(BaseModel):
    """A sensor's, the newest first. `drift`: the median of those that say that it drifts, None = it does not."""

    point: str
    differences: list[Difference]
    tolerance: float | None
    drift: float | None
    order: str = ""
    """The work order for its calibration that is open."""


class ScanInfo(Scan):
    """A line of a wand and what it proved; `round` "" = nothing yet."""

    source: str
    timed: bool = True
    """The time is the wand's own, not that of the line's coming."""
    round: str = ""
    stop: str = ""


class ScansPage(BaseModel):
    """Lines of wands of a span, the newest first."""

    scans: list[ScanInfo]
