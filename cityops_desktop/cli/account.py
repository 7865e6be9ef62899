"""`account first`, `account add`: people's accounts of a running station without a window.

Passwords are never arguments: arguments are visible to every user of the machine.
"""

import json
import sys
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.client import connect, post, refused
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Outcome, Role
from cityops_desktop.paths import default_data
from cityops_desktop.sentences import ROLES
from cityops_desktop.texts import tr

DEADLINE_MS = 20_000

group = typer.Typer(help=tr("People's accounts."), no_args_is_help=True)
app.add_typer(group, name="account")


@group.callback()
def accounts() -> None:
    """People's accounts of a running station."""


@group.command(help=tr("Make the first administrator; possible once, while the station has no account."))
def first(
    name: Annotated[str, typer.Option("--name", help=tr("login name"))],
    display: Annotated[str, typer.Option("--display", help=tr("the person's full name"))],
    data: Data = None,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help=tr("read the password from standard input"))] = False,
    as_json: Json = False,
) -> None:
    """Makes accounts; may not acknowledge alarms: that is for the people on duty (`account add`)."""
    client = connect(data or default_data())
    password = _password(tr("Password"), password_stdin, again=True)
    person = post(client, "/api/v1/first-administrator", {"name": name, "display": display, "password": password})
    typer.echo(json.dumps(person, ensure_ascii=False) if as_json else tr("{name} is the first administrator", name=person["display"]))


@group.command(help=tr("Make an account for a person, as an administrator."))
def add(
    name: Annotated[str, typer.Option("--name", help=tr("login name"))],
    display: Annotated[str, typer.Option("--display", help=tr("the person's full name"))],
    role: Annotated[list[Role], typer.Option("--role", help=tr("what the person may do; repeatable"))],
    administrator: Annotated[str, typer.Option("--as", help=tr("login name of the administrator who does this"))],
    data: Data = None,
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help=tr("read the passwords from standard input: the administrator's, then the new one")),
    ] = False,
) -> None:
    """The administrator logs in for this one act."""
    client = connect(data or default_data())
    own = _password(tr("Password of {name}", name=administrator), password_stdin)
    session = str(post(client, "/api/v1/session", {"name": administrator, "password": own, "console": "command line"})["token"])
    try:
        password = _password(tr("Password"), password_stdin, again=True)
        act = {"kind": "account.create", "name": name, "display": display, "password": password, "roles": role}
        now = int(client.get("/api/v1/state").json()["now"])
        done = post(client, "/api/v1/commands", {"id": uuid7(now), "deadline": now + DEADLINE_MS, "act": act}, session)
    finally:
        client.delete("/api/v1/session", headers={"X-CityOps-Session": session})
    if done["outcome"] != Outcome.DONE:
        raise refused(str(done["code"]), done["params"])
    typer.echo(tr("{name} has an account: {roles}", name=display, roles=", ".join(tr(ROLES[one]) for one in role)))


def _password(prompt: str, from_stdin: bool, *, again: bool = False) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=tr("Password again") if again else False))
