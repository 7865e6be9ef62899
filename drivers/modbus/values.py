"""From the bytes of registers to a value in the point's unit. Pure; never raises on any bytes."""

import math
import struct

from cityops_desktop.model.points import Point
from cityops_desktop.model.readings import Reading
from drivers.modbus.options import Source, Type, WordOrder
from drivers.reading import invalid, of_number, of_text

_SIGNED = frozenset((Type.INT16, Type.INT32, Type.INT64))


def reading(point: Point, source: Source, raw: bytes, time: int) -> Reading:
    """The reading of a point from its registers (bytes as they came) or its bit (one byte, 0 or 1). Keeps the bytes, whatever they say."""
    if source.type is Type.STRING:
        text = _text(source, raw)
        return invalid(point, time, raw) if text is None else of_text(point, text, time, raw)
    number = _number(source, raw)
    return invalid(point, time, raw) if number is None else of_number(point, number, time, raw)


def count(source: Source, raw: bytes) -> int | float | str | None:
    """What the bytes are before scale and offset: a number, a text, or None when they are neither."""
    if len(raw) != (1 if source.table.bits else 2 * source.width):
        return None
    if source.type is Type.STRING:
        return _text(source, raw)
    number = _counted(source, _ordered(raw, source.word_order))
    return number if math.isfinite(number) else None


def encoded(source: Source, value: float) -> bytes | None:
    """The registers (or the bit, as one byte) that hold this value in the point's unit; None when they cannot."""
    number = (value - source.offset) / source.scale
    try:
        if source.table.bits:
            return bytes((int(number),)) if number in (0, 1) else None
        if source.format.floating:
            raw = struct.pack(">f" if source.format is Type.FLOAT32 else ">d", number)
        else:
            raw = round(number).to_bytes(2 * source.width, signed=source.format in _SIGNED)
    except (OverflowError, ValueError, struct.error):
        return None
    return _ordered(raw, source.word_order)


def _number(source: Source, raw: bytes) -> float | int | None:
    if source.word_order is not None:
        raw = _ordered(raw, source.word_order)
    if source.invalid and int.from_bytes(raw) in source.invalid:
        return None
    number = _counted(source, raw)
    if source.scale != 1 or source.offset != 0:
        number = number * source.scale + source.offset
    return number if math.isfinite(number) else None


def _counted(source: Source, raw: bytes) -> float | int:
    """The number in these bytes, most significant first."""
    kind = source.format
    if kind.floating and not source.table.bits:
        number: float = struct.unpack(">f" if kind is Type.FLOAT32 else ">d", raw)[0]
        return number
    unsigned = int.from_bytes(raw)
    if source.bit is not None:
        return unsigned >> source.bit & 1
    return int.from_bytes(raw, signed=True) if kind in _SIGNED and not source.table.bits else unsigned


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
