"""Where everything of a room stands, in metres, as the room file tells it: racks, aisles, sensors, devices, ropes. No value, no pixel.

An aisle is derived, never drawn by hand. Racks that stand in one line and look the same way are a run. Where the faces of two runs
look at each other over at most `SHARED` metres, the strip between them is one aisle: cold between two fronts, hot between two backs,
mixed between a front and a back. A face with nobody opposite has a strip of `LONE` metres of its own. No aisle reaches through the walls
of an area or the edge of the room. Racks that stand askew are drawn so, and have no aisle: their air has no strip of its own.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from cityops_desktop.link.messages import AreaInfo, DeviceInfo, PointInfo, RackInfo, RoomInfo
from cityops_desktop.model.points import Group, Kind

SHARED = 3.0
"""Metres between two faces that still share one aisle."""
LONE = 1.2
"""Metres of the strip before a face with nobody opposite."""
GAP = 1.8
"""A wider gap between two racks of a line ends the run."""
LINE = 0.3
"""Faces within so many metres stand in one line."""
MARGIN = 1.0
"""Metres around what is known when the room file gives no size."""
U = 0.04445
"""Metres of one rack unit (EIA-310)."""
PLINTH = 0.1
"""Metres from the floor to the lowest unit."""
CELSIUS = ("°C", "℃")


class Band(StrEnum):
    """A height at which air is measured: at the floor (0.2 m), in the middle (1.1 m), at the top (2.0 m)."""

    FLOOR = "floor"
    MIDDLE = "middle"
    TOP = "top"


HEIGHTS = {Band.FLOOR: 0.2, Band.MIDDLE: 1.1, Band.TOP: 2.0}


def band_of(z: float) -> Band:
    """The band whose height is nearest."""
    return min(HEIGHTS, key=lambda band: (abs(HEIGHTS[band] - z), band))


def band_range(band: Band) -> tuple[float, float]:
    """From which height to which a sensor belongs to this band; the outer ends are open."""
    heights = list(HEIGHTS.values())
    index = list(HEIGHTS).index(band)
    low = (heights[index - 1] + heights[index]) / 2 if index else -math.inf
    high = (heights[index] + heights[index + 1]) / 2 if index + 1 < len(heights) else math.inf
    return low, high


class Air(StrEnum):
    """What the air of an aisle is."""

    COLD = "cold"
    HOT = "hot"
    MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the floor, metres from the room's south-west corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        """East-west."""
        return self.right - self.left

    @property
    def depth(self) -> float:
        """North-south."""
        return self.top - self.bottom

    def holds(self, x: float, y: float, more: float = 0.0) -> bool:
        """Does this spot lie inside, or at most `more` metres outside?"""
        return self.left - more <= x <= self.right + more and self.bottom - more <= y <= self.top + more

    def meets(self, other: "Box") -> bool:
        """Do the two share more than an edge?"""
        near = 1e-6
        return (
            self.left < other.right - near
            and other.left < self.right - near
            and self.bottom < other.top - near
            and other.bottom < self.top - near
        )

    def within(self, other: "Box") -> "Box":
        """The part that lies in the other; may be empty (right < left)."""
        return Box(max(self.left, other.left), max(self.bottom, other.bottom), min(self.right, other.right), min(self.top, other.top))


Spot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RackShape:
    """A rack on the floor. `corners`: front left, front right, back right, back left, seen by somebody who stands in the rack and
    looks out of its front; `square` = its sides lie along the room's."""

    rack: RackInfo
    centre: Spot
    corners: tuple[Spot, Spot, Spot, Spot]
    box: Box
    square: bool

    @property
    def id(self) -> str:
        """The rack's id."""
        return self.rack.id

    def front(self, x: float, y: float) -> bool:
        """Is this spot before the middle of the rack?"""
        ahead = _ahead(self.rack.facing)
        return (x - self.centre[0]) * ahead[0] + (y - self.centre[1]) * ahead[1] >= 0

    def at_face(self, front: bool, out: float = 0.01) -> Spot:
        """The middle of the front or back face, `out` metres before it."""
        ahead = _ahead(self.rack.facing)
        far = (self.rack.depth / 2 + out) * (1 if front else -1)
        return self.centre[0] + ahead[0] * far, self.centre[1] + ahead[1] * far


@dataclass(frozen=True, slots=True)
class Sensor:
    """An air temperature that is measured at a known spot. `spot` is where it hangs, `probe` where the aisle feels it: before the face
    of the rack that it hangs in; `rack` is the rack that it tells about, `inlet` whether it hangs on its front side."""

    point: PointInfo
    spot: Spot
    probe: Spot
    z: float
    band: Band
    rack: str | None
    inlet: bool | None

    @property
    def key(self) -> str:
        """The point's key."""
        return self.point.key


