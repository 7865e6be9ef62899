"""The station's answers about trends: which points are reckoned when, in threads of its own, a little at a time. Reckons nothing itself
(history/analysis/), and never makes a question wait: it answers what it knows and reckons on."""

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Literal, Protocol
from zoneinfo import ZoneInfo

import numpy as np

from cityops_desktop.clock import Clock
from cityops_desktop.history.analysis import subjects
from cityops_desktop.history.analysis.columns import DAY_MS, HOUR_MS, Floats, Times, usable
from cityops_desktop.history.analysis.cylinder import leak
from cityops_desktop.history.analysis.discharge import Discharge, capacity, discharges, spans
from cityops_desktop.history.analysis.drift import drift
from cityops_desktop.history.analysis.grounds import NO_GROUNDS, Grounds
from cityops_desktop.history.analysis.growth import growth
from cityops_desktop.history.analysis.heading import heading
from cityops_desktop.history.analysis.profile import profile
from cityops_desktop.history.analysis.runtime import runtime
from cityops_desktop.link.analysis import AnalysisInfo, ChartInfo, FindingInfo, HeadingsInfo
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.envelope import Past, Strip
from cityops_desktop.model.points import PRESSURES, Kind, LimitKind, Point
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.station.findings import (
    Told,
    of_discharges,
    of_drift,
    of_growth,
    of_heading,
    of_leak,
    of_profile,
    of_runtime,
)

HALF_YEAR, FOUR_MONTHS, TWO_MONTHS, FOUR_WEEKS = 184, 120, 60, 29
"""Days that are looked at: for cylinders, runtimes and discharges; for loads; for sensors; for the usual course of a day."""
TEN_MINUTES = 600_000
FRESH_MS = 900_000
"""A finding is reckoned anew after a quarter of an hour, when somebody asks."""
HEADINGS_MS = 10_000
AT_ONCE = 8
"""Points that are read together."""
HOUR_BUCKETS = 900
PAUSE = 0.02
"""Seconds of rest between two pieces of work."""
MOST_SECONDS = 300.0
MOST_DISCHARGES = 12
AROUND_MS, LONGEST_MS, FINE_BUCKETS = 600_000, 12 * HOUR_MS, 2000
WHAT = "history"
Column = tuple[Times, Floats]
NOTHING: Column = (np.empty(0, np.int64), np.empty(0))


class PastOf(Protocol):
    """What it asks the historian."""

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """See cityops_desktop.history.history.History."""
        ...


class Looking(Protocol):
    """What it asks about rights."""

    async def seen(self, keys: Sequence[str], what: str, credentials: Credentials) -> list[str]:
        """Those of these points that whoever asks may see."""
        ...


