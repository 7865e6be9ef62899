"""What judging costs: 5,000 points with four limits each, read once a second, and the storm of a thousand that are raised at once."""

import asyncio
import math
import random
import resource
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.page import Measure
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.messages import AlarmInfo, Copy, StationInfo
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.station.recorder import Recorder
from cityops_desktop.store.store import Store

POINTS, PER_DEVICE, SECONDS = 5000, 10, 60
STORM = 1000
_NAMES = Names("测点", "point")
_LIMITS = tuple(
    Limit(f"l{n}", level, kind, value, deadband=0.5, on_delay=delay, off_delay=delay)
    for n, (level, kind, value, delay) in enumerate(
        (
            (Level.MINOR, LimitKind.HIGH, 27.0, 10.0),
            (Level.MAJOR, LimitKind.HIGH, 30.0, 5.0),
            (Level.CRITICAL, LimitKind.HIGH, 35.0, 0.0),
            (Level.MINOR, LimitKind.LOW, 15.0, 10.0),
        )
    )
)


def room(points: int = POINTS) -> Room:
    """So many points, ten on a device."""
    devices = []
    for first in range(0, points, PER_DEVICE):
        id = f"d{first // PER_DEVICE}"
        made = (Point(f"{id}.p{n}", id, _NAMES, Kind.ANALOG, Group.ENVIRONMENT, "°C", 0.1, 1.0, _LIMITS) for n in range(PER_DEVICE))
        devices.append(Device(id, "line", _NAMES, Group.ENVIRONMENT, None, tuple(made)))
    return Room("bench", _NAMES, "c/d/s/r", "UTC", "1", buses=(Bus("line", "d", _NAMES, None),), devices=tuple(devices))


def measure_rules() -> list[Measure]:
    """Processor time of a second of readings and ten ticks, with one point in two hundred about its limit."""
    dice = random.Random(36621)
    made = room()
    book = AlarmBook(made)
    keys = list(made.points())
    values = [dice.gauss(23.0, 1.0) for _ in keys]
    for n in range(0, len(keys), 200):
        values[n] = 27.0
    raised = 0
    spent: list[float] = []
    for second in range(SECONDS):
        wall, mono = 1_790_000_000_000 + second * 1000, 1000.0 + second
        moved = (round(value + dice.gauss(0.0, 0.2) + math.sin(second / 6), 1) for value in values)
        readings = [Reading(key, value, wall, Quality.GOOD) for key, value in zip(keys, moved, strict=True)]
        began = time.process_time()
        for reading in readings:
            raised += len(book.feed(reading, wall, mono))
        for tick in range(10):
            raised += len(book.tick(wall + tick * 100, mono + tick / 10))
        spent.append(time.process_time() - began)
    share = sum(spent) / SECONDS * 100
    beside = f"{raised} transitions meanwhile; the worst second {max(spent) * 100:.1f} %"
    return [Measure("5,000 points with 20,000 conditions, once a second", share, 10.0, "% of a core", beside)]


def measure_storm() -> list[Measure]:
    """A thousand points beyond their limits in one second: until the first is told, until all are stored."""
    with tempfile.TemporaryDirectory(prefix="cityops-storm-") as folder:
        store = Store.open(Path(folder), SystemClock(), "demo")
        try:
            return asyncio.run(_storm(store))
        finally:
            store.close()


async def _storm(store: Store) -> list[Measure]:
    told: dict[str, float] = {}

    class Listening(Hub):
        """A hub that notes when each alarm was told."""

        def alarms(self, news: Iterable[AlarmInfo]) -> None:
            now = time.monotonic()
            for one in news:
                if one.recorded:
                    told.setdefault(one.key, now)

    hub = Listening(_no_copy, lambda _: [], _no_station)
    clock = SystemClock()
    recorder = Recorder(store, clock, hub)
    made = room(STORM)
    book = AlarmBook(made)
    began, gaps, last = time.monotonic(), [], time.monotonic()
    fed: dict[str, float] = {}
    for n, key in enumerate(made.points()):
        due = began + n / STORM
        while (now := time.monotonic()) < due:
            await asyncio.sleep(due - now)
        changed: Sequence[Alarm] = book.feed(Reading(key, 40.0, clock.wall(), Quality.GOOD), clock.wall(), clock.monotonic())
        fed[f"{key}#l2"] = time.monotonic()
        recorder.record(changed)
        gaps.append(now - last)
        last = now
    await recorder.finish(30.0)
    late = sorted((told[key] - at) * 1000 for key, at in fed.items() if key in told)
    stored = store.read(lambda conn: int(conn.exec_driver_sql("SELECT count(*) FROM alarm").scalar_one()), 10.0)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    beside = f"median {late[len(late) // 2]:.0f} ms; the process has {memory} MB"
    return [
        Measure("a storm of 1,000 alarms in a second: not stored", STORM - stored, 0, "alarms", f"{stored} are in the store"),
        Measure(
            "a storm: from the reading to what consoles are told, the first", late[0], 200.0, "ms", beside, f"the last {late[-1]:.0f} ms"
        ),
    ]


def _no_copy() -> Copy:
    raise RuntimeError("nobody asks")


def _no_station() -> StationInfo:
    raise RuntimeError("nobody asks")
