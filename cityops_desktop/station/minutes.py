"""The minutes that are left when the mains or the cooling are lost: battery, generator, hottest inlet, shutdown plan. Decides nothing else.

The mains are lost where a node of the chain says so, or where a UPS is not fed by anything but its batteries. The cooling is lost where an
air conditioner or its water has a standing alarm of the two highest levels, or where an inlet is on its way to a limit. What cannot be
reckoned is unknown, with the reason; a figure never outlives the reading that it comes from.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import cos, inf, isfinite, radians, sin
from typing import Literal, Protocol

from cityops_desktop.history.analysis.columns import usable
from cityops_desktop.history.analysis.grounds import Interval
from cityops_desktop.history.analysis.heading import heading, trend
from cityops_desktop.link.minutes import GeneratorFigure, MinutesFigure, MinutesInfo, MinutesWhy
from cityops_desktop.model.alarms import Alarm, Hidden
from cityops_desktop.model.analysis import Why
from cityops_desktop.model.envelope import Past, Strip
from cityops_desktop.model.points import Group, Kind, Level, LimitKind, Point
from cityops_desktop.model.power import PowerKind, PowerNode, PowerRole
from cityops_desktop.model.readings import Reading
from cityops_desktop.model.rooms import Device, Room

HOUR_MS = 3_600_000
BUCKETS = 900
LOOK_SECONDS = 10.0
"""So often courses are looked at: of the inlets always, of a battery's charge while it is asked for."""
HOLD_SECONDS = 10.0
"""So long after all is well again the figures stay: a switch that changes over twice makes no flicker."""
TELL_SECONDS = 5.0
"""The times of readings are told so often; another figure at once."""
COOLING = (Group.AIR_CONDITIONING, Group.CHILLED_WATER)
Newest = Callable[[str], Reading]
Lost = Literal["mains", "cooling"]


class PastOf(Protocol):
    """What it asks the historian."""

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """See cityops_desktop.history.history.History."""
        ...


# the power chain, as far as it matters here


def number(newest: Newest, key: str | None) -> float | None:
    """The value of a point that is the state of the world now."""
    reading = newest(key) if key else None
    return float(reading.value) if reading is not None and reading.usable and isinstance(reading.value, int | float) else None


def alive(nodes: Mapping[str, PowerNode], name: str, newest: Newest, seen: frozenset[str] = frozenset()) -> bool | None:
    """Does power come out of this node, as far as is known? None = nobody says."""
    node = nodes.get(name)
    if node is None or name in seen:
        return None
    state = number(newest, node.points.get(PowerRole.STATE))
    if node.dead and state is not None and int(state) in node.dead:
        return False
    if not node.sources:
        return None if node.dead and state is None else True
    sources = [one for one in node.sources if nodes[one].kind is not PowerKind.BATTERY] if name in nodes else []
    if node.kind is PowerKind.ATS:
        position = number(newest, node.points.get(PowerRole.POSITION))
        sources = [node.positions[int(position)]] if position is not None and int(position) in node.positions else sources
    told = [alive(nodes, one, newest, seen | {name}) for one in sources]
    return True if True in told else None if None in told or not told else False


def on_batteries(nodes: Mapping[str, PowerNode], newest: Newest) -> list[PowerNode]:
    """UPS that nothing feeds but their batteries."""
    found = []
    for node in nodes.values():
        inputs = [one for one in node.sources if one in nodes and nodes[one].kind is not PowerKind.BATTERY]
        if node.kind is PowerKind.UPS and inputs and all(alive(nodes, one, newest) is False for one in inputs):
            found.append(node)
    return found


def mains_lost(room: Room, newest: Newest) -> bool:
    """Is there no power from outside?"""
    nodes = {node.id: node for node in room.power}
    mains = [node for node in room.power if node.kind is PowerKind.MAINS]
    return any(alive(nodes, node.id, newest) is False for node in mains) or bool(on_batteries(nodes, newest))


# the figures


def battery(room: Room, newest: Newest, courses: Mapping[str, MinutesFigure]) -> MinutesFigure:
    """The least that a UPS says; of those that run on their batteries, if any do. One that says nothing makes the whole unknown."""
    nodes = {node.id: node for node in room.power}
    upses = on_batteries(nodes, newest) or [node for node in room.power if node.kind is PowerKind.UPS]
    if not upses:
        return MinutesFigure(why="no_ups")
    told = [_of_ups(room, nodes, node, newest, courses) for node in upses]
    unknown = next((one for one in told if one.minutes is None), None)
    return unknown or min(told, key=lambda one: one.minutes or 0.0)


