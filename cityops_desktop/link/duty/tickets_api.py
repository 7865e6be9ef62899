"""The API's part about tickets, tags and rotation tests. Decides nothing; what people do about them are acts."""

from typing import Protocol

from fastapi import APIRouter

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.orders_api import Before
from cityops_desktop.link.duty.tickets import RotationPage, TagsPage, TicketDetail, TicketsPage
from cityops_desktop.link.sent import Sent


class TicketsDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def page(self, before: str, credentials: Credentials) -> TicketsPage:
        """Tickets that are not over, and a page of the others."""
        ...

    async def detail(self, id: str, credentials: Credentials) -> TicketDetail:
        """One of them."""
        ...

    async def tags_page(self, before: str, credentials: Credentials) -> TagsPage:
        """Tags that hang, and a page of the others."""
        ...

    async def rotation(self, credentials: Credentials) -> RotationPage:
        """Plans of rotation tests with their newest runs."""
        ...


def tickets_router(desk: TicketsDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/tickets")
    async def page(sent: Sent, before: Before = "") -> TicketsPage:
        """Work and operation tickets: those that are not over, and the others, newest first."""
        return await desk.page(before, sent)

    @router.get("/api/v1/duty/tickets/{id}")
    async def detail(id: str, sent: Sent) -> TicketDetail:
        """A ticket: its steps, what became of each with the value that proves it, its tags, what was written."""
        return await desk.detail(id, sent)

    @router.get("/api/v1/duty/tags")
    async def tags(sent: Sent, before: Before = "") -> TagsPage:
        """Tags: those that hang, and those that were taken away, newest first."""
        return await desk.tags_page(before, sent)

    @router.get("/api/v1/duty/rotation")
    async def rotation(sent: Sent) -> RotationPage:
        """Plans of rotation tests, what is due first, first, each with its newest runs."""
        return await desk.rotation(sent)

    return router
