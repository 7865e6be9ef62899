"""Whoever tampers with the records is found and the place is named; what nobody could find is said to be not provable."""

import json
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2

from cityops_desktop.audit import heads
from cityops_desktop.audit.heads import Head, Outside
from cityops_desktop.audit.report import State
from cityops_desktop.audit.verify import ANCHORED, GUARDS, verify
from cityops_desktop.errors import OperatorError
from cityops_desktop.people import accounts, sessions
from cityops_desktop.store import changes
from cityops_desktop.store.changes import FIRST_PREV, HASHED
from cityops_desktop.store.recorded import RECORDS as TABLES
from cityops_desktop.store.schema import alarm, change
from cityops_desktop.store.store import RECORDS, Store
from tests.conftest import FakeClock
from tests.core.audit.conftest import Lived, Trial, codes, names, rehash

COLUMNS = [column.name for column in change.columns]


def altered(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bytes):
        return bytes([value[0] ^ 1]) + value[1:]
    if isinstance(value, int | float):
        return value + 1000 if value + 1000 != value else 0.0
    return f"{value or ''} "


def alter(conn: Any, seq: int, column: str) -> None:
    (old,) = conn.execute(f'SELECT "{column}" FROM change WHERE seq = ?', (seq,)).fetchone()
    conn.execute(f'UPDATE change SET "{column}" = ? WHERE seq = ?', (altered(old), seq))


def swap(conn: Any, one: int, other: int) -> None:
    """Both rows change their numbers, with everything else that they hold."""
    for now, then in ((one, -1), (other, one), (-1, other)):
        conn.execute("UPDATE change SET seq = ? WHERE seq = ?", (then, now))


def test_what_nobody_touched_is_sound_and_says_how_far_it_is_proven(trial: Trial, lived: Lived) -> None:
    report = trial.verified(lived.outside)
    assert (report.state, report.findings, report.rows) == (State.SOUND, [], lived.rows)
    assert (report.signed, report.anchored, report.head) == (lived.head.seq, lived.anchor.seq, lived.head)
    assert report.anchored < report.signed < report.rows
    assert [one.seq for one in report.anchors][-1] == lived.anchor.seq


@pytest.mark.parametrize("column", COLUMNS)
def test_any_column_of_any_row(lived: Lived, tmp_path: Path, column: str) -> None:
    for seq in range(1, lived.rows + 1):
        trial = Trial(lived, tmp_path / "trial")
        with trial.hands() as conn:
            alter(conn, seq, column)
        report = trial.verified()
        assert report.state is State.BROKEN
        assert names(report, seq), (seq, report.findings)


def test_any_row_deleted(lived: Lived, tmp_path: Path) -> None:
    for seq in range(1, lived.rows):
        trial = Trial(lived, tmp_path / "trial")
        with trial.hands() as conn:
            conn.execute("DELETE FROM change WHERE seq = ?", (seq,))
        found = [one for one in trial.verified().findings if one.code == "missing"]
        assert [(one.seq, one.to) for one in found] == [(seq, seq)]


def test_any_two_neighbours_swapped(lived: Lived, tmp_path: Path) -> None:
    for one, other in pairwise(range(1, lived.rows + 1)):
        trial = Trial(lived, tmp_path / "trial")
        with trial.hands() as conn:
            swap(conn, one, other)
        moved = {(found.seq, found.detail) for found in trial.verified().findings if found.code == "out_of_place"}
        assert {(one, str(other)), (other, str(one))} <= moved


@pytest.mark.parametrize("seq", [2, 9, 20])
def test_a_row_put_in_between_is_named(trial: Trial, seq: int) -> None:
    with trial.hands() as conn:
        for number in range(trial.lived.rows, seq - 1, -1):
            conn.execute("UPDATE change SET seq = ? WHERE seq = ?", (number + 1, number))
        (prev,) = conn.execute("SELECT hash FROM change WHERE seq = ?", (seq - 1,)).fetchone()
        row = (seq, f"id{seq}", "station.started", "elsewhere", 1, "station", 5, "real", "{}")
        conn.execute(f"INSERT INTO change VALUES ({', '.join('?' * 11)})", (*row, prev, changes.digest(row, prev)))
    report = trial.verified()
    assert names(report, seq + 1)
    assert "out_of_place" in codes(report)


@pytest.mark.parametrize("seq", [3, 12])
def test_a_row_replaced_with_its_hash_is_named_by_its_successor(trial: Trial, seq: int) -> None:
    with trial.hands() as conn:
        conn.execute("UPDATE change SET actor = 'x' WHERE seq = ?", (seq,))
        row = conn.execute(f"SELECT {', '.join(HASHED)}, prev FROM change WHERE seq = ?", (seq,)).fetchone()
        conn.execute("UPDATE change SET hash = ? WHERE seq = ?", (changes.digest(row[:9], row[9]), seq))
    assert ("replaced", seq, seq) in [(one.code, one.seq, one.to) for one in trial.verified().findings]


