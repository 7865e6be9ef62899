"""The sealed past, as it lies in the months' files: samples, minutes, hours, of any time and point. Reads only; knows no journal.

A question is answered from the coarsest table that still shows everything: hours (a blob a month), minutes (a blob a day) or samples
(a blob an hour). What a damaged row held is missing from the answer and named in the log; the rest stays readable.
"""

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Protocol, TypeVar

import numpy as np
from sqlalchemy import Connection

from cityops_desktop.history import wide
from cityops_desktop.history.block import decode
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.pack import Damaged
from cityops_desktop.model.calendarmonths import begin_of, end_of
from cityops_desktop.model.days import DayCount
from cityops_desktop.model.envelope import NOTHING, Past, Strip, envelope, merged, width_for
from cityops_desktop.model.readings import QUALITY_CODES, Quality, Reason
from cityops_desktop.store import months
from cityops_desktop.store.months import DAY_MS, HOUR_MS, Broken, Kept, PointRow, State, Table
from cityops_desktop.store.trouble import StoreError

logger = logging.getLogger(__name__)

T = TypeVar("T")
RAW_PER_BUCKET = 4
"""As many samples for each bucket wanted are told as they are: a bucket holds four values and would be no smaller."""
MINUTE_MS = 60_000
ENOUGH_MS = 30 * MINUTE_MS
"""From this width on hours are told: a chart over weeks, drawn at once, is worth more than halves of hours three pixels apart."""
FEW_HOURS = 48
"""So many hours are looked through for samples that are few."""
SECONDS = 10.0
SLICE_MS = 6 * HOUR_MS
"""Samples for an export are read so many at a time."""


class Months(Protocol):
    """Where the months' files are: store/shelf.py."""

    @property
    def months(self) -> tuple[int, ...]:
        """YYYYMM, in order."""
        ...

    def read(self, month: int, ask: Callable[[Connection], T], seconds: float = 2.0) -> T:
        """Ask a month's file."""
        ...


