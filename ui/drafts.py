"""Drafts of this console: what a person has begun and no station has taken yet. One file each, whole on the disk before it counts as kept.

Never sends anything, in no circumstances: people submit. What is no text of a draft (a picture) has a file of its own, named in the draft.
Whoever makes a draft puts no secret into it. Files are read and written in a thread, one after the other, in the order of asking.
"""

import errno
import hashlib
import json
import logging
import os
import stat
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from PySide6.QtCore import QObject, QThreadPool, QTimer, Signal

from cityops_desktop.texts import tr
from ui.models.background import Work

log = logging.getLogger(__name__)

DRAFT, FILE, PART, DAMAGED = ".draft", ".file", ".part", ".damaged"
AGAIN_MS = 5_000
"""So long after a write that failed it is tried again; the next edit tries at once."""
STRAY_SECONDS = 86_400
"""What no draft names goes after so long: another console of the same person may still be writing a younger one."""
LARGEST = 8_000_000
"""Bytes of a draft; a larger file is none."""
OWNER = stat.S_IRUSR | stat.S_IWUSR


class Draft(BaseModel):
    """`id`: a UUIDv7 that the console made, of the record that comes of it, so that a station takes it once. `kind` names what it is a
    draft of ("patrol.submit"), `room` the domain of the room, `account` and `person` whose it is, `title` what a list calls it, `body` what
    its page keeps in it; `files` are kept beside it: their id and SHA-256. Times in UTC ms."""

    model_config = ConfigDict(frozen=True)

    id: str
    kind: str
    room: str
    account: str
    person: str
    title: str
    begun: int
    saved: int
    body: dict[str, JsonValue]
    files: dict[str, str] = {}


class Damaged(Exception):
    """A file that is not as it was written."""


