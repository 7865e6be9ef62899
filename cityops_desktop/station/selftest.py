"""The self-test of the alarm chain: sensor, alarm, screen, outputs, messages, by an alarm of its own that is marked as a test.

A person begins it. The record says of each step what came of it and why; what nothing proves is unknown, never ok. Used from the
station's event loop but for the jobs, which run in the writer.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.escalation import OWN as NOTIFY_KEY
from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import RunSelfTest
from cityops_desktop.link.messages import AlarmInfo, ConsoleBeat, SelfTestInfo, SelfTestStep
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.model.selftest import Proof, SelfTest, Step, StepOutcome, StepResult, overall
from cityops_desktop.model.shifts import shift_at
from cityops_desktop.station.acts.act import Acts, Carried
from cityops_desktop.station.alarm_output import AlarmOutputDrive
from cityops_desktop.store import selftests
from cityops_desktop.store.selftests import SelfTested
from cityops_desktop.store.store import Store

log = logging.getLogger(__name__)

KEY = "station#selftest"
MISSING_KEY = "station#selftest_missing"
FAILED_KEY = "station#selftest_failed"
MINUTE_MS = 60_000
LISTENED = 5.0
"""Seconds that the test alarm sounds at least: somebody must be able to say that it was heard."""
LONGEST = 180.0
"""Seconds that a step may ask for at most."""
LOOK = 0.1
HERE = frozenset({"alarm", "screen", "sound", "output"})
"""Kinds of steps that need the alarm to sound; messages may take minutes, and nobody must listen to a horn so long."""
LOST = frozenset({Cause.ROOM_LOST, Cause.GATEWAY_LOST, Cause.BUS_LOST, Cause.DEVICE_LOST})
MOST_TOLD = 5
FRESH = 3.0
"""A reading proves the way from the sensor when it is no older than so many of its periods."""
FRESH_LEAST = 10.0


class StationSelfTest:
    """One for a run of the station. `announce` takes changed alarms; `changed`: consoles must hear of the tests."""

    def __init__(
        self,
        room: Callable[[], Room],
        book: AlarmBook,
        store: Store,
        clock: Clock,
        announce: Callable[[Sequence[Alarm]], None],
        changed: Callable[[], None],
    ) -> None:
        self._room, self._book, self._store, self._clock = room, book, store, clock
        self._announce, self._changed = announce, changed
        self.shift: Callable[[int], tuple[int, int] | None] = lambda wall: shift_at(room().shifts, room().timezone, wall)
        """Begin and end (UTC ms) of the shift that runs at a time; alarmcare.py asks the roster."""
        self._steps: list[Step] = []
        self._tests: list[SelfTested] = []
        self._running: asyncio.Task[None] | None = None
        self._current: SelfTest | None = None
        self._screens: dict[str, str] = {}
        self._heard: dict[str, str] = {}
        self._missing: bool | None = None
        self._due_told: int | None = None
        self._failed: set[str] = set()

    def add(self, step: Step) -> None:
        """One more step, before the first test."""
        self._steps.append(step)

    def acts(self) -> Acts:
        """By kind."""
        return {"alarm.selftest": self.run}

    def load(self) -> None:
        """What earlier runs recorded. StoreError. In a worker thread."""
        self._tests = self._store.read(lambda conn: selftests.newest(conn, MOST_TOLD))

    def begin(self) -> None:
        """After the alarms of the former run were put back: a test in which the station fell has ended, nobody knows how."""
        now = self._clock.wall()
        for index, one in enumerate(self._tests):
            if one.ended is None:
                self._tests[index] = over = replace(one, ended=now, outcome=StepOutcome.UNKNOWN)
                self._store.write_until_done(partial(selftests.put, tested=over, time=now))
        for alarm in self._book.open():
            if alarm.cause is Cause.SELF_TEST:
                self._clear(alarm.id, "station", "")
            elif alarm.cause is Cause.SELF_TEST_FAILED and alarm.standing:
                self._failed = set(alarm.detail.split())

    def run(self, act: RunSelfTest, who: Who) -> Carried:
        """A person's order. Refused: selftest_running."""
        if self._running is not None:
            raise Refused("selftest_running")
        now = self._clock.wall()
        tested = SelfTested(uuid7(now), now, who.person.id, who.person.display)

        def job(conn: Connection) -> None:
            selftests.put(conn, tested, now, {"console": who.console})

        def after() -> None:
            if self._running is not None:  # two at once: the other one tests it
                self._store.write_until_done(lambda conn: selftests.put(conn, self._over(tested, ()), now))
                return
            self._tests = [tested, *self._tests][:MOST_TOLD]
            self._running = asyncio.get_running_loop().create_task(self._whole(tested))

        return Carried(job, after)

    def painted(self, beat: ConsoleBeat, name: str, *, remote: bool = False) -> None:
        """A window told what it shows; one on another machine is heard there, which proves nothing of this room."""
        current = self._current
        if current is not None and beat.test == current.id:
            self._screens[name] = beat.window
            if beat.sounding and not remote:
                self._heard[name] = beat.window

    def tick(self) -> None:
        """Once a second: is this shift's test missing?"""
        due = self.due()
        if due != self._due_told:
            self._due_told = due
            self._changed()
        missing = due is not None and self._clock.wall() >= due
        if missing is not self._missing:
            self._missing = missing
            wall, mono = self._clock.wall(), self._clock.monotonic()
            self._announce(self._book.station(MISSING_KEY, Cause.SELF_TEST_MISSING, Level.MINOR, "", missing, wall, mono))
        if self._failed:
            self._failed = {name for name in self._failed if not self._told_otherwise(name)}
            if not self._failed:
                self._stand_failed("", present=False)

    def due(self) -> int | None:
        """By when (UTC ms) this shift must have had its test; None when it has, or nobody asks for it."""
        room = self._room()
        shift = self.shift(self._clock.wall())
        begun = shift[0] if shift is not None else None
        # one in which the station fell has proven nothing and says nothing of what failed
        if room.selftest is None or begun is None or any(one.ended is not None and one.steps and one.begun >= begun for one in self._tests):
            return None
        return begun + room.selftest * MINUTE_MS

    def infos(self) -> list[SelfTestInfo]:
        """The newest first."""
        return [_info(one) for one in self._tests]

    async def finish(self) -> None:
        """The station stops."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait({self._running})

    async def _whole(self, tested: SelfTested) -> None:
        try:
            await self._test(tested)
        finally:
            self._running = self._current = None
            self._changed()

    async def _test(self, tested: SelfTested) -> None:
        sensor = [step for step in self._steps if step.name == "sensor"]
        results = [StepResult(step.name) for step in (*sensor, *(step for step in self._steps if step not in sensor))]
        for step in sensor:
            self._keep(tested, results, await self._one(step, SelfTest(tested.id, tested.begun, tested.actor_name)))
        wall, mono = self._clock.wall(), self._clock.monotonic()
        self._screens, self._heard = {}, {}
        raised = self._book.station(KEY, Cause.SELF_TEST, Level.CRITICAL, tested.actor_name, True, wall, mono)
        alarm = next((one for one in self._book.open() if one.key == KEY), None)
        assert alarm is not None
        self._current = test = SelfTest(alarm.id, tested.begun, tested.actor_name)
        here = [step for step in self._steps if step.name.partition(":")[0] in HERE]
        elsewhere = [step for step in self._steps if step not in sensor and step not in here]
        try:
            self._announce(raised)
            messages = asyncio.gather(*(self._step(tested, results, step, test) for step in elsewhere))
            try:
                await asyncio.gather(asyncio.sleep(LISTENED), *(self._step(tested, results, step, test) for step in here))
            finally:
                self._clear(alarm.id, tested.actor, tested.actor_name)
            await messages
        finally:
            over = self._over(tested, results)
            self._judge(over)
            self._replace(over)
            self._store.write_until_done(lambda conn: selftests.put(conn, over, over.ended or 0))

    async def _step(self, tested: SelfTested, results: list[StepResult], step: Step, test: SelfTest) -> None:
        self._keep(tested, results, await self._one(step, test))

    async def _one(self, step: Step, test: SelfTest) -> StepResult:
        try:
            proof = await asyncio.wait_for(step.run(test), min(step.seconds, LONGEST))
        except TimeoutError:
            proof = Proof(StepOutcome.UNKNOWN, "no_proof")
        except Exception as error:
            log.warning("the step %s of the self-test broke", step.name, exc_info=error)
            proof = Proof(StepOutcome.FAILED, "broke", f"{type(error).__name__}: {error}"[:200])
        return StepResult(step.name, proof, self._clock.wall())

    def _keep(self, tested: SelfTested, results: list[StepResult], result: StepResult) -> None:
        results[next(index for index, one in enumerate(results) if one.name == result.name)] = result
        self._replace(replace(tested, steps=tuple(results)))
        self._changed()

    def _judge(self, over: SelfTested) -> None:
        """What failed is an alarm until a test comes in which nothing does; each test that fails is news. Before the end of the test is
        recorded: a station that falls in between leaves the alarm, and a test of which nobody knows how it ended."""
        failed = [step.name for step in over.steps if step.proof is not None and step.proof.outcome is StepOutcome.FAILED]
        if not failed and any(step.proof is None for step in over.steps):
            return  # broken off: it proves nothing
        if self._failed:
            self._stand_failed("", present=False)
        self._failed = {name for name in failed if not self._told_otherwise(name)}
        if self._failed:
            self._stand_failed(" ".join(name for name in failed if name in self._failed), present=True)

    def _stand_failed(self, detail: str, *, present: bool) -> None:
        wall, mono = self._clock.wall(), self._clock.monotonic()
        self._announce(self._book.station(FAILED_KEY, Cause.SELF_TEST_FAILED, Level.MINOR, detail, present, wall, mono))

    def _told_otherwise(self, step: str) -> bool:
        """Does an alarm of its own stand for what this step found? Then there are not two."""
        kind, _, which = step.partition(":")
        standing = [alarm for alarm in self._book.open() if alarm.standing]
        causes = {alarm.cause for alarm in standing}
        match kind:
            case "sensor":
                return not LOST.isdisjoint(causes)
            case "alarm":
                return Cause.RECORDING_PAUSED in causes
            case "screen" | "sound":
                return Cause.CONSOLE_FROZEN in causes
            case "output":
                return any(alarm.cause is Cause.OUTPUT_FAILED and alarm.detail == which for alarm in standing)
        return any(alarm.cause is Cause.NOTIFY_FAILED and alarm.key == NOTIFY_KEY + which for alarm in standing)

    def _replace(self, tested: SelfTested) -> None:
        self._tests = [tested if one.id == tested.id else one for one in self._tests]

    def _over(self, tested: SelfTested, results: Iterable[StepResult]) -> SelfTested:
        steps = tuple(results)
        outcome = overall(list(steps)) if steps else StepOutcome.UNKNOWN
        return replace(tested, ended=max(self._clock.wall(), tested.begun), outcome=outcome, steps=steps)

    def _clear(self, id: str, actor: str, actor_name: str) -> None:
        """The test alarm goes, seen by whoever tested."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        seen = self._book.acknowledge(id, actor, actor_name, wall)
        detail = actor_name
        self._announce([*seen, *self._book.station(KEY, Cause.SELF_TEST, Level.CRITICAL, detail, False, wall, mono)])

    def screens(self) -> list[str]:
        """The windows that have painted the test alarm."""
        return sorted(self._screens)

    def heard(self) -> list[str]:
        """Those that play a sound for it."""
        return sorted(self._heard)


