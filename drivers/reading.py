"""From a number or a text that a device gave to the reading of a point: resolution, span, kind. Pure; never raises."""

import math
import re

from cityops_desktop.model.points import Kind, Point
from cityops_desktop.model.readings import Quality, Reading, Reason, failed

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)


def of_number(point: Point, number: float, time: int, raw: bytes | None) -> Reading:
    """The reading for a number in the point's unit. A number that is none, or outside the point's span, is a bad reading."""
    try:
        value = point.at_resolution(number)
    except (OverflowError, ValueError):
        return invalid(point, time, raw)
    if not math.isfinite(value):
        return invalid(point, time, raw)
    if point.span is not None and not point.span[0] <= value <= point.span[1]:
        return failed(point.key, time, Reason.OUT_OF_RANGE, f"{value:g}", raw)
    return Reading(point.key, str(value) if point.kind is Kind.TEXT else value, time, Quality.GOOD, raw=raw)


def of_text(point: Point, text: str, time: int, raw: bytes | None) -> Reading:
    """The reading for a text; bad when it cannot be printed."""
    return Reading(point.key, text, time, Quality.GOOD, raw=raw) if text.isprintable() else invalid(point, time, raw)


def invalid(point: Point, time: int, raw: bytes | None) -> Reading:
    """The device says that it has no such value, or what it says is none."""
    return failed(point.key, time, Reason.INVALID_VALUE, raw=raw)


def number_in(text: str) -> float | None:
    """The number that this text is, blanks around it aside; None when it is none."""
    return float(text) if _NUMBER.fullmatch(text.strip()) else None
