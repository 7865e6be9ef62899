"""A bus at work, step by step on a fake clock, and as a thread."""

import queue
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest

from cityops_desktop.acquire.acquisition import MOST_ABANDONED, STUCK_AFTER, Acquisition
from cityops_desktop.acquire.bus import LAST_RETRY, BusThread
from cityops_desktop.acquire.introductions import VERDICT
from cityops_desktop.acquire.orders import Order
from cityops_desktop.acquire.report import WireState, longest_timeout
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Counters, Manners, Request, Result, WireError, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room

NAMES = Names("名", "name")


class Wire:
    """The outside world: a driver and its session in one, whose faults a test sets. One request per point."""

    name = protocol = "wire"

    def __init__(self, clock):
        self.clock = clock
        self.dead = set()
        self.refuses = None
        self.breaks = None
        self.plan_error = None
        self.close_error = None
        self.extra = ()
        self.opened = self.closed = 0
        self.asked = []
        self.entered = threading.Event()
        self.hold = None

    def manners(self, options):
        return Manners()

    def identify(self, device):
        return None

    def plan(self, bus, device, points, learned):
        if self.plan_error:
            raise self.plan_error
        return [Request(device.id, (point.key,), point.period, 0.05, None) for point in points]

    def connect(self, bus, devices, clock, record):
        if self.refuses:
            raise self.refuses
        self.opened += 1
        self.counters = Counters()
        return self

    def execute(self, request):
        self.asked.append(request)
        if self.hold is not None:
            hold = self.hold
            self.entered.set()
            hold.wait(30)
        if self.breaks:
            raise self.breaks
        self.counters.requests += 1
        wall = self.clock.wall()
        if request.device in self.dead:
            self.counters.timeouts += 1
            return Result(request, tuple(failed(key, wall, Reason.NO_ANSWER) for key in request.points), False, 0.5)
        self.counters.good += 1
        readings = tuple(Reading(key, 1.0, wall, Quality.GOOD) for key in request.points)
        return Result(request, readings + self.extra, True, 0.05)

    def close(self):
        self.closed += 1
        if self.close_error:
            raise self.close_error


def device(id, count=2, bus="b", timeout=None):
    points = tuple(Point(f"{id}.p{n}", id, NAMES, Kind.ANALOG, Group.UPS, period=5.0) for n in range(count))
    return Device(id, bus, NAMES, Group.UPS, SimpleNamespace(timeout=timeout), points)


BUS = Bus("b", "wire", NAMES, SimpleNamespace(timeout=0.5))


class Desk:
    """A bus that is moved step by step; waits pass on the fake clock."""

    def __init__(self, clock, *devices):
        self.clock = clock
        self.wire = Wire(clock)
        self.reports = []
        self.bus = BusThread(BUS, devices or (device("d1"), device("d2")), self.wire, clock, self.reports.append)

    def step(self):
        wait = self.bus.step()
        self.clock.advance(wait)
        return wait

    def run(self, seconds):
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            self.step()

    @property
    def last(self):
        return self.reports[-1]


@pytest.fixture
def desk(clock):
    return Desk(clock)


def test_the_wire_is_opened_and_every_point_read_at_once(desk):
    for _ in range(4):
        desk.step()
    assert [report.state for report in desk.reports] == [WireState.UP] * 4
    assert {reading.point for report in desk.reports for reading in report.readings} == {"d1.p0", "d1.p1", "d2.p0", "d2.p1"}
    assert desk.last.counters == Counters(requests=4, good=4)
    assert desk.last.late_ms == 0.0
    assert [desk.step(), desk.step()] == [0.0, 0.0]  # in the pause the two devices are asked who they are
    assert 2.5 <= desk.step() <= 5.0
    assert len(desk.reports) == 6


def test_a_wire_that_opens_and_breaks_at_the_first_request_was_never_up(desk):
    desk.wire.breaks = WireError(Reason.CONNECTION_LOST, "reset")
    desk.run(30)
    assert desk.wire.opened > 5
    assert {report.state for report in desk.reports} == {WireState.DOWN}
    assert 0.8 * LAST_RETRY <= desk.step() <= LAST_RETRY


