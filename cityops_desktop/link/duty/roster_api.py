"""The API's part about the roster. Decides nothing; what people do about it are acts."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.roster import RosterPage
from cityops_desktop.link.sent import Sent

LATEST = 2**53
Begin = Annotated[int | None, Query(alias="from", ge=0, le=LATEST)]
End = Annotated[int | None, Query(ge=0, le=LATEST)]


class RosterDesk(Protocol):
    """What this part asks of the station."""

    async def page(self, begin: int | None, end: int | None, credentials: Credentials) -> RosterPage:
        """Whose turn it is from one time (UTC ms; None = now) to another (None = 31 days later). Refused."""
        ...


def roster_router(desk: RosterDesk) -> APIRouter:
    """The route."""
    router = APIRouter()

    @router.get("/api/v1/duty/roster")
    async def page(sent: Sent, begin: Begin = None, to: End = None) -> RosterPage:
        """Turns, who signed in, changes over the plan and holes from one time to another (UTC ms): the next 31 days, 400 at most."""
        return await desk.page(begin, to, sent)

    return router
