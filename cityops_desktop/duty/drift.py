"""Does a sensor drift? From the differences between what people read at its place and what the station knew at that time. Pure."""

from collections.abc import Sequence
from statistics import median

LAST = 6
"""So many differences are looked at, the newest."""
AGREE = 5
"""So many of them, and the newest, must lie beyond the tolerance on the same side: one misreading neither makes nor hides a drift."""


def drift(differences: Sequence[float], tolerance: float) -> float | None:
    """The median of the newest ones (they come newest first) when they say that the sensor drifts; None when they do not."""
    recent = differences[:LAST]
    if len(recent) < LAST:
        return None
    side = 1 if recent[0] > 0 else -1
    beyond = [difference for difference in recent if difference * side > tolerance]
    if len(beyond) < AGREE or recent[0] * side <= tolerance:
        return None
    return median(recent)
