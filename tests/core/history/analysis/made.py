"""Made series whose truth is known: times in UTC ms, values with noise of a seed."""

import numpy as np

HOUR, DAY = 3_600_000, 86_400_000
BEGIN = 1_790_000_000_000 // DAY * DAY


def hours(days: int, every: int = HOUR) -> np.ndarray:
    """The middle of every hour of so many days."""
    return BEGIN + every // 2 + np.arange(days * DAY // every, dtype=np.int64) * every


def echo(rng: np.random.Generator, count: int, keeps: float, spread: float = 1.0) -> np.ndarray:
    """Noise of which each value keeps a part of the one before; its spread stays the same."""
    fresh = rng.normal(0, spread, count)
    result = fresh.copy()
    for n in range(1, count):
        result[n] = keeps * result[n - 1] + np.sqrt(1 - keeps**2) * fresh[n]
    return result
