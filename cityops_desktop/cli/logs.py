"""`logs`: collected lines: look for them, write them into files, take lines of a file in, archive a month with its hash, verify.

`logs-run` (hidden) is the intake that the station starts.
"""

import asyncio
import gzip
import hashlib
import itertools
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, BinaryIO

import typer
from pysqlite3 import dbapi2
from sqlalchemy.exc import DBAPIError

from cityops_desktop.cli.app import Data, Json, app, parts
from cityops_desktop.cli.audit import From, To
from cityops_desktop.cli.person import CodeStdin, PasswordStdin, logged_in, password_of
from cityops_desktop.cli.read import iso
from cityops_desktop.cli.times import typed_ms
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.logs import shelf
from cityops_desktop.logs.shelf import Found, LogQuery, LogWriter
from cityops_desktop.logs.syslog import LONGEST, one_row, parse, seen
from cityops_desktop.model.calendarmonths import LATEST, end_of
from cityops_desktop.model.loglines import Channel, LogLine, Severity
from cityops_desktop.paths import default_data
from cityops_desktop.store import files
from cityops_desktop.texts import N_, tr

group = typer.Typer(help=tr("Collected logs of other machines."), no_args_is_help=True)
app.add_typer(group, name="logs")
AT_ONCE = 5000
ArchivedBy = Annotated[str, typer.Option("--as", help=tr("login name of the person who does this"))]
Month = Annotated[int, typer.Option("--month", help=tr("the month, YYYYMM (UTC)"))]


@app.command("logs-run", hidden=True, help=tr("Takes lines in; started by the station."))
def logs_run() -> None:
    """Speaks JSON lines to the station on standard output and stops when its standard input is closed."""
    from cityops_desktop.logs.intake import serve

    raise typer.Exit(asyncio.run(serve(parts.load_trap_reader())))


@group.command(help=tr("The newest lines that hold all of these words."))
def search(
    words: Annotated[list[str] | None, typer.Argument(help=tr("words, Chinese or not"))] = None,
    data: Data = None,
    source: Annotated[str, typer.Option("--source", help=tr("only of this address or host"))] = "",
    severity: Annotated[int | None, typer.Option("--severity", min=0, max=7, help=tr("as grave at least: 0 emergency to 7 debug"))] = None,
    as_json: Json = False,
) -> None:
    """Exit code 7 when nothing is found."""
    grave = None if severity is None else Severity(severity)
    wanted = LogQuery(0, 2**52, grave, None, source, " ".join(words or ()))
    answer: shelf.Answer = _asked(lambda: shelf.search(_folder(data), wanted))
    for one in reversed(answer.rows):
        typer.echo(json.dumps(_told(one), ensure_ascii=False) if as_json else _sentence(one.line))
    for month in answer.broken:
        typer.echo(tr("{file} cannot be read and was left out", file=shelf.path_of(Path(), month).name), err=True)
    if answer.cut:
        typer.echo(tr("The search took too long and has not seen all lines: name other words."), err=True)
    elif answer.more and not as_json:
        typer.echo(tr("There are more: name more words, or `logs export` all."), err=True)
    raise typer.Exit(int(Exit.OK if answer.rows else Exit.NO_VALUE))


@group.command(help=tr("Write all lines of a time into a file, one JSON object a line, oldest first."))
def export(
    data: Data = None,
    start: From = "",
    end: To = "",
    out: Annotated[
        Path | None, typer.Option("--out", help=tr("the file to be written; it must not be there. Without it standard output"))
    ] = None,
) -> None:
    """The file is whole or not there. Exit code 7 when there is no line."""
    folder = _folder(data)
    first, last = typed_ms(start, None), typed_ms(end, None)
    found = shelf.every(folder, first or 0, LATEST if last is None else last - 1)
    lines = (json.dumps(_told(one), ensure_ascii=False) + "\n" for one in found)
    began = _asked(lambda: next(lines, None))
    if began is None:
        raise typer.Exit(int(Exit.NO_VALUE))
    if out is None:
        for line in itertools.chain([began], lines):
            sys.stdout.write(line)
        return
    _write_new(out, (line.encode("utf-8", "surrogatepass") for line in itertools.chain([began], lines)))


