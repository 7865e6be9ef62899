"""The past of one point on a chart: what the live values and the station's answers say together. Paints nothing, asks nobody.

A `Trace` keeps the live samples and, by the width of their buckets, what the station has told: that is the cache. A `Seen` is what a
window onto it shows: what to draw, where it has gaps and why, what it was at a moment. Samples and buckets are treated alike, so that
whatever the zoom no peak and no gap is hidden, and what lies in a bucket is told as "from .. to ..".
"""

from dataclasses import dataclass, replace

import numpy as np

from cityops_desktop.model.envelope import MOST_WHYS, NO_WHY, NOTHING, Strip, Why, envelope, joined, samples, width_for
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from ui.pages.trends.spans import Interval, common, less, united

KEPT_MS = 2 * 3600 * 1000 + 60_000
"""Live samples that are kept; older ones are asked for again when somebody wants to see them."""
GAP_PERIODS = 3
"""A distance of more than so many periods is a gap: nothing is known in between."""
MOST_ROWS, MOST_LEVELS = 40_000, 6
"""What is kept of the station's answers: rows of one width, and widths."""
CROWDED = 4
"""Rows for each pixel beyond which buckets are made here: what is drawn stays bounded."""
_UNCERTAIN = QUALITY_CODES[Quality.UNCERTAIN]
_QUALITIES = {code: quality for quality, code in QUALITY_CODES.items()}


@dataclass(frozen=True, slots=True)
class Drawn:
    """What to draw: x in ms from the window's left edge, y finite, and for each point whether a line goes to the next one."""

    x: np.ndarray
    y: np.ndarray
    connect: np.ndarray


@dataclass(frozen=True, slots=True)
class Gap:
    """A time with something missing, UTC ms. `quality` is bad or stale, or None where nothing was recorded at all."""

    start: int
    end: int
    quality: Quality | None
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Moment:
    """What a point was at a time: the sample in force then, or the bucket (`low` to `high`), or the gap (no value)."""

    time: int
    value: float | None
    quality: Quality | None
    reason: Reason | None = None
    detail: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(slots=True)
class _Level:
    """The station's answers with buckets of one width, and of which times they are."""

    strip: Strip
    covered: list[Interval]