def test_a_silent_device_makes_all_its_points_bad_at_once(clock):
    desk = Desk(clock, device("d1", 1), device("d2", 5))
    desk.wire.dead.add("d2")
    while not desk.reports or not desk.last.silent:
        desk.step()
    assert desk.last.silent == ("d2",)
    assert {reading.point for reading in desk.last.readings} == {f"d2.p{n}" for n in range(5)}
    assert {reading.reason for reading in desk.last.readings} == {Reason.NO_ANSWER}
    assert sum(request.device == "d2" for request in desk.wire.asked) == 2
    desk.run(20)
    desk.wire.dead.clear()
    desk.run(40)
    assert desk.last.silent == ()
    assert desk.last.late_ms is not None


def test_a_probe_is_not_a_late_request(clock):
    desk = Desk(clock, device("d2", 1))
    desk.wire.dead.add("d2")
    desk.run(60)
    assert desk.last.readings[0].reason is Reason.NO_ANSWER
    assert desk.last.late_ms is None


def test_a_wire_that_cannot_be_opened_is_told_with_its_reason_and_tried_again(desk):
    desk.wire.refuses = WireError(Reason.CONNECTION_REFUSED, "10.0.0.9:502")
    waits = [desk.step() for _ in range(6)]
    assert waits[0] <= 1.0
    assert all(0.8 * most <= wait <= most for wait, most in zip(waits, (1, 2, 4, 5, 5, 5), strict=True))
    assert {(r.state, r.reason, r.detail) for r in desk.reports} == {(WireState.DOWN, Reason.CONNECTION_REFUSED, "10.0.0.9:502")}
    assert [len(report.readings) for report in desk.reports][:2] == [4, 0]
    assert sum(len(report.readings) for report in desk.reports) in (8, 12, 16)
    desk.wire.refuses = None
    desk.step()
    assert desk.last.state is WireState.UP


def test_a_port_that_is_not_there_is_looked_for_four_times_a_second(desk):
    desk.wire.refuses = WireError(Reason.NO_PORT, "/dev/ttyUSB0")
    assert [desk.step() for _ in range(10)] == [0.25] * 10


def test_bad_readings_come_at_most_once_per_period(desk):
    desk.wire.refuses = WireError(Reason.NO_PORT)
    desk.run(59)
    told = [report for report in desk.reports if report.readings]
    assert 8 <= len(told) <= 12
    assert len(desk.reports) > 50


def test_a_wire_that_breaks_is_closed_and_opened_anew_with_its_counters_kept(desk):
    for _ in range(5):
        desk.step()
    desk.wire.breaks = WireError(Reason.CONNECTION_LOST, "reset")
    while desk.last.state is WireState.UP:
        desk.step()
    assert desk.wire.closed == 1
    assert len(desk.last.readings) == 4
    desk.wire.breaks = None
    desk.step()
    assert (desk.last.state, desk.wire.opened) == (WireState.UP, 2)
    asked = len(desk.wire.asked)
    for _ in range(5):
        desk.step()
    assert len(desk.wire.asked) == asked + 3, "in two of the steps the devices are asked who they are, before any further value is"
    assert desk.last.counters.good == 8


def test_silent_devices_stay_silent_while_the_wire_is_down(desk):
    desk.wire.dead.add("d2")
    desk.run(10)
    desk.wire.breaks = WireError(Reason.CONNECTION_LOST)
    while desk.last.state is WireState.UP:
        desk.step()
    assert desk.last.silent == ("d2",)
    desk.wire.breaks = None
    desk.run(10)
    assert (desk.last.state, desk.last.silent) == (WireState.UP, ("d2",))


