"""Slows the guessing of passwords down, per account and per console. In memory; decides nothing else."""

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass

from cityops_desktop.clock import Clock

FREE = 5
"""Wrong passwords before the first wait."""
FIRST_WAIT = 30.0
LONGEST_WAIT = 900.0
FORGET = 900.0
"""Seconds after the end of the last wait until everything is forgotten."""
MOST_KEYS = 10_000
"""Beyond that the one whose wait ends first is forgotten, so that no flood of made-up names sets a waiting one free."""


@dataclass(slots=True)
class _Count:
    wrong: int = 0
    until: float = 0.0


class Throttle:
    """Counts wrong attempts. Thread-safe; an attempt counts as wrong from its beginning, so that many at once gain nothing."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._counts: dict[str, _Count] = {}

    def begin(self, keys: Iterable[str]) -> float:
        """Seconds to wait before these keys may try (0 = go on; the attempt is then counted until `succeeded`)."""
        names = tuple(keys)
        with self._lock:
            now = self._clock.monotonic()
            wait = max((self._counts[name].until - now for name in names if name in self._counts), default=0.0)
            if wait > 0:
                return wait
            for name in names:
                self._count(name, now)
            return 0.0

    def succeeded(self, keys: Iterable[str]) -> None:
        """The password was right: nothing is held against these keys any more."""
        with self._lock:
            for name in keys:
                self._counts.pop(name, None)

    def _count(self, name: str, now: float) -> None:
        count = self._counts.get(name)
        if count is None or now > count.until + FORGET:
            count = _Count()
        count.wrong += 1
        count.until = now
        if count.wrong >= FREE:
            count.until += min(LONGEST_WAIT, FIRST_WAIT * math.pow(2, min(count.wrong - FREE, 10)))
        self._counts[name] = count
        while len(self._counts) > MOST_KEYS:
            del self._counts[min(self._counts, key=lambda known: self._counts[known].until)]
