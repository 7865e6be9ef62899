"""A Modbus TCP gateway that passes everything on and remembers what was written: function code, address and value of each write."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

WRITES = (5, 6, 15, 16, 22, 23)


class Tap:
    """`writes`: (function, address, value) in their order; a coil's value is 0 or 1."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.writes: list[tuple[int, int, int]] = []
        self.open = True
        self._ends: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def close(self) -> None:
        self.open = False
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join(30)

    def _accept(self) -> None:
        while self.open:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to))
            except OSError:
                return
            self._ends += [near, far]
            pair = [threading.Thread(target=self._carry, args=a, daemon=True) for a in ((near, far, True), (far, near, False))]
            self._threads += pair
            for thread in pair:
                thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, questions: bool) -> None:
        rest = b""
        with suppress(OSError):
            while data := source.recv(4096):
                if questions:
                    rest = self._note(rest + data)
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _note(self, data: bytes) -> bytes:
        while len(data) >= 6 and len(data) >= 6 + int.from_bytes(data[4:6]):
            pdu, data = data[7 : 6 + int.from_bytes(data[4:6])], data[6 + int.from_bytes(data[4:6]) :]
            if pdu[0] in WRITES:
                value = int.from_bytes(pdu[3:5])
                self.writes.append((pdu[0], int.from_bytes(pdu[1:3]), value // 0xFF00 if pdu[0] == 5 else value))
        return data


@contextmanager
def tapped(port: int) -> Iterator[Tap]:
    """A tap before the slave on this port."""
    tap = Tap(port)
    try:
        yield tap
    finally:
        tap.close()
