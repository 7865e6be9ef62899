"""How long a cold start takes: the console to its first painted values, the station to its first full cycle."""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

from bench.page import Measure
from bench.rooms import ROOT, Rooms, demo_room
from cityops_desktop.cli.client import connect, events
from cityops_desktop.cli.table import Picture
from cityops_desktop.model.readings import Quality

ROUNDS = 5
PAINTED = "values on the screen after"


def measures() -> tuple[str, str, list[Measure]]:
    """Start everything several times, interleaved with the interpreter's own start."""
    stations, consoles, bare, qt = [], [], [], []
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # where the program is used, Python keeps what it has compiled
    with demo_room() as rooms:
        for _ in range(ROUNDS):
            stations.append(station_start(rooms))
            consoles.append(console_start(rooms))
            bare.append(python("pass"))
            qt.append(python(QT))
            assert rooms.station is not None
            rooms.station.stop()
            rooms.station = None
    how = (
        f"The demo room's simulator runs; station and console are started {ROUNDS} times as new processes (files in the page cache, "
        "modules compiled by the first at the latest), from the start of the process. Median (least to most). The console is drawn "
        "offscreen at 1920 × 1080."
    )
    beside = f"python that does nothing: {statistics.median(bare):.2f} s; importing Qt and pydantic alone: {statistics.median(qt):.2f} s"
    return (
        "Start",
        how,
        [
            Measure(
                "console: to the first painted window with live values", statistics.median(consoles), 1.5, "s", beside, spread(consoles)
            ),
            Measure(
                "station: to the first full cycle of the demo room",
                statistics.median(stations),
                3.0,
                "s",
                beside,
                spread(stations),
            ),
        ],
    )


QT = "import PySide6.QtWidgets, PySide6.QtNetwork, pydantic"


def python(code: str) -> float:
    """Seconds that the interpreter needs for this."""
    return timed(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def timed(work: Callable[[], object]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def spread(values: list[float]) -> str:
    """Least to most."""
    return f"{min(values):.2f} to {max(values):.2f}"


def station_start(rooms: Rooms) -> float:
    """From the start of the supervisor until every point has been read good once."""
    began = time.monotonic()
    rooms.start_station()
    picture = Picture()
    with connect(rooms.data) as client:
        for event in events(client):
            picture.apply(event)
            if all(live.quality is Quality.GOOD for live in picture.live.values()):
                return time.monotonic() - began
    raise RuntimeError("the stream ended before every point was good")


def console_start(rooms: Rooms) -> float:
    """From the start of the process until its log says that values stand on the screen."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    command = [sys.executable, "-m", "cityops_desktop", "-v", "console", "--data", str(rooms.data)]
    began = time.monotonic()
    console = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True, cwd=ROOT, env=environment)
    assert console.stderr is not None
    try:
        for line in console.stderr:
            if PAINTED in line:
                return time.monotonic() - began
    finally:
        console.terminate()
        console.wait()
        console.stderr.close()
    raise RuntimeError("the console never said that it painted values")
