"""Where events come from: a file that grows, or a web page that is asked again and again. Each gives what is new, once."""

import errno
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode

from cityops_desktop.model.drivers import Counters
from cityops_desktop.model.readings import Reason
from drivers.badge.events import Column, Event, event_of, line_of, object_of
from drivers.badge.follow import FileFollower
from drivers.badge.options import BadgeBus, Format
from drivers.exchange import NoAnswer

if TYPE_CHECKING:
    from drivers.web.client import Web

REMEMBERED = 4000
"""Events that are known again when a page gives them twice."""
LONGEST_MARK = 200
"""Signs of a row's own mark; a longer one would make a question that no server takes."""


class Feed(Protocol):
    """A source of events; `counters` gets the rows that make no sense as `bad_replies`."""

    def news(self, counters: Counters, web: "Web", latest: int) -> list[Event]:
        """What has come since; an event after `latest` (UTC ms) is told, but moves no place in the source. NoAnswer."""
        ...

    def close(self) -> None:
        """Let go of what is open; what was read is remembered."""
        ...


class FileFeed:
    """The lines of a file."""

    def __init__(self, options: BadgeBus) -> None:
        self._options = options
        self._wording = options.wording
        self._follower = FileFollower(Path(options.file))
        self._header: list[str] | None = None
        self._beginning = False

    def news(self, counters: Counters, web: "Web", latest: int) -> list[Event]:
        """The events of the lines that have come."""
        before = self._follower.skipped
        try:
            lines = self._follower.lines()
            self._beginning = self._beginning or self._follower.fresh
            if self._options.headed and self._header is None and not self._beginning:  # a long file, of which only the end is read
                self._header = self._names(self._follower.head())
        except OSError as error:
            reason = Reason.NO_RIGHT if error.errno in (errno.EACCES, errno.EPERM) else Reason.UNREACHABLE
            raise NoAnswer(reason, f"{self._options.file}: {error.strerror}") from error
        if self._options.headed and self._beginning and lines:
            self._header, self._beginning, lines = self._names(lines[0]), False, lines[1:]
        rows = [self._row(text) for line in lines if (text := self._text(line))]
        events = [event_of(row, self._wording) if row is not None else None for row in rows]
        counters.bad_replies += self._follower.skipped - before + events.count(None)
        return [event for event in events if event is not None]

    def close(self) -> None:
        """Let go of the file."""
        self._follower.close()

    def _text(self, line: bytes) -> str:
        return line.decode(self._options.encoding.value, "replace").lstrip("\ufeff").strip()

    def _names(self, line: bytes) -> list[str]:
        return [cell.strip() for cell in line_of(self._text(line), self._options.delimiter) or ()]

    def _row(self, text: str) -> Mapping[str, object] | list[str] | None:
        if self._options.format is Format.JSON:
            return object_of(text)
        cells = line_of(text, self._options.delimiter)
        return dict(zip(self._header or (), cells, strict=False)) if cells is not None and self._options.headed else cells


class PageFeed:
    """The rows of a page that is asked for what came after the newest row that is known."""

    def __init__(self, options: BadgeBus) -> None:
        self._options = options
        self._wording = options.wording
        self._mark = options.columns.get(Column.NUMBER, options.columns[Column.TIME])
        self._after = ""
        self._newest = -1
        self._known: dict[Event, None] = {}

    def news(self, counters: Counters, web: "Web", latest: int) -> list[Event]:
        """The events of the page that were not there before."""
        rows = self._rows(web.get(self._path()).body)
        found = []
        for row in rows:
            event = event_of(row, self._wording) if isinstance(row, dict) else None
            if event is None or not isinstance(row, dict):
                counters.bad_replies += 1
                continue
            mark = str(row.get(self._mark, ""))
            if self._newest <= event.time <= latest and len(mark) <= LONGEST_MARK:
                self._newest, self._after = event.time, mark
            if event not in self._known:
                self._known[event] = None
                found.append(event)
        for old in list(self._known)[: max(0, len(self._known) - REMEMBERED)]:
            del self._known[old]
        return found

    def close(self) -> None:
        """Nothing is open: the connection is the link's."""

    def _path(self) -> str:
        page, name = self._options.page, self._options.after
        if not name or not self._after:
            return page
        return f"{page}{'&' if '?' in page else '?'}{urlencode({name: self._after})}"

    def _rows(self, body: bytes) -> list[object]:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise NoAnswer(Reason.BAD_REPLY, "JSON", answered=True) from error
        for key in filter(None, self._options.rows.split(".")):
            found = found.get(key) if isinstance(found, dict) else None
        if not isinstance(found, list):
            raise NoAnswer(Reason.BAD_REPLY, f"{self._options.rows or 'JSON'}: no list", answered=True)
        return found
