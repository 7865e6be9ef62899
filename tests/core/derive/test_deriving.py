"""Derived points in a station without a station: how new, how good, in which order, and never the same twice."""

from dataclasses import replace

import pytest

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.derive.source import DerivedSource
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.station.deriving import Deriving
from tests.conftest import FakeClock

NAMES = Names("名", "name")


class Site:
    """A room with two measured points and derived ones."""

    def __init__(self, clock: FakeClock, **expressions: str) -> None:
        self.clock = clock
        measured = tuple(Point(f"a.{id}", "a", NAMES, Kind.ANALOG, Group.UPS, resolution=0.1, period=1.0) for id in "xy")
        made = tuple(
            Point(f"d.{id}", "d", NAMES, Kind.ANALOG, Group.UPS, resolution=0.1, period=1.0, source=DerivedSource(expr=text))
            for id, text in expressions.items()
        )
        devices = (Device("a", "line", NAMES, Group.UPS, None, measured), Device("d", "made", NAMES, Group.UPS, None, made))
        buses = (Bus("line", "x", NAMES, None), Bus("made", "derived", NAMES, None))
        room = Room("r", NAMES, "c/d/s/r", "UTC", "1", buses=buses, devices=devices)
        self.live = LiveTable(room, clock)
        self.deriving = Deriving(room, self.live, clock)

    def read(self, **values: float | None) -> None:
        """The measured points are read now; None = without an answer."""
        now = self.clock.wall()
        for id, value in values.items():
            key = f"a.{id}"
            self.live.apply([failed(key, now, Reason.NO_ANSWER) if value is None else Reading(key, value, now, Quality.GOOD)])

    def after(self, seconds: float = 1.0) -> dict[str, Reading]:
        """What is told a little later."""
        self.clock.advance(seconds)
        self.live.sweep()
        readings = [reading for report in self.deriving.tick(self.clock.monotonic()) for reading in report.readings]
        assert self.live.apply(readings).accepted == readings
        return {reading.point: reading for reading in readings}


@pytest.fixture
def site(clock: FakeClock) -> Site:
    return Site(clock, twice="{d.sum} * 2", sum="{a.x} + {a.y}")


def test_a_value_is_as_new_as_the_newest_it_follows_from_and_told_once(site: Site) -> None:
    site.read(x=1.0, y=2.0)
    taken = site.clock.wall()
    told = site.after()
    assert [(key, one.value, one.time, one.quality) for key, one in sorted(told.items())] == [
        ("d.sum", 3.0, taken, Quality.GOOD),
        ("d.twice", 6.0, taken, Quality.GOOD),
    ]
    assert site.after() == {}, "nothing new was read"
    site.read(y=2.0)
    assert site.after()["d.sum"].time == taken + 2000, "the same value read again is a new sample"


def test_what_cannot_be_known_is_bad_and_names_what_is_missing(site: Site) -> None:
    told = site.after()
    assert (told["d.sum"].reason, told["d.sum"].detail) == (Reason.NO_INPUT, "a.x")
    site.read(x=1.0, y=None)
    told = site.after()
    assert (told["d.sum"].value, told["d.sum"].reason, told["d.sum"].detail) == (None, Reason.NO_INPUT, "a.y")
    assert (told["d.twice"].reason, told["d.twice"].detail) == (Reason.NO_INPUT, "d.sum")
    site.read(y=2.0)
    assert site.after()["d.twice"].value == 6.0


def test_a_stale_input_makes_it_unknown_at_once(site: Site) -> None:
    site.read(x=1.0, y=2.0)
    site.after()
    for _ in range(200):
        site.read(x=1.0)
        told = site.after()
        if told["d.sum"].reason is not None:
            break
    assert site.live.get("a.y").reading.quality is Quality.STALE
    assert (told["d.sum"].quality, told["d.sum"].reason, told["d.sum"].detail) == (Quality.BAD, Reason.NO_INPUT, "a.y")


def test_doubt_is_handed_on(site: Site) -> None:
    site.read(x=1.0)
    site.live.apply([Reading("a.y", 2.0, site.clock.wall(), Quality.UNCERTAIN, Reason.NOT_ADMITTED)])
    told = site.after()
    assert {(one.quality, one.reason) for one in told.values()} == {(Quality.UNCERTAIN, Reason.NOT_ADMITTED)}
    assert told["d.twice"].value == 6.0


def test_no_answer_is_no_value(clock: FakeClock) -> None:
    site = Site(clock, ratio="{a.x} / {a.y}")
    site.read(x=1.0, y=0.0)
    assert site.after()["d.ratio"].reason is Reason.INVALID_VALUE


def test_a_rate_waits_until_it_has_seen_enough_and_ages_by_itself(clock: FakeClock) -> None:
    site = Site(clock, rise="rate({a.x}, 1)", old="age({a.x})")
    rises, ages = [], []
    for second in range(60):
        if second < 50:
            site.read(x=second * 0.1, y=0.0)
        told = site.after()
        rises.append(told["d.rise"])
        ages.append(told["d.old"].value)
    assert rises[0].reason is Reason.WAITING and rises[25].reason is Reason.WAITING
    assert [rises[n].value for n in (35, 48)] == [6.0, 6.0]
    assert ages[:50] == [1.0] * 50 and ages[50:] == [float(n) for n in range(2, 12)]


def test_the_clock_set_back_loses_nothing(site: Site) -> None:
    site.read(x=1.0, y=2.0)
    site.after()
    site.clock.ms -= 3_600_000
    site.read(x=2.0, y=2.0)
    told = site.after()
    assert (told["d.sum"].value, told["d.sum"].time) == (4.0, site.clock.wall() - 1000)


def test_circles_are_left_out(clock: FakeClock) -> None:
    site = Site(clock, one="{d.two}", two="{d.one} + {a.x}", good="{a.x}")
    site.read(x=1.0, y=0.0)
    assert list(site.after()) == ["d.good"]


def test_reports_say_that_the_line_is_up_and_how_often(site: Site) -> None:
    site.read(x=1.0, y=2.0)
    site.clock.advance(1)
    [report] = site.deriving.tick(site.clock.monotonic())
    assert (report.bus, str(report.state)) == ("made", "up")
    counted = report.devices["d"]
    assert (counted.good, counted.requests, counted.last_answer) == (2, 2, site.clock.wall())
    assert replace(counted, last_answer=None).timeouts == 0
