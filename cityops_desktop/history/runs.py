"""Frames in the form of today, many at once, as the samples of each point. Pure.

A frame's runs (see `frames`) name points that stand one after the other in the layout; from frame to frame they are nearly always the
same. So the layout is cut wherever any run begins or ends, and each run at these places: then a point lies in one band of the layout
only, all pieces of a band have its width, and a band's samples are one table of pieces by points, which is turned as a whole. What is
rare (qualities, reasons, tails) is put into its place afterwards.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import as_strided
from numpy.typing import NDArray

from cityops_desktop.history.curves import PLAIN, Samples
from cityops_desktop.history.frames import CODE, FORM, HEAD, IN_TAIL, NO_VALUE, RUN, DamagedFrame
from cityops_desktop.history.layout import Layout
from cityops_desktop.model.envelope import MOST_WHYS, Why

_HEADS = np.dtype([("form", "u1"), ("number", "<u4"), ("runs", "<u2"), ("high", "<u2"), ("odd", "<u2")])
_TAILS = ("v", "d", "t")
_Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs in the order of recording: place of the first reading, first point, how many, UTC ms of the samples; and every reading's count,
    the places, qualities and reasons of those that are not simply good, and what stood in the tails, by place."""

    at: _Ints
    index: _Ints
    length: _Ints
    time: _Ints
    count: NDArray[Any]
    odd: _Ints
    quality: NDArray[np.uint8]
    reason: NDArray[np.uint8]
    tail: dict[str, dict[int, Any]]


class _Places(NamedTuple):
    """Where readings stand: number of the band, and in it which piece and which point."""

    band: _Ints
    row: _Ints
    column: _Ints


class _Bands:
    """The runs cut into bands: where each begins in the layout, and its pieces in the order of recording."""

    def __init__(self, runs: Runs, points: int) -> None:
        cut = np.zeros(points + 1, np.bool_)
        cut[runs.index] = cut[runs.index + runs.length] = True
        self.begins = np.flatnonzero(cut)
        number = np.cumsum(cut) - 1
        band = number[runs.index]
        pieces = number[runs.index + runs.length] - band
        at, time = runs.at, runs.time
        if bool((pieces != 1).any()):
            run = np.repeat(np.arange(len(pieces)), pieces)
            band = band[run] + np.arange(len(run)) - (np.cumsum(pieces) - pieces)[run]
            at, time = at[run] + self.begins[band] - runs.index[run], time[run]
        order = np.argsort(band.astype(np.uint16), kind="stable")
        self._band, self._at = band, at
        self._rank = np.empty(len(order), np.int64)
        self._rank[order] = np.arange(len(order))
        self.edges = np.concatenate([[0], np.cumsum(np.bincount(band, minlength=len(self.begins)))])
        self.at, self.time = at[order], time[order]

    def places(self, readings: _Ints) -> _Places:
        """Where these readings stand."""
        piece = np.searchsorted(self._at, readings, "right") - 1
        band = self._band[piece]
        return _Places(band, self._rank[piece] - self.edges[band], readings - self._at[piece])


def read(some: Sequence[tuple[int, bytes]], layout: Layout) -> Runs | None:
    """Frames, each with its tick; None when one of them is not in the form of today. DamagedFrame when one of them is none."""
    data = [one for _, one in some]
    if {one[:1] for one in data} != {bytes((FORM,))}:
        return None
    lengths = np.fromiter(map(len, data), np.int64, len(data))
    if bool((lengths < HEAD.size).any()):
        raise DamagedFrame("cut")
    heads = np.frombuffer(b"".join([one[: HEAD.size] for one in data]), _HEADS)
    number, runs, high, odd = (heads[name].astype(np.int64) for name in ("number", "runs", "high", "odd"))
    sizes = np.array([np.full(len(data), HEAD.size), 8 * runs, 2 * number, 2 * high, 4 * high, 2 * odd, odd, odd])
    ends = np.cumsum(sizes, axis=0)
    if bool((ends[-1] > lengths).any()):
        raise DamagedFrame("cut")
    parts = [_part(data, ends[part], ends[part + 1]) for part in range(7)]
    begins = np.cumsum(number) - number
    run = np.frombuffer(parts[0], RUN)
    length = run["length"].astype(np.int64)
    run_ends = np.concatenate([[0], np.cumsum(length)])
    if not np.array_equal(run_ends[np.cumsum(runs)], begins + number):
        raise DamagedFrame("runs that do not fit")
    index = run["index"].astype(np.int64)
    time = run["offset"] + np.repeat(np.array([t for t, _ in some], np.int64), runs)
    if bool((index + length > len(layout.keys)).any()):
        raise DamagedFrame("a point beyond its layout")
    far = _inside(parts[2], begins, number, high)
    count: NDArray[Any] = np.frombuffer(parts[1], "<i2")
    if len(far):
        count = count.astype(np.float64)
        count[far] += np.frombuffer(parts[3], "<i4") * 65536.0
    places = _inside(parts[4], begins, number, odd)
    quality, reason = np.frombuffer(parts[5], np.uint8), np.frombuffer(parts[6], np.uint8)
    return Runs(run_ends[:-1], index, length, time, count, places, quality, reason, _tails(data, lengths, ends[-1], begins, number))


def by_point(runs: Runs, layout: Layout) -> Iterator[tuple[str, Samples]]:
    """The samples of each point in the order of recording, in the order of the layout. Their arrays are not to be written to."""
    bands = _Bands(runs, len(layout.keys))
    rare = _Rare(runs, bands)
    for band in np.flatnonzero(np.diff(bands.edges)).tolist():
        first, last = int(bands.begins[band]), int(bands.begins[band + 1])
        pieces = slice(int(bands.edges[band]), int(bands.edges[band + 1]))
        values = _values(runs.count, bands.at[pieces], layout, slice(first, last))
        times, codes, whys = rare.put(band, values, bands.time[pieces])
        for row, key in enumerate(layout.keys[first:last]):
            why, reasons = detailed(whys[row], rare.details.get((band, row), ()))
            yield key, Samples(times[row], values[row], codes[row], why, reasons)


