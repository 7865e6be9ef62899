"""A bus at work with devices that refuse a register: what they teach reaches the plan, the report, and the next run."""

from typing import Any

import pytest

from cityops_desktop.acquire.bus import BusThread
from cityops_desktop.acquire.report import BusReport
from cityops_desktop.model.drivers import Learned
from cityops_desktop.model.readings import Quality, Reason
from drivers.modbus.plan import PROBE
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.room import device, point, serial_bus
from tests.drivers.modbus.slave import register, rtu_answer, sealed

HOLE = "holding 17"


class Line:
    """Two devices of one model, of which each refuses what touches its `missing`, on a bus that is moved by hand."""

    def __init__(self, clock: FakeClock, monkeypatch: Any, port: str, learned: dict[str, Learned] | None = None) -> None:
        self.clock = clock
        self.missing = {1: {17}, 2: {17}}
        self.asked: list[tuple[int, int, int]] = []
        pipe = Pipe(clock, self._answer)
        monkeypatch.setattr("drivers.modbus.driver.open_serial", lambda *_: pipe)
        devices = [
            device(*(point(f"a{a}", address=a, device=name) for a in range(40)), name=name, address=unit)
            for name, unit in (("d", 1), ("e", 2))
        ]
        self.reports: list[BusReport] = []
        bus = serial_bus(port, listen=0)
        self.bus = BusThread(bus, devices, DRIVERS["modbus-rtu"], clock, self.reports.append, learned)

    def _answer(self, request: bytes) -> Events:
        unit, address, count = request[0], int.from_bytes(request[2:4]), int.from_bytes(request[4:6])
        if request[1] != 3:
            return [(0.02, sealed(bytes((unit, request[1] | 0x80, 1))))]
        self.asked.append((unit, address, count))
        if self.missing[unit] & set(range(address, address + count)):
            return [(0.02, sealed(bytes((unit, 0x83, 2))))]
        return [(0.02, rtu_answer(request))]

    def run(self, seconds: float) -> None:
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            self.clock.advance(self.bus.step())

    def newest(self) -> dict[str, tuple[object, Quality, Reason | None]]:
        return {r.point: (r.value, r.quality, r.reason) for report in self.reports for r in report.readings}


@pytest.fixture
def taught(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Line:
    line = Line(clock, monkeypatch, "/dev/ttyTEACHING")
    line.run(300)
    return line


def test_what_the_devices_refuse_is_reported_and_their_plans_go_round_it(taught: Line) -> None:
    told = {device: learned.missing for report in taught.reports for device, learned in report.learned.items()}
    assert told == {"d": {HOLE}, "e": {HOLE}} == {device: learned.missing for device, learned in taught.bus.learned.items()}
    taught.asked.clear()
    taught.reports.clear()
    taught.run(2 * PROBE)
    over = [asked for asked in taught.asked if asked[1] <= 17 < asked[1] + asked[2]]
    assert sorted(over) == [(1, 17, 1)] * 2 + [(2, 17, 1)] * 2
    newest = taught.newest()
    assert newest["d.a17"] == newest["e.a17"] == (None, Quality.BAD, Reason.EXCEPTION)
    for unit, name in ((1, "d"), (2, "e")):
        for a in set(range(40)) - {17}:
            assert newest[f"{name}.a{a}"] == (register(unit, a), Quality.GOOD, None)


def test_the_first_round_of_the_next_run_goes_round_it_at_once(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(clock, monkeypatch, "/dev/ttyNEXT", dict.fromkeys("de", Learned(missing=frozenset({HOLE}))))
    line.missing[2] = set()
    line.run(2)
    assert len(line.newest()) == 80 and [asked for asked in line.asked if asked[0] == 1] == [(1, 0, 17), (1, 18, 22), (1, 17, 1)]
    line.run(20)
    told = {device: learned.missing for report in line.reports for device, learned in report.learned.items()}
    assert told["e"] == set() and told.get("d", {HOLE}) == {HOLE}, "one of them answers it: its plan is whole again"
    assert line.newest()["e.a17"][0] == register(2, 17)
    line.asked.clear()
    line.run(60)
    assert {asked for asked in line.asked if asked[0] == 2} == {(2, 0, 40)}


def test_a_point_that_answers_again_is_read_at_its_own_period_at_once(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = Pipe(clock, lambda request: [(0.02, rtu_answer(request))])
    monkeypatch.setattr("drivers.modbus.driver.open_serial", lambda *_: pipe)
    unit = device(point("a", address=0), point("b", address=100))
    reports: list[BusReport] = []
    learned = {"d": Learned(missing=frozenset({"holding 100"}))}
    bus = BusThread(serial_bus("/dev/ttyAGAIN", listen=0), [unit], DRIVERS["modbus-rtu"], clock, reports.append, learned)
    end = clock.monotonic() + 62
    while clock.monotonic() < end:
        clock.advance(bus.step())
    assert sum(reading.point == "d.b" for report in reports for reading in report.readings) >= 10
