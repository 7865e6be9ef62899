"""One thread for one bus: opens the wire, runs the schedule, publishes what came. Decides nothing about staleness, alarms or storage."""

import logging
import random
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum

from cityops_desktop.acquire.scheduler import Scheduler
from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Counters, Driver, Request, Result, Session, WireError
from cityops_desktop.model.readings import Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device

log = logging.getLogger(__name__)

FIRST_RETRY = 1.0
"""Seconds until a wire that failed is opened again; doubled by each further failure."""
LAST_RETRY = 5.0
"""Longest wait: pymodbus's default of 300 s leaves a room blind for as long as the outage itself (measured.md, section 3c)."""
JITTER = 0.2
"""Part of the wait by which it is varied, so that the buses behind one switch do not all knock at once."""


class WireState(StrEnum):
    """How a wire does. It is up when it has carried a request, not when it has merely opened: many a gateway accepts and then hangs up."""

    STARTING = "starting"
    UP = "up"
    DOWN = "down"


@dataclass(slots=True)
class DeviceCounters(Counters):
    """What a device has done since the station started; `last_answer` is UTC ms, durations are seconds of whole requests."""

    last_answer: int | None = None
    last_seconds: float = 0.0
    longest_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class BusReport:
    """What a bus has to say at its start, after each request and after each failure.

    `counters` sum up all openings of the wire, `silent` names the devices that do not answer (kept while the wire is down),
    `late_ms` says how late the request of these readings started (None = the report is not about a regular request), `missed`
    how many cycles were skipped so far, `load` the part of the line's time that is asked for (above 1 it is overloaded), `devices`
    the counters of the devices that this request concerned.
    """

    bus: str
    state: WireState
    readings: tuple[Reading, ...] = ()
    reason: Reason | None = None
    detail: str = ""
    counters: Counters = field(default_factory=Counters)
    silent: tuple[str, ...] = ()
    late_ms: float | None = None
    missed: int = 0
    load: float = 0.0
    devices: Mapping[str, DeviceCounters] = field(default_factory=dict)


Publish = Callable[[BusReport], None]


def total(counters: Iterable[Counters]) -> Counters:
    """The sum of these counters, as a new value."""
    counters = tuple(counters)
    return Counters(**{f.name: sum(getattr(c, f.name) for c in counters) for f in fields(Counters)})


def longest_timeout(bus: Bus, devices: Sequence[Device]) -> float:
    """The longest time-out in seconds that the options of a bus or its devices name (1 s where they name none)."""
    named = [getattr(options, "timeout", None) for options in (bus.options, *(device.options for device in devices))]
    return max((float(t) for t in named if t is not None), default=1.0)


