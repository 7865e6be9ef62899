"""Reading beside the writer: a few read-only connections a file, each question bounded in time. Never used by the event loop."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from cityops_desktop.clock import Clock
from cityops_desktop.store.sqlite import reading_engine
from cityops_desktop.store.trouble import StoreBusy, StoreCode, StoreError, code_of

T = TypeVar("T")
CONNECTIONS = 4
_STEPS = 1000


class Reader:
    """Answers questions from one file."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._engine = reading_engine(path, CONNECTIONS)
        self._clock = clock
        self._closed = False

    def read(self, ask: Callable[[Connection], T], seconds: float) -> T:
        """What `ask` returns (values, not open results), from one snapshot. StoreError(too_slow) past `seconds`; StoreBusy; StoreError."""
        if self._closed:
            raise StoreError(StoreCode.CLOSED)
        end = self._clock.monotonic() + seconds
        try:
            with self._engine.connect() as connection, connection.begin():
                raw: Any = connection.connection.dbapi_connection
                raw.set_progress_handler(lambda: self._clock.monotonic() > end, _STEPS)
                try:
                    return ask(connection)
                finally:
                    raw.set_progress_handler(None, 0)
        except PoolTimeout as error:
            raise StoreBusy("every read connection is in use") from error
        except (DBAPIError, dbapi2.Error) as error:
            cause = getattr(error, "orig", None) or error
            if getattr(cause, "sqlite_errorcode", 0) & 0xFF == dbapi2.SQLITE_INTERRUPT:
                raise StoreError(StoreCode.TOO_SLOW, f"more than {seconds} s") from error
            code = code_of(error)
            if code is None:
                raise
            raise StoreError(code, str(cause)) from error

    def close(self) -> None:
        """Close the connections that nobody uses; the others close when they come back."""
        self._closed = True
        self._engine.dispose()
