"""What is known of the units of one line: questions whose answers may still come, how late and how soon they answer. No wire."""

from collections.abc import Collection
from dataclasses import dataclass, field

from drivers.modbus.pdu import Question

LATE = 10.0
"""Seconds after which the answer to a question that was given up cannot come any more."""
MARGIN = 1.5
"""A time-out is this much longer than the latest answer of late."""
LONGEST = 3.0
"""Seconds that a taught time-out never exceeds (a longer one that is configured stands)."""
FORGETTING = 0.97
"""How much of a unit's remembered lateness is left after each answer in time: half of it after some 23."""
STEADY = 0.1
"""Weight of the newest answer in how soon a unit begins to answer."""
MEASURED = 8
"""Answers after which that is believed."""

MOST_OWED = 3
"""Answers of one shape that are counted: where so many are open there may be more, and time alone helps."""

Key = tuple[int, int, int]
"""What tells one RTU answer from another: unit, function, data bytes."""


@dataclass(slots=True)
class _Open:
    """A question that was given up (None: nobody knows which), asked and given up at these times.

    `owed` answers of its shape may still come: more than one when it was asked again, or another master's question was open as well.
    """

    question: Question | None
    asked: float
    given_up: float
    repeated: bool = False
    owed: int = 1
    silent: bool = False


@dataclass(slots=True)
class _Begin:
    """How soon a unit begins to answer, in seconds, as a moving mean over so many answers."""

    mean: float
    answers: int = 0


@dataclass(slots=True)
class Acquaintance:
    """Memory of one line. It outlives a session: after a reopened port an old answer may still come."""

    _given_up: dict[Key, _Open] = field(default_factory=dict)
    _lateness: dict[int, float] = field(default_factory=dict)
    _begins: dict[int, _Begin] = field(default_factory=dict)
    _unruly: set[tuple[int, int]] = field(default_factory=set)
    transaction: int = 0
    """The number of the newest question of a network. It goes on over connections: a gateway may give an old answer to a new one."""

    def give_up(self, key: Key, question: Question | None, asked: float, now: float, *, silent: bool = False) -> None:
        """This question (None: nobody knows which) got no answer that could be believed: one may still come. `silent` = nothing came at
        all."""
        known = self._given_up.get(key) if key in self.awaited(now) else None
        if known is None or (known.question == question is not None and not known.silent):
            self._given_up[key] = _Open(question, asked, now, silent=silent)
        else:  # also when the same is asked again and nothing had come: two answers to it may follow one another
            of = question if known.question == question else None
            first = asked if of is not None else min(asked, known.asked)
            self._given_up[key] = _Open(of, first, now, owed=min(known.owed + 1, MOST_OWED), silent=silent or known.silent)

    def awaited(self, now: float) -> Collection[Key]:
        """Answers that may still come."""
        if self._given_up:
            for key in [key for key, old in self._given_up.items() if now - old.given_up > LATE]:
                del self._given_up[key]
        return self._given_up.keys()

    def owes(self, key: Key, now: float) -> bool:
        """May an answer still come that could be taken for one of this shape?"""
        return any(self._alike(key, other) for other in self.awaited(now))

    def unruly(self, unit: int, function: int) -> None:
        """It answered with another number of data bytes than it was asked for: where nothing came at all, the length of what may still
        come tells nothing from now on."""
        self._unruly.add((unit, function))

    def _alike(self, key: Key, other: Key) -> bool:
        return key == other or (key[:2] == other[:2] and key[:2] in self._unruly and self._given_up[other].silent)

    def is_of(self, key: Key, question: Question) -> bool:
        """Are the answers that may still come, and could be taken for one of this shape, answers to this very question?"""
        alike = [known.question for other, known in self._given_up.items() if self._alike(key, other)]
        return bool(alike) and all(one == question for one in alike)

    def repeated(self, key: Key) -> None:
        """The same question was asked again and one answer came: a unit answers in order, so the older answer was lost."""
        if key in self._given_up:
            self._given_up[key].repeated = True

    def twofold(self, key: Key) -> bool:
        """Must two answers be expected to a repeated question, of which the second is the new one?"""
        return key in self._given_up and not self._given_up[key].repeated

    def arrived(self, key: Key, now: float, heard: bool) -> bool:
        """An answer of this shape came. Was it a late one? Then the unit is given more time from now on.

        Not `heard` = it came at some time since the question was given up, while nobody listened.
        """
        if key not in self.awaited(now):
            return False
        old = self._given_up[key]
        if old.owed < MOST_OWED:
            old.owed -= 1
        if not old.owed:
            del self._given_up[key]
        self.late(key[0], (now if heard else old.given_up) - old.asked)
        return True

    def late(self, unit: int, latency: float) -> None:
        """The unit took this long for an answer that nobody waited for any more."""
        self._lateness[unit] = max(latency, self._lateness.get(unit, 0.0))

    def in_time(self, unit: int, latency: float, wire: float | None = None) -> None:
        """The unit answered in time: old lateness fades. `wire` = seconds of it that the bytes were under way; None: not known."""
        if wire is not None:
            self._began(unit, max(0.0, latency - wire))
        lateness = self._lateness.get(unit)
        if lateness is not None:
            self._lateness[unit] = max(latency, lateness * FORGETTING)

    def timeout(self, unit: int, configured: float) -> float:
        """Seconds to wait for this unit: what the room file says, longer while the unit is known to be late."""
        lateness = self._lateness.get(unit)
        return configured if lateness is None else max(configured, min(lateness * MARGIN, LONGEST))

    def turnaround(self, unit: int) -> float | None:
        """Seconds until this unit begins to answer, None until that has been measured."""
        begin = self._begins.get(unit)
        return begin.mean if begin is not None and begin.answers >= MEASURED else None

    def _began(self, unit: int, after: float) -> None:
        begin = self._begins.setdefault(unit, _Begin(after))
        begin.answers += 1
        # at first a plain mean, so that one slow first answer does not count for long
        begin.mean += (after - begin.mean) * max(STEADY, 1 / begin.answers)
