"""A made room for the console's tests: every group, every quality, every alarm level and state, long names."""

import functools

from cityops_desktop.link.messages import (
    AlarmInfo,
    AreaInfo,
    BusInfo,
    BusState,
    Copy,
    DeviceInfo,
    FeedInfo,
    LimitInfo,
    LiveInfo,
    NamesInfo,
    PlaceInfo,
    PointInfo,
    PowerNodeInfo,
    RackInfo,
    RackItemInfo,
    RoomInfo,
    StationInfo,
)
from cityops_desktop.model.alarms import AlarmState, Cause
from cityops_desktop.model.points import Group, Kind, LimitKind
from cityops_desktop.model.readings import Quality, Reason
from cityops_desktop.sentences import GROUPS

NOW = 1_790_000_000_000
BOOT = "boot-1"

GROUPS_ZH = {
    Group.POWER_DISTRIBUTION: "配电柜",
    Group.UPS: "UPS",
    Group.BATTERY: "蓄电池组",
    Group.GENERATOR_ATS: "柴油发电机",
    Group.AIR_CONDITIONING: "精密空调",
    Group.CHILLED_WATER: "冷冻水",
    Group.FRESH_AIR: "新风机",
    Group.FIRE_PROTECTION: "消防主机",
    Group.LEAK_DETECTION: "漏水检测",
    Group.SURVEILLANCE: "视频监控",
    Group.ACCESS_CONTROL: "门禁",
    Group.ENVIRONMENT: "温湿度",
    Group.NETWORK: "核心交换机",
    Group.IT: "服务器",
}


CABINETS = (Group.AIR_CONDITIONING, Group.UPS, Group.POWER_DISTRIBUTION)


def names(zh: str, en: str) -> NamesInfo:
    return NamesInfo(zh=zh, en=en)


def analog(
    device: str, point: str, zh: str, en: str, group: Group, unit: str, normal: tuple[float, float], *, featured: bool = False
) -> PointInfo:
    low, high = normal
    return PointInfo(
        key=f"{device}.{point}",
        device=device,
        names=names(zh, en),
        kind=Kind.ANALOG,
        group=group,
        unit=unit,
        decimals=1,
        period=5.0,
        limits=[
            LimitInfo(id="high1", level=2, kind=LimitKind.HIGH, value=high * 1.2, source="GB 50174-2017"),
            LimitInfo(id="low1", level=3, kind=LimitKind.LOW, value=low * 0.8),
        ],
        normal=normal,
        span=(0.0, high * 1.5),
        featured=featured,
    )


def digital(
    device: str, point: str, zh: str, en: str, group: Group, states: tuple[tuple[str, str], ...], *, featured: bool = False
) -> PointInfo:
    return PointInfo(
        key=f"{device}.{point}",
        device=device,
        names=names(zh, en),
        kind=Kind.DIGITAL,
        group=group,
        unit="",
        decimals=0,
        period=5.0,
        limits=[LimitInfo(id="state1", level=1, kind=LimitKind.STATE, value=0, states=[1])],
        states={n: names(*state) for n, state in enumerate(states)},
        featured=featured,
    )


def devices_and_points(per_group: int) -> tuple[list[DeviceInfo], list[PointInfo]]:
    devices, points = [], []
    for number, group in enumerate(Group):
        for n in range(1, per_group + 1):
            device = f"{group.value.replace('_', '-')}-{n}"
            english = str(GROUPS[group])
            long = n == 2
            zh = f"{n}号{GROUPS_ZH[group]}" + ("（二层东侧一号机房北列端部）" if long else "")
            en = f"{english} {n}" + (" at the north end of the east row, second floor" if long else "")
            devices.append(
                DeviceInfo(
                    id=device,
                    bus=f"line{number % 4 + 1}",
                    names=names(zh, en),
                    group=group,
                    place=PlaceInfo(x=n, y=min(number, 11.5)),
                    size=(0.9, 0.9) if group in CABINETS else None,
                )
            )
            first = n == 1
            points += [
                analog(device, "temperature", "回风温度", "Return air temperature", group, "°C", (18.0, 27.0), featured=first),
                analog(device, "humidity", "回风湿度", "Return air humidity", group, "%RH", (40.0, 60.0), featured=first),
                analog(device, "load", "输出负载率", "Output load ratio", group, "%", (5.0, 80.0)),
                digital(device, "wet", "漏水状态", "Leak", group, (("干", "dry"), ("湿", "wet")), featured=group is Group.LEAK_DETECTION),
            ]
    return devices, points


