"""Another master on a serial line: mbpoll, which is libmodbus in C."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def mbpoll(port: str, *questions: str, every_ms: int = 50, baudrate: int = 9600) -> Iterator[list["subprocess.Popen[bytes]"]]:
    """Poll until the end of the block; a question is "unit table reference count" in mbpoll's numbers (tables 0, 1, 3, 4; from 1)."""
    running = []
    try:
        for question in questions:
            unit, table, reference, count = question.split()
            command = ["mbpoll", "-m", "rtu", "-a", unit, "-t", table, "-r", reference, "-c", count, "-l", str(every_ms)]
            command += ["-o", "0.3", "-b", str(baudrate), "-P", "none", "-q", port]
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()
