"""The files themselves: making them whole or not at all, looking whether they are sound, moving a damaged one aside. Reads no record."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.store.sqlite import reading_engine, writing_engine
from cityops_desktop.store.trouble import StoreCode, code_of
from cityops_desktop.texts import N_

PRIVATE = 0o600
_STEPS = 20_000


class Damaged(Exception):
    """The file is not what it should be; the text says what was found."""


def create(path: Path, page_size: int, fill: Callable[[Connection], None]) -> None:
    """Make a new file: filled beside its place, then moved there, so that a half-made one never carries the name."""
    draft = path.with_name(f"{path.name}.new")
    for leftover in (draft, *side_files(draft)):
        leftover.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
    engine = writing_engine(draft)
    try:
        with engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute(f"PRAGMA page_size={page_size}")
            raw.execute("PRAGMA journal_mode=WAL")
            with connection.begin():
                fill(connection)
    finally:
        engine.dispose()
    draft.replace(path)
    sync_folder(path.parent)


def inspect(path: Path, application_id: int, seconds: float, clock: Clock) -> int:
    """Look at a file's header and, for at most `seconds`, at its pages and foreign keys; return its user_version.

    Damaged when it is not sound or not this program's file. A check that runs out of time found nothing wrong so far.
    """
    if not path.is_file():
        raise OSError(errno.EINVAL, "not a file")
    if path.stat().st_size < 512:
        raise Damaged(f"only {path.stat().st_size} bytes long")
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as connection:
            found = int(connection.exec_driver_sql("PRAGMA application_id").scalar_one())
            if found != application_id:
                raise Damaged(f"not a file of this program (application_id {found:#x})")
            version = int(connection.exec_driver_sql("PRAGMA user_version").scalar_one())
            _check_pages(connection, seconds, clock)
            return version
    except DBAPIError as error:
        if code_of(error) is not StoreCode.DAMAGED:
            raise
        raise Damaged(str(error.orig)) from error
    finally:
        engine.dispose()


def _check_pages(connection: Connection, seconds: float, clock: Clock) -> None:
    raw = connection.connection.dbapi_connection
    assert raw is not None
    end = clock.monotonic() + seconds
    raw.set_progress_handler(lambda: clock.monotonic() > end, _STEPS)
    try:
        answers = [row[0] for row in connection.exec_driver_sql("PRAGMA quick_check(3)")]
        if answers != ["ok"]:
            raise Damaged("; ".join(str(answer) for answer in answers))
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if orphans is not None:
            raise Damaged(f"a row of {orphans[0]} refers to nothing")
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != dbapi2.SQLITE_INTERRUPT:
            raise
    finally:
        raw.set_progress_handler(None, 0)


def copy_sound(connection: Connection, target: Path) -> None:
    """Copy the open database to `target`, check the copy, and only then give it its name."""
    draft = target.with_name(f"{target.name}.part")
    draft.unlink(missing_ok=True)
    os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))
    copy = dbapi2.connect(str(draft), isolation_level=None)
    try:
        source = connection.connection.dbapi_connection
        assert source is not None
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
        answer = copy.execute("PRAGMA integrity_check(1)").fetchone()[0]
    finally:
        copy.close()
    if answer != "ok":
        raise Damaged(f"the copy {target.name} is not sound: {answer}")
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(target)
    sync_folder(target.parent)


def write_new(path: Path, content: bytes) -> None:
    """Write a file that only this user may read, durably; what lay there before is not written to. OSError."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def move_aside(path: Path, wall_ms: int) -> Path:
    """Rename a damaged file and what belongs to it; returns the new name."""
    target = path.with_name(f"{path.name}.damaged-{wall_ms}")
    for side in side_files(path):
        if side.exists():
            side.replace(target.with_name(target.name + side.name.removeprefix(path.name)))
    path.replace(target)
    sync_folder(path.parent)
    return target


def side_files(path: Path) -> tuple[Path, Path]:
    """SQLite's own companions of a file: write-ahead log and shared memory."""
    return path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def keep_private(path: Path) -> None:
    """Only the station's own user may read it (the directory's mode does the same where modes do not exist)."""
    if os.name == "posix":
        for file in (path, *side_files(path)):
            if file.exists():
                file.chmod(PRIVATE)


def sync_folder(folder: Path) -> None:
    """Make a rename survive a power cut; other systems than POSIX do it by themselves."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def unusable(path: Path, error: Exception) -> OperatorError:
    """The file cannot be opened or made, for a reason that lies outside of it."""
    cause = getattr(error, "orig", error)
    text = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    return OperatorError(
        Problem(
            what=N_("the file cannot be used: {error}"),
            do=N_("free disk space, let this user read and write the file, and see that no other program has it open"),
            where=str(path),
            params={"error": text},
        ),
        Exit.STORE,
    )


def too_new(path: Path, found: int, known: int) -> OperatorError:
    """The file was written by a newer version of the program."""
    return OperatorError(
        Problem(
            what=N_("the file was written by a newer version of the program (form {found}; this one knows {known})"),
            do=N_("update the program, or start it with the data directory of its own version"),
            where=str(path),
            params={"found": found, "known": known},
        ),
        Exit.STORE,
    )
