"""The authenticator on the second person's laptop: its secret lies encrypted, its answers are what the station accepts."""

import json
import re
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cityops_desktop.cli import authenticator
from cityops_desktop.cli.app import app
from cityops_desktop.errors import OperatorError
from cityops_desktop.people import ocra

PASSPHRASE = "seven blue horses"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(authenticator.platformdirs, "user_config_dir", lambda *_, **__: str(tmp_path / "config"))
    monkeypatch.setattr(authenticator, "COST", 2**10)
    return tmp_path / "config" / "authenticators"


def typed(*arguments: str, said: str = "") -> Result:
    return CliRunner().invoke(app, ["authenticator", *arguments], input=said)


def add(name: str, secret: str) -> Result:
    return typed("add", name, said=f"{ocra.shown(secret).lower()}\n{PASSPHRASE}\n{PASSPHRASE}\n")


def told(result: Result) -> str:
    """The answer in the output, as digits."""
    assert result.exit_code == 0, result.output
    found = re.findall(r": ([0-9]{4} [0-9]{4})$", result.output, re.MULTILINE)
    assert len(found) == 1, result.output
    return str(found[0])


def test_its_answers_are_what_the_station_accepts(folder: Path):
    secret = ocra.new_secret()
    first = add("station-1", secret)
    used = ocra.accepted(secret, ocra.first_challenge(secret), told(first), time.time_ns() // 1_000_000, None)
    assert used is not None
    answered = typed("answer", "1234 5678", said=f"{PASSPHRASE}\n")
    assert "1234 5678 does not say what it is for" in answered.output
    assert ocra.accepted(secret, "12345678", told(answered), time.time_ns() // 1_000_000, used) is not None
    for output in (first.output, answered.output):
        assert secret.rstrip("=") not in output.replace(" ", "").upper()
        assert PASSPHRASE not in output


def test_the_secret_lies_encrypted_and_private(folder: Path):
    secret = ocra.new_secret()
    add("station-1", secret)
    path = folder / "station-1.json"
    assert path.stat().st_mode & 0o777 == 0o600
    content = path.read_bytes()
    assert ocra.key(secret).hex().encode() not in content
    assert secret.rstrip("=").encode() not in content
    assert authenticator.decrypted(content, PASSPHRASE) == secret
    with pytest.raises(OperatorError, match="wrong passphrase"):
        authenticator.decrypted(content, PASSPHRASE + "x")
    kept = json.loads(content)
    for name in ("salt", "nonce", "data"):
        changed = {**kept, name: kept[name][:-1] + ("0" if kept[name][-1] != "0" else "1")}
        with pytest.raises(OperatorError, match="wrong passphrase"):
            authenticator.decrypted(json.dumps(changed).encode(), PASSPHRASE)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"salt": 1}', b'{"salt": "zz", "nonce": "", "data": ""}'])
def test_a_file_that_is_none(content: bytes):
    with pytest.raises(OperatorError, match="holds no authenticator"):
        authenticator.decrypted(content, PASSPHRASE)


@pytest.mark.parametrize(
    ("arguments", "said", "what"),
    [
        (("answer", "1234567"), "", "eight digits"),
        (("answer", "12345678"), "", "no authenticator yet"),
        (("answer", "12345678", "--name", "../other"), "", "cannot be the name"),
        (("answer", "12345678", "--name", "none"), "", "cannot be used"),
        (("add", "a b"), "", "cannot be the name"),
        (("add", "new"), "ABCD\n", "not the secret"),
    ],
)
def test_what_is_wrong_is_said(folder: Path, arguments: tuple[str, ...], said: str, what: str):
    result = typed(*arguments, said=said)
    assert isinstance(result.exception, OperatorError)
    assert what in str(result.exception)
    assert not folder.exists()


def test_several_authenticators(folder: Path):
    one, two = ocra.new_secret(), ocra.new_secret()
    add("one", one)
    add("two", two)
    assert isinstance(add("one", two).exception, OperatorError), "an existing one is not written over"
    assert "several" in str(typed("answer", "12345678", said=f"{PASSPHRASE}\n").exception)
    answer = told(typed("answer", "12345678", "--name", "two", said=f"{PASSPHRASE}\n"))
    assert ocra.accepted(two, "12345678", answer, time.time_ns() // 1_000_000, None) is not None
    short = typed("add", "three", said=f"{one}\nshort\nshort\n")
    assert "too short" in str(short.exception)
