"""A past in the months' files, written as the station writes it: a sine with noise, some seconds bad, each reproducible."""

from pathlib import Path

import numpy as np

from cityops_desktop.clock import Clock
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.seal import Batch, What, keep
from cityops_desktop.model.calendarmonths import month_of
from cityops_desktop.model.envelope import Strip, samples
from cityops_desktop.model.points import Kind
from cityops_desktop.store.months import HOUR_MS, PointRow, State
from cityops_desktop.store.shelf import Shelf
from cityops_desktop.store.store import Store

PERIOD_MS = 60_000
JANUARY = 1_767_225_600_000
"""2026-01-01T00:00:00Z."""
DAY_MS = 24 * HOUR_MS


def past(key: str, first: int, last: int, period: int = PERIOD_MS) -> Strip:
    """The samples of a point from `first` to before `last` (UTC ms)."""
    times = np.arange(first, last, period, dtype=np.int64)
    rng = np.random.default_rng(sum(map(ord, key)) + first % 1_000_003)
    values = np.rint(200 + 30 * np.sin(times / 5e6) + rng.normal(0, 2, len(times))) / 10
    quality = np.where(np.arange(len(times)) % 97 == 13, 2, 0).astype(np.uint8)
    return samples(times, np.where(quality == 2, np.nan, values), quality)


def what(key: str) -> What:
    return What(key, "°C", Scale(1, 10), Kind.ANALOG)


def row_of(origin: str, period: int = PERIOD_MS):
    def row(one: What, number: int) -> PointRow:
        return PointRow(number, one.key, one.unit, 1, 10, str(one.kind), period, "温度", "temperature", origin)

    return row


def put(
    shelf: Shelf,
    clock: Clock,
    spans: list[tuple[int, int]],
    keys: tuple[str, ...] = ("a.x", "a.y"),
    origin: str = "real",
    period: int = PERIOD_MS,
) -> None:
    """Seal the samples of these spans (UTC ms), each within a month."""
    for first, last in spans:
        parts = {what(key): [past(key, first, last, period)] for key in keys}
        keep(shelf, Batch(month_of(first), parts, State(last, last)), row_of(origin, period), clock)


def fill(
    data: Path,
    clock: Clock,
    spans: list[tuple[int, int]],
    keys: tuple[str, ...] = ("a.x", "a.y"),
    origin: str = "real",
    period: int = PERIOD_MS,
) -> None:
    """The same in a data directory that no station uses."""
    store = Store.open(data, clock, origin)
    try:
        put(store.shelf, clock, spans, keys, origin, period)
    finally:
        store.close()
    (data / "origin").write_text(f"{origin}\n")
