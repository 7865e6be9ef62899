"""The robust line through values over time, and between which slopes the true one lies.

Method: the median of the slopes of all pairs (Theil 1950, Sen 1968); its interval from the distribution of Kendall's S, with ties (Sen
1968), as scipy.stats.theilslopes has it (the tests compare). Values that follow each other closely say less than as many independent ones:
the variance of S is widened by the factor of Yue and Wang (2004) for the correlation of neighbours, corrected for the bias of short series.
Written out in numpy: scipy's statistics take a second and 100 MB to load.

Limits: one line for the whole span (a curve is told as its middle course); at most 29 % of the values may be wild; correlation beyond
that of a neighbour (a daily course) must be taken out before.
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from cityops_desktop.history.analysis.columns import Floats
from cityops_desktop.history.analysis.grounds import Interval

NORMAL_95 = 1.959964
OF_MEDIAN = 1.2533
"""The standard error of a median in those of a mean, for normal values."""
LEAST = 5
MOST = 400
"""Values of one line: 80,000 pairs."""
CLOSEST = 0.97


@dataclass(frozen=True, slots=True)
class Line:
    """`rate` in units of value per unit of time; `level` where the line stands at the last time, between where it stands at the flattest
    and at the steepest slope, and the error of a median further; `scatter` the values' spread round it (1.4826 x the median
    distance); `widened` by how much the correlation of neighbours widens the variance."""

    rate: Interval
    level: Interval
    scatter: float
    widened: float
    samples: int

    def at(self, after: float) -> float:
        """Where the line is so long after the last time."""
        return self.level.value + self.rate.value * after

    def now(self, after: float) -> Interval:
        """The same with its interval."""
        ends = [level + rate * after for level in (self.level.low, self.level.high) for rate in (self.rate.low, self.rate.high)]
        return Interval(self.at(after), min(ends), max(ends))


def robust_line(times: Floats, values: Floats) -> Line | None:
    """Through finite values in the order of time; None through fewer than five, or through one moment."""
    count = len(times)
    if count < LEAST or times[-1] <= times[0]:
        return None
    if count > MOST:
        parts = np.linspace(0, count, MOST + 1).astype(np.int64)[:-1]
        size = np.diff(np.append(parts, count))
        times, values = np.add.reduceat(times, parts) / size, np.add.reduceat(values, parts) / size
        count = MOST
    first, second = np.triu_indices(count, 1)
    apart = times[second] - times[first]
    slopes = np.sort((values[second] - values[first])[apart > 0] / apart[apart > 0])
    found = float(np.median(slopes))
    rest = values - found * (times - times[-1])
    level = float(np.median(rest))
    rest = rest - level
    widened = widened_by(rest)
    reach = NORMAL_95 * sqrt(variance(values) * widened)
    low = max(round((len(slopes) - reach) / 2) - 1, 0)
    high = min(round((len(slopes) + reach) / 2), len(slopes) - 1)
    rate = Interval(found, float(slopes[low]), float(slopes[high]))
    scatter = 1.4826 * float(np.median(np.abs(rest)))
    spread = NORMAL_95 * OF_MEDIAN * scatter * sqrt(widened / count)
    ends = [float(np.median(values - one * (times - times[-1]))) for one in (rate.low, rate.high)]
    return Line(rate, Interval(level, min(*ends, level) - spread, max(*ends, level) + spread), scatter, widened, count)


def variance(values: Floats) -> float:
    """Of Kendall's S when there is no trend, with ties."""
    count = len(values)
    ties = np.unique(values, return_counts=True)[1].astype(float)
    return (count * (count - 1) * (2 * count + 5) - float(np.sum(ties * (ties - 1) * (2 * ties + 5)))) / 18


def kendall(values: Floats) -> float:
    """How many standard deviations Kendall's S is from that of values without a trend; 0.0 when all are equal."""
    first, second = np.triu_indices(len(values), 1)
    score = float(np.sum(np.sign(values[second] - values[first])))
    spread = variance(values)
    return (abs(score) - 1) / sqrt(spread) if spread > 0 and score else 0.0


def widened_by(rest: Floats) -> float:
    """The variance factor of values whose neighbours are alike: 1 + 2 sum (1 - k/n) r^k."""
    count = len(rest)
    rest = rest - rest.mean()
    power = float(np.dot(rest, rest))
    if count < 2 * LEAST or power <= 0:
        return 1.0
    found = float(np.dot(rest[1:], rest[:-1])) / power
    alike = min(max((count * found + 2) / (count - 4), 0.0), CLOSEST)
    lags = np.arange(1, count)
    return float(1 + 2 * np.sum((1 - lags / count) * alike**lags))
