"""Which device is to be asked who it is, and how urgently. Pure: reads no clock, asks nobody."""

from collections import deque
from collections.abc import Iterable

IDENTIFY_EVERY = 3600.0
"""Seconds after which a device is asked again who it is; after it was silent, or the wire was opened anew, it is asked at once."""
REOPENED = 5.0
"""A connection was opened anew, and whoever answers may be another one: seconds after which a device is asked again at the soonest."""
CURBED = 10.0
"""Longest that asking who a device is waits for a pause between the polls, in seconds."""
VERDICT = 1.0
"""Seconds after a device was asked in which nothing is written to it: whether it is the admitted one is judged elsewhere."""
_RETURNS = -1.0
"""In place of the time at which a device is asked: it is silent, and is asked as soon as it answers."""


class Introductions:
    """The devices of one line; all times are monotonic seconds."""

    def __init__(self, devices: Iterable[str]) -> None:
        self._devices = tuple(devices)
        self._curb = 0.0
        self._said: dict[str, float] = {}
        self._due = dict.fromkeys(self._devices, 0.0)
        self._strangers: deque[str] = deque()
        self._opened_before = False

    def opened(self) -> None:
        """The wire was opened. Anew: whoever answers may be another one, and is asked as soon as it does."""
        self._due = dict.fromkeys(self._devices, _RETURNS if self._opened_before else 0.0)
        self._strangers.clear()
        self._opened_before = True

    def reopened(self, now: float) -> None:
        """A connection was lost and replaced in one go, which some devices do after every answer."""
        for device, due in self._due.items():
            if due > now:
                said = self._said.get(device, now - REOPENED)
                self._due[device] = _RETURNS if now >= said + REOPENED else min(due, said + REOPENED)

    @property
    def next(self) -> str | None:
        """The device that is to be asked; None = none is."""
        return self._strangers[0] if self._strangers else None

    def pressing(self, now: float) -> bool:
        """Is it to be asked before anything else is?"""
        return bool(self._strangers) and now > self._curb

    def begin(self, now: float) -> str:
        """The next one is being asked."""
        self._curb = now + CURBED
        return self._strangers.popleft()

    def said(self, device: str, now: float) -> None:
        """It was asked just now, whatever it said."""
        self._said[device] = now

    def stranger(self, device: str) -> bool:
        """May it be another one than was last asked? Then nothing is to be written to it."""
        return self._due[device] <= 0.0 or device in self._strangers

    def doubtful(self, device: str, now: float) -> float:
        """Seconds until it is judged who it is."""
        return max(0.0, self._said[device] + VERDICT - now) if device in self._said else 0.0

    def hurry(self, device: str) -> None:
        """It is wanted: if it is to be asked, it is the next."""
        if device in self._strangers:
            self._strangers.remove(device)
            self._strangers.appendleft(device)
            self._curb = 0.0

    def polled(self, device: str, silent: bool, answered: bool, now: float) -> None:
        """A device was asked for values: it has become silent, or is, or it answered."""
        if silent:
            self._due[device] = _RETURNS
        elif answered and now >= self._due[device]:
            returns, self._due[device] = self._due[device] == _RETURNS, now + IDENTIFY_EVERY
            if returns:  # whoever answers after a silence may be another one: nothing else is asked before that is known
                self._strangers.appendleft(device)
                self._curb = 0.0
            else:
                self._curb = self._curb if self._strangers else now + CURBED
                self._strangers.append(device)
