"""The API's part about reports and evaluations. Decides nothing; what people do about them are acts."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from fastapi.responses import Response

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.reports import EvaluationDetail, EvaluationsInfo, ReportsPageInfo
from cityops_desktop.link.sent import Sent

MEDIA = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class ReportsDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def page(self, before: str, credentials: Credentials) -> ReportsPageInfo:
        """What was made, before a report's id ("" = the newest)."""
        ...

    async def file(self, id: str, form: str, credentials: Credentials) -> tuple[str, bytes]:
        """A report's file of this form ("pdf", "xlsx"), as it was made: its name and bytes."""
        ...

    async def evaluations(self, credentials: Credentials) -> EvaluationsInfo:
        """Agreements and evaluations."""
        ...

    async def evaluation(self, id: str, credentials: Credentials) -> EvaluationDetail:
        """One of them."""
        ...


def reports_router(desk: ReportsDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/reports")
    async def page(sent: Sent, before: Annotated[str, Query(max_length=64)] = "") -> ReportsPageInfo:
        """Reports that are made, being made and planned; templates in force; serious problems."""
        return await desk.page(before, sent)

    @router.get(
        "/api/v1/duty/reports/{id}/{form}",
        response_class=Response,
        responses={200: {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in MEDIA.values()}}},
    )
    async def file(id: str, form: str, sent: Sent) -> Response:
        """A file of a report; one that is not as it was made is refused."""
        name, data = await desk.file(id, form, sent)
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(data, media_type=MEDIA[form], headers=headers)

    @router.get("/api/v1/duty/evaluations")
    async def evaluations(sent: Sent) -> EvaluationsInfo:
        """Agreements and evaluations."""
        return await desk.evaluations(sent)

    @router.get("/api/v1/duty/evaluations/{id}")
    async def evaluation(id: str, sent: Sent) -> EvaluationDetail:
        """An evaluation with its values and their evidence, answers, comments and signatures."""
        return await desk.evaluation(id, sent)

    return router
