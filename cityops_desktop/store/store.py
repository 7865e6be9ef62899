"""The store as the rest of the station uses it. Owns records.db, journal.db, the months' files and the thread that writes them all."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from cityops_desktop.clock import Clock
from cityops_desktop.store import files, journal, records
from cityops_desktop.store.lane import Lane
from cityops_desktop.store.reader import Reader
from cityops_desktop.store.shelf import Shelf
from cityops_desktop.store.sqlite import REAL, require_sound_sqlite
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.store.writer import OnTrouble, Writer

T = TypeVar("T")
RECORDS = "records.db"
JOURNAL = "journal.db"


@dataclass(frozen=True, slots=True)
class Notice:
    """What opening found and cured by itself; the station makes an alarm of it. `code`: journal_damaged, records_missing,
    history_damaged."""

    code: str
    file: str
    moved_to: str = ""

    @property
    def detail(self) -> str:
        """Code, file and, where there is one, the name under which the damaged file is kept."""
        return " ".join(part for part in (self.code, self.file, self.moved_to) if part)


class Store:
    """Every method but `open` and `close` may be called from any thread; `read` and `read_journal` block, the others do not."""

    def __init__(self, data: Path, clock: Clock, origin: str, notices: tuple[Notice, ...]) -> None:
        self.data = data
        self.notices = notices
        self.on_trouble: OnTrouble | None = None
        """Called from the writer thread with (recording, detail) when writing fails and when it works again."""
        self._records = Lane(data / RECORDS, origin)
        self._journal = Lane(data / JOURNAL, origin)
        lanes = (self._records, self._journal)
        for lane in lanes:
            try:
                lane.open()
            except StoreError as error:
                self._records.shut()
                raise files.unusable(lane.path, error) from error
        self._readers = (Reader(data / RECORDS, clock), Reader(data / JOURNAL, clock))
        self._writer = Writer(lanes, self._told)
        self.shelf = Shelf(data, clock, origin, self._writer)
        """The past, a file a month."""

    @classmethod
    def open(cls, data: Path, clock: Clock, origin: str = REAL) -> "Store":
        """Open the store in this (existing, private) directory, making what is not there. OperatorError with Exit.STORE.

        `origin` ("real", "demo") stands in every row that is written. A damaged records.db is refused; a damaged journal.db is moved
        aside and told in `notices`.
        """
        require_sound_sqlite()
        notices = []
        used_before = (data / JOURNAL).exists()
        if records.prepare(data / RECORDS, clock) and used_before:
            notices.append(Notice("records_missing", RECORDS))
        moved = journal.prepare(data / JOURNAL, clock)
        if moved is not None:
            notices.append(Notice("journal_damaged", JOURNAL, moved.name))
        return cls(data, clock, origin, tuple(notices))

    @property
    def recording(self) -> bool:
        """Can both files be written?"""
        return not self._writer.detail

    @property
    def detail(self) -> str:
        """What is wrong: "<code> <file>", joined by "; "; empty while recording."""
        return self._writer.detail

    def write(self, run: Callable[[Connection], T], urgent: bool = False) -> "Future[T]":
        """Do `run` in a transaction of records.db; the future resolves after the commit.

        All jobs that wait share one transaction, each in a savepoint: an exception of `run` goes to its own future and undoes only
        that job. Fails with StoreBusy (10,000 wait already) and, at once while the disk is full or sick, with StoreError(code).
        `run` gets a connection for its own use only; it must not commit, roll back, keep it, or wait for another job.
        """
        return self._writer.submit(self._records, run, urgent=urgent)

    def write_until_done(self, run: Callable[[Connection], T]) -> "Future[T]":
        """Like `write`, before ordinary jobs and in the order given, but kept in memory and tried again until it is written.

        `run` may be called more than once (each time on a fresh transaction). Only StoreBusy (10,000 wait already), the store's
        closing and an exception of `run` itself make it fail; giving up the future does not take the job back.
        """
        return self._writer.submit(self._records, run, kept=True)

    def write_journal(self, run: Callable[[Connection], T]) -> "Future[T]":
        """Like `write`, in journal.db."""
        return self._writer.submit(self._journal, run)

    def read(self, ask: Callable[[Connection], T], seconds: float = 2.0) -> T:
        """What `ask` finds in records.db, from one snapshot, read-only. StoreError(too_slow), StoreBusy. Blocks."""
        return self._readers[0].read(ask, seconds)

    def read_journal(self, ask: Callable[[Connection], T], seconds: float = 2.0) -> T:
        """What `ask` finds in journal.db."""
        return self._readers[1].read(ask, seconds)

    def close(self) -> None:
        """Write what waits and close both files. May be called again."""
        for reader in self._readers:
            reader.close()
        self.shelf.close()
        self._writer.close()

    def _told(self, recording: bool, detail: str) -> None:
        if self.on_trouble is not None:
            self.on_trouble(recording, detail)
