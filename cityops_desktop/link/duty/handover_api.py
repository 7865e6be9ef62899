"""The API's part about handovers and the stock. Decides nothing; what people do about them are acts."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Response

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.handover import DraftSheet, HandoverDetail, HandoverList, HandoversPage, SinceInfo, StockPage
from cityops_desktop.link.sent import Sent


class HandoverDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def page(self, credentials: Credentials) -> HandoversPage:
        """What stands."""
        ...

    async def draft(self, credentials: Credentials) -> DraftSheet:
        """The sheet as it would be frozen now."""
        ...

    async def former(self, before: int | None, credentials: Credentials) -> HandoverList:
        """Those before a time."""
        ...

    async def detail(self, id: str, credentials: Credentials) -> HandoverDetail:
        """One with its papers."""
        ...

    async def file(self, id: str, credentials: Credentials) -> tuple[str, bytes]:
        """Its papers as a file: name and bytes."""
        ...

    async def stock(self, credentials: Credentials) -> StockPage:
        """What is counted."""
        ...

    async def since(self, credentials: Credentials) -> SinceInfo:
        """What has happened since the last signed turn of whoever asks."""
        ...


def handover_router(desk: HandoverDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/handover")
    async def page(sent: Sent) -> HandoversPage:
        """The handover that is due or under way with its sheet, what blocks it, open matters, the newest former ones."""
        return await desk.page(sent)

    @router.get("/api/v1/duty/handover/draft")
    async def draft(sent: Sent) -> DraftSheet:
        """The sheet as it would be frozen now."""
        return await desk.draft(sent)

    @router.get("/api/v1/duty/handovers")
    async def former(sent: Sent, before: Annotated[int | None, Query(ge=0, le=2**53)] = None) -> HandoverList:
        """Handovers that were begun before a time (UTC ms), newest first."""
        return await desk.former(before, sent)

    @router.get("/api/v1/duty/handovers/{id}")
    async def detail(id: str, sent: Sent) -> HandoverDetail:
        """A handover with its sheet, both signatures, and every paper as the station signed it."""
        return await desk.detail(id, sent)

    @router.get(
        "/api/v1/duty/handovers/{id}/file",
        response_class=Response,
        responses={200: {"content": {"application/json": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def file(id: str, sent: Sent) -> Response:
        """The signed sheet as a file that `handover verify` looks at."""
        name, data = await desk.file(id, sent)
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(data, media_type="application/json", headers=headers)

    @router.get("/api/v1/duty/stock")
    async def stock(sent: Sent) -> StockPage:
        """Keys, tools, instruments, spares, drawings, consumables: what must be there, what is, what is with whom."""
        return await desk.stock(sent)

    @router.get("/api/v1/duty/since")
    async def since(sent: Sent) -> SinceInfo:
        """All that has happened since the end of the asking person's last signed turn."""
        return await desk.since(sent)

    return router
