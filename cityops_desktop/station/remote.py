"""Remote consoles as the station knows them: who is paired (in memory), the pairing itself, the TLS server, and what knocks in vain.

Used from the station's event loop; the store is asked in worker threads.
"""

import asyncio
import contextlib
import logging
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import uvicorn
from starlette.types import ASGIApp

from cityops_desktop.clock import Clock
from cityops_desktop.link.credentials import NOBODY, Credentials
from cityops_desktop.link.door import Door
from cityops_desktop.link.guard import RemoteGuard
from cityops_desktop.link.hub import Hub
from cityops_desktop.link.porch import Porch
from cityops_desktop.link.remote_api import PairedConsole
from cityops_desktop.model.refused import Refused
from cityops_desktop.people import consoles
from cityops_desktop.people.people import People
from cityops_desktop.people.throttle import Rule, Throttle
from cityops_desktop.station.refusals import Refusals

log = logging.getLogger(__name__)

WRONG_CODES = Rule(free=5, first=30.0, longest=900.0)
TOLD_SECONDS = 60.0
"""A refusal of the same kind from the same address is recorded again only after so long."""
MOST_KNOCKS = 1000


@dataclass(frozen=True)
class Listening:
    """The TLS port that was opened. `host` is the address to tell people: the machine's name where it listens on all addresses."""

    listener: socket.socket
    context: ssl.SSLContext
    fingerprint: str
    host: str

    @property
    def place(self) -> str:
        """HOST:PORT."""
        return f"{self.host}:{self.listener.getsockname()[1]}"


class StationRemote:
    """Implements cityops_desktop.link.remote_api.RemoteDesk and station.acts.consoles.Remote. `listening` is None on this machine only."""

    def __init__(self, listening: Listening | None, people: People, refusals: Refusals, clock: Clock) -> None:
        self._listening = listening
        self._people = people
        self._refusals = refusals
        self._clock = clock
        self._throttle = Throttle(clock)
        self._tokens: dict[str, str] = {}
        self._out: set[str] = set()
        self._knocks: dict[str, float] = {}
        self.hub: Hub | None = None
        """Whose streams are cut when a console is shut out."""

    @property
    def place(self) -> str:
        """HOST:PORT where remote consoles find this station, "" when it listens on this machine only."""
        return self._listening.place if self._listening is not None else ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the station's certificate, "" when it listens on this machine only."""
        return self._listening.fingerprint if self._listening is not None else ""

    def load(self) -> None:
        """Learn who is paired; in a worker thread, before the first request. StoreError."""
        self._tokens = self._people.store.read(consoles.tokens)

    def serve(self, app: ASGIApp) -> "TlsServer | None":
        """The server of the TLS port; None on this machine only."""
        if self._listening is None:
            return None
        log.info("remote consoles may come to %s, certificate %s", self.place, self.fingerprint)
        return TlsServer(RemoteGuard(app, self._tokens.get, self._throttle, self.knocked), self._listening)

    async def pair(self, code: str, address: str, credentials: Credentials) -> PairedConsole:
        """Let a remote console in."""
        if credentials.via != NOBODY:
            raise Refused("remote_only")
        key = f"code {address}"
        if self._throttle.begin({key: WRONG_CODES}) > 0:
            raise Refused("slow_down")
        now = self._clock.wall()
        try:
            made = await asyncio.to_thread(self._people.write, lambda conn: consoles.pair(conn, code, address=address, time=now))
        except Refused as error:
            if error.code == "wrong_pairing_code":
                self._refusals.refused(error.code, kind="console.paired", actor=f"console:{address}", console=address)
            else:
                self._throttle.taken_back({key: WRONG_CODES})
            raise
        self._throttle.succeeded(key)
        if made.id not in self._out:
            self._tokens[consoles.digest(made.token)] = made.id
        return PairedConsole(console=made.id, name=made.name, token=made.token)

    def shut_out(self, console: str) -> None:
        """This console's token is good no more; its streams end."""
        self._out.add(console)
        for digest in [digest for digest, one in self._tokens.items() if one == console]:
            del self._tokens[digest]
        if self.hub is not None:
            self.hub.cut(console)

    def knocked(self, code: str, address: str) -> None:
        """A request was refused at the door: recorded, but once a minute for each address and reason."""
        now = self._clock.monotonic()
        key = f"{code} {address}"
        if now - self._knocks.get(key, -TOLD_SECONDS) < TOLD_SECONDS:
            return
        if len(self._knocks) >= MOST_KNOCKS:
            self._knocks = {one: since for one, since in self._knocks.items() if now - since < TOLD_SECONDS}
        if len(self._knocks) >= MOST_KNOCKS:
            return
        self._knocks[key] = now
        self._refusals.refused(code, kind="link.request", actor=f"console:{address}", console=address)


class Server(uvicorn.Server):
    """Leaves signals to the station."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serving(app: ASGIApp) -> uvicorn.Config:
    """How the station serves, locally and over TLS alike."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=2,
        timeout_keep_alive=15,
        http=Door,
        server_header=False,
        ws="none",
    )


class TlsServer(Server):
    """Takes its connections from a porch instead of the loop's own server."""

    def __init__(self, app: ASGIApp, listening: Listening) -> None:
        super().__init__(serving(app))
        self._listening = listening
        self._taking: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the porch."""
        self.servers = []
        porch = Porch(self._listening.listener, self._listening.context, self._door, lambda: self.server_state.connections)  # type: ignore[arg-type,return-value]
        self._taking = asyncio.get_running_loop().create_task(porch.run())
        self.started = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close it, then let those inside go in order."""
        if self._taking is not None:
            self._taking.cancel()
            await asyncio.wait({self._taking})
        await super().shutdown(sockets)

    def _door(self) -> asyncio.Protocol:
        return Door(self.config, self.server_state, self.lifespan.state)