def test_the_end_cut_off_is_found_by_the_head_outside_alone(lived: Lived, tmp_path: Path) -> None:
    for last in range(lived.anchor.seq - 3, lived.rows):
        trial = Trial(lived, tmp_path / "trial")
        with trial.hands() as conn:
            conn.execute("DELETE FROM change WHERE seq > ?", (last,))
        report = trial.verified(lived.outside)
        ends = [(one.seq, one.to) for one in report.findings if one.code == "ends_early"]
        assert ends == ([(last + 1, lived.anchor.seq)] if last < lived.anchor.seq else [])
        assert report.anchored <= lived.anchor.seq
        assert report.state is State.BROKEN or report.anchored <= last


@pytest.mark.parametrize("start", [2, 8, 15])
def test_hashes_computed_anew_without_the_key(trial: Trial, lived: Lived, start: int) -> None:
    with trial.hands() as conn:
        conn.execute("UPDATE change SET actor = 'somebody' WHERE seq = ?", (start,))
        rehash(conn, start)
    report = trial.verified()
    (span,) = [one for one in report.findings if one.code == "head_differs"]
    assert span.seq is not None and span.to is not None
    assert span.seq <= start <= span.to
    assert report.signed < start
    assert "outside_differs" in codes(trial.verified(lived.outside))


def resign(conn: Any, lived: Lived, start: int) -> None:
    """Rewrite everything from this row on with the real key: heads, what was anchored, all hashes."""
    prev = conn.execute("SELECT hash FROM change WHERE seq = ?", (start - 1,)).fetchone()[0] if start > 1 else FIRST_PREV
    known: dict[int, str] = {}
    for row in conn.execute(f"SELECT {', '.join(HASHED)} FROM change WHERE seq >= ? ORDER BY seq", (start,)).fetchall():
        values = list(row)
        told = json.loads(values[8])
        if values[2] in (heads.KIND, ANCHORED) and told["seq"] in known:
            told["hash"] = known[told["seq"]]
            if values[2] == heads.KIND:
                text = heads.text(told["station"], told["seq"], told["hash"], told["time"])
                told = Head(**{**told, "signature": lived.key.sign(text)}).body
            values[8] = changes.canonical(told)
        hash = changes.digest(values, prev)
        conn.execute("UPDATE change SET body = ?, prev = ?, hash = ? WHERE seq = ?", (values[8], prev, hash, row[0]))
        prev, known[row[0]] = hash, hash.hex()


@pytest.mark.parametrize("start", range(2, 18, 3))
def test_rewritten_with_the_key_only_an_outside_head_tells_and_names_the_span(trial: Trial, lived: Lived, start: int) -> None:
    with trial.hands() as conn:
        early = conn.execute("SELECT seq, hash FROM change WHERE seq = ?", (1,)).fetchone()
        conn.execute("UPDATE change SET actor = 'somebody' WHERE seq = ?", (start,))
        resign(conn, lived, start)
    alone = trial.verified()
    assert (alone.state, alone.outside) == (State.SOUND, 0)  # which is why the report says what that does not prove
    report = trial.verified(lived.outside, Outside(early[0], early[1].hex()[:16]))
    (span,) = [one for one in report.findings if one.code == "outside_differs"]
    assert (span.seq, span.to) == (2, lived.anchor.seq)
    assert report.state is State.BROKEN


@pytest.mark.parametrize("start", [18, 21, 24])
def test_after_the_last_anchor_it_is_never_called_proven(trial: Trial, lived: Lived, start: int) -> None:
    assert start > lived.anchor.seq
    with trial.hands() as conn:
        conn.execute("UPDATE change SET actor = 'somebody' WHERE seq = ?", (start,))
        resign(conn, lived, start)
    report = trial.verified(lived.outside)
    assert report.state is State.SOUND
    assert report.anchored == lived.anchor.seq < start


def test_the_guards_taken_away(trial: Trial) -> None:
    with trial.hands(cover=False):
        pass
    report = trial.verified()
    assert [(one.code, one.detail) for one in report.findings] == [("guards_missing", ", ".join(GUARDS))]


def rows_of(lived: Lived) -> list[tuple[str, str, str]]:
    """Table, id and column of everything that the tables of the lived store hold."""
    conn = dbapi2.connect(str(lived.folder / RECORDS))
    try:
        return [
            (table.name, id, column.name)
            for table in (*TABLES, alarm)
            for (id,) in conn.execute(f"SELECT id FROM {table.name}").fetchall()
            for column in table.columns
            if not column.info.get("volatile")
        ]
    finally:
        conn.close()


def test_any_column_of_any_record_changed_past_the_program(lived: Lived, tmp_path: Path) -> None:
    cases = rows_of(lived)
    assert {table for table, _, _ in cases} >= {"account", "role_grant", "alarm"}
    for table, id, column in cases:
        trial = Trial(lived, tmp_path / "trial")
        with trial.hands() as conn:
            (old,) = conn.execute(f'SELECT "{column}" FROM {table} WHERE id = ?', (id,)).fetchone()
            new = 1 - old if column in ("enabled", "must_change") else altered(old)
            conn.execute(f'UPDATE {table} SET "{column}" = ? WHERE id = ?', (new, id))
        report = trial.verified()
        found = {(one.code, one.subject) for one in report.findings}
        if column == "id":
            assert {("record_missing", f"{table}:{id}"), ("record_untold", f"{table}:{id} ")} <= found
        else:
            assert ("record_differs", f"{table}:{id}") in found
            assert [one.detail for one in report.findings if one.code == "record_differs"] == [column]


