"""The door of the API: refuses foreign hosts, web pages, wrong tokens and oversized requests before anything else sees them."""

import hmac
import json
import re
from collections.abc import Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BODY_BYTES = 256 * 1024
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_PORT = re.compile(r":[0-9]{1,5}\Z")


class Guard:
    """ASGI wrapper. A request must name this machine as its host, carry no Origin, and bear the console's token."""

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str] = LOCAL_HOSTS) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = frozenset(hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 400, 401, 403 or 413 with a Refusal body."""
        if scope["type"] != "http":
            if scope["type"] == "lifespan":
                await self._app(scope, receive, send)
            return
        headers = scope["headers"]
        hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
        if len(hosts) != 1 or _PORT.sub("", hosts[0].lower()) not in self._hosts:
            return await _refuse(send, 403, "foreign_host")
        if any(name == b"origin" for name, _ in headers):
            return await _refuse(send, 403, "foreign_origin")
        bearer = next((value for name, value in headers if name == b"authorization"), b"")
        if not hmac.compare_digest(bearer, b"Bearer " + self._token):
            return await _refuse(send, 401, "wrong_token")
        length = next((value for name, value in headers if name == b"content-length"), b"0")
        if not length.isdigit() or int(length) > MOST_BODY_BYTES:
            return await _refuse(send, 413, "bad_request", {"detail": "body too large"})
        await self._app(scope, _bounded(receive), send)


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def inner() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > MOST_BODY_BYTES:
            return {"type": "http.disconnect"}
        return message

    return inner


async def _refuse(send: Send, status: int, code: str, params: dict[str, str] | None = None) -> None:
    body = json.dumps({"code": code, "params": params or {}}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
