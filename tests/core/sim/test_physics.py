"""The simulated room: believable for any seed over a whole day, the same for the same seed, and things follow one another."""

import copy
import functools
import math
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cityops_desktop.sim.faults import Fault, FaultKind
from cityops_desktop.sim.layout import Layout, RackSite
from cityops_desktop.sim.physics import REST_KW, Physics
from cityops_desktop.sim.supply import MAINS_STABLE, Position, SetState
from tests.core.sim.layouts import demo_layout

LOSS = Fault(FaultKind.MAINS_LOSS)
NO_START = Fault(FaultKind.GENERATOR_FAILS, "generator")


def new_room(seed=1, generator=True, start=10 * 3600.0):
    return Physics(demo_layout(generator), seed, start)


settled = functools.cache(new_room)


def a_room(seed=1, generator=True, start=10 * 3600.0):
    """One as `new_room` makes it; the hours that it takes to settle are reckoned once for all tests."""
    return copy.deepcopy(settled(seed, generator, start))


def counters(room):
    engine = room.supply.generator
    return [
        room.supply.energy,
        room.supply.transfers,
        *((engine.hours, engine.energy, engine.starts) if engine else ()),
        *(each.energy for group in (room.racks, room.upses, room.air.coolers) for each in group.values()),
        *(ups.given for ups in room.upses.values()),
    ]


def picture(room):
    return [
        *counters(room),
        *room.phases,
        room.frequency,
        room.room,
        room.air.bulk,
        *(value for rack in room.racks.values() for value in (rack.load, rack.inlet, rack.outlet, *rack.draws.values())),
        *(value for ups in room.upses.values() for value in (ups.load, ups.input, ups.charge, ups.volts, ups.amps, ups.runtime)),
        *(value for cooler in room.air.coolers.values() for value in (cooler.supply, cooler.back, cooler.power, cooler.pressure)),
    ]


def assert_power_adds_up(room):
    for rack in room.racks.values():
        assert sum(rack.draws.values()) == pytest.approx(rack.load)
    for name, ups in room.upses.items():
        fed = sum(rack.draws[side] for rack in room.racks.values() for side, behind in rack.feeds if behind == name)
        assert ups.load == pytest.approx(fed)
        if ups.on_battery or not room.supply.live:
            assert ups.input == 0
        if ups.on_battery:
            assert ups.amps < 0 or ups.load == 0
        if not ups.output:
            assert ups.load == 0 and ups.out_volts == 0
        if ups.input:
            charge = ups.amps * ups.volts / 1000 / 0.93
            assert ups.input == pytest.approx(ups.load / 0.93 + 0.05 + charge, abs=0.02)
    taken = sum(ups.input for ups in room.upses.values()) + room.air.power + (REST_KW if room.supply.live else 0)
    assert room.line_power == pytest.approx(taken)
    engine = room.supply.generator
    given = room.supply.power + (engine.power if engine else 0)
    assert given == pytest.approx(taken if room.supply.live else 0)
    assert room.supply.power == 0 or room.supply.mains
    assert not engine or engine.power == 0 or engine.turns


@settings(max_examples=3, deadline=None)
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
        for cooler in room.air.coolers.values():
            assert 16 <= cooler.supply <= 20
            assert 28 <= cooler.back <= 38
            assert 13 < cooler.pressure < 19
        for ups in room.upses.values():
            assert ups.charge == 100
            assert ups.volts == pytest.approx(216, abs=0.1)
            assert 20 < ups.percent < 60
            assert ups.input > ups.load
        assert 20 < room.room < 26
        assert 4.1 < room.cylinder_pressure("cylinders.pressure_1") < 4.4
        assert all(new >= old for new, old in zip(counters(room), before, strict=True))
        before = counters(room)


