"""The API's part about alarms that stood at a past time. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.pastalarms import AlarmsThen
from cityops_desktop.link.sent import Sent


class PastAlarmsDesk(Protocol):
    """What this part asks of the station."""

    async def alarms_at(self, time: int, credentials: Credentials) -> AlarmsThen:
        """The alarms that stood at this time (UTC ms) and that this person may see. Refused."""
        ...


def past_alarms_router(desk: PastAlarmsDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/alarms/at")
    async def alarms_at(sent: Sent, time: Annotated[int, Query(ge=0, le=2**53, description="UTC ms")]) -> AlarmsThen:
        """The alarms that stood at a time, each with state, value and times as they were then: what was acknowledged later is not
        acknowledged yet. Those of devices marked sensitive are told to whoever is logged in only."""
        return await desk.alarms_at(time, sent)

    return router
