"""A data directory's past as a command line sees it, beside a running station or without one: what is sealed, and what the journal holds.

Reads only.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.journal import unsealed
from cityops_desktop.history.layout import Layout
from cityops_desktop.model.envelope import Strip
from cityops_desktop.store import frames
from cityops_desktop.store.shelf import ReadShelf
from cityops_desktop.store.sqlite import ask
from cityops_desktop.store.store import JOURNAL


class Recorded:
    """One for a command. `close` it."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._journal = data / JOURNAL
        self._clock = clock
        self.shelf = ReadShelf(data, clock)
        self.archive = Archive(self.shelf)

    def keys(self) -> list[str]:
        """Every point of which something may be recorded."""
        return sorted({row.key for row in self.archive.points()} | (set(ask(self._journal, _keys)) if self._journal.exists() else set()))

    def samples(self, keys: Sequence[str], start: int, end: int) -> Iterator[tuple[str, Strip]]:
        """Every sample of these points from `start` to `end` (UTC ms, both included), some hours at a time, in them point by point.

        The journal is read first: what is sealed meanwhile is neither lost nor told twice."""
        until, tick = self.archive.until, self.archive.tick
        recent: dict[str, Strip] = {}
        if self._journal.exists():
            recent = ask(self._journal, lambda conn: unsealed(conn, keys, until, tick))
        last = min(end, until - 1) if 0 < until <= self._clock.wall() else end
        yield from self.archive.samples(keys, start, last)
        for key in keys:
            if key in recent and len(strip := recent[key].between(start, end)):
                yield key, strip

    def close(self) -> None:
        """Close what was read."""
        self.shelf.close()


def _keys(conn: Connection) -> list[str]:
    return [key for text in frames.layouts(conn).values() for key in Layout.from_json(text).keys]
