"""The chain of hashes, row by row to its end: every place where it does not hold is named, and what was done there if that can be told.

Pure: rows in, findings out. Keeps three rows in memory.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from cityops_desktop.audit.report import Finding
from cityops_desktop.store import changes

SHIFTS = 1000
"""How far around its place a row is looked for that was moved."""
_MOST_SEARCHES = 50


class Row(NamedTuple):
    """A row as the file holds it; after tampering a column may hold anything."""

    seq: int
    id: object
    kind: object
    subject: object
    rev: object
    actor: object
    time: object
    origin: object
    body: object
    prev: object
    hash: object


class _Seen(NamedTuple):
    row: Row
    computed: bytes | None
    own: bool
    """Does its content give its own hash?"""


class Chain:
    """Feed it every row in the order of seq, then `close`. Neighbouring rows with the same fault become one finding."""

    def __init__(self, found: Callable[[Finding], None]) -> None:
        self._found = found
        self._last: _Seen | None = None
        self._before: _Seen | None = None
        self._open: Finding | None = None
        self._searches = 0

    def feed(self, row: Row) -> None:
        """The next row."""
        computed = _digest(row)
        now = _Seen(row, computed, computed is not None and computed == row.hash)
        expected = self._last.row.seq + 1 if self._last else 1
        if row.seq > expected:
            self._keep(Finding("missing", expected, row.seq - 1))
        elif row.seq < expected:  # before the first
            self._keep(Finding("inserted", row.seq, row.seq, str(row.subject)))
        if not now.own:
            self._keep(self._altered(now))
        elif row.seq == expected and not self._continues(now):
            self._keep(self._broken_link(now))
        self._before, self._last = self._last, now

    def close(self) -> None:
        """No row follows."""
        if self._open is not None:
            self._found(self._open)
        self._open = None

    def _continues(self, now: _Seen) -> bool:
        if self._last is None:
            return now.row.prev == changes.FIRST_PREV
        # a neighbour that was altered has been named: its successor still stands on what it was, or on what it has become
        return now.row.prev in (self._last.row.hash, self._last.computed) or not self._last.own

    def _altered(self, now: _Seen) -> Finding:
        row = now.row
        if self._searches < _MOST_SEARCHES:
            self._searches += 1
            for shift in _shifts():
                if row.seq + shift > 0 and _digest(row._replace(seq=row.seq + shift)) == row.hash:
                    return Finding("out_of_place", row.seq, row.seq, str(row.subject), str(row.seq + shift))
        return Finding("altered", row.seq, row.seq, str(row.subject))

    def _broken_link(self, now: _Seen) -> Finding:
        """The row is whole but does not stand on the one before: that one was put in, or replaced, hash and all."""
        last = self._last
        if last is None:
            return Finding("replaced", now.row.seq, now.row.seq, str(now.row.subject))
        if self._before is not None and now.row.prev == self._before.row.hash:
            return Finding("inserted", last.row.seq, last.row.seq, str(last.row.subject))
        return Finding("replaced", last.row.seq, last.row.seq, str(last.row.subject))

    def _keep(self, finding: Finding) -> None:
        last = self._open
        if last is not None and last.code == finding.code == "altered" and last.to is not None and finding.seq == last.to + 1:
            self._open = Finding(last.code, last.seq, finding.to, last.subject if last.subject == finding.subject else "")
            return
        self.close()
        self._open = finding


def _shifts() -> Iterator[int]:
    for distance in range(1, SHIFTS + 1):
        yield -distance
        yield distance


def _digest(row: Row) -> bytes | None:
    """None for a row that cannot have been written like this: bytes or broken text where there was text."""
    if not isinstance(row.prev, bytes):
        return None
    try:
        return changes.digest(row[:9], row.prev)
    except (TypeError, ValueError):
        return None
