"""What travels about a limit that is tried on the past."""

from pydantic import BaseModel


class ReplayedInfo(BaseModel):
    """How often a limit would have been raised, and for how many seconds it would have stood: in all, and at a stretch."""

    raised: int
    seconds: float
    longest: float


class ReplayInfo(BaseModel):
    """GET /api/v1/config/replay. `since` and `until`: the samples that were looked at, UTC ms; None = there are none. `after` None = the
    limit would be disabled. `cut`: time ran out before all samples were seen."""

    limit: str
    days: int
    since: int | None
    until: int | None
    samples: int
    cut: bool
    before: ReplayedInfo
    after: ReplayedInfo | None
