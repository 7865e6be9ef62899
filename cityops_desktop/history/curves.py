"""The last two hours of every point in memory, for the screens. Texts are not kept; nothing here is durable."""

import threading
from array import array
from collections.abc import Iterable
from typing import NamedTuple

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
PLAIN: tuple[Why, ...] = (NO_WHY, *((reason, "") for reason in REASONS))
"""A reason without detail has the number that it has in a frame."""

_NUMBERS = {why: number for number, why in enumerate(PLAIN)}
_NAN = float("nan")
_USABLE = (Quality.GOOD, Quality.UNCERTAIN)


class Samples(NamedTuple):
    """Samples of one point in the order of recording: UTC ms, values (NaN = none), quality codes, places in `reasons`."""

    times: NDArray[np.int64]
    values: NDArray[np.float64]
    codes: NDArray[np.uint8]
    whys: NDArray[np.uint8]
    reasons: tuple[Why, ...]


class _Line:
    """Times, values, quality codes and reasons of one point, in the order of recording."""

    __slots__ = ("codes", "details", "floor", "times", "values", "whys")

    def __init__(self) -> None:
        self.times = array("q")
        self.values = array("d")
        self.codes = array("B")
        self.whys = array("B")
        self.details: dict[Why, int] = {}
        """Reasons that came with a detail, such as a device's exception code: few, and the same again and again."""
        self.floor = 0

    def number(self, why: Why) -> int:
        """The place of a reason in `reasons`; beyond 255 of them a new one stands without its detail."""
        known = _NUMBERS.get(why) or self.details.get(why)
        if known is not None:
            return known
        number = len(PLAIN) + len(self.details)
        if number > MOST_WHYS:
            return _NUMBERS.get((why[0], ""), 0)
        self.details[why] = number
        return number

    def reasons(self) -> tuple[Why, ...]:
        """What the numbers stand for."""
        return (*PLAIN, *self.details)

    def trim(self) -> None:
        """Forget what is older than the window; called once in a few minutes of a point's own time."""
        times = np.frombuffer(self.times, np.int64)
        recent = times >= self.times[-1] - WINDOW_MS
        old = max(int(recent.argmax()), len(times) - MOST_SAMPLES)
        del times
        for column in (self.times, self.values, self.codes, self.whys):
            del column[:old]
        if len(PLAIN) + len(self.details) > MOST_WHYS:
            self._forget_details()

    def _forget_details(self) -> None:
        """Of the reasons that no sample has any more: there is room again for new ones."""
        used = set(self.whys)
        kept = [(why, number) for why, number in self.details.items() if number in used]
        numbers = np.arange(256, dtype=np.uint8)
        self.details = {}
        for new, (why, number) in enumerate(kept, len(PLAIN)):
            self.details[why] = new
            numbers[number] = new
        self.whys = array("B", numbers[np.frombuffer(self.whys, np.uint8)].tobytes())


class Curves:
    """Thread-safe. Costs well under a microsecond a reading; a point at 1 Hz takes 140 kB."""

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
                value, time = reading.value, reading.time
                line.times.append(time)
                line.values.append(value if value is not None and reading.quality in _USABLE else _NAN)  # type: ignore[arg-type]
                line.codes.append(codes[reading.quality])
                line.whys.append(line.number((reading.reason, reading.detail)) if reading.reason is not None else 0)
                if not -SLACK_MS < time - line.floor < SLACK_MS:
                    line.trim()
                    line.floor = time

    def load(self, key: str, loaded: Samples) -> None:
        """Add many samples of a point at once, before its first live one. Unknown points are ignored."""
        with self._lock:
            line = self._lines.get(key)
            if line is None or not len(loaded.times):
                return
            numbers = np.array([line.number(why) for why in loaded.reasons], np.uint8)
            line.times.frombytes(loaded.times.astype(np.int64).tobytes())
            line.values.frombytes(loaded.values.astype(np.float64).tobytes())
            line.codes.frombytes(loaded.codes.astype(np.uint8).tobytes())
            line.whys.frombytes(numbers[loaded.whys].tobytes())
            line.trim()
            line.floor = line.times[-1]

    def oldest(self) -> int | None:
        """The time of the oldest sample of all, UTC ms; None when there is none."""
        with self._lock:
            return min((int(np.min(np.frombuffer(line.times, np.int64))) for line in self._lines.values() if line.times), default=None)

    def window(self, key: str, start_ms: int, end_ms: int) -> Strip | None:
        """The samples with start <= time <= end, copied, in the order of time; None for a point that has no curve."""
        with self._lock:
            line = self._lines.get(key)
            if line is None:
                return None
            times = np.array(line.times, np.int64)
            values = np.array(line.values, np.float64)
            codes = np.array(line.codes, np.uint8)
            whys = np.array(line.whys, np.uint8)
            reasons = line.reasons()
        inside = (times >= start_ms) & (times <= end_ms)
        return samples(times[inside], values[inside], codes[inside], whys[inside], reasons)
