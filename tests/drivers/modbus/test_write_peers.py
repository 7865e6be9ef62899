"""Writes to a slave that is not ours: libmodbus in C, on a serial line and over TCP."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Session, Written
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.points import Kind, Point, WriteLimits
from cityops_desktop.model.rooms import Bus
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import RtuDevice, TcpDevice
from tests.drivers.modbus.room import device, point, serial_bus, tcp_bus
from tests.peers.ptys import pty_pair
from tests.peers.slaves import build_libmodbus_slave, libmodbus_rtu, libmodbus_tcp

SIZE = 50
HELD = ["h:10:220", "c:3:0"]


def writable(one: Point, limits: WriteLimits) -> Point:
    return Point(one.key, one.device, one.names, one.kind, one.group, resolution=one.resolution, write=limits, source=one.source)


SETPOINT = writable(point("setpoint", address=10, type="int16", scale=0.1), WriteLimits(-20, 28, 0.5))
RELAY = writable(point("relay", kind=Kind.DIGITAL, table="coil", address=3), WriteLimits(states=(0, 1)))
WIDE = writable(point("wide", address=12, type="float32", word_order="CDAB"), WriteLimits(0, 500, 0.25))
OUTSIDE = writable(point("outside", address=SIZE), WriteLimits(0, 10))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("libmodbus"))


@contextmanager
def wire(program: Path, kind: str) -> Iterator[Session]:
    with ExitStack() as stack:
        bus: Bus
        if kind == "serial":
            ours, theirs = stack.enter_context(pty_pair())
            stack.enter_context(libmodbus_rtu(program, theirs, 1, SIZE, HELD))
            bus, driver = serial_bus(ours), ModbusDriver("modbus-rtu", SerialBus, RtuDevice)
        else:
            port = stack.enter_context(libmodbus_tcp(program, 1, SIZE, HELD))
            bus, driver = tcp_bus(port=port), ModbusDriver("modbus-tcp", TcpBus, TcpDevice)
        unit = device(SETPOINT, RELAY, WIDE, OUTSIDE, tcp=kind == "tcp")
        session = driver.connect(bus, [unit], SystemClock())
        stack.callback(session.close)
        yield session


@pytest.mark.parametrize("kind", ["serial", "tcp"])
def test_libmodbus_takes_one_register_several_registers_and_coils(program: Path, kind: str) -> None:
    with wire(program, kind) as session:
        assert session.write(SETPOINT, 23.5) == Written(Outcome.DONE, "", 22.0, 23.5)
        assert session.write(SETPOINT, -7.5) == Written(Outcome.DONE, "", 23.5, -7.5)
        assert session.write(WIDE, 230.25) == Written(Outcome.DONE, "", 0.0, 230.25)
        assert session.write(RELAY, 1) == Written(Outcome.DONE, "", 0, 1)
        assert session.write(RELAY, 0) == Written(Outcome.DONE, "", 1, 0)
        assert session.write(OUTSIDE, 5) == Written(Outcome.FAILED, "not_read")
        assert (session.counters.timeouts, session.counters.bad_replies, session.counters.late_replies) == (0, 0, 0)
