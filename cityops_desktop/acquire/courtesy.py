"""May we speak on this line? A line has one master: we listen before we speak, and give way to another one. Pure: reads no clock."""

from cityops_desktop.model.drivers import Manners

GIVE_WAY = 60.0
"""Seconds without a request of another master after which the line is taken to be ours again."""
LONGEST_WAY = 3600.0
"""Longest such wait: a master that asks more seldom than each twenty minutes is not known to be there."""
PATIENCE = 3.0
"""So many times the longest pause between two of its requests another master must have been quiet."""
SURE = 2
"""Foreign requests within `LISTENED_WITHIN` while we speak ourselves that are no accident; while we only listen, one is enough."""
LISTENED_WITHIN = 30.0


class Courtesy:
    """One line. `opened` and `heard` tell what happened, `may_speak` is the answer; all times are monotonic seconds."""

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._opened_before = False
        self._until = 0.0
        self._requests: list[float] = []
        self._pause = 0.0
        self._last: float | None = None

    @property
    def listen_only(self) -> bool:
        """Must this line never be spoken on?"""
        return self._manners.listen_only

    def opened(self, now: float) -> None:
        """The wire was opened: it is listened to before we speak."""
        self._until = now + (self._manners.again if self._opened_before else self._manners.first)
        self._opened_before = True

    def heard(self, now: float, foreign: int, speaking: bool) -> None:
        """So many requests of another master came just now, while we also spoke, or only listened."""
        if not foreign:
            return
        self._requests = [at for at in self._requests if now - at <= LISTENED_WITHIN] + [now] * foreign
        if self._last is None and speaking and len(self._requests) < SURE:
            return
        if self._last is not None:
            self._pause = max(self._pause, now - self._last)
        self._last = now

    def gives_way(self, now: float) -> bool:
        """Is another master on this line?"""
        if self._last is None:
            return False
        if now - self._last <= min(max(GIVE_WAY, PATIENCE * self._pause), LONGEST_WAY):
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
