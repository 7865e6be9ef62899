"""Collected logs as they travel."""

from pydantic import BaseModel


class LogLineInfo(BaseModel):
    """A line (see cityops_desktop.model.loglines.LogLine); `month` and `id` say where it is kept."""

    month: int
    id: int
    time: int
    told: int | None = None
    source: str
    channel: str
    facility: int
    severity: int
    group: str
    host: str
    app: str
    text: str


class LogIntakeInfo(BaseModel):
    """How collecting does: `state` is off (the room file names no place to listen at), running or down; `trouble` says why."""

    state: str
    kept: int = 0
    dropped: int = 0
    refused: int = 0
    waiting: int = 0
    trouble: str = ""


class LogPage(BaseModel):
    """Lines, newest first. `more`: there may be others before the last one; `cut`: the search took too long and has not seen all of them;
    `broken`: months (YYYYMM) whose file cannot be read."""

    now: int
    rows: list[LogLineInfo]
    more: bool
    cut: bool = False
    broken: list[int] = []
    intake: LogIntakeInfo
