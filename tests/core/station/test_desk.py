"""Acts of people at the desk: bound to who gave them, answered in time, and in step with the store whatever happens meanwhile."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import pytest
from argon2 import PasswordHasher

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.history import WholeHistory
from cityops_desktop.history.journal import Journal
from cityops_desktop.link.acts import Acknowledge, Command, CommandResult, CreateAccount, Silence
from cityops_desktop.link.credentials import LOCAL, Credentials, bound_to
from cityops_desktop.link.duty.now import DutyInfo
from cityops_desktop.link.messages import ConsoleBeat
from cityops_desktop.link.people import Login
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import accounts, passwords
from cityops_desktop.people.first import Newcomer
from cityops_desktop.people.people import People
from cityops_desktop.room.load import load_room
from cityops_desktop.station import commands as commands_module
from cityops_desktop.station import desk as module
from cityops_desktop.station.desk import StationDesk
from cityops_desktop.station.entrance import StationEntrance
from cityops_desktop.station.equipment import Equipment
from cityops_desktop.station.facts import Facts
from cityops_desktop.station.hidings import StationHidings
from cityops_desktop.station.incidentbundle import Bundler
from cityops_desktop.station.incidents import StationIncidents
from cityops_desktop.station.info import room_info
from cityops_desktop.station.selftest import StationSelfTest
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import changes
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.peers.station import PASSWORD, write_room

NOBODY = Credentials(None, bound_to(LOCAL, "a wall display"), LOCAL)


@dataclass
class Place:
    """A desk on a real store, without a wire and without HTTP."""

    desk: StationDesk
    store: Store
    people: People
    book: AlarmBook
    clock: FakeClock

    def session(self, name: str, *roles: Role) -> Credentials:
        """Somebody with these roles, logged in at a console of their own."""
        now, secret = self.clock.wall(), passwords.hashed(PASSWORD)
        if not self.people.any_account():
            self.people.set_up(Preset.BASIC, {Role.ADMINISTRATOR: Newcomer("root", "王管理", PASSWORD)})
        self.people.write(
            lambda conn: accounts.add(
                conn, name=name, display=name, password=secret, roles=roles, domain=self.people.domain, actor=None, time=now
            )
        )
        bound = bound_to(LOCAL, f"console of {name}")
        return Credentials(self.people.login(name, PASSWORD, "d", bound).token, bound, LOCAL)

    def feed(self, value: float) -> list[Alarm]:
        reading = Reading("a.temp", value, self.clock.wall(), Quality.GOOD)
        return list(self.book.feed(reading, self.clock.wall(), self.clock.monotonic()))

    def order(self, act: Acknowledge | Silence | CreateAccount, id: str = "order-000", seconds: float = 5.0) -> Command:
        return Command(id=id, deadline=self.clock.wall() + round(seconds * 1000), act=act)

    def kinds(self, subject: str) -> list[str]:
        query = change.select().where(change.c.subject == subject).order_by(change.c.seq)
        return [row.kind for row in self.store.read(lambda conn: list(conn.execute(query)))]

    def stop_writing(self) -> Callable[[], None]:
        """The disk hangs until the answer is called."""
        go = threading.Event()
        begun = threading.Event()

        def hang(_conn: object) -> None:
            begun.set()
            go.wait(30)

        self.store.write(hang, urgent=True)
        assert begun.wait(30)
        return go.set


class NobodyOnDuty:
    """What the desk asks of the people on duty; keeps at which consoles keys were used."""

    def __init__(self) -> None:
        self.consoles: list[str] = []
        self.roster = self

    def info(self) -> DutyInfo:
        return DutyInfo()

    def used(self, console: str) -> None:
        self.consoles.append(console)


@pytest.fixture
def place(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
    room = load_room(write_room(tmp_path, 1502), DRIVERS)
    store = Store.open(tmp_path, clock)
    people = People(store, clock, room.domain)
    people.load()
    book = AlarmBook(room)
    live = LiveTable(room, clock)
    history = WholeHistory(Curves(room.points().values()), Journal(store, room, clock), Archive(store.shelf))
    facts = Facts("boot", clock.wall(), 0, "", room_info(room, {"tcp": "x"}, {"a": "1"}))
    desk = StationDesk(facts, clock, store, people, live, history, book, Equipment(room, facts.room, DRIVERS, live, lambda id: None))
    desk.hide(StationHidings(lambda: room, lambda: room, book, store, clock, desk.announce, desk.hub.station_changed))
    desk.test(StationSelfTest(lambda: room, book, store, clock, desk.announce, desk.hub.station_changed))
    bundler = Bundler(store, lambda: facts.room, None, desk.access, lambda id: None)  # type: ignore[arg-type]
    told = (clock, desk.announce, desk.hub.station_changed, bundler, desk.access, lambda: facts.room)
    desk.keep_incidents(StationIncidents(lambda: room, book, store, people, desk.refusals, *told))
    desk.duty = cast("Any", NobodyOnDuty())
    yield Place(desk, store, people, book, clock)
    desk.close()
    store.close()


def run(what: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(30):
            await what()

    asyncio.run(within())


def test_an_order_belongs_to_who_gave_it_and_to_what_it_says(place: Place):
    """The same id from somebody else, or for something else, is neither carried out nor answered with the first one's outcome."""
    zhang, li = place.session("zhang", Role.DUTY), place.session("li", Role.DUTY)
    [raised] = place.feed(35.0)
    act = Acknowledge(alarms=[raised.id])

    async def story() -> None:
        first = await place.desk.command(place.order(act), zhang)
        assert first.outcome == "done"
        assert await place.desk.command(place.order(act, seconds=9), zhang) == first, "the same again asks what became of it"
        for other, session in ((act, li), (act, NOBODY), (Acknowledge(alarms=["another"]), zhang), (Silence(console="d"), zhang)):
            told = await place.desk.command(place.order(other), session)
            assert (told.outcome, told.code) == ("refused", "id_used")
        assert place.desk.facts.silenced_until is None

    run(story)
    assert place.kinds(f"alarm:{raised.id}").count("alarm.acknowledged") == 1