@dataclass(frozen=True, slots=True)
class Aisle:
    """A strip of air. `solid` are the racks, cabinets and walls in it, `taken` the aisles that came before and own their part."""

    number: int
    air: Air
    box: Box
    rows: tuple[str, ...]
    racks: tuple[str, ...]
    solid: tuple[Box, ...] = ()
    taken: tuple[Box, ...] = ()
    sensors: tuple[Sensor, ...] = ()

    def of_band(self, band: Band | None) -> tuple[Sensor, ...]:
        """Its sensors of one height; None = of the height that has most of them (by the room file, so that nothing jumps)."""
        chosen = band or self.best_band
        return tuple(sensor for sensor in self.sensors if sensor.band is chosen)

    @property
    def best_band(self) -> Band | None:
        """The height with the most sensors; of equals the nearest to the middle of a rack."""
        count = {band: sum(sensor.band is band for sensor in self.sensors) for band in (Band.MIDDLE, Band.TOP, Band.FLOOR)}
        best = max(count, key=lambda band: count[band])
        return best if count[best] else None


@dataclass(frozen=True, slots=True)
class Standing:
    """A device that stands on the floor; `box` is its footprint when the room file gives one."""

    device: DeviceInfo
    spot: Spot
    box: Box | None


@dataclass(frozen=True, slots=True)
class Plan:
    """The whole floor. `edge` is what is drawn; `sized` = the room file gives the room's size. `unplaced` are racks and devices of
    which nobody knows where they stand; `askew` counts racks at angles that have no aisle."""

    edge: Box
    sized: bool
    areas: tuple[tuple[AreaInfo, Box], ...]
    racks: tuple[RackShape, ...]
    aisles: tuple[Aisle, ...]
    sensors: tuple[Sensor, ...]
    devices: tuple[Standing, ...]
    unplaced: tuple[RackInfo | DeviceInfo, ...]
    askew: int


def plan_of(room: RoomInfo) -> Plan:
    """The floor of this room."""
    racks = tuple(_shape(rack) for rack in room.racks if rack.place is not None)
    areas = tuple((area, _area_box(area)) for area in room.areas)
    devices = tuple(_standing(device) for device in room.devices if device.place is not None)
    shapes = {shape.id: shape for shape in racks}
    sensors = tuple(_sensors(room, shapes))
    edge = _edge(room, racks, areas, devices, sensors)
    aisles = _aisles(racks, [box for _, box in areas], [one.box for one in devices if one.box is not None], edge)
    aisles = _with_sensors(aisles, sensors)
    known = {rack.id for rack in room.racks}
    lost: list[RackInfo | DeviceInfo] = [rack for rack in room.racks if rack.place is None]
    lost += [device for device in room.devices if device.place is None and device.rack not in known and not _all_placed(room, device)]
    askew = sum(not shape.square for shape in racks)
    return Plan(edge, room.size is not None, areas, racks, aisles, sensors, devices, tuple(lost), askew)


def rope_length(path: Sequence[Spot]) -> float:
    """Metres of a leak rope."""
    return sum(math.dist(one, other) for one, other in pairwise(path))


def on_rope(path: Sequence[Spot], metres: float) -> tuple[Spot, bool]:
    """The spot `metres` along a rope from its controller on, and whether the rope reaches so far; if not, the spot is its end."""
    left = max(0.0, metres)
    for one, other in pairwise(path):
        piece = math.dist(one, other)
        if left <= piece and piece > 0:
            share = left / piece
            return (one[0] + (other[0] - one[0]) * share, one[1] + (other[1] - one[1]) * share), metres >= 0
        left -= piece
    return path[-1], metres >= 0 and left <= 1e-6


# pieces


def _ahead(facing: float) -> Spot:
    """The way a front looks; exact at right angles."""
    quarter = facing / 90
    if quarter == round(quarter):
        return ((0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0))[int(quarter) % 4]
    return math.sin(math.radians(facing)), math.cos(math.radians(facing))


def _shape(rack: RackInfo) -> RackShape:
    assert rack.place is not None
    x, y = rack.place.x, rack.place.y
    (fx, fy), deep, wide = _ahead(rack.facing), rack.depth / 2, rack.width / 2
    rx, ry = fy, -fx
    spots = [(x + fx * d + rx * w, y + fy * d + ry * w) for d, w in ((deep, -wide), (deep, wide), (-deep, wide), (-deep, -wide))]
    return RackShape(rack, (x, y), (spots[0], spots[1], spots[2], spots[3]), _around(spots), rack.facing % 90 == 0)


