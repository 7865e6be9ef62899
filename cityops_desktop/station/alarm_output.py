"""The one thing that the station writes by itself: the alarm output that the room file names. Looks at the alarms and at the relay.

On while an alarm of the declared level or a worse one sounds (model/alarms.py), off otherwise. What the relay says of itself decides
whether anything is sent: a relay that somebody else switched is switched back, one that stands right is left alone.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable

from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.people import Outcome
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import AlarmOutput
from cityops_desktop.station.writing import Writing
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

AGAIN = 30.0
"""Seconds after an order whose wish has not changed until the next one: a dead relay must not fill the change log."""
WITHIN = 10.0
"""Seconds in which an order must be begun: then the wish may have changed."""


class AlarmOutputDrive:
    """`tick` each second, from the station's loop."""

    def __init__(
        self, declared: AlarmOutput, open_alarms: Callable[[], Iterable[Alarm]], newest: Callable[[str], Reading], writing: Writing
    ) -> None:
        self._declared = declared
        self._open = open_alarms
        self._newest = newest
        self._writing = writing
        self._wish: int | None = None
        self._next = 0.0
        self._order: asyncio.Task[None] | None = None

    def tick(self, now: float) -> None:
        """Give an order when the relay does not stand as it should, and none is on its way. `now` is monotonic."""
        if self._order is not None:
            return
        alarms = [alarm for alarm in self._open() if alarm.level <= self._declared.level and alarm.audible]
        wish = int(bool(alarms))
        reading = self._newest(self._declared.point)
        known = reading.quality in (Quality.GOOD, Quality.UNCERTAIN)
        stands = reading.value == wish if known else not wish  # on is tried even blindly, off only where it is seen to be on
        if reading.reason is Reason.NOT_ADMITTED:
            return  # nobody knows whose relay this is
        if stands or (wish == self._wish and now < self._next):
            self._wish = None if stands else self._wish
            return
        self._wish, self._next = wish, now + AGAIN
        why = {"alarms": len(alarms), "level": min(alarms, key=lambda alarm: alarm.level).level.name.lower() if alarms else ""}
        self._order = asyncio.get_running_loop().create_task(self._drive(wish, why))

    async def _drive(self, wish: int, why: dict[str, object]) -> None:
        try:
            ended = await self._writing.drive(self._declared.point, wish, WITHIN, why)
            if ended.outcome is not Outcome.DONE:
                log.warning("the alarm output was not switched to %d: %s %s", wish, ended.outcome, ended.code)
        except StoreError as error:
            log.error("the alarm output was not switched to %d, for it could not be recorded: %s", wish, error)
        finally:
            self._order = None
