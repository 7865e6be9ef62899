"""Which advice and which camera an alarm has: the nearest of the room file, else the standard one. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.guidance import Advice, Standard
from cityops_desktop.model.points import Point
from cityops_desktop.model.rooms import Area, Device, Room


@dataclass(frozen=True, slots=True)
class Found:
    """What applies to an alarm. `source`: what the room file wrote it for, else "standard:<id>", else ""."""

    advice: Advice
    source: str
    camera: str


def find(room: Room, standard: Iterable[Standard], key: str, subject: str, cause: Cause) -> Found:
    """The nearest advice and the nearest camera, each for itself: limit, point, device, rack, area, group, then the standard ones."""
    point = room.points().get(subject)
    device = next((one for one in room.devices if one.id == (point.device if point else subject)), None)
    own = {about: entry for entry in room.guidance for about in entry.about}
    advice, source, camera = Advice(), "", ""
    for about in _from_near(room, key, subject, point, device):
        entry = own.get(about)
        if entry is None:
            continue
        if entry.advice and not advice:
            advice, source = entry.advice, about
        camera = camera or entry.camera
    if not advice:
        fitting = next((one for one in standard if one.fits(cause, point)), None)
        if fitting is not None:
            advice, source = fitting.advice, f"standard:{fitting.id}"
    return Found(advice, source, camera)


def _from_near(room: Room, key: str, subject: str, point: Point | None, device: Device | None) -> Iterator[str]:
    """What a room file's advice may be for, the nearest first."""
    yield key
    yield subject
    if device is not None and device.id != subject:
        yield device.id
    if device is not None and device.profile:
        if point is not None:
            name = point.key.partition(".")[2]
            yield f"profile:{device.profile}.{name}{key[len(subject) :]}"
            yield f"profile:{device.profile}.{name}"
        yield f"profile:{device.profile}"
    rack = (point.rack if point else None) or (device.rack if device else None)
    if rack:
        yield f"rack:{rack}"
    place = (point.place if point else None) or (device.place if device else None)
    yield from (f"area:{area.id}" for area in room.areas if place is not None and _within(area, place.x, place.y))
    group = point.group if point else device.group if device else None
    if group is not None:
        yield f"group:{group.value}"


def _within(area: Area, x: float, y: float) -> bool:
    return area.place.x <= x <= area.place.x + area.size[0] and area.place.y <= y <= area.place.y + area.size[1]