class StationAnalysis:
    """Implements cityops_desktop.link.analysis_api.AnalysisDesk. Used from the station's loop; `room` gives the one in force."""

    def __init__(self, room: Callable[[], Room], history: PastOf, looking: Looking, clock: Clock) -> None:
        self._room = room
        self._history = history
        self._looking = looking
        self._clock = clock
        self._closing = threading.Event()
        self._slow, self._quick = ThreadPoolExecutor(1, "analysis"), ThreadPoolExecutor(1, "headings")
        self._told: dict[str, Told] = {}
        self._begun, self._reckoned, self._version, self._total = 0, 0, "", 0
        self._job: asyncio.Future[None] | None = None
        self._headings: dict[str, Told] = {}
        self._headed = 0
        self._heading_turn = asyncio.Lock()

    def close(self) -> None:
        """No more is reckoned."""
        self._closing.set()
        for worker in (self._slow, self._quick):
            worker.shutdown(wait=False, cancel_futures=True)

    async def analysis(self, credentials: Credentials) -> AnalysisInfo:
        """All findings that there are by now; what is old is reckoned anew behind the answer."""
        room, now = self._room(), self._clock.wall()
        if self._job is not None and self._job.done():
            job, self._job = self._job, None
            job.result()  # our own fault in there is this question's
        if self._job is None and (room.version != self._version or abs(now - self._begun) > FRESH_MS):
            self._begun = now
            self._job = asyncio.get_running_loop().run_in_executor(self._slow, self._reckon, room, now)
        await self._look_ahead(room)
        rows = [told.finding for told in (*self._ahead(), *list(self._told.values()))]
        rows = await self._allowed(rows, credentials)
        rows.sort(key=lambda one: (one.rank, one.due.value if one.due is not None else float("inf"), one.method, one.point))
        return AnalysisInfo(now=now, origin=_origin(room), total=self._total, reckoned=self._reckoned or None, findings=rows)

    async def headings(self, credentials: Credentials) -> HeadingsInfo:
        """What rises or falls now."""
        room = self._room()
        await self._look_ahead(room)
        rows = await self._allowed([told.finding for told in self._headings.values() if told.finding.figure is not None], credentials)
        return HeadingsInfo(now=self._clock.wall(), origin=_origin(room), headings=rows)

    async def chart(self, id: str, credentials: Credentials) -> ChartInfo:
        """What a finding was reckoned from."""
        told = self._told.get(id) or self._headings.get(id)
        if told is None or not await self._allowed([told.finding], credentials):
            raise Refused("no_such_finding")
        return await asyncio.get_running_loop().run_in_executor(self._quick, told.chart)

    async def _allowed(self, rows: list[FindingInfo], credentials: Credentials) -> list[FindingInfo]:
        seen = set(await self._looking.seen(sorted({one.point for one in rows}), WHAT, credentials))
        return [one for one in rows if one.point in seen]

    def _ahead(self) -> list[Told]:
        return [told for told in self._headings.values() if told.finding.due is not None]

    # in the worker threads

    async def _look_ahead(self, room: Room) -> None:
        async with self._heading_turn:
            now = self._clock.wall()
            if abs(now - self._headed) >= HEADINGS_MS or not self._headed:
                self._headings = await asyncio.get_running_loop().run_in_executor(self._quick, self._head, room, now)
                self._headed = now

    def _head(self, room: Room, now: int) -> dict[str, Told]:
        """The points with a trend."""
        limited = [
            point
            for point in room.points().values()
            if point.kind is Kind.ANALOG and any(limit.kind is not LimitKind.STATE for limit in point.limits)
        ]
        found: dict[str, Told] = {}
        for some in _batches(limited):
            strips = self._past([point.key for point in some], now - HOUR_MS, now, HOUR_BUCKETS)
            for point in some:
                strip = strips.get(point.key)
                if strip is None or self._closing.is_set():
                    continue
                result = heading(strip, now, point.limits, point.resolution, point.period)
                if result.rate is not None:
                    told = of_heading(point, result, now, usable(strip))
                    found[told.finding.id] = told
        return found

    def _reckon(self, room: Room, now: int) -> None:
        """All subjects of a room, one after the other."""
        work = list(self._work(room, now))
        end = self._clock.monotonic() + MOST_SECONDS
        told: dict[str, Told] = {} if room.version != self._version else dict(self._told)
        fresh: set[str] = set()
        self._version, self._total = room.version, sum(count for count, _ in work)
        self._told = told
        for _, piece in work:
            if self._closing.wait(PAUSE) or self._clock.monotonic() > end:
                return
            for one in piece():
                fresh.add(one.finding.id)
                told[one.finding.id] = one
        for id in told.keys() - fresh:
            del told[id]
        self._reckoned = now

    def _work(self, room: Room, now: int) -> Iterator[tuple[int, Callable[[], list[Told]]]]:
        """Pieces of work, and how many findings each brings."""
        zone = ZoneInfo(room.timezone)
        for cylinder in subjects.cylinders(room):
            yield 1, lambda cylinder=cylinder: [self._cylinder(cylinder, now)]  # type: ignore[misc]
        for ups in subjects.upses(room):
            if ups.load is not None:
                yield 1, lambda ups=ups: [self._growth(ups, zone, now)]  # type: ignore[misc]
            if ups.runtime is not None:
                yield 1, lambda ups=ups: [self._runtime(ups, zone, now)]  # type: ignore[misc]
            if ups.volts is not None:
                yield 1, lambda ups=ups: [self._discharges(ups, now)]  # type: ignore[misc]
        for some in _batches(subjects.usual(room)):
            yield len(some), lambda some=some: self._profiles(some, zone, now)  # type: ignore[misc]
        columns: dict[str, Column] = {}
        for sensor in subjects.sensors(room):
            yield 1, lambda sensor=sensor: [self._drift(sensor, columns, now)]  # type: ignore[misc]

    def _cylinder(self, one: subjects.Cylinder, now: int) -> Told:
        point = one.pressure
        lows = subjects.limits_of(point, LimitKind.LOW)
        keys = [point.key, *([one.temperature.key] if one.temperature is not None else [])]
        columns = self._hours(keys, now, HALF_YEAR)
        warm = columns.get(one.temperature.key) if one.temperature is not None else None
        return of_leak(point, leak(columns[point.key], warm, point.agent, lows, PRESSURES[point.unit]))

    def _growth(self, ups: subjects.Ups, zone: ZoneInfo, now: int) -> Told:
        assert ups.load is not None
        columns = self._hours([ups.load.key], now, FOUR_MONTHS)
        return of_growth(ups.load, growth(columns[ups.load.key], zone, ups.highs))

    def _runtime(self, ups: subjects.Ups, zone: ZoneInfo, now: int) -> Told:
        assert ups.runtime is not None
        columns = self._hours([one.key for one in (ups.runtime, ups.load, ups.charge) if one is not None], now, HALF_YEAR)
        load, charge = (columns[one.key] if one is not None else None for one in (ups.load, ups.charge))
        lows = subjects.limits_of(ups.runtime, LimitKind.LOW)
        return of_runtime(ups.runtime, runtime(columns[ups.runtime.key], load, charge, zone, lows))

    def _discharges(self, ups: subjects.Ups, now: int) -> Told:
        """Hours in which the voltage was low, then these hours finely."""
        assert ups.volts is not None
        key = ups.volts.key
        strip = self._past([key], now - HALF_YEAR * DAY_MS, now, HALF_YEAR * 24).get(key)
        times, values = usable(strip) if strip is not None else NOTHING
        if strip is None or not len(times):
            return of_discharges(ups.volts, [], capacity([], ups.volts.resolution), NO_GROUNDS)
        floating = float(np.median(values))
        known = strip.count > 0
        low = spans(strip.time[known], strip.low[known], floating, strip.width)
        found: list[Discharge] = []
        for begin, end in low[-MOST_DISCHARGES:]:
            if self._closing.wait(PAUSE):
                break
            found += self._discharge(ups, begin - AROUND_MS, min(end, begin + LONGEST_MS) + AROUND_MS, floating)
        grounds = Grounds(int(times[0]), int(times[-1]), int(strip.count.sum()))
        return of_discharges(ups.volts, found, capacity(found, ups.volts.resolution), grounds)

    def _discharge(self, ups: subjects.Ups, start: int, end: int, floating: float) -> list[Discharge]:
        assert ups.volts is not None
        strips = self._past([one.key for one in (ups.volts, ups.load, ups.charge) if one is not None], start, end, FINE_BUCKETS)
        volts, load, charge = (
            usable(strips[one.key]) if one is not None and one.key in strips else None for one in (ups.volts, ups.load, ups.charge)
        )
        return discharges(volts, load, charge, floating) if volts is not None and len(volts[0]) else []

    def _profiles(self, points: Sequence[Point], zone: ZoneInfo, now: int) -> list[Told]:
        columns = self._columns([point.key for point in points], now, FOUR_WEEKS, TEN_MINUTES)
        return [of_profile(point, profile(columns[point.key], now, zone, point.resolution)) for point in points]

    def _drift(self, sensor: subjects.Sensor, columns: dict[str, Column], now: int) -> Told:
        keys = [point.key for point in (sensor.point, *sensor.neighbours)]
        missing = [key for key in keys if key not in columns]
        columns |= self._hours(missing, now, TWO_MONTHS)
        others = [columns[key] for key in keys[1:]]
        return of_drift(sensor.point, drift(columns[keys[0]], others, sensor.point.resolution))

    def _hours(self, keys: Sequence[str], now: int, days: int) -> dict[str, Column]:
        return self._columns(keys, now, days, HOUR_MS)

    def _columns(self, keys: Sequence[str], now: int, days: int, width: int) -> dict[str, Column]:
        """The usable values of each, from buckets of this width or finer; nothing of who has none."""
        found: dict[str, Column] = {}
        for some in (keys[at : at + AT_ONCE] for at in range(0, len(keys), AT_ONCE)):
            strips = self._past(some, now - days * DAY_MS, now, days * DAY_MS // width)
            found |= {key: usable(strips[key]) if key in strips else NOTHING for key in some}
        return found

    def _past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Mapping[str, Strip]:
        return self._history.past(keys, start, end, buckets).strips if keys else {}


def _batches(points: Sequence[Point]) -> list[Sequence[Point]]:
    return [points[at : at + AT_ONCE] for at in range(0, len(points), AT_ONCE)]


def _origin(room: Room) -> Literal["real", "demo"]:
    return "demo" if room.origin == "demo" else "real"
