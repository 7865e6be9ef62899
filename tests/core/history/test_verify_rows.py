"""A flipped bit anywhere in a stored file is found and named, or it changed nothing; what lies behind the damage is still looked at."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from pysqlite3 import dbapi2

from cityops_desktop.clock import Clock
from cityops_desktop.history.block import encode
from cityops_desktop.history.counts import Scale
from cityops_desktop.history.verify import Finding, Harm, verify
from cityops_desktop.store import months
from cityops_desktop.store.months import HOUR_MS, Kept, Table
from cityops_desktop.store.store import Store
from tests.core.history.sealed import JANUARY, fill, past

MONTH = 202601
NAME = "history-202601.db"
FLIPS = 200
HOURS = 60


@pytest.fixture
def data(tmp_path: Path, clock: Clock) -> Path:
    fill(tmp_path, clock, [(JANUARY + day * 24 * HOUR_MS, JANUARY + (day * 24 + 20) * HOUR_MS) for day in range(3)])
    return tmp_path


def rows(path: Path) -> list[object]:
    """Everything that the file says."""
    with dbapi2.connect(str(path)) as conn:
        conn.text_factory = bytes
        return [list(conn.execute(f"SELECT * FROM {table} ORDER BY id")) for table in months.COLUMNS]


def changed(data: Path, clock: Clock, run: Callable[[object], None]) -> None:
    store = Store.open(data, clock)
    store.shelf.write(MONTH, run).result()
    store.close()


def test_a_sound_past_has_no_findings(data: Path) -> None:
    report = verify(data, [MONTH], True)
    assert report.findings == []
    assert report.rows >= 2 * (HOURS + 3 + 1) + HOURS + 3


def test_every_flipped_bit_is_found_or_changed_nothing(data: Path, tmp_path: Path) -> None:
    path, sound = data / NAME, tmp_path / "sound.db"
    shutil.copy(path, sound)
    held, was, rng = sound.read_bytes(), rows(sound), random.Random(6)
    found = named = 0
    for _ in range(FLIPS):
        bit = rng.randrange(8 * len(held))
        damaged = bytearray(held)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        findings = verify(data, [MONTH], False).findings
        assert findings or rows(path) == was, f"bit {bit} was not found"
        found += bool(findings)
        named += any(one.id is not None for one in findings)
    assert found > FLIPS // 10  # most of so small a file is free space
    assert named > found // 2


def test_a_damaged_row_is_named_with_point_and_hour(data: Path, clock: Clock) -> None:
    third = JANUARY // HOUR_MS + 2 << 16 | 2
    changed(data, clock, lambda conn: conn.exec_driver_sql("UPDATE block SET n = n + 1 WHERE id = ?", (third,)))
    assert verify(data, [MONTH], True).findings == [Finding(NAME, Harm.CRC, "block", third, None, "a.y", JANUARY + 2 * HOUR_MS)]


def test_a_row_with_a_sound_checksum_that_says_other_than_it_holds(data: Path, clock: Clock) -> None:
    first = JANUARY // HOUR_MS << 16 | 1
    strip = past("a.x", JANUARY, JANUARY + HOUR_MS)
    changed(data, clock, lambda conn: months.put(conn, Table.BLOCK, [Kept(first, 1, 0, encode(strip, Scale(1, 10)))]))
    (one,) = verify(data, [MONTH], True).findings
    assert (one.harm, one.id, one.point) == (Harm.CONTENT, first, "a.x")
    changed(data, clock, lambda conn: months.put(conn, Table.BLOCK, [Kept(first, 1, 0, b"nothing")]))
    (one,) = verify(data, [MONTH], True).findings
    assert (one.harm, one.id, one.time) == (Harm.CONTENT, first, JANUARY)


def test_rows_of_a_point_that_nobody_knows(data: Path, clock: Clock) -> None:
    changed(data, clock, lambda conn: conn.exec_driver_sql("DELETE FROM point WHERE id = 2"))
    assert {one.harm for one in verify(data, [MONTH], True).findings} == {Harm.NO_POINT}


def test_behind_damaged_pages_it_goes_on(data: Path, clock: Clock) -> None:
    """Two leaf pages of the blocks are overwritten: what stood there is named as spans, every other row is looked at."""
    fill(data, clock, [(JANUARY + (4 + day) * 24 * HOUR_MS, JANUARY + (5 + day) * 24 * HOUR_MS) for day in range(20)], period=2_000)
    path = data / NAME
    with dbapi2.connect(str(path)) as conn:
        root = conn.execute("SELECT rootpage FROM sqlite_master WHERE name = 'block'").fetchone()[0]
        total = sum(conn.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in months.COLUMNS)
    held = bytearray(path.read_bytes())
    head = (root - 1) * months.PAGE_SIZE
    assert held[head] == 5  # an inner page: its cells lead to the leaves
    cells = int.from_bytes(held[head + 3 : head + 5])
    assert cells > 8
    for cell in (3, 6):
        at = head + int.from_bytes(held[head + 12 + 2 * cell : head + 14 + 2 * cell])
        leaf = (int.from_bytes(held[at : at + 4]) - 1) * months.PAGE_SIZE
        held[leaf : leaf + 400] = bytes(400)
    path.write_bytes(held)
    report = verify(data, [MONTH], False)
    spans = [one for one in report.findings if one.harm is Harm.PAGE]
    assert len(spans) == 2
    assert all(one.table == "block" and one.id is not None and one.to is not None and one.id < one.to for one in spans)
    assert total * 0.5 < report.rows < total
    assert any(one.harm is Harm.STRUCTURE for one in report.findings)


def test_a_file_that_is_none(data: Path) -> None:
    (data / NAME).write_bytes(b"no database" * 100)
    (one,) = verify(data, [MONTH], False).findings
    assert (one.file, one.harm) == (NAME, Harm.FILE)


def test_a_damaged_second_of_the_journal(data: Path, clock: Clock) -> None:
    store = Store.open(data, clock)
    run = "INSERT INTO layout VALUES (1, 0, 'x')", "INSERT INTO frame VALUES (1790000000000, 1, 5, x'00')"
    for statement in run:
        store.write_journal(lambda conn, s=statement: conn.exec_driver_sql(s)).result()  # type: ignore[misc]
    store.close()
    found = verify(data, [], True).findings
    assert [(one.file, one.table, one.time) for one in found] == [
        ("journal.db", "layout", None),
        ("journal.db", "frame", 1_790_000_000_000),
    ]
