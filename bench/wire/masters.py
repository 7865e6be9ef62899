"""`python -m bench.wire.masters NAME PATH BAUD SECONDS`: one master reads ten registers of unit 1 again and again.

Prints reads, seconds, wrong reads.
"""

import asyncio
import sys
import time
from collections.abc import Callable

EXPECTED = [100 + number for number in range(10)]
Read = Callable[[], list[int]]


def own(path: str, baud: int) -> Read:
    """Our driver as the station uses it, readings and all."""
    from cityops_desktop.clock import SystemClock
    from cityops_desktop.model.points import Group, Kind, Names, Point
    from cityops_desktop.model.rooms import Bus, Device
    from drivers.line.options import SerialBus
    from drivers.modbus.options import RtuDevice, Source, Table
    from drivers.registry import DRIVERS

    names = Names("", "")
    points = tuple(
        Point(f"d.{number}", "d", names, Kind.ANALOG, Group.ENVIRONMENT, source=Source(table=Table.HOLDING, address=number))
        for number in range(10)
    )
    device = Device("d", "b", names, Group.ENVIRONMENT, RtuDevice(address=1, gap=0), points)
    bus = Bus("b", "modbus-rtu", names, SerialBus(port=path, baudrate=baud, timeout=2.0, listen=0))
    driver = DRIVERS["modbus-rtu"]
    (request,) = driver.plan(bus, device, points)
    session = driver.connect(bus, (device,), SystemClock())

    def read() -> list[int]:
        return [int(reading.value) if isinstance(reading.value, float | int) else -1 for reading in session.execute(request).readings]

    return read


def pymodbus(path: str, baud: int) -> Read:
    """pymodbus, synchronous."""
    from pymodbus.client import ModbusSerialClient

    client = ModbusSerialClient(path, baudrate=baud, timeout=2.0)
    client.connect()

    def read() -> list[int]:
        return list(client.read_holding_registers(0, count=10, device_id=1).registers)

    return read


def minimalmodbus(path: str, baud: int) -> Read:
    """minimalmodbus."""
    import minimalmodbus as library

    instrument = library.Instrument(path, 1)
    assert instrument.serial is not None
    instrument.serial.baudrate = baud
    instrument.serial.timeout = 2.0

    def read() -> list[int]:
        return list(instrument.read_registers(0, 10))

    return read


async def pymodbus_async(path: str, baud: int, seconds: float) -> tuple[int, float, int]:
    """pymodbus, asynchronous."""
    from pymodbus.client import AsyncModbusSerialClient

    client = AsyncModbusSerialClient(path, baudrate=baud, timeout=2.0, retries=0)
    await client.connect()
    begin = time.monotonic()
    reads = wrong = 0
    while time.monotonic() - begin < seconds:
        try:
            found = await client.read_holding_registers(0, count=10, device_id=1)
        except Exception:  # noqa: BLE001  a peer's failure is a read that was not made
            continue
        if not found.isError():
            reads += 1
            wrong += list(found.registers) != EXPECTED
    passed = time.monotonic() - begin
    client.close()
    return reads, passed, wrong


BLOCKING = {"own": own, "pymodbus": pymodbus, "minimalmodbus": minimalmodbus}


def measured(name: str, path: str, baud: int, seconds: float) -> tuple[int, float, int]:
    """Reads, seconds that they took, wrong ones among them."""
    if name == "pymodbus-async":
        return asyncio.run(pymodbus_async(path, baud, seconds))
    read = BLOCKING[name](path, baud)
    reads = wrong = 0
    begin = time.monotonic()
    while time.monotonic() - begin < seconds:
        try:
            found = read()
        except Exception:  # noqa: BLE001  a peer's failure is a read that was not made
            continue
        if -1 not in found:
            reads += 1
            wrong += found != EXPECTED
    return reads, time.monotonic() - begin, wrong


if __name__ == "__main__":
    print(*measured(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
