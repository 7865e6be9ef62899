"""Reckons the derived points of the room from the newest readings of others, and reports them as a bus does. Writes nothing, asks nobody.

Used from the station's event loop only. A derived value is as new as the newest reading that it follows from; where one of those is not
usable it is bad, and names it. The same readings are never told twice: a second without a new one is no sample.
"""

from collections import deque
from dataclasses import replace

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport, DeviceCounters, WireState
from cityops_desktop.clock import Clock
from cityops_desktop.derive.expression import Expression, Unknown
from cityops_desktop.derive.source import Inputs, derived, in_order, inputs_of
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Room

Seen = tuple[tuple[int, Quality], ...]


class Deriving:
    """One for a run of the station; `tick` each second."""

    def __init__(self, room: Room, live: LiveTable, clock: Clock) -> None:
        points = room.points()
        expressions = derived(points)
        self._clock = clock
        self._bus_of = {device.id: device.bus for device in room.devices}
        self._points = [
            _Derived(points[key], expressions[key], inputs_of(expressions[key], points)) for key in in_order(expressions, points)[0]
        ]
        self._world = _World(live, clock)
        self._counted: dict[str, DeviceCounters] = {}

    def tick(self, mono: float) -> list[BusReport]:
        """What is due: a report for each bus of which something is new."""
        found: dict[str, list[Reading]] = {}
        self._world.begin(mono)
        for one in self._points:
            if mono < one.next:
                continue
            one.next = max(one.next + one.point.period, mono)
            reading = self._reckoned(one)
            if reading is not None:
                self._world.told[one.point.key] = reading
                found.setdefault(one.point.device, []).append(reading)
        return [report for device, readings in found.items() for report in self._reports(device, readings)]

    def _reckoned(self, one: "_Derived") -> Reading | None:
        """A new reading; None when nothing is new."""
        world, point = self._world, one.point
        world.of(one)
        seen = world.seen()
        if seen == one.seen and not one.expression.timed:
            return None
        one.seen = seen
        newest = max((time for time, _ in seen), default=0)
        now = self._clock.wall()
        try:
            value = one.expression.reckon(world, one.inputs)
        except Unknown as error:
            return failed(point.key, now, Reason.NO_INPUT, error.key)
        if value != value:
            return failed(point.key, now, Reason.WAITING if world.short else Reason.INVALID_VALUE)
        time = now if one.expression.timed or newest > now else newest
        doubt = world.doubt
        quality = Quality.GOOD if doubt is None else Quality.UNCERTAIN
        reason, detail = (None, "") if doubt is None else (doubt.reason, doubt.detail)
        return Reading(point.key, point.at_resolution(value), time, quality, reason, detail)

    def _reports(self, device: str, readings: list[Reading]) -> list[BusReport]:
        counted = self._counted.get(device, DeviceCounters())
        number = len(readings)
        counted = replace(counted, requests=counted.requests + number, good=counted.good + number, last_answer=self._clock.wall())
        self._counted[device] = counted
        return [BusReport(self._bus_of[device], WireState.UP, tuple(readings), devices={device: counted})]


class _Derived:
    """A derived point, what its last value followed from, and what was in the last minutes of the parts that ask for it."""

    def __init__(self, point: Point, expression: Expression, inputs: Inputs) -> None:
        self.point, self.expression, self.inputs = point, expression, inputs
        self.next = 0.0
        self.seen: Seen | None = None
        self.past: dict[int, deque[tuple[float, float]]] = {}


class _World:
    """What expressions are reckoned from: the live table, and what was reckoned just now."""

    def __init__(self, live: LiveTable, clock: Clock) -> None:
        self._live, self._clock = live, clock
        self.told: dict[str, Reading] = {}
        self._mono = 0.0

    def begin(self, mono: float) -> None:
        """Another round."""
        self._mono = mono
        self.told.clear()

    def of(self, one: _Derived) -> None:
        """Now this point is reckoned."""
        self._one = one
        self.short = False
        self.doubt: Reading | None = None

    def seen(self) -> Seen:
        """What all the points that it may follow from say now."""
        readings = [self._newest(key) for keys in self._one.inputs.values() for key in keys]
        return tuple((reading.time, reading.quality) for reading in readings)

    def value(self, key: str) -> float:
        """See World."""
        reading = self._newest(key)
        if not reading.usable or isinstance(reading.value, str) or reading.value is None:
            raise Unknown(key)
        if reading.quality is Quality.UNCERTAIN and self.doubt is None:
            self.doubt = reading
        return float(reading.value)

    def age(self, key: str) -> float:
        """See World."""
        last = self._live.get(key).last_time
        if last is None:
            raise Unknown(key)
        return max(0.0, (self._clock.wall() - last) / 1000)

    def past(self, node: int, value: float, minutes: float) -> list[tuple[float, float]]:
        """See World."""
        kept = self._one.past.setdefault(node, deque())
        kept.append((self._mono, value))
        while self._mono - kept[0][0] > minutes * 60:
            kept.popleft()
        self.short = self.short or self._mono - kept[0][0] < minutes * 30
        return [(self._mono - at, one) for at, one in kept]

    def _newest(self, key: str) -> Reading:
        return self.told.get(key) or self._live.get(key).reading