def _of_ups(
    room: Room, nodes: Mapping[str, PowerNode], node: PowerNode, newest: Newest, courses: Mapping[str, MinutesFigure]
) -> MinutesFigure:
    parts = [node, *(nodes[one] for one in node.sources if one in nodes and nodes[one].kind is PowerKind.BATTERY)]
    key = next((part.points[PowerRole.RUNTIME] for part in parts if PowerRole.RUNTIME in part.points), "")
    if key:
        value = number(newest, key)
        if value is None:
            return MinutesFigure(subject=key, why="stale")
        minutes = value / 60 if room.points()[key].unit == "s" else value
        return MinutesFigure(minutes=minutes, subject=key, time=newest(key).time)
    charge = next((part.points[PowerRole.CHARGE] for part in parts if PowerRole.CHARGE in part.points), "")
    if not charge:
        return MinutesFigure(why="no_runtime")
    if number(newest, charge) is None:
        return MinutesFigure(subject=charge, why="stale")
    return courses.get(charge, MinutesFigure(subject=charge, why="few"))


def generator(room: Room, newest: Newest, alarms: Iterable[Alarm]) -> GeneratorFigure:
    """The first that runs; else one that failed; else one that is off."""
    nodes = [node for node in room.power if node.kind is PowerKind.GENERATOR]
    if not nodes:
        return GeneratorFigure(why="no_generator")
    points = room.points()
    urgent = [one.subject for one in alarms if one.standing and one.level <= Level.MAJOR]
    failed = {points[one].device if one in points else one for one in urgent}
    told = [_of_generator(node, newest, node.device in failed) for node in nodes]
    return min(told, key=lambda one: ("running", "failed", "off", "unknown").index(one.state))


def _of_generator(node: PowerNode, newest: Newest, failed: bool) -> GeneratorFigure:
    key = node.points.get(PowerRole.STATE, "")
    if not key or not node.dead:
        return GeneratorFigure(subject=key, why="no_state")
    state = number(newest, key)
    if state is None:
        return GeneratorFigure(subject=key, why="stale")
    time = newest(key).time
    if int(state) not in node.dead:
        return GeneratorFigure(state="running", subject=key, time=time)
    return GeneratorFigure(state="failed" if failed else "off", subject=key, time=time)


def inlets(room: Room) -> list[Point]:
    """Air temperatures with an upper limit before the front of a rack; where none is known to hang there, those that hang at no back."""
    fronts: list[Point] = []
    others: list[Point] = []
    for device in room.devices:
        for point in device.points:
            highs = any(limit.kind is LimitKind.HIGH for limit in point.limits)
            if point.kind is Kind.ANALOG and point.unit == "°C" and point.group is Group.ENVIRONMENT and highs:
                front = _before_rack(room, device, point)
                if front is not False:
                    (fronts if front else others).append(point)
    return fronts or others


def _before_rack(room: Room, device: Device, point: Point) -> bool | None:
    """Does it hang at the front of its rack? None = that is not known."""
    place = point.place or device.place
    rack = next((one for one in room.racks if one.id == (point.rack or device.rack)), None)
    if rack is None or rack.place is None or place is None:
        return None
    facing = radians(rack.facing)
    return (place.x - rack.place.x) * sin(facing) + (place.y - rack.place.y) * cos(facing) >= 0


def of_inlets(points: Sequence[Point], strips: Mapping[str, Strip], now: int) -> MinutesFigure:
    """The first inlet that reaches an upper limit, none = the hottest is beyond its last one; where none is on its way, why that is said of
    the hottest."""
    if not points:
        return MinutesFigure(why="no_sensor")
    soonest: MinutesFigure | None = None
    hottest, why, last = ("", -1e9, 0), Why.FEW, inf
    for point in points:
        strip = strips.get(point.key)
        if strip is None:
            continue
        times, values = usable(strip)
        if not len(times):
            continue
        highs = [limit for limit in point.limits if limit.kind is LimitKind.HIGH]
        found = heading(strip, now, highs, point.resolution, point.period)
        rises = found.rate is not None and found.rate.value > 0
        if rises and found.minutes is not None and found.limit is not None:
            one = _heading_for(point, found.minutes, found.limit.value, int(times[-1]))
            soonest = one if soonest is None else min(soonest, one, key=lambda figure: figure.minutes or 0.0)
        if float(values[-1]) > hottest[1]:
            hottest, why = (point.key, float(values[-1]), int(times[-1])), found.why or Why.NOT_MOVING
            last = max(limit.value for limit in highs)
    if hottest[1] >= last:
        return MinutesFigure(minutes=0.0, subject=hottest[0], limit=last, time=hottest[2])
    if soonest is not None:
        return soonest
    codes: dict[Why, MinutesWhy] = {Why.STALE: "stale", Why.FEW: "few", Why.FAR: "far"}
    return MinutesFigure(subject=hottest[0], time=hottest[2] or None, why=codes.get(why, "not_rising"))


def _heading_for(point: Point, minutes: Interval, limit: float, time: int) -> MinutesFigure:
    high = minutes.high if isfinite(minutes.high) else None
    low = max(0.0, minutes.low)
    return MinutesFigure(minutes=minutes.value, low=low, high=high, subject=point.key, limit=limit, time=time, reckoned=True)


