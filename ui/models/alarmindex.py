"""All alarms of a room in order, kept up with every change: the most urgent, the newest, those of a subject, those that are kept quiet.

A hundred thousand open ones cost a change no more than a few do: everything is inserted where it belongs, nothing is sorted anew.
Decides nothing, paints nothing.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cityops_desktop.link.messages import AlarmInfo, PointInfo
from cityops_desktop.model.alarms import TESTS, AlarmState, Cause, Hidden

ENDED_KEPT = 1000
"""Ended alarms that a console holds; older ones are the station's to answer for."""
LOST = (Cause.DEVICE_LOST, Cause.BUS_LOST)
RATE_MS = 600_000
"""The time in which arrivals are counted: more than ten of them are a flood (ISA-18.2)."""

Key = tuple[int | str, ...]

_URGENCY = {
    AlarmState.UNACKNOWLEDGED: 0,
    AlarmState.RETURNED: 1,
    AlarmState.LATCHED: 1,
    AlarmState.ACKNOWLEDGED: 2,
    AlarmState.LATCHED_ACKNOWLEDGED: 2,
    AlarmState.NORMAL: 3,
}


def urgency(alarm: AlarmInfo) -> tuple[int, int, int]:
    """Sorts the alarm that needs somebody most to the front: open, by level, unacknowledged first, newest first."""
    ended = alarm.state is AlarmState.NORMAL
    return (9 if ended else alarm.level, _URGENCY[alarm.state], -alarm.raised)


class Count(NamedTuple):
    """Open alarms, and how many of them nobody has acknowledged."""

    open: int = 0
    unseen: int = 0


