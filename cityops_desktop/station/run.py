"""The station proper: composes acquisition, live table, alarms, journal, store and link on one event loop, starts and stops them in order.

What reports mean is in `intake.py`, what the station says of itself in `own_alarms.py`, what goes by time in `pulse.py`.
"""

import asyncio
import contextlib
import gc
import logging
import logging.handlers
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from cityops_desktop import __version__
from cityops_desktop.acquire.acquisition import Acquisition
from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms import folding
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.config import bundle
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.history import WholeHistory
from cityops_desktop.history.journal import Journal
from cityops_desktop.history.seal import Sealer
from cityops_desktop.link import files
from cityops_desktop.link.analysis_api import analysis_router
from cityops_desktop.link.api import create_app
from cityops_desktop.link.audit_api import audit_router
from cityops_desktop.link.config_api import config_router
from cityops_desktop.link.devices_api import devices_router
from cityops_desktop.link.entrance import entrance_router
from cityops_desktop.link.guard import Guard
from cityops_desktop.link.incidents_api import incidents_router
from cityops_desktop.link.keeping_api import keeping_router
from cityops_desktop.link.logs_api import logs_router
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.link.people_api import people_router
from cityops_desktop.link.remote_api import remote_router
from cityops_desktop.link.replay_api import replay_router
from cityops_desktop.link.statistics_api import statistics_router
from cityops_desktop.link.trends_api import trends_router
from cityops_desktop.link.wires_api import wires_router
from cityops_desktop.model.alarms import Cause
from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.points import Level
from cityops_desktop.model.rooms import Room
from cityops_desktop.people.people import People
from cityops_desktop.people.quick import KEY as BADGE_KEY
from cityops_desktop.station import lines
from cityops_desktop.station.acts.config import ConfigActs
from cityops_desktop.station.acts.consoles import ConsoleActs
from cityops_desktop.station.acts.devices import DeviceActs
from cityops_desktop.station.acts.trends import TrendActs
from cityops_desktop.station.alarmcare import AlarmCare, Surroundings
from cityops_desktop.station.analysis import StationAnalysis
from cityops_desktop.station.audit_desk import StationAudit
from cityops_desktop.station.config import Effect, StationConfig
from cityops_desktop.station.deriving import Deriving
from cityops_desktop.station.desk import StationDesk
from cityops_desktop.station.duty.care import DutyCare
from cityops_desktop.station.duty.part import DutyAround
from cityops_desktop.station.entrance import StationEntrance
from cityops_desktop.station.equipment import Equipment
from cityops_desktop.station.facts import Facts
from cityops_desktop.station.identities import Identities
from cityops_desktop.station.incidentbundle import Bundler
from cityops_desktop.station.incidents import StationIncidents
from cityops_desktop.station.info import alarm_info, room_info
from cityops_desktop.station.intake import Intake
from cityops_desktop.station.keeping import StationKeeping
from cityops_desktop.station.learning import Learning
from cityops_desktop.station.logs import StationLogs
from cityops_desktop.station.own_alarms import OwnAlarms
from cityops_desktop.station.people import StationPeople
from cityops_desktop.station.pulse import Pulse
from cityops_desktop.station.recorder import MOST_ENDED
from cityops_desktop.station.remote import Listening, Server, StationRemote, serving
from cityops_desktop.station.replay import StationReplay
from cityops_desktop.station.sensors import Sensors
from cityops_desktop.station.settle import Settled, Start, prove
from cityops_desktop.station.statistics import StationStatistics
from cityops_desktop.station.trends import StationTrends
from cityops_desktop.station.wires import StationWires
from cityops_desktop.station.writing import Writing
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import changes
from cityops_desktop.store.files import unusable
from cityops_desktop.store.records import damaged
from cityops_desktop.store.store import RECORDS, Notice, Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

PROVEN_SECONDS = 60.0
"""How long a new configuration must run until the one before is not gone back to any more."""
REST_SECONDS = 5.0
"""So long alarm outputs may take to fall quiet before another configuration takes over."""
ANSWER_SECONDS = 0.3
"""What is being answered when another configuration ends this run."""


