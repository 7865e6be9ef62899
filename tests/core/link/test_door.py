"""Connections that are opened and left, filled slowly, or never read: none may keep the station from its consoles."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn

from cityops_desktop.link import door
from cityops_desktop.link.door import Door

PATIENCE = 30.0


async def answer(scope, receive, send):
    """Reads the whole body; `/stream` then goes on for ever, `/big` is more than a socket holds."""
    while (message := await receive()).get("more_body"):
        pass
    if message["type"] == "http.disconnect":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-path", scope["path"].encode())]})
    if scope["path"] == "/stream":
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await send({"type": "http.response.body", "body": b".", "more_body": True})
                await asyncio.sleep(0.05)
    body = bytes(20_000_000) if scope["path"] == "/big" else b"done"
    await send({"type": "http.response.body", "body": body})


@pytest.fixture
def address(monkeypatch) -> Iterator[tuple[str, int]]:
    monkeypatch.setattr(door, "FIRST_SECONDS", 0.4)
    monkeypatch.setattr(door, "NEXT_SECONDS", 0.8)
    monkeypatch.setattr(door, "CHECK_SECONDS", 0.05)
    monkeypatch.setattr(door, "MOST_CONNECTIONS", 5)
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(answer, http=Door, log_config=None, lifespan="off", timeout_graceful_shutdown=1, timeout_keep_alive=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listener])))
    thread.start()
    yield listener.getsockname()
    server.should_exit = True
    thread.join(30)
    listener.close()


def opened(address: tuple[str, int], said: bytes = b"") -> socket.socket:
    connection = socket.create_connection(address, PATIENCE)
    connection.sendall(said)
    return connection


def cut(connection: socket.socket) -> bool:
    """Has the station ended it? Waits for that, reading nothing of an answer."""
    try:
        return connection.recv(1) == b""
    except ConnectionError:
        return True


GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow:",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ],
    ids=["nothing", "half a head", "half a body", "half the chunks"],
)
def test_a_request_that_never_arrives_is_cut_off(address, said):
    with opened(address, said) as connection:
        assert cut(connection)


def test_a_second_request_that_never_arrives_is_cut_off(address):
    with opened(address, GET) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET / HTTP/1.1\r\nX-Slow:")
        while not cut(connection):
            pass


def whole(connection: socket.socket) -> bytes:
    """A whole answer, in however many pieces it comes."""
    seen = b""
    while not seen.endswith(b"0\r\n\r\n"):
        part = connection.recv(4096)
        assert part, seen
        seen += part
    return seen


def test_too_many_are_cut_off_and_the_others_served(address):
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(opened(address, GET)) for _ in range(5)]
        assert all(whole(connection).startswith(b"HTTP/1.1 200") for connection in held)
        assert cut(stack.enter_context(opened(address)))
        held[0].sendall(GET)
        assert whole(held[0]).startswith(b"HTTP/1.1 200")


def test_a_stream_is_never_too_long(address):
    with opened(address, b"GET /stream HTTP/1.1\r\nHost: x\r\n\r\n") as connection:
        seen = b""
        while seen.count(b".") < 40:  # two seconds: longer than any patience here
            data = connection.recv(4096)
            assert data, "the stream was cut"
            seen += data


def test_an_answer_that_nobody_takes_is_dropped(address):
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        connection.settimeout(PATIENCE)
        connection.connect(address)
        connection.sendall(b"GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        waiting = threading.Event()
        waiting.wait(2.0)  # the reader that does not read
        taken = 0
        with contextlib.suppress(ConnectionError):
            while data := connection.recv(65536):
                taken += len(data)
        assert taken < 20_000_000
