"""The configuration while the station runs: questions about versions, drafts under review, and the taking of what a person decided.

What the store's newest version says is what runs: other overrides at once, other files by a new start of the station. Reading and
comparing rooms is left to a process of its own (`room-review`), so that nothing holds up the loop.
"""

import asyncio
import json
import logging
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from cityops_desktop.clock import Clock
from cityops_desktop.config import bundle, versions
from cityops_desktop.config.overrides import Fields, Overrides, defaults
from cityops_desktop.config.versions import Content, Head, Version
from cityops_desktop.link.config import ConfigPage, OverrideInfo, VersionInfo
from cityops_desktop.link.credentials import Credentials
from cityops_desktop.link.messages import RoomInfo
from cityops_desktop.model.refused import Refused
from cityops_desktop.model.rooms import Room
from cityops_desktop.people.people import People
from cityops_desktop.station.asking import may_ask
from cityops_desktop.station.refusals import Refusals
from cityops_desktop.station.settle import Settled, file_differs, over
from cityops_desktop.store.store import Store
from cityops_desktop.store.trouble import StoreError

log = logging.getLogger(__name__)

KEPT_SECONDS = 900.0
MOST_DRAFTS = 4
MOST_WAITING = 4
"""Reviews that wait for the one that is being made; more are refused."""
REVIEW_SECONDS = 120.0
AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """A draft that was reviewed: what it would make of the version `base`. `until` is monotonic."""

    base: int
    content: Content
    counts: Mapping[str, int]
    until: float


@dataclass(frozen=True, slots=True)
class Effect:
    """How the station takes another configuration, on its loop: `info` makes what consoles are shown (in a worker thread), `take`
    exchanges the limits, `restart` ends this run for the next one with the version of this number, `fail` ends it for our own fault."""

    info: Callable[[Room], RoomInfo]
    take: Callable[[Settled, RoomInfo], None]
    restart: Callable[[int], None]
    fail: Callable[[BaseException], None]