class _Rare:
    """What only few samples have, by band."""

    def __init__(self, runs: Runs, bands: _Bands) -> None:
        places = bands.places(runs.odd)
        order = np.argsort(places.band, kind="stable")
        self._odd = _Places(*(column[order] for column in places))
        self._edges = np.searchsorted(self._odd.band, np.arange(len(bands.begins) + 1))
        self._quality, self._reason = runs.quality[order], runs.reason[order]
        self._values = self._by_band(bands, runs.tail["v"])
        self._times = self._by_band(bands, runs.tail["t"])
        self.details: dict[tuple[int, int], list[tuple[int, str]]] = {}
        """By band and point: which sample, and the detail of its reason."""
        for band, told in self._by_band(bands, runs.tail["d"]).items():
            for row, column, detail in told:
                self.details.setdefault((band, column), []).append((row, str(detail)))

    def put(self, band: int, values: NDArray[np.float64], time: _Ints) -> tuple[_Ints, NDArray[np.uint8], NDArray[np.uint8]]:
        """Correct a band's values in place; its times, codes and reasons."""
        mine = slice(int(self._edges[band]), int(self._edges[band + 1]))
        codes = whys = np.broadcast_to(np.zeros(len(time), np.uint8), values.shape)
        if mine.stop > mine.start:
            where = (self._odd.column[mine], self._odd.row[mine])
            quality, reason = self._quality[mine], self._reason[mine]
            codes, whys = np.zeros(values.shape, np.uint8), np.zeros(values.shape, np.uint8)
            codes[where] = quality & CODE
            whys[where] = np.where(reason < len(PLAIN), reason, 0)
            none = quality & (NO_VALUE | IN_TAIL) != 0
            values[where[0][none], where[1][none]] = np.nan
        for row, column, value in self._values.get(band, ()):
            if not isinstance(value, str):
                values[column, row] = value
        times = np.broadcast_to(time, values.shape)
        if band in self._times:
            times = times.copy()
            for row, column, taken in self._times[band]:
                times[column, row] = taken
        return times, codes, whys

    @staticmethod
    def _by_band(bands: _Bands, told: dict[int, Any]) -> dict[int, list[tuple[int, int, Any]]]:
        found: dict[int, list[tuple[int, int, Any]]] = {}
        if told:
            places = bands.places(np.fromiter(told, np.int64, len(told)))
            for band, row, column, one in zip(*(part.tolist() for part in places), told.values(), strict=True):
                found.setdefault(band, []).append((row, column, one))
        return found


def _values(count: NDArray[Any], at: _Ints, layout: Layout, points: slice) -> NDArray[np.float64]:
    """A band's values, a row a point: count * numerator / denominator."""
    width, step = points.stop - points.start, count.itemsize
    windows = as_strided(count, (len(count) - width + 1, width), (step, step), writeable=False)
    numerators, denominators = (factors[points, None] for factors in layout.factors)
    values = np.empty((width, len(at)), np.float64)
    counts: NDArray[Any] = windows[at].T
    if bool((numerators != 1.0).any()):
        counts = np.multiply(counts, numerators, out=values)
    np.divide(counts, denominators, out=values)
    return values


def detailed(whys: NDArray[np.uint8], details: Sequence[tuple[int, str]]) -> tuple[NDArray[np.uint8], tuple[Why, ...]]:
    """The reasons of a point's samples: those of the frames, and after them those that have a detail."""
    if not details:
        return whys, PLAIN
    places = {why: number for number, why in enumerate(PLAIN)}
    whys = whys.copy()
    for row, detail in details:
        told = (PLAIN[int(whys[row])][0], detail)
        if told in places or len(places) <= MOST_WHYS:
            whys[row] = places.setdefault(told, len(places))
    return whys, tuple(places)


def _part(data: list[bytes], begins: _Ints, ends: _Ints) -> bytes:
    """The same part of every frame, one after the other."""
    some = (ends > begins).nonzero()[0]
    places = zip(some.tolist(), begins[some].tolist(), ends[some].tolist(), strict=True)
    return b"".join([data[number][begin:end] for number, begin, end in places])


def _inside(part: bytes, begins: _Ints, number: _Ints, how_many: _Ints) -> _Ints:
    """Places within frames as places within all of them. DamagedFrame when one lies outside of its frame."""
    own = np.frombuffer(part, "<u2")
    if bool((own >= np.repeat(number, how_many)).any()):
        raise DamagedFrame("a reading beyond its frame")
    return own + np.repeat(begins, how_many)


def _tails(data: list[bytes], lengths: _Ints, ends: _Ints, begins: _Ints, number: _Ints) -> dict[str, dict[int, Any]]:
    found: dict[str, dict[int, Any]] = {name: {} for name in _TAILS}
    for frame in (lengths > ends).nonzero()[0].tolist():
        begin, size = int(begins[frame]), int(number[frame])
        try:
            own = json.loads(data[frame][ends[frame] :])
            for name in _TAILS:
                told = {int(place): value for place, value in own.get(name, {}).items()}
                if not all(0 <= place < size for place in told):
                    raise DamagedFrame("a reading beyond its frame")
                found[name].update({begin + place: value for place, value in told.items()})
        except (ValueError, AttributeError) as error:
            raise DamagedFrame(f"a tail that is none: {error}") from error
    return found
