"""How a console finds its station. Here: `station.json` and `token` in the data directory, written by the station only. On another machine:
`remote.json` in a folder of the console's own, written when it was paired (remote.py)."""

import errno
import hashlib
import json
import os
import re
import secrets
import stat
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STATION = "station.json"
TOKEN = "token"
REMOTE = "remote.json"
SILENCE = "horn-silenced"
SILENCE_SECONDS = 120.0
OUTPUTS = "outputs.json"
"""Which alarm outputs the room has, and what may be written to: by the station, for whoever drives them while it is not there."""
UNATTENDED = "outputs-unattended.jsonl"
"""What was switched meanwhile: a JSON object a line, which the next start of the station takes into the change log."""
NOT_STARTING = "not-starting"
"""Why the station of this directory, which has run before, does not start: an exit code, by its supervisor while that is so."""
_SOUND_TOKEN = re.compile(r"[A-Za-z0-9_-]{32,128}")
_MOST_TOKEN = 1000
_MOST_TOLD = 1_000_000


@dataclass(frozen=True, slots=True)
class Address:
    """Where a station listens, and the token that lets a console look. A remote one has a pinned `certificate` (PEM) and `fingerprint`."""

    url: str
    token: str = field(repr=False)
    boot: str = ""
    fingerprint: str = ""
    certificate: str = field(default="", repr=False)


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all. OSError when it cannot be."""
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)  # whatever lies there, a link to elsewhere or a file that others may read, is not written to
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_small(path: Path, most: int = _MOST_TOLD) -> bytes:
    """What a small file holds. OSError for what cannot be read, is no file (a pipe would be waited for) or holds more."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "no ordinary file", str(path))
        held = file.read(most + 1)
    if len(held) > most:
        raise OSError(errno.EFBIG, f"larger than {most} bytes", str(path))
    return held


def read_told(path: Path) -> Any:
    """The JSON of such a file. OSError, or ValueError for what is none."""
    try:
        return json.loads(read_small(path))
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def make_token(data: Path) -> str:
    """The console token of this data directory, made at the first start and in place of one that is none. OSError."""
    path = data / TOKEN
    try:
        token = read_small(path).decode("ascii", "replace").strip()
    except FileNotFoundError:
        token = ""
    if not _SOUND_TOKEN.fullmatch(token):
        token = secrets.token_urlsafe(32)
        write_private(path, token + "\n")
    if os.name == "posix":
        path.chmod(0o600)
    return token


def publish(data: Path, url: str, boot: str) -> None:
    """Say where the station listens."""
    write_private(data / STATION, json.dumps({"url": url, "pid": os.getpid(), "boot": boot}))


def withdraw(data: Path) -> None:
    """The station listens no more."""
    (data / STATION).unlink(missing_ok=True)


def find(data: Path) -> Address | None:
    """The station of this data directory, or None when none has said that it listens; in a folder of remote.py the one paired with."""
    try:
        if (data / REMOTE).exists():
            told = read_told(data / REMOTE)
            return Address(str(told["url"]), str(told["token"]), "", str(told["fingerprint"]), str(told["certificate"]))
        told = read_told(data / STATION)
        return Address(str(told["url"]), read_small(data / TOKEN, _MOST_TOKEN).decode().strip(), str(told["boot"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def not_starting(data: Path) -> int | None:
    """The exit code with which the station refuses to start; None where nothing is known of that."""
    try:
        return int(read_small(data / NOT_STARTING, 100))
    except (OSError, ValueError):
        return None


def silence_horn(data: Path) -> None:
    """A person at this machine asks the supervisor's horn to be quiet for two minutes while no station can be asked. OSError."""
    write_private(data / SILENCE, "")


def horn_silenced(data: Path) -> bool:
    """Has somebody asked so within the last two minutes?"""
    try:
        return 0 <= time.time() - (data / SILENCE).stat().st_mtime < SILENCE_SECONDS
    except OSError:
        return False


def outputs_declared(data: Path) -> bool:
    """Has the station said which alarm outputs are to be driven while it is not there?"""
    return (data / OUTPUTS).exists()


def take_leave(data: Path, console: str) -> None:
    """A window that is closed in order while no station can be told leaves word for the supervisor. OSError."""
    write_private(_leave(data, console), console)


def took_leave(data: Path, console: str) -> bool:
    """Has it left word? True once."""
    try:
        _leave(data, console).unlink()
    except OSError:
        return False
    return True


def _leave(data: Path, console: str) -> Path:
    return data / f"closed-{hashlib.sha256(console.encode()).hexdigest()[:16]}"