@group.command("import", help=tr("Take the lines of a file in, as they would have come over the network."))
def import_lines(
    file: Annotated[Path, typer.Argument(help=tr("a log file, one line after the other"))],
    source: Annotated[str, typer.Option("--source", help=tr("whose log it is: an address or a name"))],
    data: Data = None,
) -> None:
    """Lines that name their time with its zone are kept under it, others under now."""
    if not source.strip() or seen(one_row(source)) != source or len(source) > 255:
        raise OperatorError(Problem(N_("--source is a name of one to 255 signs"), N_("name the machine whose log it is")), Exit.USAGE)
    writer, taken = LogWriter(_folder(data)), 0
    try:
        with file.open("rb") as stream:
            for lines in _batches(stream, source):
                taken += _kept(writer, lines)
    except OSError as error:
        raise _unreadable(file, error) from error
    except dbapi2.Error as error:
        what, do = N_("after {n} lines the store failed: {error}"), N_("look at the disk; what is in already need not be taken in again")
        raise OperatorError(Problem(what, do, str(file), {"n": taken, "error": str(error)}), Exit.STORE) from error
    finally:
        writer.close()
    typer.echo(tr("{n} lines are taken in", n=taken))


def _kept(writer: LogWriter, lines: Sequence[LogLine]) -> int:
    done = 0
    while done < len(lines):
        done += writer.write(lines[done:])
    return done


@group.command(help=tr("Put a month away: all its lines as .jsonl.gz, and its SHA-256 in a file beside it."))
def archive(
    month: Month,
    folder: Annotated[Path, typer.Argument(help=tr("where to put it"))],
    name: ArchivedBy = "",
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    data: Data = None,
) -> None:
    """Verifies first: what was changed is not put away as if it were sound (exit code 9). With --as the running station records it."""
    held = _folder(data)
    password = password_of(name, password_stdin) if name else ""
    path = _month(held, month)
    _complain(path, _asked(lambda: shelf.verify(path)))
    target = folder / f"logs-{month:06}.jsonl.gz"
    check = target.with_name(f"{target.name}.sha256")
    for one in (target, check):
        _free(one)
    found = shelf.whole(path, month)
    digest = hashlib.sha256()

    def packed() -> Iterator[bytes]:
        while lines := [json.dumps(_told(one), ensure_ascii=False) + "\n" for one in itertools.islice(found, AT_ONCE)]:
            piece = gzip.compress("".join(lines).encode("utf-8", "surrogatepass"), mtime=0)
            digest.update(piece)
            yield piece

    with ExitStack() as stack:
        person = stack.enter_context(logged_in(data, name, password=password, code_stdin=code_stdin)) if name else None
        _write_new(target, packed())
        _write_new(check, iter([f"{digest.hexdigest()}  {target.name}\n".encode()]))
        typer.echo(tr("{file} is written. SHA-256: {hash}", file=target, hash=digest.hexdigest()))
        if person is not None:
            person.act("log.archived", month=month, sha256=digest.hexdigest())
            typer.echo(tr("recorded in the change log"))
    if end_of(month) > time.time_ns() // 1_000_000:
        typer.echo(tr("The month is not over: lines that come later are not in the file."), err=True)


@group.command(help=tr("Is every line as it was taken in? Names each stretch that is not."))
def verify(
    data: Data = None, month: Annotated[int | None, typer.Option("--month", help=tr("only this month (YYYYMM, UTC)"))] = None
) -> None:
    """Exit code 9 when anything was changed, added or taken away."""
    folder = _folder(data)
    months = [month] if month is not None else shelf.found(folder)
    for one in months:
        path = _month(folder, one)
        _complain(path, _asked(lambda path=path: shelf.verify(path)))
        typer.echo(tr("{file}: as it was written", file=path.name))


