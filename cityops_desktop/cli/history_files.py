"""`history export|import`: the recorded past as files, and back into the files of a stopped station."""

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import IO, Annotated

import filelock
import typer
from sqlalchemy.exc import DBAPIError

from cityops_desktop.cli.app import Data
from cityops_desktop.cli.audit import From, To
from cityops_desktop.cli.history import group, place, zone_of
from cityops_desktop.cli.times import typed_ms
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.history import export as writing
from cityops_desktop.history.archive import Archive
from cityops_desktop.history.export import REAL, Form, Shape
from cityops_desktop.history.importing import Content, Outcome, Reading, take, taken
from cityops_desktop.history.recorded import Recorded
from cityops_desktop.model.calendarmonths import end_of
from cityops_desktop.model.envelope import Strip
from cityops_desktop.room.findings import nearest
from cityops_desktop.store import changes
from cityops_desktop.store.backup import digest
from cityops_desktop.store.files import unusable
from cityops_desktop.store.store import RECORDS, Store
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import N_, tr

_TEXT = (Form.CSV, Form.JSONL)


@group.command(help=tr("Write samples of some points into a file: every one, sealed or not, with its quality."))
def export(
    point: Annotated[list[str], typer.Option("--point", help=tr("device.point; repeatable"))],
    data: Data = None,
    start: From = "",
    end: To = "",
    form: Annotated[Form, typer.Option("--format", help=tr("csv, jsonl, parquet or xlsx"))] = Form.CSV,
    out: Annotated[
        Path | None, typer.Option("--out", help=tr("the file to be written; it must not be there. Without it standard output"))
    ] = None,
) -> None:
    """Exit code 7 when there is no sample."""
    folder = place(data)
    zone = zone_of(folder)
    if out is None and form not in _TEXT:
        raise _usage(N_("this format needs a file"), N_("name it with --out FILE"))
    recorded = Recorded(folder, SystemClock())
    try:
        keys = list(dict.fromkeys(point))
        _refuse_unknown(keys, recorded.keys())
        newest = max((end_of(month) for month in recorded.shelf.months), default=0)
        last = typed_ms(end, zone)
        last = max(newest, SystemClock().wall() + 1) - 1 if last is None else last - 1
        parts = recorded.samples(keys, typed_ms(start, zone) or 0, last)
        shape = Shape(len(keys) > 1, origin_of(folder), zone)
        count = _write(form, out, parts, shape)
    except DBAPIError as error:
        raise unusable(folder, error) from error
    finally:
        recorded.close()
    if shape.origin != REAL:
        typer.echo(f"【{tr('DEMO')}】" + tr("these are no data of a real room: each row says so"), err=True)
    if not count:
        do = N_("“history stats” says since when each point is recorded")
        raise OperatorError(Problem(N_("no sample of this time is recorded"), do), Exit.NO_VALUE)


@group.command("import", help=tr("Take samples of a CSV that “history export” wrote into the files of a stopped station."))
def take_in(
    file: Annotated[Path, typer.Argument(help=tr("the CSV"))],
    data: Data = None,
    point: Annotated[str, typer.Option("--point", help=tr("whose samples they are, when the file does not say"))] = "",
    merge: Annotated[bool, typer.Option("--merge", help=tr("also into times that hold samples; these stay as they are"))] = False,
) -> None:
    """The change log says what was imported, by whom."""
    folder, clock = place(data), SystemClock()
    if not (folder / RECORDS).is_file():
        raise OperatorError(
            Problem(N_("there is no station's store here"), N_("name its data directory with --data"), where=str(folder)), Exit.STORE
        )
    with _stopped(folder):
        zone, origin = zone_of(folder), origin_of(folder)
        store = Store.open(folder, clock, origin)
        try:
            archive = Archive(store.shelf)
            known = {row.key: row for row in archive.points()}
            reading = Reading(file, point, known, origin, zone, clock)
            content = reading.check(archive.until)
            _refuse_taken(archive, content, merge, zone)
            _record(store, file, content, clock)
            done = take(reading, store.shelf, archive, known, clock)
        except StoreError as error:
            raise unusable(folder, error) from error
        finally:
            store.close()
    typer.echo(_done(done))


def origin_of(folder: Path) -> str:
    """Real data or a demo's."""
    try:
        return (folder / "origin").read_text(encoding="utf-8").strip() or REAL
    except OSError:
        return REAL


def _write(form: Form, out: Path | None, parts: Iterator[tuple[str, Strip]], shape: Shape) -> int:
    if out is None:
        try:
            return writing.write_text(form, sys.stdout, parts, shape)
        except BrokenPipeError as error:  # whoever reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(0) from error
    with _beside(out) as draft:
        if form not in _TEXT:
            return writing.write_file(form, draft, parts, shape)
        with draft.open("w", encoding="utf-8", newline="") as file:
            count = writing.write_text(form, file, parts, shape)
            _kept(file)
            return count


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file of the owner's only, written beside and renamed when it is whole."""
    draft = path.with_name(f"{path.name}.part")
    try:
        if path.exists():
            raise _usage(N_("{file} is there already"), N_("choose another name"), file=str(path))
        draft.unlink(missing_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        yield draft
        draft.rename(path)
    except OSError as error:
        what, do = N_("the file cannot be written: {error}"), N_("free space there, or choose another place")
        raise OperatorError(Problem(what, do, str(path), {"error": error.strerror or str(error)}), Exit.STORE) from error
    finally:
        draft.unlink(missing_ok=True)


def _kept(file: IO[str]) -> None:
    file.flush()
    os.fsync(file.fileno())


@contextmanager
def _stopped(folder: Path) -> Iterator[None]:
    lock = filelock.FileLock(folder / "station.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        do = N_("stop it, import, start it again")
        raise OperatorError(Problem(N_("the station is running"), do, where=str(folder)), Exit.IN_USE) from error
    except OSError as error:
        raise unusable(folder / "station.lock", error) from error
    try:
        yield
    finally:
        lock.release()


def _refuse_unknown(keys: list[str], known: list[str]) -> None:
    for key in keys:
        if key not in known:
            near = nearest(key, known)
            do = N_("did you mean “{near}”?") if near is not None else N_("names of points: “history stats”")
            raise _usage(N_("no point {point} is recorded here"), do, point=key, near=near)


def _refuse_taken(archive: Archive, content: Content, merge: bool, zone: tzinfo) -> None:
    if merge:
        return
    found = taken(archive, content)
    if found is not None:
        key, first, last = found
        since, until = (datetime.fromtimestamp(ms / 1000, zone).isoformat(timespec="seconds") for ms in (first, last))
        what, do = (
            N_("{point} has samples from {since} to {until} already"),
            N_("with --merge what is there stays, and what is missing is added"),
        )
        raise _usage(what, do, point=key, since=since, until=until)


def _record(store: Store, file: Path, content: Content, clock: SystemClock) -> None:
    """Before the first sample is kept."""
    body = {"file": file.name, "sha256": digest(file), "samples": content.rows, "user": getpass.getuser()}
    body["points"] = dict(sorted(content.points.items())[:100])
    time = clock.wall()
    store.write(
        lambda conn: changes.append(conn, kind="recording.imported", subject="station", actor="station", time=time, body=body)
    ).result()


def _done(done: Outcome) -> str:
    return tr("{kept} samples were taken in; {there} were there already", kept=done.kept, there=done.there)


def _usage(what: str, do: str, **params: object) -> OperatorError:
    return OperatorError(Problem(what, do, params=params), Exit.USAGE)
