"""`authenticator add` and `authenticator answer`: the second person's own laptop, which answers challenges read over the phone. Offline.

A secret lies in the person's configuration directory, encrypted with a passphrase (scrypt, ChaCha20-Poly1305). It is no argument, and
neither is the passphrase: arguments are visible to every user of the machine.
"""

import base64
import json
import os
import re
import secrets
import time
from pathlib import Path
from typing import Annotated

import platformdirs
import typer
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from cityops_desktop.cli.app import app
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.people import ocra
from cityops_desktop.texts import N_, tr

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
SHORTEST = 8
"""Characters of a passphrase."""
COST, BLOCK, LANES = 2**16, 8, 1
"""Of scrypt: 64 MB and some 0.2 s for each passphrase that is tried."""

group = typer.Typer(help=tr("Answers challenges of two-person acts on the second person's own machine."), no_args_is_help=True)
app.add_typer(group, name="authenticator")


@group.callback()
def authenticator() -> None:
    """Needs no station and no network."""


@group.command(help=tr("Keep the secret that the station showed, and answer its first challenge."))
def add(name: Annotated[str, typer.Argument(help=tr("what to call it here"))]) -> None:
    """The secret is typed, encrypted and never shown again."""
    path = _path(name)
    if path.exists():
        raise _problem(N_("there is an authenticator of this name"), N_("choose another name, or delete the file"), path)
    secret = _secret(str(typer.prompt(tr("Secret as the station shows it"), hide_input=True)))
    passphrase = str(typer.prompt(tr("Passphrase"), hide_input=True, confirmation_prompt=tr("Passphrase again")))
    if len(passphrase) < SHORTEST:
        raise _problem(N_("the passphrase is too short"), N_("take at least {length} characters"), None, length=SHORTEST)
    _write(path, encrypted(secret, passphrase))
    typer.echo(tr("kept as {path}", path=str(path)))
    typer.echo(tr("answer to the first challenge: {answer}", answer=_grouped(_now(secret, ocra.first_challenge(secret)))))


@group.command(help=tr("Answer a challenge that is read over the phone."))
def answer(
    challenge: Annotated[str, typer.Argument(help=tr("eight digits, blanks between them do not matter"))],
    name: Annotated[str, typer.Option("--name", help=tr("which authenticator; the only one when it is not given"))] = "",
) -> None:
    """Holds for the minute in which it is given, and one before and after."""
    digits = ocra.number(challenge)
    if not digits:
        raise _problem(N_("a challenge has eight digits"), N_("have it read to you again"), None)
    path = _path(name) if name else _only()
    secret = decrypted(_read(path), str(typer.prompt(tr("Passphrase"), hide_input=True)), path)
    typer.echo(tr("The challenge {challenge} does not say what it is for.", challenge=_grouped(digits)))
    typer.echo(tr("Have the act told to you: what, in which room, who began it, why. Answer only if you want exactly that done."))
    typer.echo(tr("answer: {answer}", answer=_grouped(_now(secret, digits))))


def encrypted(secret: str, passphrase: str) -> bytes:
    """A secret as it lies on the disk."""
    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    head = {"suite": ocra.SUITE, "scrypt": [COST, BLOCK, LANES], "salt": salt.hex(), "nonce": nonce.hex()}
    data = ChaCha20Poly1305(_key(passphrase, salt)).encrypt(nonce, ocra.key(secret), _bound(salt))
    return json.dumps({**head, "data": data.hex()}, indent=1).encode()


def decrypted(content: bytes, passphrase: str, path: Path | None = None) -> str:
    """The secret in base32. OperatorError when the passphrase is wrong, or the file damaged."""
    try:
        kept = json.loads(content)
        salt, nonce, data = (bytes.fromhex(kept[name]) for name in ("salt", "nonce", "data"))
        if (kept["suite"], kept["scrypt"]) != (ocra.SUITE, [COST, BLOCK, LANES]):
            raise ValueError("another suite")
        plain = ChaCha20Poly1305(_key(passphrase, salt)).decrypt(nonce, data, _bound(salt))
    except InvalidTag:
        raise _problem(N_("wrong passphrase"), N_("try again; if it is lost, register a new authenticator"), path) from None
    except (ValueError, KeyError, TypeError) as error:
        raise _problem(N_("this file holds no authenticator"), N_("delete it and register a new authenticator"), path) from error
    return base64.b32encode(plain).decode("ascii")


def _bound(salt: bytes) -> bytes:
    return f"{ocra.SUITE} {COST} {BLOCK} {LANES} {salt.hex()}".encode()


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=COST, r=BLOCK, p=LANES).derive(passphrase.encode("utf-8", "surrogatepass"))


def _now(secret: str, challenge: str) -> str:
    return ocra.now(secret, challenge, time.time_ns() // 1_000_000)


def _grouped(digits: str) -> str:
    return f"{digits[:4]} {digits[4:]}"


def _secret(typed: str) -> str:
    try:
        return base64.b32encode(ocra.key(typed)).decode("ascii")
    except ValueError:
        raise _problem(N_("that is not the secret"), N_("type all groups of letters and digits as the station shows them"), None) from None


def _folder() -> Path:
    return Path(platformdirs.user_config_dir("cityops-desktop", appauthor=False)) / "authenticators"


def _path(name: str) -> Path:
    if NAME.fullmatch(name) is None:
        raise _problem(N_("“{name}” cannot be the name"), N_("take letters, digits, dots, hyphens and underscores"), None, name=name)
    return _folder() / f"{name}.json"


def _only() -> Path:
    found = sorted(_folder().glob("*.json")) if _folder().is_dir() else []
    if not found:
        raise _problem(N_("there is no authenticator yet"), N_("register one: cityops-desktop authenticator add NAME"), _folder())
    if len(found) > 1:
        names = ", ".join(path.stem for path in found)
        raise _problem(N_("there are several authenticators: {names}"), N_("say which: --name NAME"), None, names=names)
    return found[0]


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unusable(path, error) from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise _unusable(path, error) from error


def _unusable(path: Path, error: OSError) -> OperatorError:
    return _problem(N_("the file cannot be used: {error}"), N_("look at its name and rights"), path, error=error.strerror or str(error))


def _problem(what: str, do: str, path: Path | None, **params: str | int) -> OperatorError:
    return OperatorError(Problem(what=what, do=do, where=str(path or ""), params=params), Exit.USAGE)
