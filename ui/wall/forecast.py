"""Minutes to a limit: is a value on its way to a limit, and when will it be there? Pure figures, and the memory they need. Paints
nothing, and rather says nothing than something that is not so.

A slope counts only when all of this holds for one of the windows (the shortest first, so that what began two minutes ago is seen):
the median of the slopes of all pairs (Theil-Sen) differs from zero at 99.9 % by Kendall's test (Sen 1968); the change over the window
is more than the scatter around it and the resolution of the value; the second half goes on like the first; and the value is
where it has not been in the hour before, or an air conditioner that switches on and off would be news in every cycle.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QObject, Signal

from cityops_desktop.link.messages import PointInfo
from cityops_desktop.model.envelope import Past, Strip
from cityops_desktop.model.points import Kind, LimitKind
from cityops_desktop.model.readings import Quality
from ui.link import Link
from ui.models.room import RoomModel

HORIZON_MINUTES = 60.0
WINDOWS_SECONDS = (180.0, 300.0, 600.0)
STEP_SECONDS = 10.0
"""Readings are averaged over so long, or over a poll period where that is longer."""
MEMORY_SECONDS = 3600.0
LEAST = 9
"""Averages that a window must hold at least; fewer say nothing at 99.9 %."""
FILLED = 0.7
FRESH_STEPS = 3.0
NORMAL_999 = 3.29
SCATTERS = 3.0
RESOLUTIONS = 2.5
SPREAD = 10
"""Seconds in which every point has had its turn."""
ASKED_AT_ONCE = 32
SAMPLES = 4000
"""Buckets asked for: so many that an hour is told sample by sample."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A point on its way: `limit` will be reached in so many `minutes`; `level` is the limit's."""

    point: str
    minutes: float
    limit: float
    level: int
    high: bool


def slope(times: np.ndarray, values: np.ndarray, resolution: float = 0.0) -> float:
    """Units per second of the newest trend, 0.0 when there is none that counts. `times` in seconds, ascending, both finite."""
    end = times[-1] if len(times) else 0.0
    for seconds in WINDOWS_SECONDS:
        inside = times > end - seconds - 1e-6
        found = _window_slope(times[inside], values[inside], seconds, resolution)
        if found and _new_ground(values[~inside], values[inside], found, resolution):
            return found
    return 0.0


def minutes_to(value: float, limit: float, per_second: float) -> float:
    """Minutes until the limit is reached; inf when it is passed already or the value goes the other way."""
    way = limit - value
    if not per_second or way * per_second <= 0:
        return math.inf
    return way / per_second / 60


def soonest(headings: Iterable[Heading]) -> Heading | None:
    """The one to be shown; of equals the more urgent level."""
    return min(headings, key=lambda one: (one.minutes, one.level), default=None)


def _window_slope(times: np.ndarray, values: np.ndarray, seconds: float, resolution: float) -> float:
    count = len(times)
    if count < LEAST or times[-1] - times[0] < FILLED * seconds:
        return 0.0
    first, second = np.triu_indices(count, 1)
    rises = values[second] - values[first]
    apart = times[second] - times[first]
    ties = np.unique(values, return_counts=True)[1]
    variance = (count * (count - 1) * (2 * count + 5) - float(np.sum(ties * (ties - 1) * (2 * ties + 5)))) / 18
    score = float(np.sum(np.sign(rises)))
    if variance <= 0 or (abs(score) - 1) / math.sqrt(variance) < NORMAL_999:
        return 0.0
    found = float(np.median(rises / apart))
    change = abs(found) * (times[-1] - times[0])
    rest = values - found * (times - times[0])
    scatter = 1.4826 * float(np.median(np.abs(rest - np.median(rest))))
    if change <= max(SCATTERS * scatter, RESOLUTIONS * resolution) or not _goes_on(times, values, found):
        return 0.0
    return found


def _goes_on(times: np.ndarray, values: np.ndarray, found: float) -> bool:
    """Does the second half go at least half as fast, the same way?"""
    late = len(times) // 2
    half = float(np.polyfit(times[late:] - times[late], values[late:], 1)[0])
    return half * found > 0 and abs(half) >= abs(found) / 2


def _new_ground(before: np.ndarray, inside: np.ndarray, found: float, resolution: float) -> bool:
    if not len(before):
        return True
    now = float(np.median(inside[-3:]))
    return now > float(before.max()) + resolution if found > 0 else now < float(before.min()) - resolution


