"""The clock that is handed in everywhere, so that tests of timing never sleep. Never reads time zones."""

import time
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for every duration and deadline."""

    def wall(self) -> int:
        """UTC in milliseconds since 1970; may jump when the site's clock is set."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards; only differences mean anything."""
        ...


class SystemClock:
    """The machine's own clocks."""

    def wall(self) -> int:
        """UTC in milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Seconds since an arbitrary start."""
        return time.monotonic()
