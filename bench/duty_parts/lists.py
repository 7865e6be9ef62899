"""Every list of the people on duty, asked of a station that keeps five years; the month report beside its acquisition."""

import statistics
import threading
import time
from typing import Any, NamedTuple

from bench.duty_parts.site import Site
from bench.page import Measure
from bench.rooms import Rooms
from cityops_desktop.cli.client import connect, events
from cityops_desktop.link.messages import Beat
from cityops_desktop.model.ids import uuid7

MOST_MS, REPORT_MS = 150.0, 5000.0
TIMES = 7
LISTS: tuple[tuple[str, dict[str, object]], ...] = (
    ("log", {}),
    ("log", {"person": "p7"}),
    ("log", {"link": "device:air-conditioning-3"}),
    ("log", {"open": "true"}),
    ("patrol", {}),
    ("patrol/rounds", {}),
    ("patrol/rounds", {"bad": "true"}),
    ("handover", {}),
    ("handovers", {}),
    ("since", {}),
    ("stock", {}),
    ("orders", {}),
    ("tickets", {}),
    ("tags", {}),
    ("rotation", {}),
    ("cleaning", {}),
    ("visits", {}),
    ("goods", {}),
    ("maintenance", {}),
    ("contracts", {}),
    ("reports", {}),
    ("evaluations", {}),
)
SEARCHES = ("漏水", "吸水材料", "空调", "空调 滤网", "ups", "值班员7", "没有的词")


class Asked(NamedTuple):
    """A question, and the milliseconds of its answers."""

    name: str
    took: list[float]

    @property
    def median(self) -> float:
        """Of them."""
        return statistics.median(self.took)


def measure_lists(site: Site, beside: str) -> list[Measure]:
    """The slowest list, a page from the middle, and the slowest search, each by its median."""
    lists = [_asked(site, path, query) for path, query in LISTS] + _middle(site)
    found = [_asked(site, "log", {"q": text}) for text in SEARCHES]
    return [
        _measure("lists of five years, the slowest one", lists, beside),
        _measure("full-text search in the log book, the slowest one", found, f"“漏水” {found[0].median:.0f} ms"),
    ]


def _measure(name: str, asked: list[Asked], beside: str) -> Measure:
    slowest = max(asked, key=lambda one: one.median)
    every = [took for one in asked for took in one.took]
    told = f"{slowest.name}; {len(asked)} questions, median of all {statistics.median(every):.0f} ms; {beside}"
    return Measure(name, slowest.median, MOST_MS, "ms", told, f"worst answer {max(every):.0f} ms")


def _asked(site: Site, path: str, query: dict[str, object]) -> Asked:
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        site.ask("li", path, **query)
        took.append((time.perf_counter() - began) * 1000)
    return Asked(f"{path} {query}" if query else path, took)


def _middle(site: Site) -> list[Asked]:
    """Pages that lie years back are as near as the newest."""
    now = time.time_ns() // 1_000_000
    back = now - 2 * 365 * 86_400_000
    return [_asked(site, "log", {"to": back}), _asked(site, "log", {"q": "漏水", "to": back})]


def measure_report(rooms: Rooms, site: Site) -> list[Measure]:
    """The report of the last month, from the order to the record, while the room is read."""
    quiet = _late(rooms, 10.0)
    late: list[float] = []
    watching = threading.Thread(target=lambda: late.append(_late(rooms, 15.0)))
    watching.start()
    took, size = _made(site)
    watching.join()
    return [
        Measure("month report over five years, from the order to the record", took, REPORT_MS, "ms", f"PDF and XLSX of {size // 1000} KB"),
        Measure("lateness of the room's polls meanwhile, p99", max(late), max(2 * quiet, 20.0), "ms", f"without it {quiet:.1f} ms"),
    ]


def _made(site: Site) -> tuple[float, int]:
    now = time.time_ns() // 1_000_000
    id = uuid7(now)
    began = time.perf_counter()
    site.act("li", "report.make", id=id, report="month", time=now - 31 * 86_400_000)
    while True:
        told: dict[str, Any] = site.ask("li", "reports")
        found = next((one for one in told["reports"] if one["id"] == id), None)
        if found is not None:
            return (time.perf_counter() - began) * 1000, sum(file["bytes"] for file in found["files"])
        failed = [run for run in told["runs"] if run["id"] == id and run["state"] == "failed"]
        if failed:
            raise RuntimeError(f"the report was not made: {failed}")
        time.sleep(0.05)


def _late(rooms: Rooms, seconds: float) -> float:
    """The greatest of what the station said of its newest polls in this time."""
    found = [0.0]
    with connect(rooms.data) as client:
        end = time.monotonic() + seconds
        for event in events(client):
            if isinstance(event, Beat):
                found.append(event.late_p99_ms)
            if time.monotonic() > end:
                break
    return max(found)
