"""Starts the simulator as its own process on a room file, holds points at values, stops it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.peers import warm


class SimPeer:
    """A running simulator. `room` is the written room file with the real ports. Use it in a `with` statement.

    `cold`: by the plain Python, so that `process` is the simulator itself (to be killed).
    """

    def __init__(self, room: Path, folder: Path, *, cold: bool = False) -> None:
        self.folder = folder
        program = sys.executable if cold else warm.python()
        command = [program, "-m", "cityops_desktop", "sim", "run", "--room", str(room), "--dir", str(folder)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        try:
            self.room = Path(str(self._line()["room"]))
        except BaseException:
            self.stop()
            raise

    def set(self, point: str, value: float | str) -> int:
        """Hold the point at this value; the UTC ms at which its register changed."""
        return int(self._ask(set=point, value=value)["time"])

    def release(self, point: str) -> int:
        """Let the physics have the point again."""
        return int(self._ask(release=point)["time"])

    def stop(self) -> int:
        """Close its standard input and wait for the end, if it has not ended already; the exit code."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.stdout.close()

    def __enter__(self) -> "SimPeer":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _ask(self, **message: object) -> dict[str, Any]:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(message) + "\n")
        self.process.stdin.flush()
        answer = self._line()
        assert answer["ok"], answer
        return answer

    def _line(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"the simulator has ended with {self.process.wait(30)}"
        answer: dict[str, Any] = json.loads(line)
        return answer
