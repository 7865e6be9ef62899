"""The API's part about work orders. Decides nothing; what people do about them are acts."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.orders import OrderDetail, OrdersPage
from cityops_desktop.link.sent import Sent

Before = Annotated[str, Query(max_length=100, pattern=r"^([0-9]{1,16}:.{1,64})?$")]
"""The end (UTC ms) and id of the last one that is known, joined by ":"; "" = from the newest on."""


class OrdersDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def page(self, before: str, credentials: Credentials) -> OrdersPage:
        """Those that stand, and a page of the others."""
        ...

    async def detail(self, id: str, credentials: Credentials) -> OrderDetail:
        """One of them."""
        ...


def orders_router(desk: OrdersDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/orders")
    async def page(sent: Sent, before: Before = "") -> OrdersPage:
        """Work orders: those that stand, what is due first, first; and those that are over, newest first."""
        return await desk.page(before, sent)

    @router.get("/api/v1/duty/orders/{id}")
    async def detail(id: str, sent: Sent) -> OrderDetail:
        """A work order with what was done about it."""
        return await desk.detail(id, sent)

    return router
