"""Who the devices on the wires are: what was admitted, what waits for an engineer, and what that does to values and alarms.

Used from the station's event loop; only `standing`, `info` and `load` are for any thread. Asks no device anything.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import Clock
from cityops_desktop.derive.source import DerivedSource
from cityops_desktop.link.messages import DevicesPage, FingerprintInfo, IdentityInfo
from cityops_desktop.model import identities
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.drivers import Identity
from cityops_desktop.model.identities import STATION, Fingerprint, Standing, Waits
from cityops_desktop.model.people import Person
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading, Reason
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.store import devices
from cityops_desktop.store.store import Store

log = logging.getLogger(__name__)

FOUND_KINDS = ("first", "demo")
"""Kinds of configuration versions whose devices are taken over as they are found."""
OBSERVE_SECONDS = 300.0
"""So often the behaviour of a device that says nothing of itself is looked at."""
ALIKE = 3
"""So many looks one after the other must find the same behaviour before it counts."""
_ANSWERS = (Reason.INVALID_VALUE, Reason.OUT_OF_RANGE)
_REFUSES = ("1", "2", "3")
"""Exceptions by which a device says that it has no such thing: function, address, value. Others pass (busy, failure)."""
OURS = frozenset({Cause.DEVICE_NEW, Cause.DEVICE_CHANGED})
_KINDS = {Waits.NEW: "device.new", Waits.CHANGED: "device.changed"}


class Identities:
    """One for a run of the station."""

    def __init__(
        self,
        room: Room,
        addresses: Mapping[str, str],
        clock: Clock,
        store: Store,
        live: LiveTable,
        book: AlarmBook,
        announce: Callable[[Sequence[Alarm]], None],
    ) -> None:
        """`addresses`: what tells each device from its neighbours on the bus; `announce` gets the alarms that changed."""
        self._devices = {device.id: device for device in room.devices if not _reckoned(device)}
        self._addresses = addresses
        self._clock = clock
        self._store = store
        self._book = book
        self._announce = announce
        self._live = live
        self._standings: dict[str, Standing] = {}
        self._kept: dict[str, Standing] = {}
        self._names: dict[str, str] = {}
        self._commissioned = False
        self._waiting: frozenset[str] = frozenset()
        self._alarmed: dict[str, tuple[str, Cause, Level]] = {}
        self._observed: dict[str, tuple[Identity, int]] = {}
        self._observe_at = 0.0

    def load(self) -> None:
        """What earlier runs kept. Blocks. StoreError, ValueError."""
        self._kept, self._names, self._commissioned = self._store.read(devices.read)

    def begin(self, kind: str) -> None:
        """The devices of the configuration version of this kind, before the first reading comes and after the alarms were put back."""
        now = self._clock.wall()
        found = kind in FOUND_KINDS or not self._commissioned
        for id, device in self._devices.items():
            before = self._kept.get(id)
            self._standings[id] = after = identities.placed(before, id, self._place(device), now, found=found)
            self._keep(before, after)
        if not self._commissioned:
            self._write(partial(devices.commissioned, count=len(self._devices), time=now))
        left = [alarm for alarm in self._book.open() if alarm.cause in OURS and alarm.standing]
        self._alarmed = {alarm.key: (alarm.subject, alarm.cause, alarm.level) for alarm in left}
        self._tell()

    def told(self, said: Mapping[str, Identity | None]) -> None:
        """Devices were asked just now who they are (None: nothing came)."""
        now = self._clock.wall()
        changed = False
        for id, identity in said.items():
            changed |= self._take(id, identities.told(self._standings[id], identity, now))
        if changed:
            self._tell()

    def judged(self, readings: Sequence[Reading]) -> Sequence[Reading]:
        """Good values of a device that waits are uncertain; what is bad stays bad."""
        if not self._waiting:
            return readings
        return [self._doubted(reading) if reading.quality is Quality.GOOD else reading for reading in readings]

    def tick(self, mono: float) -> None:
        """Once a second: now and then, how devices behave that say nothing of themselves."""
        if mono < self._observe_at:
            return
        self._observe_at = mono + OBSERVE_SECONDS
        self.told({id: said for id, device in self._devices.items() if (said := self._observe(device)) is not None})

    def waits(self, device: str) -> bool:
        """Does it wait for an engineer?"""
        return device in self._waiting

    def standing(self, device: str) -> Standing | None:
        """What is known of it; None when the room has no such device. Any thread."""
        return self._standings.get(device)

    def info(self, device: str) -> IdentityInfo | None:
        """The same as it travels. Any thread."""
        one = self._standings.get(device)
        if one is None:
            return None
        waits = one.waits is not Waits.NOTHING
        return IdentityInfo(
            device=device,
            waits=one.waits.value,
            level=int(one.level) if waits else 0,
            known=_info(one.known),
            seen=_info(one.seen),
            differs=one.differs,
            digest="" if one.seen is None else devices.digest(device, one.seen),
            since=one.since,
            actor=one.actor,
            actor_name=self._names.get(one.actor, ""),
            admitted=one.admitted,
            note=one.note,
        )

    def page(self) -> DevicesPage:
        """All of them, those that wait first; of sensitive ones not what they say."""
        infos = [info for id in self._devices if (info := self.info(id)) is not None]
        infos = [_veiled(info) if self._devices[info.device].sensitive else info for info in infos]
        return DevicesPage(now=self._clock.wall(), devices=sorted(infos, key=lambda info: not info.waits))

    def admitted(self, shown: Mapping[str, Fingerprint], person: Person, now: int, why: str) -> None:
        """These have just been admitted, which stands in the store: as they were shown, whatever they say by now."""
        self._names[person.id] = person.display
        for id, seen in shown.items():
            after = identities.admitted(self._standings[id], seen, person.id, now, why)
            self._standings[id] = replace(after, seen=None)
            self._take(id, after)
        self._tell()

    def _place(self, device: Device) -> dict[str, str]:
        return {"bus": device.bus, "address": self._addresses[device.id], "profile": device.profile}

    def _doubted(self, reading: Reading) -> Reading:
        if reading.point.partition(".")[0] not in self._waiting:
            return reading
        return replace(reading, quality=Quality.UNCERTAIN, reason=Reason.NOT_ADMITTED)

    def _observe(self, device: Device) -> Identity | None:
        """How it has behaved several times in a row; None while that is not known, or when it says itself who it is."""
        standing = self._standings[device.id]
        known = standing.known or standing.seen
        if known is None or (known.facts is not None and not known.behaviour):
            return None
        answers, refuses = set(), set()
        for point in device.points:
            reading, name = self._live.get(point.key).reading, point.key.partition(".")[2]
            if reading.usable or reading.reason in _ANSWERS:
                answers.add(name)
            elif reading.reason is Reason.EXCEPTION and reading.detail in _REFUSES:
                refuses.add(name)
            else:  # not heard now: nothing can be said of the whole
                self._observed.pop(device.id, None)
                return None
        said = identities.behaviour(frozenset(answers), frozenset(refuses))
        before, times = self._observed.get(device.id, (said, 0))
        self._observed[device.id] = (said, times + 1 if before == said else 1)
        return said if self._observed[device.id][1] >= ALIKE and answers else None

    def _take(self, id: str, after: Standing) -> bool:
        before = self._standings[id]
        self._standings[id] = after
        return self._keep(before, after)

    def _keep(self, before: Standing | None, after: Standing) -> bool:
        """Store what became of a device; nothing when nothing did."""
        if after == before:
            return False
        if after.waits is not Waits.NOTHING:
            kind = _KINDS[after.waits]
            log.info("device %s waits for its admission (%s): %s", after.id, after.waits.value, ", ".join(after.differs) or "new")
        elif before is not None and before.waits is not Waits.NOTHING:
            kind = "device.back"
        else:
            kind = "device.found"
        self._write(partial(devices.put, one=after, kind=kind, actor=STATION, time=self._clock.wall()))
        return True

    def _write(self, job: partial[None]) -> None:
        def run(conn: Connection) -> None:
            job(conn)

        self._store.write_until_done(run).add_done_callback(_look)

    def _tell(self) -> None:
        """The alarms that stand for what waits: one a changed device, one a new one, or one for all new ones of a bus."""
        wall, mono = self._clock.wall(), self._clock.monotonic()
        self._waiting = frozenset(id for id, one in self._standings.items() if one.waits is not Waits.NOTHING)
        wanted = {key: (subject, cause, level, detail) for key, subject, cause, level, detail in self._wanted()}
        changed: list[Alarm] = []
        for key, (subject, cause, level) in self._alarmed.items():
            if key not in wanted:
                changed.extend(self._book.trouble(key, subject, cause, level, "", False, wall, mono))
        for key, (subject, cause, level, detail) in wanted.items():
            changed.extend(self._book.trouble(key, subject, cause, level, detail, True, wall, mono))
        self._alarmed = {key: (subject, cause, level) for key, (subject, cause, level, _) in wanted.items()}
        self._announce(changed)

    def _wanted(self) -> Iterable[tuple[str, str, Cause, Level, str]]:
        new: dict[str, list[str]] = {}
        for id in sorted(self._waiting):
            one = self._standings[id]
            if one.waits is Waits.NEW:
                new.setdefault(self._devices[id].bus, []).append(id)
            else:
                yield f"{id}#changed", id, Cause.DEVICE_CHANGED, one.level, " ".join(_codes(one))
        for bus, ids in new.items():
            together = f"bus:{bus}#new"
            if len(ids) > 1 or together in self._alarmed:
                yield together, f"bus:{bus}", Cause.DEVICE_NEW, Level.MINOR, str(len(ids))
            else:
                yield f"{ids[0]}#new", ids[0], Cause.DEVICE_NEW, Level.MINOR, "1"


def _codes(one: Standing) -> list[str]:
    """What differs, as an alarm names it: names without blanks; "behaviour" for the points of a device that says nothing."""
    assert one.known is not None and one.seen is not None
    if one.known.behaviour and one.seen.behaviour and one.known.place == one.seen.place:
        return ["behaviour"]
    return [name.replace(" ", "_") for name in one.differs]


def _info(one: Fingerprint | None) -> FingerprintInfo | None:
    if one is None:
        return None
    return FingerprintInfo(place=dict(one.place), facts=None if one.facts is None else dict(one.facts), behaviour=one.behaviour)


def _veiled(info: IdentityInfo) -> IdentityInfo:
    """Without what the device says."""
    hidden = {name: one.model_copy(update={"facts": None}) for name in ("known", "seen") if (one := getattr(info, name)) is not None}
    return info.model_copy(update={**hidden, "digest": "", "differs": []})


def _look(done: "Future[None]") -> None:
    if not done.cancelled() and (error := done.exception()) is not None:
        log.error("a device's identity is not in the store: %s", error)


def _reckoned(device: Device) -> bool:
    """Is it no device at all, but figures that follow from others?"""
    return any(isinstance(point.source, DerivedSource) for point in device.points)
