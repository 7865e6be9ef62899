"""The log book as it travels: acts that write in it, its entries, templates, what a console asks. Words are what people wrote."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.link.duty.attachments import AttachmentInfo, Ids
from cityops_desktop.link.fields import Id, NotBlank, Readable, Said, Text, Time, Uuid
from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.link.trends import MOST_POINTS, Figure, PointKey

MOST_LINKS = 20
MOST_FIELDS = 12
MOST_SOUGHT = 200
"""Signs of what somebody looks for."""
PAGE = 50
Target = Annotated[str, Field(pattern=r"^[a-z_]{2,20}:.{1,200}$"), Readable]
"""What an entry is about: "point:<key>", "device:<id>", "rack:<id>", "alarm:<id>", "incident:<id>", "order:<id>" …"""
Values = dict[Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")], Annotated[str, Field(max_length=500), Readable]]


class LogLink(BaseModel):
    """What an entry is about, and how it was called where it was written."""

    target: Target
    words: Text = ""


class Snapshot(BaseModel):
    """Curves that belong to an entry: the station adds the figures of the span; `picture` is the chart as base64 of a PNG."""

    begins: Time
    ends: Time
    points: Annotated[list[PointKey], Field(min_length=1, max_length=MOST_POINTS)]
    picture: Annotated[str, Field(max_length=200_000, pattern=r"^[A-Za-z0-9+/]*={0,2}$")] = ""


class WriteEntry(BaseModel):
    """Something to be written down that happened at `time`. `id` is made by the console: the same entry again is the same entry.
    `corrects`: the entry that this one corrects; that one stays, struck through. `handover`: to be handed over until it is closed."""

    kind: Literal["logbook.write"] = "logbook.write"
    id: Uuid
    template: Annotated[str, Field(pattern=r"^[a-z0-9_-]{1,40}$")] = "note"
    time: Time
    text: Said
    fields: Annotated[Values, Field(max_length=MOST_FIELDS)] = {}
    links: Annotated[list[LogLink], Field(max_length=MOST_LINKS)] = []
    attachments: Ids = []
    trend: Snapshot | None = None
    handover: bool = False
    corrects: Annotated[str, Field(max_length=64)] = ""


class CloseEntry(BaseModel):
    """What was to be handed over is settled; `text` says how."""

    kind: Literal["logbook.close"] = "logbook.close"
    entry: Id
    text: Annotated[str, Field(min_length=1, max_length=1000), Readable, NotBlank]


LogBookAct = WriteEntry | CloseEntry


class ChoiceInfo(BaseModel):
    """One of what a field may hold."""

    id: str
    names: NamesInfo


class FieldInfo(BaseModel):
    """A field of a template."""

    id: str
    names: NamesInfo
    sort: Literal["text", "number", "choice"]
    unit: str = ""
    choices: list[ChoiceInfo] = []
    required: bool = False


class TemplateInfo(BaseModel):
    """A sort of entries. `text`: what the text begins with; `handover`: such an entry is handed over unless its writer says no."""

    id: str
    names: NamesInfo
    text: NamesInfo
    fields: list[FieldInfo]
    handover: bool = False


class TemplatesPage(BaseModel):
    """GET /api/v1/duty/log/templates: in their order. `faulty`: files of the site that could not be read, with what is wrong."""

    templates: list[TemplateInfo]
    faulty: list[str]


class ValueInfo(BaseModel):
    """What a field of an entry holds, with its names as they were when it was written."""

    id: str
    names: NamesInfo
    value: NamesInfo
    unit: str = ""


class LogEntryInfo(BaseModel):
    """An entry. `place` is its place in the book, by `time` (UTC ms, when it happened); `written` when it was written down. `note`: the
    note on trends that belongs to it. `corrected`: the entry that corrects it; `withdrawn`: its note was withdrawn."""

    id: str
    place: int
    time: int
    written: int
    account: str
    actor_name: str
    template: str
    names: NamesInfo
    text: str
    fields: list[ValueInfo] = []
    links: list[LogLink] = []
    attachments: list[AttachmentInfo] = []
    note: str = ""
    handover: bool = False
    closed: int | None = None
    closed_name: str = ""
    closed_text: str = ""
    corrects: str = ""
    corrected: str = ""
    withdrawn: int | None = None


class SnapshotInfo(BaseModel):
    """Curves that belong to an entry; their picture has GET /api/v1/notes/{note}/picture."""

    note: str
    begins: int
    ends: int
    figures: list[Figure]
    picture: bool


class LogEntryDetail(BaseModel):
    """GET /api/v1/duty/log/{id}. `withheld`: the curves are about sensitive devices and not for whoever asks."""

    entry: LogEntryInfo
    trend: SnapshotInfo | None = None
    withheld: bool = False


class LogPage(BaseModel):
    """GET /api/v1/duty/log: newest first. `next`: ask again with it as `before` for older ones; None = there are none. `open`: how many
    wait for somebody to close them."""

    now: int
    entries: list[LogEntryInfo]
    next: int | None
    open: int
