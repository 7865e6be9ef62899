"""The places where lines come in: datagrams and connections, who is let in, and how many at a time. Reads nothing but the lines' ends.

A place that cannot be had is tried again and named; the others are not touched by it. A connection counts from its first byte on, not from
the end of its handshake, and who holds more than his share loses the one that has been silent longest.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
import ssl
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from cityops_desktop.logs.syslog import Framing
from cityops_desktop.model.loglines import Channel, LogListen

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 500
MOST_OF_ONE = 32
"""Connections from one address."""
SILENT_SECONDS = 60.0
"""When there are too many, one that has been silent for so long makes room."""
IDLE_SECONDS = 3600.0
HANDSHAKE_SECONDS = 10.0
RETRY_SECONDS = 10.0
BRAKE_SECONDS = 0.05
"""So long nothing is read of a connection that sends more than is kept."""
Take = Callable[[bytes, str, Channel], bool]
"""A line, the address it is from, how it came; False = it was too much."""


@dataclass(slots=True)
class _Connection:
    source: str
    heard: float


class Listening:
    """All places of a room. Lives in one event loop."""

    def __init__(self, places: Sequence[LogListen], allow: Sequence[str], certificate: str, key: str, take: Take) -> None:
        self._places, self._take = places, take
        self._allow = [ipaddress.ip_network(text) for text in allow]
        self._certificate, self._key = certificate, key
        self._connections: OrderedDict[asyncio.Task[None], _Connection] = OrderedDict()
        self._of_one: Counter[str] = Counter()
        self._open: list[Any] = []
        self._tasks: list[asyncio.Task[None]] = []
        self.troubles: dict[LogListen, str] = {}
        self.refused = 0
        """Lines and connections of those who may not, or for whom there was no room."""

    async def start(self) -> None:
        """Every place has been tried once when this returns."""
        for place in self._places:
            await self._try(place)
        self._tasks.append(asyncio.get_running_loop().create_task(self._try_again()))

    async def stop(self) -> None:
        """Take no more."""
        tasks = [*self._tasks, *self._connections]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for one in self._open:
            one.close()

    def datagram(self, data: bytes, address: str, channel: Channel) -> None:
        """One that came."""
        source = plain(address)
        if self.allowed(source):
            self._take(data, source, channel)
        else:
            self.refused += 1

    def allowed(self, source: str) -> bool:
        """Are lines of this address taken?"""
        if not self._allow:
            return True
        try:
            address = ipaddress.ip_address(source.partition("%")[0])
        except ValueError:
            return False
        return any(address in network for network in self._allow)

    async def _try_again(self) -> None:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            for place in list(self.troubles):
                await self._try(place)

    async def _try(self, place: LogListen) -> None:
        try:
            if place.channel in (Channel.UDP, Channel.TRAP):
                await self._datagrams(place)
            else:
                await self._streams(place)
        except OSError as error:
            if place not in self.troubles:
                log.error("%s cannot be listened at: %s", words_of(place), error)
            self.troubles[place] = error.strerror or str(error)
        else:
            self.troubles.pop(place, None)

    async def _datagrams(self, place: LogListen) -> None:
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self, place.channel), (place.host, place.port))
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._open.append(transport)

    async def _streams(self, place: LogListen) -> None:
        context = None
        if place.channel is Channel.TLS:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(self._certificate, self._key)
        loop = asyncio.get_running_loop()
        family, _, _, _, address = (await loop.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))[0]
        door = socket.create_server(address[:2], family=family, backlog=128)
        door.setblocking(False)
        self._open.append(door)
        self._tasks.append(loop.create_task(self._accept(door, place.channel, context)))

    async def _accept(self, door: socket.socket, channel: Channel, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                line, address = await loop.sock_accept(door)
            except OSError as error:
                log.warning("a connection could not be taken: %s", error)
                await asyncio.sleep(1.0)
                continue
            source = plain(str(address[0]))
            if not self.allowed(source) or not self._room_for(source):
                self.refused += 1
                line.close()
                continue
            task = loop.create_task(self._serve(line, source, channel, context))
            self._connections[task] = _Connection(source, loop.time())
            self._of_one[source] += 1
            task.add_done_callback(self._over)

    def _room_for(self, source: str) -> bool:
        """Is there room for another connection of this address? The longest silent one may have to go for it."""
        if self._of_one[source] >= MOST_OF_ONE:
            oldest = next(task for task, one in self._connections.items() if one.source == source)
        elif len(self._connections) >= MOST_CONNECTIONS:
            oldest, known = next(iter(self._connections.items()))
            if asyncio.get_running_loop().time() - known.heard < SILENT_SECONDS:
                return False
        else:
            return True
        oldest.cancel()
        self._over(oldest)
        return True

    def _over(self, task: asyncio.Task[None]) -> None:
        known = self._connections.pop(task, None)
        if known is not None:
            self._of_one[known.source] -= 1
            if not self._of_one[known.source]:
                del self._of_one[known.source]

    async def _serve(self, line: socket.socket, source: str, channel: Channel, context: ssl.SSLContext | None) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport: asyncio.BaseTransport | None = None
        framing = Framing()
        try:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            seconds = None if context is None else HANDSHAKE_SECONDS
            protocol = asyncio.StreamReaderProtocol(reader)
            transport, _ = await loop.connect_accepted_socket(
                lambda: protocol, line, ssl=context, ssl_handshake_timeout=seconds, ssl_shutdown_timeout=seconds
            )
            while chunk := await asyncio.wait_for(reader.read(65536), IDLE_SECONDS):
                self._heard()
                if not all([self._take(data, source, channel) for data in framing.feed(chunk)]):
                    await asyncio.sleep(BRAKE_SECONDS)
        except OSError:  # with the time that was over, and whatever TLS says
            pass
        finally:
            for data in framing.end():
                self._take(data, source, channel)
            if transport is None:
                line.close()
            elif isinstance(transport, asyncio.WriteTransport):
                transport.abort()

    def _heard(self) -> None:
        task = asyncio.current_task()
        if task is not None and task in self._connections:
            self._connections[task].heard = asyncio.get_running_loop().time()
            self._connections.move_to_end(task)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, listening: Listening, channel: Channel) -> None:
        self._listening, self._channel = listening, channel

    def datagram_received(self, data: bytes, addr: Any) -> None:
        """A line, or a trap."""
        self._listening.datagram(data, str(addr[0]), self._channel)


def plain(address: str) -> str:
    """An address of IPv4 that came in over a place of IPv6 is the same machine."""
    return address.removeprefix("::ffff:") if address.startswith("::ffff:") and "." in address else address


def words_of(place: LogListen) -> str:
    """As the room file writes it."""
    host = f"[{place.host}]" if ":" in place.host else place.host
    return f"{place.channel} {host}:{place.port}"
