"""A million alarms asked by every pair of conditions, as the station asks: names turned into subjects, the first page and the count."""

import itertools
import random
import statistics
import tempfile
import time
from pathlib import Path

from bench.alarms_parts import past
from bench.page import Measure
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.alarmquery import AlarmFilter
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.model.alarms import AlarmState
from cityops_desktop.people.sight import anybody
from cityops_desktop.station.alarmquery import Subjects, question_of, sight_of
from cityops_desktop.store import alarmquery
from cityops_desktop.store.store import Store

COUNT = 1_000_000
MOST_MS = 100.0
PAGE = 100
CONDITIONS = ("time", "level", "state", "hidden", "domain", "group", "device", "point", "person", "text", "duration")


def measure_query(rounds: int = 5, count: int = COUNT) -> list[Measure]:
    """`rounds` different questions for each pair of conditions; the slowest pair is judged by its median."""
    with tempfile.TemporaryDirectory(prefix="cityops-alarms-") as folder:
        data = Path(folder)
        Store.open(data, SystemClock(), "demo").close()
        began = time.perf_counter()
        past.fill(data, count)
        filled = time.perf_counter() - began
        store = Store.open(data, SystemClock(), "demo")
        try:
            return _measured(store, rounds, count, filled)
        finally:
            store.close()


def _measured(store: Store, rounds: int, count: int, filled: float) -> list[Measure]:
    room, dice = past.room(), random.Random(36621)
    sight = sight_of(room)
    names, asks, now = Subjects(room, sight), anybody(room.domain), past.FIRST + past.SPAN_MS
    known = names.with_others(store.read(alarmquery.subjects))

    def ask(wanted: AlarmFilter, after: alarmquery.Place | None = None) -> tuple[float, alarmquery.Page]:
        began = time.perf_counter()
        page = store.read(
            lambda conn: alarmquery.page(conn, question_of(conn, wanted, now, known, names, asks), PAGE, after, counted=after is None), 30.0
        )
        return (time.perf_counter() - began) * 1000, page

    pairs: dict[str, list[float]] = {}
    for one, other in itertools.combinations(CONDITIONS, 2):
        asked = [ask(AlarmFilter(**_one(room, dice, one), **_one(room, dice, other))) for _ in range(rounds)]
        pairs[f"{one} and {other}"] = [took for took, _ in asked]
    slowest = max(pairs, key=lambda pair: statistics.median(pairs[pair]))
    every = sorted(itertools.chain(*pairs.values()))
    following, page = [], ask(AlarmFilter(levels=[3]))[1]
    for _ in range(20):
        took, page = ask(AlarmFilter(levels=[3]), page.next)
        following.append(took)
    beside = (
        f"slowest pair: {slowest}; median of all {statistics.median(every):.0f} ms, of {len(every)} questions the worst {every[-1]:.0f} ms"
    )
    spread = f"{min(pairs[slowest]):.0f} to {max(pairs[slowest]):.0f}"
    return [
        Measure(
            f"{count:,} alarms by any two conditions, first page and count",
            statistics.median(pairs[slowest]),
            MOST_MS,
            "ms",
            f"{beside}; written in {filled:.0f} s",
            spread,
        ),
        Measure(
            "the page after it",
            statistics.median(following),
            MOST_MS,
            "ms",
            "by the place where the one before ended",
            f"{len(following)} pages",
        ),
    ]


def _one(room: RoomInfo, dice: random.Random, kind: str) -> dict[str, object]:
    """A condition of this kind: common ones and rare ones, and some that nothing fits."""
    match kind:
        case "time":
            start = past.FIRST + dice.randrange(past.SPAN_MS)
            return {"start": start, "end": start + dice.choice((1, 24, 720, 8760)) * 3_600_000}
        case "level":
            return {"levels": [dice.randrange(1, 5)]}
        case "state":
            return {"states": [dice.choice(list(AlarmState))]}
        case "hidden":
            return {"hidden": dice.random() < 0.5}
        case "domain":
            return {"domain": dice.choice(("c/d", room.domain))}
        case "group":
            return {"groups": [dice.choice(room.devices).group.value]}
        case "device":
            return {"devices": [dice.choice(room.devices).id]}
        case "point":
            return {"points": [dice.choice(room.points).key]}
        case "person":
            return {"person": dice.choice(("值班员3号", "值班员", "nobody"))}
        case "text":
            return {"text": dice.choice(("设备17", "测点3", "timeout", "crc damaged", "没有"))}
    return {"least": dice.choice((60, 3600, 86_400)), "most": dice.choice((90_000, 10**6))}
