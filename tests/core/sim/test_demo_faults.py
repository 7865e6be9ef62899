"""The demo room seen through its registers while something is wrong: what each fault shows, and that the figures add up."""

import pytest

from cityops_desktop.derive.source import measured
from cityops_desktop.model.points import Kind
from cityops_desktop.model.power import PowerRole
from cityops_desktop.paths import ROOMS
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.catalogue import fault_types
from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.story import Story
from drivers.registry import DRIVERS
from tests.core.sim.test_demo_room import readings


@pytest.fixture(scope="module")
def room():
    return measured(load_room(ROOMS / "demo.yaml", DRIVERS))


class Seen:
    """A plant without a story, and what the station would read of it."""

    def __init__(self, room):
        self.room, self.plant = room, Plant(room, story=Story(()))

    def start(self, kind, subject="", amount=0.0):
        self.plant.physics.faults.start(Fault(kind, subject, amount))

    def stop(self, kind, subject=""):
        self.plant.physics.faults.stop(kind, subject)

    def after(self, seconds):
        """All values by key, so many seconds later."""
        self.plant.step(seconds)
        found = {}
        for point, got in readings(self.room, self.plant):
            assert got.usable, got
            found[point.key] = got.value
        return found

    def broken(self):
        """Points beyond a limit now."""
        return {point.key for point, got in readings(self.room, self.plant) if any(limit.broken_by(got.value) for limit in point.limits)}


@pytest.fixture
def seen(room):
    return Seen(room)


def watts(values, key):
    return values[key] * (1000 if key.endswith("output_power") or key == "generator.power" else 1)


def assert_adds_up(room, values):
    """Racks = PDUs = panels = UPS outputs, and everything behind the switch = mains or diesel set, within the meters' steps."""
    for side, ups in (("a", "ups1"), ("b", "ups2")):
        feeds = sum(values[key] for rack in room.racks for feed in rack.feeds if feed.side == side.upper() for key in feed.power)
        panel = values[f"meter-row-{side}.power_total"]
        assert feeds == pytest.approx(panel, abs=24)
        assert watts(values, f"{ups}.output_power") == pytest.approx(panel, abs=150)
    outlets = sum(value for key, value in values.items() if key.startswith("pdu-a05.outlet"))
    assert outlets == pytest.approx(values["pdu-a05.power"], abs=8)
    taken = values["meter-ups1.power_total"] + values["meter-ups2.power_total"] + values["meter-ac.power_total"]
    given = values["meter-mains.power_total"] + watts(values, "generator.power")
    rest = 1100 if values["ats.position"] and given else 0
    assert given == pytest.approx(taken + rest, abs=120)


def test_power_adds_up_through_a_mains_loss_and_back(room, seen):
    assert_adds_up(room, seen.after(1))
    seen.start(FaultKind.MAINS_LOSS)
    for seconds in (1, 5, 10, 30, 300):
        assert_adds_up(room, seen.after(seconds))
    seen.stop(FaultKind.MAINS_LOSS)
    for seconds in (1, 60, 3, 120, 3600):
        assert_adds_up(room, seen.after(seconds))


def test_a_mains_loss_as_the_duty_person_sees_it(room, seen):
    seen.start(FaultKind.MAINS_LOSS)
    values = seen.after(3)
    assert values["ats.mains_available"] == 0 and values["ats.mains_voltage_l1"] == 0 and values["meter-mains.voltage_l1"] == 0
    assert values["ups1.mode"] == values["ups2.mode"] == 3 and values["ups1.battery_state"] == 5
    assert all(values[f"crac{n}.power_loss"] == 1 for n in range(1, 5))
    assert values["pdu-a01.voltage"] > 210 and values["battery-1-1.current"] < 0
    values = seen.after(15)
    assert values["ats.position"] == 2 and values["generator.state"] == 4 and values["generator.power"] > 10
    assert values["generator.oil_pressure"] > 2 and 1450 < values["generator.speed"] < 1550
    assert values["ups1.mode"] == 2 and values["meter-mains.power_total"] == 0
    values = seen.after(180)
    assert all(values[f"crac{n}.fan"] == 1 for n in range(1, 5))
    seen.stop(FaultKind.MAINS_LOSS)
    values = seen.after(300)
    assert values["ats.position"] == 1 and values["generator.state"] == 0 and values["ats.transfers"] == 114


def test_a_set_that_fails_and_a_room_that_goes_dark(room, seen):
    seen.start(FaultKind.GENERATOR_FAILS, "generator")
    seen.start(FaultKind.MAINS_LOSS)
    values = seen.after(60)
    assert values["generator.state"] == 6 and values["generator.start_failed"] == 1
    assert {"generator.start_failed", "ups1.mode", "ats.mains_available"} <= seen.broken()
    runtime = values["ups1.battery_runtime"]
    values = seen.after(600)
    assert values["ups1.battery_runtime"] < runtime - 400
    assert "battery-1-2.block_07" in seen.broken() and "battery-1-1.block_07" not in seen.broken()
    values = seen.after(3600)
    assert values["ups1.mode"] == values["ups2.mode"] == 0
    pdus = [key for key in values if key.startswith("pdu-")]
    assert len(pdus) > 130 and all(values[key] == 0 for key in pdus)
    assert_adds_up(room, values)


