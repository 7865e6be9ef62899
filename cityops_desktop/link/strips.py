"""The station's binary answer about the past: made here, and read here by the console. The endpoint's docstring says what stands where."""

import json
import struct
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cityops_desktop.model.envelope import NOTHING, Past, Strip, Why, samples
from cityops_desktop.model.readings import QUALITY_CODES, Reason

SAMPLE = (("time", "<i8"), ("first", "<f8"), ("quality", "u1"), ("why", "u1"))
BUCKET = (
    *(("time", "<i8"), ("end", "<i8"), ("first", "<f8"), ("low", "<f8"), ("high", "<f8"), ("last", "<f8")),
    *(("count", "<u4"), ("hole", "<u4"), ("quality", "u1"), ("why", "u1")),
)

_WIDEST = 366 * 86_400_000
_LATEST = 253_402_214_400_000
"""The end of the year 9999, the last one that dates can be of."""


def packed(past: Past) -> bytes:
    """An answer as bytes."""
    points = []
    columns: list[bytes] = []
    for key, strip in past.strips.items():
        used = sorted({0, *np.flatnonzero(np.bincount(strip.why, minlength=1)).tolist()})
        places = np.zeros(256, np.uint8)
        places[used] = np.arange(len(used))
        reasons = [[reason, detail] for reason, detail in (strip.reasons[place] for place in used)]
        points.append({"key": key, "width": strip.width, "n": len(strip), "reasons": reasons})
        for name, kind in BUCKET if strip.width else SAMPLE:
            column = places[strip.why] if name == "why" else getattr(strip, name)
            columns.append(column.astype(kind).tobytes())
    header = json.dumps({"oldest": past.oldest, "points": points}).encode()
    return b"".join([struct.pack("<I", len(header)), header, *columns])


def unpacked(body: bytes) -> Past:
    """The answer in these bytes. ValueError when they are none."""
    try:
        (length,) = struct.unpack_from("<I", body)
        header = json.loads(body[4 : 4 + length])
        oldest = None if header["oldest"] is None else int(header["oldest"])
        if oldest is not None and not 0 <= oldest <= _LATEST:
            raise ValueError(f"history answer from {oldest}")
        return Past(oldest, dict(_strips(body, 4 + length, header["points"])))
    except (struct.error, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ValueError(f"not a history answer: {error}") from error


def _strips(body: bytes, at: int, points: list[dict[str, object]]) -> Iterator[tuple[str, Strip]]:
    for point in points:
        width, n = int(str(point["width"])), int(str(point["n"]))
        reasons = tuple(_why(one) for one in point["reasons"])  # type: ignore[attr-defined]
        found: dict[str, NDArray[np.generic]] = {}
        for name, kind in BUCKET if width else SAMPLE:
            if n < 0 or at + n * np.dtype(kind).itemsize > len(body):
                raise ValueError(f"history answer cut at {point['key']}")
            found[name] = np.frombuffer(body, kind, n, at)
            at += found[name].nbytes
        if not _sensible(width, found, len(reasons)):
            raise ValueError(f"history answer of {point['key']} makes no sense")
        yield str(point["key"]), _strip(width, found, reasons)


def _sensible(width: int, found: dict[str, NDArray[np.generic]], reasons: int) -> bool:
    """Could a station have said so? A screen that draws times of the next million years, or backwards, stands still."""
    if not 0 <= width <= _WIDEST:
        return False
    if not len(found["time"]):
        return True
    time, values = (
        found["time"].astype(np.int64),
        [found[name].astype(np.float64) for name, kind in BUCKET if kind == "<f8" and name in found],
    )
    end = found["end"].astype(np.int64) if "end" in found else time
    return (
        int(time[0]) >= 0
        and int(end.max()) <= _LATEST
        and bool(np.all(time[1:] >= time[:-1]) and np.all(end >= time))
        and not any(bool(np.isinf(column).any()) for column in values)
        and int(found["quality"].max()) < len(QUALITY_CODES)
        and int(found["why"].max()) < reasons
    )


def _strip(width: int, found: dict[str, NDArray[np.generic]], reasons: tuple[Why, ...]) -> Strip:
    if width:
        return Strip(width=width, reasons=reasons, **found)  # type: ignore[arg-type]
    if not len(found["time"]):
        return NOTHING
    return samples(found["time"], found["first"], found["quality"], found["why"], reasons)  # type: ignore[arg-type]


def _why(told: list[str | None]) -> Why:
    """A reason that this console does not know yet is told by its code."""
    reason, detail = told
    if not isinstance(reason, str | None) or not isinstance(detail, str | None):
        raise TypeError("a reason is a text")
    if reason is None:
        return None, detail or ""
    return (Reason(reason), detail or "") if reason in set(Reason) else (None, f"{reason} {detail}".strip())
