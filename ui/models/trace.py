"""The past of one point as arrays: what to draw, where it has gaps and why, what it was at a moment. Paints nothing, asks nobody."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason

if TYPE_CHECKING:
    from ui.curves import Curve

KEPT_MS = 2 * 3600 * 1000 + 60_000
GAP_PERIODS = 3
"""A distance of more than so many periods is a gap: nothing is known in between."""
_UNCERTAIN = QUALITY_CODES[Quality.UNCERTAIN]
_QUALITIES = {code: quality for quality, code in QUALITY_CODES.items()}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What to draw: x in seconds from the window's left edge, y finite, and per point whether a line goes to the next one."""

    x: np.ndarray
    y: np.ndarray
    connect: np.ndarray


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without a usable value, UTC ms. `quality` is bad or stale, or None where nothing was recorded at all."""

    start: int
    end: int
    quality: Quality | None
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a point was at a time: the sample in force then (`time`), or the gap."""

    time: int
    value: float | None
    quality: Quality | None
    reason: Reason | None = None
    detail: str = ""


class Trace:
    """Samples in the order of time; `period` in s. A state holds until the next sample (`steps`), a figure is joined by a line."""

    def __init__(self, period: float, *, steps: bool) -> None:
        self.gap_ms = round(max(period, 1.0) * GAP_PERIODS * 1000)
        self._hold_ms = max(1000, round(period * 1000))
        self._steps = steps
        self._n = 0
        self._t = np.empty(1024, np.int64)
        self._v = np.empty(1024, np.float64)
        self._q = np.empty(1024, np.uint8)
        self._reasons: dict[int, tuple[Reason | None, str]] = {}

    @property
    def times(self) -> np.ndarray:
        """UTC ms, rising."""
        return self._t[: self._n]

    @property
    def values(self) -> np.ndarray:
        """NaN where there was no usable value."""
        return self._v[: self._n]

    @property
    def qualities(self) -> np.ndarray:
        """Codes of QUALITY_CODES."""
        return self._q[: self._n]

    def seed(self, curve: "Curve") -> None:
        """What the station remembers; live samples that are newer stay."""
        times, values, qualities = curve
        if not len(times):
            return
        newer = self.times > times[-1]
        older = self.times < times[0]
        t = np.concatenate((self.times[older], times, self.times[newer]))
        v = np.concatenate((self.values[older], values, self.values[newer]))
        q = np.concatenate((self.qualities[older], qualities, self.qualities[newer]))
        self._t, self._v, self._q, self._n = t.astype(np.int64), v.astype(np.float64), q.astype(np.uint8), len(t)

    def append(self, time: int, value: float | None, quality: Quality, reason: Reason | None = None, detail: str = "") -> None:
        """A live sample; one that is not newer than the newest is the same sample told again."""
        if self._n and time <= self._t[self._n - 1]:
            return
        if self._n == len(self._t):
            self._make_room(time)
        at = self._n
        self._t[at], self._v[at], self._q[at] = time, np.nan if value is None else value, QUALITY_CODES[quality]
        if value is None or reason is not None:
            self._reasons[time] = (reason, detail)
        self._n += 1

    def _make_room(self, now: int) -> None:
        keep = slice(int(np.searchsorted(self.times, now - KEPT_MS)), self._n)
        spare = max(1024, self._n // 2)
        for name in ("_t", "_v", "_q"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate((old[keep], np.empty(spare, old.dtype))))
        self._n = keep.stop - keep.start
        oldest = int(self._t[0]) if self._n else now
        self._reasons = {time: why for time, why in self._reasons.items() if time >= oldest}

    def window(self, start: int, end: int, pixels: int) -> Drawn:
        """What to draw between two times (UTC ms): a sample beyond each edge belongs to it. Uncertain pieces are broken into dots
        about 4 of `pixels` long; a lone sample becomes a short dash."""
        lo = max(0, int(np.searchsorted(self.times, start)) - 1)
        hi = min(self._n, int(np.searchsorted(self.times, end, "right")) + 1)
        t, v, q = self._t[lo:hi], self._v[lo:hi], self._q[lo:hi]
        if not len(t):
            return Drawn(np.empty(0), np.empty(0), np.empty(0, bool))
        usable = np.isfinite(v)
        joined = np.zeros(len(t), bool)
        joined[:-1] = usable[:-1] & usable[1:] & (np.diff(t) <= self.gap_ms)
        lone = usable & ~joined
        lone[1:] &= ~joined[:-1]
        if lone.any():
            t, v, q, joined = self._with_dashes(t, v, q, joined, lone)
            usable = np.isfinite(v)
        dots = joined.copy()
        dots[:-1] &= (q[:-1] == _UNCERTAIN) | (q[1:] == _UNCERTAIN)
        if dots.any():
            dot = max((end - start) // max(1, pixels) * 4, 1)
            by_time = (t // dot) % 2 == 0
            by_index = np.arange(len(t)) % 2 == 0
            joined &= ~dots | np.where(np.diff(t, append=t[-1]) > dot, by_index, by_time)
        fill = v[usable][0] if usable.any() else 0.0
        x, y = (t - start) / 1000.0, np.where(usable, v, fill)
        return self._stairs(x, y, joined) if self._steps else Drawn(x, y, joined)

    def _with_dashes(
        self, t: np.ndarray, v: np.ndarray, q: np.ndarray, joined: np.ndarray, lone: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        at = np.flatnonzero(lone)
        room = np.diff(t, append=t[-1] + self._hold_ms + 1)[at]
        ends = t[at] + np.minimum(self._hold_ms, np.maximum(room - 1, 1))
        t, v, q = np.insert(t, at + 1, ends), np.insert(v, at + 1, v[at]), np.insert(q, at + 1, q[at])
        joined = np.insert(joined, at + 1, False)
        joined[at + np.arange(len(at))] = True
        return t, v, q, joined

    @staticmethod
    def _stairs(x: np.ndarray, y: np.ndarray, joined: np.ndarray) -> Drawn:
        xs, ys = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1]
        return Drawn(xs, ys, np.repeat(joined, 2)[:-1])

    def extent(self, start: int, end: int) -> tuple[float, float] | None:
        """Lowest and highest usable value between two times; None when there is none."""
        lo, hi = np.searchsorted(self.times, (start, end))
        values = self._v[lo:hi]
        values = values[np.isfinite(values)]
        return (float(values.min()), float(values.max())) if len(values) else None

    def last_usable(self, start: int, end: int) -> tuple[int, float] | None:
        """Time and value of the newest usable sample between two times."""
        lo, hi = np.searchsorted(self.times, (start, end))
        usable = np.flatnonzero(np.isfinite(self._v[lo:hi]))
        if not len(usable):
            return None
        index = int(lo + usable[-1])
        return int(self._t[index]), float(self._v[index])

    def gaps(self, start: int, end: int) -> list[Gap]:
        """Times without a usable value between two times; what lies before the first sample known is not a gap."""
        lo = max(0, int(np.searchsorted(self.times, start)) - 1)
        hi = int(np.searchsorted(self.times, end, "right"))
        t, v = self._t[lo:hi], self._v[lo:hi]
        found: list[Gap] = []
        if not len(t):
            return found
        ends = np.append(t[1:], min(end, int(t[-1]) + self.gap_ms))
        lost = ~np.isfinite(v)
        long = (ends - t) > self.gap_ms
        for index in np.flatnonzero(lost | long):
            begin, until = int(t[index]), int(ends[index])
            if lost[index]:
                quality = _QUALITIES[int(self._q[lo + index])]
                _join(found, Gap(begin, until, quality, *self._reasons.get(begin, (None, ""))))
            else:
                _join(found, Gap(begin, until, None))
        if end - int(t[-1]) > self.gap_ms and np.isfinite(v[-1]):
            _join(found, Gap(int(t[-1]), end, None))
        return found

    def at(self, time: int) -> Moment | None:
        """What was known at this time; None before the first sample."""
        index = int(np.searchsorted(self.times, time, "right")) - 1
        if index < 0:
            return None
        then, value = int(self._t[index]), float(self._v[index])
        quality = _QUALITIES[int(self._q[index])]
        reason, detail = self._reasons.get(then, (None, ""))
        if not np.isfinite(value):
            return Moment(then, None, quality, reason, detail)
        if time - then > self.gap_ms:
            return Moment(then, None, None)
        following = index + 1
        if not self._steps and following < self._n and self._t[following] - time < time - then and np.isfinite(self._v[following]):
            return self.at(int(self._t[following]))
        return Moment(then, value, quality, reason, detail)


def _join(found: list[Gap], gap: Gap) -> None:
    """Neighbouring gaps for one reason are one gap."""
    if found:
        last = found[-1]
        if last.end >= gap.start and last.quality is gap.quality and (last.reason, last.detail) == (gap.reason, gap.detail):
            found[-1] = Gap(last.start, gap.end, last.quality, last.reason, last.detail)
            return
    found.append(gap)
