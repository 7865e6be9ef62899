"""The plant: instruments show the physics, faults show on the wire, points that nobody knows stay quiet."""

from dataclasses import replace

from cityops_desktop.model.points import Level, Limit, LimitKind
from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.story import Scene, Story, story_of
from tests.core.sim import small_room


def table(plant, bus, name):
    return plant.units[bus][0].tables[name].words


def test_a_sensor_shows_the_air_it_hangs_in():
    plant = Plant(small_room.room(), story=Story(()))
    for _ in range(5):
        plant.step(1.0)
        temperature, humidity = (count / 10 for count in table(plant, "line", "input"))
        assert abs(temperature - plant.physics.room) < 0.3
        assert abs(humidity - plant.physics.humidity(plant.physics.room)) < 1


def test_a_leak_shows_with_its_metres_and_dries_up():
    plant = Plant(small_room.room(), story=Story([Scene(1, 2, Fault(FaultKind.LEAK, "rope", 12.5))]))
    plant.step(1.0)
    assert table(plant, "server", "coil") == [0]
    plant.step(1.0)
    assert table(plant, "server", "coil") == [1]
    assert table(plant, "server", "holding") == [125]
    plant.step(1.0)
    assert table(plant, "server", "coil") == [0]
    assert table(plant, "server", "holding") == [0]


def test_a_fault_belongs_to_the_device_at_an_address_of_a_bus():
    plant = Plant(small_room.room(), story=Story(()))
    fault = Fault(FaultKind.DEAD_SLAVE, "th")
    plant.physics.faults.start(fault)
    assert plant.fault_of(FaultKind.DEAD_SLAVE, "line", 3) == fault
    assert plant.fault_of(FaultKind.DEAD_SLAVE, "line", 4) is None and plant.fault_of(FaultKind.DEAD_SLAVE, "gateway", 3) is None
    assert plant.fault_of(FaultKind.SLOW_SLAVE, "line", 3) is None


def test_a_frozen_sensor_keeps_its_values_and_no_other_does():
    plant = Plant(small_room.room(), story=Story(()))
    plant.physics.faults.start(Fault(FaultKind.FROZEN_SENSOR, "th"))
    plant.physics.faults.start(Fault(FaultKind.LEAK, "rope", 7.0))
    before = list(table(plant, "line", "input"))
    for _ in range(30):
        plant.step(1.0)
    assert table(plant, "line", "input") == before
    assert table(plant, "server", "holding") == [70]
    plant.physics.faults.stop(FaultKind.FROZEN_SENSOR, "th")
    shown = set()
    for _ in range(30):
        plant.step(1.0)
        shown.add(tuple(table(plant, "line", "input")))
    assert len(shown) > 1


def test_points_that_no_instrument_knows_are_quiet():
    room = small_room.room()
    (f, name, door) = room.devices[2].points
    alarm = Limit("a", Level.MINOR, LimitKind.STATE, states=(0,))
    thing = replace(room.devices[2], points=(replace(f, normal=(10, 20)), name, replace(door, limits=(alarm,))))
    plant = Plant(replace(room, devices=(*room.devices[:2], thing)), story=Story(()))
    assert table(plant, "gateway", "input") == [0x4170, 0]
    assert table(plant, "gateway", "discrete") == [1 << 4]
    assert table(plant, "gateway", "holding")[0] == 0x5349


def test_the_same_seed_shows_the_same_registers():
    one, two = Plant(small_room.room(), 5), Plant(small_room.room(), 5)
    for _ in range(120):
        one.step(1.0)
        two.step(1.0)
        assert [table(one, "line", "input"), table(one, "server", "coil")] == [table(two, "line", "input"), table(two, "server", "coil")]


def test_the_story_is_made_of_what_the_room_has():
    scenes = story_of(small_room.room()).scenes
    assert {(scene.fault.kind, scene.fault.subject) for scene in scenes} == {(FaultKind.LEAK, "rope"), (FaultKind.DEAD_SLAVE, "th")}
    assert story_of(replace(small_room.room(), devices=())).scenes == ()
