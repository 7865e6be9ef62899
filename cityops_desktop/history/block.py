"""The past of one point as bytes: an hour of samples, or buckets of them, exact to the count of the point's resolution. Pure.

Times of samples that came at a steady pace lie on a grid and cost nothing: each is then off by a quarter of the pace at most, and what
lies farther off is kept to the millisecond, as all are where there is no pace. A second without a reading is no row: nothing is ever
filled in. Bytes are only believed by who has checked their CRC (store/months.py); here a damaged one is an exception or a wrong value.
"""

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history import wide
from cityops_desktop.history.counts import Scale, read_varint, read_why, varint, write_why
from cityops_desktop.history.pack import Damaged, Ints, pack, unpack
from cityops_desktop.model.envelope import NO_WHY, Strip, Why
from cityops_desktop.model.readings import QUALITY_CODES, Quality

LAYOUT = 1
"""Layout of the bytes; every released one stays readable."""
OFF_GRID = 0.25
"""A time may be so many paces off its place."""
OFF_GRID_MS = 500
FEW = 8
"""One row in so many may lie off the grid; with more there is no pace."""
TELLING = 200
"""So many steps tell the pace: that only decides how few bytes are needed."""
MOST_ROWS = 1_000_000
"""More are in no hour and no month of one point: whoever says so is damaged."""
_HEAD = struct.Struct("<BBIQ")
_GRID = struct.Struct("<dd")
_FIRST = struct.Struct("<q")
_BAD = QUALITY_CODES[Quality.BAD]
_RUNS = struct.Struct("<I")
_ZEROS, _ONES = np.zeros(4000, np.uint32), np.ones(4000, np.uint32)
for _shared in (_ZEROS, _ONES):
    _shared.setflags(write=False)
_ON_GRID, _EACH = 0, 1
_RUN_BY_RUN, _COLUMN = 0, 1
MANY_RUNS = 16
"""More of them are read faster as a column."""
_ALL, _NOT_BAD, _SOME = 0, 1, 2


def encode(strip: Strip, scale: Scale, thorough: bool = True) -> bytes:
    """All of a strip in the order of time. A strip of samples (width 0) keeps one value a row, one of wide buckets is `wide`'s."""
    if strip.width >= wide.WIDE_MS:
        return wide.encode(strip, scale)
    if strip.width == 0:
        columns = [_times(strip.time), _values(strip.last, strip.quality, scale, thorough)]
    else:
        columns = _buckets(strip, scale, thorough)
    columns.append(_verdicts(strip))
    sizes = b"".join(struct.pack("<I", len(column)) for column in columns)
    return _HEAD.pack(LAYOUT, len(columns), len(strip), strip.width) + sizes + b"".join(columns)


def decode(data: bytes, scale: Scale) -> Strip:
    """The strip again. Damaged."""
    if data[:1] == bytes((wide.LAYOUT,)):
        return wide.decode([data], scale)
    try:
        layout, number, rows, width = _HEAD.unpack_from(data)
        if layout != LAYOUT or rows > MOST_ROWS or number != (3 if width == 0 else 6):
            raise Damaged(f"layout {layout}, {number} columns, {rows} rows")
        sizes = struct.unpack_from(f"<{number}I", data, _HEAD.size)
        at, columns = _HEAD.size + 4 * number, []
        for size in sizes:
            columns.append(data[at : at + size])
            at += size
        if at != len(data):
            raise Damaged("cut or too long")
        quality, why, reasons = _judged(columns[-1], rows)
        if width == 0:
            times, (values, usable) = _taken(columns[0], rows), _valued(columns[1], rows, quality, scale)
            return Strip(0, times, times, values, values, values, values, usable, _same(_ZEROS, rows), quality, why, reasons)
        return _from_buckets(columns, rows, width, scale, quality, why, reasons)
    except (struct.error, IndexError, ValueError, OverflowError, UnicodeDecodeError) as error:
        raise Damaged(str(error)) from error


def _times(times: Ints) -> bytes:
    """On a grid (begin, pace, steps, and what lies off it), or each to the millisecond."""
    if len(times) > 2:
        steps = times[1:] - times[:-1]
        pace = _middle(steps)
        if pace >= 1:
            places = np.concatenate([np.zeros(1, np.int64), np.cumsum(np.rint(steps / pace).astype(np.int64))])
            if places[-1] > 0:
                on_grid = _gridded(times, places, pace)
                if on_grid is not None:
                    return on_grid
    return bytes((_EACH,)) + pack(times)


