"""Composes the simulator: plant, servers, lines, the written room file, the tick, the door. Blocks until it is told to stop."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Protocol, cast

from pymodbus.framer import FramerType

from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import OperatorError, Problem
from cityops_desktop.model.rooms import Bus, Room
from cityops_desktop.sim import control, roomfile, slaves
from cityops_desktop.sim.access import Doorkeeper
from cityops_desktop.sim.faults import FaultKind
from cityops_desktop.sim.line import RTU_UNIT, TCP_UNIT, Wire
from cityops_desktop.sim.outlets import Outlet, PtyOutlet, SocketOutlet
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
        self._outlets: dict[str, Outlet] = {}
        self._pulled: set[str] = set()
        self._random = Random(0)

    async def open(self) -> None:
        """Start a server for each bus. OperatorError for a bus that the simulator does not speak."""
        for bus in self._room.buses:
            self._outlets[bus.id] = self._outlet(bus)
            self.wires[bus.id] = await self._outlets[bus.id].plug()

    async def follow(self) -> None:
        """Pull out the buses that are to be unplugged now, and plug the others in again."""
        wanted = {fault.subject for fault in self._plant.physics.faults.active(FaultKind.BUS_UNPLUGGED)}
        for bus in sorted(wanted - self._pulled):
            await self._outlets[bus].pull()
        for bus in sorted(self._pulled - wanted):
            await self._outlets[bus].plug()
        self._pulled = wanted

    def _outlet(self, bus: Bus) -> Outlet:
        if bus.driver not in ("modbus-rtu", "modbus-rtu-tcp", "modbus-tcp"):
            raise OperatorError(
                Problem(
                    what=N_("the simulator does not speak “{driver}”"),
                    do=N_("use the buses modbus-rtu, modbus-rtu-tcp or modbus-tcp in a room that is to be simulated"),
                    where=bus.id,
                    params={"driver": bus.driver},
                )
            )
        network = bus.driver == "modbus-tcp"
        serial = bus.driver == "modbus-rtu"
        server = slaves.server_for(
            self._plant.units[bus.id],
            FramerType.SOCKET if network else FramerType.RTU,
            lambda address: self._plant.fault_of(FaultKind.DEAD_SLAVE, bus.id, address) is not None,
        )
        wire = Wire(
            cast(_SerialOptions, bus.options).baudrate if serial else None,
            TCP_UNIT if network else RTU_UNIT,
            lambda address: self._late(bus.id, address),
            lambda: 100 * self._random.random() < self._plant.physics.faults.amount(FaultKind.NOISE, bus.id),
        )
        if serial and self._ptys:
            return PtyOutlet(server, wire, self._folder / bus.id)
        return SocketOutlet(server, wire, serial=serial)

    def _late(self, bus: str, address: int) -> float:
        """Seconds that this answer of a slow device takes longer: at times little, at times all that it was said to."""
        fault = self._plant.fault_of(FaultKind.SLOW_SLAVE, bus, address)
        return fault.amount * self._random.uniform(0.2, 1.0) if fault else 0.0

    async def close(self) -> None:
        """Stop serving and take the links away."""
        for outlet in self._outlets.values():
            await outlet.pull()


async def _tick(plant: Plant, simulator: Simulator, orders: control.Control) -> None:
    """One step a second. A late tick is not made up for: the same steps always give the same room."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        due = max(due + TICK, loop.time())
        await asyncio.sleep(due - loop.time())
        plant.step(TICK * orders.speed)
        await simulator.follow()


async def _serve(room: Room, room_path: Path, folder: Path, ready: Callable[[Path], None], plant: Plant, speed: float) -> None:
    loop = asyncio.get_running_loop()
    orders = control.Control(plant, SystemClock(), speed)
    stop = asyncio.Event()
    for name in ("SIGINT", "SIGTERM", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: loop.call_soon_threadsafe(stop.set))
    roomfile.prepare(room_path, folder)
    simulator = Simulator(room, folder, plant)
    door = Doorkeeper(folder, orders.answer)
    try:
        await simulator.open()
        await door.open()
        written = roomfile.write(room_path, folder, simulator.wires)
        if control.is_pipe(0):

            def heard(line: str) -> None:
                sys.stdout.write(orders.answer(line) + "\n")
                sys.stdout.flush()

            control.listen(0, lambda line: loop.call_soon_threadsafe(heard, line), lambda: loop.call_soon_threadsafe(stop.set))
        ready(written)
        ticking = asyncio.create_task(_tick(plant, simulator, orders))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({ticking, stopping}, return_when=asyncio.FIRST_COMPLETED)
        ticking.cancel()
        stopping.cancel()
        for outcome in await asyncio.gather(ticking, stopping, return_exceptions=True):
            if isinstance(outcome, Exception):
                raise outcome
    finally:
        await door.close()
        await simulator.close()


def run_sim(
    room: Room, room_path: Path, folder: Path, ready: Callable[[Path], None], *, plant: Plant | None = None, speed: float = 1.0
) -> None:
    """Serve this room until SIGTERM, Ctrl-C, or the end of standard input where that is a pipe. Main thread only.

    `folder` gets room.yaml, the room file with the real ports, before `ready(its path)` is called, a link for each serial line and the
    door's file while it runs. A `plant` of the caller's replaces the usual one with its story; `speed` seconds of the room pass in each.
    OperatorError for a bus that is not Modbus, or when the written file would take the place of the room file itself.
    """
    asyncio.run(_serve(room, room_path, folder.absolute(), ready, plant or Plant(room), speed))
