"""The planner against an independent brute force, and its promises: nothing undeclared, nothing torn, caps kept."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.model.drivers import Request
from cityops_desktop.model.points import Kind, Point
from drivers.line.options import TcpBus
from drivers.modbus.plan import Cost, Field, blocks, serial_cost, tcp_cost
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
def maps(draw: st.DrawFn) -> tuple[list[Point], list[Any], int, Cost]:
    bits = draw(st.booleans())
    table = "coil" if bits else "input"
    places = draw(st.lists(st.tuples(st.integers(0, 40 if bits else 24), st.sampled_from(TYPES)), min_size=1, max_size=4))
    points = [point(f"p{i}", table=table, address=a, type=None if bits else t) for i, (a, t) in enumerate(places)]
    ranges = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 12)), max_size=2))
    readable = [[table, a, a + n] for a, n in ranges]
    cap = draw(st.integers(4, 20))
    return points, readable, cap, Cost(draw(st.sampled_from([0.001, 0.02, 0.1])), draw(st.sampled_from([0.0, 0.001, 0.005])))


@settings(max_examples=150, deadline=None)
@given(maps())
def test_it_is_as_cheap_as_the_best_of_all(case: tuple[list[Point], list[Any], int, Cost]) -> None:
    points, readable, cap, cost = case
    unit = device(*points, readable=readable, max_registers=cap, max_bits=cap)
    fields = [Field(p, p.source) for p in points]  # type: ignore[arg-type]
    found = blocks(fields, fields, unit.options.readable, (cap, cap), cost)

    bits = fields[0].source.table.bits
    spans = [(f.start, f.end) for f in fields]
    allowed = {a for x, y in spans for a in range(x, y)} | {a for _, first, last in readable for a in range(first, last + 1)}
    total = sum(cost_of(bits, block.count, cost) for _, block in found)
    assert total == pytest.approx(cheapest(spans, allowed, cap, bits, cost))
    assert sorted(f.point.key for _, block in found for f in block.fields) == sorted(p.key for p in points)
    for _, block in found:
        reach = set(range(block.address, block.address + block.count))
        assert reach <= allowed and block.count <= cap
        assert set(range(block.low, block.high)) <= allowed and block.low <= block.address and block.address + block.count <= block.high
        assert all(block.address <= f.start and f.end <= block.address + block.count for f in block.fields)
        for left, right in block.cuts():
            assert left.fields + right.fields == block.fields
            assert left.address + left.count <= right.address


def plan(*points: Point, **options: Any) -> list[Request]:
    unit = device(*points, **options)
    return DRIVERS["modbus-rtu"].plan(serial_bus(), unit, unit.points)


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
    unit = device(*(point(f"p{a}", address=a) for a in (0, 60, 120)), tcp=True, readable=[["holding", 0, 124]])
    bus = tcp_bus()
    assert isinstance(bus.options, TcpBus)
    assert spans(DRIVERS["modbus-tcp"].plan(bus, unit, unit.points)) == [(0, 121)]
    line = tcp_bus("modbus-rtu-tcp")
    assert len(DRIVERS["modbus-rtu-tcp"].plan(line, unit, unit.points)) == 3
