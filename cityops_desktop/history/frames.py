"""One second of readings as bytes, and back. Pure; the row's CRC is the store's.

A frame, all little endian:
  u8   2            this form
  u32  n            number of readings
  u16  runs, high, odd   how many of these
  run[runs]         u16 place of the first point in the layout, u16 how many one after the other, i32 time of the sample minus the frame's
                    tick, ms (-2^31 = it stands in the tail): what one answer of a device brought
  i16  low[n]       count modulo 2^16; count = value / resolution, rounded (analog, counter); the value (digital); 0 without a value
  u16  place[high], i32 more[high]   readings whose count is not `low` but `low` + 65536 x `more`
  u16  place[odd], u8 quality[odd], u8 reason[odd]   readings that are not good: QUALITY_CODES, + 0x80 = no value, + 0x40 = the value stands
                    in the tail (texts, and what no count can hold); place in REASONS, from 1, 0 = none
  the rest          empty, or the tail as JSON: {"v": {i: value}, "d": {i: detail}, "t": {i: time}}, i = number of the reading

The form of before begins with 0x78: zlib (level 1) over u32 n, u16 index[n], i32 offset[n], i64 count[n], u8 quality[n], u8 reason[n] and
the tail.
Nothing is compressed any more: that cost more of the processor, at each second and at each start, than all the rest.
"""

import json
import math
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.history.layout import Layout
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reading, Reason, Value

REASONS = (
    Reason.WAITING,
    Reason.NO_ANSWER,
    Reason.CRC,
    Reason.BAD_REPLY,
    Reason.EXCEPTION,
    Reason.INVALID_VALUE,
    Reason.OUT_OF_RANGE,
    Reason.NO_PORT,
    Reason.PORT_IN_USE,
    Reason.NO_RIGHT,
    Reason.CONNECTION_REFUSED,
    Reason.UNREACHABLE,
    Reason.CONNECTION_LOST,
    Reason.DRIVER_CRASHED,
    Reason.DRIVER_STUCK,
    Reason.OLD,
    Reason.OTHER_MASTER,
    Reason.LISTENING,
    Reason.NOT_HEARD,
    Reason.NOT_ADMITTED,
    Reason.DENIED,
    Reason.CERTIFICATE,
    Reason.CLOCK,
    Reason.OTHER_UNIT,
    Reason.NO_INPUT,
)
"""The number of a reason in a frame is its place here, from 1. Only ever add at the end."""

NO_VALUE = 0x80
IN_TAIL = 0x40
CODE = 0x0F
_FAR = -(2**31)
_MOST_COUNT = 2**63 - 1
_REASON_NUMBERS = {reason: number for number, reason in enumerate(REASONS, 1)}
_FIELDS = (("index", "<u2"), ("offset", "<i4"), ("count", "<i8"), ("quality", "u1"), ("reason", "u1"))
RUN = np.dtype([("index", "<u2"), ("length", "<u2"), ("offset", "<i4")])
HEAD = struct.Struct("<BIHHH")
FORM = 2
"""What a frame of today begins with."""
_MOST_EXACT = 2**46
"""Counts beyond go as values: the half of what 16 and 32 bits hold, and well within what a float counts exactly."""
_DIGITS = 9
_NUMBERS = {float, int, type(None)}
"""What becomes a number in an array by itself; None becomes NaN."""
_ROW = sum(np.dtype(kind).itemsize for _, kind in _FIELDS)


class DamagedFrame(Exception):
    """These bytes are no frame of this layout; the text says why."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Frames taken apart: five arrays of the same length and the tail."""

    index: NDArray[np.uint16]
    offset: NDArray[np.int64]
    count: NDArray[np.int64]
    quality: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    tail: dict[str, dict[str, Any]]


