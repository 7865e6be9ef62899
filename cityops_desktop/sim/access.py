"""The simulator's door: where it listens on the loopback and the token that opens it, in a file that only its user may read.

One JSON object a line, {"token": ..., and the order}; one line comes back. No order is understood here.
"""

import asyncio
import contextlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import filelock

from cityops_desktop.link.files import read_told, write_private

NAME = "control.json"
LOCK = "control.lock"
"""Held while the door is open, by the system for this process: a killed simulator holds it no longer."""
LONGEST = 65536
MOST_CALLERS = 32
LOCK_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Door:
    """Port on 127.0.0.1, and the token."""

    port: int
    token: str


def find_door(folder: Path) -> Door | None:
    """The door of the simulator of this directory; None when none runs there, or its file cannot be read."""
    try:
        if _left_behind(folder):
            return None
        told = read_told(folder / NAME)
        return Door(int(told["port"]), str(told["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _left_behind(folder: Path) -> bool:
    """Is the simulator that wrote the file dead? Then its port may be anybody's by now, and nobody there is told the token."""
    if not (folder / LOCK).exists():
        return False
    try:
        with filelock.FileLock(folder / LOCK, timeout=0):
            return True
    except filelock.Timeout:
        return False


class Doorkeeper:
    """Listens while it is open. `answer` carries out a line without its token."""

    def __init__(self, folder: Path, answer: Callable[[str], str]) -> None:
        self._path, self._answer = folder / NAME, answer
        self._token = secrets.token_urlsafe(32)
        self._server: asyncio.Server | None = None
        self._lock = filelock.FileLock(folder / LOCK)
        self._callers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listen on a free port and say so in the file."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LONGEST)
        port = int(self._server.sockets[0].getsockname()[1])
        with contextlib.suppress(filelock.Timeout):  # a client looks whether it is held, for a moment
            self._lock.acquire(timeout=LOCK_SECONDS)
        write_private(self._path, json.dumps({"port": port, "token": self._token}))

    async def close(self) -> None:
        """Close it and take the file away."""
        if self._server is None:
            return
        self._path.unlink(missing_ok=True)
        self._lock.release()
        self._server.close()
        for caller in tuple(self._callers):
            caller.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._callers) >= MOST_CALLERS:
            writer.close()
            return
        self._callers.add(writer)
        try:
            while line := await reader.readline():
                answer = self._opened(line)
                writer.write((answer or json.dumps({"ok": False, "error": "wrong token"})).encode() + b"\n")
                await writer.drain()
                if answer is None:
                    break
        except (ConnectionError, ValueError):  # gone, or a line that never ends
            pass
        finally:
            self._callers.discard(writer)
            writer.close()

    def _opened(self, line: bytes) -> str | None:
        """The answer to a line with the right token, None without it."""
        try:
            order = json.loads(line)
            token = str(order.pop("token"))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return None
        if not hmac.compare_digest(token.encode("utf-8", "replace"), self._token.encode()):
            return None
        return self._answer(json.dumps(order))
