"""What travels about work orders: acts and answers. Codes and figures; words are what people wrote."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.duty.orders import OrderState
from cityops_desktop.link.fields import Id, Long, Readable, Said, Text, Time, Title, Why

Target = Annotated[str, Field(max_length=220, pattern=r"^((device|rack|point|area|node):.{1,200})?$"), Readable]
"""What it is about: "device:<id>", "rack:<id>", "point:<key>", "area:<id>", "node:<id>" of the power chain; "" = nothing of these."""
Priority = Annotated[int, Field(ge=1, le=4)]
"""1 = at once."""


class RaiseOrder(BaseModel):
    """Something has to be done, until `due`. `alarms`: the occurrences (ids) that it is about. `source` names where it comes from
    ("manual", "alarm:<id>", "log:<id>" …)."""

    kind: Literal["order.raise"] = "order.raise"
    title: Title
    text: Long = ""
    subject: Target = ""
    priority: Priority = 3
    due: Time | None = None
    source: Annotated[str, Field(max_length=300, pattern=r"^[a-z]+(:.+)?$"), Readable] = "manual"
    alarms: Annotated[list[Id], Field(max_length=50)] = []


class AssignOrder(BaseModel):
    """Who does it: an account, or (`account` "") the outside firm or person called `name`; until when, how urgent."""

    kind: Literal["order.assign"] = "order.assign"
    order: Id
    account: Annotated[str, Field(max_length=64)] = ""
    name: Text = ""
    priority: Priority
    due: Time | None = None


class BeginOrder(BaseModel):
    """It is being done; one that nobody was told to do is taken over by whoever begins."""

    kind: Literal["order.begin"] = "order.begin"
    order: Id


class NoteOrder(BaseModel):
    """A remark."""

    kind: Literal["order.note"] = "order.note"
    order: Id
    text: Said


class OrderDone(BaseModel):
    """It is done; `text` says what. Somebody else looks at it."""

    kind: Literal["order.done"] = "order.done"
    order: Id
    text: Said


class CheckOrder(BaseModel):
    """The closing check by another person than who did it: accepted, or not done after all (`text` says why)."""

    kind: Literal["order.check"] = "order.check"
    order: Id
    accepted: bool
    text: Said


class CancelOrder(BaseModel):
    """It is not wanted any more."""

    kind: Literal["order.cancel"] = "order.cancel"
    order: Id
    why: Why


OrderAct = RaiseOrder | AssignOrder | BeginOrder | NoteOrder | OrderDone | CheckOrder | CancelOrder


class OrderInfo(BaseModel):
    """A work order. `owner` is an account, "" = nobody or the outside firm `owner_name`."""

    id: str
    number: str
    title: str
    text: str
    subject: str
    source: str
    link: str
    alarms: list[str]
    priority: int
    due: int | None
    owner: str
    owner_name: str
    state: OrderState
    time: int
    actor_name: str
    begun: int | None
    done: int | None
    done_by: str
    done_name: str
    result: str
    ended: int | None
    ended_name: str
    reason: str


class OrderEntryInfo(BaseModel):
    """Something that was done about an order or a ticket (`kind`), or that somebody remarked ("note")."""

    id: str
    kind: str
    text: str
    time: int
    actor_name: str


class DoerInfo(BaseModel):
    """Somebody to whom an order can be given."""

    account: str
    name: str


class OrdersPage(BaseModel):
    """GET /api/v1/duty/orders: all that stand, the ended ones from a place on (`before`), newest first; `more`: there are older ones."""

    now: int
    standing: list[OrderInfo]
    ended: list[OrderInfo]
    more: bool
    doers: list[DoerInfo]


class OrderDetail(BaseModel):
    """GET /api/v1/duty/orders/{id}: with what was done about it, oldest first."""

    now: int
    order: OrderInfo
    entries: list[OrderEntryInfo]
