"""How this program opens SQLite: which version, which settings, which transactions. Knows no table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pysqlite3 import dbapi2
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection
from sqlalchemy.pool import NullPool, QueuePool

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.texts import N_

FIRST_SOUND = (3, 51, 3)
BACKPORTS = {(3, 50): 7, (3, 44): 6}
"""SQLite before 3.51.3 can corrupt a WAL file on a checkpoint race (sqlite.org/wal.html, WAL-reset bug); these lines have the cure too."""
BUSY_MS = 5000
REAL = "real"
T = TypeVar("T")
WAL_LIMIT = 16 * 1024 * 1024


def require_sound_sqlite(version: str = dbapi2.sqlite_version) -> None:
    """OperatorError unless this SQLite has the WAL-reset fix."""
    number = tuple(int(part) for part in version.split("."))
    backport = BACKPORTS.get((number[0], number[1]))
    if number < FIRST_SOUND and (backport is None or number[2] < backport):
        raise OperatorError(
            Problem(
                what=N_("SQLite {version} can damage its files in the mode used here; 3.51.3 or newer is needed"),
                do=N_("install the locked dependencies again (requirements.lock brings pysqlite3 with a sound SQLite)"),
                where=str(Path(dbapi2.__file__).parent),
                params={"version": version},
            ),
            Exit.STORE,
        )


def writing_engine(path: Path, origin: str = REAL) -> Engine:
    """An engine whose transactions are BEGIN IMMEDIATE, durable at COMMIT. The file must exist: it is never made here.

    What is written through it says where it comes from: a real room, or a demo.
    """
    engine = _engine(path, "rw", poolclass=NullPool).execution_options(origin=origin)
    event.listen(engine, "begin", _begin_immediate)
    return engine


def origin_of(connection: Connection) -> str:
    """Where the rows come from that are written through this connection: "real" or "demo"."""
    return str(connection.get_execution_options()["origin"])


def reading_engine(path: Path, connections: int) -> Engine:
    """An engine with a few read-only connections; a transaction is one snapshot."""
    engine = _engine(path, "ro", poolclass=QueuePool, pool_size=connections, max_overflow=0, pool_timeout=2.0)
    event.listen(engine, "begin", _begin)
    return engine


def ask(path: Path, question: Callable[[Connection], T]) -> T:
    """The answer of one file, from one snapshot, however long it takes."""
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as conn, conn.begin():
            return question(conn)
    finally:
        engine.dispose()


def _engine(path: Path, mode: str, **options: Any) -> Engine:
    address = f"{path.absolute().as_uri()}?mode={mode}"

    settings = ["foreign_keys=ON", "synchronous=FULL", "query_only=ON" if mode == "ro" else f"journal_size_limit={WAL_LIMIT}"]

    def connect() -> Any:
        connection = dbapi2.connect(address, uri=True, timeout=BUSY_MS / 1000, isolation_level=None, check_same_thread=False)
        try:
            for setting in settings:
                connection.execute(f"PRAGMA {setting}")
        except dbapi2.Error:
            connection.close()
            raise
        return connection

    hide = {"hide_parameters": True}  # an error's text goes into the log, and what is written may be a secret
    return create_engine("sqlite+pysqlite://", module=dbapi2, creator=connect, **hide, **options)


def _begin_immediate(connection: Connection) -> None:
    raw: Any = connection.connection.dbapi_connection
    raw.execute("BEGIN IMMEDIATE")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")
