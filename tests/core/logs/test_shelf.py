"""Months of collected lines: kept, found, sealed. A line that was changed, added or taken away afterwards is named."""

import datetime
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysqlite3 import dbapi2

from cityops_desktop.logs import shelf
from cityops_desktop.logs.shelf import LogQuery, LogWriter
from cityops_desktop.model.loglines import Channel, LogClass, LogLine, Severity

AUGUST = round(datetime.datetime(2026, 8, 31, 23, 59, 59, tzinfo=datetime.UTC).timestamp() * 1000)
SEPTEMBER = AUGUST + 1000
ALL = LogQuery(0, 2**45)


def line(text, time=SEPTEMBER, source="10.0.0.1", severity=Severity.ERROR, facility=16, host="sw1", app="link"):
    return LogLine(time, source, Channel.UDP, facility, severity, host, app, text)


@pytest.fixture
def writer(tmp_path):
    writer = LogWriter(tmp_path)
    yield writer
    writer.close()


def texts(found):
    return [one.line.text for one in found.rows]


def test_lines_of_two_months_lie_in_two_files_and_are_found_newest_first(tmp_path, writer):
    writer.write([line("a", AUGUST), line("b", AUGUST)])
    writer.write([line("c")])
    assert shelf.found(tmp_path) == [202608, 202609]
    assert texts(shelf.search(tmp_path, ALL)) == ["c", "b", "a"]
    assert texts(shelf.search(tmp_path, LogQuery(SEPTEMBER, 2**45))) == ["c"]
    assert [one.line for one in shelf.every(tmp_path, 0, 2**45)] == [line("a", AUGUST), line("b", AUGUST), line("c")]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("漏水", ["机房漏水了"]),
        ("水漏", []),
        ("link", ["Port 3 down", "机房漏水了"]),
        ("port down", ["Port 3 down"]),
        ('"; drop', []),
        ("10.0.0.7", ["from 10.0.0.7"]),
        ("10.0.0", ["from 10.0.0.7"]),
        ("0.0.70", []),
        ("por", ["Port 3 down"]),
        ("DOWN", ["Port 3 down"]),
        ("机房 漏水", ["机房漏水了"]),
        ("down.", ["Port 3 down"]),
        ('"', []),
        ("*", []),
        ("a\0b", []),
        ("NEAR(link down)", []),
        ("text:link", []),
    ],
)
def test_words_are_found_in_both_languages(tmp_path, writer, words, found):
    writer.write([line("机房漏水了"), line("Port 3 down"), line("from 10.0.0.7", app="fw")])
    assert texts(shelf.search(tmp_path, LogQuery(0, 2**45, words=words))) == found


def test_severity_class_and_source_narrow_the_search(tmp_path, writer):
    writer.write([line("a", severity=Severity.DEBUG), line("b", facility=4), line("c", source="10.9.9.9", host="")])
    assert texts(shelf.search(tmp_path, LogQuery(0, 2**45, severity=Severity.ERROR))) == ["c", "b"]
    assert texts(shelf.search(tmp_path, LogQuery(0, 2**45, cls=LogClass.SECURITY))) == ["b"]
    assert texts(shelf.search(tmp_path, LogQuery(0, 2**45, source="sw1"))) == ["b", "a"]
    assert texts(shelf.search(tmp_path, LogQuery(0, 2**45, source="10.9.9.9"))) == ["c"]