class SensorStep:
    """A reading came over a wire and was judged: the newest good one of the room."""

    name = "sensor"
    seconds = 2.0

    def __init__(self, room: Callable[[], Room], newest: Callable[[str], Reading], clock: Clock) -> None:
        self._room, self._newest, self._clock = room, newest, clock

    async def run(self, test: SelfTest) -> Proof:
        """OK with the point that proves it."""
        best: tuple[int, str, float] | None = None
        for key, point in self._room().points().items():
            reading = self._newest(key)
            if point.limits and reading.quality is Quality.GOOD and (best is None or reading.time > best[0]):
                best = reading.time, key, point.period
        if best is None:
            return Proof(StepOutcome.FAILED, "no_reading")
        age = (self._clock.wall() - best[0]) / 1000
        return Proof(StepOutcome.OK if age <= max(FRESH * best[2], FRESH_LEAST) else StepOutcome.FAILED, "reading", best[1])


class AlarmStep:
    """The test alarm stands in the store, and consoles were told."""

    name = "alarm"
    seconds = 10.0

    def __init__(self, shown: Callable[[], list[AlarmInfo]]) -> None:
        self._shown = shown

    async def run(self, test: SelfTest) -> Proof:
        """OK once it is recorded."""
        while not any(info.id == test.id and info.recorded for info in self._shown()):
            await asyncio.sleep(LOOK)
        return Proof(StepOutcome.OK, "recorded")


