"""What lies over alarms so that they do not sound: shelves, times out of service, and causes whose consequences they are. Pure.

A shelf is a person's and of one condition; a time out of service is of everything that hangs on a device, a line or a rack; both end by
the clock of the run (monotonic), so that a clock that is set back makes neither longer. A consequence lies under a cause that is at
least as severe: nothing critical is ever hidden by something minor. Decides only who is covered; what follows is the book's.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from cityops_desktop.model.alarms import Hidden
from cityops_desktop.model.points import Level

HOLD_SECONDS = 30.0
"""So long after a cause has gone its consequences may follow; those that then still stand are news."""
APART_SECONDS = 2.0
"""Between two shelves that end by themselves at the same time: ends that come together must make no flood (ISA-18.2, 11.7.3)."""


class Cover(NamedTuple):
    """Why something is hidden; until when (UTC ms), under which alarm's key."""

    hidden: Hidden
    until: int | None = None
    under: str = ""


class _Time(NamedTuple):
    until: int
    ends: float


class Covers:
    """`parents`: by a condition's key the keys of those whose consequence it is, the nearest first."""

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        self._parents = {key: tuple(above) for key, above in parents.items()}
        self._below: dict[str, list[str]] = {}
        for key, above in self._parents.items():
            for parent in above:
                self._below.setdefault(parent, []).append(key)
        self._shelves: dict[str, _Time] = {}
        self._services: dict[str, _Time] = {}
        self._served: dict[str, frozenset[str]] = {}
        self._causes: dict[str, Level] = {}
        self._held: dict[str, float] = {}
        self._next = -math.inf

    def of(self, key: str, subject: str, level: Level) -> Cover | None:
        """What lies over this condition, the strongest first: out of service, a shelf, a cause."""
        services = [self._services[target] for target, subjects in self._served.items() if subject in subjects]
        if services:
            return Cover(Hidden.OUT_OF_SERVICE, max(time.until for time in services))
        if key in self._shelves:
            return Cover(Hidden.SHELVED, self._shelves[key].until)
        above = [parent for parent in self._parents.get(key, ()) if self._causes.get(parent, math.inf) <= level]
        return Cover(Hidden.SUPPRESSED, None, above[-1]) if above else None

    def shelve(self, key: str, until: int, ends: float) -> None:
        """Until then; one that lies there already ends then instead."""
        self._shelves[key] = _Time(until, ends)

    def unshelve(self, key: str) -> bool:
        """Was it shelved?"""
        return self._shelves.pop(key, None) is not None

    def shelved(self, key: str) -> bool:
        """Is it shelved?"""
        return key in self._shelves

    def out_of_service(self, target: str) -> bool:
        """Is it?"""
        return target in self._services

    def begin_service(self, target: str, subjects: Collection[str], until: int, ends: float) -> None:
        """These subjects are out of service, for this target is."""
        self._services[target], self._served[target] = _Time(until, ends), frozenset(subjects)

    def end_service(self, target: str) -> frozenset[str]:
        """They are in service again; which they were."""
        self._services.pop(target, None)
        return self._served.pop(target, frozenset())

    def over(self, mono: float) -> tuple[str | None, list[str]]:
        """The shelf that ends now, if one does, and the targets whose time out of service is over. They end here."""
        services = [target for target, time in self._services.items() if time.ends <= mono]
        due = min((key for key, time in self._shelves.items() if time.ends <= mono), default=None)
        if due is None or mono < self._next:
            return None, services
        self._next = mono + APART_SECONDS
        del self._shelves[due]
        return due, services

    def is_cause(self, key: str) -> bool:
        """Can it have consequences?"""
        return key in self._below

    def consequences(self, key: str) -> Iterator[str]:
        """Conditions that lie below this one."""
        return iter(self._below.get(key, ()))

    def stands(self, key: str, level: Level) -> None:
        """A cause came."""
        self._causes[key] = level
        self._held.pop(key, None)

    def gone(self, key: str, mono: float) -> None:
        """A cause went: what it brought gets a while to go, too."""
        if key in self._causes:
            self._held.setdefault(key, mono + HOLD_SECONDS)

    def let_go(self, mono: float) -> list[str]:
        """Causes whose consequences had their while."""
        over = [key for key, ends in self._held.items() if ends <= mono]
        for key in over:
            del self._held[key], self._causes[key]
        return over