def live_of(points: list[PointInfo], now: int = NOW) -> list[LiveInfo]:
    """A believable value for each; among the first, one of each quality."""
    result = []
    for n, point in enumerate(points):
        value: float | int = 0 if point.kind is Kind.DIGITAL else round((point.normal or (0, 1))[0] * 1.1 + n % 7 * 0.3, 1)
        time = now - 1000 - n % 5 * 700
        match n:
            case 1:
                live = LiveInfo(
                    key=point.key,
                    value=value,
                    quality=Quality.UNCERTAIN,
                    reason=Reason.OUT_OF_RANGE,
                    time=time,
                    last_value=value,
                    last_time=time,
                )
            case 2:
                live = LiveInfo(
                    key=point.key,
                    value=None,
                    quality=Quality.BAD,
                    reason=Reason.NO_ANSWER,
                    time=time,
                    last_value=value,
                    last_time=now - 754_000,
                )
            case 3:
                live = LiveInfo(
                    key=point.key,
                    value=value,
                    quality=Quality.STALE,
                    reason=Reason.OLD,
                    time=now - 90_000,
                    last_value=value,
                    last_time=now - 90_000,
                )
            case 4:
                live = LiveInfo(key=point.key, value=None, quality=Quality.BAD, reason=Reason.WAITING, time=time)
            case _:
                live = LiveInfo(key=point.key, value=value, quality=Quality.GOOD, time=time, last_value=value, last_time=time)
        result.append(live)
    return result


def alarm(n: int, subject: str, level: int, state: AlarmState, *, cause: Cause = Cause.HIGH, now: int = NOW, **more: object) -> AlarmInfo:
    values: dict[str, object] = (
        {"value": 31.4, "limit": 28.0} if cause in (Cause.HIGH, Cause.LOW) else {"value": 1.0} if cause is Cause.STATE else {}
    )
    return AlarmInfo.model_validate(
        {
            "id": f"alarm-{n:04d}",
            "key": f"{subject}#{n}",
            "subject": subject,
            "cause": cause,
            "level": level,
            "state": state,
            "raised": now - n * 61_000,
            **values,
            **more,
        }
    )


def alarms_of(now: int = NOW) -> list[AlarmInfo]:
    done = {"acknowledged": now - 30_000, "actor": "p1", "actor_name": "张工"}
    return [
        alarm(1, "air-conditioning-2.temperature", 2, AlarmState.UNACKNOWLEDGED, now=now),
        alarm(2, "leak-detection-1.wet", 1, AlarmState.UNACKNOWLEDGED, cause=Cause.STATE, now=now),
        alarm(3, "ups-1.load", 3, AlarmState.ACKNOWLEDGED, now=now, **done),
        alarm(4, "environment-1.humidity", 4, AlarmState.RETURNED, cause=Cause.LOW, now=now, returned=now - 20_000),
        alarm(5, "fresh-air-1", 2, AlarmState.UNACKNOWLEDGED, cause=Cause.DEVICE_LOST, now=now, points=4),
        alarm(6, "bus:line3", 1, AlarmState.ACKNOWLEDGED, cause=Cause.BUS_LOST, now=now, points=44, detail="no_port", **done),
        alarm(7, "station", 1, AlarmState.ACKNOWLEDGED, cause=Cause.RECORDING_PAUSED, now=now, detail="disk_full journal.db", **done),
        alarm(8, "it-1.temperature", 2, AlarmState.NORMAL, now=now, returned=now - 10_000, **done),
        alarm(2000, "network-1.temperature", 4, AlarmState.NORMAL, now=now, returned=now - 90_000_000, **done),
    ]


def station_info(**more: object) -> StationInfo:
    told: dict[str, object] = {
        "boot": BOOT,
        "program": "0.1.0",
        "started": NOW - 3_600_000,
        "setup_required": False,
        "recording": True,
        "buses": [
            BusState(id=f"line{n}", state="down" if n == 3 else "up", reason=Reason.NO_PORT if n == 3 else None) for n in range(1, 5)
        ],
    }
    return StationInfo.model_validate(told | more)


STANDING: tuple[tuple[str, str, float, float, str, str | None, bool], ...] = (
    ("机柜PDU", "Rack PDU", 1, 0, "rear", "power-distribution-1", False),
    ("核心交换机（双电源，含备用引擎）", "Core switch with a second engine", 3, 8, "front", None, True),
    ("政务云计算节点", "Government cloud node", 12, 2, "front", "it-1", True),
    ("日志服务器", "Log server", 15, 1, "front", "it-2", True),
    ("接入交换机", "Access switch", 42, 1, "front", "network-1", False),
)


