"""The event stream as an HTTP response: sends what the hub holds for one listener until either side ends it."""

import asyncio
import contextlib
import logging

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cityops_desktop.clock import Clock
from cityops_desktop.link.hub import UNWRITABLE_SECONDS, Hub, Listener

log = logging.getLogger(__name__)


class EventStream(Response):
    """Server-sent events for one listener (text/event-stream)."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, listener: Listener, clock: Clock) -> None:
        super().__init__()
        self._hub = hub
        self._listener = listener
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run until the console leaves, the station stops, or nothing could be written for two seconds."""
        watcher = asyncio.create_task(self._watch(receive))
        try:
            headers = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            while not self._listener.closed:
                await self._listener.wake.wait()
                body = self._hub.take(self._listener, self._clock.wall())
                if body:
                    async with asyncio.timeout(UNWRITABLE_SECONDS):
                        await send({"type": "http.response.body", "body": body, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except TimeoutError:
            log.info("a console took nothing for %s s: its stream is closed", UNWRITABLE_SECONDS)
        finally:
            self._hub.leave(self._listener)
            watcher.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watcher

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._listener.closed = True
        self._listener.wake.set()