@pytest.mark.parametrize("fault", ["plan_error", "refuses", "breaks"])
def test_a_driver_that_crashes_is_told_logged_once_and_tried_again(desk, expected_log, caplog, fault):
    expected_log("driver wire crashed")
    if fault == "breaks":
        desk.step()
    setattr(desk.wire, fault, ZeroDivisionError("boom"))
    for _ in range(4):
        desk.step()
    down = [report for report in desk.reports if report.state is WireState.DOWN]
    assert (down[0].reason, down[0].detail) == (Reason.DRIVER_CRASHED, "ZeroDivisionError: boom")
    assert len(down[0].readings) == 4
    (logged,) = caplog.records
    assert logged.exc_info is not None
    setattr(desk.wire, fault, None)
    desk.run(LAST_RETRY + 1)
    assert desk.last.state is WireState.UP


def test_a_driver_that_cannot_even_close_stops_nothing(desk, expected_log):
    expected_log("driver wire crashed")
    desk.step()
    desk.wire.breaks, desk.wire.close_error = WireError(Reason.CONNECTION_LOST), OSError("close")
    desk.step()
    assert desk.last.reason is Reason.CONNECTION_LOST


def test_a_reading_of_a_foreign_point_is_a_crash_of_the_driver(desk, expected_log):
    expected_log("driver wire crashed")
    desk.wire.extra = (Reading("other.x", 1.0, 0, Quality.GOOD),)
    desk.step()
    desk.step()
    assert desk.last.reason is Reason.DRIVER_CRASHED
    assert "other.x" in desk.last.detail


def test_a_line_that_is_asked_too_much_says_so(clock):
    desk = Desk(clock, device("d1", 200))
    original = desk.wire.execute

    def execute(request):
        clock.advance(0.05)
        return original(request)

    desk.wire.execute = execute
    desk.run(60)
    assert desk.last.load == pytest.approx(2.0)
    assert desk.last.missed > 0
    assert desk.last.late_ms > 0


def test_the_longest_timeout_is_that_of_bus_or_device():
    assert longest_timeout(BUS, [device("d1", timeout=None), device("d2", timeout=2.5)]) == 2.5
    assert longest_timeout(BUS, [device("d1")]) == 0.5
    assert longest_timeout(Bus("b", "wire", NAMES, None), []) == 1.0


class Hall:
    """Real threads over faked wires."""

    def __init__(self, buses):
        self.clock = SystemClock()
        self.reports = queue.Queue()
        self.wires = {bus: Wire(self.clock) for bus in buses}
        room = Room(
            "r",
            NAMES,
            "c/d/s/r",
            "UTC",
            "1",
            buses=tuple(Bus(bus, bus, NAMES, SimpleNamespace(timeout=0.5)) for bus in buses),
            devices=tuple(device(f"{bus}d", bus=bus) for bus in buses),
        )
        self.acquisition = Acquisition(room, self.wires, self.clock, self.reports.put)

    def until(self, bus, accept):
        while True:
            report = self.reports.get(timeout=30)
            if report.bus == bus and accept(report):
                return report


@pytest.fixture
def hall():
    hall = Hall(["one", "two"])
    yield hall
    for wire in hall.wires.values():
        if wire.hold is not None:
            wire.hold.set()
    hall.acquisition.stop()


def test_every_bus_runs_and_stops_at_once(hall):
    assert hall.acquisition.check(hall.clock.monotonic()) == []
    hall.acquisition.start()
    for bus in ("one", "two"):
        assert hall.until(bus, lambda report: True).state is WireState.STARTING
        hall.until(bus, lambda report: report.readings)
    assert hall.acquisition.stop() == []
    assert [wire.closed for wire in hall.wires.values()] == [1, 1]
    assert hall.acquisition.check(hall.clock.monotonic()) == []


def test_a_crash_of_one_driver_leaves_the_others_alone(hall, expected_log):
    expected_log("driver one crashed")
    hall.wires["one"].plan_error = RuntimeError("boom")
    hall.acquisition.start()
    hall.until("one", lambda report: report.reason is Reason.DRIVER_CRASHED)
    hall.until("two", lambda report: report.readings)


