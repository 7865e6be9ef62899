"""The station's auditor: heads in time, verification by a child process, its result recorded and told."""

import asyncio
import json
import os
import signal
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pysqlite3 import dbapi2
from sqlalchemy import Connection, select

from cityops_desktop.audit import keys
from cityops_desktop.link.audit import AuditReport
from cityops_desktop.station import auditor as module
from cityops_desktop.station.auditor import HEAD_ROWS, HEAD_SECONDS, Auditor, next_night
from cityops_desktop.store import changes
from cityops_desktop.store.schema import change
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock

PATIENCE = 60.0


def add(conn: Connection, number: int) -> None:
    changes.append(conn, kind="station.started", subject=f"s{number % 9}", actor="station", time=1000 + number, body={"n": number})


def rows(store: Store, kind: str) -> list[dict[str, Any]]:
    query = select(change.c.body, change.c.actor).where(change.c.kind == kind).order_by(change.c.seq)
    return [json.loads(row.body) | {"by": row.actor} for row in store.read(lambda conn: list(conn.execute(query)))]


def with_auditor(folder: Path, clock: FakeClock, story: Callable[[Auditor, Store], Coroutine[Any, Any, None]]) -> None:
    store = Store.open(folder, clock)

    async def run() -> None:
        auditor = Auditor(store, clock, "c/d/s/r1", "Asia/Shanghai")
        try:
            await story(auditor, store)
        finally:
            await auditor.stop()

    try:
        asyncio.run(run())
    finally:
        store.close()


async def finished(auditor: Auditor) -> AuditReport:
    async with asyncio.timeout(PATIENCE):
        while auditor.verifying:
            await asyncio.sleep(0.01)
    assert auditor.report is not None
    return auditor.report


def test_a_head_at_the_start_then_every_hour_and_every_thousand_rows_but_only_when_something_is_new(
    tmp_path: Path, clock: FakeClock
) -> None:
    async def story(auditor: Auditor, store: Store) -> None:
        def heads() -> list[int]:
            return [row["seq"] for row in rows(store, "audit.head")]

        async def write(count: int) -> None:
            await asyncio.wrap_future(store.write(lambda conn: [add(conn, n) for n in range(count)]))

        await auditor._look()
        assert heads() == []
        await write(1)
        await auditor._look()
        assert heads() == [2]  # the row, and the one that tells of the key
        await write(5)
        await auditor._look()
        assert heads() == [2]
        clock.advance(HEAD_SECONDS)
        await auditor._look()
        assert heads() == [2, 8]
        clock.advance(HEAD_SECONDS)
        await auditor._look()
        assert heads() == [2, 8]
        await write(HEAD_ROWS - 1)
        await auditor._look()
        assert len(heads()) == 3

    with_auditor(tmp_path, clock, story)


def test_verified_at_the_start_recorded_and_told(tmp_path: Path, clock: FakeClock) -> None:
    async def story(auditor: Auditor, store: Store) -> None:
        told: list[AuditReport] = []
        auditor.told = told.append
        await asyncio.wrap_future(store.write(lambda conn: add(conn, 1)))
        settled = False
        auditor.start(lambda: settled)
        await auditor._look()
        assert not auditor.verifying  # the room comes first
        settled = True
        await auditor._look()
        assert not auditor.begin("p", "asked")  # one at a time
        report = await finished(auditor)
        assert (report.state, told) == ("sound", [report])
        assert auditor.begin("p", "asked")
        await finished(auditor)
        found = rows(store, "audit.verified")
        assert [(row["state"], row["why"], row["by"]) for row in found] == [("sound", "start", "station"), ("sound", "asked", "p")]

    with_auditor(tmp_path, clock, story)


def test_a_broken_log_is_told_with_its_findings(tmp_path: Path, clock: FakeClock) -> None:
    async def story(auditor: Auditor, store: Store) -> None:
        await asyncio.wrap_future(store.write(lambda conn: [add(conn, n) for n in range(5)]))
        raw = dbapi2.connect(str(tmp_path / "records.db"))
        raw.execute("DROP TRIGGER change_no_UPDATE")
        raw.execute("UPDATE change SET actor = 'x' WHERE seq = 3")
        raw.commit()
        raw.close()
        auditor.begin("station", "nightly")
        report = await finished(auditor)
        assert report.state == "broken"
        assert [(one.code, one.seq) for one in report.findings] == [("guards_missing", None), ("altered", 3)]
        (row,) = rows(store, "audit.verified")
        assert (row["state"], row["findings"], row["codes"]) == ("broken", 2, ["altered", "guards_missing"])

    with_auditor(tmp_path, clock, story)


