"""Tables of what the historian's days say: completeness by period, device and wire; energy; hours within limits; PUE. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from cityops_desktop.history.statistics.dayfigures import DayOf, MinutesOf, PowerOf, due_and_came, per_mille
from cityops_desktop.history.statistics.periods import Period
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.power import PowerKind, PowerRole
from cityops_desktop.model.rooms import Area, Device, Room
from cityops_desktop.model.statistics import About, Cell, Column, Days, Measure, Note, Row, Table

KW = {"W": 0.001, "kW": 1.0}
ENERGY_UNITS = ("Wh", "kWh", "MWh")
KWH = {"Wh": 0.001, "kWh": 1.0, "MWh": 1000.0}
ENOUGH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Recorded:
    """The days of a span and, for each point, what is known of each of them (None = not reckoned yet). `oldest` = when anything was first
    recorded (UTC ms, None = nothing is)."""

    days: Sequence[Period]
    points: Mapping[str, Sequence[DayOf | None]]
    oldest: int | None
    now: int
    earlier: frozenset[str] = frozenset()
    """Points that brought readings before the span already."""
    _sums: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    """Of each point, for each day, readings due and those of them that came; (0, 0) of a day that is not known."""

    def begun(self, point: Point) -> int | None:
        """From when a point's readings are due: from the first that it ever brought, or from the first of all when it never brought any."""
        if self.oldest is None or point.key in self.earlier or not self.days:
            return self.oldest
        first = first_of(self.points.get(point.key, ()))
        return self.oldest if first is None or first < self.days[0].end else first

    def share(self, points: Iterable[Point], span: Period | None = None) -> float | None:
        """The part of the readings due that came, of some points in a span; None = none was due."""
        first, last = self._numbers(span)
        due = came = 0.0
        for point in points:
            for one, other in self._of(point)[first:last]:
                due += one
                came += other
        return came / due if due else None

    def line(self, id: str, points: Sequence[Point]) -> Days:
        """These points together on each day."""
        columns = zip(*(self._of(point) for point in points), strict=True) if points else ([(0.0, 0.0)] for _ in self.days)
        sums = ((sum(due for due, _ in day), sum(came for _, came in day)) for day in columns)
        return Days(id, tuple(per_mille(came / due if due else None) for due, came in sums))

    def counted(self, point: Point, span: Period) -> float | None:
        """What a counter counted in a span, kWh; None = nothing is known of it."""
        known = [told.counted for told in self._pairs(point, span) if told is not None and told.counted is not None]
        return round(sum(known) * KWH.get(point.unit, 1.0), 4) if known else None

    def broken(self, point: Point) -> int:
        """On how many days a meter was exchanged or reset."""
        return sum(told is not None and told.broken for told in self.points.get(point.key, ()))

    def known_days(self, point: Point) -> int:
        """Of how many days anything is known."""
        return sum(told is not None and told.usable > 0 for told in self.points.get(point.key, ()))

    def _numbers(self, span: Period | None) -> tuple[int, int]:
        """The days of a span: the first, and the one after the last."""
        if span is None:
            return 0, len(self.days)
        return bisect_left(self.days, span.start, key=lambda day: day.start), bisect_right(self.days, span.end, key=lambda day: day.end)

    def _pairs(self, point: Point, span: Period | None) -> Sequence[DayOf | None]:
        first, last = self._numbers(span)
        return self.points.get(point.key, ())[first:last]

    def _of(self, point: Point) -> list[tuple[float, float]]:
        known = self._sums.get(point.key)
        if known is None:
            begun, period = self.begun(point), period_ms(point)
            told = self.points.get(point.key) or [None] * len(self.days)
            known = [due_and_came(day, one, period, begun, self.now) for day, one in zip(self.days, told, strict=True)]
            self._sums[point.key] = known
        return known


def first_of(days: Iterable[DayOf | None]) -> int | None:
    """When the first reading of these days came that could be used."""
    return min((day.first for day in days if day is not None and day.first is not None), default=None)


def period_ms(point: Point) -> float:
    """How far apart its readings are."""
    return point.period * 1000


def recorded_points(device: Device) -> list[Point]:
    """The points of a device that have a history."""
    return [point for point in device.points if point.kind is not Kind.TEXT]


