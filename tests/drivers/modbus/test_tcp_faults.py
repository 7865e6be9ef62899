"""The fault matrix of a Modbus TCP connection on a scripted pipe and a fake clock: no value is ever a wrong one."""

import itertools
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Counters, Result, WireError
from cityops_desktop.model.readings import Quality, Reason
from drivers.line.wire import Wire
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.session import ModbusSession
from drivers.modbus.tcp_master import TcpMaster
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.modbus.room import device, point, tcp_bus
from tests.drivers.modbus.slave import register, tcp_answer

TIMEOUT = 0.3
Fault = Callable[[int, bytes, bytes], Events]


class Gateway:
    """A session with a gateway and one request for each of ten pairs of registers."""

    def __init__(self, fault: Fault, gap: float = 0.0) -> None:
        self.clock = FakeClock()
        self.counters = Counters()
        self.fault = fault
        self.asked = 0
        self.pipes: list[Pipe] = []
        self.refuse: WireError | None = None
        points = [point(f"a{10 * block + i}", address=10 * block + i) for block in range(10) for i in range(2)]
        self.device = device(*points, tcp=True, gap=gap)
        self.requests = DRIVERS["modbus-tcp"].plan(tcp_bus(), self.device, points)
        assert len(self.requests) == 10
        self.known = Acquaintance()
        master = TcpMaster(self._connect, self.clock, self.counters, self.known)
        self.session = ModbusSession(master, self.counters, self.clock, TIMEOUT, {"d": self.device.options})

    def _connect(self) -> Wire:
        if self.refuse is not None:
            raise self.refuse
        self.pipes.append(Pipe(self.clock, self._answer))
        return self.pipes[-1]

    def _answer(self, request: bytes) -> Events:
        self.asked += 1
        return self.fault(self.asked, request, tcp_answer(request))

    def poll(self, number: int) -> Result:
        self.clock.advance(0.02)
        result = self.session.execute(self.requests[number % 10])
        for reading in result.readings:
            if reading.quality is Quality.GOOD:
                assert reading.value == register(1, int(reading.point[3:])), f"WRONG VALUE at request {self.asked}"
            else:
                assert reading.value is None
        return result

    def round(self) -> list[Reason | None]:
        return [self.poll(number).readings[0].reason for number in range(10)]


def at(number: int, events: Callable[[bytes, bytes], Events]) -> Fault:
    return lambda n, request, right: events(request, right) if n == number else [(0.01, right)]


def numbered(number: int, frame: bytes) -> bytes:
    return number.to_bytes(2) + frame[2:]


SECOND: dict[str, tuple[Callable[[bytes, bytes], Events], Reason | None]] = {
    "wrong number": (lambda q, a: [(0.01, numbered(999, a))], Reason.BAD_REPLY),
    "number 0": (lambda q, a: [(0.01, numbered(0, a))], Reason.BAD_REPLY),
    "wrong number, then the right one": (lambda q, a: [(0.01, numbered(999, a)), (0.02, a)], None),
    "another unit": (lambda q, a: [(0.01, a[:6] + b"\x09" + a[7:])], Reason.BAD_REPLY),
    "another function": (lambda q, a: [(0.01, a[:7] + b"\x04" + a[8:])], Reason.BAD_REPLY),
    "byte count short": (lambda q, a: [(0.01, a[:5] + b"\x05" + a[6:8] + b"\x02" + a[9:11])], Reason.BAD_REPLY),
    "byte count lies": (lambda q, a: [(0.01, a[:8] + b"\x02" + a[9:])], Reason.BAD_REPLY),
    "half a frame": (lambda q, a: [(0.01, a[:7])], Reason.BAD_REPLY),
    "bad length": (lambda q, a: [(0.01, a[:4] + b"\x00\x01" + a[6:])], Reason.BAD_REPLY),
    "bad protocol id": (lambda q, a: [(0.01, a[:2] + b"\x00\x01" + a[4:])], Reason.BAD_REPLY),
    "a web server": (lambda q, a: [(0.01, b"HTTP/1.1 400 Bad Request\r\n\r\n")], Reason.BAD_REPLY),
    "exception": (lambda q, a: [(0.01, a[:4] + b"\x00\x03" + a[6:7] + b"\x83\x04")], Reason.EXCEPTION),
    "gateway without an answer": (lambda q, a: [(0.01, a[:4] + b"\x00\x03" + a[6:7] + b"\x83\x0b")], Reason.NO_ANSWER),
    "silence": (lambda q, a: [], Reason.NO_ANSWER),
    "late": (lambda q, a: [(TIMEOUT * 1.2, a)], Reason.NO_ANSWER),
    "twice": (lambda q, a: [(0.01, a + a)], None),
    "twice, late": (lambda q, a: [(0.01, a), (0.035, a)], None),
    "byte by byte": (lambda q, a: [(0.01 + i / 1000, a[i : i + 1]) for i in range(len(a))], None),
    "garbage behind": (lambda q, a: [(0.01, a + b"\xff\xff\xff\xff\xff\xff\xff\xff")], None),
}


@pytest.mark.parametrize(("events", "reason"), SECOND.values(), ids=SECOND.keys())
def test_a_fault_at_the_second_request(events: Callable[[bytes, bytes], Events], reason: Reason | None) -> None:
    gateway = Gateway(at(2, events))
    reasons = gateway.round()
    assert reasons[1] is reason
    allowed = 2 if reason in (Reason.BAD_REPLY, None) else 1  # half a frame spoils the next one too, then the stream is opened anew
    assert sum(r is not None for r in reasons) <= allowed and reasons[3:] == [None] * 7


