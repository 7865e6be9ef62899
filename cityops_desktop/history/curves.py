"""The last two hours of every point in memory, for the screens. Texts are not kept; nothing here is durable."""

import threading
from collections.abc import Iterable
from itertools import pairwise
from statistics import median
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history.frames import REASONS
from cityops_desktop.model.envelope import MOST_WHYS, NO_WHY, Strip, Why, samples
from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reading

WINDOW_MS = 2 * 3600 * 1000
SLACK_MS = 5 * 60 * 1000
MOST_SAMPLES = 72_000
"""Of one point: ten a second for two hours."""
PACE_SAMPLES = 20
"""So many samples of a point tell its pace, which need not be its period: it may be read together with a faster one."""
MARGIN = 1.02
"""By how much more is kept ready than the pace asks for."""
PLAIN: tuple[Why, ...] = (NO_WHY, *((reason, "") for reason in REASONS))
"""A reason without detail has the number that it has in a frame."""

_NUMBERS = {why: number for number, why in enumerate(PLAIN)}
_NAN = float("nan")
_T = TypeVar("_T", bound=np.generic)
_USABLE = (Quality.GOOD, Quality.UNCERTAIN)


class Samples(NamedTuple):
    """Samples of one point in the order of recording: UTC ms, values (NaN = none), quality codes, places in `reasons`."""

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    codes: NDArray[np.uint8]
    whys: NDArray[np.uint8]
    reasons: tuple[Why, ...]


class _Line:
    """Times, values, quality codes and reasons of one point, in the order of recording.

    The columns are longer than what they hold, and every page of them has been written: as soon as a point's pace is known they have
    their size for two hours, so that the station's memory is full after minutes and not after half a shift.
    """

    __slots__ = ("codes", "details", "floor", "forgotten", "fresh", "lost", "marked", "missed", "size", "times", "values", "whys")

    def __init__(self) -> None:
        self.size = 0
        self.times: NDArray[np.int64] = np.full(PACE_SAMPLES, 0, np.int64)
        self.values: NDArray[np.float64] = np.full(PACE_SAMPLES, 0, np.float64)
        self.codes: NDArray[np.uint8] = np.full(PACE_SAMPLES, 0, np.uint8)
        self.whys: NDArray[np.uint8] = np.full(PACE_SAMPLES, 0, np.uint8)
        self.details: dict[Why, int] = {}
        """Reasons that came with a detail, such as a device's exception code: few, and the same again and again."""
        self.floor = 0
        self.fresh = 0
        """The samples from this one on are not sealed, whatever their time."""
        self.marked = 0
        self.forgotten = 0
        """The latest time of a sample that was forgotten and is sealed, if it was old enough; UTC ms, 0 = none."""
        self.missed = 0
        """The same of those that were forgotten while they were being sealed."""
        self.lost = 0
        """The same of those that were forgotten before anybody sealed them."""

    def add(self, time: int, value: float, code: int, why: int) -> None:
        """One sample more."""
        at = self.size
        if at == len(self.times):
            self._resize(self._room_for_window(self.times[: self.size][-PACE_SAMPLES:]))
        self.times[at] = time
        self.values[at] = value
        self.codes[at] = code
        self.whys[at] = why
        self.size = at + 1
        if not -SLACK_MS < time - self.floor < SLACK_MS:
            self._trim()
            self.floor = time

    def load(self, loaded: Samples) -> None:
        """Many samples at once."""
        whys = loaded.whys
        if loaded.reasons != PLAIN:
            whys = np.array([self.number(why) for why in loaded.reasons], np.uint8)[whys]
        first, self.size = self.size, self.size + len(loaded.times)
        pace = np.concatenate([self.times[:first][-PACE_SAMPLES:], loaded.times[-PACE_SAMPLES:]])[-PACE_SAMPLES:]
        self._resize(self._room_for_window(pace) if self.size >= PACE_SAMPLES else self.size)
        self.times[first : self.size] = loaded.times
        self.values[first : self.size] = loaded.values
        self.codes[first : self.size] = loaded.codes
        self.whys[first : self.size] = whys
        self.fresh = self.marked = self.size
        self._trim()
        self.floor = int(self.times[self.size - 1])

    def number(self, why: Why) -> int:
        """The place of a reason in `reasons`; beyond 255 of them a new one stands without its detail."""
        known = _NUMBERS.get(why, self.details.get(why))
        if known is not None:
            return known
        number = len(PLAIN) + len(self.details)
        if number > MOST_WHYS:
            return _NUMBERS.get((why[0], ""), 0)
        self.details[why] = number
        return number

    def samples(self) -> Samples:
        """Everything that is kept, not copied."""
        size = self.size
        return Samples(self.times[:size], self.values[:size], self.codes[:size], self.whys[:size], (*PLAIN, *self.details))

    def _room_for_window(self, last: NDArray[np.int64]) -> int:
        """How many samples the window and its slack hold at the pace of the last ones."""
        times = last.tolist()
        pace = max(1.0, median(abs(after - before) for before, after in pairwise(times)))
        window = min((WINDOW_MS + SLACK_MS) / pace, MOST_SAMPLES * (1 + SLACK_MS / WINDOW_MS))
        return max(int(window * MARGIN), int(self.size * MARGIN) + PACE_SAMPLES)

    def _resize(self, room: int) -> None:
        if room <= len(self.times):
            return
        self.times = _longer(self.times, room)
        self.values = _longer(self.values, room)
        self.codes = _longer(self.codes, room)
        self.whys = _longer(self.whys, room)

    def _trim(self) -> None:
        """Forget what is older than the window; called once in a few minutes of a point's own time."""
        times = self.times[: self.size]
        recent = times >= times[-1] - WINDOW_MS
        old = max(int(recent.argmax()), self.size - MOST_SAMPLES)
        if old:
            self.forgotten = max(self.forgotten, _latest(times[: min(old, self.fresh)]))
            self.missed = max(self.missed, _latest(times[self.fresh : min(old, self.marked)]))
            self.lost = max(self.lost, _latest(times[max(self.fresh, self.marked) : old]))
            columns: tuple[NDArray[Any], ...] = (self.times, self.values, self.codes, self.whys)
            for column in columns:
                column[: self.size - old] = column[old : self.size]
        self.size -= old
        self.fresh, self.marked = max(0, self.fresh - old), max(0, self.marked - old)
        if len(PLAIN) + len(self.details) > MOST_WHYS:
            self._forget_details()

    def _forget_details(self) -> None:
        """Of the reasons that no sample has any more: there is room again for new ones."""
        whys = self.whys[: self.size]
        used = set(whys.tolist())
        kept = [(why, number) for why, number in self.details.items() if number in used]
        numbers = np.arange(256, dtype=np.uint8)
        self.details = {}
        for new, (why, number) in enumerate(kept, len(PLAIN)):
            self.details[why] = new
            numbers[number] = new
        whys[:] = numbers[whys]