@pytest.mark.parametrize("words", ["", "link"])
def test_page_after_page_shows_each_line_once(tmp_path, writer, monkeypatch, words):
    monkeypatch.setattr(shelf, "MOST", 7)
    writer.write([line(f"a{n}", AUGUST) for n in range(10)])
    writer.write([line(f"b{n}") for n in range(10)])
    seen, before, more = [], None, True
    while more:
        page = shelf.search(tmp_path, LogQuery(0, 2**45, before=before, words=words))
        seen += texts(page)
        before, more = (page.rows[-1].month, page.rows[-1].id), page.more
    assert seen == [f"b{n}" for n in reversed(range(10))] + [f"a{n}" for n in reversed(range(10))]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE line SET text = 'x' WHERE id = 3",
        "UPDATE line SET time = time + 1 WHERE id = 1",
        "DELETE FROM line WHERE id = 4",
        "INSERT INTO line SELECT 99, time, told, source, channel, facility, severity, class, host, app, text FROM line WHERE id = 1",
        "INSERT INTO line SELECT -1, time, told, source, channel, facility, severity, class, host, app, text FROM line WHERE id = 1",
        "DELETE FROM seal WHERE id = 1",
        "UPDATE seal SET hash = x'00' WHERE id = 1",
    ],
)
def test_what_was_done_to_a_file_afterwards_is_found(tmp_path, writer, harm):
    for n in range(3):
        writer.write([line(f"{n}"), line("漏水")])
    path = shelf.path_of(tmp_path, 202609)
    assert shelf.verify(path) == []
    db = dbapi2.connect(str(path))
    db.execute(harm)
    db.commit()
    db.close()
    assert shelf.verify(path)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=4), max_size=5))
def test_whatever_is_written_is_read_back_and_sound(tmp_path_factory, batches):
    folder = tmp_path_factory.mktemp("logs")
    writer = LogWriter(folder)
    for batch in batches:
        writer.write([line(text) for text in batch])
    writer.close()
    assert [one.line.text for one in shelf.every(folder, 0, 2**45)] == [text for batch in batches for text in batch]
    for month in shelf.found(folder):
        assert shelf.verify(shelf.path_of(folder, month)) == []


def test_the_end_of_a_sentence_is_no_part_of_its_last_word(tmp_path, writer):
    writer.write([line("state changed to down."), line("login failed, user=admin:x")])
    for words, found in (("down", "state"), ("failed", "login"), ("admin", "login")):
        assert [text.split()[0] for text in texts(shelf.search(tmp_path, LogQuery(0, 2**45, words=words)))] == [found]


def test_only_the_lines_of_one_month_are_written_at_a_time(tmp_path, writer):
    lines = [line("a", AUGUST), line("b"), line("c", AUGUST)]
    assert [writer.write(lines), writer.write(lines[1:]), writer.write(lines[2:]), writer.write([])] == [1, 1, 1, 0]
    assert texts(shelf.search(tmp_path, LogQuery(SEPTEMBER, 2**45))) == ["b"]
    assert texts(shelf.search(tmp_path, LogQuery(0, AUGUST))) == ["c", "a"]


def test_a_file_that_was_taken_away_while_it_was_open_is_made_anew(tmp_path, writer):
    writer.write([line("gone")])
    shelf.path_of(tmp_path, 202609).unlink()
    writer.write([line("here")])
    assert texts(shelf.search(tmp_path, ALL)) == ["here"]
    assert shelf.verify(shelf.path_of(tmp_path, 202609)) == []


@pytest.mark.parametrize("content", [b"", b"not a database" * 100, b"SQLite format 3\0" + bytes(5000)], ids=["empty", "other", "zeros"])
def test_a_damaged_file_is_moved_aside_and_lines_go_on(tmp_path, writer, content):
    path = shelf.path_of(tmp_path, 202609)
    path.write_bytes(content)
    writer.write([line("goes on")])
    assert texts(shelf.search(tmp_path, ALL)) == ["goes on"]
    (moved,) = writer.moved
    assert (tmp_path / moved).read_bytes() == content


def test_a_month_that_cannot_be_read_hides_no_other(tmp_path, writer, expected_log):
    expected_log("logs-202609.db cannot be searched: file is not a database")
    writer.write([line("a", AUGUST)])
    shelf.path_of(tmp_path, 202609).write_bytes(b"not a database" * 100)
    found = shelf.search(tmp_path, ALL)
    assert (texts(found), found.broken, found.cut) == (["a"], (202609,), False)


def test_a_search_that_takes_too_long_says_so(tmp_path, writer):
    writer.write([line(f"{n}") for n in range(9000)])
    clock = itertools.count(0.0, 10.0)
    found = shelf.search(tmp_path, LogQuery(0, 2**45, source="nobody"), lambda: next(clock))
    assert (found.rows, found.more, found.cut) == ([], True, True)
