"""The doors of the API: refuse web pages, foreign hosts, wrong tokens and oversized requests before anything else sees them.

`Guard` stands on 127.0.0.1 and knows the token in the data directory only; `RemoteGuard` stands on the TLS port and knows the tokens of
paired consoles only. Each leaves in the request's scope whose token it was (credentials.SCOPE). Neither asks the store.
"""

import hashlib
import hmac
import json
import re
from collections.abc import Callable, Iterable
from typing import NamedTuple

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cityops_desktop.link.credentials import LOCAL, NOBODY, SCOPE
from cityops_desktop.people.throttle import Rule, Throttle

MOST_BODY_BYTES = 256 * 1024
LARGER = {("PUT", "/api/v1/config/draft"): 8_000_000, ("POST", "/api/v1/duty/attachments"): 2_900_000}
"""Requests that may bring more: a whole room with its types; a file to be attached."""
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
PAIR = ("POST", "/api/v1/pair")
"""The one request that needs no token, on the TLS port only."""
WRONG_TOKENS = Rule(free=10, first=10.0, longest=300.0)
"""What an address may try with tokens that no console has; then its connections are closed for a while. Right tokens always pass."""
_PORT = re.compile(r":[0-9]{1,5}\Z")

Heard = Callable[[str, str], None]
"""Told of each request that was refused: the code and the address that it came from."""


class _No(NamedTuple):
    """A refusal; `close`: the connection ends with it."""

    status: int
    code: str
    close: bool = False


class Guard:
    """ASGI wrapper. A request must name this machine as its host, carry no Origin, and bear the console's token."""

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str] = LOCAL_HOSTS, refused: Heard = lambda _code, _address: None) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(hosts)
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400, 401, 403, 413 or 429 with a Refusal body."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        address = str((scope.get("client") or ("?",))[0])
        via = self._admit(scope, address)
        if isinstance(via, _No):
            self._refused(via.code, address)
            return await _refuse(send, via.status, via.code, close=via.close)
        scope[SCOPE] = via
        length = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        most = LARGER.get((scope["method"], scope["path"]), MOST_BODY_BYTES)
        if not length.isdigit() or int(length) > most:
            return await _refuse(send, 413, "bad_request", {"detail": "body too large"})
        await self._app(scope, _bounded(receive, most), send)

    def _admit(self, scope: Scope, address: str) -> str | _No:
        """Whose token it is, or why not."""
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or _PORT.sub("", hosts[0].lower()) not in self._hosts:
            return _No(403, "foreign_host")
        if _from_web_page(scope):
            return _No(403, "foreign_origin")
        if not hmac.compare_digest(_bearer(scope), b"Bearer " + self._token):
            return _No(401, "wrong_token")
        return LOCAL


class RemoteGuard(Guard):
    """The same for consoles on other machines, which pinned the station's certificate: any host name, and a token of their own."""

    def __init__(self, app: ASGIApp, console_of: Callable[[str], str | None], throttle: Throttle, refused: Heard) -> None:
        """`console_of` tells the id of the console whose token has this SHA-256 (hex), at once; None when none has."""
        super().__init__(app, "", (), refused)
        self._console_of = console_of
        self._throttle = throttle

    def _admit(self, scope: Scope, address: str) -> str | _No:
        if _from_web_page(scope):
            return _No(403, "foreign_origin")
        if (scope["method"], scope["path"]) == PAIR:
            return NOBODY
        bearer = _bearer(scope)
        console = self._console_of(hashlib.sha256(bearer[7:]).hexdigest()) if bearer.startswith(b"Bearer ") else None
        if console is not None:
            return console
        if self._throttle.begin({f"token {address}": WRONG_TOKENS}) > 0:
            return _No(429, "slow_down", close=True)
        return _No(401, "not_paired")


def _from_web_page(scope: Scope) -> bool:
    return any(name == b"origin" for name, _ in scope["headers"])


def _bearer(scope: Scope) -> bytes:
    return next((bytes(value) for name, value in scope["headers"] if name == b"authorization"), b"")


def _bounded(receive: Receive, most: int) -> Receive:
    seen = 0

    async def inner() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > most:
            return {"type": "http.disconnect"}
        return message

    return inner


async def _refuse(send: Send, status: int, code: str, params: dict[str, str] | None = None, *, close: bool = False) -> None:
    body = json.dumps({"code": code, "params": params or {}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(b"connection", b"close")] if close else []
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
