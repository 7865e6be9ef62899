"""Half a year of 500 points: how small, how soon drawn, how cheaply recorded, and what falls take away.

`bench history` makes some days of each month and stretches them to a half-year that can be asked; `--quick` makes fewer and falls less
often, `--full` makes every day of it (an hour on two cores). CITYOPS_HISTORY names a folder in which the half-year is kept and found again.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bench.history_parts import falls, fill, halfyear, peers, recording, stretch
from bench.history_parts.questions import Asking, Times
from bench.page import Measure, Part
from cityops_desktop.clock import SystemClock
from cityops_desktop.history.archive import Archive
from cityops_desktop.store.shelf import ReadShelf, path_of


@dataclass(frozen=True, slots=True)
class Effort:
    """How much of everything."""

    days: int
    """Days of each month that are made."""
    checked: int
    """Point-days that are compared with the generator."""
    rounds: int
    ranges: int
    recorded: int
    """Seconds, as fast as it goes."""
    paced: int
    kills: int
    cuts: int
    flips: int
    peer_days: int


EFFORTS = {
    "": Effort(3, 120, 20, 200, 8000, 60, 1000, 200, 5000, 31),
    "quick": Effort(1, 30, 8, 50, 7500, 15, 40, 20, 500, 5),
    "full": Effort(31, 500, 20, 300, 8000, 120, 1000, 200, 10_000, 184),
}
LIMIT = 0.40


def measures(mode: str = "") -> Part:
    """Everything, in one run."""
    effort = EFFORTS[mode]
    with tempfile.TemporaryDirectory(prefix="cityops-history-") as place, _kept() as kept:
        folder = Path(place)
        made = kept or folder / "made"
        size = _size(made, effort)
        others = _peers(folder, effort)
        half = made
        if mode != "full":
            half = folder / "half"
            half.mkdir()
            stretch.stretch(made, half)
        told = [*_told_size(size, others, effort), *_questions(half, others, effort)]
        told += [*_recording(folder, effort), *_falls(folder, effort)]
    sorts = ", ".join(f"{sort.count} {sort.name}" for sort in halfyear.SORTS)
    how = (
        f"Seeded half-year: {len(halfyear.sources())} points at 1 Hz for {halfyear.DAYS} days ({sorts}), {halfyear.FAILED_A_DAY} failed "
        "polls a point-day, a silence of minutes about every ten days, times early or late by some ms. "
        f"{size.days} of its days were made, spread over its six months: {size.samples} samples {_made(size)}; "
    )
    how += (
        "all of them are there. "
        if mode == "full"
        else "what is asked of half a year is asked of files in which each other day is one of these at its own time. "
    )
    how += "Cold: the system was made to forget the files before each question; the station's files are open. Median (least to most)."
    return "Half a year of history", how, told


def _made(size: "Size") -> str:
    if not size.seconds:
        return "by an earlier run, and were found there"
    return f"in {size.seconds:.0f} s by two processes ({size.cpu / size.days:.1f} s of processor time a day)"


@contextmanager
def _kept() -> Iterator[Path | None]:
    named = os.environ.get("CITYOPS_HISTORY")
    yield Path(named) if named else None


@dataclass(frozen=True, slots=True)
class Size:
    """What was made."""

    days: int
    samples: int
    bytes: int
    seconds: float
    cpu: float
    wrong: list[str]
    compared: int


def _size(made: Path, effort: Effort) -> Size:
    made.mkdir(exist_ok=True)
    wanted = {month: halfyear.spread(numbers, effort.days) for month, numbers in halfyear.months().items()}
    days = sum(len(numbers) for numbers in wanted.values())
    if any(path_of(made, month).exists() for month in wanted):
        samples, seconds, cpu = _counted(made), 0.0, 0.0
    else:
        samples, seconds, cpu = fill.filled(made, wanted)
    size = sum(fill.size(made, month) for month in wanted)
    wrong = compared(made, wanted, effort.checked)
    print(f"  made: {days} days, {samples} samples, {size} bytes, {seconds:.0f} s", flush=True)
    return Size(days, samples, size, seconds, cpu, wrong, effort.checked)


def _counted(made: Path) -> int:
    shelf = ReadShelf(made, SystemClock())
    try:
        return sum(
            int(shelf.read(month, lambda conn: conn.exec_driver_sql("SELECT sum(n + bad) FROM block").scalar_one(), 60.0))
            for month in shelf.months
        )
    finally:
        shelf.close()


def compared(made: Path, wanted: dict[int, list[int]], count: int) -> list[str]:
    """Read random point-days back: values and qualities must be those of the generator, times at most a quarter of the pace off."""
    dice, every, wrong = random.Random(7), halfyear.sources(), []
    shelf = ReadShelf(made, SystemClock())
    archive = Archive(shelf)
    numbers = [number for some in wanted.values() for number in some]
    try:
        for _ in range(count):
            source, number = dice.choice(every), dice.choice(numbers)
            begin = (halfyear.FIRST + number) * halfyear.DAY_MS
            told = [strip for _, strip in archive.samples([source.point.key], begin, begin + halfyear.DAY_MS - 1)]
            meant = halfyear.day(source, number)
            columns = [np.concatenate([getattr(strip, name) for strip in told]) for name in ("time", "last", "quality")]
            same = (
                len(columns[0]) == len(meant)
                and bool((np.abs(columns[0] - meant.time) <= 250).all())
                and np.array_equal(columns[1], meant.last, equal_nan=True)
                and np.array_equal(columns[2], meant.quality)
            )
            if not same:
                wrong.append(f"{source.point.key} day {number}")
    finally:
        shelf.close()
    return wrong


def _peers(folder: Path, effort: Effort) -> list[peers.Peer]:
    rows = peers.data_set(effort.peer_days)
    found = [peers.sqlite(folder, rows), peers.duck(folder, rows)]
    for name in ("rows.db", "rows.duckdb"):
        (folder / name).unlink()
    for peer in found:
        print(f"  {peer}", flush=True)
    return found


def _told_size(size: Size, others: list[peers.Peer], effort: Effort) -> list[Measure]:
    each = size.bytes / size.samples
    beside = "; ".join(f"{peer.name} {peer.bytes_a_sample:.2f}" for peer in others)
    bound = halfyear.entropy(halfyear.sources())
    half_year = each * halfyear.DAYS * 500 * 86_400 / 1e9
    name = "all in (samples, quality, roll-ups, CRCs, points, SQLite itself)"
    return [
        Measure(
            name,
            each,
            LIMIT,
            "bytes a sample",
            f"{beside}; the noise alone {bound:.3f}; half a year is {half_year:.2f} GB",
            f"{size.days} days",
        ),
        Measure("point-days that came back otherwise than they were", len(size.wrong), 0, "point-days", f"{size.compared} compared"),
    ]


def _questions(half: Path, others: list[peers.Peer], effort: Effort) -> list[Measure]:
    asking = Asking(half, 36621)
    try:
        chart, warm = (asking.timed(asking.half_year, effort.rounds, cold=cold) for cold in (True, False))
        one = asking.timed(asking.one, effort.rounds, cold=True)
        day, day_cold = (asking.timed(asking.whole_day, effort.rounds, cold=cold) for cold in (False, True))
        overview = asking.timed(asking.overview, max(3, effort.rounds // 4), cold=True)
    finally:
        asking.close()
    long = "; ".join(f"{peer.name} {peer.long_chart:.0f} ms for one point over {effort.peer_days} days" for peer in others)
    wide = "; ".join(f"{peer.name} {peer.whole_day:.0f} ms" for peer in others)
    return [
        Measure(
            "chart of 16 points over half a year, cold",
            chart.middle,
            17,
            "ms",
            f"one point {one.middle:.1f} ms; warm {warm.middle:.1f} ms; {long}",
            chart.spread,
        ),
        Measure("24 h of 16 points, every sample", day.middle, 60, "ms", f"cold {day_cold.middle:.0f} ms; {wide}", day.spread),
        Measure("overview of 500 points over half a year, cold", overview.middle, 300, "ms", "-", overview.spread),
        _painted(half, effort),
    ]


def _painted(half: Path, effort: Effort) -> Measure:
    from bench.history_parts.painting import painted

    whole, by_span, slowest = painted(half, effort.ranges, random.Random(5))
    beside = "; ".join(f"{name} {_p95(times):.0f} ms" for name, times in by_span.items())
    spread = f"median {whole.middle:.0f}, {slowest}"
    return Measure("any range of any 16 points, over the link and painted, p95", _p95(whole), 100, "ms", f"ranges {beside}", spread)


def _p95(times: Times) -> float:
    return float(np.percentile(times.ms, 95))


def _recording(folder: Path, effort: Effort) -> list[Measure]:
    fast, slow = folder / "fast", folder / "slow"
    for place in (fast, slow):
        place.mkdir()
    told = recording.measured(fast, effort.recorded)
    paced = recording.measured(slow, effort.paced, paced=True)
    sealed = f"{told['sealed']:.0f} blocks sealed in {effort.recorded} s of records"
    return [
        Measure(
            "recording 500 samples a second, durably",
            told["cpu"],
            0.1,
            "% of a core",
            f"{sealed}; at the pace of the day {paced['cpu']:.2f} %",
        ),
        Measure("written to the disk a day", told["bytes"] / 1e9, 1.5, "GB", f"a second is durable after {told['wait']:.1f} ms (median)"),
        Measure(
            f"start: {told['frames']:.0f} s of live curves", told["restart"], 100, "ms", f"{told['restart_cpu']:.0f} ms of processor time"
        ),
    ]


def _falls(folder: Path, effort: Effort) -> list[Measure]:
    killed_in, cut_in = folder / "killed", folder / "cut"
    for place in (killed_in, cut_in):
        place.mkdir()
    dice, began = random.Random(6), time.monotonic()
    killed = falls.killed(killed_in, effort.kills, dice)
    cut = falls.cut(cut_in, effort.cuts, dice)
    months = sorted(killed_in.glob("history-*.db"))
    flips = [falls.flipped(path, effort.flips // len(months), dice) for path in months]
    print(f"  falls: {time.monotonic() - began:.0f} s", flush=True)
    found = []
    for name, tally in ((f"{killed.falls} kills", killed), (f"{cut.falls} power cuts", cut)):
        for line in (tally.lost + tally.doubled + tally.changed + tally.corrupt)[:5]:
            print(f"  {name}: {line}", flush=True)
        beside = f"{tally.acknowledged} acknowledged seconds looked for, {tally.sealed} samples sealed"
        found += [
            Measure(f"{name}: acknowledged seconds lost", len(tally.lost), 0, "seconds", beside),
            Measure(
                f"{name}: samples doubled or changed", len(tally.doubled) + len(tally.changed), 0, "samples", f"{tally.samples} samples"
            ),
            Measure(f"{name}: corrupt stores", len(tally.corrupt), 0, "findings", "integrity_check, every row's CRC, every frame's CRC"),
        ]
    missed = [text for one in flips for text in one.missed]
    idle = sum(one.idle for one in flips)
    beside = f"{sum(one.flipped for one in flips)} flipped, each alone; {idle} more left the row saying what it said"
    return [*found, Measure("flipped bits in rows that were not found", len(missed), 0, "bits", beside)]
