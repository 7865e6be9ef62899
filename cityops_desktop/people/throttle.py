"""Slows the guessing of passwords down, per name and per console. In memory; decides nothing else."""

import math
import threading
from collections.abc import Mapping
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


@dataclass(frozen=True, slots=True)
class Rule:
    """`free` tries, then a wait of `first` seconds. `grows`: each further try doubles it; otherwise the tries are free again after it."""

    free: int = FREE
    first: float = FIRST_WAIT
    longest: float = LONGEST_WAIT
    grows: bool = True

    def wait(self, wrong: int) -> float:
        """Seconds to wait after so many wrong tries in a row."""
        if wrong < self.free:
            return 0.0
        return min(self.longest, self.first * math.pow(2, min(wrong - self.free, 10)))


GROWING = Rule()


def lock(tries: int, seconds: int) -> Rule:
    """A name is held for so long after so many tries, whether there is such an account or not."""
    return Rule(tries, seconds, seconds, grows=False)


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

    def begin(self, keys: Mapping[str, Rule]) -> float:
        """Seconds to wait before these keys may try (0 = go on; the attempt is then counted until `succeeded` or `taken_back`)."""
        with self._lock:
            now = self._clock.monotonic()
            wait = max((self._counts[name].until - now for name in keys if name in self._counts), default=0.0)
            if wait > 0:
                return wait
            for name, rule in keys.items():
                self._count(name, rule, now)
            return 0.0

    def held(self, key: str) -> float:
        """Seconds that this key must still wait, 0 when it need not."""
        with self._lock:
            count = self._counts.get(key)
            return max(0.0, count.until - self._clock.monotonic()) if count is not None else 0.0

    def succeeded(self, *keys: str) -> None:
        """It was right: nothing is held against these keys any more."""
        with self._lock:
            for name in keys:
                self._counts.pop(name, None)

    def taken_back(self, keys: Mapping[str, Rule]) -> None:
        """An attempt that was neither right nor wrong (the code was still missing): it alone is not held against these keys."""
        with self._lock:
            now = self._clock.monotonic()
            for name, rule in keys.items():
                count = self._counts.get(name)
                if count is not None:
                    count.wrong = max(0, count.wrong - 1)
                    if count.wrong < rule.free:
                        count.until = now

    def _count(self, name: str, rule: Rule, now: float) -> None:
        count = self._counts.get(name)
        if count is None or now > count.until + FORGET or (not rule.grows and count.wrong >= rule.free):
            count = _Count()
        count.wrong += 1
        count.until = now + rule.wait(count.wrong)
        self._counts[name] = count
        while len(self._counts) > MOST_KEYS:
            del self._counts[min(self._counts, key=lambda known: self._counts[known].until)]
