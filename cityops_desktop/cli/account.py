"""`account first`: make the first administrator of a running station without a window."""

import json
import sys
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.client import connect, post
from cityops_desktop.paths import default_data
from cityops_desktop.texts import tr

group = typer.Typer(help=tr("People's accounts."), no_args_is_help=True)
app.add_typer(group, name="account")


@group.callback()
def accounts() -> None:
    """Keeps `account first` a command of its own."""


@group.command(help=tr("Make the first administrator; possible once, while the station has no account."))
def first(
    name: Annotated[str, typer.Option("--name", help=tr("login name"))],
    display: Annotated[str, typer.Option("--display", help=tr("the person's full name"))],
    data: Data = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help=tr("read the password from standard input"))] = False,
    as_json: Json = False,
) -> None:
    """The password is never an argument: arguments are visible to every user of the machine."""
    client = connect(data or default_data())
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    else:
        password = typer.prompt(tr("Password"), hide_input=True, confirmation_prompt=tr("Password again"))
    person = post(client, "/api/v1/first-administrator", {"name": name, "display": display, "password": password})
    typer.echo(json.dumps(person, ensure_ascii=False) if as_json else tr("{name} is the first administrator", name=person["display"]))
