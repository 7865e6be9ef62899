"""The API's part about remote consoles: the one request by which a console that has no token gets one. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent


class PairingCode(BaseModel):
    """The code of the line that an administrator had from the act console.pair; good once, for ten minutes."""

    code: Annotated[str, Field(min_length=1, max_length=64)]


class PairedConsole(BaseModel):
    """The console's own token, told this once; `name` is what the administrator called it."""

    console: str
    name: str
    token: str


class RemoteDesk(Protocol):
    """What this part asks of the station."""

    async def pair(self, code: str, address: str, credentials: Credentials) -> PairedConsole:
        """Let a remote console in. Refused: remote_only, wrong_pairing_code, slow_down, busy, not_recorded."""
        ...


def remote_router(desk: RemoteDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.post("/api/v1/pair", status_code=201)
    async def pair(body: PairingCode, request: Request, sent: Sent) -> PairedConsole:
        """Become a paired console (on the TLS port, without a token; the caller has checked the station's certificate)."""
        return await desk.pair(body.code, request.client.host if request.client else "?", sent)

    return router
