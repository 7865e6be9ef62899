"""Net-SNMP's own programs: snmpd with a UPS behind it, and the senders of traps."""

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.peers.slaves import HERE, free_port

USER, AUTH, PRIV = "duty", "correct horse", "battery staple"
COMMUNITY = "room-17"
UPS = {
    "1.1.0": ("string", "ACME"),
    "1.2.0": ("string", "ACME 9000"),
    "1.3.0": ("string", "1.07"),
    "2.1.0": ("integer", "2"),
    "2.2.0": ("integer", "0"),
    "2.3.0": ("integer", "34"),
    "2.4.0": ("integer", "87"),
    "2.5.0": ("integer", "2168"),
    "2.7.0": ("integer", "27"),
    "3.3.1.2.1": ("integer", "499"),
    "3.3.1.3.1": ("integer", "229"),
    "4.1.0": ("integer", "3"),
    "4.2.0": ("integer", "500"),
    "4.4.1.2.1": ("integer", "231"),
    "4.4.1.3.1": ("integer", "125"),
    "4.4.1.4.1": ("integer", "2400"),
    "4.4.1.5.1": ("integer", "35"),
    "6.1.0": ("gauge", "0"),
}


class Snmpd:
    """An snmpd of this test; `port` answers 2c and 3, `values` is what the UPS says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.values = dict(UPS)
        self._process: subprocess.Popen[bytes] | None = None
        self._name = 1
        (folder / "state").mkdir()
        self.set()

    def set(self, **changes: str) -> None:
        """Change what the UPS says: names with _ for the dots."""
        for name, value in changes.items():
            key = name.strip("_").replace("_", ".")
            self.values[key] = (self.values[key][0], value)
        new = self.folder / "new.txt"
        new.write_text("".join(f"{name} {kind} {value}\n" for name, (kind, value) in self.values.items()), encoding="utf-8")
        new.replace(self.folder / "ups.txt")

    def start(self) -> None:
        """Run it; returns when it answers."""
        (self.folder / "snmpd.conf").write_text(
            f"exactEngineID 0x80001f8804{self._name:08x}\n"
            f"agentaddress udp:127.0.0.1:{self.port}\n"
            f"rocommunity {COMMUNITY} 127.0.0.1\n"
            f'createUser {USER} SHA-256 "{AUTH}" AES "{PRIV}"\nrouser {USER} priv\n'
            "sysObjectID 1.3.6.1.4.1.99999.7\nsysDescr ACME management card\n"
            f"pass_persist .1.3.6.1.2.1.33.1 {sys.executable} {HERE / 'ups_mib.py'} {self.folder / 'ups.txt'}\n",
            encoding="utf-8",
        )
        log = self.folder / "snmpd.log"
        log.unlink(missing_ok=True)
        state = {
            "SNMP_PERSISTENT_DIR": str(self.folder / "state"),
            "SNMPCONFPATH": str(self.folder / "state"),
            "MIBS": "",
            "PATH": "/usr/sbin:/usr/bin:/bin",
        }
        command = ["snmpd", "-f", "-c", self.folder / "snmpd.conf", "-Lf", log, "-I", "-smux", "-p", self.folder / "pid"]
        self._process = subprocess.Popen([str(part) for part in command], env=state, stdin=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while not (log.exists() and "NET-SNMP version" in log.read_text(encoding="utf-8")):
            assert self._process.poll() is None and time.monotonic() < end, "snmpd did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    def replace(self) -> None:
        """From the next start on it is another one: it signs under another name."""
        self._name += 1

    @property
    def pid(self) -> int:
        """Its process, to be halted and continued."""
        assert self._process is not None
        return self._process.pid


@contextmanager
def snmpd(folder: Path) -> Iterator[Snmpd]:
    """Run snmpd until the end of the block."""
    agent = Snmpd(folder)
    agent.start()
    try:
        yield agent
    finally:
        agent.stop()


def send(program: str, port: int, *arguments: str, options: Sequence[str] = ("-v2c", "-c", COMMUNITY)) -> int:
    """Run snmptrap or snmpinform against this port; the exit code."""
    state = {"MIBS": "", "SNMP_PERSISTENT_DIR": "/nonexistent", "PATH": "/usr/bin:/bin"}
    command = [program, *options, f"udp:127.0.0.1:{port}", *arguments]
    return subprocess.run(command, env=state, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False).returncode
