"""What was asked of each device and what came, whatever happened to the wire; and the raw value in the live table."""

from dataclasses import asdict, replace

from cityops_desktop.acquire.bus import BusThread
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.model.drivers import Counters, Manners, WireError
from cityops_desktop.model.points import Group, Kind, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Device, Room
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.registry import DRIVERS
from tests.core.acquire.test_bus import BUS, NAMES, Desk, Wire, device
from tests.drivers.modbus.pipe import Pipe
from tests.drivers.modbus.room import device as unit
from tests.drivers.modbus.room import point, serial_bus
from tests.drivers.modbus.slave import rtu_answer, sealed


class Late(Wire):
    """Says with each answer whose late ones came meanwhile."""

    def __init__(self, clock):
        super().__init__(clock)
        self.late = ()

    def execute(self, request):
        result = replace(super().execute(request), late=self.late)
        self.counters.late_replies += len(self.late)
        return result


class Line(Desk):
    """Keeps the newest counters of each device, as the station does."""

    def __init__(self, clock, *devices):
        super().__init__(clock, *devices)
        self.wire = Late(clock)
        self.bus = BusThread(BUS, devices, self.wire, clock, self._take)
        self.seen = {}

    def _take(self, report):
        self.reports.append(report)
        self.seen.update(report.devices)


def test_every_device_counts_for_itself(clock):
    line = Line(clock, device("d1"), device("d2", 1))
    line.wire.dead.add("d2")
    line.run(60)
    one, two = line.seen["d1"], line.seen["d2"]
    assert one.requests == one.good == sum(request.device == "d1" for request in line.wire.asked) > 10
    assert (one.timeouts, two.good) == (0, 0)
    assert two.timeouts == two.requests == sum(request.device == "d2" for request in line.wire.asked) > 2
    assert (one.last_seconds, one.longest_seconds) == (0.05, 0.05)
    assert one.last_answer is not None and line.clock.wall() - one.last_answer < 10_000
    assert two.last_answer is None and two.longest_seconds == 0.0
    total = line.last.counters
    assert (total.requests, total.good, total.timeouts) == (one.requests + two.requests, one.good, two.timeouts)


def test_a_broken_wire_counts_on_and_counters_outlive_it(clock):
    line = Line(clock, device("d1", 1), device("d2", 1))
    line.run(20)
    before = line.seen["d1"].requests
    line.wire.breaks = WireError(Reason.CONNECTION_LOST, "reset")
    line.run(20)
    line.wire.breaks = None
    line.run(20)
    assert line.wire.opened > 2
    assert line.seen["d1"].requests > before
    assert line.seen["d1"].requests + line.seen["d2"].requests == line.last.counters.requests


def test_a_late_answer_is_told_of_the_device_that_gave_it(clock):
    line = Line(clock, device("d1", 1), device("d2", 1))
    line.wire.late = ("d2",)
    while not line.reports:
        line.step()
    assert line.wire.asked[0].device == "d1"
    assert (line.seen["d1"].late_replies, line.seen["d2"].late_replies) == (0, 1)
    assert line.seen["d2"].requests == 0


def test_what_was_told_does_not_change_afterwards(clock):
    line = Line(clock, device("d1", 1))
    line.step()
    told = line.last.devices["d1"]
    before = asdict(told)
    line.run(20)
    assert asdict(told) == before and line.seen["d1"].requests > told.requests


def test_a_thread_that_replaces_a_stuck_one_counts_on(clock):
    line = Line(clock, device("d1", 1))
    line.run(20)
    heir = BusThread(BUS, (device("d1", 1),), line.wire, clock, line._take, predecessor=line.bus)
    before = line.seen["d1"].requests
    heir.step()
    assert line.seen["d1"].requests == before + 1


def test_counters_of_a_real_session(clock):
    """Exception, damaged answer, silence: each counted once, on the device that was asked."""
    answers = iter(["good", "exception", "crc", "silence", "good"])

    def peer(request):
        match next(answers):
            case "exception":
                return [(0.02, sealed(bytes((request[0], request[1] | 0x80, 4))))]
            case "crc":
                return [(0.02, rtu_answer(request)[:-1] + b"\xee")]
            case "silence":
                return []
        return [(0.02, rtu_answer(request))]

    device_ = unit(point("p", address=3))
    pipe = Pipe(clock, peer)

    class Driver:
        name = "modbus-rtu"
        plan = staticmethod(DRIVERS["modbus-rtu"].plan)

        def manners(self, options):
            return Manners()

        def connect(self, bus, devices, clock, record):
            counters = Counters()
            return ModbusSession(
                RtuMaster(lambda: pipe, clock, counters, Acquaintance(), 9600), counters, clock, 0.3, {"d": device_.options}
            )

    seen = {}
    bus = BusThread(serial_bus(), (device_,), Driver(), clock, lambda report: seen.update(report.devices))
    while seen.get("d") is None or seen["d"].good < 2:
        clock.advance(bus.step())
    counted = seen["d"]
    assert (counted.requests, counted.good, counted.exceptions, counted.crc_errors, counted.timeouts) == (5, 2, 1, 1, 1)
    # after the silence one whole time-out is waited for a second answer, which might be the older one
    assert counted.last_answer == clock.wall() and 0.3 <= counted.longest_seconds < 0.4


def test_the_live_table_keeps_what_the_wire_said(clock):
    points = (Point("d.a", "d", NAMES, Kind.ANALOG, Group.UPS, period=1.0),)
    room = Room("r", NAMES, "c/d/s/r", "UTC", "v", buses=(BUS,), devices=(Device("d", "b", NAMES, Group.UPS, None, points),))
    table = LiveTable(room, clock)
    assert table.get("d.a").reading.raw is None
    table.apply([Reading("d.a", 1.0, clock.wall(), Quality.GOOD, raw=b"\x00\x0a")])
    clock.advance(10)
    assert table.sweep() == ["d.a"]
    assert table.get("d.a").reading.raw == b"\x00\x0a", "stale: the raw value is as old as the value"
    table.apply([failed("d.a", clock.wall(), Reason.INVALID_VALUE, raw=b"\x7f\xff")])
    assert table.get("d.a").reading.raw == b"\x7f\xff"
    table.apply([failed("d.a", clock.wall(), Reason.NO_ANSWER)])
    entry = table.get("d.a")
    assert (entry.reading.raw, entry.last_value) == (None, 1.0)
