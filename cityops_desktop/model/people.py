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


@dataclass(frozen=True, slots=True)
class Person:
    """A named account. `id` is a UUIDv7 and never reused."""

    id: str
    name: str
    display: str
    roles: frozenset[Role]
    enabled: bool = True


class Outcome(StrEnum):
    """What became of a command: unknown is an honest fourth answer."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
