"""Each discharge of a battery, found from its voltage, and what it shows beside an earlier one at equal load.

Method: a discharge begins where the voltage falls below 96 % of its median (floating) and ends where it is above again or begins to be
charged (the lowest voltage has been passed). Two discharges are compared when their loads differ by less than 10 %: the later one's
time down to the lowest voltage that both have reached, brought to the earlier one's load by Peukert's law (exponent 1.2), over the
earlier one's time, is the capacity that is left in percent. The voltage is read where the curve, made one-way by its running minimum,
crosses.

The interval: the times of crossing, with the voltage a resolution higher and lower and a sample's distance earlier and later, and an
exponent from 1.0 to 1.5 for the difference in load.

Limits: the first tenth of a discharge tells little (coup de fouet); a battery at another temperature holds otherwise (about 0.6 % a
degree); one compared with itself when it was already weak looks well: the reference is the earliest one of the time looked at.
"""

from dataclasses import dataclass

import numpy as np

from cityops_desktop.history.analysis.columns import Floats, Times
from cityops_desktop.history.analysis.grounds import Interval, Why

FLOATING = 0.96
SHORTEST_MS = 30_000
APART_MS = 300_000
"""Discharges closer together than that are one: the mains came and went."""
ALIKE = 0.10
PEUKERT, PEUKERT_LOW, PEUKERT_HIGH = 1.2, 1.0, 1.5
LEAST_DROP = 0.01
"""The part of the voltage that must lie between the beginning and the crossing."""


@dataclass(frozen=True, slots=True)
class Discharge:
    """One: UTC ms, the median load (None = not measured), charge at both ends (None likewise), and the voltage by seconds since `begin`."""

    begin: int
    end: int
    load: float | None
    charge: tuple[float, float] | None
    seconds: Floats
    volts: Floats

    @property
    def lowest(self) -> float:
        """The lowest voltage."""
        return float(self.volts.min())


@dataclass(frozen=True, slots=True)
class Capacity:
    """What is left of the reference's, in percent: `later` held so long down to `volts`, the reference `held_before` (both s)."""

    why: Why | None
    percent: Interval | None = None
    volts: float = 0.0
    held: float = 0.0
    held_before: float = 0.0
    later: Discharge | None = None
    reference: Discharge | None = None


def spans(times: Times, lows: Floats, floating: float, width: int) -> list[tuple[int, int]]:
    """When (UTC ms) the voltage was low, from samples or from the lowest of buckets `width` ms wide."""
    low = np.flatnonzero(lows < FLOATING * floating)
    found: list[tuple[int, int]] = []
    for at in times[low].tolist():
        if found and at - found[-1][1] <= max(APART_MS, 2 * width):
            found[-1] = (found[-1][0], at + width)
        else:
            found.append((at, at + width))
    return found


def discharges(
    volts: tuple[Times, Floats],
    load: tuple[Times, Floats] | None,
    charge: tuple[Times, Floats] | None,
    floating: float,
) -> list[Discharge]:
    """All within these samples. What stood before the first sample is not known and its discharge left out."""
    times, values = volts
    found = []
    for begin, end in spans(times, values, floating, 0):
        if end - begin < SHORTEST_MS or begin <= times[0]:
            continue
        inside = (times >= begin) & (times <= end)
        bottom = int(np.flatnonzero(inside)[0] + np.argmin(values[inside]))
        inside &= times <= times[bottom]
        end = int(times[bottom])
        if end - begin < SHORTEST_MS:
            continue
        first = int(np.flatnonzero(inside)[0])
        start = int(times[first - 1])  # the last time that it was floating
        drawn = _part(load, begin, end)
        full = _part(charge, start, end)
        ends = (float(full[0]), float(full[-1])) if full is not None else None
        seconds = (times[inside] - start) / 1000
        found.append(Discharge(start, end, float(np.median(drawn)) if drawn is not None else None, ends, seconds, values[inside]))
    return found


def capacity(found: list[Discharge], resolution: float) -> Capacity:
    """Of the newest that has an earlier one beside it: the earliest at an equal load."""
    if not found:
        return Capacity(Why.NO_DISCHARGE)
    if all(one.load is None for one in found):
        return Capacity(Why.NO_LOAD)
    for later in reversed(found):
        for reference in found:
            if reference is later:
                break
            told = _compared(later, reference, resolution)
            if told is not None:
                return told
    return Capacity(Why.NONE_ALIKE)


def _compared(later: Discharge, reference: Discharge, resolution: float) -> Capacity | None:
    if not later.load or not reference.load or abs(later.load / reference.load - 1) > ALIKE:
        return None
    volts = max(later.lowest, reference.lowest)
    if any(volts > one.volts.max() * (1 - LEAST_DROP) for one in (later, reference)):
        return None
    ratio = later.load / reference.load
    held, before = (_until(one, volts) for one in (later, reference))
    percent = 100 * held / before * ratio**PEUKERT
    step = [float(np.median(np.diff(one.seconds))) if len(one.seconds) > 1 else 0.0 for one in (later, reference)]
    ends: list[float] = []
    for sign in (-1, 1):
        mine = _until(later, volts + sign * resolution) - sign * step[0]
        theirs = _until(reference, volts - sign * resolution) + sign * step[1]
        ends += [100 * mine / max(theirs, 1e-9) * ratio**power for power in (PEUKERT_LOW, PEUKERT, PEUKERT_HIGH)]
    bounds = Interval(percent, min(*ends, percent), max(*ends, percent))
    return Capacity(None, bounds, volts, held, before, later, reference)


def _until(one: Discharge, volts: float) -> float:
    """Seconds until the voltage has come down to this, between two samples by the straight line; the end when it never did."""
    running = np.minimum.accumulate(one.volts)
    below = np.flatnonzero(running <= volts)
    if not len(below):
        return float(one.seconds[-1])
    at = int(below[0])
    if at == 0:
        return float(one.seconds[0])
    upper, lower = running[at - 1], running[at]
    share = float((upper - volts) / (upper - lower)) if upper > lower else 0.0
    return float(one.seconds[at - 1] + share * (one.seconds[at] - one.seconds[at - 1]))


def _part(column: tuple[Times, Floats] | None, begin: int, end: int) -> Floats | None:
    if column is None:
        return None
    times, values = column
    inside = values[(times >= begin) & (times <= end)]
    return inside if len(inside) else None
