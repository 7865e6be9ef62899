"""Where everything stands: aisles derived from racks, sensors in their aisle, metres along a rope, what has no place."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.pages.floor.floor_rooms import air, device, outlet, place, rack, room_of, rope, two_areas, two_rows
from ui.models.floorplan import LONE, Air, Band, Box, band_of, band_range, on_rope, plan_of, rope_length


def row(name: str, y: float, facing: float, count: int = 4, *, west: float = 2.0, **more: object) -> list:
    return [rack(f"{name}{n:02d}", west + 0.6 * n, y, facing, **more) for n in range(count)]


def aisles(*rows: list, **more: object) -> dict[tuple[str, ...], tuple[Air, Box]]:
    plan = plan_of(room_of([one for line in rows for one in line], **more))
    return {(*aisle.rows, aisle.air.value): (aisle.air, aisle.box) for aisle in plan.aisles}


def test_two_fronts_share_a_cold_aisle_and_each_back_has_a_strip_of_its_own() -> None:
    found = aisles(row("A", 4.4, 0), row("B", 6.8, 180))
    assert set(found) == {("A", "B", "cold"), ("A", "hot"), ("B", "hot")}
    cold = found["A", "B", "cold"][1]
    assert (cold.bottom, cold.top) == pytest.approx((4.95, 6.25)) and (cold.left, cold.right) == pytest.approx((1.7, 4.1))
    hot = found["A", "hot"][1]
    assert (hot.bottom, hot.top) == pytest.approx((3.85 - LONE, 3.85))


def test_two_backs_share_a_hot_aisle_and_a_front_against_a_back_is_mixed() -> None:
    assert ("A", "B", "hot") in aisles(row("A", 4.4, 180), row("B", 6.8, 0))
    assert ("A", "B", "mixed") in aisles(row("A", 4.4, 0), row("B", 6.8, 0))


def test_rows_that_run_north_to_south() -> None:
    west = [rack(f"A{n}", 4.0, 3 + 0.6 * n, 90) for n in range(4)]
    east = [rack(f"B{n}", 6.4, 3 + 0.6 * n, 270) for n in range(4)]
    cold = aisles(west, east)["A", "B", "cold"][1]
    assert (cold.left, cold.right, cold.bottom, cold.top) == pytest.approx((4.55, 5.85, 2.7, 5.1))


def test_rows_far_apart_share_no_aisle() -> None:
    assert set(aisles(row("A", 2.0, 0), row("B", 8.0, 180))) == {("A", "cold"), ("A", "hot"), ("B", "cold"), ("B", "hot")}


def test_no_aisle_reaches_through_the_edge_of_the_room_or_the_wall_of_an_area() -> None:
    edge = aisles(row("A", 0.75, 0))["A", "hot"][1]
    assert edge.bottom == 0.0 and edge.top == pytest.approx(0.2)
    plan = plan_of(two_areas())
    west, east = (box for _, box in plan.areas)
    assert all(aisle.box.within(west) == aisle.box or aisle.box.within(east) == aisle.box for aisle in plan.aisles)
    assert sorted((aisle.rows, aisle.air) for aisle in plan.aisles) == [
        (("A",), "hot"), (("A", "B"), "cold"), (("B", "C"), "hot"), (("C",), "cold"),
        (("D",), "hot"), (("D", "E"), "cold"), (("E", "F"), "hot"), (("F",), "cold"),
    ]  # fmt: skip


def test_a_missing_rack_does_not_end_a_row_and_a_wide_gap_does() -> None:
    racks = row("A", 4.4, 0, 8)
    assert len(plan_of(room_of([one for n, one in enumerate(racks) if n != 3])).aisles) == 2
    assert len(plan_of(room_of([one for n, one in enumerate(racks) if not 2 <= n <= 5])).aisles) == 4


def test_a_rack_that_stands_askew_is_drawn_and_has_no_aisle() -> None:
    plan = plan_of(room_of([rack("A01", 4.0, 4.0, 30)]))
    assert plan.askew == 1 and plan.aisles == ()
    left, right = plan.racks[0].corners[:2]
    middle = ((left[0] + right[0]) / 2 - 4.0, (left[1] + right[1]) / 2 - 4.0)
    assert math.degrees(math.atan2(*middle)) == pytest.approx(30) and math.hypot(*middle) == pytest.approx(0.55)
    assert math.dist(left, right) == pytest.approx(0.6)


@given(facing=st.floats(0, 359.9), width=st.floats(0.3, 1.2), depth=st.floats(0.4, 1.4))
def test_corners_of_a_rack_at_any_angle(facing: float, width: float, depth: float) -> None:
    shape = plan_of(room_of([rack("A01", 5.0, 5.0, facing, width=width, depth=depth)])).racks[0]
    front_left, front_right, back_right, back_left = shape.corners
    assert math.dist(front_left, front_right) == pytest.approx(width) == math.dist(back_left, back_right)
    assert math.dist(front_left, back_left) == pytest.approx(depth)
    assert shape.front(*shape.at_face(True)) and not shape.front(*shape.at_face(False))
    # seen by somebody who looks out of the front, left is left: the cross product of ahead and left points up
    ahead = (front_left[0] - back_left[0], front_left[1] - back_left[1])
    left = (front_left[0] - front_right[0], front_left[1] - front_right[1])
    assert ahead[0] * left[1] - ahead[1] * left[0] > 0


def test_each_sensor_is_in_the_aisle_where_it_hangs() -> None:
    racks = [*row("A", 4.4, 0), *row("B", 6.8, 180)]
    points = [
        air("front", 2.0, 5.05, rack="A00"),
        air("inside", 2.6, 4.8, rack="A01"),
        air("door", 3.2, 6.35, rack="B02"),
        outlet("back", 2.0, 3.75, rack="A00"),
        air("room", 9.0, 6.0),
    ]
    plan = plan_of(room_of(racks, points))
    where = {sensor.point.device: (*aisle.rows, aisle.air.value) for aisle in plan.aisles for sensor in aisle.sensors}
    assert where == {"front": ("A", "B", "cold"), "inside": ("A", "B", "cold"), "door": ("A", "B", "cold"), "back": ("A", "hot")}
    of = {sensor.point.device: sensor for sensor in plan.sensors}
    assert of["inside"].spot == (2.6, 4.8) and of["inside"].probe == pytest.approx((2.6, 4.96))
    assert [of[name].inlet for name in ("front", "inside", "door", "back", "room")] == [True, True, True, False, None]
    assert of["door"].rack == "B02" and of["room"].rack is None


def test_a_sensor_with_a_unit_but_no_place_hangs_at_the_front_of_its_rack() -> None:
    probe = air("th", 0, 0, rack="A00").model_copy(update={"place": None})
    plan = plan_of(room_of(row("A", 4.4, 0), [probe], [device("th", "温湿度", "air", rack="A00", u=21)]))
    (sensor,) = plan.sensors
    assert sensor.spot == pytest.approx((2.0, 4.95)) and sensor.band is Band.MIDDLE and sensor.inlet
    assert sensor.z == pytest.approx(0.1 + 20.5 * 0.04445)


def test_a_unit_with_a_footprint_measures_itself_and_not_the_air() -> None:
    points = [air("crac1", 2.0, 5.5)]
    plan = plan_of(room_of(row("A", 4.4, 0), points, [device("crac1", "空调", "AC", place=place(2.0, 5.5), size=(0.9, 0.9))]))
    assert plan.sensors == ()


@given(st.floats(-1, 5))
def test_a_sensor_belongs_to_the_nearest_height(z: float) -> None:
    low, high = band_range(band_of(z))
    assert low <= z <= high


def test_heights_meet_half_way() -> None:
    assert [band_range(band) for band in Band] == [
        (-math.inf, pytest.approx(0.65)),
        (pytest.approx(0.65), pytest.approx(1.55)),
        (pytest.approx(1.55), math.inf),
    ]


def test_an_aisle_is_shown_at_the_height_with_most_sensors_or_at_the_one_asked_for() -> None:
    points = [air(f"m{n}", 2.0 + 0.6 * n, 5.05, 1.1) for n in range(2)] + [air(f"t{n}", 2.0 + 0.6 * n, 5.05, 2.0) for n in range(3)]
    aisle = next(one for one in plan_of(room_of(row("A", 4.4, 0), points)).aisles if one.air is Air.COLD)
    assert {sensor.band for sensor in aisle.of_band(None)} == {Band.TOP} and len(aisle.of_band(None)) == 3
    assert len(aisle.of_band(Band.MIDDLE)) == 2 and aisle.of_band(Band.FLOOR) == ()


PATHS = st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=2, max_size=8)


@given(PATHS, st.floats(0, 1))
def test_the_distance_along_a_rope_is_exact(path: list[tuple[float, float]], share: float) -> None:
    length = rope_length(path)
    metres = length * share
    spot, reached = on_rope(path, metres)
    assert reached
    # walk it in other steps: the way to the spot is the piece's length up to it
    best = min(
        abs(sum(math.dist(*pair) for pair in pairwise(path[: n + 1])) + math.dist(path[n], spot) - metres)
        for n in range(len(path) - 1)
        if abs(math.dist(path[n], spot) + math.dist(spot, path[n + 1]) - math.dist(path[n], path[n + 1])) < 1e-6
    )
    assert best < 1e-6 * max(1.0, length)


@given(PATHS, st.floats(0.01, 1000))
def test_beyond_its_end_a_rope_says_so_and_marks_the_end(path: list[tuple[float, float]], more: float) -> None:
    spot, reached = on_rope(path, rope_length(path) + more)
    assert spot == path[-1] and not reached


def test_before_its_beginning_too() -> None:
    assert on_rope([(1.0, 1.0), (5.0, 1.0)], -2.0) == ((1.0, 1.0), False)
    assert on_rope([(1.0, 1.0), (5.0, 1.0), (5.0, 9.0)], 6.0) == ((5.0, 3.0), True)


def test_what_has_no_place_is_named() -> None:
    plan = plan_of(two_rows())
    assert [thing.id for thing in plan.unplaced] == ["fresh1", "camera1"], "meters in placed racks have a place"
    nowhere = rack("Z01", 0, 0).model_copy(update={"place": None})
    plan = plan_of(room_of([nowhere], [], [device("in-z", "设备", "Device", rack="Z01"), device("else", "设备", "Device", rack="Z99")]))
    assert [thing.id for thing in plan.unplaced] == ["Z01", "else"], "what stands in a rack is told by its rack, if there is one"


def test_without_a_size_what_is_known_is_drawn() -> None:
    plan = plan_of(room_of(row("A", 4.4, 0), size=None))
    assert not plan.sized
    assert (plan.edge.left, plan.edge.bottom, plan.edge.right, plan.edge.top) == pytest.approx((0.7, 2.85, 5.1, 5.95))
    empty = plan_of(room_of([], size=None))
    assert empty.edge.width > 0 and empty.edge.depth > 0
    wide = plan_of(room_of([], [], [rope("rope", [(0.0, 0.0), (30.0, 2.0)])], size=None))
    assert wide.edge.right == 31.0


_CELL = st.tuples(st.integers(0, 12), st.integers(0, 6), st.sampled_from([0, 90, 180, 270, 45]), st.sampled_from([0.8, 1.0, 1.1]))


@given(st.lists(_CELL, max_size=24))
def test_whatever_stands_there_aisles_stay_in_the_room_and_racks_keep_their_own_place(cells: list) -> None:
    racks = [rack(f"R{n}", 1 + x * 1.2, 1 + y * 1.6, facing, depth=depth) for n, (x, y, facing, depth) in enumerate(cells)]
    plan = plan_of(room_of(racks))
    for aisle in plan.aisles:
        assert aisle.box.within(plan.edge) == aisle.box and aisle.box.width > 0 and aisle.box.depth > 0
        assert set(aisle.solid) >= {shape.box for shape in plan.racks if shape.box.meets(aisle.box)}
