"""The API's part about the change log: questions, the head of now, export. Decides nothing."""

from collections.abc import AsyncIterator
from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from cityops_desktop.audit.export import Form
from cityops_desktop.audit.query import MOST_ROWS, Question
from cityops_desktop.link.audit import AuditPage, HeadInfo
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent

MEDIA = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}

Word = Annotated[str, Query(max_length=200)]
Moment = Annotated[int | None, Query(ge=0, le=2**53, description="UTC ms")]


class AuditDesk(Protocol):
    """What this part asks of the station."""

    async def page(self, question: Question, credentials: Credentials) -> AuditPage:
        """Rows of the log, newest first. Refused."""
        ...

    async def head(self, credentials: Credentials) -> HeadInfo:
        """The head of now. Refused."""
        ...

    async def export(self, start: int | None, end: int | None, form: Form, credentials: Credentials) -> AsyncIterator[str]:
        """The rows as text, portion by portion. Refused before the first."""
        ...


def audit_router(desk: AuditDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/audit")
    async def page(
        sent: Sent,
        actor: Annotated[Word, Query(description="an account's id, station, or console:<name>")] = "",
        subject: Annotated[Word, Query(description="the subject begins with this")] = "",
        kind: Annotated[Word, Query(description="the kind begins with this")] = "",
        start: Annotated[Moment, Query(alias="from")] = None,
        end: Annotated[Moment, Query(alias="to", description="not included")] = None,
        text: Annotated[Word, Query(description="stands anywhere in kind, subject or body")] = "",
        before: Annotated[int | None, Query(ge=1, le=2**53, description="only rows before this one")] = None,
        limit: Annotated[int, Query(ge=1, le=MOST_ROWS)] = 100,
    ) -> AuditPage:
        """Rows of the change log, newest first, each with what its predecessor of the same subject had otherwise."""
        return await desk.page(Question(actor, subject, kind, start, end, text, before, limit), sent)

    @router.get("/api/v1/audit/head")
    async def head(sent: Sent) -> HeadInfo:
        """The hash of the newest row, signed by the station: print it, or keep it elsewhere."""
        return await desk.head(sent)

    @router.get(
        "/api/v1/audit/export", response_class=StreamingResponse, responses={200: {"content": {"application/x-ndjson": {}, "text/csv": {}}}}
    )
    async def export(
        sent: Sent,
        start: Annotated[Moment, Query(alias="from")] = None,
        end: Annotated[Moment, Query(alias="to", description="not included")] = None,
        format: Form = "jsonl",
    ) -> StreamingResponse:
        """All rows of a time, oldest first, with everything that their hashes are made of (docs/audit.md). It is recorded."""
        texts = await desk.export(start, end, format, sent)
        name = f"change-log.{format}"
        return StreamingResponse(texts, media_type=MEDIA[format], headers={"Content-Disposition": f'attachment; filename="{name}"'})

    return router
