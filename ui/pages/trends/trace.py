"""The past of one point on a chart: what the live values and the station's answers say together. Paints nothing, asks nobody.

A `Trace` keeps the live samples and, by the width of their buckets, what the station has told: that is the cache. A `Seen` is what a
window onto it shows: what to draw, where it has gaps and why, what it was at a moment. Samples and buckets are treated alike, so that
whatever the zoom no peak and no gap is hidden, and what lies in a bucket is told as "from .. to ..".
"""

from dataclasses import dataclass, replace

import numpy as np

from cityops_desktop.model.envelope import COLUMNS, MOST_WHYS, NO_WHY, NOTHING, Strip, Why, envelope, joined, merged, samples, width_for
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
        self.hold_ms = max(1000, round(period * 1000))
        self._steps = steps
        self._levels: dict[int, _Level] = {}
        self._coarse: dict[int, list[Interval]] = {}
        """Of which times the station has nothing finer than it told, by the width that was asked for."""
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

    def add(self, strip: Strip, start: int, end: int, asked: int | None = None) -> None:
        """The station's answer for the time from `start` to `end`; `asked` is the width (ms) that was wanted, when it was told one."""
        width = strip.width
        if asked is not None and width > asked:
            self._coarse[asked] = united([*self._coarse.get(asked, ()), (start, end)])
        before = self._levels.pop(width, None)
        covered = [(start, end)]
        if before is not None:
            last = int(strip.time[-1]) + 1 if len(strip) and not width else end
            lo, hi = int(np.searchsorted(before.strip.time, start)), int(np.searchsorted(before.strip.end, max(end, last)))
            strip = seamless([before.strip.rows(0, lo), strip, before.strip.rows(max(lo, hi), len(before.strip))])
            strip = replace(strip, width=width)
            covered = united([*before.covered, (start, end)])
        self._levels[width] = _within(_Level(strip, covered), (start, end))
        while len(self._levels) > MOST_LEVELS:
            del self._levels[next(iter(self._levels))]

    def know_nothing(self, start: int, end: int) -> None:
        """The station has nothing to say of this time."""
        self.add(NOTHING, start, end)

    # what is known

    def missing(self, start: int, end: int, width: int) -> list[Interval]:
        """Of which times from `start` to `end` nothing so fine as `width` ms is known."""
        return less([(start, end)], self._known(width))

    def _known(self, width: int) -> list[Interval]:
        """The times of which all is known that the station can tell in buckets of this width."""
        told = [part for level, kept in self._levels.items() if level <= width for part in kept.covered]
        coarse = [part for asked, parts in self._coarse.items() if asked <= width for part in parts]
        kept = united(part for level in self._levels.values() for part in level.covered)
        return united([*told, *common(united(coarse), kept), *self._live_part()])

    def lead(self, start: int, width: int) -> Interval | None:
        """What to ask of the time before `start` to know what was in force then: a fault is recorded once, when it comes. None when it
        is known, or when what comes after `start` has not been asked yet."""
        begin = next((a for a, b in self._known(width) if a <= start <= b), None)
        if begin is None:
            return None
        for strip in (self._live(), *(kept.strip for kept in self._levels.values())):
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
        whole, unknown = self.known(start, end, width)
        if len(whole) > CROWDED * pixels:
            whole = envelope(whole, width)
        return Seen(whole, start, end, unknown, pixels, self.gap_ms, self.hold_ms, self._steps)

    def known(self, start: int, end: int, width: int) -> tuple[Strip, list[Interval]]:
        """What is known of this time and a little around it, with buckets of `width` ms or finer where there are such, and of which parts
        of it nothing is known."""
        margin = max(2 * width, self.gap_ms)
        whole_span = (start - margin, end + margin)
        left = [whole_span]
        fine = sorted((level for level in self._levels if level <= width), reverse=True)
        pieces: list[Strip] = []
        for strip, covered in ((self._live(), self._live_part()), *((self._levels[n].strip, self._levels[n].covered) for n in fine)):
            pieces += [_reaching(strip, part) for part in common(left, covered)]
            left = less(left, covered)
        pieces = [seamless(pieces)]
        for level in sorted(level for level in self._levels if level > width):
            kept = self._levels[level]
            pieces += [_clipped(kept.strip, part, whole_span) for part in common(left, kept.covered)]
            left = less(left, kept.covered)
        whole = merged(*sorted(pieces, key=_begin))
        if not len(whole) or whole.time[0] > start:
            before = self._in_force(start - margin)
            if before is not None:
                whole = joined(before, whole) if len(whole) else before
        return whole, common(left, [(start, end)])

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


_Missing = tuple[int, int, Quality | None, Why]
"""A gap while it may still grow: from, to, quality, why."""


