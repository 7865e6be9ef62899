"""The API's part about the trend analysis. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.analysis import AnalysisInfo, ChartInfo, HeadingsInfo
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent


class AnalysisDesk(Protocol):
    """What this part asks of the station."""

    async def analysis(self, credentials: Credentials) -> AnalysisInfo:
        """All findings that there are by now."""
        ...

    async def headings(self, credentials: Credentials) -> HeadingsInfo:
        """What is on its way to a limit."""
        ...

    async def chart(self, id: str, credentials: Credentials) -> ChartInfo:
        """What a finding was reckoned from. Refused(no_such_finding)."""
        ...


def analysis_router(desk: AnalysisDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/analysis")
    async def analysis(sent: Sent) -> AnalysisInfo:
        """What the trend analysis finds, the most urgent first. It answers at once with what is known and reckons on; points of devices
        that are marked sensitive are left out for whoever is not logged in."""
        return await desk.analysis(sent)

    @router.get("/api/v1/analysis/headings")
    async def headings(sent: Sent) -> HeadingsInfo:
        """Which values rise or fall now, and in how many minutes each reaches its next limit; not older than ten seconds."""
        return await desk.headings(sent)

    @router.get("/api/v1/analysis/chart")
    async def chart(sent: Sent, id: Annotated[str, Query(max_length=200, description="the id of a finding")]) -> ChartInfo:
        """The samples, the line, the band or the discharge curves behind a finding."""
        return await desk.chart(id, sent)

    return router
