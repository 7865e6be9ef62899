"""`notify`: the ways by which people are told of alarms: how they do, test messages, and their secrets. Prints no secret."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cityops_desktop.cli.app import Data, Json, app
from cityops_desktop.cli.client import ask, connect
from cityops_desktop.cli.person import As, CodeStdin, PasswordStdin, logged_in, password_of
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.link.notify import WaysPage
from cityops_desktop.paths import default_data
from cityops_desktop.sentences import DELIVERIES, notify_text
from cityops_desktop.station.notify_secrets import LONGEST, Secrets
from cityops_desktop.store.files import unusable
from cityops_desktop.texts import N_, pick, tr

group = typer.Typer(help=tr("The ways by which people are told of alarms."), no_args_is_help=True)
secret = typer.Typer(help=tr("Secrets of the ways: passwords, keys, PINs."), no_args_is_help=True)
app.add_typer(group, name="notify")
group.add_typer(secret, name="secret")

STATES = {"ready": N_("works"), "failed": N_("DOES NOT WORK"), "untried": N_("not tried yet")}


@group.callback()
def command_notify() -> None:
    """Ways of a running station, and their secrets."""


@group.command("ways", help=tr("List the ways and how they do, and who is told."))
def list_ways(data: Data = None, as_json: Json = False) -> None:
    """Exit code 9 when one does not work."""
    with connect(data or default_data()) as client:
        page = WaysPage.model_validate(ask(client, "GET", "/api/v1/notify/ways"))
    width = max((len(way.id) for way in page.ways), default=0)
    for way in page.ways:
        why = f" ({notify_text(way.why)})" if way.why else ""
        typer.echo(way.model_dump_json() if as_json else f"{way.id:{width}}  {way.kind}  {tr(STATES[way.state])}{why}")
    for call in page.calls:
        typer.echo(call.model_dump_json() if as_json else f"{call.id}  {pick(call.names)}  → {', '.join(call.ways)}")
    if any(way.state == "failed" for way in page.ways):
        raise typer.Exit(int(Exit.WRONG))


@group.command(help=tr("Send a message that says that it is a test."))
def test(
    way: Annotated[str, typer.Argument(help=tr("id of the way"))],
    name: As,
    to: Annotated[str, typer.Option("--to", help=tr("id of the receiver in the call list; without it the first one of this way"))] = "",
    by: Annotated[str, typer.Option("--by", help=tr("sms or call, where a modem knows both"))] = "",
    password_stdin: PasswordStdin = False,
    code_stdin: CodeStdin = False,
    data: Data = None,
) -> None:
    """Waits until the way has taken it, or has not."""
    password = password_of(name, password_stdin)
    with logged_in(data, name, password=password, code_stdin=code_stdin) as person:
        page = WaysPage.model_validate(person.ask("/api/v1/notify/ways"))
        call = to or next((call.id for call in page.calls if way in call.ways), "")
        if not call:
            raise _nobody(way)
        done = person.act("notify.test", way=way, call=call, by=by)
    state = str(done.get("state", ""))
    typer.echo(next((tr(words) for known, words in DELIVERIES.items() if known == state), state))


@secret.command("set", help=tr("Keep the secret of a way; it is read from standard input. An empty line takes it away."))
def set_secret(name: Annotated[str, typer.Argument(help=tr("id of the way"))], data: Data = None) -> None:
    """It is used from the next message on; the station need not be started anew."""
    folder = _folder(data)
    if sys.stdin.isatty():
        told = str(typer.prompt(tr("Secret of {name}", name=name), hide_input=True, default="", show_default=False))
    else:
        told = sys.stdin.readline(LONGEST + 2).rstrip("\r\n")
    if len(told) > LONGEST or "\0" in told:
        raise OperatorError(Problem(what=N_("this is no secret of a way"), do=N_("give one line of text"), where=name), Exit.USAGE)
    try:
        Secrets(folder).set(name, told)
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from error
    typer.echo(tr("kept") if told else tr("taken away"))


@secret.command("list", help=tr("Name the ways that have a secret."))
def list_secrets(data: Data = None) -> None:
    """The names alone."""
    folder = _folder(data)
    try:
        names = list(Secrets(folder).names())
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from error
    for name in names:
        typer.echo(name)


def _folder(data: Path | None) -> Path:
    folder = data or default_data()
    if not folder.is_dir():
        raise OperatorError(
            Problem(what=N_("there is no data directory here"), do=N_("name the station's data directory with --data"), where=str(folder)),
            Exit.STORE,
        )
    return folder


def _unreadable(folder: Path, error: OSError | ValueError) -> OperatorError:
    path = folder / "notify-secrets"
    if isinstance(error, OSError):
        return unusable(path, error)
    return OperatorError(
        Problem(what=N_("the file of secrets is damaged"), do=N_("move it away and set the secrets anew"), where=str(path)), Exit.STORE
    )


def _nobody(way: str) -> OperatorError:
    return OperatorError(
        Problem(
            what=N_("nobody in the call list is told by the way {way}"),
            do=N_("look at the ways and receivers: cityops-desktop notify ways"),
            where=way,
            params={"way": way},
        ),
        Exit.USAGE,
    )
