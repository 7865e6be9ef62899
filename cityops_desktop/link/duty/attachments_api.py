"""The API's part about attachments. What is fetched is a file to be kept or looked at, never a page that runs. Decides nothing."""

from typing import Protocol
from urllib.parse import quote

from fastapi import APIRouter, Response

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.attachments import AttachmentInfo
from cityops_desktop.link.sent import Sent


class AttachmentsDesk(Protocol):
    """What this part asks of the station."""

    async def content(self, id: str, credentials: Credentials) -> tuple[AttachmentInfo, bytes]:
        """One attachment. Refused."""
        ...


def attachments_router(desk: AttachmentsDesk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get(
        "/api/v1/duty/attachments/{id}",
        response_class=Response,
        responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
    )
    async def content(id: str, sent: Sent) -> Response:
        """What was attached to a record, byte for byte; what it is says the record. The header Content-Disposition has its name."""
        info, data = await desk.content(id, sent)
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(info.name, safe='')}",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        }
        return Response(data, media_type="application/octet-stream", headers=headers)

    return router
