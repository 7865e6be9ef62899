"""The readings that a frame of the journal holds, one by one: the station itself only ever reads whole columns."""

from cityops_desktop.history.frames import CODE, IN_TAIL, NO_VALUE, REASONS, DamagedFrame, times, unpack
from cityops_desktop.history.layout import Layout
from cityops_desktop.model.readings import QUALITY_CODES, Reading, Value

_QUALITIES = {code: quality for quality, code in QUALITY_CODES.items()}


def decode_frame(data: bytes, layout: Layout, t: int) -> list[Reading]:
    """The readings as they were recorded: values at their point's resolution. DamagedFrame."""
    columns = unpack(data, layout)
    values, details = (columns.tail.get(name, {}) for name in ("v", "d"))
    if not all(quality & CODE in _QUALITIES for quality in columns.quality.tolist()) or max(columns.reason, default=0) > len(REASONS):
        raise DamagedFrame("a code that means nothing")
    rows = zip(columns.index, times(columns, t), columns.count, columns.quality, columns.reason, strict=True)
    found = []
    for number, (index, time, count, quality, reason) in enumerate(rows):
        value: Value = None
        if quality & IN_TAIL:
            value = values[str(number)]
        elif not quality & NO_VALUE:
            value = _value(int(count), layout.resolutions[index])
        why = REASONS[reason - 1] if reason else None
        found.append(Reading(layout.keys[index], value, int(time), _QUALITIES[quality & CODE], why, details.get(str(number), "")))
    return found


def _value(count: int, resolution: float | None) -> float | int:
    return count if resolution is None else round(count * resolution, 9)
