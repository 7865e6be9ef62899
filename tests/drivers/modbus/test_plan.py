"""The planner against an independent brute force, and its promises: nothing undeclared, nothing torn, caps kept."""

from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.acquire.plan_report import Comparing
from cityops_desktop.model.drivers import NOTHING_LEARNED, Learned, Request
from cityops_desktop.model.points import Kind, Point
from drivers.line.options import TcpBus
from drivers.modbus.places import refusals
from drivers.modbus.plan import PROBE, Cost, Field, blocks, serial_cost, tcp_cost
from drivers.registry import DRIVERS
from tests.drivers.modbus.room import device, point, serial_bus, tcp_bus

TYPES = ["uint16", "uint16", "int32", "float64"]


def cost_of(bits: bool, count: int, cost: Cost) -> float:
    return cost.fixed + cost.byte * (-(-count // 8) if bits else count * 2)


def cheapest(fields: list[tuple[int, int]], allowed: set[int], cap: int, bits: bool, cost: Cost) -> float:
    """Least total cost over every set of requests [a, b) that covers all fields: tries all, knows no order and no programme."""
    starts, ends = {a for a, _ in fields}, {b for _, b in fields}
    windows = [
        (a, b, frozenset(i for i, (x, y) in enumerate(fields) if a <= x and y <= b))
        for a in starts
        for b in ends
        if 0 < b - a <= cap and allowed.issuperset(range(a, b))
    ]
    best = float("inf")
    for size in range(1, len(fields) + 1):
        for chosen in combinations(windows, size):
            if len(frozenset().union(*(covered for _, _, covered in chosen))) == len(fields):
                best = min(best, sum(cost_of(bits, b - a, cost) for a, b, _ in chosen))
    return best


@st.composite
def maps(draw: st.DrawFn) -> tuple[list[Point], list[Any], int, Cost, frozenset[str]]:
    bits = draw(st.booleans())
    table = "coil" if bits else "input"
    place = st.tuples(st.integers(0, 40 if bits else 24), st.sampled_from(TYPES), st.sampled_from([1.0, 5.0, 30.0]))
    places = draw(st.lists(place, min_size=1, max_size=5))
    one_period = draw(st.booleans())
    points = [
        point(f"p{i}", table=table, address=a, type=None if bits else t, period=5.0 if one_period else p)
        for i, (a, t, p) in enumerate(places)
    ]
    ranges = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=2))
    readable = [[table, a, a + n] for a, n in ranges]
    cap = draw(st.integers(4, 20))
    missing = {f"{table} {a}" for a in draw(st.sets(st.integers(0, 40), max_size=3))}
    if draw(st.booleans()):
        missing.add(f"{table} >{draw(st.integers(4, 20))}")
    cost = Cost(draw(st.sampled_from([0.001, 0.02, 0.1])), draw(st.sampled_from([0.0, 0.001, 0.005])))
    return points, readable, cap, cost, frozenset(missing)


@settings(max_examples=250, deadline=None)
@given(maps())
def test_each_period_is_as_cheap_as_the_best_of_all(case: tuple[list[Point], list[Any], int, Cost, frozenset[str]]) -> None:
    points, readable, cap, cost, words = case
    unit = device(*points, readable=readable, max_registers=cap, max_bits=cap)
    fields = [Field(p, p.source) for p in points]  # type: ignore[arg-type]
    found = blocks(fields, fields, unit.options.readable, (cap, cap), cost, refusals(words))

    bits = fields[0].source.table.bits
    gone = {int(word.split()[1]) for word in words if ">" not in word}
    most = min([cap, *(int(word.split(">")[1]) for word in words if ">" in word)])
    sound = [f for f in fields if gone.isdisjoint(range(f.start, f.end))]
    allowed = {a for f in sound for a in range(f.start, f.end)} | {a for _, x, last in readable for a in range(x, last + 1)}
    allowed -= gone
    assert sorted(f.point.key for _, block in found for f in block.fields) == sorted(p.key for p in points)
    for period in sorted({f.point.period for f in sound}):
        sooner = [block for p, block in found if p < period]
        left = {
            (f.start, f.end)
            for f in sound
            if f.point.period == period and not any(b.address <= f.start and f.end <= b.address + b.count for b in sooner)
        }
        total = sum(cost_of(bits, block.count, cost) for p, block in found if p == period)
        assert total == pytest.approx(cheapest(sorted(left), allowed, most, bits, cost) if left else 0.0)
    for period, block in found:
        reach = set(range(block.address, block.address + block.count))
        assert all(block.address <= f.start and f.end <= block.address + block.count for f in block.fields)
        assert all(period <= f.point.period or f not in sound for f in block.fields)
        if any(f not in sound for f in block.fields):
            assert reach & gone and period >= PROBE and {(f.start, f.end) for f in block.fields} == {(min(reach), max(reach) + 1)}
            assert (block.low, block.high) == (min(reach), max(reach) + 1), "a probe is never made longer"
            continue
        assert reach <= allowed and block.count <= most == block.cap
        assert set(range(block.low, block.high)) <= allowed and block.low <= block.address and block.address + block.count <= block.high
        for left_, right in block.cuts():
            assert left_.fields + right.fields == block.fields
            assert left_.address + left_.count <= right.address