def encode_frame(readings: Sequence[Reading], layout: Layout, t: int) -> bytes:
    """These readings, at most 65,535, relative to tick `t` (UTC ms). KeyError for a point that is not in the layout."""
    number = len(readings)
    places = layout.numbers
    index = np.fromiter([places[reading.point] for reading in readings], np.int64, number)
    offset = np.fromiter([reading.time for reading in readings], np.int64, number) - t
    tail: dict[str, dict[str, Any]] = {}
    for far in (np.abs(offset) >= 2**31).nonzero()[0].tolist():
        tail.setdefault("t", {})[str(far)] = readings[far].time
        offset[far] = _FAR
    count, flags = _counts(readings, layout, index, tail)
    odd, quality, reason = _not_good(readings, flags, tail)
    first = np.ones(number, np.bool_)
    first[1:] = (index[1:] - index[:-1] != 1) | (offset[1:] != offset[:-1])
    starts = first.nonzero()[0]
    runs = np.empty(len(starts), RUN)
    runs["index"], runs["offset"] = index[starts], offset[starts]
    runs["length"][:-1], runs["length"][-1:] = starts[1:] - starts[:-1], number - starts[-1:]
    low = count.astype("<i2")
    more = (count - low) >> 16
    high = more.nonzero()[0]
    parts = [
        HEAD.pack(FORM, number, len(starts), len(high), len(odd)),
        *(column.tobytes() for column in (runs, low, high.astype("<u2"), more[high].astype("<i4"), odd, quality, reason)),
    ]
    if tail:
        parts.append(json.dumps(tail, ensure_ascii=True, separators=(",", ":")).encode())
    return b"".join(parts)


def _counts(
    readings: Sequence[Reading], layout: Layout, index: NDArray[np.int64], tail: dict[str, dict[str, Any]]
) -> tuple[NDArray[np.int64], dict[int, int]]:
    """Counts, and the flags of the readings that have none."""
    told = [reading.value for reading in readings]
    if not _NUMBERS.issuperset(map(type, told)):
        told = [value if type(value) in _NUMBERS else None for value in told]
    steps, whole = layout.steps
    with np.errstate(over="ignore", invalid="ignore"):
        exact = np.array(told, np.float64) / steps[index]
        exact = np.where(whole[index], np.trunc(exact), np.rint(exact))
        plain = np.abs(exact) < _MOST_EXACT
    count = np.where(plain, exact, 0.0).astype(np.int64)
    flags: dict[int, int] = {}
    for place in (~plain).nonzero()[0].tolist():
        value, resolution = readings[place].value, layout.resolutions[index[place]]
        number, flag = _count(value, resolution)
        if not flag and abs(number) >= _MOST_EXACT:
            value, number, flag = number if resolution is None else round(number * resolution, _DIGITS), 0, IN_TAIL
        count[place] = number
        if flag:
            flags[place] = flag
        if flag == IN_TAIL:
            tail.setdefault("v", {})[str(place)] = value
    return count, flags


def _not_good(
    readings: Sequence[Reading], flags: dict[int, int], tail: dict[str, dict[str, Any]]
) -> tuple[NDArray[np.uint16], NDArray[np.uint8], NDArray[np.uint8]]:
    """Which readings are not simply good, with their quality and flags, and their reason."""
    good = Quality.GOOD
    odd = [n for n, one in enumerate(readings) if one.quality is not good or one.reason is not None or one.detail]
    if flags:
        odd = sorted(flags.keys() | odd)
    quality, reason = bytearray(), bytearray()
    for number in odd:
        one = readings[number]
        quality.append(QUALITY_CODES[one.quality] | flags.get(number, 0))
        reason.append(_REASON_NUMBERS[one.reason] if one.reason is not None else 0)
        if one.detail:
            tail.setdefault("d", {})[str(number)] = one.detail
    return np.array(odd, "<u2"), np.frombuffer(bytes(quality), np.uint8), np.frombuffer(bytes(reason), np.uint8)


def unpack(data: bytes, layout: Layout) -> Columns:
    """A frame as arrays. DamagedFrame when it is none, or names a point that the layout does not have."""
    try:
        columns = _unpacked([(0, data)]) if data[:1] == bytes((FORM,)) else _unpacked_before(data)
    except (zlib.error, struct.error, ValueError, IndexError) as error:
        raise DamagedFrame(str(error)) from error
    if not isinstance(columns.tail, dict):
        raise DamagedFrame("a tail that is none")
    if len(columns.index) and int(columns.index.max()) >= len(layout.keys):
        raise DamagedFrame("a point beyond its layout")
    return columns


def unpack_all(some: Sequence[tuple[int, bytes]], layout: Layout) -> Columns:
    """Many frames, each with its tick, as if they were one of tick 0: a second costs a fifth of what it costs alone. DamagedFrame."""
    if not all(data[:1] == bytes((FORM,)) for _, data in some):
        return _joined([(t, unpack(data, layout)) for t, data in some])
    try:
        columns = _unpacked(some)
    except (struct.error, ValueError, IndexError) as error:
        raise DamagedFrame(str(error)) from error
    if len(columns.index) and int(columns.index.max()) >= len(layout.keys):
        raise DamagedFrame("a point beyond its layout")
    return columns


