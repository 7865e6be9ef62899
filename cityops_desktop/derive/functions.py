"""The functions of expressions: figures of what machine rooms are asked about. Each gives NaN where there is no answer.

Sources: dew point by the Magnus formula with the constants of WMO-No. 8 (over water, -45 to 60 degrees C); imbalance as NEMA MG-1 has it
(greatest distance from the mean, in percent of the mean); pressure at 20 degrees C by the gas law, from a gauge pressure.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

ATMOSPHERE_MPA = 0.1013
KELVIN, AT_20 = 273.15, 293.15
_MAGNUS_A, _MAGNUS_B = 17.62, 243.12
_NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Function:
    """`least` and `most` arguments (None = any number) and how to reckon it."""

    reckon: Callable[..., float]
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class OverTime:
    """A function of what its first argument was in the last minutes, the second argument: seconds before now and values, oldest first."""

    reckon: Callable[[Sequence[tuple[float, float]], float], float]


def dew_point(temperature: float, humidity: float) -> float:
    """Degrees C, of air at this temperature (degrees C) and relative humidity (%)."""
    if not 0 < humidity <= 100 or temperature <= -_MAGNUS_B:
        return _NAN
    part = math.log(humidity / 100) + _MAGNUS_A * temperature / (_MAGNUS_B + temperature)
    return _MAGNUS_B * part / (_MAGNUS_A - part)


def imbalance(*phases: float) -> float:
    """Percent by which the one that is farthest from the mean misses it."""
    mean = sum(phases) / len(phases)
    return max(abs(one - mean) for one in phases) / abs(mean) * 100 if mean else _NAN


def pressure_at_20(pressure: float, temperature: float) -> float:
    """The gauge pressure (MPa) that a gas which stays gas would have at 20 degrees C. Not for liquefied agents."""
    if temperature <= -KELVIN:
        return _NAN
    return (pressure + ATMOSPHERE_MPA) * AT_20 / (temperature + KELVIN) - ATMOSPHERE_MPA


def _mean(*values: float) -> float:
    return sum(values) / len(values)


def _rate(past: Sequence[tuple[float, float]], minutes: float) -> float:
    """Per minute, by least squares; what covers less than half of the time tells none."""
    if len(past) < 2 or past[0][0] - past[-1][0] < minutes * 30:
        return _NAN
    times, values = [-ago / 60 for ago, _ in past], [value for _, value in past]
    middle, mean = sum(times) / len(times), sum(values) / len(values)
    spread = sum((one - middle) ** 2 for one in times)
    return sum((one - middle) * (value - mean) for one, value in zip(times, values, strict=True)) / spread


def _came(past: Sequence[tuple[float, float]], _minutes: float) -> float:
    """So often it went from zero to something else."""
    return float(sum(before == 0 != after for (_, before), (_, after) in pairwise(past)))


def _most(past: Sequence[tuple[float, float]], _minutes: float) -> float:
    return max((value for _, value in past), default=_NAN)


def _least(past: Sequence[tuple[float, float]], _minutes: float) -> float:
    return min((value for _, value in past), default=_NAN)


def _usual(past: Sequence[tuple[float, float]], _minutes: float) -> float:
    return sum(value for _, value in past) / len(past) if past else _NAN


FUNCTIONS: Mapping[str, Function] = {
    "abs": Function(abs, 1, 1),
    "min": Function(lambda *values: min(values), 1, None),
    "max": Function(lambda *values: max(values), 1, None),
    "sum": Function(lambda *values: sum(values), 1, None),
    "mean": Function(_mean, 1, None),
    "spread": Function(lambda *values: max(values) - min(values), 1, None),
    "dew_point": Function(dew_point, 2, 2),
    "imbalance": Function(imbalance, 2, None),
    "pressure_at_20": Function(pressure_at_20, 2, 2),
}
OVER_TIME: Mapping[str, OverTime] = {
    "rate": OverTime(_rate),
    "times": OverTime(_came),
    "max_of": OverTime(_most),
    "min_of": OverTime(_least),
    "mean_of": OverTime(_usual),
}
AGE = "age"
"""Seconds since a point last had a usable value: the one function whose argument may be one that cannot be read."""
