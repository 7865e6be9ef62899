"""The months' files of collected logs, logs-YYYYMM.db: written by the intake alone, read by whoever asks. Decides no right.

Each commit seals what it wrote: a row of `seal` with a hash over the seal before it and all its lines, so that a line that was changed or
taken away is found. Words are found by an index; a Chinese sign is a word of its own there, for the index knows no other.
"""

import errno
import hashlib
import itertools
import json
import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.model.calendarmonths import month_of
from cityops_desktop.model.loglines import Channel, LogClass, LogLine, Severity
from cityops_desktop.store import files
from cityops_desktop.store.sqlite import reading_engine

APPLICATION = 0x43494C47
"""application_id of logs-YYYYMM.db ("CILG")."""
VERSION = 1
NAME = re.compile(r"logs-((?:19[7-9][0-9]|[2-8][0-9]{3})(?:0[1-9]|1[0-2]))\.db\Z")
MOST = 500
"""Lines in one answer."""
SEARCH_SECONDS = 3.0
"""After these a search says what it has found so far."""
_STEPS = 20_000
BUSY_SECONDS = 30.0
"""So long a writer waits for another one: an import beside the station."""
log = logging.getLogger(__name__)
_CJK = re.compile(r"([\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\u3000-\u303f])")
_SCHEMA = """
CREATE TABLE line(
  id INTEGER PRIMARY KEY, time INTEGER NOT NULL, told INTEGER, source TEXT NOT NULL, channel TEXT NOT NULL, facility INTEGER NOT NULL,
  severity INTEGER NOT NULL, class TEXT NOT NULL, host TEXT NOT NULL, app TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX line_time ON line(time);
CREATE TABLE seal(id INTEGER PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, hash BLOB NOT NULL);
CREATE VIRTUAL TABLE words USING fts5(text, content='', tokenize="unicode61 remove_diacritics 0");
"""
_COLUMNS = "id, time, told, source, channel, facility, severity, class, host, app, text"


@dataclass(frozen=True, slots=True)
class LogQuery:
    """What is looked for. Times are UTC ms, both included; `severity` = so grave at least; `words` all of them; `before` = the id and
    month of the last line of the answer before, None = from the newest on."""

    start: int
    end: int
    severity: Severity | None = None
    cls: LogClass | None = None
    source: str = ""
    words: str = ""
    before: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """A line and where it is kept: month YYYYMM and number."""

    month: int
    id: int
    line: LogLine


@dataclass(frozen=True, slots=True)
class Answer:
    """Lines, newest first, at most `MOST`. `more`: there may be others before the last one; `cut`: the time for a search was over;
    `broken`: months that cannot be read."""

    rows: list[Found]
    more: bool = False
    cut: bool = False
    broken: tuple[int, ...] = ()


