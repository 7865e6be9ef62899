"""Five thousand lines of syslog a second beside the demo room: are all kept, and does the room go on being read in time?"""

import json
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from bench.page import Measure
from bench.rooms import Rooms, demo_room
from cityops_desktop.cli.client import connect, events
from cityops_desktop.link.messages import Beat
from cityops_desktop.logs import shelf
from cityops_desktop.model.calendarmonths import LATEST

RATE, SECONDS, QUIET = 5000, 30, 20


def measure_lines() -> list[Measure]:
    """First the room alone, then with the flood beside it."""
    with demo_room() as rooms, tempfile.TemporaryDirectory(prefix="cityops-lines-") as folder:
        rooms.start_station()
        time.sleep(10)
        alone = _late(rooms, QUIET)
        with _Intake(Path(folder)) as intake:
            flood = threading.Thread(target=_send, args=(intake.port, RATE, SECONDS))
            flood.start()
            beside = _late(rooms, SECONDS)
            flood.join()
            cpu = intake.processor_seconds()
        kept = sum(1 for _ in shelf.every(Path(folder), 0, LATEST))
        bad = [one for month in shelf.found(Path(folder)) for one in shelf.verify(shelf.path_of(Path(folder), month))]
    sent = RATE * SECONDS
    cost = f"{sent} sent, {cpu / SECONDS * 100:.0f} % of a core"
    return [
        Measure("5,000 lines of syslog a second (UDP): lost", sent - kept, 0, "lines", cost),
        Measure("what the seals find in the file afterwards", len(bad), 0, "findings", f"{kept} lines"),
        Measure("lateness of the room's polls meanwhile, p99", beside, max(2 * alone, 20.0), "ms", f"without the flood {alone:.1f} ms"),
    ]


class _Intake:
    def __init__(self, data: Path) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        command = [sys.executable, "-m", "cityops_desktop", "logs-run"]
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        listen = [{"channel": "udp", "host": "127.0.0.1", "port": self.port}]
        rule: dict[str, object] = {"id": "leak", "level": 1, "words": "漏水|leak", "severity": 7, "cls": None, "source": ""}
        rule |= {"count": 1, "within": 60, "hold": 60}
        rates = {"lines": RATE * 2, "burst": RATE * 10, "whole": RATE * 2}
        told = {"data": str(data), "listen": listen, "rules": [rule], "allow": [], "certificate": "", "key": "", **rates}
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.write(json.dumps(told) + "\n")
        self._child.stdin.flush()
        self._child.stdout.readline()
        self._reader = threading.Thread(target=self._child.stdout.read)
        self._reader.start()

    def processor_seconds(self) -> float:
        """What it has used."""
        times = psutil.Process(self._child.pid).cpu_times()
        return float(times.user + times.system)

    def __enter__(self) -> "_Intake":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._child.stdin is not None and self._child.stdout is not None
        self._child.stdin.close()
        self._child.wait(30)
        self._reader.join()
        self._child.stdout.close()


def _send(port: int, rate: int, seconds: int) -> None:
    """Lines as a busy network's, evenly."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        began, sent = time.monotonic(), 0
        while sent < rate * seconds:
            due = min(rate * seconds, int((time.monotonic() - began) * rate))
            while sent < due:
                text = f"<134>1 2026-11-23T14:00:00Z sw{sent % 50} ifmgr {sent} - - Port0/{sent % 48} 端口 changed to down, {sent}"
                out.sendto(text.encode(), ("127.0.0.1", port))
                sent += 1
            time.sleep(0.004)


def _late(rooms: Rooms, seconds: float) -> float:
    """The greatest of what the station said of its newest polls in this time."""
    found = []
    with connect(rooms.data) as client:
        end = time.monotonic() + seconds
        for event in events(client):
            if isinstance(event, Beat):
                found.append(event.late_p99_ms)
            if time.monotonic() > end:
                break
    return max(found)
