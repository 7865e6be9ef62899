"""Alarms on their way from the book to the people: stored first, told then, but never held back by a slow disk for long.

Used from the station's event loop only.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from cityops_desktop.clock import Clock
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import AlarmInfo
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.station.info import alarm_info
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 1.0
"""How long news may wait for the disk before people are told all the same, marked as not recorded."""
MOST_ENDED = 300
"""Ended occurrences that consoles get with their full copy."""

MOST_TOLD = 10_000
"""Occurrences of which the order of news is remembered."""


class Recorder:
    """What consoles have been told about alarms: every open occurrence and the newest ended ones."""

    def __init__(self, store: Store, clock: Clock, hub: Hub) -> None:
        self._store = store
        self._clock = clock
        self._hub = hub
        self._number = 0
        self._told: OrderedDict[str, int] = OrderedDict()
        self._shown: OrderedDict[str, AlarmInfo] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self.listeners: list[Callable[[Sequence[AlarmInfo]], None]] = []
        """Who else is told what consoles are told, at the same moment."""

    def shown(self) -> list[AlarmInfo]:
        """All that a console should know of."""
        return list(self._shown.values())

    def remember(self, alarms: Iterable[AlarmInfo]) -> None:
        """Alarms that are in the store already (at start)."""
        self._show(alarms)

    def record(self, changed: Sequence[Alarm]) -> "asyncio.Task[None] | None":
        """Store these states, then tell them. The task ends when they are durable."""
        if not changed:
            return None
        self._number += 1
        task = asyncio.get_running_loop().create_task(self._record(tuple(changed), self._number))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def finish(self, seconds: float) -> None:
        """Wait for what is on its way, at most so long."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def _record(self, changed: tuple[Alarm, ...], number: int) -> None:
        wall = self._clock.wall()
        try:
            future = self._store.write_until_done(lambda conn: [alarm_table.save(conn, alarm, wall) for alarm in changed])
        except StoreError as error:
            log.error("alarms could not be queued for the store: %s", error)
            self._tell(changed, number, recorded=False)
            return
        stored = asyncio.wrap_future(future)
        done, _ = await asyncio.wait({stored}, timeout=PATIENCE_SECONDS)
        if not done:
            self._tell(changed, number, recorded=False)
        await asyncio.wait({stored})
        fault = stored.exception()
        if fault is not None:  # whatever it is: people must hear of an alarm
            log.error("alarms are not in the store", exc_info=fault)
        self._tell(changed, number, recorded=fault is None)

    def _tell(self, changed: tuple[Alarm, ...], number: int, *, recorded: bool) -> None:
        news = []
        for alarm in changed:
            if self._told.get(alarm.id, 0) > number:
                continue  # a newer state of it has been told while this one waited for the disk
            self._told[alarm.id] = number
            self._told.move_to_end(alarm.id)
            news.append(alarm_info(replace(alarm, recorded=recorded)))
        while len(self._told) > MOST_TOLD:
            self._told.popitem(last=False)
        self._show(news)
        self._hub.alarms(news)
        for listener in self.listeners:
            listener(news)

    def _show(self, infos: Iterable[AlarmInfo]) -> None:
        for info in infos:
            self._shown[info.id] = info
            self._shown.move_to_end(info.id)
        ended = [key for key, info in self._shown.items() if info.state == "normal"]
        for key in ended[: max(0, len(ended) - MOST_ENDED)]:
            del self._shown[key]
