"""`audit verify|head|sheet|show|export`: the change log from the command line, of a running station, a stopped one, or a copy.

Verification, heads and sheets read the file itself, as its owner. Questions and export go through a running station, which asks who it is.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Annotated, Any
from urllib.parse import urlencode

import typer
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from cityops_desktop.audit import export as exporting
from cityops_desktop.audit import heads, query, reading
from cityops_desktop.audit.export import Form
from cityops_desktop.audit.heads import Head
from cityops_desktop.audit.query import Question
from cityops_desktop.audit.report import Report, State
from cityops_desktop.audit.verify import verify as look_at
from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.person import CodeStdin, PasswordStdin, Person, logged_in, password_of
from cityops_desktop.cli.times import typed_ms
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.audit import ChangeInfo
from cityops_desktop.link.files import find
from cityops_desktop.paths import default_data
from cityops_desktop.people.last import shift
from cityops_desktop.sentences import CHANGE_KINDS, finding_text
from cityops_desktop.station.audit_desk import change_info
from cityops_desktop.station.info import audit_report, head_info
from cityops_desktop.store.files import unusable
from cityops_desktop.store.sqlite import reading_engine
from cityops_desktop.store.store import RECORDS
from cityops_desktop.texts import N_, tr

Asking = Annotated[str, typer.Option("--as", help=tr("login name of the person who asks a running station"))]
From = Annotated[str, typer.Option("--from", help=tr("from this time on (ISO 8601, local time without an offset)"))]
To = Annotated[str, typer.Option("--to", help=tr("before this time"))]

group = typer.Typer(help=tr("The change log: who did what, and proof that nothing was changed."), no_args_is_help=True)
app.add_typer(group, name="audit")


@group.callback()
def audit() -> None:
    """The change log."""


@group.command(help=tr("Verify the whole change log: of a running station, a stopped one, or a copy."))
def verify(
    data: Data = None,
    head: Annotated[list[str] | None, typer.Option("--head", help=tr("a head kept elsewhere: a file, or SEQ:HASH from a sheet"))] = None,
    as_json: Json = False,
    background: Annotated[bool, typer.Option("--background", hidden=True, help=tr("leave the processor to others"))] = False,
) -> None:
    """Exit code 9 when anything was found."""
    if background and hasattr(os, "nice"):
        os.nice(10)
    folder = data or default_data()
    report = look_at(folder, SystemClock(), [heads.outside(one) for one in head or ()])
    if as_json:
        typer.echo(json.dumps(_report_json(report, folder), ensure_ascii=False))
    else:
        _tell(report)
    raise typer.Exit(int(Exit.OK if report.state is State.SOUND else Exit.WRONG))


@group.command("head", help=tr("Print the last signed head, to be kept outside of this machine."))
def last_head(data: Data = None, as_json: Json = False) -> None:
    """As a text with its signature, which `audit verify --head FILE` takes again."""
    found = _last_head(data or default_data())
    typer.echo(json.dumps(head_info(found).model_dump(), ensure_ascii=False) if as_json else _head_text(found))


@group.command(help=tr("Print the text of a sheet to be signed by hand: it proves later that nothing before it was changed."))
def sheet(data: Data = None) -> None:
    """The last signed head and lines for names."""
    found = _last_head(data or default_data())
    groups = " ".join(found.hash[place : place + 8] for place in range(0, len(found.hash), 8))
    typer.echo(tr("Head of the change log of {station}", station=found.station) + "\n")
    typer.echo(_head_text(found))
    typer.echo(tr("The hash in groups: {groups}", groups=groups))
    typer.echo(tr("To compare later: {command}", command=f"audit verify --head {found.seq}:{found.hash[: heads.FEWEST_DIGITS]}") + "\n")
    for line in (tr("Read and compared by"), tr("Signature"), tr("Date and time")):
        typer.echo(f"{line}: ______________________")


@group.command(help=tr("Show rows of the change log, newest first."))
def show(
    data: Data = None,
    actor: Annotated[str, typer.Option("--actor", help=tr("who did it: an account's id, station, or console:NAME"))] = "",
    subject: Annotated[str, typer.Option("--subject", help=tr("what it was done to: the subject begins with this"))] = "",
    kind: Annotated[str, typer.Option("--kind", help=tr("the kind of change begins with this"))] = "",
    text: Annotated[str, typer.Option("--text", help=tr("these words stand in the row"))] = "",
    start: From = "",
    end: To = "",
    last_shift: Annotated[str, typer.Option("--last-shift", help=tr("since the last shift of this person (login name)"))] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=query.MOST_ROWS, help=tr("how many rows at most"))] = 100,
    person: Asking = "",
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    as_json: Json = False,
) -> None:
    """Through a running station as a person; of a stopped one as the owner of its files."""
    folder = data or default_data()
    asked = Question(actor, subject, kind, typed_ms(start, None), typed_ms(end, None), text, None, limit)
    if find(folder) is None:
        rows, more = _shown_from_file(folder, asked, last_shift)
    else:
        rows, more = _shown_by_station(folder, asked, last_shift, person, password_stdin, code_stdin)
    for row in rows:
        typer.echo(row.model_dump_json() if as_json else _line(row))
    if more and not as_json:
        typer.echo(tr("there are older rows: narrow it down, or raise --limit"))


@group.command(help=tr("Write the change log into a file with all that its hashes are made of."))
def export(
    file: Annotated[Path, typer.Argument(help=tr("the file to be written; it must not be there"))],
    data: Data = None,
    form: Annotated[Form, typer.Option("--format", help=tr("csv or jsonl"))] = "jsonl",
    start: From = "",
    end: To = "",
    person: Asking = "",
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """Through a running station, which records it; of a stopped one as the owner of its files."""
    folder = data or default_data()
    first, last = typed_ms(start, None), typed_ms(end, None)
    with _new_file(file) as out:
        if find(folder) is None:
            with _reading(folder) as conn:
                upto = query.newest(conn)
                out.writelines(exporting.texts(exporting.portions(lambda ask: ask(conn), upto, first, last), form))
        else:
            words = urlencode({"format": form, **_given({"from": first, "to": last})})
            with _asking(folder, person, password_stdin, code_stdin) as who:
                out.writelines(who.texts(f"/api/v1/audit/export?{words}"))
    typer.echo(tr("written: {file}", file=str(file)))


def _report_json(report: Report, folder: Path) -> dict[str, Any]:
    told = audit_report(report, {}).model_dump()
    rate = round(report.rows / report.seconds) if report.seconds else 0
    keys = [{"seq": one.seq, "key": one.key, "before": one.before, "why": one.why} for one in report.keys]
    return {**told, "data": str(folder), "more_findings": report.more, "outside": report.outside, "rows_per_second": rate, "keys": keys}


def _tell(report: Report) -> None:
    """Findings first; then how far it is signed and anchored, and what that does not prove."""
    for finding in report.findings:
        what, do = finding_text(finding.code, finding.seq, finding.to, finding.subject, finding.detail)
        typer.echo(f"{what}\n    → {do}")
    if report.more:
        typer.echo(tr("and {count} more findings", count=report.more))
    rate = round(report.rows / report.seconds) if report.seconds else 0
    verdict = tr("The change log holds") if report.state is State.SOUND else tr("The change log does NOT hold")
    typer.echo(
        tr("{verdict}: {rows} rows in {seconds} s ({rate} rows/s)", verdict=verdict, rows=report.rows, seconds=report.seconds, rate=rate)
    )
    for change in report.keys[1:]:
        typer.echo(
            tr(
                "The station's key changed at row {seq}: {key} ({why})",
                seq=change.seq,
                key=change.key[: heads.FEWEST_DIGITS],
                why=change.why,
            )
        )
    if report.head is not None:
        typer.echo(tr("Signed by the station up to row {seq}, {time}", seq=report.signed, time=heads.iso(report.head.time)))
    for line in _proof(report):
        typer.echo(line)


def _proof(report: Report) -> Iterator[str]:
    if not report.anchored:
        yield tr("No head of it is known to be kept outside: whoever holds this machine and its key could have rewritten all of it unseen.")
        return
    if report.outside:
        yield tr("Compared with {count} heads from outside.", count=report.outside)
    else:
        yield tr("Heads were kept outside up to row {seq}: the proof is to compare them, with --head.", seq=report.anchored)
    if report.anchored < report.rows:
        yield tr(
            "Rows after {seq} are not provable: whoever holds this machine and its key could have rewritten them.", seq=report.anchored
        )


def _last_head(folder: Path) -> Head:
    with _reading(folder) as conn:
        found = heads.newest(conn)
    if found is None:
        raise OperatorError(
            Problem(what=N_("no head has been signed yet"), do=N_("start the station: it signs one at once"), where=str(folder)),
            Exit.NO_VALUE,
        )
    return found


def _head_text(head: Head) -> str:
    return f"{head.text}key {head.key}\nsignature {head.signature}\n"


@contextmanager
def _reading(folder: Path) -> Iterator[Connection]:
    """One snapshot of the records. OperatorError when they cannot be read."""
    with reading.snapshot(folder):
        pass  # it is there, it is ours, and of this version
    path = folder / RECORDS if folder.is_dir() else folder
    engine = reading_engine(path, 1)
    try:
        with engine.connect() as conn, conn.begin():
            yield conn
    except DBAPIError as error:
        raise unusable(path, error) from error
    finally:
        engine.dispose()


def _shown_from_file(folder: Path, asked: Question, last_shift: str) -> tuple[list[ChangeInfo], bool]:
    with _reading(folder) as conn:
        if last_shift:
            account = query.account_of(conn, last_shift)
            asked = _since(asked, shift(conn, account) if account else None, last_shift)
        entries, more = query.ask(conn, asked)
        known = query.displays(conn)
    return [change_info(entry, known) for entry in entries], more


def _shown_by_station(
    folder: Path, asked: Question, last_shift: str, person: str, stdin: bool, code_stdin: bool
) -> tuple[list[ChangeInfo], bool]:
    if last_shift and person and person != last_shift:
        raise _usage(N_("a running station tells the last shift of the person who asks only"), N_("leave --as or --last-shift out"))
    with _asking(folder, person or last_shift, stdin, code_stdin) as who:
        if last_shift:
            asked = _since(asked, who.ask("/api/v1/own")["last_shift"], last_shift)
        words = {"actor": asked.actor, "subject": asked.subject, "kind": asked.kind, "text": asked.text, "limit": asked.limit}
        page = who.ask(f"/api/v1/audit?{urlencode(words | _given({'from': asked.start, 'to': asked.end}))}")
    return [ChangeInfo.model_validate(row) for row in page["rows"]], bool(page["more"])


def _since(asked: Question, moment: int | None, name: str) -> Question:
    if moment is None:
        raise _usage(N_("no earlier shift of {name} is known"), N_("give the time with --from"), name=name)
    return Question(asked.actor, asked.subject, asked.kind, max(asked.start or 0, moment), asked.end, asked.text, asked.before, asked.limit)


@contextmanager
def _asking(folder: Path, person: str, stdin: bool, code_stdin: bool) -> Iterator[Person]:
    """Logged in for this one question."""
    if not person:
        raise _usage(N_("a running station answers a named person only"), N_("say who asks with --as NAME"))
    with logged_in(folder, person, password=password_of(person, stdin), code_stdin=code_stdin) as found:
        yield found


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@contextmanager
def _new_file(path: Path) -> Iterator[IO[str]]:
    """A file that was not there before, readable by its owner only; gone again when it could not be written whole."""
    try:
        with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline="") as out:
            try:
                yield out
            except BaseException:
                path.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _usage(N_("the file cannot be written: {error}"), N_("choose another name"), error=error.strerror or str(error)) from error


def _line(row: ChangeInfo) -> str:
    kind = tr(CHANGE_KINDS[row.kind]) if row.kind in CHANGE_KINDS else row.kind
    return f"{row.seq:>8}  {heads.iso(row.time)}  {row.actor_name}  {kind}  {row.subject}  {', '.join(_changed(row))}".rstrip()


def _changed(row: ChangeInfo) -> Iterable[str]:
    """What is otherwise than before; of a first row, and of an event, all that it says."""
    if row.before is None or not row.before:
        return [f"{name}={_short(value)}" for name, value in row.body.items() if value not in (None, "")]
    return [f"{name}: {_short(then)} → {_short(row.body.get(name))}" for name, then in row.before.items()]


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _usage(what: str, do: str, **params: object) -> OperatorError:
    return OperatorError(Problem(what=what, do=do, params=params), Exit.USAGE)