class Drafts(QObject):
    """One for the window. `all` is what is known of the drafts, newest first; nothing until they have been read once."""

    changed = Signal()
    """The list is another, or what is wrong is."""
    kept = Signal(str, object)
    """This draft is on the disk as it was saved at that time (UTC ms)."""
    _ended = Signal(object, object)

    def __init__(self, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.folder = folder
        self.trouble = ""
        """Why something could not be written, in words; "" = nothing is wrong."""
        self.damaged: list[str] = []
        """Names of files that cannot be read and were put aside."""
        self._drafts: dict[str, Draft] = {}
        self._waiting: dict[str, Callable[[], None]] = {}
        self._then: dict[str, Callable[[], None]] = {}
        self._running = self._asked = self._closed = False
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._ended.connect(lambda then, result: then(result))
        self._again = QTimer(self, interval=AGAIN_MS, singleShot=True)
        self._again.timeout.connect(self._next)

    def all(self, kind: str, room: str) -> list[Draft]:
        """Those of this kind in this room, the newest first; of every room where nobody knows which it is ("")."""
        found = [one for one in self._drafts.values() if one.kind == kind and room in ("", one.room)]
        return sorted(found, key=lambda one: one.saved, reverse=True)

    def draft(self, id: str) -> Draft | None:
        """This one."""
        return self._drafts.get(id)

    def read(self) -> None:
        """Look at the folder, once; `changed` comes when it is done."""
        if not self._asked:
            self._asked = True
            self._do(lambda: _read_all(self.folder), self._read)

    def is_kept(self, id: str) -> bool:
        """Is all of it on the disk?"""
        return id in self._drafts and id not in self._waiting

    def save(self, draft: Draft) -> None:
        """Keep it as it is now, in place of what was kept of it; `kept` says when it is on the disk. A failure is told by `trouble`, and
        it is tried again until it is kept."""
        self._drafts[draft.id] = draft
        data = _sealed(draft)
        name = draft.id + DRAFT
        self._write(draft.id, lambda: write_whole(self.folder, name, data), lambda: self.kept.emit(draft.id, draft.saved))

    def save_file(self, id: str, data: bytes) -> str:
        """Keep a file that a draft will name; its SHA-256. Say `save` after it: the draft is then written after the file."""
        name = id + FILE
        self._write(name, lambda: write_whole(self.folder, name, data), lambda: None)
        return hashlib.sha256(data).hexdigest()

    def file(self, draft: Draft, id: str, then: Callable[[bytes | None], None]) -> None:
        """What is in a file that this draft names; None when it is not there or not as it was."""
        self._do(lambda: _checked(self.folder / (id + FILE), draft.files.get(id, "")), then)

    def drop(self, id: str) -> None:
        """A station has taken it, or its person does not want it any more: it goes, with its files."""
        draft = self._drafts.pop(id, None)
        if draft is not None:
            names = [id + DRAFT, *(file + FILE for file in draft.files)]
            self._write(id, lambda: remove(self.folder, names), lambda: None)

    def close(self) -> None:
        """The window goes: what waits is written now, and so is what comes after; or it is logged why not."""
        self._closed = True
        self._again.stop()
        self._pool.waitForDone()
        self._write_all()

    def _write_all(self) -> None:
        for work in self._waiting.values():
            try:
                work()
            except OSError as error:
                log.warning("a draft could not be written: %s", error.strerror)
        self._waiting.clear()

    # inside

    def _write(self, key: str, work: Callable[[], None], then: Callable[[], None]) -> None:
        for table, value in ((self._waiting, work), (self._then, then)):
            table.pop(key, None)  # to the end: a draft comes after its files
            table[key] = value
        self.changed.emit()
        self._next()

    def _next(self) -> None:
        if self._closed:
            self._write_all()
        if self._running or not self._waiting:
            return
        self._running = True
        self._again.stop()
        key, work = next(iter(self._waiting.items()))

        def tried() -> str:
            try:
                work()
            except OSError as error:
                return _why(error)
            return ""

        self._do(tried, lambda why: self._written(key, work, why))

    def _written(self, key: str, work: Callable[[], None], why: str) -> None:
        self._running = False
        before, self.trouble = self.trouble, why
        if why:
            self._again.start()
        elif self._waiting.get(key) is work:
            del self._waiting[key]
            self._then.pop(key)()
        if not why or why != before:
            self.changed.emit()
        if not why:
            self._next()

    def _read(self, found: "_Found") -> None:
        self.damaged = found.damaged
        self.trouble = self.trouble or found.trouble
        self._drafts = {one.id: one for one in found.drafts} | self._drafts
        self.changed.emit()

    def _do(self, work: Callable[[], object], then: Callable[..., None]) -> None:
        self._pool.start(Work(lambda: self._ended.emit(then, work())))


class _Found:
    """What the folder holds."""

    def __init__(self) -> None:
        self.drafts: list[Draft] = []
        self.damaged: list[str] = []
        self.trouble = ""


def write_whole(folder: Path, name: str, data: bytes) -> None:
    """The file is there with all of its bytes and survives a loss of power when this returns, or it is as it was before. OSError."""
    folder.mkdir(mode=stat.S_IRWXU, parents=True, exist_ok=True)
    if os.name == "posix" and folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        folder.chmod(stat.S_IRWXU)
    part = folder / f".{name}.{os.getpid()}{PART}"
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(folder / name)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise
    _keep_names(folder)


def remove(folder: Path, names: list[str]) -> None:
    """These are gone, the first before the others: a file is never missing from a draft that is still there. OSError."""
    for name in names:
        (folder / name).unlink(missing_ok=True)
        _keep_names(folder)


def _keep_names(folder: Path) -> None:
    """What a folder calls its files is on the disk; only POSIX knows of it."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sealed(draft: Draft) -> bytes:
    """The draft and its SHA-256, by which a damaged one is known."""
    text = draft.model_dump_json(indent=1).encode()
    return text + b"\n" + hashlib.sha256(text).hexdigest().encode() + b"\n"


def _opened(file: Path) -> Draft:
    """Damaged, OSError."""
    if file.stat().st_size > LARGEST:
        raise Damaged
    text, _, digest = file.read_bytes().rstrip(b"\n").rpartition(b"\n")
    if hashlib.sha256(text).hexdigest().encode() != digest:
        raise Damaged
    try:
        draft = Draft.model_validate(json.loads(text))
    except (ValidationError, ValueError) as error:
        raise Damaged from error
    if draft.id + DRAFT != file.name:
        raise Damaged
    return draft


def _read_all(folder: Path) -> _Found:
    """Every draft; what is damaged is put aside under a name that says so."""
    found = _Found()
    try:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        for file in files:
            if file.name.endswith(DRAFT):
                _read_one(file, found)
            elif file.name.endswith(DAMAGED):
                found.damaged.append(file.name)
        if not found.damaged:  # else it may be one of these that names a file
            _sweep(files, {id + FILE for draft in found.drafts for id in draft.files})
    except OSError as error:
        found.trouble = _why(error)
    return found


def _sweep(files: list[Path], named: set[str]) -> None:
    """Parts of files that nobody will finish, and files that no draft names any more."""
    for file in files:
        stray = file.name.endswith(PART) or (file.name.endswith(FILE) and file.name not in named)
        if stray and time.time() - file.stat().st_mtime > STRAY_SECONDS:
            file.unlink(missing_ok=True)


def _read_one(file: Path, found: _Found) -> None:
    try:
        found.drafts.append(_opened(file))
    except FileNotFoundError:  # another console of the same person was faster
        return
    except Damaged:
        aside = file.with_name(file.name + DAMAGED)
        file.replace(aside)
        found.damaged.append(aside.name)


def _checked(file: Path, digest: str) -> bytes | None:
    try:
        data = file.read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == digest else None


def _why(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return tr("The disk of this console is full: nothing more is kept. What is typed stays on the screen.")
    return tr("A draft cannot be kept here: {why}. What is typed stays on the screen.", why=error.strerror or str(error))
