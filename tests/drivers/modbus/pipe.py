"""A byte pipe on a fake clock with a scripted peer at its other end: no thread, no sleep."""

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any

from cityops_desktop.model.drivers import WireError
from cityops_desktop.model.readings import Reason

Events = list[tuple[float, bytes]]
"""Seconds after the request, and the bytes that come then."""


class Pipe:
    """A Wire. `peer(request)` says what comes after a request and when; b"" means that the connection is lost then."""

    def __init__(self, clock: Any, peer: Callable[[bytes], Events]) -> None:
        self.clock = clock
        self.peer = peer
        self.requests: list[bytes] = []
        self.times: list[float] = []
        self.last_byte = 0.0
        self.closed = False
        self._coming: list[tuple[float, int, bytes]] = []
        self._order = count()

    def write(self, data: bytes) -> None:
        self.requests.append(data)
        self.times.append(self.clock.monotonic())
        for delay, answer in self.peer(data):
            self.inject(delay, answer)

    def inject(self, delay: float, data: bytes) -> None:
        heapq.heappush(self._coming, (self.clock.monotonic() + delay, next(self._order), data))

    def read(self, deadline: float) -> bytes:
        now = self.clock.monotonic()
        if not self._coming or self._coming[0][0] > max(deadline, now):
            self.clock.advance(max(0.0, deadline - now))
            return b""
        when, _, data = heapq.heappop(self._coming)
        self.clock.advance(max(0.0, when - now))
        self.last_byte = self.clock.monotonic()
        if not data:
            raise WireError(Reason.CONNECTION_LOST, "scripted")
        return data

    def close(self) -> None:
        self.closed = True
