"""The drivers against slaves that are not ours: libmodbus (C) on a serial line and over TCP, pymodbus over TCP in both framings."""

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cityops_desktop.clock import SystemClock
from cityops_desktop.model.drivers import Session, WireError
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Bus, Device
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.driver import ModbusDriver
from drivers.modbus.options import RtuDevice, TcpDevice
from tests.drivers.modbus.room import device, point, serial_bus, tcp_bus
from tests.peers.ptys import pty_pair
from tests.peers.slaves import build_libmodbus_slave, free_port, libmodbus_rtu, libmodbus_tcp, pymodbus

CLOCK = SystemClock()
SIZE = 200


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_libmodbus_slave(tmp_path_factory.mktemp("libmodbus"))


def words(table: str, address: int, raw: bytes) -> list[str]:
    return [f"{table}:{address + i // 2}:{int.from_bytes(raw[i : i + 2])}" for i in range(0, len(raw), 2)]


HELD = [
    *words("h", 10, struct.pack(">h", -205)),
    *words("h", 11, struct.pack(">I", 70_000)),
    *words("h", 13, struct.pack(">f", 230.25)),
    *words("h", 15, struct.pack(">H", 0xFFFF)),
    *words("h", 16, b"UPS2000\0"),
    *words("h", 20, struct.pack(">q", -5_000_000_000)),
    *words("i", 30, struct.pack("<f", 49.98)[::-1]),
    *("c:3:1", "c:5:1", "d:0:1", "d:9:1"),
]
POINTS = [
    point("temperature", address=10, type="int16", scale=0.1),
    point("energy", kind=Kind.COUNTER, address=11, type="uint32"),
    point("voltage", address=13, type="float32"),
    point("nothing", address=15, invalid=[0xFFFF]),
    point("model", kind=Kind.TEXT, address=16, type="string", length=4),
    point("balance", address=20, type="int64"),
    point("frequency", table="input", address=30, type="float32"),
    *(point(f"c{a}", kind=Kind.DIGITAL, table="coil", address=a) for a in range(8)),
    *(point(f"d{a}", kind=Kind.DIGITAL, table="discrete", address=a) for a in range(12)),
    point("outside", address=SIZE),
]
VALUES = {
    "temperature": -20.5,
    "energy": 70_000,
    "voltage": 230.25,
    "nothing": Reason.INVALID_VALUE,
    "model": "UPS2000",
    "balance": -5_000_000_000,
    "frequency": 49.98,
    **{f"c{a}": int(a in (3, 5)) for a in range(8)},
    **{f"d{a}": int(a in (0, 9)) for a in range(12)},
    "outside": Reason.EXCEPTION,
}


@contextmanager
def opened(driver: ModbusDriver, bus: Bus, *devices: Device) -> Iterator[Session]:
    session = driver.connect(bus, devices, CLOCK)
    try:
        yield session
    finally:
        session.close()


def driver_for(bus: Bus) -> ModbusDriver:
    """A new driver, which knows nothing of other tests."""
    options = (SerialBus, RtuDevice) if bus.driver == "modbus-rtu" else (TcpBus, TcpDevice if bus.driver == "modbus-tcp" else RtuDevice)
    return ModbusDriver(bus.driver, *options)


def read(driver: ModbusDriver, session: Session, bus: Bus, unit: Device) -> dict[str, Any]:
    """All values of a device, the reason where there is none."""
    results = [session.execute(request) for request in driver.plan(bus, unit, unit.points)]
    readings: list[Reading] = [reading for result in results for reading in result.readings]
    assert all((r.quality is Quality.GOOD) == (r.value is not None) for r in readings)
    return {r.point.partition(".")[2]: r.value if r.reason is None else r.reason for r in readings}


