"""A real X server without a screen, and a hand and an eye on it: keys and mouse by xdotool, pictures from the server's own memory."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

WIDE, HIGH = 1920, 1080
PATIENCE = 30.0
"""Seconds that a window or a sign may take on a busy machine; a test goes on as soon as it is there."""


class XScreen:
    """What a person at this display can do and see."""

    def __init__(self, display: str, memory: Path) -> None:
        self.display, self._memory = display, memory

    def _xdotool(self, *words: str) -> str:
        told = subprocess.run(
            ["xdotool", *words], env=os.environ | {"DISPLAY": self.display}, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert told.returncode == 0, f"xdotool {' '.join(words)}: {told.stderr}"
        return told.stdout

    def focus(self, title: str) -> None:
        """Wait for the window whose title holds this, and give it the keyboard: there is no window manager that would."""
        found = self._xdotool("search", "--sync", "--onlyvisible", "--name", title).split()
        self._xdotool("windowfocus", "--sync", found[0])

    def key(self, *keys: str) -> None:
        """Press these, such as "ctrl+2"."""
        self._xdotool("key", *keys)

    def type(self, text: str) -> None:
        """Type a text of ASCII."""
        self._xdotool("type", "--delay", "20", text)

    def click(self, x: int, y: int) -> None:
        """Move there and click."""
        self._xdotool("mousemove", str(x), str(y), "click", "1")

    def picture(self) -> np.ndarray:
        """The screen now: rows, columns, (red, green, blue)."""
        told = self._memory.read_bytes()
        header = np.frombuffer(told, ">u4", 25)
        (size, wide, high, stride, colours) = (int(header[n]) for n in (0, 4, 5, 12, 19))
        assert int(header[11]) == 32, "the picture of an X server of 24 bits"
        start = size + colours * 12
        rows = np.frombuffer(told, np.uint8, stride * high, start).reshape(high, stride)
        return rows[:, : wide * 4].reshape(high, wide, 4)[:, :, 2::-1]

    def colour(self, x: int, y: int) -> str:
        """The colour of one pixel as #RRGGBB."""
        return "#{:02X}{:02X}{:02X}".format(*self.picture()[y, x])

    def shows(self, x: int, y: int, colour: str, seconds: float = PATIENCE) -> bool:
        """Does this pixel take this colour within so many seconds?"""
        return wait_for(lambda: self.colour(x, y) == colour, seconds)


def wait_for(true: Callable[[], object], seconds: float = PATIENCE) -> bool:
    """True as soon as it is so, False when it is not in so many seconds."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def x_screen(folder: Path) -> Iterator[XScreen]:
    """A display of its own, ended with the test; its memory is a file in `folder`."""
    for program in ("Xvfb", "xdotool"):
        if shutil.which(program) is None:
            pytest.fail(f"{program} is missing: `python3 dev.py test` installs it, or: apt-get install -y xvfb xdotool")
    read, write = os.pipe()
    command = ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{WIDE}x{HIGH}x24", "-nolisten", "tcp", "-fbdir", str(folder)]
    with subprocess.Popen(command, pass_fds=[write], stderr=subprocess.DEVNULL) as server:
        try:
            os.close(write)
            with os.fdopen(read) as told:
                number = told.readline().strip()
            assert number, "Xvfb ended at once"
            yield XScreen(f":{number}", folder / "Xvfb_screen0")
        finally:
            server.terminate()