@pytest.mark.parametrize("column", ["digest", "id", "account", "bound", "way", "opened", "expires"])
def test_a_session_changed_or_put_in(tmp_path: Path, column: str) -> None:
    """Sessions are no records, but none comes from writing into the file."""
    with closing(Store.open(tmp_path, FakeClock())) as store:
        ann = lambda conn: accounts.add(conn, name="a", display="a", password="x", roles=(), domain="", actor=None, time=1)  # noqa: E731
        person = store.write(ann).result()
        store.write(lambda conn: sessions.start(conn, person, console="d", bound="local:1", time=2, expires=10**15)).result()
    assert "record_differs" not in codes(verify(tmp_path, FakeClock()))
    with closing(dbapi2.connect(str(tmp_path / RECORDS), isolation_level=None)) as conn:
        (old,) = conn.execute(f'SELECT "{column}" FROM session').fetchone()
        conn.execute(f'UPDATE session SET "{column}" = ?', (altered(old),))
        (id,) = conn.execute("SELECT id FROM session").fetchone()
    found = [one for one in verify(tmp_path, FakeClock()).findings if one.subject == f"session:{id}"]
    assert [one.code for one in found] == ["record_untold" if column == "id" else "record_differs"]


@pytest.mark.parametrize("table", ["account", "role_grant", "alarm"])
def test_a_record_deleted_or_put_in(trial: Trial, table: str) -> None:
    with trial.hands() as conn:
        ids = [id for (id,) in conn.execute(f"SELECT id FROM {table} ORDER BY id")]
        names = [row[1] for row in conn.execute(f"PRAGMA table_info({table})")]
        copied = ", ".join(f"'new'||{name}" if name in ("id", "name_key") else f'"{name}"' for name in names)
        conn.execute(f"INSERT INTO {table} SELECT {copied} FROM {table} WHERE id = ?", (ids[0],))
        conn.execute(f"DELETE FROM {table} WHERE id = ?", (ids[-1],))
    found = {(one.code, one.subject) for one in trial.verified().findings if one.code.startswith("record")}
    assert found == {("record_untold", f"{table}:new{ids[0]}"), ("record_missing", f"{table}:{ids[-1]}")}


def test_rows_gone_are_named_by_their_subject_too_when_the_rest_was_rehashed(trial: Trial) -> None:
    with trial.hands() as conn:
        (seq,) = conn.execute("SELECT min(seq) FROM change WHERE subject = 'station'").fetchone()
        conn.execute("DELETE FROM change WHERE seq = ?", (seq,))
        for number in range(seq + 1, trial.lived.rows + 1):
            conn.execute("UPDATE change SET seq = ? WHERE seq = ?", (number - 1, number))
        rehash(conn, seq)
    assert ("revisions", "station") in [(one.code, one.subject) for one in trial.verified().findings]


EDITS = st.lists(
    st.tuples(st.sampled_from(["edit", "delete", "swap"]), st.integers(1, 17), st.sampled_from(COLUMNS[1:])), min_size=1, max_size=4
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_several_edits_before_the_anchor_are_all_named(lived: Lived, tmp_path: Path, edits: list[tuple[str, int, str]]) -> None:
    assert lived.anchor.seq >= 17
    trial = Trial(lived, tmp_path / "trial")
    touched: set[int] = set()
    with trial.hands() as conn:
        for what, seq, column in edits:
            if seq in touched or seq + 1 in touched:
                continue
            if what == "edit":
                alter(conn, seq, column)
            elif what == "delete":
                conn.execute("DELETE FROM change WHERE seq = ?", (seq,))
            else:
                swap(conn, seq, seq + 1)
                touched.add(seq + 1)
            touched.add(seq)
    report = trial.verified(lived.outside)
    assert report.state is State.BROKEN
    assert [seq for seq in touched if not names(report, seq)] == []


def content(folder: Path) -> list[Any]:
    """Everything that the audit vouches for."""
    conn = dbapi2.connect(str(folder / RECORDS))
    try:
        return [conn.execute(f"SELECT * FROM {table.name} ORDER BY 1").fetchall() for table in (change, *TABLES, alarm)]
    finally:
        conn.close()


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_a_flipped_bit_is_found_or_changed_nothing(lived: Lived, tmp_path: Path, place: float, bit: int) -> None:
    trial = Trial(lived, tmp_path / "trial")
    path = trial.folder / RECORDS
    raw = bytearray(path.read_bytes())
    raw[int(place * len(raw))] ^= 1 << bit
    path.write_bytes(raw)
    try:
        found = trial.verified().state is State.BROKEN
    except OperatorError:
        found = True
    assert found or content(trial.folder) == content(lived.folder)
