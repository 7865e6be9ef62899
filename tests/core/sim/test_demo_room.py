"""The demo room: about 500 points, every line within its second, and calm for a whole day when nothing is wrong."""

import struct
from collections import Counter

import pytest

from cityops_desktop.model.points import Group, Kind
from cityops_desktop.paths import ROOMS
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.faults import FaultKind, Story, story_of
from cityops_desktop.sim.line import BITS_PER_CHAR, silence
from cityops_desktop.sim.plant import Plant
from drivers.modbus.values import reading
from drivers.registry import DRIVERS


@pytest.fixture(scope="module")
def room():
    return load_room(ROOMS / "demo.yaml", DRIVERS)


def readings(room, plant):
    """Every point of the room, decoded by the driver from the registers of the plant."""
    units = {(bus, unit.address): unit for bus, some in plant.units.items() for unit in some}
    for device in room.devices:
        unit = units[device.bus, device.options.address]
        for point in device.points:
            source, table = point.source, unit.tables[str(point.source.table)]
            if table.bits:
                raw = bytes([table.words[source.address // 16 - table.start] >> source.address % 16 & 1])
            else:
                at = source.address - table.start
                raw = struct.pack(f">{source.width}H", *table.words[at : at + source.width])
            yield point, reading(point, source, raw, 0)


def test_it_has_what_a_demo_needs(room):
    points = room.points()
    assert room.origin == "demo" and room.id == "room1" and room.names.zh == "一号机房"
    assert 480 <= len(points) <= 540
    assert Counter(rack.row for rack in room.racks) == {"A": 12, "B": 12}
    assert all(rack.place and rack.u_height == 42 and len(rack.items) >= 8 for rack in room.racks)
    assert 10 <= sum(point.featured for point in points.values()) <= 16
    assert len({point.group for point in points.values() if point.featured}) >= 7
    assert {bus.driver for bus in room.buses} == {"modbus-rtu", "modbus-rtu-tcp", "modbus-tcp"}
    assert all(device.place or device.rack for device in room.devices)
    assert len({item.names.zh for rack in room.racks for item in rack.items}) == sum(len(rack.items) for rack in room.racks)


def test_every_line_can_be_read_once_a_second(room):
    for bus in room.buses:
        if bus.driver != "modbus-rtu":
            continue
        rate = bus.options.baudrate
        cycle = 0.0
        for device in room.devices:
            if device.bus != bus.id:
                continue
            for request in DRIVERS[bus.driver].plan(bus, device, device.points):
                block = request.payload
                data = (block.count + 7) // 8 if block.table.bits else 2 * block.count
                cycle += (13 + data) * BITS_PER_CHAR / rate + 2 * silence(rate)
        assert cycle < 0.8, bus.id


def test_nearly_everything_is_read_each_second(room):
    plans = [DRIVERS[bus.driver].plan(bus, device, device.points) for bus in room.buses for device in room.devices if device.bus == bus.id]
    each_second = {point for plan in plans for request in plan if request.period <= 1 for point in request.points}
    slow = {point.key for point in room.points().values()} - each_second
    assert {key.split(".")[1] for key in slow} == {"battery_packs", "battery_capacity", "nominal_power", "energy_export"}


def test_a_calm_day_breaks_no_limit_and_every_value_is_good(room):
    plant = Plant(room, story=Story(()))
    before: dict[str, float] = {}
    for _ in range(96):
        for point, got in readings(room, plant):
            assert got.usable, got
            broken = [limit for limit in point.limits if limit.broken_by(got.value)]
            assert not broken, (got, broken)
            assert point.normal is None or point.normal[0] <= got.value <= point.normal[1], (got, point.normal)
            if point.kind is Kind.COUNTER:
                assert got.value >= before.get(point.key, 0)
                before[point.key] = got.value
        plant.step(900)


def test_the_story_of_ten_minutes_raises_what_it_shall_and_no_more(room):
    plant = Plant(room)
    silent, broken = set(), set()
    for _ in range(600):
        plant.step(1.0)
        silent |= {device.id for device in room.devices if plant.physics.faults.has(FaultKind.DEAD_UNIT, device.id)}
        broken |= {point.key for point, got in readings(room, plant) if any(limit.broken_by(got.value) for limit in point.limits)}
    assert broken == {"leak-rope.wet", "crac3.return_temperature"}
    assert len(silent) == 1
    subjects = {scene.fault.subject for scene in story_of(room).scenes}
    assert subjects <= {device.id for device in room.devices}


def test_the_groups_are_all_there(room):
    groups = {point.group for point in room.points().values()}
    assert groups >= {
        Group.POWER_DISTRIBUTION,
        Group.UPS,
        Group.BATTERY,
        Group.AIR_CONDITIONING,
        Group.FRESH_AIR,
        Group.FIRE_PROTECTION,
        Group.LEAK_DETECTION,
        Group.ACCESS_CONTROL,
        Group.ENVIRONMENT,
    }
