"""Guidance of alarms: what to do, what was done, what helped the last time, and a picture of the second in which an alarm came.

A picture is asked of the camera at once and kept with the occurrence; how large, how many, and how often is bounded. An alarm never
waits for it. Used from the station's loop but for the act and its job.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import TypeVar

from sqlalchemy import Connection, select

from cityops_desktop.alarms.advice import Found, find
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import TickStep
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.guidance import GuidanceInfo, LastTime, StillInfo, TickInfo
from cityops_desktop.link.messages import AlarmInfo, NamesInfo, RoomInfo
from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Who
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.points import Level, Names
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.guidance import standard
from cityops_desktop.station.access import Access
from cityops_desktop.station.acts.act import Acts, Job
from cityops_desktop.station.alarmquery import LOOKED_AT, sight_of
from cityops_desktop.station.asking import look_up
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import guidance
from cityops_desktop.store.guidance import Last, Still, Tick
from cityops_desktop.store.schema import alarm as table
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

MOST_SECONDS = 2.0
NEW_MS = 60_000
"""An alarm that is older when it is told was not raised now (a restart): no picture is of its second."""
MOST_BYTES = 1_000_000
MOST_WAITING = 5
"""Occurrences that share one picture of a camera; more are a flood, whose first ones are enough."""
REST_SECONDS = 10.0
"""A camera is asked for a picture of an alarm no more often."""
PATIENCE_SECONDS = 15.0
PAUSE_SECONDS = 0.25
OLD_MS = 120_000
"""When no new picture comes the newest is kept, unless it is older than this."""


class StationGuidance:
    """Implements cityops_desktop.link.guidance_api.GuidanceDesk. `picture` gives the newest of a camera, `hasten` has it asked now."""

    def __init__(
        self,
        room: Callable[[], Room],
        info: Callable[[], RoomInfo],
        book: AlarmBook,
        store: Store,
        access: Access,
        clock: Clock,
        picture: Callable[[str], Picture | None],
        hasten: Callable[[str], None],
    ) -> None:
        self._room, self._info, self._book, self._store, self._access, self._clock = room, info, book, store, access, clock
        self._picture, self._hasten = picture, hasten
        self._waiting: dict[str, list[tuple[str, int]]] = {}
        self._rests: dict[str, float] = {}
        self._pictured: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def acts(self) -> Acts:
        """By kind."""
        return {"alarm.tick": self.tick}

    # what is told

    async def guidance(self, alarm: str, credentials: Credentials) -> GuidanceInfo:
        """See GuidanceDesk."""

        def read(conn: Connection) -> tuple[Alarm, list[Tick], list[Still], Last | None]:
            found = _alarm(conn, alarm)
            return found, guidance.ticks(conn, alarm), guidance.stills(conn, alarm), guidance.last_time(conn, found.key, alarm)

        found, ticks, stills, last = await look_up(self._store, read, MOST_SECONDS)
        sight = sight_of(self._info())
        device = sight.device(found.subject)
        past = self._book.find(alarm) is None
        hidden = sight.guarded(found.subject) and (past or last is not None)
        if hidden and await self._access.withheld({device}, LOOKED_AT, credentials):
            if past:
                raise Refused("log_in_to_see", device=device)
            last = None
        advised = self._advised(found)
        advice = advised.advice
        return GuidanceInfo(
            alarm=alarm,
            source=advised.source,
            cause=_names(advice.cause) if advice.cause else None,
            consequence=_names(advice.consequence) if advice.consequence else None,
            steps=[_names(step) for step in advice.steps],
            page=advice.page,
            camera=advised.camera,
            ticks=[_tick(one) for one in ticks],
            last=_last(last) if last is not None else None,
            stills=[StillInfo(id=one.id, device=one.device, time=one.time, asked=one.asked) for one in stills],
        )

    async def still(self, alarm: str, id: str, credentials: Credentials) -> tuple[str, bytes]:
        """See GuidanceDesk."""
        known = await look_up(
            self._store, lambda conn: next((one for one in guidance.stills(conn, alarm) if one.id == id), None), MOST_SECONDS
        )
        if known is None:
            raise Refused("no_such_still")
        await self._access.look(known.device, "still", credentials)
        found = await look_up(self._store, lambda conn: guidance.still(conn, alarm, id), MOST_SECONDS)
        if found is None:
            raise Refused("no_such_still")
        return found[1], found[2]

    # what people do

    def tick(self, act: TickStep, who: Who) -> Job:
        """See the act. Refused: no_such_alarm, no_such_step, remark_missing."""
        now = self._clock.wall()

        def run(conn: Connection) -> None:
            found = _alarm(conn, act.alarm)
            steps = self._advised(found).advice.steps
            if act.step > len(steps):
                raise Refused("no_such_step")
            if not act.step and not act.remark:
                raise Refused("remark_missing")
            text = steps[act.step - 1] if act.step else Names("", "")
            person = who.person
            one = Tick(uuid7(now), act.alarm, act.step, text.zh, text.en, act.done, act.remark, now, person.id, person.display)
            guidance.tick(conn, one, found.key, {"console": who.console})

        return run

    # pictures

    def told(self, news: Sequence[AlarmInfo]) -> None:
        """These alarms are other than before: of a serious one that has just come a picture is wanted."""
        now = self._clock.wall()
        for one in news:
            if one.state is AlarmState.NORMAL:
                self._pictured.discard(one.id)
            elif _serious(one) and one.id not in self._pictured and now - one.raised < NEW_MS:
                self._pictured.add(one.id)
                self._want(one, now)

    def close(self) -> None:
        """No more pictures are waited for."""
        for task in self._tasks:
            task.cancel()

    def _want(self, alarm: AlarmInfo, now: int) -> None:
        camera = find(self._room(), (), alarm.key, alarm.subject, alarm.cause).camera
        if not camera:
            return
        waiting = self._waiting.get(camera)
        if waiting is not None:
            if len(waiting) < MOST_WAITING:
                waiting.append((alarm.id, now))
        elif self._clock.monotonic() >= self._rests.get(camera, float("-inf")):
            self._rests[camera] = self._clock.monotonic() + REST_SECONDS
            self._waiting[camera] = [(alarm.id, now)]
            task = asyncio.get_running_loop().create_task(self._take(camera, now))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _take(self, camera: str, asked: int) -> None:
        try:
            self._hasten(camera)
            picture = await self._come(camera, asked)
        finally:
            waiting = self._waiting.pop(camera, [])
        if picture is None:
            log.info("camera %s gave no picture of an alarm", camera)
            return
        if len(picture.data) > MOST_BYTES:
            log.warning("the picture of camera %s has %d bytes: it is not kept with the alarm", camera, len(picture.data))
            return
        content = (picture.data, picture.kind, picture.time)

        def keep(conn: Connection) -> None:
            for occurrence, wanted in waiting:
                guidance.keep_still(conn, occurrence, camera, content, wanted, self._clock.wall())

        try:
            await asyncio.wrap_future(self._store.write(keep))
        except StoreError as error:
            log.warning("a picture of camera %s is not kept: %s", camera, error)

    async def _come(self, camera: str, asked: int) -> Picture | None:
        """The first picture taken after the alarm, else the newest that is not old."""
        end = self._clock.monotonic() + PATIENCE_SECONDS
        while True:
            newest = self._picture(camera)
            if newest is not None and newest.time >= asked:
                return newest
            if self._clock.monotonic() >= end:
                return newest if newest is not None and newest.time >= asked - OLD_MS else None
            await asyncio.sleep(PAUSE_SECONDS)

    # inside

    def _advised(self, alarm: Alarm) -> Found:
        return find(self._room(), standard(), alarm.key, alarm.subject, alarm.cause)


def _serious(alarm: AlarmInfo) -> bool:
    return alarm.state is AlarmState.UNACKNOWLEDGED and alarm.level <= Level.MAJOR and alarm.hidden is None


def _alarm(conn: Connection, id: str) -> Alarm:
    found = alarm_table.read(conn, select(table).where(table.c.id == id))
    if not found:
        raise Refused("no_such_alarm")
    return found[0]


def _names(names: Names) -> NamesInfo:
    return NamesInfo(zh=names.zh, en=names.en)


def _tick(one: Tick) -> TickInfo:
    names = NamesInfo(zh=one.text_zh, en=one.text_en)
    return TickInfo(step=one.step, names=names, done=one.done, remark=one.remark, time=one.time, actor_name=one.actor_name)


def _last(last: Last) -> LastTime:
    return LastTime(alarm=last.id, raised=last.raised, returned=last.returned, ticks=[_tick(one) for one in last.ticks])
