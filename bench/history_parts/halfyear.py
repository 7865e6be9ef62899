"""The seeded half-year of a duty room: 500 points at one sample a second. Any point's day can be made by itself; stores nothing.

The readings are whole counts of the points' resolutions, as registers are; polls come a few milliseconds early or late; some 40 a day
fail, and about every ten days a device is silent for minutes: a fault that lasts is recorded once, when it comes, and then there is
nothing until the device answers again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history.counts import Scale
from cityops_desktop.model.envelope import NO_WHY, Strip, Why, samples
from cityops_desktop.model.points import Group, Kind, Names, Point
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from cityops_desktop.model.rooms import Device, Room

SEED = 36621
SECONDS = 86_400
DAY_MS = SECONDS * 1000
FIRST = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp()) // SECONDS
"""The first day, since 1970: six whole months of 184 days begin here."""
DAYS = 184
FAILED_A_DAY = 40
OUTAGES_A_DAY = 0.1
PER_DEVICE = 10
_BAD = QUALITY_CODES[Quality.BAD]
_REASONS: tuple[Why, ...] = (NO_WHY, (Reason.NO_ANSWER, ""))
_KNOTS = np.arange(0, SECONDS + 1, 60)
_PLACES = np.arange(60, dtype=np.float32) / 60
_TICKS = np.arange(SECONDS, dtype=np.int64) * 1000


@dataclass(frozen=True, slots=True)
class Sort:
    """So many points of one sort: where they lie, how they move in a day and a week, and the noise of their last digits (all in units)."""

    count: int
    name: str
    unit: str
    kind: Kind
    resolution: float
    base: tuple[float, float]
    swing: tuple[float, float]
    cycle: tuple[float, float]
    noise: tuple[float, float]


SORTS = (
    Sort(160, "temp", "°C", Kind.ANALOG, 0.1, (20.0, 27.0), (0.2, 1.2), (0.05, 0.3), (0.02, 0.08)),
    Sort(60, "humidity", "%RH", Kind.ANALOG, 0.1, (40.0, 60.0), (1.0, 4.0), (0.1, 0.5), (0.03, 0.12)),
    Sort(60, "voltage", "V", Kind.ANALOG, 0.1, (226.0, 234.0), (0.5, 2.5), (0.1, 0.3), (0.2, 0.6)),
    Sort(80, "current", "A", Kind.ANALOG, 0.01, (2.0, 18.0), (0.2, 1.5), (0.02, 0.2), (0.01, 0.12)),
    Sort(24, "load", "%", Kind.ANALOG, 0.1, (25.0, 60.0), (1.0, 6.0), (0.1, 0.4), (0.05, 0.2)),
    Sort(20, "pressure", "MPa", Kind.ANALOG, 0.01, (2.4, 5.6), (0.01, 0.05), (0.0, 0.005), (0.001, 0.003)),
    Sort(60, "contact", "", Kind.DIGITAL, 1.0, (0.0, 0.0), (0.0, 0.0), (0.0, 0.0), (0.0, 0.0)),
    Sort(36, "energy", "kWh", Kind.COUNTER, 0.1, (1_000.0, 90_000.0), (0.5, 6.0), (0.0, 0.0), (0.0, 0.0)),
)
"""Noise of temperatures, voltages: as sensors of duty rooms show it; the sum of all is what no coding can take away (`entropy`)."""


@dataclass(frozen=True, slots=True)
class Source:
    """One point of the half-year: its number and the figures that it was given."""

    number: int
    point: Point
    scale: Scale
    base: float
    swing: float
    cycle: float
    noise: float
    minutes: float
    """Length of its short cycle, such as an air conditioner's."""
    shift: float
    lag: int
    """ms by which its device is polled after the full second."""


def sources() -> list[Source]:
    """All 500, always the same."""
    found: list[Source] = []
    for sort in SORTS:
        for _ in range(sort.count):
            number = len(found)
            dice = np.random.default_rng((SEED, number))
            device = f"dev{number // PER_DEVICE:02}"
            names = Names(f"测点{number}", f"Point {number}")
            point = Point(
                f"{device}.{sort.name}{number}", device, names, sort.kind, Group.ENVIRONMENT, sort.unit, sort.resolution, period=1.0
            )
            base, swing, cycle, noise = (float(dice.uniform(*bounds)) for bounds in (sort.base, sort.swing, sort.cycle, sort.noise))
            scale = Scale.of(None if sort.kind is Kind.DIGITAL else sort.resolution)
            lag = 10 + number // PER_DEVICE * 13 % 700
            minutes, shift = float(dice.uniform(6, 25)), float(dice.uniform(0, 6.28))
            found.append(Source(number, point, scale, base, swing, cycle, noise, minutes, shift, lag))
    return found


def room(every: list[Source], origin: str = "real") -> Room:
    """The room of these points."""
    names = Names("基准机房", "Bench room")
    by_device: dict[str, list[Point]] = {}
    for source in every:
        by_device.setdefault(source.point.device, []).append(source.point)
    devices = tuple(Device(name, "line", names, Group.ENVIRONMENT, None, tuple(points)) for name, points in by_device.items())
    return Room("bench", names, "c/d/s/r", "Asia/Shanghai", "v1", devices=devices, origin=origin)


