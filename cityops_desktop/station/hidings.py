"""What people keep quiet: shelves of alarms and times out of service, from the act to their end. Durable first, then true.

Each has a reason, a person and an end. How long is a matter of the level, and no shelf outlives the shift in which it was begun: the
next one must say so itself (`model/hidings.py`). An end is reached by the clock of the run or by that of the wall, whichever comes
first, so that a clock that is set makes nothing longer; after a restart no more is left than was granted. What has become worse than
what was agreed to comes back at once. Used from the station's event loop but for the acts and their jobs, which run in worker threads.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection, Table

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.config import versions
from cityops_desktop.config.overrides import LIMIT
from cityops_desktop.link.acts import BeginService, BeginServiceCritical, EndService, ResetAlarms, Shelve, ShelveCritical, Unshelve
from cityops_desktop.link.messages import HidingInfo
from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.hidings import HOUR_MS, LONGEST_SERVICE_MS, latest_end
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.model.shifts import shift_at
from cityops_desktop.station.acts.act import Acts, Carried
from cityops_desktop.station.info import limit_info
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import hidings, schema
from cityops_desktop.store.hidings import Hiding
from cityops_desktop.store.store import Store

log = logging.getLogger(__name__)

MOST = 500
"""Shelves at a time: more is no shelf but a switched-off alarm system."""


class _Kept(NamedTuple):
    """One that stands, and when it ends by the clock of this run (monotonic seconds)."""

    hiding: Hiding
    ends: float


class _Off(NamedTuple):
    """A limit that is switched off in the configuration: its override's id, since when, by whom, why."""

    id: str
    since: int
    why: str
    actor_name: str


