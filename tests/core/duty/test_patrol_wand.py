"""Tables and lines of patrol wands: what is read, what is told line by line, and that any bytes are survived."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cityops_desktop.duty.wand import MOST_LINES, Column, Finding, Form, Line, Splitter, decoded, guessed, read, read_line

ZONE = ZoneInfo("Asia/Shanghai")
EIGHT = 1_788_220_800_000
"""2026-09-01 08:00 in Shanghai."""
PLAIN = Form({Column.CODE: 1, Column.TIME: 2}, ZONE)


def test_a_table_with_chinese_headings_in_the_encoding_of_its_program() -> None:
    raw = "序号,人员,卡号,巡更棒,刷卡时间\r\n1,张三,00A1,W1,2026-09-01 08:00:00\r\n2,张三,00A2,W1,2026/09/01 08:05\r\n".encode("gb18030")
    text = decoded(raw)
    assert text is not None
    form = guessed(text, ZONE)
    assert isinstance(form, Form)
    lines, findings = read(text, form)
    assert findings == []
    assert lines == [Line("00A1", EIGHT, "W1", "张三", 2), Line("00A2", EIGHT + 300_000, "W1", "张三", 3)]


def test_a_table_of_a_memory_scanner_named_by_its_columns() -> None:
    text = '"1/9/2026 08:00:00","stock","T-1"\n"1/9/2026 08:05:00","stock","T-2"\n'
    form = Form({Column.CODE: 3, Column.TIME: 1}, ZONE, ",", "%d/%m/%Y %H:%M:%S")
    assert [(line.code, line.time) for line in read(text, form)[0]] == [("T-1", EIGHT), ("T-2", EIGHT + 300_000)]
    lines, findings = read(text, form._replace(form=""))
    assert lines == [] and [one.line for one in findings] == [1, 2], "day or month first is not guessed"


def test_day_and_time_in_two_columns() -> None:
    text = "date;time;code\n2026-09-01;08:00:00;T-1\n"
    form = guessed(text, ZONE)
    assert isinstance(form, Form) and form.delimiter == ";"
    assert [line.time for line in read(text, form)[0]] == [EIGHT]


def test_what_is_wrong_is_told_with_its_line_and_the_rest_is_read() -> None:
    rows = [
        "T-1,2026-09-01 08:00:00",
        "",
        "T-2",
        ",2026-09-01 08:01:00",
        "T-3,yesterday",
        "T-4,",
        '"T-5,2026-09-01 08:00:00',
        "T" * 65 + ",x",
    ]
    lines, findings = read("\n".join([*rows, "T-9,2026-09-01 08:09:00"]), PLAIN)
    assert [line.code for line in lines] == ["T-1", "T-9"]
    assert [one.line for one in findings] == [3, 4, 5, 6, 7, 8]
    assert all(one.what.format_map(one.params) and one.do for one in findings)


@pytest.mark.parametrize("text", ["", "just text", "a,b,c\n1,2,3\n", "code,code,time\n", "code,name\nT,x\n"])
def test_headings_that_do_not_say_it_are_not_guessed(text: str) -> None:
    found = guessed(text, ZONE)
    assert isinstance(found, Finding) and found.what.format_map(found.params)


def test_too_many_lines_and_no_text() -> None:
    lines, findings = read("\n" * (MOST_LINES + 1), PLAIN)
    assert lines == [] and [one.line for one in findings] == [0]
    assert decoded(b"\xff\xfe\x00\x00") is None and decoded(b"a\x00b") is None


@settings(max_examples=150)
@given(st.text(max_size=400), st.sampled_from([",", ";", "\t"]), st.integers(1, 4), st.integers(1, 4))
def test_any_text_is_read_or_told(text: str, delimiter: str, code: int, time: int) -> None:
    form = Form({Column.CODE: code, Column.TIME: time}, ZONE, delimiter)
    lines, findings = read(text, form)
    assert len(lines) + len(findings) == sum(1 for row in text.splitlines() if row.strip())
    for line in lines:
        assert line.code and line.code.isprintable() and line.time is not None
    for one in findings:
        assert one.what.format_map(one.params)
    guessed(text, ZONE)


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_text_or_none(raw: bytes) -> None:
    text = decoded(raw)
    assert text is None or "\0" not in text


def test_a_line_alone_may_have_no_time() -> None:
    assert read_line("T-1", Form({Column.CODE: 1}, ZONE)) == Line("T-1", None, "", "", 0)


@settings(max_examples=120)
@given(st.lists(st.sampled_from(["T-1", "T-22", "x,y"]), max_size=8), st.data())
def test_however_the_bytes_of_a_port_are_cut_the_lines_are_the_same(lines: list[str], data: st.DataObject) -> None:
    raw = b"".join(line.encode() + data.draw(st.sampled_from([b"\r", b"\n", b"\r\n"])) for line in lines)
    splitter, found, at = Splitter(), [], 0
    while at < len(raw):
        step = data.draw(st.integers(1, 7))
        found += splitter.feed(raw[at : at + step])
        at += step
    assert found == lines and splitter.bad == 0


def test_garbage_costs_its_own_line_and_no_other() -> None:
    splitter = Splitter(longest=16)
    assert list(splitter.feed(b"T-1\r\n\xff\xfe\x80\r\nT-2\r\n\x01\x02\nT-3\n")) == ["T-1", "T-2", "T-3"]
    assert splitter.bad == 2
    assert list(splitter.feed(b"y" * 40)) == [] and list(splitter.feed(b"zzz\nT-4\n")) == ["T-4"]
    assert splitter.bad == 3
    assert list(splitter.feed(b"T-5 hal")) == []
    splitter.lost()
    assert splitter.bad == 4 and list(splitter.feed(b"T-6\n")) == ["T-6"], "half a line is none, and spoils no other"
