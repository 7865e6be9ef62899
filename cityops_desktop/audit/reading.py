"""Opening records.db for verification: read-only, one snapshot, beside a running station or on a copy. Knows no row."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from pysqlite3 import dbapi2

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.store import schema
from cityops_desktop.store.files import side_files, unusable
from cityops_desktop.store.sqlite import BUSY_MS, require_sound_sqlite
from cityops_desktop.store.store import RECORDS
from cityops_desktop.texts import N_

DAMAGE = (dbapi2.DatabaseError, UnicodeDecodeError)
"""What reading a damaged file raises; the second when SQLite's own message quotes text of the file that is no text any more."""


@contextmanager
def snapshot(data: Path) -> Iterator[Any]:
    """A raw connection to the records of a data directory (or to a records.db) within one read transaction. OperatorError.

    Text that is no UTF-8 any more comes as surrogates, so that a damaged row can be named and does not end the reading.
    """
    require_sound_sqlite()
    path = data / RECORDS if data.is_dir() else data
    _refuse_foreign(path)
    mode = "ro" if os.access(path.parent, os.W_OK) or _has_log(path) else "ro&immutable=1"
    try:
        with closing(
            dbapi2.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True, timeout=BUSY_MS / 1000, isolation_level=None)
        ) as conn:
            conn.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
            conn.execute("PRAGMA query_only=ON")
            conn.execute("BEGIN")
            _refuse_other(path, conn)
            yield conn
    except DAMAGE as error:
        raise unusable(path, error) from error


def _has_log(path: Path) -> bool:
    log = side_files(path)[0]
    return log.exists() and log.stat().st_size > 0


def _refuse_foreign(path: Path) -> None:
    """Only the owner reads it: SQLite leaves files beside it that would be somebody else's and lock the station out."""
    try:
        owner = path.stat().st_uid
    except OSError as error:
        raise unusable(path, error) from error
    if os.name == "posix" and owner != os.geteuid():
        raise OperatorError(
            Problem(what=N_("this file belongs to another user"), do=N_("run this as the user of the station"), where=str(path)), Exit.STORE
        )


def _refuse_other(path: Path, conn: Any) -> None:
    found = conn.execute("PRAGMA application_id").fetchone()[0]
    form = conn.execute("PRAGMA user_version").fetchone()[0]
    if found == schema.RECORDS_ID and form == schema.SCHEMA:
        return
    what = N_("this is no records.db of this version (form {form}; this program knows {known})")
    do = N_("start the station once with this version, which brings the file up to date, or use the version that wrote it")
    raise OperatorError(Problem(what=what, do=do, where=str(path), params={"form": form, "known": schema.SCHEMA}), Exit.STORE)
