"""What travels about the trend analysis: figures with their intervals, what they rest on, curves to draw. Codes and figures only.

Times are UTC ms. A bound of an interval that is None is open: it may be any more, or never.
"""

from typing import Literal

from pydantic import BaseModel

from cityops_desktop.model.analysis import Method, Why


class FigureInfo(BaseModel):
    """A figure between the bounds of its 95 % interval."""

    value: float
    low: float | None = None
    high: float | None = None


class FindingInfo(BaseModel):
    """What one method says of one point. `rank`: 0 within days or minutes, 1 needs a look, 2 goes on but has time, 3 in order, 4 unknown.

    `figure` by method: limit, growth, runtime, cylinder = change per minute, day, day, day; discharge = percent of the capacity; profile =
    distance from the usual course; drift = distance from the neighbours that has come up. `due` = when `limit` is reached, `since` = when
    it began (outside the band, a step), `facts` further numbers by name, `why` = why there is no figure or no date.
    """

    id: str
    method: Method
    point: str
    rank: int
    why: Why | None = None
    figure: FigureInfo | None = None
    limit: float | None = None
    level: int | None = None
    due: FigureInfo | None = None
    since: int | None = None
    start: int = 0
    end: int = 0
    samples: int = 0
    facts: dict[str, float] = {}


class AnalysisInfo(BaseModel):
    """GET /api/v1/analysis: everything, the most urgent first. `total` = how many there will be once all are reckoned, `reckoned` = when
    the oldest of them was (None = none yet), `origin` = whose data it is."""

    now: int
    origin: Literal["real", "demo"]
    total: int
    reckoned: int | None = None
    findings: list[FindingInfo]


class HeadingsInfo(BaseModel):
    """GET /api/v1/analysis/headings: the points with a trend in their last minutes; those with a `due` reach a limit within the hour."""

    now: int
    origin: Literal["real", "demo"]
    headings: list[FindingInfo]


class CurveInfo(BaseModel):
    """A curve of a chart: `time` names a discharge by its beginning."""

    role: Literal["measured", "adjusted", "line", "low", "middle", "high", "reference", "later", "other"]
    x: list[float]
    y: list[float | None]
    time: int | None = None


class ChartInfo(BaseModel):
    """GET /api/v1/analysis/chart: what a finding was reckoned from. `axis`: x is UTC ms, the ms of the room's day, or seconds since the
    beginning."""

    id: str
    axis: Literal["time", "day", "elapsed"]
    unit: str
    decimals: int
    curves: list[CurveInfo]
    limits: list[float] = []
