"""What charts of the half-year cost: asked of the files, with the file cache dropped where it says cold."""

import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench.history_parts import halfyear
from cityops_desktop.clock import SystemClock
from cityops_desktop.history.archive import Archive
from cityops_desktop.store.shelf import ReadShelf

BEGIN = halfyear.FIRST * halfyear.DAY_MS
END = BEGIN + halfyear.DAYS * halfyear.DAY_MS - 1
BUCKETS = 1400
"""Pixels of a chart on a screen of 1920."""
CURVES = 16


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds, in order."""

    ms: list[float]

    @property
    def middle(self) -> float:
        """The median."""
        return statistics.median(self.ms)

    @property
    def spread(self) -> str:
        """From the least to the most."""
        return f"{min(self.ms):.1f} to {max(self.ms):.1f}"


def drop(data: Path) -> None:
    """Let the system forget what it has read of these files."""
    for path in data.glob("history-*.db*"):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(handle)


class Asking:
    """A station's archive of the half-year, its files open and its point tables known."""

    def __init__(self, data: Path, seed: int) -> None:
        self.data = data
        self.shelf = ReadShelf(data, SystemClock())
        self.archive = Archive(self.shelf)
        self.archive.points()
        self.dice = random.Random(seed)
        self.keys = [source.point.key for source in halfyear.sources()]

    def sixteen(self) -> list[str]:
        """Any points."""
        return self.dice.sample(self.keys, CURVES)

    def day(self) -> int:
        """The begin of any 24 hours, UTC ms."""
        return self.dice.randrange(BEGIN, END - halfyear.DAY_MS)

    def timed(self, ask: Callable[[], object], rounds: int, *, cold: bool) -> Times:
        """Ask so many times."""
        found = []
        for _ in range(rounds):
            if cold:
                drop(self.data)
            began = time.perf_counter()
            ask()
            found.append((time.perf_counter() - began) * 1000)
        return Times(sorted(found))

    def half_year(self) -> None:
        """A chart of 16 points over all of it."""
        past = self.archive.past(self.sixteen(), BEGIN, END, BUCKETS)
        assert len(past.strips) == CURVES and min(len(strip) for strip in past.strips.values()) > 700

    def whole_day(self) -> None:
        """24 hours of 16 points, every sample."""
        start, rows = self.day(), 0
        for _, strip in self.archive.samples(self.sixteen(), start, start + halfyear.DAY_MS - 1):
            rows += len(strip)
        assert rows > 0.9 * CURVES * halfyear.SECONDS

    def overview(self) -> None:
        """All points over all of it."""
        past = self.archive.past(self.keys, BEGIN, END, 200)
        assert len(past.strips) == len(self.keys)

    def one(self) -> None:
        """One point over all of it."""
        self.archive.past([self.keys[0]], BEGIN, END, BUCKETS)

    def close(self) -> None:
        """Let go of the files."""
        self.shelf.close()