SUBJECTS = {
    FaultKind.MAINS_LOSS: [""],
    FaultKind.GENERATOR_FAILS: ["generator"],
    FaultKind.UPS_FAILS: ["ups1", "ups2"],
    FaultKind.ON_BATTERY: ["ups1", "ups2"],
    FaultKind.AIR_CONDITIONER_FAILS: ["crac1", "crac2", "crac3", "crac4"],
    FaultKind.WARM_RETURN: ["crac2"],
    FaultKind.HOT_SPOT: ["A06", "B12"],
    FaultKind.GAS_LOSS: ["cylinders.pressure_2"],
}
FAULT = st.sampled_from([(kind, subject) for kind, subjects in SUBJECTS.items() for subject in subjects])
TURN = st.tuples(FAULT, st.booleans(), st.sampled_from([0.3, 1.0, 7.0, 60.0, 300.0]))
DARK = [(kind, SUBJECTS[kind][0]) for kind in (FaultKind.MAINS_LOSS, FaultKind.GENERATOR_FAILS)]


@settings(max_examples=25, deadline=None)
@example(7, [*((fault, True, 1.0) for fault in DARK), (DARK[1], True, 1800.0), (DARK[0], False, 60.0)])  # until the batteries are empty
@given(st.sampled_from([7, 2**32]), st.lists(TURN, min_size=1, max_size=14))
def test_whatever_fails_power_adds_up_and_nothing_leaves_its_bounds(seed, turns):
    room, twin = a_room(seed), a_room(seed)
    before = counters(room)
    for (kind, subject), begins, seconds in turns:
        for one in (room, twin):
            if begins:
                one.faults.start(Fault(kind, subject, 6.0))
            else:
                one.faults.stop(kind, subject)
            one.step(seconds)
        assert_power_adds_up(room)
        assert all(math.isfinite(value) for value in picture(room))
        assert all(new >= old for new, old in zip(counters(room), before, strict=True))
        before = counters(room)
        for ups in room.upses.values():
            assert 0 <= ups.charge <= 100 and ups.runtime >= 0 and 130 < ups.volts < 230
            for string in (1, 2):
                blocks = [ups.block_volts(string, block) for block in range(1, 17)]
                assert sum(blocks) == pytest.approx(ups.volts) and all(6 < volts < 15 for volts in blocks)
        assert 0 <= room.supply.generator.fuel <= 100
        assert 10 < room.air.bulk < 90 and all(10 < rack.inlet < 95 for rack in room.racks.values())
        assert 0 <= room.humidity(room.room) <= 100 and room.cylinder_pressure("cylinders.pressure_2") >= 0
        assert room.frequency >= 0 and all(volts >= 0 for volts in (*room.mains_phases, *room.generator_phases))
    assert picture(room) == picture(twin)


@given(st.integers(0, 2**32), st.lists(st.sampled_from([0.5, 1.0, 10.0]), max_size=20))
@settings(max_examples=5, deadline=None)
def test_the_same_seed_gives_the_same_room(seed, steps):
    one, two = new_room(seed), new_room(seed)
    for dt in steps:
        one.step(dt)
        two.step(dt)
    assert picture(one) == picture(two)


def test_another_seed_gives_another_room():
    assert picture(new_room(1)) != picture(new_room(2))


def test_a_long_step_is_as_good_as_many_short_ones():
    long, short = a_room(), a_room()
    for room in (long, short):
        room.faults.start(LOSS)
        room.faults.start(NO_START)
    long.step(900)
    for _ in range(900):
        short.step(1)
    assert picture(long) == pytest.approx(picture(short))


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
    assert room.racks["A07"].inlet == pytest.approx(twin.racks["A07"].inlet, abs=0.05)


def test_an_air_conditioner_that_runs_warm_cools_down_again():
    room, twin = a_room(), a_room()
    room.faults.start(Fault(FaultKind.WARM_RETURN, "crac3", 7.0))
    for one in (room, twin):
        one.step(240)
    assert room.air.coolers["crac3"].back - twin.air.coolers["crac3"].back > 6
    room.faults.stop(FaultKind.WARM_RETURN, "crac3")
    for one in (room, twin):
        one.step(3600)
    assert room.air.coolers["crac3"].back == pytest.approx(twin.air.coolers["crac3"].back, abs=0.1)