def test_late_answers_are_dropped_counted_and_learned() -> None:
    gateway = Gateway(lambda n, q, a: [(TIMEOUT * 1.3, a)])
    reasons = gateway.round()
    assert reasons[2:] == [None] * 8 and gateway.counters.late_replies >= 1 and gateway.counters.timeouts <= 2


def test_always_late_and_always_number_0_is_never_believed() -> None:
    gateway = Gateway(lambda n, q, a: [(TIMEOUT * 1.3, numbered(0, a))])
    assert None not in gateway.round()


def test_an_answered_exception_of_the_gateway_is_no_answer_of_the_device() -> None:
    gateway = Gateway(at(1, SECOND["gateway without an answer"][0]))
    result = gateway.poll(0)
    assert not result.answered and result.readings[0].detail == "exception 11"
    gateway = Gateway(at(1, SECOND["exception"][0]))
    result = gateway.poll(0)
    assert result.answered and result.readings[0].detail == "4" and gateway.counters.exceptions == 1


def test_a_lost_connection_is_the_wire_s_failure_and_seen_at_once() -> None:
    gateway = Gateway(at(2, lambda q, a: [(0.01, b"")]))
    gateway.poll(0)
    start = gateway.clock.monotonic()
    with pytest.raises(WireError) as lost:
        gateway.poll(1)
    assert lost.value.reason is Reason.CONNECTION_LOST and gateway.clock.monotonic() - start < 0.1 and gateway.pipes[0].closed
    assert gateway.poll(1).answered and len(gateway.pipes) == 2


def test_a_connection_that_was_closed_while_idle_costs_nothing() -> None:
    gateway = Gateway(lambda n, q, a: [(0.01, a)])
    gateway.poll(0)
    gateway.pipes[0].inject(0.01, b"")
    assert gateway.poll(1).answered and len(gateway.pipes) == 2


def test_a_half_open_connection_is_found_and_opened_anew() -> None:
    gateway = Gateway(lambda n, q, a: [(0.01, a)] if n == 1 or len(gateway.pipes) > 1 else [])
    assert gateway.round() == [None] + [Reason.NO_ANSWER] * 3 + [None] * 6
    assert len(gateway.pipes) == 2 and gateway.pipes[0].closed


def test_a_gateway_that_is_gone_says_so_when_it_is_opened_anew() -> None:
    gateway = Gateway(lambda n, q, a: [])
    for number in range(3):
        gateway.poll(number)
    gateway.refuse = WireError(Reason.UNREACHABLE, "x")
    with pytest.raises(WireError):
        gateway.poll(3)
    gateway.refuse = None
    gateway.fault = lambda n, q, a: [(0.01, a)]
    assert gateway.poll(3).answered


def test_the_gap_is_kept() -> None:
    gateway = Gateway(lambda n, q, a: [(0.01, a)], gap=0.2)
    gateway.round()
    times = gateway.pipes[0].times
    assert min(b - a for a, b in itertools.pairwise(times)) == pytest.approx(0.21)


def test_a_flood_between_two_questions_ends_with_a_new_connection() -> None:
    gateway = Gateway(lambda n, q, a: [(0.01, a)], gap=0.2)
    gateway.poll(0)
    for i in range(100_000):
        gateway.pipes[0].inject(0.0, numbered(5, tcp_answer(gateway.pipes[0].requests[0])) if i % 1000 else b"\0")
    assert gateway.poll(1).answered and len(gateway.pipes) == 2


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32))
def test_any_mixture_of_faults_brings_no_wrong_value(seed: int) -> None:
    chance = random.Random(seed)
    faults = [events for events, _ in SECOND.values()]

    def fault(n: int, request: bytes, right: bytes) -> Events:
        if chance.random() < 0.6:
            return [(0.01, right)]
        return [(delay * chance.uniform(0.5, 3), data) for delay, data in chance.choice(faults)(request, right)]

    gateway = Gateway(fault)
    for _ in range(8):
        gateway.round()
    gateway.fault = lambda n, q, a: [(0.01, a)]
    gateway.clock.advance(5.0)
    gateway.round()
    assert gateway.round() == [None] * 10


def test_an_answer_to_an_older_connection_is_nobodys_on_the_next_one() -> None:
    """A gateway that mixes up its clients gives what was asked before the wire was lost to whoever is connected now."""
    answers: list[bytes] = []

    def fault(n: int, q: bytes, a: bytes) -> Events:
        answers.append(a)
        return [(0.01, b"")] if n == 1 else [(0.01, answers[0]), (0.02, a)]

    gateway = Gateway(fault)
    with pytest.raises(WireError):
        gateway.poll(0)
    master = TcpMaster(gateway._connect, gateway.clock, gateway.counters, gateway.known)
    gateway.session = ModbusSession(master, gateway.counters, gateway.clock, TIMEOUT, {"d": gateway.device.options})
    assert gateway.poll(1).readings[0].reason is None


def test_an_answer_that_lost_its_end_is_not_made_whole_by_a_late_one() -> None:
    answers: list[bytes] = []

    def fault(n: int, q: bytes, a: bytes) -> Events:
        answers.append(a)
        return [] if n == 1 else [(0.01, a[:-2] + answers[0])] if n == 2 else [(0.01, a)]

    reasons = Gateway(fault).round()
    assert reasons[:3] == [Reason.NO_ANSWER, Reason.BAD_REPLY, None]
