"""How soon a room is heard when its station was killed and cannot come back: the supervisor's own horn, timed by a player of ours."""

import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import filelock

from bench.page import Measure
from bench.rooms import demo_room

ROUNDS = 5
PLAYER = """#!/bin/sh
date +%s.%N >> {noted}
exit 0
"""


def measure_horn(rounds: int = ROUNDS) -> list[Measure]:
    """Seconds from the SIGKILL to the first sound, with the lock of the data directory taken by somebody else meanwhile."""
    with demo_room() as rooms, tempfile.TemporaryDirectory(prefix="cityops-horn-") as folder:
        found = [_once(rooms.room, Path(folder) / str(n)) for n in range(rounds)]
    beside = f"median {statistics.median(found):.1f} s of {rounds} kills"
    return [Measure("the station is killed and cannot come back: the horn sounds after", max(found), 10.0, "s", beside)]


def _once(room: Path, folder: Path) -> float:
    data, players, noted = folder / "data", folder / "bin", folder / "noted"
    for one in (data, players):
        one.mkdir(parents=True, mode=0o700)
    player = players / "pw-play"
    player.write_text(PLAYER.format(noted=noted))
    player.chmod(0o755)
    command = [sys.executable, "-m", "cityops_desktop", "station", "--json", "--until-eof", "--port", "0"]
    command += ["--room", str(room), "--data", str(data)]
    path = {**os.environ, "PATH": f"{players}:{os.environ['PATH']}"}
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=path)
    assert process.stdin is not None and process.stdout is not None
    try:
        while '"ready"' not in process.stdout.readline():
            pass
        time.sleep(5)
        noted.unlink(missing_ok=True)
        pid = int(json.loads((data / "station.json").read_text())["pid"])
        killed = time.time()
        os.kill(pid, signal.SIGKILL)
        with filelock.FileLock(data / "station.lock").acquire(timeout=5):
            while not noted.exists() and time.time() - killed < 60:
                time.sleep(0.02)
        return float(noted.read_text().split()[0]) - killed if noted.exists() else 60.0
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()
