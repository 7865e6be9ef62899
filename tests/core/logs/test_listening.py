"""Who holds connections: stuck handshakes, hoarders, the half-open. And machines that only look like others."""

import asyncio
import socket
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cityops_desktop.logs import listening
from cityops_desktop.logs.listening import Listening, plain
from cityops_desktop.model.loglines import Channel, LogListen
from tests.peers.slaves import free_port

PATIENCE = 30.0


class Door:
    """An open place, and what came through it."""

    def __init__(self, place: LogListen, allow: tuple[str, ...], certificate: str, key: str) -> None:
        self.port = place.port
        self.clients: list[socket.socket] = []
        self.lines: list[tuple[bytes, str]] = []
        self.listening = Listening((place,), allow, certificate, key, self.take)

    def take(self, data: bytes, source: str, channel: Channel) -> bool:
        """Everything is kept."""
        self.lines.append((data, source))
        return True

    async def connect(self, source: str = "127.0.0.1") -> socket.socket:
        """A connection from this address."""
        made = socket.socket()
        self.clients.append(made)
        made.setblocking(False)
        made.bind((source, 0))
        await asyncio.get_running_loop().sock_connect(made, ("127.0.0.1", self.port))
        return made


async def send(client: socket.socket, data: bytes) -> None:
    await asyncio.get_running_loop().sock_sendall(client, data)


async def until(so: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not so():
            await asyncio.sleep(0.01)


async def closed(client: socket.socket) -> bool:
    try:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(client, 10), PATIENCE) == b""
    except ConnectionResetError:
        return True


@asynccontextmanager
async def open_door(
    allow: tuple[str, ...] = (), channel: Channel = Channel.TCP, certificate: str = "", key: str = ""
) -> AsyncIterator[Door]:
    door = Door(LogListen(channel, "127.0.0.1", free_port()), allow, certificate, key)
    await door.listening.start()
    assert not door.listening.troubles
    try:
        yield door
    finally:
        await door.listening.stop()
        for client in door.clients:
            client.close()


def test_who_holds_more_than_his_share_loses_the_silent_one_and_nobody_elses() -> None:
    async def go() -> None:
        async with open_door() as door:
            other, says = await door.connect("127.0.0.2"), await door.connect()
            silent = [await door.connect() for _ in range(listening.MOST_OF_ONE - 1)]
            await send(says, b"<13>i am awake\n")
            await until(lambda: bool(door.lines))
            for _ in range(listening.MOST_OF_ONE - 1):
                await door.connect()
            assert all([await closed(one) for one in silent])
            await send(says, b"<13>still\n")
            await send(other, b"<13>other\n")
            await until(lambda: len(door.lines) == 3)

    asyncio.run(go())


def test_when_all_are_taken_one_that_was_silent_long_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", 3)

    async def go() -> None:
        async with open_door() as door:
            held = [await door.connect(f"127.0.0.{n}") for n in range(2, 5)]
            assert await closed(await door.connect("127.0.0.9")) and door.listening.refused == 1
            monkeypatch.setattr(listening, "SILENT_SECONDS", -1.0)
            await send(await door.connect("127.0.0.9"), b"<13>in\n")
            await until(lambda: door.lines == [(b"<13>in", "127.0.0.9")])
            assert await closed(held[0])

    asyncio.run(go())


def test_a_handshake_that_never_ends_counts_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "HANDSHAKE_SECONDS", 0.2)
    monkeypatch.setattr(listening, "MOST_CONNECTIONS", 2)
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "cert.pem")
    made = ("openssl", "req", "-x509", "-newkey", "rsa:2048", "-keyout", key, "-out", certificate, "-subj", "/CN=s", "-nodes")
    subprocess.run(made, check=True, capture_output=True, timeout=PATIENCE)

    async def go() -> None:
        async with open_door((), Channel.TLS, certificate, key) as door:
            stuck = [await door.connect(), await door.connect()]
            assert await closed(await door.connect())
            assert all([await closed(one) for one in stuck])
            assert (door.listening.refused, door.lines) == (1, [])

    asyncio.run(go())


def test_networks_that_are_not_allowed_are_counted() -> None:
    async def go() -> None:
        async with open_door(("127.0.0.2/32",)) as door:
            assert await closed(await door.connect("127.0.0.3"))
            await send(await door.connect("127.0.0.2"), b"<13>a\n")
            await until(lambda: bool(door.lines))
            assert door.listening.refused == 1

    asyncio.run(go())


def test_an_address_of_version_4_is_the_same_over_a_place_of_version_6() -> None:
    assert [plain(one) for one in ("::ffff:10.0.0.7", "10.0.0.7", "fe80::1%eth0", "::1")] == ["10.0.0.7", "10.0.0.7", "fe80::1%eth0", "::1"]
    assert Listening((), ("10.0.0.0/8",), "", "", lambda *_: True).allowed(plain("::ffff:10.0.0.7"))


def test_an_end_of_file_is_the_end_of_the_last_line() -> None:
    async def go() -> None:
        async with open_door() as door:
            client = await door.connect()
            await send(client, b"<13>one\n7 <13>two<13>three")
            client.shutdown(socket.SHUT_WR)
            await until(lambda: len(door.lines) == 3)
            assert [data for data, _ in door.lines] == [b"<13>one", b"<13>two", b"<13>three"]

    asyncio.run(go())
