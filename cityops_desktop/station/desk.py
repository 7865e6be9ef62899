"""What the station does for its consoles: the full copy, curves, people's acts. The rights are decided here and nowhere else.

Used from the station's event loop; everything that may block (argon2, SQLite) runs in worker threads.
"""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from cityops_desktop import __version__
from cityops_desktop.acquire.bus import BusReport
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.history.curves import Curves
from cityops_desktop.link.api import Curve, Refused
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import (
    Acknowledge,
    BusState,
    Command,
    CommandResult,
    Copy,
    CreateAccount,
    FirstAdministrator,
    LiveInfo,
    Login,
    PersonInfo,
    RoomInfo,
    SessionInfo,
    Silence,
    StationInfo,
)
from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.people import Outcome, Person
from cityops_desktop.model.readings import Quality
from cityops_desktop.people.people import People
from cityops_desktop.people.refused import Refused as PersonRefused
from cityops_desktop.people.rights import rights
from cityops_desktop.station.info import person_info
from cityops_desktop.station.recorder import Recorder
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

SILENCE_SECONDS = 120
"""A silence ends by itself after two minutes, and at once with a new alarm of the same or a higher level."""
LONGEST_DEADLINE_MS = 60_000
MOST_COMMANDS = 2000
"""Commands whose outcome is remembered, so that the same id is never carried out twice."""


@dataclass(slots=True)
class Facts:
    """What is true of this run of the station."""

    boot: str
    started: int
    restarts: int
    restart_reason: str
    room: RoomInfo
    recording: bool = True
    recording_detail: str = ""
    silenced_until: int | None = None
    silenced_by: str | None = None
    silenced_level: int = 0
    setup_required: bool = True
    buses: dict[str, BusReport] = field(default_factory=dict)


