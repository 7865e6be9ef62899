"""What the running program costs: processor time of station and console, and how long the window's loop stalls."""

import time

import numpy as np
import psutil

from bench.page import Measure
from bench.rooms import Probe, Rooms, demo_room
from cityops_desktop.cli.client import connect, events
from cityops_desktop.link.messages import Beat, Copy

SECONDS = 40.0
SETTLE = 8.0


def measures() -> tuple[str, str, list[Measure]]:
    """The demo room at one sample a second and point, trends open; an empty Qt loop runs beside it for the same time."""
    with demo_room() as rooms:
        rooms.start_station()
        probe = Probe("console", str(rooms.data), "trends")
        empty = Probe("empty")
        try:
            for one in (probe, empty):
                one.wait_for("ready")
            time.sleep(SETTLE)
            for one in (probe, empty):
                one.tell("mark")
            station, console = rooms.station_process(), psutil.Process(probe.process.pid)
            before = cpu(station), cpu(console)
            points, samples = counted(rooms)
            began = time.monotonic()
            time.sleep(SECONDS)
            passed = time.monotonic() - began
            rate = (counted(rooms)[1] - samples) / passed
            used = [100 * (cpu(process) - start) / passed for process, start in zip((station, console), before, strict=True)]
            memory = [process.memory_info().rss / 2**20 for process in (station, console)]
            late = [np.array(told(one)) for one in (probe, empty)]
        finally:
            probe.stop()
            empty.stop()
    stall, base = (float(np.percentile(values, 99.9)) for values in late)
    how = (
        f"The demo room ({points} points, {rate:.0f} samples a second), console offscreen at 1920 × 1080 with its default curves on the "
        f"trends page, {SECONDS:.0f} s. Processor time of one core. A stall is the lateness of a 10 ms timer in the window's loop. "
        f"Memory: station {memory[0]:.0f} MB, console {memory[1]:.0f} MB."
    )
    return (
        "At work",
        how,
        [
            Measure("station, processor", used[0], 10.0, "% of a core", "an idle core: 100 %"),
            Measure("console, processor, trends open", used[1], 10.0, "% of a core", "an idle core: 100 %"),
            Measure(
                "console, stall at p99.9 above an empty Qt loop",
                max(0.0, stall - base),
                50.0,
                "ms",
                f"empty Qt loop: p99.9 {base:.1f} ms, most {late[1].max():.0f} ms",
                f"p99.9 {stall:.1f}, most {late[0].max():.0f}",
            ),
        ],
    )


def counted(rooms: Rooms) -> tuple[int, int]:
    """Points of the room, and good samples since the station's start."""
    with connect(rooms.data) as client:
        points = 0
        for event in events(client):
            if isinstance(event, Copy):
                points = len(event.room.points)
            elif isinstance(event, Beat):
                return points, event.samples
    raise RuntimeError("the station's stream ended")


def cpu(process: psutil.Process) -> float:
    """Seconds of processor time so far."""
    times = process.cpu_times()
    return float(times.user + times.system)


def told(probe: Probe) -> list[float]:
    """The latenesses that a probe has noted since the mark, in ms."""
    probe.tell("late")
    return list(probe.wait_for("late")["late"])
