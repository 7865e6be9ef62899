"""What travels about visitors and about goods that come and go. Of the number of an identity document only the last four signs travel
and are kept: what is sent beyond them is cut off before anything sees it."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field

from cityops_desktop.link.duty.attachments import AttachmentInfo
from cityops_desktop.link.duty.days import OptionalDay
from cityops_desktop.link.fields import Id, Long, Readable, Text, Time, Title, Uuid, Why

KEPT_SIGNS = 4
Document = Literal["none", "identity_card", "passport", "work_pass", "driving_licence", "other"]
Direction = Literal["in", "out"]
GoodsState = Literal["waiting", "approved", "refused", "passed"]
Kept = Annotated[str, Field(max_length=64), Readable, AfterValidator(lambda text: "".join(text.split())[-KEPT_SIGNS:])]
"""The last signs of a number."""


class EnterVisitor(BaseModel):
    """Somebody is inside from now on. `escort` is an account, or "" for somebody named in `escort_name`; `photos` says who permits
    photographs, "" = nobody does; `contract`: a contractor's visit."""

    kind: Literal["visit.enter"] = "visit.enter"
    name: Title
    firm: Text = ""
    purpose: Title
    document: Document = "none"
    number: Kept = ""
    phone: Text = ""
    areas: Text = ""
    escort: Annotated[str, Field(max_length=64)] = ""
    escort_name: Text = ""
    badge: Text = ""
    photos: Text = ""
    contract: Annotated[str, Field(max_length=64)] = ""
    entered: Time
    expected: Time


class VisitorLeft(BaseModel):
    """Out again: the escort signs by giving this act. Whoever else signs says why."""

    kind: Literal["visit.leave"] = "visit.leave"
    visit: Id
    time: Time
    badge_back: bool = True
    remark: Long = ""
    why: Text = ""


class ExtendVisit(BaseModel):
    """It takes longer."""

    kind: Literal["visit.extend"] = "visit.extend"
    visit: Id
    expected: Time
    why: Why


class EnterGoods(BaseModel):
    """Something has come in, or is to go out, which another person has to approve first. `until`: the day by which it goes back the other
    way (a loan); `settles`: the goods (id) that go back by this."""

    kind: Literal["goods.enter"] = "goods.enter"
    direction: Direction
    what: Title
    serial: Text = ""
    quantity: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    form: Text = ""
    carrier: Title
    until: OptionalDay = ""
    settles: Annotated[str, Field(max_length=64)] = ""
    attachments: Annotated[list[Uuid], Field(max_length=20)] = []
    remark: Long = ""


class DecideGoods(BaseModel):
    """May it go out? Not said by who entered it."""

    kind: Literal["goods.decide"] = "goods.decide"
    goods: Id
    approved: bool
    why: Text = ""


class PassGoods(BaseModel):
    """What was approved has left."""

    kind: Literal["goods.pass"] = "goods.pass"
    goods: Id
    carrier: Text = ""


VisitAct = EnterVisitor | VisitorLeft | ExtendVisit | EnterGoods | DecideGoods | PassGoods


class VisitInfo(BaseModel):
    """A visit; `gone` None = still inside. `signed_why`: why not the escort signed."""

    id: str
    number: str
    name: str
    firm: str
    purpose: str
    document: Document
    masked: str
    phone: str
    areas: str
    escort: str
    escort_name: str
    badge: str
    photos: str
    contract: str
    time: int
    actor_name: str
    entered: int
    expected: int
    gone: int | None
    gone_name: str
    signed_why: str
    badge_back: bool | None
    remark: str


class GoodsInfo(BaseModel):
    """Goods; `settled`: when what should go back did."""

    id: str
    number: str
    direction: Direction
    what: str
    serial: str
    quantity: int
    form: str
    carrier: str
    until: str
    settles: str
    attachments: list[AttachmentInfo]
    remark: str
    state: GoodsState
    time: int
    actor: str
    actor_name: str
    decided: int | None
    decided_name: str
    reason: str
    passed: int | None
    passed_name: str
    settled: int | None


class PersonName(BaseModel):
    """An account that can be an escort."""

    id: str
    name: str


class VisitsPage(BaseModel):
    """GET /api/v1/duty/visits: who is inside, and a page of the register, newest first; `more`: there are older ones. `badges`: those
    that were not given back."""

    now: int
    inside: list[VisitInfo]
    visits: list[VisitInfo]
    more: bool
    people: list[PersonName]
    badges: list[VisitInfo]


class GoodsPage(BaseModel):
    """GET /api/v1/duty/goods: what waits, what is to go back, and a page of the register, newest first."""

    now: int
    waiting: list[GoodsInfo]
    loans: list[GoodsInfo]
    goods: list[GoodsInfo]
    more: bool
