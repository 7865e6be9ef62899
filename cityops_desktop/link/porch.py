"""Where remote consoles come in: takes connections on the TLS port, few at a time, and hands those that greet properly to the door.

The standard server lets any number of connections wait a minute for the first word of TLS; here they are counted from the first moment,
for all and for each address, and none waits longer than the door allows. Knows no token and reads no request.
"""

import asyncio
import logging
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from uvicorn.protocols.http.h11_impl import H11Protocol

from cityops_desktop.link.door import FIRST_SECONDS, MOST_CONNECTIONS

log = logging.getLogger(__name__)

MOST_OF_ONE = 32
"""Connections of one address; a console has eight at most."""
PACE_SECONDS = 0.01
"""Between two connections: greeting costs the station's loop a part of a millisecond each, and a flood of them must not stop it."""
SICK_SECONDS = 1.0
"""Pause when the system has no more to give (descriptors)."""


class Porch:
    """`opened` are the connections that have come through, `door` makes the protocol of the next one."""

    def __init__(
        self, listener: socket.socket, context: ssl.SSLContext, door: Callable[[], asyncio.Protocol], opened: Callable[[], set[H11Protocol]]
    ) -> None:
        self._listener = listener
        self._context = context
        self._door = door
        self._opened = opened
        self._greeting: dict[asyncio.Task[None], str] = {}

    async def run(self) -> None:
        """Until cancelled; then whoever still greets is dropped."""
        loop = asyncio.get_running_loop()
        self._listener.setblocking(False)
        try:
            while True:
                try:
                    connection, address = await loop.sock_accept(self._listener)
                except OSError as error:
                    log.warning("no connection can be taken on the TLS port: %s", error)
                    await asyncio.sleep(SICK_SECONDS)
                    continue
                self._take(connection, str(address[0]))
                await asyncio.sleep(PACE_SECONDS)
        finally:
            for task in list(self._greeting):
                task.cancel()

    def _take(self, connection: socket.socket, address: str) -> None:
        opened = self._opened()
        of_one = sum(one == address for one in self._greeting.values()) + sum(
            one.client is not None and one.client[0] == address for one in opened
        )
        if len(self._greeting) + len(opened) >= MOST_CONNECTIONS or of_one >= MOST_OF_ONE:
            connection.close()
            return
        task = asyncio.get_running_loop().create_task(self._greet(connection))
        self._greeting[task] = address
        task.add_done_callback(self._greeted)

    def _greeted(self, task: "asyncio.Task[None]") -> None:
        self._greeting.pop(task, None)

    async def _greet(self, connection: socket.socket) -> None:
        """TLS, or nothing: who does not speak it, too old a one, or too slowly, is cut off."""
        connection.setblocking(False)
        loop = cast(asyncio.BaseEventLoop, asyncio.get_running_loop())
        with suppress(OSError, TimeoutError):  # ssl.SSLError is one, too
            await loop.connect_accepted_socket(
                self._door, connection, ssl=self._context, ssl_handshake_timeout=FIRST_SECONDS, ssl_shutdown_timeout=FIRST_SECONDS
            )
