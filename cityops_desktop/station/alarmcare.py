"""All that follows from alarms once the book has them: kept quiet, tested, switched on outputs, told to people, explained, counted.

Composes these parts for one run of the station, starts and stops them in order; what each of them does stands in its own file. Used from
the station's event loop, but for `load`.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.history.history import History
from cityops_desktop.link.alarmload_api import alarm_load_router
from cityops_desktop.link.alarmquery_api import alarm_query_router
from cityops_desktop.link.guidance_api import guidance_router
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.link.minutes import MinutesInfo
from cityops_desktop.link.notify_api import notify_router
from cityops_desktop.link.pastalarms_api import past_alarms_router
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.readings import Reading
from cityops_desktop.model.rooms import AlarmOutput, Room
from cityops_desktop.people.people import People
from cityops_desktop.station import relief
from cityops_desktop.station.acts.views import ViewActs
from cityops_desktop.station.alarm_output import AlarmOutputDrive, AlarmOutputs
from cityops_desktop.station.alarmload import StationAlarmLoad
from cityops_desktop.station.alarmquery import StationAlarmQuery
from cityops_desktop.station.desk import StationDesk
from cityops_desktop.station.facts import Facts
from cityops_desktop.station.guidance import StationGuidance
from cityops_desktop.station.hidings import StationHidings
from cityops_desktop.station.identities import Identities
from cityops_desktop.station.minutes import StationMinutes
from cityops_desktop.station.notifying import StationNotifying
from cityops_desktop.station.notifysteps import NotifyStep
from cityops_desktop.station.own_alarms import OwnAlarms
from cityops_desktop.station.pastalarms import StationPastAlarms
from cityops_desktop.station.replies import Replies
from cityops_desktop.station.selftest import AlarmStep, OutputStep, ScreenStep, SensorStep, StationSelfTest
from cityops_desktop.station.timeline import StationTimeline
from cityops_desktop.station.writing import Writing
from cityops_desktop.store import views
from cityops_desktop.store.store import Store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What of the station these parts use. `room` is the one in force, `plain` the same without what people changed at run time;
    `room_file` the file of its configuration version. `call` brings a call from another thread to the loop, `take` takes readings in,
    `picture` is a camera's newest one, `hasten` asks a device before its turn."""

    data: Path
    room_file: Path
    room: Callable[[], Room]
    plain: Callable[[], Room]
    facts: Facts
    clock: Clock
    store: Store
    book: AlarmBook
    people: People
    desk: StationDesk
    own: OwnAlarms
    live: LiveTable
    history: History
    identities: Identities
    writing: Writing
    call: Callable[..., None]
    take: Callable[[BusReport], None]
    picture: Callable[[str], Picture | None]
    hasten: Callable[[str], None]


class AlarmCare:
    """One for a run of the station."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        room, data, clock = around.room, around.data, around.clock
        store, book, desk, people = around.store, around.book, around.desk, around.people
        told = (desk.announce, desk.hub.station_changed)
        self._word: str | None = None
        self.hidings = StationHidings(room, around.plain, book, store, clock, *told)
        self.selftest = StationSelfTest(room, book, store, clock, *told)
        self.hidings.shift = self.selftest.shift = lambda wall: desk.duty.roster.shift(wall)
        self.outputs = AlarmOutputs([self._drive_of(output) for output in room().alarm_outputs], around.own.stand, self._leave_word)
        self.notifying = StationNotifying(room(), data, book, store, clock, around.own.stand, around.call, around.take)
        notify = room().notify
        self._replies = Replies(notify.calls, self.notifying, desk, people, desk.refusals, clock, notify.language)
        self.notifying.replies = self._replies
        self.notifying.on_duty = lambda post: desk.duty.roster.logins(post)
        self._guidance = StationGuidance(room, self._info, book, store, desk.access, clock, around.picture, around.hasten)
        self._minutes = StationMinutes(room, self._newest, book.open, around.history, self._tell_minutes)
        self._load = StationAlarmLoad(self._info, store, clock, people)
        desk.hide(self.hidings)
        desk.test(self.selftest)
        desk.take_on(ViewActs(views.ALARMS, "alarm_view", people).acts(), {})
        for part in (self.notifying, self._guidance):
            desk.take_on(part.acts(), {})
            desk.recorder.listeners.append(part.told)
        self._add_steps()
        self.routers: Sequence[APIRouter] = (
            guidance_router(self._guidance),
            notify_router(StationTimeline(self._info, store, desk.access, self.notifying, book)),
            past_alarms_router(StationPastAlarms(self._info, store, desk.access)),
            alarm_query_router(StationAlarmQuery(self._info, store, people, desk.access)),
            alarm_load_router(self._load),
        )
        self.each_second: Sequence[Callable[[int, float], None]] = (self.notifying.tick, self._minutes.tick)

    def load(self, open_alarms: Sequence[Alarm]) -> None:
        """What the former run left. StoreError. In a worker thread."""
        self.hidings.load()
        self.selftest.load()
        self.notifying.load(open_alarms)

    def begin(self, open_alarms: Sequence[Alarm]) -> None:
        """After the book has its alarms back."""
        self.hidings.begin()
        self.selftest.begin()
        self.outputs.begin(open_alarms)
        self.notifying.begin()
        data = self._around.data
        self._around.store.write_until_done(lambda conn: relief.take_over(conn, data)).add_done_callback(self._taken_over)

    async def close(self) -> None:
        """What is on its way may end; nothing new is begun."""
        self._minutes.close()
        self._guidance.close()
        self._load.close()
        await self.selftest.finish()
        await self._replies.finish(5.0)
        await asyncio.to_thread(self.notifying.close)

    def _info(self) -> RoomInfo:
        return self._around.facts.room

    def _drive_of(self, output: AlarmOutput) -> AlarmOutputDrive:
        facts = self._around.facts
        return AlarmOutputDrive(
            output, self._around.book.open, self._newest, self._around.writing, lambda: facts.silenced_until is not None
        )

    def _newest(self, key: str) -> Reading:
        return self._around.live.get(key).reading

    def _tell_minutes(self, minutes: MinutesInfo | None) -> None:
        self._around.facts.minutes = minutes
        self._around.desk.hub.station_changed()

    def _add_steps(self) -> None:
        """What a self-test goes through, from the sensor on."""
        around = self._around
        self.selftest.add(SensorStep(around.room, self._newest, around.clock))
        self.selftest.add(AlarmStep(around.desk.recorder.shown))
        self.selftest.add(ScreenStep("screen", self.selftest.screens))
        self.selftest.add(ScreenStep("sound", self.selftest.heard))
        for drive in self.outputs.drives:
            self.selftest.add(OutputStep(drive))
        for way in around.room().notify.ways:
            self.selftest.add(NotifyStep(way, self.notifying))

    def _leave_word(self) -> None:
        """Who drives the outputs while no station does must know which they are, and what may be written to."""
        around = self._around
        word = relief.plan(around.room_file, around.room(), around.identities.standing)
        if word != self._word:
            self._word = word
            asyncio.get_running_loop().run_in_executor(None, _leave_word, around.data, word)

    def _taken_over(self, taken: "Future[int]") -> None:
        """What was done while no station was there stands in the change log. In the writer's thread."""
        if taken.exception() is None:
            relief.forget(self._around.data)


def _leave_word(data: Path, word: str) -> None:
    try:
        relief.leave(data, word)
    except OSError as error:
        log.error("the alarm outputs would not be driven without this station: %s", error)
