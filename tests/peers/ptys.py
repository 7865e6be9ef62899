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
