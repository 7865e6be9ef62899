"""What stands in which unit of a rack's face, what is free, and where its sensors are. Knows no reading and no widget.

A position is counted from the rack's lowest unit (1), whatever number is printed beside it. Half units are the smallest step.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cityops_desktop.link.messages import PointInfo, RackInfo, RackItemInfo
from cityops_desktop.model.points import Kind

FACES = ("front", "rear")
UNIT = 0.04445
"""Metres of one unit (EIA-310)."""
FOOT = 0.06
"""Metres below the lowest unit: a 42 U cabinet of 1.99 m has 12 cm more than its units."""
REACH = 0.6
"""Metres in front of a door that a sensor still belongs to the rack: half of the narrowest cold aisle (1.2 m)."""
INSIDE = 0.15
"""Metres behind the door where a sensor at the door's inner side may sit."""
OVER = 0.3
"""Metres above the rack that a sensor still belongs to it."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Units that an item takes on a face: from `bottom` to `top`, in units above the lower edge of the lowest one.

    `back` = the item is mounted on the other face and reaches through. `item` is its number in the rack's list.
    """

    item: int
    bottom: float
    top: float
    back: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Free units one above the other: the lowest (counted from 1) and how many; 0 when there is none."""

    lowest: int
    units: int


@dataclass(frozen=True, slots=True)
class Sensor:
    """A temperature sensor at a face: at how many units above the lower edge of the lowest one, and at how many metres."""

    key: str
    at: float
    height: float


class Elevation:
    """One rack, counted once."""

    def __init__(self, rack: RackInfo) -> None:
        self.rack = rack
        self._slots = {face: _slots(rack, face) for face in FACES}
        self.stands: Mapping[str, tuple[Stand, ...]] = {face: tuple(_stands(rack, face, self._slots[face])) for face in FACES}
        self.side: Mapping[str, tuple[int, ...]] = {
            face: tuple(n for n, item in enumerate(rack.items) if item.height == 0 and item.face == face) for face in FACES
        }

    def free(self, face: str) -> list[int]:
        """Whole units with nothing on this face, the lowest first."""
        slots = self._slots[face]
        return [unit for unit in range(1, self.rack.u_height + 1) if slots[2 * unit - 2] is None and slots[2 * unit - 1] is None]

    @cached_property
    def free_through(self) -> list[int]:
        """Units free on both faces: what a device of full depth can take."""
        rear = set(self.free("rear"))
        return [unit for unit in self.free("front") if unit in rear]

    @cached_property
    def free_front_only(self) -> list[int]:
        """Units free at the front where something stands at the rear."""
        rear = set(self.free("rear"))
        return [unit for unit in self.free("front") if unit not in rear]

    @cached_property
    def largest_run(self) -> Run:
        """The most units free on both faces one above the other; the lowest such run."""
        best, start = Run(0, 0), 0
        free = self.free_through
        for n, unit in enumerate(free):
            if n and free[n - 1] != unit - 1:
                start = n
            if n - start + 1 > best.units:
                best = Run(free[start], n - start + 1)
        return best

    def free_runs(self, face: str) -> list[tuple[Run, bool]]:
        """The free units of a face in runs, the lowest first, and whether they are free on the other face too."""
        through = set(self.free_through)
        result: list[tuple[Run, bool]] = []
        for unit in self.free(face):
            last, same = result[-1] if result else (Run(0, 0), False)
            if last.units and last.lowest + last.units == unit and same == (unit in through):
                result[-1] = Run(last.lowest, last.units + 1), same
            else:
                result.append((Run(unit, 1), unit in through))
        return result

    @cached_property
    def conflicts(self) -> frozenset[int]:
        """Items of which another item claims a unit on the same face."""
        result: set[int] = set()
        for face in FACES:
            for slot in range(2 * self.rack.u_height):
                claims = [n for n, item in enumerate(self.rack.items) if _claims(item, face) and _reaches(item, slot)]
                if len(claims) > 1:
                    result.update(claims)
        return frozenset(result)

    def at(self, face: str, height: float) -> Stand | None:
        """What stands at this height (units above the lower edge of the lowest one)."""
        return next((stand for stand in self.stands[face] if stand.bottom <= height < stand.top), None)

    def stand_of(self, item: int, face: str) -> Stand | None:
        """Where an item is seen on this face."""
        return next((stand for stand in self.stands[face] if stand.item == item), None)

    def printed(self, unit: int) -> int:
        """The number beside a unit (1 = the lowest)."""
        rack = self.rack
        return rack.starting_unit + (rack.u_height - unit if rack.desc_units else unit - 1)

    def units_of(self, item: int) -> tuple[int, int]:
        """The lowest and the highest number printed beside the units that an item touches; (0, 0) for one without units."""
        one = self.rack.items[item]
        if one.height == 0:
            return 0, 0
        ends = self.printed(math.floor(one.u)), self.printed(math.ceil(one.u + one.height) - 1)
        return min(ends), max(ends)


def rows(racks: Iterable[RackInfo]) -> dict[str, list[RackInfo]]:
    """The racks of each row in the order of the room; those without a row under "", last."""
    result: dict[str, list[RackInfo]] = {}
    for rack in racks:
        result.setdefault(rack.row, []).append(rack)
    if "" in result:
        result[""] = result.pop("")
    return result


def sensors(rack: RackInfo, points: Iterable[PointInfo]) -> dict[str, tuple[Sensor, ...]]:
    """Temperature sensors at the front (inlet) and at the rear (outlet), the lowest first, by where they are.

    A sensor that the room file gives to this rack need not be within its width; one that it gives to another rack is not ours. What
    has no height, stands inside the rack, or measures inside an item says nothing of the air.
    """
    result: dict[str, list[Sensor]] = {face: [] for face in FACES}
    if rack.place is None:
        return {face: () for face in FACES}
    inside = {item.device for item in rack.items if item.device is not None}
    for point in points:
        if point.kind is not Kind.ANALOG or point.unit != "°C" or point.place is None or point.device in inside:
            continue
        face = _face_of(rack, point)
        if face is not None:
            at = (point.place.z - FOOT) / UNIT
            result[face].append(Sensor(point.key, min(max(at, 0.0), float(rack.u_height)), point.place.z))
    return {face: tuple(sorted(found, key=lambda one: one.height)) for face, found in result.items()}


def _face_of(rack: RackInfo, point: PointInfo) -> str | None:
    place, centre = point.place, rack.place
    if place is None or centre is None or point.rack not in (None, rack.id):
        return None
    if not 0 < place.z <= FOOT + rack.u_height * UNIT + OVER:
        return None
    angle = math.radians(rack.facing)
    east, north = place.x - centre.x, place.y - centre.y
    ahead = east * math.sin(angle) + north * math.cos(angle)
    aside = abs(east * math.cos(angle) - north * math.sin(angle))
    if point.rack is None and aside > rack.width / 2 + 1e-6:
        return None
    if not rack.depth / 2 - INSIDE <= abs(ahead) <= rack.depth / 2 + REACH:
        return None
    return "front" if ahead > 0 else "rear"


def _claims(item: RackItemInfo, face: str) -> bool:
    return item.height > 0 and (item.face == face or item.full_depth)


def _reaches(item: RackItemInfo, slot: int) -> bool:
    return math.floor(2 * (item.u - 1)) <= slot < math.ceil(2 * (item.u - 1 + item.height))


def _slots(rack: RackInfo, face: str) -> list[int | None]:
    """The item in each half unit, the lowest first: those of the face itself before the backs of others, each in its turn."""
    slots: list[int | None] = [None] * (2 * rack.u_height)
    order = sorted(range(len(rack.items)), key=lambda n: rack.items[n].face != face)
    for n in order:
        item = rack.items[n]
        if _claims(item, face):
            for slot in range(max(0, math.floor(2 * (item.u - 1))), min(len(slots), math.ceil(2 * (item.u - 1 + item.height)))):
                if slots[slot] is None:
                    slots[slot] = n
    return slots


def _stands(rack: RackInfo, face: str, slots: list[int | None]) -> Iterator[Stand]:
    begin = 0
    for slot in range(1, len(slots) + 1):
        item = slots[begin]
        if slot == len(slots) or slots[slot] != item:
            if item is not None:
                yield Stand(item, begin / 2, slot / 2, rack.items[item].face != face)
            begin = slot
