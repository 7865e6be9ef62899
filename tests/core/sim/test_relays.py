"""Relays of the simulated room: a master switches those that the room file declares, nothing else; they stay as they were switched."""

from pathlib import Path

import pytest

from cityops_desktop.derive.source import measured
from cityops_desktop.paths import ROOMS
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.registers import Unit
from drivers.registry import DRIVERS

BEACON, HORN = "contacts.relay_1", "contacts.relay_2"


@pytest.fixture(scope="module")
def plant() -> Plant:
    return Plant(measured(load_room(Path(ROOMS) / "demo.yaml", DRIVERS)))


def unit_of(plant: Plant) -> Unit:
    return next(unit for unit in plant.units["safety"] if unit.address == 62)


def test_a_relay_stays_as_a_master_switched_it(plant: Plant):
    unit = unit_of(plant)
    assert unit.switch(1, [True])
    plant.step(1.0)
    assert (unit.stands(0), unit.stands(1)) == (0, 1)
    assert unit.switch(0, [True, False])
    plant.step(1.0)
    assert (unit.stands(0), unit.stands(1)) == (1, 0)


@pytest.mark.parametrize(("address", "states"), [(2, [True]), (1, [True, True]), (500, [True])])
def test_what_is_no_declared_relay_is_refused_whole(plant: Plant, address: int, states: list[int]):
    unit = unit_of(plant)
    before = list(unit.tables["coil"].words)
    assert not unit.switch(address, states)
    assert unit.tables["coil"].words == before


def test_the_demo_room_declares_a_beacon_and_a_horn_that_drops_out(plant: Plant):
    beacon, horn = plant.room.alarm_outputs
    assert (beacon.point, horn.point) == (BEACON, HORN)
    assert (beacon.value(True), horn.value(True)) == (1, 0)
