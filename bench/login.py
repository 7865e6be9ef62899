"""How long a person waits for the station at log-in and at a change of person, with the cost of hashing that is shipped."""

import statistics
import time
from collections.abc import Callable
from typing import Any

import httpx

from bench.page import Measure
from bench.rooms import demo_room
from cityops_desktop.cli.client import connect
from cityops_desktop.model.ids import uuid7
from cityops_desktop.people import passwords

ROUNDS = 30
PASSWORD = "Correct-horse-7"
PIN = "274961"
CONSOLE = {"X-CityOps-Console": "the console that is measured"}


def measures() -> tuple[str, str, list[Measure]]:
    """Log in and come back by PIN again and again, interleaved with the bare hash, on a station that watches the demo room."""
    with demo_room() as rooms:
        rooms.start_station()
        with connect(rooms.data) as client:
            client.headers.update(CONSOLE)
            account = prepare(client)
            full: list[float] = []
            quick: list[float] = []
            bare: list[float] = []
            hashed = passwords.hashed(PASSWORD)
            for _ in range(ROUNDS):
                full.append(timed(lambda: opened(client, "/api/v1/session", name="root", password=PASSWORD)))
                quick.append(timed(lambda: opened(client, "/api/v1/session/quick", account=account, pin=PIN)))
                bare.append(timed(lambda: passwords.matches(hashed, PASSWORD)))
    how = (
        f"A person logs in and comes back by PIN over HTTP, {ROUNDS} times each, alternating, at a station that watches the demo room: "
        "from the request to the session, durable in the store. The 95th percentile (median). What stands beside it: the same argon2id "
        f"hash ({passwords.MEMORY_KIB // 1024} MiB, {passwords.TIME_COST} passes, {passwords.PARALLELISM} lanes) in the measuring process."
    )
    beside = f"the bare hash: {p95(bare):.0f} ms ({statistics.median(bare):.0f})"
    return (
        "Log-in",
        how,
        [
            Measure("log-in with name and password", p95(full), 400, "ms", beside, f"{statistics.median(full):.0f}"),
            Measure("change of person by PIN", p95(quick), 2000, "ms", beside, f"{statistics.median(quick):.0f}"),
        ],
    )


def prepare(client: httpx.Client) -> str:
    """The first account, with a PIN; its id."""
    root = {"name": "root", "display": "王管理", "password": PASSWORD}
    asked(client.post("/api/v1/setup", json={"administrator": root}))
    session = opened(client, "/api/v1/session", name="root", password=PASSWORD)
    now = time.time_ns() // 1_000_000
    order = {"id": uuid7(now), "deadline": now + 10_000, "act": {"kind": "own.pin", "password": PASSWORD, "pin": PIN}}
    done = asked(client.post("/api/v1/commands", json=order, headers={"X-CityOps-Session": session["token"]}))
    if done["outcome"] != "done":
        raise RuntimeError(f"the PIN was refused: {done['code']}")
    return str(session["person"]["id"])


def opened(client: httpx.Client, path: str, **sent: str) -> Any:
    """A new session."""
    return asked(client.post(path, json={"console": "bench", **sent}))


def asked(answer: httpx.Response) -> Any:
    """The answer's content."""
    answer.raise_for_status()
    return answer.json()


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that it takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def p95(values: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(values, n=20)[-1]
