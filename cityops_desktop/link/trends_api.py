"""The API's part about the trends page: saved views, notes, marks. Decides nothing; to keep and to withdraw are acts."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query, Response

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent
from cityops_desktop.link.trends import MOST_POINTS, MarksPage, NotesPage, ViewsPage
from cityops_desktop.model.refused import Refused

LATEST = 2**53
LONGEST_MS = 366 * 86_400_000
From = Annotated[int, Query(alias="from", ge=0, le=LATEST, description="UTC ms")]
To = Annotated[int, Query(alias="to", ge=0, le=LATEST, description="UTC ms")]


class TrendsDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def views(self, credentials: Credentials) -> ViewsPage:
        """The views that this person may see; without one those shared with viewers."""
        ...

    async def notes(self, start: int, end: int, credentials: Credentials) -> NotesPage:
        """The notes of a time."""
        ...

    async def note_picture(self, id: str, credentials: Credentials) -> bytes:
        """The picture of a note (PNG)."""
        ...

    async def marks(self, keys: list[str], start: int, end: int, credentials: Credentials) -> MarksPage:
        """What happened in a time."""
        ...


def trends_router(desk: TrendsDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/trends/views")
    async def views(sent: Sent) -> ViewsPage:
        """One's own saved views, and those shared with one's roles; without a session those shared with viewers."""
        return await desk.views(sent)

    @router.get("/api/v1/notes")
    async def notes(sent: Sent, start: From, end: To) -> NotesPage:
        """Notes whose span meets this time, newest first, at most 200. Those about devices marked sensitive are told to whoever is logged
        in only."""
        _require(start, end)
        return await desk.notes(start, end, sent)

    @router.get("/api/v1/notes/{id}/picture", response_class=Response, responses={200: {"content": {"image/png": {}}}})
    async def picture(id: str, sent: Sent) -> Response:
        """The chart as whoever wrote the note saw it."""
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(await desk.note_picture(id, sent), media_type="image/png", headers=headers)

    @router.get("/api/v1/marks")
    async def marks(
        sent: Sent,
        start: From,
        end: To,
        point: Annotated[list[str], Query(max_length=MOST_POINTS, description="point keys")] = [],  # noqa: B006  read only
    ) -> MarksPage:
        """Alarms of these points (of their devices and lines, and of the station), notes, and the station's own times between two
        times; what is more than 500 is told in crowds. Besides: when nothing was recorded, and since when each point is."""
        _require(start, end)
        return await desk.marks(point, start, end, sent)

    return router


def _require(start: int, end: int) -> None:
    if not 0 < end - start <= LONGEST_MS:
        raise Refused("bad_request", detail="to must lie after from, by at most 366 days")