def of_charge(point: Point, strip: Strip) -> MinutesFigure:
    """From the course of the charge: when it will be used up."""
    times, values = usable(strip)
    found = trend(times, values, point.resolution) if len(times) else None
    if found is None or found[0].rate.value >= 0:
        return MinutesFigure(subject=point.key, why="few")
    rate, now = found[0].rate.times(60_000.0), float(values[-1])
    ends = sorted(now / -one for one in (rate.low, rate.high) if one < 0)
    high = ends[1] if len(ends) > 1 else None
    return MinutesFigure(minutes=now / -rate.value, low=ends[0], high=high, subject=point.key, time=int(times[-1]), reckoned=True)


def cooling_lost(room: Room, alarms: Iterable[Alarm]) -> bool:
    """Does an alarm of the two highest levels stand at what cools?"""
    points = room.points()
    devices = {device.id: device.group for device in room.devices}
    for alarm in alarms:
        if alarm.level <= Level.MAJOR and alarm.standing:
            point = points.get(alarm.subject)
            if (point.group if point is not None else devices.get(alarm.subject)) in COOLING:
                return True
    return False


class StationMinutes:
    """Looks each second; `told` gets the figures when they are others, None when they are over."""

    def __init__(
        self,
        room: Callable[[], Room],
        newest: Newest,
        alarms: Callable[[], Iterable[Alarm]],
        history: PastOf,
        told: Callable[[MinutesInfo | None], None],
    ) -> None:
        self._room = room
        self._newest = newest
        self._alarms = alarms
        self._history = history
        self._told = told
        self._worker = ThreadPoolExecutor(1, "minutes")
        self._inlet = MinutesFigure(why="few")
        self._charges: dict[str, MinutesFigure] = {}
        self._looking: asyncio.Future[None] | None = None
        self._looked = self._well = self._said = float("-inf")
        self._lost: set[Lost] = set()
        self._shown: MinutesInfo | None = None

    def close(self) -> None:
        """No more is reckoned."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    def tick(self, wall: int, mono: float) -> None:
        """What is lost, and how long it holds."""
        self._look(wall, mono)
        room, alarms = self._room(), [one for one in self._alarms() if one.hidden in (None, Hidden.SUPPRESSED)]
        lost: set[Lost] = set()
        if mains_lost(room, self._newest):
            lost.add("mains")
        if cooling_lost(room, alarms) or self._inlet.reckoned:
            lost.add("cooling")
        if lost:
            self._well, self._lost = mono, lost
        elif self._shown is None or mono - self._well >= HOLD_SECONDS:
            self._tell(None, mono)
            return
        info = MinutesInfo(
            since=self._shown.since if self._shown is not None else wall,
            lost=sorted(self._lost, reverse=True),
            battery=battery(room, self._newest, self._charges),
            generator=generator(room, self._newest, alarms),
            inlet=self._inlet,
            plan=MinutesFigure(why="no_plans"),
        )
        self._tell(info, mono)

    def _tell(self, info: MinutesInfo | None, mono: float) -> None:
        if info == self._shown:
            return
        if info is None or self._shown is None or _seen(info) != _seen(self._shown) or mono - self._said >= TELL_SECONDS:
            self._shown, self._said = info, mono
            self._told(info)

    def _look(self, wall: int, mono: float) -> None:
        """At the courses, in a thread of its own."""
        if self._looking is not None and self._looking.done():
            looking, self._looking = self._looking, None
            looking.result()  # our own fault in there ends the run, as any other does
        if self._looking is None and mono - self._looked >= LOOK_SECONDS:
            self._looked = mono
            self._looking = asyncio.get_running_loop().run_in_executor(self._worker, self._reckon, self._room(), wall)

    def _reckon(self, room: Room, now: int) -> None:
        points = inlets(room)
        charges = [room.points()[node.points[PowerRole.CHARGE]] for node in room.power if PowerRole.CHARGE in node.points]
        keys = [point.key for point in (*points, *charges)]
        strips: dict[str, Strip] = {}
        for at in range(0, len(keys), 8):
            strips |= self._history.past(keys[at : at + 8], now - HOUR_MS, now, BUCKETS).strips
        self._inlet = of_inlets(points, strips, now)
        self._charges = {point.key: of_charge(point, strips[point.key]) for point in charges if point.key in strips}


def _seen(info: MinutesInfo) -> tuple[object, ...]:
    """What a person would see of it: whole minutes, states and reasons."""
    figures = (info.battery, info.inlet, info.plan)
    rounded = tuple((None if one.minutes is None else round(one.minutes), one.subject, one.why) for one in figures)
    return (info.since, tuple(info.lost), info.generator.state, info.generator.why, rounded)