def test_an_order_is_answered_at_its_deadline_though_the_disk_hangs(place: Place, monkeypatch):
    monkeypatch.setattr(commands_module, "SHORTEST_ANSWER", 0.05)
    zhang = place.session("zhang", Role.DUTY)
    [raised] = place.feed(35.0)

    async def story() -> None:
        go_on = place.stop_writing()
        order = place.order(Acknowledge(alarms=[raised.id]), seconds=0.2)
        told = await place.desk.command(order, zhang)
        assert (told.outcome, told.code) == ("unknown", "no_answer")
        late = place.order(Acknowledge(alarms=[raised.id]), "order-001", seconds=0.2)
        place.clock.advance(0.3)  # this one waits behind the first until its time is over
        assert (await place.desk.command(late, zhang)).code == "expired"
        go_on()
        while (told := await place.desk.command(order, zhang)).outcome == "unknown":
            pass
        assert told.outcome == "done", "asked again, the desk tells the truth"

    run(story)
    assert place.kinds(f"alarm:{raised.id}") == ["alarm.raised", "alarm.acknowledged"]


async def acknowledged_while(place: Place, alarm: Alarm, session: Credentials, meanwhile: Callable[[], None]) -> CommandResult:
    """Acknowledge on a slow disk; `meanwhile` happens after the act was sent to it and before it is durable."""
    go_on = place.stop_writing()
    answer = asyncio.create_task(place.desk.command(place.order(Acknowledge(alarms=[alarm.id])), session))
    await place_waits(place)
    meanwhile()
    await asyncio.sleep(0)
    go_on()
    result = await answer
    await place.desk.recorder.finish(10)
    return result


async def place_waits(place: Place) -> None:
    while not place.store._records.waiting:
        await asyncio.sleep(0.005)


def stored(place: Place) -> list[tuple[str, str]]:
    return [(alarm.id, alarm.state.value) for alarm in place.store.read(alarm_table.open_alarms)]


def test_an_alarm_that_returns_while_it_is_being_acknowledged(place: Place):
    """One act, one row: the alarm has ended, in the book and in the store alike."""
    zhang = place.session("zhang", Role.DUTY)
    [raised] = place.feed(35.0)

    async def story() -> None:
        await asyncio.wait_for(place.desk.recorder.record([raised]), 10)  # type: ignore[arg-type]
        result = await acknowledged_while(place, raised, zhang, lambda: place.desk.recorder.record(place.feed(20.0)) and None)
        assert result.outcome == "done"

    run(story)
    assert place.book.open() == []
    assert stored(place) == []
    kinds = place.kinds(f"alarm:{raised.id}")
    assert kinds == ["alarm.raised", "alarm.acknowledged", "alarm.returned", "alarm.ended"]
    assert place.store.read(changes.verify) is None


