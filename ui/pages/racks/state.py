"""How a rack does now: the state of each item, its power where it is metered, its temperatures. Reads the room model, paints nothing."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from cityops_desktop.link.duty.now import TagInfo
from cityops_desktop.link.messages import LimitInfo, PointInfo, RackInfo, RackItemInfo
from cityops_desktop.model.alarms import AlarmState, Hidden
from cityops_desktop.model.points import LimitKind
from ui.models.needs import usable
from ui.models.places import tag_on
from ui.models.room import RoomModel
from ui.models.shown import NOTHING
from ui.pages.racks.elevation import FACES, Elevation, Sensor, sensors


class Sign(StrEnum):
    """What is known of an item; an alarm is told beside it."""

    ORDER = "order"
    STALE = "stale"
    UNKNOWN = "unknown"
    UNMONITORED = "unmonitored"


@dataclass(frozen=True, slots=True)
class Sum:
    """Power in W, and the time (UTC ms) of its oldest part. `watts` is None when a part is not known: a sum is whole or it is none.

    `stale` = not the state of the world now. `missing` names the points that spoil it.
    """

    metered: bool = False
    watts: float | None = None
    stale: bool = False
    missing: tuple[str, ...] = ()
    since: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class ItemState:
    """An item now. `level` 0 = no alarm; `dead` of `points` of its device have no usable value."""

    sign: Sign
    level: int = 0
    alarm: AlarmState | None = None
    power: Sum = Sum()
    points: int = 0
    dead: int = 0
    quiet: Hidden | None = None


@dataclass(frozen=True, slots=True)
class Warmth:
    """A sensor now: its figure, and the level of the limit that it breaks (0 = none)."""

    sensor: Sensor
    text: str
    number: float | None
    stale: bool
    broken: int
    level: int
    alarm: AlarmState | None
    quiet: Hidden | None = None


@dataclass(frozen=True, slots=True)
class RackState:
    """A rack now; equal states look the same."""

    items: tuple[ItemState, ...]
    total: Sum
    sides: tuple[tuple[str, Sum], ...]
    warmth: Mapping[str, tuple[Warmth, ...]]
    level: int
    alarm: AlarmState | None
    quiet: Hidden | None = None
    tag: TagInfo | None = None


class RackWatch:
    """One rack's elevation with the points that its state hangs on."""

    def __init__(self, rack: RackInfo, points: Collection[PointInfo], by_device: Mapping[str, Sequence[str]]) -> None:
        self.rack = rack
        self.elevation = Elevation(rack)
        self.sensors = sensors(rack, points)
        self._of_item = [tuple(by_device.get(item.device, ())) if item.device else () for item in rack.items]
        self.keys = frozenset(
            [key for keys in self._of_item for key in keys]
            + [key for item in rack.items for key in item.power]
            + [key for feed in rack.feeds for key in feed.power]
            + [sensor.key for found in self.sensors.values() for sensor in found]
        )
        standing = [name for point in points if point.rack == rack.id for name in (point.key, point.device)]
        self.subjects = frozenset([*standing, *(item.device for item in rack.items if item.device), *self.keys])

    @property
    def tagged(self) -> frozenset[str]:
        """What a tag may name here: the rack, what stands in it, what feeds it."""
        devices = (f"device:{item.device}" for item in self.rack.items if item.device)
        return frozenset([f"rack:{self.rack.id}", *devices, *(f"point:{key}" for key in self.subjects)])

    def keys_of(self, item: int) -> tuple[str, ...]:
        """The points of an item: its metered outlets, then those of its device."""
        return (*self.rack.items[item].power, *self._of_item[item])

    def state(self, model: RoomModel) -> RackState:
        """How it does now."""
        items = tuple(item_state(model, item, self._of_item[n]) for n, item in enumerate(self.rack.items))
        total, sides = rack_power(model, self.rack)
        warmth = {face: tuple(_warmth(model, sensor) for sensor in self.sensors[face]) for face in FACES}
        worst = model.worst(self.subjects)
        level, alarm = (worst.level, worst.state) if worst else (0, None)
        tag = tag_on(model, self.tagged)
        return RackState(items, total, sides, warmth, level, alarm, _quiet(model, self.subjects), tag)


