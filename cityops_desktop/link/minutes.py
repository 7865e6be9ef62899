"""What travels about the time that is left when the mains or the cooling are gone. Figures and codes only; times are UTC ms."""

from typing import Literal

from pydantic import BaseModel

MinutesWhy = Literal["", "no_ups", "no_runtime", "stale", "no_generator", "no_state", "no_sensor", "not_rising", "few", "far", "no_plans"]
"""Why there is no figure; "" = there is one."""


class MinutesFigure(BaseModel):
    """Minutes that are left, between `low` and `high` where that is known (None = perhaps for ever); `subject` is the point that tells it,
    `time` that of its reading. `reckoned`: from its course, not said by the device."""

    minutes: float | None = None
    low: float | None = None
    high: float | None = None
    subject: str = ""
    limit: float | None = None
    time: int | None = None
    reckoned: bool = False
    why: MinutesWhy = ""


class GeneratorFigure(BaseModel):
    """How the generator does: `running` = it gives power, `off`, `failed` = an alarm of it stands while it gives none, `unknown`; `subject`
    is the point of its state, whose own word says more."""

    state: Literal["running", "off", "failed", "unknown"] = "unknown"
    subject: str = ""
    time: int | None = None
    why: MinutesWhy = ""


class MinutesInfo(BaseModel):
    """What is lost, since when, and how long everything holds."""

    since: int
    lost: list[Literal["mains", "cooling"]]
    battery: MinutesFigure
    generator: GeneratorFigure
    inlet: MinutesFigure
    plan: MinutesFigure
