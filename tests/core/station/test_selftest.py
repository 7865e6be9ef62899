"""The self-test: its steps and what proves them, what breaks, what is recorded; then a whole one through a real station and module."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.client import ModbusTcpClient

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.acts import RunSelfTest
from cityops_desktop.link.messages import ConsoleBeat
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.people import Limited, Person, Way, Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.model.selftest import Proof, SelfTest, StepOutcome, StepResult, overall
from cityops_desktop.model.shifts import shift_begin
from cityops_desktop.room import load_room
from cityops_desktop.station import selftest as module
from cityops_desktop.station.selftest import ScreenStep, SensorStep, StationSelfTest
from cityops_desktop.store import changes, selftests
from cityops_desktop.store.selftests import SelfTested
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.peers import warm
from tests.peers.slaves import HERE, running
from tests.peers.station import PATIENCE, StationPeer, write_room

OK, FAILED, UNKNOWN = StepOutcome.OK, StepOutcome.FAILED, StepOutcome.UNKNOWN
outcomes = st.one_of(st.none(), st.sampled_from(list(StepOutcome)))


@given(st.lists(outcomes, max_size=8))
def test_a_test_is_only_in_order_when_every_step_is_proven(found: list[StepOutcome | None]):
    results = [StepResult(str(n), None if one is None else Proof(one)) for n, one in enumerate(found)]
    verdict = overall(results)
    assert (verdict is OK) is all(one is OK for one in found)
    assert (verdict is FAILED) is (FAILED in found)


class Given:
    """A step whose outcome is given."""

    seconds = 5.0

    def __init__(self, name: str, proof: Proof | Exception | None, seen: list[SelfTest] | None = None) -> None:
        self.name, self._proof, self._seen = name, proof, seen

    async def run(self, test: SelfTest) -> Proof:
        if self._seen is not None:
            self._seen.append(test)
        if isinstance(self._proof, Exception):
            raise self._proof
        if self._proof is None:
            raise TimeoutError
        return self._proof


class Place:
    """A book, a store and a self-test over them."""

    def __init__(self, folder: Path, clock: FakeClock, more: str = "") -> None:
        path = write_room(folder, 1502)
        path.write_text(path.read_text("utf-8").replace("timezone: Asia/Shanghai", f"timezone: Asia/Shanghai{more}"), "utf-8")
        self.room: Room = load_room(path, DRIVERS)
        self.clock = clock
        self.store = Store.open(folder, clock)
        self.book = AlarmBook(self.room)
        self.told: list[Alarm] = []
        self.test = StationSelfTest(lambda: self.room, self.book, self.store, clock, self.told.extend, lambda: None)

    def act(self) -> Any:
        return self.test.run(RunSelfTest(), WHO(self.clock.wall()))

    def whole(self) -> SelfTested:
        """A test from its order to its end, by the store."""

        async def story() -> None:
            carried = self.act()
            await asyncio.wrap_future(self.store.write(carried.job))
            carried.after()
            with pytest.raises(Refused, match="selftest_running"):
                self.act()
            while any(info.ended is None for info in self.test.infos()):
                await asyncio.sleep(0.01)

        run(story)
        self.store.write(lambda conn: None).result(30)
        return self.store.read(lambda conn: selftests.newest(conn, 5))[0]


def WHO(now: int) -> Who:
    return Who(Person("p1", "zhang", "张工", frozenset()), "s1", "desk", Way.FULL, Limited.NOTHING, now)


def run(what: Callable[[], Awaitable[None]]) -> None:
    async def within() -> None:
        async with asyncio.timeout(30):
            await what()

    asyncio.run(within())


@pytest.fixture
def place(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(module, "LISTENED", 0.0)
    here = Place(tmp_path, clock)
    yield here
    here.store.close()


def test_each_step_is_recorded_with_what_became_of_it(place: Place, expected_log):
    expected_log("the step mail of the self-test broke")
    seen: list[SelfTest] = []
    for step in (
        Given("sensor", Proof(OK, "reading", "a.temp")),
        Given("screen", Proof(FAILED, "no_console")),
        Given("sms", None),
        Given("mail", OSError("no route")),
        Given("output:horn", Proof(OK, "read_back"), seen),
    ):
        place.test.add(step)
    tested = place.whole()
    assert tested.outcome is FAILED and tested.actor_name == "张工" and tested.ended is not None
    found = {step.name: (step.proof.outcome, step.proof.code) for step in tested.steps if step.proof is not None}
    assert found == {
        "sensor": (OK, "reading"),
        "screen": (FAILED, "no_console"),
        "sms": (UNKNOWN, "no_proof"),
        "mail": (FAILED, "broke"),
        "output:horn": (OK, "read_back"),
    }
    tests = [alarm for alarm in place.told if alarm.cause is Cause.SELF_TEST]
    [occurrence] = {alarm.id for alarm in tests}
    assert seen[0].id == occurrence and tests[0] is place.told[0] and tests[0].level is Level.CRITICAL
    assert failures(place) == [("screen mail", True)] and not tests[-1].open, "the test alarm is gone"
    assert place.store.read(changes.verify) is None


def test_the_sensor_is_looked_at_before_the_alarm_is_raised(place: Place):
    order: list[str] = []

    class Watching(Given):
        async def run(self, test: SelfTest) -> Proof:
            order.append(f"{self.name} {len(place.book.open())}")
            return Proof(OK)

    for name in ("screen", "sensor"):
        place.test.add(Watching(name, None))
    place.whole()
    assert order == ["sensor 0", "screen 1"]


def test_a_message_that_takes_long_makes_nobody_listen_to_the_horn(place: Place):
    sounding: list[bool] = []

    class Slow(Given):
        async def run(self, test: SelfTest) -> Proof:
            while place.book.open():
                await asyncio.sleep(0.01)
            sounding.append(bool(place.book.open()))
            return Proof(UNKNOWN, "sent")

    place.test.add(Given("output:horn", Proof(OK, "read_back")))
    place.test.add(Slow("sms:modem", None))
    assert place.whole().outcome is UNKNOWN and sounding == [False]


def test_a_test_in_which_the_station_fell_has_ended_and_nobody_knows_how(tmp_path: Path, clock: FakeClock):
    place = Place(tmp_path, clock)
    tested = SelfTested("t1", clock.wall(), "p1", "张工")
    place.store.write(lambda conn: selftests.put(conn, tested, clock.wall(), {"console": "desk"})).result(30)
    place.book.station(module.KEY, Cause.SELF_TEST, Level.CRITICAL, "", True, clock.wall(), clock.monotonic())
    place.test.load()
    place.test.begin()
    [info] = place.test.infos()
    assert info.ended is not None and info.outcome is UNKNOWN
    assert place.book.open() == [], "nor does its alarm sound for ever"
    place.store.close()


def test_whoever_is_late_with_the_shifts_test_is_reminded_until_it_is_done(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(module, "LISTENED", 0.0)
    place = Place(tmp_path, clock, ', shifts: ["08:00", "20:00"], selftest: 60')
    place.test.add(Given("sensor", Proof(OK)))
    begun = shift_begin(place.room.shifts, place.room.timezone, clock.wall())
    assert begun is not None and place.test.due() == begun + 3_600_000
    fell = SelfTested("t0", begun, "p1", "张工")
    place.store.write(lambda conn: selftests.put(conn, fell, begun, {"console": "desk"})).result(30)
    place.test.load()
    place.test.begin()
    assert place.test.due() == begun + 3_600_000, "a test in which the station fell was none"
    clock.ms = begun + 3_599_000
    place.test.tick()
    assert place.book.open() == []
    clock.ms += 1000
    place.test.tick()
    [missing] = place.book.open()
    assert (missing.cause, missing.level) == (Cause.SELF_TEST_MISSING, Level.MINOR)
    place.whole()
    place.test.tick()
    assert place.test.due() is None and not place.book.open()[0].standing
    clock.ms = begun + 12 * 3_600_000
    assert place.test.due() == begun + 13 * 3_600_000, "the next shift must test, too"
    place.store.close()


def failures(place: Place) -> list[tuple[str, bool]]:
    """The alarms about failed tests: which steps, and whether they stand."""
    return [(alarm.detail, alarm.standing) for alarm in place.book.open() if alarm.cause is Cause.SELF_TEST_FAILED]


def test_what_failed_is_an_alarm_until_a_test_comes_in_which_nothing_does(place: Place):
    horn = Given("output:horn", Proof(FAILED, "not_read_back"))
    mail = Given("mail:post", Proof(FAILED, "notify", "post timeout"))
    for step in (Given("sensor", Proof(OK)), horn, mail, Given("sms:modem", Proof(UNKNOWN, "sent"))):
        place.test.add(step)
    place.whole()
    assert failures(place) == [("output:horn mail:post", True)]
    [alarm] = [one for one in place.book.open() if one.cause is Cause.SELF_TEST_FAILED]
    assert alarm.level is Level.MINOR
    place.book.acknowledge(alarm.id, "p1", "张工", place.clock.wall())
    horn._proof = Proof(OK, "read_back")
    place.whole()
    assert failures(place) == [("mail:post", True)], "each test that fails is news"
    [again] = [one for one in place.book.open() if one.cause is Cause.SELF_TEST_FAILED]
    assert again.id != alarm.id and again.unseen
    mail._proof = Proof(UNKNOWN, "sent")
    place.whole()
    assert failures(place) == [("mail:post", False)], "what nothing proves is no failure"


def test_one_fault_is_never_two_alarms(place: Place):
    wall, mono = place.clock.wall(), place.clock.monotonic()
    place.book.station("station#notify:post", Cause.NOTIFY_FAILED, Level.MINOR, "post timeout", True, wall, mono)
    for name in ("sensor", "output:horn", "mail:post"):
        place.test.add(Given(name, Proof(FAILED)))
    place.whole()
    assert failures(place) == [("sensor output:horn", True)], "the way that does not work has its alarm"
    place.book.station("station#output:horn", Cause.OUTPUT_FAILED, Level.MAJOR, "horn", True, wall, mono)
    place.test.tick()
    assert failures(place) == [("sensor output:horn", True)], "the sensor has none"
    place.book.station("station#recording", Cause.RECORDING_PAUSED, Level.CRITICAL, "", True, wall, mono)
    place.test.tick()
    assert failures(place)[0][1], "that is not about the sensor"
    place.book.device_lost("a", 3, wall, mono)
    place.clock.advance(60)
    lost = place.book.tick(place.clock.wall(), place.clock.monotonic())
    assert [alarm.cause for alarm in lost] == [Cause.DEVICE_LOST]
    place.test.tick()
    assert not failures(place)[0][1], "each of them is told by an alarm of its own"
    place.book.station("station#output:horn", Cause.OUTPUT_FAILED, Level.MAJOR, "horn", False, wall, mono)
    place.test.tick()
    assert not failures(place)[0][1], "nor does it come back when that one goes"


def test_a_test_that_was_broken_off_proves_nothing(place: Place):
    mail = Given("mail:post", Proof(FAILED))
    place.test.add(mail)
    place.whole()

    class Slow(Given):
        async def run(self, test: SelfTest) -> Proof:
            await asyncio.sleep(60)
            return Proof(OK)

    mail._proof = Proof(OK)
    place.test.add(Slow("sms:modem", None))

    async def story() -> None:
        carried = place.act()
        await asyncio.wrap_future(place.store.write(carried.job))
        carried.after()
        while not any(step.name == "mail:post" and step.outcome is OK for step in place.test.infos()[0].steps):
            await asyncio.sleep(0.01)
        await place.test.finish()

    run(story)
    assert failures(place) == [("mail:post", True)], "the station was stopped in the middle"


def test_a_failed_test_is_remembered_over_a_restart(place: Place):
    mail = Given("mail:post", Proof(FAILED))
    place.test.add(mail)
    place.whole()
    anew = StationSelfTest(lambda: place.room, place.book, place.store, place.clock, place.told.extend, lambda: None)
    anew.load()
    anew.begin()
    mail._proof = Proof(OK)
    anew.add(mail)
    anew.tick()
    assert failures(place) == [("mail:post", True)]
    place.test = anew
    place.whole()
    assert failures(place) == [("mail:post", False)]


def test_a_room_that_does_not_ask_for_it_reminds_nobody(place: Place):
    place.test.tick()
    assert place.test.due() is None and place.book.open() == []


def test_a_screen_counts_only_with_the_alarm_of_this_very_test(place: Place):
    step = ScreenStep("screen", place.test.screens)
    step.seconds = 1.5
    place.test.add(step)
    sound = ScreenStep("sound", place.test.heard)
    sound.seconds = 1.0
    place.test.add(sound)

    async def story() -> None:
        carried = place.act()
        await asyncio.wrap_future(place.store.write(carried.job))
        carried.after()
        while not place.book.open():
            await asyncio.sleep(0.01)
        [alarm] = place.book.open()
        place.test.painted(ConsoleBeat(console="c" * 32, window="desk", name="old", paints=1, test="another"), "old")
        place.test.painted(ConsoleBeat(console="c" * 32, window="desk", name="hall", paints=1, test=alarm.id), "hall")
        far = ConsoleBeat(console="d" * 32, window="w", name="laptop", paints=1, test=alarm.id, sounding=True)
        place.test.painted(far, "laptop", remote=True)
        while any(info.ended is None for info in place.test.infos()):
            await asyncio.sleep(0.01)

    run(story)
    steps = {step.name: step for step in place.test.infos()[0].steps}
    assert (steps["screen"].outcome, steps["screen"].detail) == (OK, "hall, laptop")
    assert (steps["sound"].outcome, steps["sound"].code) == (FAILED, "no_console"), "painted, but played by nobody in the room"


@pytest.mark.parametrize(
    ("readings", "expected"),
    [
        ({}, (FAILED, "no_reading")),
        ({"a.temp": 1.0}, (OK, "reading")),
        ({"a.temp": 60.0}, (FAILED, "reading")),
        ({"a.still": 1.0}, (FAILED, "no_reading")),
    ],
)
def test_a_sensor_proves_the_way_only_with_a_fresh_good_value_that_is_judged(place: Place, readings: dict[str, float], expected):
    now = place.clock.wall()

    def newest(key: str) -> Reading:
        if key not in readings:
            return Reading(key, None, 0, Quality.BAD)
        return Reading(key, 1.0, now - round(readings[key] * 1000), Quality.GOOD)

    proof = asyncio.run(SensorStep(lambda: place.room, newest, place.clock).run(SelfTest("i", now, "x")))
    assert (proof.outcome, proof.code) == expected


ROOM = """
room: {{id: r1, name: x, domain: c/d/s/r1, timezone: Asia/Shanghai}}
alarm_outputs:
  - {{id: lamp, kind: beacon, point: io.lamp}}
  - {{id: horn, kind: horn, point: io.horn, level: critical, energised: quiet}}
  - {{id: dead, kind: horn, point: gone.horn}}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: {port}, timeout: 0.3}}
