"""What people keep quiet: shelves of alarms and times out of service, from the act to their end. Durable first, then true.

Each has a reason, a person and an end. How long is a matter of the level, and no shelf outlives the shift in which it was begun: the
next one must say so itself. Used from the station's event loop but for the jobs, which run in the writer.
"""

import logging
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy import Connection

from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.link.acts import BeginService, EndService, ResetAlarms, Shelve, ShelveCritical, Unshelve
from cityops_desktop.link.messages import HidingInfo
from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.people import Who
from cityops_desktop.model.points import Level
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.model.shifts import shift_end
from cityops_desktop.station.acts.act import Acts, Carried
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store import hidings, schema
from cityops_desktop.store.hidings import Hiding
from cityops_desktop.store.store import Store

log = logging.getLogger(__name__)

HOUR_MS = 3_600_000
LONGEST_MS: Mapping[Level, int] = {
    Level.CRITICAL: HOUR_MS,
    Level.MAJOR: 4 * HOUR_MS,
    Level.MINOR: 8 * HOUR_MS,
    Level.WARNING: 12 * HOUR_MS,
}
"""How long a condition of each level may lie on a shelf; ours: the worse it is, the sooner somebody must look again."""
LONGEST_SERVICE_MS = 24 * HOUR_MS
"""How long something may be out of service without being said again."""
MOST = 500
"""Shelves at a time: more is no shelf but a switched-off alarm system."""


