"""How a refused request is taken apart, and what one execution may cost. Slaves are scripted, the clock is fake."""

from typing import Any

import pytest

from cityops_desktop.model.drivers import Counters, Request, Result
from cityops_desktop.model.readings import Quality, Reason
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import FORGET, ModbusSession
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.room import device, point, serial_bus
from tests.drivers.modbus.slave import register, rtu_answer, sealed


class Unit:
    """A unit that answers exception `code` to every question that touches one of `missing`."""

    def __init__(self, addresses: list[int], missing: set[int], *, code: int = 2, latency: float = 0.02, **options: Any) -> None:
        self.clock = FakeClock()
        self.missing, self.code, self.latency = missing, code, latency
        self.silent = False
        self.pipe = Pipe(self.clock, self._answer)
        counters = Counters()
        points = [point(f"a{a}", address=a) for a in addresses]
        unit = device(*points, **options)
        (self.request,) = DRIVERS["modbus-rtu"].plan(serial_bus(), unit, unit.points)
        master = RtuMaster(lambda: self.pipe, self.clock, counters, Acquaintance(), 9600)
        self.session = ModbusSession(master, counters, self.clock, 0.5, {"d": unit.options})

    def _answer(self, request: bytes) -> Events:
        address, count = int.from_bytes(request[2:4]), int.from_bytes(request[4:6])
        if self.silent:
            return []
        if self.missing & set(range(address, address + count)):
            return [(self.latency, sealed(bytes((request[0], request[1] | 0x80, self.code))))]
        return [(self.latency, rtu_answer(request))]

    def execute(self) -> tuple[Result, int]:
        """The result and how many questions it took."""
        before = len(self.pipe.requests)
        result = self.session.execute(self.request)
        assert sorted(r.point for r in result.readings) == sorted(self.request.points)
        for reading in result.readings:
            if reading.quality is Quality.GOOD:
                assert reading.value == register(1, int(reading.point[3:]))
        return result, len(self.pipe.requests) - before

    def bad(self) -> dict[int, Reason | None]:
        result, _ = self.execute()
        return {int(r.point[3:]): r.reason for r in result.readings if r.quality is not Quality.GOOD}


def test_one_missing_register_loses_only_its_own_point() -> None:
    unit = Unit(list(range(60)), {37})
    result, questions = unit.execute()
    assert result.answered and questions <= 13
    assert [(r.point, r.reason, r.detail) for r in result.readings if r.value is None] == [("d.a37", Reason.EXCEPTION, "2")]
    assert unit.execute()[1] == 3, "the next time the good parts are asked at once, and the bad one again"
    assert unit.bad() == {37: Reason.EXCEPTION}


def test_a_hole_that_the_profile_wrongly_calls_readable_costs_no_point() -> None:
    unit = Unit([0, 1, 2, 8, 9], {5}, readable=[["holding", 0, 9]])
    assert unit.bad() == {}
    assert unit.execute()[1] == 2


def test_registers_that_come_back_are_found_again() -> None:
    unit = Unit(list(range(20)), {3})
    assert unit.bad() == {3: Reason.EXCEPTION}
    unit.missing = set()
    assert unit.bad() == {}
    assert unit.execute()[1] == 1


def test_a_request_is_tried_whole_again_some_time_later() -> None:
    unit = Unit([0, 1, 2, 8, 9], {5}, readable=[["holding", 0, 9]])
    unit.execute()
    unit.missing = set()
    unit.clock.advance(FORGET - 1)
    assert unit.execute()[1] == 2
    unit.clock.advance(1)
    assert unit.execute()[1] == 1


def test_a_device_that_refuses_everything_costs_one_question() -> None:
    unit = Unit([0, 1, 2], {0, 1, 2})
    assert unit.bad() == dict.fromkeys([0, 1, 2], Reason.EXCEPTION)
    result, questions = unit.execute()
    assert result.answered and questions == 1
    unit.missing = set()
    assert [len(unit.bad()) for _ in range(3)] == [2, 1, 0]
    assert unit.execute()[1] == 1


@pytest.mark.parametrize("code", [1, 4, 6])
def test_other_exceptions_are_no_reason_to_take_it_apart(code: int) -> None:
    unit = Unit(list(range(20)), {3}, code=code)
    result, questions = unit.execute()
    assert questions == 1 and result.answered
    assert {(r.reason, r.detail) for r in result.readings} == {(Reason.EXCEPTION, str(code))}


def test_a_silent_device_is_waited_for_once() -> None:
    unit = Unit(list(range(60)), {7, 37})
    unit.execute()
    unit.silent = True
    result, questions = unit.execute()
    assert questions == 1 and not result.answered and result.elapsed < 1.0
    assert {r.reason for r in result.readings} == {Reason.NO_ANSWER}


def test_a_slow_device_does_not_hold_the_bus_while_it_is_taken_apart() -> None:
    unit = Unit(list(range(60)), set(range(0, 60, 9)), latency=0.45)
    results = [unit.execute()[0] for _ in range(20)]
    assert max(result.elapsed for result in results) < 6.0
    assert {r.detail for r in results[0].readings if r.value is None} == {"2", "too slow"}
    assert {int(r.point[3:]) for r in results[-1].readings if r.value is None} == set(range(0, 60, 9))


def test_the_time_of_a_reading_is_the_time_of_the_reply() -> None:
    unit = Unit([0], set(), latency=0.3)
    start = unit.clock.wall()
    result, _ = unit.execute()
    assert 300 <= result.readings[0].time - start <= 320 and result.elapsed == pytest.approx(0.3, abs=0.02)


def test_a_result_belongs_to_its_request() -> None:
    unit = Unit([0, 1], set())
    result, _ = unit.execute()
    assert isinstance(result.request, Request) and result.request is unit.request
