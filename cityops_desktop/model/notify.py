"""Whom the station tells of alarms, and by which ways: values of the room file, a message, what became of it. Sends nothing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from cityops_desktop.model.points import Level, Names

LOOK = 30.0
"""Seconds between two looks of a modem at its signal."""


class ModemSource(BaseModel):
    """What a point tells of a modem: `signal` in dBm, or whether the network has it (`registration`, 1 or 0)."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    what: Literal["signal", "registration"]


class WayKind(StrEnum):
    """By what a message leaves the room."""

    MAIL = "mail"
    MODEM = "modem"
    SMS_GATEWAY = "sms_gateway"
    WEBHOOK = "webhook"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"
    SYSLOG = "syslog"


class By(StrEnum):
    """How somebody is told on a way: only a modem knows more than one."""

    MAIL = "mail"
    SMS = "sms"
    CALL = "call"
    POST = "post"


BY: Mapping[WayKind, tuple[By, ...]] = {
    WayKind.MAIL: (By.MAIL,),
    WayKind.MODEM: (By.SMS, By.CALL),
    WayKind.SMS_GATEWAY: (By.SMS,),
    WayKind.WEBHOOK: (By.POST,),
    WayKind.WECOM: (By.POST,),
    WayKind.DINGTALK: (By.POST,),
    WayKind.FEISHU: (By.POST,),
    WayKind.SYSLOG: (),
}
"""What each way can do for a step of the call list, the usual first. Syslog tells machines everything: nobody is called by it."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way out. `options` is its own model (room/ways.py)."""

    id: str
    kind: WayKind
    options: object


@dataclass(frozen=True, slots=True)
class Step:
    """Tell by this way of an alarm of this level or a worse one that nobody has acknowledged for so many seconds."""

    way: str
    by: By
    level: Level
    after: float

    @property
    def key(self) -> str:
        """What tells it from the other steps of the same receiver, also after others were put before it."""
        return f"{self.way}/{self.by}/{self.after:g}"


@dataclass(frozen=True, slots=True)
class Call:
    """An entry of the call list: a person or a post, where to reach it, when. `account` is the log-in name for which a reply-SMS
    acknowledges. In `quiet` hours ("HH:MM" to "HH:MM" of the room) only alarms of `quiet_level` or worse are told; after `per_hour`
    messages in an hour the next ones wait to be told as one. `duty` names a post of the roster: then whoever is on duty there is told, by
    the addresses of that person's own entry (the one with the account); this entry's own ones are for when the roster has nobody."""

    id: str
    names: Names
    steps: tuple[Step, ...]
    account: str = ""
    phone: str = ""
    mail: str = ""
    quiet: tuple[str, str] | None = None
    quiet_level: Level = Level.CRITICAL
    per_hour: int = 12
    ended: bool = False
    duty: str = ""

    def address(self, by: By) -> str:
        """Where to; empty where the way itself knows."""
        return self.mail if by is By.MAIL else self.phone if by in (By.SMS, By.CALL) else ""


@dataclass(frozen=True, slots=True)
class Notify:
    """The room file's `notify:`. `templates` by name (one, many, ended); a missing one is ours."""

    language: str = "zh_CN"
    ways: tuple[Way, ...] = ()
    calls: tuple[Call, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)


PLACES: Mapping[str, frozenset[str]] = {
    "one": frozenset({"room", "level", "alarm", "time", "code"}),
    "many": frozenset({"room", "n", "level", "alarm", "time", "code"}),
    "ended": frozenset({"room", "n", "level", "alarm", "time"}),
}
"""The templates, and the places that each may have."""


class DeliveryState(StrEnum):
    """What became of a message: sent = the way took it, delivered = the receiver's side proved it, unanswered = it rang and nobody came."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    UNANSWERED = "unanswered"
    FAILED = "failed"
    DROPPED = "dropped"
    ACKNOWLEDGED = "acknowledged"


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out. `about` is the worst alarm as a machine reads it (webhooks), `alarms` the ids of all of them."""

    id: str
    by: By
    to: str
    subject: str
    text: str
    level: int
    alarms: tuple[str, ...] = ()
    about: Mapping[str, object] = field(default_factory=dict)
    origin: str = "real"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a way says of one try. `why` is a code (sentences.NOTIFY_CODES) and what the other end said; `refs` the modem's numbers by
    which reports come later. `final` = trying again would change nothing."""

    state: DeliveryState
    why: str = ""
    refs: tuple[int, ...] = ()
    final: bool = False

    @property
    def ok(self) -> bool:
        """Was it taken?"""
        return self.state in (DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.UNANSWERED)


SENT = Delivery(DeliveryState.SENT)


def failed(why: str, *, final: bool = False) -> Delivery:
    """It did not go out."""
    return Delivery(DeliveryState.FAILED, why, final=final)


@dataclass(frozen=True, slots=True)
class Signal:
    """What a modem says of its network at a time (UTC ms): dBm (None = it does not know), registered or not. `why`: nothing could be
    learned, and this is the code."""

    time: int
    dbm: float | None = None
    registered: bool | None = None
    why: str = ""
