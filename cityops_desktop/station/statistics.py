"""The station's answers about statistics: reads store and historian in a thread of its own, for so many seconds at most. Reckons nothing
itself (history/statistics/)."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.clock import Clock
from cityops_desktop.history.statistics import acts, alarms, inventory, performance
from cityops_desktop.history.statistics.days import DaysOf, PastOf, Ready
from cityops_desktop.history.statistics.performance import Recorded, meters, recorded_points
from cityops_desktop.history.statistics.periods import Period, periods, whole_days
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.statistics import CompletenessInfo, StatisticsInfo
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.identities import Standing
from cityops_desktop.model.points import Point
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.model.statistics import About, By, Column, Measure, Note, Row, Subject, Table
from cityops_desktop.people.people import People
from cityops_desktop.station.asking import look_up_here
from cityops_desktop.station.facts import Facts
from cityops_desktop.store import devices
from cityops_desktop.store.store import Store

T = TypeVar("T")
PERSONAL = "audit.read"
"""Who did what stands in the change log: who may not read that is not told it here."""
SECONDS = 5.0
"""So long the historian is asked for one answer."""
READ_SECONDS = 5.0
MOST_DAYS = 400
MOST_WAITING = 8


class StationStatistics:
    """Implements cityops_desktop.link.statistics_api.StatisticsDesk. Used from the station's loop; `room` gives the one in force."""

    def __init__(
        self, room: Callable[[], Room], store: Store, history: PastOf, clock: Clock, facts: Facts, live: LiveTable, people: People
    ) -> None:
        self._room = room
        self._store = store
        self._clock = clock
        self._facts = facts
        self._live = live
        self._people = people
        self._days = DaysOf(history, clock)
        self._worker = ThreadPoolExecutor(1, "statistics")
        self._asked = 0

    def close(self) -> None:
        """No more is reckoned."""
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def statistics(self, subject: Subject, start: int, end: int, by: By, credentials: Credentials) -> StatisticsInfo:
        """The tables of a subject, of all days of the room that the span touches. Refused(bad_request, busy, search_too_slow)."""
        room = self._room()
        days = self._whole_days(room, start, end)
        personal = await asyncio.to_thread(self._may_read_people, credentials) if subject is Subject.SERVICE else False
        watts = {point.key: self._watts(point) for point in room.points().values() if point.unit in performance.KW}
        answers = _answers(self._facts) if subject is Subject.PERFORMANCE else ()
        return await self._work(lambda: self._told(room, subject, days, by, personal, watts, answers))

    async def completeness(self, start: int, end: int) -> CompletenessInfo:
        """The calendar of the devices and points. Refused(bad_request, busy)."""
        room = self._room()
        days = self._whole_days(room, start, end)
        return await self._work(lambda: self._calendar(room, days))

    def _whole_days(self, room: Room, start: int, end: int) -> list[Period]:
        if end <= start or end - start > (MOST_DAYS + 1) * 86_400_000:
            raise Refused("bad_request", detail=f"from, to: 1 to {MOST_DAYS} days")
        return whole_days(start, end, ZoneInfo(room.timezone))

    def _may_read_people(self, credentials: Credentials) -> bool:
        """Nothing is refused to who may not: it is left out, so nothing is recorded."""
        try:
            self._people.check(credentials.session, credentials.bound, PERSONAL)
        except Refused:
            return False
        return True

    def _watts(self, point: Point) -> float | None:
        reading = self._live.get(point.key).reading if point.key in self._live.entries else None
        if reading is None or not reading.usable or not isinstance(reading.value, int | float):
            return None
        return float(reading.value) * 1000 * performance.KW[point.unit]

    async def _work(self, task: Callable[[], T]) -> T:
        if self._asked >= MOST_WAITING:
            raise Refused("busy")
        self._asked += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._worker, task)
        finally:
            self._asked -= 1

    # in the worker

    def _read(self, ask: Callable[[Connection], T]) -> T:
        return look_up_here(self._store, ask, READ_SECONDS)

    def _told(
        self,
        room: Room,
        subject: Subject,
        days: list[Period],
        by: By,
        personal: bool,
        watts: Mapping[str, float | None],
        answers: Sequence[Row],
    ) -> StatisticsInfo:
        now, ready = self._clock.wall(), Ready()
        spans = periods(days[0].start, days[-1].end, by, ZoneInfo(room.timezone))
        people: dict[str, str] = {}
        notes: list[Note] = []
        match subject:
            case Subject.BUSINESS:
                tables = self._business(room, days, spans, now, ready)
            case Subject.SERVICE:
                tables, people = self._service(room, days, spans, now, personal)
                notes += [] if personal else [Note("people_withheld")]
            case Subject.PERFORMANCE:
                tables = self._performance(room, days, spans, now, ready, answers)
            case Subject.CONFIGURATION:
                tables = self._configuration(room, days, spans, watts)
        if days[-1].end > now:
            notes.append(Note("not_over"))
        return StatisticsInfo(
            now=now,
            subject=subject,
            start=days[0].start,
            end=days[-1].end,
            by=by,
            zone=room.timezone,
            oldest=self._days.oldest,
            ready=ready.part,
            tables=tables,
            notes=notes,
            people=people,
        )

    def _business(self, room: Room, days: list[Period], spans: list[Period], now: int, ready: Ready) -> list[Table]:
        start, end = days[0].start, days[-1].end
        group = _groups(room)

        def read(conn: Connection) -> tuple[list[Alarm], list[acts.Act], dict[str, str], list[Period]]:
            return alarms.read(conn, start, end), acts.read(conn, start, end), acts.people(conn), acts.watched(conn, now)

        found, done, known, watched = self._read(read)
        told = self._recorded(meters(room), days, now, ready)
        return [
            alarms.by_group(found, spans, group),
            alarms.worst_hours(found, spans, watched, now),
            acts.duty(done, spans, known),
            performance.energy_by_period(told, spans, room),
        ]

    def _service(self, room: Room, days: list[Period], spans: list[Period], now: int, personal: bool) -> tuple[list[Table], dict[str, str]]:
        start, end = days[0].start, days[-1].end

        def read(conn: Connection) -> tuple[list[Alarm], list[acts.Act], dict[str, str], Callable[[str, int], list[str]], list[Period]]:
            people, roles = acts.people(conn), acts.roles(conn, room.domain)
            return alarms.read(conn, start, end), acts.read(conn, start, end), people, roles, acts.watched(conn, now)

        found, done, known, roles, watched = self._read(read)
        raised = [one for one in found if start <= one.raised < end]
        tables = [
            alarms.by_period(raised, spans, watched),
            alarms.by_level(raised),
            alarms.by_subject("alarms_by_group", About.GROUP, raised, _groups(room)),
            alarms.by_subject("alarms_by_device", About.DEVICE, raised, _devices(room)),
            alarms.by_post(raised, roles),
        ]
        if not personal:
            return tables, {}
        return [*tables, alarms.by_person(raised), acts.by_person(done, known), acts.logins(done, known)], known

    def _performance(
        self, room: Room, days: list[Period], spans: list[Period], now: int, ready: Ready, answers: Sequence[Row]
    ) -> list[Table]:
        until = self._clock.monotonic() + SECONDS
        told = self._recorded([point for device in room.devices for point in recorded_points(device)], days, now, ready)
        sensors, basis = performance.sensors(room), performance.pue_basis(room)
        areas = self._days.areas(sensors, days, until, ready)
        power = self._days.power(basis, days, until, ready)
        return [
            *performance.availability(told, spans, room),
            performance.energy_by_meter(told, room),
            performance.energy_by_period(told, spans, room),
            performance.environment(areas, sensors, told),
            performance.pue(power, basis, spans, told),
            Table("answers", About.DEVICE, ANSWERS, tuple(answers), "since_start", (Note("since_start", {"time": self._facts.started}),)),
        ]

    def _configuration(self, room: Room, days: list[Period], spans: list[Period], watts: Mapping[str, float | None]) -> list[Table]:
        start, end = days[0].start, days[-1].end

        def read(conn: Connection) -> tuple[list[acts.Act], tuple[dict[str, Standing], dict[str, str], bool]]:
            return acts.read(conn, start, end), devices.read(conn)

        done, (standings, _, _) = self._read(read)
        return [
            inventory.by_group(room),
            inventory.by_type(room),
            inventory.buses(room),
            acts.kinds("versions_by_period", done, spans, acts.VERSIONS),
            acts.kinds("devices_by_period", done, spans, acts.DEVICES),
            inventory.racks(room, watts.get),
            inventory.identities(room, standings),
        ]

    def _calendar(self, room: Room, days: list[Period]) -> CompletenessInfo:
        now, ready = self._clock.wall(), Ready()
        mine = {device.id: recorded_points(device) for device in room.devices}
        told = self._recorded([point for points in mine.values() for point in points], days, now, ready)
        return CompletenessInfo(
            now=now,
            days=[day.start for day in days],
            end=days[-1].end,
            zone=room.timezone,
            oldest=told.oldest,
            ready=ready.part,
            devices=[told.line(device, points) for device, points in mine.items() if points],
            points=[told.line(point.key, [point]) for points in mine.values() for point in points],
            notes=list(performance.notes(told)),
        )

    def _recorded(self, points: Sequence[Point], days: list[Period], now: int, ready: Ready) -> Recorded:
        found = self._days.points(points, days, self._clock.monotonic() + SECONDS, ready)
        late = [point for point in points if (first := performance.first_of(found[point.key])) is not None and first >= days[0].end]
        earlier = self._days.earlier(late, days[0].start)
        return Recorded(days, found, self._days.oldest, now, earlier)


