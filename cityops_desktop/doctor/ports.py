"""Serial ports: which there are, by what lasting name, may this user open them, who has them open. Opens none. (Linux; elsewhere names.)"""

import contextlib
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from serial.tools import list_ports

from cityops_desktop.doctor.finding import Finding, Machine, State
from cityops_desktop.texts import N_

AREA = "ports"
_CHEAP = ("ttyUSB", "ttyACM")
"""Names that go by the order of plugging in."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a port open."""

    pid: int
    name: str


def look(machine: Machine, named: Mapping[str, str], station: int | None) -> Iterator[Finding]:
    """Every port of the machine, then those that the room file names: `named` is {bus: port}; `station` the running station's pid."""
    if not sys.platform.startswith("linux"):
        yield from _elsewhere(named)
        return
    lasting = lasting_names(machine)
    known = serial_ports(machine)
    wanted = {bus: machine.root / port.lstrip("/") for bus, port in named.items()}
    extra = [path.resolve() for path in wanted.values() if path.exists() and path.resolve() not in known]
    if not known and not extra:
        yield Finding(AREA, State.FINE if not named else State.UNKNOWN, N_("this machine has no serial port"))
    holders = holders_of([*known, *extra], machine)
    for path in (*known, *extra):
        yield _port(path, machine, lasting.get(path, []), holders.get(path, []), station)
    for bus, path in wanted.items():
        yield from _of_the_room(bus, named[bus], path, lasting, machine)


def _elsewhere(named: Mapping[str, str]) -> Iterator[Finding]:
    there = sorted(port.device for port in list_ports.comports())
    yield Finding(AREA, State.FINE, N_("serial ports: {ports}"), params={"ports": ", ".join(there) or "-"})
    for bus, port in named.items():
        if port.upper() not in (name.upper() for name in there):
            yield _missing(bus, port)


def _missing(bus: str, port: str) -> Finding:
    what = N_("the room file's bus “{bus}” needs {port}, which does not exist")
    return Finding(AREA, State.WRONG, what, N_("plug the adapter in, or correct the port in the room file"), {"bus": bus, "port": port})


def serial_ports(machine: Machine) -> list[Path]:
    """The device files of real ports: a tty with a device behind it, and an 8250 only when its chip was found."""
    found = []
    for tty in sorted((machine.sys / "class" / "tty").glob("*")):
        path = machine.dev / tty.name
        if (tty / "device").exists() and path.exists() and _line(tty, "type") != "0":
            found.append(path.resolve())
    return found


def lasting_names(machine: Machine) -> dict[Path, list[str]]:
    """The names below /dev/serial/by-id of each port; they stay the same after a reboot."""
    names: dict[Path, list[str]] = {}
    for link in sorted((machine.dev / "serial" / "by-id").glob("*")):
        names.setdefault(link.resolve(), []).append(f"/{link.relative_to(machine.root)}")
    return names


def holders_of(ports: Iterable[Path], machine: Machine) -> dict[Path, list[Holder]]:
    """Who has these ports open, as far as this user may see it."""
    wanted = {str(path): path for path in ports}
    found: dict[Path, list[Holder]] = {}
    for process in sorted(machine.proc.glob("[0-9]*")) if wanted else ():
        for name in sorted(_open_files(process) & wanted.keys()):
            found.setdefault(wanted[name], []).append(Holder(int(process.name), _line(process, "comm") or "?"))
    return found


def _open_files(process: Path) -> set[str]:
    """What a process has open; files come and go meanwhile, and those of other users are not to be seen."""
    names = set()
    try:
        handles = list((process / "fd").iterdir())
    except OSError:
        handles = []
    for handle in handles:
        with contextlib.suppress(OSError):
            names.add(str(handle.readlink()))
    return names


def _line(folder: Path, name: str) -> str:
    try:
        return (folder / name).read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _shown(path: Path, machine: Machine) -> str:
    return f"/{path.relative_to(machine.root)}" if path.is_relative_to(machine.root) else str(path)


def _port(path: Path, machine: Machine, lasting: list[str], holders: list[Holder], station: int | None) -> Finding:
    params: dict[str, object] = {"port": _shown(path, machine), "names": ", ".join(lasting) or "-"}
    if not machine.may_open(path):
        group = _group(path)
        params["group"] = group
        do = N_("as root: usermod -aG {group} USER, with the user of the station; then log in again")
        return Finding(AREA, State.WRONG, N_("{port}: this user may not open it (group {group})"), do, params)
    others = [holder for holder in holders if holder.pid != station]
    if others:
        params |= {"program": others[0].name, "pid": others[0].pid}
        what = N_("{port} is open in another program: {program} (pid {pid})")
        return Finding(AREA, State.WRONG, what, N_("end that program before the station needs the port"), params)
    if holders:
        return Finding(AREA, State.FINE, N_("{port} is open in the station (lasting name: {names})"), params=params)
    return Finding(AREA, State.FINE, N_("{port}: this user may open it (lasting name: {names})"), params=params)


def _group(path: Path) -> str:
    if sys.platform == "win32":
        return "?"
    import grp

    gid = path.stat().st_gid
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _of_the_room(bus: str, port: str, path: Path, lasting: Mapping[Path, list[str]], machine: Machine) -> Iterator[Finding]:
    if not path.exists():
        yield _missing(bus, port)
        return
    params: dict[str, object] = {"bus": bus, "port": port}
    if not stat.S_ISCHR(path.stat().st_mode):
        what = N_("the room file's bus “{bus}” names {port}, which is no port")
        yield Finding(AREA, State.WRONG, what, N_("correct the port in the room file"), params)
        return
    names = lasting.get(path.resolve(), [])
    if names and Path(port).name.startswith(_CHEAP):
        what = N_("the room file's bus “{bus}” names {port}, which may be another adapter after a restart")
        yield Finding(AREA, State.ADVICE, what, N_("write port: {name}"), {**params, "name": names[0]})
        return
    yield Finding(AREA, State.FINE, N_("the room file's bus “{bus}” has its port {port}"), params=params)
