"""A line of somebody's log as it is kept, and what a room does with such lines: where it takes them in, which become alarms. No I/O."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from cityops_desktop.model.points import Level


class Severity(IntEnum):
    """Of syslog (RFC 5424, 6.2.1), the gravest first."""

    EMERGENCY = 0
    ALERT = 1
    CRITICAL = 2
    ERROR = 3
    WARNING = 4
    NOTICE = 5
    INFORMATIONAL = 6
    DEBUG = 7


class LogClass(StrEnum):
    """What a line is about (8.2.3.2 l asks for classes): told by its facility, for nothing else is the same with every maker."""

    SECURITY = "security"
    SYSTEM = "system"
    NETWORK = "network"
    APPLICATION = "application"
    EQUIPMENT = "equipment"


class Channel(StrEnum):
    """How it came here."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"
    TRAP = "trap"
    FILE = "file"
    OWN = "own"


_SECURITY = frozenset({4, 10, 13, 14})
"""auth, authpriv, audit, alert: RFC 5424, table 1."""
_LOCAL = range(16, 24)


@dataclass(frozen=True, slots=True)
class LogLine:
    """`time`: when it came (UTC ms), `told`: when it was written by its own account, None when it does not say. `source`: the address it
    came from. `facility` 0 to 23."""

    time: int
    source: str
    channel: Channel
    facility: int
    severity: Severity
    host: str
    app: str
    text: str
    told: int | None = None

    @property
    def cls(self) -> LogClass:
        """What it is about."""
        if self.channel is Channel.TRAP:
            return LogClass.EQUIPMENT
        if self.facility in _SECURITY:
            return LogClass.SECURITY
        if self.facility in _LOCAL:
            return LogClass.NETWORK
        return LogClass.APPLICATION if self.facility in (1, 2, 6, 7, 8, 11) else LogClass.SYSTEM


@dataclass(frozen=True, slots=True)
class LogListen:
    """Where lines are taken in."""

    channel: Channel
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class LogRule:
    """`words`: a regular expression to be found in "app: text"; `severity`: so grave at least; `source`: an address or a host, empty = all.
    `count` lines within `within` seconds raise it, and it holds for `hold` seconds after the last one. One alarm for each source."""

    id: str
    level: Level
    words: str
    severity: Severity = Severity.DEBUG
    cls: LogClass | None = None
    source: str = ""
    count: int = 1
    within: float = 60.0
    hold: float = 300.0


RULE = "log:"
MANY = "*"
"""Instead of a source: several together, because there are too many for an alarm each."""


def rule_key(rule: str, source: str) -> str:
    """The key of the alarm that a rule raises for a source."""
    return f"{RULE}{rule}@{source}"


def rule_of(key: str) -> str | None:
    """The rule whose alarm it is; None = it is no rule's."""
    return key.removeprefix(RULE).partition("@")[0] if key.startswith(RULE) else None


def source_of(key: str) -> str | None:
    """Whose lines made this alarm, "" = several sources'; None = it is no rule's."""
    source = key.partition("@")[2]
    return None if not key.startswith(RULE) else "" if source == MANY else source


@dataclass(frozen=True, slots=True)
class LogCollection:
    """What a room collects. `allow`: networks whose lines are taken, empty = all; `lines`: lines a second that each source may send for
    ever; `days`: so long they are kept."""

    listen: tuple[LogListen, ...] = ()
    allow: tuple[str, ...] = ()
    lines: float = 500.0
    days: int = 400
    rules: tuple[LogRule, ...] = ()
