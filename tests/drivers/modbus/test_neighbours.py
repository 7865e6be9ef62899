"""A real serial line with a master that is not ours: nobody is spoken over, and what is only heard becomes values."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from cityops_desktop.acquire import courtesy
from cityops_desktop.acquire.bus import BusThread
from cityops_desktop.acquire.report import BusReport, WireState
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Request
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Reason
from drivers.line.options import LineServer, SerialBus
from drivers.line.wire import ListenOnlyError, open_serial
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import RtuDevice
from tests.drivers.modbus.room import device, point, serial_bus
from tests.peers.mbpoll import mbpoll
from tests.peers.ptys import SharedLine, pty_pair, shared_line
from tests.peers.slaves import build_libmodbus_slave, libmodbus_rtu

CLOCK = SystemClock()
PATIENCE = 30.0


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("libmodbus"))


@pytest.fixture
def line(program: Path) -> Iterator[SharedLine]:
    """Port 0 is ours, 1 another master's, 2 a second one of ours, 3 a slave with unit 1."""
    held = ["h:10:235", "h:11:236", "h:12:1", "i:20:50", "c:3:1", "d:17:1"]
    with shared_line(4) as shared, libmodbus_rtu(program, shared.ports[3], 1, 100, held):
        yield shared


UNIT = device(
    point("temperature", address=10, scale=0.1, period=0.5),
    point("humidity", address=11, scale=0.1, period=0.5),
    point("energy", kind=Kind.COUNTER, address=12, type="uint32", period=0.5),
    point("flow", table="input", address=20, period=0.5),
    point("pump", kind=Kind.DIGITAL, table="coil", address=3, period=0.5),
    point("leak", kind=Kind.DIGITAL, table="discrete", address=17, period=0.5),
)


class AtWork:
    """A bus in its thread, and what it said."""

    def __init__(self, port: str, **options: object) -> None:
        self.reports: list[BusReport] = []
        self.bus = BusThread(
            serial_bus(port, **options), (UNIT,), ModbusDriver("modbus-rtu", SerialBus, RtuDevice), CLOCK, self.reports.append
        )

    def __enter__(self) -> "AtWork":
        self.bus.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bus.stop()
        assert self.bus.join(PATIENCE)

    @property
    def states(self) -> list[tuple[WireState, Reason | None]]:
        told = [(report.state, report.reason) for report in list(self.reports)]
        return [state for at, state in enumerate(told) if at == 0 or told[at - 1] != state]

    @property
    def values(self) -> dict[str, object]:
        return {r.point.partition(".")[2]: r.value for report in list(self.reports) for r in report.readings if r.reason is None}

    @property
    def reasons(self) -> dict[str, set[Reason | None]]:
        found: dict[str, set[Reason | None]] = {}
        for report in list(self.reports):
            for reading in report.readings:
                found.setdefault(reading.point.partition(".")[2], set()).add(reading.reason)
        return found


def until(condition: Callable[[], object], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.02)


LISTENING = (WireState.STARTING, Reason.LISTENING)
GIVING_WAY = (WireState.DOWN, Reason.OTHER_MASTER)
UP = (WireState.UP, None)


def test_before_the_first_transmission_another_master_is_heard_and_not_one_byte_is_sent(
    line: SharedLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courtesy, "GIVE_WAY", 2.0)
    with mbpoll(line.ports[1], "1 4 11 2"):
        until(lambda: len(line.sent[1]) > 16, "the other master")
        with AtWork(line.ports[0], listen=1) as ours:
            until(lambda: GIVING_WAY in ours.states, "giving way")
            seen = len(line.sent[1])
            until(lambda: len(line.sent[1]) > seen + 80, "ten more requests of the other master")
            assert line.sent[0] == b"" and UP not in ours.states
            assert ours.reasons["temperature"] == {Reason.OTHER_MASTER}
            assert ours.states[-1] == GIVING_WAY


def test_the_bus_comes_up_by_itself_when_the_other_master_is_gone(line: SharedLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "GIVE_WAY", 1.0)
    with AtWork(line.ports[0], listen=0.5) as ours:
        with mbpoll(line.ports[1], "1 4 11 2"):
            until(lambda: GIVING_WAY in ours.states, "giving way")
            assert line.sent[0] == b""
        until(lambda: "temperature" in ours.values, "a value of our own")
        assert ours.values["temperature"] == 23.5 and ours.states[-1] == UP
        sent = len(line.sent[0])
        with mbpoll(line.ports[1], "1 4 11 2", "1 3 21 1"):  # and again while we speak
            until(lambda: ours.states[-1] == GIVING_WAY, "giving way again")
            assert len(line.sent[0]) >= sent
            sent, theirs = len(line.sent[0]), len(line.sent[1])
            until(lambda: len(line.sent[1]) > theirs + 80, "ten more requests of the other master")
            assert len(line.sent[0]) == sent


def test_an_adapter_that_hears_itself_is_no_other_master(program: Path) -> None:
    held = ["h:10:235"]
    with (
        shared_line(2, echo=(0,)) as line,
        libmodbus_rtu(program, line.ports[1], 1, 100, held),
        AtWork(line.ports[0], listen=0.3) as ours,
    ):
        until(lambda: ours.bus.counters.good > 20, "twenty answers")
        assert GIVING_WAY not in ours.states and ours.values["temperature"] == 23.5


