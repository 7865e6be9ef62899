"""What a counter counted over some time: roll-over and a meter's exchange taken into account. Pure; knows no store and no screen.

A counter only rises. Where it falls, it has either come past its end, which is believed only when the profile says where that is
(`rollover`) and the step over it is one that this counter makes, or it was exchanged or reset: then what it counted between the last
reading of the old one and the first of the new one is not known, and is left out.
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from cityops_desktop.model.envelope import Strip

FASTEST = 4
"""A step over the end may be so many times faster than the fastest that was seen, and is still believed."""
PART = 100
"""A step of less than this part of the whole range is believed in any case: an hour without readings has no pace."""


class Break(StrEnum):
    """Why a counter stands lower than before."""

    ROLLOVER = "rollover"
    EXCHANGED = "exchanged"


@dataclass(frozen=True, slots=True)
class Fall:
    """Between the sample at `begin` that said `before` and the one at `end` (UTC ms) that said `after`."""

    begin: int
    end: int
    before: float
    after: float
    kind: Break


@dataclass(frozen=True, slots=True)
class Consumption:
    """`total` in the counter's unit; at least that when a meter was exchanged. `exact` = nothing of it was reckoned from buckets in which
    the counter fell."""

    total: float
    falls: tuple[Fall, ...]
    exact: bool = True

    @property
    def complete(self) -> bool:
        """Was no meter exchanged or reset?"""
        return all(fall.kind is Break.ROLLOVER for fall in self.falls)


def consumption(strip: Strip, modulus: float | None) -> Consumption:
    """What was counted between the first and the last usable row; `modulus` is the reading after which the counter begins at 0 again.

    What it counted while nobody read it counts: the next reading says so.
    """
    times, values, inside = _readings(strip)
    if len(times) < 2:
        return Consumption(0.0, ())
    steps, spans = np.diff(values), np.maximum(np.diff(times), 1)
    rises = steps >= 0
    pace = float((steps[rises] / spans[rises]).max()) if rises.any() else 0.0
    total, falls = float(steps[rises].sum()), []
    for at in np.flatnonzero(~rises):
        before, after = float(values[at]), float(values[at + 1])
        step = before if modulus is None else after + modulus - before
        over = modulus is not None and before <= modulus and _fits(step, pace * int(spans[at]), modulus)
        total += step if over else 0.0
        kind = Break.ROLLOVER if over else Break.EXCHANGED
        falls.append(Fall(int(times[at]), int(times[at + 1]), before, after, kind))
    return Consumption(total, tuple(falls), not any(bool(inside[at]) for at in np.flatnonzero(~rises)))


def _fits(step: float, usual: float, modulus: float) -> bool:
    return 0 <= step <= min(modulus / 2, max(FASTEST * usual, modulus / PART))


def _readings(strip: Strip) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times and values in their order, and whether the step that follows lies inside a bucket. A bucket in which the counter fell is its
    first, highest, lowest and last value."""
    some = strip.count > 0
    begin, end = strip.time[some], strip.end[some]
    first, low, high, last = strip.first[some], strip.low[some], strip.high[some], strip.last[some]
    if not strip.width:
        return begin, first, np.zeros(len(begin), bool)
    middle = (begin + end) // 2
    times = np.column_stack((begin, middle, middle, end)).ravel()
    fell = (low < first) | (high > last)
    values = np.column_stack((first, np.where(fell, high, first), np.where(fell, low, last), last)).ravel()
    inside = np.column_stack((fell, fell, fell, np.zeros(len(fell), bool))).ravel()
    return times, values, inside