class StationHidings:
    """One for a run of the station. `room` is the room in force, `plain` as its files say; `announce` takes changed alarms; `changed`:
    consoles must hear of the lists."""

    def __init__(
        self,
        room: Callable[[], Room],
        plain: Callable[[], Room],
        book: AlarmBook,
        store: Store,
        clock: Clock,
        announce: Callable[[Sequence[Alarm]], None],
        changed: Callable[[], None],
    ) -> None:
        self._room, self._plain, self._book, self._store, self._clock = room, plain, book, store, clock
        self._announce, self._changed = announce, changed
        self.shift: Callable[[int], tuple[int, int] | None] = lambda wall: shift_at(room().shifts, room().timezone, wall)
        """Begin and end (UTC ms) of the shift that runs at a time; alarmcare.py asks the roster."""
        self._left: list[tuple[Table, Hiding]] = []
        self._shelves: dict[str, _Kept] = {}
        self._services: dict[str, _Kept] = {}
        self._off: list[_Off] = []

    def acts(self) -> Acts:
        """By kind."""
        return {
            "alarm.reset": self.reset,
            "alarm.shelve": self.shelve,
            "alarm.unshelve": self.unshelve,
            "service.begin": self.begin_service,
            "service.end": self.end_service,
        }

    def two_person_acts(self) -> Acts:
        """By kind: those that need a second person."""
        return {"alarm.shelve_critical": self.shelve_critical, "service.begin_critical": self.begin_service_critical}

    def load(self) -> None:
        """What the former run left. StoreError. Called before `begin`, in a worker thread."""
        tables = (schema.shelf, schema.service)
        self._left = [(table, one) for table in tables for one in self._store.read(partial(hidings.standing, table=table))]
        self._off = self._read_off()

    def begin(self) -> None:
        """Hide again what is to be hidden, after the book has its alarms back; what ended meanwhile comes back with the next tick."""
        for table, one in self._left:
            among, lay = (self._shelves, self._lay) if table is schema.shelf else (self._services, self._lay_service)
            among[one.id] = self._kept(one)
            lay(among[one.id])
        self._left = []
        self._announce(self._book.settle(self._clock.monotonic()))

    def tick(self) -> None:
        """Once a second: what has come to its end is told to the book, which lets shelves go one by one; what it let go is recorded."""
        for key, kept in self._shelves.items():
            if self._book.shelved(key) and (self._over(kept) or self._worse(kept.hiding)):
                self._lay(kept)
        for target, kept in self._services.items():
            if self._book.out_of_service(target) and self._over(kept):
                self._lay_service(kept)
        self._end(schema.shelf, self._shelves, [key for key, kept in self._shelves.items() if not self._still_shelved(kept)])
        self._end(schema.service, self._services, [target for target in self._services if not self._book.out_of_service(target)])

    def exchanged(self) -> None:
        """The room has other limits: a shelf may have got its condition back; who switched limits off is read anew."""
        for key, kept in self._shelves.items():
            if self._book.shelved(key) or not (self._over(kept) or self._worse(kept.hiding)):
                self._lay(kept)
        for target, kept in self._services.items():
            if self._book.out_of_service(target):
                self._lay_service(kept)
        loop = asyncio.get_running_loop()
        loop.run_in_executor(None, self._read_off).add_done_callback(self._told_off)

    def shelves(self) -> list[HidingInfo]:
        """All shelves, the first to end first."""
        return [self._shelf_info(kept.hiding) for kept in sorted(self._shelves.values(), key=lambda kept: kept.hiding.until)]

    def services(self) -> list[HidingInfo]:
        """All that is out of service, likewise."""
        kept = sorted(self._services.values(), key=lambda kept: kept.hiding.until)
        return [_info(one.hiding, missing=not subjects(self._room(), one.hiding.id)) for one in kept]

    def switched_off(self) -> list[HidingInfo]:
        """The limits that the configuration switches off, the oldest first: they have no end, and all the same nobody forgets them."""
        if not self._off:
            return []
        points, in_force, found = self._plain().points(), self._room().points(), []
        for off in self._off:
            key = off.id.removeprefix(LIMIT)
            subject, _, id = key.rpartition("#")
            if subject in in_force and any(one.id == id for one in in_force[subject].limits):
                continue  # that version did not come up: the one before runs
            limit = next((one for one in points[subject].limits if one.id == id), None) if subject in points else None
            level = int(limit.level) if limit else None
            told = limit_info(limit) if limit else None
            found.append(
                HidingInfo(
                    id=key,
                    since=off.since,
                    until=None,
                    why=off.why,
                    actor_name=off.actor_name,
                    level=level,
                    subject=subject,
                    missing=limit is None,
                    limit=told,
                )
            )
        return found

    def shelve(self, act: Shelve, who: Who) -> Carried:
        """See the act; the highest level needs two persons."""
        levels = self._levels(act.keys)
        if Level.CRITICAL in levels:
            raise Refused("shelve_needs_two")
        return self._shelve(act, levels, who)

    def shelve_critical(self, act: ShelveCritical, who: Who) -> Carried:
        """See the act."""
        return self._shelve(act, self._levels(act.keys), who)

    def unshelve(self, act: Unshelve, who: Who) -> Carried:
        """Before its time."""
        person, now = who.person, self._clock.wall()

        def run(conn: Connection) -> None:
            ended = [hidings.end(conn, schema.shelf, key, actor=person.id, time=now, act={"console": who.console}) for key in act.keys]
            if not any(ended):
                raise Refused("not_shelved")

        def after() -> None:
            for key in act.keys:
                self._shelves.pop(key, None)
                self._announce(self._book.unshelve(key, person.id, person.display, now))
            self._changed()

        return Carried(run, after)

    def begin_service(self, act: BeginService, who: Who) -> Carried:
        """See the act; where something critical hangs on it, it needs two persons."""
        worst = self._worst(act.target)
        if worst is Level.CRITICAL:
            raise Refused("service_needs_two")
        return self._begin_service(act, worst, who)

    def begin_service_critical(self, act: BeginServiceCritical, who: Who) -> Carried:
        """See the act."""
        return self._begin_service(act, self._worst(act.target), who)

    def end_service(self, act: EndService, who: Who) -> Carried:
        """The work is done."""
        person, now = who.person, self._clock.wall()

        def run(conn: Connection) -> None:
            if not hidings.end(conn, schema.service, act.target, actor=person.id, time=now, act={"console": who.console}):
                raise Refused("not_out_of_service")

        def after() -> None:
            self._services.pop(act.target, None)
            self._announce(self._book.end_service(act.target))
            self._changed()

        return Carried(run, after)

    def reset(self, act: ResetAlarms, who: Who) -> Carried:
        """Latched alarms that have been acknowledged."""
        found = [alarm for alarm in map(self._book.find, act.alarms) if alarm is not None]
        chosen = [alarm for alarm in found if alarm.state is AlarmState.LATCHED_ACKNOWLEDGED]
        if not chosen:
            raise Refused("not_to_be_reset" if found else "no_such_alarm")
        now = self._clock.wall()

        def run(conn: Connection) -> None:
            stored = alarm_table.read_where(conn, "id", [alarm.id for alarm in chosen])
            for alarm in chosen:
                if alarm.id not in stored or not stored[alarm.id].standing:  # else it came again before this was written
                    alarm_table.save(conn, alarm.with_state(AlarmState.NORMAL), now, who.person.id)

        def after() -> None:
            # one that came again while this was on its way to the disk stands, and is stored as standing
            self._announce([done for alarm in chosen if (done := self._book.reset(alarm.id) or self._book.find(alarm.id)) is not None])

        return Carried(run, after)

    def _shelve(self, act: Shelve | ShelveCritical, levels: Sequence[Level], who: Who) -> Carried:
        keys, until, now = act.keys, act.until, self._clock.wall()
        shift = self.shift(now)
        latest = latest_end(levels, None if shift is None else shift[1], now)
        if until <= now:
            raise Refused("until_is_past")
        if until > latest.end:
            raise Refused("beyond_the_shift") if latest.by_shift else Refused("until_too_far", hours=(latest.end - now) // HOUR_MS)
        if len({*self._shelves.copy(), *keys}) > MOST:
            raise Refused("too_many_shelves", most=MOST)
        shelves = [_hiding(key, now, until, act.why, who, level) for key, level in dict(zip(keys, levels, strict=True)).items()]

        def run(conn: Connection) -> None:
            for one in shelves:
                hidings.shelve(conn, one, {"console": who.console})

        def after() -> None:
            for one in shelves:
                self._shelves[one.id] = self._kept(one)
                self._lay(self._shelves[one.id])
            self._changed()

        return Carried(run, after)

    def _begin_service(self, act: BeginService | BeginServiceCritical, worst: Level, who: Who) -> Carried:
        target, until, now = act.target, act.until, self._clock.wall()
        if not subjects(self._room(), target):
            raise Refused("no_such_target", target=target)
        if until <= now:
            raise Refused("until_is_past")
        if until > now + LONGEST_SERVICE_MS:
            raise Refused("until_too_far", hours=LONGEST_SERVICE_MS // HOUR_MS)
        one = _hiding(target, now, until, act.why, who, worst)

        def after() -> None:
            self._services[target] = self._kept(one)
            self._lay_service(self._services[target])
            self._changed()

        return Carried(lambda conn: hidings.begin_service(conn, one, {"console": who.console}), after)

    def _levels(self, keys: Sequence[str]) -> list[Level]:
        """Those of these conditions, as they are now. Refused for one that the room has not, or that is about the station itself."""
        levels = []
        for key in keys:
            known = self._book.condition(key)
            if known is None:
                raise Refused("no_such_condition", key=key)
            if not shelvable(key):
                raise Refused("not_to_be_shelved")
            levels.append(known[1])
        return levels

    def _worst(self, target: str) -> Level:
        """The worst level of the limits that hang on a target."""
        room = self._room()
        about = subjects(room, target)
        levels = (limit.level for key, point in room.points().items() if key in about for limit in point.limits)
        return min(levels, default=Level.WARNING)

    def _kept(self, one: Hiding) -> _Kept:
        """From now on: never longer than was granted, whatever the clock of the wall says."""
        left = min(one.until - self._clock.wall(), one.until - one.since)
        return _Kept(one, self._clock.monotonic() + left / 1000)

    def _over(self, kept: _Kept) -> bool:
        return self._clock.monotonic() >= kept.ends or self._clock.wall() >= kept.hiding.until

    def _worse(self, one: Hiding) -> bool:
        """Is the condition worse now than what was agreed to?"""
        known = self._book.condition(one.id)
        return known is not None and known[1] < (one.level or 0)

    def _still_shelved(self, kept: _Kept) -> bool:
        """Does the book have it still? What the room has no more waits here for its end: it may come back before that."""
        if self._book.condition(kept.hiding.id) is None:
            return not self._over(kept)
        return self._book.shelved(kept.hiding.id)

    def _lay(self, kept: _Kept) -> None:
        """Tell the book of a shelf and how much of it is left: nothing when its time is over or it is worse than what was agreed to."""
        one, mono = kept.hiding, self._clock.monotonic()
        if self._book.condition(one.id) is not None:
            left = 0.0 if self._over(kept) or self._worse(one) else kept.ends - mono
            self._announce(self._book.shelve(one.id, one.until, one.until - round(left * 1000), mono))

    def _lay_service(self, kept: _Kept) -> None:
        """The same of a time out of service: its target may have limits now that are worse than any was."""
        one, mono = kept.hiding, self._clock.monotonic()
        left = 0.0 if self._over(kept) or self._worst(one.id) < (one.level or 0) else kept.ends - mono
        about = subjects(self._room(), one.id)
        self._announce(self._book.begin_service(one.id, about, one.until, one.until - round(left * 1000), mono))

    def _end(self, table: Table, among: dict[str, _Kept], ids: Sequence[str]) -> None:
        """These came to their end by themselves."""
        if not ids:
            return
        now = self._clock.wall()
        ended = [among.pop(id) for id in ids]
        why = [(kept.hiding, "expired" if self._over(kept) else "worse") for kept in ended]

        def record(conn: Connection) -> None:
            for one, reason in why:
                hidings.over(conn, table, one, now, reason)

        self._store.write_until_done(record)
        self._changed()

    def _read_off(self) -> list[_Off]:
        """StoreError. A former version that makes no sense takes no more than this list away."""
        try:
            return self._store.read(_switched_off)
        except versions.DamagedVersion as error:
            log.error("who switched limits off cannot be told: configuration version %d is damaged: %s", error.number, error)
            return self._off

    def _told_off(self, done: "asyncio.Future[list[_Off]]") -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            log.error("which limits are switched off cannot be read", exc_info=error)
        elif not done.cancelled():
            self._off = done.result()
            self._changed()

    def _shelf_info(self, one: Hiding) -> HidingInfo:
        known = self._book.condition(one.id)
        return _info(one, known[0] if known else one.id.rpartition("#")[0], missing=known is None)


def shelvable(key: str) -> bool:
    """May this condition lie on a shelf? Not the station's own troubles, nor equipment that waits for its admission: they come once, and
    an acknowledge makes them quiet."""
    subject, _, id = key.rpartition("#")
    return subject != "station" and id not in ("new", "changed")


def subjects(room: Room, target: str) -> frozenset[str]:
    """What alarms are about that belong to this target: devices, their points, lines. Empty when the room has no such thing."""
    kind, _, id = target.partition(":")
    devices = [device for device in room.devices if id == {"device": device.id, "bus": device.bus, "rack": device.rack}.get(kind)]
    if kind == "rack":
        items = {item.device for rack in room.racks if rack.id == id for item in rack.items}
        devices += [device for device in room.devices if device.id in items and device not in devices]
    found = {device.id for device in devices} | {point.key for device in devices for point in device.points}
    if kind == "rack":
        found |= {point.key for device in room.devices for point in device.points if point.rack == id}
    if kind == "bus" and any(bus.id == id for bus in room.buses):
        found.add(f"bus:{id}")
    return frozenset(found)


def _switched_off(conn: Connection) -> list[_Off]:
    """The limits that the newest configuration version switches off, each with the version since which it has done so."""
    heads = versions.listed(conn)
    found = []
    for id in sorted(id for id, fields in (heads[0].overrides if heads else {}).items() if fields.get("enabled") is False):
        by = heads[0]
        for head in heads:
            if head.overrides.get(id, {}).get("enabled") is not False:
                break
            by = head
        found.append(_Off(id, by.time, by.why, by.actor_name))
    return sorted(found, key=lambda off: off.since)


def _hiding(id: str, now: int, until: int, why: str, who: Who, level: Level) -> Hiding:
    second = who.second
    by = (who.person.id, who.person.display)
    return Hiding(id, now, until, why, *by, int(level), second.id if second else None, second.display if second else None)


def _info(one: Hiding, subject: str = "", *, missing: bool = False) -> HidingInfo:
    return HidingInfo(
        id=one.id,
        since=one.since,
        until=one.until,
        why=one.why,
        actor_name=one.actor_name,
        second_name=one.second_name,
        level=one.level,
        subject=subject,
        missing=missing,
    )
