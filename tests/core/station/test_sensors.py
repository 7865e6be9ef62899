"""A sensor that has failed while its device answers is an alarm: after a minute, once a device, over half a minute after it works again."""

from dataclasses import replace

import pytest

from cityops_desktop.acquire.live import LiveTable
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.model.alarms import Alarm, Cause
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.station.sensors import Sensors
from tests.conftest import FakeClock

X = Names("温湿度", "Sensor")


def point(name: str, level: Level | None) -> Point:
    limits = () if level is None else (Limit("high1", level, LimitKind.HIGH, 30.0),)
    return Point(f"th.{name}", "th", X, Kind.ANALOG, Group.ENVIRONMENT, limits=limits)


ROOM = Room(
    "r", X, "c/d/s/r", "Asia/Shanghai", "1", buses=(Bus("b", "d", X, None),),
    devices=(Device("th", "b", X, Group.ENVIRONMENT, None, (point("fire", Level.CRITICAL), point("temp", Level.MAJOR), point("x", None))),),
)  # fmt: skip


class House:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.live, self.book = LiveTable(ROOM, self.clock), AlarmBook(ROOM)
        self.told: list[Alarm] = []
        self.sensors = Sensors(lambda: ROOM, self.live, self.book, self.told.extend)

    def goes(self, seconds: int, **reasons: Reason) -> None:
        """So long every point is read once a second: as failed for its reason, else well."""
        for _ in range(seconds):
            self.clock.advance(1.0)
            now = self.clock.wall()
            found = [
                failed(f"th.{name}", now, reasons[name]) if name in reasons else Reading(f"th.{name}", 20.0, now, Quality.GOOD)
                for name in ("fire", "temp", "x")
            ]
            self.live.apply(found)
            self.sensors.tick(now, self.clock.monotonic())

    def standing(self) -> list[tuple[Level, int, str]]:
        return [(alarm.level, alarm.points, alarm.detail) for alarm in self.book.open() if alarm.standing]


def test_it_is_raised_after_a_minute_and_over_when_it_has_worked_for_a_while():
    house = House()
    house.goes(10)
    house.goes(55, temp=Reason.INVALID_VALUE)
    assert house.standing() == []
    house.goes(15, temp=Reason.INVALID_VALUE)
    assert house.standing() == [(Level.MINOR, 1, "th.temp invalid_value")]
    house.goes(10, temp=Reason.INVALID_VALUE, fire=Reason.EXCEPTION)
    assert house.standing() == [(Level.MAJOR, 2, "th.fire exception")], "worse: raised again at the worse level"
    house.goes(20)
    assert house.standing() != []
    house.goes(20)
    assert house.standing() == [] and all(alarm.cause is Cause.SENSOR_FAILED for alarm in house.told)


@pytest.mark.parametrize("reasons", [{"x": Reason.INVALID_VALUE}, {"temp": Reason.NO_ANSWER, "fire": Reason.NO_ANSWER}])
def test_points_without_a_limit_and_wires_that_are_lost_raise_none(reasons):
    house = House()
    house.goes(200, **reasons)
    assert house.standing() == []


def test_what_a_former_run_left_stands_until_the_point_has_been_read():
    before, house = House(), House()
    before.goes(90, temp=Reason.OUT_OF_RANGE)
    [left] = before.book.open()
    house.book.restore([replace(left)], house.clock.wall())
    house.clock.advance(100.0)
    house.sensors.tick(house.clock.wall(), house.clock.monotonic())
    assert len(house.standing()) == 1, "nothing is known yet"
    house.goes(40)
    assert house.standing() == []