def _complain(path: Path, wrong: list[str]) -> None:
    if wrong:
        for text in wrong:
            typer.echo(f"{path.name}: {text}", err=True)
        raise typer.Exit(int(Exit.WRONG))


def _batches(stream: BinaryIO, source: str) -> Iterator[list[LogLine]]:
    """At most `AT_ONCE` lines at a time; of a line that is too long the rest is let go, as over the network."""
    waiting: list[LogLine] = []
    while data := stream.readline(LONGEST + 1):
        whole = data.endswith(b"\n") or len(data) <= LONGEST
        while not whole:
            more = stream.readline(1 << 20)
            whole = not more or more.endswith(b"\n")
        if not data.strip():
            continue
        line = parse(data, time.time_ns() // 1_000_000, source, Channel.FILE)
        waiting.append(line if line.told is None else replace(line, time=line.told))
        if len(waiting) == AT_ONCE:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _folder(data: Path | None) -> Path:
    folder = data or default_data()
    if not folder.is_dir():
        raise OperatorError(Problem(N_("there is no data directory"), N_("name it with --data"), str(folder)), Exit.USAGE)
    return folder


def _month(folder: Path, month: int) -> Path:
    path = shelf.path_of(folder, month)
    if not path.exists():
        raise OperatorError(
            Problem(N_("nothing was collected in this month"), N_("`logs verify` names those that there are"), str(path)), Exit.NO_VALUE
        )
    return path


def _asked(ask: Any) -> Any:
    try:
        return ask()
    except (dbapi2.Error, DBAPIError, OSError) as error:
        raise OperatorError(
            Problem(
                N_("collected logs cannot be read: {error}"),
                N_("copy the file away and tell us; other months are not touched by it"),
                params={"error": str(getattr(error, "orig", None) or error)},
            ),
            Exit.STORE,
        ) from error


def _free(path: Path) -> None:
    if os.path.lexists(path):
        raise OperatorError(Problem(N_("the file is there already"), N_("name another one, or move it away"), str(path)), Exit.USAGE)


def _write_new(path: Path, pieces: Iterator[bytes]) -> None:
    """Whole and durable, or not at all; only its owner may read it. Never over a file that is there, or through a link."""
    _free(path)
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as stream:
            for piece in pieces:
                stream.write(piece)
            stream.flush()
            os.fsync(stream.fileno())
        os.link(draft, path)
    except FileExistsError as error:
        raise OperatorError(
            Problem(N_("the file is there already"), N_("name another one, or move it away"), str(path)), Exit.USAGE
        ) from error
    except OSError as error:
        raise _unreadable(path, error) from error
    finally:
        draft.unlink(missing_ok=True)
    files.sync_folder(path.parent)


def _unreadable(path: Path, error: OSError) -> OperatorError:
    what = N_("the file cannot be used: {error}")
    return OperatorError(
        Problem(what, N_("look whether it is there, may be read, and the disk has room"), str(path), {"error": str(error)}), Exit.STORE
    )


def _told(one: Found) -> dict[str, object]:
    line = one.line
    return {
        "time": iso(line.time),
        "told": None if line.told is None else iso(line.told),
        "source": line.source,
        "channel": str(line.channel),
        "facility": line.facility,
        "severity": int(line.severity),
        "group": str(line.cls),
        "host": line.host,
        "app": line.app,
        "text": line.text,
    }


def _sentence(line: LogLine) -> str:
    host = "" if line.host in ("", line.source) else f" ({line.host})"
    app = f" {line.app}:" if line.app else ""
    return f"{iso(line.time)} {line.source or '-'}{host} {line.severity.name.lower()}{app} {one_row(line.text)}"
