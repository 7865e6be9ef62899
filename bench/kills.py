"""SIGKILL at random moments while acts are written over HTTP: is anything lost that was acknowledged, is anything half there?

The process that is killed runs the real store, the real commands and the real server, without a room, which makes a kill cheap; it is
forked from one that has imported everything. Run by itself (`python -m bench.kills FOLDER`) this module is that process.
"""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import httpx
import uvicorn
from argon2 import PasswordHasher

from bench.page import Measure, Part
from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.link.acts import Command, CommandResult
from cityops_desktop.link.api import Desk, create_app
from cityops_desktop.link.credentials import LOCAL, Credentials, bound_to
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.people import passwords
from cityops_desktop.people.first import Newcomer
from cityops_desktop.people.people import People
from cityops_desktop.station.acts.accounts import AccountActs
from cityops_desktop.station.commands import Commands
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.store.store import Store

KILLS = 1000
DOMAIN = "c/d/s/r1"
PASSWORD = "Correct-horse-7"
CONSOLE = "kills"
ROLES = ("duty", "viewer")
"""Every act writes an account, these two rights, their three change rows and its own id: all or nothing."""
WORKERS = 6
LONGEST = 0.25
"""Seconds from the first answer to the kill, at most."""
DEADLINE_MS = 30_000


@dataclass(slots=True)
class Tally:
    """What the client saw. `unknown`: sent, but killed before the answer; asked again of the next process."""

    kills: int = 0
    acknowledged: set[str] = field(default_factory=set)
    unknown: list[dict[str, Any]] = field(default_factory=list)
    sent: int = 0
    carried_before: int = 0
    refused: list[str] = field(default_factory=list)
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """What the store says in the end."""

    lost: list[str]
    half: list[str]
    rows: int
    findings: list[str]


def measures() -> Part:
    """As many kills as CITYOPS_KILLS says, 1,000 without it."""
    count = int(os.environ.get("CITYOPS_KILLS", KILLS))
    with tempfile.TemporaryDirectory(prefix="cityops-kills-") as folder:
        tally = killed(Path(folder), count, random.Random(count))
        found = examined(Path(folder), tally)
    how = (
        f"{WORKERS} clients give acts over HTTP without a pause (each makes an account with two rights: seven rows in one transaction) "
        "to a process with the real store, commands and server. It is killed with SIGKILL at a random moment within "
        f"{LONGEST * 1000:.0f} ms of its first answer, and started anew; an act whose answer did not come is sent again with the same id. "
        f"{tally.kills} kills in {tally.seconds:.0f} s, {tally.sent} acts sent, {len(tally.acknowledged)} acknowledged, of which "
        f"{tally.carried_before} had been carried out before the kill that swallowed their answer. In the end every acknowledged act is "
        f"looked for and the whole change log is verified ({found.rows} rows)."
    )
    return (
        "Killed while acts are written",
        how,
        [
            Measure("acknowledged acts lost", len(found.lost), 0, "acts", f"{len(tally.acknowledged)} acknowledged"),
            Measure("acts half written", len(found.half), 0, "acts", f"{tally.kills} kills"),
            Measure("findings of the audit", len(found.findings), 0, "findings", f"{found.rows} rows verified"),
            Measure("acts refused or failed", len(tally.refused), 0, "acts", f"{tally.sent} sent"),
        ],
    )


def killed(folder: Path, count: int, dice: random.Random) -> Tally:
    """Start, write, kill, so many times; a last process answers what is still unknown."""
    tally, begun, number = Tally(), time.monotonic(), iter(range(10**9))
    with forker(folder) as started:
        for _ in range(count):
            told = started()
            asyncio.run(write_until_killed(told, tally, number, dice.uniform(0.0, LONGEST)))
            tally.kills += 1
        told = started()
        asyncio.run(ask_again(told, tally))
        kill(int(told["pid"]))
    tally.seconds = time.monotonic() - begun
    return tally


def examined(folder: Path, tally: Tally) -> Found:
    """Is every acknowledged act there, whole, and is the log sound?"""
    store = Store.open(folder, SystemClock())
    rows = store.read(
        lambda conn: conn.exec_driver_sql(
            "SELECT a.name, count(g.id) FROM account a LEFT JOIN role_grant g ON g.account = a.id WHERE a.name != 'root' GROUP BY a.id"
        ).all(),
        60.0,
    )
    store.close()
    held = {name: int(grants) for name, grants in rows}
    report = verify(folder, SystemClock())
    findings = [f"{one.code} {one.seq} {one.subject} {one.detail}" for one in report.findings]
    half = [name for name, grants in held.items() if grants != len(ROLES)]
    return Found(sorted(tally.acknowledged - held.keys()), half, report.rows, findings)


