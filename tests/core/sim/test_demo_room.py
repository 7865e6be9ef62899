"""The demo room: about 800 points, every line within its second, and calm for a whole day when nothing is wrong."""

import math
import struct
from collections import Counter
from itertools import pairwise

import pytest

from cityops_desktop.derive.source import measured
from cityops_desktop.model.points import Group, Kind, Place
from cityops_desktop.model.power import PowerKind
from cityops_desktop.paths import ROOMS
from cityops_desktop.room.describe import describe
from cityops_desktop.room.load import load_room
from cityops_desktop.sim.faults import FaultKind
from cityops_desktop.sim.line import BITS_PER_CHAR, silence
from cityops_desktop.sim.plant import Plant
from cityops_desktop.sim.story import Story, story_of
from drivers.modbus.values import reading
from drivers.registry import DRIVERS


@pytest.fixture(scope="module")
def room():
    """What stands in it: the figures that follow from others are nobody's on a wire."""
    return measured(load_room(ROOMS / "demo.yaml", DRIVERS))


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
    assert 750 <= len(points) <= 850
    assert Counter(rack.row for rack in room.racks) == {"A": 12, "B": 12}
    assert all(rack.place and rack.u_height == 42 and len(rack.items) >= 8 for rack in room.racks)
    assert 10 <= sum(point.featured for point in points.values()) <= 18
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


def test_what_matters_is_read_each_second_and_no_bus_is_full(room):
    plans = [DRIVERS[bus.driver].plan(bus, device, device.points) for bus in room.buses for device in room.devices if device.bus == bus.id]
    each_second = {point for plan in plans for request in plan if request.period <= 1 for point in request.points}
    assert 470 <= len(each_second) <= 600
    for must in ("ats.position", "generator.state", "ups1.mode", "pdu-a01.power", "th-a01.temperature", "meter-mains.power_total"):
        assert must in each_second
    assert all(account.load < 0.8 for account in describe(room, DRIVERS).buses)


def test_the_floor_is_filled(room):
    areas = {area.id: area for area in room.areas}

    def within(place, area):
        return area.place.x <= place.x <= area.place.x + area.size[0] and area.place.y <= place.y <= area.place.y + area.size[1]

    places = {device.id: device.place for device in room.devices if device.place} | {rack.id: rack.place for rack in room.racks}
    assert [name for name, place in places.items() if not any(within(place, area) for area in room.areas)] == []
    for name, area in {"generator": "yard", "battery-2-2": "battery-room", "cylinders": "cylinder-room", "ups1": "power-room"}.items():
        assert within(places[name], areas[area]), name
    for device in (device for device in room.devices if device.size):
        corners = [(device.place.x + sx * device.size[0] / 2, device.place.y + sy * device.size[1] / 2) for sx in (-1, 1) for sy in (-1, 1)]
        area = next(area for area in room.areas if within(device.place, area))
        assert all(within(Place(x, y), area) for x, y in corners), device.id
    rope = next(device for device in room.devices if device.id == "leak-rope")
    assert 47 <= sum(math.dist(*leg) for leg in pairwise(rope.path)) <= 49 and rope.path[0] == (rope.place.x, rope.place.y)


def test_each_height_has_sensors_in_both_aisles(room):
    cold, hot = Counter(), Counter()
    for device in room.devices:
        if device.id.startswith("th-") and device.rack:
            (hot if device.id.endswith("-out") else cold)[device.place.z] += 1
    assert cold == {0.2: 6, 1.1: 24, 2.0: 6}
    assert hot == {0.2: 4, 1.1: 4, 2.0: 4}


def test_nearly_every_rack_has_two_feeds_and_one_measures_its_outlets(room):
    assert Counter(len(rack.feeds) for rack in room.racks) == {2: 21, 1: 3}
    points = room.points()
    assert all(points[key].unit == "W" for rack in room.racks for feed in rack.feeds for key in feed.power)
    metered = [rack for rack in room.racks if any(item.power for item in rack.items)]
    assert [rack.id for rack in metered] == ["A05"]
    assert sum(len(item.power) == 2 for item in metered[0].items) == 12
    assert {node.kind for node in room.power} == set(PowerKind)


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
        silent |= {device.id for device in room.devices if plant.physics.faults.has(FaultKind.DEAD_SLAVE, device.id)}
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
        Group.GENERATOR_ATS,
        Group.SURVEILLANCE,
        Group.ENVIRONMENT,
    }
