"""The reading plan of a room explained: each request, what it costs the line, what other ways would cost. Computed, pure; sends nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, cast, runtime_checkable

from pydantic import BaseModel

from cityops_desktop.model.drivers import NOTHING_LEARNED, Driver, Learned, Leg, Request
from cityops_desktop.model.points import Point
from cityops_desktop.model.rooms import Bus, Device, Room

TIGHT = 0.8
"""Part of the line's time above which a fault (a time-out, a question asked again) makes the polls late."""


@runtime_checkable
class Comparing(Protocol):
    """A driver that merges values into requests, and can say what merging in other ways would ask."""

    def alternatives(self, bus: Bus, device: Device, points: Sequence[Point], learned: Learned) -> Mapping[str, Sequence[Request]]:
        """By policy ("one_per_point", "adjacent", "gap_50"): the requests of a program that merges so."""
        ...


class Verdict(StrEnum):
    """How a line bears what is asked of it: with room to spare, hardly, or not."""

    EASY = "easy"
    TIGHT = "tight"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class RequestPlan:
    """One request: what it says and how many bytes go there and back (`leg`), its points, its period and the seconds that it takes."""

    leg: Leg
    points: tuple[str, ...]
    period: float
    seconds: float


@dataclass(frozen=True, slots=True)
class DevicePlan:
    """One device. `seconds` to ask everything once, `load` = seconds of line per second, `busy` = part of its own time, by the shortest
    interval that it bears (above 1 it is asked more often than that). `turnaround` None = not measured. `missing`: what it refuses.

    `times`: by policy, how many times as much of the line that way would take. `one_more`: load of the bus with one more device like it.
    """

    device: str
    requests: tuple[RequestPlan, ...]
    seconds: float
    load: float
    busy: float
    turnaround: float | None
    missing: tuple[str, ...]
    times: Mapping[str, float]
    one_more: float
    one_more_verdict: Verdict


@dataclass(frozen=True, slots=True)
class BusPlan:
    """One bus; the figures mean what they mean for a device. Of a bus that is only listened to nothing is ever sent."""

    bus: str
    driver: str
    resource: str
    listen_only: bool
    devices: tuple[DevicePlan, ...]
    seconds: float
    load: float
    verdict: Verdict
    times: Mapping[str, float]


def room_plan(room: Room, drivers: Mapping[str, Driver], learned: Mapping[str, Learned]) -> tuple[BusPlan, ...]:
    """The plans of all buses of a room that `load_room` gave, with the same drivers; `learned` by device."""
    return tuple(
        bus_plan(bus, [device for device in room.devices if device.bus == bus.id], drivers[bus.driver], learned) for bus in room.buses
    )


def bus_plan(bus: Bus, devices: Sequence[Device], driver: Driver, learned: Mapping[str, Learned]) -> BusPlan:
    """The plan of one bus with these devices on it."""
    options = cast(BaseModel, bus.options)
    plans = {device.id: driver.plan(bus, device, device.points, learned.get(device.id, NOTHING_LEARNED)) for device in devices}
    others = [_alternatives(bus, device, driver, learned.get(device.id, NOTHING_LEARNED)) for device in devices]
    load = sum(_load(requests) for requests in plans.values())
    return BusPlan(
        bus=bus.id,
        driver=bus.driver,
        resource=driver.resource(options),
        listen_only=driver.manners(options).listen_only,
        devices=tuple(
            _device(device, plans[device.id], other, learned.get(device.id, NOTHING_LEARNED), load)
            for device, other in zip(devices, others, strict=True)
        ),
        seconds=sum(request.cost for requests in plans.values() for request in requests),
        load=load,
        verdict=verdict(load),
        times=_times([request for requests in plans.values() for request in requests], _together(others)),
    )


def verdict(load: float) -> Verdict:
    """What this load means for a line."""
    return Verdict.OVER if load > 1 else Verdict.TIGHT if load > TIGHT else Verdict.EASY


def _device(
    device: Device, requests: Sequence[Request], others: Mapping[str, Sequence[Request]], learned: Learned, whole: float
) -> DevicePlan:
    load = _load(requests)
    return DevicePlan(
        device=device.id,
        requests=tuple(RequestPlan(request.leg, request.points, request.period, request.cost) for request in requests),
        seconds=sum(request.cost for request in requests),
        load=load,
        busy=sum(max(request.cost, request.interval) / request.period for request in requests),
        turnaround=learned.turnaround,
        missing=tuple(sorted(learned.missing)),
        times=_times(requests, others),
        one_more=whole + load,
        one_more_verdict=verdict(whole + load),
    )


def _alternatives(bus: Bus, device: Device, driver: Driver, learned: Learned) -> Mapping[str, Sequence[Request]]:
    return driver.alternatives(bus, device, device.points, learned) if isinstance(driver, Comparing) else {}


def _together(others: Sequence[Mapping[str, Sequence[Request]]]) -> dict[str, list[Request]]:
    names = others[0] if others else {}
    return {name: [request for other in others for request in other[name]] for name in names}


def _times(requests: Iterable[Request], others: Mapping[str, Sequence[Request]]) -> dict[str, float]:
    load = _load(requests)
    return {name: _load(other) / load for name, other in others.items()} if load else {}


def _load(requests: Iterable[Request]) -> float:
    """Seconds of line per second that these requests ask for."""
    return sum(request.cost / request.period for request in requests)
