"""What the answers of devices teach about asking them: what they refuse, how soon they begin to answer. Asks nothing, plans nothing.

A refusal is believed when it has come again and again while the same device answered other questions: one that is starting up, or that
refuses everything, teaches nothing, and a place that was called missing and then answered is not called so again.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from cityops_desktop.model.drivers import Learned, Request
from drivers.modbus.acquaintance import Acquaintance
from drivers.modbus.options import Table
from drivers.modbus.places import places

TIMES = 3
"""Refusals of a place, with right answers of the device between them, after which it is called missing."""
LASTING = 30.0
"""Seconds from the first of them to the last, at least."""
SELDOM = 60.0
"""Seconds between two lessons that change a device's plan; that a missing place answers again is told at once."""
WORTH = 0.02
"""Part of a device's share of the line that another plan must save to be worth a change."""
DIFFERENT = 1.5
"""So many times longer or shorter than it was planned with, a turnaround is told whatever it saves: what a bus costs is shown to people."""
SAME = 0.1
"""A turnaround that differs by no more than this part, or by no more than `TRIFLE` seconds, is the same."""
TRIFLE = 0.001

Plan = Callable[[str, Learned], Sequence[Request]]
"""The requests for a device with what was learned of it."""


@dataclass(slots=True)
class _Doubt:
    """A place was refused so many times, first and last at these times, when the device had given so many right answers."""

    first: float
    last: float
    answers: int
    times: int = 1

    @property
    def certain(self) -> bool:
        return self.times >= TIMES and self.last - self.first >= LASTING


@dataclass(slots=True)
class _Notes:
    """What came of one device since its last lesson."""

    doubts: dict[str, _Doubt] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    fickle: set[str] = field(default_factory=set)
    read: list[tuple[Table, int, int]] = field(default_factory=list)
    answers: int = 0
    told: float = float("-inf")
    weighed: float = float("-inf")


class Lessons:
    """The lessons of one line. Times are monotonic seconds; words are those of `places`."""

    def __init__(self, known: Acquaintance | None = None, plan: Plan | None = None) -> None:
        """`known` measures how soon a unit begins to answer; without a `plan` nothing is weighed by what it would save."""
        self._known = known or Acquaintance()
        self._plan = plan
        self._notes: dict[str, _Notes] = {}

    def answers(self, device: str, table: Table, start: int, count: int) -> None:
        """It gave a right answer to this question."""
        notes = self._of(device)
        notes.answers += 1
        notes.read.append((table, start, count))
        for word in _contradicted(notes.doubts, table, start, count):
            del notes.doubts[word]

    def refuses(self, device: str, words: Iterable[str], now: float) -> None:
        """It refused this."""
        notes = self._of(device)
        for word in words:
            doubt = notes.doubts.get(word)
            if doubt is None:
                notes.doubts[word] = _Doubt(now, now, notes.answers)
            elif notes.answers > doubt.answers:
                doubt.times, doubt.last, doubt.answers = doubt.times + 1, now, notes.answers

    def proves(self, device: str, words: Iterable[str]) -> None:
        """It refused this, asked for nothing else, while it answered what stands around it."""
        self._of(device).missing.update(words)

    def conclude(self, device: str, unit: int, known: Learned, now: float) -> Learned | None:
        """What is worth another plan than the one that was made with `known`; None: nothing."""
        notes = self._of(device)
        answering = {word for read in notes.read for word in _contradicted(known.missing, *read)}
        notes.read.clear()
        notes.fickle |= answering
        if not answering and now - notes.told < SELDOM:
            return None
        missing = (notes.missing | {word for word, doubt in notes.doubts.items() if doubt.certain}) - known.missing - notes.fickle
        turnaround = self._known.turnaround(unit)
        if not answering and not missing and not self._pays(notes, device, known, turnaround, now):
            return None
        notes.told = now
        notes.missing.clear()
        for word in missing:
            notes.doubts.pop(word, None)
        return Learned(known.turnaround if turnaround is None else turnaround, (known.missing | missing) - answering)

    def _of(self, device: str) -> _Notes:
        return self._notes.setdefault(device, _Notes())

    def _pays(self, notes: _Notes, device: str, known: Learned, turnaround: float | None, now: float) -> bool:
        """Is this turnaround worth another plan?"""
        if turnaround is None or now - notes.weighed < SELDOM:
            return False
        notes.weighed = now
        before = known.turnaround
        if before is None:
            return True
        change = turnaround - before
        if abs(change) <= max(TRIFLE, SAME * before):
            return False
        if max(turnaround, before) > DIFFERENT * min(turnaround, before):
            return True
        if self._plan is None:
            return False
        stays = sum((request.cost + change) / request.period for request in self._plan(device, known))
        becomes = sum(request.cost / request.period for request in self._plan(device, Learned(turnaround, known.missing)))
        return becomes < (1 - WORTH) * stays


def _contradicted(words: Collection[str], table: Table, start: int, count: int) -> list[str]:
    """What of these words is wrong, when so many addresses were read from `start`."""
    if not words:
        return []
    read = places(table, start, count)
    return [word for word in words if word in read or _longer(word, table, count)]


def _longer(word: str, table: Table, count: int) -> bool:
    """Does it say that so many addresses cannot be read at once?"""
    head, _, most = word.partition(">")
    return head == f"{table.value} " and most.isdigit() and int(most) < count
