"""All of a device as it travels: its place on the wire, what was counted, each point's raw value and register. Only translates."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields

from pydantic import BaseModel

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport, DeviceCounters, WireState
from cityops_desktop.link.messages import (
    BusDetail,
    CountersInfo,
    DeviceCountersInfo,
    DeviceDetail,
    IdentityInfo,
    LiveInfo,
    PointDetail,
    RegisterInfo,
    RoomInfo,
    WriteInfo,
)
from cityops_desktop.model.drivers import Counters, Driver
from cityops_desktop.model.pictures import Photographer, Picture
from cityops_desktop.model.points import Point
from cityops_desktop.model.rooms import Device, Room


class Equipment:
    """`info` is the room as it travels: what never changes is taken from there; `identity` tells who a device is. Used from the
    station's loop only."""

    def __init__(
        self,
        room: Room,
        info: RoomInfo,
        drivers: Mapping[str, Driver],
        live: LiveTable,
        identity: Callable[[str], IdentityInfo | None],
    ) -> None:
        self._live = live
        self._identity = identity
        self._automatic = frozenset(output.point for output in room.alarm_outputs)
        self._devices = {device.id: device for device in room.devices}
        self._buses = {bus.id: bus for bus in room.buses}
        self._drivers = {bus.id: drivers[bus.driver] for bus in room.buses}
        self._device_infos = {device.id: device for device in info.devices}
        self._bus_infos = {bus.id: bus for bus in info.buses}
        self._point_infos = {point.key: point for point in info.points}

    def detail(
        self,
        id: str,
        now: int,
        lives: Callable[[Iterable[str]], list[LiveInfo]],
        buses: Mapping[str, BusReport],
        counted: Mapping[str, DeviceCounters],
    ) -> DeviceDetail | None:
        """This device at `now`: `lives` gives the newest readings of points, `buses` and `counted` are what was last reported of each.

        None when the room has no such device.
        """
        device = self._devices.get(id)
        if device is None:
            return None
        driver = self._drivers[device.bus]
        bus = self.bus(device.bus, buses.get(device.bus))
        newest = lives(point.key for point in device.points)
        return DeviceDetail(
            now=now,
            identity=self._identity(id),
            device=self._device_infos[id],
            settings=dict(driver.settings(_options(device))),
            silent=id in bus.silent_devices,
            bus=bus,
            counters=device_counters(counted.get(id, DeviceCounters())),
            points=[self._point(driver, point, live) for point, live in zip(device.points, newest, strict=True)],
            pictures=_takes_pictures(driver, device),
            picture=None if (newest_picture := self.picture(id)) is None else newest_picture.time,
        )

    def picture(self, id: str) -> Picture | None:
        """The newest picture of this device; None when there is none, or no such device."""
        device = self._devices.get(id)
        if device is None:
            return None
        driver = self._drivers[device.bus]
        if not (isinstance(driver, Photographer) and _takes_pictures(driver, device)):
            return None
        bus = self._buses[device.bus].options
        assert isinstance(bus, BaseModel)
        return driver.picture(bus, _options(device))

    def _point(self, driver: Driver, point: Point, live: LiveInfo) -> PointDetail:
        entry = self._live.get(point.key)
        raw = entry.reading.raw
        source = point.source
        assert isinstance(source, BaseModel)
        return PointDetail(
            point=self._point_infos[point.key],
            live=live,
            source=RegisterInfo.model_validate(asdict(driver.describe(source))),
            raw=None if raw is None else raw.hex(),
            count=None if raw is None else driver.count(source, raw),
            resolution=point.resolution,
            write=self._write(point),
            changed=entry.changed,
        )

    def _write(self, point: Point) -> WriteInfo | None:
        limits = point.write
        if limits is None:
            return None
        states = list(limits.states)
        return WriteInfo(low=limits.low, high=limits.high, step=limits.step, states=states, automatic=point.key in self._automatic)

    def bus(self, id: str, report: BusReport | None) -> BusDetail:
        """All of a wire; `report` = what it last reported, None = nothing yet. KeyError: the room has no such bus."""
        options = self._buses[id].options
        assert isinstance(options, BaseModel)
        report = report or BusReport(id, WireState.STARTING)
        return BusDetail(
            info=self._bus_infos[id],
            settings=dict(self._drivers[id].settings(options)),
            state=report.state.value,
            reason=report.reason,
            detail=report.detail,
            load=round(report.load, 3),
            missed=report.missed,
            counters=_counters(report.counters),
            devices=sum(device.bus == id for device in self._devices.values()),
            silent_devices=list(report.silent),
        )


def _takes_pictures(driver: Driver, device: Device) -> bool:
    if not isinstance(driver, Photographer):
        return False
    return any(driver.takes_pictures(point.source) for point in device.points if isinstance(point.source, BaseModel))


def _options(device: Device) -> BaseModel:
    assert isinstance(device.options, BaseModel)
    return device.options


def _counters(counters: Counters) -> CountersInfo:
    return CountersInfo.model_validate(asdict(counters))


def device_counters(counted: DeviceCounters) -> DeviceCountersInfo:
    """What a device has done, as it travels."""
    told = {one.name: getattr(counted, one.name) for one in fields(counted) if one.name != "durations"}
    told |= {"p50_seconds": counted.percentile(50), "p99_seconds": counted.percentile(99)}
    if counted.last_answer is None:
        told |= {"last_seconds": None, "longest_seconds": None}
    return DeviceCountersInfo.model_validate(told)
