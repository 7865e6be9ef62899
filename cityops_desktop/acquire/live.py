"""The newest reading of each point, and the one place where staleness is decided. Never stores, never alarms."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from cityops_desktop.clock import Clock
from cityops_desktop.model.readings import Quality, Reading, Reason, Value, failed
from cityops_desktop.model.rooms import Room
from cityops_desktop.model.staleness import stale_after


@dataclass(slots=True)
class Entry:
    """What is known of a point: the newest reading, and the newest usable value with its time (UTC ms), None = never yet.

    `changed` = the time of the newest usable value that was another than the one before; None = it has always been the same.
    """

    reading: Reading
    last_value: Value
    last_time: int | None
    arrived: float
    stale_after: float
    changed: int | None = None


class Applied(NamedTuple):
    """What `apply` did: the readings that were taken, in order, and the keys whose value, quality or reason changed by them."""

    accepted: Sequence[Reading]
    changed: Sequence[str]


class LiveTable:
    """Used by the station's loop only. Ages count on the monotonic clock from the arrival; a jump of the wall clock ages nothing."""

    def __init__(self, room: Room, clock: Clock) -> None:
        self._clock = clock
        self._newest: int | None = None
        wall, mono = clock.wall(), clock.monotonic()
        self._entries = {
            key: Entry(failed(key, wall, Reason.WAITING), None, None, mono, stale_after(point.period))
            for key, point in room.points().items()
        }

    @property
    def entries(self) -> Mapping[str, Entry]:
        """All points by key, in the order of the room file; read only."""
        return self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def get(self, key: str) -> Entry:
        """The entry of a point. KeyError for a point that the room does not have."""
        return self._entries[key]

    def newest(self) -> int | None:
        """Time of the newest good reading of the whole room (UTC ms), None = none since the start."""
        return self._newest

    def apply(self, readings: Iterable[Reading]) -> Applied:
        """Take new readings. One that is older than what is known is dropped, unless the known one lies in the future (clock set back)."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        accepted: list[Reading] = []
        changed: list[str] = []
        for reading in readings:
            entry = self._entries[reading.point]
            known = entry.reading
            if reading.time < known.time <= wall:
                continue
            accepted.append(reading)
            if reading.value != known.value or reading.quality is not known.quality or reading.reason is not known.reason:
                changed.append(reading.point)
            entry.reading = reading
            entry.arrived = mono
            if reading.usable:
                if entry.last_time is not None and reading.value != entry.last_value:
                    entry.changed = reading.time
                entry.last_value = reading.value
                entry.last_time = reading.time
                if reading.quality is Quality.GOOD and (self._newest is None or not reading.time < self._newest <= wall):
                    self._newest = reading.time
        return Applied(accepted, changed)

    def sweep(self) -> list[str]:
        """Turn values that have grown too old stale, keeping value and time; the keys of those that turned just now."""
        mono = self._clock.monotonic()
        turned = []
        for key, entry in self._entries.items():
            if mono - entry.arrived > entry.stale_after and entry.reading.usable:
                entry.reading = replace(entry.reading, quality=Quality.STALE, reason=Reason.OLD, detail="")
                turned.append(key)
        return turned
