"""The demo room at work for a measurement: simulator and station as their own processes, in a directory that is thrown away."""

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

import psutil

from cityops_desktop.cli.processes import SimProcess, StationProcess
from cityops_desktop.paths import ROOMS

ROOT = Path(__file__).resolve().parent.parent


class Probe:
    """bench/probe.py as a process."""

    def __init__(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "bench.probe", *arguments]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
        )
        self.events: Queue[dict[str, Any]] = Queue()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.put(json.loads(line))

    def tell(self, word: str) -> None:
        """Send a command."""
        assert self.process.stdin is not None
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()

    def wait_for(self, name: str, seconds: float = 30.0) -> dict[str, Any]:
        """The next event of this name; others are passed over."""
        while True:
            event = self.events.get(timeout=seconds)
            if event["event"] == name:
                return event

    def stop(self) -> None:
        """End it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._thread.join(5)
        self.process.stdout.close()


class Rooms:
    """A running demo room."""

    def __init__(self, folder: Path, speed: float = 1.0) -> None:
        self.data = folder / "data"
        self.data.mkdir(mode=0o700)
        self.sim = SimProcess(ROOMS / "demo.yaml", self.data / "sim", speed=speed)
        self.room = Path(str(self.sim.wait_ready()["room"]))
        self.station: StationProcess | None = None

    def start_station(self) -> dict[str, Any]:
        """Start it and wait until it listens."""
        self.station = StationProcess(self.room, self.data, port=0)
        return self.station.wait_ready()

    def station_process(self) -> psutil.Process:
        """The station proper."""
        return psutil.Process(int(json.loads((self.data / "station.json").read_text())["pid"]))

    def set(self, point: str, value: float) -> float:
        """Hold a point at a value; the time (UTC seconds) at which its register changed."""
        last = self.sim.events[-1]
        assert self.sim.process.stdin is not None
        self.sim.process.stdin.write(json.dumps({"set": point, "value": value}) + "\n")
        self.sim.process.stdin.flush()
        while self.sim.events[-1] is last:
            time.sleep(0.001)
        return float(self.sim.events[-1]["time"]) / 1000

    def stop(self) -> None:
        """Stop station and simulator."""
        if self.station is not None:
            self.station.stop()
        self.sim.stop()


@contextmanager
def demo_room(speed: float = 1.0) -> Iterator[Rooms]:
    """The demo room's simulator, so many times as fast as the clock, and a station when asked for."""
    with tempfile.TemporaryDirectory(prefix="cityops-bench-") as folder:
        rooms = Rooms(Path(folder), speed)
        try:
            yield rooms
        finally:
            rooms.stop()