class BusThread:
    """A bus at work. `step` does one thing and says how long to wait; the thread is nothing but that in a loop.

    `publish` is called on this thread and must not block. `busy_since` is the monotonic time at which the driver was last entered,
    None while it is not inside: the watchdog reads it. A thread that replaces a stuck `predecessor` goes on from what that one knew.
    """

    def __init__(
        self,
        bus: Bus,
        devices: Sequence[Device],
        driver: Driver,
        clock: Clock,
        publish: Publish,
        predecessor: "BusThread | None" = None,
    ) -> None:
        self.bus = bus
        self.busy_since: float | None = None
        self._devices = {device.id: device for device in devices}
        self._points = {point.key: point for device in devices for point in device.points}
        self._driver = driver
        self._clock = clock
        self._publish = publish
        self._stop = threading.Event()
        self._telling = threading.Lock()
        self._abandoned = False
        self._session: Session | None = None
        self._scheduler: Scheduler | None = None
        self._replaces = predecessor is not None
        self._past = predecessor.counters if predecessor else Counters()
        self._silent_before = predecessor.silent if predecessor else ()
        self._counted = {device.id: DeviceCounters() for device in devices} if predecessor is None else predecessor.counted
        self._concerned: set[str] = set()
        self._failures = 0
        self._told_bad: dict[str, float] = {}
        self._last_crash = ""
        self._load = 0.0
        self._load_at = 0.0
        self._thread = threading.Thread(target=self._run, name=f"bus {bus.id}", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end: at once when it waits, after the running request otherwise."""
        self._stop.set()

    def join(self, timeout: float) -> bool:
        """Wait for the end, at most `timeout` seconds; has it ended?"""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    @property
    def alive(self) -> bool:
        """Is the thread still there?"""
        return self._thread.is_alive()

    @property
    def counters(self) -> Counters:
        """What the wire has seen, summed over all its openings."""
        session = self._session
        return total((self._past,) if session is None else (self._past, session.counters))

    @property
    def counted(self) -> dict[str, DeviceCounters]:
        """What each device has done, as a copy."""
        return {device: replace(counters) for device, counters in self._counted.items()}

    @property
    def silent(self) -> tuple[str, ...]:
        """The devices that do not answer."""
        return self._silent_before if self._scheduler is None else self._scheduler.silent

    def abandon(self) -> None:
        """It is stuck in its driver: whatever it still brings is dropped, and it ends when the driver lets go."""
        with self._telling:
            self._abandoned = True
        self._stop.set()

    def bad_readings(self, reason: Reason, detail: str = "") -> tuple[Reading, ...]:
        """A bad reading for every point of the bus."""
        wall = self._clock.wall()
        return tuple(failed(key, wall, reason, detail) for key in self._points)

    def _run(self) -> None:
        if not self._replaces:
            self._tell(self._report(WireState.STARTING))
        wait = 0.0
        while not self._stop.wait(wait):
            wait = self.step()
        self._close()

    def step(self) -> float:
        """Open the wire if need be and carry out the request that is due, if one is; the seconds to wait before the next step."""
        try:
            report, wait = self._poll(self._open() if self._session is None else self._session)
        except WireError as error:
            report, wait = self._fail(error.reason, error.detail)
        except Exception as error:  # noqa: BLE001  named border: a driver's crash must stop nobody else
            report, wait = self._fail(Reason.DRIVER_CRASHED, self._crash(error))
        if report is not None:
            self._tell(report)
        return wait

    def _open(self) -> Session:
        now = self._clock.monotonic()
        self.busy_since = now
        try:
            if self._scheduler is None:
                plans = [self._driver.plan(self.bus, device, device.points) for device in self._devices.values()]
                self._scheduler = Scheduler([request for plan in plans for request in plan], now, self._silent_before)
            self._session = self._driver.connect(self.bus, tuple(self._devices.values()), self._clock)
        finally:
            self.busy_since = None
        self._scheduler.restart(self._clock.monotonic())
        return self._session

    def _poll(self, session: Session) -> tuple[BusReport | None, float]:
        assert self._scheduler is not None
        now = self._clock.monotonic()
        due = self._scheduler.next(now)
        if not isinstance(due, Request):
            return None, due
        late_ms = None if due.device in self._scheduler.silent else self._scheduler.late_ms
        before = self._scheduler.silent
        self.busy_since = now
        wire = session.counters
        before_asking = (wire.requests, wire.good, wire.timeouts, wire.crc_errors, wire.bad_replies, wire.exceptions)
        try:
            result = session.execute(due)
        finally:
            self.busy_since = None
            self._count(due.device, before_asking, wire)
        self._count_answer(result)
        self._check(due, result.readings)
        self._scheduler.done(result, self._clock.monotonic())
        self._failures = 0
        self._told_bad.clear()
        self._last_crash = ""
        readings = result.readings
        if due.device in self._scheduler.silent and due.device not in before:
            readings += self._silenced(due.device, {reading.point for reading in readings})
        return self._report(WireState.UP, readings, late_ms=late_ms), 0.0

    def _count(self, device: str, before: tuple[int, ...], wire: Counters) -> None:
        """What the wire counted while this device was asked is the device's, but for the late answers, which may be others'."""
        mine = self._counted[device]
        mine.requests += wire.requests - before[0]
        mine.good += wire.good - before[1]
        mine.timeouts += wire.timeouts - before[2]
        mine.crc_errors += wire.crc_errors - before[3]
        mine.bad_replies += wire.bad_replies - before[4]
        mine.exceptions += wire.exceptions - before[5]
        self._concerned.add(device)

    def _count_answer(self, result: Result) -> None:
        mine = self._counted[result.request.device]
        if result.answered:
            mine.last_answer = self._clock.wall()
            mine.last_seconds = result.elapsed
            mine.longest_seconds = max(mine.longest_seconds, result.elapsed)
        for device in result.late:
            self._counted[device].late_replies += 1
            self._concerned.add(device)

    def _check(self, request: Request, readings: Sequence[Reading]) -> None:
        foreign = {reading.point for reading in readings} - self._points.keys()
        if foreign:
            raise ValueError(f"readings of points that are not on this bus: {sorted(foreign)}")

    def _silenced(self, device: str, known: set[str]) -> tuple[Reading, ...]:
        wall = self._clock.wall()
        return tuple(failed(p.key, wall, Reason.NO_ANSWER) for p in self._devices[device].points if p.key not in known)

    def _fail(self, reason: Reason, detail: str) -> tuple[BusReport, float]:
        self._close()
        now = self._clock.monotonic()
        due = [reading for reading in self.bad_readings(reason, detail) if self._tell_bad(reading.point, now)]
        # a port that is not there costs nothing to look for, and an adapter plugged in again must be back at once
        growth = 1.0 if reason is Reason.NO_PORT else 2.0 ** min(self._failures, 8)
        self._failures += 1
        wait = min(FIRST_RETRY * growth, LAST_RETRY) * random.uniform(1 - JITTER, 1.0)
        return self._report(WireState.DOWN, tuple(due), reason=reason, detail=detail), wait

    def _tell_bad(self, point: str, now: float) -> bool:
        last = self._told_bad.get(point)
        if last is not None and now - last < self._points[point].period:
            return False
        self._told_bad[point] = now
        return True

    def _close(self) -> None:
        if self._session is None:
            return
        session, self._session = self._session, None
        self._past = total((self._past, session.counters))
        self.busy_since = self._clock.monotonic()
        try:
            session.close()
        except Exception as error:  # noqa: BLE001  named border, as in step
            self._crash(error)
        finally:
            self.busy_since = None

    def _crash(self, error: Exception) -> str:
        text = f"{type(error).__name__}: {error}"
        if text != self._last_crash:  # once, not at each of the retries
            log.error("bus %s: driver %s crashed", self.bus.id, self.bus.driver, exc_info=error)
            self._last_crash = text
        return text

    def _tell(self, report: BusReport) -> None:
        with self._telling:
            if not self._abandoned:
                self._publish(report)

    def _report(
        self,
        state: WireState,
        readings: tuple[Reading, ...] = (),
        *,
        reason: Reason | None = None,
        detail: str = "",
        late_ms: float | None = None,
    ) -> BusReport:
        now = self._clock.monotonic()
        scheduler = self._scheduler
        if scheduler is not None and now - self._load_at >= 1.0:
            self._load, self._load_at = scheduler.load, now
        missed = 0 if scheduler is None else scheduler.missed
        devices = {device: replace(self._counted[device]) for device in self._concerned}
        self._concerned.clear()
        return BusReport(self.bus.id, state, readings, reason, detail, self.counters, self.silent, late_ms, missed, self._load, devices)
