"""The API's part about warnings, incidents, plans, contacts and drills. Decides nothing; what people do about them are acts."""

from collections.abc import AsyncIterator
from typing import Protocol

from fastapi import APIRouter
from fastapi.responses import StreamingResponse

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.incidents import IncidentDetail, IncidentsPage
from cityops_desktop.link.sent import Sent


class IncidentsDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def page(self, credentials: Credentials) -> IncidentsPage:
        """All of it."""
        ...

    async def detail(self, id: str, credentials: Credentials) -> IncidentDetail:
        """One incident."""
        ...

    async def bundle(self, id: str, credentials: Credentials) -> tuple[str, AsyncIterator[bytes]]:
        """Its bundle: the name of the file and its bytes."""
        ...


def incidents_router(desk: IncidentsDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/incidents")
    async def page(sent: Sent) -> IncidentsPage:
        """Warnings, incidents, plans, contacts and drills: what stands, and the newest of what is over."""
        return await desk.page(sent)

    @router.get("/api/v1/incidents/{id}")
    async def detail(id: str, sent: Sent) -> IncidentDetail:
        """An incident with its time line: what people wrote, what alarms did, and, for whoever may read the change log, what people did."""
        return await desk.detail(id, sent)

    @router.get(
        "/api/v1/incidents/{id}/bundle",
        response_class=StreamingResponse,
        responses={200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def bundle(id: str, sent: Sent) -> StreamingResponse:
        """All that is known of its time as one sealed file: 72 h of samples, alarms, the change log, notes, frames."""
        name, parts = await desk.bundle(id, sent)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return StreamingResponse(parts, media_type="application/zip", headers=headers)

    return router