def beside(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside one."""
    return files.side_files(path)


def path_of(data: Path, month: int) -> Path:
    """The file of a month."""
    return data / f"logs-{month:06}.db"


def found(data: Path) -> list[int]:
    """The months that have a file here, in order."""
    names = (NAME.match(path.name) for path in data.iterdir())
    return sorted(int(name[1]) for name in names if name is not None)


def words_of(text: str) -> str:
    """The text as the index gets it."""
    return text if text.isascii() else _CJK.sub(r" \1 ", text)


class LogWriter:
    """One for an intake; every call blocks on the disk. OSError and dbapi2.Error are the caller's to tell."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._month = 0
        self._identity: tuple[int, int] | None = None
        self._file: Any = None
        self.moved: list[str] = []
        """Files that were damaged and have been moved aside; whoever tells it takes it away."""

    def write(self, lines: Sequence[LogLine]) -> int:
        """Keep the first of them, as many as are of one month; durable when this returns how many they were."""
        if not lines:
            return 0
        month = month_of(lines[0].time)
        lines = list(itertools.takewhile(lambda line: month_of(line.time) == month, lines))
        if self._file is None or month != self._month or _identity(path_of(self._data, month)) != self._identity:
            self._open(month)
        db = self._file
        db.execute("BEGIN IMMEDIATE")
        try:
            newest = db.execute("SELECT last, hash FROM seal ORDER BY id DESC LIMIT 1").fetchone() or (0, b"")
            first = newest[0] + 1
            rows = [(first + n, *_row(line)) for n, line in enumerate(lines)]
            db.executemany(f"INSERT INTO line({_COLUMNS}) VALUES(?,?,?,?,?,?,?,?,?,?,?)", rows)
            texts = ((row[0], words_of(f"{row[8]} {row[9]} {row[10]}")) for row in rows)
            db.executemany("INSERT INTO words(rowid, text) VALUES(?,?)", texts)
            db.execute("INSERT INTO seal(first, last, hash) VALUES(?,?,?)", (first, rows[-1][0], sealed(newest[1], rows)))
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return len(lines)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self, month: int) -> None:
        """The month's file, a new one when there is none or only one that cannot be written to any more."""
        self.close()
        path = path_of(self._data, month)
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "not a file", str(path))
        try:
            self._begin(path, month)
        except dbapi2.DatabaseError as error:
            if not _damaged(error):
                raise
            self.close()
            self.moved.append(files.move_aside(path, time.time_ns() // 1_000_000).name)
            self._begin(path, month)

    def _begin(self, path: Path, month: int) -> None:
        if not path.exists():
            for leftover in beside(path):  # of a file that somebody took away: they would be taken for the new one's
                leftover.unlink(missing_ok=True)
            files.create(path, 4096, _make)
        self._file, self._month, self._identity = dbapi2.connect(str(path), BUSY_SECONDS, isolation_level=None), month, _identity(path)
        for setting in ("synchronous=FULL", "journal_size_limit=16777216", "temp_store=MEMORY"):
            self._file.execute(f"PRAGMA {setting}")
        self._file.execute("SELECT max(id) FROM seal").fetchone()
        self._file.execute("SELECT max(id) FROM line").fetchone()


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file has this name now; None = none: somebody took it away while it was open."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _damaged(error: dbapi2.DatabaseError) -> bool:
    """Will this file never take a line again? Not one that is only locked, on a full disk or not ours to write."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (dbapi2.SQLITE_NOTADB, dbapi2.SQLITE_CORRUPT) or (code == dbapi2.SQLITE_ERROR and "no such table" in str(error))


def search(data: Path, query: LogQuery, now: Callable[[], float] = time.monotonic) -> Answer:
    """The newest lines that fit. A month that cannot be read is named, and the others are told. OSError."""
    rows: list[Found] = []
    broken: list[int] = []
    end = now() + SEARCH_SECONDS
    for month in reversed(found(data)):
        if month > month_of(query.end) or month < month_of(query.start):
            continue
        if query.before is not None and month > query.before[0]:
            continue
        try:
            came, whole = _ask(path_of(data, month), query, month, MOST + 1 - len(rows), lambda: now() > end)
        except (dbapi2.Error, DBAPIError) as error:
            log.warning("%s cannot be searched: %s", path_of(data, month).name, getattr(error, "orig", None) or error)
            broken.append(month)
            continue
        rows += [Found(month, row[0], _line(row)) for row in came]
        if len(rows) > MOST or not whole:
            return Answer(rows[:MOST], more=True, cut=not whole, broken=tuple(broken))
    return Answer(rows, broken=tuple(broken))


def every(data: Path, start: int, end: int) -> Iterator[Found]:
    """Each line of this time, the oldest first; for exports, however long it takes."""
    for month in found(data):
        if not month_of(start) <= month <= month_of(end):
            continue
        with reading(path_of(data, month)) as conn:
            for row in conn.exec_driver_sql(f"SELECT {_COLUMNS} FROM line WHERE time BETWEEN ? AND ? ORDER BY id", (start, end)):
                yield Found(month, row[0], _line(row))


def whole(path: Path, month: int) -> Iterator[Found]:
    """Each line of a month's file, in the order in which they came."""
    with reading(path) as conn:
        for row in conn.exec_driver_sql(f"SELECT {_COLUMNS} FROM line ORDER BY id"):
            yield Found(month, row[0], _line(row))


def verify(path: Path) -> list[str]:
    """What is wrong with a month: one sentence of codes for each seal that does not fit; empty when all is as it was written."""
    wrong: list[str] = []
    with reading(path) as conn:
        before, last = b"", 0
        for id, first, end, held in conn.exec_driver_sql("SELECT id, first, last, hash FROM seal ORDER BY id"):
            rows = conn.exec_driver_sql(f"SELECT {_COLUMNS} FROM line WHERE id BETWEEN ? AND ? ORDER BY id", (first, end)).fetchall()
            if first != last + 1 or len(rows) != end - first + 1:
                wrong.append(f"seal {id}: lines {first} to {end}: {len(rows)} are there")
            elif sealed(before, [tuple(row) for row in rows]) != held:
                wrong.append(f"seal {id}: lines {first} to {end}: changed")
            before, last = held, end
        more = conn.exec_driver_sql("SELECT count(*) FROM line WHERE id > ? OR id < 1", (last,)).scalar_one()
        if more:
            wrong.append(f"{more} lines under no seal")
    return wrong


def sealed(before: bytes, rows: Sequence[Sequence[object]]) -> bytes:
    """The hash over the seal before and these rows."""
    digest = hashlib.sha256(before)
    for row in rows:
        digest.update(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"))
        digest.update(b"\n")
    return digest.digest()


class reading:  # noqa: N801  used as a function: with reading(path) as conn
    """A month's file from one snapshot, read only."""

    def __init__(self, path: Path) -> None:
        self._engine = reading_engine(path, 1)

    def __enter__(self) -> Connection:
        self._connection = self._engine.connect()
        self._connection.begin()
        return self._connection

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        self._engine.dispose()


def _ask(path: Path, query: LogQuery, month: int, most: int, late: Callable[[], bool]) -> tuple[list[Any], bool]:
    """The rows, and whether all of the month was looked through."""
    question, values = _question(query, month, most)
    rows: list[Any] = []
    with reading(path) as conn:
        raw: Any = conn.connection.dbapi_connection
        raw.set_progress_handler(late, _STEPS)
        try:
            for row in conn.exec_driver_sql(question, values):
                rows.append(row)  # as they come: what was found stays found when the search is cut short
        except DBAPIError as error:
            if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != dbapi2.SQLITE_INTERRUPT:
                raise
            return rows, False
        finally:
            raw.set_progress_handler(None, 0)
    return rows, True


def _question(query: LogQuery, month: int, most: int) -> tuple[str, tuple[Any, ...]]:
    """By the index of times, or by that of words: either tells its rows in order, so that the first ones come at once."""
    words = [word for word in query.words.split() if _tokens(word)]
    before = query.before[1] if query.before is not None and query.before[0] == month else None
    clauses: list[tuple[str, tuple[Any, ...]]] = [("time BETWEEN ? AND ?", (query.start, query.end))]
    if query.severity is not None:
        clauses.append(("severity <= ?", (int(query.severity),)))
    if query.cls is not None:
        clauses.append(("class = ?", (str(query.cls),)))
    if query.source:
        clauses.append(("(source = ? OR host = ?)", (query.source, query.source)))
    if words:
        clauses.append(("id IN (SELECT rowid FROM words WHERE words MATCH ?)", (" AND ".join(map(_phrase, words)),)))
        order = "id DESC"
        if before is not None:
            clauses.append(("id < ?", (before,)))
    else:
        order = "time DESC, id DESC"
        if before is not None:
            clauses.append(("(time, id) < ((SELECT time FROM line WHERE id = ?), ?)", (before, before)))
    if query.words.strip() and not words:
        clauses.append(("0", ()))  # nothing but signs that no word has
    wanted = " AND ".join(clause for clause, _ in clauses)
    values = tuple(value for _, some in clauses for value in some)
    return f"SELECT {_COLUMNS} FROM line WHERE {wanted} ORDER BY {order} LIMIT {most}", values


def _tokens(word: str) -> bool:
    """Has it anything that the index knows?"""
    return any(sign.isalnum() for sign in word)


def _phrase(word: str) -> str:
    """A word as the index is asked for it: what is in Chinese, or has full stops, is a phrase; the beginning of a word is enough, but
    of a number."""
    spaced = words_of(word).replace("\0", " ").replace('"', '""').strip()
    last = next(sign for sign in reversed(word) if sign.isalnum())
    return f'"{spaced}"*' if last.isascii() and last.isalpha() and len(word) > 2 else f'"{spaced}"'


def _row(line: LogLine) -> tuple[object, ...]:
    facts = (line.time, line.told, line.source, str(line.channel), line.facility, int(line.severity), str(line.cls))
    return (*facts, line.host, line.app, line.text)


def _line(row: Any) -> LogLine:
    _, time, told, source, channel, facility, severity, _, host, app, text = row
    return LogLine(time, source, Channel(channel), facility, Severity(severity), host, app, text, told)


def _make(conn: Connection) -> None:
    raw: Any = conn.connection.dbapi_connection
    raw.execute(f"PRAGMA application_id={APPLICATION}")
    raw.execute(f"PRAGMA user_version={VERSION}")
    for statement in filter(str.strip, _SCHEMA.split(";\n")):
        raw.execute(statement)
