"""Samples from a CSV as `history export` writes it, into the months' files of a stopped station: checked whole before the first is kept.

Never replaces a sample: what is there stays. A value that its point's resolution cannot hold is refused, not rounded.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.export import REAL
from cityops_desktop.history.seal import Batch, What, keep
from cityops_desktop.model.calendarmonths import begin_of, month_of
from cityops_desktop.model.envelope import Strip, samples
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import QUALITY_CODES, Quality
from cityops_desktop.store.months import DAY_MS, HOUR_MS, PointRow
from cityops_desktop.store.shelf import Shelf
from cityops_desktop.texts import N_

MANY = 200_000
"""Samples that are kept with one transaction."""
FIRST_MS = begin_of(200001)
_CODES = {str(quality): code for quality, code in QUALITY_CODES.items()}
_MOST_PROBLEMS = 20
_OFF = 1e-6


class Row(NamedTuple):
    """A line of the file."""

    line: int
    key: str
    time: int
    value: float
    code: int


class Outcome(NamedTuple):
    """Samples that were kept, and those that were there already."""

    kept: int
    there: int


@dataclass(slots=True)
class Content:
    """What a file holds: samples of each point, and the first and last time of each hour, by (point, hour)."""

    rows: int = 0
    points: dict[str, int] = field(default_factory=dict)
    hours: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)


class Reading:
    """A file to be imported. `point` is whose samples they are when the file does not say; `origin` that of the data directory."""

    def __init__(self, path: Path, point: str, known: Mapping[str, PointRow], origin: str, zone: tzinfo, clock: Clock) -> None:
        self._path, self._point, self._known, self._origin, self._zone, self._clock = path, point, known, origin, zone, clock

    def check(self, until: int) -> Content:
        """All of it, once. `until`: what is later is not sealed yet (UTC ms, 0 = nothing is). OperatorError with file and line."""
        content, problems = Content(), list[Problem]()
        latest = until or self._clock.wall() + DAY_MS
        for row in self._rows(problems):
            if len(problems) >= _MOST_PROBLEMS:
                break
            if not FIRST_MS <= row.time < latest:
                do = N_("start the station: it seals what it has recorded; then import once more") if until else N_("correct the time")
                problems.append(Problem(N_("this time is not sealed yet, or is none of a record"), do, self._where(row.line)))
                continue
            content.rows += 1
            content.points[row.key] = content.points.get(row.key, 0) + 1
            hour = (row.key, row.time // HOUR_MS)
            low, high = content.hours.get(hour, (row.time, row.time))
            content.hours[hour] = (min(low, row.time), max(high, row.time))
        if problems:
            raise OperatorError(problems, Exit.CONFIGURATION)
        return content

    def batches(self) -> Iterator[tuple[int, dict[str, Strip]]]:
        """The samples, month by month and not too many at a time; to be asked after `check`."""
        month, rows = 0, list[Row]()
        for row in self._rows([]):
            own = month_of(row.time)
            if rows and (own != month or len(rows) >= MANY):
                yield month, _strips(rows)
                rows = []
            month = own
            rows.append(row)
        if rows:
            yield month, _strips(rows)

    def _rows(self, problems: list[Problem]) -> Iterator[Row]:
        with self._opened() as lines:
            head: list[str] = next(lines, [])
            wanted = ["time", *(["point"] if "point" in head else []), "value", "quality", *(["origin"] if "origin" in head else [])]
            if head != wanted:
                what, do = N_("the first line must be {columns}"), N_("import what “history export --format csv” wrote")
                raise OperatorError(Problem(what, do, self._where(1), {"columns": ",".join(wanted)}), Exit.CONFIGURATION)
            if "point" not in head and not self._point:
                raise OperatorError(
                    Problem(N_("the file does not say whose samples these are"), N_("name the point with --point")), Exit.USAGE
                )
            for cells in lines:
                try:
                    if len(cells) != len(head):
                        raise ValueError(",".join(cells))
                    yield self._row(lines.line_num, dict(zip(head, cells, strict=True)))
                except ValueError as error:
                    what, do = N_("this is no sample: {error}"), N_("correct the line, or remove it")
                    problems.append(Problem(what, do, self._where(lines.line_num), {"error": str(error)}))
                except OperatorError as error:
                    problems.extend(error.problems)
                if len(problems) >= _MOST_PROBLEMS:
                    return

    def _row(self, line: int, cells: Mapping[str, str]) -> Row:
        key = cells.get("point", self._point)
        if key not in self._known:
            do = N_("names of points: “history stats”; a new one must have been recorded by the station first")
            raise OperatorError(Problem(N_("no point {point} is recorded here"), do, self._where(line), {"point": key}))
        origin = cells.get("origin", REAL)
        if origin != self._origin:
            what = N_("these samples are of another kind ({theirs}) than this data directory ({ours})")
            do = N_("demo data and real data are never mixed")
            raise OperatorError(Problem(what, do, self._where(line), {"theirs": origin, "ours": self._origin}))
        try:
            moment = datetime.fromisoformat(cells["time"])
        except ValueError:
            raise ValueError(cells["time"]) from None
        time = round((moment if moment.tzinfo else moment.replace(tzinfo=self._zone)).timestamp() * 1000)
        if cells["quality"] not in _CODES:
            raise ValueError(cells["quality"])
        code = _CODES[cells["quality"]]
        return Row(line, key, time, self._value(key, cells["value"], code), code)

    def _value(self, key: str, text: str, code: int) -> float:
        if not text:
            if code == QUALITY_CODES[Quality.GOOD]:
                raise ValueError("good without a value")
            return np.nan
        value, row = float(text), self._known[key]
        counts = value * row.denominator / row.numerator
        if not np.isfinite(value) or abs(counts) > 2**53 or abs(counts - round(counts)) > max(_OFF, abs(counts) * 1e-12):
            raise ValueError(f"{text}: {row.numerator}/{row.denominator}")
        return value

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        try:
            with self._path.open(encoding="utf-8-sig", newline="") as file:
                yield csv.reader(file, strict=True)
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            what, do = N_("the file cannot be read: {error}"), N_("name a CSV that “history export” wrote")
            text = getattr(error, "strerror", None) or str(error)
            raise OperatorError(Problem(what, do, str(self._path), {"error": text}), Exit.USAGE) from error

    def _where(self, line: int) -> str:
        return f"{self._path}:{line}"


def taken(archive: Archive, content: Content) -> tuple[str, int, int] | None:
    """The first point and time (UTC ms, from and to) of the file where something is recorded already; None when nowhere."""
    for (key, _), (low, high) in sorted(content.hours.items(), key=lambda item: item[0][1]):
        for _, strip in archive.samples([key], low, high):
            if len(strip):
                return key, int(strip.time[0]), int(strip.time[-1])
    return None


def take(reading: Reading, shelf: Shelf, archive: Archive, known: Mapping[str, PointRow], clock: Clock) -> Outcome:
    """Keep every sample at whose time its point has none. StoreError."""
    kept = there = 0
    for month, strips in reading.batches():
        batch = Batch(month)
        for key, strip in strips.items():
            new = _new(archive, key, strip)
            there += len(strip) - len(new)
            kept += len(new)
            if len(new):
                batch.parts[_what(known[key])] = [new]
        if batch.parts:
            keep(shelf, batch, lambda what, number: known[what.key]._replace(id=number), clock)
    return Outcome(kept, there)


def _new(archive: Archive, key: str, strip: Strip) -> Strip:
    found = [one.time for _, one in archive.samples([key], int(strip.time[0]), int(strip.time[-1]))]
    fresh = ~np.isin(strip.time, np.concatenate(found)) if found else np.ones(len(strip), bool)
    fresh[1:] &= strip.time[1:] != strip.time[:-1]
    return samples(strip.time[fresh], strip.last[fresh], strip.quality[fresh]) if not fresh.all() else strip


def _strips(rows: Sequence[Row]) -> dict[str, Strip]:
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        by_key.setdefault(row.key, []).append(row)
    return {key: _strip(own) for key, own in by_key.items()}


def _strip(rows: Sequence[Row]) -> Strip:
    times, values, codes = ([row[place] for row in rows] for place in (2, 3, 4))
    return samples(np.array(times, np.int64), np.array(values, np.float64), np.array(codes, np.uint8))


def _what(row: PointRow) -> What:
    return What(row.key, row.unit, Scale(row.numerator, row.denominator), Kind(row.kind))
