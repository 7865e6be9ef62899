"""The months' files of the past, history-YYYYMM.db, of one data directory: which there are, made when needed, read, written, taken away.

A month is the number YYYYMM, of UTC. Samples that are past their time leave a month's file behind that holds its roll-ups only.
"""

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.clock import Clock
from cityops_desktop.store import files, months
from cityops_desktop.store.lane import Lane
from cityops_desktop.store.reader import Reader
from cityops_desktop.store.trouble import StoreCode, StoreError, code_of
from cityops_desktop.store.writer import Writer

logger = logging.getLogger(__name__)

T = TypeVar("T")
MOST_LANES = 2
"""Months that are held open for writing: the running one and, for late samples, one more."""
NAME = re.compile(r"history-((?:19[7-9][0-9]|[2-8][0-9]{3})(?:0[1-9]|1[0-2]))\.db\Z")
"""Only what is a month: whatever else lies there with a like name is nobody's here."""


def path_of(data: Path, month: int) -> Path:
    """The file of a month."""
    return data / f"history-{month:06}.db"


def found(data: Path) -> list[int]:
    """The months that have a file in this directory, in order."""
    names = (NAME.match(path.name) for path in data.iterdir() if path.is_file())
    return sorted(int(match[1]) for match in names if match is not None)


class ReadShelf:
    """Reads the months' files, beside a station that runs or not. Thread-safe; `read` blocks: never called on the station's loop."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._data = data
        self._clock = clock
        self._lock = threading.Lock()
        self._readers: dict[int, Reader] = {}
        self._months = found(data)

    @property
    def months(self) -> tuple[int, ...]:
        """The months that have a file, in order."""
        return tuple(self._months)

    def path(self, month: int) -> Path:
        """The file of a month."""
        return path_of(self._data, month)

    def read(self, month: int, ask: Callable[[Connection], T], seconds: float = 2.0) -> T:
        """What `ask` finds in this month's file, from one snapshot. StoreError; a month without a file is StoreError(file_gone)."""
        with self._lock:
            if month not in self._months:
                raise StoreError(StoreCode.FILE_GONE, self.path(month).name)
            reader = self._readers.get(month)
            if reader is None:
                reader = self._readers[month] = Reader(self.path(month), self._clock)
        try:
            return reader.read(ask, seconds)
        except (DBAPIError, dbapi2.Error) as error:  # a file of another program, or a flipped bit in its schema: our questions are sound
            raise StoreError(StoreCode.DAMAGED, f"{self.path(month).name}: {getattr(error, 'orig', None) or error}") from error

    def refresh(self) -> None:
        """Look again which files there are."""
        with self._lock:
            self._months = found(self._data)

    def close(self) -> None:
        """Close what is read."""
        with self._lock:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()


class Shelf(ReadShelf):
    """The one of the station, which writes as well. `close` leaves to the writer what is written."""

    def __init__(self, data: Path, clock: Clock, origin: str, writer: Writer) -> None:
        super().__init__(data, clock)
        self._origin = origin
        self._writer = writer
        self._lanes: OrderedDict[int, Lane] = OrderedDict()
        self.on_damaged: Callable[[str, str], None] | None = None
        """Called with the file's name and the name under which it was moved aside."""

    def write(self, month: int, run: Callable[[Connection], T]) -> "Future[T]":
        """Do `run` in a transaction of this month's file, which is made when it is not there. StoreError when it cannot be opened."""
        return self._writer.submit(self._lane(month)[0], run)

    def ready(self, month: int) -> bool:
        """Open this month's file for writing, so that what is read of it next is what is written to. True: it was made new, because there
        was none or a damaged one, which was moved aside. StoreError."""
        return self._lane(month)[1]

    def close_month(self, month: int) -> None:
        """Let go of a month's file, so that it can be moved or deleted."""
        with self._lock:
            lane, reader = self._lanes.pop(month, None), self._readers.pop(month, None)
        if reader is not None:
            reader.close()
        if lane is not None:
            self._writer.drop(lane)

    def swap(self, month: int, run: Callable[[], None]) -> bool:
        """Do `run`, which deletes or replaces this month's file, while nobody here has it open. False: it is being written."""
        self.close_month(month)
        with self._lock:
            if month in self._lanes:
                return False
            reader = self._readers.pop(month, None)
            if reader is not None:
                reader.close()
            run()
            self._months = found(self._data)
            return True

    def _lane(self, month: int) -> tuple[Lane, bool]:
        """The month's file as it is written, and whether it was made new for that."""
        made = False
        with self._lock:
            lane = self._lanes.get(month)
            if lane is None:
                lane, made = self._opened(month)
                self._lanes[month] = lane
            self._lanes.move_to_end(month)
            retired = [self._lanes.popitem(last=False)[1] for _ in range(len(self._lanes) - MOST_LANES)]
        for old in retired:
            self._writer.drop(old)
        return lane, made

    def _opened(self, month: int) -> tuple[Lane, bool]:
        path = self.path(month)
        try:
            if path.exists():
                self._check(path)
            made = not path.exists()
            if made:
                reader = self._readers.pop(month, None)
                if reader is not None:  # of the file that was here before
                    reader.close()
                for leftover in files.side_files(path):
                    leftover.unlink(missing_ok=True)
                files.create(path, months.PAGE_SIZE, months.fill)
            files.keep_private(path)
        except (DBAPIError, dbapi2.Error, OSError) as error:
            raise StoreError(code_of(error) or StoreCode.CANNOT_OPEN, f"{path.name}: {error}") from error
        if month not in self._months:
            self._months = sorted((*self._months, month))
        lane = Lane(path, self._origin)
        self._writer.add(lane)
        return lane, made

    def _check(self, path: Path) -> None:
        """A damaged file is moved aside, so that the past goes on; one of a newer version of the program is left as it is. StoreError."""
        try:
            version = files.inspect(path, months.MONTH_ID, 0.0, self._clock)
        except files.Damaged as error:
            moved = files.move_aside(path, self._clock.wall())
            logger.warning("%s is damaged (%s) and was moved aside to %s; a new one is begun", path.name, error, moved.name)
            if self.on_damaged is not None:
                self.on_damaged(path.name, moved.name)
            return
        if version > months.MONTH_SCHEMA:
            raise StoreError(StoreCode.CANNOT_OPEN, f"{path.name} was written by a newer version of the program")
