"""The middle and the slow end of some durations. Pure."""

import math
from collections.abc import Iterable


def median(values: Iterable[float]) -> float | None:
    """Half took at most so long; None = there are none."""
    ordered = sorted(values)
    if not ordered:
        return None
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def p95(values: Iterable[float]) -> float | None:
    """All but the slowest twentieth took at most so long (nearest rank); None = there are none."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(0.95 * len(ordered)) - 1)] if ordered else None
