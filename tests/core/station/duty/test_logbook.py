"""The log book: written once, never changed, corrected by newer entries, found by any piece of it, handed over until somebody closes it."""

import asyncio
import base64
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from cityops_desktop.audit.verify import verify
from cityops_desktop.link.acts import AddNote, WithdrawNote
from cityops_desktop.link.duty.logbook import PAGE, CloseEntry, LogLink, Snapshot
from cityops_desktop.model.grams import folded, words_of
from cityops_desktop.model.refused import Refused
from cityops_desktop.sentences import CHANGE_KINDS, COMMAND_CODES
from cityops_desktop.station.duty.part import Span
from cityops_desktop.store import record
from cityops_desktop.store.backup import back_up
from cityops_desktop.store.duty import attachments, logbook
from cityops_desktop.store.dutyschema import log_entry
from cityops_desktop.store.restore import restore
from cityops_desktop.store.schema import change
from tests.conftest import FakeClock
from tests.core.station.duty.bookroom import NOBODY, PNG, Book, opened

HOUR = 3_600_000
HOSTILE = ['"', "'", "a OR b", "NEAR(a b)", "%", "_", "*", "-", "--", ";", "漏水 AND NOT", "^x", "(", ")", "\0", "a\0b", "x" * 200, "😀"]
HOSTILE += ["👨‍👩‍👧", "\u0301", "{", ":", "words:x", "log_words", "\\", "　", "\u200b", "ﬁ", "İ", "ß", "+", "AND", "漏" * 200]
HOSTILE += ["'; DROP TABLE log_entry", "\ud83d"]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory in which the people are; a copy of it for each test."""
    folder = tmp_path_factory.mktemp("furnished")
    with opened(folder, FakeClock()):
        return folder


@pytest.fixture
def book(furnished: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Book]:
    shutil.copytree(furnished, tmp_path, dirs_exist_ok=True)
    with opened(tmp_path, clock) as made:
        yield made


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    """One book for all questions of a property."""
    with opened(tmp_path_factory.mktemp("shared"), FakeClock()) as made:
        yield made


def refused(code: str) -> Any:
    assert code in COMMAND_CODES
    return pytest.raises(Refused, match=rf"^{code}\b")


def test_an_entry_reads_as_it_was_written(book: Book) -> None:
    file = book.attach(PNG)
    about = LogLink(target="point:ac1.t", words="1号空调 送风温度")
    happened = book.clock.wall() - HOUR
    fields = {"seen": "冷凝水盘溢水", "state": "watched", "minutes": "25"}
    id = book.entry("空调漏水", template="fault", fields=fields, links=[about], attachments=[file], time=happened, handover=True)
    entry = book.one(id)
    assert (entry.text, entry.time, entry.written, entry.actor_name) == ("空调漏水", happened, book.clock.wall(), "Dina")
    assert [(one.names.zh, one.value.zh, one.value.en, one.unit) for one in entry.fields] == [
        ("现象", "冷凝水盘溢水", "冷凝水盘溢水", ""),
        ("处理结果", "临时处理，观察中", "mended for now, being watched", ""),
        ("历时", "25", "25", "min"),
    ]
    assert entry.links == [about] and [one.name for one in entry.attachments] == ["现场.png"] and entry.handover
    for question in ("漏水", "水盘溢", "送风", "ac1", "dina", "观察中", "WATCHED", "现场", "故障", "25"):
        assert book.texts(question) == ["空调漏水"], question
    assert book.texts("漏水", link="point:ac1.t", template="fault", person=entry.account, open=True) == ["空调漏水"]
    assert book.texts("漏水", link="point:ac1") == book.texts(template="note") == book.texts(person="nobody") == []


def test_what_cannot_be_is_refused_and_leaves_nothing(book: Book) -> None:
    now = book.clock.wall()
    with refused("time_ahead"):
        book.entry("x", time=now + 120_000)
    with refused("no_such_log_template"):
        book.entry("x", template="none")
    with refused("log_field_missing"):
        book.entry("x", template="fault")
    with refused("no_such_attachment"):
        book.entry("x", attachments=[book.new()])
    with refused("no_such_log_entry"):
        book.entry("x", corrects="none")
    with refused("no_such_point"):
        book.entry("x", trend=Snapshot(begins=1, ends=2, points=["none"]))
    with refused("bad_request"):
        book.entry("x", trend=Snapshot(begins=2, ends=2, points=["ac1.t"]))
    with pytest.raises(Refused, match="no_right"):
        book.entry("x", name="vera")
    assert book.page().entries == [] and book.texts("x") == []


def test_the_same_entry_again_is_one_entry(book: Book) -> None:
    id = book.new()
    for _ in range(3):
        assert book.entry("送水", id=id, time=5000) == id
        book.clock.advance(60)
    with refused("log_entry_differs"):
        book.entry("送电", id=id, time=5000)
    with refused("log_entry_differs"):
        book.entry("送水", id=id, time=5001)
    with refused("log_entry_differs"):
        book.entry("送水", id=id, time=5000, name="dora")
    assert book.texts() == book.texts("送水") == ["送水"]
    trend = Snapshot(begins=1, ends=2, points=["ac1.t"])
    other = book.entry("曲线", trend=trend)
    written = book.one(other).time
    assert book.entry("曲线", id=other, time=written, trend=trend) == other
    with refused("log_entry_differs"):
        book.entry("曲线", id=other, time=written)


def test_a_correction_is_a_new_entry_and_the_old_one_stays(book: Book) -> None:
    first = book.entry("水位 30", handover=True)
    with refused("not_your_log_entry"):
        book.entry("水位 40", corrects=first, name="dora")
    newer = book.entry("水位 40", corrects=first, name="lea")
    assert (book.one(first).corrected, book.one(newer).corrects, book.one(first).text) == (newer, first, "水位 30")
    assert book.one(newer).handover, "what was to be handed over waits in the newer entry"
    assert [entry.id for entry in book.page(open=True).entries] == [newer]
    with refused("log_entry_corrected"):
        book.entry("水位 50", corrects=first)
    with refused("log_entry_not_open"):
        book.act("dina", CloseEntry(entry=first, text="x"))
    assert set(book.texts("水位")) == {"水位 30", "水位 40"}


def test_what_is_handed_over_waits_until_somebody_closes_it(book: Book) -> None:
    old = book.entry("UPS 待检修", handover=True)
    plain = book.entry("巡视正常")
    book.clock.advance(8 * 3600)
    book.log_in()
    begin = book.clock.wall()
    new = book.entry("空调滤网待换", handover=True)
    assert book.page().open == 2
    span = Span(begin, begin + 8 * HOUR, begin + 20 * HOUR)
    waiting, written = book.store.read(lambda conn: book.log.sheet(conn, span))
    assert [(row.link, row.front) for row in waiting.rows] == [(f"log:{new}", "changed"), (f"log:{old}", "abnormal")]
    assert [row.link for row in written.rows] == [f"log:{new}"]
    with refused("log_entry_not_open"):
        book.act("dora", CloseEntry(entry=plain, text="x"))
    book.act("dora", CloseEntry(entry=old, text="厂家已修复"))
    with refused("log_entry_closed"):
        book.act("dora", CloseEntry(entry=old, text="x"))
    closed = book.one(old)
    assert (closed.closed, closed.closed_name, closed.closed_text) == (book.clock.wall(), "Dora", "厂家已修复")
    waiting, _ = book.store.read(lambda conn: book.log.sheet(conn, span))
    assert [(row.link, row.front) for row in waiting.rows] == [(f"log:{new}", "changed"), (f"log:{old}", "changed")]
    assert all(section.words.format(**section.params) for section in waiting.rows)
    figures = book.store.read(lambda conn: [book.log.figures(conn, 0, begin), book.log.figures(conn, begin, begin + HOUR)])
    assert figures == [
        {"log.entries": 2, "log.handover": 1, "log.corrections": 0, "log.open": 1},
        {"log.entries": 1, "log.handover": 1, "log.corrections": 0, "log.open": 1},
    ]


def test_a_long_book_is_read_page_by_page_in_the_order_of_what_it_tells(book: Book) -> None:
    now = book.clock.wall()
    times = [now - (n * 7919) % 1000 // 3 for n in range(2 * PAGE + 7)]  # many of them in the same ms

    def fill(conn: Connection) -> None:
        who = book.who("dina")
        for n, time in enumerate(times):
            logbook.write(conn, who, text=f"第{n}条 {'漏水' if n % 2 else ''}", time=time)

    book.store.write(fill).result()
    for question in ("", "漏水", "第1"):
        seen: list[tuple[int, str]] = []
        before: int | None = None
        while True:
            page = book.page(question, before=before)
            seen += [(entry.time, entry.text) for entry in page.entries]
            before = page.next
            if before is None:
                break
        wanted = [f"第{n}条 {'漏水' if n % 2 else ''}" for n in range(len(times))]
        assert sorted(text for _, text in seen) == sorted(text for text in wanted if question in text)
        assert [time for time, _ in seen] == sorted((time for time, _ in seen), reverse=True)
    within = book.page("漏水", begin=now - 100, end=now - 50).entries
    assert {entry.text for entry in within} == {wanted[n] for n, time in enumerate(times) if n % 2 and now - 100 <= time < now - 50}


SIGNS = "漏水位滴ab1A-% "


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(SIGNS, min_size=1, max_size=9), max_size=6),
    st.lists(st.text(SIGNS, max_size=5), min_size=1, max_size=6),
)
@example(["水漏 漏水", "UPS1 S11"], ["漏水", "水漏水", "ups11"])
def test_a_search_finds_exactly_what_stands_in_the_text(shared: Book, texts: list[str], questions: list[str]) -> None:
    who = shared.who("dina")
    now = shared.clock.wall()
    shared.store.write(lambda conn: [logbook.write(conn, who, text=f"。{text}。", time=now) for text in texts]).result()
    held = [row.text for row in shared.store.read(lambda conn: conn.execute(select(log_entry.c.text)).all())]
    rest = folded("Dina 值班记事 Duty note")
    for question in questions:
        words = words_of(question)
        wanted = [text for text in held if all(word in f"{folded(text)} {rest}" for word in words)]
        found: list[str] = []
        before: int | None = None
        while True:
            page = shared.page(question, before=before)
            found += [entry.text for entry in page.entries]
            before = page.next
            if before is None:
                break
        assert sorted(found) == sorted(wanted), question


def test_nothing_that_somebody_types_is_a_fault(book: Book) -> None:
    for n, text in enumerate(HOSTILE):
        book.entry(f"{n}|{text.replace(chr(0), '').replace(chr(0xD83D), '')}|")
    for question in HOSTILE:
        book.page(question, open=True, link=question)
        book.page("", link=question, person=question, template=question)
        clean = folded(question)
        if clean and "\0" not in question:
            assert any(all(word in folded(text) for word in clean.split()) for text in book.texts(question)), question


def test_a_job_that_fails_leaves_nothing_to_be_found(book: Book) -> None:
    who = book.who("dina")

    def fails(conn: Connection) -> None:
        logbook.write(conn, who, text="漏水了", time=1000)
        raise Refused("busy")

    failing, fine = book.store.write(fails), book.store.write(lambda conn: logbook.write(conn, who, text="漏电了", time=1000))
    with pytest.raises(Refused, match="busy"):
        failing.result()
    fine.result()
    assert book.texts("漏水") == [] and book.texts("漏") == ["漏电了"]


def test_a_note_on_trends_stands_in_the_book_and_curves_of_an_entry_are_a_note(book: Book) -> None:
    picture = base64.b64encode(PNG).decode()
    now = book.clock.wall()
    note = str(book.act("dina", AddNote(begins=now - HOUR, ends=now, points=["ac1.t"], text="尖峰", picture=picture))["note"])
    (entry,) = book.page("尖峰", link="point:ac1.t").entries
    assert (entry.note, entry.names.zh, entry.time) == (note, "趋势记录", now)
    detail = asyncio.run(book.log.detail(entry.id, book.sent["dina"]))
    assert detail.trend is not None and detail.trend.picture and [one.key for one in detail.trend.figures] == ["ac1.t"]
    book.act("dina", WithdrawNote(note=note, why="看错"))
    assert book.one(entry.id).withdrawn == now
    id = book.entry("送风偏高", trend=Snapshot(begins=now - HOUR, ends=now, points=["ac1.t", "door.t"], picture=picture))
    detail = asyncio.run(book.log.detail(id, book.sent["lea"]))
    assert detail.trend is not None and (detail.trend.begins, detail.trend.ends) == (now - HOUR, now)
    assert not detail.withheld, "whoever is logged in may look at sensitive devices"
    kinds = book.store.read(lambda conn: set(conn.execute(select(change.c.kind)).scalars()))
    assert {"note.added", "logbook.written", "device.accessed"} <= kinds <= set(CHANGE_KINDS)


def test_only_persons_read_it(book: Book) -> None:
    book.entry("x")
    assert len(book.page(by="vera").entries) == 1
    with refused("not_logged_in"):
        book.page(by="nobody")
    with pytest.raises(Refused):
        asyncio.run(book.log.templates(NOBODY))


def test_the_record_tells_of_every_entry(book: Book, tmp_path: Path) -> None:
    id = book.entry("水位", attachments=[book.attach(PNG)], handover=True)
    book.act("lea", CloseEntry(entry=id, text="已处理"))
    assert verify(tmp_path, book.clock).findings == []

    def forge(conn: Connection) -> None:
        conn.execute(log_entry.update().values(text="无事"))

    book.store.write(forge).result()
    (finding,) = verify(tmp_path, book.clock).findings
    assert (finding.code, finding.subject, finding.detail) == ("record_differs", record.subject(log_entry, id), "text")


def test_templates_of_a_site_are_told_with_what_is_wrong(book: Book, tmp_path: Path) -> None:
    folder = tmp_path / "logbook"
    folder.mkdir()
    (folder / "own.yaml").write_text("templates: [{id: tape, name: {zh: 换带, en: Tape}}]", encoding="utf-8")
    (folder / "torn.yaml").write_text("templates: 3", encoding="utf-8")
    told = asyncio.run(book.log.templates(book.sent["dina"]))
    assert told.templates[-1].id == "tape" and len(told.faulty) == 1 and "torn.yaml:1" in told.faulty[0]
    assert book.one(book.entry("1号带", template="tape")).names.en == "Tape"


def test_a_backup_finds_what_the_book_finds(book: Book, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = book.attach(PNG)
    book.entry("空调漏水", attachments=[file])
    folder = tmp_path_factory.mktemp("away")
    (tmp_path / "origin").write_text("real")
    back_up(tmp_path, folder / "backup", book.clock)
    restore(folder / "backup", folder / "data", book.clock, replace=False)
    with opened(folder / "data", book.clock) as restored:
        assert restored.texts("漏水") == restored.texts("现场") == ["空调漏水"]
        assert restored.store.read(lambda conn: attachments.content(conn, file))[1] == PNG
        restored.log_in()
        restored.clock.advance(60)
        restored.entry("又漏水")
        assert restored.texts("漏水") == ["又漏水", "空调漏水"]
    assert verify(folder / "data", book.clock).findings == []