def meters(room: Room) -> list[Point]:
    """Counters of energy. They are never added up: one may stand behind the other."""
    return [point for point in room.points().values() if point.kind is Kind.COUNTER and point.unit in ENERGY_UNITS]


def availability(told: Recorded, spans: Sequence[Period], room: Room) -> list[Table]:
    """Completeness of the whole room by period, of each wire and of each device, the worst first."""
    points = [point for device in room.devices for point in recorded_points(device)]
    columns = (Column("complete", Measure.SHARE),)
    rows = tuple(Row(str(span.start), (told.share(points, span),)) for span in spans)
    tables = [Table("complete_by_period", About.PERIOD, columns, rows, "readings", notes(told))]
    wide = (Column("complete", Measure.SHARE), Column("points", Measure.COUNT))
    wires = []
    for bus in room.buses:
        mine = [point for device in room.devices if device.bus == bus.id for point in recorded_points(device)]
        wires.append(Row(bus.id, (told.share(mine), len(mine))))
    tables.append(Table("available_by_bus", About.BUS, wide, _worst_first(wires), "readings", notes(told)))
    worst = (*wide, Column("worst_share", Measure.SHARE), Column("worst_day", Measure.MOMENT))
    devices = []
    for device in room.devices:
        mine = recorded_points(device)
        line = [(part, day.start) for part, day in zip(told.line(device.id, mine).shares, told.days, strict=True) if part is not None]
        low = min(line, default=None)
        devices.append(Row(device.id, (told.share(mine), len(mine), low[0] / 1000 if low else None, low[1] if low else None)))
    tables.append(Table("available_by_device", About.DEVICE, worst, _worst_first(devices), "readings", notes(told)))
    return tables


def _worst_first(rows: Iterable[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: (row.cells[0] is None, row.cells[0] if isinstance(row.cells[0], float) else 0.0)))


def notes(told: Recorded) -> tuple[Note, ...]:
    """What is not known of the span: that little of it was recorded, or that it is still being reckoned."""
    if told.oldest is None:
        return (Note("nothing_recorded"),)
    days = sum(day.end > told.oldest and day.start < told.now for day in told.days)
    found = [] if days == len([day for day in told.days if day.start < told.now]) else [Note("recorded_since", {"time": told.oldest})]
    return (*found, Note("few_days", {"days": days, "enough": ENOUGH_DAYS})) if days < ENOUGH_DAYS else tuple(found)


def energy_by_period(told: Recorded, spans: Sequence[Period], room: Room) -> Table:
    """What each meter counted in each period."""
    points = meters(room)
    columns = tuple(Column(point.key, Measure.FIGURE, unit="kWh", head=About.POINT) for point in points)
    rows = tuple(Row(str(span.start), tuple(told.counted(point, span) for point in points)) for span in spans)
    return Table("energy_by_period", About.PERIOD, columns, rows, "counters", _energy_notes(told, points))


def energy_by_meter(told: Recorded, room: Room) -> Table:
    """What each meter counted in the whole span, of how many days that is known, and whether one was exchanged."""
    points = meters(room)
    columns = (Column("energy", Measure.FIGURE, unit="kWh"), Column("days_known", Measure.COUNT), Column("exchanged", Measure.COUNT))
    rows = []
    for point in points:
        whole = [day.counted for day in told.points.get(point.key, ()) if day is not None and day.counted is not None]
        energy: Cell = round(sum(whole) * KWH[point.unit], 4) if whole else None
        rows.append(Row(point.key, (energy, told.known_days(point), told.broken(point))))
    return Table("energy_by_meter", About.POINT, columns, tuple(rows), "counters", _energy_notes(told, points))


def _energy_notes(told: Recorded, points: Sequence[Point]) -> tuple[Note, ...]:
    if not points:
        return (Note("no_meters"),)
    broken = sum(told.broken(point) > 0 for point in points)
    return (*notes(told), Note("meters_exchanged", {"n": broken})) if broken else notes(told)


# environment


