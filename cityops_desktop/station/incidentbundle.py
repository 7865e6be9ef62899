"""Incident bundles for consoles: made by a process of its own (`incident bundle --stream`), its bytes handed on as they come.

What only this run of the station knows (frames of the wires, newest pictures) goes to that process by its standard input. One bundle at
a time; nothing is left behind when whoever asked goes away.
"""

import asyncio
import base64
import contextlib
import json
import logging
import sys
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.model.people import Who
from cityops_desktop.model.pictures import Picture
from cityops_desktop.model.refused import Refused
from cityops_desktop.station.access import Access
from cityops_desktop.store import changes
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreBusy, StoreError

if TYPE_CHECKING:
    from cityops_desktop.station.wires import StationWires

log = logging.getLogger(__name__)
PIECE = 1 << 16
FIRST_SECONDS = 120.0
"""So long the process may take until its first bytes come."""
MOST_PAGES = 200
"""Answers about the frames of one wire: the ring holds some thousands."""


class Bundler:
    """One for a run of the station. `picture` gives the newest picture of a device."""

    def __init__(
        self, store: Store, room: Callable[[], RoomInfo], wires: "StationWires", access: Access, picture: Callable[[str], Picture | None]
    ) -> None:
        self._store, self._room, self._wires, self._access, self._picture = store, room, wires, access, picture
        self._child: asyncio.subprocess.Process | None = None
        self._busy = False

    async def made(self, id: str, who: Who, credentials: Credentials) -> AsyncIterator[bytes]:
        """The bytes of an incident's bundle; that it was taken is recorded first. Refused: busy, not_recorded, not_bundled."""
        if self._busy:
            raise Refused("busy")
        self._busy = True
        try:
            await self._looked(credentials)
            await self._record(id, who)
            self._child = child = await self._begun(id)
            await self._feed(child, credentials)
            assert child.stdout is not None
            first = await asyncio.wait_for(child.stdout.read(PIECE), FIRST_SECONDS)
            if not first:
                raise Refused("not_bundled", detail=await _why(child))
        except BaseException as error:
            await self._end()
            if isinstance(error, (OSError, TimeoutError)):
                raise Refused("not_bundled", detail=str(error) or "too slow") from error
            raise
        return self._rest(child, first)

    async def _looked(self, credentials: Credentials) -> None:
        """The past of every device is in it, also of sensitive ones: that is recorded, and refused to whoever may not see it."""
        withheld = await self._access.withheld((device.id for device in self._room().devices), "history", credentials)
        if withheld:
            raise Refused("log_in_to_see", device=min(withheld))

    async def _begun(self, id: str) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "cityops_desktop", "incident", "bundle", id, "--data", str(self._store.data), "--stream"]
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe)

    async def close(self) -> None:
        """The one under way is given up."""
        await self._end()

    async def _rest(self, child: asyncio.subprocess.Process, piece: bytes) -> AsyncIterator[bytes]:
        assert child.stdout is not None
        try:
            while piece:
                yield piece
                piece = await child.stdout.read(PIECE)
            if await child.wait():
                why = await _why(child)
                log.error("an incident bundle ended half made: %s", why)
                raise OSError(why)  # the answer ends without its end: the console keeps nothing of it
        finally:
            await self._end()

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        self._busy = False

    async def _record(self, id: str, who: Who) -> None:
        body = {"console": who.console}

        def keep(conn: Connection) -> int:
            return changes.append(
                conn, kind="incident.bundled", subject=f"incident:{id}", actor=who.person.id, time=who.time, body={"how": body}
            )

        try:
            await asyncio.wrap_future(self._store.write(keep))
        except StoreBusy as error:
            raise Refused("busy") from error
        except StoreError as error:
            raise Refused("not_recorded") from error

    async def _feed(self, child: asyncio.subprocess.Process, credentials: Credentials) -> None:
        assert child.stdin is not None
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended, and says why elsewhere
            async for line in self._known_here(credentials):
                child.stdin.write(line)
                await child.stdin.drain()
            child.stdin.close()

    async def _known_here(self, credentials: Credentials) -> AsyncIterator[bytes]:
        room = self._room()
        for bus in sorted({device.bus for device in room.devices}):
            after, pages = 0, 0
            while pages < MOST_PAGES:
                told = await self._wires.frames(bus, after, credentials)
                for frame in told.frames:
                    yield _line({"bus": bus, "frame": frame.model_dump(mode="json")})
                pages += 1
                if not told.more or told.next == after:
                    break
                after = told.next
        seen = {device.id: found for device in room.devices if (found := self._picture(device.id)) is not None}
        withheld = await self._access.withheld(seen, "picture", credentials)
        for device, picture in seen.items():
            if device not in withheld:
                yield _line({"still": device, "time": picture.time, "kind": picture.kind, "data": base64.b64encode(picture.data).decode()})


def _line(told: dict[str, object]) -> bytes:
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


async def _why(child: asyncio.subprocess.Process) -> str:
    """The last line that it said before it ended."""
    assert child.stderr is not None
    said = (await child.stderr.read(PIECE)).decode("utf-8", "replace").strip()
    return said.splitlines()[-1][:300] if said else ""
