"""The minutes that are left: when they are told, what of, and that nothing unknown is ever a figure."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from cityops_desktop import paths
from cityops_desktop.link.minutes import MinutesInfo
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.envelope import NO_WHY, Past, Strip, samples
from cityops_desktop.model.points import Level
from cityops_desktop.model.power import PowerRole
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room
from cityops_desktop.station import minutes
from drivers.registry import DRIVERS

NOW = 1_790_000_000_000
ROOM = load_room(paths.ROOMS / "demo.yaml", DRIVERS)


class Table:
    """Newest readings; everything else is not read yet."""

    def __init__(self, **values: float) -> None:
        self.values = {key.replace("__", "."): value for key, value in values.items()}

    def __call__(self, key: str) -> Reading:
        if key not in self.values:
            return failed(key, NOW, Reason.WAITING)
        return Reading(point=key, time=NOW - 1000, value=self.values[key], quality=Quality.GOOD)


WELL = {"ats__mains_available": 1, "ats__position": 1, "generator__state": 0, "ups1__mode": 3, "ups2__mode": 3}
DARK = {**WELL, "ats__mains_available": 0, "ups1__battery_runtime": 42 * 60, "ups2__battery_runtime": 37 * 60}


def standing(subject: str, level: Level = Level.MAJOR) -> Alarm:
    return Alarm("i", "k", subject, Cause.STATE, level, AlarmState.UNACKNOWLEDGED, NOW)


def strip(course: Callable[[float], float], seconds: int = 600) -> Strip:
    """One value a second up to now."""
    times = np.arange(NOW - seconds * 1000, NOW + 1, 1000, dtype=np.int64)
    values = np.array([course((time - NOW) / 60_000) for time in times.tolist()])
    return samples(times, values, np.zeros(len(times), np.uint8), np.zeros(len(times), np.uint8), (NO_WHY,))


def test_mains_are_lost_where_the_chain_says_so_and_unknown_is_not_lost() -> None:
    assert not minutes.mains_lost(ROOM, Table(**WELL))
    assert minutes.mains_lost(ROOM, Table(**DARK))
    assert not minutes.mains_lost(ROOM, Table()), "nothing is read yet: nobody says that they are gone"
    carried = {**DARK, "ats__position": 2, "generator__state": 4}
    assert minutes.mains_lost(ROOM, Table(**carried)), "the generator runs, the mains are gone all the same"
    assert not minutes.on_batteries({node.id: node for node in ROOM.power}, Table(**carried))


def test_the_batteries_last_as_long_as_the_ups_that_is_empty_first() -> None:
    told = minutes.battery(ROOM, Table(**DARK), {})
    assert (told.minutes, told.subject, told.time) == (37, "ups2.battery_runtime", NOW - 1000)
    silent = {key: value for key, value in DARK.items() if key != "ups1__battery_runtime"}
    unknown = minutes.battery(ROOM, Table(**silent), {})
    assert unknown.minutes is None and unknown.why == "stale" and unknown.subject == "ups1.battery_runtime"
    assert minutes.battery(replace(ROOM, power=()), Table(**DARK), {}).why == "no_ups"


def test_without_a_runtime_it_is_reckoned_from_the_charge() -> None:
    def bare(room: Room) -> Room:
        kept = [{role: key for role, key in node.points.items() if role is not PowerRole.RUNTIME} for node in room.power]
        return replace(room, power=tuple(replace(node, points=points) for node, points in zip(room.power, kept, strict=True)))

    charge = {**DARK, "ups1__battery_charge": 60, "ups2__battery_charge": 60}
    point = ROOM.points()["ups1.battery_charge"]
    course = minutes.of_charge(point, strip(lambda t: 60 - 2 * t))
    assert course.minutes == pytest.approx(30, rel=0.05) and course.reckoned
    still = minutes.of_charge(point, strip(lambda t: 60.0))
    assert still.minutes is None and still.why == "few"
    told = minutes.battery(bare(ROOM), Table(**charge), {"ups1.battery_charge": course, "ups2.battery_charge": course})
    assert told == course
    assert minutes.battery(bare(ROOM), Table(**charge), {}).why == "few"


@pytest.mark.parametrize(
    ("values", "alarms", "state", "why"),
    [
        ({"generator__state": 4}, [], "running", ""),
        ({"generator__state": 0}, [], "off", ""),
        ({"generator__state": 6}, [standing("generator.state")], "failed", ""),
        ({}, [], "unknown", "stale"),
    ],
)
def test_the_generator(values: dict[str, float], alarms: list[Alarm], state: str, why: str) -> None:
    told = minutes.generator(ROOM, Table(**values), alarms)
    assert (told.state, told.why) == (state, why)
    assert minutes.generator(replace(ROOM, power=()), Table(**values), alarms).why == "no_generator"


def test_the_inlet_that_is_at_its_limit_first() -> None:
    points = minutes.inlets(ROOM)[:2]
    limit = min(one.value for one in points[0].limits if one.value > 24)
    told = minutes.of_inlets(points, {points[0].key: strip(lambda t: limit - 4 + t / 2), points[1].key: strip(lambda t: 22.0)}, NOW)
    assert told.subject == points[0].key and told.minutes == pytest.approx(8, rel=0.15) and told.reckoned
    assert told.low is not None and told.low <= told.minutes
    calm = minutes.of_inlets(points, {points[0].key: strip(lambda t: 22.0), points[1].key: strip(lambda t: 23.0)}, NOW)
    assert calm.minutes is None and calm.why == "not_rising" and calm.subject == points[1].key
    most = max(one.value for one in points[0].limits)
    over = minutes.of_inlets(points, {points[0].key: strip(lambda t: most + 1)}, NOW)
    assert over.minutes == 0 and over.limit == most and not over.reckoned
    assert minutes.of_inlets([], {}, NOW).why == "no_sensor"
    assert minutes.of_inlets(points, {}, NOW).why == "few"


def test_only_the_air_that_goes_into_the_racks_counts() -> None:
    keys = {point.key for point in minutes.inlets(ROOM)}
    assert "th-a01.temperature" in keys and "th-b07.temperature" in keys
    assert not any("-out." in key for key in keys)
    nowhere = replace(ROOM, racks=())
    assert {point.key for point in minutes.inlets(nowhere)} > keys, "where no rack is known all that have a limit count"


def test_cooling_is_lost_by_an_alarm_of_what_cools_and_not_by_another() -> None:
    unit = next(device.id for device in ROOM.devices if device.group in minutes.COOLING)
    assert minutes.cooling_lost(ROOM, [standing(unit)])
    assert not minutes.cooling_lost(ROOM, [standing(unit, Level.MINOR)])
    assert not minutes.cooling_lost(ROOM, [standing("ups1"), replace(standing(unit), state=AlarmState.RETURNED)])


class NoPast:
    def past(self, keys: object, start: int, end: int, buckets: int) -> Past:
        return Past(None, {})


def test_it_is_told_when_it_begins_when_it_changes_and_when_it_is_over() -> None:
    asyncio.run(_told())


async def _told() -> None:
    table, told = Table(**WELL), list[MinutesInfo | None]()
    station = minutes.StationMinutes(lambda: ROOM, table, list, NoPast(), told.append)
    try:
        station.tick(NOW, 0.0)
        assert told == []
        table.values = Table(**DARK).values
        station.tick(NOW + 1000, 1.0)
        assert told[-1] is not None and told[-1].lost == ["mains"] and told[-1].since == NOW + 1000
        assert told[-1].plan.minutes is None and told[-1].plan.why == "no_plans"
        station.tick(NOW + 2000, 2.0)
        assert len(told) == 1, "nothing that a person sees has changed"
        table.values["ups2.battery_runtime"] = 35 * 60
        station.tick(NOW + 3000, 3.0)
        assert len(told) == 2 and told[-1].battery.minutes == 35
        table.values = Table(**WELL).values
        station.tick(NOW + 4000, 4.0)
        assert told[-1] is not None, "a moment's return is none"
        station.tick(NOW + 14_000, 14.0)
        assert told[-1] is None
    finally:
        station.close()
