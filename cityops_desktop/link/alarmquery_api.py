"""The API's part about questions to all alarms. Decides nothing; to keep a filter is an act."""

from typing import Annotated, Protocol

from fastapi import APIRouter, Query

from cityops_desktop.link.alarmquery import LONGEST_S, MOST_EACH, AlarmFilter, AlarmsPage, AlarmViewsPage
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.sent import Sent
from cityops_desktop.model.alarms import AlarmState

LATEST = 2**53
Several = Annotated[list[Annotated[str, Query(min_length=1, max_length=200)]], Query(max_length=MOST_EACH)]
Span = Annotated[int | None, Query(ge=0, le=LONGEST_S, description="seconds")]


class AlarmQueryDesk(Protocol):
    """What this part asks of the station. All of it: Refused."""

    async def alarms(self, wanted: AlarmFilter, limit: int, after: str, credentials: Credentials) -> AlarmsPage:
        """A page of what this person may see."""
        ...

    async def alarm_views(self, credentials: Credentials) -> AlarmViewsPage:
        """The filters that this person may see; without one those shared with viewers."""
        ...


def alarm_query_router(desk: AlarmQueryDesk) -> APIRouter:
    """The routes."""
    router = APIRouter()

    @router.get("/api/v1/alarms")
    async def alarms(
        sent: Sent,
        start: Annotated[int | None, Query(alias="from", ge=0, le=LATEST, description="UTC ms")] = None,
        end: Annotated[int | None, Query(alias="to", ge=0, le=LATEST, description="UTC ms, not included")] = None,
        level: Annotated[list[Annotated[int, Query(ge=1, le=4)]], Query(max_length=4)] = [],  # noqa: B006  read only
        state: Annotated[list[AlarmState], Query(max_length=6)] = [],  # noqa: B006  read only
        hidden: bool | None = None,
        domain: Annotated[str, Query(max_length=260)] = "",
        group: Annotated[list[Annotated[str, Query(max_length=40)]], Query(max_length=40)] = [],  # noqa: B006  read only
        device: Several = [],  # noqa: B006  read only
        point: Several = [],  # noqa: B006  read only
        person: Annotated[str, Query(max_length=100, description="who acknowledged: an id, or part of the full name")] = "",
        text: Annotated[str, Query(max_length=200, description="words in names, subjects and details; all of them")] = "",
        least: Span = None,
        most: Span = None,
        after: Annotated[str, Query(pattern=r"^([0-9]{1,16}\.[0-9]{1,16})?$", description="`next` of the page before")] = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 100,
    ) -> AlarmsPage:
        """Alarms of all time by any combination of conditions, newest first: raised in a time, of a level, in a state, kept quiet or not,
        of a domain, group, device or point, acknowledged by somebody, with words, standing for so long. Ended alarms of devices marked
        sensitive are told to whoever is logged in only; that they were looked at is recorded."""
        wanted = AlarmFilter(
            start=start,
            end=end,
            levels=level,
            states=state,
            hidden=hidden,
            domain=domain,
            groups=group,
            devices=device,
            points=point,
            person=person,
            text=text,
            least=least,
            most=most,
        )
        return await desk.alarms(wanted, limit, after, sent)

    @router.get("/api/v1/alarms/views")
    async def views(sent: Sent) -> AlarmViewsPage:
        """One's own filters that are kept, and those shared with one's roles; without a session those shared with viewers."""
        return await desk.alarm_views(sent)

    return router
