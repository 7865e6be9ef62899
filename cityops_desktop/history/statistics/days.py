"""Asks the historian for the days of a span, a few points and days at a time, and remembers those that are over. Blocks; one thread.

A question has only so many seconds: what is not reckoned by then is None in the answer, and the next question goes on from there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from cityops_desktop.clock import Clock
from cityops_desktop.history.statistics.dayfigures import MINUTE_MS, Band, DayOf, MinutesOf, PowerOf, band_of, by_day, minutes_within, power
from cityops_desktop.history.statistics.performance import KW, PueBasis
from cityops_desktop.history.statistics.periods import Period, grain
from cityops_desktop.model.envelope import NOTHING, Past, Strip, envelope
from cityops_desktop.model.points import Kind, Point

DAY_MS = 86_400_000
OVER_MS = 3 * 3_600_000
"""So long after its end a day is believed not to change: its last hour is sealed, and late samples have come."""
KEEP_SECONDS = 12 * 3600.0
"""So long it is remembered: an import may still change the past."""
LOOK_BACK_MS = 400 * DAY_MS
MOST_KEPT = 300_000
POINTS_AT_ONCE = 16
DAYS_AT_ONCE = 31
MINUTE_DAYS_AT_ONCE = 3

K = TypeVar("K")


class PastOf(Protocol):
    """What is asked (see history.History)."""

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """These points from `start` to `end` (UTC ms), in about so many buckets at most."""
        ...


@dataclass
class Ready:
    """How far a question is: of so many days of points, how many are reckoned."""

    wanted: int = 0
    done: int = 0

    @property
    def part(self) -> float:
        """1 = all of it."""
        return self.done / self.wanted if self.wanted else 1.0


@dataclass
class _Kept:
    value: Any
    time: float


@dataclass
class DaysOf:
    """The historian by days of the room."""

    source: PastOf
    clock: Clock
    oldest: int | None = None
    _kept: dict[tuple[str, int, int], _Kept] = field(default_factory=dict)

    def points(self, points: Sequence[Point], days: Sequence[Period], until: float, ready: Ready) -> dict[str, list[DayOf | None]]:
        """What is known of each point's days. `until`: monotonic seconds."""
        counters = [point for point in points if point.kind is Kind.COUNTER]
        others = [point for point in points if point.kind is not Kind.COUNTER]
        found: dict[str, list[DayOf | None]] = {}
        width = grain(days)
        for some, lead in ((others, 0), (counters, DAY_MS)):
            for at in range(0, len(some), POINTS_AT_ONCE):
                batch = some[at : at + POINTS_AT_ONCE]

                def reckon(part: Sequence[Period], batch: Sequence[Point] = batch, lead: int = lead) -> Mapping[str, Sequence[DayOf]]:
                    strips = self._strips(batch, Period(part[0].start - lead, part[-1].end), width)
                    return {point.key: by_day(strips[point.key], part, point, counter=lead > 0) for point in batch}

                found |= self._through([point.key for point in batch], days, DAYS_AT_ONCE, until, ready, reckon)
        return found

    def areas(
        self, areas: Mapping[str, Sequence[Point]], days: Sequence[Period], until: float, ready: Ready
    ) -> dict[str, list[MinutesOf | None]]:
        """Of each area's sensors."""
        found: dict[str, list[MinutesOf | None]] = {}
        for area, points in areas.items():
            name = f"area:{area}:{hash(tuple((point.key, band_of(point)) for point in points))}"  # other limits are another question

            def reckon(part: Sequence[Period], name: str = name, points: Sequence[Point] = points) -> Mapping[str, Sequence[MinutesOf]]:
                strips = self._strips(points, Period(part[0].start, part[-1].end), MINUTE_MS)
                told = [(strips[point.key], band_of(point) or Band(None, None)) for point in points]
                return {name: [minutes_within(told, day) for day in part]}

            found[area] = self._through([name], days, MINUTE_DAYS_AT_ONCE, until, ready, reckon)[name]
        return found

    def power(self, basis: PueBasis, days: Sequence[Period], until: float, ready: Ready) -> list[PowerOf | None]:
        """Of the room and its racks."""
        if basis.why:
            return [None] * len(days)
        points = (*basis.room, *basis.racks)
        name = f"pue:{hash((tuple(p.key for p in basis.room), tuple(p.key for p in basis.racks)))}"

        def reckon(part: Sequence[Period]) -> Mapping[str, Sequence[PowerOf]]:
            strips = self._strips(points, Period(part[0].start, part[-1].end), MINUTE_MS)
            whole = [(strips[point.key], KW[point.unit]) for point in basis.room]
            racks = [(strips[point.key], KW[point.unit]) for point in basis.racks]
            return {name: [power(whole, racks, day) for day in part]}

        return self._through([name], days, MINUTE_DAYS_AT_ONCE, until, ready, reckon)[name]

    def earlier(self, points: Sequence[Point], start: int) -> frozenset[str]:
        """Which of these brought readings before `start` (UTC ms) already."""
        if self.oldest is None or self.oldest >= start:
            return frozenset()
        span, found = Period(max(self.oldest, start - LOOK_BACK_MS), start), set[str]()
        for at in range(0, len(points), POINTS_AT_ONCE):
            strips = self._strips(points[at : at + POINTS_AT_ONCE], span, DAY_MS)
            found |= {key for key, strip in strips.items() if bool((strip.count > 0).any())}
        return frozenset(found)

    # inside

    def _through(
        self,
        names: Sequence[str],
        days: Sequence[Period],
        at_once: int,
        until: float,
        ready: Ready,
        reckon: Callable[[Sequence[Period]], Mapping[str, Sequence[K]]],
    ) -> dict[str, list[K | None]]:
        """The days of these names: remembered ones, and as many of the others as time allows, the newest first."""
        now = self.clock.wall()
        found: dict[str, list[K | None]] = {name: [None] * len(days) for name in names}
        missing = []
        for number, day in enumerate(days):
            if day.start >= now:
                continue
            kept = [self._kept.get((name, day.start, day.end)) for name in names]
            ready.wanted += len(names)
            if all(one is not None and self.clock.monotonic() - one.time < KEEP_SECONDS for one in kept):
                ready.done += len(names)
                for name, one in zip(names, kept, strict=True):
                    assert one is not None
                    found[name][number] = one.value
            else:
                missing.append(number)
        for run in _runs(missing, at_once):
            if self.clock.monotonic() > until:
                break
            part = [days[number] for number in run]
            told = reckon(part)
            ready.done += len(names) * len(run)
            for name in names:
                for number, value in zip(run, told[name], strict=True):
                    found[name][number] = value
                    if days[number].end < now - OVER_MS:
                        self._keep((name, days[number].start, days[number].end), value)
        return found

    def _keep(self, key: tuple[str, int, int], value: object) -> None:
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[key] = _Kept(value, self.clock.monotonic())

    def _strips(self, points: Sequence[Point], span: Period, width: int) -> dict[str, Strip]:
        """Buckets of `width` ms of each point, or narrower rows; empty ones for points of which nothing is kept."""
        buckets = -(-(span.end - span.start) // width)
        told = self.source.past([point.key for point in points], span.start, span.end - 1, buckets)
        self.oldest = told.oldest if told.oldest is not None else self.oldest
        strips = {}
        for point in points:
            strip = told.strips.get(point.key, NOTHING)
            strip = strip.between(span.start, span.end - 1)
            strips[point.key] = envelope(strip, width) if len(strip) and strip.width < width else strip
        return strips


def _runs(numbers: Sequence[int], most: int) -> Iterator[list[int]]:
    """Neighbours together, not more than `most`, the last ones first."""
    run: list[int] = []
    for number in reversed(numbers):
        if run and (run[-1] != number + 1 or len(run) == most):
            yield run[::-1]
            run = []
        run.append(number)
    if run:
        yield run[::-1]
