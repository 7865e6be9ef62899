"""The API's part about collected logs. Decides nothing."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.logs import LogPage
from cityops_desktop.link.sent import Sent
from cityops_desktop.model.loglines import LogClass

Moment = Annotated[int | None, Field(ge=0, le=2**53)]


class LogQuestion(BaseModel):
    """What is looked for: UTC ms, both included; as grave as `severity` at least (0 to 7); all of `words`. `before_month` and `before_id`
    are those of the last line of the page before."""

    start: Annotated[Moment, Field(alias="from")] = None
    end: Annotated[Moment, Field(alias="to")] = None
    severity: Annotated[int | None, Field(ge=0, le=7)] = None
    group: LogClass | None = None
    source: Annotated[str, Field(max_length=255)] = ""
    words: Annotated[str, Field(max_length=200)] = ""
    before_month: Annotated[int | None, Field(ge=197001, le=899912)] = None
    before_id: Annotated[int | None, Field(ge=1, le=2**53)] = None


class LogDesk(Protocol):
    """What this part asks of the station."""

    async def page(self, question: LogQuestion, credentials: Credentials) -> LogPage:
        """Lines, newest first. Refused."""
        ...


def logs_router(desk: LogDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/logs")
    async def page(question: Annotated[LogQuestion, Query()], sent: Sent) -> LogPage:
        """Collected lines of other machines, newest first, at most 500; and how collecting does."""
        return await desk.page(question, sent)

    return router
