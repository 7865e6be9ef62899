"""The API's part about cleaning, visitors, goods, maintenance and contracts. Decides nothing; what people do about them are acts."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.cleaning import CleaningPage
from cityops_desktop.link.duty.maintenance import ContractsPage, MaintenancePage
from cityops_desktop.link.duty.visits import GoodsPage, VisitsPage
from cityops_desktop.link.sent import Sent

Words = Annotated[str, Query(max_length=100, description="words that stand in one of the fields")]
Since = Annotated[int, Query(ge=0, le=2**53, description="from this time on (UTC ms)")]
Until = Annotated[int, Query(ge=0, le=2**53, description="before this time (UTC ms)")]
Before = Annotated[str, Query(max_length=90, description="older than this row: its time, a colon, its id")]
Most = Annotated[int, Query(ge=1, le=5000, description="rows at most")]
Year = Annotated[int, Query(ge=0, le=9998, description="the year of the calendar; 0 = this one")]


class CleaningDesk(Protocol):
    """What this part asks of the station. Refused."""

    async def page(self, credentials: Credentials) -> CleaningPage:
        """All of it."""
        ...


class VisitsDesk(Protocol):
    """What this part asks of the station. Refused."""

    async def visits(self, credentials: Credentials, text: str, since: int, until: int, before: str, most: int) -> VisitsPage:
        """Who is inside, and a page of the register."""
        ...

    async def goods(self, credentials: Credentials, text: str, since: int, until: int, before: str, most: int) -> GoodsPage:
        """What waits, what goes back, and a page of the register."""
        ...


class MaintenanceDesk(Protocol):
    """What this part asks of the station. Refused."""

    async def page(self, credentials: Credentials, year: int) -> MaintenancePage:
        """Plans with their days of a year."""
        ...

    async def contracts(self, credentials: Credentials) -> ContractsPage:
        """Contracts and calls."""
        ...


def cleaning_router(desk: CleaningDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/cleaning")
    async def page(sent: Sent) -> CleaningPage:
        """Plans of areas with how each stands, and the newest cleanings."""
        return await desk.page(sent)

    return router


def visits_router(desk: VisitsDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/visits")
    async def visits(
        sent: Sent, text: Words = "", since: Since = 0, until: Until = 2**53, before: Before = "", most: Most = 200
    ) -> VisitsPage:
        """Who is inside, and a page of the register of visitors, newest first."""
        return await desk.visits(sent, text, since, until, before, most)

    @router.get("/api/v1/duty/goods")
    async def goods(
        sent: Sent, text: Words = "", since: Since = 0, until: Until = 2**53, before: Before = "", most: Most = 200
    ) -> GoodsPage:
        """Goods that wait, that are to go back, and a page of the register, newest first."""
        return await desk.goods(sent, text, since, until, before, most)

    return router


def maintenance_router(desk: MaintenanceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/maintenance")
    async def page(sent: Sent, year: Year = 0) -> MaintenancePage:
        """Maintenance plans with their days of a year, and what was done in it."""
        return await desk.page(sent, year)

    @router.get("/api/v1/duty/contracts")
    async def contracts(sent: Sent) -> ContractsPage:
        """Contracts that hold, the newest former ones, contractors' calls."""
        return await desk.contracts(sent)

    return router
