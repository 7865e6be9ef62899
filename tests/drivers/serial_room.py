"""Short ways to make points, devices and buses for the tests of the serial drivers."""

from typing import Any

from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.rooms import Bus, Device
from drivers.registry import DRIVERS

NAMES = Names("名", "name")


def point(driver: str, name: str, *, device: str = "d", kind: Kind = Kind.ANALOG, resolution: float | None = None, **source: Any) -> Point:
    model = DRIVERS[driver].source(**source)
    if resolution is None:
        resolution = DRIVERS[driver].resolution(model) or 0.01
    return Point(f"{device}.{name}", device, NAMES, kind, Group.UPS, resolution=resolution, source=model)


def device(driver: str, *points: Point, name: str = "d", **options: Any) -> Device:
    return Device(name, "b", NAMES, Group.UPS, DRIVERS[driver].device_options(**options), points)


def bus(driver: str, **options: Any) -> Bus:
    options = {"port": "/dev/ttyTEST", **options} if "host" not in options else options
    return Bus("b", driver, NAMES, DRIVERS[driver].bus_options(**options))


def fresh(name: str) -> Driver:
    """A driver that knows nothing of other tests."""
    known = DRIVERS[name]
    return type(known)(known.name, known.bus_options)  # type: ignore[call-arg]
