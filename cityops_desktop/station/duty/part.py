"""What each area of duty is to the station: acts, questions, alarms that follow from facts, what it tells a handover and a report.

The facts of all areas are read together, in a worker thread, after each act and each minute (care.py); everything else happens on the
station's event loop.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from sqlalchemy import Connection

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.standing import Standing
from cityops_desktop.clock import Clock
from cityops_desktop.history.history import History
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.sheet import SheetSection
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import Room
from cityops_desktop.people.people import People
from cityops_desktop.station.access import Access
from cityops_desktop.station.acts.act import Acts, Carried, Job, Witnessed
from cityops_desktop.station.asking import look_up, may_ask
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.store import Store

F = TypeVar("F")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class DutyAround:
    """What of the station the areas use. `room` is the one in force; `notice` raises an alarm that is over at once and must be seen by
    somebody (key, cause, level, detail); `changed`: consoles must hear of it; `incidents_changed`: an area has opened an incident."""

    data: Path
    room: Callable[[], Room]
    info: Callable[[], RoomInfo]
    clock: Clock
    store: Store
    book: AlarmBook
    people: People
    refusals: Refusals
    access: Access
    live: LiveTable
    history: History
    notice: Callable[[str, Cause, Level, str], None]
    changed: Callable[[], None]
    incidents_changed: Callable[[], None] = lambda: None

    @property
    def zone(self) -> ZoneInfo:
        """Of the room."""
        return ZoneInfo(self.room().timezone)


class Span(NamedTuple):
    """A turn, or the time that a report is about (UTC ms); `ahead` is the end of what is to come (12 h after a handover)."""

    begin: int
    end: int
    ahead: int


class Part(Generic[F]):
    """One area. `known` are its facts as they were last read; a subclass overrides what it has."""

    causes: frozenset[Cause] = frozenset()
    """Of the alarms that follow from the facts; no other part has them."""
    renew: Callable[[], None]
    """Read the facts of all areas again; care.py sets it before the first act."""

    def __init__(self, around: DutyAround) -> None:
        self.around = around
        self.known: F

    def routers(self) -> Sequence[APIRouter]:
        """What consoles may ask."""
        return ()

    def acts(self) -> Acts:
        """What people may do, by kind."""
        return {}

    def witnessed(self) -> Mapping[str, Witnessed]:
        """Acts of rights.WITHOUT_SESSION, by kind."""
        return {}

    def facts(self, conn: Connection) -> F:
        """What stands, from the store: short, by an index. In a worker thread."""
        raise NotImplementedError

    def standing(self, wall: int) -> Iterable[Standing]:
        """Alarms that ought to stand now, from `known`; asked each second."""
        return ()

    def tick(self, wall: int, mono: float) -> None:
        """Each second, after the alarms."""

    def tell(self, info: DutyInfo, wall: int) -> None:
        """Fill in what every console is told, from `known`."""

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """What a handover or a shift report says of this area. In a worker thread."""
        return []

    def figures(self, conn: Connection, begin: int, end: int) -> Mapping[str, float | None]:
        """Figures of a span for reports and evaluations, such as "patrol.done"; None = unknown. In a worker thread."""
        return {}

    async def close(self) -> None:
        """What is on its way may end; nothing new is begun."""

    # for the subclasses

    def carried(self, job: Job) -> Carried:
        """A job after which the facts are other than before."""
        return Carried(job, self.renew)

    async def asked(self, kind: str, credentials: Credentials, ask: Callable[[Connection], T]) -> T:
        """The answer to somebody who may ask this. Refused."""
        await self.asker(kind, credentials)
        return await look_up(self.around.store, ask)

    async def asker(self, kind: str, credentials: Credentials) -> Who:
        """Whoever asks, if that person may. Refused, which is recorded."""
        return await may_ask(self.around.people, self.around.refusals, kind, credentials)


AnyPart = Part[Any]
