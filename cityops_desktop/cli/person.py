"""A person at the command line: logs in for one act, gives it, and logs out. Keeps no password and no session."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import httpx
import typer

from cityops_desktop.cli.client import ask, broken, connect, post, refused, tried
from cityops_desktop.model.ids import uuid7
from cityops_desktop.model.people import Outcome
from cityops_desktop.paths import default_data
from cityops_desktop.texts import tr

DEADLINE_MS = 20_000
LONG_SECONDS = 60.0
"""Between two portions of a long answer."""
CONSOLE = "command line"

As = Annotated[str, typer.Option("--as", help=tr("login name of the person who does this"))]
PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help=tr("read the passwords from standard input, one a line"))]
CodeStdin = Annotated[
    bool, typer.Option("--code-stdin", help=tr("read the code of the second factor from standard input, after the passwords"))
]


class Person:
    """Somebody who has logged in."""

    def __init__(self, client: httpx.Client, session: str) -> None:
        self._client = client
        self._session = session

    def ask(self, path: str) -> Any:
        """GET. OperatorError when the station refuses."""
        return ask(self._client, "GET", path, self._session)

    def put(self, path: str, body: Any) -> Any:
        """PUT of something that is looked at for long. OperatorError when the station refuses."""
        return ask(self._client, "PUT", path, self._session, json=body, timeout=2 * LONG_SECONDS)

    def texts(self, path: str) -> Iterator[str]:
        """GET of something long, in portions. OperatorError when the station refuses or breaks off."""
        headers = {"X-CityOps-Session": self._session}
        try:
            with self._client.stream("GET", path, headers=headers, timeout=LONG_SECONDS) as answer:
                if answer.is_error:
                    told = json.loads(answer.read())
                    raise refused(str(told["code"]), told["params"])
                yield from answer.iter_text()
        except httpx.HTTPError as error:
            raise broken(error) from error

    def act(self, kind: str, **act: Any) -> dict[str, Any]:
        """Give a command; its data. OperatorError when it was not done."""
        now = int(ask(self._client, "GET", "/api/v1/state")["now"])
        body = {"id": uuid7(now), "deadline": now + DEADLINE_MS, "act": {"kind": kind, **act}}
        done = post(self._client, "/api/v1/commands", body, self._session)
        if done["outcome"] != Outcome.DONE:
            raise refused(str(done["code"]), done["params"])
        return dict(done["data"])


@contextmanager
def logged_in(data: Path | None, name: str, *, password: str, code_stdin: bool) -> Iterator[Person]:
    """This person, for the length of the block. The code of a second factor is asked for where the station wants it."""
    with connect(data or default_data()) as client:
        body = {"name": name, "password": password, "console": CONSOLE}
        code, told = tried(client, "POST", "/api/v1/session", json=body)
        if code == "second_factor_required":
            answer = line() if code_stdin else str(typer.prompt(tr("Code of the second factor")))
            code, told = tried(client, "POST", "/api/v1/session", json=body | {"code": answer.strip()})
        if code:
            raise refused(code, told.get("params", {}))
        session = str(told["token"])
        try:
            yield Person(client, session)
        finally:
            with suppress(httpx.HTTPError):  # a station that has gone: the session ends by itself
                client.delete("/api/v1/session", headers={"X-CityOps-Session": session})


def password_of(name: str, from_stdin: bool) -> str:
    """The password of somebody who logs in."""
    return line() if from_stdin else str(typer.prompt(tr("Password of {name}", name=name), hide_input=True))


def new_password(name: str, from_stdin: bool) -> str:
    """A password that is to be set; typed twice."""
    if from_stdin:
        return line()
    prompt = tr("New password of {name}", name=name)
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=tr("Password again")))


def line() -> str:
    """The next line of standard input."""
    return sys.stdin.readline().rstrip("\r\n")
