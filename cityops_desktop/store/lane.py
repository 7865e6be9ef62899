"""One file as the writer thread sees it: the jobs that wait for it, its connection, and whether it can be written. Starts no thread."""

import logging
import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from cityops_desktop.store.sqlite import writing_engine
from cityops_desktop.store.trouble import StoreCode, StoreError, code_of

logger = logging.getLogger(__name__)

PROBE_BYTES = 256 * 1024
"""What the probe writes: room for some seconds of records, so that a disk that is full to the brim is not taken for a free one."""
DATABASE_ERRORS = (SQLAlchemyError, dbapi2.Error)


@dataclass(eq=False, slots=True)
class Job:
    """A piece of a transaction and who waits for it. `kept` = tried again until it is written."""

    run: Callable[[Connection], Any]
    kept: bool = False
    future: "Future[Any]" = field(default_factory=Future)
    started: bool = False

    def start(self) -> bool:
        """False when its caller has given it up; from here on it cannot be given up any more."""
        self.started = self.started or self.future.set_running_or_notify_cancel()
        return self.started


class Trouble(Exception):
    """The file cannot be written: not the fault of the job that met it."""

    def __init__(self, code: StoreCode, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


class Lane:
    """The jobs of one file. The writer thread alone calls `open`, `commit`, `probe` and `shut`."""

    def __init__(self, path: Path, origin: str) -> None:
        self.path = path
        self.jobs: deque[Job] = deque()
        self.urgent: deque[Job] = deque()
        self.trouble: Trouble | None = None
        self.next_probe = 0.0
        self._engine = writing_engine(path, origin)
        self._connection: Connection | None = None
        self._identity: tuple[int, int] | None = None

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self.jobs) + len(self.urgent)

    def take(self, most: int) -> list[Job]:
        """The next jobs for one transaction, urgent ones first."""
        batch: list[Job] = []
        for queue in (self.urgent, self.jobs):
            while queue and len(batch) < most:
                job = queue.popleft()
                if job.start():
                    batch.append(job)
        return batch

    def take_kept(self, failed: list[Job]) -> list[Job]:
        """After trouble: put the kept jobs of a failed transaction back in their order, and return the others with all that wait."""
        lost = [job for job in (*failed, *self.urgent, *self.jobs) if not job.kept and job.start()]
        self.urgent = deque(job for job in (*failed, *self.urgent) if job.kept)
        self.jobs.clear()
        return lost

    def open(self) -> None:
        """Open the connection, in WAL mode. StoreError when that cannot be."""
        try:
            self._connection = self._engine.connect()
            mode = self._raw().execute("PRAGMA journal_mode=WAL").fetchone()[0]
        except DATABASE_ERRORS as error:
            self.shut()
            raise StoreError(code_of(error) or StoreCode.CANNOT_OPEN, _text(error)) from error
        if mode != "wal":
            self.shut()
            raise StoreError(StoreCode.CANNOT_OPEN, f"the file system cannot keep a write-ahead log (journal mode {mode})")
        self._identity = _identity(self.path)

    def commit(self, jobs: list[Job]) -> list[tuple[Job, Any, BaseException | None]]:
        """Do the jobs in one durable transaction, each in a savepoint of its own. Trouble = nothing of it was written.

        Returns each job with its result, or with the exception that its caller shall get.
        """
        connection = self._connection
        if connection is None:
            raise Trouble(StoreCode.CANNOT_OPEN, "not open")
        if _identity(self.path) != self._identity:
            raise Trouble(StoreCode.FILE_GONE, f"{self.path.name} was removed or replaced")
        try:
            if len(jobs) == 1:
                return [_alone(connection, jobs[0])]
            with connection.begin():
                return [_attempt(connection, job) for job in jobs]
        except DATABASE_ERRORS as error:
            raise Trouble(code_of(error) or StoreCode.IO_ERROR, _text(error)) from error

    def probe(self) -> bool:
        """Is writing possible (again)? Writes, durably, a row that means nothing.

        After any trouble but a full disk the file is opened anew; a file that was removed must come back itself.
        """
        code = self.trouble.code if self.trouble is not None else None
        if self._connection is None or code not in (StoreCode.DISK_FULL, StoreCode.FILE_GONE):
            self.shut()
            try:
                self.open()
            except StoreError as error:
                logger.info("%s still cannot be opened: %s", self.path.name, error)
                return False
        try:
            for statement in ("INSERT OR REPLACE INTO probe VALUES (0, zeroblob(?))", "DELETE FROM probe WHERE id = 0 AND ? > 0"):
                self.commit([Job(lambda c, s=statement: c.exec_driver_sql(s, (PROBE_BYTES,)))])  # type: ignore[misc]
        except Trouble as trouble:
            logger.info("%s still cannot be written: %s", self.path.name, trouble)
            return False
        return True

    def shut(self) -> None:
        """Move the write-ahead log into the file, as far as no reader needs it, and close the connection. Never raises."""
        if self._connection is not None:
            try:
                # by itself SQLite does it only when nobody else, not even a reader, has the file open
                for statement in ("busy_timeout=0", "wal_checkpoint(PASSIVE)", "wal_checkpoint(TRUNCATE)"):
                    self._raw().execute(f"PRAGMA {statement}").fetchall()
                self._connection.close()
            except DATABASE_ERRORS as error:
                logger.info("%s could not be closed in order: %s", self.path.name, error)
                self._connection.invalidate()
            self._connection = None
        self._engine.dispose()

    def _raw(self) -> Any:
        assert self._connection is not None
        return self._connection.connection.dbapi_connection


def _attempt(connection: Connection, job: Job) -> tuple[Job, Any, BaseException | None]:
    connection.exec_driver_sql("SAVEPOINT job")
    try:
        result = job.run(connection)
    except BaseException as error:  # goes back to whoever gave the job; nothing that a job does may end the writer
        if isinstance(error, DATABASE_ERRORS) and code_of(error) is not None:
            raise
        connection.exec_driver_sql("ROLLBACK TO job")
        connection.exec_driver_sql("RELEASE job")
        return job, None, error
    connection.exec_driver_sql("RELEASE job")
    return job, result, None


def _alone(connection: Connection, job: Job) -> tuple[Job, Any, BaseException | None]:
    """One job needs no savepoint: the transaction is its own. Each second a frame of the journal is such a one."""
    transaction = connection.begin()
    try:
        result = job.run(connection)
    except BaseException as error:  # see _attempt
        transaction.rollback()
        if isinstance(error, DATABASE_ERRORS) and code_of(error) is not None:
            raise
        return job, None, error
    if not connection.connection.dbapi_connection.in_transaction:  # type: ignore[union-attr]
        raise dbapi2.OperationalError("the job ended the transaction, which is not its own")
    transaction.commit()
    return job, result, None


def _identity(path: Path) -> tuple[int, int] | None:
    """Which file carries the name now; on Windows an open file keeps its name."""
    if os.name != "posix":
        return None
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


def _text(error: BaseException) -> str:
    return str(getattr(error, "orig", None) or error)
