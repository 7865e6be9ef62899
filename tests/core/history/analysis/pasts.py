"""A made past of a whole room: what a historian would answer for it, with cylinders, UPS, batteries and sensors whose truth is known."""

from collections.abc import Callable, Sequence

import numpy as np

from cityops_desktop.model.envelope import Past, Strip, envelope, samples, width_for
from tests.core.history.analysis.made import DAY, HOUR, echo

Shape = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class MadePast:
    """`shapes` gives the values of a point at some times (UTC ms). Answers as History.past does: in buckets where there is much."""

    def __init__(self, now: int, days: int) -> None:
        self.now, self.start = now, now - days * DAY
        self.shapes: dict[str, Shape] = {}
        self.asked: list[tuple[tuple[str, ...], int, int, int]] = []

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        self.asked.append((tuple(keys), start, end, buckets))
        found = {key: self._strip(key, max(start, self.start), min(end, self.now), buckets) for key in keys if key in self.shapes}
        return Past(self.start, {key: strip for key, strip in found.items() if len(strip)})

    def _strip(self, key: str, start: int, end: int, buckets: int) -> Strip:
        if end <= start:
            return samples(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))
        span = end - start
        step = 1000 if span <= 2 * HOUR else 5000 if span <= DAY else 60_000 if span <= 3 * DAY else 300_000
        times = np.arange(-(-start // step) * step, end, step, dtype=np.int64)
        rng = np.random.default_rng(sum(key.encode()) + span % 1000)
        strip = samples(times, self.shapes[key](times, rng), np.zeros(len(times), np.uint8))
        return envelope(strip, width_for(span, buckets)) if len(times) > 4 * buckets else strip


def steady(level: float, noise: float = 0.02, *, a_day: float = 0.0, daily: float = 0.0, since: int = 0, digits: int = 2) -> Shape:
    """`level` at `since`, with a slope, a daily course and noise."""

    def values(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        day = (times - since) / DAY
        return np.round(level + a_day * day + daily * np.sin(2 * np.pi * day) + rng.normal(0, noise, len(times)), digits)

    return values


def slow(shape: Shape, spread: float) -> Shape:
    """The same with slow noise on top, the same however it is asked."""
    wander = echo(np.random.default_rng(int(spread * 1e6)), 9000, 0.95, spread)

    def values(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        return np.round(shape(times, rng) + wander[(times // HOUR) % 9000], 2)

    return values


def floating(volts: float, discharges: Sequence[tuple[int, int, float]]) -> Shape:
    """A battery of 96 lead-acid cells: (begin UTC ms, lasts s, what is left of the capacity); a whole one would last 30 minutes."""

    def values(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        found = volts + rng.normal(0, 0.05, len(times))
        for begin, lasts, left in discharges:
            since = (times - begin) / 1000
            empty = np.clip(since / (1800 * left), 0, 1.2)
            inside = (since >= 0) & (since < lasts)
            found = np.where(inside, 96 * (2.05 - 0.10 * empty - 0.16 * empty**4) + rng.normal(0, 0.05, len(times)), found)
        return np.round(found, 1)

    return values
