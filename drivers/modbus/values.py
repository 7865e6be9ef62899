"""From the bytes of registers to a value in the point's unit. Pure; never raises on any bytes."""

import math
import struct

from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from drivers.modbus.options import Source, Type, WordOrder

_SIGNED = frozenset((Type.INT16, Type.INT32, Type.INT64))


def reading(point: Point, source: Source, raw: bytes, time: int) -> Reading:
    """The reading of a point from its registers (bytes as they came) or its bit (one byte, 0 or 1)."""
    if source.type is Type.STRING:
        text = _text(source, raw)
        return failed(point.key, time, Reason.INVALID_VALUE) if text is None else Reading(point.key, text, time, Quality.GOOD)
    number = _number(source, raw)
    if number is None:
        return failed(point.key, time, Reason.INVALID_VALUE)
    try:
        value = point.at_resolution(number)
    except OverflowError:
        return failed(point.key, time, Reason.INVALID_VALUE)
    if point.span is not None and not point.span[0] <= value <= point.span[1]:
        return failed(point.key, time, Reason.OUT_OF_RANGE, f"{value:g}")
    return Reading(point.key, str(value) if point.kind is Kind.TEXT else value, time, Quality.GOOD)


def _number(source: Source, raw: bytes) -> float | int | None:
    if source.word_order is not None:
        raw = _ordered(raw, source.word_order)
    unsigned = int.from_bytes(raw)
    if unsigned in source.invalid:
        return None
    if source.table.bits:
        return unsigned
    if source.bit is not None:
        return unsigned >> source.bit & 1
    kind = source.format
    number: float | int = unsigned
    if kind in _SIGNED:
        number = int.from_bytes(raw, signed=True)
    elif kind.floating:
        number = struct.unpack(">f" if kind is Type.FLOAT32 else ">d", raw)[0]
    if source.scale != 1 or source.offset != 0:
        number = number * source.scale + source.offset
    return number if math.isfinite(number) else None


def _ordered(raw: bytes, order: WordOrder | None) -> bytes:
    if order is WordOrder.DCBA:
        return raw[::-1]
    if order is WordOrder.BADC:
        return _swapped(raw)
    if order is WordOrder.CDAB:
        return _swapped(raw[::-1])
    return raw


def _swapped(raw: bytes) -> bytes:
    """The two bytes of each register exchanged."""
    out = bytearray(len(raw))
    out[0::2], out[1::2] = raw[1::2], raw[0::2]
    return bytes(out)


def _text(source: Source, raw: bytes) -> str | None:
    """The letters without the NULs and blanks that fill the field; None when they are no text."""
    try:
        text = _ordered(raw, source.word_order).strip(b"\0 ").split(b"\0")[0].decode().strip()
    except UnicodeDecodeError:
        return None
    return text if text.isprintable() else None