def sensors(room: Room) -> dict[str, list[Point]]:
    """Temperature and humidity of the room's air with limits or a normal range, by area; "" = in none of them."""
    found: dict[str, list[Point]] = {}
    for device in room.devices:
        for point in device.points:
            if point.kind is Kind.ANALOG and point.group.value == "environment" and (point.limits or point.normal is not None):
                place = point.place or device.place
                area = next((one.id for one in room.areas if place is not None and _inside(one, place.x, place.y)), "")
                found.setdefault(area, []).append(point)
    return found


def _inside(area: Area, x: float, y: float) -> bool:
    return 0 <= x - area.place.x <= area.size[0] and 0 <= y - area.place.y <= area.size[1]


def environment(days: Mapping[str, Sequence[MinutesOf | None]], points: Mapping[str, Sequence[Point]], told: Recorded) -> Table:
    """Hours in which all sensors of an area that are known were within their limits."""
    columns = (
        Column("within_share", Measure.SHARE),
        Column("within", Measure.HOURS),
        Column("outside", Measure.HOURS),
        Column("unknown", Measure.HOURS),
        Column("points", Measure.COUNT),
    )
    past = sum(max(0, min(day.end, told.now) - day.start) for day in told.days) / 3_600_000
    rows = []
    for area, some in days.items():
        known = sum(one.known for one in some if one is not None) / 60
        good = sum(one.within for one in some if one is not None) / 60
        cells = (good / known if known else None, round(good, 3), round(known - good, 3), round(max(0.0, past - known), 3))
        rows.append(Row(area, (*cells, len(points[area]))))
    return Table("environment", About.AREA, columns, tuple(rows), "minutes", notes(told) if points else (Note("no_sensors"),))


# PUE


@dataclass(frozen=True, slots=True)
class PueBasis:
    """Points that say what the room takes and what its racks take, in W or kW; or why PUE cannot be told."""

    room: tuple[Point, ...] = ()
    racks: tuple[Point, ...] = ()
    why: str = ""


def pue_basis(room: Room) -> PueBasis:
    """Nothing is guessed: every mains node of the power chain and every rack in which something stands must be metered."""
    points = room.points()
    mains = [node for node in room.power if node.kind is PowerKind.MAINS]
    if not mains:
        return PueBasis(why="pue_no_mains")
    keys = [node.points.get(PowerRole.POWER) for node in room.power if node.kind in (PowerKind.MAINS, PowerKind.GENERATOR)]
    if any(node.points.get(PowerRole.POWER) is None for node in mains):
        return PueBasis(why="pue_mains_unmetered")
    racks = [rack for rack in room.racks if rack.items]
    if not racks or any(not feed.power for rack in racks for feed in rack.feeds) or any(not rack.feeds for rack in racks):
        return PueBasis(why="pue_racks_unmetered")
    whole = tuple(points[key] for key in keys if key is not None and key in points)
    part = tuple(points[key] for key in dict.fromkeys(key for rack in racks for feed in rack.feeds for key in feed.power) if key in points)
    if any(point.unit not in KW for point in (*whole, *part)):
        return PueBasis(why="pue_units")
    return PueBasis(whole, part)


def pue(days: Sequence[PowerOf | None], basis: PueBasis, spans: Sequence[Period], told: Recorded) -> Table:
    """Energy of the room over that of its racks, in the minutes of which both are known."""
    columns = (
        Column("pue", Measure.FIGURE),
        Column("energy_room", Measure.FIGURE, unit="kWh"),
        Column("energy_racks", Measure.FIGURE, unit="kWh"),
        Column("known", Measure.HOURS),
    )
    if basis.why:
        return Table("pue", About.PERIOD, columns, (), "power", (Note(basis.why),))
    rows = []
    for span in spans:
        some = [
            one for day, one in zip(told.days, days, strict=True) if one is not None and span.start <= day.start and day.end <= span.end
        ]
        room, racks, minutes = sum(one.room for one in some), sum(one.racks for one in some), sum(one.minutes for one in some)
        known = minutes > 0 and racks > 0
        cells: tuple[Cell, ...] = (round(room / racks, 3), round(room, 3), round(racks, 3)) if known else (None, None, None)
        rows.append(Row(str(span.start), (*cells, round(minutes / 60, 2))))
    return Table("pue", About.PERIOD, columns, tuple(rows), "power", (Note("pue_minutes"), *notes(told)))
