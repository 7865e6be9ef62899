"""What occupies which unit: positions, backs, half units, free runs, printed numbers, sensors by geometry."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link.messages import PlaceInfo, RackInfo, RackItemInfo
from tests.ui.pages.racks.rackrooms import sensor_point
from tests.ui.rooms import names
from ui.pages.racks.elevation import FACES, FOOT, UNIT, Elevation, Run, rows, sensors


def item(u: float, height: float = 1, face: str = "front", *, full_depth: bool = False, device: str | None = None) -> RackItemInfo:
    return RackItemInfo(names=names(f"设备{u}", f"Thing {u}"), u=u, height=height, face=face, full_depth=full_depth, device=device)


def rack(*items: RackItemInfo, u_height: int = 10, **more: object) -> RackInfo:
    told: dict[str, object] = {"id": "A01", "names": names("A01", "A01"), "row": "A", "place": PlaceInfo(x=5, y=5), "facing": 0.0}
    return RackInfo.model_validate(told | {"u_height": u_height, "items": list(items)} | more)


def test_position_is_the_lowest_unit_and_the_rest_is_free() -> None:
    one = Elevation(rack(item(3, 2)))
    (stand,) = one.stands["front"]
    assert (stand.bottom, stand.top, stand.back) == (2, 4, False)
    assert one.stands["rear"] == ()
    assert one.free("front") == [1, 2, 5, 6, 7, 8, 9, 10]
    assert one.free("rear") == list(range(1, 11))
    assert one.free_through == one.free("front") and one.free_front_only == []
    assert one.largest_run == Run(5, 6)


def test_full_depth_blocks_the_other_face_and_is_seen_there_from_behind() -> None:
    one = Elevation(rack(item(1, 3, full_depth=True), item(8, 1, "rear")))
    assert [(stand.item, stand.back) for stand in one.stands["rear"]] == [(0, True), (1, False)]
    assert one.free("rear") == [4, 5, 6, 7, 9, 10]
    assert one.free_front_only == [8]
    assert one.free_through == [4, 5, 6, 7, 9, 10]
    assert one.free_runs("front") == [(Run(4, 4), True), (Run(8, 1), False), (Run(9, 2), True)]


def test_a_vertical_pdu_holds_no_unit() -> None:
    one = Elevation(rack(item(1, 0, "rear")))
    assert one.free_through == list(range(1, 11))
    assert one.side == {"front": (), "rear": (0,)}
    assert one.units_of(0) == (0, 0)


def test_half_a_unit_leaves_no_whole_one() -> None:
    one = Elevation(rack(item(2.5, 1)))
    (stand,) = one.stands["front"]
    assert (stand.bottom, stand.top) == (1.5, 2.5)
    assert one.free("front") == [1, 4, 5, 6, 7, 8, 9, 10]
    assert one.at("front", 1.4) is None and one.at("front", 1.6) == stand == one.at("front", 2.4)
    assert one.units_of(0) == (2, 3)


def test_what_claims_a_taken_unit_is_named_and_counted_once() -> None:
    one = Elevation(rack(item(2, 3, full_depth=True), item(3, 1, "rear"), item(9)))
    assert one.conflicts == {0, 1}
    assert [(stand.item, stand.bottom, stand.top) for stand in one.stands["rear"]] == [(0, 1, 2), (1, 2, 3), (0, 3, 4)]


@pytest.mark.parametrize(
    ("starting", "desc", "lowest", "highest", "touched"),
    [(1, False, 1, 10, (3, 4)), (1, True, 10, 1, (7, 8)), (0, False, 0, 9, (2, 3)), (5, True, 14, 5, (11, 12))],
)
def test_printed_numbers(starting: int, desc: bool, lowest: int, highest: int, touched: tuple[int, int]) -> None:
    one = Elevation(rack(item(3, 2), starting_unit=starting, desc_units=desc))
    assert (one.printed(1), one.printed(10)) == (lowest, highest)
    assert one.units_of(0) == touched
    assert one.stands["front"][0].bottom == 2


halves = st.integers(2, 40).map(lambda n: n / 2)
items = st.builds(item, halves, st.sampled_from([0, 0.5, 1, 1.5, 2, 3, 8]), st.sampled_from(FACES), full_depth=st.booleans())


@given(st.lists(items, max_size=14), st.integers(1, 24), st.booleans(), st.integers(0, 5))
def test_occupied_and_free_are_all_units_and_none_twice(found: list[RackItemInfo], height: int, desc: bool, starting: int) -> None:
    one = Elevation(rack(*found, u_height=height, desc_units=desc, starting_unit=starting))
    for face in FACES:
        halves_taken = [n for stand in one.stands[face] for n in range(round(2 * stand.bottom), round(2 * stand.top))]
        assert len(halves_taken) == len(set(halves_taken))
        assert all(0 <= n < 2 * height for n in halves_taken)
        occupied = {n // 2 + 1 for n in halves_taken}
        free = one.free(face)
        assert occupied | set(free) == set(range(1, height + 1)) and not occupied & set(free)
        assert sum(run.units for run, _ in one.free_runs(face)) == len(free)
    assert set(one.free_through) == set(one.free("front")) & set(one.free("rear"))
    assert sorted(one.free_through + one.free_front_only) == one.free("front")
    run = one.largest_run
    assert set(range(run.lowest, run.lowest + run.units)) <= set(one.free_through)
    assert not one.free_through or run.units > 0
    assert sorted(one.printed(unit) for unit in range(1, height + 1)) == list(range(starting, starting + height))


@given(st.lists(items, max_size=14), st.integers(0, 5))
def test_the_numbering_moves_nothing(found: list[RackItemInfo], starting: int) -> None:
    up = Elevation(rack(*found, u_height=20))
    down = Elevation(rack(*found, u_height=20, desc_units=True, starting_unit=starting))
    assert up.stands == down.stands and up.free_through == down.free_through and up.largest_run == down.largest_run
    for unit in range(1, 21):
        assert up.printed(unit) - 1 == 20 - (down.printed(unit) - starting + 1)


def test_sensors_belong_to_the_face_before_which_they_are() -> None:
    points = [
        sensor_point("in.low", 5.1, 5.7, 0.5),
        sensor_point("in.high", 5.0, 5.7, 1.9),
        sensor_point("out.t", 5.0, 4.3, 1.5),
        sensor_point("beside.t", 5.5, 5.7, 1.5),
        sensor_point("far.t", 5.0, 6.9, 1.5),
        sensor_point("inside.t", 5.0, 5.1, 1.5),
        sensor_point("above.t", 5.0, 5.7, 2.9),
        sensor_point("ground.t", 5.0, 5.7, 0.0),
        sensor_point("other.t", 5.0, 5.7, 1.5, rack="A02"),
        sensor_point("ours.t", 5.5, 5.7, 1.0, rack="A01"),
        sensor_point("box.t", 5.0, 5.7, 1.0),
    ]
    found = sensors(rack(item(1, device="box"), u_height=42), points)
    assert [one.key for one in found["front"]] == ["in.low", "ours.t", "in.high"]
    assert [one.key for one in found["rear"]] == ["out.t"]
    assert found["front"][0].at == pytest.approx((0.5 - FOOT) / UNIT)
    assert not any(sensors(rack(place=None), points).values())


@given(st.floats(0, 360), st.floats(0.42, 1.1), st.floats(0.1, 1.9))
def test_a_sensor_before_the_door_is_found_whichever_way_the_rack_faces(facing: float, ahead: float, z: float) -> None:
    east, north = ahead * math.sin(math.radians(facing)), ahead * math.cos(math.radians(facing))
    points = [sensor_point("in.t", 5 + east, 5 + north, z), sensor_point("out.t", 5 - east, 5 - north, z)]
    found = sensors(rack(facing=facing, u_height=42), points)
    assert [one.key for one in found["front"]] == ["in.t"] and [one.key for one in found["rear"]] == ["out.t"]
    assert 0 <= found["front"][0].at <= 42


def test_rows_keep_the_rooms_order_and_those_without_come_last() -> None:
    made = [rack(id="N", row=""), rack(id="B1", row="B"), rack(id="A1"), rack(id="B2", row="B")]
    assert {name: [one.id for one in found] for name, found in rows(made).items()} == {"B": ["B1", "B2"], "A": ["A1"], "": ["N"]}
    assert list(rows(made))[-1] == ""
