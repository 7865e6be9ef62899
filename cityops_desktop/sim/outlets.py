"""The master's end of each bus: a pty, a listening socket; plugged in, pulled out and plugged in again. Knows no value and no unit."""

import asyncio
from pathlib import Path

from pymodbus.server import ModbusTcpServer

from cityops_desktop.sim.line import PtyLine, SocketEnd, SocketLine, Wire

LOOPBACK = "127.0.0.1"


class PtyOutlet:
    """A serial port that other programs open by its link in the simulator's directory."""

    def __init__(self, server: ModbusTcpServer, wire: Wire, link: Path) -> None:
        self._server, self._wire, self._link = server, wire, link
        self._line: PtyLine | None = None

    async def plug(self) -> dict[str, str | int]:
        """Make it work; what must stand in the room file."""
        self._line = self._line or PtyLine(self._server, self._wire, self._link)
        return {"port": str(self._link)}

    async def pull(self) -> None:
        """Take it away from whoever uses it."""
        if self._line is not None:
            self._line.close()
            self._line = None


class SocketOutlet:
    """A TCP port: the same one whenever it is plugged in again. `serial` = it stands for a serial port, by pyserial's URL."""

    def __init__(self, server: ModbusTcpServer, wire: Wire, *, serial: bool) -> None:
        self._server, self._wire, self._serial = server, wire, serial
        self._lines: set[SocketLine] = set()
        self._listener: asyncio.Server | None = None
        self._port = 0

    async def plug(self) -> dict[str, str | int]:
        """Make it work; what must stand in the room file."""
        if self._listener is None:
            loop = asyncio.get_running_loop()
            self._listener = await loop.create_server(lambda: SocketEnd(self._server, self._wire, self._lines), LOOPBACK, self._port)
            self._port = int(self._listener.sockets[0].getsockname()[1])
        if self._serial:
            return {"port": f"socket://{LOOPBACK}:{self._port}"}
        return {"host": LOOPBACK, "port": self._port}

    async def pull(self) -> None:
        """Take it away from whoever uses it."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for line in tuple(self._lines):
            line.close()


Outlet = PtyOutlet | SocketOutlet
