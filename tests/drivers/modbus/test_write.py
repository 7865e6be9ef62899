"""Writing: what is refused, what is sent, and which outcome each course of events proves. Over both framings, on a fake clock."""

import struct
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Counters, Request, WireError, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Kind, Point, WriteLimits
from drivers.modbus import pdu, rtu, tcp, values
from drivers.modbus.acquaintance import LATE, Acquaintance
from drivers.modbus.options import LAST_ADDRESS, RtuDevice, Source, Table, Type, WordOrder
from drivers.modbus.pdu import Question
from drivers.modbus.plan import Block, Field
from drivers.modbus.rtu_master import RtuMaster
from drivers.modbus.session import ModbusSession
from drivers.modbus.tcp_master import TcpMaster
from drivers.modbus.write import WriteQuestion
from tests.drivers.modbus.pipe import Pipe
from tests.drivers.modbus.room import device, point
from tests.drivers.modbus.slave import sealed

SETPOINT = point("setpoint", address=5, type="int16", scale=0.1)
COIL = point("relay", kind=Kind.DIGITAL, table="coil", address=3)


def writable(one: Point, low: float = 0, high: float = 0, step: float = 1, states: tuple[int, ...] = ()) -> Point:
    limits = WriteLimits(low, high, step, states)
    return Point(
        one.key, one.device, one.names, one.kind, one.group, one.unit, one.resolution, write=limits, source=one.source, span=one.span
    )


WARMER = writable(SETPOINT, 18, 28, 0.5)
SWITCH = writable(COIL, states=(0, 1))


