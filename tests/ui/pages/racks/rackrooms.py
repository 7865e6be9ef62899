"""A made room of racks for the console's tests: two rows, one rack without a row, every state an item can have, metered and not."""

from cityops_desktop.link.messages import (
    AlarmInfo,
    Copy,
    DeviceInfo,
    FeedInfo,
    LimitInfo,
    LiveInfo,
    PlaceInfo,
    PointInfo,
    RackInfo,
    RackItemInfo,
    RoomInfo,
)
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Group, Kind, LimitKind
from cityops_desktop.model.readings import Quality, Reason
from tests.ui.rooms import NOW, alarm, copy_of_room, names

KINDS = (
    ("数据库服务器", "Database server", 2, "PowerEdge R740", "dell-poweredge-r740"),
    ("接入交换机", "Access switch", 1, "S5735-L48T4X", ""),
    ("存储阵列", "Storage array", 4, "OceanStor 5310", ""),
    ("政务云计算节点（二层东侧扩容批次）", "Government cloud node of the second extension", 2, "RH2288H V5", ""),
    ("防火墙", "Firewall", 1, "USG6650E", ""),
)


def rack_point(key: str, unit: str, zh: str, en: str, **more: object) -> PointInfo:
    """An analog point of a rack."""
    device = key.partition(".")[0]
    told: dict[str, object] = {
        "key": key,
        "device": device,
        "names": names(zh, en),
        "kind": Kind.ANALOG,
        "group": Group.IT,
        "unit": unit,
        "decimals": 1,
        "period": 1.0,
    }
    return PointInfo.model_validate(told | more)


def sensor_point(key: str, x: float, y: float, z: float, rack: str | None = None) -> PointInfo:
    """A temperature sensor with the limits of a rack's inlet."""
    limits = [LimitInfo(id="high", level=2, kind=LimitKind.HIGH, value=27.0), LimitInfo(id="low", level=3, kind=LimitKind.LOW, value=18.0)]
    place = PlaceInfo(x=x, y=y, z=z)
    return rack_point(
        key, "°C", "进风温度", "Inlet temperature", place=place, rack=rack, limits=limits, normal=(18.0, 27.0), group=Group.ENVIRONMENT
    )


def _items(rack: str, seed: int) -> list[RackItemInfo]:
    """A rack filled from below with holes, a vertical PDU, and something at the rear only."""
    items = [
        RackItemInfo(
            names=names(f"{rack}竖装PDU", f"{rack} vertical PDU"), u=1, height=0, face="rear", full_depth=False, device=f"pdu-{rack}"
        )
    ]
    u, n = 1 + seed % 3, seed
    while u < 40:
        zh, en, height, model, kind = KINDS[n % len(KINDS)]
        if n % 4 != 3:
            number = f"{n:02d}"
            power = [f"pdu-{rack}.w{n % 5}"] if n % 3 == 0 else []
            device = f"srv-{rack}-{n % 5}" if n % 2 == 0 and n - seed < 5 else None
            items.append(
                RackItemInfo(
                    names=names(f"{zh}{number}", f"{en} {number}"),
                    u=u,
                    height=height,
                    face="front",
                    model=model,
                    type=kind,
                    power=power,
                    device=device,
                    full_depth=n % 5 != 1,
                    draw=750.0,
                )
            )
        u += height
        n += 1
    items.append(RackItemInfo(names=names("光纤配线架", "Fibre patch panel"), u=41, height=1, face="rear", full_depth=False))
    return items


