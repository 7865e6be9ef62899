"""The station's answer about the load that alarms are: reads the store in a thread of its own, for so many seconds at most. Reckons nothing
itself (history/statistics/alarmload.py)."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.history.statistics import acts, alarmload, alarmsteps
from cityops_desktop.history.statistics.alarmload import Actor
from cityops_desktop.history.statistics.periods import Period
from cityops_desktop.link.alarmload import AlarmLoadInfo, LoadActor, LoadFigure, LoadFlood
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.model.refused import Refused
from cityops_desktop.people.people import People
from cityops_desktop.people.sight import Reader, Sight, reader
from cityops_desktop.station.alarmquery import sight_of
from cityops_desktop.station.asking import look_up_here
from cityops_desktop.store.store import Store

READ_SECONDS = 5.0
MOST_DAYS = 400
MOST_WAITING = 4
MOST_FLOODS = 50


class StationAlarmLoad:
    """Implements cityops_desktop.link.alarmload_api.AlarmLoadDesk. Used from the station's loop; `room` gives the one in force."""

    def __init__(self, room: Callable[[], RoomInfo], store: Store, clock: Clock, people: People) -> None:
        self._room = room
        self._store = store
        self._clock = clock
        self._people = people
        self._worker = ThreadPoolExecutor(1, "alarm load")
        self._asked = 0

    def close(self) -> None:
        """No more is reckoned."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def alarm_load(self, start: int, end: int, credentials: Credentials) -> AlarmLoadInfo:
        """The figures of a time. Refused: bad_request, busy, search_too_slow, stolen_session."""
        if end <= start or end - start > MOST_DAYS * 86_400_000:
            raise Refused("bad_request", detail=f"from, to: 1 to {MOST_DAYS} days")
        if self._asked >= MOST_WAITING:
            raise Refused("busy")
        self._asked += 1
        try:
            who = await asyncio.to_thread(self._people.who, credentials.session, credentials.bound)
            room = self._room()
            asks = reader(who, room.domain, self._people.policy.preset)
            return await asyncio.get_running_loop().run_in_executor(self._worker, self._told, room, asks, start, end)
        finally:
            self._asked -= 1

    def _told(self, room: RoomInfo, asks: Reader, start: int, end: int) -> AlarmLoadInfo:
        """In the worker."""
        now = self._clock.wall()

        def read(conn: Connection) -> tuple[alarmsteps.Steps, list[Period]]:
            return alarmsteps.read(conn, start, end), acts.watched(conn, now)

        steps, watched = look_up_here(self._store, read, READ_SECONDS)
        found = alarmload.load(steps.activations, Period(steps.since, end), watched, now)
        sight = sight_of(room)
        return AlarmLoadInfo(
            now=now,
            post="",
            start=steps.since,
            end=end,
            zone=room.timezone,
            hours=found.hours,
            enough_days=alarmload.ENOUGH_DAYS,
            provisional=found.provisional,
            cut=steps.since != start,
            alarms=found.alarms,
            hidden=found.hidden,
            tests=found.tests,
            this_hour=found.this_hour,
            figures=[LoadFigure(**one._asdict(), met=one.met) for one in found.figures],
            floods=[LoadFlood(**one._asdict()) for one in sorted(found.floods, key=lambda one: -one.alarms)[:MOST_FLOODS]],
            actors=[_actor(one, sight, asks) for one in found.actors],
        )


def _actor(one: Actor, sight: Sight, asks: Reader) -> LoadActor:
    told = one if sight.sees(asks, one.subject, open=False) else one._replace(key="", subject="")
    return LoadActor(**told._asdict())
