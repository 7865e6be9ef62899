"""Builds and runs what masters are measured on: the paced line with libmodbus slaves in C, and the masters as processes of their own."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.slaves import build_libmodbus_slave, running

HERE = Path(__file__).parent
REGISTERS = [f"h:{number}:{100 + number}" for number in range(10)]


@dataclass(frozen=True, slots=True)
class Programs:
    """What was compiled."""

    bus: Path
    slave: Path
    master: Path


def build(folder: Path) -> Programs:
    """Compile into this folder (needs gcc and libmodbus-dev)."""
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libmodbus"], capture_output=True, text=True, check=True).stdout.split()
    bus, master = folder / "paced_bus", folder / "libmodbus_master"
    subprocess.run(["gcc", "-O2", "-Wall", "-o", bus, HERE / "paced_bus.c", "-lutil"], check=True)
    subprocess.run(["gcc", "-O2", "-Wall", "-o", master, HERE / "libmodbus_master.c", *flags], check=True)
    return Programs(bus, build_libmodbus_slave(folder), master)


class Line:
    """A paced line that runs: the master's port, and what the line has counted."""

    def __init__(self, process: subprocess.Popen[str], ports: Sequence[str]) -> None:
        self._process = process
        self.port, *self.slaves = ports

    def counted(self) -> tuple[int, int]:
        """Requests, and those that began before the line had been silent for t3.5."""
        assert self._process.stdout is not None
        self.say("stats")
        requests, violations = map(int, self._process.stdout.readline().split())
        return requests, violations

    def say(self, word: str) -> None:
        """ "cut" or "join"."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()


@contextmanager
def paced(programs: Programs, baud: int, units: Sequence[int], strict: bool) -> Iterator[Line]:
    """A line with one libmodbus slave, or with several plain units behind one port: one of libmodbus takes whatever follows a question
    to another unit for that unit's answer, and so misses the question that follows one to a dead unit."""
    process = subprocess.Popen(
        [programs.bus, str(baud), "1", "strict" if strict else "lenient"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdin is not None
    with ExitStack() as stack:
        stack.callback(process.stdout.close)
        stack.callback(process.wait)
        stack.callback(process.kill)
        stack.callback(process.stdin.close)
        ports = [process.stdout.readline().strip() for _ in range(2)]
        assert process.stdout.readline().strip() == "ready"
        if len(units) == 1:
            stack.enter_context(running([programs.slave, "rtu", ports[1], str(baud), str(units[0]), "200", *REGISTERS]))
        else:
            stack.enter_context(running([sys.executable, "-m", "bench.wire.units", ports[1], *map(str, units)]))
        yield Line(process, ports)


def drive(programs: Programs, master: str, port: str, baud: int, seconds: float) -> tuple[float, int]:
    """Let this master read for so long: reads a second, wrong reads."""
    if master == "libmodbus":
        command = [str(programs.master), port, str(baud), str(seconds)]
    else:
        command = [sys.executable, "-m", "bench.wire.masters", master, port, str(baud), str(seconds)]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=seconds + 60, cwd=HERE.parent.parent)
    reads, passed, wrong = said.stdout.split()[-3:]
    return int(reads) / float(passed), int(wrong)