def plan(*points: Point, learned: Learned = NOTHING_LEARNED, **options: Any) -> list[Request]:
    unit = device(*points, **{"gap": 0.0, **options})
    return DRIVERS["modbus-rtu"].plan(serial_bus(), unit, unit.points, learned)


def spans(requests: list[Request]) -> list[tuple[int, int]]:
    return [(r.payload.address, r.payload.count) for r in requests]  # type: ignore[attr-defined]


def test_neighbours_are_read_together_and_a_hole_is_not_read() -> None:
    assert spans(plan(*(point(f"p{a}", address=a) for a in (0, 1, 2, 4)))) == [(0, 3), (4, 1)]


def test_a_hole_that_is_declared_readable_is_bridged_when_it_pays() -> None:
    points = [point("a", address=0), point("b", address=10), point("c", address=100)]
    assert spans(plan(*points, readable=[["holding", 0, 100]])) == [(0, 11), (100, 1)]
    assert spans(plan(*points, readable=[["input", 0, 100]])) == [(0, 1), (10, 1), (100, 1)]


def test_a_hole_that_another_period_reads_is_declared_too() -> None:
    requests = plan(point("a", address=0), point("b", address=1, period=60), point("c", address=2))
    assert spans(requests) == [(0, 3)] and set(requests[0].points) == {"d.a", "d.b", "d.c"} and requests[0].period == 5.0


def test_each_period_and_table_has_its_own_requests() -> None:
    points = (point("a", address=0, period=1), point("b", address=1, period=30), point("c", table="coil", address=0, kind=Kind.DIGITAL))
    assert [(r.period, r.points) for r in plan(*points)] == [(1, ("d.a",)), (5, ("d.c",)), (30, ("d.b",))]


def test_points_of_one_register_share_it() -> None:
    points = [point("w", address=7), *(point(f"b{i}", address=7, bit=i, kind=Kind.DIGITAL) for i in range(16))]
    requests = plan(*points)
    assert spans(requests) == [(7, 1)] and len(requests[0].points) == 17


def test_caps_are_kept_and_values_stay_whole() -> None:
    points = [point(f"p{i}", address=2 * i, type="float32") for i in range(100)]
    requests = spans(plan(*points, max_registers=35))
    assert len(requests) == 6 and all(start % 2 == 0 and count % 2 == 0 and count <= 35 for start, count in requests)
    assert [count for _, count in spans(plan(*points))] in ([76, 124], [124, 76])
    coils = [point(f"c{i}", table="coil", address=i, kind=Kind.DIGITAL) for i in range(300)]
    assert spans(plan(*coils)) == [(0, 300)] and len(plan(*coils, max_bits=64)) == 5


def test_costs_are_seconds_on_the_wire() -> None:
    # 20 characters and the turnaround at 9600 baud, two characters for each register: the physics of a request
    assert serial_cost(9600, 0).fixed == pytest.approx(20 * 11 / 9600 + 0.010, abs=1e-4)
    assert serial_cost(9600, 0).byte == pytest.approx(11 / 9600)
    assert serial_cost(115200, 0).fixed < serial_cost(9600, 0).fixed < serial_cost(9600, 0.5).fixed
    assert plan(point("a", address=0))[0].cost == pytest.approx(serial_cost(9600, 0).fixed + 2 * 11 / 9600)
    assert tcp_cost(0.0).fixed < 0.01


