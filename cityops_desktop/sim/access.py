"""The simulator's door: where it listens on the loopback and the token that opens it, in a file that only its user may read.

One JSON object a line, {"token": ..., and the order}; one line comes back. No order is understood here.
"""

import asyncio
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cityops_desktop.link.files import write_private

NAME = "control.json"
LONGEST = 65536


@dataclass(frozen=True, slots=True)
class Door:
    """Port on 127.0.0.1, and the token."""

    port: int
    token: str


def find_door(folder: Path) -> Door | None:
    """The door of the simulator of this directory; None when none runs there, or its file cannot be read."""
    try:
        told = json.loads((folder / NAME).read_bytes())
        return Door(int(told["port"]), str(told["token"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


class Doorkeeper:
    """Listens while it is open. `answer` carries out a line without its token."""

    def __init__(self, folder: Path, answer: Callable[[str], str]) -> None:
        self._path, self._answer = folder / NAME, answer
        self._token = secrets.token_urlsafe(32)
        self._server: asyncio.Server | None = None
        self._callers: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        """Listen on a free port and say so in the file."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LONGEST)
        port = int(self._server.sockets[0].getsockname()[1])
        write_private(self._path, json.dumps({"port": port, "token": self._token}))

    async def close(self) -> None:
        """Close it and take the file away."""
        if self._server is None:
            return
        self._path.unlink(missing_ok=True)
        self._server.close()
        for caller in tuple(self._callers):
            caller.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
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
        except (ValueError, KeyError, AttributeError, TypeError):
            return None
        if not hmac.compare_digest(token.encode(), self._token.encode()):
            return None
        return self._answer(json.dumps(order))
