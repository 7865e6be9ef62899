"""What points were within a span, reckoned from the history by the station. Keeps nothing, asks nobody else."""

from collections.abc import Iterable, Sequence

from cityops_desktop.history.history import History
from cityops_desktop.link.messages import PointInfo
from cityops_desktop.link.trends import Figure
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import Kind

LONGEST_EXACT_MS = 7 * 86_400_000
"""Up to here every sample is read, which takes a second for 16 points; beyond, roll-ups tell all but the mean."""
BUCKETS = 1000


def figures(history: History, points: Sequence[PointInfo], start: int, end: int) -> list[Figure]:
    """One for each point, in their order. Blocks."""
    exact = end - start <= LONGEST_EXACT_MS
    by_key = {point.key: _Reckoning(point) for point in points}
    parts: Iterable[tuple[str, Strip]]
    parts = history.samples(list(by_key), start, end) if exact else history.past(list(by_key), start, end, BUCKETS).strips.items()
    for key, strip in parts:
        by_key[key].take(strip)
    return [one.figure(exact) for one in by_key.values()]


class _Reckoning:
    """One point, piece by piece in the order of time."""

    def __init__(self, point: PointInfo) -> None:
        self._point = point
        self._count = self._bad = 0
        self._sum = 0.0
        self._low: float | None = None
        self._high: float | None = None
        self._last: float | None = None

    def take(self, strip: Strip) -> None:
        """The next piece."""
        usable = strip.count > 0
        self._bad += int((~usable).sum())
        if not usable.any():
            return
        low, high = float(strip.low[usable].min()), float(strip.high[usable].max())
        self._low = low if self._low is None else min(low, self._low)
        self._high = high if self._high is None else max(high, self._high)
        self._last = float(strip.last[usable][-1])
        self._count += int(strip.count[usable].sum())
        self._sum += float(strip.first[usable].sum())

    def figure(self, exact: bool) -> Figure:
        """`exact`: the pieces were samples, not buckets."""
        point = self._point
        mean = self._sum / self._count if exact and self._count and point.kind is not Kind.DIGITAL else None
        return Figure(
            key=point.key,
            names=point.names,
            unit=point.unit,
            decimals=point.decimals,
            low=self._low,
            mean=mean,
            high=self._high,
            last=self._last,
            count=self._count,
            bad=self._bad if exact else None,
        )
