"""The fault matrix of an RTU line on a scripted pipe and a fake clock: whatever happens, no value is ever a wrong one."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Counters, Request, Result, WireError
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reason
from drivers.modbus import rtu
from drivers.modbus.acquaintance import LATE, Acquaintance
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import FORGET, ModbusSession
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.room import device, point, serial_bus
from tests.drivers.modbus.slave import bit, register, rtu_answer, sealed

TIMEOUT = 0.3
Fault = Callable[[int, bytes, bytes], Events]
"""From the number of the request, the request and its right answer: what comes, and when."""


class Line:
    """A session over a pipe, and one request for each of some blocks of registers (or coils) of some units."""

    def __init__(self, fault: Fault, *, readable: bool = True, units: tuple[int, ...] = (1,), size: int = 4, table: str = "holding",
                 known: Acquaintance | None = None, serial: bool = True, gap: float = 0.0) -> None:  # fmt: skip
        self.clock = FakeClock()
        self.counters = Counters()
        self.asked = 0
        self.table = table
        self.fault = fault
        self.pipes: list[Pipe] = []
        driver, bus = DRIVERS["modbus-rtu"], serial_bus(timeout=TIMEOUT)
        kind = Kind.DIGITAL if table == "coil" else Kind.ANALOG
        devices = []
        for unit in units:
            points = [
                point(f"u{unit}a{100 * block + i}", device=f"d{unit}", kind=kind, table=table, address=100 * block + i)
                for block in range(12)
                for i in range(size)
            ]
            ranges = [[table, 100 * block, 100 * block + 40] for block in range(12)] if readable else []
            devices.append(device(*points, name=f"d{unit}", address=unit, readable=ranges, gap=gap))
        self.requests: list[Request] = [r for unit in devices for r in driver.plan(bus, unit, unit.points)]
        assert len(self.requests) == 12 * len(units)
        master = RtuMaster(self._connect, self.clock, self.counters, known or Acquaintance(), 9600 if serial else None, not serial)
        self.session = ModbusSession(master, self.counters, self.clock, TIMEOUT, {d.id: d.options for d in devices})
        self.good = self.bad = 0

    def _connect(self) -> Pipe:
        self.pipes.append(Pipe(self.clock, self._answer))
        return self.pipes[-1]

    @property
    def pipe(self) -> Pipe:
        return self.pipes[-1]

    def _answer(self, request: bytes) -> Events:
        self.asked += 1
        return self.fault(self.asked, request, rtu_answer(request))

    def poll(self, request: Request, pause: float = 0.02) -> Result:
        """Execute it and check every value against what the unit holds."""
        self.clock.advance(pause)
        result = self.session.execute(request)
        assert sorted(r.point for r in result.readings) == sorted(request.points)
        for reading in result.readings:
            unit, address = map(int, reading.point.partition("u")[2].split("a"))
            if reading.quality is Quality.GOOD:
                held = bit if self.table == "coil" else register
                assert reading.value == held(unit, address), f"WRONG VALUE of {reading.point} at request {self.asked}"
            else:
                assert reading.value is None and reading.reason is not None
        good = all(r.quality is Quality.GOOD for r in result.readings)
        self.good += good
        self.bad += not good
        return result

    def round(self) -> list[Result]:
        return [self.poll(request) for request in self.requests]


def at(number: int, events: Callable[[bytes, bytes], Events]) -> Fault:
    """A fault at one request; all others are answered after 30 ms."""
    return lambda n, request, right: events(request, right) if n == number else [(0.03, right)]


def flipped(data: bytes) -> bytes:
    return data[:5] + bytes((data[5] ^ 0x10,)) + data[6:]


def other(request: bytes, **changes: int) -> bytes:
    """The right answer to a question that is a little different."""
    unit, function, count = changes.get("unit", request[0]), changes.get("function", request[1]), changes.get("count", request[5])
    return rtu_answer(sealed(bytes((unit, function)) + request[2:5] + bytes((count,))))


SECOND: dict[str, tuple[Callable[[bytes, bytes], Events], Reason | None]] = {
    "CRC error": (lambda q, a: [(0.03, flipped(a))], Reason.CRC),
    "damaged unit address": (lambda q, a: [(0.03, bytes((a[0] ^ 4,)) + a[1:])], Reason.CRC),
    "damaged exception": (lambda q, a: [(0.03, b"\x01\x83\x02\xc0\xf2")], Reason.CRC),
    "truncated": (lambda q, a: [(0.03, a[:6])], Reason.BAD_REPLY),
    "three bytes": (lambda q, a: [(0.03, a[:3])], Reason.BAD_REPLY),
    "silence": (lambda q, a: [], Reason.NO_ANSWER),
    "another unit answers": (lambda q, a: [(0.03, other(q, unit=2))], Reason.BAD_REPLY),
    "function 4 for 3": (lambda q, a: [(0.03, other(q, function=4))], Reason.BAD_REPLY),
    "byte count too short": (lambda q, a: [(0.03, other(q, count=2))], Reason.BAD_REPLY),
    "byte count too long": (lambda q, a: [(0.03, other(q, count=9))], Reason.BAD_REPLY),
    "exception 6": (lambda q, a: [(0.03, sealed(b"\x01\x83\x06"))], Reason.EXCEPTION),
    "late once": (lambda q, a: [(TIMEOUT * 1.3, a)], Reason.NO_ANSWER),
    "noise only": (lambda q, a: [(0.03, b"\x55\x00\xff")], Reason.BAD_REPLY),
    "noise before": (lambda q, a: [(0.03, b"\x9c" + a)], None),
    "seven bytes of noise before": (lambda q, a: [(0.03, b"\x01\x5a\x03\x01\xff\x00\x7e" + a)], None),
    "noise like a header before": (lambda q, a: [(0.03, b"\x01\x03\xfa" + a)], None),
    "noise like the right header before": (lambda q, a: [(0.03, a[:3] + a)], None),
    "trailing garbage": (lambda q, a: [(0.03, a + b"\x00\x9c\x01")], None),
    "reply sent twice": (lambda q, a: [(0.03, a + a)], None),
    "reply sent twice, with a pause": (lambda q, a: [(0.03, a), (0.033, a)], None),
    "a pause of 50 ms inside": (lambda q, a: [(0.03, a[:5]), (0.08, a[5:])], None),
    "byte by byte": (lambda q, a: [(0.03 + 0.001 * i, a[i : i + 1]) for i in range(len(a))], None),
    "an echo on a line without one": (lambda q, a: [(0.001, q), (0.03, a)], Reason.BAD_REPLY),
    "an echo on a line without one, and the reply at once": (lambda q, a: [(0.03, q + a)], Reason.BAD_REPLY),
}


@pytest.mark.parametrize("readable", [True, False], ids=["longer questions allowed", "nothing undeclared"])
@pytest.mark.parametrize(("events", "reason"), SECOND.values(), ids=SECOND.keys())
def test_a_fault_at_the_second_request(events: Callable[[bytes, bytes], Events], reason: Reason | None, readable: bool) -> None:
    line = Line(at(2, events), readable=readable)
    results = line.round()
    assert {r.reason for r in results[1].readings} == {reason}
    assert line.bad == (reason is not None), "one fault costs one request and no other"
    assert results[1].answered == (reason in (None, Reason.EXCEPTION))
    if reason in (Reason.CRC, Reason.EXCEPTION) or (reason is Reason.BAD_REPLY and "answers" in repr(events)):
        assert results[1].elapsed < TIMEOUT, "seen at once"


def test_counters_tell_what_was_seen() -> None:
    faults = [SECOND[name][0] for name in ("CRC error", "silence", "exception 6", "another unit answers", "late once")]
    line = Line(lambda n, q, a: faults[n // 2](q, a) if n % 2 and n < 10 else [(0.03, a)])
    line.round()
    counters = line.counters
    assert (counters.crc_errors, counters.timeouts, counters.exceptions, counters.bad_replies, counters.late_replies) == (1, 2, 1, 1, 1)
    assert counters.requests == line.asked and counters.good == 7


def test_an_always_echoing_adapter() -> None:
    line = Line(lambda n, q, a: [(0.001, q), (0.03, a)])
    line.round()
    assert (line.good, line.counters.late_replies) == (12, 0)


@pytest.mark.parametrize("readable", [True, False])
def test_three_late_replies_in_a_row(readable: bool) -> None:
    line = Line(lambda n, q, a: [(TIMEOUT * 1.3 if 2 <= n <= 4 else 0.03, a)], readable=readable)
    line.round()
    assert line.bad <= 3 and line.good >= 9 and line.counters.late_replies >= 1


@pytest.mark.parametrize("factor", [1.3, 2.1, 3.8])
@pytest.mark.parametrize("readable", [True, False])
def test_a_unit_that_is_always_late_is_learned(readable: bool, factor: float) -> None:
    line = Line(lambda n, q, a: [(TIMEOUT * factor, a)], readable=readable)
    for _ in range(3):
        line.round()
    # without longer questions the next polls (20 ms apart here) are put off until the old answers have come
    assert line.bad <= (5 if readable else 12), "after a few time-outs it is given its time"
    before = line.bad
    line.round()
    assert line.bad == before
    assert line.counters.late_replies >= 1


def test_the_lesson_is_forgotten_when_the_unit_is_quick_again() -> None:
    known = Acquaintance()
    known.late(1, 1.0)
    assert known.timeout(1, TIMEOUT) == 1.5 and known.timeout(2, TIMEOUT) == TIMEOUT
    line = Line(lambda n, q, a: [(0.03, a)], known=known)
    for _ in range(5):
        line.round()
    assert known.timeout(1, TIMEOUT) == TIMEOUT
    known.late(1, 60.0)
    assert known.timeout(1, TIMEOUT) == 3.0 and known.timeout(1, 5.0) == 5.0


def test_a_unit_that_never_answers_is_not_given_more_time() -> None:
    line = Line(lambda n, q, a: [])
    assert all(result.elapsed < TIMEOUT + 0.1 for result in line.round())


def test_one_question_of_one_register_waits_until_the_old_answer_cannot_come() -> None:
    line = Line(lambda n, q, a: [(TIMEOUT + 2.0, a)] if n == 1 else [(0.03, a)], readable=False, size=1)
    first, second = line.requests[:2]
    assert not line.poll(first).answered
    result = line.poll(second)
    assert line.asked == 1 and result.readings[0].reason is Reason.NO_ANSWER, "nothing is sent: the old answer fits this question too"
    assert line.poll(second, pause=3.0).answered, "the old answer has come and was dropped"
    assert line.counters.late_replies == 1


def test_the_wait_has_an_end() -> None:
    line = Line(lambda n, q, a: [] if n == 1 else [(0.03, a)], readable=False, size=1)
    line.poll(line.requests[0])
    line.poll(line.requests[1], pause=LATE - 0.1)
    assert (line.asked, line.good) == (1, 0)
    line.poll(line.requests[1], pause=0.2)
    assert (line.asked, line.good) == (2, 1)


def test_one_lost_answer_makes_no_device_silent_and_a_dead_one_is_seen() -> None:
    line = Line(lambda n, q, a: [], readable=False, size=1)
    results = [line.poll(line.requests[i], pause=1.0) for i in (0, 1, 2, 0, 1)]
    assert line.asked == 2, "the same question may be asked again, others of its shape not yet"
    assert [result.answered for result in results] == [False, True, True, False, False]


def test_the_same_question_may_be_repeated_and_the_newer_answer_counts() -> None:
    """The unit counts up at each question; its first answer is so late that it comes when the question is asked again."""
    where = point("n", address=0)
    clock, counters = FakeClock(), Counters()
    number = 0

    def count_up(request: bytes) -> Events:
        nonlocal number
        number += 1
        return [(2.05 if number == 1 else 0.1, sealed(bytes((1, 3, 2, 0, number))))]

    pipe = Pipe(clock, count_up)
    unit = device(where)
    session = ModbusSession(RtuMaster(lambda: pipe, clock, counters, Acquaintance(), 9600), counters, clock, TIMEOUT, {"d": unit.options})
    (request,) = DRIVERS["modbus-rtu"].plan(serial_bus(), unit, unit.points)
    values = []
    for _ in range(4):
        values.append(session.execute(request).readings[0].value)
        clock.advance(1.7)
    assert values == [None, 2, 3, 4] and counters.late_replies == 1


def test_a_repeated_question_waits_once_for_a_second_answer() -> None:
    line = Line(at(1, lambda q, a: []), readable=False, size=1)
    assert [line.poll(line.requests[0]).elapsed > TIMEOUT for _ in range(4)] == [True, True, False, False]
    assert (line.good, line.counters.late_replies) == (3, 0)


def test_a_damaged_answer_has_been_an_answer() -> None:
    line = Line(at(1, lambda q, a: [(0.03, flipped(a))]), readable=False, size=1)
    line.round()
    assert (line.bad, line.good, line.asked) == (1, 11, 12), "nothing is put off after a wrong checksum"


def test_after_a_time_out_the_question_is_one_register_longer_where_that_is_declared() -> None:
    line = Line(at(1, lambda q, a: []))
    line.round()
    assert [request[5] for request in line.pipe.requests[:3]] == [4, 5, 5]


def test_elsewhere_it_is_asked_in_two() -> None:
    line = Line(at(1, lambda q, a: []), readable=False)
    line.poll(line.requests[0])
    assert line.poll(line.requests[1]).answered
    assert sum(request[5] for request in line.pipe.requests[1:]) == 4 and len(line.pipe.requests) == 3


def test_coils_are_protected_too() -> None:
    line = Line(lambda n, q, a: [(TIMEOUT * 1.3, a)] if n % 3 == 0 else [(0.03, a)], table="coil", size=7)
    for _ in range(3):
        line.round()
    assert line.good > line.bad
    assert any(request[5] > 8 for request in line.pipe.requests)


def test_an_echo_that_is_a_perfect_answer_is_not_taken_for_one() -> None:
    # 20 coils from 0x0300: the request itself has the form of an answer with three data bytes
    line = Line(lambda n, q, a: [(0.001, q), (0.03, a)], table="coil", size=20)
    (request,) = [r for r in line.requests if r.payload.address == 0x300 // 256 * 100]  # type: ignore[attr-defined]
    line.poll(request)
    bus, driver = serial_bus(timeout=TIMEOUT), DRIVERS["modbus-rtu"]
    points = [point(f"u1a{0x300 + i}", device="d1", kind=Kind.DIGITAL, table="coil", address=0x300 + i) for i in range(20)]
    (request,) = driver.plan(bus, device(*points, name="d1"), points)
    line.poll(request)
    assert line.bad == 0
    line.fault = lambda n, q, a: [(0.001, q)]
    assert {r.reason for r in line.poll(request).readings} == {Reason.NO_ANSWER}


def test_a_late_exception_is_an_error_and_never_a_value() -> None:
    line = Line(lambda n, q, a: [(TIMEOUT + 0.1, sealed(b"\x01\x83\x04"))] if n == 1 else [(0.2, a)])
    line.round()
    assert line.good >= 9


def test_a_babbling_neighbour_costs_errors_only_while_it_babbles() -> None:
    line = Line(lambda n, q, a: [(0.03, a)])
    noise = random.Random(5)
    for i in range(3000):
        line.pipe.inject(0.001 * i, noise.randbytes(1))
    line.round()
    assert line.bad >= 3 and line.good >= 1
    before = line.bad
    line.round()
    assert line.bad == before


def test_the_silence_is_kept_before_every_request() -> None:
    line = Line(lambda n, q, a: [(0.03, a[:4]), (0.032, a[4:]), (0.034, b"\x00")])
    last = 0.0
    for request in line.requests:
        line.poll(request, pause=0.0)
        assert line.pipe.times[-1] - last >= rtu.silence(9600) - 1e-9
        last = line.pipe.last_byte
        line.pipe.inject(0.0, b"\xff")  # noise that comes before the next request delays it


def test_the_gap_that_a_device_needs_is_kept_after_it() -> None:
    line = Line(lambda n, q, a: [(0.03, a)], gap=0.25)
    for request in line.requests[:3]:
        line.poll(request, pause=0.0)
    assert [round(b - a, 3) for a, b in itertools.pairwise(line.pipe.times)] == [0.28, 0.28]


def test_a_serial_server_keeps_the_silence_itself() -> None:
    line = Line(lambda n, q, a: [(0.001, a)], serial=False)
    for request in line.requests:
        line.poll(request, pause=0.0)
    assert line.clock.monotonic() - 1000.0 == pytest.approx(0.012)


def test_a_connection_on_which_nothing_answers_is_opened_anew_and_a_port_is_not() -> None:
    line = Line(lambda n, q, a: [(0.03, a)] if len(line.pipes) > 1 else [], serial=False)
    line.round()
    assert (line.bad, line.good, len(line.pipes)) == (3, 9, 2) and line.pipes[0].closed
    line = Line(lambda n, q, a: [])
    line.round()
    assert len(line.pipes) == 1


def test_a_port_that_was_lost_while_idle_is_not_spoken_on_again_unheard() -> None:
    line = Line(lambda n, q, a: [(0.03, a)])
    line.poll(line.requests[0])
    line.pipe.inject(0.001, b"")
    with pytest.raises(WireError):
        line.poll(line.requests[1])
    assert len(line.pipes) == 1 and len(line.pipe.requests) == 1


def test_a_connection_that_was_lost_while_idle_is_opened_again_at_once() -> None:
    line = Line(lambda n, q, a: [(0.03, a)], serial=False)
    line.poll(line.requests[0])
    line.pipe.inject(0.001, b"")
    line.round()
    assert line.bad == 0 and len(line.pipes) == 2 and line.pipes[0].closed


def test_what_was_asked_before_the_wire_broke_is_remembered_after_it() -> None:
    known = Acquaintance()
    line = Line(lambda n, q, a: [(0.1, b"")], known=known, readable=False, size=1)
    with pytest.raises(WireError):
        line.poll(line.requests[0])
    again = Line(lambda n, q, a: [(0.03, a)], known=known, readable=False, size=1)
    again.clock.advance(1.0)
    again.pipe.inject(0.05, rtu_answer(line.pipe.requests[0]))
    again.poll(again.requests[1])
    assert again.asked == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.sampled_from(["holding", "coil"]), st.sampled_from([1, 3, 9, 20]), st.booleans())
def test_any_mixture_of_faults_brings_no_wrong_value(seed: int, readable: bool, table: str, size: int, serial: bool) -> None:
    chance = random.Random(seed)

    def fault(n: int, request: bytes, right: bytes) -> Events:
        after = chance.uniform(0.01, 0.2)
        match chance.choices(range(12), [60, 12, 5, 4, 4, 2, 3, 3, 2, 2, 2, 1])[0]:
            case 1:
                return [(chance.uniform(0.2, 3 * TIMEOUT), right)]
            case 2:
                return [(after, right + right)]
            case 3:
                return [(after, flipped(right))]
            case 4:
                return [(after, chance.randbytes(chance.randrange(1, 12)) + right)]
            case 5:
                return [(after, right[: chance.randrange(1, len(right))])]
            case 6:
                return []
            case 7:
                return [(0.001, request), (after, right)]
            case 8:
                return [(after, sealed(bytes((request[0], request[1] | 0x80, chance.choice([2, 3, 4, 6, 11])))))]
            case 9:
                return [(after, right[:4]), (after + 0.05, right[4:])]
            case 10:
                return [(after, chance.randbytes(40)), (chance.uniform(0.2, 2 * TIMEOUT), right)]
            case 11:
                return [(after, rtu_answer(sealed(bytes((3, request[1])) + request[2:6])))]
        return [(after, right)]

    line = Line(fault, readable=readable, units=(1, 2), size=size, table=table, serial=serial)
    for _ in range(4):
        line.round()
    line.fault = lambda n, q, a: [(0.02, a)]
    line.clock.advance(FORGET)
    line.bad = 0
    line.round()
    assert line.bad == 0, "all is well in the first round after the faults"


def test_another_master_asks_while_we_wait_and_both_answers_are_still_to_come() -> None:
    foreign = sealed(b"\x01\x03\x03\x07\x00\x04")

    def asks(request: bytes, right: bytes) -> Events:
        return [(0.015, foreign), (0.03, rtu_answer(foreign)), (0.09, right)]

    line = Line(at(2, asks))
    results = line.round()
    assert {r.reason for r in results[1].readings} == {Reason.BAD_REPLY}
    assert line.bad == 1


def test_another_masters_answer_is_not_the_second_one_to_our_repeated_question() -> None:
    foreign = sealed(b"\x01\x03\x03\x07\x00\x01")

    def fault(n: int, request: bytes, right: bytes) -> Events:
        if n < 3:
            return [] if n == 1 else [(0.02, right), (0.04, foreign), (0.1, rtu_answer(foreign))]
        return [(0.02, right)]

    line = Line(fault, readable=False, size=1)
    assert not line.poll(line.requests[0]).answered
    assert line.poll(line.requests[0]).readings[0].reason is Reason.BAD_REPLY


def test_a_request_that_might_be_a_late_answer_makes_what_follows_doubtful() -> None:
    """Another master's question for bits from 0x03xx on has the form of an answer of three bytes, one of which may still come to us."""
    foreign = sealed(b"\x01\x01\x03\xf5\x00\x09")

    def fault(n: int, request: bytes, right: bytes) -> Events:
        return [] if n == 1 else [(0.015, foreign), (0.03, rtu_answer(foreign)), (0.09, right)] if n == 2 else [(0.02, right)]

    line = Line(fault, readable=False, table="coil", size=18)
    shorter = Line(fault, readable=False, table="coil", size=9)
    assert not line.poll(line.requests[0]).answered
    assert line.poll(shorter.requests[1]).readings[0].reason is Reason.BAD_REPLY
