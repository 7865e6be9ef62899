"""What a room file says about a web server, and the password that stands in a file of its own. Asks nothing; client.py does.

That one is imported when a bus opens: a room without web servers does not wait for an HTTP library.
"""

import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from cityops_desktop.model.readings import Reason
from cityops_desktop.texts import N_
from drivers.exchange import NoAnswer
from drivers.line.options import Options, Seconds

LONGEST_PASSWORD = 1024


class Login(StrEnum):
    """How a server asks who we are. A server that asks in another way than the room file says learns nothing."""

    DIGEST = "digest"
    BASIC = "basic"


class WebOptions(Options):
    """A web server: its host, whether it is spoken to in the clear, whose certificate it must show, and who we are there.

    `fingerprint` = SHA-256 of its certificate; without it the certificate must be one that this machine trusts.
    """

    host: Annotated[str, Field(min_length=1, pattern=r"^[^\s/@?#]+$")]
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    https: bool = False
    fingerprint: Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$")] | None = None
    user: str = ""
    password_file: str = ""
    login: Login = Login.DIGEST
    timeout: Seconds = 5.0

    @model_validator(mode="after")
    def _together(self) -> "WebOptions":
        if self.fingerprint is not None and not self.https:
            raise ValueError(N_("a fingerprint needs https: true"))
        if bool(self.user) != bool(self.password_file):
            raise ValueError(N_("user and password_file belong together"))
        return self

    @property
    def at(self) -> str:
        """The host with its port."""
        return f"{self.host.lower()}:{self.port or (443 if self.https else 80)}"

    @property
    def url(self) -> str:
        """What stands before every path."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = f":{self.port}" if self.port is not None else ""
        return f"{'https' if self.https else 'http'}://{host}{port}"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer with a status of success: the media type as the server names it, and the body."""

    kind: str
    body: bytes


def secret(file: Path) -> str:
    """The password in a file that nobody but its owner may read; its last line end is no part of it. NoAnswer, which names the file but
    not its folder: everybody sees why a wire is down."""
    try:
        number = os.open(file, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError as error:
        raise NoAnswer(Reason.DENIED, f"{file.name}: {error.strerror}") from error
    with os.fdopen(number, "rb") as opened:
        mode = os.fstat(number).st_mode & 0o777
        if os.name == "posix" and mode & 0o077:
            raise NoAnswer(Reason.DENIED, f"{file.name}: {mode:04o}, must be 0600")
        try:
            text = opened.read(LONGEST_PASSWORD + 1).decode("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise NoAnswer(Reason.DENIED, f"{file.name}: {type(error).__name__}") from error
    if not text or len(text) > LONGEST_PASSWORD:
        raise NoAnswer(Reason.DENIED, f"{file.name}: {len(text)} characters")
    if not text.isprintable():  # a key or another file of several lines, which no server is to be told
        raise NoAnswer(Reason.DENIED, f"{file.name}: not one line")
    return text
