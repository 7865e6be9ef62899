"""A real station process (supervisor and child) on a small room, and a slave whose registers a test can change."""

import json
import os
import queue
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from pymodbus.client import ModbusTcpClient

from cityops_desktop.link.messages import Copy
from cityops_desktop.model.ids import uuid7
from tests.peers import warm
from tests.peers.slaves import HERE, running

PATIENCE = 30.0
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Plain HTTP on this machine: whoever asks need not read the certificates of the whole world first."""
PASSWORD = "Correct-horse-7"

ROOM = """
room: {{id: r1, name: {{zh: 测试机房, en: Test room}}, domain: c/d/s/r1, timezone: Asia/Shanghai}}
buses:
  - {{id: tcp, driver: modbus-tcp, host: 127.0.0.1, port: {port}}}
devices:
  - id: a
    bus: tcp
    address: 1
    points:
      - {{id: temp, kind: analog, unit: "°C", table: holding, address: 10, type: int16, scale: 0.1, period: 0.2,
         limits: [{{id: high, level: major, high: 30, deadband: 1}}, {{id: top, level: critical, high: 40, deadband: 1}}]}}
      - {{id: wet, kind: digital, table: holding, address: 20, type: uint16, period: 0.2, limits: [{{level: critical, states: [1]}}]}}
      - {{id: still, kind: analog, table: holding, address: 30, type: uint16, period: 0.5}}
"""


class Slave:
    """The registers of the room's only device."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._client = ModbusTcpClient("127.0.0.1", port=port)
        self._client.connect()

    def set(self, address: int, value: int) -> None:
        """Write a holding register, as equipment that changes."""
        answer = self._client.write_register(address, value & 0xFFFF, device_id=1)
        assert not answer.isError()

    def close(self) -> None:
        self._client.close()


@contextmanager
def slave() -> Iterator[Slave]:
    """pymodbus as the device, all quiet: 25.0 degrees, dry."""
    with running([warm.python(), HERE / "pymodbus_slave.py", "tcp", "1"]) as line:
        device = Slave(int(line))
        try:
            device.set(10, 250)
            device.set(20, 0)
            yield device
        finally:
            device.close()


class StationPeer:
    """`cityops-desktop station` as its own process; `program`: Python that runs first in the supervisor, `before`: in a shell around it.

    With either of them, or `cold`, it is started by the plain Python, as people start it.
    """

    def __init__(
        self, room: Path, data: Path, *, before: str = "", program: str = "", port: int = 0, listen: str = "", cold: bool = False
    ) -> None:
        start = [warm.python(), "-m", "cityops_desktop"]
        if cold or before or program:
            start = [sys.executable, "-m", "cityops_desktop"]
        if program:
            start[1:] = ["-c", f"{program}\nfrom cityops_desktop.__main__ import main\nraise SystemExit(main())"]
        command = [*start, "station", "--json", "--until-eof"]
        command += ["--room", str(room), "--data", str(data), "--port", str(port)]
        command += ["--listen", listen] if listen else []
        if before:
            command = ["bash", "-c", f'{before} exec "$@"', "bash", *command]
        self.data = data
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "CITYOPS_LANG": "en"},
        )
        self.events: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.errors: list[str] = []
        self._threads = [threading.Thread(target=self._events), threading.Thread(target=self._errors)]
        for thread in self._threads:
            thread.start()
        self.url = self.remote = self.fingerprint = ""
        self.stopped: int | None = None
        self.client: httpx.Client | None = None
        self._consoles: dict[str, dict[str, str]] = {}

    def wait_ready(self) -> "StationPeer":
        """Until it listens (again)."""
        while True:
            event = self.events.get(timeout=PATIENCE)
            assert event is not None, f"the station ended: {self.errors}"
            if event["event"] == "ready":
                break
        if self.client is not None:
            self.client.close()
        token = (self.data / "token").read_text().strip()
        self.url = event["url"]
        self.remote, self.fingerprint = event.get("remote", ""), event.get("fingerprint", "")
        self.client = httpx.Client(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, verify=NO_TLS, timeout=60
        )
        return self

    def child(self) -> int:
        """The process id of the station proper."""
        return int(json.loads((self.data / "station.json").read_text())["pid"])

    def state(self) -> Copy:
        assert self.client is not None
        return Copy.model_validate_json(self.client.get("/api/v1/state").content)

    def until(self, condition: Callable[[Copy], object], what: str) -> Copy:
        """Ask for the state until something is so."""
        end = time.monotonic() + PATIENCE
        while True:
            state = self.state()
            if condition(state):
                return state
            assert time.monotonic() < end, f"never came: {what}; alarms {state.alarms}, live {state.live}, {self.errors}"
            time.sleep(0.05)

    def first_administrator(self) -> None:
        assert self.client is not None
        body = {"name": "root", "display": "王管理", "password": PASSWORD}
        assert self.client.post("/api/v1/setup", json={"administrator": body}).status_code == 201

    def login(self, name: str, at: str = "") -> str:
        assert self.client is not None
        console = {"X-CityOps-Console": at or f"console of {name}"}  # a console has one person at a time
        answer = self.client.post("/api/v1/session", json={"name": name, "password": PASSWORD, "console": "test"}, headers=console)
        assert answer.status_code == 201, answer.text
        token = str(answer.json()["token"])
        self._consoles[token] = console
        return token

    def headers(self, session: str | None) -> dict[str, str]:
        """What a request of this session bears, from the console where it was opened."""
        return {"X-CityOps-Session": session, **self._consoles.get(session, {})} if session else {}

    def act(self, session: str | None, act: dict[str, Any], *, id: str = "", deadline: int | None = None) -> dict[str, Any]:
        """POST a command; the answer's JSON."""
        assert self.client is not None
        now = self.state().now
        body = {"id": id or uuid7(now), "deadline": now + 30_000 if deadline is None else deadline, "act": act}
        answer = self.client.post("/api/v1/commands", json=body, headers=self.headers(session))
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def duty(self) -> str:
        """A session of a duty person, made by the first administrator."""
        self.first_administrator()
        admin = self.login("root")
        account = {"kind": "account.create", "name": "zhang", "display": "张工", "password": PASSWORD, "roles": ["duty"]}
        assert self.act(admin, account)["outcome"] == "done"
        return self.login("zhang")

    def stop(self) -> int:
        """Order a clean stop; the exit code. May be called again."""
        if self.stopped is not None:
            return self.stopped
        if self.client is not None:
            self.client.close()
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.stopped = self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            self.process.wait()
            for thread in self._threads:
                thread.join()
            for stream in (self.process.stdout, self.process.stderr):
                assert stream is not None
                stream.close()
        return self.stopped

    def _events(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.put(json.loads(line))
        self.events.put(None)

    def _errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(line.rstrip() for line in self.process.stderr)


def write_room(folder: Path, port: int) -> Path:
    """The small room file for a slave on this port."""
    path = folder / "room.yaml"
    path.write_text(ROOM.format(port=port), "utf-8")
    return path


@contextmanager
def station(folder: Path, port: int, *, before: str = "", program: str = "", listen: str = "", cold: bool = False) -> Iterator[StationPeer]:
    """A station on the small room, running and ready; stopped in the end."""
    peer = StationPeer(write_room(folder, port), folder / "data", before=before, program=program, listen=listen, cold=cold)
    try:
        yield peer.wait_ready()
    finally:
        peer.stop()