def _within(level: _Level, newest: Interval) -> _Level:
    """Of too many rows those around the newest answer are kept: they are looked at."""
    strip, spare = level.strip, MOST_ROWS
    if len(strip) <= spare:
        return level
    lo, hi = np.searchsorted(strip.time, newest)
    side = max(0, (spare - int(hi - lo)) // 2)
    first, last = max(0, int(lo) - side), min(len(strip), int(hi) + side)
    start = newest[0] if first >= lo else int(strip.time[first])
    end = newest[1] if last <= hi else int(strip.time[last - 1]) + 1
    return _Level(strip.rows(first, last), common(level.covered, [(min(start, newest[0]), max(end, newest[1]))]))


def _reaching(strip: Strip, part: Interval) -> Strip:
    """The rows with a sample in this part, and all of them."""
    return strip.rows(int(np.searchsorted(strip.end, part[0])), int(np.searchsorted(strip.time, part[1])))


def _clipped(strip: Strip, part: Interval, whole: Interval) -> Strip:
    """The rows with a sample in this part, ending where it ends within the whole: what is beside it is known better."""
    rows = _reaching(strip, part)
    begin, until = part[0] if part[0] > whole[0] else 0, part[1] if part[1] < whole[1] else 2**62
    if not len(rows) or (rows.time[0] >= begin and rows.end[-1] < until):
        return rows
    time, end = np.maximum(rows.time, begin), np.minimum(rows.end, until - 1)
    share = (end - time + 1) / (rows.end - rows.time + 1)
    count = np.where(rows.count > 0, np.maximum(1, np.round(rows.count * share)), 0).astype(np.uint32)
    return replace(rows, time=time, end=end, count=count, hole=np.minimum(rows.hole, end - time).astype(np.uint32))


def _begin(strip: Strip) -> int:
    return int(strip.time[0]) if len(strip) else 0


def seamless(pieces: list[Strip]) -> Strip:
    """Pieces as one strip in which no sample is told twice: a row within the time of another one goes, two that overlap become one."""
    whole = merged(NOTHING, *sorted(pieces, key=_begin))
    if len(whole) < 2 or bool(np.all(whole.time[1:] > whole.end[:-1])):
        return whole
    order = np.lexsort((-whole.end, whole.time))
    whole = replace(whole, **{name: getattr(whole, name)[order] for name in COLUMNS})
    reached = np.maximum.accumulate(whole.end)
    within = np.zeros(len(whole), bool)
    within[1:] = whole.end[1:] <= reached[:-1]
    if whole.width == 0:
        within[1:] &= whole.time[1:] != whole.time[:-1]
    keep = np.flatnonzero(~within)
    whole = replace(whole, **{name: getattr(whole, name)[keep] for name in COLUMNS})
    heads = np.flatnonzero(np.append(True, whole.time[1:] > np.maximum.accumulate(whole.end)[:-1]))
    return whole if len(heads) == len(whole) else _merged(whole, heads)


def _merged(strip: Strip, heads: np.ndarray) -> Strip:
    """Rows that overlap as one; of the samples that both may have told as many count as their time says."""
    number = np.zeros(len(strip), np.int64)
    number[heads] = 1
    number = np.cumsum(number) - 1
    alone = np.append(strip.time[1:] > strip.end[:-1], True)
    again = np.where(alone, 0, strip.end - np.append(strip.time[1:], strip.end[-1]) + 1)
    share = 1 - again / (strip.end - strip.time + 1)
    count = np.where(strip.count > 0, np.maximum(1, np.round(strip.count * share)), 0).astype(np.uint32)
    one = envelope(replace(strip, time=number, end=number, count=count), 1)
    tails = np.append(heads[1:], len(strip)) - 1
    hole = np.maximum.reduceat(strip.hole, heads)
    return replace(one, width=strip.width, time=strip.time[heads], end=strip.end[tails], hole=hole)


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
        found: list[_Missing] = []
        if not len(s):
            return []
        following = np.append(s.time[1:], max(self.end, int(s.end[-1])))
        faulty = (s.count == 0) | (s.quality > _UNCERTAIN)
        silent = (following - s.end > self.gap_ms) | (s.hole > self.gap_ms)
        holed = ~faulty & (s.hole > self.gap_ms) & (s.width > 0)
        again = holed & np.append(False, holed[:-1])
        rows = np.flatnonzero((faulty | silent) & ~again)
        tails = np.append(rows[1:], len(s)) - 1
        tails = np.where(holed[rows], np.maximum(rows, np.maximum.accumulate(np.where(again, np.arange(len(s)), 0))[tails]), rows)
        ends, following = s.end.copy(), following.copy()
        ends[rows], following[rows] = s.end[tails], following[tails]
        columns = (s.time, ends, following, faulty, s.count, s.hole, s.quality, s.why)
        for begin, last, until, fault, count, hole, quality, why in zip(*(column[rows].tolist() for column in columns), strict=True):
            if fault:
                end = max(last if count else until, begin + 1)
                self._add(found, begin, end, _QUALITIES[quality], s.reasons[why])
            elif hole > self.gap_ms:
                self._add(found, begin, last, None, NO_WHY)
            if until - last > self.gap_ms and count > 0:
                self._add(found, last, until, None, NO_WHY)
        return [Gap(start, end, quality, *why) for start, end, quality, why in found if end > self.start]

    def _add(self, found: "list[_Missing]", begin: int, until: int, quality: Quality | None, why: Why) -> None:
        """What nobody has been asked about is no gap, and what is left of a silence beside it may be none. Neighbours for one reason are
        one; so are those of buckets of which each lacks something."""
        near = self.gap_ms if self.strip.width else 0
        for start, end in less([(begin, until)], self.unknown) if self.unknown else [(begin, until)]:
            if quality is None and end - start <= self.gap_ms:
                continue
            if found and found[-1][1] + near >= start and found[-1][2:] == (quality, why):
                found[-1] = (found[-1][0], max(found[-1][1], end), quality, why)
            else:
                found.append((start, end, quality, why))

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
