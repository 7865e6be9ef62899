"""How long one connection to the station may keep it waiting, and how many there may be. Knows no token: it stands before the guard."""

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

MOST_CONNECTIONS = 128
FIRST_SECONDS = 5.0
"""For the first request to arrive whole: a console sends it at once, a program that only holds connections open never does."""
NEXT_SECONDS = 20.0
"""For a later one, or for an answer to be taken after the station has closed the connection; longer than keep-alive lasts."""
CHECK_SECONDS = 1.0


class Door(H11Protocol):
    """A connection; uvicorn by itself waits for ever for the rest of a request, and for a reader that never reads."""

    _since = 0.0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Too many are cut off at once."""
        super().connection_made(transport)
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
            return
        self._since = self.loop.time()
        self._timer = self.loop.call_later(CHECK_SECONDS, self._check)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more to watch."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """The time for the next request begins."""
        self._since = self.loop.time()
        super().on_response_complete()

    def _check(self) -> None:
        answering = self.cycle is not None and not self.cycle.response_complete and not self.cycle.more_body
        now = self.loop.time()
        if answering and not self.transport.is_closing():
            self._since = now
        if now - self._since > (FIRST_SECONDS if self.cycle is None else NEXT_SECONDS):
            self.transport.abort()
        else:
            self._timer = self.loop.call_later(CHECK_SECONDS, self._check)
