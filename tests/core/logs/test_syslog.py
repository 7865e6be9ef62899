"""Lines of syslog as machines send them, and any bytes at all."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.logs.syslog import LONGEST, Framing, parse
from cityops_desktop.model.loglines import Channel, LogClass, Severity

NOW = 1_790_000_000_000


def read(data, channel=Channel.UDP):
    return parse(data, NOW, "10.0.0.5", channel)


@pytest.mark.parametrize(
    ("data", "facility", "severity", "host", "app", "text"),
    [
        (b"<34>1 2026-10-11T22:14:15.003Z sw1 su - ID47 - 'su root' failed", 4, Severity.CRITICAL, "sw1", "su", "ID47 'su root' failed"),
        (
            b'<165>1 2026-10-11T22:14:15+08:00 h evntslog 77 - [e@1 k="a\\]b"] \xef\xbb\xbfhi',
            20,
            5,
            "h",
            "evntslog[77]",
            '[e@1 k="a\\]b"] hi',
        ),
        (b"<13>Oct 11 22:14:15 m sshd[12]: Failed password", 1, Severity.NOTICE, "m", "sshd[12]", "Failed password (Oct 11 22:14:15)"),
        (b"<13>Oct  1 22:14:15 m no tag", 1, Severity.NOTICE, "m", "", "no tag (Oct  1 22:14:15)"),
        (b"<13>1 2026-10-11T22:14:15 m a - - - no zone", 1, Severity.NOTICE, "m", "a", "no zone (2026-10-11T22:14:15)"),
        (b"<13>1 - m a - - - no time", 1, Severity.NOTICE, "m", "a", "no time"),
        (b"<11>kernel: out of memory", 1, Severity.ERROR, "", "kernel", "out of memory"),
        ("<190>%SYS-5: 漏水".encode(), 23, Severity.INFORMATIONAL, "", "", "%SYS-5: 漏水"),
        ("<188>端口断开".encode("gb18030"), 23, Severity.WARNING, "", "", "端口断开"),
        (b"no priority at all", 1, Severity.NOTICE, "", "", "no priority at all"),
        (b"<999>x", 1, Severity.NOTICE, "", "", "<999>x"),
        (b"<13>a\x1b[31mb", 1, Severity.NOTICE, "", "", "a\N{WHITE SQUARE}[31mb"),
    ],
)
def test_what_is_told_is_understood(data, facility, severity, host, app, text):
    line = read(data)
    assert (line.facility, line.severity, line.host, line.app, line.text) == (facility, severity, host, app, text)


def test_only_a_time_with_its_zone_is_a_time():
    assert read(b"<13>1 2026-10-11T22:14:15+08:00 h a - - - x").told == round(
        datetime.datetime.fromisoformat("2026-10-11T14:14:15+00:00").timestamp() * 1000
    )
    assert read(b"<13>1 2026-10-11T22:14:15 h a - - - x").told is None
    assert read(b"<13>Oct 11 22:14:15 h a: x").told is None


@pytest.mark.parametrize("stamp", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+12:00", "1999-12-31T23:59:59Z", "2026-13-01T00:00Z"])
def test_a_time_that_nobody_can_show_is_no_time_and_stays_in_the_text(stamp):
    line = read(f"<13>1 {stamp} h a - - - x".encode())
    assert (line.told, line.text) == (None, f"x ({stamp})")


@pytest.mark.parametrize("sign", "\u202e\u2066\u200b\u2060\ufeff\u00ad\x9b\x1b\0\u2028\U000e0041")
def test_signs_that_nobody_sees_are_marked(sign):
    assert read(f"<13>x{sign}y".encode()).text == "x\N{WHITE SQUARE}y"


@pytest.mark.parametrize("text", [b"\xff\xfe\x00", b"\xed\xa0\x80", b"\x84\x31\xa4\x37", "漏水".encode("utf-16")])
def test_whatever_the_coding_the_text_can_be_kept(text):
    assert read(b"<13>" + text).text.encode()


def test_classes_follow_the_facility_and_the_channel():
    assert [read(f"<{facility * 8}>x".encode()).cls for facility in (4, 16, 1, 0)] == [
        LogClass.SECURITY,
        LogClass.NETWORK,
        LogClass.APPLICATION,
        LogClass.SYSTEM,
    ]


@given(st.binary(max_size=300))
def test_any_bytes_are_a_line(data):
    line = read(data)
    assert 0 <= line.facility <= 23
    assert not any(sign < " " and sign not in "\t\n" for sign in line.text)


def test_what_is_too_long_is_cut_and_says_so():
    assert read(b"<13>" + b"x" * 20_000).text == "x" * LONGEST + " …"


LINE = (
    st.binary(min_size=1, max_size=40)
    .filter(lambda line: b"\n" not in line and line.strip() and not line[:1].isdigit())
    .map(lambda line: b"<13>" + line)
)


@given(st.lists(st.tuples(LINE, st.booleans()), max_size=12), st.lists(st.integers(1, 30), min_size=1, max_size=50))
def test_however_a_stream_is_cut_its_lines_come_out_whole(lines, cuts):
    stream = b"".join(f"{len(line)} ".encode() + line if counted else line + b"\n" for line, counted in lines)
    framing, found, at = Framing(), [], 0
    while at < len(stream):
        size = cuts[at % len(cuts)]
        found += framing.feed(stream[at : at + size])
        at += size
    assert found + framing.end() == [line for line, _ in lines]


@pytest.mark.parametrize("counted", [True, False])
def test_a_line_that_is_too_long_costs_only_its_end(counted):
    long = b"<13>" + b"y" * 50_000
    stream = (f"{len(long)} ".encode() + long) if counted else long + b"\n"
    framing = Framing()
    found = [line for n in range(0, len(stream), 999) for line in framing.feed(stream[n : n + 999])]
    found += framing.feed(b"<13>next\n")
    assert [len(line) for line in found] == [LONGEST + 1, 8]


@given(st.lists(st.binary(max_size=60), max_size=30))
def test_any_stream_ends_and_holds_little(chunks):
    framing = Framing()
    for chunk in chunks:
        framing.feed(chunk)
    assert sum(map(len, framing.end())) <= LONGEST + 60


def test_a_stream_of_line_feeds_is_gone_through_once():
    framing = Framing()
    assert framing.feed(b"\n" * 65_536 + b"<13>x\n" + b"5 <13>" + b"y") == [b"<13>x", b"<13>y"]
    assert framing.end() == []
