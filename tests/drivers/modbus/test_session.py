"""How a refused request is taken apart, and what one execution may cost. Slaves are scripted, the clock is fake."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import NOTHING_LEARNED, Counters, Learned, Request, Result
from cityops_desktop.model.readings import Quality, Reason
from drivers.modbus.acquaintance import MEASURED, Acquaintance
from drivers.modbus.lessons import LASTING, SELDOM, TIMES, Lessons
from drivers.modbus.plan import PROBE
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


class Taught:
    """A unit that is asked as its bus asks it: each request at its period, and by another plan when its answers have taught one.

    It refuses what touches `missing`, and more than `most` registers at once.
    """

    def __init__(
        self,
        addresses: list[int],
        missing: set[int] | None = None,
        *,
        most: int = 125,
        turnaround: float = 0.02,
        known: Acquaintance | None = None,
        learned: Learned = NOTHING_LEARNED,
        **options: Any,
    ) -> None:
        self.clock = FakeClock()
        self.missing, self.most, self.turnaround, self.code = missing or set(), most, turnaround, 2
        self.starting = False
        self.refusals: list[tuple[int, int]] = []
        self.pipe = Pipe(self.clock, self._answer)
        self.unit = device(*(point(f"a{a}", address=a) for a in addresses), gap=0.0, **options)
        self.bus = serial_bus()
        self._character = 11 / 9600
        known = known or Acquaintance()
        lessons = Lessons(known, lambda _, learned: self.plan(learned))
        counters = Counters()
        master = RtuMaster(lambda: self.pipe, self.clock, counters, known, 9600)
        self.session = ModbusSession(master, counters, self.clock, 0.5, {"d": self.unit.options}, lessons)
        self.lessons: list[Learned] = []
        self.values: dict[int, object] = {}
        self._ask_by(learned)

    def plan(self, learned: Learned) -> list[Request]:
        return DRIVERS["modbus-rtu"].plan(self.bus, self.unit, self.unit.points, learned)

    def _ask_by(self, learned: Learned) -> None:
        self.requests = self.plan(learned)
        self._due = {id(request): self.clock.monotonic() for request in self.requests}

    def _answer(self, request: bytes) -> Events:
        address, count = int.from_bytes(request[2:4]), int.from_bytes(request[4:6])
        refused = self.starting or count > self.most or self.missing & set(range(address, address + count))
        answer = sealed(bytes((request[0], request[1] | 0x80, self.code))) if refused else rtu_answer(request)
        self.refusals += [(address, count)] if refused else []
        return [(self.turnaround + (len(request) + len(answer)) * self._character, answer)]

    def run(self, seconds: float) -> int:
        """The questions that it was asked meanwhile."""
        before, end = len(self.pipe.requests), self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            request = min(self.requests, key=lambda r: self._due[id(r)])
            self.clock.advance(max(0.0, self._due[id(request)] - self.clock.monotonic()))
            self._due[id(request)] += request.period
            result = self.session.execute(request)
            assert sorted(r.point for r in result.readings) == sorted(request.points)
            self.values |= {int(r.point[3:]): r.value for r in result.readings}
            assert all(r.value is None or r.value == register(1, int(r.point[3:])) for r in result.readings)
            if result.learned is not None:
                self.lessons.append(result.learned)
                self._ask_by(result.learned)
        return len(self.pipe.requests) - before

    def lost(self) -> list[int]:
        return sorted(address for address, value in self.values.items() if value is None)


def test_a_missing_register_is_learned_and_then_costs_one_question_in_ten_minutes() -> None:
    unit = Taught(list(range(40)), {17})
    unit.run(5)
    assert unit.lost() == [17] and not unit.lessons, "the others come at once, one refusal teaches nothing"
    unit.run(LASTING + TIMES * 5.0 + SELDOM)
    assert unit.lessons[-1].missing == {"holding 17"}
    assert [(r.points, r.period) for r in unit.requests][-1] == (("d.a17",), PROBE) and len(unit.requests) == 3
    assert unit.run(PROBE) == 2 * PROBE / 5 + 1, "two requests each five seconds, and once the one that is refused"
    assert unit.lost() == [17]


def test_a_missing_register_that_answers_one_day_is_forgotten_and_read_again() -> None:
    unit = Taught(list(range(40)), learned=Learned(missing=frozenset({"holding 17", "input 4"})))
    unit.run(5)
    assert unit.lessons[-1].missing == {"input 4"} and len(unit.requests) == 1 and unit.lost() == []


def test_a_register_that_comes_and_goes_does_not_change_the_plan_for_ever() -> None:
    unit = Taught(list(range(40)), {17}, learned=Learned(missing=frozenset({"holding 17"})))
    for missing in [set(), {17}] * 4:
        unit.missing = missing
        unit.run(PROBE + 10)
        assert unit.lost() == sorted(missing)
    assert [lesson.missing for lesson in unit.lessons if lesson.missing] == [], "once it answered, it is not called missing again"
    assert len(unit.lessons) <= 3


def test_a_device_that_is_starting_up_teaches_nothing() -> None:
    unit = Taught(list(range(20)), {3})
    unit.starting = True
    unit.run(10 * LASTING)
    assert not unit.lessons and unit.lost() == list(range(20))
    unit.starting = False
    unit.run(10 * LASTING)
    assert unit.lost() == [3] and {word for lesson in unit.lessons for word in lesson.missing} == {"holding 3"}


def test_a_hole_that_the_profile_wrongly_calls_readable_is_not_bridged_any_more() -> None:
    unit = Taught([0, 1, 2, 8, 9], {5}, readable=[["holding", 0, 9]])
    unit.run(5)
    assert unit.lessons[-1].missing == {f"holding {a}" for a in range(3, 8)} and unit.lost() == []
    assert len(unit.requests) == 2
    questions = len(unit.pipe.requests)
    unit.run(60)
    assert all(int.from_bytes(q[2:4]) + int.from_bytes(q[4:6]) <= 3 or int.from_bytes(q[2:4]) >= 8 for q in unit.pipe.requests[questions:])


def test_how_much_a_device_bears_at_once_is_learned() -> None:
    unit = Taught(list(range(64)), most=20)
    unit.code = 3
    unit.run(5)
    assert unit.lost() == [] and not any(lesson.missing for lesson in unit.lessons)
    unit.run(2 * LASTING + SELDOM)
    assert unit.lessons[-1].missing == {"holding >16"} and unit.run(300) == 4 * 60 and unit.lost() == []


def test_how_soon_a_device_answers_is_measured_and_changes_the_plan_when_it_pays() -> None:
    unit = Taught([0, 25], turnaround=0.1, readable=[["holding", 0, 25]])
    assert len(unit.requests) == 2
    unit.run(MEASURED * 5.0 + SELDOM)
    assert len(unit.requests) == 1, "a slow device: one longer question is cheaper than two"
    assert unit.lessons[-1].turnaround == pytest.approx(0.1, abs=0.003)
    told = len(unit.lessons)
    unit.turnaround = 0.105
    unit.run(600)
    assert len(unit.lessons) == told, "a little slower is no reason"
    unit.turnaround = 0.004
    unit.run(600)
    assert len(unit.requests) == 2 and unit.lessons[-1].turnaround == pytest.approx(0.004, abs=0.003)


def test_a_plan_changes_at_most_once_a_minute() -> None:
    unit = Taught(list(range(0, 40)), {7}, turnaround=0.01)
    times = []
    for second in range(1200):
        unit.turnaround = 0.01 if second // 90 % 2 else 0.2
        before = len(unit.lessons)
        unit.run(1)
        times += [unit.clock.monotonic()] * (len(unit.lessons) - before)
    assert len(times) >= 3 and all(later - sooner >= SELDOM - 1 for sooner, later in pairwise(times))


def test_what_was_measured_survives_a_reopened_wire() -> None:
    known = Acquaintance()
    Taught([0], turnaround=0.05, known=known).run(MEASURED * 5.0)
    again = Taught([0], turnaround=0.05, known=known)
    again.run(5)
    assert again.lessons[0].turnaround == pytest.approx(0.05, abs=0.003)


@settings(max_examples=40)
@given(
    addresses=st.sets(st.integers(0, 50), min_size=2, max_size=10),
    missing=st.sets(st.integers(0, 50), max_size=4),
    most=st.sampled_from([125, 20, 7]),
    code=st.sampled_from([2, 3]),
)
def test_whatever_a_device_refuses_its_other_points_are_read_and_soon_nothing_else_is_asked(
    addresses: set[int], missing: set[int], most: int, code: int
) -> None:
    unit = Taught(sorted(addresses), missing, most=most, readable=[["holding", 0, 50]])
    unit.code = code
    unit.run(5)
    assert unit.lost() == sorted(addresses & missing), "the good ones in the same round"
    unit.run(1500)
    assert unit.lost() == sorted(addresses & missing)
    before = len(unit.refusals)
    unit.run(60)
    if addresses - missing:
        learned = unit.lessons[-1].missing
        assert {f"holding {a}" for a in addresses & missing} <= learned
        assert all(int(word.split(">")[1]) <= most for word in learned if ">" in word)
        assert all(count == 1 and address in addresses & missing for address, count in unit.refusals[before:])