def test_when_side_a_fails_side_b_carries_what_it_can(room, seen):
    before = seen.after(1)
    seen.start(FaultKind.UPS_FAILS, "ups1")
    values = seen.after(2)
    assert values["ups1.mode"] == 0 and values["meter-row-a.voltage_l1"] == 0 and values["pdu-a01.voltage"] == 0
    assert values["pdu-a01-b.power"] == pytest.approx(before["pdu-a01.power"] + before["pdu-a01-b.power"], rel=0.03)
    assert values["pdu-a12.power"] == 0 and values["pdu-b12.power"] > 0
    assert 70 < values["ups2.load"] < 100
    assert_adds_up(room, values)


@pytest.mark.parametrize(
    ("kind", "subject", "amount", "seconds", "broken"),
    [
        (FaultKind.LEAK, "leak-rope", 31.5, 1, {"leak-rope.wet"}),
        (FaultKind.LEAK, "leak-ups", 0.0, 1, {"leak-ups.wet"}),
        (FaultKind.FIRE_CONTACT, "contacts.input_1", 0.0, 1, {"contacts.input_1"}),
        (FaultKind.FIRE_CONTACT, "contacts-2.input_1", 0.0, 1, {"contacts-2.input_1"}),
        (FaultKind.DOOR_OPEN, "contacts.input_4", 0.0, 1, {"contacts.input_4"}),
        (FaultKind.FRESH_AIR_FAILS, "fresh-air", 0.0, 1, {"fresh-air.state", "contacts.input_8"}),
        (FaultKind.CAMERA_OFFLINE, "recorder", 3.0, 1, {"recorder.cameras"}),
        (FaultKind.WARM_RETURN, "crac2", 9.0, 240, {"crac2.return_temperature"}),
        (FaultKind.HOT_SPOT, "B07", 12.0, 240, {"th-b07.temperature", "th-b07.humidity", "th-b07-out.temperature"}),
        (FaultKind.GAS_LOSS, "cylinders.pressure_3", 6.0, 300, {"contacts-2.input_2"}),
        (FaultKind.FROZEN_SENSOR, "th-a01", 0.0, 300, set()),
        (FaultKind.DEAD_SLAVE, "th-a01", 0.0, 30, set()),
        (FaultKind.BUS_UNPLUGGED, "ups", 0.0, 30, set()),
    ],
)
def test_a_fault_breaks_its_own_limits_and_no_others(seen, kind, subject, amount, seconds, broken):
    seen.start(kind, subject, amount)
    values = seen.after(seconds)
    assert seen.broken() - {"cylinders.pressure_3"} == broken
    if kind is FaultKind.LEAK and subject == "leak-rope":
        assert values["leak-rope.distance"] == 31.5
    seen.stop(kind, subject)
    seen.after(1200)
    assert seen.broken() == set()


def test_a_failed_air_conditioner_alarms_and_warms_its_end_of_the_rows(seen):
    seen.start(FaultKind.AIR_CONDITIONER_FAILS, "crac1")
    seen.after(2)
    assert {"crac1.fan_fault", "crac1.lock_high_pressure"} <= seen.broken()
    values = seen.after(1800)
    assert values["crac1.fan"] == values["crac1.cooling"] == 0
    assert values["th-a02.temperature"] > values["th-a11.temperature"] + 1.5
    assert values["th-a02-high.temperature"] > values["th-a02.temperature"] > values["th-a02-low.temperature"]
    warm = {key for key in seen.broken() if key.startswith("th-")}
    assert warm and not any(key.startswith(("th-a12", "th-b12")) for key in warm)


def test_every_kind_has_subjects_of_this_room_and_every_one_can_be_started(room, seen):
    types = fault_types(room)
    assert [each.kind for each in types] == list(FaultKind)
    known = {device.id for device in room.devices} | {rack.id for rack in room.racks} | {bus.id for bus in room.buses}
    known |= set(room.points())
    assert all(subject in known for each in types for subject, _ in each.subjects)
    for each in types:
        seen.start(each.kind, each.subjects[0][0] if each.subjects else "", each.usual)
    for seconds in (1, 30, 600, 1800):
        assert_adds_up(room, seen.after(seconds))


def test_counters_never_fall_whatever_happens(room, seen):
    counters = [point.key for point in room.points().values() if point.kind is Kind.COUNTER]
    before = seen.after(1)
    for kind, subject in ((FaultKind.MAINS_LOSS, ""), (FaultKind.UPS_FAILS, "ups2"), (FaultKind.GENERATOR_FAILS, "generator")):
        seen.start(kind, subject)
        values = seen.after(400)
        assert all(values[key] >= before[key] for key in counters)
        before = values


def test_each_node_of_the_power_chain_tells_how_it_does(room):
    nodes = {node.id: node for node in room.power}
    assert {"mains", "generator", "ats", "ups1", "ups2", "panel-a", "panel-b", "panel-mech", "battery-1", "battery-2"} <= nodes.keys()
    points = room.points()
    for node in room.power:
        assert all(key in points for key in node.points.values())
    assert all(PowerRole.POWER in node.points for node in room.power if node.kind in ("mains", "generator", "ups", "panel"))
