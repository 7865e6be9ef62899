"""Is somebody awake at the duty console (值班 应答)? Pure: no clock, no I/O.

Any key or move of the mouse is an answer, so that whoever works is never asked. Nobody is asked while an alarm waits to be acknowledged:
that asks loudly enough, and a second question would only be in the way.
"""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from enum import Enum

from cityops_desktop.model.rooms import Alertness


class Answer(Enum):
    """What a look came to, of what must be written down."""

    ANSWERED = "answered"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Asked:
    """A check: when it was asked and by when it must be answered (UTC ms)."""

    asked: int
    until: int


class Watch:
    """One for a run of the station. Times given are UTC ms and seconds of the monotonic clock."""

    def __init__(self, rules: Alertness, zone: tzinfo, mono: float) -> None:
        self._rules, self._zone = rules, zone
        self._last = mono
        self._due = 0.0
        self.asked: Asked | None = None
        """The check that waits for an answer, also one that was missed."""
        self.missed = False

    def used(self, mono: float) -> Answer | None:
        """Somebody did something there."""
        self._last = mono
        was, self.asked, self.missed = self.asked, None, False
        return Answer.ANSWERED if was is not None else None

    def look(self, wall: int, mono: float, *, busy: bool) -> Answer | None:
        """Once a second. `busy`: an alarm waits to be acknowledged."""
        if self.missed:
            return None
        if busy or not self._within(wall):
            self._last, self.asked = mono, None
            return None
        if self.asked is None and mono - self._last >= self._rules.every * 60:
            self._due = mono + self._rules.answer * 60
            self.asked = Asked(wall, wall + self._rules.answer * 60_000)
        if self.asked is not None and mono >= self._due:
            self.missed = True
            return Answer.MISSED
        return None

    def _within(self, wall: int) -> bool:
        if self._rules.hours is None:
            return True
        begin, end = self._rules.hours
        clock = f"{datetime.fromtimestamp(wall / 1000, self._zone):%H:%M}"
        return begin <= clock < end if begin <= end else clock >= begin or clock < end