async def write_until_killed(told: dict[str, Any], tally: Tally, number: Iterator[int], seconds: float) -> None:
    """Clients that give acts, and the kill."""
    await ask_again(told, tally)
    async with client_of(told) as client:
        writers = [asyncio.create_task(write(client, tally, number)) for _ in range(WORKERS)]
        await asyncio.sleep(seconds)
        await asyncio.to_thread(kill, int(told["pid"]))
        await asyncio.gather(*writers)


async def write(client: httpx.AsyncClient, tally: Tally, number: Iterator[int]) -> None:
    """One act after the other until nobody answers."""
    while True:
        now = time.time_ns() // 1_000_000
        name = f"person{next(number)}"
        act = {"kind": "account.create", "name": name, "display": name, "password": PASSWORD, "roles": list(ROLES)}
        body = {"id": uuid7(now), "deadline": now + DEADLINE_MS, "act": act}
        tally.sent += 1
        try:
            result = await give(client, body)
        except httpx.HTTPError:
            tally.unknown.append(body)
            return
        count(tally, name, result)


async def ask_again(told: dict[str, Any], tally: Tally) -> None:
    """What became of the acts whose answer never came? The same id is carried out once, whatever happened."""
    waiting, tally.unknown = tally.unknown, []
    async with client_of(told) as client:
        for body in waiting:
            body["deadline"] = time.time_ns() // 1_000_000 + DEADLINE_MS
            count(tally, body["act"]["name"], await give(client, body))


async def give(client: httpx.AsyncClient, body: dict[str, Any]) -> dict[str, Any]:
    """Give a command; its result."""
    answer = await client.post("/api/v1/commands", json=body)
    return dict(answer.json())


def count(tally: Tally, name: str, result: dict[str, Any]) -> None:
    """An answer: done now, done before the kill, or neither."""
    if result["outcome"] == "done" or result["code"] == "done_before":
        tally.acknowledged.add(name)
        tally.carried_before += result["code"] == "done_before"
    else:
        tally.refused.append(f"{name} {result['outcome']} {result['code']}")


def client_of(told: dict[str, Any]) -> httpx.AsyncClient:
    """A client of the process that said where it listens."""
    headers = {"X-CityOps-Session": str(told["token"]), "X-CityOps-Console": CONSOLE}
    return httpx.AsyncClient(base_url=f"http://127.0.0.1:{told['port']}", headers=headers, trust_env=False, timeout=20)


def kill(pid: int) -> None:
    """SIGKILL, and wait until nothing of it is left: the disk may hold it for a moment."""
    os.kill(pid, signal.SIGKILL)
    while Path(f"/proc/{pid}").exists():
        time.sleep(0.001)


@contextmanager
def forker(folder: Path) -> Iterator[Any]:
    """Starts processes at call: each call gives what the new one says when it listens."""
    process = subprocess.Popen([sys.executable, "-m", "bench.kills", str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def start() -> dict[str, Any]:
        stdin.write("start\n")
        stdin.flush()
        said = stdout.readline()
        if not said:
            raise RuntimeError("the process to be killed did not start")
        return dict(json.loads(said))

    try:
        yield start
    finally:
        stdin.close()
        process.wait(30)
        stdout.close()


class _CommandDesk:
    """A desk that takes commands and shows nothing."""

    def __init__(self, commands: Commands) -> None:
        self.clock = SystemClock()
        self.command_of = commands

    async def command(self, command: Command, credentials: Credentials) -> CommandResult:
        """Carry out an act once."""
        return await self.command_of.command(command, credentials)


def fork_for_ever(folder: Path) -> None:
    """One child for each line of standard input, until it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        if os.fork() == 0:
            serve(folder)
            os._exit(0)


def serve(folder: Path) -> None:
    """The process that is killed."""
    passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)  # what is measured is the store
    clock = SystemClock()
    store = Store.open(folder, clock)
    people = People(store, clock, DOMAIN)
    people.load()
    bound = bound_to(LOCAL, CONSOLE)
    token = folder / "session"
    if not people.any_account():
        people.set_up(Preset.BASIC, {Role.ADMINISTRATOR: Newcomer("root", "root", PASSWORD)})
        token.write_text(people.login("root", PASSWORD, CONSOLE, bound).token)
    with ThreadPoolExecutor(passwords.AT_ONCE) as hashing:
        commands = Commands(store, clock, people, Refusals(store, clock), hashing, {})
        commands.take_on(AccountActs(people).acts())
        app = create_app(cast(Desk, _CommandDesk(commands)))
        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off")
        asyncio.run(_listen(uvicorn.Server(config), token.read_text()))


async def _listen(server: uvicorn.Server, token: str) -> None:
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.002)
    port = server.servers[0].sockets[0].getsockname()[1]
    print(json.dumps({"pid": os.getpid(), "port": port, "token": token}), flush=True)
    await serving


if __name__ == "__main__":
    fork_for_ever(Path(sys.argv[1]))
