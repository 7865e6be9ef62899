"""From bytes to a line of syslog: RFC 5424, RFC 3164 and what machines really send. Pure; never raises on any bytes, and loses none.

What cannot be understood stays in the text. Framing over TCP and TLS is RFC 6587: counted octets, or a line feed at the end.
"""

import datetime
import re
from typing import NamedTuple

from cityops_desktop.model.loglines import Channel, LogLine, Severity

LONGEST = 8192
"""Bytes of one line that are kept (RFC 5424 asks for 2048 at least); the rest is cut and said so."""
CUT = " …"
_USER, _NOTICE = 1, Severity.NOTICE
"""What RFC 3164, 4.3.3 gives a line without a priority."""
_HEAD = re.compile(rb"<(\d{1,3})>(1 )?")
_MODERN = re.compile(r"(\S+) (\S+) (\S+) (\S+) (\S+) (-|(?:\[(?:[^\]\\]|\\.)*\])+)(?: (.*))?\Z", re.DOTALL)
_OLD = re.compile(r"(([A-Z][a-z]{2}) [ \d]\d \d\d:\d\d:\d\d) (\S+) (.*)\Z", re.DOTALL)
_TAG = re.compile(r"([A-Za-z0-9_./-]{1,48})(?:\[([^\]]{0,40})\])?: ?(.*)\Z", re.DOTALL)
_MONTHS = frozenset(("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"))
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)
"""Signs that nobody sees and that turn, hide or break what stands beside them."""
_COUNT = re.compile(rb"(\d{1,7}) ")
_EARLIEST, _LATEST = 946_684_800_000, 4_102_444_800_000
"""The years 2000 to 2099, UTC ms: another time is no time of a log."""


class _Told(NamedTuple):
    told: int | None
    host: str
    app: str
    text: str


def parse(data: bytes, time: int, source: str, channel: Channel) -> LogLine:
    """The line that these bytes are; `time` (UTC ms) is when they came."""
    facility, severity, modern = _USER, _NOTICE, False
    head = _HEAD.match(data)
    if head is not None and int(head[1]) < 192:
        facility, severity, modern = int(head[1]) >> 3, Severity(int(head[1]) & 7), head[2] is not None
        data = data[head.end() :]
    text = _text(data)
    said = (_modern(text) if modern else None) or _old(text) or _Told(None, "", "", text)
    return LogLine(time, source, channel, facility, severity, said.host[:255], said.app[:80], said.text, said.told)


def _text(data: bytes) -> str:
    cut = len(data) > LONGEST
    data = data[:LONGEST].rstrip(b"\r\n\0")
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            text = data.decode("utf-8", "backslashreplace")
    return seen(text) + (CUT if cut else "")


def seen(text: str) -> str:
    """The text with a mark for each sign that nobody could see."""
    return _UNSEEN.sub("\N{WHITE SQUARE}", text)


def one_row(text: str) -> str:
    """For a place of one row: a line feed in a text must not look like the next line's beginning."""
    return " ".join(text.split())


def _modern(text: str) -> _Told | None:
    found = _MODERN.match(text)
    if found is None:
        return None
    stamp, host, app, process, message_id, data, message = found.groups()
    told = _iso(stamp)
    words = "" if message is None else message.removeprefix("\ufeff").removeprefix("\N{WHITE SQUARE}")
    kept = " ".join(part for part in (message_id, data, words) if part not in ("-", ""))
    app = "" if app == "-" else app if process == "-" else f"{app}[{process}]"
    return _Told(told, "" if host == "-" else host, app, kept if told is not None or stamp == "-" else f"{kept} ({stamp})")


def _iso(stamp: str) -> int | None:
    try:
        when = datetime.datetime.fromisoformat(stamp)
        told = None if when.tzinfo is None else round(when.timestamp() * 1000)
    except (ValueError, OverflowError):
        return None
    return told if told is not None and _EARLIEST <= told < _LATEST else None


def _old(text: str) -> _Told | None:
    """RFC 3164: its time has neither year nor zone, so it stays in the text, behind the words, and is not taken for one."""
    found = _OLD.match(text)
    if found is None or found[2] not in _MONTHS:
        tag = _TAG.match(text)
        return None if tag is None else _Told(None, "", _named(tag), tag[3])
    stamp, _, host, said = found.groups()
    tag = _TAG.match(said)
    return _Told(None, host, "" if tag is None else _named(tag), f"{said if tag is None else tag[3]} ({stamp})")


def _named(tag: re.Match[str]) -> str:
    return tag[1] if tag[2] is None else f"{tag[1]}[{tag[2]}]"


class Framing:
    """Cuts the stream of one connection into lines. What comes in pieces is put together; of a line that is too long the rest is let go.

    It goes through a chunk once, whatever stands in it: a stream of line feeds costs no more than any other.
    """

    def __init__(self) -> None:
        self._rest = b""
        self._at = 0
        self._skip = 0
        self._skip_line = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are whole now."""
        self._rest, self._at = self._rest + data, 0
        lines: list[bytes] = []
        while self._let_go():
            line = self._counted() if self._rest[self._at : self._at + 1].isdigit() else self._ended()
            if line is None:
                break
            if line.strip():
                lines.append(line)
        self._rest = self._rest[self._at :]
        return lines

    def end(self) -> list[bytes]:
        """The connection has ended: what was begun is a line."""
        rest, self._rest = self._rest, b""
        return [rest] if rest.strip() else []

    def _let_go(self) -> bool:
        """Drop what belongs to a line that was too long; is there anything left?"""
        dropped = min(self._skip, len(self._rest) - self._at)
        self._at, self._skip = self._at + dropped, self._skip - dropped
        if self._skip_line and self._at < len(self._rest):
            end = self._rest.find(b"\n", self._at)
            self._at = len(self._rest) if end < 0 else end + 1
            self._skip_line = end < 0
        return self._at < len(self._rest)

    def _counted(self) -> bytes | None:
        count = _COUNT.match(self._rest, self._at)
        if count is None:
            waits = len(self._rest) - self._at <= 7 and b"\n" not in self._rest[self._at :]
            return None if waits else self._ended()
        begin, length = count.end(), int(count[1])
        if len(self._rest) == begin:
            return None
        if self._rest[begin : begin + 1] != b"<":
            return self._ended()  # a number that is no count
        kept = min(length, LONGEST + 1)
        if len(self._rest) < begin + kept:
            return None
        self._at, self._skip = begin + kept, length - kept
        return self._rest[begin : self._at]

    def _ended(self) -> bytes | None:
        begin, end = self._at, self._rest.find(b"\n", self._at)
        if end < 0:
            if len(self._rest) - begin <= LONGEST:
                return None
            self._skip_line, self._at = True, len(self._rest)
            return self._rest[begin : begin + LONGEST + 1]
        self._at = end + 1
        return self._rest[begin : min(end, begin + LONGEST + 1)]
