"""What is known of the units of one line: questions whose answers may still come, and how late they answer. No wire."""

from collections.abc import Collection
from dataclasses import dataclass, field

LATE = 10.0
"""Seconds after which the answer to a question that was given up cannot come any more."""
MARGIN = 1.5
"""A time-out is this much longer than the latest answer of late."""
LONGEST = 3.0
"""Seconds that a taught time-out never exceeds (a longer one that is configured stands)."""
FORGETTING = 0.97
"""How much of a unit's remembered lateness is left after each answer in time: half of it after some 23."""

Key = tuple[int, int, int]
"""What tells one RTU answer from another: unit, function, data bytes."""


@dataclass(slots=True)
class Acquaintance:
    """Memory of one line. It outlives a session: after a reopened port an old answer may still come."""

    _given_up: dict[Key, tuple[float, float]] = field(default_factory=dict)
    _lateness: dict[int, float] = field(default_factory=dict)

    def give_up(self, key: Key, asked: float, now: float) -> None:
        """This question got no answer that could be believed: one may still come."""
        self._given_up[key] = (asked, now)

    def awaited(self, now: float) -> Collection[Key]:
        """Answers that may still come."""
        if self._given_up:
            for key in [key for key, (_, given_up) in self._given_up.items() if now - given_up > LATE]:
                del self._given_up[key]
        return self._given_up.keys()

    def arrived(self, key: Key, now: float, heard: bool) -> bool:
        """An answer of this shape came. Was it a late one? Then the unit is given more time from now on.

        Not `heard` = it came at some time since the question was given up, while nobody listened.
        """
        if key not in self.awaited(now):
            return False
        asked, given_up = self._given_up.pop(key)
        self.late(key[0], (now if heard else given_up) - asked)
        return True

    def late(self, unit: int, latency: float) -> None:
        """The unit took this long for an answer that nobody waited for any more."""
        self._lateness[unit] = max(latency, self._lateness.get(unit, 0.0))

    def in_time(self, unit: int, latency: float) -> None:
        """The unit answered in time: old lateness fades."""
        lateness = self._lateness.get(unit)
        if lateness is not None:
            self._lateness[unit] = max(latency, lateness * FORGETTING)

    def timeout(self, unit: int, configured: float) -> float:
        """Seconds to wait for this unit: what the room file says, longer while the unit is known to be late."""
        lateness = self._lateness.get(unit)
        return configured if lateness is None else max(configured, min(lateness * MARGIN, LONGEST))