devices:
  - id: io
    bus: tcp
    address: 2
    points:
      - {{id: lamp, kind: digital, table: coil, address: 3, period: 0.2, write: {{states: [0, 1]}}}}
      - {{id: horn, kind: digital, table: coil, address: 4, period: 0.2, write: {{states: [0, 1]}}}}
      - {{id: temp, kind: analog, table: holding, address: 10, type: int16, period: 0.2, limits: [{{level: major, high: 30000}}]}}
  - id: gone
    bus: tcp
    address: 9
    points: [{{id: horn, kind: digital, table: coil, address: 4, period: 0.5, write: {{states: [0, 1]}}}}]
"""


class Console:
    """A console that paints what it is told and plays a sound."""

    def __init__(self, peer: StationPeer) -> None:
        self._peer, self._stop = peer, threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self._thread.start()

    def _beat(self) -> None:
        paints = 0
        while not self._stop.wait(0.2):
            tests = [alarm.id for alarm in self._peer.state().alarms if alarm.cause is Cause.SELF_TEST and alarm.unseen]
            paints += 1
            body = {"console": "c" * 32, "window": "desk", "name": "hall", "paints": paints, "test": (tests or [""])[0]}
            assert self._peer.client is not None
            self._peer.client.post("/api/v1/console", json={**body, "voice": True, "sounding": bool(tests)})

    def close(self) -> None:
        self._stop.set()
        self._thread.join(30)


def test_a_whole_one_through_a_real_station_and_a_real_module(tmp_path: Path):
    """Lamp and horn are proven by their relays, the module that is not there has failed, and afterwards all is as quiet as before."""
    with running([warm.python(), HERE / "pymodbus_slave.py", "tcp", "2"]) as line:
        slave = ModbusTcpClient("127.0.0.1", port=int(line))
        slave.connect()
        path = tmp_path / "room.yaml"
        path.write_text(ROOM.format(port=line), "utf-8")
        peer = StationPeer(path, tmp_path / "data").wait_ready()
        console = Console(peer)
        try:
            duty = peer.duty()
            wait_for(lambda: relays(slave) == (False, True))
            assert peer.act(duty, {"kind": "alarm.selftest"})["outcome"] == "done"
            wait_for(lambda: relays(slave) == (True, False))
            state = peer.until(lambda copy: copy.station.self_tests and copy.station.self_tests[0].ended, "the end of the test")
            wait_for(lambda: relays(slave) == (False, True))
        finally:
            console.close()
            peer.stop()
            slave.close()
    steps = {step.name: step.outcome for step in state.station.self_tests[0].steps}
    assert steps == {
        "sensor": OK,
        "alarm": OK,
        "screen": OK,
        "sound": OK,
        "output:lamp": OK,
        "output:horn": OK,
        "output:dead": FAILED,
    }
    assert state.station.self_tests[0].outcome is FAILED
    store = Store.open(tmp_path / "data", SystemClock(), "real")
    [tested] = store.read(lambda conn: selftests.newest(conn, 5))
    store.close()
    assert tested.outcome is FAILED and len(tested.steps) == 7 and tested.actor_name == "张工"


def relays(slave: ModbusTcpClient) -> tuple[bool, bool]:
    bits = slave.read_coils(3, count=2, device_id=2).bits
    return bool(bits[0]), bool(bits[1])


def wait_for(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)
