"""SIGKILL at any moment: whatever was acknowledged is there, and the files are whole."""

import random
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

from sqlalchemy import select

from cityops_desktop.clock import SystemClock
from cityops_desktop.store import changes, frames
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store

KILLS = 15
CHILD = """
    import sys
    from pathlib import Path
    from cityops_desktop.clock import SystemClock
    from cityops_desktop.store import changes, frames
    from cityops_desktop.store.store import Store

    store = Store.open(Path(sys.argv[1]), SystemClock())
    assert store.notices == ()

    def say(mark):
        return lambda future: print(mark, future.result(), flush=True)

    def record(number):
        return lambda conn: changes.append(conn, kind="test", subject=f"s{number % 7}", actor="station", time=number, body={"n": number})

    def second(conn):
        t = frames.newest(conn) + 1
        frames.insert(conn, t, frames.layout_id(conn, "[]"), bytes([t % 251]) * 3000)
        return t

    print("ready 0", flush=True)
    number = 0
    while True:
        futures = []
        for _ in range(20):
            number += 1
            keep = store.write_until_done if number % 3 == 0 else store.write
            futures += [(keep(record(number)), "record"), (store.write_journal(second), "frame")]
        for future, mark in futures:
            future.add_done_callback(say(mark))
        futures[-1][0].result(30)
"""


def run_and_kill(folder: Path, seconds: float) -> dict[str, list[int]]:
    """Let a child write for so long, kill it, and return what it had acknowledged."""
    told: dict[str, list[int]] = {"ready": [], "record": [], "frame": []}
    child = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    timer = threading.Timer(seconds, child.kill)
    for line in child.stdout:
        if not line.endswith("\n"):
            break
        mark, number = line.split()
        told[mark].append(int(number))
        if mark == "ready":
            timer.start()
    timer.join()
    _, errors = child.communicate(timeout=30)
    assert told["ready"], errors
    assert child.returncode == -9, errors
    return told


def test_no_acknowledged_record_or_second_is_lost(tmp_path: Path) -> None:
    dice = random.Random(20)
    records: set[int] = set()
    ticks: set[int] = set()
    for _ in range(KILLS):
        told = run_and_kill(tmp_path, dice.uniform(0.0, 0.25))
        records |= set(told["record"])
        ticks |= set(told["frame"])
    store = Store.open(tmp_path, SystemClock())
    assert store.notices == ()
    assert records <= set(store.read(lambda conn: list(conn.execute(select(change.c.seq)).scalars())))
    assert store.read(changes.verify, 30.0) is None
    found = store.read_journal(lambda conn: list(frames.since(conn, 0)), 30.0)
    assert ticks <= {frame.t for frame in found}
    assert all(frame.sound and frame.data == bytes([frame.t % 251]) * 3000 for frame in found)
    for read in (store.read, store.read_journal):
        assert read(lambda conn: conn.exec_driver_sql("PRAGMA integrity_check").scalar(), 30.0) == "ok"
    assert len(records) > KILLS
    assert len(ticks) > KILLS
    store.close()
