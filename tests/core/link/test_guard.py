"""Both doors, without a socket: whose token a request bears, what is refused, what is told of it, and how guessing is slowed down."""

import asyncio
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cityops_desktop.link.credentials import LOCAL, NOBODY, SCOPE
from cityops_desktop.link.guard import MOST_BODY_BYTES, WRONG_TOKENS, Guard, RemoteGuard
from cityops_desktop.people.throttle import Throttle
from tests.conftest import FakeClock

TOKEN = "t" * 43
PAIRED = {hashlib.sha256(b"wall-token").hexdigest(): "wall"}


class Behind:
    """The application: remembers by whose token each request came."""

    def __init__(self) -> None:
        self.via: list[str] = []
        self.heard: list[tuple[str, str]] = []

    async def __call__(self, scope, receive, send) -> None:
        self.via.append(scope[SCOPE])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    def refused(self, code: str, address: str) -> None:
        self.heard.append((code, address))


def ask(guard: Guard, method: str = "GET", path: str = "/api/v1/state", address: str = "10.0.0.7", **headers: str) -> tuple[int, Any, dict]:
    """Status, body and headers of the answer."""
    sent: list[dict] = []
    told = [(name.replace("_", "-").encode(), value.encode("latin-1")) for name, value in ({"host": "127.0.0.1:1"} | headers).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": told, "client": (address, 1)}

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    asyncio.run(guard(scope, receive, send))
    return sent[0]["status"], json.loads(sent[1]["body"]), dict(sent[0]["headers"])


def local(behind: Behind) -> Guard:
    return Guard(behind, TOKEN, refused=behind.refused)


def distant(behind: Behind, clock: FakeClock) -> RemoteGuard:
    return RemoteGuard(behind, PAIRED.get, Throttle(clock), behind.refused)


def test_the_local_door_takes_the_local_token_only(clock):
    behind = Behind()
    assert ask(local(behind), authorization=f"Bearer {TOKEN}")[0] == 200
    assert behind.via == [LOCAL]
    for wrong in ("Bearer wall-token", "", TOKEN, f"bearer {TOKEN}", f"Bearer {TOKEN} "):
        assert ask(local(behind), authorization=wrong)[:2] == (401, {"code": "wrong_token", "params": {}})
    assert behind.heard == [("wrong_token", "10.0.0.7")] * 5 and behind.via == [LOCAL]


def test_the_remote_door_takes_tokens_of_paired_consoles_only_and_any_host(clock):
    behind = Behind()
    guard = distant(behind, clock)
    assert ask(guard, authorization="Bearer wall-token", host="room.example:18622")[0] == 200
    assert behind.via == ["wall"]
    for wrong in (f"Bearer {TOKEN}", "Bearer ", "", "wall-token", "Bearer " + next(iter(PAIRED))):
        assert ask(guard, authorization=wrong)[:2] == (401, {"code": "not_paired", "params": {}})
    assert behind.via == ["wall"]


@pytest.mark.parametrize("remote", [False, True])
def test_web_pages_are_refused_at_both(clock, remote):
    behind = Behind()
    guard = distant(behind, clock) if remote else local(behind)
    for origin in ("https://evil", "null", ""):
        assert ask(guard, origin=origin, authorization=f"Bearer {'wall-token' if remote else TOKEN}")[:1] == (403,)
    assert behind.heard == [("foreign_origin", "10.0.0.7")] * 3 and behind.via == []


def test_foreign_hosts_are_refused_locally():
    behind = Behind()
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.2", ""):
        assert ask(local(behind), host=host, authorization=f"Bearer {TOKEN}")[1]["code"] == "foreign_host"


def test_pairing_alone_needs_no_token(clock):
    behind = Behind()
    guard = distant(behind, clock)
    assert ask(guard, "POST", "/api/v1/pair")[0] == 200
    assert behind.via == [NOBODY]
    for method, path in (("GET", "/api/v1/pair"), ("POST", "/api/v1/pair/"), ("POST", "//api/v1/pair"), ("POST", "/api/v1/setup")):
        assert ask(guard, method, path)[0] == 401
    assert ask(local(behind), "POST", "/api/v1/pair")[0] == 401


def test_guessing_closes_the_connection_for_longer_and_longer_and_right_tokens_pass(clock):
    behind = Behind()
    guard = distant(behind, clock)
    for _ in range(WRONG_TOKENS.free):
        assert ask(guard, authorization="Bearer guess")[0] == 401
    status, body, headers = ask(guard, authorization="Bearer guess")
    assert (status, body["code"], headers[b"connection"]) == (429, "slow_down", b"close")
    assert ask(guard, authorization="Bearer wall-token")[0] == 200
    assert ask(guard, authorization="Bearer guess", address="10.0.0.8")[0] == 401, "another address"
    clock.advance(WRONG_TOKENS.first + 1)
    assert ask(guard, authorization="Bearer guess")[0] == 401
    clock.advance(WRONG_TOKENS.first + 1)
    assert ask(guard, authorization="Bearer guess")[0] == 429, "the second wait is longer"


def test_bodies_that_are_too_large_are_refused_before_they_are_read(clock):
    behind = Behind()
    much = {"content_length": str(MOST_BODY_BYTES + 1)}
    assert ask(local(behind), "POST", authorization=f"Bearer {TOKEN}", **much)[0] == 413
    assert ask(distant(behind, clock), "POST", "/api/v1/pair", **much)[0] == 413
    assert behind.via == []


@given(st.text(st.characters(max_codepoint=255), max_size=80))
def test_no_other_header_opens_either_door(bearer):
    behind = Behind()
    if bearer not in (f"Bearer {TOKEN}", "Bearer wall-token"):
        assert ask(local(behind), authorization=bearer)[0] == 401
        assert ask(distant(behind, FakeClock()), authorization=bearer)[0] == 401
    assert behind.via == []
