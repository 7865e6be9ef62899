"""Steps of dev.py: one line each, with the seconds that it took. What a step says is kept, and shown only when it fails."""

import contextlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TextIO

TAIL_LINES = 25


class Stop(Exception):
    """The way on is barred: a sentence for the person at the keyboard, and the exit code."""

    def __init__(self, sentence: str, code: int = 1) -> None:
        super().__init__(sentence)
        self.code = code


class Steps:
    """Runs steps and shows them on one stream. `done` keeps title, seconds and exit code of each."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.done: list[tuple[str, float, int]] = []

    def say(self, text: str) -> None:
        """One line, at once."""
        self.stream.write(text + "\n")
        self.stream.flush()

    def run(
        self, title: str, command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None, *, whole: bool = False
    ) -> int:
        """The exit code of `command`. When it fails, the end of what it said (`whole`: all of it) is shown."""
        start = time.monotonic()
        live = self.stream.isatty()
        if not live:
            self._write(f"  {title:<50}")
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(command, cwd=cwd, env=env, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
            with ending(process):
                while True:
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(1)
                        break
                    if live:
                        self._write(f"\r  {title:<50}{time.monotonic() - start:7.0f} s")
            seconds = time.monotonic() - start
            if live:
                self._write(f"\r  {title:<50}")
            self.say(f"{seconds:7.1f} s{'' if process.returncode == 0 else '  FAILED'}")
            if process.returncode != 0:
                said.seek(0)
                lines = said.read().decode("utf-8", "replace").splitlines()
                for line in lines if whole else lines[-TAIL_LINES:]:
                    self.say(f"    {line}")
        self.done.append((title, seconds, process.returncode))
        return process.returncode

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


@contextlib.contextmanager
def ending(process: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Whatever ends this block early (Ctrl-C, SIGTERM) ends the process first."""
    try:
        yield
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def foreground(command: Sequence[str | Path], cwd: Path | None = None, env: Mapping[str, str] | None = None) -> int:
    """Run `command` on this terminal and return its exit code as a shell would. Ctrl-C is the command's own affair."""
    sys.stdout.flush()
    sys.stderr.flush()
    before = signal.signal(signal.SIGINT, lambda *_: None)  # not SIG_IGN, which the command would inherit
    try:
        process = subprocess.Popen(command, cwd=cwd, env=env)
        with ending(process):
            code = process.wait()
    finally:
        signal.signal(signal.SIGINT, before)
    return code if code >= 0 else 128 - code
