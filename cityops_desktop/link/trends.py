"""What travels about the trends page: saved views, notes, and the marks of a time. Codes and figures only."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.link.messages import AlarmInfo, NamesInfo
from cityops_desktop.model.people import Role

MOST_POINTS = 16
"""Points of a note, and of a question about marks: as many as a chart has curves."""
PointKey = Annotated[str, Field(min_length=1, max_length=200)]
Share = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


class ViewContent(BaseModel):
    """Points in their order, how much time is shown (s), with how many days before it is compared (0 = not), how high lanes are."""

    points: Annotated[list[PointKey], Field(max_length=64)] = []
    span: Annotated[int, Field(ge=1, le=366 * 86_400)] = 900
    compare: Annotated[int, Field(ge=0, le=366)] = 0
    heights: Annotated[dict[Annotated[str, Field(max_length=40)], Share], Field(max_length=64)] = {}


class ViewInfo(BaseModel):
    """A saved view. `own` = of the person who asks; `roles` are those it is shared with; `owner` is the full name of who keeps it."""

    id: str
    name: str
    content: ViewContent
    roles: list[Role]
    own: bool
    owner: str


class ViewsPage(BaseModel):
    """GET /api/v1/trends/views: one's own views in the order in which they were made, then those shared with one's roles."""

    views: list[ViewInfo]


class Figure(BaseModel):
    """What a point was within a span: of the usable samples the lowest, mean, highest and last one, how many, and how many were not
    usable. The mean counts each sample alike; it and `bad` are None where the span was too long to read each of them."""

    key: str
    names: NamesInfo
    unit: str
    decimals: int
    low: float | None = None
    mean: float | None = None
    high: float | None = None
    last: float | None = None
    count: int = 0
    bad: int | None = None


class NoteInfo(BaseModel):
    """What somebody saw from `begins` to `ends` (UTC ms), written down at `time`. Withdrawn ones are kept, and told so."""

    id: str
    account: str
    actor_name: str
    time: int
    begins: int
    ends: int
    text: str
    figures: list[Figure]
    picture: bool
    withdrawn: int | None = None
    withdrawn_by: str | None = None


class NotesPage(BaseModel):
    """GET /api/v1/notes: notes whose span meets the time asked for, newest span first. `more` = older ones are left out."""

    notes: list[NoteInfo]
    more: bool


class NoteMark(BaseModel):
    """A note as a mark; `text` is its beginning."""

    id: str
    begins: int
    ends: int
    actor_name: str
    text: str


class EventMark(BaseModel):
    """Something of the station itself: a kind of the change log (sentences.CHANGE_KINDS). `until` of the clock: where it was set to."""

    kind: str
    time: int
    until: int | None = None


class Crowd(BaseModel):
    """Marks of one sort between two times that are too many to tell one by one; `level` is the worst of alarms, else 0."""

    sort: Literal["alarm", "note", "event"]
    start: int
    end: int
    count: int
    level: int = 0


class Pause(BaseModel):
    """A time in which nothing was recorded, because the station was `down`, or could not write (`paused`). `end` None = it lasts."""

    why: Literal["down", "paused"]
    start: int
    end: int | None


class MarksPage(BaseModel):
    """GET /api/v1/marks. What is too much is told as crowds: then `grouped`. `firsts`: since when (UTC ms) each point is recorded at all,
    None = never; `oldest` the oldest sample that is kept of any, `began` when the station began to keep records."""

    alarms: list[AlarmInfo]
    notes: list[NoteMark]
    events: list[EventMark]
    crowds: list[Crowd]
    grouped: bool
    total: int
    pauses: list[Pause]
    firsts: dict[str, int | None]
    oldest: int | None
    began: int | None
