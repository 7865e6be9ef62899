"""What travels about the past that is kept: how much, for how long, since when for each point, and how long the disk lasts."""

from pydantic import BaseModel


class MonthInfo(BaseModel):
    """A month's file: YYYYMM (UTC), days in which something was sealed, bytes, and whether its samples are still there."""

    month: int
    days: int
    size: int
    samples: bool


class OldestInfo(BaseModel):
    """A point and the time of its oldest sample that is kept, UTC ms."""

    point: str
    time: int


class KeptInfo(BaseModel):
    """GET /api/v1/history/kept. Bytes; `per_day` null = not known yet; `days` = so many until the disk, or with `by_budget` the budget, is
    used up, null = never as far as is known. Settings are those of the room file's `history:`."""

    samples_days: int
    rollups_days: int
    budget: int | None
    size: int
    per_day: float | None
    free: int
    days: int | None
    by_budget: bool
    months: list[MonthInfo]
    oldest: list[OldestInfo]
