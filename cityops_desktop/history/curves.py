"""The last two hours of every point in memory, for the screens. Texts are not kept; nothing here is durable."""

import threading
from array import array
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reading

WINDOW_MS = 2 * 3600 * 1000
SLACK_MS = 5 * 60 * 1000
MOST_SAMPLES = 72_000
"""Of one point: ten a second for two hours."""

Curve = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.uint8]]
_NAN = float("nan")
_USABLE = (Quality.GOOD, Quality.UNCERTAIN)


class _Line:
    """Times, values and quality codes of one point, in the order of recording."""

    __slots__ = ("codes", "floor", "times", "values")

    def __init__(self) -> None:
        self.times = array("q")
        self.values = array("d")
        self.codes = array("B")
        self.floor = 0

    def trim(self) -> None:
        """Forget what is older than the window; called once in a few minutes of a point's own time."""
        times = np.frombuffer(self.times, np.int64)
        recent = times >= self.times[-1] - WINDOW_MS
        old = max(int(recent.argmax()), len(times) - MOST_SAMPLES)
        del times
        for column in (self.times, self.values, self.codes):
            del column[:old]


class Curves:
    """Thread-safe. Costs well under a microsecond a reading; a point at 1 Hz takes 130 kB."""

    def __init__(self, points: Iterable[Point]) -> None:
        self._lines = {point.key: _Line() for point in points if point.kind is not Kind.TEXT}
        self._lock = threading.Lock()

    def extend(self, readings: Iterable[Reading]) -> None:
        """Add readings, each after its point's earlier ones; a value that is not usable is kept as NaN with its quality."""
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
                if not -SLACK_MS < time - line.floor < SLACK_MS:
                    line.trim()
                    line.floor = time

    def load(self, key: str, times: NDArray[np.int64], values: NDArray[np.float64], codes: NDArray[np.uint8]) -> None:
        """Add many samples of a point at once, before its first live one. Unknown points are ignored."""
        with self._lock:
            line = self._lines.get(key)
            if line is None or not len(times):
                return
            line.times.frombytes(times.astype(np.int64).tobytes())
            line.values.frombytes(values.astype(np.float64).tobytes())
            line.codes.frombytes(codes.astype(np.uint8).tobytes())
            line.trim()
            line.floor = line.times[-1]

    def window(self, key: str, start_ms: int, end_ms: int) -> Curve:
        """Copies of times (int64, UTC ms), values (float64, NaN = none) and quality codes (uint8) with start <= time <= end.

        Empty for an unknown point. The order is that of recording: time runs backwards where the clock was set back.
        """
        with self._lock:
            line = self._lines.get(key)
            if line is None:
                return np.empty(0, np.int64), np.empty(0, np.float64), np.empty(0, np.uint8)
            times = np.array(line.times, np.int64)
            values = np.array(line.values, np.float64)
            codes = np.array(line.codes, np.uint8)
        inside = (times >= start_ms) & (times <= end_ms)
        return times[inside], values[inside], codes[inside]
