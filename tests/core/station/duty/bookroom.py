"""The log book and the attachments over a real store, with people; without a wire and without HTTP."""

import asyncio
import base64
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import AnyAct
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.attachments import AddAttachment
from cityops_desktop.link.duty.logbook import LogEntryInfo, LogPage, WriteEntry
from cityops_desktop.link.messages import BusInfo, DeviceInfo, NamesInfo, PointInfo, RoomInfo
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Person, Role, Who
from cityops_desktop.model.points import Group, Kind
from cityops_desktop.people import accounts
from cityops_desktop.people.people import People
from cityops_desktop.station.access import Access, Guarded
from cityops_desktop.station.acts.trends import TrendActs
from cityops_desktop.station.duty.attachments import Attachments
from cityops_desktop.station.duty.logbook import LogBook
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD

PEOPLE = {"dina": Role.DUTY, "dora": Role.DUTY, "lea": Role.SHIFT_LEADER, "vera": Role.VIEWER}
NAMES = NamesInfo(zh="送风温度", en="supply air")
NOBODY = Credentials(None, "somewhere", "local")
PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I4sII", 13, b"IHDR", 8, 8) + bytes(20)


def room() -> RoomInfo:
    devices = [DeviceInfo(id=id, bus="line1", names=NAMES, group=Group.ENVIRONMENT, sensitive=id == "door") for id in ("ac1", "door")]
    facts: dict[str, Any] = {"names": NAMES, "kind": Kind.ANALOG, "group": Group.ENVIRONMENT, "unit": "°C", "decimals": 1, "period": 1.0}
    points = [PointInfo(key=f"{device.id}.t", device=device.id, **facts) for device in devices]
    line = BusInfo(id="line1", names=NAMES, driver="modbus-tcp", resource="x")
    whole: dict[str, Any] = {"domain": DOMAIN, "timezone": "Asia/Shanghai", "version": "v", "origin": "real", "buses": [line]}
    return RoomInfo(id="r1", names=NAMES, devices=devices, points=points, **whole)


class NothingRecorded:
    """A history in which nothing is recorded."""

    def days(self, keys: Sequence[str], start: int, end: int) -> list[Any]:
        return []

    def samples(self, keys: Sequence[str], start: int, end: int) -> Iterator[Any]:
        return iter(())


@dataclass
class Book:
    """The parts, their store, and everybody's credentials."""

    store: Store
    clock: FakeClock
    people: People
    log: LogBook
    attachments: Attachments
    trends: TrendActs
    persons: dict[str, Person] = field(default_factory=dict)
    sent: dict[str, Credentials] = field(default_factory=dict)

    def act(self, name: str, act: AnyAct) -> dict[str, Any]:
        """Exactly what a command does: checked, and in one transaction."""
        sent = self.sent[name]
        who = self.people.check(sent.session, sent.bound, act.kind)
        acts = {**self.log.acts(), **self.attachments.acts(), **self.trends.acts()}
        job = acts[act.kind](act, who)

        def whole(conn: Connection) -> Any:
            self.people.recheck(conn, who, act.kind)
            return job(conn)

        return dict(self.people.write(whole) or {})

    def who(self, name: str) -> Who:
        sent = self.sent[name]
        return self.people.check(sent.session, sent.bound, "logbook.write")

    def log_in(self) -> None:
        """Everybody, anew."""
        for name in self.persons:
            self.sent[name] = Credentials(self.people.login(name, GOOD, name, f"desk of {name}").token, f"desk of {name}", "local")

    def new(self) -> str:
        return uuid7(self.clock.wall())

    def entry(self, text: str, name: str = "dina", **more: Any) -> str:
        given = {"id": self.new(), "time": self.clock.wall(), "text": text, **more}
        return str(self.act(name, WriteEntry(**given))["entry"])

    def attach(self, data: bytes, name: str = "现场.png", by: str = "dina", id: str = "") -> str:
        content = base64.b64encode(data).decode()
        return str(self.act(by, AddAttachment(id=id or self.new(), about="log", name=name, content=content))["attachment"])

    def page(
        self,
        q: str = "",
        begin: int | None = None,
        end: int | None = None,
        person: str = "",
        template: str = "",
        link: str = "",
        open: bool = False,
        before: int | None = None,
        by: str = "dina",
    ) -> LogPage:
        return asyncio.run(self.log.page(q, begin, end, person, template, link, open, before, self.sent.get(by, NOBODY)))

    def texts(self, q: str = "", **more: Any) -> list[str]:
        return [entry.text for entry in self.page(q, **more).entries]

    def one(self, id: str) -> LogEntryInfo:
        return asyncio.run(self.log.detail(id, self.sent["dina"])).entry


def _people(conn: Connection) -> None:
    hashed = CHEAP.hash(GOOD)
    for name, role in PEOPLE.items():
        account: dict[str, Any] = {"name": name, "display": name.title(), "password": hashed, "roles": [role], "domain": DOMAIN}
        accounts.add(conn, actor=None, time=FakeClock().wall(), **account)


@contextmanager
def opened(folder: Path, clock: FakeClock) -> Iterator[Book]:
    store = Store.open(folder, clock)
    people = People(store, clock, DOMAIN)
    people.load()
    refusals, history = Refusals(store, clock), cast("Any", NothingRecorded())
    around = SimpleNamespace(data=folder, info=room, clock=cast(Clock, clock), store=store, people=people, refusals=refusals)
    around.access, around.history = Access(people, refusals, clock, Guarded(room().devices)), history
    parts = cast("DutyAround", around)
    made = Book(store, clock, people, LogBook(parts), Attachments(parts), TrendActs(people, history, room()))
    if not people.any_account():
        store.write(_people).result()
        people.load()
    made.persons = {one.person.name: one.person for one in store.read(lambda conn: accounts.everybody(conn, DOMAIN, clock.wall()))}
    made.log_in()
    yield made
    refusals.finish()
    store.close()
