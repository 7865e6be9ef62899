"""Short ways to make points, devices and buses for the tests of the Modbus drivers."""

from typing import Any

from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.rooms import Bus, Device
from drivers.line.options import SerialBus, TcpBus
from drivers.modbus.options import RtuDevice, Source, TcpDevice

NAMES = Names("名", "name")


def point(name: str, *, device: str = "d", kind: Kind = Kind.ANALOG, period: float = 5.0, resolution: float | None = None,
          span: tuple[float, float] | None = None, **source: Any) -> Point:  # fmt: skip
    where = Source(**{"table": "holding", **source})
    if resolution is None:
        resolution = 0.01 if where.format.floating else abs(where.scale)
    return Point(f"{device}.{name}", device, NAMES, kind, Group.ENVIRONMENT, period=period, resolution=resolution, span=span, source=where)


def device(*points: Point, name: str = "d", tcp: bool = False, **options: Any) -> Device:
    model = TcpDevice if tcp else RtuDevice
    return Device(name, "b", NAMES, Group.ENVIRONMENT, model(**{"address": 1, **options}), points)


def serial_bus(port: str = "/dev/ttyTEST", **options: Any) -> Bus:
    return Bus("b", "modbus-rtu", NAMES, SerialBus(port=port, **options))


def tcp_bus(driver: str = "modbus-tcp", port: int = 502, **options: Any) -> Bus:
    return Bus("b", driver, NAMES, TcpBus(host="127.0.0.1", port=port, **options))
