"""Questions to the log, and the export with which a stranger computes the chain anew."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cityops_desktop.audit import export, query
from cityops_desktop.audit.query import Entry, Question
from cityops_desktop.store import changes, record
from cityops_desktop.store.schema import setting
from cityops_desktop.store.store import Store
from tests.conftest import FakeClock
from tests.core.audit.conftest import Lived


@pytest.fixture
def store(lived: Lived) -> Iterator[Store]:
    opened = Store.open(lived.folder, FakeClock())
    yield opened
    opened.close()


def asked(store: Store, question: Question) -> list[Entry]:
    entries, _ = store.read(lambda conn: query.ask(conn, question))
    return entries


def seqs(entries: list[Entry]) -> list[int]:
    return [entry.row["seq"] for entry in entries]


def test_newest_first_and_page_by_page(store: Store, lived: Lived) -> None:
    found: list[int] = []
    before, more = None, True
    while more:
        entries, more = store.read(lambda conn, b=before: query.ask(conn, Question(before=b, limit=5)))
        found += seqs(entries)
        before = found[-1]
    assert found == list(range(lived.rows, 0, -1))


def test_by_person_thing_kind_time_and_words(store: Store) -> None:
    everything = asked(store, Question(limit=500))
    for question, fits in (
        (Question(actor="station"), lambda row: row["actor"] == "station"),
        (Question(subject="alarm:"), lambda row: row["subject"].startswith("alarm:")),
        (Question(kind="account."), lambda row: row["kind"].startswith("account.")),
        (Question(text="机房"), lambda row: "机房" in row["body"]),
        (Question(text="张工"), lambda row: "张工" in row["body"]),
        (Question(text="%"), lambda row: "%" in row["body"]),
        (Question(start=everything[10].row["time"]), lambda row: row["time"] >= everything[10].row["time"]),
        (Question(end=everything[10].row["time"]), lambda row: row["time"] < everything[10].row["time"]),
        (Question(kind="alarm.", text="acknowledged", actor="p"), lambda row: row["kind"] == "alarm.acknowledged"),
    ):
        wanted = [entry.row["seq"] for entry in everything if fits(entry.row)]
        assert seqs(asked(store, question)) == wanted
    assert asked(store, Question(text="机房"))


def test_each_row_says_what_was_otherwise_before(lived: Lived, tmp_path) -> None:
    store = Store.open(tmp_path, FakeClock())

    def put(value: str) -> None:
        row = {"id": "a.b", "value": value}
        act = {"console": "c1"}
        store.write(lambda conn: record.put(conn, setting, row, kind="setting.set", actor="p", time=5, act=act)).result(30)

    def event() -> None:
        job = {"kind": "setting.seen", "subject": "setting:a.b", "actor": "p", "time": 5, "body": {"by": "x"}}
        store.write(lambda conn: changes.append(conn, **job)).result(30)  # type: ignore[arg-type]

    put("one")
    event()
    put("two")
    found = asked(store, Question())
    assert [entry.before for entry in found] == [{"value": "one"}, {}, None]
    assert found[0].body["how"] == {"console": "c1"}
    store.close()


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=6), subject=st.text(max_size=4), kind=st.text(max_size=4), limit=st.integers(-5, 2000))
def test_no_words_break_a_question(store: Store, text: str, subject: str, kind: str, limit: int) -> None:
    clean = [word.encode("utf-8", "ignore").decode() for word in (text, subject, kind)]
    assert len(asked(store, Question(text=clean[0], subject=clean[1], kind=clean[2], limit=limit))) <= query.MOST_ROWS


def exported(store: Store, form: export.Form, upto: int, start: int | None = None, end: int | None = None) -> str:
    return "".join(export.texts(export.portions(store.read, upto, start, end), form))


def chained(rows: list[dict[str, object]]) -> bool:
    """As docs/audit.md says it, with nothing of ours."""
    prev = "0" * 64
    for row in rows:
        content = [row[name] for name in ("seq", "id", "kind", "subject", "rev", "actor", "time", "origin", "body")] + [prev]
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        if row["prev"] != prev or row["hash"] != hashlib.sha256(text.encode()).hexdigest():
            return False
        prev = str(row["hash"])
    return True


def test_a_stranger_computes_the_chain_from_json_lines_and_from_csv(store: Store, lived: Lived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "PORTION", 7)
    lines = [json.loads(line) for line in exported(store, "jsonl", lived.rows).splitlines()]
    assert len(lines) == lived.rows
    assert chained(lines)
    table = list(csv.DictReader(io.StringIO(exported(store, "csv", lived.rows), newline="")))
    numbers = [{**row, **{name: int(row[name]) for name in ("seq", "rev", "time")}} for row in table]
    assert numbers == lines
    assert not chained([*lines[:5], {**lines[5], "actor": "x"}, *lines[6:]])


def test_only_a_part_is_exported(store: Store, lived: Lived) -> None:
    rows = asked(store, Question(limit=500))
    start, end = rows[-4].row["time"], rows[4].row["time"]
    lines = [json.loads(line) for line in exported(store, "jsonl", lived.rows - 2, start, end).splitlines()]
    assert [line["seq"] for line in lines] == [row["seq"] for row in (e.row for e in reversed(rows)) if start <= row["time"] < end]


def test_the_indexes_serve_the_questions(store: Store) -> None:
    for column, value in (("actor", "p"), ("kind", "audit.head")):
        text = f"EXPLAIN QUERY PLAN SELECT * FROM change WHERE {column} = '{value}' ORDER BY seq DESC LIMIT 5"
        plan = store.read(lambda conn, t=text: [row[3] for row in conn.exec_driver_sql(t)])
        assert any(f"change_{column}" in step for step in plan), plan
        assert not any("TEMP B-TREE" in step for step in plan), plan
