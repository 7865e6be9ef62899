"""What recording costs: 500 samples a second into the journal, each second durable, each hour sealed. No wire, no screen.

`python -m bench.history_parts.recording DATA SECONDS` records as fast as it goes, with a clock that moves by a second each time, then
opens the folder anew as a station does that starts; `... DATA SECONDS paced` records at the pace of the day. One line of JSON.
"""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench.history_parts import halfyear
from bench.history_parts.recorder import FastClock
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.curves import Curves
from cityops_desktop.history.journal import Journal
from cityops_desktop.history.seal import Sealer
from cityops_desktop.model.points import Kind
from cityops_desktop.model.readings import Quality, Reading, Reason, failed
from cityops_desktop.store.store import Store

DAY = 10
BATCH = 20
"""Seconds whose readings are made beforehand: few, as those of a station are fresh as well."""


def measured(data: Path, seconds: int, *, paced: bool = False) -> dict[str, Any]:
    """Run it in a process of its own."""
    line = [sys.executable, "-m", "bench.history_parts.recording", str(data), str(seconds), *(["paced"] if paced else [])]
    told = subprocess.run(line, check=True, capture_output=True, text=True, timeout=1200).stdout
    return dict(json.loads(told))


def _readings(sources: list[halfyear.Source], strips: list[Any], first: int, last: int) -> list[list[Reading]]:
    """What the wires bring in each of these seconds."""
    told: list[list[Reading]] = [[] for _ in range(last - first)]
    begin = (halfyear.FIRST + DAY) * halfyear.DAY_MS
    for source, strip in zip(sources, strips, strict=True):
        part = strip.between(begin + first * 1000, begin + last * 1000 - 1)
        digital, key = source.point.kind is Kind.DIGITAL, source.point.key
        for at, value, count in zip(part.time.tolist(), part.last.tolist(), part.count.tolist(), strict=True):
            place = min(last - first - 1, (at - begin) // 1000 - first)
            if not count:
                told[place].append(failed(key, at, Reason.NO_ANSWER))
            else:
                told[place].append(Reading(key, int(value) if digital else round(value, 2), at, Quality.GOOD))
    return told


def record(data: Path, seconds: int, paced: bool) -> dict[str, float]:
    """Record, and say what it cost."""
    sources = halfyear.sources()
    room = halfyear.room(sources)
    strips = [halfyear.day(source, DAY) for source in sources]
    clock = FastClock((halfyear.FIRST + DAY) * halfyear.DAY_MS)
    store = Store.open(data, clock)
    journal, curves = Journal(store, room, clock), Curves(room.points().values())
    archive = Archive(store.shelf)
    sealer = Sealer(journal, curves, store.shelf, archive, room, clock)
    other, waits = 0.0, []
    written, used, began = _written(), time.process_time(), time.monotonic()
    for number in range(seconds):
        if number % BATCH == 0:
            aside = time.thread_time()
            batch = _readings(sources, strips, number, min(seconds, number + BATCH))
            other += time.thread_time() - aside
        clock.set(clock.wall() + 1000)
        if paced:
            time.sleep(max(0.0, began + number - time.monotonic()))
        since = time.monotonic()
        journal.add(batch[number % BATCH])
        future = journal.flush()
        assert future is not None
        sealer.tick(future, clock.wall(), clock.monotonic())
        future.result()
        waits.append(time.monotonic() - since)
    sealer.close()
    cost = time.process_time() - used - other
    bytes_written = _written() - written
    sealed = sum(
        store.shelf.read(month, lambda conn: int(conn.exec_driver_sql("SELECT count(*) FROM block").scalar_one()))
        for month in store.shelf.months
    )
    store.close()
    told = {
        "cpu": 100 * cost / seconds,
        "bytes": bytes_written / seconds * 86_400,
        "wait": sorted(waits)[len(waits) // 2] * 1000,
        "sealed": sealed,
    }
    return told | _restart(data, clock, room)


def _restart(data: Path, clock: FastClock, room: Any) -> dict[str, float]:
    """Open the journal and bring the curves back, three times."""
    found = []
    for _ in range(3):
        store = Store.open(data, clock)
        curves = Curves(room.points().values())
        began, used = time.perf_counter(), time.process_time()
        loaded = Journal(store, room, clock).load_into(curves)
        found.append(((time.perf_counter() - began) * 1000, (time.process_time() - used) * 1000, loaded.frames))
        store.close()
    wall, cpu, frames = sorted(found)[1]
    return {"restart": wall, "restart_cpu": cpu, "frames": frames}


def _written() -> int:
    """Bytes that this process has handed to the disk."""
    return next(int(line.split()[1]) for line in Path("/proc/self/io").read_text().splitlines() if line.startswith("write_bytes"))


if __name__ == "__main__":
    print(json.dumps(record(Path(sys.argv[1]), int(sys.argv[2]), "paced" in sys.argv[3:])))
