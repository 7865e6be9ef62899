"""May we speak on this line? A line has one master: we listen before we speak, and give way to another one. Pure: reads no clock."""

from cityops_desktop.model.drivers import Manners

GIVE_WAY = 60.0
"""Seconds without a request of another master after which the line is taken to be ours again."""
LONGEST_WAY = 3600.0
"""Longest such wait: a master that asks more seldom than each twenty minutes is not known to be there."""
PATIENCE = 3.0
"""So many times the longest pause between two of its requests another master must have been quiet."""
SURE = 2
"""Foreign requests within `REMEMBERED` while we speak ourselves that are no accident; while we only listen, one is enough."""
REMEMBERED = 600.0
"""Seconds that a single foreign request is remembered."""
APART = 0.5
"""By this part of their time two of our own stations on one line, which give way to each other, may wait longer, each by its lot: the
first one to come back has the line, and the other hears it."""
LATER = 0.1
"""The same of the time that is listened first."""


class Courtesy:
    """One line. `opened` and `heard` tell what happened, `may_speak` is the answer; all times are monotonic seconds.

    `lot`, from 0 to 1, is drawn once for each line of each station.
    """

    def __init__(self, manners: Manners, lot: float = 0.0) -> None:
        self._manners = manners
        self._lot = lot
        self._listened = False
        self._until = 0.0
        self._requests: list[float] = []
        self._pause = 0.0
        self._last: float | None = None

    @property
    def listen_only(self) -> bool:
        """Must this line never be spoken on?"""
        return self._manners.listen_only

    def opened(self, now: float) -> None:
        """The wire was opened: it is listened to before we speak, for the whole time until that was once done to its end."""
        self._until = now + (self._manners.again if self._listened else self._manners.first * (1 + LATER * self._lot))

    def heard(self, now: float, foreign: int, speaking: bool) -> None:
        """So many requests of another master came just now, while we also spoke, or only listened."""
        self._listened = self._listened or now >= self._until
        if not foreign:
            return
        if self._last is None:
            self._requests = [at for at in self._requests if now - at <= REMEMBERED] + [now] * min(foreign, SURE)
            if speaking and len(self._requests) < SURE:
                return
            self._pause = self._requests[-1] - self._requests[-2] if len(self._requests) > 1 else 0.0
        else:
            self._pause = max(self._pause, now - self._last)
        self._last = now

    def gives_way(self, now: float) -> bool:
        """Is another master on this line?"""
        if self._last is None:
            return False
        if now - self._last <= min(max(GIVE_WAY, PATIENCE * self._pause), LONGEST_WAY) * (1 + APART * self._lot):
            return True
        self._last, self._pause = None, 0.0
        self._requests.clear()
        return False

    def may_speak(self, now: float) -> bool:
        """May a request be sent now?"""
        return not self.listen_only and now >= self._until and not self.gives_way(now)

    def still(self, now: float) -> float:
        """Seconds that must still be listened before we may speak for the first time on this open wire."""
        return max(0.0, self._until - now)
