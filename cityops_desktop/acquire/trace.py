"""The newest pieces of bytes that went over one wire. Written by its bus thread, read by the station's loop; knows no protocol."""

import threading
from collections import deque

from cityops_desktop.clock import Clock
from cityops_desktop.model.traffic import Piece

MOST_PIECES = 4000
"""Some four minutes of a full line at 9600 baud; a piece is at most a few hundred bytes."""
MOST_BYTES = 512 * 1024
"""All that one wire may keep: a web answer of megabytes pushes the older ones out."""


class Trace:
    """A ring of pieces; `record` is a Record."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pieces: deque[Piece] = deque()
        self._bytes = 0
        self._number = 0
        self._lock = threading.Lock()

    @property
    def newest(self) -> int:
        """The number of the newest piece; 0 = none has come yet."""
        return self._number

    def record(self, sent: bool, data: bytes) -> None:
        """Keep this piece; the oldest go."""
        if not data:
            return
        data = data[:MOST_BYTES]
        with self._lock:
            self._number += 1
            self._pieces.append(Piece(self._number, self._clock.wall(), self._clock.monotonic(), sent, data))
            self._bytes += len(data)
            while len(self._pieces) > MOST_PIECES or self._bytes > MOST_BYTES:
                self._bytes -= len(self._pieces.popleft().data)

    def after(self, number: int) -> list[Piece]:
        """The pieces that are still kept and came after this one, oldest first."""
        with self._lock:
            kept = len(self._pieces)
            first = self._number - kept
            return [self._pieces[i] for i in range(max(0, number - first), kept)]