@pytest.mark.parametrize("returned_first", [False, True])
def test_an_alarm_that_comes_again_while_it_is_being_acknowledged_is_unseen(place: Place, returned_first: bool):
    zhang = place.session("zhang", Role.DUTY)
    [raised] = place.feed(35.0)

    async def story() -> None:
        await asyncio.wait_for(place.desk.recorder.record([raised]), 10)  # type: ignore[arg-type]
        values = [20.0, 36.0]
        if returned_first:
            await asyncio.wait_for(place.desk.recorder.record(place.feed(values.pop(0))), 10)  # type: ignore[arg-type]

        def meanwhile() -> None:
            for value in values:
                place.desk.recorder.record(place.feed(value))

        assert (await acknowledged_while(place, raised, zhang, meanwhile)).outcome == "done"

    run(story)
    assert [(alarm.id, alarm.state) for alarm in place.book.open()] == [(raised.id, AlarmState.UNACKNOWLEDGED)]
    assert stored(place) == [(raised.id, "unacknowledged")], "after a crash it would be the same"
    assert place.kinds(f"alarm:{raised.id}").count("alarm.acknowledged") == 1


def test_an_alarm_that_is_hidden_while_it_is_being_acknowledged_is_acknowledged(place: Place):
    """It was seen, and then its cause came, or somebody shelved it: nothing of it has happened anew."""
    zhang = place.session("zhang", Role.DUTY)
    [raised] = place.feed(35.0)

    async def story() -> None:
        await asyncio.wait_for(place.desk.recorder.record([raised]), 10)  # type: ignore[arg-type]
        wall, mono = place.clock.wall(), place.clock.monotonic()
        hidden = place.book.shelve(raised.key, wall + 60_000, wall, mono)
        assert [alarm.hidden for alarm in hidden] == ["shelved"]
        assert (await acknowledged_while(place, raised, zhang, lambda: place.desk.announce(hidden))).outcome == "done"

    run(story)
    assert [(alarm.state, alarm.hidden) for alarm in place.book.open()] == [(AlarmState.ACKNOWLEDGED, "shelved")]
    assert stored(place) == [(raised.id, "acknowledged")], "after a crash it would be the same"
    assert place.kinds(f"alarm:{raised.id}") == ["alarm.raised", "alarm.acknowledged", "alarm.shelved"]


def test_an_alarm_is_told_whatever_the_store_says(place: Place, monkeypatch, expected_log):
    expected_log("alarms are not in the store")

    def broken(*_: object) -> None:
        raise ValueError("a row that makes no sense")

    monkeypatch.setattr(alarm_table, "save", broken)
    [raised] = place.feed(35.0)

    async def story() -> None:
        await asyncio.wait_for(place.desk.recorder.record([raised]), 10)  # type: ignore[arg-type]

    run(story)
    [shown] = place.desk.recorder.shown()
    assert (shown.id, shown.recorded) == (raised.id, False)


def test_a_silence_ends_after_two_minutes_though_the_clock_is_set_back(place: Place):
    async def story() -> None:
        assert (await place.desk.command(place.order(Silence(console="  desk 1 ")), NOBODY)).outcome == "done"
        assert place.desk.facts.silenced_by == "desk 1"
        place.clock.ms -= 86_400_000
        place.clock.advance(119)
        place.desk.break_silence(())
        assert place.desk.facts.silenced_until is not None
        place.clock.advance(2)
        place.desk.break_silence(())
        assert place.desk.facts.silenced_until is None

    run(story)


def test_only_what_is_new_breaks_a_silence(place: Place):
    """Not that more is known of an alarm that was silenced; but that one comes again which had gone."""
    [raised] = place.feed(35.0)

    async def story() -> None:
        assert (await place.desk.command(place.order(Silence(console="d")), NOBODY)).outcome == "done"
        place.desk.break_silence([replace(raised, detail="more of the same")])
        assert place.desk.facts.silenced_until is not None
        place.desk.break_silence([replace(raised, id="lesser", level=Level.WARNING)])
        assert place.desk.facts.silenced_until is not None
        place.desk.break_silence([replace(raised, state=AlarmState.RETURNED)])
        assert place.desk.facts.silenced_until is not None
        place.desk.break_silence([raised])
        assert place.desk.facts.silenced_until is None

    run(story)


def test_a_silence_of_a_self_test_holds_back_nothing_that_comes_after_it(place: Place):
    now = (place.clock.wall(), place.clock.monotonic())
    [test] = place.book.station("station#selftest", Cause.SELF_TEST, Level.CRITICAL, "", True, *now)

    async def story() -> None:
        assert (await place.desk.command(place.order(Silence(console="d")), NOBODY)).outcome == "done"
        place.desk.break_silence([replace(test, detail="the same")])
        assert place.desk.facts.silenced_until is not None
        place.desk.break_silence(place.feed(35.0))
        assert place.desk.facts.silenced_until is None, "a real alarm of a lower level than the test's is heard at once"

    run(story)


