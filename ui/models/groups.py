"""The room by equipment groups: how each group does, and which points are the key ones. Paints nothing."""

from dataclasses import dataclass

from cityops_desktop.link.messages import AlarmInfo, PointInfo
from cityops_desktop.model.points import Group, Kind
from ui.models.alarmindex import urgency
from ui.models.needs import usable
from ui.models.room import RoomModel

FEW = 24
"""Key points of a room that names none."""


@dataclass(frozen=True, slots=True)
class GroupState:
    """One equipment group: its points, its open alarms (of points, devices, wires), its unknown points, its most urgent alarm: one
    that stands before one that has returned."""

    group: Group
    points: int
    alarms: int
    unknown: int
    worst: AlarmInfo | None


def group_states(model: RoomModel) -> list[GroupState]:
    """The groups that have points in this room, in the order of the standard."""
    count = dict.fromkeys(Group, 0)
    unknown = dict.fromkeys(Group, 0)
    of_device: dict[str, set[Group]] = {}
    for key, point in model.points.items():
        count[point.group] += 1
        of_device.setdefault(point.device, set()).add(point.group)
        if not (model.connected and usable(model.live.get(key))):
            unknown[point.group] += 1
    worst: dict[Group, AlarmInfo] = {}
    alarms = dict.fromkeys(Group, 0)
    for name, several, alarm in model.index.subjects():
        subject = model.points.get(name)
        devices = [] if subject is not None else _devices(model, name)
        for group in {subject.group} if subject is not None else {g for device in devices for g in of_device.get(device, ())}:
            alarms[group] += several
            worst[group] = min(worst.get(group, alarm), alarm, key=lambda one: (not one.standing, urgency(one)))
    return [GroupState(g, count[g], alarms[g], unknown[g], worst.get(g)) for g in Group if count[g]]


def key_points(model: RoomModel) -> list[PointInfo]:
    """What the overview shows: the featured points, else those with limits, else the first few, analog ones before others."""
    points = list(model.points.values())
    chosen = [p for p in points if p.featured] or [p for p in points if p.limits]
    if not chosen:
        chosen = sorted(points, key=lambda p: p.kind is not Kind.ANALOG)[:FEW]
    return by_group(chosen)


def group_points(model: RoomModel, group: Group) -> list[PointInfo]:
    """All points of one group, in the order of the room file."""
    return [p for p in model.points.values() if p.group is group]


def by_group(points: list[PointInfo]) -> list[PointInfo]:
    """In the order of groups, else as they came."""
    order = {group: index for index, group in enumerate(Group)}
    return sorted(points, key=lambda p: order[p.group])


def _devices(model: RoomModel, subject: str) -> list[str]:
    if subject.startswith("bus:"):
        bus = subject.removeprefix("bus:")
        return [device.id for device in model.devices.values() if device.bus == bus]
    return [subject] if subject in model.devices else []
