"""The demo room's faults as the alarm book hears them: what is loud, and what lies under it."""

from dataclasses import replace

import pytest

from cityops_desktop.alarms import folding
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.derive.source import measured
from cityops_desktop.paths import ROOMS
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.story import Story
from drivers.registry import DRIVERS
from tests.core.sim.test_demo_room import readings

START = 1_790_000_000_000
MAINS = "ats.mains_available#state2"


@pytest.fixture(scope="module")
def room():
    return measured(load_room(ROOMS / "demo.yaml", DRIVERS))


class Watched:
    """A plant without a story, read whole once a second by a book."""

    def __init__(self, room):
        self.room, self.plant = room, Plant(room, story=Story(()))
        wide = folding.together(room, {bus.id: DRIVERS[bus.driver].resource(bus.options) for bus in room.buses})
        self.book = AlarmBook(room, folding.parents(room, wide), wide)
        self.seconds = 0
        self.heard = set()
        self.after(5)

    def start(self, kind, subject=""):
        self.plant.physics.faults.start(Fault(kind, subject, 0.0))

    def stop(self, kind, subject=""):
        self.plant.physics.faults.stop(kind, subject)

    def after(self, seconds):
        """What was loud at some time of these seconds."""
        self.heard = set()
        for _ in range(seconds):
            self.seconds += 1
            wall, mono = START + self.seconds * 1000, float(self.seconds)
            self.plant.step(1)
            for _point, got in readings(self.room, self.plant):
                self.book.feed(replace(got, time=wall), wall, mono)
            self.book.tick(wall, mono)
            self.heard |= {alarm.key for alarm in self.book.open() if alarm.audible}
        return self.heard

    def under(self, key):
        return {alarm.key for alarm in self.book.open() if alarm.under == key}

    def ack(self, key):
        [alarm] = [alarm for alarm in self.book.open() if alarm.key == key]
        self.book.acknowledge(alarm.id, "p", "P", START + self.seconds * 1000)


@pytest.fixture
def watched(room):
    seen = Watched(room)
    assert seen.book.open() == []
    return seen


def test_lost_mains_are_one_loud_alarm_with_everything_that_follows_under_it(watched):
    watched.start(FaultKind.MAINS_LOSS)
    assert watched.after(12) == {MAINS}
    below = watched.under(MAINS)
    assert {"ups1.mode#on_battery", "ups2.mode#on_battery", "crac1.power_loss#state2", "meter-mains.voltage_l1#low3"} <= below
    assert len(below) > 15
    watched.ack(MAINS)
    assert watched.after(60) == set(), "the diesel set takes over: nothing more to hear"
    assert "ats.position#generator" in watched.under(MAINS)
    watched.stop(FaultKind.MAINS_LOSS)
    watched.after(29)
    assert not {key for key in watched.heard if not key.startswith(("th-", "crac"))}, "warm air is no lost supply, and is heard"
    assert "ats.position#generator" in watched.after(3), "the mains are back, the room still runs on diesel: news"
    watched.after(240)
    assert "crac1.power_loss#state2" in watched.heard, "the moment without power when the switch goes back, a minute later"
    assert not {key for key in watched.heard if key.startswith(("ups", "meter-", "pdu-", "generator"))}
    assert watched.under(MAINS) == set()


def test_a_set_that_does_not_start_is_heard_beside_the_lost_mains(watched):
    watched.start(FaultKind.GENERATOR_FAILS, "generator")
    watched.start(FaultKind.MAINS_LOSS)
    watched.after(60)
    assert {MAINS, "generator.start_failed#state1"} <= watched.heard
    assert not {key for key in watched.heard if key.startswith(("ups1.mode", "crac1.power", "meter-"))}


def test_batteries_that_are_used_again_hours_into_a_lost_supply_are_heard(watched):
    watched.start(FaultKind.MAINS_LOSS)
    watched.after(90)
    watched.ack(MAINS)
    watched.start(FaultKind.GENERATOR_FAILS, "generator")
    assert {"ups1.mode#on_battery", "ups2.mode#on_battery"} <= watched.after(30)


def test_a_ups_without_output_hides_its_dark_panel_and_racks_and_nothing_of_the_other_side(watched):
    watched.start(FaultKind.UPS_FAILS, "ups1")
    watched.after(20)
    cause = "ups1.mode#output_off"
    below = watched.under(cause)
    assert cause in watched.heard and {"meter-row-a.voltage_l1#dead", "pdu-a01.voltage#low2"} <= below
    assert len(below) > 12 and not any("-b." in key for key in below if key.startswith("pdu-"))
    loud = {alarm.key for alarm in watched.book.open() if alarm.audible}
    assert not any(key.startswith(("pdu-", "meter-row-a")) for key in loud), loud


def test_water_that_has_dried_up_waits_for_somebody_to_look(watched):
    watched.start(FaultKind.LEAK, "leak-ups")
    watched.after(2)
    watched.stop(FaultKind.LEAK, "leak-ups")
    watched.after(5)
    [leak] = watched.book.open()
    assert (leak.key, leak.state, leak.audible) == ("leak-ups.wet#state1", "latched_unacknowledged", True)
    watched.ack(leak.key)
    assert watched.book.reset(leak.id) is not None and watched.book.open() == []
