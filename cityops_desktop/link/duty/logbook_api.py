"""The API's part about the log book. Decides nothing; to write in it is an act."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.logbook import MOST_SOUGHT, LogEntryDetail, LogPage, TemplatesPage
from cityops_desktop.link.sent import Sent

LATEST = 2**50


class LogBookDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def templates(self, credentials: Credentials) -> TemplatesPage:
        """The sorts of entries."""
        ...

    async def page(
        self,
        question: str,
        begin: int | None,
        end: int | None,
        person: str,
        template: str,
        link: str,
        open: bool,
        before: int | None,
        credentials: Credentials,
    ) -> LogPage:
        """Entries, newest first."""
        ...

    async def detail(self, id: str, credentials: Credentials) -> LogEntryDetail:
        """One entry."""
        ...


def log_book_router(desk: LogBookDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/duty/log/templates")
    async def templates(sent: Sent) -> TemplatesPage:
        """The sorts of entries: those of the program, and the site's own."""
        return await desk.templates(sent)

    @router.get("/api/v1/duty/log")
    async def page(
        sent: Sent,
        q: Annotated[str, Query(max_length=MOST_SOUGHT, description="words that all stand in an entry, at most 8")] = "",
        begin: Annotated[int | None, Query(alias="from", ge=0, le=LATEST, description="UTC ms")] = None,
        end: Annotated[int | None, Query(alias="to", ge=0, le=LATEST, description="UTC ms, not included")] = None,
        person: Annotated[str, Query(max_length=64, description="account of who wrote it")] = "",
        template: Annotated[str, Query(max_length=40)] = "",
        link: Annotated[str, Query(max_length=220, description="what it is about, such as point:KEY")] = "",
        open: Annotated[bool, Query(description="only what waits to be closed")] = False,
        before: Annotated[int | None, Query(ge=0, le=2**63 - 1, description="the `next` of the page before")] = None,
    ) -> LogPage:
        """Fifty entries, newest first by the time that they tell of. A word is found wherever it stands, also within others; large and
        small letters, wide and narrow signs are alike."""
        return await desk.page(q, begin, end, person, template, link, open, before, sent)

    @router.get("/api/v1/duty/log/{id}")
    async def detail(id: str, sent: Sent) -> LogEntryDetail:
        """An entry, with the figures of the curves that belong to it."""
        return await desk.detail(id, sent)

    return router
