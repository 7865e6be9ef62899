"""What travels about the change log: rows, heads, what was verified. The log itself is store/changes.py."""

from typing import Literal

from pydantic import BaseModel

Value = str | int | float | bool | None | list[object] | dict[str, object]


class ChangeInfo(BaseModel):
    """A row of the change log. `before` holds the columns that its predecessor of the same subject had otherwise (None = first row)."""

    seq: int
    id: str
    kind: str
    subject: str
    rev: int
    actor: str
    actor_name: str
    time: int
    origin: str
    body: dict[str, Value]
    before: dict[str, Value] | None = None
    hash: str


class HeadInfo(BaseModel):
    """A head of the log: the hash of its newest row at a moment, signed by the station's key (Ed25519). `text` is what is signed."""

    seq: int
    hash: str
    time: int
    station: str
    text: str
    signature: str
    key: str
    """Fingerprint of the public key: SHA-256 of its raw 32 bytes."""


class AnchorInfo(BaseModel):
    """A head that left this machine: `medium` paper, file or upstream."""

    seq: int
    hash: str
    time: int
    medium: str
    actor_name: str


class Finding(BaseModel):
    """Something that was found wrong. `code` names its sentence; rows from `seq` to `to`; `subject` of a record that differs."""

    code: str
    seq: int | None = None
    to: int | None = None
    subject: str = ""
    detail: str = ""


class AuditReport(BaseModel):
    """What a verification found. Rows up to `anchored` cannot have been changed unnoticed; those after it are not provable: whoever
    holds the machine and its key could have rewritten them. `state` unknown = it could not be finished."""

    time: int
    state: Literal["sound", "broken", "unknown"]
    rows: int
    signed: int
    anchored: int
    findings: list[Finding] = []
    head: HeadInfo | None = None
    anchors: list[AnchorInfo] = []
    seconds: float = 0.0


class AuditPage(BaseModel):
    """GET /api/v1/audit: rows, newest first. `more` = there are older ones; ask with `before` = the last seq."""

    now: int
    rows: list[ChangeInfo]
    more: bool
    total: int | None = None
    report: AuditReport | None = None
    people: dict[str, str] = {}
    """Account id to display name, for filters."""
