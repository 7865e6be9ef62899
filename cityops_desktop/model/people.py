"""People, roles, sessions and the outcome of their acts, as values."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of the rights matrix; the three administrators of 三员 are separate."""

    VIEWER = "viewer"
    DUTY = "duty"
    SHIFT_LEADER = "shift_leader"
    ENGINEER = "engineer"
    ADMINISTRATOR = "administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDITOR = "auditor"


class Preset(StrEnum):
    """How strict a station is: an ordinary room, or level 3 of the multi-level protection scheme (GB/T 22239, 等保三级)."""

    BASIC = "basic"
    MLPS3 = "mlps3"


class Way(StrEnum):
    """How somebody proved to be who they say: `full` = password and, where there is one, second factor; the others are quick."""

    FULL = "full"
    PIN = "pin"
    BADGE = "badge"


class Limited(StrEnum):
    """What a session must do before it may do anything else; NOTHING = it may do all that its roles may."""

    NOTHING = ""
    CHANGE_PASSWORD = "change_password"
    ENROL_FACTOR = "enrol_factor"


@dataclass(frozen=True, slots=True)
class Person:
    """A named account with the roles that it holds here (the room's domain) and now. `id` is a UUIDv7 and never reused."""

    id: str
    name: str
    display: str
    roles: frozenset[Role]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Who:
    """Who gives a command, from where: the session's id and way, the console where it was opened. `time` is UTC ms; `second` is who agreed
    to an act of two persons."""

    person: Person
    session: str
    console: str
    way: Way
    limited: Limited
    time: int
    second: Person | None = None


class Outcome(StrEnum):
    """What became of a command: unknown is an honest fourth answer."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