class StationConfig:
    """Implements cityops_desktop.link.config_api.ConfigDesk."""

    def __init__(
        self, settled: Settled, room_path: Path, store: Store, clock: Clock, people: People, refusals: Refusals, effect: Effect
    ) -> None:
        self._settled = settled
        self._room_path = room_path
        self._store = store
        self._clock = clock
        self._people = people
        self._refusals = refusals
        self._effect = effect
        self._drafts: OrderedDict[str, KeptDraft] = OrderedDict()
        self._worker = ThreadPoolExecutor(1, "config")
        self._waiting = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._catching_up: asyncio.Task[None] | None = None

    @property
    def settled(self) -> Settled:
        """What runs now. Any thread."""
        return self._settled

    def kept(self, digest: str) -> KeptDraft:
        """A reviewed draft. Any thread. Refused(no_such_draft)."""
        draft = self._drafts.get(digest)
        if draft is None or draft.until < self._clock.monotonic():
            raise Refused("no_such_draft")
        return draft

    def stored(self, number: int) -> Version:
        """A version of the store. Blocks. Refused(no_such_version)."""
        version = self._people.read(lambda conn: versions.read(conn, number))
        if version is None:
            raise Refused("no_such_version", number=number)
        return version

    def changed(self) -> None:
        """A version was added: make it so. On the loop."""
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.get_running_loop().create_task(self._catch_up())
            self._catching_up.add_done_callback(self._look)

    async def page(self, credentials: Credentials) -> ConfigPage:
        """The versions newest first."""
        await self._may(credentials, "config.read")
        return await asyncio.to_thread(self._page)

    async def files(self, number: int, credentials: Credentials) -> bytes:
        """The files of a version, as JSON."""
        await self._may(credentials, "config.read")
        version = await asyncio.to_thread(self.stored, number)
        text = await asyncio.to_thread(bundle.text_of, version.content.files)
        return b'{"files":' + text.encode() + b"}"

    async def difference(self, number: int, other: int, credentials: Credentials) -> bytes:
        """A Review as JSON: what differs from version `other` to version `number`."""
        await self._may(credentials, "config.read")
        before, after = await asyncio.to_thread(self.stored, other), await asyncio.to_thread(self.stored, number)
        answer = await self._review("compare", before, after.content.files, after.content.overrides)
        return answer.text

    async def effective(self, credentials: Credentials) -> bytes:
        """The room file with the overrides written in."""
        await self._may(credentials, "config.read")
        content = self._settled.version.content
        answer = await self._review("effective", None, content.files, content.overrides)
        return answer.text

    async def may_draft(self, credentials: Credentials) -> None:
        """Refused without the right to send drafts."""
        await self._may(credentials, "config.draft")

    async def draft(self, body: bytes) -> bytes:
        """Review a draft and keep it; a Review as JSON."""
        running = self._settled.version
        answer = await self._review("compare", running, body, running.content.overrides, draft=True)
        head = answer.head
        if "malformed" in head:
            raise Refused("bad_request", detail=str(head["malformed"]))
        if answer.packed:
            content = Content(answer.packed, running.content.overrides, str(head["room"]), str(head["file_room"]))
            self._drafts.pop(head["digest"], None)
            until = self._clock.monotonic() + KEPT_SECONDS
            self._drafts[head["digest"]] = KeptDraft(running.number, content, head["counts"], until)
            while len(self._drafts) > MOST_DRAFTS:
                self._drafts.popitem(last=False)
        return answer.text

    def close(self) -> None:
        """No more reviews."""
        self._closed = True
        if self._child is not None:
            self._child.kill()
        if self._catching_up is not None:
            self._catching_up.cancel()
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def _catch_up(self) -> None:
        while True:
            try:
                newest = await asyncio.to_thread(self._store.read, versions.newest)
            except StoreError as error:
                log.warning("the newest configuration cannot be read yet: %s", error)
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            if newest is None or newest.number == self._settled.version.number:
                return
            if newest.content.file_room != self._settled.version.content.file_room:
                self._effect.restart(newest.number)
                return
            settled = await asyncio.to_thread(over, newest, self._settled.plain)
            info = await asyncio.to_thread(self._effect.info, settled.room)
            self._settled = settled
            self._effect.take(settled, info)

    def _look(self, done: "asyncio.Task[None]") -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None:
            self._effect.fail(error)

    def _page(self) -> ConfigPage:
        listed, settled = self._people.read(versions.listed), self._settled
        return ConfigPage(
            now=self._clock.wall(),
            current=settled.version.number,
            versions=[_version_info(head) for head in listed],
            overrides=[_override_info(id, fields, settled, listed) for id, fields in settled.version.content.overrides.items()],
            file_differs=file_differs(self._room_path, settled.version.content.files),
            path=str(self._room_path),
        )

    async def _may(self, credentials: Credentials, kind: str) -> None:
        await may_ask(self._people, self._refusals, kind, credentials)

    async def _review(self, task: str, before: Version | None, after: bytes, overrides: Overrides, *, draft: bool = False) -> "_Answer":
        if self._waiting > MOST_WAITING or self._closed:
            raise Refused("busy")
        held = before.content.files if before is not None else b""
        first = {"size": len(held), "overrides": dict(before.content.overrides), "number": before.number} if before is not None else None
        asked = {"task": task, "before": first, "after": {"size": len(after), "overrides": dict(overrides), "draft": draft}}
        self._waiting += 1
        try:
            run = partial(self._run, json.dumps(asked).encode() + b"\n", held, after)
            return await asyncio.get_running_loop().run_in_executor(self._worker, run)
        finally:
            self._waiting -= 1

    def _run(self, *asked: bytes) -> "_Answer":
        """In the worker thread: the process, its question, its answer."""
        command = [sys.executable, "-m", "cityops_desktop", "room-review"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            self._child = child
            try:
                answer, errors = child.communicate(b"".join(asked), timeout=REVIEW_SECONDS)
            except subprocess.TimeoutExpired:
                log.warning("a review took more than %.0f s and was given up", REVIEW_SECONDS)
                raise Refused("busy") from None
            finally:
                self._child = None
                child.kill()
        if self._closed:
            raise Refused("busy")
        if child.returncode:
            raise RuntimeError(f"room-review ended with {child.returncode}: {errors[-2000:].decode('utf-8', 'replace')}")
        line, _, body = answer.partition(b"\n")
        head = json.loads(line)
        return _Answer(head, body[: head["text"]], body[head["text"] :])


class _Answer(NamedTuple):
    """What the process says: facts, a text for whoever asked, and the packed files of a draft that may be applied."""

    head: dict[str, Any]
    text: bytes
    packed: bytes


def _version_info(head: Head) -> VersionInfo:
    return VersionInfo(
        number=head.number,
        base=head.base,
        kind=head.kind,
        time=head.time,
        actor=head.actor,
        actor_name=head.actor_name,
        why=head.why,
        room=head.room,
        counts=dict(head.counts),
    )


def _override_info(id: str, fields: Fields, settled: Settled, listed: list[Head]) -> OverrideInfo:
    """Who made it so: the oldest version since which it has been this."""
    by = settled.version.head
    for head in listed:
        if head.number > settled.version.number:
            continue
        if head.overrides.get(id) != fields:
            break
        by = head
    default = defaults(settled.plain, id, fields)
    orphan = id in settled.orphans
    return OverrideInfo(
        id=id, value=dict(fields), default=default, actor_name=by.actor_name or by.actor, time=by.time, why=by.why, orphan=orphan
    )
