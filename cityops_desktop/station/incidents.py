"""Warnings and incidents as the station keeps them: what stands, the deadlines as alarms, the answers to consoles.

The board of warnings is told to everybody (StationInfo); the register, plans and telephone numbers to persons only. Used from the station's
event loop; the store is read in worker threads.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.alarms.standing import Standing, settle
from cityops_desktop.audit.query import actor_name, displays
from cityops_desktop.clock import Clock
from cityops_desktop.incidents import editions
from cityops_desktop.incidents.deadlines import MINUTE_MS, Due, DueState, Facts, dues
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.incidents import (
    ContactInfo,
    DrillInfo,
    DueInfo,
    EntryInfo,
    HappenedInfo,
    IncidentDetail,
    IncidentInfo,
    IncidentsPage,
    PlanInfo,
    SiteInfo,
)
from cityops_desktop.link.messages import AlarmInfo, RoomInfo, WarningInfo
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room, Site
from cityops_desktop.people import rights
from cityops_desktop.people.people import People
from cityops_desktop.people.sight import reader
from cityops_desktop.station.access import Access
from cityops_desktop.station.acts.act import Acts
from cityops_desktop.station.acts.incidents import IncidentActs
from cityops_desktop.station.alarmquery import sight_of
from cityops_desktop.station.asking import look_up, may_ask
from cityops_desktop.station.incidentbundle import Bundler
from cityops_desktop.station.info import alarm_info
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store import incidents
from cityops_desktop.store.schema import incident
from cityops_desktop.store.store import Store

T = TypeVar("T")
MOST_STEPS = 1000
MOST_TITLE = 80
BEFORE_MS = 10 * MINUTE_MS
"""So much before it began an incident's time line starts: what led to it."""
LONGEST_RULE_MS = max(rule.minutes for rule in editions.reporting().rules) * MINUTE_MS
KEY = "station#report:"
"""Then the incident's id, the rule's id, and "soon" or "late"."""
DRILL_KEY = "station#drill:"
"""Then the drill's id."""
OURS = (Cause.REPORT_DUE, Cause.DRILL_DUE)


class _Standing(NamedTuple):
    """Warnings in force; of incidents that may have to be reported id, number and facts; of unimproved drills id, title, day."""

    warnings: list[WarningInfo]
    watched: list[tuple[str, str, Facts]]
    unimproved: list[tuple[str, str, str]]


