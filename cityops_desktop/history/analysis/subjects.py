"""Which points of a room each method is about: cylinders with the sensor beside them, UPS with load and battery, sensors with their
neighbours. Pure; looks at the room file only, and guesses nothing that it does not say."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import cos, hypot, radians, sin

from cityops_desktop.model.points import PRESSURES, Group, Kind, Limit, LimitKind, Place, Point
from cityops_desktop.model.power import PowerKind, PowerNode, PowerRole
from cityops_desktop.model.rooms import Room

BESIDE_M = 4.0
SAME_HEIGHT_M = 0.3
MOST_BESIDE = 8
AIR = ("°C", "%RH", "%")


@dataclass(frozen=True, slots=True)
class Cylinder:
    """A pressure of the fire protection, and the temperature sensor in the same area (None = there is none)."""

    pressure: Point
    temperature: Point | None


@dataclass(frozen=True, slots=True)
class Ups:
    """A UPS with what tells of it; `load` in percent, or its power; `highs` are the load's limits, of a power the rating."""

    node: PowerNode
    load: Point | None
    highs: tuple[float, ...]
    runtime: Point | None
    charge: Point | None
    volts: Point | None


@dataclass(frozen=True, slots=True)
class Sensor:
    """A sensor and those of its kind beside it."""

    point: Point
    neighbours: tuple[Point, ...]


def limits_of(point: Point, kind: LimitKind) -> tuple[float, ...]:
    """The values of its upper or lower limits."""
    return tuple(limit.value for limit in point.limits if limit.kind is kind)


def limit_at(point: Point, kind: LimitKind, value: float | None) -> Limit | None:
    """Its limit of this value, the more severe of two."""
    same = [limit for limit in point.limits if limit.kind is kind and limit.value == value]
    return min(same, key=lambda one: one.level, default=None)


def cylinders(room: Room) -> list[Cylinder]:
    """Every pressure of a gas cylinder: those of the fire protection, and those that have an agent."""
    found = []
    for point in room.points().values():
        pressure = point.kind is Kind.ANALOG and point.unit in PRESSURES
        if pressure and (point.agent is not None or point.group is Group.FIRE_PROTECTION):
            found.append(Cylinder(point, _thermometer(room, point)))
    return found


def _thermometer(room: Room, point: Point) -> Point | None:
    """The nearest temperature of the environment in the area that the point is in."""
    area = next((one for one in room.areas if _inside(point.place, one.place, one.size)), None)
    if area is None or point.place is None:
        return None
    here = point.place
    warm = [
        one
        for one in room.points().values()
        if one.unit == "°C" and one.kind is Kind.ANALOG and one.group is Group.ENVIRONMENT and _inside(one.place, area.place, area.size)
    ]
    return min(warm, key=lambda one: _apart(here, one.place), default=None)


def upses(room: Room) -> list[Ups]:
    """Every UPS of the power chain with its batteries' points."""
    points = room.points()
    found = []
    for node in room.power:
        if node.kind is not PowerKind.UPS:
            continue
        batteries = [one for one in room.power if one.id in node.sources and one.kind is PowerKind.BATTERY]
        load, highs = _load(node, points.get(node.points.get(PowerRole.LOAD, "")), points.get(node.points.get(PowerRole.POWER, "")))
        told = {
            role: _first(points.get(one.points.get(role, "")) for one in (node, *batteries))
            for role in (PowerRole.RUNTIME, PowerRole.CHARGE)
        }
        volts = _first(points.get(one.points.get(PowerRole.VOLTAGE, "")) for one in batteries)
        found.append(Ups(node, load, highs, told[PowerRole.RUNTIME], told[PowerRole.CHARGE], volts))
    return found


def _load(node: PowerNode, percent: Point | None, power: Point | None) -> tuple[Point | None, tuple[float, ...]]:
    if percent is not None:
        return percent, limits_of(percent, LimitKind.HIGH)
    if power is None:
        return None, ()
    rating = () if node.rating is None else (node.rating * (1000.0 if power.unit == "W" else 1.0),)
    return power, (*limits_of(power, LimitKind.HIGH), *rating)


def sensors(room: Room) -> list[Sensor]:
    """Every temperature and humidity of the environment that stands somewhere, with its like: the same unit, height and side of the
    racks, in the same area, within four metres; the nearest eight."""
    standing = [
        point
        for point in room.points().values()
        if point.kind is Kind.ANALOG and point.group is Group.ENVIRONMENT and point.unit in AIR and point.place is not None
    ]
    about = {point.key: _about(room, point) for point in standing}
    found = []
    for point in standing:
        like = [
            (_apart(point.place, other.place), other.key, other)
            for other in standing
            if other is not point and other.unit == point.unit and about[other.key] == about[point.key] and _level(point, other)
        ]
        near = sorted(one for one in like if one[0] <= BESIDE_M)[:MOST_BESIDE]
        found.append(Sensor(point, tuple(other for _, _, other in near)))
    return found


def usual(room: Room) -> list[Point]:
    """The values whose day is worth knowing: what the room file puts on the overview, as far as it is a figure, and the loads."""
    loads = {ups.load.key for ups in upses(room) if ups.load is not None}
    return [point for point in room.points().values() if point.kind is Kind.ANALOG and (point.featured or point.key in loads)]


def _about(room: Room, point: Point) -> tuple[str, int]:
    """The area, and the side of its rack: 1 in front, -1 behind, 0 not at one."""
    area = next((one.id for one in room.areas if _inside(point.place, one.place, one.size)), "")
    rack = next((one for one in room.racks if one.id == point.rack), None)
    if rack is None or rack.place is None or point.place is None:
        return area, 0
    turned = radians(rack.facing)
    ahead = (point.place.x - rack.place.x) * sin(turned) + (point.place.y - rack.place.y) * cos(turned)
    return area, 1 if ahead >= 0 else -1


def _level(one: Point, other: Point) -> bool:
    return one.place is not None and other.place is not None and abs(one.place.z - other.place.z) <= SAME_HEIGHT_M


def _inside(place: Place | None, corner: Place, size: tuple[float, float]) -> bool:
    return place is not None and corner.x <= place.x <= corner.x + size[0] and corner.y <= place.y <= corner.y + size[1]


def _apart(one: Place | None, other: Place | None) -> float:
    return hypot(one.x - other.x, one.y - other.y) if one is not None and other is not None else float("inf")


def _first(points: Iterable[Point | None]) -> Point | None:
    return next((point for point in points if point is not None), None)