def test_a_stuck_driver_is_replaced_and_what_it_still_brings_is_dropped(hall, expected_log):
    expected_log("has been stuck")
    wire = hall.wires["one"]
    wire.hold = hold = threading.Event()
    hall.acquisition.start()
    hall.until("two", lambda report: report.readings)
    assert wire.entered.wait(30)
    now = hall.clock.monotonic()
    assert hall.acquisition.check(now + STUCK_AFTER - 1) == []
    wire.hold = None
    assert hall.acquisition.check(now + STUCK_AFTER + 1) == ["one"]
    stuck = hall.until("one", lambda report: report.state is WireState.DOWN)
    assert (stuck.reason, len(stuck.readings)) == (Reason.DRIVER_STUCK, 2)
    hall.until("one", lambda report: report.readings and report.state is WireState.UP)
    answered = len(wire.asked)
    hold.set()
    assert hall.acquisition.stop() == []
    rest = [report for report in list(hall.reports.queue) if report.bus == "one"]
    assert all(report.state is WireState.UP for report in rest)
    assert answered >= 2


def test_a_driver_that_always_hangs_leaves_a_bounded_number_of_threads(hall, expected_log):
    expected_log("has been stuck")
    expected_log("is stuck again")
    wire = hall.wires["one"]
    wire.hold = threading.Event()
    hall.acquisition.start()
    replaced = 0
    for _ in range(MOST_ABANDONED + 2):
        assert wire.entered.wait(30)
        if replaced < MOST_ABANDONED:
            wire.entered.clear()
        replaced += len(hall.acquisition.check(hall.clock.monotonic() + STUCK_AFTER + 1))
    assert replaced == MOST_ABANDONED
    down = [report for report in list(hall.reports.queue) if report.bus == "one" and report.state is WireState.DOWN]
    assert len(down) == MOST_ABANDONED + 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_ended_by_itself_is_replaced(hall, expected_log):
    expected_log("ended by itself")
    hall.acquisition._threads["one"]._publish = lambda report: 1 / 0
    hall.acquisition.start()
    hall.until("two", lambda report: report.readings)
    assert hall.acquisition._threads["one"].join(30)
    assert hall.acquisition.check(hall.clock.monotonic()) == ["one"]
    hall.until("one", lambda report: report.readings and report.state is WireState.UP)


def test_a_bus_without_devices_is_not_opened():
    hall = Hall(["used"])
    room = Room("r", NAMES, "c/d/s/r", "UTC", "1", buses=(Bus("spare", "spare", NAMES, SimpleNamespace()),))
    acquisition = Acquisition(room, {"spare": hall.wires["used"]}, hall.clock, hall.reports.put)
    acquisition.start()
    assert acquisition.stop() == []
    assert acquisition.check(hall.clock.monotonic()) == []
    assert hall.reports.empty()


class Taking(Wire):
    """A wire that takes writes; `wear` is the interval that its devices bear."""

    def __init__(self, clock, wear=0.0):
        super().__init__(clock)
        self.wear = wear
        self.written = []

    def plan(self, bus, device, points, learned):
        return [replace(request, interval=self.wear) for request in super().plan(bus, device, points, learned)]

    def write(self, point, value):
        self.written.append((self.clock.monotonic(), point.key, value))
        if self.breaks:
            raise self.breaks
        return Written(Outcome.DONE, "", 0.0, value)


class Ordering(Desk):
    """A desk that gives orders and keeps what became of them."""

    def __init__(self, clock, wear=0.0):
        super().__init__(clock)
        self.wire = Taking(clock, wear)
        self.bus = BusThread(BUS, (device("d1"), device("d2")), self.wire, clock, self.reports.append)
        self.told = []

    def order(self, point="d1.p0", seconds=5.0):
        self.bus.order(Order(point, 7.0, self.clock.monotonic() + seconds, self.told.append))


def test_an_order_jumps_the_queue_and_its_device_is_read_next(clock):
    desk = Ordering(clock)
    desk.run(20)
    asked = len(desk.wire.asked)
    desk.order()
    desk.step()
    assert [key for _, key, _ in desk.wire.written] == ["d1.p0"] and len(desk.wire.asked) == asked
    assert desk.told == [Written(Outcome.DONE, "", 0.0, 7.0)]
    desk.step()
    desk.step()
    assert [request.device for request in desk.wire.asked[asked:]] == ["d1", "d1"]