def _latest(times: NDArray[np.int64]) -> int:
    return int(times.max()) if len(times) else 0


def _longer(column: NDArray[_T], room: int) -> NDArray[_T]:
    """The column with room for so many samples; written to its end, so that the memory is taken now."""
    longer: NDArray[_T] = np.empty(max(room, len(column)), column.dtype)
    longer[: len(column)] = column
    longer[len(column) :] = 0
    return longer


class Curves:
    """Thread-safe. Costs about a microsecond a reading; a point at 1 Hz takes 140 kB from its first minute on."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._lines = {point.key: _Line() for point in points if point.kind is not Kind.TEXT}
        self._lock = threading.Lock()

    def extend(self, readings: Iterable[Reading]) -> None:
        """Add readings, each after its point's earlier ones; a value that is not usable is kept as NaN with its quality and reason."""
        lines, codes = self._lines, QUALITY_CODES
        with self._lock:
            for reading in readings:
                line = lines.get(reading.point)
                if line is None:
                    continue
                value = reading.value if reading.value is not None and reading.quality in _USABLE else _NAN
                why = line.number((reading.reason, reading.detail)) if reading.reason is not None else 0
                line.add(reading.time, value, codes[reading.quality], why)  # type: ignore[arg-type]

    def load(self, key: str, loaded: Samples) -> None:
        """Add many samples of a point at once, before its first live one. Unknown points are ignored."""
        with self._lock:
            line = self._lines.get(key)
            if line is not None and len(loaded.times):
                line.load(loaded)

    def lacks(self, until: int) -> None:
        """Samples up to this time (UTC ms) were recorded that are not loaded here."""
        with self._lock:
            for line in self._lines.values():
                line.forgotten = max(line.forgotten, until)

    def oldest(self) -> int | None:
        """The time of the oldest sample of all, UTC ms; None when there is none."""
        with self._lock:
            return min((int(np.min(line.times[: line.size])) for line in self._lines.values() if line.size), default=None)

    def mark(self) -> None:
        """What has come until now is about to be sealed."""
        with self._lock:
            for line in self._lines.values():
                line.marked, line.missed, line.lost = line.size, max(line.missed, line.lost), 0

    def settle(self) -> None:
        """What was marked is sealed, as far as it was old enough."""
        with self._lock:
            for line in self._lines.values():
                line.fresh, line.forgotten, line.missed = line.marked, max(line.forgotten, line.missed), 0

    def whole(self, sealed: int) -> bool:
        """Is nothing forgotten or lacking that is not sealed, as is what lies before `sealed` (UTC ms)? It may be after a fall, or when the
        clock was set to and fro."""
        with self._lock:
            return not any(line.missed or line.lost or line.forgotten >= max(sealed, 1) for line in self._lines.values())

    def window(self, key: str, start_ms: int, end_ms: int, sealed: int = 0) -> Strip | None:
        """The samples with start <= time <= end, copied, in the order of time; None for a point that has no curve. Those that are
        older than `sealed` only as far as they came after the last `mark` that was settled: the others are known elsewhere."""
        with self._lock:
            line = self._lines.get(key)
            if line is None:
                return None
            times, values, codes, whys, reasons = line.samples()
            inside = (times >= start_ms) & (times <= end_ms)
            inside[: line.fresh] &= times[: line.fresh] >= sealed
            return samples(times[inside], values[inside], codes[inside], whys[inside], reasons)
