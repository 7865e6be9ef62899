"""`patrol`: files of templates and routes into a running station, and what a patrol wand holds. Judges neither."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from cityops_desktop.cli.app import Data, app
from cityops_desktop.cli.person import As, CodeStdin, PasswordStdin, logged_in, password_of
from cityops_desktop.duty.wand import DELIMITERS, Column, Finding, Form, decoded, guessed, read
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.duty.patrol import MOST_SCANS
from cityops_desktop.station.duty.patrolfile import read_patrol
from cityops_desktop.texts import N_, tr

group = typer.Typer(help=tr("Patrols: templates and routes from files, and what a patrol wand holds."), no_args_is_help=True)
app.add_typer(group, name="patrol")
MOST_BYTES = 4_000_000

Source = Annotated[Path, typer.Argument(metavar="FILE", help=tr("the file"), show_default=False)]
Columns = Annotated[
    str,
    typer.Option("--columns", help=tr("what the columns hold, such as code=1,time=2 (code, time, day, reader, person; numbers from 1)")),
]
Separator = Annotated[str, typer.Option("--separator", help=tr("the sign between columns: comma, semicolon, tab or bar"))]
TimeForm = Annotated[str, typer.Option("--form", help=tr("the form of the times, such as %d.%m.%Y %H:%M:%S"))]
Head = Annotated[int, typer.Option("--head", min=0, max=100, help=tr("so many lines at the beginning do not count"))]


@group.callback()
def command_patrol() -> None:
    """Files of patrols."""


@group.command(help=tr("Look at files of patrol templates and routes; nothing is published."))
def check(file: Source) -> None:
    """Exit code 3 = mistakes, each with its line."""
    found = read_patrol(file)
    typer.echo(tr("{templates} templates, {routes} routes: no mistakes", templates=len(found.templates), routes=len(found.routes)))


@group.command(help=tr("Publish the templates and routes of a file as their next versions."))
def publish(
    file: Source,
    name: As,
    why: Annotated[str, typer.Option("--why", help=tr("why"))] = "",
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    data: Data = None,
) -> None:
    """Templates first: routes name them."""
    found = read_patrol(file)
    password = password_of(name, password_stdin)
    with logged_in(data, name, password=password, code_stdin=code_stdin) as person:
        for template in found.templates:
            _published(template.code, person.act("patrol.template", content=template.model_dump(mode="json"), why=why or file.name))
        for route in found.routes:
            _published(route.code, person.act("patrol.route", content=route.model_dump(mode="json"), why=why or file.name))


@group.command("import", help=tr("Take the lines that a patrol wand or a memory scanner has written to a table (CSV)."))
def import_(
    file: Source,
    name: As,
    columns: Columns = "",
    separator: Separator = "",
    form: TimeForm = "",
    head: Head = 0,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    data: Data = None,
) -> None:
    """Lines that cannot be read are told, and the others taken. Exit code 9 when there were some."""
    text = _text(file)
    password = password_of(name, password_stdin)
    with logged_in(data, name, password=password, code_stdin=code_stdin) as person:
        zone = ZoneInfo(str(person.ask("/api/v1/state")["room"]["timezone"]))
        lines, findings = read(text, _form(file, text, zone, columns, separator, form, head))
        scans = [{"code": one.code, "time": one.time, "reader": one.reader, "person": one.person} for one in lines if one.time is not None]
        _tell(file, findings)
        taken = known = matched = 0
        for begin in range(0, len(scans), MOST_SCANS):
            done = person.act("patrol.scans", source=file.name, scans=scans[begin : begin + MOST_SCANS])
            taken, known, matched = taken + int(done["taken"]), known + int(done["known"]), matched + int(done["matched"])
    typer.echo(tr("{taken} lines taken, {known} were known, {matched} stops of rounds proved", taken=taken, known=known, matched=matched))
    if findings:
        raise typer.Exit(int(Exit.WRONG))


def _published(code: str, done: Mapping[str, object]) -> None:
    typer.echo(tr("{code}: version {version}", code=code, version=done["version"]))


def _text(file: Path) -> str:
    try:
        raw = file.read_bytes() if file.stat().st_size <= MOST_BYTES else b""
    except OSError as error:
        what, do = N_("the file cannot be read: {detail}"), N_("check its path and its rights")
        raise OperatorError(Problem(what, do, str(file), {"detail": error.strerror or str(error)}), Exit.USAGE) from None
    text = decoded(raw)
    if not text or not text.strip():
        what, do = N_("this is no table of a wand"), N_("have its program write a CSV file, at most 4 MB")
        raise OperatorError(Problem(what, do, str(file)), Exit.USAGE)
    return text


def _form(file: Path, text: str, zone: ZoneInfo, columns: str, separator: str, form: str, head: int) -> Form:
    """As the options say, or as the headings of the table do."""
    sign = dict(zip(("comma", "semicolon", "tab", "bar"), DELIMITERS, strict=True)).get(separator, separator)
    if separator and sign not in DELIMITERS:
        what, do = N_("“{separator}” separates no columns"), N_("write comma, semicolon, tab or bar")
        raise OperatorError(Problem(what, do, str(file), {"separator": separator}), Exit.USAGE)
    if columns:
        return Form(_columns(file, columns), zone, sign or ",", form, head)
    found = guessed(text, zone)
    if isinstance(found, Finding):
        do = N_("say what the columns hold: --columns code=1,time=2 --separator comma")
        raise OperatorError(Problem(found.what, do, f"{file}:{found.line}", found.params), Exit.USAGE)
    return found._replace(delimiter=sign or found.delimiter, form=form, head=max(head, found.head))


def _columns(file: Path, told: str) -> dict[Column, int]:
    found: dict[Column, int] = {}
    for part in told.split(","):
        name, _, place = part.strip().partition("=")
        if name not in set(Column) or not place.isdecimal() or not 1 <= int(place) <= 50:
            what, do = N_("“{part}” names no column"), N_("write code=1,time=2; code, time, day, reader and person are known")
            raise OperatorError(Problem(what, do, str(file), {"part": part.strip()}), Exit.USAGE)
        found[Column(name)] = int(place)
    if Column.CODE not in found or not {Column.TIME, Column.DAY} & set(found):
        raise OperatorError(Problem(N_("code and time are needed"), N_("write code=1,time=2"), str(file)), Exit.USAGE)
    return found


def _tell(file: Path, findings: Iterable[Finding]) -> None:
    for one in findings:
        typer.echo(f"{file}:{one.line}: {tr(one.what, **one.params)}", err=True)
        typer.echo(f"    → {tr(one.do, **one.params)}", err=True)
