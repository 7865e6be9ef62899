"""What the station tells of its ways out, and of what became of one alarm."""

from typing import Literal

from pydantic import BaseModel

from cityops_desktop.link.messages import NamesInfo
from cityops_desktop.model.notify import By, DeliveryState, WayKind


class WayInfo(BaseModel):
    """A way out. `why` names the trouble (see cityops_desktop.sentences.notify_text), `tried` is when it was last used or looked at."""

    id: str
    kind: WayKind
    state: Literal["ready", "failed", "untried"]
    why: str = ""
    tried: int | None = None
    secret: bool = False


class CallInfo(BaseModel):
    """An entry of the call list, with the ways of its steps; addresses are not told."""

    id: str
    names: NamesInfo
    ways: list[str]


class WaysPage(BaseModel):
    """GET /api/v1/notify/ways."""

    ways: list[WayInfo]
    calls: list[CallInfo]


class TimelineStep(BaseModel):
    """Something about an alarm. `kind` is a kind of the change log (alarm.*), with who did it; or "message": `way`, `by`, to whom (`call`,
    `names`), what became of it (`state`, `why`), when it was `sent` and when that was known (`ended`)."""

    kind: str
    time: int
    actor: str = ""
    actor_name: str = ""
    call: str = ""
    names: NamesInfo | None = None
    way: str = ""
    by: By | None = None
    about: Literal["alarm", "ended", "test", ""] = ""
    alarms: int = 0
    state: DeliveryState | None = None
    why: str = ""
    tries: int = 0
    sent: int | None = None
    ended: int | None = None


class Timeline(BaseModel):
    """GET /api/v1/alarms/{id}/timeline: oldest first. `more` = there were more steps than one answer holds."""

    alarm: str
    steps: list[TimelineStep]
    more: bool = False
