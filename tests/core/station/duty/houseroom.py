"""Cleaning, visitors, goods, maintenance and contracts over a real store, with people who log in; no wire, no HTTP."""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

from cityops_desktop.alarms.standing import Standing
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.sheet import SheetRow
from cityops_desktop.station.duty.cleaning import Cleaning
from cityops_desktop.station.duty.maintenance import Maintenance
from cityops_desktop.station.duty.part import Span
from cityops_desktop.station.duty.visits import Visits
from tests.conftest import FakeClock
from tests.core.station.duty.ordersroom import OrdersRoom

ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000


def at(text: str) -> int:
    """UTC ms of a time in the room."""
    return round(datetime.datetime.fromisoformat(text).replace(tzinfo=ZONE).timestamp() * 1000)


class HouseRoom(OrdersRoom):
    """It is Monday, 2026-09-21, a little before seven in the morning."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        clock.ms = at("2026-09-21T06:50")
        super().__init__(folder, clock)
        around = self.orders.around
        self.cleaning, self.visits, self.maintenance = Cleaning(around), Visits(around), Maintenance(around)
        self.house = (self.cleaning, self.visits, self.maintenance)
        for part in self.house:
            part.renew = self.renew
            self.commands.take_on(part.acts())
        self.renew()

    def renew(self) -> None:
        """What the station does after each act, and each minute."""
        super().renew()
        for part in getattr(self, "house", ()):
            part.known = self.store.read(part.facts)

    def until(self, text: str) -> None:
        """Time goes on; a minute later the station has looked."""
        self.clock.advance((at(text) - self.clock.wall()) / 1000)
        self._sessions.clear()  # they have ended long ago
        self.renew()

    def alarms(self) -> list[Standing]:
        """What ought to stand."""
        return [one for part in self.house for one in part.standing(self.clock.wall())]

    def told(self) -> DutyInfo:
        """What every console is told."""
        info = DutyInfo()
        for part in self.house:
            part.tell(info, self.clock.wall())
        return info

    def sheet(self, id: str, hours: int = 8) -> list[SheetRow]:
        """The rows of a section of a handover that is frozen now."""
        now = self.clock.wall()
        span = Span(now - hours * HOUR, now, now + 12 * HOUR)
        found = [section for part in self.house for section in self.store.read(lambda conn, p=part: p.sheet(conn, span))]  # type: ignore[misc]
        return next(section.rows for section in found if section.id == id)

    def figures(self, begin: int, end: int) -> dict[str, float | None]:
        """All figures of a span."""
        found: dict[str, float | None] = {}
        for part in self.house:
            found |= self.store.read(lambda conn, p=part: p.figures(conn, begin, end))  # type: ignore[misc]
        return found


@contextmanager
def house_room(folder: Path) -> Iterator[HouseRoom]:
    made = HouseRoom(folder, FakeClock())
    try:
        yield made
    finally:
        made.close()
