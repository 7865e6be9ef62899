"""The API's part about what to do about an alarm. Decides nothing."""

from typing import Protocol

from fastapi import APIRouter, Response

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.guidance import GuidanceInfo
from cityops_desktop.link.sent import Sent


class GuidanceDesk(Protocol):
    """What this part asks of the station."""

    async def guidance(self, alarm: str, credentials: Credentials) -> GuidanceInfo:
        """What to do about an occurrence. Refused: no_such_alarm, log_in_to_see, busy."""
        ...

    async def still(self, alarm: str, id: str, credentials: Credentials) -> tuple[str, bytes]:
        """Media type and bytes of a picture. Refused: no_such_still, and what looking at a camera refuses."""
        ...


def guidance_router(desk: GuidanceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/alarms/{id}/guidance")
    async def guidance(id: str, sent: Sent) -> GuidanceInfo:
        """Cause, consequence and steps of an alarm occurrence, the steps that were done, what was done the last time, and which pictures
        were taken when it came. The past of a device marked sensitive is told to whoever is logged in only."""
        return await desk.guidance(id, sent)

    @router.get(
        "/api/v1/alarms/{id}/stills/{still}",
        response_class=Response,
        responses={200: {"content": {"image/jpeg": {}, "image/png": {}}}},
    )
    async def picture(id: str, still: str, sent: Sent) -> Response:
        """A picture that was taken when the alarm came. Whoever looks at one of a camera marked sensitive is recorded."""
        kind, data = await desk.still(id, still, sent)
        return Response(data, media_type=kind, headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})

    return router
