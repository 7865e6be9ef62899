"""The API's part about trying a limit on the past. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.replay import ReplayInfo
from cityops_desktop.link.sent import Sent

MOST_DAYS = 92
Figure = Annotated[float | None, Field(allow_inf_nan=False)]


class Trial(BaseModel):
    """What is to be tried: a limit as overrides name it, and the fields that would be others."""

    limit: Annotated[str, Field(max_length=300)]
    value: Figure = None
    deadband: Figure = None
    on_delay: Figure = None
    off_delay: Figure = None
    enabled: bool | None = None
    days: Annotated[int, Field(ge=1, le=MOST_DAYS)] = 30


class ReplayDesk(Protocol):
    """What this part asks of the station."""

    async def replay(self, trial: Trial, credentials: Credentials) -> ReplayInfo:
        """Refused: what does not fit, and a point that whoever asks may not see."""
        ...


def replay_router(desk: ReplayDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/config/replay")
    async def replay(trial: Annotated[Trial, Query()], sent: Sent) -> ReplayInfo:
        """How often this limit would have been raised in the last days: as it is, and with other fields. Changes nothing."""
        return await desk.replay(trial, sent)

    return router
