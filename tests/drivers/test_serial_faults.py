"""The fault matrix of the serial protocols on a scripted pipe and a fake clock: whatever happens, no value is ever a wrong one."""

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Request, Result, WireError
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.model.rooms import Device
from tests.conftest import FakeClock
from tests.drivers.modbus.pipe import Events, Pipe
from tests.drivers.serial_room import bus, device, fresh, point
from tests.peers.serial_slaves import ANSWERS, MEGATEC, dlt, dlt_number, dz, dz_word

TIMEOUT = 0.5
Fault = Callable[[int, bytes, bytes], Events]
PROTOCOLS = ("ydn23", "dlt645", "megatec")
SENDING = 0.6
"""Seconds that a question and its answer are on the wire at most: those are allowed beside the time-out."""
LONG = 30.0
"""Seconds after which whatever was owed cannot come any more."""


def ydn23(units: tuple[int, ...]) -> tuple[list[Device], dict[str, float]]:
    held: dict[str, float] = {}
    devices = []
    for unit in units:
        points = []
        for cid2 in (0x42, 0x43, 0x44):
            for position in (0, 2, 38):
                points.append(point("ydn23", f"p{cid2}-{position}", device=f"d{unit}", cid2=cid2, position=position))
                held[points[-1].key] = dz_word(unit, cid2, position)
        devices.append(device("ydn23", *points, name=f"d{unit}", address=unit, cid1=0x2A))
    return devices, held


def dlt645(units: tuple[int, ...]) -> tuple[list[Device], dict[str, float]]:
    held: dict[str, float] = {}
    devices = []
    for unit in units:
        points = []
        for item in (0x02010100, 0x02010200, 0x02020100):
            points.append(point("dlt645", f"p{item:08x}", device=f"d{unit}", item=item, length=2))
            held[points[-1].key] = dlt_number(f"{unit:012d}", item)
        devices.append(device("dlt645", *points, name=f"d{unit}", address=unit))
    return devices, held


def megatec(units: tuple[int, ...]) -> tuple[list[Device], dict[str, float]]:
    held = {"d1.q1": 229.8, "d1.q1low": 1, "d1.qgs": 229.7, "d1.q6": 231.4, "d1.f": 13}
    points = [
        point("megatec", "q1", device="d1", query="Q1", field=1),
        point("megatec", "q1low", device="d1", query="Q1", field=8, bit=8),
        point("megatec", "qgs", device="d1", query="QGS", field=3),
        point("megatec", "q6", device="d1", query="Q6", field=7),
        point("megatec", "f", device="d1", query="F", field=2),
    ]
    return [device("megatec", *points, name="d1")], held


ROOMS = {"ydn23": ydn23, "dlt645": dlt645, "megatec": megatec}


class Line:
    """A session of a protocol over a pipe, and the requests of some units."""

    def __init__(self, protocol: str, fault: Fault, monkeypatch: pytest.MonkeyPatch, units: tuple[int, ...] = (1,)) -> None:
        self.clock = FakeClock()
        self.asked = 0
        self.fault = fault
        self.answer, _ = ANSWERS[protocol]
        self.pipes: list[Pipe] = []
        devices, self.held = ROOMS[protocol](units)
        driver, where = fresh(protocol), bus(protocol, timeout=TIMEOUT)
        monkeypatch.setattr("drivers.line.driver.open_serial", lambda *_: self._connect())
        self.requests: list[Request] = [request for unit in devices for request in driver.plan(where, unit, unit.points)]
        self.session: Any = driver.connect(where, devices, self.clock)
        self.good = self.bad = 0

    def _connect(self) -> Pipe:
        self.pipes.append(Pipe(self.clock, self._answered))
        return self.pipes[-1]

    def _answered(self, request: bytes) -> Events:
        self.asked += 1
        right = self.answer(request)
        assert right is not None
        return self.fault(self.asked, request, right)

    def poll(self, request: Request, pause: float = 0.1) -> Result:
        """Execute it and check every value against what the unit holds."""
        self.clock.advance(pause)
        result: Result = self.session.execute(request)
        assert sorted(r.point for r in result.readings) == sorted(request.points)
        for reading in result.readings:
            if reading.quality is Quality.GOOD:
                assert reading.value == self.held[reading.point], f"WRONG VALUE of {reading.point} at request {self.asked}"
            else:
                assert reading.value is None and reading.reason is not None
        good = all(r.quality is Quality.GOOD for r in result.readings)
        self.good += good
        self.bad += not good
        return result

    def round(self, pause: float = 0.1) -> list[Result]:
        return [self.poll(request, pause) for request in self.requests]


