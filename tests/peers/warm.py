"""`python()`: a Python that starts the program with its libraries loaded. Never used where a test is about the start itself.

Most of what a station, a command or a slave costs is importing the same libraries once more, and what a log-in costs is argon2. So
each worker has one process that has imported them (this file, run as a program) and forks for each that is started. A fork is a real
process with its own arguments, environment, streams, signals and exit code; `cityops_desktop.cli`, which chooses the language while it
is imported, is imported in the fork. Only argon2 is made cheap there, as in other tests of people; `test_passwords.py` looks at its cost.
"""

import atexit
import os
import runpy
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WARM = (
    "cityops_desktop.station.run",
    "cityops_desktop.station.supervisor",
    "cityops_desktop.audit.verify",
    "cityops_desktop.history.recorded",
    "cityops_desktop.sim.run",
    "drivers.registry",
    "typer",
    "httpx",
    "pymodbus.client",
    "pymodbus.server",
    "pymodbus.simulator",
)


@cache
def python() -> str:
    """The path of the warm Python of this worker; made at the first question, ends with the worker."""
    folder = Path(tempfile.mkdtemp(prefix="warm-"))
    program, place = folder / "python", folder / "socket"
    definitions = [f'-D{name}="{value}"' for name, value in (("PYTHON", sys.executable), ("SOCKET", place), ("PEERS", HERE))]
    subprocess.run(["gcc", "-O1", "-Wall", *definitions, "-o", program, HERE / "warmpython.c"], check=True)
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}  # as cityops_desktop/__main__.py does before it imports
    server = subprocess.Popen(
        [sys.executable, __file__, place, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT
    )
    assert server.stdin is not None and server.stdout is not None
    assert server.stdout.readline() == b"warm\n"
    server.stdout.close()
    atexit.register(_end, server)
    return str(program)


def _end(server: "subprocess.Popen[bytes]") -> None:
    assert server.stdin is not None
    server.stdin.close()
    server.wait(30)


class Order:
    """What a started warm Python asks: its line, and the fork that runs it."""

    def __init__(self, line: socket.socket) -> None:
        head, self.streams, _, _ = socket.recv_fds(line, 4, 3)
        text = b""
        (size,) = struct.unpack("=I", head) if len(head) == 4 else (0,)
        while len(text) < size and (piece := line.recv(size - len(text))):
            text += piece
        self.whole = bool(size) and len(text) == size and len(self.streams) == 3
        self.line, self.pid, self.end = line, 0, -1
        if self.whole:
            folder, count, *rest = text[:-1].split(b"\0")
            self.folder, self.arguments = folder, [os.fsdecode(one) for one in rest[: int(count)]]
            self.environment = dict(one.partition(b"=")[::2] for one in rest[int(count) :])


class Server:
    """Forks on demand. `serve` returns an order in the fork that has to carry it out, None when the worker has ended."""

    def __init__(self, place: str) -> None:
        self._orders: list[Order] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(place)
        self._listener.listen(50)
        self._selector = selectors.DefaultSelector()
        self._selector.register(0, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def serve(self) -> Order | None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    if order := self._accept():
                        return order
                elif key.data is None:
                    self._kill_all()
                    return None
                elif key.data.pid:
                    self._ended_or_left(key.data, key.fileobj)

    def _accept(self) -> Order | None:
        line, _ = self._listener.accept()
        order = Order(line)
        if not order.whole:  # killed while it was asking
            line.close()
            return None
        order.pid = os.fork()
        if order.pid == 0:
            self._forget()
            return order
        for stream in order.streams:
            os.close(stream)
        order.end = os.pidfd_open(order.pid)
        self._selector.register(order.end, selectors.EVENT_READ, order)
        self._selector.register(line, selectors.EVENT_READ, order)
        self._orders.append(order)
        self._say(order, order.pid)
        return None

    def _ended_or_left(self, order: Order, which: object) -> None:
        if which is order.line:  # the one in its place was killed
            os.kill(order.pid, signal.SIGKILL)
        _, status = os.waitpid(order.pid, 0)
        self._selector.unregister(order.end)
        self._selector.unregister(order.line)
        os.close(order.end)
        self._say(order, status)
        order.line.close()
        order.pid = 0
        self._orders.remove(order)

    def _say(self, order: Order, number: int) -> None:
        with suppress(OSError):  # nobody is there any more: the next turn says so
            order.line.sendall(struct.pack("=i", number))

    def _forget(self) -> None:
        """In the fork: nothing here may close by itself a number that is another file by then."""
        for line in (self._listener, *(order.line for order in self._orders)):
            line.detach()
        self._selector.close()

    def _kill_all(self) -> None:
        for order in self._orders:
            os.kill(order.pid, signal.SIGKILL)
            os.waitpid(order.pid, 0)


def carry_out(order: Order, program: str) -> None:
    """Become what was ordered; ends with SystemExit."""
    order.line.detach()
    for number, stream in enumerate(order.streams):
        os.dup2(stream, number)
    os.closerange(3, 4096)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.chdir(order.folder)
    os.environb.clear()
    os.environb.update(order.environment)
    time.tzset()
    sys.stdin, sys.stdout, sys.stderr = (
        os.fdopen(0, encoding="utf-8", closefd=False),
        os.fdopen(1, "w", 1 if os.isatty(1) else -1, encoding="utf-8", closefd=False),
        os.fdopen(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False),
    )
    sys.executable = program
    run(order.arguments)


def run(arguments: Sequence[str]) -> None:
    if arguments[0] == "-m":
        sys.path[0] = str(Path.cwd())
        sys.argv = ["", *arguments[2:]]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.path[0] = str(Path(arguments[0]).parent)
        sys.argv = list(arguments)
        runpy.run_path(arguments[0], run_name="__main__")


def main() -> None:
    import gc
    import importlib

    sys.path[0] = str(ROOT)
    place, program = sys.argv[1:]
    gc.disable()
    for name in WARM:
        importlib.import_module(name)
    from argon2 import PasswordHasher

    from cityops_desktop.people import passwords

    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    gc.collect()
    gc.freeze()
    gc.enable()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: whoever was started has it, and ends before us
    server = Server(place)
    os.write(1, b"warm\n")
    order = server.serve()
    if order is None:  # also where the worker was killed
        shutil.rmtree(Path(place).parent, ignore_errors=True)
    else:
        carry_out(order, program)


if __name__ == "__main__":
    main()
