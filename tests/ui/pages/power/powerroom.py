"""A made room with a whole power chain: mains, diesel set, ATS, 2 UPS with 4 battery strings, 3 panels, 24 racks in two rows."""

from collections.abc import Mapping

from cityops_desktop.link.messages import (
    BusInfo,
    Copy,
    DeviceInfo,
    FeedInfo,
    LiveInfo,
    NamesInfo,
    PointInfo,
    PowerNodeInfo,
    RackInfo,
    RoomInfo,
)
from cityops_desktop.model.points import Group, Kind
from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.model.readings import Quality, Reason
from tests.ui.rooms import NOW, copy_of_room, names

MODES = {0: names("关机", "off"), 1: names("市电逆变", "on mains"), 2: names("电池供电", "on battery")}
SETS = {0: names("停机", "standing"), 1: names("运行", "running")}
BASE: dict[str, float | int | None] = {
    "mains.power": 45_300,
    "mains.voltage": 231.4,
    "mains.ok": 1,
    "diesel.power": 0,
    "diesel.voltage": 0,
    "diesel.state": 0,
    "diesel.fuel": 84,
    "ats.position": 1,
    "ups1.power": 15.2,
    "ups1.mode": 1,
    "ups1.voltage": 220.1,
    "ups2.power": 13.9,
    "ups2.mode": 1,
    "ups2.voltage": 219.8,
    "mech.power": 14_800,
}
UNITS = {"power": "kW", "voltage": "V", "fuel": "%", "charge": "%", "runtime": "min"}
STATES = {"ups1.mode": MODES, "ups2.mode": MODES, "diesel.state": SETS, "mains.ok": {}, "ats.position": {}}
WATTS = ("mains.power", "mech.power", "diesel.power")


def readings() -> dict[str, float | int | None]:
    """A value for each point."""
    values = dict(BASE)
    for n in range(1, 5):
        values |= {f"bat{n}.charge": 96 + n % 3, f"bat{n}.runtime": 41 + n}
    for rack in rack_names():
        n = int(rack[1:])
        values[f"pdu-{rack.lower()}.a"] = 0.4 + n % 4 * 0.15
        if rack not in ("A05", "B12"):
            values[f"pdu-{rack.lower()}.b"] = 0.4 + n % 3 * 0.15
    return values


def rack_names() -> list[str]:
    return [f"{row}{n:02}" for row in "AB" for n in range(1, 13)]


def point(key: str) -> PointInfo:
    device, _, name = key.partition(".")
    unit = "W" if key in WATTS else UNITS.get(name, "kW" if name in ("a", "b") else "")
    zh = {"power": "总有功功率", "voltage": "输出电压", "charge": "电池容量", "runtime": "剩余时间", "fuel": "油位"}.get(name, name)
    kind = Kind.DIGITAL if key in STATES else Kind.ANALOG
    return PointInfo(
        key=key,
        device=device,
        names=names(zh, name.capitalize()),
        kind=kind,
        group=Group.POWER_DISTRIBUTION,
        unit=unit,
        decimals=0 if kind is Kind.DIGITAL else 1,
        period=5.0,
        states=STATES.get(key, {}),
    )


def node(name: str, kind: PowerKind, zh: str, en: str, *sources: str, points: str = "", **more: object) -> PowerNodeInfo:
    roles = {PowerRole(word.partition(":")[0]): f"{name}.{word.partition(':')[2] or word}" for word in points.split()}
    return PowerNodeInfo(id=name, names=names(zh, en), kind=kind, sources=list(sources), device=name, points=roles, **more)  # type: ignore[arg-type]


def chain() -> list[PowerNodeInfo]:
    kind = PowerKind
    return [
        node("mains", kind.MAINS, "市电", "Mains", rating=120, points="power voltage state:ok", dead=[0]),
        node("diesel", kind.GENERATOR, "柴油发电机", "Diesel set", rating=80, points="power voltage state fuel", dead=[0]),
        node(
            "ats",
            kind.ATS,
            "双电源转换柜",
            "Transfer switch",
            "mains",
            "diesel",
            rating=120,
            points="position",
            positions={1: "mains", 2: "diesel"},
        ),
        node("bat1", kind.BATTERY, "1号蓄电池组", "Battery 1", points="charge runtime"),
        node("bat2", kind.BATTERY, "2号蓄电池组", "Battery 2", points="charge runtime"),
        node("bat3", kind.BATTERY, "3号蓄电池组", "Battery 3", points="charge runtime"),
        node("bat4", kind.BATTERY, "4号蓄电池组", "Battery 4", points="charge runtime"),
        node("ups1", kind.UPS, "1号UPS", "UPS 1", "ats", "bat1", "bat2", rating=40, side="A", points="power state:mode voltage", dead=[0]),
        node("ups2", kind.UPS, "2号UPS", "UPS 2", "ats", "bat3", "bat4", rating=40, side="B", points="power state:mode voltage", dead=[0]),
        node("panel-a", kind.PANEL, "A路列头柜", "Panel A", "ups1", rating=30, side="A"),
        node("panel-b", kind.PANEL, "B路列头柜", "Panel B", "ups2", rating=30, side="B"),
        node(
            "mech",
            kind.PANEL,
            "动力配电柜（空调、新风、照明）",
            "Mechanical panel (cooling, fresh air, lighting)",
            "ats",
            rating=40,
            points="power",
        ),
    ]


def racks() -> list[RackInfo]:
    found = []
    for name in rack_names():
        key = f"pdu-{name.lower()}"
        feeds = [FeedInfo(side="A", node="panel-a", power=[f"{key}.a"])]
        if name not in ("A05", "B12"):
            feeds.append(FeedInfo(side="B", node="panel-b", power=[f"{key}.b"]))
        found.append(RackInfo(id=name, names=NamesInfo(zh=name, en=name), row=name[0], place=None, facing=0, u_height=42, feeds=feeds))
    return found


def live(key: str, value: float | int | None, now: int = NOW) -> LiveInfo:
    """A good reading, or for None one that has been lost for minutes (its last value stays)."""
    if value is None:
        last = readings()[key]
        return LiveInfo(
            key=key, value=None, quality=Quality.BAD, reason=Reason.NO_ANSWER, time=now, last_value=last, last_time=now - 400_000
        )
    return LiveInfo(key=key, value=value, quality=Quality.GOOD, time=now - 1000, last_value=value, last_time=now - 1000)


def power_copy(changed: Mapping[str, float | int | None] | None = None) -> Copy:
    """The room as a full copy; `changed` overrides readings, None = lost."""
    base, values = copy_of_room(calm=True), readings()
    keys = list(values)
    devices = [
        DeviceInfo(id=name, bus="line1", names=names(name, name), group=Group.POWER_DISTRIBUTION)
        for name in dict.fromkeys(key.partition(".")[0] for key in keys)
    ]
    room = RoomInfo(
        id="r1",
        names=names("一号机房", "Room 1"),
        domain="c/d/s/r1",
        timezone="Asia/Shanghai",
        version="power",
        origin="real",
        buses=[BusInfo(id="line1", names=names("总线", "Line"), driver="modbus-tcp", resource="x")],
        devices=devices,
        racks=racks(),
        points=[point(key) for key in keys],
        power=chain(),
    )
    values.update(changed or {})
    return base.model_copy(update={"room": room, "live": [live(key, values[key]) for key in keys], "alarms": []})
