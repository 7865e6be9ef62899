"""Composes the simulator: plant, servers, lines, the written room file, the tick. Blocks until it is told to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from pymodbus.framer import FramerType
from pymodbus.server import ModbusTcpServer

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.rooms import Bus, Room
from cityops_desktop.sim import control, roomfile, slaves
from cityops_desktop.sim.line import PtyLine, SocketEnd
from cityops_desktop.sim.plant import Plant
from cityops_desktop.texts import N_

TICK = 1.0
PTYS = os.name == "posix"


class _SerialOptions(Protocol):
    @property
    def baudrate(self) -> int: ...


class Simulator:
    """The servers of one room inside a running loop. `wires[bus id]` is what must stand in the room file."""

    def __init__(self, room: Room, folder: Path, plant: Plant, ptys: bool = PTYS) -> None:
        self._room, self._folder, self._plant, self._ptys = room, folder, plant, ptys
        self.wires: dict[str, dict[str, str | int]] = {}
        self._servers: list[ModbusTcpServer] = []
        self._lines: list[PtyLine] = []
        self._sockets: list[asyncio.Server] = []

    async def open(self) -> None:
        """Start a server for each bus. OperatorError for a bus that the simulator does not speak."""
        for bus in self._room.buses:
            self.wires[bus.id] = await self._open(bus)

    async def _open(self, bus: Bus) -> dict[str, str | int]:
        if bus.driver not in ("modbus-rtu", "modbus-rtu-tcp", "modbus-tcp"):
            raise OperatorError(
                Problem(
                    what=N_("the simulator does not speak “{driver}”"),
                    do=N_("use the buses modbus-rtu, modbus-rtu-tcp or modbus-tcp in a room that is to be simulated"),
                    where=bus.id,
                    params={"driver": bus.driver},
                )
            )
        framer = FramerType.SOCKET if bus.driver == "modbus-tcp" else FramerType.RTU
        server = slaves.server_for(self._plant.units[bus.id], framer, self._plant.silent(bus.id))
        self._servers.append(server)
        if bus.driver != "modbus-rtu":
            await server.serve_forever(background=True)
            return {"host": "127.0.0.1", "port": slaves.port_of(server)}
        baudrate = cast(_SerialOptions, bus.options).baudrate
        if self._ptys:
            link = self._folder / bus.id
            self._lines.append(PtyLine(server, baudrate, link))
            return {"port": str(link)}
        listener = await asyncio.get_running_loop().create_server(lambda: SocketEnd(server, baudrate), "127.0.0.1", 0)
        self._sockets.append(listener)
        return {"port": f"socket://127.0.0.1:{listener.sockets[0].getsockname()[1]}"}

    async def close(self) -> None:
        """Stop serving and take the links away."""
        for line in self._lines:
            line.close()
        for listener in self._sockets:
            listener.close()
        for server in self._servers:
            await server.shutdown()  # type: ignore[no-untyped-call]


async def _tick(plant: Plant) -> None:
    """One step a second. A late tick is not made up for: the same steps always give the same room."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + TICK, loop.time())
        await asyncio.sleep(due - loop.time())
        plant.step(TICK)


async def _serve(room: Room, room_path: Path, folder: Path, ready: Callable[[Path], None], plant: Plant) -> None:
    loop = asyncio.get_running_loop()
    clock = SystemClock()
    stop = asyncio.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    roomfile.prepare(room_path, folder)
    simulator = Simulator(room, folder, plant)
    try:
        await simulator.open()
        written = roomfile.write(room_path, folder, simulator.wires)
        if control.is_pipe(0):

            def heard(line: str) -> None:
                sys.stdout.write(control.answer(line, plant, clock) + "\n")
                sys.stdout.flush()

            control.listen(0, lambda line: loop.call_soon_threadsafe(heard, line), lambda: loop.call_soon_threadsafe(stop.set))
        ready(written)
        ticking = asyncio.create_task(_tick(plant))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()
        stopping.cancel()
        for outcome in await asyncio.gather(ticking, stopping, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
    finally:
        await simulator.close()


def run_sim(room: Room, room_path: Path, folder: Path, ready: Callable[[Path], None], *, plant: Plant | None = None) -> None:
    """Serve this room until SIGTERM, Ctrl-C, or the end of standard input where that is a pipe. Main thread only.

    `folder` gets room.yaml, the room file with the real ports, before `ready(its path)` is called, and a link for each serial
    line while it runs. A `plant` of the caller's replaces the usual one with its story. OperatorError for a bus that is not Modbus, or when
    the written file would take the place of the room file itself.
    """
    asyncio.run(_serve(room, room_path, folder.absolute(), ready, plant or Plant(room)))
