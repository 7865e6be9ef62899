"""The other processes that `demo` and `console --private` start and stop: a simulator, a station, a console."""

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.paths import default_data
from cityops_desktop.texts import N_

READY_SECONDS = 60.0
STOP_SECONDS = 20.0


def refuse_installed(data: Path) -> None:
    """OperatorError when this is the data directory of the installed station: private and demo stations keep away from it."""
    if data.expanduser().resolve() == default_data().resolve():
        raise OperatorError(
            Problem(
                what=N_("this is the data directory of the installed station"),
                do=N_("choose another directory: demo and private stations never touch the real record"),
                where=str(data),
            ),
            Exit.IN_USE,
        )


class Running:
    """A child process that prints JSON lines and stops when its standard input is closed."""

    def __init__(self, name: str, arguments: list[str]) -> None:
        self.name = name
        self.events: deque[dict[str, Any]] = deque(maxlen=1000)
        self._ready = threading.Event()
        self._errors: deque[str] = deque(maxlen=40)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cityops_desktop", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._read, self._read_errors)]
        for thread in self._threads:
            thread.start()

    def wait_ready(self) -> dict[str, Any]:
        """The child's `ready` event. OperatorError with what it said when it ended instead."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._ready.wait(0.02):
            if self.process.poll() is not None:
                break
            if time.monotonic() > deadline:
                self.stop()
        else:
            return next(event for event in self.events if event.get("event") == "ready")
        for thread in self._threads:
            thread.join(2)
        code = self.process.returncode
        raise OperatorError(
            Problem(
                what=N_("{name} ended with code {code}: {said}"),
                do=N_("mend what it says and start again"),
                params={"name": self.name, "code": code, "said": " ".join(self._errors)},
            ),
            Exit(code) if code in set(Exit) else Exit.INTERNAL,
        )

    @property
    def running(self) -> bool:
        """Is the process alive?"""
        return self.process.poll() is None

    def stop(self) -> int:
        """Order a clean stop and wait for it; killed when it does not obey."""
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        if os.name == "nt":  # terminate() there kills at once: the end of its input is the order
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        if self.running:
            self.process.terminate()
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        for thread in self._threads:
            thread.join(2)
        for stream in (self.process.stdout, self.process.stderr):
            if stream:
                stream.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            try:
                event = json.loads(line)
            except ValueError:
                continue
            self.events.append(event)
            if event.get("event") == "ready":
                self._ready.set()

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self._errors.append(line.rstrip())


class StationProcess(Running):
    """A supervised station on a data directory of its own."""

    def __init__(self, room: Path, data: Path, *, port: int) -> None:
        super().__init__("station", _station(room, data, port))


def _station(room: Path, data: Path, port: int) -> list[str]:
    return ["station", "--json", "--until-eof", "--room", str(room), "--data", str(data), "--port", str(port)]


class ConsoleProcess(Running):
    """A console window on a data directory."""

    def __init__(self, data: Path, options: list[str]) -> None:
        super().__init__("console", ["console", "--until-eof", "--data", str(data), *options])


class SimProcess(Running):
    """The simulated equipment of a room."""

    def __init__(self, room: Path, folder: Path, *, speed: float = 1.0) -> None:
        super().__init__("sim", ["sim", "run", "--room", str(room), "--dir", str(folder), "--speed", f"{speed:g}"])
