"""What the historian says of whole days of the room: readings that came, what counters counted, times within limits, power. Pure.

A day is one of the room's calendar, not of UTC, in which the historian keeps its own: it is added up from hours, or from what divides them.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history.statistics.periods import Period
from cityops_desktop.model.counting import consumption
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.points import LimitKind, Point

MINUTE_MS = 60_000
LAG_MS = 60_000
"""So much of today is not looked at: its readings may still be on their way."""


class DayOf(NamedTuple):
    """A point's day: readings that could be used; when the first of them came; for a counter what it counted (None = nothing is known),
    and whether a meter was exchanged or reset in it."""

    usable: int = 0
    first: int | None = None
    counted: float | None = None
    broken: bool = False


class MinutesOf(NamedTuple):
    """Minutes of a day: of so many something is known, and in so many of them all was within its limits."""

    known: int = 0
    within: int = 0


class PowerOf(NamedTuple):
    """Minutes of a day of which both are known, and the energy of them: of the whole room and of its racks, kWh."""

    minutes: int = 0
    room: float = 0.0
    racks: float = 0.0


@dataclass(frozen=True, slots=True)
class Band:
    """Between these a point is within its limits; None = no limit on that side."""

    low: float | None
    high: float | None


def by_day(strip: Strip, days: Sequence[Period], point: Point, *, counter: bool) -> list[DayOf]:
    """A point's days, in their order and without gaps. `strip` may begin earlier: a counter's step over midnight belongs to the day that
    brings the reading after it."""
    usable = _usable(strip)
    edges = np.array([one.start for one in days] + [days[-1].end])
    places = np.searchsorted(usable.time, edges)
    found = []
    for low, high in zip(places[:-1].tolist(), places[1:].tolist(), strict=True):
        if low == high:
            found.append(DayOf())
            continue
        came, first = int(usable.count[low:high].sum()), int(usable.time[low])
        told = consumption(_led(usable, low, high), point.rollover) if counter else None
        if told is None or (low == 0 and high == 1 and not usable.width):
            found.append(DayOf(came, first))
        else:
            found.append(DayOf(came, first, round(told.total, 6), not told.complete))
    return found


def due_and_came(day: Period, told: DayOf | None, period_ms: float, begun: int | None, now: int) -> tuple[float, float]:
    """How many readings were due on a day, and how many of those came; 0, 0 of a day that is not reckoned yet (None) or not begun.

    Before `begun` (UTC ms, None = never) nothing was recorded.
    """
    due = expected(day, period_ms, begun, now)
    return (0.0, 0.0) if told is None or due < 1 else (due, min(float(told.usable), due))


def expected(day: Period, period_ms: float, begun: int | None, now: int) -> float:
    """How many readings a day should have brought."""
    if begun is None or period_ms <= 0:
        return 0.0
    return max(0.0, min(day.end, now - LAG_MS) - max(day.start, begun)) // period_ms


def per_mille(part: float | None) -> int | None:
    """Only what is whole is 1000, and only nothing is 0."""
    if part is None:
        return None
    return 1000 if part >= 1 else max(1 if part > 0 else 0, min(999, math.floor(part * 1000)))


def band_of(point: Point) -> Band | None:
    """The nearest limits of a point; where it has none, its normal range; None = it has neither."""
    highs = [limit.value for limit in point.limits if limit.kind is LimitKind.HIGH]
    lows = [limit.value for limit in point.limits if limit.kind is LimitKind.LOW]
    if highs or lows:
        return Band(max(lows, default=None), min(highs, default=None))
    return Band(*point.normal) if point.normal is not None else None


def minutes_within(strips: Sequence[tuple[Strip, Band]], day: Period) -> MinutesOf:
    """Of an area's sensors: a minute is within when every sensor that is known in it is."""
    minutes = (day.end - day.start) // MINUTE_MS
    known, bad = np.zeros(minutes, bool), np.zeros(minutes, bool)
    for strip, band in strips:
        one = _usable(strip.between(day.start, day.end - 1))
        at = np.clip((one.time - day.start) // MINUTE_MS, 0, minutes - 1)
        known[at] = True
        out = np.zeros(len(one), bool)
        if band.low is not None:
            out |= one.low < band.low
        if band.high is not None:
            out |= one.high > band.high
        bad[at[out]] = True
    return MinutesOf(int(known.sum()), int((known & ~bad).sum()))


def power(room: Sequence[tuple[Strip, float]], racks: Sequence[tuple[Strip, float]], day: Period) -> PowerOf:
    """What the room took and what of it went to the racks, in the minutes of which all is known. Each strip with its kW per unit.

    A minute in which the racks take more than the room is one of another source (a generator without a meter): it is left out.
    """
    whole, part = _kilowatts(room, day), _kilowatts(racks, day)
    sound = np.isfinite(whole) & np.isfinite(part) & (whole >= part) & (part > 0)
    return PowerOf(int(sound.sum()), float(whole[sound].sum()) / 60, float(part[sound].sum()) / 60)


def _kilowatts(strips: Sequence[tuple[Strip, float]], day: Period) -> NDArray[np.float64]:
    minutes = (day.end - day.start) // MINUTE_MS
    total = np.zeros(minutes)
    for strip, factor in strips:
        one = _usable(strip.between(day.start, day.end - 1))
        at = np.clip((one.time - day.start) // MINUTE_MS, 0, minutes - 1)
        sums, counts = np.zeros(minutes), np.zeros(minutes)
        np.add.at(sums, at, (one.first + one.last) / 2 * factor)
        np.add.at(counts, at, 1)
        with np.errstate(invalid="ignore", divide="ignore"):
            total += sums / counts
    return total if strips else np.full(minutes, np.nan)


def _led(strip: Strip, low: int, high: int) -> Strip:
    """Some rows of a counter, with the reading that it had before them."""
    if low == 0:
        return strip.rows(low, high)
    rows = strip.rows(low - 1, high)
    told = {name: getattr(rows, name).copy() for name in ("time", "first", "low", "high")}
    told["time"][0] = rows.end[0]
    for name in ("first", "low", "high"):
        told[name][0] = rows.last[0]
    return replace(rows, **told)


def _usable(strip: Strip) -> Strip:
    some = strip.count > 0
    if bool(some.all()):
        return strip
    columns: Mapping[str, NDArray[np.generic]] = {
        name: getattr(strip, name)[some] for name in ("time", "end", "first", "low", "high", "last", "count", "hole", "quality", "why")
    }
    return replace(strip, **columns)  # type: ignore[arg-type]