class _Memory:
    """The averages of one point over the last hour."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.sums: dict[int, tuple[float, int]] = {}

    def add(self, seconds: float, value: float) -> None:
        slot = int(seconds // self.step)
        total, count = self.sums.get(slot, (0.0, 0))
        self.sums[slot] = (total + value, count + 1)

    def averages(self, now: float) -> tuple[np.ndarray, np.ndarray]:
        """Times (s) and averages, ascending; forgets what is too old."""
        oldest = int((now - MEMORY_SECONDS) // self.step)
        for slot in [slot for slot in self.sums if slot < oldest]:
            del self.sums[slot]
        slots = sorted(self.sums)
        times = (np.array(slots, float) + 0.5) * self.step
        return times, np.array([self.sums[slot][0] / self.sums[slot][1] for slot in slots], float)


class Forecasts(QObject):
    """The headings of a room, brought up to date a few points a second. Asks the station once for the last hour."""

    changed = Signal()

    def __init__(self, model: RoomModel, link: Link, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._link = model, link
        self._memories: dict[str, _Memory] = {}
        self._headings: dict[str, Heading] = {}
        self._to_ask: list[str] = []
        self._asking = False
        self._turn = 0
        self._version = ""
        model.replaced.connect(self._replaced)
        model.changed.connect(self._take)
        model.beat.connect(self._second)
        self._replaced()

    @property
    def known(self) -> bool:
        """Has the last hour been fetched, so that "nothing" means nothing?"""
        return self._model.room is not None and not self._to_ask and not self._asking

    def soonest(self) -> Heading | None:
        """What is on its way to a limit, and there first; None without a station."""
        return soonest(self._headings.values()) if self._model.connected else None

    def _replaced(self) -> None:
        """A new copy: the same room goes on, another one begins anew. What was missed in between is asked for."""
        room = self._model.room
        points = [one for one in self._model.points.values() if _targets(one)]
        if room is None:
            return
        if room.version != self._version:
            self._version, self._turn = room.version, 0
            self._memories, self._headings = {}, {}
        self._memories = {one.key: self._memories.get(one.key) or _Memory(max(STEP_SECONDS, one.period)) for one in points}
        self._headings = {key: one for key, one in self._headings.items() if key in self._memories}
        self._to_ask = list(self._memories)

    def _take(self, keys: frozenset[str]) -> None:
        for key in keys & self._memories.keys():
            live = self._model.live[key]
            if live.quality is Quality.GOOD and isinstance(live.value, int | float) and math.isfinite(live.value):
                self._memories[key].add(live.time / 1000, float(live.value))

    def _second(self) -> None:
        self._ask()
        keys = list(self._memories)
        if not keys:
            return
        share = -(-len(keys) // SPREAD)
        before = self.soonest()
        for key in (keys[(self._turn + n) % len(keys)] for n in range(min(share, len(keys)))):
            self.judge(key)
        self._turn = (self._turn + share) % len(keys)
        if self.soonest() != before:
            self.changed.emit()

    def judge(self, key: str) -> None:
        """Where this point is heading now."""
        heading = self._heading(self._model.points[key])
        if heading is None:
            self._headings.pop(key, None)
        else:
            self._headings[key] = heading

    def _heading(self, point: PointInfo) -> Heading | None:
        shown, memory = self._model.shown(point.key), self._memories[point.key]
        now = self._model.now() / 1000
        if shown.stale or shown.quality is not Quality.GOOD or shown.number is None:
            return None
        times, values = memory.averages(now)
        if not len(times) or now - times[-1] > FRESH_STEPS * memory.step:
            return None
        rate = slope(times, values, 10.0**-point.decimals)
        reached = [
            Heading(point.key, minutes, limit, level, high)
            for limit, level, high in _targets(point)
            if (rate > 0) is high and (minutes := minutes_to(shown.number, limit, rate)) <= HORIZON_MINUTES
        ]
        return soonest(reached)

    def _ask(self) -> None:
        if self._asking or not self._to_ask or not self._model.connected:
            return
        keys = self._to_ask[:ASKED_AT_ONCE]
        self._asking = True
        now = self._model.now()
        start = now - round(MEMORY_SECONDS * 1000)
        self._link.history(keys, start, now + 1000, round(MEMORY_SECONDS / STEP_SECONDS), lambda past: self._answered(keys, past))

    def _answered(self, keys: Sequence[str], past: Past | None) -> None:
        self._asking = False
        if past is None:
            return  # asked again with the next second
        self._to_ask = [key for key in self._to_ask if key not in keys]
        for key in keys:
            if key in past.strips and key in self._memories:
                self._memories[key] = _remembered(self._memories[key], past.strips[key])


def _remembered(memory: _Memory, strip: Strip) -> _Memory:
    """The memory with the station's samples in place of our own: they are the whole of them."""
    fresh = _Memory(memory.step)
    values = (strip.first + strip.last) / 2
    usable = np.isfinite(values)
    seconds = (strip.time + strip.end)[usable] / 2000
    for moment, value in zip(seconds.tolist(), values[usable].tolist(), strict=True):
        fresh.add(moment, value)
    newest = max(fresh.sums, default=-1)
    fresh.sums.update({slot: told for slot, told in memory.sums.items() if slot > newest})
    return fresh


def _targets(point: PointInfo) -> list[tuple[float, int, bool]]:
    """The limits a figure can run into: value, level, is it an upper one."""
    if point.kind is not Kind.ANALOG:
        return []
    sides = {LimitKind.HIGH: True, LimitKind.LOW: False}
    return [(one.value, one.level, sides[one.kind]) for one in point.limits if one.kind in sides]
