"""Brings what the journal holds into the months' files: samples into hour blocks, these into minutes and hours. Each sample exactly once.

Once an hour everything older than the hour that runs is sealed. A month's file says itself how far that went: `until` (time) and `tick`
(frame of the journal). Of the frames up to that tick the samples older than `until` are in it; so the same round may be run again after
any fall and adds nothing twice. Samples that come late, or after a clock was set back, open their hour again (`rev` counts that).
What is sealed is told to the journal, which forgets nothing before.
"""

import contextlib
import ctypes
import logging
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.history.archive import MINUTE_MS, SECONDS, Archive
from cityops_desktop.history.block import decode, encode
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.curves import Curves, Samples
from cityops_desktop.history.journal import Journal
from cityops_desktop.history.layout import Layout
from cityops_desktop.history.pack import Damaged
from cityops_desktop.model.calendarmonths import begin_of, end_of, month_of
from cityops_desktop.model.envelope import COLUMNS, NOTHING, Strip, envelope, merged, samples
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from cityops_desktop.model.rooms import Room
from cityops_desktop.store import months
from cityops_desktop.store.months import DAY_MS, HOUR_MS, HourRow, Kept, PointRow, State, Table
from cityops_desktop.store.shelf import Shelf
from cityops_desktop.store.trouble import StoreCode, StoreError

logger = logging.getLogger(__name__)

SLACK_MS = 90_000
"""So long after an hour its samples are waited for: a slow bus, a disk that hung."""
FIRST_SECONDS = 20.0
"""After the start: what was left over from before."""
AGAIN_SECONDS = 60.0
"""After a round that failed."""
ROUND_SECONDS = 3600.0
MOST_COUNT = 2.0**62
OUT_OF_RANGE = (Reason.OUT_OF_RANGE, "")
MANY = 100
"""Points whose roll-ups are read and written together."""


def give_back() -> None:
    """Let the system have the memory that an hour of all points took for a moment; glibc would keep it for this process."""
    with contextlib.suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)


class What(NamedTuple):
    """A point as it was when a sample was taken: another unit or resolution makes another one."""

    key: str
    unit: str
    scale: Scale
    kind: Kind


@dataclass(slots=True)
class Batch:
    """Samples to be kept: those of one month. With `state`, how far its file will have taken up the journal."""

    month: int
    parts: dict[What, list[Strip]] = field(default_factory=dict)
    state: State | None = None


