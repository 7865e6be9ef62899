"""Collects the readings of a second and hands them to the store as one frame; brings the last two hours back at start."""

import logging
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from itertools import groupby, islice

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.history import frames, runs
from cityops_desktop.history.curves import PLAIN, WINDOW_MS, Curves, Samples
from cityops_desktop.history.layout import Layout
from cityops_desktop.model.envelope import MOST_WHYS, Strip, Why, samples
from cityops_desktop.model.readings import Reading
from cityops_desktop.model.rooms import Room
from cityops_desktop.store import frames as rows
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

logger = logging.getLogger(__name__)

KEEP = 7200
"""Frames: two hours at one a second. Counted, not timed, so that a clock that jumps forgets nothing."""
PURGE_EVERY = 10
MOST_FORGOTTEN = 1000
"""Frames that are deleted with one second, so that it is never kept waiting."""
MOST_UNWRITTEN = 60
"""Frames that may wait for a slow disk: a minute."""
LOAD_SLICE = 1800
"""Frames that are handed out together, half an hour, so that two hours do not fill the memory at once."""
LOAD_TOGETHER = 7200
"""Frames that are read together where a point is let go of before the next one: the form of today."""
LOAD_SECONDS = 10.0
LATE_MS = 60_000
"""A frame may hold samples that are so much older than itself: a slow bus, a disk that hung."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the journal held of the last two hours: sound frames, the ticks of damaged ones; and its newest tick of all (None = nothing)."""

    frames: int
    damaged: tuple[int, ...]
    newest: int | None