def test_a_device_that_is_hastened_is_asked_before_its_turn(clock):
    desk = Ordering(clock)
    desk.run(20)
    asked = len(desk.wire.asked)
    desk.bus.hasten("d2")
    desk.bus.hasten("nobody")
    desk.step()
    desk.step()
    assert [request.device for request in desk.wire.asked[asked:]] == ["d2", "d2"]


def test_an_order_waits_for_a_device_that_must_rest_and_polls_go_on(clock):
    desk = Ordering(clock, wear=2.0)
    desk.run(20)
    while not any(request.device == "d1" for request in desk.wire.asked[-1:]):
        desk.step()
    begun = clock.monotonic()
    desk.order()
    while not desk.told:
        desk.step()
    [(at, _, _)] = desk.wire.written
    assert at - begun == pytest.approx(2.0, abs=0.3)
    since = len(desk.wire.asked)
    while len(desk.wire.asked) == since or desk.wire.asked[-1].device != "d1":
        desk.step()
    assert clock.monotonic() - at >= 2.0


def test_an_order_is_never_begun_after_its_deadline(clock):
    desk = Ordering(clock, wear=10.0)
    desk.step()
    desk.order(desk.wire.asked[-1].points[0], seconds=1.0)
    desk.run(3)
    assert desk.told == [Written(Outcome.REFUSED, "expired")] and not desk.wire.written


def test_an_order_for_a_line_that_is_down_fails_at_once(clock):
    desk = Ordering(clock)
    desk.wire.refuses = WireError(Reason.NO_PORT, "gone")
    desk.step()
    desk.order()
    desk.step()
    assert desk.told == [Written(Outcome.FAILED, "no_line")] and not desk.wire.written


def test_a_line_that_breaks_before_anything_was_sent_fails_the_order_once(clock):
    desk = Ordering(clock)
    desk.run(5)
    desk.wire.breaks = WireError(Reason.CONNECTION_LOST, "reset")
    desk.order()
    desk.run(10)
    assert desk.told == [Written(Outcome.FAILED, "no_line")] and len(desk.wire.written) == 1


class Returning(Ordering):
    """A desk whose first device says who it is, and what was done to it in which order."""

    def __init__(self, clock):
        super().__init__(clock)
        self.done = []
        self.wire.identify = lambda device: self.done.append(("who", clock.monotonic())) if device == "d1" else None
        self.waits = ""

    def order(self, point="d1.p0", seconds=15.0):
        self.bus.order(Order(point, 7.0, self.clock.monotonic() + seconds, self.told.append, lambda: self.waits))


def test_nothing_is_written_to_a_silent_device_and_it_is_looked_for_at_once(clock):
    desk = Returning(clock)
    desk.wire.dead = {"d1"}
    desk.run(60)
    asked = len(desk.wire.asked)
    desk.order()
    desk.step()
    assert desk.told == [Written(Outcome.FAILED, "not_read")] and not desk.wire.written
    desk.step()
    assert "d1" in [request.device for request in desk.wire.asked[asked:]]


@pytest.mark.parametrize("waits", ["", "not_admitted"])
def test_whoever_answers_again_says_who_it_is_and_is_judged_before_it_is_written_to(clock, waits):
    desk = Returning(clock)
    desk.wire.dead = {"d1"}
    desk.run(60)
    desk.wire.dead, desk.waits, desk.done = set(), waits, []
    while "d1" in desk.bus.silent:
        desk.step()
    desk.order()
    desk.run(5)
    [(_, known)] = desk.done
    if waits:
        assert desk.told == [Written(Outcome.REFUSED, waits)] and not desk.wire.written
    else:
        assert desk.wire.written[0][0] >= known + VERDICT and len(desk.wire.written) == 1


def test_an_order_given_as_soon_as_the_wire_is_open_waits_until_its_device_is_known(clock):
    desk = Returning(clock)
    desk.order()
    desk.run(5)
    [(_, known)], [(written, _, _)] = desk.done, desk.wire.written
    assert written >= known + VERDICT