class ScreenStep:
    """A window of a console has painted the test alarm (`screen`), or plays its sound (`sound`)."""

    seconds = 15.0

    def __init__(self, name: str, told: Callable[[], list[str]]) -> None:
        self.name = name
        self._told = told

    async def run(self, test: SelfTest) -> Proof:
        """OK with the names of the windows; failed when none says so in time."""
        end = asyncio.get_running_loop().time() + self.seconds - 1.0
        while not (told := self._told()):
            if asyncio.get_running_loop().time() > end:
                return Proof(StepOutcome.FAILED, "no_console")
            await asyncio.sleep(LOOK)
        return Proof(StepOutcome.OK, "consoles", ", ".join(told)[:200])


class OutputStep:
    """The relay of an alarm output says itself that it has switched."""

    seconds = 20.0

    def __init__(self, drive: AlarmOutputDrive) -> None:
        self._drive = drive
        self.name = f"output:{drive.declared.id}"

    async def run(self, test: SelfTest) -> Proof:
        """OK once it was read back; unknown where it stood so before the test."""
        if self._drive.proven():
            return Proof(StepOutcome.UNKNOWN, "sounded_before")
        end = asyncio.get_running_loop().time() + self.seconds - 1.0
        while not self._drive.proven():
            if asyncio.get_running_loop().time() > end:
                return Proof(StepOutcome.FAILED, "not_read_back", self._drive.failed)
            await asyncio.sleep(LOOK)
        return Proof(StepOutcome.OK, "read_back")


def _info(one: SelfTested) -> SelfTestInfo:
    steps = [_step_info(step) for step in one.steps]
    return SelfTestInfo(id=one.id, begun=one.begun, ended=one.ended, actor_name=one.actor_name, outcome=one.outcome, steps=steps)


def _step_info(step: StepResult) -> SelfTestStep:
    if step.proof is None:
        return SelfTestStep(name=step.name)
    return SelfTestStep(name=step.name, outcome=step.proof.outcome, code=step.proof.code, detail=step.proof.detail, time=step.time)
