"""Rotation tests (定期切换试验): when one is due, and what the curves of a run say. Pure; works on strips of samples.

A figure that the samples do not give is None, never a guess.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np

from cityops_desktop.model.canonical import canonical
from cityops_desktop.model.envelope import Strip
from cityops_desktop.model.spanstats import held, statistics

SORTS = ("standby", "generator", "battery", "ats", "other")
KNOWN_SHARE = 0.98
"""An integral is told when so much of the span is known."""
HOUR_MS = 3_600_000


class Curve(NamedTuple):
    """The samples of a point over a run; `hold` and `gap` (ms): how long a value holds, and what is not bridged."""

    unit: str
    strip: Strip
    hold: int
    gap: int


class Figures(NamedTuple):
    """Of one point over a run: extremes and newest value; `hours` = its integral over hours for a current (Ah) or a power (kWh, Wh)."""

    lowest: float | None = None
    highest: float | None = None
    last: float | None = None
    samples: int = 0
    known: float = 0.0
    hours: float | None = None


def due_day(first: str, days: int, last: date | None) -> date:
    """The day by which the next run is due: `days` after the last one that was passed, else the first day of the plan."""
    return date.fromisoformat(first) if last is None else last + timedelta(days=days)


def figures(curve: Curve, start: int, end: int) -> Figures:
    """What the samples between two times (UTC ms) say."""
    found = statistics(held(curve.strip, start, end, curve.gap, curve.hold))
    if found.lowest is None or found.highest is None or found.last is None or found.mean is None or end <= start:
        return Figures()
    known = found.usable.low / found.span
    hours = found.mean.middle * found.usable.low / HOUR_MS if curve.unit in ("A", "kW", "W") and known >= KNOWN_SHARE else None
    return Figures(found.lowest.low, found.highest.high, found.last[1], int(found.count.low), known, hours)


def digest(curves: Mapping[str, Curve]) -> str:
    """SHA-256 of the samples that were looked at: times, values and qualities of each point, in order."""
    whole = hashlib.sha256()
    for key in sorted(curves):
        strip = curves[key].strip
        whole.update(canonical([key, curves[key].unit, len(strip)]).encode())
        whole.update(np.ascontiguousarray(strip.time, "<i8").tobytes())
        whole.update(np.ascontiguousarray(strip.last, "<f8").tobytes())
        whole.update(np.ascontiguousarray(strip.quality, "u1").tobytes())
    return whole.hexdigest()
