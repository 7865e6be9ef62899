"""`rights show`, `rights conformity`: the matrix of commands and roles, and what level 3 of GB/T 22239 asks, with evidence.

Neither needs a running station: the conformity list reads the store itself, as its owner, also beside a running one.
"""

import json
from typing import Annotated

import typer

from cityops_desktop.audit import reading
from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.clock import SystemClock
from cityops_desktop.errors import Exit
from cityops_desktop.model.people import Preset, Role
from cityops_desktop.paths import default_data
from cityops_desktop.people import evidence, rights
from cityops_desktop.sentences import CONFORMITY, CONFORMITY_STATES, ROLES
from cityops_desktop.station.people import conformity_page, rights_page
from cityops_desktop.store.files import unusable
from cityops_desktop.store.reader import Reader
from cityops_desktop.store.store import RECORDS
from cityops_desktop.store.trouble import StoreError
from cityops_desktop.texts import tr

SECONDS = 30.0

group = typer.Typer(help=tr("Who may do what, and the conformity list of level 3."), no_args_is_help=True)
app.add_typer(group, name="rights")


@group.callback()
def command_rights() -> None:
    """The rights matrix and the conformity list."""


@group.command(help=tr("Print the matrix: each kind of command, and the roles that may give it."))
def show(
    preset: Annotated[Preset, typer.Option("--preset", help=tr("basic, or mlps3: level 3 of GB/T 22239"))] = Preset.BASIC,
    as_json: Json = False,
) -> None:
    """Data, not a running station."""
    if as_json:
        typer.echo(rights_page(preset).model_dump_json())
        return
    matrix = rights.MATRIX[preset]
    width = max(map(len, matrix))
    for kind, roles in matrix.items():
        who = tr("everybody") if roles == frozenset(Role) else ", ".join(tr(ROLES[role]) for role in Role if role in roles)
        notes = [tr("two persons")] * (kind in rights.TWO_PERSONS[preset]) + [tr("also without log-in")] * (kind in rights.WITHOUT_PERSON)
        typer.echo(f"{kind:{width}}  {who}" + "".join(f" ({note})" for note in notes))


@group.command(help=tr("Print what level 3 of GB/T 22239 asks of the program, item by item, with evidence from the store."))
def conformity(data: Data = None, as_json: Json = False) -> None:
    """Exit code 9 when something is not met."""
    folder = (data or default_data()).expanduser().absolute()
    with reading.snapshot(folder):
        pass  # it is there, it is ours, and of this version
    clock = SystemClock()
    reader = Reader(folder / RECORDS, clock)
    try:
        page = reader.read(lambda conn: conformity_page(conn, evidence.domain(conn), clock.wall()), SECONDS)
    except StoreError as error:
        raise unusable(folder / RECORDS, error) from error
    finally:
        reader.close()
    for item in page.items:
        text = tr(CONFORMITY[item.code], **item.evidence)
        typer.echo(
            json.dumps(item.model_dump() | {"text": text}, ensure_ascii=False)
            if as_json
            else f"[{tr(CONFORMITY_STATES[item.state])}] {text}"
        )
    if any(item.state == "not_met" for item in page.items):
        raise typer.Exit(int(Exit.WRONG))
