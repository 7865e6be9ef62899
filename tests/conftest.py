"""Fixtures for every test: an unexpected warning in the log, or a thread left behind, fails it."""

import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator

import hypothesis
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from cityops_desktop import texts
from cityops_desktop.clock import Clock

gc.set_threshold(50_000)  # as cityops_desktop/__main__.py does

# a deadline is a timed assertion, and the cores are shared; a failing example is printed, so nothing is lost by not keeping it
hypothesis.settings.register_profile("cityops", deadline=None, derandomize=bool(os.environ.get("CI")))
hypothesis.settings.load_profile("cityops")


def pytest_collection_finish() -> None:
    """Modules and collected tests stay to the end: nobody looks for garbage among them again."""
    gc.collect()
    gc.freeze()


class FakeClock(Clock):
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.ms = 1_790_000_000_000
        self.seconds = 1000.0

    def wall(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.ms += round(seconds * 1000)
        self.seconds += seconds


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []
        self.expected: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def expected_log() -> Iterator[Callable[[str], None]]:
    """Call it with a part of a message that this test provokes; every other warning in our loggers fails the test."""
    collector = _Collector()
    logging.getLogger().addHandler(collector)
    yield collector.expected.append
    logging.getLogger().removeHandler(collector)
    ours = [r for r in collector.records if r.name.split(".")[0] in ("cityops_desktop", "drivers", "ui", "asyncio")]
    surprises = [r.getMessage() for r in ours if not any(part in r.getMessage() for part in collector.expected)]
    assert not surprises, f"unexpected warnings in the log: {surprises}"


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    end = time.monotonic() + 30
    while (left := [t for t in threading.enumerate() if t not in before and t.is_alive()]) and time.monotonic() < end:
        time.sleep(0.01)
    assert not left, f"threads left behind: {left}"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    texts.set_language("en")
    yield
    texts.set_language("en")
