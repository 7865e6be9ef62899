"""Two pseudo-terminals joined like the two ends of a cable, so that two programs can talk over serial ports (POSIX only)."""

import os
import select
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pty_pair() -> Iterator[tuple[str, str]]:
    """The paths of two serial ports; what goes into one comes out of the other. Nothing is lost while neither is open."""
    masters, slaves = zip(*(os.openpty() for _ in range(2)), strict=True)
    for fd in slaves:
        tty.setraw(fd)
    wake_read, wake_write = os.pipe()
    other = {masters[0]: masters[1], masters[1]: masters[0]}

    def carry() -> None:
        while True:
            ready, _, _ = select.select([*masters, wake_read], [], [])
            if wake_read in ready:
                return
            for fd in ready:
                os.write(other[fd], os.read(fd, 4096))

    thread = threading.Thread(target=carry, name="pty cable", daemon=True)
    thread.start()
    try:
        yield os.ttyname(slaves[0]), os.ttyname(slaves[1])
    finally:
        os.write(wake_write, b"x")
        thread.join()
        for fd in (*masters, *slaves, wake_read, wake_write):
            os.close(fd)


class SharedLine:
    """An RS-485 line of several serial ports: what is sent into one comes out of all others, and of itself where `echo` says so."""

    def __init__(self, ports: int, echo: tuple[int, ...] = ()) -> None:
        self._ends = [os.openpty() for _ in range(ports)]
        for _, fd in self._ends:
            tty.setraw(fd)
        self.ports = [os.ttyname(fd) for _, fd in self._ends]
        self.sent = [b""] * ports
        """What each port has sent so far."""
        self._echo = echo
        self._wake_read, self._wake_write = os.pipe()
        self._thread = threading.Thread(target=self._carry, name="pty line", daemon=True)
        self._thread.start()

    def say(self, data: bytes) -> None:
        """Bytes from nowhere, which every port hears."""
        for master, _ in self._ends:
            os.write(master, data)

    def close(self) -> None:
        """Cut it."""
        os.write(self._wake_write, b"x")
        self._thread.join()
        for fd in (*(fd for ends in self._ends for fd in ends), self._wake_read, self._wake_write):
            os.close(fd)

    def _carry(self) -> None:
        masters = [master for master, _ in self._ends]
        while True:
            ready, _, _ = select.select([*masters, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            for fd in ready:
                data, port = os.read(fd, 4096), masters.index(fd)
                self.sent[port] += data
                for other, master in enumerate(masters):
                    if other != port or port in self._echo:
                        os.write(master, data)


@contextmanager
def shared_line(ports: int, echo: tuple[int, ...] = ()) -> Iterator[SharedLine]:
    """Such a line until the end of the block."""
    line = SharedLine(ports, echo)
    try:
        yield line
    finally:
        line.close()
