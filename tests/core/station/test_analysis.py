"""The station's answers about trends, of a made half year whose truth is known: the most urgent first, never waiting, never guessed."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from cityops_desktop.link.analysis import AnalysisInfo, FindingInfo
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.analysis import Method, Why
from cityops_desktop.model.envelope import Past
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.room.load import load_room
from cityops_desktop.station import analysis as module
from cityops_desktop.station.analysis import StationAnalysis
from drivers.registry import DRIVERS
from tests.conftest import FakeClock
from tests.core.history.analysis.made import DAY
from tests.core.history.analysis.pasts import MadePast, floating, slow, steady

ROOM = """
room: {id: r1, name: {zh: 测试, en: Test}, domain: c/d/s/r1, timezone: Asia/Shanghai, size: [10, 10]}
buses: [{id: line, driver: modbus-rtu, port: /dev/ttyTEST}]
areas: [{id: gas, name: {zh: 气瓶间, en: Cylinders}, place: {x: 0, y: 0}, size: [4, 4]}]
devices:
  - {id: gas, bus: line, address: 1, place: {x: 1, y: 1}, group: fire_protection, points: [
      {id: inert, kind: analog, table: holding, address: 0, type: uint16, scale: 0.01, unit: MPa, agent: ig-541,
       limits: [{level: major, low: 13.5}]},
      {id: liquid, kind: analog, table: holding, address: 1, type: uint16, scale: 0.01, unit: MPa, agent: hfc-227ea,
       limits: [{level: major, low: 3.8}]},
      {id: nameless, kind: analog, table: holding, address: 2, type: uint16, scale: 0.01, unit: MPa}]}
  - {id: warm, bus: line, address: 2, place: {x: 2, y: 1}, points: [
      {id: t, kind: analog, table: holding, address: 0, type: int16, scale: 0.1, unit: °C, group: environment, featured: true}]}
  - {id: ups, bus: line, address: 3, points: [
      {id: load, kind: analog, table: holding, address: 0, type: uint16, scale: 0.1, unit: "%", group: ups,
       limits: [{level: major, high: 80}]},
      {id: runtime, kind: analog, table: holding, address: 1, type: uint16, unit: s, group: battery, limits: [{level: major, low: 600}]},
      {id: charge, kind: analog, table: holding, address: 2, type: uint16, unit: "%", group: battery},
      {id: volts, kind: analog, table: holding, address: 3, type: uint16, scale: 0.1, unit: V, group: battery}]}
  - {id: hot, bus: line, address: 4, points: [
      {id: t, kind: analog, table: holding, address: 0, type: int16, scale: 0.1, unit: °C, group: air_conditioning,
       limits: [{level: critical, high: 32}]}]}
SENSORS
power:
  - {id: mains, kind: mains, name: {zh: 市电, en: Mains}}
  - {id: battery, kind: battery, name: {zh: 电池, en: Battery}, points: {voltage: ups.volts}}
  - {id: ups, kind: ups, name: {zh: UPS, en: UPS}, from: [mains, battery], device: ups, rating: 18,
     points: {load: ups.load, runtime: ups.runtime, charge: ups.charge}}