class Journal:
    """`add` and `flush` belong to the station's event loop and never block; `load_into`, `oldest` and `between` block."""

    def __init__(self, store: Store, room: Room, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._layout = Layout.of(room.points().values(), room.origin)
        self._waiting: list[Reading] = []
        self._layout_id: int | None = None
        self._rows: int | None = None
        self._newest: int | None = None
        self._unwritten: deque[tuple[float, Future[int]]] = deque()
        self.sealed = -1
        """No sample of the frames up to this tick is needed any more: nothing later is ever forgotten."""
        self.floor = 0
        """The newest tick that is sealed: a journal that is begun anew counts on from there."""

    def add(self, readings: Iterable[Reading]) -> None:
        """Keep these readings for the next frame. KeyError for a point that is not in the room."""
        some = list(readings)
        numbers = self._layout.numbers
        for reading in some:
            numbers[reading.point]
        self._waiting += some

    def flush(self) -> "Future[int] | None":
        """Hand everything since the last call to the store as one frame; call once a second. None when there was nothing.

        The future gives the frame's tick (UTC ms) once it is durable; StoreError while the disk is full or sick: that second is lost,
        as are those that find a minute of others waiting for a disk that hangs.
        """
        if not self._waiting:
            return None
        readings, self._waiting = self._waiting, []
        if self._still_waiting() >= MOST_UNWRITTEN:
            return None
        wall = self._clock.wall()
        future = self._store.write_journal(lambda conn: self._write(conn, readings, wall))
        future.add_done_callback(self._settled)
        self._unwritten.append((self._clock.monotonic(), future))
        return future

    def waiting_since(self, mono: float) -> float:
        """Seconds that the oldest frame has been waiting for the disk; 0 when none waits. Belongs to the loop, as `flush`."""
        return mono - self._unwritten[0][0] if self._still_waiting() else 0.0

    def _still_waiting(self) -> int:
        while self._unwritten and self._unwritten[0][1].done():
            self._unwritten.popleft()
        return len(self._unwritten)

    def load_into(self, curves: Curves) -> Loaded:
        """Fill the curves with the last two hours, before their first live reading. A damaged frame is named in the log and skipped.

        A journal that cannot be read leaves the curves empty, which is logged: the station must start all the same.
        """
        wall = self._clock.wall()
        start = wall - WINDOW_MS
        try:
            return self._store.read_journal(lambda conn: _load(conn, start, curves), LOAD_SECONDS)
        except StoreError as error:
            logger.warning("the journal could not be read back: %s", error)
            curves.lacks(wall)
            return Loaded(0, (), None)

    def oldest(self) -> int | None:
        """The tick of the oldest frame, UTC ms; None when there is none. StoreError."""
        first = self._store.read_journal(lambda conn: next(rows.since(conn, 0), None))
        return None if first is None else first.t

    def between(self, keys: Sequence[str], start: int, end: int) -> dict[str, Strip]:
        """What the frames hold of these points from `start` to `end` (UTC ms). Damaged frames are left out. StoreError."""
        return self._store.read_journal(lambda conn: between(conn, keys, start, end), LOAD_SECONDS)

    def unsealed(self, keys: Sequence[str], until: int, tick: int) -> dict[str, Strip]:
        """What is in no month's file of these points, see the function of this name. StoreError."""
        return self._store.read_journal(lambda conn: unsealed(conn, keys, until, tick), LOAD_SECONDS)

    def newest(self) -> int:
        """The newest frame's tick; 0 when there is none. StoreError."""
        return self._store.read_journal(rows.newest)

    def slices(self, first: int, last: int) -> Iterator[tuple[int, list[tuple[Layout, str, Samples]]]]:
        """The samples of the frames from tick `first` to `last`, ten minutes at a time: from which tick on, and of each point its layout,
        key and samples. Damaged frames are left out. StoreError."""
        while first <= last:
            end = self._store.read_journal(lambda conn, at=first: rows.slice_end(conn, at, last, LOAD_SLICE))  # type: ignore[misc]
            if end is None:
                return
            yield first, self._store.read_journal(lambda conn, at=first, to=end: _layers(conn, at, to), LOAD_SECONDS)  # type: ignore[misc]
            first = end + 1

    def _write(self, conn: Connection, readings: list[Reading], wall: int) -> int:
        """In the writer thread. A tick is never used twice, even when the clock was set back."""
        if self._layout_id is None:
            self._layout_id = rows.layout_id(conn, self._layout.to_json())
        if self._rows is None:
            self._rows = rows.count(conn)
        if self._newest is None:
            self._newest = rows.newest(conn)
        t = max(wall, self._newest + 1, self.floor + 1)
        rows.insert(conn, t, self._layout_id, frames.encode_frame(readings, self._layout, t))
        self._newest = t
        self._rows += 1
        if self._rows >= KEEP + PURGE_EVERY:
            self._rows -= rows.forget_oldest(conn, min(self._rows - KEEP, MOST_FORGOTTEN), self.sealed)
        return t

    def _settled(self, future: "Future[int]") -> None:
        error = None if future.cancelled() else future.exception()
        if error is not None:
            self._layout_id = self._rows = self._newest = None
            if not isinstance(error, StoreError):
                logger.error("a frame could not be written", exc_info=error)


def between(conn: Connection, keys: Sequence[str], start: int, end: int) -> dict[str, Strip]:
    """What the frames of this journal.db hold of these points from `start` to `end` (UTC ms). Damaged frames are left out."""
    wanted = frozenset(keys)
    found: dict[str, list[Samples]] = {}
    for key, own in _Reading(conn).by_point(start, end + LATE_MS):
        if key in wanted:
            found.setdefault(key, []).append(own)
    return {key: _strip(parts).between(start, end) for key, parts in found.items()}


def unsealed(conn: Connection, keys: Sequence[str], until: int, tick: int) -> dict[str, Strip]:
    """What this journal.db holds of these points that is in no month's file: samples from `until` on (UTC ms), and every one of frames
    after `tick`."""
    wanted, reading = frozenset(keys), _Reading(conn)
    found: dict[str, list[Samples]] = {}
    for first, last, since in ((0, tick, until), (tick + 1, None, None)):
        for key, own in reading.by_point(first, last):
            rows = slice(None) if since is None else own.times >= since
            if key in wanted and len(own.times[rows]):
                found.setdefault(key, []).append(Samples(own.times[rows], own.values[rows], own.codes[rows], own.whys[rows], own.reasons))
    return {key: _strip(parts) for key, parts in found.items()}


def _layers(conn: Connection, start: int, end: int) -> list[tuple[Layout, str, Samples]]:
    return list(_Reading(conn).by_layout(start, end))


def _load(conn: Connection, start: int, curves: Curves) -> Loaded:
    reading = _Reading(conn)
    for key, own in reading.by_point(start):
        curves.load(key, own)
    first = next(rows.since(conn, 0), None)
    if first is not None and first.t < start:
        curves.lacks(start - 1)
    return Loaded(reading.count, tuple(reading.damaged), rows.newest(conn) or None)


class _Reading:
    """One way through the journal: how many frames were sound, and which were not."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn
        self._layouts = {number: Layout.from_json(text) for number, text in rows.layouts(conn).items()}
        self.count = 0
        self.damaged: list[int] = []

    def by_point(self, start: int, end: int | None = None) -> Iterator[tuple[str, Samples]]:
        """The samples of the frames from tick `start` to `end`, a point's in pieces one after the other."""
        for _, key, own in self.by_layout(start, end):
            yield key, own

    def by_layout(self, start: int, end: int | None = None) -> Iterator[tuple[Layout, str, Samples]]:
        """The same, with the layout that says what the point was then."""
        for number, group in groupby(self._sound(start, end), key=lambda item: item[0]):
            layout = self._layouts[number]
            while part := [(t, data) for _, t, data in islice(group, LOAD_TOGETHER)]:
                for key, own in self._samples(layout, part):
                    yield layout, key, own

    def _samples(self, layout: Layout, part: list[tuple[int, bytes]]) -> Iterator[tuple[str, Samples]]:
        """Run by run; sample by sample when there is a frame of another form among them, or one that cannot be read."""
        try:
            read = runs.read(part, layout)
        except frames.DamagedFrame:
            read = None
        if read is not None:
            self.count += len(part)
            yield from runs.by_point(read, layout)
            return
        for first in range(0, len(part), LOAD_SLICE):
            yield from _by_point(layout, self._unpacked(layout, part[first : first + LOAD_SLICE]))

    def _unpacked(self, layout: Layout, part: list[tuple[int, bytes]]) -> list[tuple[int, frames.Columns]]:
        """All at once; one by one when there is one among them that cannot be read."""
        try:
            whole = [(0, frames.unpack_all(part, layout))]
            self.count += len(part)
            return whole
        except frames.DamagedFrame:
            return [found for t, data in part for found in self._alone(layout, t, data)]

    def _alone(self, layout: Layout, t: int, data: bytes) -> list[tuple[int, frames.Columns]]:
        try:
            columns = frames.unpack(data, layout)
        except frames.DamagedFrame as error:
            self._leave_out(t, error)
            return []
        self.count += 1
        return [(t, columns)]

    def _leave_out(self, t: int, error: frames.DamagedFrame) -> None:
        logger.warning("the journal's frame of %d is damaged and was left out: %s", t, error)
        self.damaged.append(t)

    def _sound(self, start: int, end: int | None) -> Iterator[tuple[int, int, bytes]]:
        for frame in rows.since(self._conn, start):
            if end is not None and frame.t > end:
                return
            try:
                if not frame.sound:
                    raise frames.DamagedFrame("wrong CRC")
                if frame.layout not in self._layouts:
                    raise frames.DamagedFrame(f"its layout {frame.layout} is damaged")
            except frames.DamagedFrame as error:
                self._leave_out(frame.t, error)
                continue
            yield frame.layout, frame.t, frame.data


def _by_point(layout: Layout, group: list[tuple[int, frames.Columns]]) -> Iterator[tuple[str, Samples]]:
    """The samples of frames of one layout, sorted by point."""
    numerators, denominators = layout.factors
    index = np.concatenate([columns.index for _, columns in group])
    times = np.concatenate([frames.times(columns, t) for t, columns in group])
    counts = np.concatenate([columns.count for _, columns in group])
    quality = np.concatenate([columns.quality for _, columns in group])
    whys = np.concatenate([columns.reason for _, columns in group])
    whys = np.where(whys < len(PLAIN), whys, 0).astype(np.uint8)
    values: NDArray[np.float64] = counts * numerators[index] / denominators[index]
    values[quality & (frames.NO_VALUE | frames.IN_TAIL) != 0] = np.nan
    details: dict[int, list[tuple[int, str]]] = {}
    at = 0
    for _, columns in group:
        for place, value in columns.tail.get("v", {}).items():
            if not isinstance(value, str):
                values[at + int(place)] = value
        for place, detail in columns.tail.get("d", {}).items():
            details.setdefault(int(index[at + int(place)]), []).append((at + int(place), str(detail)))
        at += len(columns.index)
    order = np.argsort(index, kind="stable")
    bounds = np.searchsorted(index[order], np.arange(len(layout.keys) + 1))
    times, values, quality = times[order], values[order], (quality[order] & frames.CODE).astype(np.uint8)
    for number, key in enumerate(layout.keys):
        first, last = int(bounds[number]), int(bounds[number + 1])
        if last > first:
            own = order[first:last]
            told = [(int(np.searchsorted(own, place)), detail) for place, detail in details.get(number, [])]
            why, reasons = runs.detailed(whys[own], told)
            yield key, Samples(times[first:last], values[first:last], quality[first:last], why, reasons)


def _strip(parts: list[Samples]) -> Strip:
    """The pieces of one point in the order of time."""
    table: dict[Why, int] = {}
    whys = []
    for part in parts:
        numbers = [table.setdefault(why, len(table)) if why in table or len(table) <= MOST_WHYS else 0 for why in part.reasons]
        whys.append(np.array(numbers, np.uint8)[part.whys])
    times, values, codes = (np.concatenate([part[column] for part in parts]) for column in range(3))
    return samples(times, values, codes, np.concatenate(whys), tuple(table))
