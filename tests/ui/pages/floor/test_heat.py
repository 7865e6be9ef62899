"""The air of an aisle: within what its sensors say, never through racks, blank far away, a hole where a sensor is without a value."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.pages.floor.floor_rooms import air, outlet, rack, room_of
from ui.models.floorplan import Aisle, Box, plan_of
from ui.pages.floor.heat import HOLE, REACH, AisleHeat, highest_limit, scale_of

LONG = [rack(f"A{n:02d}", 2.0 + 0.6 * n, 4.4, 0) for n in range(20)] + [rack(f"B{n:02d}", 2.0 + 0.6 * n, 6.8, 180) for n in range(20)]


def aisle_of(*spots: tuple[float, float], racks: list = LONG) -> Aisle:
    """The cold aisle between two long rows, with sensors at these spots."""
    points = [air(f"s{n}", x, y) for n, (x, y) in enumerate(spots)]
    plan = plan_of(room_of(racks, points, size=(20.0, 12.0)))
    (cold,) = [aisle for aisle in plan.aisles if aisle.air == "cold" and len(aisle.rows) == 2]
    assert len(cold.sensors) == len(spots)
    return cold


def heat_of(*spots: tuple[float, float], racks: list = LONG) -> AisleHeat:
    aisle = aisle_of(*spots, racks=racks)
    return AisleHeat(aisle, aisle.sensors)


def distances(heat: AisleHeat, n: int) -> np.ndarray:
    x, y = heat.sensors[n].probe
    return np.hypot(heat.x - x, heat.y - y).reshape(heat.rows, heat.columns)


SPOTS = st.lists(st.tuples(st.floats(1.8, 13.5), st.floats(4.97, 6.23)), min_size=1, max_size=8, unique=True)
VALUES = st.lists(st.floats(-20, 60), min_size=8, max_size=8)


@given(SPOTS, VALUES)
def test_no_value_is_beyond_the_sensors(spots: list, values: list) -> None:
    heat = heat_of(*spots)
    known = values[: len(spots)]
    told = heat.field(known).values
    told = told[~np.isnan(told)]
    assert told.size and told.min() >= min(known) and told.max() <= max(known)


@given(SPOTS, VALUES, st.data())
def test_blank_beyond_reach_and_a_hole_around_what_has_no_value(spots: list, values: list, data: st.DataObject) -> None:
    heat = heat_of(*spots)
    dead = set(data.draw(st.lists(st.integers(0, len(spots) - 1), max_size=len(spots))))
    field = heat.field([None if n in dead else values[n] for n in range(len(spots))])
    live = [distances(heat, n) for n in range(len(spots)) if n not in dead]
    near = np.min(live, axis=0) if live else np.full((heat.rows, heat.columns), np.inf)
    assert np.isnan(field.values[near >= REACH]).all()
    gone = np.min([distances(heat, n) for n in dead], axis=0) if dead else np.full(near.shape, np.inf)
    hole = (gone <= HOLE) & (gone < near)
    assert np.isnan(field.values[hole]).all() and field.holes[hole].all()
    assert not field.holes[gone > HOLE].any(), "a hole is no larger than it says"
    assert not np.isnan(field.values[(near < REACH) & (gone > HOLE)]).any(), "and nothing else is missing"


def test_nobody_speaks_for_a_sensor_without_a_value() -> None:
    heat = heat_of((5.0, 5.05), (5.6, 5.05), (6.2, 5.05))
    whole, holed = heat.field([20.0, 30.0, 20.0]), heat.field([20.0, None, 20.0])
    row, column = np.unravel_index(np.argmin(distances(heat, 1)), whole.values.shape)
    assert whole.values[row, column] > 29 and np.isnan(holed.values[row, column]) and holed.holes[row, column]
    assert not heat.field([20.0, 30.0, 20.0]).holes.any(), "and it closes when the sensor speaks again"


def test_no_sensor_at_all_is_blank() -> None:
    aisle = aisle_of((5.0, 5.05))
    field = AisleHeat(aisle, ()).field(())
    assert np.isnan(field.values).all() and not field.holes.any()


@given(st.floats(15, 45), st.floats(15, 45))
def test_an_aisle_does_not_know_the_sensors_of_another(one: float, other: float) -> None:
    points = [air("cold", 5.0, 5.05), outlet("hot", 5.0, 3.75)]
    plan = plan_of(room_of(LONG, points, size=(20.0, 12.0)))
    fields = []
    for aisle in plan.aisles:
        heat = AisleHeat(aisle, aisle.sensors)
        told = {"cold.temperature": one, "hot.temperature": other}
        fields.append((aisle.air, heat.field([told[sensor.key] for sensor in aisle.sensors]).values))
    for name, values in fields:
        known = values[~np.isnan(values)]
        expected = one if name == "cold" else other
        assert np.allclose(known, expected)


def test_the_same_spot_and_far_less_at_a_distance() -> None:
    heat = heat_of((5.0, 5.6), (7.0, 5.6))
    values = heat.field([20.0, 30.0]).values
    row = values[heat.rows // 2]
    at = [int((x - heat.aisle.box.left) / heat.aisle.box.width * heat.columns) for x in (5.0, 6.0, 7.0)]
    assert (
        row[at[0]] == pytest.approx(20, abs=0.3) and row[at[1]] == pytest.approx(25, abs=1.5) and row[at[2]] == pytest.approx(30, abs=0.3)
    )


def test_nothing_passes_through_a_rack_that_stands_in_the_aisle() -> None:
    across = rack("X01", 7.0, 5.6, 90, width=1.3, depth=1.0)
    heat = heat_of((5.0, 5.6), (9.0, 5.6), racks=[*LONG, across])
    values = heat.field([20.0, 30.0]).values
    xs = heat.x.reshape(values.shape)
    assert np.isnan(values[(xs > 6.5) & (xs < 7.5)]).all(), "no air inside a rack"
    west, east = values[xs < 6.5], values[xs > 7.5]
    assert set(west[~np.isnan(west)]) == {20.0} and set(east[~np.isnan(east)]) == {30.0}


def test_behind_a_cabinet_that_leaves_a_gap_only_what_is_seen_counts() -> None:
    half = rack("X01", 7.0, 5.3, 90, width=0.7, depth=1.0)
    heat = heat_of((6.0, 5.05), racks=[*LONG, half])
    values = heat.field([25.0]).values
    xs, ys = heat.x.reshape(values.shape), heat.y.reshape(values.shape)
    assert np.isnan(values[(xs > 7.6) & (xs < 8.0) & (ys < 5.2)]).all(), "in its shadow"
    assert not np.isnan(values[(xs > 6.6) & (xs < 7.0) & (ys > 6.1)]).any(), "past it"


@given(SPOTS, VALUES, st.floats(2.0, 12.0), st.floats(5.2, 6.0))
def test_no_cell_takes_from_a_sensor_that_it_cannot_see(spots: list, values: list, x: float, y: float) -> None:
    block = Box(x - 0.2, y - 0.2, x + 0.2, y + 0.2)
    clear = [spot for spot in spots if not block.holds(*spot, 0.01)]
    base = aisle_of(*clear) if clear else aisle_of((1.8, 5.0))
    aisle = Aisle(base.number, base.air, base.box, base.rows, base.racks, (*base.solid, block), (), base.sensors)
    heat = AisleHeat(aisle, aisle.sensors)
    before = heat.field(values[: len(aisle.sensors)]).values
    inside = (heat.x > block.left) & (heat.x < block.right) & (heat.y > block.bottom) & (heat.y < block.top)
    assert np.isnan(before.ravel()[inside]).all()
    for n, sensor in enumerate(aisle.sensors):
        after = heat.field([value + (5 if m == n else 0) for m, value in enumerate(values[: len(aisle.sensors)])]).values
        moved = np.abs(np.nan_to_num(after) - np.nan_to_num(before)).ravel() > 1e-9
        for cell in np.flatnonzero(moved)[::7]:
            steps = np.linspace(0, 1, 60)
            px, py = sensor.probe[0] + steps * (heat.x[cell] - sensor.probe[0]), sensor.probe[1] + steps * (heat.y[cell] - sensor.probe[1])
            assert not ((px > block.left + 0.01) & (px < block.right - 0.01) & (py > block.bottom + 0.01) & (py < block.top - 0.01)).any()


def test_the_scale_is_made_of_bands_and_limits_and_not_of_values() -> None:
    plan = plan_of(room_of(LONG, [air("cold", 5.0, 5.05), outlet("hot", 5.0, 3.75)], size=(20.0, 12.0)))
    scale = scale_of(plan)
    assert scale.bands == ((18.0, 27.0, "cold"), (28.0, 38.0, "hot"))
    assert scale.low <= 10.0 - 1 and scale.high >= 40.0 + 1
    assert scale_of(None).low < scale_of(None).high
    bare = air("bare", 15.0, 10.0, normal=None, limits=[])
    assert scale_of(plan_of(room_of([], [bare]))).bands == ()


def test_the_highest_limit_of_an_aisle() -> None:
    aisle = aisle_of((5.0, 5.05), (6.0, 5.05))
    assert highest_limit(aisle.sensors) == 32.0 and highest_limit(()) is None
