"""What a limit would have done: how often it would have been raised over recorded samples, and for how long it would have stood. Pure.

The rules are those of the alarm book (dead band, delays, no verdict without data, a value stands until it is stale). Runs of samples
that say the same are looked at once, so a month of seconds takes some milliseconds.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.model.points import Limit, LimitKind

Times = NDArray[np.int64]
Values = NDArray[np.float64]
_BROKEN, _BETWEEN, _LEFT, _UNKNOWN = 1, 0, -1, 2


@dataclass(frozen=True, slots=True)
class Replayed:
    """`raised`: so often; `stood`: ms in all; `longest`: ms at a stretch."""

    raised: int
    stood: int
    longest: int


class Replay:
    """One limit over samples that come piece by piece. `stale_after` in ms: so long a value stands for the world."""

    def __init__(self, limit: Limit, stale_after: int) -> None:
        self._limit, self._stale_after = limit, stale_after
        self._on, self._off = round(limit.on_delay * 1000), round(limit.off_delay * 1000)
        self._since: int | None = None
        self._begun: int | None = None
        self._last: tuple[int, int] | None = None
        self._raised = self._stood = self._longest = 0

    def feed(self, times: Times, values: Values) -> None:
        """Samples in the order of time (UTC ms), after those of before; NaN = none that can be used."""
        if not len(times):
            return
        verdicts = self._verdicts(values)
        turned = np.flatnonzero(np.diff(verdicts)) + 1
        gaps = np.flatnonzero(np.diff(times) > self._stale_after) + 1
        heads = np.union1d(np.union1d(turned, gaps), [0])
        for head in heads.tolist():
            self._stale_before(int(times[head]), int(times[head - 1]) if head else None)
            self._take(int(times[head]), int(verdicts[head]))
        self._last = int(times[-1]), int(verdicts[-1])

    def end(self, time: int) -> Replayed:
        """What it came to by this time."""
        if self._last is not None:
            self._stale_before(time, None)
            self._elapse(time)
        stood, longest = self._stood, self._longest
        if self._begun is not None:
            stood, longest = stood + time - self._begun, max(longest, time - self._begun)
        return Replayed(self._raised, stood, longest)

    def _verdicts(self, values: Values) -> NDArray[np.int8]:
        limit = self._limit
        usable = ~np.isnan(values)
        if limit.kind is LimitKind.STATE:
            broken = np.isin(values, limit.states)
            left = ~broken
        elif limit.kind is LimitKind.HIGH:
            broken, left = values > limit.value, values <= round(limit.value - limit.deadband, 9)
        else:
            broken, left = values < limit.value, values >= round(limit.value + limit.deadband, 9)
        found: NDArray[np.int8] = np.select([~usable, broken, left], [_UNKNOWN, _BROKEN, _LEFT], _BETWEEN).astype(np.int8)
        return found

    def _stale_before(self, time: int, before: int | None) -> None:
        """The sample before this time may have become stale in between."""
        if before is None and self._last is not None:
            before = self._last[0]
        if before is not None and time - before > self._stale_after:
            self._take(before + self._stale_after, _UNKNOWN)

    def _take(self, time: int, verdict: int) -> None:
        self._elapse(time)
        standing = self._begun is not None
        if verdict == (_LEFT if standing else _BROKEN):
            self._since = time if self._since is None else self._since
            self._elapse(time)
        else:
            self._since = None

    def _elapse(self, time: int) -> None:
        """The turn of the alarm, if its delay has ended by now."""
        if self._since is None:
            return
        at = self._since + (self._off if self._begun is not None else self._on)
        if at > time:
            return
        self._since = None
        if self._begun is None:
            self._begun = at
            self._raised += 1
        else:
            self._stood += at - self._begun
            self._longest = max(self._longest, at - self._begun)
            self._begun = None
