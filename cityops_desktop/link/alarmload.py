"""What the station tells about the load that alarms are. Codes and figures only."""

from pydantic import BaseModel

from cityops_desktop.model.statistics import Measure


class LoadFigure(BaseModel):
    """A figure beside its target (see history.statistics.alarmload.Figure). `met` None = nobody can say (yet)."""

    code: str
    value: float | None
    target: float
    tolerated: float | None
    measure: Measure
    least: bool
    met: bool | None
    source: str


class LoadFlood(BaseModel):
    """From its first 10 minutes with more than 10 alarms to the first ones with fewer than 5."""

    start: int
    end: int
    alarms: int
    first: int
    worst: int


class LoadActor(BaseModel):
    """A condition that asks too much. `key` and `subject` are empty where only persons are told of its device."""

    key: str
    subject: str
    level: int
    times: int
    share: float
    chatter: int
    fleeting: int
    stale: int


class AlarmLoadInfo(BaseModel):
    """GET /api/v1/alarms/load. `post` "" = the room as one post: nobody says yet which post an alarm is for. `hours` of the span were
    watched; `provisional` = fewer than 30 days of it. `cut` = there was too much: the figures begin at `start`, later than asked for."""

    now: int
    post: str
    start: int
    end: int
    zone: str
    hours: float
    enough_days: int
    provisional: bool
    cut: bool
    alarms: int
    hidden: int
    tests: int
    this_hour: int
    figures: list[LoadFigure]
    floods: list[LoadFlood]
    actors: list[LoadActor]
