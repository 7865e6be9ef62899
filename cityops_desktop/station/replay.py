"""Tries a limit on the past before anybody changes it, in a thread of its own. Changes nothing."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from cityops_desktop.alarms.replay import Replay, Replayed
from cityops_desktop.clock import Clock
from cityops_desktop.config import overrides
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.replay import ReplayedInfo, ReplayInfo
from cityops_desktop.link.replay_api import Trial
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import Limit, Point
from cityops_desktop.model.readings import QUALITY_CODES, Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.model.staleness import stale_after

DAY_MS = 86_400_000
MOST_SECONDS = 10.0
FIELDS = ("value", "deadband", "on_delay", "off_delay", "enabled")
_USABLE = (QUALITY_CODES[Quality.GOOD], QUALITY_CODES[Quality.UNCERTAIN])


class SamplesOf(Protocol):
    """What it asks the historian."""

    def samples(self, keys: Sequence[str], start: int, end: int) -> Iterator[tuple[str, Strip]]:
        """See cityops_desktop.history.history.History."""
        ...


class Looking(Protocol):
    """What it asks about rights."""

    async def seen(self, keys: Sequence[str], what: str, credentials: Credentials) -> list[str]:
        """Those of these points that whoever asks may see."""
        ...


class StationReplay:
    """Implements cityops_desktop.link.replay_api.ReplayDesk; `room` gives the one in force. One trial at a time."""

    def __init__(self, room: Callable[[], Room], history: SamplesOf, looking: Looking, clock: Clock) -> None:
        self._room, self._history, self._looking, self._clock = room, history, looking, clock
        self._worker = ThreadPoolExecutor(1, "replay")

    def close(self) -> None:
        """No more is tried."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def replay(self, trial: Trial, credentials: Credentials) -> ReplayInfo:
        """See ReplayDesk."""
        fields = {name: value for name in FIELDS if (value := getattr(trial, name)) is not None}
        point, before, after = overrides.tried(self._room(), trial.limit, fields)
        if not await self._looking.seen([point.key], "history", credentials):
            raise Refused("log_in_to_see", device=point.device)
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._tried, trial, point, before, after)

    def _tried(self, trial: Trial, point: Point, before: Limit, after: Limit | None) -> ReplayInfo:
        now, began = self._clock.wall(), self._clock.monotonic()
        stale = round(stale_after(point.period) * 1000)
        replays = [Replay(limit, stale) for limit in (before, after) if limit is not None]
        since = until = None
        samples, cut = 0, False
        for _, strip in self._history.samples([point.key], now - trial.days * DAY_MS, now):
            if until is not None:
                strip = strip.between(until + 1, now)  # what came late is not waited for again
            if not len(strip):
                continue
            usable = np.where(np.isin(strip.quality, _USABLE), strip.last, np.nan)
            for replay in replays:
                replay.feed(strip.time, usable)
            since, until, samples = since or int(strip.time[0]), int(strip.time[-1]), samples + len(strip)
            if self._clock.monotonic() - began > MOST_SECONDS:
                cut = True
                break
        told = [_info(replay.end(until or now)) for replay in replays]
        return ReplayInfo(
            limit=trial.limit,
            days=trial.days,
            since=since,
            until=until,
            samples=samples,
            cut=cut,
            before=told[0],
            after=told[1] if after is not None else None,
        )


def _info(told: Replayed) -> ReplayedInfo:
    return ReplayedInfo(raised=told.raised, seconds=told.stood / 1000, longest=told.longest / 1000)
