"""The sockets of a station that starts."""

import asyncio
import socket

import pytest

from cityops_desktop.station import begin


@pytest.mark.parametrize(("family", "host"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")])
def test_an_answer_leaves_at_once(family: socket.AddressFamily, host: str) -> None:
    """An answer goes out in two pieces; held back until the first is acknowledged, each one costs 40 ms."""

    async def no_delay() -> int:
        told: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            told.set_result(writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        async with await asyncio.start_server(answer, sock=listener):
            _, caller = await asyncio.open_connection(*listener.getsockname()[:2])
            got = await told
            caller.close()
            await caller.wait_closed()
            return got

    with begin._bound(family, host, 0) as listener:
        assert asyncio.run(no_delay())
