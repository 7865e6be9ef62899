"""What travels about the statistics: tables of codes and figures, and the calendar of what was recorded. No sentence."""

from pydantic import BaseModel

from cityops_desktop.model.statistics import By, Days, Note, Subject, Table


class StatisticsInfo(BaseModel):
    """GET /api/v1/statistics/{subject}. `start`, `end`: whole days of the room (UTC ms), `end` not included.

    `ready` below 1: not everything could be reckoned in the time of one question; ask again. `people`: full names by account id, empty
    for who may not read them, and the tables about persons are then missing.
    """

    now: int
    subject: Subject
    start: int
    end: int
    by: By
    zone: str
    oldest: int | None
    ready: float
    tables: list[Table]
    notes: list[Note] = []
    people: dict[str, str] = {}


class CompletenessInfo(BaseModel):
    """GET /api/v1/statistics/completeness: for each of `days` (its begin, UTC ms) the per mille of readings that came of those due."""

    now: int
    days: list[int]
    end: int
    zone: str
    oldest: int | None
    ready: float
    devices: list[Days]
    points: list[Days]
    notes: list[Note] = []
