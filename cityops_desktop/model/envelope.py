"""The past of one point as columns: samples, or buckets of time that hide no peak. Pure; knows no wire, no store and no screen.

A bucket keeps the first, lowest, highest and last usable value, how many there were, the worst quality with its reason, the times of
its first and last sample, and the longest silence between two of them: whatever the zoom, a spike of one sample and a fault of one
sample stay in sight. A sample is a bucket of its own, so that both are drawn, asked and joined by the same code, and a bucket of
buckets is what a bucket of their samples would have been.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason

Why = tuple[Reason | None, str]
"""A reason with its detail."""
NO_WHY: Why = (None, "")
MOST_WHYS = 255
"""Different reasons in one strip; beyond, a reason stands without its detail."""
WIDTHS = (
    *(100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000),
    *(minutes * 60_000 for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440)),
)
"""How wide a bucket may be, ms. Buckets begin at whole multiples of their width since 1970, so that answers of one width fit together."""
_WORSE = np.zeros(256, np.int64)
for _rank, _quality in enumerate((Quality.GOOD, Quality.UNCERTAIN, Quality.STALE, Quality.BAD)):
    _WORSE[QUALITY_CODES[_quality]] = _rank


def width_for(span: int, buckets: int) -> int:
    """The narrowest width (ms) of which not more than `buckets` make up this span (ms); the widest when none is wide enough."""
    return next((width for width in WIDTHS if width * buckets >= span), WIDTHS[-1])


@dataclass(frozen=True, slots=True)
class Strip:
    """Columns of one length in the order of time. `width` ms of a bucket, 0 = samples.

    `time`, `end` (UTC ms) are those of the first and last sample, `first`, `low`, `high`, `last` values (NaN = none was usable), `count`
    the usable ones, `hole` the longest time (ms) between two samples, `quality` the code of the worst, `why` its place in `reasons`.
    """

    width: int
    time: NDArray[np.int64]
    end: NDArray[np.int64]
    first: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    last: NDArray[np.float64]
    count: NDArray[np.uint32]
    hole: NDArray[np.uint32]
    quality: NDArray[np.uint8]
    why: NDArray[np.uint8]
    reasons: tuple[Why, ...] = (NO_WHY,)

    def __len__(self) -> int:
        return len(self.time)

    def rows(self, start: int, stop: int) -> "Strip":
        """Some of the rows; views, not copies."""
        return replace(self, **{name: getattr(self, name)[start:stop] for name in COLUMNS})

    def between(self, start: int, end: int) -> "Strip":
        """The rows that have something to say of the time from `start` to `end`, both included."""
        return self.rows(int(np.searchsorted(self.end, start)), int(np.searchsorted(self.time, end, "right")))

    def reason(self, row: int) -> Why:
        """The reason of a row."""
        return self.reasons[int(self.why[row])]


COLUMNS = tuple(field.name for field in fields(Strip) if field.name not in ("width", "reasons"))


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of some points: a strip each, and the time of the oldest sample that is kept at all (UTC ms, None = nothing)."""

    oldest: int | None
    strips: Mapping[str, Strip]


def samples(
    times: NDArray[np.int64],
    values: NDArray[np.float64],
    qualities: NDArray[np.uint8],
    whys: NDArray[np.uint8] | None = None,
    reasons: tuple[Why, ...] = (NO_WHY,),
) -> Strip:
    """Samples as a strip. They are put in the order of time (a clock that was set back), and what is not finite is no value."""
    whys = np.zeros(len(times), np.uint8) if whys is None else whys
    if len(times) and bool(np.any(times[1:] < times[:-1])):
        order = np.argsort(times, kind="stable")
        times, values, qualities, whys = times[order], values[order], qualities[order], whys[order]
    usable = np.isfinite(values)
    if not usable.all():
        values = np.where(usable, values, np.nan)
    none = np.zeros(len(times), np.uint32)
    return Strip(0, times, times, values, values, values, values, usable.astype(np.uint32), none, qualities, whys, reasons)