def by_device(points: Iterable[PointInfo]) -> dict[str, list[str]]:
    """The keys of the points of each device."""
    result: dict[str, list[str]] = {}
    for point in points:
        result.setdefault(point.device, []).append(point.key)
    return result


def item_state(model: RoomModel, item: RackItemInfo, keys: Sequence[str]) -> ItemState:
    """An item now; `keys` are the points of its device. Without a device, or with one that has no points, nobody watches it."""
    power = sum_of(model, item.power)
    subjects = (*((item.device,) if item.device else ()), *item.power)
    alarm, quiet = model.worst(subjects), _quiet(model, subjects)
    level, state = (alarm.level, alarm.state) if alarm else (0, None)
    if not keys:
        return ItemState(Sign.UNMONITORED, level, state, power, quiet=quiet)
    lives = [model.live.get(key) for key in keys]
    good = sum(live is not None and usable(live) for live in lives)
    had = good or any(live is not None and live.last_value is not None for live in lives)
    sign = Sign.ORDER if good and model.connected else Sign.STALE if had else Sign.UNKNOWN
    return ItemState(sign, level, state, power, len(keys), len(keys) - good, quiet)


def _quiet(model: RoomModel, subjects: Iterable[str]) -> Hidden | None:
    """Why something of these is kept quiet."""
    alarm = model.quiet(subjects)
    return alarm.hidden if alarm is not None else None


def sum_of(model: RoomModel, keys: Sequence[str]) -> Sum:
    """The power of these points (W or kW) together; of several, one without a usable value leaves no sum at all."""
    if not keys:
        return Sum()
    parts = [(key, model.points.get(key), model.live.get(key)) for key in keys]
    missing = tuple(key for key, point, live in parts if point is None or live is None or not usable(live))
    if missing and len(keys) > 1:
        return Sum(True, None, True, missing, _oldest(live.last_time for _, _, live in parts if live is not None and live.key in missing))
    watts, times = 0.0, []
    for _, point, live in parts:
        value, time = (None, None) if live is None else (live.last_value, live.last_time) if missing else (live.value, live.time)
        if point is None or not isinstance(value, int | float):
            return Sum(True, None, True, tuple(keys), None)
        watts += value * (1000.0 if point.unit == "kW" else 1.0)
        times.append(time)
    return Sum(True, watts, bool(missing) or not model.connected, missing, _oldest(times))


def rack_power(model: RoomModel, rack: RackInfo) -> tuple[Sum, tuple[tuple[str, Sum], ...]]:
    """The rack's whole power, metered only if every feed is; and each feed's by its side."""
    whole = bool(rack.feeds) and all(feed.power for feed in rack.feeds)
    total = sum_of(model, [key for feed in rack.feeds for key in feed.power]) if whole else Sum()
    return total, tuple((feed.side, sum_of(model, feed.power)) for feed in rack.feeds)


def row_power(totals: Iterable[Sum]) -> tuple[Sum, int]:
    """The metered racks of a row together, and how many they are."""
    metered = [one for one in totals if one.metered]
    if not metered:
        return Sum(), 0
    missing = tuple(key for one in metered for key in one.missing)
    watts = None if any(one.watts is None for one in metered) else sum(one.watts or 0.0 for one in metered)
    return Sum(True, watts, any(one.stale for one in metered), missing, _oldest(one.since for one in metered)), len(metered)


def broken(limits: Iterable[LimitInfo], value: float) -> int:
    """The most severe level whose limit this value breaks; 0 = none."""
    levels = [
        limit.level
        for limit in limits
        if (limit.kind is LimitKind.HIGH and value > limit.value) or (limit.kind is LimitKind.LOW and value < limit.value)
    ]
    return min(levels, default=0)


def _warmth(model: RoomModel, sensor: Sensor) -> Warmth:
    shown, point, alarm = model.shown(sensor.key), model.points.get(sensor.key), model.worst((sensor.key,))
    beyond = broken(point.limits, shown.number) if point is not None and shown.number is not None and not shown.stale else 0
    level, state = (alarm.level, alarm.state) if alarm else (0, None)
    text, quiet = shown.value if shown.number is not None else NOTHING, _quiet(model, (sensor.key,))
    return Warmth(sensor, text, shown.number, shown.stale, beyond, level, state, quiet)


def _oldest(times: Iterable[int | None]) -> int | None:
    return min((time for time in times if time is not None), default=None)
