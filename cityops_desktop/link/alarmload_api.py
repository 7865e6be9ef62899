"""The API's part about the load that alarms are. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.alarmload import AlarmLoadInfo
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent

Moment = Annotated[int, Query(ge=0, le=2**45, description="UTC ms")]


class AlarmLoadDesk(Protocol):
    """What this part asks of the station."""

    async def alarm_load(self, start: int, end: int, credentials: Credentials) -> AlarmLoadInfo:
        """The figures of a time. Refused."""
        ...


def alarm_load_router(desk: AlarmLoadDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/alarms/load")
    async def alarm_load(
        sent: Sent,
        start: Annotated[Moment, Query(alias="from")],
        end: Annotated[Moment, Query(alias="to", description="not included")],
    ) -> AlarmLoadInfo:
        """How many alarms asked for somebody in a time, beside the targets of ISA-18.2 and EEMUA 191: rates, floods, chatter, fleeting and
        stale ones, the mix of levels, and which conditions cause most. Hidden alarms and tests are counted apart."""
        return await desk.alarm_load(start, end, sent)

    return router
