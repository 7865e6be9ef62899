"""The API's part about messages: the ways out, and the time line of an alarm. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Path

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.notify import Timeline, WaysPage
from cityops_desktop.link.sent import Sent


class NotifyDesk(Protocol):
    """What this part asks of the station."""

    def page(self) -> WaysPage:
        """The ways and how each does, and who is told."""
        ...

    async def timeline(self, alarm: str, credentials: Credentials) -> Timeline:
        """What became of an occurrence. Refused."""
        ...


def notify_router(desk: NotifyDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/notify/ways")
    async def ways() -> WaysPage:
        """The ways out of the room file, how each does, and the call list without its addresses."""
        return desk.page()

    @router.get("/api/v1/alarms/{id}/timeline")
    async def timeline(sent: Sent, id: Annotated[str, Path(min_length=8, max_length=64, pattern="^[A-Za-z0-9_-]+$")]) -> Timeline:
        """What happened to an occurrence, step by step, with the messages about it and what became of each. Of an alarm about a device
        marked sensitive only whoever is logged in is told."""
        return await desk.timeline(id, sent)

    return router
