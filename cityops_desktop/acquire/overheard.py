"""What comes of a line that we never speak on: is it heard, who answers its master, what does nobody ask for. Pure: reads no clock."""

from collections.abc import Mapping

from cityops_desktop.model.drivers import Heard
from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reason

UNHEARD = 60.0
"""Seconds without a request after which a line that we only listen to is lost: its master has fallen silent, or its speed is another."""
UNHEARD_PERIODS = 3
"""Seconds as above, or so many periods of a point if that is more, after which nobody asks for this point."""
UNANSWERED = 2
"""Requests of another master in a row, each without an answer, after which the device that they go to is silent."""


class Overheard:
    """One line. `opened` and `take` tell what happened; all times are monotonic seconds."""

    def __init__(self, points: Mapping[str, Point]) -> None:
        self._points = points
        self._at = 0.0
        self._heard = dict.fromkeys(points, 0.0)
        self._unanswered: dict[str, int] = {}

    @property
    def silent(self) -> tuple[str, ...]:
        """The devices that do not answer."""
        return tuple(device for device, times in self._unanswered.items() if times >= UNANSWERED)

    def opened(self, now: float) -> None:
        """The wire was opened."""
        self._at = now
        self._heard = dict.fromkeys(self._points, now)

    def take(self, heard: Heard, now: float) -> Mapping[str, bool]:
        """This came just now. By device that the other master asked: did it answer?"""
        if heard.foreign or heard.readings:
            self._at = now
        answers: dict[str, bool] = {}
        for reading in heard.readings:
            self._heard[reading.point] = now
            device = self._points[reading.point].device
            answers[device] = answers.get(device, False) or reading.reason is not Reason.NO_ANSWER
        for device, answered in answers.items():
            self._unanswered[device] = 0 if answered else self._unanswered.get(device, 0) + 1
        return answers

    def lost(self, now: float) -> bool:
        """Has nothing been heard for too long?"""
        return now - self._at > UNHEARD

    def unheard(self, now: float) -> list[str]:
        """The points that nobody asks for."""
        return [key for key, at in self._heard.items() if now - at > max(UNHEARD, UNHEARD_PERIODS * self._points[key].period)]
