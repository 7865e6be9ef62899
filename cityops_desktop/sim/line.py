"""A wire in software: pymodbus's server behind a pty or a socket, as slow as the real wire and as bad as it is told. Decides no value."""

import asyncio
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from pymodbus.server import ModbusTcpServer

BITS_PER_CHAR = 11
RTU_UNIT, TCP_UNIT = 0, 6
"""Where the unit's address stands in a frame."""
log = logging.getLogger(__name__)


def silence(baudrate: int) -> float:
    """Seconds of silence between frames (Modbus over serial line V1.02, 2.5.1.1: 3.5 characters, 1.75 ms above 19200 baud)."""
    return 0.00175 if baudrate > 19200 else 3.5 * BITS_PER_CHAR / baudrate


@dataclass(frozen=True, slots=True)
class Wire:
    """What a bus is like: its speed (None = a network, where nothing takes long), where a frame has the unit's address, and what is
    wrong with it: `late(unit)` seconds that a unit's answer takes longer, `spoilt()` = is this answer spoilt on its way?"""

    baudrate: int | None = None
    unit: int = RTU_UNIT
    late: Callable[[int], float] = lambda _: 0.0
    spoilt: Callable[[], bool] = lambda: False


class Line(asyncio.Transport):
    """Half-duplex wire between a master and a server's handler: a reply arrives when its last character would have.

    One timer a reply, not one a character. Give it the master's bytes with `feed`; `_send` takes what the master shall read.
    """

    def __init__(self, server: ModbusTcpServer, wire: Wire, random: Random | None = None) -> None:
        super().__init__()
        self._loop = asyncio.get_running_loop()
        self._wire = wire
        self._random = random or Random()
        self._char = BITS_PER_CHAR / wire.baudrate if wire.baudrate else 0.0
        self._gap = silence(wire.baudrate) if wire.baudrate else 0.0
        self._free = 0.0
        self._due: set[asyncio.TimerHandle] = set()
        self._closed = False
        self._handler = server.handle_new_connection()
        self._handler.connection_made(self)

    def feed(self, data: bytes) -> None:
        """The master has put these bytes on the wire."""
        self._free = max(self._free, self._loop.time()) + len(data) * self._char
        self._handler.data_received(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """The unit answers (called by pymodbus)."""
        if self._closed:
            return
        frame = bytes(data)
        late = self._wire.late(frame[self._wire.unit]) if len(frame) > self._wire.unit else 0.0
        if self._wire.spoilt():
            frame = self._spoil(frame)
        if not late and not self._char:
            self._send(frame)
            return
        self._free = max(self._free, self._loop.time()) + self._gap + len(frame) * self._char
        timer = self._loop.call_at(self._free + late, self._send, frame)
        self._due = {waiting for waiting in self._due if waiting.when() > self._loop.time()} | {timer}

    def _spoil(self, frame: bytes) -> bytes:
        """One bit of a byte is the other way round: the checksum no longer fits."""
        at = self._random.randrange(len(frame))
        return frame[:at] + bytes([frame[at] ^ 1 << self._random.randrange(8)]) + frame[at + 1 :]

    def is_closing(self) -> bool:
        """Has it been closed?"""
        return self._closed

    def close(self) -> None:
        """Forget what is still on the wire, give the master's end back; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        for timer in self._due:
            timer.cancel()
        self._handler.close()
        self._hang_up()

    def _send(self, data: bytes) -> None:
        raise NotImplementedError

    def _hang_up(self) -> None:
        raise NotImplementedError


class PtyLine(Line):
    """A line whose master's end is a pseudo-terminal that `link` points to (Linux and other systems with ptys)."""

    def __init__(self, server: ModbusTcpServer, wire: Wire, link: Path) -> None:
        super().__init__(server, wire)
        import tty

        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self._link = link
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(self._theirs))
        self._loop.add_reader(self._ours, self._readable)

    def _readable(self) -> None:
        self.feed(os.read(self._ours, 4096))

    def _send(self, data: bytes) -> None:
        try:
            os.write(self._ours, data)
        except BlockingIOError:
            log.debug("%s: nobody reads this line", self._link)

    def _hang_up(self) -> None:
        self._loop.remove_reader(self._ours)
        with suppress(FileNotFoundError):
            self._link.unlink()
        os.close(self._ours)
        os.close(self._theirs)


class SocketLine(Line):
    """A line whose master's end is one TCP connection: a gateway, a serial server, or a serial line on a system without ptys."""

    def __init__(self, server: ModbusTcpServer, wire: Wire, connection: asyncio.Transport) -> None:
        super().__init__(server, wire)
        self._connection = connection

    def _send(self, data: bytes) -> None:
        self._connection.write(data)

    def _hang_up(self) -> None:
        self._connection.close()


class SocketEnd(asyncio.Protocol):
    """Joins an accepted connection to a SocketLine. `lines` are those that are open, for whoever wants to cut them."""

    def __init__(self, server: ModbusTcpServer, wire: Wire, lines: set[SocketLine] | None = None) -> None:
        self._server, self._wire, self._lines = server, wire, lines if lines is not None else set()
        self._line: SocketLine | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The master has connected."""
        assert isinstance(transport, asyncio.Transport)
        self._line = SocketLine(self._server, self._wire, transport)
        self._lines.add(self._line)

    def data_received(self, data: bytes) -> None:
        """The master has sent something."""
        if self._line:
            self._line.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The master has hung up."""
        if self._line:
            self._lines.discard(self._line)
            self._line.close()
