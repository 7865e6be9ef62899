"""Once an hour: what of the past is past its time is deleted, and people are told in time when the disk will not last."""

import asyncio
import logging
import shutil
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from cityops_desktop.clock import Clock
from cityops_desktop.history import retention
from cityops_desktop.history.retention import Stored, Usage
from cityops_desktop.link.keeping import KeptInfo, MonthInfo, OldestInfo
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Keeping, Room
from cityops_desktop.station.own_alarms import OwnAlarms
from cityops_desktop.store.shelf import Shelf
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

FIRST_SECONDS = 120.0
"""After the start, when what was left over is sealed."""
ROUND_SECONDS = 3600.0


class StationKeeping:
    """Implements cityops_desktop.link.keeping_api.KeepingDesk. `tick` belongs to the loop and never blocks."""

    def __init__(self, data: Path, room: Room, shelf: Shelf, own: OwnAlarms, clock: Clock) -> None:
        self._data = data
        self._keep: Keeping = room.history
        self._zone = ZoneInfo(room.timezone)
        self._shelf = shelf
        self._own = own
        self._clock = clock
        self._worker = ThreadPoolExecutor(1, "keeping")
        self._running: Future[Usage] | None = None
        self._next = clock.monotonic() + FIRST_SECONDS

    def tick(self, wall: int, mono: float) -> None:
        """Once a second: take up what a round has found, begin the next one when it is due."""
        if self._running is not None and self._running.done():
            done, self._running = self._running, None
            error = done.exception()
            if error is not None:
                log.error("the past could not be looked after", exc_info=error)
            else:
                self._tell(done.result(), wall)
        if mono >= self._next and self._running is None:
            self._next = mono + ROUND_SECONDS
            self._running = self._worker.submit(self.look_after)

    def look_after(self) -> Usage:
        """Delete what is past its time; what the disk is like then. Blocks."""
        for one in retention.due(retention.survey(self._shelf), self._keep):
            try:
                retention.carry_out(self._shelf, one)
            except StoreError as error:
                log.warning("history of %06d is past its time and could not be deleted: %s", one.month, error)
        return self._usage(retention.survey(self._shelf))

    async def kept(self) -> KeptInfo:
        """See KeepingDesk."""
        return await asyncio.to_thread(self._kept)

    def close(self) -> None:
        """Wait for what is under way."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _kept(self) -> KeptInfo:
        stored = retention.survey(self._shelf)
        try:
            found = self._usage(stored)
        except OSError as error:
            raise Refused("busy") from error
        return KeptInfo(
            samples_days=self._keep.samples_days,
            rollups_days=self._keep.rollups_days,
            **found._asdict(),
            months=[MonthInfo(**one._asdict()) for one in stored],
            oldest=[OldestInfo(point=one.key, time=one.time) for one in retention.oldest_by_point(self._shelf)],
        )

    def _usage(self, stored: list[Stored]) -> Usage:
        return retention.usage(stored, self._keep, shutil.disk_usage(self._data).free)

    def _tell(self, found: Usage, wall: int) -> None:
        day = datetime.fromtimestamp(wall / 1000, self._zone) + timedelta(days=found.days or 0)
        self._own.disk_lasts(retention.level(found.days), f"{day:%Y-%m-%d}")
