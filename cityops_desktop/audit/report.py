"""What a verification found, as values."""

from dataclasses import dataclass, field
from enum import StrEnum

from cityops_desktop.audit.heads import Head

MOST_FINDINGS = 1000
"""Findings that are named; beyond that they are counted."""


class State(StrEnum):
    """Unknown = it could not be finished: neither sound nor broken."""

    SOUND = "sound"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong. `code` names its sentence (sentences.AUDIT_FINDINGS); rows `seq` to `to`; `subject` of a record that differs."""

    code: str
    seq: int | None = None
    to: int | None = None
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head that left this machine, as the log says."""

    seq: int
    hash: str
    time: int
    medium: str
    actor: str


@dataclass(frozen=True, slots=True)
class KeyChange:
    """The station's key became another one at row `seq`."""

    seq: int
    key: str
    before: str | None
    why: str


@dataclass(slots=True)
class Report:
    """`signed`: the last row under a good signature. `anchored`: the last row whose hash stands outside of this machine.

    Rows after `anchored` are not provable: whoever holds the machine and its key could have rewritten them.
    """

    time: int
    rows: int = 0
    signed: int = 0
    anchored: int = 0
    findings: list[Finding] = field(default_factory=list)
    more: int = 0
    head: Head | None = None
    anchors: list[Anchor] = field(default_factory=list)
    keys: list[KeyChange] = field(default_factory=list)
    outside: int = 0
    seconds: float = 0.0

    @property
    def state(self) -> State:
        """Sound as long as nothing was found."""
        return State.BROKEN if self.findings else State.SOUND

    def found(self, finding: Finding) -> None:
        """Keep a finding, or count it."""
        if len(self.findings) < MOST_FINDINGS:
            self.findings.append(finding)
        else:
            self.more += 1