def rack_room(*, per_row: int = 8, origin: str = "demo", rows: tuple[str, ...] = ("A", "B")) -> Copy:
    """`per_row` racks of 42 U in each row, and one without a row."""
    base = copy_of_room(calm=True, origin=origin)
    racks, points, devices, live, alarms = [], [], [], [], []
    for number, row in enumerate(rows):
        for n in range(per_row):
            rack = f"{row}{n + 1:02d}"
            made, told, values = _rack(rack, row, 4.0 + 0.6 * n, 4.0 + 4 * number, 0.0 if number == 0 else 180.0, n)
            racks.append(made)
            points += told
            live += values
    racks.append(
        RackInfo(
            id="N1",
            names=names("网络机柜", "Network rack"),
            row="",
            place=None,
            facing=0,
            u_height=24,
            starting_unit=1,
            desc_units=True,
            items=_items("N1", 2)[1:4],
        )
    )
    for key in dict.fromkeys(point.device for point in points):
        devices.append(DeviceInfo(id=key, bus="line1", names=names(f"设备{key}", f"Device {key}"), group=Group.IT))
    alarms = _alarms(rows[0])
    room = RoomInfo.model_validate(base.room.model_dump() | {"racks": racks, "points": points, "devices": devices, "version": "racks"})
    return Copy(seq=1, now=NOW, room=room, live=live, alarms=alarms, station=base.station)


def _rack(rack: str, row: str, x: float, y: float, facing: float, n: int) -> tuple[RackInfo, list[PointInfo], list[LiveInfo]]:
    items = _items(rack, n)
    ahead = 0.6 if facing == 0 else -0.6
    points = [rack_point(f"pdu-{rack}.w{k}", "W", f"插座{k}有功功率", f"Outlet {k} power") for k in range(5)]
    points += [rack_point(f"pdu-{rack}.{side}", "kW", f"{side}路有功功率", f"Feed {side} power", decimals=2) for side in "AB"]
    points += [sensor_point(f"th-{rack}-{k}.t", x, y + ahead, z, rack) for k, z in enumerate((0.4, 1.1, 1.8)) if n % 4 != 3]
    points += [sensor_point(f"tr-{rack}.t", x, y - ahead, 1.5, rack)] if n % 2 == 0 else []
    points += [
        rack_point(f"{item.device}.cpu", "°C", "CPU温度", "CPU temperature")
        for item in items
        if item.device and item.device.startswith("srv")
    ]
    feeds = [FeedInfo(side=side, power=[f"pdu-{rack}.{side}"] if n != 5 else []) for side in "AB"]
    made = RackInfo(
        id=rack,
        names=names(f"{rack}机柜", f"Rack {rack}"),
        row=row,
        place=PlaceInfo(x=x, y=y),
        facing=facing,
        u_height=42,
        items=items,
        feeds=feeds,
    )
    return made, points, [_live(point, n) for point in points]


def _live(point: PointInfo, n: int) -> LiveInfo:
    value = 1.71 if point.unit == "kW" else 263.0 if point.unit == "W" else 19.5 + 2.4 * (point.place.z if point.place else 8.0) + 0.4 * n
    if point.key == "pdu-A04.B" or point.key.startswith("srv-A02"):
        return LiveInfo(
            key=point.key,
            value=None,
            quality=Quality.BAD,
            reason=Reason.NO_ANSWER,
            time=NOW - 900,
            last_value=value,
            last_time=NOW - 65_000,
        )
    if point.key in ("th-A03-1.t", "pdu-A03.w0"):
        return LiveInfo(
            key=point.key,
            value=value,
            quality=Quality.STALE,
            reason=Reason.OLD,
            time=NOW - 90_000,
            last_value=value,
            last_time=NOW - 90_000,
        )
    if point.key.startswith("srv-A05"):
        return LiveInfo(key=point.key, value=None, quality=Quality.BAD, reason=Reason.WAITING, time=NOW)
    return LiveInfo(key=point.key, value=round(value, 1), quality=Quality.GOOD, time=NOW - 800, last_value=value, last_time=NOW - 800)


def _alarms(row: str) -> list[AlarmInfo]:
    done = {"acknowledged": NOW - 30_000, "actor": "p1", "actor_name": "张工"}
    return [
        alarm(1, f"srv-{row}01-0.cpu", 1, AlarmState.UNACKNOWLEDGED),
        alarm(2, f"srv-{row}03-4.cpu", 2, AlarmState.ACKNOWLEDGED, **done),
        alarm(3, f"srv-{row}02-2", 2, AlarmState.UNACKNOWLEDGED, cause=Cause.DEVICE_LOST, points=1),
        alarm(4, f"th-{row}07-2.t", 3, AlarmState.RETURNED, returned=NOW - 1000),
    ]
