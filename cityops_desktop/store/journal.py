"""journal.db at start: made, checked; a damaged one is moved aside and a new one begun, for it holds two hours only."""

from pathlib import Path

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.clock import Clock
from cityops_desktop.store import files, frames

CHECK_SECONDS = 1.0


def prepare(path: Path, clock: Clock) -> Path | None:
    """Leave a sound journal.db at `path`; the new name of a damaged one that was moved aside. OperatorError when that cannot be."""
    moved = None
    try:
        if path.exists():
            try:
                version = files.inspect(path, frames.JOURNAL_ID, CHECK_SECONDS, clock)
            except files.Damaged:
                moved = files.move_aside(path, clock.wall())
            else:
                if version > frames.JOURNAL_SCHEMA:
                    raise files.too_new(path, version, frames.JOURNAL_SCHEMA)
        if not path.exists():
            for leftover in files.side_files(path):
                leftover.unlink(missing_ok=True)
            files.create(path, frames.PAGE_SIZE, _fill)
        files.keep_private(path)
    except (DBAPIError, dbapi2.Error, OSError) as error:
        raise files.unusable(path, error) from error
    return moved


def _fill(connection: Connection) -> None:
    for statement in frames.TABLES:
        connection.exec_driver_sql(statement)
    connection.exec_driver_sql(f"PRAGMA application_id={frames.JOURNAL_ID}")
    connection.exec_driver_sql(f"PRAGMA user_version={frames.JOURNAL_SCHEMA}")