def day(source: Source, number: int) -> Strip:
    """A point's samples of the half-year's day `number` (from 0)."""
    dice = np.random.default_rng((SEED, source.number, number))
    begin = (FIRST + number) * DAY_MS
    device = np.random.default_rng((SEED, 10**7 + source.number // PER_DEVICE, number))  # one answer brings all of a device
    times = begin + source.lag + _TICKS + device.integers(-6, 7, SECONDS, dtype=np.int8)
    values = source.scale.values(counts(source, number, dice))
    quality, whys = np.zeros(SECONDS, np.uint8), np.zeros(SECONDS, np.uint8)
    failed = dice.integers(0, SECONDS, dice.poisson(FAILED_A_DAY))
    silent = _silent(source, number)
    if silent is not None:
        failed = np.append(failed, silent[0])
    values[failed], quality[failed], whys[failed] = np.nan, _BAD, 1
    if silent is None:
        return samples(times, values, quality, whys, _REASONS)
    kept = np.ones(SECONDS, bool)
    kept[silent[0] + 1 : silent[1]] = False
    return samples(times[kept], values[kept], quality[kept], whys[kept], _REASONS)


def counts(source: Source, number: int, dice: np.random.Generator) -> NDArray[np.int64]:
    """What the register holds, second by second."""
    kind, resolution = source.point.kind, source.point.resolution
    if kind is Kind.DIGITAL:
        return _contact(number, dice)
    seconds = number * SECONDS + _KNOTS
    if kind is Kind.COUNTER:
        energy = source.base + source.swing * (seconds / 3600 + 0.8 * np.sin(seconds * (2 * np.pi / SECONDS) + source.shift))
        return np.floor(_smooth(energy / resolution)).astype(np.int64)
    slow = source.base + source.swing * np.sin(seconds * (2 * np.pi / SECONDS) + source.shift)
    slow += 0.4 * source.swing * np.sin(seconds * (2 * np.pi / (7.1 * SECONDS)) + 2 * source.shift)
    slow += source.cycle * np.sin(seconds * (2 * np.pi / (60 * source.minutes)))
    noise = dice.standard_normal(SECONDS, np.float32) * np.float32(source.noise / resolution)
    return np.rint(_smooth(slow / resolution) + noise).astype(np.int64)


def _smooth(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Straight lines between the full minutes."""
    smooth: NDArray[np.float64] = (knots[:-1, None] + np.diff(knots)[:, None] * _PLACES).ravel()
    return smooth


def _contact(number: int, dice: np.random.Generator) -> NDArray[np.int64]:
    told = np.zeros(SECONDS, np.int64)
    for begin in dice.integers(0, SECONDS, dice.poisson(1.5)):
        told[begin : begin + int(dice.integers(5, 900))] = 1
    return told


def _silent(source: Source, number: int) -> tuple[int, int] | None:
    """From which second to which its device does not answer on this day."""
    dice = np.random.default_rng((SEED, 10**6 + source.number // PER_DEVICE, number))
    if dice.random() >= OUTAGES_A_DAY:
        return None
    begin = int(dice.integers(0, SECONDS - 2400))
    return begin, begin + int(dice.integers(180, 2400))


def months() -> dict[int, list[int]]:
    """The half-year's days by month (YYYYMM)."""
    found: dict[int, list[int]] = {}
    for number in range(DAYS):
        date = datetime.fromtimestamp((FIRST + number) * SECONDS, UTC)
        found.setdefault(date.year * 100 + date.month, []).append(number)
    return found


def spread(numbers: list[int], most: int) -> list[int]:
    """So many days, evenly from the first to the last."""
    if len(numbers) <= most:
        return numbers
    return [numbers[round(place)] for place in np.linspace(0, len(numbers) - 1, most)]


def days(every: list[Source], numbers: list[int]) -> Iterator[tuple[Source, int, Strip]]:
    """These days of these points, day by day."""
    for number in numbers:
        for source in every:
            yield source, number, day(source, number)


def entropy(every: list[Source]) -> float:
    """Bytes a sample that the noise alone needs, its mean being known: the quantised normal's entropy over all places within a count."""
    places = np.linspace(-0.5, 0.5, 41)[:, None]
    edges = np.arange(-80, 81) - 0.5
    bits = 0.0
    for source in every:
        wide = source.noise / source.point.resolution
        if wide > 0:
            mass = np.diff(_normal((edges - places) / wide), axis=1)
            with np.errstate(divide="ignore", invalid="ignore"):
                bits += float(-np.nansum(mass * np.log2(mass), axis=1).mean())
    return bits / 8 / len(every)


def _normal(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The normal distribution's sum, to 1e-7 (Abramowitz and Stegun 26.2.17)."""
    t = 1 / (1 + 0.2316419 * np.abs(x))
    tail = np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
    tail *= t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    told: NDArray[np.float64] = np.where(x > 0, 1 - tail, tail)
    return told