"""
SENSOR = (
    "  - {{id: s{n}, bus: line, address: {address}, place: {{x: {x}, y: 8}}, points: [{{id: t, kind: analog, table: holding, address: 0,"
    ' type: int16, scale: 0.1, unit: "°C", group: environment}}]}}\n'
)
NOBODY = Credentials("", "console", "local")
DAYS = 184


class Looks:
    """Who may not see points of `shut`."""

    def __init__(self) -> None:
        self.shut: set[str] = set()

    async def seen(self, keys: Sequence[str], what: str, credentials: Credentials) -> list[str]:
        assert (what, credentials) == ("history", NOBODY)
        return [key for key in keys if key not in self.shut]


class Place:
    """A room with a made past."""

    def __init__(self, folder: Path, clock: FakeClock) -> None:
        path = folder / "room.yaml"
        sensors = "".join(SENSOR.format(n=n, address=10 + n, x=6 + 0.6 * n) for n in range(5))
        path.write_text(ROOM.replace("SENSORS\n", sensors), "utf-8")
        self.room: Room = load_room(path, DRIVERS)
        self.clock = clock
        now = clock.wall()
        self.past = MadePast(now, DAYS)
        begin = now - DAYS * DAY
        air = slow(steady(22.0, 0.05, daily=1.5, since=begin, digits=1), 0.4)
        pressure = steady(15.1, 0.004, a_day=-0.006, since=begin)

        def gas(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            return np.round((pressure(times, rng) + 0.1013) * (air(times, rng) + 273.15) / 293.15 - 0.1013, 2)

        def load(times: np.ndarray) -> np.ndarray:
            return 50 + 0.1 * np.clip((times - now) / DAY + 120, 0, None)

        def percent(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            return np.round(load(times) + 2 * np.sin(2 * np.pi * times / DAY) + rng.normal(0, 0.4, len(times)), 1)

        def runs(times: np.ndarray, rng: np.random.Generator) -> np.ndarray:
            left = (1900 - 3.0 * (times - begin) / DAY) * (load(times) / 50) ** -1.2
            return np.round(left + rng.normal(0, 4, len(times)))

        self.discharged = (now - 150 * DAY + 7_200_000, now - 125 * DAY + 7_200_000)
        self.past.shapes = {
            "gas.inert": gas,
            "gas.liquid": steady(4.2, since=begin),
            "gas.nameless": steady(4.2, since=begin),
            "warm.t": air,
            "ups.load": percent,
            "ups.runtime": runs,
            "ups.charge": steady(100.0, 0.0),
            "ups.volts": floating(216.0, [(self.discharged[0], 900, 1.0), (self.discharged[1], 800, 0.75)]),
            "hot.t": steady(31.0, 0.01, a_day=0.1 * 1440, since=now),
        }
        for n in range(5):
            drifts = 0.05 if n == 2 else 0.0
            self.past.shapes[f"s{n}.t"] = slow(
                steady(23.0 + 0.1 * n, 0.05, a_day=drifts, daily=0.5, since=now, digits=1), 0.05 + 0.0001 * n
            )
        self.looks = Looks()
        self.desk = StationAnalysis(lambda: self.room, self.past, self.looks, clock)

    async def whole(self) -> AnalysisInfo:
        """The answer once all is reckoned."""
        end = time.monotonic() + 60
        while (told := await self.desk.analysis(NOBODY)).reckoned is None:
            assert time.monotonic() < end
            await asyncio.sleep(0.01)
        return told

    def told(self) -> dict[str, FindingInfo]:
        return {one.id: one for one in asyncio.run(self.whole()).findings}


@pytest.fixture
def place(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    made = Place(tmp_path, clock)
    yield made
    made.desk.close()


def test_every_method_finds_its_truth(place: Place):
    told, now = place.told(), place.clock.wall()

    gas = told["cylinder:gas.inert"]
    assert gas.figure is not None and gas.figure.low is not None and gas.figure.high is not None
    assert gas.figure.low <= -0.006 <= gas.figure.high and gas.why is None
    assert gas.due is not None and gas.due.low is not None and gas.due.high is not None
    truth = now + (15.1 - 0.006 * DAYS - 13.5) / 0.006 * DAY
    assert gas.due.low <= truth <= gas.due.high
    assert gas.limit == 13.5 and gas.level == 2 and gas.samples > 4000 and gas.rank == 1

    load = told["growth:ups.load"]
    assert load.figure is not None and load.figure.value == pytest.approx(0.1, abs=0.01) and load.limit == 80
    assert load.due is not None and load.due.value == pytest.approx(now + 180 * DAY, abs=30 * DAY)

    held = told["runtime:ups.runtime"]
    assert held.limit == 600 and held.why is None

    battery = told["discharge:ups.volts"]
    assert battery.figure is not None and battery.facts["discharges"] == 2
    assert battery.figure.low is not None and battery.figure.high is not None
    assert battery.figure.low <= 75 <= battery.figure.high
    assert battery.facts["begin"] == pytest.approx(place.discharged[1], abs=60_000)
    assert battery.facts["reference"] == pytest.approx(place.discharged[0], abs=60_000)

    sensor = told["drift:s2.t"]
    assert sensor.figure is not None and sensor.figure.value == pytest.approx(3.0, abs=0.4) and sensor.rank == 1
    assert all(told[f"drift:s{n}.t"].rank == 3 for n in (0, 1, 3, 4))

    assert told["profile:warm.t"].why is None and told["profile:warm.t"].facts["split"] == 1.0
    assert told["drift:warm.t"].why is Why.NO_NEIGHBOURS

    hot = told["limit:hot.t"]
    assert hot.due is not None and hot.due.value == pytest.approx(now + 10 * 60_000, abs=20_000) and (hot.rank, hot.level) == (0, 1)


def test_what_is_not_known_is_said_and_not_guessed(place: Place):
    told = place.told()
    assert told["cylinder:gas.liquid"].why is Why.NO_METHOD
    assert told["cylinder:gas.nameless"].why is Why.NO_AGENT
    for id in ("cylinder:gas.liquid", "cylinder:gas.nameless"):
        assert told[id].figure is None and told[id].due is None and told[id].rank == 4


def test_the_most_urgent_comes_first(place: Place):
    rows = asyncio.run(place.whole()).findings
    assert rows[0].id == "limit:hot.t"
    assert [one.rank for one in rows] == sorted(one.rank for one in rows)


def test_a_first_answer_does_not_wait_and_nothing_runs_on_the_loop(place: Place):
    gate, threads = threading.Event(), set()
    ask = place.past.past

    def held(keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        threads.add(threading.current_thread().name.split("_")[0])
        if end - start > DAY:
            assert gate.wait(30)
        return ask(keys, start, end, buckets)

    place.past.past = held  # type: ignore[method-assign]

    async def questions() -> tuple[AnalysisInfo, AnalysisInfo]:
        first = await place.desk.analysis(NOBODY)
        gate.set()
        return first, await place.whole()

    first, whole = asyncio.run(questions())
    assert first.reckoned is None and all(one.method is Method.LIMIT for one in first.findings)
    assert whole.total == sum(one.method is not Method.LIMIT for one in whole.findings)
    assert threads == {"analysis", "headings"}


def test_few_rows_are_asked_for_at_a_time(place: Place):
    """Roll-ups, eight points at most: no question brings more than some ten thousand rows."""
    place.told()
    assert all(len(keys) <= 8 for keys, *_ in place.past.asked)
    assert max(buckets for *_, buckets in place.past.asked) <= 184 * 24


def count_of(place: Place, wanted: Callable[[int, int], bool]) -> int:
    return sum(wanted(start, end) for _, start, end, _ in place.past.asked)


def test_answers_are_kept_for_a_while(place: Place):
    def long(start: int, end: int) -> bool:
        return end - start > DAY

    async def questions() -> None:
        await place.whole()
        before = count_of(place, long)
        for _ in range(3):
            await place.whole()
            place.clock.advance(60)
        assert count_of(place, long) == before
        place.clock.advance(900)
        await place.desk.analysis(NOBODY)
        end = time.monotonic() + 30
        while count_of(place, long) == before:
            assert time.monotonic() < end
            await asyncio.sleep(0.01)

    asyncio.run(questions())


def test_headings_are_reckoned_once_in_ten_seconds(place: Place):
    async def questions() -> None:
        for _ in range(5):
            told = await place.desk.headings(NOBODY)
        assert [one.point for one in told.headings] == ["hot.t"]
        first = len(place.past.asked)
        place.clock.advance(11)
        await place.desk.headings(NOBODY)
        assert len(place.past.asked) == 2 * first

    asyncio.run(questions())


def test_charts_show_what_the_figure_was_reckoned_from(place: Place):
    async def questions() -> None:
        told = await place.whole()
        for one in told.findings:
            chart = await place.desk.chart(one.id, NOBODY)
            assert chart.id == one.id
            assert all(len(curve.x) == len(curve.y) <= 4000 for curve in chart.curves)
            roles = {curve.role for curve in chart.curves}
            if one.figure is not None:
                assert roles & {"measured", "adjusted", "later"}
        battery = await place.desk.chart("discharge:ups.volts", NOBODY)
        assert {curve.role for curve in battery.curves} == {"later", "reference"} and battery.axis == "elapsed"
        usual = await place.desk.chart("profile:warm.t", NOBODY)
        assert {curve.role for curve in usual.curves} >= {"low", "middle", "high", "measured"} and usual.axis == "day"
        gas = await place.desk.chart("cylinder:gas.inert", NOBODY)
        line = next(curve for curve in gas.curves if curve.role == "line")
        assert line.y[0] is not None and line.y[-1] is not None and line.y[0] > line.y[-1] and gas.limits == [13.5]
        with pytest.raises(Refused, match="no_such_finding"):
            await place.desk.chart("growth:nothing", NOBODY)

    asyncio.run(questions())


def test_points_that_somebody_may_not_see_are_left_out(place: Place):
    async def questions() -> None:
        await place.whole()
        place.looks.shut = {"hot.t", "gas.inert"}
        told = await place.whole()
        assert not {"hot.t", "gas.inert"} & {one.point for one in told.findings}
        assert (await place.desk.headings(NOBODY)).headings == []
        with pytest.raises(Refused, match="no_such_finding"):
            await place.desk.chart("cylinder:gas.inert", NOBODY)

    asyncio.run(questions())


def test_an_empty_past_says_so_everywhere(place: Place):
    place.past.shapes = {}
    told = place.told()
    assert told and all(one.figure is None and one.why is not None and one.rank == 4 for one in told.values())


def test_our_own_fault_reaches_whoever_asks(place: Place, monkeypatch: pytest.MonkeyPatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "growth", broken)
    with pytest.raises(ZeroDivisionError):
        asyncio.run(place.whole())