def item(zh: str, en: str, u: float, height: float, face: str, device: str | None, deep: bool) -> RackItemInfo:
    return RackItemInfo(names=names(zh, en), u=u, height=height, face=face, device=device, full_depth=deep)


def racks() -> list[RackInfo]:
    """Two rows that face each other, with thin and thick things in them, a full name, a vertical PDU, an empty rack."""
    result = []
    for row, y, facing in (("A", 4.4, 0), ("B", 6.8, 180)):
        for n in range(1, 7):
            items = [item(*one) for one in STANDING] if n < 6 else []
            feeds = [FeedInfo(side=side, node=f"panel-{side.lower()}", power=[]) for side in "AB"]
            place = PlaceInfo(x=3 + 0.6 * n, y=y)
            rack = f"{row}{n:02d}"
            result.append(
                RackInfo(
                    id=rack,
                    names=names(rack, rack),
                    row=row,
                    place=place,
                    facing=facing,
                    u_height=42,
                    items=items if n < 6 else [],
                    feeds=feeds,
                )
            )
    return result


def power_chain() -> list[PowerNodeInfo]:
    """Mains and a generator, two UPS, two panels."""
    nodes: list[dict[str, object]] = [
        {"id": "mains", "names": names("市电", "Mains"), "kind": "mains", "device": "power-distribution-1", "rating": 100.0},
        {"id": "generator", "names": names("柴油发电机", "Generator"), "kind": "generator", "device": "generator-ats-1", "rating": 80.0},
        {"id": "ats", "names": names("转换开关", "Transfer switch"), "kind": "ats", "sources": ["mains", "generator"]},
    ]
    for n, side in ((1, "a"), (2, "b")):
        load = {"load": f"ups-{n}.load"}
        nodes += [
            {"id": f"ups{n}", "names": names(f"{n}号UPS", f"UPS {n}"), "kind": "ups", "sources": ["ats"], "rating": 18.0, "points": load},
            {"id": f"battery{n}", "names": names(f"{n}号电池组", f"Battery {n}"), "kind": "battery", "device": f"battery-{n}"},
            {
                "id": f"panel-{side}",
                "names": names(f"{side.upper()}路列头柜", f"Panel {side.upper()}"),
                "kind": "panel",
                "sources": [f"ups{n}"],
                "side": side.upper(),
                "rating": 20.0,
            },
        ]
    return [PowerNodeInfo.model_validate(node) for node in nodes]


@functools.cache
def _room(per_group: int, origin: str) -> RoomInfo:
    devices, points = devices_and_points(per_group)
    return RoomInfo.model_validate(
        {
            "id": "room1",
            "names": names("一号机房", "Room 1"),
            "domain": "city/district/site/room1",
            "timezone": "Asia/Shanghai",
            "version": "v1",
            "origin": origin,
            "size": (18.0, 12.0),
            "buses": [
                BusInfo(id=f"line{n}", names=names(f"RS-485 {n}号线", f"RS-485 line {n}"), driver="modbus-rtu", resource=f"/dev/ttyUSB{n}")
                for n in range(1, 5)
            ],
            "devices": devices,
            "racks": racks(),
            "areas": [
                AreaInfo(id="hall", names=names("主机房", "Machine hall"), place=PlaceInfo(x=0, y=0), size=(14.0, 12.0)),
                AreaInfo(id="battery", names=names("电池间", "Battery room"), place=PlaceInfo(x=14, y=0), size=(4.0, 12.0)),
            ],
            "power": power_chain(),
            "points": points,
        }
    )


def room_info(per_group: int, origin: str) -> RoomInfo:
    """Checked once; each test has its own lists of its own things, to change them."""
    made = _room(per_group, origin)
    parts = {name: [one.model_copy() for one in getattr(made, name)] for name in ("buses", "devices", "racks", "areas", "power", "points")}
    return made.model_copy(update=parts)


def copy_of_room(*, per_group: int = 2, origin: str = "demo", seq: int = 1, now: int = NOW, calm: bool = False, **station: object) -> Copy:
    """The whole room; `calm` = nothing is wrong."""
    room = room_info(per_group, origin)
    points = room.points
    live = live_of(points, now)
    if calm:
        live = [LiveInfo(key=p.key, value=0 if p.kind is Kind.DIGITAL else 22.5, quality=Quality.GOOD, time=now - 800) for p in points]
        station = {"buses": []} | station
    return Copy(seq=seq, now=now, room=room, live=live, alarms=[] if calm else alarms_of(now), station=station_info(**station))
