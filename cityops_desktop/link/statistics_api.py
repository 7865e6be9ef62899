"""The API's part about the statistics. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent
from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.model.statistics import By, Subject

Moment = Annotated[int, Query(ge=0, le=2**45, description="UTC ms")]


class StatisticsDesk(Protocol):
    """What this part asks of the station."""

    async def statistics(self, subject: Subject, start: int, end: int, by: By, credentials: Credentials) -> StatisticsInfo:
        """The tables of a subject. Refused."""
        ...

    async def completeness(self, start: int, end: int) -> CompletenessInfo:
        """The calendar. Refused."""
        ...


def statistics_router(desk: StatisticsDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/statistics/completeness")
    async def completeness(
        start: Annotated[Moment, Query(alias="from")], end: Annotated[Moment, Query(alias="to", description="not included")]
    ) -> CompletenessInfo:
        """Which part of the readings that were due came, of each device and point on each day of the room that the span touches."""
        return await desk.completeness(start, end)

    @router.get("/api/v1/statistics/{subject}")
    async def statistics(
        subject: Subject,
        sent: Sent,
        start: Annotated[Moment, Query(alias="from")],
        end: Annotated[Moment, Query(alias="to", description="not included")],
        by: By = By.DAY,
    ) -> StatisticsInfo:
        """Business, service, performance or configuration of all days of the room that the span touches. Tables about persons are told to
        who has the right `audit.read` only."""
        return await desk.statistics(subject, start, end, by, sent)

    return router