class StationIncidents:
    """Implements cityops_desktop.link.incidents_api.IncidentsDesk. `announce` takes changed alarms; `changed`: consoles must hear."""

    def __init__(
        self,
        room: Callable[[], Room],
        book: AlarmBook,
        store: Store,
        people: People,
        refusals: Refusals,
        clock: Clock,
        announce: Callable[[Sequence[Alarm]], None],
        changed: Callable[[], None],
        bundler: Bundler,
        access: Access,
        info: Callable[[], RoomInfo],
    ) -> None:
        self._room, self._book, self._store, self._people, self._refusals = room, book, store, people, refusals
        self._clock, self._announce, self._changed, self._bundler = clock, announce, changed, bundler
        self._access, self._info = access, info
        self._warnings: list[WarningInfo] = []
        self._watched: list[tuple[str, str, Facts]] = []
        self._unimproved: list[tuple[str, str, str]] = []
        self._reading: asyncio.Task[None] | None = None
        self._again = False

    def acts(self) -> Acts:
        """By kind."""
        return IncidentActs(self._room, self.renew).acts()

    def load(self) -> None:
        """What stands. StoreError. Called before the first tick, in a worker thread."""
        self._take(self._store.read(self._standing))

    def warnings(self) -> list[WarningInfo]:
        """Those in force, for every console."""
        return self._warnings

    def tick(self) -> None:
        """Once a second: a deadline that is near is an alarm, one that has passed a worse one; a report ends both. So is what a drill
        asked to be improved, from the day after its day."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        self._announce(settle(self._book, OURS, (*self._deadlines(wall), *self._late_drills(wall)), wall, mono))

    async def page(self, credentials: Credentials) -> IncidentsPage:
        """All of it."""
        await may_ask(self._people, self._refusals, "incident.read", credentials)
        return await look_up(self._store, self._page)

    async def detail(self, id: str, credentials: Credentials) -> IncidentDetail:
        """One incident with its time line: no more of it than this person sees of all alarms. Refused(no_such_incident)."""
        who = await may_ask(self._people, self._refusals, "incident.read", credentials)
        preset = self._people.policy.preset
        acts = rights.allowed("audit.read", who.person.roles, preset) and rights.allowed_in("audit.read", who.way, who.limited)
        told = await look_up(self._store, lambda conn: detail(conn, id, self._room().site, self._clock.wall(), acts=acts))
        sight, asks = sight_of(self._info()), reader(who, self._info().domain, preset)
        past = [one.alarm.subject for one in told.happened if one.alarm is not None and not one.alarm.open]
        guarded = {sight.device(subject) for subject in past if sight.guarded(subject)}
        withheld = await self._access.withheld(guarded, "history", credentials)

        def seen(alarm: AlarmInfo) -> bool:
            return sight.sees(asks, alarm.subject, open=alarm.open) and (alarm.open or sight.device(alarm.subject) not in withheld)

        told.happened = [one for one in told.happened if one.alarm is None or seen(one.alarm)]
        return told

    async def bundle(self, id: str, credentials: Credentials) -> tuple[str, AsyncIterator[bytes]]:
        """Its bundle, made by a process of its own. Refused."""
        who = await may_ask(self._people, self._refusals, "incident.export", credentials)
        found = await look_up(self._store, lambda conn: incidents.get(conn, incident, id))
        return f"incident-{found['number']}.zip", await self._bundler.made(id, who, credentials)

    async def close(self) -> None:
        """Bundles that are under way are given up."""
        if self._reading is not None:
            self._reading.cancel()
        await self._bundler.close()

    def _late_drills(self, wall: int) -> list[Standing]:
        today = f"{datetime.fromtimestamp(wall / 1000, ZoneInfo(self._room().timezone)):%Y-%m-%d}"
        late = [one for one in self._unimproved if one[2] < today]
        return [Standing(f"{DRILL_KEY}{id}", Cause.DRILL_DUE, Level.MINOR, f"{title[:MOST_TITLE]} · {until}") for id, title, until in late]

    def _deadlines(self, wall: int) -> list[Standing]:
        zone, found = ZoneInfo(self._room().timezone), []
        for id, number, facts in self._watched:
            for due in dues(editions.reporting().rules, facts, wall):
                if due.state in (DueState.SOON, DueState.LATE):
                    level = Level.CRITICAL if due.state is DueState.LATE else Level.MAJOR
                    at = f"{datetime.fromtimestamp(due.at / 1000, zone):%Y-%m-%d %H:%M}"
                    found.append(Standing(f"{KEY}{id}:{due.rule}:{due.state}", Cause.REPORT_DUE, level, f"{number} · {at}"))
        return found

    def renew(self) -> None:
        """What stands is other than before: read once more, one after the other."""
        if self._reading is not None and not self._reading.done():
            self._again = True
            return
        self._reading = asyncio.get_running_loop().create_task(self._read_standing())

    async def _read_standing(self) -> None:
        while True:
            self._again = False
            try:
                found = await look_up(self._store, self._standing)
            except Refused:  # the store is busy or sick: the consoles keep what they have
                await asyncio.sleep(1.0)
                continue
            self._take(found)
            self._changed()
            if not self._again:
                return

    def _standing(self, conn: Connection) -> _Standing:
        since = self._clock.wall() - LONGEST_RULE_MS
        rows = incidents.unreported(conn, since)
        reported = incidents.reported(conn, [row["id"] for row in rows])
        watched = [(row["id"], row["number"], facts_of(row, reported[row["id"]])) for row in rows]
        board = [WarningInfo.model_validate(row) for row in incidents.warnings(conn, former=False)]
        return _Standing(board, watched, incidents.unimproved(conn))

    def _take(self, found: _Standing) -> None:
        self._warnings, self._watched, self._unimproved = found

    def _page(self, conn: Connection) -> IncidentsPage:
        now = self._clock.wall()
        rows = incidents.incidents(conn, former=True)
        reported = incidents.reported(conn, [row["id"] for row in rows])
        drills = incidents.drills(conn)
        written = incidents.entries(conn, [f"drill:{row['id']}" for row in drills])
        return IncidentsPage(
            now=now,
            warnings=[WarningInfo.model_validate(row) for row in incidents.warnings(conn, former=True)],
            incidents=[incident_info(row, reported[row["id"]], now) for row in rows],
            plans=[plan_info(row) for row in incidents.plans(conn)],
            contacts=[ContactInfo.model_validate(row) for row in incidents.contacts(conn)],
            drills=[DrillInfo.model_validate({**row, "entries": _entries(written[f"drill:{row['id']}"])}) for row in drills],
        )


def detail(conn: Connection, id: str, site: Site, now: int, *, acts: bool) -> IncidentDetail:
    """An incident with its time line, from what led to it until it was closed. Refused(no_such_incident)."""
    row = incidents.get(conn, incident, id)
    start, end = row["begun"] - BEFORE_MS, row["closed"] or now
    found, more = incidents.steps(conn, start, end, MOST_STEPS, acts=acts)
    written = _entries(incidents.entries(conn, [f"incident:{id}"])[f"incident:{id}"])
    known = displays(conn)
    happened = [HappenedInfo(time=one.time, actor_name=one.actor_name, entry=one) for one in written]
    for step in found:
        told = alarm_info(step.alarm) if step.alarm is not None else None
        who = "" if step.actor == "station" else actor_name(step.actor, known)
        happened.append(HappenedInfo(time=step.time, actor_name=who, kind=step.kind, subject=step.subject, seq=step.seq, alarm=told))
    happened.sort(key=lambda one: (one.time, one.seq))
    return IncidentDetail(
        now=now,
        site=SiteInfo(owner=site.owner, operator=site.operator, authority=site.authority),
        incident=incident_info(row, incidents.reported(conn, [id])[id], now),
        happened=happened,
        start=start,
        end=end,
        acts=acts,
        more=more,
    )


def facts_of(row: Mapping[str, Any], reported: Mapping[str, int]) -> Facts:
    """What of an incident its deadlines hang on."""
    return Facts(row["found"], row["recovered"], row["grade"], row["reporter"], reported)


def incident_info(row: Mapping[str, Any], reported: Mapping[str, int], now: int) -> IncidentInfo:
    """An incident as it travels."""
    found = dues(editions.reporting().rules, facts_of(row, reported), now)
    return IncidentInfo.model_validate({**row, "alarms": json.loads(row["alarms"]), "dues": [_due_info(due) for due in found]})


def plan_info(row: Mapping[str, Any]) -> PlanInfo:
    """A plan as it travels."""
    return PlanInfo.model_validate({**row, **json.loads(row["starts"])})


def _due_info(due: Due) -> DueInfo:
    return DueInfo(rule=due.rule, since=due.since, at=due.at, done=due.done, state=due.state, assumed=due.assumed)


def _entries(rows: Sequence[Mapping[str, Any]]) -> list[EntryInfo]:
    return [EntryInfo.model_validate(row) for row in rows]