def test_a_verification_that_was_killed_is_unknown(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    started = asyncio.create_subprocess_exec

    async def killed(*command: str, **options: Any) -> asyncio.subprocess.Process:
        child = await started(*command, **options)
        os.kill(child.pid, signal.SIGKILL)
        return child

    monkeypatch.setattr(module.asyncio, "create_subprocess_exec", killed)

    async def story(auditor: Auditor, store: Store) -> None:
        auditor.begin("station", "start")
        assert (await finished(auditor)).state == "unknown"
        assert [row["state"] for row in rows(store, "audit.verified")] == ["unknown"]

    with_auditor(tmp_path, clock, story)


def test_a_verification_that_takes_too_long_is_unknown_and_ended(tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.0)

    async def story(auditor: Auditor, store: Store) -> None:
        auditor.begin("station", "start")
        assert (await finished(auditor)).state == "unknown"

    with_auditor(tmp_path, clock, story)


def test_at_three_in_the_night_of_the_room(tmp_path: Path, clock: FakeClock) -> None:
    async def story(auditor: Auditor, store: Store) -> None:
        due = next_night(clock.ms, "Asia/Shanghai")
        assert datetime.fromtimestamp(due / 1000, ZoneInfo("Asia/Shanghai")).strftime("%H:%M:%S") == "03:00:00"
        clock.advance((due - clock.ms) / 1000 - 1)
        await auditor._look()
        assert not auditor.verifying
        clock.advance(1)
        await auditor._look()
        assert auditor.verifying
        await finished(auditor)
        assert [row["why"] for row in rows(store, "audit.verified")] == ["nightly"]

    with_auditor(tmp_path, clock, story)


@given(st.integers(1_577_836_800_000, 2_208_988_800_000), st.sampled_from(["Asia/Shanghai", "Europe/Berlin", "America/New_York", "?"]))
def test_the_next_night_lies_ahead_by_a_day_at_most(now: int, zone: str) -> None:
    due = next_night(now, zone)
    assert 0 < due - now <= 25 * 3_600_000
    place = UTC if zone == "?" else ZoneInfo(zone)
    assert datetime.fromtimestamp(due / 1000, place).hour in (3, 4)


def test_a_key_that_cannot_be_had_is_told_in_the_log_and_nothing_else_stops(
    tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch, expected_log: Callable[[str], None]
) -> None:
    expected_log("cannot be signed")

    def none(*_: object) -> None:
        raise OSError("no space")

    monkeypatch.setattr(keys, "load_or_make", none)

    async def story(auditor: Auditor, store: Store) -> None:
        await asyncio.wrap_future(store.write(lambda conn: add(conn, 1)))
        assert await auditor.sign() is None

    with_auditor(tmp_path, clock, story)


def test_another_key_is_told(tmp_path: Path, clock: FakeClock) -> None:
    changed: list[tuple[str, str]] = []

    async def story(auditor: Auditor, store: Store) -> None:
        auditor.key_changed = lambda before, now: changed.append((before, now))
        await asyncio.wrap_future(store.write(lambda conn: add(conn, 1)))
        assert await auditor.sign() is not None

    with_auditor(tmp_path, clock, story)
    assert changed == []
    (tmp_path / keys.PRIVATE_FILE).unlink()
    with_auditor(tmp_path, clock, story)
    assert len(changed) == 1
    assert changed[0][0] != changed[0][1]


def test_two_that_ask_for_a_head_at_once_get_one_key_and_one_head(tmp_path: Path, clock: FakeClock) -> None:
    async def story(auditor: Auditor, store: Store) -> None:
        await asyncio.wrap_future(store.write(lambda conn: add(conn, 1)))
        heads = await asyncio.gather(auditor.sign(), auditor.sign(), auditor.sign())
        assert len([head for head in heads if head is not None]) == 1
        assert len(rows(store, "audit.key")) == len(rows(store, "audit.head")) == 1

    with_auditor(tmp_path, clock, story)
