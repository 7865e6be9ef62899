"""All of a device as the station tells it: on a live table without a wire, over HTTP, and from a real station on a real wire."""

import asyncio
from pathlib import Path

import httpx
from httpx import ASGITransport

from cityops_desktop.acquire.report import BusReport, DeviceCounters, WireState
from cityops_desktop.link.api import create_app
from cityops_desktop.link.credentials import LOCAL, Credentials
from cityops_desktop.link.messages import DeviceDetail, PointDetail, Refusal
from cityops_desktop.model.drivers import Counters
from cityops_desktop.model.points import Level
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.station.desk import StationDesk
from tests.core.station.test_desk import Place, place  # noqa: F401
from tests.peers.station import StationPeer, slave, station


def take(desk: StationDesk, *readings: Reading) -> None:
    desk._live.apply(readings)


def device(desk: StationDesk) -> DeviceDetail:
    told = asyncio.run(desk.device("a", Credentials(None, "", LOCAL)))
    assert told is not None
    return told


def detail(desk: StationDesk, key: str) -> PointDetail:
    return next(one for one in device(desk).points if one.point.key == key)


def test_a_point_with_its_register_its_raw_value_and_its_limits(place: Place):  # noqa: F811
    wall = place.clock.wall()
    take(place.desk, Reading("a.temp", 30.5, wall, Quality.GOOD, raw=b"\x01\x31"))
    told = detail(place.desk, "a.temp")
    assert (told.raw, told.count, told.live.value, told.resolution) == ("0131", 305, 30.5, 0.1)
    assert (told.source.table, told.source.address, told.source.notation, told.source.function) == ("holding", 10, "40011", 3)
    assert (told.source.type, told.source.scale, told.point.period, told.write) == ("int16", 0.1, 0.2, None)
    assert [(limit.level, limit.value, limit.deadband) for limit in told.point.limits] == [
        (Level.MAJOR, 30.0, 1.0),
        (Level.CRITICAL, 40.0, 1.0),
    ]


def test_what_is_not_usable_keeps_its_raw_value_and_the_last_usable_one(place: Place):  # noqa: F811
    wall = place.clock.wall()
    take(place.desk, Reading("a.temp", 25.0, wall, Quality.GOOD, raw=b"\x00\xfa"))
    take(place.desk, failed("a.temp", wall + 1000, Reason.OUT_OF_RANGE, "3276.7", b"\x7f\xff"))
    told = detail(place.desk, "a.temp")
    assert (told.raw, told.count, told.live.value, told.live.reason, told.live.last_value) == (
        "7fff",
        32767,
        None,
        Reason.OUT_OF_RANGE,
        25.0,
    )
    take(place.desk, failed("a.temp", wall + 2000, Reason.NO_ANSWER))
    told = detail(place.desk, "a.temp")
    assert (told.raw, told.count, told.live.last_value, told.live.last_time) == (None, None, 25.0, wall)


def test_the_line_and_the_counters(place: Place):  # noqa: F811
    told = device(place.desk)
    assert (told.bus.state, told.bus.counters.requests, told.counters.last_answer, told.counters.longest_seconds) == (
        "starting",
        0,
        None,
        None,
    )
    assert (told.device.address, told.device.profile, told.settings["address"], told.bus.settings["host"]) == ("1", "", 1, "127.0.0.1")
    wall = place.clock.wall()
    counters = Counters(requests=9, good=7, timeouts=2)
    place.desk.facts.buses["tcp"] = BusReport("tcp", WireState.DOWN, (), Reason.NO_PORT, "x", counters, silent=("a",), missed=4, load=1.25)
    place.desk.facts.devices["a"] = DeviceCounters(requests=5, good=3, timeouts=2, last_answer=wall, last_seconds=0.02, longest_seconds=0.5)
    told = device(place.desk)
    assert (told.bus.state, told.bus.reason, told.bus.load, told.bus.missed, told.bus.devices) == ("down", Reason.NO_PORT, 1.25, 4, 1)
    assert (told.bus.counters.requests, told.bus.silent_devices, told.silent) == (9, ["a"], True)
    assert (told.counters.requests, told.counters.last_answer, told.counters.longest_seconds) == (5, wall, 0.5)


def test_over_http(place: Place):  # noqa: F811
    async def ask() -> None:
        async with httpx.AsyncClient(transport=ASGITransport(create_app(place.desk)), base_url="http://127.0.0.1") as client:
            answer = await client.get("/api/v1/devices/a")
            assert answer.status_code == 200
            assert len(DeviceDetail.model_validate_json(answer.content).points) == 3
            missing = await client.get("/api/v1/devices/no%2Fbody")
            assert missing.status_code == 404
            missing = await client.get("/api/v1/devices/nobody")
            assert (missing.status_code, Refusal.model_validate_json(missing.content).code) == (404, "no_such_device")

    asyncio.run(ask())


def test_nothing_of_it_is_in_the_event_stream(place: Place):  # noqa: F811
    take(place.desk, Reading("a.temp", 30.5, place.clock.wall(), Quality.GOOD, raw=b"\x01\x31"))
    assert '"raw"' not in place.desk.copy().model_dump_json()


def test_a_real_station_on_a_real_wire(tmp_path: Path):
    with slave() as unit, station(tmp_path, unit.port) as peer:
        unit.set(10, -55)
        peer.until(lambda state: any(one.value == -5.5 for one in state.live), "the value")
        told = ask(peer)
        temp = next(one for one in told.points if one.point.key == "a.temp")
        assert (temp.raw, temp.count, temp.live.value) == ("ffc9", -55, -5.5)
        assert told.counters.good == told.bus.counters.good > 0
        assert told.counters.last_answer is not None and told.counters.last_seconds is not None
        assert (told.bus.state, told.bus.load > 0) == ("up", True)


def ask(peer: StationPeer) -> DeviceDetail:
    assert peer.client is not None
    return DeviceDetail.model_validate_json(peer.client.get("/api/v1/devices/a").content)
