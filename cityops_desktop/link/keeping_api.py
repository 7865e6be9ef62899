"""The API's part about what is kept of the past. Decides nothing."""

from typing import Protocol

from fastapi import APIRouter

from cityops_desktop.link.keeping import KeptInfo


class KeepingDesk(Protocol):
    """What this part asks of the station."""

    async def kept(self) -> KeptInfo:
        """What is kept now. Refused while the disk cannot be asked."""
        ...


def keeping_router(desk: KeepingDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/history/kept")
    async def kept() -> KeptInfo:
        """How much of the past is kept: file by file, the oldest sample of each point, and how long the disk lasts."""
        return await desk.kept()

    return router
