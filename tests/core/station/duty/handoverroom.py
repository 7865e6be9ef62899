"""Handovers over a real store and a real signing key, with people who prove who they are; no wire, no HTTP."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

from sqlalchemy import Connection, select

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.audit import keys
from cityops_desktop.duty.roster import Turn
from cityops_desktop.link.acts import AnyAct, Command, CommandResult
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.handover import HandoverDetail, HandoversPage, OfferHandover, SignHandover, StockPage
from cityops_desktop.link.duty.now import OnDuty
from cityops_desktop.link.duty.sheet import SheetRow, SheetSection
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.envelope import Past
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.rooms import Bus, Device, DutyRules, Room
from cityops_desktop.people import accounts
from cityops_desktop.people.people import People
from cityops_desktop.station.commands import Commands
from cityops_desktop.station.duty.handover import Handover
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store import alarms, changes
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD

HOUR = 3_600_000
TURN = 8 * HOUR
STAFF = {"ann": Role.DUTY, "lea": Role.SHIFT_LEADER, "bob": Role.DUTY, "max": Role.SHIFT_LEADER, "vic": Role.VIEWER}
CREWS = (("lea", "ann"), ("max", "bob"))
"""Two crews that take turns."""
DESK = "the duty desk"


def room() -> Room:
    """One sensor with a limit."""
    limits = (Limit("high", Level.MAJOR, LimitKind.HIGH, 30.0),)
    point = Point("th1.t", "th1", Names("温度", "Temperature"), Kind.ANALOG, Group.ENVIRONMENT, "°C", 0.1, limits=limits)
    device = Device("th1", "bus", Names("温湿度1", "Sensor 1"), Group.ENVIRONMENT, None, (point,))
    names = Names("测试机房", "Test room")
    return Room("r1", names, DOMAIN, "Asia/Shanghai", "v", buses=(Bus("bus", "x", names, None),), devices=(device,), duty=DutyRules())


class Crews:
    """Two crews, eight hours each; `here` have signed in."""

    def __init__(self, ids: dict[str, str], begin: int) -> None:
        self.ids, self.begin, self.planned = ids, begin, True
        self.here: set[str] = set()

    def turn(self, wall: int) -> Turn | None:
        n = (wall - self.begin) // TURN
        return Turn("crew", str(n % 2), ("白班", "夜班")[n % 2], self.begin + n * TURN, self.begin + (n + 1) * TURN)

    def crew(self, turn: Turn) -> list[OnDuty]:
        names = CREWS[int(turn.sign)] if self.planned else ()
        return [
            OnDuty(account=self.ids[name], name=name.title(), post="crew", begin=turn.begin, end=turn.end, signed_in=self._since(name))
            for name in names
        ]

    def on_duty(self, wall: int) -> Sequence[OnDuty]:
        turn = self.turn(wall)
        return self.crew(turn) if turn is not None else []

    def _since(self, name: str) -> int | None:
        return self.begin if name in self.here else None


class NoPast:
    """A history that remembers nothing."""

    def at(self, keys: Sequence[str], time: int) -> Past:
        return Past(None, {})


@cache
def _prepared() -> tuple[dict[str, bytes], dict[str, str]]:
    """The files of a station with its people and its key, and their ids; made once, for making takes longer than a test."""
    clock = FakeClock()
    with TemporaryDirectory() as place:
        folder = Path(place)
        store = Store.open(folder, clock)
        keys.load_or_make(folder, clock.wall())

        def add(conn: Connection) -> dict[str, str]:
            given = {"password": CHEAP.hash(GOOD), "domain": DOMAIN, "actor": None, "time": clock.wall()}
            return {name: accounts.add(conn, name=name, display=name.title(), roles=[role], **given).id for name, role in STAFF.items()}

        ids = store.write(add).result()
        store.close()
        return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}, ids


class HandoverRoom:
    """The station's part with two crews. The turn of lea and ann began three hours ago, and the station before it."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock, self.room, self.folder = clock, room(), folder
        files, self.ids = _prepared()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        self.store = Store.open(folder, clock)
        self.hashing = ThreadPoolExecutor(2, "passwords")
        self.loop = asyncio.new_event_loop()
        self.live = LiveTable(self.room, clock)
        self.people = People(self.store, clock, DOMAIN)
        self.people.load()
        self.crews = Crews(self.ids, clock.wall())
        clock.advance(3 * 3600)
        nothing: Any = None
        refusals = Refusals(self.store, clock)
        self.around = DutyAround(
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
            cast("Any", NoPast()),
            nothing,
            lambda: None,
        )
        self.others: list[SheetSection] = []
        self.part = Handover(self.around, self.crews, lambda conn, span: [*self.others, *self.part.sheet(conn, span)])
        self.commands = Commands(self.store, clock, self.people, refusals, self.hashing, {})
        self.part.renew = self.renew
        self.commands.take_on(self.part.acts())
        self.commands.take_witnessed(self.part.witnessed())
        self.renew()
        self._sessions: dict[str, Credentials] = {}

    def renew(self) -> None:
        """What the station does after each act."""
        self.part.known = self.store.read(self.part.facts)

    def at(self, name: str) -> Credentials:
        """The session of a person, at a console of that person's own."""
        if name not in self._sessions or self.people.who(self._sessions[name].session, self._sessions[name].bound) is None:
            bound = f"console of {name}"
            self._sessions[name] = Credentials(self.people.login(name, GOOD, bound, bound).token, bound, "local")
        return self._sessions[name]

    def give(self, credentials: Credentials, act: AnyAct, id: str = "") -> CommandResult:
        now = self.clock.wall()
        command = Command(id=id or uuid7(now), deadline=now + 60_000, act=act)
        return self.loop.run_until_complete(self.commands.command(command, credentials))

    def done(self, name: str, act: AnyAct) -> dict[str, Any]:
        """It was carried out in this person's session; what the person is told. "" = at the desk, without a session."""
        result = self.give(self.at(name) if name else Credentials(None, DESK, "local"), act)
        assert result.outcome == "done", result
        return dict(result.data)

    def refused(self, name: str, act: AnyAct) -> str:
        """It was not; the code."""
        result = self.give(self.at(name) if name else Credentials(None, DESK, "local"), act)
        assert result.outcome == "refused", result
        return result.code

    def offer(self, name: str = "lea", id: str = "", remark: str = "") -> dict[str, Any]:
        """Freeze and offer."""
        return self.done(name, OfferHandover(handover=id or uuid7(self.clock.wall()), remark=remark))

    def signs(self, offered: dict[str, Any], name: str, side: str, **more: Any) -> SignHandover:
        """What this person would send to sign."""
        told = {"handover": offered["handover"], "hash": offered["hash"], "name": name, "password": GOOD, "side": side}
        return SignHandover.model_validate({**told, **more})

    def ask(self, question: Any) -> Any:
        """The answer to a question of the part."""
        return self.loop.run_until_complete(question)

    def page(self, name: str = "ann") -> HandoversPage:
        return cast("HandoversPage", self.ask(self.part.page(self.at(name))))

    def detail(self, id: str, name: str = "ann") -> HandoverDetail:
        return cast("HandoverDetail", self.ask(self.part.detail(id, self.at(name))))

    def stock(self, name: str = "ann") -> StockPage:
        return cast("StockPage", self.ask(self.part.stock(self.at(name))))

    def rows(self, detail: HandoverDetail, section: str) -> list[SheetRow]:
        """Of a section of the sheet."""
        return next(one.rows for one in detail.sheet.sections if one.id == section)

    def alarm(self, level: Level = Level.CRITICAL, state: AlarmState = AlarmState.UNACKNOWLEDGED, **more: Any) -> Alarm:
        """An alarm of the sensor that stands in the record."""
        now = self.clock.wall()
        made = Alarm(uuid7(now), "th1.t#high", "th1.t", Cause.HIGH, level, state, now, 31.0, 30.0, **more)
        self.people.write(lambda conn: alarms.save(conn, made, now))
        return made

    def reads(self, value: float) -> None:
        """The sensor says this now."""
        self.live.apply([Reading("th1.t", value, self.clock.wall(), Quality.GOOD)])

    def kinds(self) -> list[str]:
        """What was recorded, in order; the chain holds."""
        assert self.store.read(changes.verify) is None
        return self.store.read(lambda conn: list(conn.execute(select(change.c.kind).order_by(change.c.seq)).scalars()))

    def body(self, kind: str) -> dict[str, Any]:
        """The newest row of this kind."""
        query = select(change.c.body).where(change.c.kind == kind).order_by(change.c.seq.desc()).limit(1)
        return dict(json.loads(self.store.read(lambda conn: conn.execute(query).scalar_one())))

    def close(self) -> None:
        self.people.write(lambda _conn: None)
        self.hashing.shutdown()
        self.loop.close()
        self.store.close()


@contextmanager
def handover_room(folder: Path) -> Iterator[HandoverRoom]:
    made = HandoverRoom(folder, FakeClock())
    try:
        yield made
    finally:
        made.close()