def test_a_network_merges_whatever_may_be_read() -> None:
    unit = device(*(point(f"p{a}", address=a) for a in (0, 60, 120)), tcp=True, gap=0.0, readable=[["holding", 0, 124]])
    bus = tcp_bus()
    assert isinstance(bus.options, TcpBus)
    assert spans(DRIVERS["modbus-tcp"].plan(bus, unit, unit.points)) == [(0, 121)]
    line = tcp_bus("modbus-rtu-tcp")
    assert len(DRIVERS["modbus-rtu-tcp"].plan(line, unit, unit.points)) == 3


def test_a_missing_place_is_not_bridged_and_its_point_is_asked_alone_and_seldom() -> None:
    points = [point("a", address=0), point("b", address=2, type="float32"), point("c", address=4), point("d", address=10)]
    requests = plan(*points, learned=Learned(missing=frozenset({"holding 3", "holding 7"})), readable=[["holding", 0, 20]])
    assert [(r.points, r.period) for r in requests] == [(("d.a",), 5), (("d.c",), 5), (("d.d",), 5), (("d.b",), PROBE)]
    assert spans(requests) == [(0, 1), (4, 1), (10, 1), (2, 2)]
    assert requests[3].leg.words != requests[0].leg.words == requests[2].leg.words


def test_a_missing_place_of_another_table_or_driver_changes_nothing() -> None:
    points = [point(f"p{a}", address=a) for a in range(4)]
    strange = Learned(missing=frozenset({"input 2", "coil 1", "oid 1.3.6.1", "holding two", "holding >0", ""}))
    assert spans(plan(*points, learned=strange)) == [(0, 4)]


def test_no_more_is_asked_at_once_than_the_device_was_found_to_bear() -> None:
    points = [point(f"p{a}", address=a) for a in range(60)]
    learned = Learned(missing=frozenset({"holding >30", "holding >20", "input >5"}))
    assert [count for _, count in spans(plan(*points, learned=learned))] == [20, 20, 20]


def test_a_slow_device_is_asked_in_fewer_requests_a_fast_one_in_shorter() -> None:
    points = [point("a", address=0), point("b", address=15)]
    slow, fast = Learned(turnaround=0.1), Learned(turnaround=0.004)
    assert spans(plan(*points, readable=[["holding", 0, 15]], learned=slow)) == [(0, 16)]
    assert spans(plan(*points, readable=[["holding", 0, 15]], learned=fast)) == [(0, 1), (15, 1)]
    assert plan(point("a", address=0), learned=slow)[0].cost - plan(point("a", address=0), learned=fast)[0].cost == pytest.approx(0.096)


def test_other_ways_of_merging_ask_what_their_programs_ask() -> None:
    points = [point("w", address=0), *(point(f"b{i}", address=0, bit=i, kind=Kind.DIGITAL) for i in range(3))]
    points += [point("x", address=1), point("y", address=40), point("z", address=99, type="float32")]
    unit = device(*points, max_registers=60)
    driver = DRIVERS["modbus-rtu"]
    assert isinstance(driver, Comparing)
    found = driver.alternatives(serial_bus(), unit, unit.points, NOTHING_LEARNED)
    assert {name: spans(list(requests)) for name, requests in found.items()} == {
        "one_per_point": [(0, 1), (1, 1), (40, 1), (99, 2)],
        "adjacent": [(0, 2), (40, 1), (99, 2)],
        "gap_50": [(0, 41), (99, 2)],
    }


@settings(max_examples=100)
@given(maps())
def test_no_other_way_is_cheaper_when_everything_may_be_read(case: tuple[list[Point], list[Any], int, Cost, frozenset[str]]) -> None:
    points, _, cap, _, _ = case
    table = points[0].source.table  # type: ignore[attr-defined]
    unit = device(*(replace(p, period=5.0) for p in points), readable=[[table, 0, 60]], max_registers=cap, max_bits=cap)
    driver = DRIVERS["modbus-rtu"]
    assert isinstance(driver, Comparing)
    ours = sum(request.cost for request in driver.plan(serial_bus(), unit, unit.points))
    for requests in driver.alternatives(serial_bus(), unit, unit.points, NOTHING_LEARNED).values():
        assert sum(request.cost for request in requests) >= ours - 1e-12
