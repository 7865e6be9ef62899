"""One second of readings as bytes, and back. Pure; the row's CRC is the store's.

A frame is zlib (level 1) over, all little endian:
  u32  n            number of readings
  u16  index[n]     place of the point in the layout
  i32  offset[n]    time of the sample minus the frame's tick, ms; -2^31 = the time stands in the tail
  i64  count[n]     value / resolution, rounded (analog, counter); the value (digital); 0 without a value
  u8   quality[n]   QUALITY_CODES, + 0x80 = no value, + 0x40 = the value stands in the tail (texts, and what no i64 can hold)
  u8   reason[n]    place in REASONS, from 1; 0 = none
  the rest          empty, or the tail as JSON: {"v": {i: value}, "d": {i: detail}, "t": {i: time}}, i = number of the reading
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
from cityops_desktop.model.readings import QUALITY_CODES, Reading, Reason, Value

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
)
"""The number of a reason in a frame is its place here, from 1. Only ever add at the end."""

NO_VALUE = 0x80
IN_TAIL = 0x40
CODE = 0x0F
_FAR = -(2**31)
_MOST_COUNT = 2**63 - 1
_REASON_NUMBERS = {reason: number for number, reason in enumerate(REASONS, 1)}
_FIELDS = (("index", "<u2"), ("offset", "<i4"), ("count", "<i8"), ("quality", "u1"), ("reason", "u1"))
_ROW = sum(np.dtype(kind).itemsize for _, kind in _FIELDS)


class DamagedFrame(Exception):
    """These bytes are no frame of this layout; the text says why."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A frame taken apart: five arrays of the same length and the tail."""

    index: NDArray[np.uint16]
    offset: NDArray[np.int32]
    count: NDArray[np.int64]
    quality: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    tail: dict[str, dict[str, Any]]


def encode_frame(readings: Sequence[Reading], layout: Layout, t: int) -> bytes:
    """These readings, relative to tick `t` (UTC ms). KeyError for a point that is not in the layout."""
    rows: list[tuple[int, int, int, int, int]] = []
    tail: dict[str, dict[str, Any]] = {}
    for number, reading in enumerate(readings):
        index = layout.numbers[reading.point]
        offset = reading.time - t
        if not -(2**31) < offset < 2**31:
            tail.setdefault("t", {})[str(number)] = reading.time
            offset = _FAR
        count, flags = _count(reading.value, layout.resolutions[index])
        if flags == IN_TAIL:
            tail.setdefault("v", {})[str(number)] = reading.value
        if reading.detail:
            tail.setdefault("d", {})[str(number)] = reading.detail
        reason = _REASON_NUMBERS[reading.reason] if reading.reason is not None else 0
        rows.append((index, offset, count, QUALITY_CODES[reading.quality] | flags, reason))
    columns = zip(*rows, strict=True) if rows else ((),) * len(_FIELDS)
    parts = [struct.pack("<I", len(rows))]
    parts += [np.array(column, kind).tobytes() for column, (_, kind) in zip(columns, _FIELDS, strict=True)]
    if tail:
        parts.append(json.dumps(tail, ensure_ascii=True, separators=(",", ":")).encode())
    return zlib.compress(b"".join(parts), 1)


def unpack(data: bytes, layout: Layout) -> Columns:
    """A frame as arrays. DamagedFrame when it is none, or names a point that the layout does not have."""
    try:
        raw = zlib.decompress(data)
        (n,) = struct.unpack_from("<I", raw)
        end = 4 + n * _ROW
        tail = json.loads(raw[end:]) if len(raw) > end else {}
        arrays, at = {}, 4
        for name, kind in _FIELDS:
            arrays[name] = np.frombuffer(raw, kind, n, at)
            at += arrays[name].nbytes
    except (zlib.error, struct.error, ValueError) as error:
        raise DamagedFrame(str(error)) from error
    if not isinstance(tail, dict):
        raise DamagedFrame("a tail that is none")
    columns = Columns(**arrays, tail=tail)
    if n and int(columns.index.max()) >= len(layout.keys):
        raise DamagedFrame("a point beyond its layout")
    return columns


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
