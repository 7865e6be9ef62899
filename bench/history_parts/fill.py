"""Fills months' files with the seeded half-year through the sealer's own way of writing. Run by itself it does so for some months:
`python -m bench.history_parts.fill DATA MONTH:DAY,DAY,... ...` (days counted from the half-year's first)."""

import subprocess
import sys
import time
from pathlib import Path

import psutil

from bench.history_parts import halfyear
from bench.history_parts.halfyear import Source
from cityops_desktop.clock import SystemClock
from cityops_desktop.history.seal import Batch, What, keep
from cityops_desktop.store.months import PointRow
from cityops_desktop.store.shelf import Shelf, path_of
from cityops_desktop.store.writer import Writer

PROCESSES = 2


def what_of(source: Source) -> What:
    """A point as the sealer sees it."""
    return What(source.point.key, source.point.unit, source.scale, source.point.kind)


def row_of(source: Source, number: int) -> PointRow:
    """A point's row in a month's file."""
    point, scale = source.point, source.scale
    period = round(point.period * 1000)
    return PointRow(
        number, point.key, point.unit, scale.numerator, scale.denominator, str(point.kind), period, point.names.zh, point.names.en, "real"
    )


def fill(data: Path, month: int, numbers: list[int]) -> int:
    """Keep these days of all points in a month's file; how many samples that were."""
    every = halfyear.sources()
    by_key = {source.point.key: source for source in every}
    writer = Writer((), lambda recording, detail: None)
    shelf = Shelf(data, SystemClock(), "real", writer)
    rows = 0
    try:
        for number in numbers:
            parts = {what_of(source): [halfyear.day(source, number)] for source in every}
            rows += sum(len(strip) for strips in parts.values() for strip in strips)
            keep(shelf, Batch(month, parts), lambda what, place: row_of(by_key[what.key], place), SystemClock())
    finally:
        shelf.close()
        writer.close()
    return rows


def filled(data: Path, wanted: dict[int, list[int]]) -> tuple[int, float, float]:
    """Fill the files of some months with these days, in two processes: samples, seconds, and seconds of processor time."""
    began, samples, used = time.monotonic(), 0, 0.0
    waiting = list(wanted.items())
    running: list[subprocess.Popen[str]] = []
    while waiting or running:
        while waiting and len(running) < PROCESSES:
            month, numbers = waiting.pop(0)
            job = f"{month}:{','.join(map(str, numbers))}"
            line = [sys.executable, "-m", "bench.history_parts.fill", str(data), job]
            running.append(subprocess.Popen(line, stdout=subprocess.PIPE, text=True))
        first = running.pop(0)
        told, _ = first.communicate()
        if first.returncode:
            raise RuntimeError("a month could not be filled")
        count, cpu = told.split()
        samples, used = samples + int(count), used + float(cpu)
    return samples, time.monotonic() - began, used


def size(data: Path, month: int) -> int:
    """Bytes of a month's file, its log written into it."""
    return sum(
        path.stat().st_size
        for path in (path_of(data, month), path_of(data, month).with_name(f"{path_of(data, month).name}-wal"))
        if path.exists()
    )


def main(arguments: list[str]) -> int:
    """See the top of this file."""
    data, rows = Path(arguments[0]), 0
    for job in arguments[1:]:
        month, _, numbers = job.partition(":")
        rows += fill(data, int(month), [int(number) for number in numbers.split(",")])
    times = psutil.Process().cpu_times()
    print(rows, times.user + times.system)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
