"""The store's files: do they open, are they whole, how new is the newest? Reads beside a running station and never writes."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from pysqlite3 import dbapi2
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.clock import Clock
from cityops_desktop.doctor.finding import Finding, State
from cityops_desktop.store import files, frames, schema
from cityops_desktop.store.reader import Reader
from cityops_desktop.store.store import JOURNAL, RECORDS
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_

AREA = "store"
CHECK_SECONDS = 3.0
READ_SECONDS = 2.0
SILENT_MS = 60_000
"""A station writes one frame a second; a minute without one is no hesitation any more."""


def _newest_change(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT coalesce(max(time), 0) FROM change").scalar_one())


def look(data: Path, clock: Clock, *, since: int | None) -> Iterator[Finding]:
    """Both files; `since` is when the station that writes them now began to listen (UTC ms), None when none runs."""
    for name, number, form, ask in (
        (RECORDS, schema.RECORDS_ID, schema.SCHEMA, _newest_change),
        (JOURNAL, frames.JOURNAL_ID, frames.JOURNAL_SCHEMA, frames.newest),
    ):
        if not (data / name).exists():
            what = N_("{file} is not there: no station has written to this directory")
            yield Finding(AREA, State.UNKNOWN if since is None else State.WRONG, what, params={"file": name})
            continue
        finding = _whole(data / name, number, form, clock)
        yield finding
        if finding.state is State.FINE:
            yield _newest(data / name, ask, clock, since if name == JOURNAL else None)


def _whole(path: Path, number: int, form: int, clock: Clock) -> Finding:
    params: dict[str, object] = {"file": path.name, "known": form}
    try:
        version = files.inspect(path, number, CHECK_SECONDS, clock)
    except files.Damaged as error:
        do = N_("the station moves a damaged journal aside by itself; in place of {file} put a backup, as its message says")
        return Finding(AREA, State.WRONG, N_("{file} is damaged: {found}"), do, {**params, "found": str(error)})
    except (DBAPIError, dbapi2.Error, OSError) as error:
        cause = getattr(error, "orig", None) or error
        do = N_("run this as the user of the station; see that no other program has the file open")
        return Finding(AREA, State.WRONG, N_("{file} cannot be read: {found}"), do, {**params, "found": str(cause)})
    params["version"] = version
    if version > form:
        what = N_("{file} was written by a newer version of the program (form {version}; this one knows {known})")
        return Finding(AREA, State.WRONG, what, N_("update the program"), params)
    if version < form:
        what = N_("{file} is whole, of the older form {version}; the next start of the station brings it to {known}")
        return Finding(AREA, State.FINE, what, params=params)
    return Finding(AREA, State.FINE, N_("{file} is whole (form {version})"), params=params)


def _newest(path: Path, ask: Callable[[Connection], int], clock: Clock, since: int | None) -> Finding:
    reader = Reader(path, clock)
    try:
        newest = reader.read(ask, READ_SECONDS)
    except StoreError as error:
        what = N_("the newest entry of {file} cannot be read: {found}")
        return Finding(AREA, State.UNKNOWN, what, params={"file": path.name, "found": str(error)})
    finally:
        reader.close()
    moment = datetime.fromtimestamp(newest / 1000, UTC).isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z")
    params = {"file": path.name, "time": moment if newest else "-"}
    if since is not None and clock.wall() - max(newest, since) > SILENT_MS:
        what = N_("the station runs, but the newest entry of {file} is of {time}")
        return Finding(AREA, State.WRONG, what, N_("see its alarms and logs/station.log: is the disk full or sick?"), params)
    if not newest:
        return Finding(AREA, State.FINE, N_("{file} has no entry yet"), params=params)
    if newest - clock.wall() > SILENT_MS:
        what = N_("the newest entry of {file} lies in the future ({time})")
        return Finding(AREA, State.WRONG, what, N_("set the machine's clock; has it been wrong before?"), params)
    return Finding(AREA, State.FINE, N_("newest entry of {file}: {time}"), params=params)
