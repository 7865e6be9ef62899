"""A real store that has lived a little, made once; each trial tampers with a copy of its file."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pysqlite3 import dbapi2
from sqlalchemy import Connection

from cityops_desktop.audit import heads, keys
from cityops_desktop.audit.heads import Head, Outside
from cityops_desktop.audit.keys import Key
from cityops_desktop.audit.report import Report
from cityops_desktop.audit.verify import ANCHORED, verify
from cityops_desktop.model.alarms import Alarm, AlarmState, Cause
from cityops_desktop.model.people import Role
from cityops_desktop.model.points import Level
from cityops_desktop.people import accounts
from cityops_desktop.store import alarms, changes
from cityops_desktop.store.changes import FIRST_PREV, HASHED
from cityops_desktop.store.store import RECORDS, Store
from tests.conftest import FakeClock

STATION = "c/d/s/r1"
TRIGGERS = "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"


@dataclass(frozen=True)
class Lived:
    """The closed store: `anchor` was kept outside, rows after it were not; `head` is the last signed one."""

    folder: Path
    rows: int
    anchor: Head
    head: Head
    key: Key

    @property
    def outside(self) -> Outside:
        return Outside(self.anchor.seq, self.anchor.hash)


def live(folder: Path, clock: FakeClock) -> Lived:
    """Accounts, rights, alarms, heads, an anchor, and then some more that no anchor covers."""
    store = Store.open(folder, clock)

    def write(job: Callable[[Connection], Any]) -> Any:
        clock.advance(1)
        return store.write(job).result(30)

    key = keys.load_or_make(folder, clock.ms)
    write(lambda conn: keys.announce(conn, key, clock.ms))
    for name, roles in (("root", [Role.ADMINISTRATOR]), ("zhang", [Role.DUTY, Role.VIEWER])):
        write(
            lambda conn, name=name, roles=roles: accounts.add(
                conn, name=name, display=f"{name}工", password="$argon2id$x", roles=roles, domain=STATION, actor=None, time=clock.ms
            )
        )
    first = sign(write, key, clock)
    write(lambda conn: anchor(conn, first, clock.ms))
    alarm = Alarm("01", "a.x#high", "a.x", Cause.HIGH, Level.MAJOR, AlarmState.UNACKNOWLEDGED, clock.ms, value=31.5, limit=30.0)
    write(lambda conn: alarms.save(conn, alarm, clock.ms))
    seen = alarm.with_state(AlarmState.ACKNOWLEDGED, acknowledged=clock.ms, actor="p", actor_name="张工")
    write(lambda conn: alarms.save(conn, seen, clock.ms))
    endless = Alarm("02", "a.y#high", "a.y", Cause.HIGH, Level.MINOR, AlarmState.UNACKNOWLEDGED, clock.ms, value=float("inf"))
    write(lambda conn: alarms.save(conn, endless, clock.ms))
    for number in range(6):
        write(lambda conn, n=number: station_row(conn, n, clock.ms))
    anchored = sign(write, key, clock)
    write(lambda conn: anchor(conn, anchored, clock.ms))
    write(lambda conn: alarms.save(conn, seen.with_state(AlarmState.NORMAL, returned=clock.ms), clock.ms))
    for number in range(3):
        write(lambda conn, n=number: station_row(conn, n, clock.ms))
    last = sign(write, key, clock)
    for number in range(3):
        write(lambda conn, n=number: station_row(conn, n, clock.ms))
    rows = store.read(lambda conn: conn.exec_driver_sql("SELECT count(*) FROM change").scalar())
    store.close()
    return Lived(folder, rows, anchored, last, key)


def sign(write: Callable[..., Any], key: Key, clock: FakeClock) -> Head:
    head = write(lambda conn: heads.sign(conn, key, STATION, clock.ms))
    assert head is not None
    return head


def anchor(conn: Connection, head: Head, time: int) -> None:
    body = {"seq": head.seq, "hash": head.hash, "medium": "paper"}
    changes.append(conn, kind=ANCHORED, subject=heads.SUBJECT, actor="p", time=time, body=body)


def station_row(conn: Connection, number: int, time: int) -> None:
    changes.append(conn, kind="station.started", subject="station", actor="station", time=time, body={"n": number, "字": "机房"})


@pytest.fixture(scope="session")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Lived:
    return live(tmp_path_factory.mktemp("lived"), FakeClock())


class Trial:
    """A copy of the lived store under somebody's hands."""

    def __init__(self, lived: Lived, folder: Path) -> None:
        self.lived = lived
        self.folder = folder
        folder.mkdir(exist_ok=True)
        for name in (RECORDS, keys.PUBLIC_FILE):
            shutil.copy(lived.folder / name, folder / name)
        for name in (f"{RECORDS}-wal", f"{RECORDS}-shm"):
            (folder / name).unlink(missing_ok=True)

    @contextmanager
    def hands(self, *, cover: bool = True) -> Iterator[Any]:
        """A raw connection with the guards away; `cover` puts them back, so that they do not give it away."""
        with closing(dbapi2.connect(str(self.folder / RECORDS), isolation_level=None)) as conn:
            guards = conn.execute(TRIGGERS).fetchall()
            for name, _ in guards:
                conn.execute(f'DROP TRIGGER "{name}"')
            conn.execute("BEGIN")
            yield conn
            conn.execute("COMMIT")
            for _, text in guards if cover else ():
                conn.execute(text)

    def verified(self, *outside: Outside) -> Report:
        return verify(self.folder, FakeClock(), outside)


@pytest.fixture
def trial(lived: Lived, tmp_path: Path) -> Trial:
    return Trial(lived, tmp_path / "trial")


def names(report: Report, seq: int) -> bool:
    """Does a finding name this row?"""
    return any(one.seq is not None and one.to is not None and one.seq <= seq <= one.to for one in report.findings)


def codes(report: Report) -> list[str]:
    return [one.code for one in report.findings]


def rehash(conn: Any, start: int) -> None:
    """Compute every hash from this row on anew, as somebody who knows how, without the key."""
    found = conn.execute("SELECT hash FROM change WHERE seq = ?", (start - 1,)).fetchone()
    prev = found[0] if found else FIRST_PREV
    for row in conn.execute(f"SELECT {', '.join(HASHED)} FROM change WHERE seq >= ? ORDER BY seq", (start,)).fetchall():
        hash = changes.digest(row, prev)
        conn.execute("UPDATE change SET prev = ?, hash = ? WHERE seq = ?", (prev, hash, row[0]))
        prev = hash