def test_a_console_on_another_machine_cannot_say_that_the_duty_desk_silenced(place: Place):
    far = Credentials(None, bound_to("c0ffee", "x"), "c0ffee")

    async def story() -> None:
        for n, who in enumerate((NOBODY, far)):
            assert (await place.desk.command(place.order(Silence(console="duty desk"), f"order-00{n}"), who)).outcome == "done"

    run(story)
    place.store.write(lambda _conn: None).result(30)
    query = change.select().where(change.c.kind == "alarm.silenced").order_by(change.c.seq)
    rows = place.store.read(lambda conn: list(conn.execute(query)))
    assert [row.actor for row in rows] == ["console:duty desk", "console:c0ffee"]
    assert '"name":"duty desk"' in rows[1].body


@pytest.mark.parametrize("console", ["a\nb", "a\x00b", "\u202egnp", "   ", "a\x1b[31m"])
def test_the_name_of_a_console_is_a_name(place: Place, console: str):
    async def story() -> None:
        told = await place.desk.command(place.order(Silence(console=console)), NOBODY)
        assert (told.outcome, told.code) == ("refused", "bad_request")

    run(story)
    assert place.kinds("station") == []


def test_the_horn_falls_silent_though_the_disk_hangs_and_not_for_what_came_meanwhile(place: Place, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    monkeypatch.setattr(module, "MOST_UNRECORDED", 2)

    async def story() -> None:
        go_on = place.stop_writing()
        told = await place.desk.command(place.order(Silence(console="d")), NOBODY)
        assert told.outcome == "done"
        assert place.desk.facts.silenced_until is not None
        second = asyncio.create_task(place.desk.command(place.order(Silence(console="d"), "order-001"), NOBODY))
        await asyncio.sleep(0.02)
        place.feed(35.0)  # nobody has heard this one
        assert (await second).outcome == "done"
        assert place.desk.facts.silenced_until is None
        third = await place.desk.command(place.order(Silence(console="d"), "order-002"), NOBODY)
        assert (third.outcome, third.code) == ("refused", "busy"), "silences never crowd the alarms out"
        go_on()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module.log, "error", lambda *_: None)
        run(story)
    place.store.write(lambda _conn: None).result(30)
    assert place.kinds("station") == ["alarm.silenced", "alarm.silenced"], "recorded when the disk went on"


def test_a_flood_of_log_ins_does_not_hold_up_an_acknowledge(place: Place, monkeypatch):
    zhang = place.session("zhang", Role.DUTY)
    [raised] = place.feed(35.0)
    go = threading.Event()
    monkeypatch.setattr(passwords, "matches", lambda *_: go.wait(30) and False)

    async def story() -> None:
        entrance = StationEntrance(place.people, place.desk.refusals, place.desk.hashing, lambda: None)
        guesses = [entrance.login(Login(name=f"n{i}", password="x", console=f"c{i}"), Credentials(None, str(i), LOCAL)) for i in range(40)]
        flood = asyncio.gather(*guesses, return_exceptions=True)
        await asyncio.sleep(0.05)
        told = await place.desk.command(place.order(Acknowledge(alarms=[raised.id])), zhang)
        assert told.outcome == "done"
        go.set()
        await flood

    run(story)


@pytest.mark.parametrize("text", ["a\nb", "\x1b[31m", "\u202eabc", " ", "\u2028"])
@pytest.mark.parametrize("field", ["window", "name"])
def test_what_people_read_of_a_window_has_no_control_characters(place: Place, field: str, text: str) -> None:
    beat = ConsoleBeat(**{"console": "c" * 32, "window": "desk", "name": "Hall", "paints": 1, field: text})
    with pytest.raises(Refused):
        place.desk.console(beat, NOBODY)
    assert place.desk.presence.take() == {}


def test_a_point_that_the_room_has_no_more_is_not_told(place: Place) -> None:
    """Nobody can say any more whether its device was a sensitive one."""

    async def story() -> None:
        assert await place.desk.seen(["gone.x", "a.temp", "gone.x"], "history", NOBODY) == ["a.temp"]

    run(story)


def test_keys_at_a_console_of_this_machine_say_that_somebody_is_there(place: Place) -> None:
    beat = ConsoleBeat(console="c" * 32, window="desk", name="Hall", paints=1, used=True)
    place.desk.console(beat, Credentials(None, "local", LOCAL))
    place.desk.console(beat.model_copy(update={"used": False, "paints": 2}), Credentials(None, "local", LOCAL))
    place.desk.console(beat.model_copy(update={"window": "far"}), Credentials(None, "laptop", "laptop"))
    assert place.desk.duty.roster.consoles == ["Hall"]  # type: ignore[attr-defined]
