"""Rooms with a floor: two rows across a cold aisle, and a large one of two areas with six rows. Shaped by the tests that use them."""

from cityops_desktop.link.messages import (
    AlarmInfo,
    AreaInfo,
    BusInfo,
    Copy,
    DeviceInfo,
    FeedInfo,
    LimitInfo,
    LiveInfo,
    PlaceInfo,
    PointInfo,
    PowerNodeInfo,
    RackInfo,
    RoomInfo,
)
from cityops_desktop.model.points import Group, Kind, LimitKind
from cityops_desktop.model.power import PowerKind
from cityops_desktop.model.readings import Quality, Reason
from tests.ui.desk import NOW, live, point, state
from tests.ui.rooms import names, station_info

BUS = BusInfo(id="line1", names=names("1号线", "Line 1"), driver="modbus-rtu", resource="/dev/ttyS1")


def place(x: float, y: float, z: float = 0.0) -> PlaceInfo:
    return PlaceInfo(x=x, y=y, z=z)


def rack(name: str, x: float, y: float, facing: float = 0.0, **more: object) -> RackInfo:
    told: dict[str, object] = {"row": name[0], "place": place(x, y), "facing": facing, "u_height": 42}
    return RackInfo.model_validate({"id": name, "names": names(f"{name}机柜", f"Rack {name}"), **told, **more})


def device(name: str, zh: str, en: str, group: Group = Group.ENVIRONMENT, **more: object) -> DeviceInfo:
    return DeviceInfo.model_validate({"id": name, "bus": "line1", "names": names(zh, en), "group": group, **more})


def air(name: str, x: float, y: float, z: float = 1.1, rack: str | None = None, **more: object) -> PointInfo:
    return point(
        f"{name}.temperature", group=Group.ENVIRONMENT, place=place(x, y, z), rack=rack, names=names("温度", "Temperature"), **more
    )


def outlet(name: str, x: float, y: float, z: float = 1.1, rack: str | None = None) -> PointInfo:
    limits = [LimitInfo(id="high3", level=3, kind=LimitKind.HIGH, value=40.0)]
    return air(name, x, y, z, rack, normal=(28.0, 38.0), limits=limits)


def room_of(
    racks: list[RackInfo],
    points: list[PointInfo] | None = None,
    devices: list[DeviceInfo] | None = None,
    size: tuple[float, float] | None = (18.0, 12.0),
    **more: object,
) -> RoomInfo:
    """A room of these; devices that only points name are made."""
    points, devices = points or [], devices or []
    known = {one.id for one in devices}
    for one in points:
        if one.device not in known:
            known.add(one.device)
            devices.append(device(one.device, f"{one.device}温湿度", f"{one.device} air", place=one.place, rack=one.rack))
    told = {
        "id": "r1",
        "names": names("一号机房", "Room 1"),
        "domain": "c/d/s/r1",
        "timezone": "Asia/Shanghai",
        "version": "v1",
        "origin": "demo",
    }
    return RoomInfo.model_validate(told | {"size": size, "buses": [BUS], "devices": devices, "racks": racks, "points": points} | more)


def copy_of(room: RoomInfo, lives: list[LiveInfo] | None = None, alarms: list[AlarmInfo] | None = None) -> Copy:
    """Every point has a believable value unless `lives` says otherwise."""
    told = {one.key: one for one in lives or []}
    every = [told.get(p.key, believable(p, n)) for n, p in enumerate(room.points)]
    return Copy(seq=1, now=NOW, room=room, live=every, alarms=alarms or [], station=station_info(buses=[]))


def believable(one: PointInfo, n: int) -> LiveInfo:
    if one.kind is Kind.DIGITAL:
        return live(one.key, 0)
    if one.unit == "kW":
        return live(one.key, round(1.2 + n % 7 * 0.4, 1))
    low = (one.normal or (10.0, 20.0))[0]
    return live(one.key, round(low + 2 + n * 7 % 11 * 0.6, 1))