class AlarmIndex:
    """Knows the room's points only to say which device one belongs to."""

    def __init__(self) -> None:
        self._points: Mapping[str, PointInfo] = {}
        self.alarms: dict[str, AlarmInfo] = {}
        self._clear()

    def _clear(self) -> None:
        self._urgent: list[Key] = []
        self._newest: list[Key] = []
        self._quiet: list[Key] = []
        self._ended: list[Key] = []
        self._arrived: list[Key] = []
        self._own: dict[str, list[Key]] = {}
        self._device: dict[str, list[Key]] = {}
        self._kept: dict[str, list[Key]] = {}
        self._below: dict[str, dict[str, None]] = {}
        self._by_key: dict[str, str] = {}
        self._lost: dict[str, int] = {}
        self._counts: dict[int, list[int]] = {level: [0, 0] for level in (1, 2, 3, 4)}
        self._hidden = dict.fromkeys(Hidden, 0)
        self._audible: dict[str, None] = {}
        self._listed: list[AlarmInfo] | None = None

    # what changes

    def replace(self, alarms: Iterable[AlarmInfo], points: Mapping[str, PointInfo]) -> None:
        """These and no others, in a room with these points."""
        self._points = points
        self._clear()
        self.alarms = {}
        several = list(alarms)
        for alarm in several:
            self.alarms[alarm.id] = alarm
            self._enter(alarm, sort=False)
        of_subjects = (*self._own.values(), *self._device.values(), *self._kept.values())
        for one in (self._arrived, self._urgent, self._newest, self._quiet, self._ended, *of_subjects):
            one.sort()

    def put(self, alarm: AlarmInfo) -> None:
        """It is new, or as it is now."""
        known = self.alarms.get(alarm.id)
        if known is not None:
            self._leave(known)
        self.alarms[alarm.id] = alarm
        self._enter(alarm)

    def forget_oldest(self) -> list[str]:
        """Ended ones beyond what is kept are dropped; which."""
        dropped = [str(key[-1]) for key in self._ended[: max(0, len(self._ended) - ENDED_KEPT)]]
        for one in dropped:
            self._leave(self.alarms.pop(one))
        return dropped

    def _device_of(self, subject: str) -> str:
        point = self._points.get(subject)
        return point.device if point is not None else ""

    def _enter(self, alarm: AlarmInfo, *, sort: bool = True) -> None:
        put = insort if sort else list.append
        self._listed = None
        for listed, key in self._places(alarm):
            put(listed, key)
        if not alarm.open:
            return
        self._by_key[alarm.key] = alarm.id
        if alarm.cause in LOST:
            self._lost[alarm.subject] = self._lost.get(alarm.subject, 0) + 1
        if alarm.hidden is not None:
            self._hidden[alarm.hidden] += 1
            if alarm.under:
                self._below.setdefault(alarm.under, {})[alarm.id] = None
            return
        count = self._counts[alarm.level]
        count[0] += 1
        count[1] += alarm.unseen
        if alarm.audible:
            self._audible[alarm.id] = None

    def _leave(self, alarm: AlarmInfo) -> None:
        self._listed = None
        for listed, key in self._places(alarm):
            _take(listed, key)
        if not alarm.open:
            return
        if self._by_key.get(alarm.key) == alarm.id:
            del self._by_key[alarm.key]
        if alarm.cause in LOST:
            self._lost[alarm.subject] -= 1
        for tables in (self._own, self._device, self._kept):
            for subject in (alarm.subject, self._device_of(alarm.subject)):
                if subject in tables and not tables[subject]:
                    del tables[subject]
        if alarm.hidden is not None:
            self._hidden[alarm.hidden] -= 1
            self._below.get(alarm.under, {}).pop(alarm.id, None)
            return
        count = self._counts[alarm.level]
        count[0] -= 1
        count[1] -= alarm.unseen
        self._audible.pop(alarm.id, None)

    def _places(self, alarm: AlarmInfo) -> Iterator[tuple[list[Key], Key]]:
        """In which orders it stands, and where. It is the same as long as the alarm is: nothing is kept of it."""
        if alarm.hidden is None and alarm.cause not in TESTS:
            yield self._arrived, (alarm.raised, alarm.id)
        if not alarm.open:
            yield self._ended, (alarm.raised, alarm.id)
            return
        key = (*urgency(alarm), alarm.id)
        of_subject = (not alarm.standing, *key)
        device = self._device_of(alarm.subject)
        if alarm.hidden is not None:
            yield self._quiet, key
            yield self._kept.setdefault(alarm.subject, []), of_subject
            if device:
                yield self._kept.setdefault(device, []), of_subject
            return
        yield self._urgent, key
        yield self._own.setdefault(alarm.subject, []), of_subject
        if device:
            yield self._device.setdefault(device, []), of_subject
        if alarm.unseen:
            yield self._newest, (alarm.raised, -alarm.level, alarm.id)

    # what is asked

    def open(self) -> list[AlarmInfo]:
        """Alarms that have not ended and that nothing hides, the most urgent first. Not to be changed."""
        if self._listed is None:
            self._listed = [self.alarms[key[-1]] for key in self._urgent]  # type: ignore[index]
        return self._listed

    def most_urgent(self, count: int) -> list[AlarmInfo]:
        """The first of these."""
        return [self.alarms[key[-1]] for key in self._urgent[:count]]  # type: ignore[index]

    def hidden(self) -> list[AlarmInfo]:
        """Alarms that have not ended, and are kept quiet, likewise."""
        return [self.alarms[key[-1]] for key in self._quiet]  # type: ignore[index]

    def audible(self) -> list[AlarmInfo]:
        """Alarms that sound."""
        return [self.alarms[one] for one in self._audible]

    def counts(self) -> Mapping[int, Count]:
        """By level: those that nothing hides."""
        return {level: Count(*two) for level, two in self._counts.items()}

    def hidden_counts(self) -> Mapping[Hidden, int]:
        """How many are kept quiet, by why."""
        return self._hidden

    def newest_unseen(self) -> AlarmInfo | None:
        """The newest alarm that nobody has acknowledged; of two at once the more severe."""
        return self.alarms[self._newest[-1][-1]] if self._newest else None  # type: ignore[index]

    def arrived_since(self, time: int) -> int:
        """Alarms raised after this time (UTC ms) that nothing hides; tests are none."""
        return len(self._arrived) - bisect_left(self._arrived, (time + 1,))

    def below(self, key: str) -> list[AlarmInfo]:
        """Consequences that lie under the alarm of this key, the most urgent first."""
        return sorted((self.alarms[one] for one in self._below.get(key, ())), key=urgency)

    def below_count(self, key: str) -> int:
        """How many these are."""
        return len(self._below.get(key, ()))

    def of_key(self, key: str) -> AlarmInfo | None:
        """The open alarm of this condition."""
        return self.alarms.get(self._by_key.get(key, ""))

    def lost(self, subject: str) -> bool:
        """Does an open alarm say that this device or line ("bus:<id>") does not answer? A hidden one says it, too."""
        return self._lost.get(subject, 0) > 0

    def of_subject(self, subject: str) -> list[AlarmInfo]:
        """Open alarms about exactly this, one that stands before one that has returned."""
        return [self.alarms[key[-1]] for key in self._own.get(subject, ())]  # type: ignore[index]

    def quiet_of_subject(self, subject: str) -> list[AlarmInfo]:
        """Likewise those that are kept quiet; of a device those of its points, too."""
        return [self.alarms[key[-1]] for key in self._kept.get(subject, ())]  # type: ignore[index]

    def subjects(self) -> Iterator[tuple[str, int, AlarmInfo]]:
        """What open alarms are about: how many there are of it, and the worst."""
        return ((subject, len(keys), self.alarms[keys[0][-1]]) for subject, keys in self._own.items())  # type: ignore[index]

    def worst(self, keys: Iterable[str]) -> AlarmInfo | None:
        """The most urgent open alarm, one that stands before one that has returned, whose subject is one of these: a point's key, a
        device's id (its points count, too), "bus:<id>" or "station"."""
        return self._first(keys, (self._own, self._device))

    def quiet(self, keys: Iterable[str]) -> AlarmInfo | None:
        """The same of what is kept quiet."""
        return self._first(keys, (self._kept,))

    def _first(self, keys: Iterable[str], tables: Iterable[Mapping[str, list[Key]]]) -> AlarmInfo | None:
        several = tuple(tables)
        found = [table[key][0] for key in keys for table in several if key in table]
        return self.alarms[min(found)[-1]] if found else None  # type: ignore[index]


def _take(listed: list[Key], key: Key) -> None:
    """Out of its order."""
    at = bisect_left(listed, key)
    if at < len(listed) and listed[at] == key:
        del listed[at]
