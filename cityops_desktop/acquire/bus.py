"""One thread for one bus: opens the wire, runs the schedule, publishes what came. Decides nothing about staleness, alarms or storage."""

import logging
import random
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cityops_desktop.acquire.courtesy import Courtesy
from cityops_desktop.acquire.introductions import Introductions
from cityops_desktop.acquire.orders import Order
from cityops_desktop.acquire.overheard import Overheard
from cityops_desktop.acquire.report import BusReport, DeviceCounters, Publish, WireState, total
from cityops_desktop.acquire.scheduler import IDLE, Scheduler
from cityops_desktop.acquire.trace import Trace
from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import NOTHING_LEARNED, Counters, Driver, Heard, Learned, Request, Result, Session, WireError, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device

log = logging.getLogger(__name__)

FIRST_RETRY = 1.0
"""Seconds until a wire that failed is opened again; doubled by each further failure."""
LAST_RETRY = 5.0
"""Longest wait: pymodbus's default of 300 s leaves a room blind for as long as the outage itself."""
JITTER = 0.2
"""Part of the wait by which it is varied, so that the buses behind one switch do not all knock at once."""
MISSING_RETRY = 0.25
"""Seconds until a port that is not there is looked for again: it costs nothing, and an adapter plugged in again must be back at once."""
LISTENING = 0.25
"""Seconds that are listened at a time: so soon a stop, and the end of the listening, are noticed."""


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
        learned: Mapping[str, Learned] | None = None,
        predecessor: "BusThread | None" = None,
    ) -> None:
        """`learned` is what earlier runs were taught of the devices."""
        self.bus = bus
        self.busy_since: float | None = None
        self._devices = {device.id: device for device in devices}
        self._points = {point.key: point for device in devices for point in device.points}
        self._driver = driver
        self._clock = clock
        self._publish = publish
        self.trace: Trace = Trace(clock) if predecessor is None else predecessor.trace
        self._courtesy: Courtesy = Courtesy(driver.manners(bus.options), random.random()) if predecessor is None else predecessor._courtesy  # type: ignore[arg-type]
        self._learned = dict(learned or {}) if predecessor is None else predecessor.learned
        self._orders: deque[Order] = deque()
        self._hastened: deque[str] = deque()
        self._introductions = Introductions(self._devices)
        self._overheard = Overheard(self._points)
        self._told: tuple[WireState, Reason | None] | None = None
        self._stopping = False
        self._wake = threading.Event()
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
        self._stopping = True
        self._wake.set()

    def order(self, order: Order) -> None:
        """Take an order, to be carried out before the next poll. Any thread."""
        self._orders.append(order)
        self._wake.set()
        if self._stopping:
            self._turn_down(Outcome.FAILED, "stopped")

    def hasten(self, device: str) -> None:
        """Ask this device next, before its turn. Any thread."""
        self._hastened.append(device)
        self._wake.set()

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
    def learned(self) -> dict[str, Learned]:
        """What the wire has taught of the devices, as a copy."""
        return dict(self._learned)

    @property
    def silent(self) -> tuple[str, ...]:
        """The devices that do not answer."""
        if self._scheduler is None or self._courtesy.listen_only:
            return self._silent_before
        return self._scheduler.silent

    def abandon(self) -> None:
        """It is stuck in its driver: whatever it still brings is dropped, and it ends when the driver lets go."""
        with self._telling:
            self._abandoned = True
        self.stop()
        self._turn_down(Outcome.FAILED, "no_line")

    def bad_readings(self, reason: Reason, detail: str = "") -> tuple[Reading, ...]:
        """A bad reading for every point of the bus."""
        wall = self._clock.wall()
        return tuple(failed(key, wall, reason, detail) for key in self._points)

    def _run(self) -> None:
        if not self._replaces:
            self._tell(self._report(WireState.STARTING))
        while not self._stopping:
            self._wake.wait(self.step())
            self._wake.clear()
        self._turn_down(Outcome.FAILED, "stopped")
        self._close()

    def step(self) -> float:
        """Open the wire if need be and do the one thing that is due, if one is; the seconds to wait before the next step."""
        try:
            report, wait = self._turn(self._open() if self._session is None else self._session)
        except WireError as error:
            report, wait = self._fail(error.reason, error.detail)
        except Exception as error:  # noqa: BLE001  named border: a driver's crash must stop nobody else
            report, wait = self._fail(Reason.DRIVER_CRASHED, self._crash(error))
        if report is not None:
            self._tell(report)
        return wait

    def _turn(self, session: Session) -> tuple[BusReport | None, float]:
        now = self._clock.monotonic()
        if not self._courtesy.may_speak(now):
            return self._listen(session, now)
        while self._hastened:
            assert self._scheduler is not None
            self._scheduler.hasten(self._hastened.popleft(), now)
        order, rest = self._next_order(now)
        if order is not None:
            return self._write(session, order, now), 0.0
        bears = self._rest(self._introductions.next, now) <= 0
        if bears and self._introductions.pressing(now):
            return self._identify(session, now), 0.0
        report, wait = self._poll(session)
        if report is None and bears:
            return self._identify(session, now), 0.0
        return report, min(wait, rest, self._rest(self._introductions.next, now))

    def _rest(self, device: str | None, now: float) -> float:
        """Seconds until this device may be asked; long, when it is none."""
        assert self._scheduler is not None
        return IDLE if device is None else self._scheduler.rest(device, now)

    def _next_order(self, now: float) -> tuple[Order | None, float]:
        """The order to carry out now; and the seconds until the next one may be, whose device must rest or be known first."""
        assert self._scheduler is not None
        soonest = IDLE
        for order in tuple(self._orders):
            device = self._points[order.point].device
            rest = max(self._rest(device, now), self._introductions.doubtful(device, now))
            if now > order.deadline:
                self._orders.remove(order)
                order.done(Written(Outcome.REFUSED, "expired"))
            elif device in self.silent:  # who answers next must say first who it is
                self._orders.remove(order)
                order.done(Written(Outcome.FAILED, "not_read"))
                self._scheduler.hasten(device, now)
            elif self._introductions.stranger(device):
                self._introductions.hurry(device)
                self._scheduler.hasten(device, now)
                soonest = min(soonest, LISTENING)
            elif forbidden := order.forbidden():
                self._orders.remove(order)
                order.done(Written(Outcome.REFUSED, forbidden))
            elif rest > 0:
                soonest = min(soonest, rest, max(0.0, order.deadline - now) + LISTENING)
            else:
                self._orders.remove(order)
                return order, 0.0
        return None, soonest

    def _open(self) -> Session:
        now = self._clock.monotonic()
        self.busy_since = now
        try:
            if self._scheduler is None:
                plans = [self._plan(device) for device in self._devices.values()]
                self._scheduler = Scheduler([request for plan in plans for request in plan], now, self._silent_before)
            self._session = self._driver.connect(self.bus, tuple(self._devices.values()), self._clock, self.trace.record)
        finally:
            self.busy_since = None
        opened = self._clock.monotonic()
        self._told = None
        self._courtesy.opened(opened)
        self._overheard.opened(opened)
        self._introductions.opened()
        self._scheduler.restart(opened)
        return self._session

    def _plan(self, device: Device) -> list[Request]:
        return self._driver.plan(self.bus, device, device.points, self._learned.get(device.id, NOTHING_LEARNED))

    def _listen(self, session: Session, now: float) -> tuple[BusReport | None, float]:
        """Send nothing. What is heard on a line that we only listen to are readings; elsewhere it tells whether the line is ours."""
        assert self._scheduler is not None
        courtesy = self._courtesy
        silent = courtesy.listen_only
        self._turn_down(Outcome.REFUSED, "listen_only" if silent else "other_master" if courtesy.gives_way(now) else "listening")
        still = courtesy.still(now)
        self.busy_since = now
        try:
            heard = session.listen(still if 0 < still < LISTENING and not silent else LISTENING)
        finally:
            self.busy_since = None
        now = self._clock.monotonic()
        if silent:
            return self._overhear(heard, now), 0.0
        courtesy.heard(now, heard.foreign, speaking=False)
        if courtesy.may_speak(now):
            self._told = None
            self._scheduler.restart(now)
            return None, 0.0
        if courtesy.gives_way(now):
            due = [reading for reading in self.bad_readings(Reason.OTHER_MASTER) if self._tell_bad(reading.point, now)]
            return self._news(WireState.DOWN, Reason.OTHER_MASTER, tuple(due)), 0.0
        return self._news(WireState.STARTING, Reason.LISTENING), 0.0

    def _overhear(self, heard: Heard, now: float) -> BusReport | None:
        """What came of listening to a line that we never speak on."""
        answers = self._overheard.take(heard, now)
        if self._overheard.lost(now):
            due = [reading for reading in self.bad_readings(Reason.NOT_HEARD) if self._tell_bad(reading.point, now)]
            return self._news(WireState.DOWN, Reason.NOT_HEARD, tuple(due))
        before, wall = self.silent, self._clock.wall()
        for reading in heard.readings:
            self._told_bad.pop(reading.point, None)
        for device, answered in answers.items():
            if answered:
                self._counted[device].last_answer = wall
            self._concerned.add(device)
        if answers:
            self._silent_before = self._overheard.silent
        unheard = [key for key in self._overheard.unheard(now) if self._tell_bad(key, now)]
        readings = heard.readings + tuple(failed(key, wall, Reason.NOT_HEARD) for key in unheard)
        if self.silent != before:
            self._told = None
        if not heard.foreign and not readings and self._told is None:
            return None  # a line on which nothing was heard yet is not up
        return self._news(WireState.UP, None, readings)

    def _news(self, state: WireState, reason: Reason | None, readings: tuple[Reading, ...] = ()) -> BusReport | None:
        """A report, when it says what was not said just before."""
        if self._told == (state, reason) and not readings:
            return None
        self._told = (state, reason)
        return self._report(state, readings, reason=reason)

    def _write(self, session: Session, order: Order, now: float) -> BusReport:
        """Carry an order out, once. Whatever happens, whoever gave it is told."""
        assert self._scheduler is not None
        point = self._points[order.point]
        written = Written(Outcome.UNKNOWN, Reason.DRIVER_CRASHED)
        before = _seen(session.counters)
        self.busy_since = now
        try:
            written = session.write(point, order.value)
        except WireError as error:
            log.info("bus %s: the wire was lost before %s was written: %s", self.bus.id, point.key, error)
            written = Written(Outcome.FAILED, "no_line")
            raise
        finally:
            self.busy_since = None
            self._count(point.device, before, session.counters)
            order.done(written)
        done = self._clock.monotonic()
        self._scheduler.asked(point.device, done)
        self._scheduler.hasten(point.device, done)
        return self._report(WireState.UP)

    def _identify(self, session: Session, now: float) -> BusReport:
        device = self._introductions.begin(now)
        before = _seen(session.counters)
        self.busy_since = now
        try:
            identity = session.identify(device)
        finally:
            self.busy_since = None
            self._count(device, before, session.counters)
        assert self._scheduler is not None
        done = self._clock.monotonic()
        self._scheduler.asked(device, done)
        self._introductions.said(device, done)
        return replace(self._report(WireState.UP), identities={device: identity})

    def _turn_down(self, outcome: Outcome, code: str) -> None:
        """No order that waits will be carried out."""
        while self._orders:
            try:
                order = self._orders.popleft()
            except IndexError:  # another thread was faster
                return
            order.done(Written(outcome, code))

    def _poll(self, session: Session) -> tuple[BusReport | None, float]:
        assert self._scheduler is not None
        now = self._clock.monotonic()
        due = self._scheduler.next(now)
        if not isinstance(due, Request):
            return None, due
        late_ms = None if due.device in self._scheduler.silent else self._scheduler.late_ms
        before = self._scheduler.silent
        self.busy_since = now
        asked, connections = _seen(session.counters), session.counters.reopened
        try:
            result = session.execute(due)
        finally:
            self.busy_since = None
            self._count(due.device, asked, session.counters)
        self._count_answer(result)
        self._check(due, result.readings)
        done = self._clock.monotonic()
        self._scheduler.done(result, done)
        self._courtesy.heard(done, result.foreign, speaking=True)
        self._failures = 0
        self._told_bad.clear()
        self._last_crash = ""
        readings = result.readings
        if due.device in self._scheduler.silent and due.device not in before:
            readings += self._silenced(due.device, {reading.point for reading in readings})
        if session.counters.reopened != connections:
            self._introductions.reopened(done)
        self._introductions.polled(due.device, due.device in self._scheduler.silent, result.answered, done)
        self._told = (WireState.UP, None)
        return replace(self._report(WireState.UP, readings, late_ms=late_ms), learned=self._learn(result)), 0.0

    def _learn(self, result: Result) -> Mapping[str, Learned]:
        """Another plan, when the device has taught what makes one."""
        if result.learned is None:
            return {}
        assert self._scheduler is not None
        device = self._devices[result.request.device]
        self._learned[device.id] = result.learned
        self._scheduler.replan(device.id, self._plan(device), self._clock.monotonic())
        return {device.id: result.learned}

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
            mine.took(result.elapsed)
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
        self._turn_down(Outcome.FAILED, "no_line")
        now = self._clock.monotonic()
        due = [reading for reading in self.bad_readings(reason, detail) if self._tell_bad(reading.point, now)]
        wait = MISSING_RETRY
        if reason is not Reason.NO_PORT:
            wait = min(FIRST_RETRY * 2.0 ** min(self._failures, 8), LAST_RETRY) * random.uniform(1 - JITTER, 1.0)
        self._failures += 1
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


def _seen(wire: Counters) -> tuple[int, ...]:
    """The counters whose growth is put down to the device that is asked."""
    return (wire.requests, wire.good, wire.timeouts, wire.crc_errors, wire.bad_replies, wire.exceptions)
