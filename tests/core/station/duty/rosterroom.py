"""The roster over a real store, with people who log in and a book of alarms; no wire, no HTTP."""

import asyncio
import datetime
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.standing import settle
from cityops_desktop.duty import roster
from cityops_desktop.duty.roster import CREW, Plan
from cityops_desktop.link.acts import AnyAct, Command, CommandResult
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.duty.roster import PublishPlan, RosterPage, SignIn, SignOut
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Role
from cityops_desktop.model.points import Names
from cityops_desktop.model.rooms import DutyRules, Room
from cityops_desktop.people import accounts
from cityops_desktop.people.people import People
from cityops_desktop.station.commands import Commands
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.duty.roster import Roster
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.duty import roster as rows
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.people.site import CHEAP, DOMAIN, GOOD

STAFF = {"ann": Role.DUTY, "ben": Role.DUTY, "cai": Role.DUTY, "lea": Role.SHIFT_LEADER, "vic": Role.VIEWER}
ZONE = ZoneInfo("Asia/Shanghai")
HOUR = 3_600_000


class RosterRoom:
    """Three on duty, a shift leader, a viewer; it is 07:00 of a day."""

    def __init__(self, folder: Path, clock: FakeClock, rules: DutyRules, shifts: tuple[str, ...]) -> None:
        names = Names("机房", "Room")
        self.clock, self.room = clock, Room("r1", names, DOMAIN, "Asia/Shanghai", "v", shifts=shifts, duty=rules)
        today = datetime.datetime.fromtimestamp(clock.wall() / 1000, ZONE).date() + datetime.timedelta(days=1)
        self.today = today
        clock.advance((roster.edge(today, "07:00", ZONE) - clock.wall()) / 1000)
        self.folder = folder
        self.store = Store.open(folder, clock)
        self.hashing = ThreadPoolExecutor(2, "passwords")
        self.loop = asyncio.new_event_loop()
        self.ids = {login: id for id, (login, *_) in self.store.read(rows.people).items()}
        self.book = AlarmBook(self.room)
        self._sessions: dict[tuple[str, int], Credentials] = {}
        self.start()

    def start(self) -> None:
        """A run of the station; what the former one knew by heart is gone."""
        self.people = People(self.store, self.clock, DOMAIN)
        self.people.load()
        refusals, nothing = Refusals(self.store, self.clock), None
        none: Any = nothing
        around = DutyAround(
            self.folder,
            lambda: self.room,
            none,
            self.clock,
            self.store,
            self.book,
            self.people,
            refusals,
            none,
            none,
            none,
            none,
            lambda: None,
        )
        self.roster = Roster(around)
        self.roster.renew = self.renew
        self.commands = Commands(self.store, self.clock, self.people, refusals, self.hashing, {})
        self.commands.take_on(self.roster.acts())
        self.renew()

    def strict(self, **rules: Any) -> None:
        """Another room file."""
        self.room = replace(self.room, duty=replace(self.room.duty, **rules))

    def renew(self) -> None:
        """What the station does after each act."""
        self.roster.known = self.store.read(self.roster.facts)

    def at(self, name: str) -> Credentials:
        """The session of a person."""
        key = (name, self.clock.wall())  # a session that nobody uses ends
        if key not in self._sessions:
            bound = f"console of {name}"
            self._sessions[key] = Credentials(self.people.login(name, GOOD, bound, bound).token, bound, "local")
        return self._sessions[key]

    def give(self, name: str, act: AnyAct) -> CommandResult:
        now = self.clock.wall()
        return self.loop.run_until_complete(self.commands.command(Command(id=uuid7(now), deadline=now + 60_000, act=act), self.at(name)))

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

    def comes(self, name: str, post: str = CREW, why: str = "") -> None:
        """Somebody signs in."""
        self.done(name, SignIn(post=post, why=why))

    def goes(self, name: str, relief: str = "", why: str = "") -> None:
        """Somebody signs out."""
        self.done(name, SignOut(relief=self.ids[relief] if relief else "", why=why))

    def day(self, n: int) -> str:
        """A day from today."""
        return (self.today + datetime.timedelta(days=n)).isoformat()

    def at_clock(self, clock: str, n: int = 0) -> int:
        """This time of a day from today, UTC ms."""
        return roster.edge(self.today + datetime.timedelta(days=n), clock, ZONE)

    def goes_on_to(self, clock: str, n: int = 0) -> None:
        """Time passes."""
        self.clock.advance((self.at_clock(clock, n) - self.clock.wall()) / 1000)
        self.renew()

    def plan(self, since: int = 0, **change: Any) -> Plan:
        """Ann has the days and ben the nights, day after day."""
        names = {"D": "day", "N": "night"}
        slots = [roster.Slot(sign=sign, name=names[sign], begin=begin, end=end) for sign, _, begin, end in roster.pattern("2x12").slots]
        crews = roster.crews_of(roster.pattern("2x12"), [("A", [self.ids["ann"]]), ("B", [self.ids["ben"]])])
        given: dict[str, Any] = {"post": CREW, "name": "Duty", "since": self.day(since), "epoch": self.day(0), "cycle": "DN", "fixed": True}
        return Plan(**given | {"slots": tuple(slots), "crews": crews} | change)

    def publish(self, since: int = 0, **change: Any) -> None:
        self.done("lea", PublishPlan(plan=self.plan(since, **change), why="roster"))

    def stands(self) -> dict[str, str]:
        """Alarms after a second: key and detail."""
        wall, mono = self.clock.wall(), self.clock.monotonic()
        settle(self.book, self.roster.causes, self.roster.standing(wall), wall, mono)
        self.roster.tick(wall, mono)
        settle(self.book, self.roster.causes, self.roster.standing(wall), wall, mono)
        return {alarm.key.removeprefix("station#"): alarm.detail for alarm in self.open() if alarm.standing}

    def open(self) -> list[Alarm]:
        return [alarm for alarm in self.book.open() if alarm.cause in self.roster.causes]

    def told(self) -> DutyInfo:
        """What every console is told."""
        info = DutyInfo()
        self.roster.tell(info, self.clock.wall())
        return info

    def here(self) -> dict[str, bool]:
        """Who is on duty, and has signed in or not."""
        return {one.name: one.signed_in is not None for one in self.roster.on_duty(self.clock.wall())}

    def page(self, begin: int, end: int, name: str = "vic") -> RosterPage:
        return self.loop.run_until_complete(self.roster.page(begin, end, self.at(name)))

    def close(self) -> None:
        self.people.write(lambda _conn: None)
        self.hashing.shutdown()
        self.loop.close()
        self.store.close()


def staff(folder: Path) -> Path:
    """A data directory with these persons, to be copied: making it takes longer than most tests."""

    def add(conn: Connection) -> None:
        for name, role in STAFF.items():
            given = {"name": name, "display": name.title(), "password": CHEAP.hash(GOOD), "roles": [role]}
            accounts.add(conn, **given, domain=DOMAIN, actor=None, time=FakeClock().wall())

    store = Store.open(folder, FakeClock())
    store.write(add).result(30)
    store.close()
    return folder


@contextmanager
def roster_room(staffed: Path, folder: Path, rules: DutyRules | None = None, shifts: tuple[str, ...] = ()) -> Iterator[RosterRoom]:
    shutil.copytree(staffed, folder / "data")
    made = RosterRoom(folder / "data", FakeClock(), rules or DutyRules(), shifts)
    try:
        yield made
    finally:
        made.close()
