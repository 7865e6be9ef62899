"""SIGKILL at random moments of an alarm storm: is the state after the restart the one that readings and acts make, is any act lost?

The process that is killed runs the real book over the real store. What it is told is a list of readings and acts that follows from a seed,
so that the state after any of them can be computed anew. Each turn of the list is one transaction that also says how far it came.
Run by itself (`python -m bench.alarms_parts.falls FOLDER`) this module is that process, forked from one that has imported everything.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from bench.page import Measure
from cityops_desktop.alarms.book import AlarmBook
from cityops_desktop.clock import SystemClock
from cityops_desktop.model.alarms import Alarm
from cityops_desktop.model.points import Group, Kind, Level, Limit, LimitKind, Names, Point
from cityops_desktop.model.readings import Quality, Reading
from cityops_desktop.model.rooms import Bus, Device, Room
from cityops_desktop.store import alarms as alarm_table
from cityops_desktop.store.store import Store

KILLS = 1000
POINTS = 200
BEGIN = 1_790_000_000_000
LONGEST = 0.3
"""Seconds from the start to the kill, at most."""
_NAMES = Names("测点", "point")
_LIMITS = (
    Limit("warn", Level.MINOR, LimitKind.HIGH, 27.0, deadband=0.5),
    Limit("high", Level.MAJOR, LimitKind.HIGH, 30.0, deadband=0.5, latch=True),
    Limit("top", Level.CRITICAL, LimitKind.HIGH, 35.0, deadband=0.5),
)
"""Without delays, which begin anew at a restart: what is compared is what may not be forgotten."""
State = tuple[str, str, int, float | None, int | None, str | None, str | None, int | None]


def room() -> Room:
    """One device with all points."""
    points = tuple(Point(f"d.p{n}", "d", _NAMES, Kind.ANALOG, Group.ENVIRONMENT, "°C", 0.1, 1.0, _LIMITS) for n in range(POINTS))
    device = Device("d", "line", _NAMES, Group.ENVIRONMENT, None, points)
    return Room("bench", _NAMES, "c/d/s/r", "UTC", "1", buses=(Bus("line", "d", _NAMES, None),), devices=(device,))


def turn(book: AlarmBook, number: int) -> tuple[list[Alarm], bool]:
    """What the list says at this place, done to the book; whether it was an act of a person."""
    dice = random.Random(number)
    wall, mono = BEGIN + number * 100, 1000.0 + number / 10
    kind = dice.random()
    opened = sorted(book.open(), key=lambda alarm: alarm.key)
    if kind < 0.25 and opened:
        alarm = dice.choice(opened)
        return list(book.acknowledge(alarm.id, f"p{number % 7}", "值班", wall)), True
    if kind < 0.3 and opened:
        done = book.reset(dice.choice(opened).id)
        return [done] if done is not None else [], True
    changed: list[Alarm] = []
    for _ in range(dice.randint(1, 40)):
        key = f"d.p{dice.randrange(POINTS)}"
        changed += book.feed(Reading(key, round(dice.uniform(20.0, 40.0), 1), wall, Quality.GOOD), wall, mono)
    return changed, False


def states(alarms: Sequence[Alarm]) -> list[State]:
    """What must be the same; an occurrence's id is drawn anew each time."""
    told = ((one.key, str(one.state), one.raised, one.value, one.acknowledged, one.actor, one.actor_name, one.returned) for one in alarms)
    return sorted(told, key=lambda one: one[0])


def measure_falls() -> list[Measure]:
    """As many kills as CITYOPS_KILLS says, 1,000 without it."""
    kills = int(os.environ.get("CITYOPS_KILLS", KILLS))
    dice = random.Random(kills)
    wrong = lost = acts = 0
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="cityops-falls-") as folder, _forker(Path(folder)) as started:
        expected = AlarmBook(room())
        reached = -1
        for _ in range(kills):
            told = _killed_after(started(), dice.uniform(0.0, LONGEST))
            acts += len(told)
            held, came = _held(Path(folder))
            for number in range(reached + 1, held + 1):
                turn(expected, number)
            reached = max(reached, held)
            lost += sum(number > held for number in told)
            wrong += states(came) != states(expected.open())
    beside = f"{acts} acknowledged acts, {reached + 1} turns, {time.monotonic() - began:.0f} s"
    return [
        Measure(f"{kills} kills in an alarm storm: states otherwise than readings and acts make them", wrong, 0, "restarts", beside),
        Measure("acknowledged acts lost", lost, 0, "acts", f"{acts} acknowledged"),
    ]


def _killed_after(told: "_Child", seconds: float) -> list[int]:
    """Kill it so long after it began; the acts that it had acknowledged."""
    time.sleep(seconds)
    return told.kill()


def _held(folder: Path) -> tuple[int, list[Alarm]]:
    store = Store.open(folder, SystemClock(), "demo")
    try:
        return store.read(_reached, 10.0), store.read(alarm_table.open_alarms, 10.0)
    finally:
        store.close()


def _reached(conn: Connection) -> int:
    found = conn.exec_driver_sql("SELECT value FROM setting WHERE id = 'bench'").scalar()
    return -1 if found is None else int(found)


class _Child:
    """One life. What it acknowledged is read from its pipe: what is there was said before it died."""

    def __init__(self, pid: int, pipe: Path) -> None:
        self._pid, self._pipe = pid, pipe

    def kill(self) -> list[int]:
        """Now."""
        os.kill(self._pid, signal.SIGKILL)
        while _alive(self._pid):
            time.sleep(0.0005)
        said = [int(line) for line in self._pipe.read_text().split("\n")[:-1]]
        self._pipe.unlink()
        return said


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def _forker(folder: Path) -> Iterator[Any]:
    command = [sys.executable, "-m", "bench.alarms_parts.falls", str(folder)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None and process.stdout is not None
    stdin, stdout = process.stdin, process.stdout

    def started() -> _Child:
        stdin.write("\n")
        stdin.flush()
        told = json.loads(stdout.readline())
        return _Child(int(told["pid"]), Path(told["said"]))

    try:
        yield started
    finally:
        stdin.close()
        process.wait(30)
        stdout.close()


def fork_for_ever(folder: Path) -> None:
    """One child for each line of standard input, until it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _ in sys.stdin:
        if os.fork() == 0:
            serve(folder)
            os._exit(0)


def serve(folder: Path) -> None:
    """The process that is killed: takes up the list where the store says that it stands."""
    said = folder / f"said-{os.getpid()}"
    with said.open("w", buffering=1) as out:
        store = Store.open(folder, SystemClock(), "demo")
        book = AlarmBook(room())
        number = store.read(_reached, 10.0) + 1
        book.restore(store.read(alarm_table.open_alarms, 10.0), BEGIN + number * 100)
        book.settle(1000.0 + number / 10)
        print(json.dumps({"pid": os.getpid(), "said": str(said)}), flush=True)
        while True:
            changed, act = turn(book, number)
            store.write(lambda conn, changed=changed, number=number: _keep(conn, changed, number)).result(30)  # type: ignore[misc]
            if act:
                out.write(f"{number}\n")
            number += 1


def _keep(conn: Connection, changed: Sequence[Alarm], number: int) -> None:
    for alarm in changed:
        alarm_table.save(conn, alarm, BEGIN + number * 100)
    mark = "INSERT INTO setting(id, value) VALUES('bench', ?) ON CONFLICT(id) DO UPDATE SET value = excluded.value"
    conn.exec_driver_sql(mark, (str(number),))


if __name__ == "__main__":
    fork_for_ever(Path(sys.argv[1]))
