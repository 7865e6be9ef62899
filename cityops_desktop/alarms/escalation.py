"""Who is to be told of which alarm now, by which way. Pure: no clock, no I/O; who sends, and what came of it, is the caller's.

A step of the call list is due for an alarm that nobody has acknowledged for so long, once. An acknowledge stops it, and so does whatever
hides the alarm; when that ends and nobody has acknowledged it, the steps begin anew. The two highest levels go on after the condition
has gone, as their sound does (model/alarms.py); a milder one that comes and goes begins no ladder of its own. Self-tests are not told here.

What becomes due together is one message. After a message to a receiver by a way the next one waits, so that a flood is "12 alarms" and
not twelve messages; only something worse than was told just now does not wait. Nothing that waits is forgotten: it stays due.
"""

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from cityops_desktop.model.alarms import TESTS, Alarm
from cityops_desktop.model.notify import By, Call, Step
from cityops_desktop.model.points import Level

GATHER = 60.0
"""Seconds that the next message to the same receiver by the same way gathers what comes."""
CROWDED = 600.0
"""The same after as many messages in an hour as the receiver bears."""
HOUR = 3600.0
OWN = "station#notify:"
"""Keys of the alarms about a way that fails begin so, and go on with the way's id."""


@dataclass(frozen=True, slots=True)
class Due:
    """One message to be sent: to whom, by which step, about which alarms, the worst and newest first."""

    call: Call
    step: Step
    alarms: tuple[Alarm, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A message of before (another run): the receiver's id, the step's key, the ids of the alarms, when (UTC ms)."""

    call: str
    step: str
    alarms: Sequence[str]
    time: int


class Escalation:
    """The call list at work; `zone` is the room's, for quiet hours."""

    def __init__(self, calls: Sequence[Call], zone: tzinfo) -> None:
        self._calls, self._zone = calls, zone
        self._since: dict[str, float] = {}
        self._covered: set[str] = set()
        self._levels: dict[str, Level] = {}
        self._told: dict[str, set[tuple[str, str]]] = {}
        self._pace: dict[tuple[str, str, str], _Pace] = {}

    def restore(self, told: Iterable[Told], uncovered: Mapping[str, int], alarms: Iterable[Alarm], wall: int, mono: float) -> None:
        """What an earlier run has told of the alarms that are open now, and when (UTC ms) those of them that had been hidden came back."""
        known = {alarm.id: alarm for alarm in alarms}
        self._levels = {alarm.id: alarm.level for alarm in known.values()}
        steps = {call.id: {step.key: step for step in call.steps} for call in self._calls}
        for message in told:
            for id in message.alarms:
                if id in known and message.time >= uncovered.get(id, 0):
                    self._told.setdefault(id, set()).add((message.call, message.step))
            step = steps.get(message.call, {}).get(message.step)
            if step is not None and 0 <= wall - message.time < HOUR * 1000:
                self._paced(message.call, step).times.append(mono - (wall - message.time) / 1000)
        for id, time in uncovered.items():
            if id in known:
                self._since[id] = mono - max(0.0, (wall - time) / 1000)
        # what was hidden when the former run ended, and no more now, is told anew
        self._covered = {alarm.id for alarm in known.values() if not alarm.unseen or alarm.hidden is not None}

    def due(self, alarms: Iterable[Alarm], wall: int, mono: float) -> list[Due]:
        """What must be told now, each step once; `alarms` are all that are open. What is named here counts as told."""
        waiting = self._waiting(alarms, wall, mono)
        if not waiting:
            return []
        clock = f"{datetime.fromtimestamp(wall / 1000, self._zone):%H:%M}"
        found = []
        for call in self._calls:
            quiet = call.quiet is not None and _within(clock, *call.quiet)
            for step in call.steps:
                level = min(step.level, call.quiet_level) if quiet else step.level
                chosen = [
                    alarm
                    for alarm, age in waiting
                    if alarm.level <= level and age >= step.after and self._is_new(alarm, call, step) and alarm.key != OWN + step.way
                ]
                if chosen and self._paced(call.id, step).free(mono, chosen[0].level, call.per_hour):
                    self._paced(call.id, step).went(mono, chosen[0].level)
                    for alarm in chosen:
                        self._told.setdefault(alarm.id, set()).add((call.id, step.key))
                    found.append(Due(call, step, tuple(chosen)))
        return found

    def untold(self, told: Told) -> None:
        """This message did not go out after all, for nobody needed it then: its step is due again when somebody does."""
        for id in told.alarms:
            self._told.get(id, set()).discard((told.call, told.step))

    def ended(self, alarms: Iterable[Alarm]) -> list[Due]:
        """What must be told of alarms that have just ended: to receivers that want it and were told of them, by the way that they know."""
        over = [(alarm, self._told.pop(alarm.id, set())) for alarm in sorted(alarms, key=_urgency)]
        found = []
        for call in self._calls:
            for step in call.steps if call.ended else ():
                theirs = tuple(alarm for alarm, told in over if _first(call, told) == step.key)
                if theirs:
                    found.append(Due(call, step, theirs))
        return found

    def _waiting(self, alarms: Iterable[Alarm], wall: int, mono: float) -> list[tuple[Alarm, float]]:
        """Those that somebody must hear of, with the seconds since when; the most urgent first."""
        found, wanted, covered = [], set(), set()
        for alarm in alarms:
            if alarm.cause in TESTS:
                continue
            if not alarm.unseen or alarm.hidden is not None:
                covered.add(alarm.id)
                continue
            wanted.add(alarm.id)
            if alarm.level < self._levels.get(alarm.id, alarm.level):  # whoever was told of the milder has not heard of this
                self._since[alarm.id] = mono
                self._told.pop(alarm.id, None)
            self._levels[alarm.id] = alarm.level
            if alarm.id not in self._since:
                again = alarm.id in self._covered
                self._since[alarm.id] = mono if again else mono - max(0.0, (wall - alarm.raised) / 1000)
                if again:
                    self._told.pop(alarm.id, None)
            if alarm.audible:
                found.append((alarm, mono - self._since[alarm.id]))
        self._covered = covered
        for id in [id for id in self._since if id not in wanted]:
            del self._since[id]
            self._levels.pop(id, None)
        return sorted(found, key=lambda one: _urgency(one[0]))

    def _is_new(self, alarm: Alarm, call: Call, step: Step) -> bool:
        return (call.id, step.key) not in self._told.get(alarm.id, ())

    def _paced(self, call: str, step: Step) -> "_Pace":
        return self._pace.setdefault((call, step.way, step.by), _Pace())


class _Pace:
    """When (monotonic) one receiver was told by one way during the last hour."""

    def __init__(self) -> None:
        self.times: deque[float] = deque()
        self._level = 9

    def free(self, mono: float, level: int, per_hour: int) -> bool:
        """May the next message go out?"""
        while self.times and mono - self.times[0] >= HOUR:
            self.times.popleft()
        if not self.times or level < self._level:
            return True
        return mono - self.times[-1] >= (CROWDED if len(self.times) >= per_hour else GATHER)

    def went(self, mono: float, level: int) -> None:
        """One goes out now."""
        self.times.append(mono)
        self._level = level


def _urgency(alarm: Alarm) -> tuple[int, int, str]:
    return (alarm.level, -alarm.raised, alarm.id)


def _first(call: Call, told: set[tuple[str, str]]) -> str | None:
    """The first step of this receiver by which it was told; nobody is rung up because something is over."""
    return next((step.key for step in call.steps if step.by is not By.CALL and (call.id, step.key) in told), None)


def _within(clock: str, start: str, end: str) -> bool:
    """Is this time of day in a span that may go over midnight?"""
    return start <= clock < end if start <= end else clock >= start or clock < end