NOTHING = samples(np.empty(0, np.int64), np.empty(0), np.empty(0, np.uint8))


def envelope(strip: Strip, width: int) -> Strip:
    """The same past in buckets of `width` ms. Empty buckets are left out; a row belongs to the bucket in which it begins."""
    if not len(strip):
        return replace(strip, width=width)
    number = strip.time // width
    heads = np.flatnonzero(np.diff(number, prepend=number[0] - 1))
    tails = np.append(heads[1:], len(number)) - 1
    rows = np.arange(len(number))
    usable = strip.count > 0
    first = np.minimum.reduceat(np.where(usable, rows, len(rows) - 1), heads)
    last = np.maximum.reduceat(np.where(usable, rows, 0), heads)
    some = np.add.reduceat(usable, heads) > 0
    silence = np.zeros(len(number), np.int64)
    silence[1:] = np.where(number[1:] == number[:-1], strip.time[1:] - strip.end[:-1], 0)
    hole = np.maximum.reduceat(np.maximum(strip.hole, silence), heads)
    worst = len(rows) - 1 - np.maximum.reduceat(_WORSE[strip.quality] * len(rows) + (len(rows) - 1 - rows), heads) % len(rows)
    return Strip(
        width,
        strip.time[heads],
        strip.end[tails],
        np.where(some, strip.first[first], np.nan),
        np.fmin.reduceat(strip.low, heads),
        np.fmax.reduceat(strip.high, heads),
        np.where(some, strip.last[last], np.nan),
        np.add.reduceat(strip.count, heads).astype(np.uint32),
        np.clip(hole, 0, 2**32 - 1).astype(np.uint32),
        strip.quality[worst],
        strip.why[worst],
        strip.reasons,
    )


def joined(*strips: Strip) -> Strip:
    """Strips one after the other, each later than the one before, as one. Its width is the widest of theirs."""
    parts = [strip for strip in strips if len(strip)]
    if len(parts) < 2:
        return parts[0] if parts else strips[0]
    table: dict[Why, int] = {NO_WHY: 0}
    if all(part.width == 0 for part in parts):
        return _joined_samples(parts, table)
    columns: dict[str, list[NDArray[np.generic]]] = {name: [getattr(part, name) for part in parts] for name in COLUMNS}
    if any(part.reasons != parts[0].reasons for part in parts):
        columns["why"] = [np.array([_place(table, why) for why in part.reasons], np.uint8)[part.why] for part in parts]
        reasons = tuple(table)
    else:
        reasons = parts[0].reasons
    whole = {name: np.concatenate(column) for name, column in columns.items()}
    return Strip(width=max(part.width for part in parts), reasons=reasons, **whole)


def merged(*strips: Strip) -> Strip:
    """Strips whose times may lie among each other, as one in the order of time."""
    strip = joined(*strips)
    if not len(strip) or not bool(np.any(strip.time[1:] < strip.time[:-1])):
        return strip
    order = np.argsort(strip.time, kind="stable")
    return replace(strip, **{name: getattr(strip, name)[order] for name in COLUMNS})


def _joined_samples(parts: list[Strip], table: dict[Why, int]) -> Strip:
    """The same of samples, each of which has but one time and one value."""
    times, values, quality = (np.concatenate([getattr(part, name) for part in parts]) for name in ("time", "last", "quality"))
    if all(part.reasons == parts[0].reasons for part in parts):
        whys, reasons = np.concatenate([part.why for part in parts]), parts[0].reasons
    else:
        whys = np.concatenate([np.array([_place(table, why) for why in part.reasons], np.uint8)[part.why] for part in parts])
        reasons = tuple(table)
    none = np.zeros(len(times), np.uint32)
    count = np.concatenate([part.count for part in parts])
    return Strip(0, times, times, values, values, values, values, count, none, quality, whys, reasons)


def _place(table: dict[Why, int], why: Why) -> int:
    """Where a reason stands in the table, which takes it up while there is room."""
    if why not in table and len(table) > MOST_WHYS:
        return table.get((why[0], ""), 0)
    return table.setdefault(why, len(table))
