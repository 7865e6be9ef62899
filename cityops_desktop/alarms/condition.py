"""One condition that can be an alarm: its delays, and its open occurrence if it has one. Knows no other condition."""

import math
from dataclasses import dataclass

from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.points import Level, Limit


@dataclass(slots=True)
class Condition:
    """`since` is the monotonic time from which a change is wanted (None = none is); `present` what is known of the condition itself
    (None = nothing since the start), which limits do not use: their value says it."""

    key: str
    subject: str
    cause: Cause
    level: Level
    on_delay: float
    off_delay: float
    limit: Limit | None = None
    alarm: Alarm | None = None
    since: float | None = None
    present: bool | None = None
    value: float | None = None
    detail: str = ""
    points: int = 0

    @property
    def standing(self) -> bool:
        """Is there an occurrence whose condition has not returned?"""
        return self.alarm is not None and self.alarm.standing

    @property
    def ends(self) -> float:
        """The monotonic time at which the running delay ends; infinity when none runs."""
        if self.since is None:
            return math.inf
        return self.since + (self.off_delay if self.standing else self.on_delay)

    def would_turn(self, value: float) -> bool:
        """Does this value contradict the present state: beyond the limit without an alarm, or back by the dead band with one?"""
        assert self.limit is not None
        return self.limit.left_by(value) if self.standing else self.limit.broken_by(value)

    def raise_alarm(self, id: str, at: int) -> Alarm:
        """A new occurrence, raised at this UTC ms."""
        state = AlarmState.UNACKNOWLEDGED
        return Alarm(id, self.key, self.subject, self.cause, self.level, state, at, self.value, self.bound, self.detail, self.points)

    def raise_again(self, alarm: Alarm) -> Alarm:
        """The same occurrence, standing again; whoever acknowledged it has not seen this."""
        state = AlarmState.UNACKNOWLEDGED
        now = {"level": self.level, "value": self.value, "limit": self.bound, "detail": self.detail, "points": self.points}
        return alarm.with_state(state, returned=None, acknowledged=None, actor=None, actor_name=None, **now)

    @property
    def latches(self) -> bool:
        """Must a person reset it after it has gone?"""
        return self.limit is not None and self.limit.latch

    @property
    def bound(self) -> float | None:
        """The figure of the limit; None for states and for what has no figure."""
        return self.limit.value if self.limit is not None and not self.limit.states else None
