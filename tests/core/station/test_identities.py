"""What the station makes of what devices say, without a wire: behaviour that must not flap, alarms that fold, values, and the log."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.model.alarms import Alarm, AlarmState
from cityops_desktop.model.drivers import Identity
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Device, Room
from cityops_desktop.room.load import load_room
from cityops_desktop.station.identities import ALIKE, OBSERVE_SECONDS, Identities
from cityops_desktop.store.store import Store
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.peers.station import write_room


class Place:
    """A station's registry of devices over a room of one device, "a"; `again` is the next run of it."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        self.clock = clock
        self.room = load_room(write_room(folder, 1502), DRIVERS)
        self.store = Store.open(folder, clock)
        self.alarms: dict[str, Alarm] = {}
        self.again(self.room, "first")

    def again(self, room: Room, kind: str = "apply") -> Identities:
        kept = [alarm for alarm in self.alarms.values() if alarm.open]
        self.live, self.book = LiveTable(room, self.clock), AlarmBook(room)
        self.take(self.book.restore(kept, self.clock.wall()))
        addresses = {device.id: device.id for device in room.devices}
        self.identities = Identities(room, addresses, self.clock, self.store, self.live, self.book, self.take)
        self.store.write(lambda conn: None).result()
        self.identities.load()
        self.identities.begin(kind)
        return self.identities

    def take(self, changed: object) -> None:
        for alarm in changed:  # type: ignore[attr-defined]
            self.alarms[alarm.id] = alarm

    def standing(self) -> list[tuple[str, str, int, str]]:
        return sorted((one.subject, one.cause.value, int(one.level), one.detail) for one in self.alarms.values() if one.standing)

    def feed(self, *, refused: tuple[str, ...] = (), silent: bool = False) -> None:
        wall = self.clock.wall()
        for point in ("temp", "wet", "still"):
            key = f"a.{point}"
            if silent:
                reading = failed(key, wall, Reason.NO_ANSWER)
            elif point in refused:
                reading = failed(key, wall, Reason.EXCEPTION, "2")
            else:
                reading = Reading(key, 1.0, wall, Quality.GOOD)
            self.live.apply([reading])

    def look(self, times: int = 1, **readings: object) -> None:
        for _ in range(times):
            self.clock.advance(OBSERVE_SECONDS)
            self.feed(**readings)  # type: ignore[arg-type]
            self.identities.tick(self.clock.monotonic())


@pytest.fixture
def place(tmp_path: Path, clock: FakeClock) -> Iterator[Place]:
    place = Place(tmp_path, clock)
    yield place
    place.store.close()


def more(room: Room, *ids: str) -> Room:
    """The room with copies of its device under these ids."""

    def copy(id: str) -> Device:
        device = room.devices[0]
        return replace(
            device, id=id, points=tuple(replace(point, key=point.key.replace("a.", f"{id}.", 1), device=id) for point in device.points)
        )

    return replace(room, devices=(*room.devices, *map(copy, ids)))


def test_a_behaviour_counts_after_several_looks_and_holes_at_first_contact_are_none(place: Place) -> None:
    place.look(ALIKE - 1, refused=("still",))
    assert place.identities.info("a").known.facts is None  # type: ignore[union-attr]
    place.look(refused=("still",))
    assert place.identities.info("a").known.facts == {"answers": "temp wet", "refuses": "still"}  # type: ignore[union-attr]
    assert not place.identities.waits("a") and not place.standing()
    place.look(2 * ALIKE, refused=("still",), silent=True)
    assert not place.identities.waits("a"), "silence is no behaviour"


def test_a_behaviour_that_comes_and_goes_raises_nothing_and_one_that_stays_a_minor_alarm(place: Place) -> None:
    place.look(ALIKE, refused=("still",))
    for _ in range(5):
        place.look(ALIKE - 1, refused=("still", "wet"))
        place.look(refused=("still",))
    assert not place.standing()
    place.look(ALIKE, refused=("still", "wet"))
    assert place.standing() == [("a", "device_changed", Level.MINOR, "behaviour")]
    place.look(ALIKE, refused=("still",))
    assert not place.standing() and not place.identities.waits("a")


def test_what_a_device_says_is_worth_more_than_how_it_behaves(place: Place) -> None:
    place.look(ALIKE)
    place.identities.told({"a": Identity({"serial": "1"})})
    assert place.identities.info("a").known.facts == {"serial": "1"}  # type: ignore[union-attr]
    place.look(2 * ALIKE, refused=("wet",))
    assert not place.identities.waits("a")


def test_values_of_what_waits_are_uncertain_and_bad_ones_stay_bad(place: Place) -> None:
    wall = place.clock.wall()
    good, bad = Reading("a.temp", 21.0, wall, Quality.GOOD, raw=b"\x01"), failed("a.wet", wall, Reason.NO_ANSWER)
    other = Reading("a.still", 1.0, wall, Quality.UNCERTAIN, Reason.OLD)
    assert list(place.identities.judged([good, bad, other])) == [good, bad, other]
    place.identities.told({"a": Identity({"serial": "1"})})
    place.identities.told({"a": Identity({"serial": "2"})})
    doubted, *rest = place.identities.judged([good, bad, other])
    assert (doubted.value, doubted.quality, doubted.reason, doubted.raw) == (21.0, Quality.UNCERTAIN, Reason.NOT_ADMITTED, b"\x01")
    assert rest == [bad, other] and doubted.usable


def test_a_milder_alarm_that_becomes_worse_must_be_seen_again(place: Place) -> None:
    place.identities.told({"a": Identity({"serial": "1", "version": "1"})})
    place.identities.told({"a": Identity({"serial": "1", "version": "2"})})
    [alarm] = [one for one in place.alarms.values() if one.standing]
    place.take(place.book.acknowledge(alarm.id, "p", "P", place.clock.wall()))
    place.identities.told({"a": Identity({"serial": "9", "version": "2"})})
    [worse] = [one for one in place.alarms.values() if one.standing]
    assert (worse.level, worse.state, worse.detail) == (Level.MAJOR, AlarmState.UNACKNOWLEDGED, "serial version")


def test_new_devices_of_a_bus_are_one_alarm_that_stays_the_same_one_over_restarts(place: Place) -> None:
    assert not place.standing()
    place.again(more(place.room, "b"))
    assert place.standing() == [("b", "device_new", Level.MINOR, "1")]
    place.again(more(place.room, "b", "c", "d"))
    assert place.standing() == [("bus:tcp", "device_new", Level.MINOR, "3")]
    [before] = [one.id for one in place.alarms.values() if one.standing]
    place.again(more(place.room, "b", "c", "d"))
    assert [one.id for one in place.alarms.values() if one.standing] == [before]
    assert place.standing() == [("bus:tcp", "device_new", Level.MINOR, "3")]
    place.again(place.room)
    assert not place.standing(), "what waited is not in the room any more"
    place.again(more(place.room, "b"))
    assert place.standing() == [("b", "device_new", Level.MINOR, "1")], "it waited, and it still does"


def test_the_room_of_a_demo_is_taken_over_whenever_its_file_is(place: Place) -> None:
    place.again(more(place.room, "b"), "demo")
    assert not place.standing() and not place.identities.waits("b")
