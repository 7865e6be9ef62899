"""All of a device as it travels: its place on the wire, what was counted, each point's raw value and register. Only translates."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict

from pydantic import BaseModel

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport, DeviceCounters, WireState
from cityops_desktop.link.messages import (
    BusDetail,
    CountersInfo,
    DeviceCountersInfo,
    DeviceDetail,
    LiveInfo,
    PointDetail,
    RegisterInfo,
    RoomInfo,
)
from cityops_desktop.model.drivers import Counters, Driver
from cityops_desktop.model.points import Point
from cityops_desktop.model.rooms import Device, Room


class Equipment:
    """`info` is the room as it travels: what never changes is taken from there. Used from the station's loop only."""

    def __init__(self, room: Room, info: RoomInfo, drivers: Mapping[str, Driver], live: LiveTable) -> None:
        self._live = live
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
        bus = self._bus(device.bus, buses.get(device.bus))
        newest = lives(point.key for point in device.points)
        return DeviceDetail(
            now=now,
            device=self._device_infos[id],
            settings=dict(driver.settings(_options(device))),
            silent=id in bus.silent_devices,
            bus=bus,
            counters=_device_counters(counted.get(id, DeviceCounters())),
            points=[self._point(driver, point, live) for point, live in zip(device.points, newest, strict=True)],
        )

    def _point(self, driver: Driver, point: Point, live: LiveInfo) -> PointDetail:
        raw = self._live.get(point.key).reading.raw
        source = point.source
        assert isinstance(source, BaseModel)
        return PointDetail(
            point=self._point_infos[point.key],
            live=live,
            source=RegisterInfo.model_validate(asdict(driver.describe(source))),
            raw=None if raw is None else raw.hex(),
            count=None if raw is None else driver.count(source, raw),
            resolution=point.resolution,
            writable=point.writable,
        )

    def _bus(self, id: str, report: BusReport | None) -> BusDetail:
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


def _options(device: Device) -> BaseModel:
    assert isinstance(device.options, BaseModel)
    return device.options


def _counters(counters: Counters) -> CountersInfo:
    return CountersInfo.model_validate(asdict(counters))


def _device_counters(counted: DeviceCounters) -> DeviceCountersInfo:
    told = asdict(counted)
    if counted.last_answer is None:
        told |= {"last_seconds": None, "longest_seconds": None}
    return DeviceCountersInfo.model_validate(told)
