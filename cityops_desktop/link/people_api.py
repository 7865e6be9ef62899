"""The API's part about people: everybody, oneself, the rights matrix, the conformity list. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.people import ConformityPage, OwnPage, PeoplePage, RightsPage
from cityops_desktop.link.sent import Sent
from cityops_desktop.model.people import Preset


class PeopleDesk(Protocol):
    """What this part asks of the station."""

    async def people(self, credentials: Credentials) -> PeoplePage:
        """All about people; what the asking person may not see is empty. Refused."""
        ...

    async def own(self, credentials: Credentials) -> OwnPage:
        """All about oneself. Refused."""
        ...

    async def rights(self, preset: Preset | None, credentials: Credentials) -> RightsPage:
        """The matrix of a preset, of the one in force without. Refused."""
        ...

    async def conformity(self, credentials: Credentials) -> ConformityPage:
        """The conformity list. Refused."""
        ...


def people_router(desk: PeopleDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/people")
    async def people(sent: Sent) -> PeoplePage:
        """Accounts, sessions, consoles, staff file, rules (right people.read)."""
        return await desk.people(sent)

    @router.get("/api/v1/own")
    async def own(sent: Sent) -> OwnPage:
        """One's own account (right own.read)."""
        return await desk.own(sent)

    @router.get("/api/v1/rights")
    async def rights(sent: Sent, preset: Annotated[Preset | None, Query(description="without it the one in force")] = None) -> RightsPage:
        """Which role may do what (right own.read)."""
        return await desk.rights(preset, sent)

    @router.get("/api/v1/conformity")
    async def conformity(sent: Sent) -> ConformityPage:
        """What level 3 of GB/T 22239 asks, item by item, with evidence (right people.read)."""
        return await desk.conformity(sent)

    return router
