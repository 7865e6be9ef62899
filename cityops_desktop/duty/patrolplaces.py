"""Which point of the room a reading of a template means at a stop, and where a stop is on the floor. Pure; the same room, the same answer.

Points of devices that are marked sensitive are never bound: nobody gets their values through a patrol.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from cityops_desktop.duty.patrolcontent import Find, Item, RouteContent, Stop
from cityops_desktop.model.points import Kind, Place, Point
from cityops_desktop.model.rooms import Area, Device, Room

_NUMERIC = (Kind.ANALOG, Kind.COUNTER)


def point_of(room: Room, stop: Stop, item: Item) -> Point | None:
    """The point that a reading is compared with; None when there is none."""
    if item.point:
        points = (point for device in room.devices if not device.sensitive for point in device.points)
        return next((point for point in points if point.key == item.point and point.kind in _NUMERIC), None)
    if item.find is None:
        return None
    here = next((point for point in _points(room, stop) if _fits(point, item.find)), None)
    if here is not None or item.find.place == "stop":
        return here
    everywhere = (point for device in room.devices if not device.sensitive for point in device.points)
    return next((point for point in everywhere if _fits(point, item.find)), None)


def spot_of(room: Room, stop: Stop) -> tuple[float, float] | None:
    """Where a stop is, in metres; None when nobody has said so."""
    if stop.x is not None and stop.y is not None:
        return stop.x, stop.y
    place = _place(room, stop)
    return None if place is None else (place.x, place.y)


def unknown(room: Room, route: RouteContent) -> list[str]:
    """What the stops of a route name and the room does not have."""
    known = {"area": {one.id for one in room.areas}, "rack": {one.id for one in room.racks}, "device": {one.id for one in room.devices}}
    return [f"{stop.kind}:{stop.ref}" for stop in route.stops if stop.kind != "place" and stop.ref not in known[stop.kind]]


def _place(room: Room, stop: Stop) -> Place | None:
    if stop.kind == "rack":
        return next((rack.place for rack in room.racks if rack.id == stop.ref), None)
    if stop.kind == "device":
        device = next((one for one in room.devices if one.id == stop.ref), None)
        return None if device is None else _where(room, device)
    area = next((one for one in room.areas if one.id == stop.ref), None) if stop.kind == "area" else None
    return None if area is None else Place(area.place.x + area.size[0] / 2, area.place.y + area.size[1] / 2)


def _points(room: Room, stop: Stop) -> Iterator[Point]:
    """What is measured at a stop, in the order of the room file."""
    area = _area(room, stop)
    for device in room.devices:
        if device.sensitive:
            continue
        for point in device.points:
            if stop.kind == "device":
                here = device.id == stop.ref
            elif stop.kind == "rack":
                here = stop.ref in (point.rack, device.rack)
            else:
                here = area is not None and _inside(area, point.place or _where(room, device))
            if here:
                yield point


def _area(room: Room, stop: Stop) -> Area | None:
    if stop.kind == "area":
        return next((one for one in room.areas if one.id == stop.ref), None)
    if stop.kind == "place" and stop.x is not None and stop.y is not None:
        spot = Place(stop.x, stop.y)
        return next((one for one in room.areas if _inside(one, spot)), None)
    return None


def _where(room: Room, device: Device) -> Place | None:
    if device.place is not None or device.rack is None:
        return device.place
    return next((rack.place for rack in room.racks if rack.id == device.rack), None)


def _inside(area: Area, place: Place | None) -> bool:
    if place is None:
        return False
    return 0 <= place.x - area.place.x <= area.size[0] and 0 <= place.y - area.place.y <= area.size[1]


def _fits(point: Point, find: Find) -> bool:
    id = point.key.partition(".")[2]
    names = (point.names.zh, point.names.en.casefold())
    return (
        point.kind in _NUMERIC
        and (not find.groups or point.group in find.groups)
        and (not find.units or point.unit in find.units)
        and (not find.points or any(fnmatchcase(id, pattern) for pattern in find.points))
        and (not find.names or any(fnmatchcase(name, f"*{pattern.casefold()}*") for name in names for pattern in find.names))
    )
