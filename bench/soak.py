"""Half an hour of the demo at ten times speed, another page every three seconds: does the console's memory grow, does its loop stall?"""

import os
import time

import numpy as np
import psutil

from bench.load import cpu, told
from bench.page import Measure, Part
from bench.rooms import Probe, demo_room

MINUTES = float(os.environ.get("CITYOPS_SOAK_MINUTES", "30"))
SPEED = 10
WALK_SECONDS = 3
WARM_MINUTES = min(5.0, MINUTES / 4)
"""Every page has been built: stalls and processor time count from here on."""
FULL_MINUTES = min(16.0, MINUTES * 0.6)
"""The quarter of an hour that the chart and the little trends show is full, and so are the caches of words: memory counts from here on.
The room's time goes faster, the samples do not (one a second), so that this takes a quarter of an hour at any speed."""
SAMPLE_SECONDS = 5.0
STUDENT = 2.18
"""95 % of Student's t at 12 degrees of freedom, what the fourteen minutes that are left give."""
MOST_GROWTH = 5.0
"""MB an hour that the slope may not pass; its interval stands beside it."""


def measures() -> Part:
    """The real window offscreen at 1920 × 1080; an empty Qt loop runs beside it for the same time."""
    with demo_room(SPEED) as rooms:
        rooms.start_station()
        probe = Probe("console", str(rooms.data), "overview", str(WALK_SECONDS))
        empty = Probe("empty")
        try:
            for one in (probe, empty):
                one.wait_for("ready")
            console, station = psutil.Process(probe.process.pid), rooms.station_process()
            time.sleep(60 * WARM_MINUTES)
            for one in (probe, empty):
                one.tell("mark")
            began, before = time.monotonic(), cpu(console)
            samples: dict[str, list[float]] = {"console": [], "station": []}
            times: list[float] = []
            while time.monotonic() - began < 60 * (MINUTES - WARM_MINUTES):
                time.sleep(SAMPLE_SECONDS)
                times.append((time.monotonic() - began) / 3600)
                for name, process in (("console", console), ("station", station)):
                    samples[name].append(process.memory_info().rss / 2**20)
            used = 100 * (cpu(console) - before) / (time.monotonic() - began)
            late = [np.array(told(one)) for one in (probe, empty)]
        finally:
            probe.stop()
            empty.stop()
    how = (
        f"The demo room at {SPEED} times its speed, console offscreen at 1920 × 1080, another page every {WALK_SECONDS} s, {MINUTES:g} "
        f"minutes of which the first {WARM_MINUTES:g} are not counted. Memory is the resident set each {SAMPLE_SECONDS:g} s, its slope a "
        f"straight line through the means of whole minutes with its 95 % interval, from minute {FULL_MINUTES:g} on: the new room's chart "
        f"and little trends fill their quarter of an hour before, and what that takes stands beside it. A stall is the lateness of a "
        f"10 ms timer in the window's loop."
    )
    return (
        "Ten times speed",
        how,
        [
            *(growth(name, np.array(times), np.array(values)) for name, values in samples.items()),
            Measure(
                "console, longest stall",
                float(late[0].max()),
                100.0,
                "ms",
                f"empty Qt loop: most {late[1].max():.0f} ms, p99.9 {np.percentile(late[1], 99.9):.1f} ms",
                f"p99.9 {np.percentile(late[0], 99.9):.1f}, over 100 ms: {int((late[0] > 100).sum())}",
            ),
            Measure("console, processor, changing pages", used, 10.0, "% of a core", "an idle core: 100 %"),
        ],
    )


def growth(name: str, hours: np.ndarray, megabytes: np.ndarray) -> Measure:
    """The slope once it is full, with its 95 % interval. `hours` begin after `WARM_MINUTES`."""
    full = hours * 60 >= FULL_MINUTES - WARM_MINUTES
    slope, half = slope_of(hours[full], megabytes[full])
    begun, filled, ended = (f"{one:.1f}" for one in (megabytes[0], megabytes[full][0], megabytes[-1]))
    spread = f"± {half:.2f} MB an hour, from {filled} to {ended} MB"
    filling = f"flat: 0; while it filled, minutes {WARM_MINUTES:g} to {FULL_MINUTES:g}: from {begun} to {filled} MB"
    return Measure(f"{name}, growth of memory", slope, MOST_GROWTH, "MB an hour", filling, spread)


def slope_of(hours: np.ndarray, values: np.ndarray) -> tuple[float, float]:
    """Slope per hour and half its 95 % interval, from the means of whole minutes: neighbouring samples are not independent."""
    minutes = (hours * 60).astype(int)
    x = np.array([hours[minutes == minute].mean() for minute in np.unique(minutes)])
    y = np.array([values[minutes == minute].mean() for minute in np.unique(minutes)])
    if len(x) < 3:
        return 0.0, float("inf")
    slope, offset = np.polyfit(x, y, 1)
    left = y - slope * x - offset
    error = float(np.sqrt((left**2).sum() / (len(x) - 2) / ((x - x.mean()) ** 2).sum()))
    return float(slope), STUDENT * error
