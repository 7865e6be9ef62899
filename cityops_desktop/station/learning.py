"""What the wires have taught of devices, kept across restarts and shared by devices of one profile. Used from the station's loop.

A place that one device refuses is not asked of another one of the same profile either, until one of them is seen to answer it: then
each device is known by what it did itself.
"""

import logging
from collections.abc import Iterable, Mapping

from cityops_desktop.clock import Clock
from cityops_desktop.model.drivers import Learned
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.store import learned as table
from cityops_desktop.store.learned import Taught
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)


def known(rows: Iterable[Taught], devices: Iterable[Device]) -> dict[str, Learned]:
    """By device, what is refused by itself, or by one of its profile while none of that profile was seen to answer it."""
    rows = list(rows)
    by_profile: dict[str, tuple[set[str], set[str]]] = {}
    for row in rows:
        missing, answering = by_profile.setdefault(row.profile, (set(), set()))
        missing |= row.missing
        answering |= row.answering
    own = {row.device: row for row in rows}
    found = {}
    for device in devices:
        mine = own.get(device.id)
        if mine is None or mine.profile != device.profile:
            mine = Taught(device.id, device.profile)
        missing, answering = by_profile.get(device.profile, (set(), set())) if device.profile else (set(), set())
        words = mine.missing | (missing - answering)
        if words:
            found[device.id] = Learned(missing=words)
    return found


class Learning:
    """One for a run of the station. How soon a device begins to answer is not kept: that is soon measured again."""

    def __init__(self, room: Room, clock: Clock, store: Store) -> None:
        self._devices = {device.id: device for device in room.devices}
        self._clock = clock
        self._store = store
        self._rows: dict[str, Taught] = {}
        self._told: dict[str, frozenset[str]] = {}

    def load(self) -> Mapping[str, Learned]:
        """What earlier runs were taught, by device. Blocks; without it the station asks as if it knew nothing."""
        try:
            rows = self._store.read(table.read)
        except StoreError as error:
            log.warning("what the wires taught earlier could not be read: %s", error)
            return {}
        self._rows = {row.device: row for row in rows}
        found = known(rows, self._devices.values())
        self._told = {device: learned.missing for device, learned in found.items()}
        return found

    def take(self, taught: Mapping[str, Learned]) -> None:
        """A wire has taught something of these devices: what changes of what they refuse is recorded."""
        for device, learned in taught.items():
            before = self._told.get(device, frozenset())
            if learned.missing != before:
                self._told[device] = learned.missing
                self._keep(device, learned.missing - before, before - learned.missing)

    def _keep(self, device: str, refused: frozenset[str], answering: frozenset[str]) -> None:
        profile = self._devices[device].profile
        old = self._rows.get(device)
        if old is None or old.profile != profile:
            old = Taught(device, profile)
        new = Taught(device, profile, (old.missing - answering) | refused, (old.answering - refused) | answering)
        self._rows[device] = new
        time = self._clock.wall()
        self._store.write_until_done(lambda conn: table.put(conn, new, time))
