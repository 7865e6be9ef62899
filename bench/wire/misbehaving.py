"""A unit on a pseudo-terminal, and a gateway, that answer as they are told to: at once, late, wrongly, not at all."""

import heapq
import os
import select
import socket
import tempfile
import threading
import time
import tty
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

Answer = Callable[[bytes], list[tuple[float, bytes]]]
"""From a request to seconds and pieces; an empty piece takes the port away or ends the connection."""
REQUEST = 8
MBAP = 12


class _Scripted(threading.Thread):
    """Reads requests of a fixed size and writes what `answer` says when its time has come. Subclasses have the wire."""

    size: int

    def __init__(self, answer: Answer) -> None:
        super().__init__(daemon=True)
        self._answer = answer
        self._coming: list[tuple[float, int, bytes]] = []
        self._order = count()
        self.over = False

    def open(self) -> int:
        """The file to read from and to write to, opened anew."""
        raise NotImplementedError

    def lose(self) -> None:
        """Take the wire away."""
        raise NotImplementedError

    def run(self) -> None:
        """Until `over`."""
        while not self.over:
            number = self.open()
            if number < 0:
                return
            self._coming.clear()
            with suppress(OSError):
                self._serve(number)
            self.lose()

    def _serve(self, number: int) -> None:
        buffer = b""
        while not self.over:
            wait = 0.05 if not self._coming else min(0.05, max(0.0, self._coming[0][0] - time.monotonic()))
            if select.select([number], [], [], wait)[0]:
                data = os.read(number, 4096)
                if not data:
                    return
                buffer += data
            while len(buffer) >= self.size:
                for delay, piece in self._answer(buffer[: self.size]):
                    heapq.heappush(self._coming, (time.monotonic() + delay, next(self._order), piece))
                buffer = buffer[self.size :]
            while self._coming and self._coming[0][0] <= time.monotonic():
                piece = heapq.heappop(self._coming)[2]
                if not piece:
                    return
                os.write(number, piece)


class _Unit(_Scripted):
    size = REQUEST

    def __init__(self, answer: Answer, name: Path) -> None:
        super().__init__(answer)
        self._name = name
        self._files: tuple[int, int] | None = None

    def open(self) -> int:
        outer, inner = os.openpty()
        tty.setraw(inner)
        self._files = outer, inner
        fresh = self._name.with_suffix(".new")
        fresh.symlink_to(os.ttyname(inner))
        fresh.replace(self._name)
        return outer

    def lose(self) -> None:
        if self._files is not None:
            self._name.unlink(missing_ok=True)
            for file in self._files:
                os.close(file)
            self._files = None


class _Gateway(_Scripted):
    size = MBAP

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None

    def open(self) -> int:
        while not self.over:
            if select.select([self.listener], [], [], 0.05)[0]:
                self._connection = self.listener.accept()[0]
                self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                return self._connection.fileno()
        return -1

    def lose(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def misbehaving_unit(answer: Answer) -> Iterator[str]:
    """The name of its port: it stays the same when the port goes away and comes back."""
    with tempfile.TemporaryDirectory(prefix="cityops-unit-") as folder:
        unit = _Unit(answer, Path(folder) / "port")
        unit.start()
        while not (Path(folder) / "port").exists():
            time.sleep(0.001)
        try:
            yield str(Path(folder) / "port")
        finally:
            unit.over = True
            unit.join()


@contextmanager
def misbehaving_gateway(answer: Answer) -> Iterator[str]:
    """Its TCP port on 127.0.0.1."""
    gateway = _Gateway(answer)
    gateway.start()
    try:
        yield str(gateway.listener.getsockname()[1])
    finally:
        gateway.over = True
        gateway.join()
        gateway.listener.close()