def at(number: int, events: Callable[[bytes, bytes], Events]) -> Fault:
    """A fault at one request; all others are answered after 30 ms."""
    return lambda n, request, right: events(request, right) if n == number else [(0.03, right)]


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes((data[place] ^ 0x04,)) + data[place + 1 :]


def foreign(protocol: str, answer: bytes) -> bytes:
    """The same answer, but of another unit (of another query, where there are no units)."""
    if protocol == "ydn23":
        return dz("2109" + answer.decode()[5:9] + answer.decode()[13:-5])
    if protocol == "dlt645":
        return dlt("000000000099", answer[8], bytes((byte - 51) % 256 for byte in answer[10:-2]))
    return MEGATEC[b"F\r"] if answer != MEGATEC[b"F\r"] else MEGATEC[b"Q6\r"]


def second(protocol: str) -> dict[str, tuple[Callable[[bytes, bytes], Events], Reason | None]]:
    """What may happen to a question, and what is told of it."""
    head, sums = 14, protocol != "megatec"
    damaged = Reason.CRC if sums else Reason.BAD_REPLY
    noise = b"\x9c\x00\xff"
    like = {"ydn23": b"~21012A00", "dlt645": b"\x68\x01\x00\x00\x00\x00\x00\x68\x91\x20", "megatec": b"(229.8 19"}[protocol]
    return {
        "damaged": (lambda q, a: [(0.03, flipped(a, head) if sums else a[:9] + b"?" + a[10:])], damaged),
        "truncated": (lambda q, a: [(0.03, a[: len(a) // 2])], Reason.BAD_REPLY),
        "a byte lost": (lambda q, a: [(0.03, a[:14] + a[15:])], None),
        "three bytes": (lambda q, a: [(0.03, a[:3])], Reason.BAD_REPLY),
        "silence": (lambda q, a: [], Reason.NO_ANSWER),
        "late once": (lambda q, a: [(TIMEOUT * 1.6 + SENDING, a)], Reason.NO_ANSWER),
        "another unit answers": (lambda q, a: [(0.03, foreign(protocol, a))], Reason.BAD_REPLY),
        "noise only": (lambda q, a: [(0.03, noise)], Reason.BAD_REPLY),
        "noise before": (lambda q, a: [(0.03, noise + a)], None),
        "noise like a beginning before": (lambda q, a: [(0.03, like + a)], None),
        "noise after": (lambda q, a: [(0.03, a + noise)], None),
        "sent twice": (lambda q, a: [(0.03, a + a)], None),
        "sent twice, with a pause": (lambda q, a: [(0.03, a), (0.06, a)], None),
        "a pause inside": (lambda q, a: [(0.03, a[:8]), (0.4, a[8:])], None),
        "byte by byte": (lambda q, a: [(0.03 + 0.005 * i, a[i : i + 1]) for i in range(len(a))], None),
        "our own echo first": (lambda q, a: [(0.001, q), (0.03, a)], None),
        "our own echo and the answer at once": (lambda q, a: [(0.03, q + a)], None),
    }


CASES = [(protocol, name) for protocol in PROTOCOLS for name in second(protocol)]


@pytest.mark.parametrize(("protocol", "name"), CASES, ids=[f"{p}: {n}" for p, n in CASES])
def test_a_fault_at_the_second_request(protocol: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    events, reason = second(protocol)[name]
    line = Line(protocol, at(2, events), monkeypatch)
    results = line.round()
    reasons = {reading.reason for reading in results[1].readings}
    if name == "a byte lost":
        assert None not in reasons, "it is no frame any more, whichever way that is seen"
    else:
        assert reasons == {reason}
    assert results[0].answered and {reading.reason for reading in results[0].readings} == {None}
    assert results[1].answered is (reason is None and name != "a byte lost")
    line.clock.advance(LONG)
    line.bad = 0
    line.round()
    assert line.bad == 0, "afterwards all is well"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_question_that_could_be_mistaken_is_not_asked(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The unit answers the first question after 3 times the time-out, while the next ones would be asked."""
    line = Line(protocol, at(1, lambda q, a: [(TIMEOUT * 3 + SENDING, a)]), monkeypatch)
    first = line.poll(line.requests[0])
    assert (first.answered, first.readings[0].reason) == (False, Reason.NO_ANSWER)
    again = line.poll(line.requests[0])
    assert (again.answered, line.asked) == (True, 1), "not asked again, and not called silent for it"
    others = [line.poll(request) for request in line.requests[1:]]
    alike = protocol == "ydn23"
    assert line.asked == (1 if alike else len(line.requests)), "only where an answer does not say what was asked"
    assert all(result.answered for result in others)
    line.clock.advance(TIMEOUT * 3)
    assert all(reading.reason is None for result in line.round() for reading in result.readings)
    counters = line.session.counters
    assert (counters.late_replies, counters.timeouts) == (1, 1)
    assert counters.requests == line.asked and counters.exceptions == 0


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_late_answer_names_its_device(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(protocol, at(1, lambda q, a: [(TIMEOUT * 1.4 + SENDING, a)]), monkeypatch)
    line.poll(line.requests[0])
    assert line.poll(line.requests[0], pause=1.5).late == ("d1",)


@pytest.mark.parametrize("factor", [1.3, 2.1, 3.8])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_unit_that_is_always_late_is_given_its_time(protocol: str, factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(protocol, lambda n, q, a: [(TIMEOUT * factor, a)], monkeypatch)
    for _ in range(8):
        line.round(pause=1.0)
    line.bad = 0
    line.round(pause=1.0)
    assert line.bad == 0
    line.fault = lambda n, q, a: [(0.03, a)]
    for _ in range(60):
        line.round()
    line.fault = lambda n, q, a: []
    assert line.poll(line.requests[0]).elapsed < 2 * TIMEOUT, "and loses it again when it is quick"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_dead_unit_is_seen(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(protocol, lambda n, q, a: [], monkeypatch)
    assert not line.poll(line.requests[0]).answered
    line.clock.advance(LONG)
    assert not line.poll(line.requests[0]).answered
    assert not line.poll(line.requests[0]).answered, "not asked, but two questions in a row had no answer"
    assert line.asked == 2


@pytest.mark.parametrize("protocol", ["ydn23", "dlt645"])
def test_a_dead_neighbour_delays_nobody_else(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def second_is_dead(n: int, request: bytes, right: bytes) -> Events:
        second = request[3:5] == b"02" if protocol == "ydn23" else request.lstrip(b"\xfe")[1] == 2
        return [] if second else [(0.03, right)]

    line = Line(protocol, second_is_dead, monkeypatch, units=(1, 2))
    for _ in range(5):
        for request, result in zip(line.requests, line.round(), strict=True):
            assert all(reading.reason is None for reading in result.readings) == (request.device == "d1")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_babbling_line_ends_the_wait(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(protocol, lambda n, q, a: [(0.03, a)], monkeypatch)
    rng = random.Random(7)
    for i in range(2000):
        line.pipes[0].inject(0.01 * i, rng.randbytes(7))
    first = line.poll(line.requests[0])
    assert (first.readings[0].reason, first.readings[0].detail) == (Reason.BAD_REPLY, "babble")
    assert first.elapsed < 2 * TIMEOUT
    line.clock.advance(LONG)
    assert line.poll(line.requests[0]).readings[0].reason is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_babble_in_an_answer_ends_too(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    starts = {"ydn23": b"~", "dlt645": b"\x68", "megatec": b"("}[protocol]
    line = Line(protocol, lambda n, q, a: [(0.01 * i, starts * 5) for i in range(3000)], monkeypatch)
    assert line.poll(line.requests[0]).elapsed < 10


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_wire_that_vanishes(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line(protocol, at(2, lambda q, a: [(0.01, b"")]), monkeypatch)
    line.poll(line.requests[0])
    with pytest.raises(WireError) as gone:
        line.poll(line.requests[-1])
    assert gone.value.reason is Reason.CONNECTION_LOST
    line.clock.advance(LONG)
    assert line.poll(line.requests[0]).readings[0].reason is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_on_a_port_that_vanished_between_two_questions_nothing_is_sent(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may be another line when it is back: the bus listens to it first."""
    line = Line(protocol, at(0, lambda q, a: []), monkeypatch)
    line.poll(line.requests[0])
    line.pipes[0].inject(0.01, b"")
    with pytest.raises(WireError):
        line.poll(line.requests[0])
    assert (line.asked, len(line.pipes)) == (1, 1)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_hundreds_of_questions_on_a_terrible_line(protocol: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the answers late, doubled, cut, damaged, lost or in noise: no wrong value, and the line works when it is sound again."""
    rng = random.Random(seed)

    def fault(n: int, request: bytes, right: bytes) -> Events:
        kind = rng.random()
        if kind < 0.5:
            return [(0.03, right)]
        if kind < 0.65:
            return [(TIMEOUT * rng.uniform(0, 3.8), right)]
        if kind < 0.72:
            return [(0.03, right), (rng.uniform(0.031, 0.07), right)]
        if kind < 0.80:
            place = rng.randrange(len(right) - 1)
            return [(0.03, flipped(right, place) if protocol != "megatec" else right[:place] + b"\x80" + right[place + 1 :])]
        if kind < 0.88:
            return [(0.03, rng.randbytes(rng.randrange(1, 12)) + right)]
        return [(0.03, right[: rng.randrange(1, len(right))])] if kind < 0.95 else []

    line = Line(protocol, fault, monkeypatch, units=(1, 2) if protocol != "megatec" else (1,))
    for _ in range(50):
        line.round(pause=rng.uniform(0.05, 0.6))
    assert line.good > 10
    line.fault = lambda n, q, a: [(0.03, a)]
    line.clock.advance(LONG)
    line.round()
    line.bad = 0
    line.round()
    assert line.bad == 0


@pytest.mark.parametrize(
    ("protocol", "request_", "again"),
    [
        ("ydn23", "~21012A420000FDA3\r", b"~21032A430000FDA0\r"),
        ("dlt645", b"\x68\x01\x00\x00\x00\x00\x00\x68\x11\x04\x33\x34\x34\x35\xb6\x16", dlt("000000000004", 0x14, b"\0" * 8)),
        ("megatec", b"Q1\r", b"S01R0003\r"),
    ],
)
def test_another_master_is_heard(protocol: str, request_: Any, again: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    request = request_.encode() if isinstance(request_, str) else request_
    line = Line(protocol, lambda n, q, a: [(0.03, a)], monkeypatch)
    answer = ANSWERS[protocol][0](request)
    assert answer is not None
    line.pipes[0].inject(0.5, b"\x00" + request)
    line.pipes[0].inject(0.6, answer)
    line.pipes[0].inject(1.5, again[:4])
    line.pipes[0].inject(1.52, again[4:])
    heard = line.session.listen(5.0)
    assert (heard.foreign, heard.bytes, heard.readings) == (2, 1 + len(request) + len(answer) + len(again), ())
    assert line.asked == 0
    line.pipes[0].inject(0.02, again)
    assert line.poll(line.requests[0]).foreign == 1
    assert line.poll(line.requests[0]).foreign == 0, "our own question is none"


ANYTHING = st.one_of(
    st.binary(max_size=60),
    st.sampled_from([b"~", b"\r", b"\x68", b"\x16", b"(", b"#", b"~21012A000000FDA9\r", b"(NAK\r"]),
    st.integers(1, 90),
)
"""Bytes that come instead of an answer; a number is that much of the right answer."""


@pytest.mark.parametrize("protocol", PROTOCOLS)
@settings(max_examples=150)
@given(parts=st.lists(st.tuples(st.floats(0.001, 4.0), ANYTHING), max_size=6))
def test_any_bytes_may_come(protocol: str, parts: list[tuple[float, bytes | int]]) -> None:
    def events(number: int, request: bytes, right: bytes) -> Events:
        found = [(delay, right[:part] if isinstance(part, int) else part) for delay, part in parts]
        return [(delay, data) for delay, data in found if data] if number <= 3 else [(0.03, right)]

    with pytest.MonkeyPatch.context() as monkeypatch:
        line = Line(protocol, events, monkeypatch)
        assert all(result.elapsed < 10 for result in line.round())
        for _ in range(5):  # an answer of another length than before is believed only when it comes again
            line.clock.advance(LONG)
            line.bad = 0
            line.round()
        assert line.bad == 0


@pytest.mark.parametrize("protocol", ["ydn23-tcp", "dlt645-tcp"])
def test_a_connection_that_is_dead_without_saying_so_is_opened_anew(protocol: str, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = FakeClock()
    kind = protocol.removesuffix("-tcp")
    (unit, *_), held = ROOMS[kind]((1,))
    pipes: list[Pipe] = []

    def connect(*_: Any, **__: Any) -> Pipe:
        alive = bool(pipes)
        pipes.append(Pipe(clock, lambda request: [(0.03, ANSWERS[kind][0](request) or b"?")] if alive else []))
        return pipes[-1]

    monkeypatch.setattr("drivers.line.driver.open_tcp", connect)
    driver, where = fresh(protocol), bus(protocol, host="10.0.0.5", port=4001, timeout=TIMEOUT)
    session = driver.connect(where, [unit], clock)
    request = driver.plan(where, unit, unit.points)[0]
    reasons = []
    for _ in range(4):
        reasons.append(session.execute(request).readings[0].reason)
        clock.advance(LONG)
    assert reasons == [Reason.NO_ANSWER] * 3 + [None]
    assert [pipe.closed for pipe in pipes] == [True, False]
    assert session.execute(request).readings[0].value == held[request.points[0]]
