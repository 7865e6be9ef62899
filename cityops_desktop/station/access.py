"""Looking at a device that is marked sensitive: only by a person who is logged in, and each look is recorded. Answers nothing itself.

A card that asks once a second is one look: the first is written at once, those of the next ten minutes are counted.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Container, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import DeviceInfo
from cityops_desktop.model.people import Who
from cityops_desktop.model.refused import Refused
from cityops_desktop.people.people import People
from cityops_desktop.people.sight import guarded
from cityops_desktop.station.asking import may_ask
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store import changes
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

WINDOW = 600.0
KIND = "device.read"


@dataclass(slots=True)
class _Looks:
    """Looks of one session at one device in one way: when the first came (monotonic), whether it is recorded, those counted since."""

    who: Who
    begun: float
    recorded: Awaitable[object]
    more: int = 0


class Guarded:
    """The devices that only persons may look at: those marked sensitive, and any that the room has no more, of which nobody can say."""

    def __init__(self, devices: Iterable[DeviceInfo]) -> None:
        self._sensitive = {device.id: device.sensitive for device in devices}

    def __contains__(self, device: object) -> bool:
        return guarded(self._sensitive, device)


class Access:
    """One for a run of the station; used from its loop. `sensitive` holds the ids of the devices."""

    def __init__(self, people: People, refusals: Refusals, clock: Clock, sensitive: Container[str]) -> None:
        self._people = people
        self._refusals = refusals
        self._clock = clock
        self._sensitive = sensitive
        self._looks: dict[tuple[str, str, str], _Looks] = {}

    async def look(self, device: str, what: str, credentials: Credentials) -> None:
        """Somebody looks at `what` of it ("details", "frames", "picture", "history"). Refused(log_in_to_see), no_right, not_recorded."""
        if device not in self._sensitive:
            return
        if not credentials.session:
            raise Refused("log_in_to_see", device=device)
        who = await may_ask(self._people, self._refusals, KIND, credentials)
        known = self._looks.get((who.session, device, what))
        if known is not None and self._clock.monotonic() - known.begun < WINDOW:
            known.more += 1
            await known.recorded
            return
        more = 0 if known is None else known.more
        row = _row(device, what, who, 1 + more, who.time)
        recorded = asyncio.get_running_loop().create_task(asyncio.to_thread(self._people.write, row))
        self._looks[who.session, device, what] = _Looks(who, self._clock.monotonic(), recorded)
        try:
            await recorded
        except Refused:
            self._looks.pop((who.session, device, what), None)  # what cannot be recorded is not shown
            raise

    async def withheld(self, devices: Iterable[str], what: str, credentials: Credentials) -> frozenset[str]:
        """Somebody looks at `what` of several: those of which nothing may be shown. One refusal stands for all of them."""
        guarded = frozenset(device for device in devices if device in self._sensitive)
        try:
            for device in sorted(guarded):
                await self.look(device, what, credentials)
        except Refused:
            return guarded
        return frozenset()

    def tick(self) -> None:
        """Once a second: looks that were only counted, when their ten minutes are over."""
        now = self._clock.monotonic()
        self._write(lambda one: now - one.begun >= WINDOW)

    def finish(self) -> None:
        """The station stops: all that was counted."""
        self._write(lambda one: True)

    def _write(self, over: Callable[[_Looks], bool]) -> None:
        for (session, device, what), one in [item for item in self._looks.items() if over(item[1])]:
            del self._looks[session, device, what]
            if one.more:
                try:
                    self._people.store.write_until_done(_row(device, what, one.who, one.more, self._clock.wall()))
                except StoreError as error:
                    log.error("%d looks at %s are not in the record: %s", one.more, device, error)


def _row(device: str, what: str, who: Who, times: int, time: int) -> Callable[[Connection], int]:
    body = {"device": device, "what": what, "times": times, "console": who.console, "session": who.session}
    return lambda conn: changes.append(conn, kind="device.accessed", subject=f"access:{device}", actor=who.person.id, time=time, body=body)