class Trace:
    """`period` in s. A state holds until the next sample (`steps`), a figure is joined by a line."""

    def __init__(self, period: float, *, steps: bool) -> None:
        self.gap_ms = round(max(period, 1.0) * GAP_PERIODS * 1000)
        self._hold_ms = max(1000, round(period * 1000))
        self._steps = steps
        self._levels: dict[int, _Level] = {}
        self._whys: dict[Why, int] = {NO_WHY: 0}
        self._forget()

    def _forget(self) -> None:
        self._n = 0
        self._t = np.empty(1024, np.int64)
        self._v = np.empty(1024, np.float64)
        self._q = np.empty(1024, np.uint8)
        self._w = np.empty(1024, np.uint8)

    # what comes in

    def append(self, time: int, value: float | None, quality: Quality, reason: Reason | None = None, detail: str = "") -> None:
        """A live sample; one that is not newer than the newest is the same sample told again."""
        if self._n and time <= self._t[self._n - 1]:
            return
        if self._n == len(self._t):
            self._make_room(time)
        at = self._n
        self._t[at], self._v[at], self._q[at] = time, np.nan if value is None else value, QUALITY_CODES[quality]
        self._w[at] = self._place((reason, detail)) if reason is not None else 0
        self._n += 1

    def pause(self, now: int) -> None:
        """No live samples come from now on; those that came are kept as if the station had told them."""
        if self._n:
            self.add(self._live(), int(self._t[0]), now)
            self._forget()

    def add(self, strip: Strip, start: int, end: int) -> None:
        """The station's answer for the time from `start` to `end`."""
        width = strip.width
        before = self._levels.pop(width, None)
        covered = [(start, end)]
        if before is not None and len(before.strip) + len(strip) <= MOST_ROWS:
            lo, hi = np.searchsorted(before.strip.time, (start, end))
            strip = joined(before.strip.rows(0, int(lo)), strip, before.strip.rows(int(hi), len(before.strip)))
            covered = united([*before.covered, (start, end)])
        self._levels[width] = _Level(strip, covered)
        while len(self._levels) > MOST_LEVELS:
            del self._levels[next(iter(self._levels))]

    def know_nothing(self, start: int, end: int) -> None:
        """The station has nothing to say of this time."""
        self.add(NOTHING, start, end)

    # what is known

    def missing(self, start: int, end: int, width: int) -> list[Interval]:
        """Of which times from `start` to `end` nothing so fine as `width` ms is known."""
        known = [part for level, kept in self._levels.items() if level <= width for part in kept.covered]
        return less([(start, end)], united([*known, *self._live_part()]))

    def lead(self, start: int, width: int) -> Interval | None:
        """What to ask of the time before `start` to know what was in force then: a fault is recorded once, when it comes. None when it
        is known, or when what comes after `start` has not been asked yet."""
        known = united([*(part for level, kept in self._levels.items() if level <= width for part in kept.covered), *self._live_part()])
        begin = next((a for a, b in known if a <= start <= b), None)
        if begin is None:
            return None
        for strip in (self._live(), *(kept.strip for level, kept in self._levels.items() if level <= width)):
            lo, hi = np.searchsorted(strip.time, (begin, start + self.gap_ms), "left")
            if lo < hi:
                return None
        return (begin - max(start - begin, self.gap_ms), begin)

    def _in_force(self, at: int) -> Strip | None:
        """The last row before this time, when nothing that nobody was asked about lies between: a fault may have begun with it."""
        sources = [(self._live(), self._live_part()), *((kept.strip, kept.covered) for kept in self._levels.values())]
        known = united(part for _, covered in sources for part in covered)
        begin = next((a for a, b in known if a <= at <= b), None)
        if begin is None:
            return None
        rows = ((strip, int(np.searchsorted(strip.end, at)) - 1) for strip, _ in sources)
        last = [strip.rows(row, row + 1) for strip, row in rows if row >= 0 and strip.time[row] >= begin]
        return max(last, key=lambda one: int(one.end[0]), default=None)

    def seen(self, start: int, end: int, pixels: int) -> "Seen":
        """A window onto it, UTC ms, so many pixels wide."""
        width = width_for(end - start, max(1, pixels))
        margin = max(2 * width, self.gap_ms)
        left = [(start - margin, end + margin)]
        pieces: list[tuple[int, Strip]] = []
        fine = sorted((level for level in self._levels if level <= width), reverse=True)
        coarse = sorted(level for level in self._levels if level > width)
        sources = [(self._live(), self._live_part()), *((self._levels[n].strip, self._levels[n].covered) for n in (*fine, *coarse))]
        for strip, covered in sources:
            for one, other in common(left, covered):
                lo, hi = np.searchsorted(strip.time, (one, other))
                if lo < hi:
                    pieces.append((one, strip.rows(int(lo), int(hi))))
            left = less(left, covered)
        pieces.sort(key=lambda piece: piece[0])
        if not pieces or pieces[0][1].time[0] > start:
            before = self._in_force(start - margin)
            if before is not None:
                pieces.insert(0, (int(before.time[0]), before))
        whole = joined(*(piece for _, piece in pieces)) if pieces else NOTHING
        if len(whole) > CROWDED * pixels:
            whole = envelope(whole, width)
        return Seen(whole, start, end, common(left, [(start, end)]), pixels, self.gap_ms, self._hold_ms, self._steps)

    def _live(self) -> Strip:
        n = self._n
        return samples(self._t[:n], self._v[:n], self._q[:n], self._w[:n], tuple(self._whys))

    def _live_part(self) -> list[Interval]:
        return [(int(self._t[0]), 2**62)] if self._n else []

    def _place(self, why: Why) -> int:
        if why not in self._whys and len(self._whys) > MOST_WHYS:
            return 0
        return self._whys.setdefault(why, len(self._whys))

    def _make_room(self, now: int) -> None:
        keep = slice(int(np.searchsorted(self._t, now - KEPT_MS)), self._n)
        spare = max(1024, self._n // 2)
        for name in ("_t", "_v", "_q", "_w"):
            old = getattr(self, name)
            setattr(self, name, np.concatenate((old[keep], np.empty(spare, old.dtype))))
        self._n = keep.stop - keep.start


@dataclass(frozen=True, slots=True)
class Seen:
    """What a window from `start` to `end` shows; `unknown` are the times that nobody has been asked about yet."""

    strip: Strip
    start: int
    end: int
    unknown: list[Interval]
    pixels: int
    gap_ms: int
    hold_ms: int
    steps: bool

    def drawn(self) -> Drawn:
        """Of a bucket its first, lowest, highest and last value. Uncertain pieces are broken into dots about 4 pixels long; a lone
        sample becomes a short dash."""
        s = self.strip
        if not len(s):
            return Drawn(np.empty(0), np.empty(0), np.empty(0, bool))
        usable = s.count > 0
        follows = np.zeros(len(s), bool)
        follows[:-1] = usable[:-1] & usable[1:] & (s.time[1:] - s.end[:-1] <= self.gap_ms)
        lone = usable & ~follows
        lone[1:] &= ~follows[:-1]
        dashes = np.flatnonzero(lone)
        dots = follows.copy()
        dots[:-1] &= (s.quality[:-1] == _UNCERTAIN) | (s.quality[1:] == _UNCERTAIN)
        if dots.any():
            dot = max((self.end - self.start) // max(1, self.pixels) * 4, 1)
            by_time = (s.time // dot) % 2 == 0
            by_row = np.arange(len(s)) % 2 == 0
            follows &= ~dots | np.where(np.diff(s.time, append=s.time[-1]) > dot, by_row, by_time)
        fill = s.first[usable][0] if usable.any() else 0.0
        if s.width:
            middle = (s.time + s.end) / 2
            x = np.column_stack((s.time, middle, middle, s.end)).ravel() - float(self.start)
            y = np.column_stack((s.first, s.low, s.high, s.last))
            y = np.where(usable[:, None], y, fill).ravel()
            connect = np.column_stack((usable, usable, usable, follows)).ravel()
        else:
            x, y, connect = s.time - float(self.start), np.where(usable, s.first, fill), follows
        if self.steps:
            x, y, connect = np.repeat(x, 2)[1:], np.repeat(y, 2)[:-1], np.repeat(connect, 2)[:-1]
        if len(dashes):
            x, y, connect = self._with_dashes(x, y, connect, dashes)
        return Drawn(x, y, connect)

    def _with_dashes(
        self, x: np.ndarray, y: np.ndarray, connect: np.ndarray, rows: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        s = self.strip
        room = np.diff(s.time, append=s.end[-1] + self.hold_ms + 1)[rows]
        begins = s.end[rows] - float(self.start)
        ends = begins + np.minimum(self.hold_ms, np.maximum(room - 1, 1))
        connect = connect.copy()
        connect[-1] = False
        pairs = np.tile((True, False), len(rows))
        last = np.repeat(s.last[rows], 2)
        return np.concatenate((x, np.column_stack((begins, ends)).ravel())), np.concatenate((y, last)), np.concatenate((connect, pairs))

    def _inside(self) -> Strip:
        return self.strip.between(self.start, self.end)

    def extent(self) -> tuple[float, float] | None:
        """Lowest and highest usable value; None when there is none."""
        s = self._inside()
        usable = s.count > 0
        return (float(s.low[usable].min()), float(s.high[usable].max())) if usable.any() else None

    def last_usable(self) -> tuple[int, float] | None:
        """Time and value of the newest usable sample."""
        s = self._inside()
        usable = np.flatnonzero(s.count > 0)
        return (int(s.end[usable[-1]]), float(s.last[usable[-1]])) if len(usable) else None

    def gaps(self) -> list[Gap]:
        """Times without a usable value, also of a single sample in a bucket; what lies before the first sample is not a gap."""
        s = self.strip.rows(max(0, int(np.searchsorted(self.strip.time, self.start)) - 1), len(self.strip.time))
        s = s.rows(0, int(np.searchsorted(s.time, self.end, "right")))
        found: list[Gap] = []
        if not len(s):
            return found
        following = np.append(s.time[1:], max(self.end, int(s.end[-1])))
        faulty = (s.count == 0) | (s.quality > _UNCERTAIN)
        silent = (following - s.end > self.gap_ms) | (s.hole > self.gap_ms)
        for row in np.flatnonzero(faulty | silent):
            begin, last, until = int(s.time[row]), int(s.end[row]), int(following[row])
            if faulty[row]:
                whole = s.count[row] == 0
                self._add(found, Gap(begin, max(until if whole else last, begin + 1), _QUALITIES[int(s.quality[row])], *s.reason(int(row))))
            elif s.hole[row] > self.gap_ms:
                self._add(found, Gap(begin, last, None))
            if until - last > self.gap_ms and s.count[row] > 0:
                self._add(found, Gap(last, until, None))
        return [gap for gap in found if gap.end > self.start]

    def _add(self, found: list[Gap], gap: Gap) -> None:
        """What nobody has been asked about is no gap, and what is left of a silence beside it may be none."""
        for start, end in less([(gap.start, gap.end)], self.unknown):
            if gap.quality is not None or end - start > self.gap_ms:
                _join(found, replace(gap, start=start, end=end))

    def at(self, time: int) -> Moment | None:
        """What was known at this time; None before the first sample."""
        s = self.strip
        row = int(np.searchsorted(s.time, time, "right")) - 1
        if row < 0:
            return None
        then, last, quality = int(s.time[row]), int(s.end[row]), _QUALITIES[int(s.quality[row])]
        if s.count[row] == 0:
            return Moment(then, None, quality, *s.reason(row))
        if time - last > self.gap_ms:
            return Moment(last, None, None)
        following = row + 1
        nearer = following < len(s) and s.count[following] > 0 and int(s.time[following]) - time < time - last
        if nearer and not self.steps:
            return self.at(int(s.time[following]))
        return Moment(then, float(s.last[row]), quality, *s.reason(row), float(s.low[row]), float(s.high[row]))


def _join(found: list[Gap], gap: Gap) -> None:
    """Neighbouring gaps for one reason are one gap."""
    if found:
        last = found[-1]
        if last.end >= gap.start and last.quality is gap.quality and (last.reason, last.detail) == (gap.reason, gap.detail):
            found[-1] = replace(last, end=max(last.end, gap.end))
            return
    found.append(gap)