def two_rows() -> RoomInfo:
    """24 racks, an air sensor at each front, one at every second back, units, a rope, detectors, meters: about 100 points."""
    racks, points = [], []
    for row, y, facing, front, back in (("A", 4.4, 0, 5.05, 3.75), ("B", 6.8, 180, 6.15, 7.45)):
        for n in range(12):
            name, x = f"{row}{n + 1:02d}", 4.8 + 0.6 * n
            feeds = [FeedInfo(side=side, node=f"panel-{side.lower()}", power=[f"pdu-{name.lower()}{side.lower()}.power"]) for side in "AB"]
            racks.append(rack(name, x, y, facing, feeds=feeds))
            points.append(air(f"th-{name.lower()}", x, front, rack=name))
            if n % 2 == 0:
                points.append(outlet(f"th-{name.lower()}-out", x, back, rack=name))
            for side in "ab":
                points.append(power(f"pdu-{name.lower()}{side}.power", name))
    points += [air("th-west", 2.2, 6.0, 1.5), air("th-east", 15.8, 6.0, 1.5)]
    devices = [
        device(f"pdu-{one.id.lower()}{side}", f"{one.id}机柜PDU", f"{one.id} rack PDU", Group.POWER_DISTRIBUTION, rack=one.id)
        for one in racks
        for side in "ab"
    ]
    for n, (x, y) in enumerate(((1.0, 3.0), (1.0, 8.6), (17.0, 3.4), (17.0, 8.6)), start=1):
        devices.append(
            device(f"crac{n}", f"{n}号精密空调", f"Precision AC {n}", Group.AIR_CONDITIONING, place=place(x, y), size=(0.9, 2.0))
        )
        points.append(
            state(f"crac{n}.running", names=names("运行", "Running"), states={0: names("停机", "off"), 1: names("运行", "running")})
        )
        points.append(point(f"crac{n}.return", names=names("回风温度", "Return air")))
        devices.append(
            device(f"leak{n}", f"{n}号精密空调地板下漏水", f"Leak under AC {n}", Group.LEAK_DETECTION, place=place(x, y + 1.3, -0.3))
        )
        points.append(wet(f"leak{n}.leak"))
    for n, x in ((1, 13.4), (2, 14.8)):
        devices.append(device(f"ups{n}", f"{n}号UPS", f"UPS {n}", Group.UPS, place=place(x, 1.0), size=(0.8, 1.0)))
        points.append(
            state(f"ups{n}.mode", names=names("工作方式", "Mode"), states={0: names("市电", "on mains"), 1: names("电池", "on battery")})
        )
    devices.append(rope("rope", [(3.6, 3.0), (3.6, 8.2), (12.6, 8.2), (12.6, 3.0), (4.0, 3.0)]))
    points += [wet("rope.leak"), metres("rope.distance")]
    devices.append(device("door1", "东门门磁", "East door", Group.ACCESS_CONTROL, place=place(17.8, 6.0, 2.0)))
    points.append(state("door1.state", names=names("门", "Door"), states={0: names("关", "closed"), 1: names("开", "open")}))
    devices += [
        device("fresh1", "新风机", "Fresh-air unit", Group.FRESH_AIR),
        device("camera1", "录像机", "Camera recorder", Group.SURVEILLANCE),
    ]
    points += [state("fresh1.running"), state("camera1.state")]
    nodes = [PowerNodeInfo(id=f"panel-{side}", names=names("列头柜", "Panel"), kind=PowerKind.PANEL, rating=80.0) for side in "ab"]
    return room_of(racks, points, devices, power=nodes)


def wet(key: str) -> PointInfo:
    limits = [LimitInfo(id="state1", level=1, kind=LimitKind.STATE, value=0, states=[1])]
    return state(
        key,
        group=Group.LEAK_DETECTION,
        names=names("漏水", "Leak"),
        limits=limits,
        states={0: names("干燥", "dry"), 1: names("有水", "wet")},
    )


def metres(key: str) -> PointInfo:
    return point(key, group=Group.LEAK_DETECTION, names=names("漏水位置", "Distance"), unit="m", normal=None, limits=[])


def power(key: str, rack: str) -> PointInfo:
    return point(key, group=Group.POWER_DISTRIBUTION, names=names("功率", "Power"), unit="kW", normal=None, limits=[], rack=rack)


def rope(name: str, path: list[tuple[float, float]]) -> DeviceInfo:
    return device(name, "定位漏水控制器", "Locating leak detector", Group.LEAK_DETECTION, place=place(*path[0], -0.3), path=path)


def two_areas() -> RoomInfo:
    """Two areas side by side; six rows of fourteen racks, sensors at three heights on every second front."""
    racks, points = [], []
    areas = [
        AreaInfo(id="west", names=names("西机房", "West hall"), place=place(0, 0), size=(12.0, 12.0)),
        AreaInfo(id="east", names=names("东机房", "East hall"), place=place(12.0, 0), size=(12.0, 12.0)),
    ]
    rows = [("A", 0.0, 2.4, 0), ("B", 0.0, 4.8, 180), ("C", 0.0, 7.2, 0), ("D", 12.0, 2.4, 0), ("E", 12.0, 4.8, 180), ("F", 12.0, 7.2, 0)]
    for row, west, y, facing in rows:
        for n in range(14):
            name, x = f"{row}{n + 1:02d}", west + 2.0 + 0.6 * n
            racks.append(rack(name, x, y, facing))
            if n % 2 == 0:
                front = y + (0.65 if facing == 0 else -0.65)
                points += [air(f"th-{name.lower()}-{z}", x, front, z, name) for z in (0.2, 1.1, 2.0)]
    devices = []
    for n, x in enumerate((0.7, 11.2, 12.8, 23.2), start=1):
        devices.append(
            device(f"crac{n}", f"{n}号精密空调", f"Precision AC {n}", Group.AIR_CONDITIONING, place=place(x, 6.0), size=(0.9, 2.0))
        )
        points.append(state(f"crac{n}.running", states={0: names("停机", "off"), 1: names("运行", "running")}))
    devices.append(rope("rope", [(1.0, 1.0), (11.0, 1.0), (11.0, 10.5), (1.0, 10.5)]))
    points += [wet("rope.leak"), metres("rope.distance")]
    return room_of(racks, points, devices, size=(24.0, 12.0), areas=areas)


def lost(key: str) -> LiveInfo:
    """A sensor that does not answer; its last value is 90 s old."""
    return live(key, None, Quality.BAD, reason=Reason.NO_ANSWER, last_value=24.0, last_time=NOW - 90_000)
