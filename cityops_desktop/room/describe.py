"""A short account of a room for `room check`: how much there is of what, and how busy each bus will be. Reads nothing."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from pydantic import BaseModel

from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.rooms import Room


@dataclass(frozen=True, slots=True)
class BusAccount:
    """One bus. `requests` to read everything once; `load` is the share of the wire's time that the poll periods ask for (1 = full)."""

    bus: str
    driver: str
    resource: str
    devices: int
    points: int
    requests: int
    load: float


@dataclass(frozen=True, slots=True)
class Account:
    """A whole room: counts, `groups` as {group: points}, and each bus."""

    room: str
    version: str
    devices: int
    points: int
    limits: int
    racks: int
    groups: Mapping[str, int]
    buses: tuple[BusAccount, ...]


def describe(room: Room, drivers: Mapping[str, Driver]) -> Account:
    """The account of a room that `load_room` gave, with the same drivers."""
    points = room.points().values()
    return Account(
        room=room.id,
        version=room.version,
        devices=len(room.devices),
        points=len(points),
        limits=sum(len(point.limits) for point in points),
        racks=len(room.racks),
        groups=dict(sorted(Counter(point.group.value for point in points).items())),
        buses=tuple(_bus(room, index, drivers) for index in range(len(room.buses))),
    )


def _bus(room: Room, index: int, drivers: Mapping[str, Driver]) -> BusAccount:
    bus = room.buses[index]
    driver = drivers[bus.driver]
    devices = [device for device in room.devices if device.bus == bus.id]
    options = cast(BaseModel, bus.options)
    requests = [request for device in devices for request in driver.plan(bus, device, device.points)]
    return BusAccount(
        bus=bus.id,
        driver=bus.driver,
        resource=driver.resource(options),
        devices=len(devices),
        points=sum(len(device.points) for device in devices),
        requests=len(requests),
        load=round(sum(request.cost / request.period for request in requests), 3),
    )
