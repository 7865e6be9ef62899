"""The people on duty: composes the areas for one run of the station, reads their facts, raises what follows from them.

What an area does stands in its own file. Used from the station's event loop, but for `load`.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from cityops_desktop.alarms.standing import settle
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.sheet import SheetSection
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.acts.act import Acts, Witnessed
from cityops_desktop.station.asking import look_up
from cityops_desktop.station.duty.attachments import Attachments
from cityops_desktop.station.duty.cleaning import Cleaning
from cityops_desktop.station.duty.handover import Handover
from cityops_desktop.station.duty.logbook import LogBook
from cityops_desktop.station.duty.maintenance import Maintenance
from cityops_desktop.station.duty.orders import Orders
from cityops_desktop.station.duty.part import AnyPart, DutyAround, Span
from cityops_desktop.station.duty.patrol import Patrol
from cityops_desktop.station.duty.reports import Reports
from cityops_desktop.station.duty.roster import Roster
from cityops_desktop.station.duty.tickets import Tickets
from cityops_desktop.station.duty.visits import Visits

log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0
"""So often the facts are read without an act: a day has begun, something has become due."""
SICK_SECONDS = 1.0


class DutyCare:
    """One for a run of the station. `announce` takes alarms that changed."""

    def __init__(self, around: DutyAround, announce: Callable[[Sequence[Alarm]], None]) -> None:
        self._around, self._announce = around, announce
        self.roster = Roster(around)
        self.handover = Handover(around, self.roster, self.sheet)
        self.roster.holding = self.handover.holding
        self.tickets = Tickets(around)
        house = (Cleaning(around), Visits(around), Maintenance(around))
        written = (Attachments(around), LogBook(around), Patrol(around), Orders(around))
        parts: list[AnyPart] = [self.roster, *written, self.tickets, *house, self.handover]
        parts.append(Reports(around, self.sheet, self.figures, self.roster.turn))
        self.parts: Sequence[AnyPart] = parts
        for part in self.parts:
            part.renew = self.renew
        self._causes = frozenset[Any]().union(*(part.causes for part in self.parts))
        self._reading: asyncio.Task[None] | None = None
        self._again = False
        self._read_at = float("-inf")
        self._told = DutyInfo()

    def acts(self) -> Acts:
        """Of all areas, by kind."""
        return {kind: act for part in self.parts for kind, act in part.acts().items()}

    def witnessed(self) -> Mapping[str, Witnessed]:
        """Those that prove by themselves who gives them, by kind."""
        return {kind: act for part in self.parts for kind, act in part.witnessed().items()}

    def routers(self) -> list[APIRouter]:
        """Of all areas."""
        return [router for part in self.parts for router in part.routers()]

    def load(self) -> None:
        """What stands. StoreError. Before the first tick, in a worker thread."""
        self._take(self._around.store.read(self._facts))

    def info(self) -> DutyInfo:
        """What every console is told."""
        return self._told

    def tick(self, wall: int, mono: float) -> None:
        """Each second."""
        if mono - self._read_at >= AGAIN_SECONDS:
            self._read_at = mono
            self.renew()
        wanted = [one for part in self.parts for one in part.standing(wall)]
        self._announce(settle(self._around.book, self._causes, wanted, wall, mono))
        for part in self.parts:
            part.tick(wall, mono)
        info = DutyInfo()
        for part in self.parts:
            part.tell(info, wall)
        if info != self._told:
            self._told = info
            self._around.changed()

    def renew(self) -> None:
        """What stands is other than before: read once more, one after the other."""
        if self._reading is not None and not self._reading.done():
            self._again = True
            return
        self._reading = asyncio.get_running_loop().create_task(self._read())

    def sheet(self, conn: Connection, span: Span) -> list[SheetSection]:
        """What all areas tell a handover or a shift report. In a worker thread."""
        return [section for part in self.parts for section in part.sheet(conn, span)]

    def figures(self, conn: Connection, begin: int, end: int) -> dict[str, float | None]:
        """Figures of all areas for a span. In a worker thread."""
        return {name: value for part in self.parts for name, value in part.figures(conn, begin, end).items()}

    async def close(self) -> None:
        """What is on its way may end."""
        if self._reading is not None:
            self._reading.cancel()
        for part in self.parts:
            await part.close()

    def _facts(self, conn: Connection) -> Mapping[AnyPart, Any]:
        return {part: part.facts(conn) for part in self.parts}

    def _take(self, found: Mapping[AnyPart, Any]) -> None:
        for part, facts in found.items():
            part.known = facts

    async def _read(self) -> None:
        while True:
            self._again = False
            try:
                found = await look_up(self._around.store, self._facts)
            except Refused:  # the store is busy or sick: what was known is kept
                await asyncio.sleep(SICK_SECONDS)
                continue
            except (ValueError, LookupError, TypeError, ArithmeticError, SQLAlchemyError) as error:  # a row that makes no sense
                log.error("what stands of the duty cannot be read, what was known is kept: %r", error)
                return
            self._take(found)
            if not self._again:
                return
