"""A station that has a past and nothing else: the real application, desk thread and archive, on a socket.

`python -m bench.history_parts.serving DATA` listens until standard input ends, and writes the files by which a console finds it.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import cast

import uvicorn

from cityops_desktop.clock import SystemClock
from cityops_desktop.history.archive import Archive
from cityops_desktop.link import files
from cityops_desktop.link.api import Desk, create_app
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.model.envelope import Past
from cityops_desktop.store.shelf import ReadShelf


class PastDesk:
    """Tells of the past, as the station's desk does: one question after the other, in a thread."""

    def __init__(self, archive: Archive) -> None:
        self.clock = SystemClock()
        self._archive = archive
        self._looking_back = ThreadPoolExecutor(1, "history")

    async def history(self, keys: list[str], start: int, end: int, buckets: int, credentials: Credentials) -> Past:
        """See Desk."""
        return await asyncio.get_running_loop().run_in_executor(self._looking_back, self._archive.past, keys, start, end, buckets)


async def serve(data: Path) -> None:
    """Until standard input ends."""
    shelf = ReadShelf(data, SystemClock())
    archive = Archive(shelf)
    archive.points()
    app = create_app(cast(Desk, PastDesk(archive)))
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    files.make_token(data)
    files.publish(data, f"http://127.0.0.1:{port}", "bench")
    print("listening", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.should_exit = True
    await serving


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
