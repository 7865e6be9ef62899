"""The API's part about wires: how they do, the plan, the frames. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent
from cityops_desktop.link.wires import BusPlan, TraceInfo, WiresInfo


class WiresDesk(Protocol):
    """What this part asks of the station."""

    async def wires(self) -> WiresInfo:
        """All wires, now."""
        ...

    async def plan(self, bus: str) -> BusPlan:
        """How the points of a wire are read. Refused."""
        ...

    async def frames(self, bus: str, after: int | None, credentials: Credentials) -> TraceInfo:
        """What went over a wire after this piece; None = the newest. Refused."""
        ...


def wires_router(desk: WiresDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/buses")
    async def wires() -> WiresInfo:
        """How each wire does: state, load, counters of it and of its devices."""
        return await desk.wires()

    @router.get("/api/v1/buses/{id}/plan")
    async def plan(id: str) -> BusPlan:
        """Each question that is asked on a wire: its bytes, its time, and what each device costs."""
        return await desk.plan(id)

    @router.get("/api/v1/buses/{id}/frames")
    async def frames(
        id: str, sent: Sent, after: Annotated[int | None, Query(ge=0, le=2**53, description="only what came after this piece")] = None
    ) -> TraceInfo:
        """What went over a wire, oldest first, as much as one answer holds. Without `after` the newest. The bytes of devices that are
        marked sensitive are told to a person with the right `device.read` only, and it is recorded."""
        return await desk.frames(id, after, sent)

    return router
