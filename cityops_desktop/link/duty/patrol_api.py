"""The API's part about patrols. Decides nothing; what people do about them are acts."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.patrol import Differences, ItemHistory, PatrolPage, PatrolSheet, RoundDetail, RoundsPage, ScansPage
from cityops_desktop.link.sent import Sent

Name = Annotated[str, Query(max_length=200)]
Place = Annotated[str, Query(max_length=80, pattern=r"^([0-9]{1,16}:[0-9a-f-]{36})?$")]
Moment = Annotated[int, Query(ge=0, le=2**53)]


class PatrolDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def page(self, credentials: Credentials) -> PatrolPage:
        """What stands."""
        ...

    async def route_sheet(self, route: str, credentials: Credentials) -> PatrolSheet:
        """All that is needed to walk it."""
        ...

    async def rounds(self, route: str, bad: bool, before: str, credentials: Credentials) -> RoundsPage:
        """Rounds that were walked."""
        ...

    async def detail(self, id: str, credentials: Credentials) -> RoundDetail:
        """One round."""
        ...

    async def item(self, route: str, stop: str, template: str, item: str, before: str, credentials: Credentials) -> ItemHistory:
        """One item over time."""
        ...

    async def differences(self, point: str, credentials: Credentials) -> Differences:
        """A sensor's."""
        ...

    async def scans(self, begin: int, end: int, credentials: Credentials) -> ScansPage:
        """Lines of wands."""
        ...


def patrol_router(desk: PatrolDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/patrol")
    async def page(sent: Sent) -> PatrolPage:
        """Templates, routes, what is due, the newest rounds."""
        return await desk.page(sent)

    @router.get("/api/v1/duty/patrol/sheet")
    async def sheet(sent: Sent, route: Name = "") -> PatrolSheet:
        """A version of a route with its stops, items and the points that they are compared with."""
        return await desk.route_sheet(route, sent)

    @router.get("/api/v1/duty/patrol/rounds")
    async def rounds(sent: Sent, route: Name = "", bad: bool = False, before: Place = "") -> RoundsPage:
        """Rounds, the newest first; of one route; only those that found something."""
        return await desk.rounds(route, bad, before, sent)

    @router.get("/api/v1/duty/patrol/rounds/{id}")
    async def detail(id: str, sent: Sent) -> RoundDetail:
        """A round with its answers and proofs."""
        return await desk.detail(id, sent)

    @router.get("/api/v1/duty/patrol/item")
    async def item(sent: Sent, route: Name = "", stop: Name = "", template: Name = "", item: Name = "", before: Place = "") -> ItemHistory:
        """What was said of one item in former rounds."""
        return await desk.item(route, stop, template, item, before, sent)

    @router.get("/api/v1/duty/patrol/readings")
    async def readings(sent: Sent, point: Name = "") -> Differences:
        """What people read at a sensor beside what it told, and whether it drifts."""
        return await desk.differences(point, sent)

    @router.get("/api/v1/duty/patrol/scans")
    async def scans(sent: Sent, begin: Moment = 0, end: Moment = 2**53) -> ScansPage:
        """Lines of patrol wands and memory scanners."""
        return await desk.scans(begin, end, sent)

    return router