def test_noise_is_no_other_master(line: SharedLine) -> None:
    with AtWork(line.ports[0], listen=0.5) as ours:
        for number in range(20):
            line.say(bytes((number, 3, 0, 10, 0, 255 - number)))
        until(lambda: ours.bus.counters.good > 10, "ten answers")
        assert GIVING_WAY not in ours.states


def test_of_two_ports_of_ours_on_one_line_one_speaks(line: SharedLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "GIVE_WAY", 1.0)
    with AtWork(line.ports[0], listen=0.5) as one, AtWork(line.ports[2], listen=0.5) as other:
        both = (one, other)
        until(lambda: any(GIVING_WAY in bus.states for bus in both) and any(bus.bus.counters.good > 20 for bus in both), "one that works")
        winner, loser = sorted(both, key=lambda bus: -bus.bus.counters.good)
        assert winner.values["temperature"] == 23.5
        assert loser.values.get("temperature", 23.5) == 23.5


def test_values_of_a_line_that_is_only_listened_to(line: SharedLine) -> None:
    with (
        AtWork(line.ports[0], listen_only=True) as ours,
        mbpoll(line.ports[1], "1 4 10 4", every_ms=60),
    ):
        until(lambda: {"temperature", "humidity"} <= ours.values.keys(), "what is read in full")
        assert ours.values == {"temperature": 23.5, "humidity": 23.6}, "of the energy only one of two registers was read"
    assert line.sent[0] == b""


def test_bits_and_input_registers_are_heard_and_exceptions_told(line: SharedLine) -> None:
    with AtWork(line.ports[0], listen_only=True) as ours:
        for number, question in enumerate(("1 0 1 24", "1 1 18 1", "1 3 15 10"), start=1):
            with mbpoll(line.ports[1], question):
                until(lambda number=number: len(ours.values) == number, question)
        assert ours.values == {"pump": 1, "leak": 1, "flow": 50}
        with mbpoll(line.ports[1], "1 4 11 100"):  # longer than the slave's table
            until(lambda: Reason.EXCEPTION in ours.reasons.get("temperature", ()), "the exception")
    assert line.sent[0] == b""


def test_a_device_that_does_not_answer_the_other_master_is_silent(line: SharedLine) -> None:
    unit = device(point("x", device="e", address=10, period=0.5), name="e", address=9)
    reports: list[BusReport] = []
    driver = ModbusDriver("modbus-rtu", SerialBus, RtuDevice)
    bus = BusThread(serial_bus(line.ports[0], listen_only=True), (UNIT, unit), driver, CLOCK, reports.append)
    bus.start()
    try:
        with mbpoll(line.ports[1], "9 4 11 1"):
            until(lambda: bus.silent == ("e",), "the silent device")
    finally:
        bus.stop()
        assert bus.join(PATIENCE)
    assert {reading.reason for report in reports for reading in report.readings if reading.point == "e.x"} == {Reason.NO_ANSWER}


def test_nothing_can_be_sent_on_a_line_that_is_only_listened_to(line: SharedLine) -> None:
    options = SerialBus(port=line.ports[0], listen_only=True)
    wire = open_serial(options, CLOCK)
    with pytest.raises(ListenOnlyError):
        wire.write(b"x")
    wire.close()
    session = ModbusDriver("modbus-rtu", SerialBus, RtuDevice).connect(serial_bus(line.ports[0], listen_only=True), (UNIT,), CLOCK)
    written = session.write(UNIT.points[0], 1.0)
    assert (written.outcome, written.code) == (Outcome.REFUSED, "listen_only")
    assert session.identify("d") is None
    result = session.execute(Request("d", ("d.temperature",), 5.0, 0.1, None))
    assert not result.answered and [reading.value for reading in result.readings] == [None]
    session.close()
    assert line.sent[0] == b""


def test_a_port_that_vanished_is_back_under_its_stable_name(program: Path, tmp_path: Path) -> None:
    name = tmp_path / "pci-0000:00:14.0-usb-0:1.2:1.0-port0"
    with ExitStack() as first, pty_pair() as (again, behind), libmodbus_rtu(program, behind, 1, 100, ["h:10:236"]):
        ours, theirs = first.enter_context(pty_pair())
        first.enter_context(libmodbus_rtu(program, theirs, 1, 100, ["h:10:235"]))
        name.symlink_to(ours)
        with AtWork(str(name), listen=0.1) as bus:
            until(lambda: bus.values.get("temperature") == 23.5, "a value")
            name.unlink()
            first.close()
            until(lambda: bus.states[-1] == (WireState.DOWN, Reason.NO_PORT), "the loss")
            name.symlink_to(again)  # the kernel gave the adapter another number
            until(lambda: bus.values["temperature"] == 23.6, "a value again")
            assert bus.states[-1] == UP


def test_behind_a_serial_server_we_listen_too() -> None:
    assert LineServer(host="h").manners.first == 10.0 and LineServer(host="h", listen=0).manners.first == 0.0
