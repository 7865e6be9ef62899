"""`room apply|diff|show|versions|export|rollback|override|reset`: the configuration of a running station, as a named person.

The room file is only ever written by an editor; a station runs what was applied. Passwords are never arguments.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cityops_desktop.cli import room_import, room_plan  # noqa: F401  register their own commands in the same group
from cityops_desktop.cli.app import Data, Json, parts
from cityops_desktop.cli.person import As, CodeStdin, PasswordStdin, Person, logged_in, password_of
from cityops_desktop.cli.room import group
from cityops_desktop.config import bundle
from cityops_desktop.config.review import Side, effective
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.config import ConfigPage, Difference, Draft, Review
from cityops_desktop.texts import N_, pick, tr

Why = Annotated[str, typer.Option("--why", help=tr("why, for the record"))]

COUNTS = {
    "room changed": N_("the room itself changed"),
    "room added": N_("another room's id"),
    "room removed": N_("the room's id taken away"),
    "site changed": N_("rights and duties changed"),
    "area added": N_("{n} areas added"),
    "area removed": N_("{n} areas removed"),
    "area changed": N_("{n} areas changed"),
    "bus added": N_("{n} buses added"),
    "bus removed": N_("{n} buses removed"),
    "bus changed": N_("{n} buses changed"),
    "device added": N_("{n} devices added"),
    "device removed": N_("{n} devices removed"),
    "device changed": N_("{n} devices changed"),
    "point added": N_("{n} points added"),
    "point removed": N_("{n} points removed"),
    "point changed": N_("{n} points changed"),
    "limit added": N_("{n} limits added"),
    "limit removed": N_("{n} limits removed"),
    "limit changed": N_("{n} limits changed"),
    "power added": N_("{n} nodes of the power chain added"),
    "power removed": N_("{n} nodes of the power chain removed"),
    "power changed": N_("{n} nodes of the power chain changed"),
    "rack added": N_("{n} racks added"),
    "rack removed": N_("{n} racks removed"),
    "rack changed": N_("{n} racks changed"),
    "override added": N_("{n} changes at run time added"),
    "override removed": N_("{n} changes at run time taken back"),
    "override changed": N_("{n} changes at run time changed"),
    "file added": N_("{n} files added"),
    "file removed": N_("{n} files removed"),
    "file changed": N_("{n} files changed"),
}
KINDS = {
    "first": N_("first"),
    "apply": N_("applied"),
    "rollback": N_("earlier one again"),
    "override": N_("changed at run time"),
    "reset": N_("reset"),
    "demo": N_("demo's file"),
}
CHANGES = {"added": "+", "removed": "-", "changed": "~"}


class _Station:
    """The configuration of a running station, asked in the name of a person."""

    def __init__(self, person: Person) -> None:
        self._person = person

    def page(self) -> ConfigPage:
        """Versions and what was changed at run time."""
        return ConfigPage.model_validate(self._person.ask("/api/v1/config"))

    def files(self, number: int) -> dict[str, str]:
        """The files of a version."""
        return Draft.model_validate_json(self._text(f"/api/v1/config/versions/{number}/files")).files

    def difference(self, before: int, after: int) -> Review:
        """What differs between two versions."""
        return Review.model_validate_json(self._text(f"/api/v1/config/versions/{after}/diff?with={before}"))

    def effective(self) -> str:
        """The room file as it takes effect."""
        return self._text("/api/v1/config/effective")

    def review(self, file: Path) -> Review:
        """Have a room file reviewed. OperatorError with its mistakes, each at file and line."""
        review = Review.model_validate(self._person.put("/api/v1/config/draft", {"files": bundle.collect(file)}))
        _refuse_problems(review, file)
        return review

    def act(self, kind: str, **act: Any) -> None:
        """Add a version, and say its number."""
        done = self._person.act(kind, **act)
        typer.echo(tr("Configuration version {number} is applied", number=done["version"]))

    def _text(self, path: str) -> str:
        return "".join(self._person.texts(path))


@contextmanager
def _session(data: Path | None, name: str, from_stdin: bool, code_stdin: bool) -> Iterator[_Station]:
    password = password_of(name, from_stdin)
    with logged_in(data, name, password=password, code_stdin=code_stdin) as person:
        yield _Station(person)


@group.command(help=tr("Review a room file against what the station runs, and apply it."))
def apply(
    file: Annotated[Path, typer.Argument(help=tr("the room file"))],
    why: Why,
    name: As,
    yes: Annotated[str, typer.Option("--yes", metavar="DIGEST", help=tr("apply without asking: the digest that room diff printed"))] = "",
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """Exit code 3 = mistakes, 8 = refused or not confirmed."""
    with _session(data, name, password_stdin, code_stdin) as station:
        review = station.review(file)
        _tell(review)
        if not review.counts:
            return
        if yes:
            if review.digest != yes:
                raise _not_confirmed(N_("the file is not the one that was reviewed: its digest is {digest}"), digest=review.digest)
        elif not sys.stdin.isatty():
            raise _not_confirmed(N_("nobody can be asked here: give --yes {digest} when this review is right"), digest=review.digest)
        elif not typer.confirm(tr("Apply this?"), default=False):
            raise _not_confirmed(N_("nothing was applied"))
        station.act("config.apply", digest=review.digest, base=review.base, why=why)


@group.command(help=tr("What differs: a room file from what the station runs, or one version from another."))
def diff(
    what: Annotated[str, typer.Argument(metavar="FILE|N", help=tr("a room file, or the number of a version"))],
    name: As,
    other: Annotated[int | None, typer.Argument(metavar="M", help=tr("the version after; without it the one that runs"))] = None,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    as_json: Json = False,
) -> None:
    """Prints each difference, and the digest that `room apply --yes` takes."""
    with _session(data, name, password_stdin, code_stdin) as station:
        if what.isdecimal():
            after = other if other is not None else station.page().current
            review = station.difference(int(what), after)
            _refuse_problems(review, Path(bundle.ROOM))
        else:
            review = station.review(Path(what))
    if as_json:
        typer.echo(review.model_dump_json())
        return
    _tell(review)
    if not what.isdecimal():
        typer.echo(tr("digest: {digest}", digest=review.digest))


@group.command(help=tr("Print the room file of a running station as it takes effect, changes at run time included."))
def show(
    name: As,
    in_force: Annotated[bool, typer.Option("--effective", help=tr("the whole room file instead of the changes at run time"))] = False,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    as_json: Json = False,
) -> None:
    """Without --effective only what people changed at run time."""
    with _session(data, name, password_stdin, code_stdin) as station:
        if in_force:
            text = station.effective()
            typer.echo(json.dumps(_plain(text), ensure_ascii=False) if as_json else text, nl=as_json)
            return
        page = station.page()
    for one in page.overrides:
        if as_json:
            typer.echo(one.model_dump_json())
            continue
        fields = ", ".join(f"{field}: {one.default.get(field, '?')} → {value}" for field, value in one.value.items())
        waits = tr(" (waits: the room has no such thing)") if one.orphan else ""
        typer.echo(f"{one.id}  {fields}{waits}  {one.actor_name}, {_time(one.time)}: {one.why}")


@group.command("versions", help=tr("List the configuration versions of a running station, newest first."))
def versions(
    name: As, data: Data = None, password_stdin: PasswordStdin = False, code_stdin: CodeStdin = False, as_json: Json = False
) -> None:
    """Who, when, why, what."""
    with _session(data, name, password_stdin, code_stdin) as station:
        page = station.page()
    for one in page.versions:
        if as_json:
            typer.echo(one.model_dump_json())
            continue
        mark = "*" if one.number == page.current else " "
        typer.echo(
            f"{mark}{one.number:>4}  {_time(one.time)}  {tr(KINDS[one.kind])}  {one.actor_name}: {one.why or '-'}  {_counts(one.counts)}"
        )
    if page.file_differs and not as_json:
        typer.echo(tr("the room file {path} was edited since: room diff shows how", path=page.path))


@group.command(help=tr("Write a version's room file, with its changes at run time merged in, and what it refers to beside it."))
def export(
    file: Annotated[Path, typer.Argument(help=tr("the room file to be written; it must not exist"))],
    name: As,
    number: Annotated[int | None, typer.Option("--version", help=tr("another version than the one that runs"))] = None,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """Comments stay. An older version is written as its files say, without its changes at run time."""
    _refuse_existing(file)
    with _session(data, name, password_stdin, code_stdin) as station:
        page = station.page()
        files = station.files(number or page.current)
        if number in (None, page.current):
            files[bundle.ROOM] = effective(Side(files, {one.id: one.value for one in page.overrides}), parts.drivers)
    _write(file, files)
    typer.echo(tr("{file}: version {number}", file=file, number=number or page.current))


@group.command(help=tr("Make an earlier version the configuration again, as a new version."))
def rollback(
    number: Annotated[int, typer.Argument(metavar="N", help=tr("the number of the version"))],
    why: Why,
    name: As,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """With its changes at run time."""
    with _session(data, name, password_stdin, code_stdin) as station:
        base = station.page().current
        station.act("config.rollback", number=number, base=base, why=why)


@group.command(help=tr("Change a limit at run time; it takes effect at once, without a new start."))
def override(
    id: Annotated[str, typer.Argument(metavar="ID", help=tr("limit:POINT#LIMIT, such as limit:ups1.load#high1"))],
    fields: Annotated[list[str], typer.Argument(metavar="FIELD=VALUE", help=tr("value, deadband, on_delay, off_delay, level, enabled"))],
    why: Why,
    name: As,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """FIELD= takes a field back to what the room file says."""
    values = dict(_field(text) for text in fields)
    with _session(data, name, password_stdin, code_stdin) as station:
        base = station.page().current
        station.act("config.override", id=id, value=values, base=base, why=why)


@group.command(help=tr("Take a change at run time back: what the room file says holds again."))
def reset(
    id: Annotated[str, typer.Argument(metavar="ID", help=tr("limit:POINT#LIMIT, such as limit:ups1.load#high1"))],
    why: Why,
    name: As,
    data: Data = None,
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
) -> None:
    """At once."""
    with _session(data, name, password_stdin, code_stdin) as station:
        base = station.page().current
        station.act("config.reset", id=id, base=base, why=why)


def _refuse_problems(review: Review, file: Path) -> None:
    if review.problems:
        raise OperatorError([Problem(one.what, one.do, _where(one.where, file), one.params) for one in review.problems])


def _where(where: str, file: Path) -> str:
    if where == bundle.ROOM or where.startswith(f"{bundle.ROOM}:"):
        return f"{file}{where[len(bundle.ROOM) :]}"
    return where if where.startswith("limit:") else str(file.parent / where)


def _tell(review: Review) -> None:
    for one in review.differences:
        typer.echo(_line(one))
        for field, (before, after) in one.fields.items():
            typer.echo(f"      {field}: {before or '-'} → {after or '-'}")
    told, whole = len(review.differences), sum(review.counts.values())
    if told < whole:
        typer.echo(tr("… and {n} more", n=whole - told))
    typer.echo(_counts(review.counts) or tr("no difference"))
    if review.waiting:
        typer.echo(tr("will wait for an engineer's admission: {devices}", devices=", ".join(review.waiting)))


def _line(one: Difference) -> str:
    name = f"  {pick(one.names)}" if one.names else ""
    return f"{CHANGES[one.change]} {one.thing} {one.id}{name}"


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(tr(COUNTS[what], n=n) if what in COUNTS else f"{what}: {n}" for what, n in counts.items())


def _field(text: str) -> tuple[str, float | int | bool | str | None]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(tr("write FIELD=VALUE"))
    words = {"": None, "true": True, "false": False}
    if value in words:
        return name, words[value]
    for number in (int, float):
        try:
            return name, number(value)
        except ValueError:
            continue
    return name, value


def _not_confirmed(what: str, **params: object) -> OperatorError:
    return OperatorError(Problem(what, N_("look at the review and decide"), "", params), Exit.REFUSED)


def _refuse_existing(file: Path) -> None:
    if file.exists():
        raise OperatorError(Problem(N_("the file exists already"), N_("name another one: nothing is overwritten"), str(file)))


def _write(file: Path, files: Mapping[str, str]) -> None:
    targets = {file if name == bundle.ROOM else file.parent / name: text for name, text in files.items()}
    for target, text in targets.items():
        if target != file and target.exists() and target.read_bytes() != text.encode():
            _refuse_existing(target)
    try:
        for target, text in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
    except OSError as error:
        what, do = N_("the file cannot be written: {error}"), N_("choose another path")
        raise OperatorError(Problem(what, do, str(file), {"error": error.strerror or str(error)})) from error


def _plain(text: str) -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).load(text)


def _time(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
