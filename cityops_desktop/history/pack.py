"""Whole numbers as few bytes: one column, in the smallest of a few codings. Pure; knows no point and no time."""

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray
from pcodec import ChunkConfig, DeltaSpec, standalone

Ints = NDArray[np.int64]


class Coding(IntEnum):
    """How a column is kept. Never renumber."""

    EMPTY = 0
    CONSTANT = 1
    PCO = 2


CONFIGS = tuple(ChunkConfig(delta_spec=spec) for spec in (DeltaSpec.try_consecutive(1), DeltaSpec.no_op()))
"""Tried each time, the smaller wins: the library's own choice is a fifth larger on an hour of a slow value (measured). Its convolutions
would save another twentieth, take four times as long to read, and panic on some lengths (pcodec 1.1.0)."""
_WIDTHS = tuple(np.dtype(name) for name in ("<i2", "<i4", "<i8"))
_HEAD = 9


class Damaged(Exception):
    """These bytes are no past; the text says why."""


def pack(values: Ints, thorough: bool = True) -> bytes:
    """A column: coding, first value, and the differences from it where there are any. `thorough` = every coding is tried."""
    if not len(values):
        return bytes((Coding.EMPTY,))
    low, high = int(values.min()), int(values.max())
    if low == high:
        return bytes((Coding.CONSTANT,)) + low.to_bytes(8, "little", signed=True)
    base = low if high - low < 2**63 else 0
    width = next(kind for kind in _WIDTHS if np.iinfo(kind).min <= low - base and high - base <= np.iinfo(kind).max)
    narrow = (values - base).astype(width)
    best = min((bytes(standalone.simple_compress(narrow, config)) for config in (CONFIGS if thorough else CONFIGS[:1])), key=len)
    return bytes((Coding.PCO,)) + base.to_bytes(8, "little", signed=True) + best


def unpack(data: bytes, count: int) -> Ints:
    """The column again. Damaged."""
    if not data:
        raise Damaged("no column")
    coding = data[0]
    if coding == Coding.EMPTY:
        if count:
            raise Damaged("an empty column")
        return np.empty(0, np.int64)
    if len(data) < _HEAD or coding not in (Coding.CONSTANT, Coding.PCO):
        raise Damaged("no column")
    base = int.from_bytes(data[1:_HEAD], "little", signed=True)
    if coding == Coding.CONSTANT:
        return np.full(count, base, np.int64)
    try:
        values = standalone.simple_decompress(data[_HEAD:])
    except (RuntimeError, TypeError, ValueError) as error:
        raise Damaged(str(error)) from error
    if values is None or len(values) != count or values.dtype.kind != "i":
        raise Damaged("other values than were kept")
    column: Ints = values.astype(np.int64)
    if base:
        column += base
    return column
