"""The reading plan explained: figures that add up, verdicts, what one more device costs."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from cityops_desktop.acquire.plan_report import TIGHT, Verdict, bus_plan, room_plan, verdict
from cityops_desktop.model.drivers import Learned, Leg, Manners, Request
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.rooms import Bus, Device, Room

NAMES = Names("名", "name")


@dataclass
class Plain:
    """A driver that asks for each point by itself, 0.1 s each, and knows no other way."""

    interval: float = 0.0
    listen_only: bool = False

    def plan(self, bus, device, points, learned):
        lost = [point for point in points if point.key in learned.missing]
        return [
            Request(
                device.id, (point.key,), 600.0 if point in lost else point.period, 0.1, None, self.interval, Leg("ask {n}", {"n": i}, 8, 7)
            )
            for i, point in enumerate(points)
        ]

    def resource(self, options):
        return "/dev/ttyS0"

    def manners(self, options):
        return Manners(listen_only=self.listen_only)


class Merging(Plain):
    """One that merges, and can tell what it would cost not to."""

    def alternatives(self, bus, device, points, learned):
        return {"one_per_point": self.plan(bus, device, points, learned) * 3, "adjacent": self.plan(bus, device, points, learned)}


BUS = Bus("b", "plain", NAMES, SimpleNamespace())


def device(id: str, *periods: float) -> Device:
    points = tuple(Point(f"{id}.p{i}", id, NAMES, Kind.ANALOG, Group.UPS, period=period) for i, period in enumerate(periods))
    return Device(id, "b", NAMES, Group.UPS, SimpleNamespace(), points)


def test_what_each_request_costs_adds_up_to_the_load_of_the_bus():
    plan = bus_plan(BUS, [device("d", 1, 5), device("e", 1)], Plain(), {})
    assert plan.load == pytest.approx(0.1 + 0.02 + 0.1) and plan.seconds == pytest.approx(0.3)
    assert [one.load for one in plan.devices] == pytest.approx([0.12, 0.1])
    assert [one.one_more for one in plan.devices] == pytest.approx([0.34, 0.32])
    assert plan.devices[0].requests[1].leg.params == {"n": 1} and plan.devices[0].requests[1].points == ("d.p1",)
    assert plan.verdict is plan.devices[0].one_more_verdict is Verdict.EASY


def test_a_line_is_tight_before_it_is_over_asked():
    assert [verdict(load) for load in (0, TIGHT, TIGHT + 0.01, 1, 1.01)] == [
        Verdict.EASY, Verdict.EASY, Verdict.TIGHT, Verdict.TIGHT, Verdict.OVER,
    ]  # fmt: skip
    plan = bus_plan(BUS, [device(f"d{i}", 1) for i in range(10)], Plain(), {})
    assert plan.verdict is Verdict.TIGHT and {one.one_more_verdict for one in plan.devices} == {Verdict.OVER}


def test_a_device_is_busy_by_the_shortest_interval_that_it_bears():
    plan = bus_plan(BUS, [device("d", 1, 1)], Plain(interval=0.6), {})
    assert plan.devices[0].busy == pytest.approx(1.2) and plan.load == pytest.approx(0.2)


def test_what_was_learned_counts():
    learned = {"d": Learned(0.03, frozenset({"d.p0"}))}
    plan = bus_plan(BUS, [device("d", 1, 1), device("e", 1)], Plain(), learned)
    assert (plan.devices[0].turnaround, plan.devices[0].missing) == (0.03, ("d.p0",))
    assert plan.devices[0].load == pytest.approx(0.1 + 0.1 / 600) and plan.devices[1].turnaround is None


def test_other_ways_are_told_by_those_drivers_that_know_them():
    told = bus_plan(BUS, [device("d", 1), device("e", 2)], Merging(), {})
    assert told.devices[0].times == pytest.approx(dict(told.times))
    assert told.times == pytest.approx({"one_per_point": 3, "adjacent": 1})
    assert bus_plan(BUS, [device("d", 1)], Plain(), {}).times == {}


def test_a_bus_without_devices_and_one_that_is_only_listened_to_are_told_as_such():
    empty = Bus("c", "plain", NAMES, SimpleNamespace())
    room = Room("r", NAMES, "d", "UTC", "v", buses=(BUS, empty), devices=(device("d", 1),))
    plans = room_plan(room, {"plain": Merging(listen_only=True)}, {})
    assert [(plan.bus, plan.listen_only, len(plan.devices), plan.times == {}) for plan in plans] == [
        ("b", True, 1, False),
        ("c", True, 0, True),
    ]