class StationHidings:
    """One for a run of the station. `announce` takes changed alarms; `changed`: consoles must hear of the lists."""

    def __init__(
        self,
        room: Callable[[], Room],
        book: AlarmBook,
        store: Store,
        clock: Clock,
        announce: Callable[[Sequence[Alarm]], None],
        changed: Callable[[], None],
    ) -> None:
        self._room, self._book, self._store, self._clock = room, book, store, clock
        self._announce, self._changed = announce, changed
        self._shelves: dict[str, Hiding] = {}
        self._services: dict[str, Hiding] = {}

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
        return {"alarm.shelve_critical": self.shelve_critical}

    def load(self) -> None:
        """What the former run left. StoreError. Called before `begin`, in a worker thread."""
        self._shelves = {one.id: one for one in self._store.read(lambda conn: hidings.standing(conn, schema.shelf))}
        self._services = {one.id: one for one in self._store.read(lambda conn: hidings.standing(conn, schema.service))}

    def begin(self) -> None:
        """Hide again what is to be hidden, after the book has its alarms back; what ended meanwhile comes back."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        self._end_what_is_over(wall)
        for one in self._shelves.values():
            if self._book.condition(one.id) is not None:
                self._announce(self._book.shelve(one.id, one.until, wall, mono))
        for one in self._services.values():
            self._announce(self._book.begin_service(one.id, subjects(self._room(), one.id), one.until, wall, mono))
        self._announce(self._book.settle(mono))

    def tick(self) -> None:
        """Once a second: keep the record in step with the book, which ends each by its own clock."""
        gone = [key for key, one in self._shelves.items() if not self._book.shelved(key) and self._book.condition(key) is not None]
        self._end(schema.shelf.name, self._shelves, gone)
        self._end(schema.service.name, self._services, [target for target in self._services if not self._book.out_of_service(target)])
        self._end_what_is_over(self._clock.wall())

    def shelves(self) -> list[HidingInfo]:
        """All shelves, the first to end first."""
        return [self._shelf_info(one) for one in sorted(self._shelves.values(), key=lambda one: one.until)]

    def services(self) -> list[HidingInfo]:
        """All that is out of service, likewise."""
        return [_info(one) for one in sorted(self._services.values(), key=lambda one: one.until)]

    def shelve(self, act: Shelve, who: Who) -> Carried:
        """See the act; the highest level needs two persons."""
        if any(level is Level.CRITICAL for level in self._levels(act.keys)):
            raise Refused("shelve_needs_two")
        return self._shelve(act.keys, act.until, act.why, who)

    def shelve_critical(self, act: ShelveCritical, who: Who) -> Carried:
        """See the act."""
        return self._shelve(act.keys, act.until, act.why, who)

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
        """Until a time that is not too far away."""
        now = self._clock.wall()
        if not subjects(self._room(), act.target):
            raise Refused("no_such_target", target=act.target)
        self._check_until(act.until, now, LONGEST_SERVICE_MS)
        one = Hiding(act.target, now, act.until, act.why, who.person.id, who.person.display)

        def after() -> None:
            self._services[one.id] = one
            wall, mono = self._clock.wall(), self._clock.monotonic()
            self._announce(self._book.begin_service(one.id, subjects(self._room(), one.id), one.until, wall, mono))
            self._changed()

        return Carried(lambda conn: hidings.begin_service(conn, one, {"console": who.console}), after)

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
            for alarm in chosen:
                alarm_table.save(conn, alarm.with_state(AlarmState.NORMAL), now, who.person.id)

        def after() -> None:
            # one that came again while this was on its way to the disk stands, and is stored as standing
            self._announce([done for alarm in chosen if (done := self._book.reset(alarm.id) or self._book.find(alarm.id)) is not None])

        return Carried(run, after)

    def _shelve(self, keys: Sequence[str], until: int, why: str, who: Who) -> Carried:
        now = self._clock.wall()
        longest = min(LONGEST_MS[level] for level in self._levels(keys))
        end = shift_end(self._room().shifts, self._room().timezone, now)
        self._check_until(until, now, longest, end)
        if len({*self._shelves, *keys}) > MOST:
            raise Refused("too_many_shelves", most=MOST)
        shelves = [self._made(key, now, until, why, who) for key in dict.fromkeys(keys)]

        def run(conn: Connection) -> None:
            for one in shelves:
                hidings.shelve(conn, one, {"console": who.console})

        def after() -> None:
            wall, mono = self._clock.wall(), self._clock.monotonic()
            for one in shelves:
                if self._book.condition(one.id) is not None:
                    self._shelves[one.id] = one
                    self._announce(self._book.shelve(one.id, one.until, wall, mono))
            self._changed()

        return Carried(run, after)

    def _made(self, key: str, now: int, until: int, why: str, who: Who) -> Hiding:
        known = self._book.condition(key)
        assert known is not None
        return Hiding(key, now, until, why, who.person.id, who.person.display, int(known[1]))

    def _levels(self, keys: Sequence[str]) -> list[Level]:
        levels = []
        for key in keys:
            known = self._book.condition(key)
            if known is None:
                raise Refused("no_such_condition", key=key)
            levels.append(known[1])
        return levels

    def _check_until(self, until: int, now: int, longest: int, shift: int | None = None) -> None:
        if until <= now:
            raise Refused("until_is_past")
        if shift is not None and until > shift and shift < now + longest:
            raise Refused("beyond_the_shift", until=shift)
        if until > now + longest:
            raise Refused("until_too_far", hours=longest / HOUR_MS)

    def _end_what_is_over(self, wall: int) -> None:
        """Those that the book does not know: their condition is gone from the room."""
        unknown = [key for key, one in self._shelves.items() if self._book.condition(key) is None and one.until <= wall]
        self._end(schema.shelf.name, self._shelves, unknown)

    def _end(self, table: str, among: dict[str, Hiding], ids: Sequence[str]) -> None:
        if not ids:
            return
        now = self._clock.wall()
        for id in ids:
            del among[id]
        self._store.write_until_done(
            lambda conn: [hidings.end(conn, schema.metadata.tables[table], id, actor="station", time=now) for id in ids]
        )
        self._changed()

    def _shelf_info(self, one: Hiding) -> HidingInfo:
        known = self._book.condition(one.id)
        return _info(one, known[0] if known else one.id.partition("#")[0], missing=known is None)


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


def _info(one: Hiding, subject: str = "", *, missing: bool = False) -> HidingInfo:
    return HidingInfo(
        id=one.id,
        since=one.since,
        until=one.until,
        why=one.why,
        actor_name=one.actor_name,
        level=one.level,
        subject=subject,
        missing=missing,
    )