def _gridded(times: Ints, places: Ints, usual: float) -> bytes | None:
    middle = places - places.mean()
    pace = float((middle * (times - times[0])).sum() / (middle * middle).sum())
    begin = float(times[0]) + _middle(times - times[0] - places * pace)
    grid = _on_grid(begin, pace, places)
    off = times - grid
    far = np.abs(off) > min(OFF_GRID * pace, OFF_GRID * usual, OFF_GRID_MS)
    if far.sum() * FEW > len(times):
        return None
    kept = np.where(far, times, grid)
    if bool((np.diff(kept) < 0).any()):
        return None
    rows = np.flatnonzero(far)
    steps = pack(np.diff(places, prepend=-1))  # one number where nothing is missing
    exceptions = pack(np.diff(rows, prepend=0)) if len(rows) else b""
    own = pack(off[rows]) if len(rows) else b""
    head = bytes((_ON_GRID,)) + _GRID.pack(begin, pace) + struct.pack("<III", len(steps), len(rows), len(exceptions))
    return head + steps + exceptions + own


def _middle(values: NDArray[Any]) -> float:
    """The median of about as many of them as tell it."""
    return float(np.median(values[:: max(1, len(values) // TELLING)]))


def _on_grid(begin: float, pace: float, places: Ints) -> Ints:
    times: Ints = np.rint(begin + places * pace).astype(np.int64)
    return times


def _taken(part: bytes, rows: int) -> Ints:
    if part[0] == _EACH:
        return unpack(part[1:], rows)
    begin, pace = _GRID.unpack_from(part, 1)
    if not (np.isfinite(begin) and np.isfinite(pace) and abs(begin) < 2**53 and 0 < pace < 2**40):
        raise Damaged("a grid of nothing")
    size, exceptions, size_of_rows = struct.unpack_from("<III", part, 1 + _GRID.size)
    at = 1 + _GRID.size + 12
    places = np.cumsum(unpack(part[at : at + size], rows)) - 1
    if rows and not 0 <= int(places[-1]) < 2**32:
        raise Damaged("a grid of nothing")
    times = _on_grid(begin, pace, places)
    if exceptions:
        at += size
        far = np.cumsum(unpack(part[at : at + size_of_rows], exceptions))
        times[far] += unpack(part[at + size_of_rows :], exceptions)
    return times


def _values(values: NDArray[np.float64], quality: NDArray[np.uint8], scale: Scale, thorough: bool) -> bytes:
    """Counts of what is a number, and in which rows there is none: nowhere, wherever the quality is bad, or as bits."""
    some = ~np.isnan(values)
    if some.all():
        return bytes((_ALL,)) + pack(scale.counts(values), thorough)
    counts = pack(scale.counts(values[some]), thorough)
    if bool((some == (quality != _BAD)).all()):
        return bytes((_NOT_BAD,)) + counts
    bits = pack(np.diff(np.flatnonzero(~some), prepend=0))
    return bytes((_SOME,)) + struct.pack("<II", int((~some).sum()), len(bits)) + bits + counts


def _same(number: NDArray[np.uint32], rows: int) -> NDArray[np.uint32]:
    """So many of this number."""
    return number[:rows] if rows <= len(number) else np.repeat(number[:1], rows)


def _valued(part: bytes, rows: int, quality: NDArray[np.uint8], scale: Scale) -> tuple[NDArray[np.float64], NDArray[np.uint32]]:
    """The values, and in which rows there is one (1) or none (0)."""
    if part[0] == _ALL:
        return scale.values(unpack(part[1:], rows)), _same(_ONES, rows)
    if part[0] == _NOT_BAD:
        some, at = quality != _BAD, 1
    else:
        missing, size = struct.unpack_from("<II", part, 1)
        some = np.ones(rows, bool)
        some[np.cumsum(unpack(part[9 : 9 + size], missing))] = False
        at = 9 + size
    values = np.full(rows, np.nan)
    values[some] = scale.values(unpack(part[at:], int(some.sum())))
    return values, some.astype(np.uint32)


def _buckets(strip: Strip, scale: Scale, thorough: bool) -> list[bytes]:
    """Five columns: which bucket; where in it the first and last sample lie; the lowest value; the others as differences from it; how
    many and how long silent. Few columns, because each costs as much to read as a hundred numbers."""
    numbers = strip.time // strip.width
    some = strip.count > 0
    low = scale.counts(strip.low[some])
    first = int(numbers[0]) if len(numbers) else 0
    columns = [
        np.concatenate([strip.time - numbers * strip.width, strip.end - strip.time]),
        low,
        np.concatenate([scale.counts(column[some]) - low for column in (strip.first, strip.high, strip.last)]),
        np.concatenate([strip.count, strip.hole]).astype(np.int64),
    ]
    steps = pack(np.diff(numbers, prepend=first - 1), thorough)
    return [_FIRST.pack(first) + steps, *(pack(column, thorough) for column in columns)]


def _from_buckets(
    columns: list[bytes], rows: int, width: int, scale: Scale, quality: NDArray[np.uint8], why: NDArray[np.uint8], reasons: tuple[Why, ...]
) -> Strip:
    (first,) = _FIRST.unpack_from(columns[0])
    times = unpack(columns[1], 2 * rows)
    begin = (np.cumsum(unpack(columns[0][_FIRST.size :], rows)) + (first - 1)) * width + times[:rows]
    both = unpack(columns[4], 2 * rows).astype(np.uint32)
    count, hole = both[:rows], both[rows:]
    some = count > 0
    usable = int(some.sum())
    low = unpack(columns[2], usable)
    counts = np.zeros((4, usable), np.int64)
    counts[1:] = unpack(columns[3], 3 * usable).reshape(3, usable)
    counts += low
    told = scale.values(counts)
    if usable < rows:
        sparse = np.full((4, rows), np.nan)
        sparse[:, some] = told
        told = sparse
    lowest, opening, high, last = told
    return Strip(width, begin, begin + times[rows:], opening, lowest, high, last, count, hole, quality, why, reasons)


def _verdicts(strip: Strip) -> bytes:
    """Runs of one quality and reason, one after the other or, when they are many, as a column; none when all is good without a reason."""
    both = strip.quality.astype(np.int64) << 8 | strip.why
    if not both.any() and (not strip.reasons or strip.reasons[0] == NO_WHY):
        return b""
    starts = np.flatnonzero(np.diff(both, prepend=both[0] - 1)) if len(both) else np.empty(0, np.int64)
    used = sorted({int(number) for number in strip.why[starts]})
    table = b"".join(write_why(strip.reasons[number]) for number in used)
    places = np.searchsorted(used, strip.why[starts])
    lengths = np.diff(starts, append=len(both))
    if len(starts) > MANY_RUNS:
        runs_as_one = lengths << 16 | strip.quality[starts].astype(np.int64) << 8 | places
        return struct.pack("<BB", len(used), _COLUMN) + table + _RUNS.pack(len(starts)) + pack(runs_as_one)
    runs = b"".join(
        varint(int(length)) + bytes((int(quality), int(place)))
        for length, quality, place in zip(lengths, strip.quality[starts], places, strict=True)
    )
    return struct.pack("<BB", len(used), _RUN_BY_RUN) + table + runs


def _judged(part: bytes, rows: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], tuple[Why, ...]]:
    if not part:
        return np.zeros(rows, np.uint8), np.zeros(rows, np.uint8), (NO_WHY,)
    at, reasons = 2, []
    for _ in range(part[0]):
        why, at = read_why(part, at)
        reasons.append(why)
    if part[1] != _COLUMN:
        quality, whys = _run_by_run(part, at, rows, len(reasons))
        return quality, whys, tuple(reasons)
    (number,) = _RUNS.unpack_from(part, at)
    if number > rows:
        raise Damaged("more runs than rows")
    both = unpack(part[at + _RUNS.size :], number)
    lengths, qualities, places = both >> 16, both >> 8 & 0xFF, both & 0xFF
    if int(lengths.sum()) != rows or (rows and int(lengths.min()) < 1):
        raise Damaged("runs that do not fit")
    if rows and (int(qualities.max()) >= len(QUALITY_CODES) or int(places.max()) >= len(reasons)):
        raise Damaged("a verdict that means nothing")
    return np.repeat(qualities.astype(np.uint8), lengths), np.repeat(places.astype(np.uint8), lengths), tuple(reasons)


def _run_by_run(part: bytes, at: int, rows: int, reasons: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    quality, whys = np.zeros(rows, np.uint8), np.zeros(rows, np.uint8)
    row = 0
    while at < len(part):
        length, at = read_varint(part, at)
        code, place = part[at], part[at + 1]
        if not length or code >= len(QUALITY_CODES) or place >= reasons:
            raise Damaged("a verdict that means nothing")
        if code:
            quality[row : row + length] = code
        if place:
            whys[row : row + length] = place
        row, at = row + length, at + 2
    if row != rows:
        raise Damaged("runs that do not fit")
    return quality, whys