class Unit:
    """A device that takes writes, in a framing; `faults` change what comes back of the nth question: bytes to (delay, bytes)."""

    def __init__(self, clock: Any, tcp: bool, *, timeout: float = 0.3, echo: bool = False, interval: float = 0.0) -> None:
        self.clock = clock
        self.tcp = tcp
        self.words = {5: 220, 6: 0, 7: 0, 8: 0, 9: 0}
        self.coils = {3: 0}
        self.faults: dict[int, Any] = {}
        self.deaf: set[int] = set()
        self.takes = True
        self.echo = echo
        self.asked: list[bytes] = []
        self.pipe = Pipe(clock, self._peer)
        self.counters = Counters()
        known = Acquaintance()
        master: Any = (
            TcpMaster(lambda: self.pipe, clock, self.counters, known)
            if tcp
            else RtuMaster(lambda: self.pipe, clock, self.counters, known, 9600)
        )
        options = device(SETPOINT, timeout=timeout, gap=0.0, interval=interval).options
        assert isinstance(options, RtuDevice)
        self.session = ModbusSession(master, self.counters, clock, timeout, {"d": options})

    def write(self, one: Point, value: float) -> Written:
        return self.session.write(one, value)

    def poll(self, one: Point = SETPOINT) -> None:
        source = one.source
        assert isinstance(source, Source)
        block = Block(source.table, source.address, source.width, (Field(one, source),), source.address, source.address + source.width)
        self.session.execute(Request("d", (one.key,), 5.0, 0.1, block))

    @property
    def functions(self) -> list[int]:
        return [body[0] for body in self.asked]

    def _peer(self, request: bytes) -> list[tuple[float, bytes]]:
        body = request[7:] if self.tcp else request[1:-2]
        number = len(self.asked)
        self.asked.append(body)
        fault = self.faults.get(number)
        came = [(0.001, request)] if self.echo else []
        if number in self.deaf:
            return came
        answer = self._framed(request, self._answer(body))
        return came + (fault(answer, request) if fault else [(0.02, answer)])

    def framed(self, request: bytes, body: bytes) -> bytes:
        return self._framed(request, body)

    def _framed(self, request: bytes, body: bytes) -> bytes:
        return request[:4] + struct.pack(">H", len(body) + 1) + request[6:7] + body if self.tcp else sealed(request[:1] + body)

    def _answer(self, body: bytes) -> bytes:
        function, address = body[0], int.from_bytes(body[1:3])
        if function == 3:
            words = [self.words[address + i] for i in range(int.from_bytes(body[3:5]))]
            return bytes((3, 2 * len(words))) + b"".join(struct.pack(">H", word) for word in words)
        if function == 1:
            return bytes((1, 1, self.coils[address]))
        if self.takes and function == 5:
            self.coils[address] = int(body[3:5] == b"\xff\x00")
        elif self.takes:
            data = body[3:5] if function == 6 else body[6:]
            for i in range(0, len(data), 2):
                self.words[address + i // 2] = int.from_bytes(data[i : i + 2])
        return body[:5]


@pytest.fixture(params=["rtu", "tcp"])
def unit(request: pytest.FixtureRequest, clock: Any) -> Unit:
    return Unit(clock, request.param == "tcp")


def nothing(answer: bytes, request: bytes) -> list[tuple[float, bytes]]:
    return []


def test_a_setpoint_is_read_written_once_and_read_back(unit: Unit) -> None:
    assert unit.write(WARMER, 23.5) == Written(Outcome.DONE, "", 22.0, 23.5)
    assert unit.asked == [bytes.fromhex("03 0005 0001"), bytes.fromhex("06 0005 00EB"), bytes.fromhex("03 0005 0001")]


def test_a_relay_by_the_frames_of_its_manual(clock: Any) -> None:
    """reference D10: relay 1 on and off."""
    assert rtu.frame(WriteQuestion(1, Table.COIL, 0, 1, b"\1")) == bytes.fromhex("01 05 00 00 FF 00 8C 3A")
    assert rtu.frame(WriteQuestion(1, Table.COIL, 0, 1, b"\0")) == bytes.fromhex("01 05 00 00 00 00 CD CA")
    board = Unit(clock, tcp=False)
    assert board.write(SWITCH, 1) == Written(Outcome.DONE, "", 0, 1)
    assert board.functions == [1, 5, 1]


@pytest.mark.parametrize("type", [Type.INT32, Type.UINT32, Type.FLOAT32, Type.FLOAT64])
@pytest.mark.parametrize("order", list(WordOrder))
def test_values_of_several_registers_go_in_one_frame(unit: Unit, type: Type, order: WordOrder) -> None:
    wide = writable(point("wide", address=5, type=type, word_order=order, resolution=0.5, scale=0.5), 0, 1000, 0.5)
    unit.words = dict.fromkeys(range(5, 10), 0)
    assert unit.write(wide, 123.5) == Written(Outcome.DONE, "", 0.0, 123.5)
    assert unit.functions == [3, 16, 3]


@pytest.mark.parametrize(
    ("one", "value", "code"),
    [
        (SETPOINT, 23.5, "read_only"),
        (WARMER, 17.5, "outside_limits"),
        (WARMER, 28.5, "outside_limits"),
        (WARMER, 23.7, "outside_limits"),
        (WARMER, float("nan"), "outside_limits"),
        (SWITCH, 2, "outside_limits"),
        (writable(SETPOINT, 0, 10_000, 0.1), 4000.0, "not_exact"),
        (writable(SETPOINT, 0, 100, 0.01), 20.05, "not_exact"),
        (writable(point("u", address=5, scale=0.4, resolution=0.1), 0, 100, 0.1), 0.5, "not_exact"),
        (writable(point("n", address=5, invalid=[7]), 0, 100, 1), 7, "not_exact"),
        (writable(point("s", address=5, span=(10, 20)), 0, 100, 1), 30, "not_exact"),
    ],
)
def test_what_is_not_declared_or_not_exact_is_never_sent(unit: Unit, one: Point, value: float, code: str) -> None:
    assert unit.write(one, value) == Written(Outcome.REFUSED, code)
    assert unit.asked == []


def test_a_device_that_cannot_be_read_is_not_written(unit: Unit) -> None:
    unit.deaf = {0}
    assert unit.write(WARMER, 23.5) == Written(Outcome.FAILED, "not_read")
    assert unit.functions == [3]


def test_an_exception_is_a_failure_with_its_number(unit: Unit) -> None:
    unit.takes = False
    unit.faults[1] = lambda answer, request: [(0.02, unit.framed(request, b"\x86\x03"))]
    assert unit.write(WARMER, 23.5) == Written(Outcome.FAILED, "exception_3", 22.0)
    assert unit.functions == [3, 6, 3]


def test_a_device_that_takes_what_it_refuses_is_found_out(unit: Unit) -> None:
    unit.faults[1] = lambda answer, request: [(0.02, unit.framed(request, b"\x86\x04"))]
    assert unit.write(WARMER, 23.5) == Written(Outcome.DONE, "by_read_back", 22.0, 23.5)


def test_a_device_that_passes_the_value_on_inside_is_given_a_second(unit: Unit) -> None:
    def old(answer: bytes, request: bytes) -> list[tuple[float, bytes]]:
        return [(0.02, unit.framed(request, bytes.fromhex("03 02 00DC")))]

    unit.faults |= {2: old, 3: old, 4: old}
    begun = unit.clock.monotonic()
    assert unit.write(WARMER, 23.5) == Written(Outcome.DONE, "", 22.0, 23.5)
    assert unit.functions == [3, 6, 3, 3, 3, 3] and 1.0 <= unit.clock.monotonic() - begun < 1.5


@pytest.mark.parametrize("code", [5, 10, 11])
def test_exceptions_that_leave_it_open_are_decided_by_the_read_back(unit: Unit, code: int) -> None:
    unit.faults[1] = lambda answer, request: [(0.02, unit.framed(request, bytes((0x86, code))))]
    assert unit.write(WARMER, 23.5) == Written(Outcome.DONE, "by_read_back", 22.0, 23.5)


def test_a_lost_echo_is_proved_by_the_read_back_and_nothing_is_sent_twice(unit: Unit) -> None:
    unit.faults[1] = nothing
    assert unit.write(WARMER, 23.5) == Written(Outcome.DONE, "by_read_back", 22.0, 23.5)
    assert unit.functions == [3, 6, 3]


def test_a_lost_echo_of_a_value_that_stood_before_proves_nothing(unit: Unit) -> None:
    unit.faults[1] = nothing
    assert unit.write(WARMER, 22.0) == Written(Outcome.UNKNOWN, "no_echo", 22.0, 22.0)
    assert unit.functions == [3, 6, 3]


def test_a_lost_write_is_unknown(unit: Unit) -> None:
    unit.deaf = {1}
    assert unit.write(WARMER, 23.5) == Written(Outcome.UNKNOWN, "no_echo", 22.0, 22.0)
    assert unit.functions == [3, 6, 3]


def test_no_echo_and_no_read_back_is_unknown(unit: Unit) -> None:
    unit.deaf = {1, 2}
    assert unit.write(WARMER, 23.5) == Written(Outcome.UNKNOWN, "no_echo", 22.0)


def test_an_echo_without_a_read_back_is_unknown(unit: Unit) -> None:
    unit.deaf = {2}
    assert unit.write(WARMER, 23.5) == Written(Outcome.UNKNOWN, "no_read_back", 22.0)


def test_a_device_that_confirms_and_does_not_take_it_has_failed(unit: Unit) -> None:
    unit.takes = False
    assert unit.write(WARMER, 23.5) == Written(Outcome.FAILED, "not_taken", 22.0, 22.0)


def test_an_echo_of_another_value_is_no_echo(unit: Unit) -> None:
    unit.takes = False
    unit.faults[1] = lambda answer, request: [(0.02, unit.framed(request, bytes.fromhex("06 0005 00DC")))]
    assert unit.write(WARMER, 23.5) == Written(Outcome.UNKNOWN, "no_echo", 22.0, 22.0)


def test_a_lost_wire_after_the_order_was_sent_is_unknown(unit: Unit) -> None:
    unit.faults[1] = lambda answer, request: [(0.02, b"")]
    assert unit.write(WARMER, 23.5) == Written(Outcome.UNKNOWN, "line_lost", 22.0)


def test_a_lost_wire_before_anything_was_sent_is_a_wire_error(unit: Unit) -> None:
    unit.faults[0] = lambda answer, request: [(0.02, b"")]
    with pytest.raises(WireError):
        unit.write(WARMER, 23.5)
    assert unit.functions == [3]


def test_a_late_echo_is_dropped_while_the_value_is_read_back(unit: Unit) -> None:
    unit.faults[1] = lambda answer, request: [(0.31 if unit.tcp else 0.34, answer)]
    assert unit.write(WARMER, 23.5) == Written(Outcome.DONE, "by_read_back", 22.0, 23.5)
    assert unit.counters.late_replies == 1
    assert unit.write(WARMER, 24.0) == Written(Outcome.DONE, "", 23.5, 24.0)


def test_a_late_echo_is_never_taken_for_another_writes(clock: Any) -> None:
    """Function 16 echoes no value: the echo of the first write would fit the second one."""
    line = Unit(clock, tcp=False)
    wide = writable(point("wide", address=5, type="uint32"), 0, 1000)
    line.words = dict.fromkeys(range(5, 10), 0)
    line.faults[1] = lambda answer, request: [(2.0, answer)]
    assert line.write(wide, 7).outcome is Outcome.DONE
    assert line.write(wide, 8) == Written(Outcome.REFUSED, "late_answer")
    clock.advance(2.5)
    assert line.write(wide, 8) == Written(Outcome.DONE, "", 7, 8)
    line.faults[7] = nothing
    assert line.write(wide, 9).code == "by_read_back"
    assert line.write(wide, 9) == Written(Outcome.REFUSED, "late_answer")
    clock.advance(LATE + 1)
    assert line.write(wide, 10).outcome is Outcome.DONE


def test_an_adapter_that_hears_itself_proves_nothing(clock: Any) -> None:
    line = Unit(clock, tcp=False, echo=True)
    line.deaf = {1}
    assert line.write(WARMER, 23.5) == Written(Outcome.UNKNOWN, "no_echo", 22.0, 22.0)
    clock.advance(LATE + 1)
    assert line.write(WARMER, 24.5) == Written(Outcome.DONE, "", 22.0, 24.5)


def test_polls_go_on_after_a_write(unit: Unit) -> None:
    unit.poll()
    unit.write(WARMER, 23.5)
    unit.poll()
    assert unit.counters.bad_replies == unit.counters.timeouts == unit.counters.late_replies == 0


def test_a_device_rests_between_the_questions_of_a_write(clock: Any) -> None:
    ups = Unit(clock, tcp=False, interval=1.0)
    assert ups.write(WARMER, 23.5).outcome is Outcome.DONE
    times = ups.pipe.times
    assert all(b - a >= 1.0 for a, b in pairwise(times))


class Forbidden(Question):
    """A question of a function that nobody writes a class for."""

    @property
    def pdu(self) -> bytes:
        return bytes((self.address, self.count))


@pytest.mark.parametrize("function", range(256))
def test_no_function_but_these_can_be_put_on_a_wire(function: int) -> None:
    question = Forbidden(1, Table.HOLDING, function, 0x0E)
    if function in (1, 2, 3, 4, 5, 6, 16, 0x2B):
        assert rtu.frame(question)[1] == tcp.frame(1, question)[7] == function
    else:
        for framed in (lambda: rtu.frame(question), lambda: tcp.frame(1, question)):
            with pytest.raises(ValueError, match="never sent"):
                framed()
    other = Forbidden(1, Table.HOLDING, pdu.IDENTIFY, 0x0D)
    with pytest.raises(ValueError, match="never sent"):
        rtu.frame(other)


def test_inputs_and_data_of_another_length_cannot_be_written() -> None:
    for table, count, data in [(Table.INPUT, 1, b"\0\0"), (Table.DISCRETE, 1, b"\1"), (Table.HOLDING, 2, b"\0\0"), (Table.COIL, 1, b"\2")]:
        with pytest.raises(ValueError, match=r"cannot be written|another length"):
            WriteQuestion(1, table, 0, count, data)


NUMBERS = [Type.INT16, Type.UINT16, Type.INT32, Type.UINT32, Type.INT64, Type.UINT64, Type.FLOAT32, Type.FLOAT64]


@st.composite
def points(draw: st.DrawFn) -> Point:
    """Any point that may be declared, writable or not."""
    name = f"p{draw(st.integers(0, 99))}"
    if draw(st.booleans()):
        table = draw(st.sampled_from(["coil", "discrete"]))
        one = point(name, kind=Kind.DIGITAL, table=table, address=draw(st.integers(0, LAST_ADDRESS)))
        declared = table == "coil" and draw(st.booleans())
        return writable(one, states=tuple(draw(st.sets(st.integers(0, 1), min_size=1)))) if declared else one
    table, type = draw(st.sampled_from(["holding", "input"])), draw(st.sampled_from(NUMBERS))
    order = draw(st.sampled_from([None, *WordOrder])) if type not in (Type.INT16, Type.UINT16) else None
    scale, offset = draw(st.sampled_from([1, 0.1, 0.25, 10, -2])), draw(st.sampled_from([0, -40, 0.5]))
    address = draw(st.integers(0, LAST_ADDRESS - 3))
    one = point(name, table=table, type=type, address=address, scale=scale, offset=offset, word_order=order, resolution=abs(scale))
    if table != "holding" or draw(st.booleans()):
        return one
    low = draw(st.sampled_from([-100.0, 0.0, 18.0]))
    return writable(one, low, low + draw(st.sampled_from([1.0, 10.0, 100_000.0])), draw(st.sampled_from([0.1, 0.5, 1.0])))


def decoded(one: Point, body: bytes) -> float | str | None:
    """What a write of this PDU leaves in the point, by the driver's reading side."""
    source = one.source
    assert isinstance(source, Source)
    raw = bytes((int(body[3:5] == b"\xff\x00"),)) if source.table.bits else body[6:] if body[0] == 16 else body[3:]
    return values.reading(one, source, raw, 0).value


@given(room=st.lists(points(), min_size=1, max_size=5), data=st.data())
@settings(max_examples=150, deadline=None)
def test_over_any_room_and_any_orders_only_what_is_declared_is_ever_sent(room: list[Point], data: st.DataObject) -> None:
    clock = Ticking()
    line = Unit(clock, tcp=data.draw(st.booleans()))
    line.words, line.coils = dict.fromkeys(range(LAST_ADDRESS + 1), 0), dict.fromkeys(range(LAST_ADDRESS + 1), 0)
    for _ in range(3):
        one = data.draw(st.sampled_from(room))
        value = data.draw(st.one_of(st.floats(), st.integers(-200, 200), st.sampled_from([0, 1, 18.5, 20.0, 2**40])))
        line.deaf = data.draw(st.sets(st.integers(len(line.asked), len(line.asked) + 2), max_size=2))
        before = len(line.asked)
        told = line.write(one, float(value))
        sent = [body for body in line.asked[before:] if body[0] not in (1, 3)]
        assert len(sent) <= 1
        if told.outcome is Outcome.DONE:
            assert len(sent) == 1 and told.after is not None and one.at_resolution(value) == told.after
        for body in sent:
            source = one.source
            assert isinstance(source, Source)
            assert one.write is not None and one.write.allow(value)
            assert source.table in (Table.HOLDING, Table.COIL) and int.from_bytes(body[1:3]) == source.address
            assert body[0] == (5 if source.table.bits else 6 if source.width == 1 else 16)
            assert decoded(one, body) == pytest.approx(value, rel=1e-9, abs=1e-9)
    assert {body[0] for body in line.asked} <= {1, 3, 5, 6, 16}


class Ticking:
    """A clock of its own for each example."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> int:
        return 0

    def advance(self, seconds: float) -> None:
        self.now += seconds
