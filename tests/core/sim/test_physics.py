"""The simulated room: believable for any seed over a whole day, the same for the same seed, and things follow one another."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.physics import Physics

RACKS = [(f"{row}{number:02d}", row) for row in "AB" for number in range(1, 13)]


def a_room(seed=1, **how):
    return Physics(RACKS, ["crac1", "crac2", "crac3", "crac4"], ["ups1", "ups2"], seed, **how)


def counters(room):
    return [room.energy, *(each.energy for group in (room.racks, room.upses, room.coolers) for each in group.values())]


def picture(room):
    return [
        *counters(room),
        *room.phases,
        room.frequency,
        *(value for rack in room.racks.values() for value in (rack.load, rack.inlet, rack.outlet)),
    ]


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32), st.floats(0, 86400))
def test_a_calm_day_stays_in_its_ranges_and_energy_never_falls(seed, start):
    room = a_room(seed, start=start)
    before = counters(room)
    for _ in range(24 * 12):
        room.step(300)
        assert all(220 <= volts <= 235 for volts in room.phases)
        assert 49.95 <= room.frequency <= 50.05
        for rack in room.racks.values():
            assert 0.2 < rack.load < 1.2
            assert 18 <= rack.inlet <= 25
            assert 28 <= rack.outlet <= 38
            assert 40 <= room.humidity(rack.inlet) <= 56
        for cooler in room.coolers.values():
            assert 16 <= cooler.supply <= 20
            assert 28 <= cooler.back <= 38
            assert 13 < cooler.pressure < 19
        for ups in room.upses.values():
            assert ups.charge == 100
            assert ups.volts == pytest.approx(216, abs=0.1)
            assert 20 < ups.percent < 60
            assert ups.input > ups.load
        assert 20 < room.room < 26
        assert 4.1 < room.cylinder_pressure < 4.4
        assert all(new >= old for new, old in zip(counters(room), before, strict=True))
        before = counters(room)


@given(st.integers(0, 2**32), st.lists(st.sampled_from([0.5, 1.0, 10.0]), max_size=20))
@settings(max_examples=10, deadline=None)
def test_the_same_seed_gives_the_same_room(seed, steps):
    one, two = a_room(seed), a_room(seed)
    for dt in steps:
        one.step(dt)
        two.step(dt)
    assert picture(one) == picture(two)


def test_another_seed_gives_another_room():
    assert picture(a_room(1)) != picture(a_room(2))


def test_what_the_feeds_carry_is_what_the_racks_draw():
    room = a_room()
    room.step(1)
    assert sum(ups.load for ups in room.upses.values()) == pytest.approx(room.it_load)
    assert room.row_load("A") + room.row_load("B") == pytest.approx(room.it_load)
    assert room.mains_power > sum(ups.input for ups in room.upses.values()) + room.cooling_power


def test_warm_air_is_drier():
    room = a_room()
    assert room.humidity(30) < room.humidity(22) < room.humidity(18) < 65


def test_a_hot_spot_warms_its_rack_only():
    room, twin = a_room(), a_room()
    room.faults.start(Fault(FaultKind.HOT_SPOT, "A06", 8.0))
    for _ in range(300):
        room.step(1)
        twin.step(1)
    assert room.racks["A06"].inlet - twin.racks["A06"].inlet == pytest.approx(8, abs=0.2)
    assert room.racks["A07"].inlet == twin.racks["A07"].inlet


def test_an_air_conditioner_that_runs_warm_cools_down_again():
    room, twin = a_room(), a_room()
    room.faults.start(Fault(FaultKind.WARM_RETURN, "crac3", 7.0))
    for _ in range(240):
        room.step(1)
        twin.step(1)
    assert room.coolers["crac3"].back - twin.coolers["crac3"].back > 6
    room.faults.stop(FaultKind.WARM_RETURN, "crac3")
    for _ in range(600):
        room.step(1)
        twin.step(1)
    assert room.coolers["crac3"].back == pytest.approx(twin.coolers["crac3"].back, abs=0.05)


def test_on_battery_the_charge_and_the_runtime_fall_and_come_back():
    room = a_room()
    room.faults.start(Fault(FaultKind.ON_BATTERY, "ups1"))
    room.step(1)
    runtime = room.upses["ups1"].runtime
    for _ in range(600):
        room.step(1)
    ups = room.upses["ups1"]
    assert ups.on_battery and ups.input == 0
    assert ups.charge < 95 and ups.volts < 200 and ups.runtime < runtime - 500
    assert not room.upses["ups2"].on_battery
    room.faults.stop(FaultKind.ON_BATTERY, "ups1")
    room.step(1)
    assert ups.charging and ups.input > ups.load
    for _ in range(60):
        room.step(600)
    assert ups.charge == 100 and not ups.charging


def test_a_room_without_racks_or_machines_still_has_air_and_mains():
    room = Physics([], [], [], 3)
    room.step(1)
    assert 20 < room.room < 26 and room.mains_power > 0 and room.supply == 18
