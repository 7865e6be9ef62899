"""What travels about questions to all alarms of all time, and about filters that people keep. Codes and figures only."""

from typing import Annotated

from pydantic import BaseModel, Field

from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.model.people import Role

MOST_EACH = 200
"""Devices, or points, in one question."""
LONGEST_S = 3660 * 86_400
Moment = Annotated[int, Field(ge=0, le=2**53)]
Key = Annotated[str, Field(min_length=1, max_length=200)]


class AlarmFilter(BaseModel):
    """A question. `back` (s) is a span that ends now, 0 = all time unless `start` and `end` (UTC ms) say which. What is empty is any."""

    back: Annotated[int, Field(ge=0, le=LONGEST_S)] = 0
    start: Moment | None = None
    end: Moment | None = None
    levels: Annotated[list[Annotated[int, Field(ge=1, le=4)]], Field(max_length=4)] = []
    states: Annotated[list[AlarmState], Field(max_length=6)] = []
    hidden: bool | None = None
    domain: Annotated[str, Field(max_length=260)] = ""
    groups: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=40)] = []
    devices: Annotated[list[Key], Field(max_length=MOST_EACH)] = []
    points: Annotated[list[Key], Field(max_length=MOST_EACH)] = []
    person: Annotated[str, Field(max_length=100)] = ""
    text: Annotated[str, Field(max_length=200)] = ""
    least: Annotated[int, Field(ge=0, le=LONGEST_S)] | None = None
    most: Annotated[int, Field(ge=0, le=LONGEST_S)] | None = None


class AlarmsPage(BaseModel):
    """GET /api/v1/alarms: occurrences, newest first. `next` asks for the following page; None = there is none. `count` comes with the first
    page, is exact unless `more`, and then says of how many there are more."""

    now: int
    alarms: list[AlarmInfo]
    next: str | None
    count: int | None
    more: bool


class AlarmViewInfo(BaseModel):
    """A kept filter. `own` = of the person who asks; `roles` are those it is shared with; `owner` is the full name of its person."""

    id: str
    name: str
    content: AlarmFilter
    roles: list[Role]
    own: bool
    owner: str


class AlarmViewsPage(BaseModel):
    """GET /api/v1/alarms/views: one's own filters in the order in which they were made, then those shared with one's roles."""

    views: list[AlarmViewInfo]
