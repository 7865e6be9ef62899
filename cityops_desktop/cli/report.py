"""`report make` (hidden): the process in which the station has its reports made. `report verify`: are the files as they were made?"""

import json
import os
import sys
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.paths import default_data
from cityops_desktop.station.duty.reportpress import NotMade, place, weighed
from cityops_desktop.store.dutyschema import report
from cityops_desktop.store.files import unusable
from cityops_desktop.store.sqlite import ask
from cityops_desktop.store.store import RECORDS
from cityops_desktop.texts import N_, set_language, tr

group = typer.Typer(help=tr("Reports of duty: are the files as they were made?"), no_args_is_help=True)
app.add_typer(group, name="report")


@group.callback()
def command_report() -> None:
    """Reports."""


@group.command(hidden=True, help=tr("For the station: make the report that standard input asks for."))
def make(data: Data = None) -> None:
    """The order is JSON on standard input; what is done is told line by line on standard output."""
    from cityops_desktop.cli import reporting

    if hasattr(os, "nice"):
        os.nice(10)
    folder = (data or default_data()).absolute()
    job = json.load(sys.stdin.buffer)
    set_language(job["language"])

    def say(line: dict[str, object]) -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    try:
        say(reporting.make(folder, job, say))
    except DBAPIError as error:
        raise unusable(folder / RECORDS, error) from error
    except OSError as error:
        what, do = N_("the file cannot be written: {error}"), N_("free disk space or choose another place; nothing was left behind")
        raise OperatorError(Problem(what, do, params={"error": error.strerror or str(error)}), Exit.STORE) from error


@group.command(help=tr("Compare every file of a report with what was recorded when it was made."))
def verify(
    data: Data = None,
    wanted: Annotated[str, typer.Option("--id", help=tr("only this report"))] = "",
    as_json: Json = False,
) -> None:
    """Exit code 9 when a file is missing or is not as it was made."""
    from cityops_desktop.audit import reading
    from cityops_desktop.cli.history import place as data_of

    folder = data_of(data)
    with reading.snapshot(folder):
        pass  # it is there, it is ours, and of this version
    query = select(report.c.id, report.c.kind, report.c.files).order_by(report.c.time, report.c.id)
    rows = ask(folder / RECORDS, lambda conn: conn.execute(query.where(report.c.id == wanted) if wanted else query).all())
    wrong = 0
    for row in rows:
        for form, known in json.loads(row.files).items():
            try:
                found = "sound" if weighed(place(folder, row.id, form))["sha256"] == known["sha256"] else "changed"
            except (OSError, NotMade):
                found = "gone"
            wrong += found != "sound"
            _tell(row.id, row.kind, form, found, as_json)
    if not as_json:
        typer.echo(tr("{n} reports looked at, {wrong} files not as they were made", n=len(rows), wrong=wrong))
    raise typer.Exit(int(Exit.WRONG if wrong else Exit.OK))


STATES = {"changed": N_("{file}: NOT as it was made"), "gone": N_("{file}: not there")}


def _tell(id: str, kind: str, form: str, found: str, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"report": id, "kind": kind, "form": form, "state": found}))
    elif found in STATES:
        typer.echo(tr(STATES[found], file=f"{id}.{form}"))