def _around(spots: Iterable[Spot]) -> Box:
    xs, ys = zip(*spots, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _area_box(area: AreaInfo) -> Box:
    return Box(area.place.x, area.place.y, area.place.x + area.size[0], area.place.y + area.size[1])


def _standing(device: DeviceInfo) -> Standing:
    assert device.place is not None
    x, y = device.place.x, device.place.y
    box = Box(x - device.size[0] / 2, y - device.size[1] / 2, x + device.size[0] / 2, y + device.size[1] / 2) if device.size else None
    return Standing(device, (x, y), box)


def _all_placed(room: RoomInfo, device: DeviceInfo) -> bool:
    """Has each point of the device a place, or a rack, of its own?"""
    points = [point for point in room.points if point.device == device.id]
    return bool(points) and all(point.place is not None or point.rack is not None for point in points)


def _sensors(room: RoomInfo, shapes: dict[str, RackShape]) -> Iterable[Sensor]:
    """Air temperatures. A device with a footprint measures itself, not the air of an aisle."""
    devices = {device.id: device for device in room.devices}
    for point in room.points:
        device = devices.get(point.device)
        air = point.kind is Kind.ANALOG and point.unit in CELSIUS and point.group is Group.ENVIRONMENT
        if not air or (device is not None and device.size is not None):
            continue
        own = shapes.get(point.rack or "")
        if point.place is not None:
            spot, z = (point.place.x, point.place.y), point.place.z
        elif own is not None and device is not None and device.u is not None:
            spot, z = own.at_face(True, 0.0), PLINTH + (device.u - own.rack.starting_unit + 0.5) * U
        else:
            continue
        yield _hung(point, spot, z, own, shapes.values())


def _hung(point: PointInfo, spot: Spot, z: float, own: RackShape | None, shapes: Iterable[RackShape]) -> Sensor:
    inside = next((shape for shape in shapes if shape.square and shape.box.holds(*spot)), None)
    about = own or inside
    probe = spot
    if inside is not None:
        face = inside.at_face(inside.front(*spot))
        sideways = _ahead(inside.rack.facing)[0] == 0
        probe = (spot[0], face[1]) if sideways else (face[0], spot[1])
    inlet = about.front(*spot) if about is not None else None
    return Sensor(point, spot, probe, z, band_of(z), about.id if about is not None else None, inlet)


def _edge(
    room: RoomInfo,
    racks: Sequence[RackShape],
    areas: Sequence[tuple[AreaInfo, Box]],
    devices: Sequence[Standing],
    sensors: Sequence[Sensor],
) -> Box:
    if room.size is not None:
        return Box(0.0, 0.0, *room.size)
    spots = [corner for shape in racks for corner in shape.corners] + [one.spot for one in devices] + [one.spot for one in sensors]
    for box in [box for _, box in areas] + [one.box for one in devices if one.box is not None]:
        spots += [(box.left, box.bottom), (box.right, box.top)]
    spots += [spot for one in devices for spot in one.device.path]
    around = _around(spots) if spots else Box(0.0, 0.0, 4.0, 3.0)
    return Box(around.left - MARGIN, around.bottom - MARGIN, around.right + MARGIN, around.top + MARGIN)


# aisles


@dataclass(frozen=True, slots=True)
class _Run:
    """Racks in one line. `low` and `high` are its ends along the line."""

    shapes: tuple[RackShape, ...]
    upright: bool
    low: float
    high: float
    home: Box


@dataclass(frozen=True, slots=True)
class _Face:
    """A long side of a run: `line` is where it is, `out` +1 when its air lies towards north or east, else -1."""

    run: _Run
    front: bool
    line: float
    out: int


def _aisles(racks: Sequence[RackShape], areas: list[Box], boxes: list[Box], edge: Box) -> tuple[Aisle, ...]:
    faces = [face for run in _runs(racks, areas, edge) for face in _faces(run)]
    found: list[Aisle] = []
    done: set[int] = set()
    for face in sorted(faces, key=lambda one: _opposite(one, faces) is None):
        if id(face) in done:
            continue
        other = _opposite(face, faces)
        if other is not None and _opposite(other, faces) is not face:
            other = None
        done |= {id(face)} | ({id(other)} if other is not None else set())
        box = _strip(face, other).within(face.run.home)
        if box.width > 0.05 and box.depth > 0.05:
            found.append(_aisle(len(found), face, other, box, [one.box for one in found]))
    walls = {id(box): box for box in areas}
    solid = [shape.box for shape in racks] + boxes
    return tuple(
        replace(one, solid=tuple(box for box in [*solid, *_others(walls.values(), one.box)] if box.meets(one.box))) for one in found
    )


def _others(areas: Iterable[Box], box: Box) -> list[Box]:
    """Areas that this strip does not lie in: their walls are in its way."""
    x, y = (box.left + box.right) / 2, (box.bottom + box.top) / 2
    return [area for area in areas if not area.holds(x, y)]


def _runs(racks: Sequence[RackShape], areas: list[Box], edge: Box) -> list[_Run]:
    lines: list[list[RackShape]] = []
    for shape in sorted((one for one in racks if one.square), key=lambda one: (one.rack.facing, _line(one), _middle(one))):
        for line in lines:
            if _together(line[0], shape, areas, edge):
                line.append(shape)
                break
        else:
            lines.append([shape])
    return [run for line in lines for run in _split(line, _home(line[0], areas, edge))]


def _together(one: RackShape, other: RackShape, areas: list[Box], edge: Box) -> bool:
    same = one.rack.facing == other.rack.facing and abs(_line(one) - _line(other)) <= LINE
    return same and _home(one, areas, edge) == _home(other, areas, edge)


def _home(shape: RackShape, areas: list[Box], edge: Box) -> Box:
    return next((area for area in areas if area.holds(*shape.centre)), edge)


def _upright(shape: RackShape) -> bool:
    """Does its line run from south to north?"""
    return _ahead(shape.rack.facing)[0] != 0


def _line(shape: RackShape) -> float:
    return shape.at_face(True, 0.0)[0 if _upright(shape) else 1]


def _middle(shape: RackShape) -> float:
    return shape.centre[1 if _upright(shape) else 0]


def _ends(shape: RackShape) -> tuple[float, float]:
    return (shape.box.bottom, shape.box.top) if _upright(shape) else (shape.box.left, shape.box.right)


def _split(line: list[RackShape], home: Box) -> list[_Run]:
    pieces: list[list[RackShape]] = [[]]
    reach = -math.inf
    for shape in sorted(line, key=_middle):
        low, high = _ends(shape)
        if pieces[-1] and low - reach > GAP:
            pieces.append([])
        pieces[-1].append(shape)
        reach = max(reach, high) if len(pieces[-1]) > 1 else high
    return [
        _Run(tuple(piece), _upright(piece[0]), min(_ends(one)[0] for one in piece), max(_ends(one)[1] for one in piece), home)
        for piece in pieces
    ]


def _faces(run: _Run) -> list[_Face]:
    """The foremost front and the rearmost back of its racks."""
    axis = 0 if run.upright else 1
    out = int(sum(_ahead(run.shapes[0].rack.facing)))
    fronts = [shape.at_face(True, 0.0)[axis] for shape in run.shapes]
    backs = [shape.at_face(False, 0.0)[axis] for shape in run.shapes]
    return [
        _Face(run, True, max(fronts) if out > 0 else min(fronts), out),
        _Face(run, False, min(backs) if out > 0 else max(backs), -out),
    ]


def _opposite(face: _Face, faces: list[_Face]) -> _Face | None:
    """The nearest face that looks back at this one."""
    seen: list[tuple[float, float, int, _Face]] = []
    for other in faces:
        ahead = (other.line - face.line) * face.out
        shared = min(face.run.high, other.run.high) - max(face.run.low, other.run.low)
        same_way = other.run.upright == face.run.upright and other.out == -face.out and other.run.home == face.run.home
        if same_way and 0 < ahead <= SHARED and shared > 0.3:
            seen.append((ahead, -shared, len(seen), other))
    return min(seen)[3] if seen else None


def _strip(face: _Face, other: _Face | None) -> Box:
    far = other.line if other is not None else face.line + LONE * face.out
    near, far = sorted((face.line, far))
    low = min(face.run.low, other.run.low) if other is not None else face.run.low
    high = max(face.run.high, other.run.high) if other is not None else face.run.high
    return Box(near, low, far, high) if face.run.upright else Box(low, near, high, far)


def _aisle(number: int, face: _Face, other: _Face | None, box: Box, before: list[Box]) -> Aisle:
    both = [face] if other is None else [face, other]
    fronts = {one.front for one in both}
    air = Air.MIXED if len(fronts) == 2 else Air.COLD if True in fronts else Air.HOT
    shapes = [shape for one in both for shape in one.run.shapes]
    rows = tuple(sorted({shape.rack.row for shape in shapes if shape.rack.row}))
    return Aisle(number, air, box, rows, tuple(shape.id for shape in shapes), taken=tuple(one for one in before if one.meets(box)))


def _with_sensors(aisles: tuple[Aisle, ...], sensors: Sequence[Sensor]) -> tuple[Aisle, ...]:
    """Each sensor feels the first aisle that holds it, or that begins a hand's breadth before it: racks of a line differ in depth."""
    felt: dict[int, list[Sensor]] = {aisle.number: [] for aisle in aisles}
    for sensor in sensors:
        holding = (aisle for more in (0.02, LINE) for aisle in aisles if aisle.box.holds(*sensor.probe, more))
        found = next((one for one in holding if not any(box.holds(*sensor.probe) for box in one.solid)), None)
        if found is not None:
            felt[found.number].append(sensor)
    return tuple(replace(aisle, sensors=tuple(felt[aisle.number])) for aisle in aisles)