ANSWERS = (
    Column("requests", Measure.COUNT),
    Column("unanswered", Measure.COUNT),
    Column("damaged", Measure.COUNT),
    Column("late", Measure.COUNT),
    Column("answer_p50", Measure.MS, unit="ms"),
    Column("answer_p95", Measure.MS, unit="ms"),
)


def _answers(facts: Facts) -> tuple[Row, ...]:
    """How the devices have answered since the station started: the historian does not keep it."""
    rows = []
    for device, counters in facts.devices.items():
        half, most = counters.percentile(50), counters.percentile(95)
        damaged = counters.crc_errors + counters.bad_replies
        times = tuple(None if one is None else round(one * 1000, 1) for one in (half, most))
        rows.append(Row(device, (counters.requests, counters.timeouts, damaged, counters.late_replies, *times)))
    return tuple(rows)


def _devices(room: Room) -> Callable[[Alarm], str]:
    """The device that an alarm is about; "" = a wire or the station."""
    known = {device.id for device in room.devices}

    def of(alarm: Alarm) -> str:
        return next((one for one in (alarm.subject, alarm.subject.rpartition(".")[0]) if one in known), "")

    return of


def _groups(room: Room) -> Callable[[Alarm], str]:
    """The equipment group that an alarm is about; "bus" of wires, "station", "gone" of what the room has no more."""
    points, devices_ = room.points(), {device.id: device for device in room.devices}

    def of(alarm: Alarm) -> str:
        if alarm.subject in points:
            return points[alarm.subject].group.value
        if alarm.subject in devices_:
            return devices_[alarm.subject].group.value
        if alarm.subject.startswith(("bus:", "gateway:")) or alarm.subject == "room":
            return "bus"
        return "station" if alarm.subject == "station" else "gone"

    return of
