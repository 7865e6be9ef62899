"""Sensors that have failed while their device answers: points on which alarms hang, and which give no usable value for a minute.

A device that does not answer is an alarm of its own, and so is its line; this is the case between, in which everything looks well and
one temperature is watched by nobody. One alarm a device, a level below the worst limit that is blind. From the station's event loop.
"""

from collections.abc import Callable, Sequence

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Reading, Reason
from cityops_desktop.model.rooms import Room

FAILED = frozenset(
    {Reason.EXCEPTION, Reason.INVALID_VALUE, Reason.OUT_OF_RANGE, Reason.BAD_REPLY, Reason.DENIED, Reason.OTHER_UNIT, Reason.NO_INPUT}
)
"""Reasons that say something of the point and not of the wire."""
ON_DELAY, OFF_DELAY = 60.0, 30.0
LOOK = 5.0
LEVELS = {Level.CRITICAL: Level.MAJOR, Level.MAJOR: Level.MINOR}
"""Of the alarm, by the worst limit of the point; points with milder limits only are shown as unknown and raise none."""


class Sensors:
    """One for a run of the station. `announce` takes alarms that changed."""

    def __init__(self, room: Callable[[], Room], live: LiveTable, book: AlarmBook, announce: Callable[[Sequence[Alarm]], None]) -> None:
        self._room, self._live, self._book, self._announce = room, live, book, announce
        self._since: dict[str, float] = {}
        self._well: dict[str, float] = {}
        self._next = 0.0

    def tick(self, wall: int, mono: float) -> None:
        """Each second; it looks now and then."""
        if mono < self._next:
            return
        self._next = mono + LOOK
        standing = {alarm.subject: alarm for alarm in self._book.open() if alarm.cause is Cause.SENSOR_FAILED and alarm.standing}
        changed: list[Alarm] = []
        for device in self._room().devices:
            failed: list[tuple[Level, Reading]] = []
            waiting = False
            for point in device.points:
                level = LEVELS.get(min((limit.level for limit in point.limits), default=Level.WARNING))
                if level is not None:
                    reading = self._live.get(point.key).reading
                    waiting |= reading.reason is Reason.WAITING
                    if reading.reason in FAILED and not reading.usable:
                        failed.append((level, reading))
            if failed:
                self._well.pop(device.id, None)
                since = self._since.setdefault(device.id, mono)
                if mono - since >= ON_DELAY or device.id in standing:
                    worst, first = min(failed, key=lambda one: one[0])
                    changed += self._tell(device.id, worst, f"{first.point} {first.reason}", len(failed), True, wall, mono)
                continue
            self._since.pop(device.id, None)
            if device.id in standing and not waiting and mono - self._well.setdefault(device.id, mono) >= OFF_DELAY:
                alarm = standing[device.id]
                changed += self._tell(device.id, alarm.level, alarm.detail, alarm.points, False, wall, mono)
        self._announce(changed)

    def _tell(self, device: str, level: Level, detail: str, points: int, present: bool, wall: int, mono: float) -> Sequence[Alarm]:
        return self._book.trouble(f"{device}#sensor", device, Cause.SENSOR_FAILED, level, detail, present, wall, mono, points)
