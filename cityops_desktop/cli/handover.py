"""`handover verify`: is a signed handover sheet, or every one that a station keeps, what the station signed? Asks no station."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import DBAPIError

from cityops_desktop.audit import keys, papers, reading
from cityops_desktop.audit.heads import iso
from cityops_desktop.audit.keys import fingerprint, published
from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.history import place
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.store.files import unusable
from cityops_desktop.store.store import RECORDS
from cityops_desktop.texts import N_, tr

MOST_BYTES = 64_000_000
KEY_DIGITS = 16
FINDINGS = {
    "no_file": N_("this is no file of a signed handover, or it was changed"),
    "altered": N_("paper {paper} was altered: its text does not give its hash"),
    "no_paper": N_("paper {paper} cannot be read"),
    "wrong_signature": N_("the signature of paper {paper} is wrong"),
    "other_sheet": N_("paper {paper} holds signatures under another sheet than the one beside it"),
    "other_key": N_("another key signed paper {paper} than the one asked for"),
    "unknown_key": N_("a key that the change log does not know signed paper {paper}"),
}
"""What is wrong with papers."""

group = typer.Typer(help=tr("Handovers: proof that a signed sheet was not changed."), no_args_is_help=True)
app.add_typer(group, name="handover")


@group.callback()
def command_handover() -> None:
    """Handovers."""


@group.command(help=tr("Look at a file of a signed handover, or without one at every sheet that a data directory keeps."))
def verify(
    file: Annotated[Path | None, typer.Argument(help=tr("the file that a console saved"))] = None,
    data: Data = None,
    key: Annotated[str, typer.Option("--key", help=tr("fingerprint of the station's key, or its beginning (16 digits or more)"))] = "",
    as_json: Json = False,
) -> None:
    """Exit code 9 when anything was found."""
    if file is None:
        told, findings = _store(place(data))
        signed_by = sorted({one["key"] for one in told})
    else:
        checked = papers.check(_read(file))
        told = [_about(one) for one in checked.papers]
        findings, signed_by = list(checked.findings), list(checked.keys)
        own = published(place(data)) if data is not None else None
        findings += _by_another(key.lower() or (fingerprint(own) if own else ""), signed_by)
    if as_json:
        found = [{"code": code, "paper": paper} for code, paper in findings]
        typer.echo(json.dumps({"sound": not findings, "keys": signed_by, "findings": found, "papers": told}, ensure_ascii=False))
    else:
        _tell(told, findings, signed_by, compared=file is None or bool(key) or data is not None)
    raise typer.Exit(int(Exit.WRONG if findings else Exit.OK))


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as source:
            return source.read(MOST_BYTES)
    except OSError as error:
        what, do = N_("the file cannot be read: {error}"), N_("look at its name and at who may read it")
        raise OperatorError(Problem(what, do, str(file), {"error": error.strerror or str(error)}), Exit.USAGE) from error


def _by_another(wanted: str, signed_by: list[str]) -> list[tuple[str, str]]:
    if not wanted:
        return []
    return [("other_key", str(n)) for n, one in enumerate(signed_by, 1) if len(wanted) < KEY_DIGITS or not one.startswith(wanted)]


def _store(folder: Path) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """Every paper of a data directory against its signature and against the keys of the change log."""
    told: list[dict[str, Any]] = []
    findings: list[tuple[str, str]] = []
    try:
        with reading.snapshot(folder) as conn:
            known = _known(conn)
            for id, *columns in conn.execute("SELECT id, text, hash, public, signature FROM handover_paper ORDER BY time, id"):
                paper = papers.Paper(*map(str, columns))
                name = papers.key_of(paper)
                what = papers.wrong(paper) or ("" if name in known else "unknown_key")
                if what:
                    findings.append((what, str(id)))
                content = papers.content(paper.text) or {}
                told.append(_about(content) | {"key": name})
    except DBAPIError as error:
        raise unusable(folder / RECORDS, error) from error
    return told, findings


def _known(conn: Any) -> set[str]:
    found = set()
    for (body,) in conn.execute("SELECT body FROM change WHERE kind = ?", (keys.KIND,)):
        try:
            found.add(str(json.loads(body)["key"]))
        except (ValueError, KeyError, TypeError):  # `audit verify` says that such a row was altered
            continue
    return found


def _about(content: Any) -> dict[str, Any]:
    told = {name: content.get(name) for name in ("kind", "number", "round", "frozen", "accepted") if name in content}
    for side in ("outgoing", "incoming"):
        person = content.get(side)
        if isinstance(person, dict):
            told[side] = person.get("name")
    return told


def _tell(told: list[dict[str, Any]], findings: list[tuple[str, str]], signed_by: list[str], *, compared: bool) -> None:
    for code, paper in findings:
        typer.echo(tr(FINDINGS[code], paper=paper))
    typer.echo(
        tr("{n} papers were looked at; all are as the station signed them", n=len(told)) if not findings else tr("NOT as it was signed")
    )
    for one in told:
        if one.get("kind") == "frozen":
            words = tr("sheet {number}, freeze {round} at {time}, by {name}")
            typer.echo(words.format(number=one["number"], round=one["round"], time=iso(int(one["frozen"])), name=one.get("outgoing")))
        elif one.get("kind") == "signed":
            words = tr("handover {number} at {time}: {given} to {taken}")
            time = iso(int(one["accepted"]))
            typer.echo(words.format(number=one["number"], time=time, given=one.get("outgoing"), taken=one.get("incoming")))
    for name in signed_by:
        typer.echo(tr("signed with the key {key}", key=name or "-"))
    if not compared:
        typer.echo(tr("Compare the key with the station's own (audit head): whoever makes a sheet up signs it with another key."))
