"""NUT's own programs: upsd with dummy-ups behind it, whose variables a test may change while they run."""

import getpass
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cityops_desktop.clock import SystemClock
from drivers.line.wire import open_tcp
from tests.peers.slaves import free_port

PROGRAMS = Path("/lib/nut")
UPS = {
    "ups.id": 'Room "17"',
    "device.serial": "AS0123456789",
    "ups.firmware": "UPS 09.3",
    "ups.status": "OL CHRG",
    "ups.load": "35.5",
    "ups.temperature": "31.2",
    "battery.charge": "87",
    "battery.runtime": "2040",
    "battery.voltage": "54.4",
    "input.voltage": "229.8",
    "output.voltage": "230.0",
}


class Upsd:
    """An upsd of this test with one UPS, `ups1`, on `port`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.values = dict(UPS)
        self._programs: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "ups.conf").write_text(
            f"pollinterval = 1\n[ups1]\n  driver = dummy-ups\n  port = {folder / 'ups1.dev'}\n  mode = dummy-once\n", encoding="utf-8"
        )
        (folder / "upsd.conf").write_text(f"LISTEN 127.0.0.1 {self.port}\nMAXAGE 3\n", encoding="utf-8")
        (folder / "upsd.users").write_text("[boss]\n  password = secret\n  actions = SET FSD\n  instcmds = ALL\n", encoding="utf-8")
        for file in folder.iterdir():
            file.chmod(0o600)
        self.set({})

    def set(self, changes: dict[str, str]) -> None:
        """Change what the UPS says."""
        self.values |= changes
        new = self.folder / "ups1.new"
        escaped = {name: value.replace("\\", "\\\\").replace('"', '\\"') for name, value in self.values.items()}
        new.write_text("".join(f'{name}: "{value}"\n' for name, value in escaped.items()), encoding="utf-8")
        new.replace(self.folder / "ups1.dev")

    def start(self, program: str) -> None:
        """Run `dummy-ups` or `upsd`."""
        arguments = ["-a", "ups1"] if program == "dummy-ups" else []
        command = [str(PROGRAMS / program), *arguments, "-u", getpass.getuser(), "-F"]
        environment = {
            **os.environ,
            "NUT_CONFPATH": str(self.folder),
            "NUT_STATEPATH": str(self.folder),
            "NUT_ALTPIDPATH": str(self.folder),
        }
        log = (self.folder / f"{program}.log").open("ab")
        with log:
            self._programs[program] = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        there = self._socket_there if program == "dummy-ups" else self._answers
        end = time.monotonic() + 30
        while not there():
            assert self._programs[program].poll() is None and time.monotonic() < end, f"{program} did not start"
            time.sleep(0.05)

    def stop(self, program: str) -> None:
        """End it."""
        if program in self._programs:
            running = self._programs.pop(program)
            running.kill()
            running.wait(30)
            for left in self.folder.glob("dummy-ups-ups1*" if program == "dummy-ups" else "*.pid"):
                left.unlink()

    def pid(self, program: str) -> int:
        """Its process, to be halted and continued."""
        return self._programs[program].pid

    def _socket_there(self) -> bool:
        return (self.folder / "dummy-ups-ups1").exists()

    def _answers(self) -> bool:
        """Does upsd give the variables of the UPS?"""
        try:
            wire = open_tcp("127.0.0.1", self.port, SystemClock())
        except OSError:
            return False
        except Exception as error:
            if "refused" in str(error):
                return False
            raise
        wire.write(b"GET VAR ups1 ups.status\n")
        answer = wire.read(time.monotonic() + 30)
        wire.close()
        return answer.startswith(b"VAR ups1") and b"WAIT" not in answer


@contextmanager
def nut_server(folder: Path) -> Iterator[Upsd]:
    """Run driver and server until the end of the block. Maker and model are those that dummy-ups itself sets."""
    server = Upsd(folder)
    try:
        server.start("dummy-ups")
        server.start("upsd")
        yield server
    finally:
        for program in ("upsd", "dummy-ups"):
            server.stop(program)