class Archive:
    """Thread-safe; every method blocks on the disk: to be asked in a worker thread."""

    def __init__(self, shelf: Months) -> None:
        self._shelf = shelf
        self._points: dict[int, dict[str, list[PointRow]]] = {}
        self._oldest: tuple[tuple[int, ...], int] | None = None
        states = [self._state(month) for month in shelf.months]
        self.until = max((state.until for state in states), default=0)
        """Every sample older than this (UTC ms) is sealed, but for what came late since; the sealer moves it on."""
        self.tick = max((state.tick for state in states if state.tick < months.EVERY_TICK), default=0)
        """The newest frame of the journal that was looked at for it, likewise."""

    def past(self, keys: Sequence[str], start: int, end: int, buckets: int) -> Past:
        """These points from `start` to `end` (UTC ms, both included): samples where there are few, else in about `buckets` buckets."""
        width = width_for(end - start, buckets)
        strips = self.strips(keys, start, end, width, RAW_PER_BUCKET * buckets)
        most = RAW_PER_BUCKET * buckets
        return Past(self.oldest(), {k: envelope(s, width) if len(s) > most or s.width else s for k, s in strips.items()})

    def strips(self, keys: Sequence[str], start: int, end: int, width: int, few: int = 0) -> dict[str, Strip]:
        """What is known of these points, no coarser than buckets of `width` ms; samples of points that have at most `few` of them.

        Points without anything are left out.
        """
        table = Table.BLOCK if width < MINUTE_MS else Table.DAY if width < ENOUGH_MS else Table.MONTH
        found = self._found(table, dict.fromkeys(keys), start, end)
        if table is not Table.BLOCK and few and end - start <= FEW_HOURS * HOUR_MS:
            sparse = [key for key, strip in found.items() if int(strip.count.sum()) + int((strip.count == 0).sum()) <= few]
            found |= self._found(Table.BLOCK, dict.fromkeys(sparse), start, end)
        return found

    def samples(self, keys: Sequence[str], start: int, end: int) -> Iterator[tuple[str, Strip]]:
        """Every sample of these points from `start` to `end`, some hours at a time in the order of time, in them point by point."""
        for month in self._in_reach(start, end):
            first, until = max(start, begin_of(month)), min(end, end_of(month) - 1)
            while first <= until:
                last = min(until, first // SLICE_MS * SLICE_MS + SLICE_MS - 1)
                strips = self._found(Table.BLOCK, dict.fromkeys(keys), first, last)
                yield from ((key, strips[key]) for key in keys if key in strips)
                first = last + 1

    def at(self, keys: Sequence[str], time: int) -> Past:
        """Of each point the newest sample that is not after `time`, looking back to the beginning of the hour before."""
        strips = self._found(Table.BLOCK, dict.fromkeys(keys), time // HOUR_MS * HOUR_MS - HOUR_MS, time)
        return Past(self.oldest(), {key: strip.rows(len(strip) - 1, len(strip)) for key, strip in strips.items() if len(strip)})

    def days(self, keys: Sequence[str], start: int, end: int) -> list[DayCount]:
        """How many samples there are of each point in each day (UTC) of this time; days without any are left out."""
        wanted, found = frozenset(keys), []
        for month in self._in_reach(start, end):
            names = {row.id: row for rows in self._of(month).values() for row in rows if row.key in wanted}
            first, last = start // DAY_MS << 16, (end // DAY_MS << 16) + 0xFFFF
            counted: list[tuple[int, int, int]] = self._ask(month, partial(months.counts, first=first, last=last), [])
            for number, n, bad in counted:
                row = names.get(number & 0xFFFF)
                if row is not None:
                    found.append(DayCount(row.key, number >> 16, n, bad, row.period))
        return found

    def points(self) -> list[PointRow]:
        """Everything that is or was recorded, as it was last."""
        last: dict[str, PointRow] = {}
        for month in self._shelf.months:
            for rows in self._of(month).values():
                last[rows[-1].key] = rows[-1]
        return list(last.values())

    def oldest(self) -> int | None:
        """The begin of the oldest hour of which samples or roll-ups are kept, UTC ms; None when there is nothing."""
        there = self._shelf.months
        if self._oldest is not None and self._oldest[0] == there:
            return self._oldest[1]
        oldest = self._look_for_oldest()
        if oldest is not None:
            self._oldest = (there, oldest)
        return oldest

    def _look_for_oldest(self) -> int | None:
        for month in self._shelf.months:
            first = self._ask(month, lambda conn: months.edges(conn, Table.DAY), None)
            if first is not None:
                hour = self._ask(month, lambda conn: months.edges(conn, Table.BLOCK), None)
                day = (first[0] >> 16) * DAY_MS
                return max(day, (hour[0] >> 16) * HOUR_MS) if hour is not None and hour[0] >> 16 < (first[0] >> 16) * 24 + 24 else day
        return None

    def forget(self, month: int) -> None:
        """A month's file was written, or is another one than before: its numbers may stand for more points, or for others."""
        self._points.pop(month, None)
        self._oldest = None

    def _state(self, month: int) -> State:
        return self._ask(month, months.state, State())

    def _in_reach(self, start: int, end: int) -> list[int]:
        return [month for month in self._shelf.months if begin_of(month) <= end and end_of(month) > start]

    def _of(self, month: int) -> dict[str, list[PointRow]]:
        """The points of a month by their key, each with all that it was, in order."""
        known = self._points.get(month)
        if known is None:
            none: tuple[list[PointRow], list[Broken]] = ([], [])
            rows, broken = self._ask(month, months.points, none)
            self._name(month, broken)
            known = {}
            for row in rows:
                known.setdefault(row.key, []).append(row)
            if rows:
                self._points[month] = known
        return known

    def _found(self, table: Table, keys: Mapping[str, None], start: int, end: int) -> dict[str, Strip]:
        """What this table holds of the time. Where a row is damaged, what the next finer table has of it."""
        parts: dict[str, list[tuple[str, Strip]]] = {}
        data: dict[str, dict[PointRow, list[tuple[int, int, bytes]]]] = {}
        lost: list[tuple[int, int, str]] = []
        for month in self._in_reach(start, end):
            known = self._of(month)
            rows = {row.id: row for key in keys for row in known.get(key, ())}
            ids = _ids(table, list(rows), max(start, begin_of(month)), min(end, end_of(month) - 1))
            none: tuple[list[Kept], list[Broken]] = ([], [])
            kept, broken = self._ask(month, partial(months.get, table=table, ids=ids), none)
            self._name(month, broken)
            lost += [(month, one.id, rows[one.id & 0xFFFF].key) for one in broken if one.id & 0xFFFF in rows]
            for row in sorted(kept):
                point = rows[row.id & 0xFFFF]
                data.setdefault(point.key, {}).setdefault(point._replace(id=0), []).append((month, row.id, row.data))
        for key, some in data.items():
            for point, own in some.items():
                parts.setdefault(key, []).append((point.unit, self._strip(table, point, own, lost)))
        for month, id, key in lost if table is not Table.BLOCK else ():
            first, last = _time_of(table, month, id)
            finer = self._found(Table.DAY if table is Table.MONTH else Table.BLOCK, {key: None}, max(start, first), min(end, last))
            if key in finer:
                unit = parts[key][-1][0] if key in parts else ""
                parts.setdefault(key, []).append((unit, finer[key]))
        found = {key: _whole(some, start, end) for key, some in parts.items()}
        return {key: strip for key, strip in found.items() if len(strip)}

    def _strip(self, table: Table, point: PointRow, data: Sequence[tuple[int, int, bytes]], lost: list[tuple[int, int, str]]) -> Strip:
        """What these rows hold, together. One that cannot be read is left out, named in the log and added to `lost`."""
        scale = Scale(point.numerator, point.denominator)
        if table is Table.MONTH:
            with contextlib.suppress(Damaged):
                return wide.decode([one for _, _, one in data], scale)
        strips = []
        for month, id, one in data:
            try:
                strips.append(decode(one, scale))
            except Damaged as error:
                logger.warning("history of %06d: row %d of %s (%s) cannot be read: %s", month, id, table, point.key, error)
                lost.append((month, id, point.key))
        return merged(*strips) if strips else NOTHING

    def _ask(self, month: int, ask: Callable[[Connection], T], nothing: T) -> T:
        """What the file says; `nothing` of one that cannot be read, which is logged."""
        try:
            return self._shelf.read(month, ask, SECONDS)
        except StoreError as error:
            logger.warning("history of %06d cannot be read: %s", month, error)
            return nothing

    def _name(self, month: int, broken: Sequence[Broken]) -> None:
        for row in broken:
            logger.warning("history of %06d: row %d of %s is damaged and was left out", month, row.id, row.table)


def _ids(table: Table, points: Sequence[int], start: int, end: int) -> list[int]:
    """Which rows hold this time."""
    if table is Table.MONTH:
        return list(points)
    step = HOUR_MS if table is Table.BLOCK else DAY_MS
    return [when << 16 | point for when in range(start // step, end // step + 1) for point in points]


def _time_of(table: Table, month: int, id: int) -> tuple[int, int]:
    """The first and the last millisecond that a row is about."""
    if table is Table.MONTH:
        return begin_of(month), end_of(month) - 1
    step = HOUR_MS if table is Table.BLOCK else DAY_MS
    return (id >> 16) * step, (id >> 16) * step + step - 1


def _whole(parts: list[tuple[str, Strip]], start: int, end: int) -> Strip:
    """One strip of a point's parts. Of a time when it had another unit than at last it is only known that there was something."""
    unit = parts[-1][0]
    strips = [strip if own == unit else _unknown(strip, own) for own, strip in parts]
    return merged(*strips).between(start, end) if strips else NOTHING


def _unknown(strip: Strip, unit: str) -> Strip:
    none = np.full(len(strip), np.nan)
    usable = strip.count > 0
    code, bad = QUALITY_CODES[Quality.UNCERTAIN], QUALITY_CODES[Quality.BAD]
    quality = np.where(usable, code, np.where(strip.quality == 0, bad, strip.quality)).astype(np.uint8)
    zero, first = np.zeros(len(strip), np.uint32), np.zeros(len(strip), np.uint8)
    reasons = ((Reason.OTHER_UNIT, unit),)
    return Strip(strip.width, strip.time, strip.end, none, none, none, none, zero, strip.hole, quality, first, reasons)
