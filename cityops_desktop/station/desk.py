"""What the station does for its consoles: the full copy, curves, people's acts. The rights are decided here and nowhere else.

Used from the station's event loop; everything that may block (argon2, SQLite) runs in worker threads.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from cityops_desktop import __version__
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.acquire.report import BusReport
from cityops_desktop.alarms.book import AlarmBook, acknowledged
from cityops_desktop.clock import Clock
from cityops_desktop.history.history import History
from cityops_desktop.link.acts import Acknowledge, Command, CommandResult, SetPolicy, Silence
from cityops_desktop.link.credentials import LOCAL, Credentials
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import (
    BusState,
    ConsoleBeat,
    Copy,
    DeviceDetail,
    LiveInfo,
    StationInfo,
)
from cityops_desktop.model.alarms import TESTS, Alarm, AlarmState
from cityops_desktop.model.envelope import Past
from cityops_desktop.model.people import Who
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.readings import Quality
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import names
from cityops_desktop.people.passwords import AT_ONCE
from cityops_desktop.people.people import People
from cityops_desktop.people.policy import POLICIES
from cityops_desktop.people.sight import anybody
from cityops_desktop.station.access import Access, Guarded
from cityops_desktop.station.acts.accounts import AccountActs
from cityops_desktop.station.acts.act import Acts, Done
from cityops_desktop.station.acts.approvals import ApprovalActs
from cityops_desktop.station.acts.audit import AuditActs
from cityops_desktop.station.acts.own import OwnActs
from cityops_desktop.station.acts.policy import PolicyActs
from cityops_desktop.station.acts.roles import RoleActs
from cityops_desktop.station.acts.sessions import SessionActs
from cityops_desktop.station.acts.staff import StaffActs
from cityops_desktop.station.alarmquery import sight_of
from cityops_desktop.station.auditor import Auditor
from cityops_desktop.station.commands import Commands, Direct
from cityops_desktop.station.duty.care import DutyCare
from cityops_desktop.station.equipment import Equipment
from cityops_desktop.station.facts import Facts
from cityops_desktop.station.hidings import StationHidings
from cityops_desktop.station.incidents import StationIncidents
from cityops_desktop.station.presence import Presence
from cityops_desktop.station.recorder import PATIENCE_SECONDS, Recorder
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.station.selftest import StationSelfTest
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy

log = logging.getLogger(__name__)
T = TypeVar("T")

SILENCE_SECONDS = 120
"""A silence ends by itself after two minutes, and at once with a new alarm of the same or a higher level."""
MOST_UNRECORDED = 100
"""Silences that may wait for a sick disk; more are refused, so that they cannot crowd the alarms out."""


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
        self._unrecorded = 0
        # threads of their own: a flood of log-ins must not hold up an acknowledge
        self.hashing = ThreadPoolExecutor(AT_ONCE, "passwords")
        self._looking_back = ThreadPoolExecutor(1, "history")
        self.refusals = Refusals(store, clock)
        self._device_of = {point.key: point.device for point in facts.room.points}
        self.access = Access(people, self.refusals, clock, Guarded(facts.room.devices))
        self.auditor = Auditor(store, clock, people.domain, facts.room.timezone)
        direct: dict[str, Direct] = {"alarm.acknowledge": self._acknowledge, "alarm.silence": self._silence}
        self._commands = Commands(store, clock, people, self.refusals, self.hashing, direct)
        policy, audit = PolicyActs(people), AuditActs(self.auditor)
        for subject in (AccountActs(people), OwnActs(people), SessionActs(people), RoleActs(people), StaffActs(people), policy):
            self._commands.take_on(subject.acts())
        self._commands.take_on(audit.acts(), audit.done())
        self.approvals = ApprovalActs(people, policy.acts(), {"policy.set": self._policy_set}, self.hub.station_changed)
        self._commands.take_on(self.approvals.acts())
        self._commands.take_witnessed(self.approvals.witnessed())

    def take_on(self, acts: Acts, done: Mapping[str, Done]) -> None:
        """More acts that people may give, before the first one arrives."""
        self._commands.take_on(acts, done)

    def announce(self, changed: Sequence[Alarm]) -> None:
        """These alarms are other than before: stored, then told; a loud one ends a silence."""
        if changed:
            self.break_silence(changed)
            self.recorder.record(changed)

    def tick(self) -> None:
        """Once a second: what ends by itself."""
        self.break_silence(())
        self.approvals.tick()
        self.hidings.tick()
        self.incidents.tick()
        self.selftest.tick()
        self.refusals.tick()
        self.access.tick()

    def hide(self, hidings: StationHidings) -> None:
        """Who keeps the lists of what is kept quiet; before the first console asks."""
        self.hidings = hidings
        self._commands.take_on(hidings.acts())
        self.approvals.take_on(hidings.two_person_acts())

    def test(self, selftest: StationSelfTest) -> None:
        """Who tests the way of an alarm; before the first console asks."""
        self.selftest = selftest
        self._commands.take_on(selftest.acts())

    def keep_incidents(self, incidents: StationIncidents) -> None:
        """Who keeps warnings and incidents; before the first console asks."""
        self.incidents = incidents
        self._commands.take_on(incidents.acts())

    def keep_duty(self, duty: DutyCare) -> None:
        """Who keeps the roster and what hangs on it; before the first console asks."""
        self.duty = duty
        self._commands.take_on(duty.acts())
        self._commands.take_witnessed(duty.witnessed())

    def room_changed(self, equipment: Equipment) -> None:
        """`facts.room` is another: consoles get a new full copy."""
        self._equipment = equipment
        self.hub.copy_again()

    def copy(self) -> Copy:
        """Everything a console shows, now. Who is at it is not known: it is told what anybody may see."""
        sight, asks = sight_of(self.facts.room), anybody(self.facts.room.domain)
        return Copy(
            seq=0,
            now=self.clock.wall(),
            room=self.facts.room,
            live=self._live_infos(self._live.entries),
            alarms=[one for one in self.recorder.shown() if sight.sees(asks, one.subject, open=one.open)],
            station=self._station_info(),
        )

    async def history(self, keys: list[str], start: int, end: int, buckets: int, credentials: Credentials) -> Past:
        """The past of these points, from a worker thread; one question at a time, so that ten charts do not slow the station down.
        Points of sensitive devices are left out for whoever is not logged in."""
        keys = await self.seen(keys, "history", credentials)
        return await self.look_back(lambda: self._history.past(keys, start, end, buckets))

    async def history_at(self, keys: list[str], time: int, credentials: Credentials) -> Past:
        """What was in force of these points at a time; as `history`."""
        keys = await self.seen(keys, "history", credentials)
        return await self.look_back(lambda: self._history.at(keys, time))

    async def seen(self, keys: Sequence[str], what: str, credentials: Credentials) -> list[str]:
        """These points but for those of sensitive devices that whoever asks may not see; that they were looked at is recorded. A point that
        the room has no more is not told: nobody can say whether its device was sensitive."""
        known = [key for key in keys if key in self._device_of]
        withheld = await self.access.withheld({self._device_of[key] for key in known}, what, credentials)
        return [key for key in known if self._device_of[key] not in withheld]

    async def look_back(self, ask: Callable[[], T]) -> T:
        """Ask the past in its worker thread, after those who asked before."""
        return await asyncio.get_running_loop().run_in_executor(self._looking_back, ask)

    async def device(self, id: str, credentials: Credentials) -> DeviceDetail | None:
        """All of a device, now; None when the room has no such device. Refused(log_in_to_see) of a sensitive one."""
        if not any(device.id == id for device in self.facts.room.devices):
            return None
        await self.access.look(id, "details", credentials)
        return self._equipment.detail(id, self.clock.wall(), self._live_infos, self.facts.buses, self.facts.devices)

    async def picture(self, id: str, credentials: Credentials) -> Picture:
        """The newest picture of a camera. Refused(no_such_picture) when there is none, and as `device`."""
        known = any(device.id == id for device in self.facts.room.devices)
        if known:
            await self.access.look(id, "picture", credentials)
        found = self._equipment.picture(id) if known else None
        if found is None:
            raise Refused("no_such_picture", device=id)
        return found

    def console(self, beat: ConsoleBeat, credentials: Credentials) -> None:
        """A window paints, or is closed in order."""
        names.clean(beat.window)
        if not self.presence.hear(beat, names.clean(beat.name), remote=credentials.via != LOCAL):
            raise Refused("busy")
        self.selftest.painted(beat, names.clean(beat.name), remote=credentials.via != LOCAL)
        if beat.used and credentials.via == LOCAL:
            self.duty.roster.used(names.clean(beat.name))

    async def command(self, command: Command, credentials: Credentials) -> CommandResult:
        """Carry out an act once."""
        return await self._commands.command(command, credentials)

    def close(self) -> None:
        """No more passwords are looked at, and no more questions about the past; refusals that were only counted are written."""
        self.refusals.finish()
        self.access.finish()
        self.hashing.shutdown(wait=False, cancel_futures=True)
        self._looking_back.shutdown(wait=False, cancel_futures=True)

    def _policy_set(self, act: SetPolicy, _who: Who) -> None:
        """Another preset has just been committed."""
        self._people.policy = POLICIES[act.preset]
        self.hub.station_changed()

    async def _acknowledge(self, act: Acknowledge, who: Who | None, _via: str) -> None:
        """Durable first, then true: an acknowledge that could not be stored has not happened."""
        assert who is not None

        def recheck(conn: Connection) -> None:
            self._people.recheck(conn, who, act.kind)

        await self.acknowledge(act.alarms, who.person.id, who.person.display, recheck)

    async def acknowledge(self, alarms: Sequence[str], actor: str, actor_name: str, recheck: Callable[[Connection], None]) -> None:
        """The same for whoever proved it otherwise (station/notifying.py): `recheck` looks at the right in the transaction of the act."""
        async with self._one_at_a_time:
            await self._acknowledge_now(alarms, actor, actor_name, recheck)

    async def _acknowledge_now(self, ids: Sequence[str], actor: str, actor_name: str, recheck: Callable[[Connection], None]) -> None:
        now = self.clock.wall()
        chosen = [alarm for alarm in map(self._book.find, ids) if alarm is not None and alarm.unseen]
        if not chosen:
            if any(self._book.find(id) for id in ids):
                return  # somebody acknowledged them a moment ago
            raise Refused("no_such_alarm")
        wanted = [acknowledged(alarm, actor, actor_name, now) for alarm in chosen]

        def save(conn: Connection) -> None:
            recheck(conn)
            for alarm in wanted:
                alarm_table.save(conn, alarm, now)

        await asyncio.wrap_future(self._store.write(save, urgent=True))
        # one that came again while this was on its way to the disk has been seen by nobody
        seen = [alarm for alarm in chosen if not self._came_again(alarm)]
        task = self.recorder.record([one for alarm in seen for one in self._book.acknowledge(alarm.id, actor, actor_name, now)])
        if task is not None:
            await asyncio.wait({task}, timeout=2 * PATIENCE_SECONDS)

    def _came_again(self, alarm: Alarm) -> bool:
        """Has it come again since it was this? That it was hidden meanwhile, or no longer is, is no coming."""
        now = self._book.find(alarm.id)
        if now is None or now is alarm or now.state is not AlarmState.UNACKNOWLEDGED:
            return False
        covered_as_then = now.with_state(now.state, hidden=alarm.hidden, hidden_until=alarm.hidden_until, under=alarm.under)
        return now == alarm or covered_as_then != alarm

    def _audible(self) -> list[Alarm]:
        return [alarm for alarm in self._book.open() if alarm.audible]

    async def _silence(self, act: Silence, _who: Who | None, via: str) -> None:
        """The horn must fall silent even while the disk is full: the record then follows when it can be written."""
        console, now = names.clean(act.console), self.clock.wall()
        heard = {alarm.id for alarm in self._audible()}
        await self._record_silence(console, via, now)
        # a test that ends in a moment keeps nobody from hearing what comes after it, of whatever level
        loudest = [alarm.level for alarm in self._book.open() if alarm.id in heard and alarm.cause not in TESTS]
        self.facts.silenced_until = now + SILENCE_SECONDS * 1000
        self.facts.silence_ends = self.clock.monotonic() + SILENCE_SECONDS
        self.facts.silenced_by = console
        self.facts.silenced_level = int(min(loudest, default=4))
        self.facts.silenced = {alarm.id for alarm in self._book.open() if alarm.id in heard and alarm.state is AlarmState.UNACKNOWLEDGED}
        self.hub.station_changed()
        self.break_silence(alarm for alarm in self._audible() if alarm.id not in heard)

    async def _record_silence(self, console: str, via: str, now: int) -> None:
        """By the name that a console of this machine gives itself; one on another machine has an id that it cannot choose."""
        if self._unrecorded >= MOST_UNRECORDED:
            raise StoreBusy(f"{self._unrecorded} silences wait to be recorded")
        actor = f"console:{console if via == LOCAL else via}"
        body = {
            "seconds": SILENCE_SECONDS,
            "on_duty": [one.account for one in self.duty.info().people if one.signed_in],
            **({} if via == LOCAL else {"name": console}),
        }
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
        loud = False
        for alarm in raised:
            if alarm.state is not AlarmState.UNACKNOWLEDGED or alarm.hidden is not None:
                self.facts.silenced.discard(alarm.id)  # should it come again, or out of its hiding, it is as good as new
            elif alarm.level <= self.facts.silenced_level and alarm.id not in self.facts.silenced:
                loud = True
        if loud or self.clock.monotonic() >= self.facts.silence_ends:
            self.facts.silenced_until = self.facts.silenced_by = None
            self.hub.station_changed()

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
            duty=self.duty.info(),
            restarts=facts.restarts,
            restart_reason=facts.restart_reason,
            config=facts.config,
            preset=self._people.policy.preset,
            idle_seconds=self._people.policy.idle_seconds,
            approvals=self.approvals.infos(),
            shelves=self.hidings.shelves(),
            services=self.hidings.services(),
            minutes=facts.minutes,
            warnings=self.incidents.warnings(),
            self_tests=self.selftest.infos(),
            self_test_due=self.selftest.due(),
            switched_off=self.hidings.switched_off(),
            buses=[_bus_state(report) for report in facts.buses.values()],
        )


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
