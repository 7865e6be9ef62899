"""How much each source may send: a bucket for each, and what was too much is counted, never silently forgotten. Pure."""

from collections import OrderedDict
from dataclasses import dataclass

MOST_SOURCES = 2000
"""Sources that are remembered; the one heard of longest ago is forgotten first."""
OTHERS = ""
"""What was too much of sources that are forgotten."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float
    dropped: int = 0


class Rates:
    """`lines` a second for each source for ever, `burst` at once; over all sources `whole` a second."""

    def __init__(self, lines: float, burst: float, whole: float) -> None:
        self._lines, self._burst, self._whole = lines, burst, whole
        self._sources: OrderedDict[str, _Bucket] = OrderedDict()
        self._all = _Bucket(whole, 0.0)
        self._forgotten = 0
        self.dropped = 0
        """Lines that were too much, since the start."""

    def take(self, source: str, mono: float) -> bool:
        """May this line be kept?"""
        bucket = self._sources.get(source)
        if bucket is None:
            bucket = self._sources[source] = _Bucket(self._burst, mono)
            if len(self._sources) > MOST_SOURCES:
                self._forgotten += self._sources.popitem(last=False)[1].dropped
        self._sources.move_to_end(source)
        if self._has(bucket, self._lines, self._burst, mono) and self._has(self._all, self._whole, self._whole, mono):
            bucket.tokens -= 1
            self._all.tokens -= 1
            return True
        bucket.dropped += 1
        self.dropped += 1
        return False

    def lost(self, most: int) -> list[tuple[str, int]]:
        """What was too much since the last time, by source, the worst first; all but `most` sources together under OTHERS."""
        found = [(source, bucket.dropped) for source, bucket in self._sources.items() if bucket.dropped]
        for source, _ in found:
            self._sources[source].dropped = 0
        found.sort(key=lambda one: -one[1])
        others, self._forgotten = self._forgotten + sum(count for _, count in found[most:]), 0
        return found[:most] + ([(OTHERS, others)] if others else [])

    @staticmethod
    def _has(bucket: _Bucket, rate: float, most: float, mono: float) -> bool:
        bucket.tokens = min(most, bucket.tokens + max(0.0, mono - bucket.at) * rate)
        bucket.at = mono
        return bucket.tokens >= 1
