"""Starts and ends Modbus slaves that are not ours: libmodbus in C, pymodbus."""

import os
import random
import socket
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from tests.peers import warm

HERE = Path(__file__).parent
BAND = 1000
FIRST = 20_000 + BAND * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
"""The ports of this worker: below those that a system chooses from when it is asked for any."""
_begin = random.SystemRandom().randrange(BAND)
_ports = (FIRST + (_begin + number) % BAND for number in count())


def build_libmodbus_slave(folder: Path) -> Path:
    """Compile the C slave into this folder (needs gcc and libmodbus-dev)."""
    program = folder / "libmodbus_slave"
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libmodbus"], capture_output=True, text=True, check=True).stdout.split()
    subprocess.run(["gcc", "-O1", "-Wall", "-o", program, HERE / "libmodbus_slave.c", *flags], check=True)
    return program


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses now. Neither another worker of this run nor the system itself gives it away meanwhile."""
    for _ in range(BAND):
        port = next(_ports)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no free port from {FIRST} to {FIRST + BAND - 1}")


@contextmanager
def running(command: Sequence[str | Path]) -> Iterator[str]:
    """Run a slave until the end of the block; gives the first line that it says."""
    process = subprocess.Popen([str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    try:
        line = process.stdout.readline().strip()
        assert line, f"{command[0]} did not start"
        yield line
    finally:
        process.stdin.close()
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()


@contextmanager
def libmodbus_rtu(program: Path, path: str, unit: int, size: int, values: Sequence[str]) -> Iterator[None]:
    """libmodbus as one unit on a serial port; values such as "h:10:235" (tables h, i, c, d)."""
    with running([program, "rtu", path, "9600", str(unit), str(size), *values]):
        yield


@contextmanager
def libmodbus_tcp(program: Path, unit: int, size: int, values: Sequence[str]) -> Iterator[int]:
    """libmodbus over TCP; gives the port."""
    port = free_port()
    with running([program, "tcp", str(port), str(unit), str(size), *values]):
        yield port


@contextmanager
def pymodbus(framing: str, *units: int) -> Iterator[int]:
    """pymodbus over TCP, framing "tcp" or "rtu"; gives the port. Registers a hold a * 3 + unit (pymodbus_slave.py)."""
    with running([warm.python(), HERE / "pymodbus_slave.py", framing, *map(str, units)]) as line:
        yield int(line)
