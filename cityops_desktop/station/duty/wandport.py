"""A serial port on which a patrol wand or a memory scanner writes its lines: opened, read, opened anew when it is gone. Sends nothing.

The one owner of its port, with a thread of its own. What was read is handed over when the line has been quiet for a moment, and kept until
it is taken: a wand forgets what it has told.
"""

import logging
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from zoneinfo import ZoneInfo

import serial

from cityops_desktop.duty.wand import Column, Finding, Form, Line, Splitter, read_line
from cityops_desktop.model.wands import Wand

if sys.platform == "win32":
    _TERMINAL_ERROR = serial.SerialException
else:
    import termios

    _TERMINAL_ERROR = termios.error

log = logging.getLogger(__name__)

QUIET = 0.5
"""Seconds without a byte after which what came is handed over."""
AGAIN = 10.0
"""Seconds until a port that could not be opened, or lines that could not be kept, are tried again."""
_CHUNK = 1024
MOST_WAITING = 20_000
"""Lines that wait to be taken; the wand's newest ones beyond that are not read yet."""

Take = Callable[[str, Sequence[Line]], bool]
"""Gets the id of the wand and its lines, in the port's thread; False = not now, ask again."""


class WandPort:
    """See the module. `again` and `quiet` in seconds."""

    def __init__(self, wand: Wand, zone: ZoneInfo, take: Take, *, again: float = AGAIN, quiet: float = QUIET) -> None:
        self.wand = wand
        self.state = "waiting"
        """open, no_port, or waiting (not tried yet)."""
        self.bad = 0
        """Lines since the start that were none."""
        self._form = Form({Column(name): place for name, place in wand.columns}, zone, wand.separator, wand.form)
        self._take, self._again, self._quiet = take, again, quiet
        self._waiting: list[Line] = []
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"wand {wand.id}", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Give the port back. Waits for the thread."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.is_set():
            port = self._opened()
            if port is not None:
                self._listen(port)
                _close(port)
            self._hand_over()
            self._ending.wait(self._again)

    def _opened(self) -> serial.SerialBase | None:
        try:
            port = serial.serial_for_url(self.wand.port, baudrate=self.wand.baudrate, timeout=self._quiet, exclusive=True)
        except (serial.SerialException, OSError, ValueError, _TERMINAL_ERROR) as error:
            if self.state != "no_port":
                log.info("the wand's port %s cannot be opened: %s", self.wand.port, error)
            self.state = "no_port"
            return None
        self.state = "open"
        return port

    def _listen(self, port: serial.SerialBase) -> None:
        """Until the port is gone, or the station ends."""
        splitter = Splitter()
        while not self._ending.is_set():
            try:
                data = port.read(_CHUNK)
            except (
                serial.SerialException,
                OSError,
                TypeError,
                _TERMINAL_ERROR,
            ) as error:  # TypeError: pyserial when it was closed under it
                log.info("the wand's port %s is gone: %s", self.wand.port, error)
                self.state = "no_port"
                break
            before = splitter.bad
            self._read(splitter.feed(data))
            self.bad += splitter.bad - before
            if (not data or len(self._waiting) > MOST_WAITING) and not self._hand_over():
                break
        before = splitter.bad
        splitter.lost()
        self.bad += splitter.bad - before

    def _read(self, rows: Iterable[str]) -> None:
        for row in rows:
            found = read_line(row, self._form)
            if isinstance(found, Finding):
                self.bad += 1
            else:
                self._waiting.append(found)

    def _hand_over(self) -> bool:
        """Were all waiting lines taken?"""
        if not self._waiting:
            return True
        if not self._take(self.wand.id, self._waiting):
            return False
        self._waiting = []
        return True


def _close(port: serial.SerialBase) -> None:
    try:
        port.close()
    except (serial.SerialException, OSError, _TERMINAL_ERROR) as error:
        log.debug("closing %s: %s", port.port, error)
