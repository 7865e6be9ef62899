"""Work orders, tickets, tags and rotation tests over a real store, with people who log in; no wire, no HTTP."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier
from typing import Any, cast

from sqlalchemy import Connection, select

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.link.acts import AnyAct, Command, CommandResult
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role
from cityops_desktop.model.points import Group, Kind, Names, Point, WriteLimits
from cityops_desktop.model.power import PowerKind, PowerNode
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.rooms import Bus, Device, Rack, Room
from cityops_desktop.people import accounts
from cityops_desktop.people.people import People
from cityops_desktop.station.commands import Commands
from cityops_desktop.station.duty.orders import Orders
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.duty.tickets import Tickets
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD

STAFF = {"ann": Role.DUTY, "ben": Role.DUTY, "cai": Role.ENGINEER, "lea": Role.SHIFT_LEADER, "vic": Role.VIEWER}
N = Names("x", "x")


def room() -> Room:
    """A UPS that feeds a panel, on which a rack with a strip of outlets stands."""
    points = {
        "ups1": [Point("ups1.voltage", "ups1", N, Kind.ANALOG, Group.UPS, "V"), Point("ups1.amps", "ups1", N, Kind.ANALOG, Group.UPS, "A")],
        "strip": [Point("strip.outlet1", "strip", N, Kind.DIGITAL, Group.IT, write=WriteLimits(states=(0, 1)))],
    }
    devices = [Device(id, "bus", N, Group.UPS, None, tuple(own), rack="R1" if id == "strip" else None) for id, own in points.items()]
    power = (PowerNode("ups", N, PowerKind.UPS, device="ups1"),)
    rack = Rack("R1", N)
    return Room(
        "r1", N, DOMAIN, "Asia/Shanghai", "v", buses=(Bus("bus", "x", N, None),), devices=tuple(devices), power=power, racks=(rack,)
    )


class Past:
    """The history: what a test puts there."""

    def __init__(self) -> None:
        self.strips: dict[str, Strip] = {}

    def samples(self, keys: Sequence[str], _start: int, _end: int) -> Iterator[tuple[str, Strip]]:
        yield from ((key, self.strips[key]) for key in keys if key in self.strips)


class OrdersRoom:
    """Five persons: two on duty, an engineer, a shift leader, a viewer."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.folder, self.clock, self.room = folder, clock, room()
        self.store = Store.open(folder, clock)
        self.hashing = ThreadPoolExecutor(2, "passwords")
        self.loop = asyncio.new_event_loop()
        self.workers = ThreadPoolExecutor(2, "workers")
        self.loop.set_default_executor(self.workers)
        for pool in (self.hashing, self.workers):  # all threads are there before the first test, which must leave none behind
            both = Barrier(2)
            for begun in [pool.submit(both.wait) for _ in range(2)]:
                begun.result(30)
        self.live, self.past = LiveTable(self.room, clock), Past()
        self.people = People(self.store, clock, DOMAIN)
        self.people.load()
        self.ids = {name: self.people.write(lambda conn, n=name: self._add(conn, n)) for name in STAFF}  # type: ignore[misc]
        self.people = People(self.store, clock, DOMAIN)
        self.people.load()
        nothing: Any = None
        refusals = Refusals(self.store, clock)
        around = DutyAround(
            folder,
            lambda: self.room,
            nothing,
            clock,
            self.store,
            nothing,
            self.people,
            refusals,
            nothing,
            self.live,
            cast("Any", self.past),
            nothing,
            lambda: None,
        )
        self.orders, self.tickets = Orders(around), Tickets(around)
        self.commands = Commands(self.store, clock, self.people, refusals, self.hashing, {})
        for part in (self.orders, self.tickets):
            part.renew = self.renew
            self.commands.take_on(part.acts())
        self.renew()
        self._sessions: dict[str, Credentials] = {}

    def _add(self, conn: Connection, name: str) -> str:
        given = {"name": name, "display": name.title(), "password": CHEAP.hash(GOOD), "roles": [STAFF[name]]}
        return accounts.add(conn, **given, domain=DOMAIN, actor=None, time=self.clock.wall()).id

    def renew(self) -> None:
        """What the station does after each act."""
        self.orders.known = self.store.read(self.orders.facts)
        self.tickets.known = self.store.read(self.tickets.facts)

    def at(self, name: str) -> Credentials:
        """The session of a person."""
        if name not in self._sessions:
            bound = f"console of {name}"
            self._sessions[name] = Credentials(self.people.login(name, GOOD, bound, bound).token, bound, "local")
        return self._sessions[name]

    def a_day_later(self) -> None:
        """Everybody has to log in again."""
        self.clock.advance(86_400)
        self._sessions.clear()

    def give(self, name: str, act: AnyAct) -> CommandResult:
        now = self.clock.wall()
        command = Command(id=uuid7(now), deadline=now + 60_000, act=act)
        return self.loop.run_until_complete(self.commands.command(command, self.at(name)))

    def done(self, name: str, act: AnyAct) -> dict[str, Any]:
        """It was carried out; what the person is told."""
        result = self.give(name, act)
        assert result.outcome == "done", result
        return dict(result.data)

    def refused(self, name: str, act: AnyAct) -> str:
        """It was not; the code."""
        result = self.give(name, act)
        assert result.outcome == "refused", result
        return result.code

    def ask(self, question: Any) -> Any:
        """The answer to a question of a desk."""
        return self.loop.run_until_complete(question)

    def reads(self, key: str, value: float, quality: Quality = Quality.GOOD) -> None:
        """The point says this now."""
        self.live.apply([Reading(key, value if quality is Quality.GOOD else None, self.clock.wall(), quality)])

    def kinds(self) -> list[str]:
        """What was recorded, in order."""
        return self.store.read(lambda conn: list(conn.execute(select(change.c.kind).order_by(change.c.seq)).scalars()))

    def body(self, kind: str) -> dict[str, Any]:
        """The newest row of this kind."""
        query = select(change.c.body).where(change.c.kind == kind).order_by(change.c.seq.desc()).limit(1)
        return dict(json.loads(self.store.read(lambda conn: conn.execute(query).scalar_one())))

    def close(self) -> None:
        self.people.write(lambda _conn: None)
        self.hashing.shutdown()
        self.workers.shutdown()
        self.loop.close()
        self.store.close()


@contextmanager
def orders_room(folder: Path) -> Iterator[OrdersRoom]:
    made = OrdersRoom(folder, FakeClock())
    try:
        yield made
    finally:
        made.close()
