"""All looks in their order, for one data directory and, where one is named, one room file. Each finding is made as soon as it is known."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cityops_desktop import paths
from cityops_desktop.clock import Clock
from cityops_desktop.doctor import adapters, collecting, data, network, ports, records, surroundings, timekeeping, tls, versions
from cityops_desktop.doctor.finding import Finding, Machine, State
from cityops_desktop.errors import OperatorError
from cityops_desktop.model.drivers import Driver
from cityops_desktop.model.rooms import Bus, Room
from cityops_desktop.room.load import load_room
from cityops_desktop.texts import N_

ROOM_AREA = "room"
DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True)
class Question:
    """What is asked of the doctor. `chosen`: the data directory was named by a person; `connect`, `ntp`: may it use the network?"""

    data: Path
    chosen: bool = False
    room: Path | None = None
    connect: bool = False
    ntp: str | None = None
    machine: Machine = field(default_factory=Machine)


def examine(question: Question, drivers: Mapping[str, Driver], clock: Clock) -> Iterator[Finding]:
    """Every finding, area after area."""
    machine = question.machine
    yield from versions.look(paths.ROOT / "requirements.lock")
    yield from data.look(question.data, chosen=question.chosen)
    station = data.running_station(question.data)
    if question.data.is_dir():
        yield from records.look(question.data, clock, since=data.listening_since(question.data))
    yield from tls.look(question.data, machine, clock)
    room: Room | None = None
    if question.room is not None:
        try:
            room = load_room(question.room, drivers)
        except OperatorError as error:
            for problem in error.problems:
                params = {**problem.params, "place": problem.where}
                yield Finding(ROOM_AREA, State.WRONG, problem.what, problem.do, params)
        else:
            params = {"file": str(question.room), "devices": len(room.devices), "points": len(room.points())}
            yield Finding(ROOM_AREA, State.FINE, N_("{file}: {devices} devices, {points} points, no mistakes"), params=params)
    if room is not None and room.origin == "demo":
        yield Finding(ROOM_AREA, State.FINE, N_("a demo's lines are simulated: its ports and gateways are not looked for"))
    buses = room.buses if room is not None and room.origin == "real" else ()
    yield from ports.look(machine, serial_of(buses), station)
    yield from adapters.look(machine, serial_of(buses))
    yield from network.look(gateways_of(buses), connect=question.connect)
    yield from collecting.look(room.logs.listen if room is not None else (), station)
    yield from timekeeping.look(machine, clock, room.timezone if room is not None else DEFAULT_ZONE, question.ntp)
    yield from surroundings.look(machine, paths.FONTS)


def serial_of(buses: tuple[Bus, ...]) -> dict[str, str]:
    """The buses on ports of this machine: those whose option `port` is a name and no URL."""
    named = {bus.id: getattr(bus.options, "port", None) for bus in buses}
    return {bus: port for bus, port in named.items() if isinstance(port, str) and "://" not in port}


def gateways_of(buses: tuple[Bus, ...]) -> dict[str, tuple[str, int]]:
    """The buses over TCP: those with a host and a port, or a port that is a URL of a serial server."""
    found: dict[str, tuple[str, int]] = {}
    for bus in buses:
        host, port = getattr(bus.options, "host", None), getattr(bus.options, "port", None)
        if isinstance(port, str) and "://" in port:
            host, _, number = port.split("://", 1)[1].split("?")[0].rstrip("/").rpartition(":")
            port = int(number) if number.isdecimal() else None
        if isinstance(host, str) and isinstance(port, int):
            found[bus.id] = (host, port)
    return found