class StationDesk:
    """Implements cityops_desktop.link.api.Desk."""

    def __init__(self, facts: Facts, clock: Clock, store: Store, people: People, live: LiveTable, curves: Curves, book: AlarmBook) -> None:
        self.facts = facts
        self.clock = clock
        self.hub = Hub(self.copy, self._live_infos, self._station_info)
        self.recorder = Recorder(store, clock, self.hub)
        self._store = store
        self._people = people
        self._live = live
        self._curves = curves
        self._book = book
        self._one_at_a_time = asyncio.Lock()
        self._done: OrderedDict[str, asyncio.Future[CommandResult]] = OrderedDict()

    def copy(self) -> Copy:
        """Everything a console shows, now."""
        return Copy(
            seq=0,
            now=self.clock.wall(),
            room=self.facts.room,
            live=self._live_infos(self._live.entries),
            alarms=self.recorder.shown(),
            station=self._station_info(),
        )

    def curves(self, keys: list[str], seconds: float) -> list[tuple[str, Curve]]:
        """The last seconds of these points; unknown ones are left out."""
        now = self.clock.wall()
        known = [key for key in dict.fromkeys(keys) if key in self._live.entries]
        return [(key, self._curves.window(key, now - round(seconds * 1000), now + 1000)) for key in known]

    async def login(self, login: Login) -> SessionInfo:
        """A session for a person at a console."""
        session = await self._ask(self._people.login, login.name, login.password, login.console)
        person = session.person
        return SessionInfo(token=session.token, person=person_info(person), expires=session.expires, rights=rights(person.roles))

    async def logout(self, session: str) -> None:
        """End a session."""
        await self._ask(self._people.logout, session)

    async def first_administrator(self, first: FirstAdministrator) -> PersonInfo:
        """The first account."""
        person = await self._ask(self._people.first_administrator, first.name, first.display, first.password)
        self.facts.setup_required = False
        self.hub.station_changed()
        return person_info(person)

    async def command(self, command: Command, session: str | None) -> CommandResult:
        """Carry out an act once; the same id gets the same answer."""
        known = self._done.get(command.id)
        if known is not None:
            return await asyncio.shield(known)
        answer: asyncio.Future[CommandResult] = asyncio.get_running_loop().create_future()
        self._done[command.id] = answer
        while len(self._done) > MOST_COMMANDS:
            self._done.popitem(last=False)
        try:
            result = await self._carry_out(command, session)
        except Refused as error:
            result = CommandResult(id=command.id, outcome=Outcome.REFUSED, code=error.code, params=error.params)
        except StoreError as error:
            log.error("command %s (%s) could not be recorded: %s", command.act.kind, command.id, error)
            result = CommandResult(id=command.id, outcome=Outcome.FAILED, code="not_recorded")
        except BaseException:
            # our own bug, or the station is stopping: nobody may wait for this answer for ever
            answer.set_result(CommandResult(id=command.id, outcome=Outcome.UNKNOWN, code="no_answer"))
            raise
        answer.set_result(result)
        return result

    async def _carry_out(self, command: Command, session: str | None) -> CommandResult:
        now = self.clock.wall()
        if now > command.deadline:
            raise Refused(409, "expired")
        if command.deadline > now + LONGEST_DEADLINE_MS:
            raise Refused(409, "deadline_too_far")
        act = command.act
        if isinstance(act, Silence):
            await self._silence(act, now)
            return CommandResult(id=command.id, outcome=Outcome.DONE)
        person = await self._ask(self._people.check, session or "", act.kind)
        if self.clock.wall() > command.deadline:
            raise Refused(409, "expired")
        if isinstance(act, Acknowledge):
            await self._acknowledge(act, person)
        elif isinstance(act, CreateAccount):
            await self._ask(self._people.create, person, act.name, act.display, act.password, frozenset(act.roles))
        return CommandResult(id=command.id, outcome=Outcome.DONE)

    async def _acknowledge(self, act: Acknowledge, person: Person) -> None:
        """Durable first, then true: an acknowledge that could not be stored has not happened."""
        async with self._one_at_a_time:
            await self._acknowledge_alone(act, person)

    async def _acknowledge_alone(self, act: Acknowledge, person: Person) -> None:
        now = self.clock.wall()
        chosen = [alarm for alarm in map(self._book.find, act.alarms) if alarm is not None and alarm.acknowledged is None]
        if not chosen:
            if any(self._book.find(id) for id in act.alarms):
                return  # somebody acknowledged them a moment ago
            raise Refused(409, "no_such_alarm")
        wanted = [_acknowledged(alarm, person, now) for alarm in chosen]
        await asyncio.wrap_future(self._store.write(lambda conn: [alarm_table.save(conn, alarm, now) for alarm in wanted], urgent=True))
        changed = [self._book.acknowledge(alarm.id, person.id, person.display, now) for alarm in wanted]
        task = self.recorder.record([alarm for alarm in changed if alarm is not None])
        if task is not None:
            await task

    async def _silence(self, act: Silence, now: int) -> None:
        console = f"console:{act.console}"
        body = {"seconds": SILENCE_SECONDS, "on_duty": None}
        await asyncio.wrap_future(
            self._store.write(
                lambda conn: changes.append(conn, kind="alarm.silenced", subject="station", actor=console, time=now, body=body)
            )
        )
        loudest = [alarm.level for alarm in self._book.open() if alarm.acknowledged is None]
        self.facts.silenced_until = now + SILENCE_SECONDS * 1000
        self.facts.silenced_by = act.console
        self.facts.silenced_level = int(min(loudest, default=4))
        self.hub.station_changed()

    def break_silence(self, raised: Iterable[Alarm]) -> None:
        """A new alarm of the same or a higher level ends a silence at once."""
        if self.facts.silenced_until is None:
            return
        loud = any(alarm.state is AlarmState.UNACKNOWLEDGED and alarm.level <= self.facts.silenced_level for alarm in raised)
        if loud or self.clock.wall() >= self.facts.silenced_until:
            self.facts.silenced_until = self.facts.silenced_by = None
            self.hub.station_changed()

    async def _ask(self, ask: Callable[..., T], *arguments: object) -> T:
        """A question to the people's register, in a worker thread; its refusals become answers."""
        try:
            return await asyncio.to_thread(ask, *arguments)
        except PersonRefused as error:
            status = 409 if error.code in ("setup_done", "name_taken") else 403
            raise Refused(status, error.code, **error.params) from error

    def _live_infos(self, keys: Iterable[str]) -> list[LiveInfo]:
        infos = []
        for key in keys:
            entry = self._live.get(key)
            reading = entry.reading
            usable = reading.quality is Quality.GOOD
            infos.append(
                LiveInfo.model_construct(
                    key=key,
                    value=reading.value,
                    quality=reading.quality,
                    reason=reading.reason,
                    detail=reading.detail,
                    time=reading.time,
                    last_value=None if usable else entry.last_value,
                    last_time=None if usable else entry.last_time,
                )
            )
        return infos

    def _station_info(self) -> StationInfo:
        facts = self.facts
        return StationInfo(
            boot=facts.boot,
            program=__version__,
            started=facts.started,
            setup_required=facts.setup_required,
            recording=facts.recording,
            recording_detail=facts.recording_detail,
            silenced_until=facts.silenced_until,
            silenced_by=facts.silenced_by,
            on_duty=None,
            restarts=facts.restarts,
            restart_reason=facts.restart_reason,
            buses=[_bus_state(report) for report in facts.buses.values()],
        )


def _acknowledged(alarm: Alarm, person: Person, now: int) -> Alarm:
    state = AlarmState.NORMAL if alarm.state is AlarmState.RETURNED else AlarmState.ACKNOWLEDGED
    return alarm.with_state(state, acknowledged=now, actor=person.id, actor_name=person.display)


def _bus_state(report: BusReport) -> BusState:
    counters = report.counters
    return BusState(
        id=report.bus,
        state=report.state.value,
        reason=report.reason,
        detail=report.detail,
        requests=counters.requests,
        good=counters.good,
        timeouts=counters.timeouts,
        crc_errors=counters.crc_errors,
        silent_devices=list(report.silent),
    )
