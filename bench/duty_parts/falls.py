"""SIGKILL at random moments while log entries and serious problems are written: is anything acknowledged lost, or half there?

The process that is killed runs the real store and the functions of the acts. Run by itself (`python -m bench.duty_parts.falls FOLDER`) this
module is that process, forked from one that has imported everything.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC
from pathlib import Path

from sqlalchemy import Connection, select, text

from bench.page import Measure
from cityops_desktop.audit.verify import verify
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.grams import tag
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Limited, Person, Role, Way, Who
from cityops_desktop.station.acts.written import author, put
from cityops_desktop.store.duty import logbook
from cityops_desktop.store.dutyschema import log_entry, log_text, serious_problem
from cityops_desktop.store.numbers import next_number
from cityops_desktop.store.store import Store

KILLS = 1000
LONGEST = 0.3
"""Seconds from the start to the kill, at most."""


def measure_falls() -> list[Measure]:
    """As many kills as CITYOPS_KILLS says, 1,000 without it."""
    kills, dice, told = int(os.environ.get("CITYOPS_KILLS", KILLS)), random.Random(8), set[str]()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cityops-duty-falls-") as folder:
        data = Path(folder)
        with _forker(data) as started:
            for _ in range(kills):
                told |= _killed(started(), dice.uniform(0.0, LONGEST))
        lost, half = _looked(data, told)
        findings = verify(data, SystemClock()).findings
    beside = f"{len(told)} acknowledged, {time.monotonic() - began:.0f} s"
    return [
        Measure(f"{kills} kills while people write: acknowledged records lost", lost, 0, "records", beside),
        Measure("records half written (row, change, index of words)", half, 0, "records", "every row compared"),
        Measure("findings of the audit afterwards", len(findings), 0, "findings", "all rows, the chain"),
    ]


def _looked(data: Path, told: set[str]) -> tuple[int, int]:
    store = Store.open(data, SystemClock(), "demo")
    try:
        return store.read(lambda conn: _compared(conn, told), 120.0)
    finally:
        store.close()


def _compared(conn: Connection, told: set[str]) -> tuple[int, int]:
    entries = {row.id: row.place for row in conn.execute(select(log_entry.c.id, log_entry.c.place))}
    problems = set(conn.execute(select(serious_problem.c.id)).scalars())
    texts = set(conn.execute(select(log_text.c.place)).scalars())
    sought = {"words": f'"{tag(logbook.SORT, "note")}"'}
    words = set(conn.execute(text("SELECT rowid FROM log_words WHERE log_words MATCH :words"), sought).scalars())
    places = set(entries.values())
    return len(told - set(entries) - problems), len(places ^ texts) + len(places ^ words)


def _killed(child: tuple[int, Path], seconds: float) -> set[str]:
    pid, said = child
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    while _alive(pid):
        time.sleep(0.0005)
    told = set(said.read_text().split("\n")[:-1])
    said.unlink()
    return told


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _forker(folder: Path) -> Iterator["_Start"]:
    command = [sys.executable, "-m", "bench.duty_parts.falls", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield _Start(process)
    finally:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


class _Start:
    """The next life: its process, and the file in which it says what was acknowledged."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def __call__(self) -> tuple[int, Path]:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        told = json.loads(self._process.stdout.readline())
        return int(told["pid"]), Path(told["said"])


def fork_for_ever(folder: Path) -> None:
    """One child for each line of standard input, until it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        if os.fork() == 0:
            serve(folder)
            os._exit(0)


def serve(folder: Path) -> None:
    """The process that is killed: writes what people write, says what the store has acknowledged."""
    clock, said = SystemClock(), folder / f"said-{os.getpid()}"
    with said.open("w", buffering=1) as out:
        store = Store.open(folder, clock, "demo")
        print(json.dumps({"pid": os.getpid(), "said": str(said)}), flush=True)
        number = 0
        while True:
            number += 1
            now = clock.wall()
            person = Person("bench", "bench", "值班员", frozenset({Role.DUTY}))
            who = Who(person, "", "bench", Way.FULL, Limited.NOTHING, now)
            id = uuid7(now)
            write = _problem if number % 7 == 0 else _entry
            store.write(lambda conn, write=write, id=id, who=who: write(conn, id, who)).result(30)  # type: ignore[misc]
            out.write(f"{id}\n")


def _entry(conn: Connection, id: str, who: Who) -> None:
    logbook.write(conn, who, id=id, text="bench 空调滤网更换", time=who.time, handover=True)


def _problem(conn: Connection, id: str, who: Who) -> None:
    number = next_number(conn, serious_problem.c.number, who.time, UTC)
    row = {"id": id, "number": number, "title": "bench", "text": "x", "subject": "", "time": who.time, **author(who)}
    put(conn, serious_problem, row, "problem.reported", who)


if __name__ == "__main__":
    fork_for_ever(Path(sys.argv[1]))
