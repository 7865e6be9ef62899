"""What lies over alarms so that they do not sound: shelves, times out of service, and causes whose consequences they are. Pure.

A shelf is a person's and of one condition; a time out of service is of everything that hangs on a device, a line or a rack; both end by
the clock of the run (monotonic), so that a clock that is set back makes neither longer.

A consequence comes with its cause: within TOGETHER_SECONDS of its coming, before or after, or within HOLD_SECONDS of its going. What
comes later is news and stands for itself, however long the cause stands. The cause is at least as severe: nothing critical is ever
hidden by something minor. And it is there to be seen: what a person hides takes nothing with it. Decides only who is covered; what
follows is the book's.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cityops_desktop.model.alarms import Hidden
from cityops_desktop.model.points import Level

TOGETHER_SECONDS = 60.0
"""So far apart a cause and its consequence may come, in either order: delays of limits, and the time until a slow device is read."""
HOLD_SECONDS = 30.0
"""So long after a cause has gone its consequences may follow; those that then still stand are news."""
APART_SECONDS = 2.0
"""Between two shelves that end by themselves at the same time: ends that come together must make no flood (ISA-18.2, 11.7.3)."""


class Cover(NamedTuple):
    """Why something is hidden; until when (UTC ms); and whatever the reason, under which alarm's key it lies."""

    hidden: Hidden
    until: int | None = None
    under: str = ""


class _Time(NamedTuple):
    until: int
    ends: float


class _Coming(NamedTuple):
    """When a condition came, and how severe it is."""

    mono: float
    level: Level


@dataclass(slots=True)
class _Cause:
    """`since` when it came, `ends` when its consequences had their while after it went (None: it stands)."""

    subject: str
    level: float
    since: float
    ends: float | None = None


class Covers:
    """`parents`: by a condition's key the keys of those whose consequence it is, the nearest first."""

    def __init__(self, parents: Mapping[str, Sequence[str]]) -> None:
        self._under: dict[str, str] = {}
        self.refold(parents)
        self._shelves: dict[str, _Time] = {}
        self._services: dict[str, _Time] = {}
        self._served: dict[str, frozenset[str]] = {}
        self._causes: dict[str, _Cause] = {}
        self._came: dict[str, _Coming] = {}
        self._next = -math.inf

    def refold(self, parents: Mapping[str, Sequence[str]]) -> list[str]:
        """Other parents from now on. Which conditions lay under one that is none of theirs any more: they stand for themselves."""
        self._parents = {key: tuple(above) for key, above in parents.items()}
        self._below: dict[str, list[str]] = {}
        for key, above in self._parents.items():
            for parent in above:
                self._below.setdefault(parent, []).append(key)
        freed = [key for key, under in self._under.items() if under not in self._parents.get(key, ())]
        for key in freed:
            del self._under[key]
        return freed

    def of(self, key: str, subject: str) -> Cover | None:
        """What lies over this condition, the strongest first: out of service, a shelf, a cause."""
        under = self._under.get(key, "")
        services = [self._services[target] for target, subjects in self._served.items() if subject in subjects]
        if services:
            return Cover(Hidden.OUT_OF_SERVICE, max(time.until for time in services), under)
        if key in self._shelves:
            return Cover(Hidden.SHELVED, self._shelves[key].until, under)
        return Cover(Hidden.SUPPRESSED, None, under) if under else None

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

    def services_over(self, mono: float) -> list[str]:
        """Targets whose time out of service is over."""
        return [target for target, time in self._services.items() if time.ends <= mono]

    def shelves_over(self, mono: float) -> list[str]:
        """Conditions whose time on the shelf is over."""
        return [key for key, time in self._shelves.items() if time.ends <= mono]

    def may_sound(self, mono: float) -> bool:
        """May the next shelf end by itself that has something to say? If so, the one after it waits a while."""
        if mono < self._next:
            return False
        self._next = mono + APART_SECONDS
        return True

    def comes(self, key: str, subject: str, level: Level, mono: float) -> list[str]:
        """The condition came at this time: what lies over it, and those that turn out to be its consequences."""
        if key in self._parents:
            self._came[key] = _Coming(mono, level)
            self._lay(key)
        if key not in self._below:
            return []
        self._causes[key] = _Cause(subject, level, mono)
        changed = []
        for below in self._below[key]:
            before = self._under.get(below)
            if below in self._came and abs(mono - self._came[below].mono) <= TOGETHER_SECONDS:
                self._lay(below)
            elif before == key and below in self._came and self._came[below].level < level:
                del self._under[below]
            if self._under.get(below) != before:
                changed.append(below)
        return changed

    def _lay(self, key: str) -> None:
        """Under the farthest cause with which it came; under none if there is none."""
        above = [parent for parent in self._parents[key] if self._brings(parent, self._came[key])]
        if above:
            self._under[key] = above[-1]
        else:
            self._under.pop(key, None)

    def _brings(self, parent: str, came: _Coming) -> bool:
        cause = self._causes.get(parent)
        if cause is None or cause.level > came.level or self._hidden_by_a_person(parent, cause.subject):
            return False
        return cause.ends is not None or abs(came.mono - cause.since) <= TOGETHER_SECONDS

    def _hidden_by_a_person(self, key: str, subject: str) -> bool:
        return key in self._shelves or any(subject in subjects for subjects in self._served.values())

    def goes(self, key: str, mono: float) -> None:
        """The condition went: what it brought gets a while to go, too."""
        cause = self._causes.get(key)
        if cause is not None and cause.ends is None:
            cause.ends = mono + HOLD_SECONDS

    def let_go(self, mono: float) -> list[str]:
        """What lies under causes whose consequences had their while."""
        over = [key for key, cause in self._causes.items() if cause.ends is not None and cause.ends <= mono]
        for key in over:
            del self._causes[key]
        return self._lying_under(over)

    def lying_under(self, key: str) -> list[str]:
        """Conditions that lie under this one now."""
        return self._lying_under((key,))

    def _lying_under(self, keys: Collection[str]) -> list[str]:
        return [below for below, under in self._under.items() if under in keys]

    def brings_nothing(self, keys: Iterable[str]) -> list[str]:
        """A person has hidden these causes: what lay under them stands for itself from now on. Which that is."""
        freed = self._lying_under({*keys})
        for below in freed:
            del self._under[below]
        return freed

    def holds(self, key: str) -> bool:
        """Does this cause stand, or did it go only just now?"""
        return key in self._causes

    def free(self, key: str) -> None:
        """It is no consequence of anything any more."""
        self._under.pop(key, None)

    def ended(self, key: str) -> None:
        """Its occurrence is over."""
        self._under.pop(key, None)
        self._came.pop(key, None)

    def remember(self, key: str, under: str, level: Level) -> None:
        """It lay under this one in the former run."""
        if under in self._parents.get(key, ()):
            self._under[key] = under
            self._came.setdefault(key, _Coming(-math.inf, level))

    def stood(self, key: str, subject: str, level: Level, since: float) -> None:
        """This one has stood since a time in the former run."""
        if key in self._below:
            self._causes[key] = _Cause(subject, level, since)

    def settle(self, mono: float) -> None:
        """What the former run knew is told. Causes that had just gone bring nothing new, but keep what lies under them for a while."""
        for below, under in list(self._under.items()):
            cause = self._causes.get(under)
            if cause is None:
                self._causes[under] = _Cause("", math.inf, -math.inf, mono + HOLD_SECONDS)
            elif self._came[below].level < cause.level < math.inf:
                del self._under[below]