def _unpacked(some: Sequence[tuple[int, bytes]]) -> Columns:
    """Of frames in the form of today."""
    parts: tuple[list[bytes], ...] = ([], [], [], [], [], [], [])
    heads: list[tuple[int, ...]] = []
    tail: dict[str, dict[str, Any]] = {}
    at = 0
    for t, data in some:
        _, number, runs, high, odd = head = HEAD.unpack_from(data)
        a = HEAD.size
        for part, size in zip(parts, (8 * runs, 2 * number, 2 * high, 4 * high, 2 * odd, odd, odd), strict=True):
            if size:
                part.append(data[a : a + size])
                a += size
        if a != len(data):
            if a > len(data):
                raise DamagedFrame("cut")
            _add_tail(tail, json.loads(data[a:]), at)
        heads.append((t, at, *head[1:]))
        at += number
    of = np.array(heads, np.int64).reshape(-1, 6)
    run = np.frombuffer(b"".join(parts[0]), RUN)
    lengths = run["length"].astype(np.int64)
    ends = np.cumsum(lengths)
    if not np.array_equal(np.concatenate([ends, [0]])[np.cumsum(of[:, 3]) - 1], np.cumsum(of[:, 2])):
        raise DamagedFrame("runs that do not fit")
    index = np.repeat(run["index"] - (ends - lengths), lengths) + np.arange(at)
    taken = np.repeat(run["offset"] + np.repeat(of[:, 0], of[:, 3]), lengths)
    count = np.frombuffer(b"".join(parts[1]), "<i2").astype(np.int64)
    high = np.frombuffer(b"".join(parts[2]), "<u2") + np.repeat(of[:, 1], of[:, 4])
    count[high] += np.frombuffer(b"".join(parts[3]), "<i4").astype(np.int64) << 16
    quality, reason = np.zeros(at, np.uint8), np.zeros(at, np.uint8)
    odd = np.frombuffer(b"".join(parts[4]), "<u2") + np.repeat(of[:, 1], of[:, 5])
    quality[odd], reason[odd] = np.frombuffer(b"".join(parts[5]), np.uint8), np.frombuffer(b"".join(parts[6]), np.uint8)
    if at and int(index.max()) >= 2**16:
        raise DamagedFrame("a point beyond every layout")
    return Columns(index.astype(np.uint16), taken, count, quality, reason, tail)


def _add_tail(tail: dict[str, dict[str, Any]], own: Any, at: int) -> None:
    """The tail of a frame whose readings begin at `at`."""
    if not isinstance(own, dict) or not all(isinstance(told, dict) for told in own.values()):
        raise DamagedFrame("a tail that is none")
    for name, told in own.items():
        tail.setdefault(name, {}).update({str(at + int(place)): value for place, value in told.items()})


def _joined(some: Sequence[tuple[int, Columns]]) -> Columns:
    tail: dict[str, dict[str, Any]] = {}
    at = 0
    for _, columns in some:
        _add_tail(tail, columns.tail, at)
        at += len(columns.index)
    whole = [np.concatenate([getattr(columns, name) for _, columns in some]) for name in ("index", "count", "quality", "reason")]
    taken = np.concatenate([times(columns, t) for t, columns in some])
    return Columns(whole[0], taken, whole[1], whole[2], whole[3], tail)


def _unpacked_before(data: bytes) -> Columns:
    """The form before this one: there may be two hours of it after an update."""
    raw = zlib.decompress(data)
    (number,) = struct.unpack_from("<I", raw)
    end = 4 + number * _ROW
    tail = json.loads(raw[end:]) if len(raw) > end else {}
    arrays, at = {}, 4
    for name, kind in _FIELDS:
        arrays[name] = np.frombuffer(raw, kind, number, at)
        at += arrays[name].nbytes
    return Columns(**arrays, tail=tail)


def times(columns: Columns, t: int) -> NDArray[np.int64]:
    """When each sample was taken, UTC ms."""
    taken = columns.offset.astype(np.int64) + t
    for place, time in columns.tail.get("t", {}).items():
        taken[int(place)] = time
    return taken


def _count(value: Value, resolution: float | None) -> tuple[int, int]:
    if value is None:
        return 0, NO_VALUE
    if isinstance(value, str) or not math.isfinite(value):
        return 0, IN_TAIL
    exact = value / resolution if resolution is not None else value
    if not math.isfinite(exact):
        return 0, IN_TAIL
    count = round(exact) if resolution is not None else int(exact)
    return (count, 0) if -_MOST_COUNT <= count <= _MOST_COUNT else (0, IN_TAIL)