@pytest.mark.parametrize("baudrate", [9600, 115200])
def test_libmodbus_on_a_serial_line(program: Path, baudrate: int) -> None:
    with pty_pair() as (ours, theirs), libmodbus_rtu(program, theirs, 1, SIZE, HELD):
        bus = serial_bus(ours, baudrate=baudrate)
        # a libmodbus slave takes what follows a question to another unit for that unit's reply, until its own 0.5 s are over
        unit, dead = device(*POINTS), device(point("x", device="e", address=1), name="e", address=2, timeout=0.6)
        driver = driver_for(bus)
        with opened(driver, bus, unit, dead) as session:
            assert read(driver, session, bus, unit) == VALUES
            assert read(driver, session, bus, dead) == {"x": Reason.NO_ANSWER}
            assert read(driver, session, bus, unit) == VALUES
            assert session.counters.timeouts == 1
            assert (session.counters.crc_errors, session.counters.bad_replies, session.counters.late_replies) == (0, 0, 0)


def test_libmodbus_over_tcp(program: Path) -> None:
    with libmodbus_tcp(program, 1, SIZE, HELD) as port:
        bus, unit = tcp_bus(port=port), device(*POINTS, tcp=True)
        driver = driver_for(bus)
        with opened(driver, bus, unit) as session:
            assert [read(driver, session, bus, unit) for _ in range(3)] == [VALUES] * 3


def test_a_missing_register_of_libmodbus_loses_only_itself(program: Path) -> None:
    points = [point(f"a{a}", address=a) for a in range(SIZE - 20, SIZE + 2)]
    with pty_pair() as (ours, theirs), libmodbus_rtu(program, theirs, 1, SIZE, [f"h:{a}:{a}" for a in range(SIZE)]):
        bus, unit = serial_bus(ours, baudrate=115200), device(*points)
        driver = driver_for(bus)
        with opened(driver, bus, unit) as session:
            for _ in range(2):
                values = read(driver, session, bus, unit)
                assert values == {f"a{a}": a if a < SIZE else Reason.EXCEPTION for a in range(SIZE - 20, SIZE + 2)}


def held_by_pymodbus(unit: int, points: list[Point]) -> dict[str, int]:
    def value(where: Any) -> int:
        return int(where.address % 3 == 0) if where.table.bits else where.address * 3 + unit

    return {p.key.partition(".")[2]: value(p.source) for p in points}


@pytest.mark.parametrize("wire", ["modbus-tcp", "modbus-rtu-tcp", "socket://"])
def test_pymodbus_units_behind_one_gateway(wire: str) -> None:
    with pymodbus("tcp" if wire == "modbus-tcp" else "rtu", 1, 2, 7) as port:
        bus = tcp_bus(wire, port=port) if "modbus" in wire else serial_bus(f"socket://127.0.0.1:{port}", baudrate=115200)
        driver = driver_for(bus)
        units = []
        for number in (1, 2, 7):
            points = [point(f"h{a}", device=f"u{number}", address=a) for a in (0, 1, 2, 50, 399)]
            points += [point(f"i{a}", device=f"u{number}", table="input", address=a) for a in range(100, 240)]
            points += [point(f"c{a}", device=f"u{number}", kind=Kind.DIGITAL, table="coil", address=a) for a in range(3, 40)]
            units.append(device(*points, name=f"u{number}", address=number, tcp=wire == "modbus-tcp"))
        with opened(driver, bus, *units) as session:
            for _ in range(2):
                for number, unit in zip((1, 2, 7), units, strict=True):
                    assert read(driver, session, bus, unit) == held_by_pymodbus(number, list(unit.points))
            assert session.counters.good == session.counters.requests


def test_a_slave_that_ends_and_comes_back(program: Path) -> None:
    unit = device(point("a", address=1), tcp=True)
    with libmodbus_tcp(program, 1, SIZE, ["h:1:7"]) as port:
        bus = tcp_bus(port=port, timeout=0.2)
        driver = driver_for(bus)
        session = driver.connect(bus, [unit], CLOCK)
        assert read(driver, session, bus, unit) == {"a": 7}
    with pytest.raises(WireError) as gone:
        read(driver, session, bus, unit)
    assert gone.value.reason in (Reason.CONNECTION_REFUSED, Reason.CONNECTION_LOST)
    session.close()
    bus = tcp_bus(port=free_port())
    with pytest.raises(WireError) as refused:
        driver.connect(bus, [unit], CLOCK)
    assert refused.value.reason is Reason.CONNECTION_REFUSED