class Sealer:
    """`tick` belongs to the station's loop and never blocks; `seal` and `keep` block."""

    def __init__(self, journal: Journal, curves: Curves, shelf: Shelf, archive: Archive, room: Room, clock: Clock) -> None:
        self._journal, self._curves, self._shelf, self._archive, self._clock = journal, curves, shelf, archive, clock
        self._points = room.points()
        self._origin = str(room.origin)
        self._worker = ThreadPoolExecutor(1, "seal")
        self._running: Future[None] | None = None
        self._next = clock.monotonic() + FIRST_SECONDS
        self._lock = threading.Lock()
        self._from = 0
        """Every frame before this tick is sealed whole."""
        self.trouble = ""
        """Why the last round failed; empty when it did not."""
        journal.floor = archive.tick

    def tick(self, flushed: "Future[int] | None", wall: int, mono: float) -> None:
        """Once a second, after the journal's `flush`, with what that gave."""
        if self._running is not None:
            if not self._running.done():
                return
            self._running = None
        due = mono >= self._next or ((wall - SLACK_MS) // HOUR_MS * HOUR_MS > self._archive.until and not self.trouble)
        if not due or flushed is None:
            return
        self._next = mono + ROUND_SECONDS
        self._curves.mark()
        until = (wall - SLACK_MS) // HOUR_MS * HOUR_MS
        self._running = self._worker.submit(self._round, flushed, until, mono)

    def close(self) -> None:
        """Wait for what is under way."""
        self._worker.shutdown(wait=True, cancel_futures=True)

    def _round(self, flushed: "Future[int]", until: int, mono: float) -> None:
        try:
            self.seal(until, flushed.result())
            self._curves.settle()
            self.trouble = ""
            give_back()
        except StoreError as error:
            self.trouble = str(error)
            self._next = mono + AGAIN_SECONDS
            if error.code is not StoreCode.CLOSED:
                logger.warning("the past could not be sealed, it is tried again: %s", error)
        except Exception as error:  # whatever it is: the journal keeps everything, and people are told
            self.trouble = repr(error)
            self._next = mono + AGAIN_SECONDS
            logger.exception("the past could not be sealed, it is tried again")

    def seal(self, until: int, tick: int) -> None:
        """Seal the samples older than `until` (begin of an hour, UTC ms) of the journal's frames up to `tick`. StoreError."""
        with self._lock:
            until = max(until, self._archive.until)
            batches, held = self._gather(until, tick)
            for batch in batches.values():
                batch.state = State(until, tick)
                keep(self._shelf, batch, self._rows, self._clock)
                self._archive.forget(batch.month)
            self._archive.until, self._archive.tick = until, max(tick, self._archive.tick)
            self._from = min(held, tick + 1)
            self._journal.floor = max(self._journal.floor, tick)
            self._journal.sealed = self._from - 1

    def _gather(self, until: int, tick: int) -> tuple[dict[int, Batch], int]:
        """What is to be kept, by month; and the first frame that must be looked at again next time."""
        batches: dict[int, Batch] = {}
        states = _States(self._shelf)
        held, first = tick + 1, self._from
        for last in [*sorted(one for one in states.ticks() if first <= one < tick), tick]:
            for begin, part in self._journal.slices(first, last):
                for layout, key, own in part:
                    if layout.kinds[layout.numbers[key]] is Kind.TEXT:
                        continue
                    if int(own.times.max()) >= until:
                        held = min(held, begin)
                    _take(batches, states, _what(layout, key), own, last, until)
            first = last + 1
        return batches, held

    def _rows(self, what: What, number: int) -> PointRow:
        point = self._points.get(what.key)
        period = round(point.period * 1000) if point is not None else 0
        zh, en = (point.names.zh, point.names.en) if point is not None else ("", "")
        scale = what.scale
        return PointRow(number, what.key, what.unit, scale.numerator, scale.denominator, str(what.kind), period, zh, en, self._origin)


class _States:
    """How far each month's file has taken up the journal, for one round. A file that cannot be read keeps back only what belongs in it."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._known: dict[int, State] = {}
        self._errors: dict[int, StoreError] = {}
        self._checked: set[int] = set()
        for month in shelf.months:
            try:
                self._known[month] = shelf.read(month, months.state)
            except StoreError as error:
                logger.warning("history of %06d cannot be read: %s", month, error)
                self._errors[month] = error

    def ticks(self) -> set[int]:
        """The frames at which files end."""
        return {state.tick for state in self._known.values()}

    def of(self, month: int) -> State:
        """Of a month into which something is to be written: a damaged file is moved aside before, and the new one is empty. StoreError."""
        if month not in self._checked and month in self._shelf.months:
            if self._shelf.ready(month):
                self._known[month] = State()
            elif month in self._errors:
                raise self._errors[month]
        self._checked.add(month)
        return self._known.get(month, State())


def keep(shelf: Shelf, batch: Batch, row_of: Callable[[What, int], PointRow], clock: Clock) -> None:
    """Write samples into their month's file, merged with what it holds of those hours, in one transaction. StoreError."""
    shelf.ready(batch.month)
    known = shelf.read(batch.month, lambda conn: months.points(conn)[0])
    numbers = {What(row.key, row.unit, Scale(row.numerator, row.denominator), Kind(row.kind)): row.id for row in known}
    new: list[PointRow] = []
    for what in batch.parts:
        if what not in numbers:
            numbers[what] = max(numbers.values(), default=0) + 1
            new.append(row_of(what, numbers[what]))
    if numbers and max(numbers.values()) >= months.MOST_POINTS:
        raise StoreError(StoreCode.BUSY, f"{batch.month}: more than {months.MOST_POINTS} points")
    own = {numbers[what]: (what.scale, parts) for what, parts in batch.parts.items()}
    writing = _Writing(shelf, batch.month, own, None if batch.state is None else batch.state.until)
    blocks, days, hours_of_month, revised = writing.rows()
    sealed = [HourRow(hour, rev, clock.wall(), count) for hour, (rev, count) in sorted(revised.items())]

    def write(conn: Connection) -> None:
        months.add_points(conn, new)
        months.put(conn, Table.BLOCK, sorted(blocks))  # as they lie in the file
        months.put(conn, Table.DAY, sorted(days))
        months.put(conn, Table.MONTH, hours_of_month)
        months.put_hours(conn, sealed)
        if batch.state is not None:
            months.put_state(conn, batch.state)

    shelf.write(batch.month, write).result()


class _Writing:
    """What becomes of a month's file: its rows with the new samples among them. Days and months that end after `running` are rewritten
    soon, so that little is spent on making them small; None = nothing is."""

    def __init__(self, shelf: Shelf, month: int, parts: Mapping[int, tuple[Scale, list[Strip]]], running: int | None) -> None:
        self._shelf, self._month, self._parts, self._running = shelf, month, parts, running
        self._exists = month in shelf.months

    def rows(self) -> tuple[list[Kept], list[Kept], list[Kept], dict[int, tuple[int, int]]]:
        """Blocks, days, months, and of each hour its revision and number of blocks."""
        blocks: list[Kept] = []
        days: list[Kept] = []
        in_month: list[Kept] = []
        points = sorted(self._parts)
        for first in range(0, len(points), MANY):
            some = points[first : first + MANY]
            split = {point: _by_hour(merged(*self._parts[point][1])) for point in some}
            before = self._before(Table.BLOCK, [hour << 16 | point for point in some for hour in split[point]])
            fresh = {row: self._sealed(row, split[row & 0xFFFF][row >> 16], before.get(row)) for p in some for row in _ids(p, split[p])}
            blocks += [one.block for one in fresh.values()]
            days += self._rolled(Table.DAY, fresh, before, MINUTE_MS)
            in_month += self._rolled(Table.MONTH, fresh, before, HOUR_MS)
        return blocks, days, in_month, self._hours(blocks)

    def _sealed(self, row: int, strip: Strip, old: Kept | None) -> "_Fresh":
        """An hour of a point as it can be read again."""
        scale = self._parts[row & 0xFFFF][0]
        whole = merged(_readable(old, scale), strip) if old is not None else strip
        data = encode(whole, scale)
        usable = int((whole.count > 0).sum())
        return _Fresh(Kept(row, usable, len(whole) - usable, data, old.rev + 1 if old is not None else 0), decode(data, scale))

    def _rolled(self, table: Table, fresh: Mapping[int, "_Fresh"], before: Mapping[int, Kept], width: int) -> list[Kept]:
        """The roll-ups of some points, with these hours new."""
        wanted: dict[int, list[int]] = {}
        for row in fresh:
            wanted.setdefault(_roll(table, row), []).append(row)
        known = self._before(table, list(wanted))
        rows = []
        for roll, own in wanted.items():
            scale = self._parts[roll & 0xFFFF][0]
            new = merged(*(envelope(fresh[row].strip, width) for row in own))
            n = sum(fresh[row].block.n - (before[row].n if row in before else 0) for row in own)
            bad = sum(fresh[row].block.bad - (before[row].bad if row in before else 0) for row in own)
            old = known.get(roll)
            if old is not None:
                strip = _readable(old, scale)
                again = np.isin(strip.time // HOUR_MS, [row >> 16 for row in own if row in before])
                new = envelope(merged(_rows_of(strip, ~again), new), width)
                n, bad = n + old.n, bad + old.bad
            rows.append(Kept(roll, n, bad, encode(new, scale, self._ended(table, roll))))
        return rows

    def _ended(self, table: Table, roll: int) -> bool:
        end = end_of(self._month) if table is Table.MONTH else ((roll >> 16) + 1) * DAY_MS
        return self._running is None or end <= self._running

    def _before(self, table: Table, ids: Sequence[int]) -> dict[int, Kept]:
        """The sound rows that are there of these; a damaged one is replaced by what is known now."""
        if not self._exists:
            return {}
        kept, broken = self._shelf.read(self._month, lambda conn: months.get(conn, table, ids), SECONDS)
        for row in broken:
            logger.warning("history of %06d: row %d of %s is damaged and is written anew", self._month, row.id, row.table)
        return {row.id: row for row in kept}

    def _hours(self, blocks: Iterable[Kept]) -> dict[int, tuple[int, int]]:
        """Of each hour its revision and how many of its blocks are new."""
        known = {row.id: row.rev for row in self._shelf.read(self._month, months.hours)} if self._exists else {}
        count = Counter(row.id >> 16 for row in blocks)
        return {hour: (known.get(hour, -1) + 1, number) for hour, number in count.items()}


class _Fresh(NamedTuple):
    """A new hour: its row, and what can be read again from it."""

    block: Kept
    strip: Strip


def _take(batches: dict[int, Batch], states: _States, what: What, own: Samples, last: int, until: int) -> None:
    """Sort samples of frames up to tick `last` into the months that do not have them yet."""
    for month in _months(int(own.times.min()), min(int(own.times.max()), until - 1)):
        state = states.of(month)
        begin = max(begin_of(month), state.until if last <= state.tick else 0)
        inside = (own.times >= begin) & (own.times < min(until, end_of(month)))
        if bool(inside.any()):
            part = _countable(Samples(own.times[inside], own.values[inside], own.codes[inside], own.whys[inside], own.reasons), what.scale)
            strip = samples(part.times, part.values, part.codes, part.whys, part.reasons)
            batches.setdefault(month, Batch(month)).parts.setdefault(what, []).append(strip)


def _countable(own: Samples, scale: Scale) -> Samples:
    """What no count can hold (a float that says 1e38, a counter beyond 2^62) is kept as out of range: as a number it would be another."""
    far = np.abs(own.values) >= MOST_COUNT * scale.numerator / scale.denominator
    if not far.any():
        return own
    reasons = (*own.reasons, OUT_OF_RANGE) if OUT_OF_RANGE not in own.reasons else own.reasons
    values, codes = np.where(far, np.nan, own.values), np.where(far, QUALITY_CODES[Quality.BAD], own.codes).astype(np.uint8)
    return Samples(own.times, values, codes, np.where(far, reasons.index(OUT_OF_RANGE), own.whys).astype(np.uint8), reasons)


def _what(layout: Layout, key: str) -> What:
    number = layout.numbers[key]
    return What(key, layout.units[number], Scale.of(layout.resolutions[number]), layout.kinds[number])


def _months(first: int, last: int) -> list[int]:
    """The months that these times touch."""
    found: list[int] = []
    while first <= last:
        found.append(month_of(first))
        first = end_of(found[-1])
    return found


def _ids(point: int, hours: Iterable[int]) -> list[int]:
    return [hour << 16 | point for hour in hours]


def _roll(table: Table, row: int) -> int:
    """The row of the roll-up to which an hour of a point belongs."""
    return row & 0xFFFF if table is Table.MONTH else (row >> 16) // 24 << 16 | row & 0xFFFF


def _by_hour(strip: Strip) -> dict[int, Strip]:
    hours = strip.time // HOUR_MS
    heads = np.flatnonzero(np.diff(hours, prepend=hours[0] - 1))
    return {int(hours[a]): strip.rows(int(a), int(b)) for a, b in zip(heads, [*heads[1:], len(hours)], strict=True)}


def _rows_of(strip: Strip, chosen: NDArray[np.bool_]) -> Strip:
    return replace(strip, **{name: getattr(strip, name)[chosen] for name in COLUMNS})


def _readable(row: Kept, scale: Scale) -> Strip:
    """What a row with a sound CRC holds; one that cannot be read all the same was written so by a faulty program."""
    try:
        return decode(row.data, scale)
    except Damaged as error:
        logger.warning("row %d of the history has a sound CRC and cannot be read: %s", row.id, error)
        return NOTHING
