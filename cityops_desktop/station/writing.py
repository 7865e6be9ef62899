"""Orders to write to equipment: recorded before they are sent, carried out once, recorded again with what became of them.

An order that was begun and never ended (the station fell) is ended at the next start as "unknown": whether it was done stands on the
device only. Nothing is ever given again. What a tag forbids is refused before it is recorded, in the transaction that records it, and
once more just before it goes onto the wire. Used from the station's event loop; `write` runs in a worker thread.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from sqlalchemy import Connection, select

from cityops_desktop.acquire.orders import Order
from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import WritePoint
from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.model.drivers import Written
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Outcome, Who
from cityops_desktop.model.points import Point
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.station.acts.act import Acts, Begun, Ended
from cityops_desktop.station.duty.tags import Tags
from cityops_desktop.store import changes
from cityops_desktop.store.duty.tickets import hangs_on
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

BEGUN, DONE = "order.begun", "order.done"
PATIENCE = 60.0
"""Seconds after the deadline in which a driver must have said what became of an order; after that nobody knows."""


class Writing:
    """point.write, and the orders that the station gives by itself (alarm_output.py). `give` hands an order to its bus, `waits` says of
    a device that it is not admitted: nothing is written to it. `tags` are set before the first order."""

    tags: Tags

    def __init__(self, room: Room, store: Store, clock: Clock, give: Callable[[Order], None], waits: Callable[[str], bool]) -> None:
        self._waits = waits
        self._points: Mapping[str, Point] = room.points()
        self._automatic = frozenset(output.point for output in room.alarm_outputs)
        self._store = store
        self._clock = clock
        self._give = give
        self._running: dict[str, asyncio.Task[Ended]] = {}

    def begin(self, now: int) -> None:
        """Orders that an earlier run left open are ended as unknown."""
        self._store.write_until_done(lambda conn: _end_open(conn, now))

    def acts(self) -> Acts:
        """By kind."""
        return {"point.write": self.write}

    def write(self, act: WritePoint, who: Who) -> Begun:
        """A person's order. Refused: no_such_point, read_only, not_admitted, tagged, outside_limits, alarm_output, order_running."""
        point = self._points.get(act.point)
        if point is None:
            raise Refused("no_such_point", point=act.point)
        if point.write is None:
            raise Refused("read_only")
        if self._waits(point.device):
            raise Refused("not_admitted", device=point.device)
        if act.point in self._automatic:
            raise Refused("alarm_output")
        if not point.write.allow(act.value):
            raise Refused("outside_limits")
        if act.point in self._running:
            raise Refused("order_running")
        hangs = self._tag(act.point)
        if hangs is not None:
            raise Refused("tagged", what=hangs.target, by=hangs.actor_name)
        id, actor, targets = uuid7(who.time), who.person.id, self.tags.reach().targets(act.point)
        body = {"point": act.point, "value": act.value, "console": who.console, "session": who.session, "why": act.reason}

        def job(conn: Connection) -> None:
            row = hangs_on(conn, targets, act.point)  # one that was hung a moment ago counts
            if row is not None:
                raise Refused("tagged", what=row["target"], by=row["actor_name"])
            changes.append(conn, kind=BEGUN, subject=_subject(id), actor=actor, time=who.time, body=body)

        return Begun(job, partial(self._carry_out_alone, id, actor, act.point, act.value))

    async def drive(self, point: str, value: float, seconds: float, why: Mapping[str, object]) -> Ended:
        """An order of the station itself, which must be begun within `seconds`. StoreError when it cannot be recorded: not sent then.
        Of tags only one on the very point forbids it: a horn must sound whatever is worked on above it."""
        if self._tag(point) is not None:
            return ended(Written(Outcome.REFUSED, "tagged"))
        now = self._clock.wall()
        id, body = uuid7(now), {"point": point, "value": value, **why}

        def job(conn: Connection) -> None:
            changes.append(conn, kind=BEGUN, subject=_subject(id), actor="station", time=now, body=body)

        await asyncio.wrap_future(self._store.write(job))
        return await self._carry_out(id, "station", point, value, now + round(seconds * 1000))

    async def feed(self, point: str, value: float, seconds: float) -> Ended:
        """Give an order of the station itself once more, which must be begun within `seconds`. It stands in the log already: what only
        keeps a relay from dropping out is not recorded each time."""
        return ended(await self._obeyed(point, value, self._clock.wall() + round(seconds * 1000)))

    async def finish(self, seconds: float) -> None:
        """Wait for the orders that are on their way, at most so long."""
        if self._running:
            await asyncio.wait(self._running.values(), timeout=seconds)

    async def _carry_out_alone(self, id: str, actor: str, point: str, value: float, deadline: int) -> Ended:
        """The same, unless another order for this point was recorded a moment earlier: of two at once one is sent."""
        if point in self._running:
            await self._record(id, actor, Written(Outcome.REFUSED, "order_running"))
            return Ended(Outcome.REFUSED, "order_running")
        return await self._carry_out(id, actor, point, value, deadline)

    async def _carry_out(self, id: str, actor: str, point: str, value: float, deadline: int) -> Ended:
        """Send it, wait for what comes of it and record that, whoever still waits for the answer."""
        task = asyncio.get_running_loop().create_task(self._sent(id, actor, point, value, deadline))
        self._running[point] = task
        task.add_done_callback(lambda over: self._forget(point, over))
        return await asyncio.shield(task)

    def _forget(self, point: str, over: "asyncio.Task[Ended]") -> None:
        if self._running.get(point) is over:
            del self._running[point]

    async def _sent(self, id: str, actor: str, point: str, value: float, deadline: int) -> Ended:
        written = await self._obeyed(point, value, deadline)
        await self._record(id, actor, written)
        return ended(written)

    async def _obeyed(self, point: str, value: float, deadline: int) -> Written:
        """Hand it to its bus and wait for what becomes of it."""
        left = (deadline - self._clock.wall()) / 1000
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Written] = loop.create_future()

        def done(written: Written) -> None:
            loop.call_soon_threadsafe(lambda: None if told.done() else told.set_result(written))

        self._give(Order(point, value, self._clock.monotonic() + left, done, lambda: self._forbidden(point)))
        try:
            return await asyncio.wait_for(told, max(left, 0.0) + PATIENCE)
        except TimeoutError:
            return Written(Outcome.UNKNOWN, "stuck")

    def _forbidden(self, point: str) -> str:
        """Why it may not be sent any more: a code; "" = it may. On the thread of the bus."""
        if self._waits(self._points[point].device):
            return "not_admitted"
        return "tagged" if self._tag(point) is not None else ""

    def _tag(self, point: str) -> TagInfo | None:
        """The tag that forbids to write this point."""
        return self.tags.on(f"point:{point}") if point in self._automatic else self.tags.over(point)

    async def _record(self, id: str, actor: str, written: Written) -> None:
        now = self._clock.wall()
        body = {"outcome": written.outcome.value, "code": written.code, "before": written.before, "after": written.after}
        try:
            await asyncio.wrap_future(
                self._store.write_until_done(
                    lambda conn: changes.append(conn, kind=DONE, subject=_subject(id), actor=actor, time=now, body=body)
                )
            )
        except StoreError as error:
            log.error("what became of order %s is not in the log (%s): the next start will call it unknown: %s", id, body, error)


def ended(written: Written) -> Ended:
    """What the person is told: the number of an exception as a parameter, the value read back as data."""
    code, _, number = written.code.partition("_") if written.code.startswith("exception_") else (written.code, "", "")
    params: dict[str, str | int | float] = {"number": number} if number else {}
    values = {"before": written.before, "after": written.after}
    data = {name: value for name, value in values.items() if value is not None}
    return Ended(written.outcome, f"write_{code}" if code else "", params | data, data)


def _end_open(conn: Connection, now: int) -> None:
    over = select(change.c.subject).where(change.c.kind == DONE)
    left = select(change.c.subject).where(change.c.kind == BEGUN, change.c.subject.not_in(over))
    for subject in conn.execute(left).scalars().all():
        body = {"outcome": Outcome.UNKNOWN.value, "code": "station_fell", "before": None, "after": None}
        changes.append(conn, kind=DONE, subject=subject, actor="station", time=now, body=body)


def _subject(id: str) -> str:
    return f"order:{id}"
