"""Messages about what to do about an alarm, what was done, and what was seen when it came."""

from pydantic import BaseModel

from cityops_desktop.link.messages import NamesInfo


class TickInfo(BaseModel):
    """Step `step` (from 1; 0 = a remark about the whole) was done, or not after all; its text as it was then."""

    step: int
    names: NamesInfo
    done: bool
    remark: str = ""
    time: int
    actor_name: str


class LastTime(BaseModel):
    """What was written down the last time that the same condition was an alarm and somebody wrote something down."""

    alarm: str
    raised: int
    returned: int | None = None
    ticks: list[TickInfo]


class StillInfo(BaseModel):
    """A picture of a camera, taken at `time`; `asked` is when the alarm wanted it."""

    id: str
    device: str
    time: int
    asked: int


class GuidanceInfo(BaseModel):
    """What to do about an alarm occurrence. `source`: what of the room file it was written for (a limit, point, device, "rack:…", "area:…",
    "group:…"), "profile:…" of a device type's profile, "standard:<id>" of the program's own, "" = there is none. `page` is a page of the
    console. `ticks` of this occurrence, the oldest first; `last` = None also for whoever may not see the past of this device."""

    alarm: str
    source: str
    cause: NamesInfo | None = None
    consequence: NamesInfo | None = None
    steps: list[NamesInfo] = []
    page: str = ""
    camera: str = ""
    ticks: list[TickInfo] = []
    last: LastTime | None = None
    stills: list[StillInfo] = []