def test_a_failed_air_conditioner_warms_the_racks_near_it_first_and_most():
    room, twin = a_room(), a_room()
    room.faults.start(Fault(FaultKind.AIR_CONDITIONER_FAILS, "crac1"))
    near_was_warmer = []
    for _ in range(30):
        for one in (room, twin):
            one.step(60)
        rise = {name: rack.inlet - twin.racks[name].inlet for name, rack in room.racks.items()}
        near_was_warmer.append(rise["A01"] > rise["A06"] > rise["A12"])
    assert all(near_was_warmer)
    assert rise["A01"] > 4 and rise["A12"] < 2.5
    cooler = room.air.coolers["crac1"]
    assert not cooler.runs and not cooler.cools and cooler.power < 0.05 and cooler.supply > 25
    assert max(rack.inlet for rack in room.racks.values()) > 27
    assert room.racks["A01"].inlet_at(2.0) > room.racks["A01"].inlet_at(1.1) + 1 > room.racks["A01"].inlet_at(0.2)
    room.faults.stop(FaultKind.AIR_CONDITIONER_FAILS, "crac1")
    for one in (room, twin):
        one.step(3600)
    assert room.racks["A01"].inlet == pytest.approx(twin.racks["A01"].inlet, abs=0.3)


def test_three_air_conditioners_carry_the_room_two_do_not():
    room = a_room()
    room.faults.start(Fault(FaultKind.AIR_CONDITIONER_FAILS, "crac1"))
    room.step(7200)
    settled = room.air.bulk
    room.step(3600)
    assert room.air.bulk == pytest.approx(settled, abs=1.0)
    room.faults.start(Fault(FaultKind.AIR_CONDITIONER_FAILS, "crac3"))
    room.step(3600)
    assert room.air.bulk > settled + 3


def test_mains_loss_goes_its_way():
    room = a_room()
    room.faults.start(LOSS)
    room.step(1)
    assert all(ups.on_battery and ups.input == 0 for ups in room.upses.values())
    assert room.air.power == 0 and room.phases == (0, 0, 0) and room.supply.generator.state is SetState.DELAY
    load = room.it_load
    seconds = 1
    while not room.supply.live:
        room.step(1)
        seconds += 1
        assert seconds < 60
    assert 10 <= seconds <= 15
    room.step(10)
    engine = room.supply.generator
    assert engine.state is SetState.LOADED and engine.power == pytest.approx(room.line_power)
    assert room.it_load == pytest.approx(load, rel=0.02) and not any(ups.on_battery for ups in room.upses.values())
    room.step(10)
    assert not any(cooler.runs for cooler in room.air.coolers.values())
    starts: dict[str, int] = {}
    for second in range(200):
        room.step(1)
        for cooler in room.air.coolers.values():
            if cooler.runs:
                starts.setdefault(cooler.id, second)
    assert len(starts) == 4 and all(later - earlier >= 15 for earlier, later in pairwise(starts.values()))
    fuel = engine.fuel
    room.step(3600)
    assert engine.fuel < fuel - 2
    room.faults.stop(FaultKind.MAINS_LOSS)
    room.step(MAINS_STABLE - 5)
    assert room.supply.position is Position.GENERATOR
    room.step(15)
    assert room.supply.position is Position.MAINS and engine.state is SetState.COOLING and engine.power == 0
    room.step(120)
    assert engine.state is SetState.STOPPED and room.supply.settled


def test_a_set_that_does_not_start_gives_up_after_three_attempts_and_the_room_goes_dark():
    room = a_room()
    room.faults.start(NO_START)
    room.faults.start(LOSS)
    engine, ups = room.supply.generator, room.upses["ups1"]
    before = engine.starts
    lowest = 30.0
    for _ in range(60):
        room.step(1)
        lowest = min(lowest, engine.battery)
    assert engine.state is SetState.FAILED and engine.starts == before + 3 and lowest < 22
    warm = room.racks["A06"].inlet
    runtimes = [ups.runtime]
    while any(each.output for each in room.upses.values()):
        room.step(60)
        runtimes.append(ups.runtime)
        assert len(runtimes) < 90
    assert runtimes == sorted(runtimes, reverse=True)
    assert 15 < len(runtimes) < 60
    assert room.it_load == 0 and room.racks["A06"].inlet > warm + 8
    assert room.feed_volts("ups1") == 0 and all(sum(rack.draws.values()) == 0 for rack in room.racks.values())
    room.faults.stop(FaultKind.GENERATOR_FAILS, "generator")
    room.faults.stop(FaultKind.MAINS_LOSS)
    room.step(30)
    assert room.it_load > 10 and ups.charging and ups.input > ups.load + 0.5
    room.step(24 * 3600)
    assert ups.charge == 100 and not ups.charging


