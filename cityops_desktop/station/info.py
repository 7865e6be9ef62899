"""The core's values as the link's messages. Pure translation."""

from collections.abc import Mapping

from cityops_desktop.audit.heads import Head
from cityops_desktop.audit.query import actor_name
from cityops_desktop.audit.report import Report
from cityops_desktop.link.audit import AnchorInfo, AuditReport, Finding, HeadInfo
from cityops_desktop.link.messages import (
    AlarmInfo,
    AreaInfo,
    BusInfo,
    DeviceInfo,
    FeedInfo,
    LevelInfo,
    LimitInfo,
    NamesInfo,
    PlaceInfo,
    PointInfo,
    PowerNodeInfo,
    RackInfo,
    RackItemInfo,
    RoomInfo,
)
from cityops_desktop.link.people import PersonInfo
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.levels import LevelLook
from cityops_desktop.model.people import Person
from cityops_desktop.model.points import Limit, Names, Place, Point
from cityops_desktop.model.power import PowerNode
from cityops_desktop.model.rooms import Area, Device, Rack, Room


def room_info(room: Room, resources: Mapping[str, str], addresses: Mapping[str, str]) -> RoomInfo:
    """The room's unchanging part; `resources` names what each bus uses alone (port, gateway), `addresses` each device's on its bus."""
    return RoomInfo(
        id=room.id,
        names=_names(room.names),
        domain=room.domain,
        timezone=room.timezone,
        version=room.version,
        origin="demo" if room.origin == "demo" else "real",
        size=room.size,
        buses=[BusInfo(id=b.id, names=_names(b.names), driver=b.driver, resource=resources[b.id]) for b in room.buses],
        devices=[_device(device, addresses[device.id]) for device in room.devices],
        racks=[_rack(rack) for rack in room.racks],
        points=[_point(point) for point in room.points().values()],
        areas=[_area(area) for area in room.areas],
        power=[_power(node) for node in room.power],
        shifts=list(room.shifts),
        levels=[_level(look) for look in room.levels],
    )


def alarm_info(alarm: Alarm) -> AlarmInfo:
    """An occurrence as it travels."""
    return AlarmInfo(
        id=alarm.id,
        key=alarm.key,
        subject=alarm.subject,
        cause=alarm.cause,
        level=int(alarm.level),
        state=alarm.state,
        raised=alarm.raised,
        value=alarm.value,
        limit=alarm.limit,
        detail=alarm.detail,
        points=alarm.points,
        acknowledged=alarm.acknowledged,
        actor=alarm.actor,
        actor_name=alarm.actor_name,
        returned=alarm.returned,
        hidden=alarm.hidden,
        hidden_until=alarm.hidden_until,
        under=alarm.under,
        recorded=alarm.recorded,
    )


def person_info(person: Person) -> PersonInfo:
    """Who it is, without anything secret."""
    return PersonInfo(id=person.id, name=person.name, display=person.display, roles=sorted(person.roles))


def head_info(head: Head) -> HeadInfo:
    """A signed head as it travels."""
    return HeadInfo(
        seq=head.seq, hash=head.hash, time=head.time, station=head.station, text=head.text, signature=head.signature, key=head.key
    )


def audit_report(report: Report, known: Mapping[str, str]) -> AuditReport:
    """What a verification found; `known`: full names by account id."""
    return AuditReport(
        time=report.time,
        state=report.state.value,
        rows=report.rows,
        signed=report.signed,
        anchored=report.anchored,
        findings=[Finding(code=one.code, seq=one.seq, to=one.to, subject=one.subject, detail=one.detail) for one in report.findings],
        head=head_info(report.head) if report.head else None,
        anchors=[
            AnchorInfo(seq=one.seq, hash=one.hash, time=one.time, medium=one.medium, actor_name=actor_name(one.actor, known))
            for one in report.anchors
        ],
        seconds=report.seconds,
    )


def _names(names: Names) -> NamesInfo:
    return NamesInfo(zh=names.zh, en=names.en)


def _level(look: LevelLook) -> LevelInfo:
    return LevelInfo(level=int(look.level), names=_names(look.names) if look.names is not None else None, light=look.light, dark=look.dark)


def _place(place: Place | None) -> PlaceInfo | None:
    return PlaceInfo(x=place.x, y=place.y, z=place.z) if place else None


def _device(device: Device, address: str) -> DeviceInfo:
    return DeviceInfo(
        id=device.id,
        bus=device.bus,
        address=address,
        names=_names(device.names),
        group=device.group,
        profile=device.profile,
        rack=device.rack,
        u=device.u,
        place=_place(device.place),
        size=device.size,
        path=list(device.path),
        sensitive=device.sensitive,
    )


def _area(area: Area) -> AreaInfo:
    return AreaInfo(id=area.id, names=_names(area.names), place=PlaceInfo(x=area.place.x, y=area.place.y), size=area.size)


def _power(node: PowerNode) -> PowerNodeInfo:
    return PowerNodeInfo(
        id=node.id,
        names=_names(node.names),
        kind=node.kind,
        sources=list(node.sources),
        device=node.device,
        rating=node.rating,
        side=node.side,
        points=dict(node.points),
        positions=dict(node.positions),
        dead=list(node.dead),
    )


def _rack(rack: Rack) -> RackInfo:
    items = [
        RackItemInfo(
            names=_names(i.names),
            u=i.u,
            height=i.height,
            face=i.face,
            device=i.device,
            full_depth=i.full_depth,
            type=i.type,
            model=i.model,
            draw=i.draw,
            power=list(i.power),
        )
        for i in rack.items
    ]
    return RackInfo(
        id=rack.id,
        names=_names(rack.names),
        row=rack.row,
        place=_place(rack.place),
        facing=rack.facing,
        u_height=rack.u_height,
        items=items,
        width=rack.width,
        depth=rack.depth,
        type=rack.type,
        starting_unit=rack.starting_unit,
        desc_units=rack.desc_units,
        feeds=[FeedInfo(side=feed.side, node=feed.node, power=list(feed.power)) for feed in rack.feeds],
    )


def _point(point: Point) -> PointInfo:
    return PointInfo(
        key=point.key,
        device=point.device,
        names=_names(point.names),
        kind=point.kind,
        group=point.group,
        unit=point.unit,
        decimals=point.decimals,
        period=point.period,
        limits=[limit_info(limit) for limit in point.limits],
        normal=point.normal,
        span=point.span,
        states={number: _names(names) for number, names in point.states.items()},
        rack=point.rack,
        place=_place(point.place),
        featured=point.featured,
        rollover=point.rollover,
    )


def limit_info(limit: Limit) -> LimitInfo:
    """A limit as it travels."""
    return LimitInfo(
        id=limit.id,
        level=int(limit.level),
        kind=limit.kind,
        value=limit.value,
        states=list(limit.states),
        deadband=limit.deadband,
        on_delay=limit.on_delay,
        off_delay=limit.off_delay,
        source=limit.source,
        latch=limit.latch,
        supply=limit.supply,
    )
