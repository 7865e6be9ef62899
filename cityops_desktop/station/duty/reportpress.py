"""Reports are made by a process of their own (`report make`), so that the station's loop never waits: this starts it, follows it, ends it.

One at a time. What the process writes lies beside its place until it is whole; nothing is left behind when it fails.
"""

import asyncio
import base64
import contextlib
import hashlib
import json
import os
import pickle
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from cityops_desktop.model.rooms import Room

FOLDER = "reports"
FORMS = ("pdf", "xlsx")
SECONDS = 180.0
"""So long one may take."""
MOST_BYTES = 50_000_000
PIECE = 1 << 16
DRAFT = ".part"


class NotMade(Exception):
    """No report: `code` of the sentence, what the machine said."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code} {detail}")
        self.code, self.detail = code, detail


class Printed(NamedTuple):
    """What came of an order: files by form with size and SHA-256 (still drafts), and the figures of the span."""

    files: dict[str, dict[str, Any]]
    figures: dict[str, float | None]
    unmade: str
    """Why a form is missing, such as a machine on which no PDF can be drawn."""


def place(data: Path, id: str, form: str) -> Path:
    """Where the file of a report lies."""
    return data / FOLDER / f"{id}.{form}"


def draft(data: Path, id: str, form: str) -> Path:
    """Where it lies until it is whole."""
    return data / FOLDER / f".{id}.{form}{DRAFT}"


class Press:
    """One for a run of the station."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._child: asyncio.subprocess.Process | None = None

    async def run(self, id: str, job: bytes, told: Callable[[str, float], None]) -> Printed:
        """Make it; `told` hears what is done and how far it is. NotMade."""
        try:
            await asyncio.to_thread(self._room)
            child = self._child = await self._begin()
            return await asyncio.wait_for(self._follow(child, id, job, told), SECONDS)
        except TimeoutError as error:
            raise NotMade("report_too_slow") from error
        except OSError as error:
            raise NotMade("report_unwritten", error.strerror or str(error)) from error
        finally:
            await self.stop()

    async def stop(self) -> None:
        """The one under way is given up."""
        child, self._child = self._child, None
        if child is not None and child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    def keep(self, id: str, forms: Sequence[str]) -> None:
        """The drafts are in their places, for good. OSError. In a worker thread."""
        for form in forms:
            draft(self._data, id, form).replace(place(self._data, id, form))
        if os.name == "posix":
            folder = os.open(self._data / FOLDER, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def let_go(self, id: str) -> None:
        """Nothing of it stays. In a worker thread."""
        for form in FORMS:
            for path in (draft(self._data, id, form), place(self._data, id, form)):
                with contextlib.suppress(OSError):
                    path.unlink(missing_ok=True)

    def clean(self, known: Sequence[str]) -> None:
        """Files of reports that no record knows are what a kill left behind. In a worker thread."""
        ids = set(known)
        with contextlib.suppress(OSError):
            for path in (self._data / FOLDER).iterdir():
                if path.name.endswith(DRAFT) or (path.suffix.lstrip(".") in FORMS and path.stem not in ids):
                    path.unlink(missing_ok=True)

    def _room(self) -> None:
        (self._data / FOLDER).mkdir(mode=0o700, exist_ok=True)

    async def _begin(self) -> asyncio.subprocess.Process:
        command = [sys.executable, "-m", "cityops_desktop", "report", "make", "--data", str(self._data)]
        pipe = asyncio.subprocess.PIPE
        return await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, limit=4 * 1024 * 1024)

    async def _follow(self, child: asyncio.subprocess.Process, id: str, job: bytes, told: Callable[[str, float], None]) -> Printed:
        assert child.stdin is not None
        assert child.stdout is not None
        assert child.stderr is not None
        said = asyncio.create_task(child.stderr.read())
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended, and says why elsewhere
                child.stdin.write(job)
                await child.stdin.drain()
                child.stdin.close()
            done: dict[str, Any] | None = None
            async for line in child.stdout:
                news = json.loads(line)
                if "step" in news:
                    told(str(news["step"]), float(news["part"]))
                else:
                    done = news
            code = await child.wait()
            if code or done is None:
                raise NotMade("report_failed", _last(await said))
        finally:
            said.cancel()
        forms = [str(form) for form in done["forms"]]
        files = await asyncio.to_thread(lambda: {form: weighed(draft(self._data, id, form)) for form in forms})
        return Printed(files, done["figures"], str(done["unmade"]))


def packed(room: Room) -> str:
    """The room as the process gets it from its own station, without what only drivers understand: it needs none of them."""
    devices = tuple(
        replace(device, options=None, points=tuple(replace(point, source=None) for point in device.points)) for device in room.devices
    )
    plain = replace(room, devices=devices, buses=tuple(replace(bus, options=None) for bus in room.buses))
    return base64.b64encode(pickle.dumps(plain)).decode()


def unpacked(text: str) -> Room:
    """The same, in that process; never from anywhere else."""
    room = pickle.loads(base64.b64decode(text))
    assert isinstance(room, Room)
    return room


def weighed(path: Path) -> dict[str, Any]:
    """Size and SHA-256 of a file. OSError."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
            size += len(piece)
    if size > MOST_BYTES:
        raise NotMade("report_too_large")
    return {"bytes": size, "sha256": digest.hexdigest()}


def _last(said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else ""
