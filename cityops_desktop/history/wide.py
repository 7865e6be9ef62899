"""The hours of a month of one point as bytes that are read at once: half a year of hundreds of points in a glance. Pure.

They are few, so that being small matters less than being quick: each column is the differences from its lowest value, in as few bytes as
hold them, and the months of a point are put together column by column. Little endian:
  u8 layout (2), u8 number of reasons, u32 rows, u64 width of a bucket in ms, the reasons (counts.write_why), then for each column
  its lowest value (i64) and the bytes of one number (u8), then the columns: bucket (counted in widths since 1970), begin and length of what
  is in it (ms), lowest count, first, highest and last as differences from it, how many, longest silence (ms), quality, place of the reason
"""

import struct
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history.counts import Scale, read_why, write_why
from cityops_desktop.history.pack import Damaged, Ints
from cityops_desktop.model.envelope import MOST_WHYS, NO_WHY, Strip, Why
from cityops_desktop.model.readings import QUALITY_CODES

LAYOUT = 2
WIDE_MS = 3_600_000
"""Buckets as wide as this are kept so."""
COLUMNS = 11
MOST_ROWS = 100_000
_HEAD = struct.Struct("<BBIQ")
_COLUMN = struct.Struct("<qB")
_SIZES: dict[int, "np.dtype[np.unsignedinteger]"] = {1: np.dtype("u1"), 2: np.dtype("<u2"), 4: np.dtype("<u4"), 8: np.dtype("<u8")}
_BUCKET, _BEGIN, _LENGTH, _LOW, _FIRST, _HIGH, _LAST, _COUNT, _HOLE, _QUALITY, _WHY = range(COLUMNS)


def encode(strip: Strip, scale: Scale) -> bytes:
    """All of a strip of buckets, in the order of time."""
    numbers, usable = strip.time // strip.width, strip.count > 0
    low = scale.counts(np.where(usable, strip.low, 0.0))
    used = np.unique(strip.why) if len(strip) else np.empty(0, np.uint8)
    columns = (
        numbers,
        strip.time - numbers * strip.width,
        strip.end - strip.time,
        low,
        *(np.where(usable, scale.counts(np.where(usable, column, 0.0)) - low, 0) for column in (strip.first, strip.high, strip.last)),
        *(column.astype(np.int64) for column in (strip.count, strip.hole, strip.quality, np.searchsorted(used, strip.why))),
    )
    packed = [_packed(column) for column in columns]
    reasons = b"".join(write_why(strip.reasons[number]) for number in used)
    heads = b"".join(_COLUMN.pack(lowest, data.itemsize) for lowest, data in packed)
    return _HEAD.pack(LAYOUT, len(used), len(strip), strip.width) + reasons + heads + b"".join(data.tobytes() for _, data in packed)


def decode(blobs: Sequence[bytes], scale: Scale) -> Strip:
    """The strips in these bytes, one after the other, as one; all have one width. Damaged."""
    try:
        parts = [_Part(data) for data in blobs]
    except (struct.error, IndexError, ValueError, KeyError, UnicodeDecodeError) as error:
        raise Damaged(str(error)) from error
    width = parts[0].width
    if any(part.width != width for part in parts):
        raise Damaged("buckets of several widths")
    rows = [part.rows for part in parts]
    column = [_column(parts, rows, number) for number in range(_HOLE + 1)]
    reasons, whys = _reasons(parts)
    quality = _column(parts, rows, _QUALITY)
    if len(quality) and not 0 <= int(quality.min()) <= int(quality.max()) < len(QUALITY_CODES):
        raise Damaged("a quality that means nothing")
    begin = column[_BUCKET] * width + column[_BEGIN]
    counts = np.stack([column[_LOW], *(column[_LOW] + column[number] for number in (_FIRST, _HIGH, _LAST))])
    low, first, high, last = told = scale.values(counts)
    none = column[_COUNT] == 0
    if none.any():
        told[:, none] = np.nan
    count, hole = column[_COUNT].astype(np.uint32), column[_HOLE].astype(np.uint32)
    return Strip(width, begin, begin + column[_LENGTH], first, low, high, last, count, hole, quality.astype(np.uint8), whys, reasons)


class _Part:
    """One strip as bytes, not yet looked at but for its head."""

    __slots__ = ("lowest", "reasons", "rows", "views", "width")

    def __init__(self, data: bytes) -> None:
        layout, reasons, self.rows, self.width = _HEAD.unpack_from(data)
        if layout != LAYOUT or self.rows > MOST_ROWS or self.width < 1:
            raise ValueError(f"layout {layout}, {self.rows} rows")
        at, self.reasons = _HEAD.size, []
        for _ in range(reasons):
            why, at = read_why(data, at)
            self.reasons.append(why)
        heads = list(_COLUMN.iter_unpack(data[at : at + COLUMNS * _COLUMN.size]))
        at += COLUMNS * _COLUMN.size
        if len(heads) != COLUMNS or len(data) != at + self.rows * sum(size for _, size in heads):
            raise ValueError("cut or too long")
        self.lowest, self.views = [], []
        for lowest, size in heads:
            self.lowest.append(lowest)
            self.views.append(np.frombuffer(data, _SIZES[size], self.rows, at))
            at += self.rows * size


def _packed(column: Ints) -> tuple[int, NDArray[np.unsignedinteger]]:
    """The lowest value, and the differences from it in the narrowest numbers; what no difference can tell is kept as it is."""
    low, high = (int(column.min()), int(column.max())) if len(column) else (0, 0)
    if high - low >= 2**63:
        return 0, column.view(np.uint64)
    size = next(size for size, kind in _SIZES.items() if high - low <= np.iinfo(kind).max)
    return low, (column - low).astype(_SIZES[size])


def _column(parts: Sequence[_Part], rows: Sequence[int], number: int) -> Ints:
    column: Ints = np.concatenate([part.views[number] for part in parts], dtype=np.int64, casting="unsafe")
    lowest = [part.lowest[number] for part in parts]
    if all(one == lowest[0] for one in lowest):
        if lowest[0]:
            column += lowest[0]
    else:
        column += np.repeat(np.array(lowest, np.int64), rows)
    return column


def _reasons(parts: Sequence[_Part]) -> tuple[tuple[Why, ...], NDArray[np.uint8]]:
    """One table of reasons for all, and the places in it."""
    table: dict[Why, int] = {NO_WHY: 0}
    places = []
    for part in parts:
        if not part.rows:
            continue
        own = []
        for why in part.reasons:
            if why not in table and len(table) > MOST_WHYS:
                why = (why[0], "")
            own.append(table.setdefault(why, len(table)) if why in table or len(table) <= MOST_WHYS else 0)
        view = part.views[_WHY]
        if part.lowest[_WHY] or int(view.max()) >= len(own):
            view = view.astype(np.int64) + part.lowest[_WHY]
            if not 0 <= int(view.min()) <= int(view.max()) < len(own):
                raise Damaged("a reason that is not there")
        places.append(np.array(own, np.uint8)[view])
    return tuple(table), np.concatenate(places) if places else np.empty(0, np.uint8)
