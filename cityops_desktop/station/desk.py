"""What the station does for its consoles: the full copy, curves, people's acts. The rights are decided here and nowhere else.

Used from the station's event loop; everything that may block (argon2, SQLite) runs in worker threads.
"""

import asyncio
import hashlib
import logging
from collections import OrderedDict
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from cityops_desktop import __version__
from cityops_desktop.acquire.bus import BusReport, DeviceCounters
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.history.history import History
from cityops_desktop.link.api import Refused
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import (
    Acknowledge,
    BusState,
    Command,
    CommandResult,
    ConsoleBeat,
    Copy,
    CreateAccount,
    DeviceDetail,
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
from cityops_desktop.model.envelope import Past
from cityops_desktop.model.people import Outcome, Person
from cityops_desktop.model.readings import Quality
from cityops_desktop.people import names
from cityops_desktop.people.passwords import AT_ONCE
from cityops_desktop.people.people import People
from cityops_desktop.people.refused import Refused as PersonRefused
from cityops_desktop.people.rights import rights
from cityops_desktop.station.equipment import Equipment
from cityops_desktop.station.info import person_info
from cityops_desktop.station.presence import Presence
from cityops_desktop.station.recorder import PATIENCE_SECONDS, Recorder
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy, StoreError

log = logging.getLogger(__name__)
T = TypeVar("T")

SILENCE_SECONDS = 120
"""A silence ends by itself after two minutes, and at once with a new alarm of the same or a higher level."""
LONGEST_DEADLINE_MS = 60_000
SHORTEST_ANSWER = 1.0
"""Seconds that an act is given at least before it is answered that its outcome is not known."""
MOST_UNRECORDED = 100
"""Silences that may wait for a sick disk; more are refused, so that they cannot crowd the alarms out."""
MOST_COMMANDS = 2000
"""Commands whose outcome is remembered, so that the same id is never carried out twice."""
_STATUS = {"setup_done": 409, "name_taken": 409, "bad_request": 422, "weak_password": 422, "busy": 503, "not_recorded": 503}
"""The HTTP status of a refusal; 403 for the others."""


class _Order(NamedTuple):
    """A command that was taken: what tells it from another with the same id, and what becomes of it."""

    content: bytes
    outcome: asyncio.Task[CommandResult]


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
    silence_ends: float = 0.0
    """Monotonic: a clock that is set back makes no silence longer."""
    setup_required: bool = True
    buses: dict[str, BusReport] = field(default_factory=dict)
    devices: dict[str, DeviceCounters] = field(default_factory=dict)


class StationDesk:
    """Implements cityops_desktop.link.api.Desk."""

    def __init__(
        self,
        facts: Facts,
        clock: Clock,
        store: Store,
        people: People,
        live: LiveTable,
        history: History,
        book: AlarmBook,
        equipment: Equipment,
    ) -> None:
        self.facts = facts
        self.clock = clock
        self.hub = Hub(self.copy, self._live_infos, self._station_info)
        self.recorder = Recorder(store, clock, self.hub)
        self.presence = Presence()
        self._store = store
        self._people = people
        self._live = live
        self._history = history
        self._book = book
        self._equipment = equipment
        self._one_at_a_time = asyncio.Lock()
        self._orders: OrderedDict[str, _Order] = OrderedDict()
        self._unrecorded = 0
        # threads of their own: a flood of log-ins must not hold up an acknowledge
        self._hashing = ThreadPoolExecutor(AT_ONCE, "passwords")
        self._looking_back = ThreadPoolExecutor(1, "history")

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

    async def history(self, keys: list[str], start: int, end: int, buckets: int) -> Past:
        """The past of these points, from a worker thread; one question at a time, so that ten charts do not slow the station down."""
        return await asyncio.get_running_loop().run_in_executor(self._looking_back, self._history.past, keys, start, end, buckets)

    def device(self, id: str) -> DeviceDetail | None:
        """All of a device, now; None when the room has no such device."""
        return self._equipment.detail(id, self.clock.wall(), self._live_infos, self.facts.buses, self.facts.devices)

    async def login(self, login: Login) -> SessionInfo:
        """A session for a person at a console."""
        session = await self._ask(self._people.login, login.name, login.password, login.console, executor=self._hashing)
        person = session.person
        return SessionInfo(token=session.token, person=person_info(person), expires=session.expires, rights=rights(person.roles))

    def console(self, beat: ConsoleBeat) -> None:
        """A window paints, or is closed in order."""
        try:
            names.clean(beat.window)
            name = names.clean(beat.name)
        except PersonRefused as error:
            raise Refused(422, error.code, **error.params) from error
        if not self.presence.hear(beat, name):
            raise Refused(503, "busy")

    async def logout(self, session: str) -> None:
        """End a session."""
        await self._ask(self._people.logout, session)

    async def first_administrator(self, first: FirstAdministrator) -> PersonInfo:
        """The first account."""
        person = await self._ask(self._people.first_administrator, first.name, first.display, first.password, executor=self._hashing)
        self.facts.setup_required = False
        self.hub.station_changed()
        return person_info(person)

    async def command(self, command: Command, session: str | None) -> CommandResult:
        """Carry out an act once; the same id from the same session gets the same answer, at its deadline at the latest."""
        content = hashlib.sha256(f"{session}\n{command.act.model_dump_json()}".encode()).digest()
        order = self._orders.get(command.id)
        if order is None:
            order = _Order(content, asyncio.get_running_loop().create_task(self._outcome(command, session)))
            self._orders[command.id] = order
            while len(self._orders) > MOST_COMMANDS:
                self._orders.popitem(last=False)
        elif order.content != content:
            return CommandResult(id=command.id, outcome=Outcome.REFUSED, code="id_used")
        patience = max(SHORTEST_ANSWER, min(command.deadline - self.clock.wall(), LONGEST_DEADLINE_MS) / 1000)
        done, _ = await asyncio.wait({order.outcome}, timeout=patience)
        if not done:
            return CommandResult(id=command.id, outcome=Outcome.UNKNOWN, code="no_answer")
        return order.outcome.result()

    def close(self) -> None:
        """No more passwords are looked at, and no more questions about the past."""
        self._hashing.shutdown(wait=False, cancel_futures=True)
        self._looking_back.shutdown(wait=False, cancel_futures=True)

    async def _outcome(self, command: Command, session: str | None) -> CommandResult:
        try:
            return await self._carry_out(command, session)
        except Refused as error:
            return CommandResult(id=command.id, outcome=Outcome.REFUSED, code=error.code, params=error.params)
        except StoreError as error:
            log.error("command %s (%s) could not be recorded: %s", command.act.kind, command.id, error)
            return CommandResult(id=command.id, outcome=Outcome.FAILED, code="not_recorded")

    async def _carry_out(self, command: Command, session: str | None) -> CommandResult:
        self._in_time(command)
        now = self.clock.wall()
        if command.deadline > now + LONGEST_DEADLINE_MS:
            raise Refused(409, "deadline_too_far")
        act = command.act
        if isinstance(act, Silence):
            await self._silence(act, now)
            return CommandResult(id=command.id, outcome=Outcome.DONE)
        person = await self._ask(self._people.check, session or "", act.kind)
        if isinstance(act, Acknowledge):
            async with self._one_at_a_time:
                self._in_time(command)
                await self._acknowledge(act, person)
        elif isinstance(act, CreateAccount):
            self._in_time(command)
            roles = frozenset(act.roles)
            await self._ask(self._people.create, person, act.name, act.display, act.password, roles, executor=self._hashing)
        return CommandResult(id=command.id, outcome=Outcome.DONE)

    def _in_time(self, command: Command) -> None:
        if self.clock.wall() > command.deadline:
            raise Refused(409, "expired")

    async def _acknowledge(self, act: Acknowledge, person: Person) -> None:
        """Durable first, then true: an acknowledge that could not be stored has not happened."""
        now = self.clock.wall()
        chosen = [alarm for alarm in map(self._book.find, act.alarms) if alarm is not None and alarm.acknowledged is None]
        if not chosen:
            if any(self._book.find(id) for id in act.alarms):
                return  # somebody acknowledged them a moment ago
            raise Refused(409, "no_such_alarm")
        wanted = [_acknowledged(alarm, person, now) for alarm in chosen]
        await asyncio.wrap_future(self._store.write(lambda conn: [alarm_table.save(conn, alarm, now) for alarm in wanted], urgent=True))
        # one that came again while this was on its way to the disk has been seen by nobody
        seen = [alarm for alarm in chosen if self._book.find(alarm.id) is alarm or not self._unseen(alarm.id)]
        changed = [self._book.acknowledge(alarm.id, person.id, person.display, now) for alarm in seen]
        task = self.recorder.record([alarm for alarm in changed if alarm is not None])
        if task is not None:
            await asyncio.wait({task}, timeout=2 * PATIENCE_SECONDS)

    def _unseen(self, id: str) -> bool:
        alarm = self._book.find(id)
        return alarm is not None and alarm.state is AlarmState.UNACKNOWLEDGED

    async def _silence(self, act: Silence, now: int) -> None:
        """The horn must fall silent even while the disk is full: the record then follows when it can be written."""
        try:
            console = names.clean(act.console)
        except PersonRefused as error:
            raise Refused(422, error.code, **error.params) from error
        heard = {alarm.id for alarm in self._book.open() if self._unseen(alarm.id)}
        await self._record_silence(console, now)
        loudest = [alarm.level for alarm in self._book.open() if alarm.id in heard]
        self.facts.silenced_until = now + SILENCE_SECONDS * 1000
        self.facts.silence_ends = self.clock.monotonic() + SILENCE_SECONDS
        self.facts.silenced_by = console
        self.facts.silenced_level = int(min(loudest, default=4))
        self.hub.station_changed()
        self.break_silence(alarm for alarm in self._book.open() if alarm.id not in heard)

    async def _record_silence(self, console: str, now: int) -> None:
        if self._unrecorded >= MOST_UNRECORDED:
            raise StoreBusy(f"{self._unrecorded} silences wait to be recorded")
        actor, body = f"console:{console}", {"seconds": SILENCE_SECONDS, "on_duty": None}
        future = self._store.write_until_done(
            lambda conn: changes.append(conn, kind="alarm.silenced", subject="station", actor=actor, time=now, body=body)
        )
        self._unrecorded += 1
        recorded = asyncio.wrap_future(future)
        recorded.add_done_callback(self._silence_recorded)
        await asyncio.wait({recorded}, timeout=PATIENCE_SECONDS)

    def _silence_recorded(self, recorded: "asyncio.Future[int]") -> None:
        self._unrecorded -= 1
        error = None if recorded.cancelled() else recorded.exception()
        if error is not None:
            log.error("a silence is not in the store: %s", error)

    def break_silence(self, raised: Iterable[Alarm]) -> None:
        """A new alarm of the same or a higher level ends a silence at once."""
        if self.facts.silenced_until is None:
            return
        loud = any(alarm.state is AlarmState.UNACKNOWLEDGED and alarm.level <= self.facts.silenced_level for alarm in raised)
        if loud or self.clock.monotonic() >= self.facts.silence_ends:
            self.facts.silenced_until = self.facts.silenced_by = None
            self.hub.station_changed()

    async def _ask(self, ask: Callable[..., T], *arguments: object, executor: Executor | None = None) -> T:
        """A question to the people's register, in a worker thread; its refusals become answers."""
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, ask, *arguments)
        except PersonRefused as error:
            raise Refused(_STATUS.get(error.code, 403), error.code, **error.params) from error

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
