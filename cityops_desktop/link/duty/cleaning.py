"""What travels about cleaning: plans of areas, what was done, what the check said. Codes and figures; words are what people wrote."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from cityops_desktop.duty.housekeeping import CleaningState
from cityops_desktop.link.duty.days import RealDay
from cityops_desktop.link.fields import Id, Long, Said, Text, Time, Title, Why

Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Days = Annotated[str, Field(pattern=r"^1?2?3?4?5?6?7?$", min_length=1)]
"""Days of the week, 1 = Monday: "12345", "6"."""
CleaningPlace = Literal["room", "duty_room", "around"]
"""GB/T 36621-2018, 6.2 g: the room, the duty room, what is around them."""


class PutCleaningPlan(BaseModel):
    """An area is to be cleaned by somebody on these days, within `minutes` from `begins` on. A changed plan (`id`) is a new one, and the
    old one ends: what was done stays with the plan that it was done for."""

    kind: Literal["cleaning.plan"] = "cleaning.plan"
    id: Annotated[str, Field(max_length=64)] = ""
    place: CleaningPlace
    area: Title
    tasks: Said
    days: Days
    weeks: Annotated[int, Field(ge=1, le=26)] = 1
    first: RealDay
    begins: Clock
    minutes: Annotated[int, Field(ge=15, le=1440)]
    cleaner: Title
    firm: Text = ""


class EndCleaningPlan(BaseModel):
    """It is cleaned by this plan no longer."""

    kind: Literal["cleaning.end"] = "cleaning.end"
    plan: Id
    why: Why


class CleaningDone(BaseModel):
    """Somebody has cleaned; `cleaner` "" = whom the plan names."""

    kind: Literal["cleaning.done"] = "cleaning.done"
    plan: Id
    time: Time
    cleaner: Text = ""
    remark: Long = ""


class CheckCleaning(BaseModel):
    """The duty staff have looked: ok, or to be done again for this reason; `order`: it becomes a work order as well."""

    kind: Literal["cleaning.check"] = "cleaning.check"
    cleaning: Id
    passed: bool
    reason: Text = ""
    order: bool = False


CleaningAct = PutCleaningPlan | EndCleaningPlan | CleaningDone | CheckCleaning


class CleaningInfo(BaseModel):
    """A cleaning: for the slot that began at `slot` (0 = beyond the plan), done at `done`, written down at `time`."""

    id: str
    plan: str
    place: CleaningPlace
    area: str
    slot: int
    done: int
    time: int
    actor_name: str
    cleaner: str
    remark: str
    checked: int | None
    checked_name: str
    passed: bool | None
    reason: str
    work_order: str


class CleaningPlanInfo(BaseModel):
    """A plan with how it stands; `at` as in duty.housekeeping.Standing; `next` begin of the next slot; `last` when it was last done."""

    id: str
    place: CleaningPlace
    area: str
    tasks: str
    days: str
    weeks: int
    first: str
    begins: str
    minutes: int
    cleaner: str
    firm: str
    time: int
    actor_name: str
    state: CleaningState
    at: int | None
    next: int | None
    last: int | None
    waiting: str
    """The id of the cleaning that waits for its check, "" = none."""


class CleaningPage(BaseModel):
    """GET /api/v1/duty/cleaning: plans that hold, and the newest cleanings."""

    now: int
    plans: list[CleaningPlanInfo]
    cleanings: list[CleaningInfo]