class Station:
    """One run of the station. Everything but the bus threads and the writer thread happens on its event loop."""

    def __init__(
        self,
        data: Path,
        settled: Settled,
        room_path: Path,
        drivers: Mapping[str, Driver],
        clock: Clock,
        store: Store,
        listener: socket.socket,
        start: Start,
        listening: Listening | None = None,
    ) -> None:
        """`reconfigure` says after `run` that another configuration waits for the next run."""
        self.reconfigure = False
        self._data = data
        self._drivers = drivers
        self._start = start
        self._failed = settled.failed
        self._kind = settled.version.head.kind
        self._room = room = settled.room
        self._clock = clock
        self._store = store
        self._listener = listener
        self._live = LiveTable(room, clock)
        self._curves = Curves(room.points().values())
        self._journal = Journal(store, room, clock)
        self._wide = folding.together(room, _resources(room, drivers))
        self._book = AlarmBook(room, folding.parents(room, self._wide), self._wide)
        self._fault: Exception | None = None
        self._stopping = asyncio.Event()
        started = clock.wall()
        self._facts = Facts(uuid7(started), started, start.restarts, start.reason, _room_info(room, drivers))
        self._facts.config = settled.version.number
        self._people = People(store, clock, room.domain)
        addresses = _addresses(room, drivers)
        self._identities = Identities(room, addresses, clock, store, self._live, self._book, lambda changed: self._desk.announce(changed))
        equipment = Equipment(room, self._facts.room, drivers, self._live, self._identities.info)
        self._archive = archive = Archive(store.shelf)
        self._history = WholeHistory(self._curves, self._journal, archive)
        self._sealer = Sealer(self._journal, self._curves, store.shelf, archive, room, clock)
        self._desk = StationDesk(self._facts, clock, store, self._people, self._live, self._history, self._book, equipment)
        self._entrance = StationEntrance(self._people, self._desk.refusals, self._desk.hashing, self._set_up)
        self._remote = StationRemote(listening, self._people, self._desk.refusals, clock)
        self._remote.hub = self._desk.hub
        self._register = StationPeople(self._people, self._desk.refusals, lambda: self._remote.fingerprint)
        self._audit = StationAudit(store, self._people, self._desk.refusals, self._desk.auditor)
        self._own = OwnAlarms(self._book, self._desk, store, self._journal, clock)
        self._desk.auditor.told, self._desk.auditor.key_changed = self._own.verified, self._own.key_changed
        effect = Effect(lambda room: _room_info(room, drivers), self._exchange, self._reconfigure, self._fail)
        self._config = StationConfig(settled, room_path, store, clock, self._people, self._desk.refusals, effect)
        config = ConfigActs(self._config)
        self._desk.take_on(config.acts(), config.done())
        remote = ConsoleActs(self._remote)
        self._desk.take_on(remote.acts(), remote.done())
        self._desk.take_on(DeviceActs(self._identities).acts(), {})
        self._desk.take_on(TrendActs(self._people, self._history, self._facts.room).acts(), {})
        learning = Learning(room, clock, store)
        self._intake = Intake(room, clock, self._live, self._journal, self._curves, self._book, self._desk, self._identities, learning)
        self._acquisition = Acquisition(room, drivers, clock, lambda report: self._call(self._intake.take, report), learning.load())
        self._writing = Writing(room, store, clock, self._acquisition.order, self._identities.waits)
        self._desk.take_on(self._writing.acts(), {})
        self._wires = StationWires(room, drivers, clock, self._facts, equipment, self._acquisition, self._desk.access)
        bundler = Bundler(store, lambda: self._facts.room, self._wires, self._desk.access, equipment.picture)
        self._incidents = StationIncidents(
            lambda: self._room,
            self._book,
            store,
            self._people,
            self._desk.refusals,
            clock,
            self._desk.announce,
            self._desk.hub.station_changed,
            bundler,
            self._desk.access,
            lambda: self._facts.room,
        )
        self._desk.keep_incidents(self._incidents)
        self._duty = DutyCare(
            DutyAround(
                data,
                lambda: self._room,
                lambda: self._facts.room,
                clock,
                store,
                self._book,
                self._people,
                self._desk.refusals,
                self._desk.access,
                self._live,
                self._history,
                self._own.notice,
                self._desk.hub.station_changed,
                self._incidents.renew,
            ),
            self._desk.announce,
        )
        self._desk.keep_duty(self._duty)
        self._writing.tags = self._duty.tickets.tags
        self._care = AlarmCare(
            Surroundings(
                data,
                data / bundle.FOLDER / str(settled.version.number) / bundle.ROOM,
                lambda: self._room,
                lambda: self._config.settled.plain,
                self._facts,
                clock,
                store,
                self._book,
                self._people,
                self._desk,
                self._own,
                self._live,
                self._history,
                self._identities,
                self._writing,
                self._call,
                self._intake.take,
                equipment.picture,
                self._acquisition.hasten,
            )
        )
        self._statistics = StationStatistics(lambda: self._room, store, self._history, clock, self._facts, self._live, self._people)
        self._analysis = StationAnalysis(lambda: self._room, self._history, self._desk, clock)
        self._replay = StationReplay(lambda: self._room, self._history, self._desk, clock)
        self._logs = StationLogs(data, lambda: self._room, self._book, self._desk.announce, clock, self._people, self._desk.refusals)
        self._desk.take_on(self._logs.acts(), {})
        self._intake.listeners.append(self._logs.devices.take)
        self._keeping = StationKeeping(data, room, store.shelf, self._own, clock)
        self._sensors = Sensors(lambda: self._room, self._live, self._book, self._desk.announce)
        self._pulse = Pulse(
            clock,
            self._book,
            self._live,
            self._journal,
            self._sealer,
            self._acquisition,
            self._people,
            self._desk,
            self._intake,
            Deriving(room, self._live, clock),
            self._own,
            self._keeping,
            self._identities,
            self._care.outputs,
            (*self._care.each_second, self._logs.tick, self._sensors.tick, self._duty.tick),
        )

    async def run(self) -> None:
        """Start everything, serve until stopped, stop everything in the order that loses nothing."""
        self._loop = asyncio.get_running_loop()
        self._watch_for_stop()
        self._store.shelf.on_damaged = lambda file, moved: self._call(self._month_damaged, file, moved)
        self._store.on_trouble = lambda recording, detail: self._call(self._own.store_trouble, recording, detail)
        await asyncio.to_thread(self._load)
        await self._remember()
        try:
            token = files.make_token(self._data)
        except OSError as error:
            raise unusable(self._data / files.TOKEN, error) from error
        lines.say({"event": "wires"})
        self._acquisition.start()  # the wires are slower than what follows
        questions = (
            people_router(self._register),
            audit_router(self._audit),
            config_router(self._config),
            devices_router(self._identities),
            wires_router(self._wires),
            statistics_router(self._statistics),
            analysis_router(self._analysis),
            keeping_router(self._keeping),
            incidents_router(self._incidents),
            replay_router(self._replay),
            logs_router(self._logs),
            *self._care.routers,
            *self._duty.routers(),
            trends_router(StationTrends(self._store, self._people, self._desk.access, self._history, self._facts.room)),
        )
        app = create_app(self._desk, entrance_router(self._entrance), remote_router(self._remote), *questions)
        servers = [Server(serving(Guard(app, token, refused=self._remote.knocked)))]
        answering = [self._loop.create_task(servers[0].serve(sockets=[self._listener]))]
        tls = self._remote.serve(app)
        if tls is not None:
            servers.append(tls)
            answering.append(self._loop.create_task(tls.serve()))
        url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        try:
            files.publish(self._data, url, self._facts.boot)
        except OSError as error:  # a full disk: the room is watched all the same
            log.error("consoles cannot find this station: station.json could not be written: %s", error)
        remote = {"remote": self._remote.place, "fingerprint": self._remote.fingerprint} if tls is not None else {}
        lines.say({"event": "ready", "url": url, "boot": self._facts.boot, "data": str(self._data), **remote})
        gc.collect()
        gc.freeze()
        gc.enable()
        self._desk.auditor.start(self._intake.all_read)
        self._logs.start()
        proving = self._loop.call_later(PROVEN_SECONDS, self._prove)
        ticking = self._loop.create_task(self._pulse.beat_until_unheard())
        stopping = self._loop.create_task(self._stopping.wait())
        try:
            await asyncio.wait({*answering, ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            with contextlib.suppress(OSError):
                files.withdraw(self._data)
            self._desk.hub.close()
            ticking.cancel()
            if self.reconfigure:
                await self._care.outputs.rest(REST_SECONDS)
            await asyncio.to_thread(self._acquisition.stop)
            for server in servers:
                server.should_exit = True
            proving.cancel()
            self._config.close()
            stopping.cancel()
            results = await asyncio.gather(*answering, ticking, return_exceptions=True)
            self._desk.close()
            self._wires.close()
            self._analysis.close()
            self._replay.close()
            self._statistics.close()
            await self._incidents.close()
            await self._duty.close()
            await self._desk.auditor.stop()
            await self._logs.stop()
            await self._care.close()
            await self._writing.finish(5.0)
            await self._desk.recorder.finish(5.0)
            await self._close_records()
            await asyncio.to_thread(self._sealer.close)
            await asyncio.to_thread(self._keeping.close)
        for result in (self._fault, *results):
            if isinstance(result, Exception):
                raise result

    def _load(self) -> None:
        """Bring back what the store knows: accounts and the curves of the last two hours. OperatorError when it cannot be read."""
        self._last_recorded = self._journal.load_into(self._curves).newest
        try:
            self._stopped_well = self._store.read(lambda conn: changes.newest_kind(conn, "station.")) in (None, "station.stopped")
            self._load_people()
            self._identities.load()
            self._incidents.load()
            self._duty.load()
            self._open = self._store.read(alarm_table.open_alarms)
            self._care.load(self._open)
            ended = self._store.read(lambda conn: alarm_table.ended(conn, MOST_ENDED))
            self._known = [alarm_info(alarm) for alarm in (*reversed(ended), *self._open)]
        except StoreError as error:
            raise unusable(self._data / RECORDS, error) from error
        except (ValueError, TypeError, SQLAlchemyError) as error:  # a row that makes no sense
            raise damaged(self._data / RECORDS, str(error)) from error
        self._facts.setup_required = not self._people.any_account()

    def _load_people(self) -> None:
        try:
            self._people.load()
            self._remote.load()
        except OSError as error:
            raise unusable(self._data / BADGE_KEY, error) from error

    async def _remember(self) -> None:
        """Put open alarms back and say what happened while nobody was watching."""
        wall = self._clock.wall()
        self._desk.recorder.remember(self._known)
        self._desk.announce(self._book.restore(self._open, wall))
        self._care.begin(self._open)
        self._identities.begin(self._kind)
        self._own.store_trouble(self._store.recording, self._store.detail)
        body: dict[str, object] = {
            "program": __version__,
            "room": self._room.version,
            "restarts": self._facts.restarts,
            "reason": self._facts.restart_reason,
            "last_recorded": self._last_recorded,
        }
        self._desk.approvals.begin()
        self._writing.begin(wall)
        kind = "station.restarted" if self._facts.restarts else "station.started"
        if self._start.reconfigured:
            kind, body["config"] = "station.reconfigured", self._facts.config
        self._store.write_until_done(lambda conn: changes.append(conn, kind=kind, subject="station", actor="station", time=wall, body=body))
        if self._failed:
            self._own.notice("station#config", Cause.CONFIG_FAILED, Level.MAJOR, str(self._failed))
        if self._facts.restarts and not self._start.reconfigured:
            self._own.notice("station#restarted", Cause.STATION_RESTARTED, Level.MINOR, self._facts.restart_reason)
        elif not self._stopped_well and self._last_recorded is not None:
            gap = f"{self._last_recorded} {wall}"
            self._own.notice("station#gap", Cause.RECORDING_GAP, Level.MINOR, gap)
        for notice in self._store.notices:
            self._own.notice(f"station#{notice.code}", Cause.STORE_DAMAGED, Level.MAJOR, notice.detail)

    def _exchange(self, settled: Settled, info: RoomInfo) -> None:
        """Other limits, from now on; consoles begin again with a full copy."""
        self._desk.announce(self._book.refold(folding.parents(settled.room, self._wide)))
        changed = self._intake.exchange(settled.room)
        self._room, self._facts.room, self._facts.config = settled.room, info, settled.version.number
        self._desk.announce(changed)
        self._care.hidings.exchanged()
        self._desk.room_changed(Equipment(settled.room, info, self._drivers, self._live, self._identities.info))

    def _reconfigure(self, number: int) -> None:
        """Another room: this run ends in order, the supervisor starts the next one at once."""
        self.reconfigure = True
        lines.say({"event": "reconfiguring", "version": number})
        self._loop.call_later(ANSWER_SECONDS, self._stopping.set)  # whoever applied it gets the answer

    def _prove(self) -> None:
        """This configuration has run for a minute."""
        number = self._facts.config
        self._loop.run_in_executor(None, _remember_proven, self._data, number)

    def _month_damaged(self, file: str, moved: str) -> None:
        """A month of the past was moved aside while the station runs."""
        self._archive.forget(int(file.removeprefix("history-")[:6]))
        self._own.notice("station#history_damaged", Cause.STORE_DAMAGED, Level.MAJOR, Notice("history_damaged", file, moved).detail)

    def _fail(self, error: BaseException) -> None:
        self._fault = self._fault or (error if isinstance(error, Exception) else RuntimeError(str(error)))
        self._stopping.set()

    def _set_up(self) -> None:
        """The first accounts have been made."""
        self._facts.setup_required = False
        self._desk.hub.station_changed()

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has just been closed: the station is stopping
            self._loop.call_soon_threadsafe(self._whole, function, *arguments)

    def _whole(self, function: Callable[..., None], *arguments: object) -> None:
        """Do it, or end this station: half a report must not pass for a whole one. The supervisor starts the next."""
        try:
            function(*arguments)
        except Exception as error:  # noqa: BLE001  named border: our own fault on the loop
            self._fault = self._fault or error
            self._stopping.set()

    def _heard(self, line: bytes) -> None:
        """A line of the supervisor."""
        frozen = lines.frozen(line)
        if frozen is not None:
            self._own.frozen(frozen)

    async def _close_records(self) -> None:
        """The last second of the journal, and the record that this was a clean stop."""
        wall = self._clock.wall()
        waiting = [
            future
            for future in (
                self._journal.flush(),
                self._store.write(
                    lambda conn: changes.append(conn, kind="station.stopped", subject="station", actor="station", time=wall, body={})
                ),
            )
            if future is not None
        ]
        await asyncio.wait({asyncio.wrap_future(future) for future in waiting}, timeout=5.0)
        with contextlib.suppress(StoreError, TimeoutError):  # nothing can be written: the last head is an older one
            await asyncio.wait_for(self._desk.auditor.sign(), 5.0)

    def _watch_for_stop(self) -> None:
        """SIGTERM, or the end of standard input: the supervisor orders a stop, or has died."""
        lines.listen(lambda line: self._call(self._heard, line), lambda: self._call(self._stopping.set))
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the supervisor's: it stops us in order
        with contextlib.suppress(NotImplementedError):  # Windows: standard input alone
            self._loop.add_signal_handler(signal.SIGTERM, self._stopping.set)


def _remember_proven(data: Path, number: int) -> None:
    try:
        prove(data, number)
    except OSError as error:
        log.warning("it cannot be remembered that configuration version %d runs well: %s", number, error)


def _room_info(room: Room, drivers: Mapping[str, Driver]) -> RoomInfo:
    return room_info(room, _resources(room, drivers), _addresses(room, drivers))


def _resources(room: Room, drivers: Mapping[str, Driver]) -> dict[str, str]:
    """What each bus uses alone: its port, or host and port."""
    return {bus.id: drivers[bus.driver].resource(bus.options) for bus in room.buses}  # type: ignore[arg-type]


def _addresses(room: Room, drivers: Mapping[str, Driver]) -> dict[str, str]:
    """What tells each device from its neighbours on the bus."""
    driver_of = {bus.id: drivers[bus.driver] for bus in room.buses}
    return {device.id: driver_of[device.bus].identity(device.options) for device in room.devices}  # type: ignore[arg-type]