def test_without_a_set_the_mains_loss_is_carried_by_the_batteries():
    room = a_room(generator=False)
    room.faults.start(LOSS)
    room.step(300)
    assert all(ups.on_battery for ups in room.upses.values())
    room.faults.stop(FaultKind.MAINS_LOSS)
    room.step(2)
    assert room.supply.live and all(ups.charging for ups in room.upses.values())


def test_when_the_a_side_fails_the_b_side_carries_what_has_two_feeds():
    room = a_room()
    load = room.it_load
    room.faults.start(Fault(FaultKind.UPS_FAILS, "ups1"))
    room.step(1)
    dark = [rack.id for rack in room.racks.values() if rack.load == 0]
    assert dark == ["A12", "B04"]
    assert room.upses["ups1"].load == 0 and room.upses["ups2"].load == pytest.approx(room.it_load)
    assert load - 2.5 < room.it_load < load
    assert 60 < room.upses["ups2"].percent < 100
    room.faults.stop(FaultKind.UPS_FAILS, "ups1")
    room.step(30)
    assert room.it_load == pytest.approx(load, rel=0.03)


def test_twice_the_load_empties_a_battery_in_less_than_half_the_time():
    room = a_room()
    ups = room.upses["ups2"]
    runtime = ups.runtime
    room.faults.start(Fault(FaultKind.UPS_FAILS, "ups1"))
    room.step(1)
    assert ups.runtime < 0.5 * runtime


def test_the_weak_block_shows_under_load_only():
    room = a_room()
    ups = room.upses["ups1"]

    def deviation(string, block):
        return ups.block_volts(string, block) - ups.volts / 16

    assert abs(deviation(2, 7)) < 0.1
    room.faults.start(Fault(FaultKind.ON_BATTERY, "ups1"))
    room.step(300)
    assert deviation(2, 7) < -0.5
    assert all(abs(deviation(string, block)) < 0.2 for string in (1, 2) for block in range(1, 17) if (string, block) != (2, 7))


def test_on_battery_the_charge_and_the_runtime_fall_and_come_back():
    room = a_room()
    room.faults.start(Fault(FaultKind.ON_BATTERY, "ups1"))
    room.step(1)
    ups = room.upses["ups1"]
    runtime = ups.runtime
    room.step(600)
    assert ups.on_battery and ups.input == 0
    assert ups.charge < 95 and ups.volts < 200 and ups.runtime < runtime - 500
    assert not room.upses["ups2"].on_battery
    room.faults.stop(FaultKind.ON_BATTERY, "ups1")
    room.step(1)
    assert ups.charging and ups.input > ups.load
    room.step(20 * 3600)
    assert ups.charge == 100 and not ups.charging


def test_gas_is_lost_while_the_fault_lasts_and_is_filled_up_afterwards():
    room = a_room()
    full = room.cylinder_pressure("one")
    room.faults.start(Fault(FaultKind.GAS_LOSS, "one", 6.0))
    room.step(600)
    assert full - room.cylinder_pressure("one") == pytest.approx(1.0, abs=0.02)
    assert room.cylinder_pressure("two") == pytest.approx(full, abs=0.02)
    room.faults.stop(FaultKind.GAS_LOSS, "one")
    room.step(1)
    assert room.cylinder_pressure("one") == pytest.approx(full, abs=0.02)


def test_a_room_without_racks_or_machines_still_has_air_and_mains():
    room = Physics(Layout(), 3)
    room.step(1)
    assert 20 < room.room < 26 and room.supply.power == pytest.approx(REST_KW) and room.air.supply == 18


def test_racks_without_a_ups_hang_on_the_line():
    room = Physics(Layout(racks=(RackSite("R1", "", feeds=(("A", ""),)),)), 3)
    room.step(1)
    assert room.supply.power == pytest.approx(REST_KW + room.racks["R1"].load)
    room.faults.start(LOSS)
    room.step(1)
    assert room.it_load == 0 and room.supply.power == 0
