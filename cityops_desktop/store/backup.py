"""A copy of a data directory in another folder, made beside the running station. Never writes into the data directory.

    manifest.json                         which files the newest whole backup is made of, each with its size and SHA-256
    content/<name>.<first digits of it>   the files, each under the name of what it holds

The manifest is replaced last: whatever happens before, the backup of the time before stays whole. A content that is there and has its
hash is not copied again, so a month that is over is copied once, and a run that was killed is gone on with. A month that has become
damaged since never takes the place of its sound copy. Files that the station no longer has stay in the backup.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from pathlib import Path

import filelock
from pysqlite3 import dbapi2
from sqlalchemy.exc import DBAPIError

from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.store import files, months, shelf
from cityops_desktop.store.sqlite import reading_engine, require_sound_sqlite
from cityops_desktop.texts import N_

MANIFEST = "manifest.json"
CONTENT = "content"
LOCK = "backup.lock"
FORM = 1
LEFT_OUT = (
    "token",
    "station.json",
    "consoles.json",
    "horn-silenced",
    "outputs.json",
    "not-starting",
    "closed-*",
    "logs",
    "demo.png",
    "*.lock",
)
"""Made anew by the station, or of no use elsewhere."""
_DRAFTS = ("*-wal", "*-shm", "*-journal", "*.new", "*.part", "*.damaged-*", "records.db.before-*")
_DIGITS = 16
_OURS = re.compile(rf".+\.(?:[0-9a-f]{{{_DIGITS}}}|copy(?:\.part(?:-journal)?)?)\Z")
"""Names that this program gives in the folder of contents: it deletes no others."""
_PIECE = 4 * 1024 * 1024
_ROWS = 2000
Progress = Callable[[str, int, int], None]
"""Called with a file's name, bytes looked at so far, and bytes of all files."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file: its name in the data directory (with "/"), bytes, SHA-256 in hex, and where it lies in the backup."""

    name: str
    size: int
    sha256: str
    content: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """A whole backup. `station`: SHA-256 of its public key ("" = it has none); times UTC, ISO 8601."""

    origin: str
    station: str
    began: str
    finished: str
    files: tuple[Entry, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(entry.size for entry in self.files)


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did: files and bytes copied, files that were there already, and files of the station that are damaged (name, what)."""

    manifest: Manifest
    copied: int
    copied_bytes: int
    kept: int
    damaged: tuple[tuple[str, str], ...]


def back_up(data: Path, target: Path, clock: Clock, progress: Progress = lambda name, done, total: None) -> Done:
    """Bring the backup in `target` up to date. OperatorError."""
    require_sound_sqlite()
    data, target = data.absolute(), target.expanduser().absolute()
    if not (data / "origin").is_file():
        raise _wrong(data, N_("there is no station's store here"), N_("name its data directory with --data"))
    if target.resolve().is_relative_to(data.resolve()):
        raise _wrong(target, N_("a backup cannot lie in the data directory itself"), N_("choose a folder on another disk"), Exit.USAGE)
    try:
        _prepare(target)
        with filelock.FileLock(target / LOCK, timeout=0):
            return _Run(data, target, clock, progress).whole()
    except filelock.Timeout as error:
        raise _wrong(target, N_("another backup is being written here"), N_("wait until it is done"), Exit.IN_USE) from error
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        do = N_("free space there, then start the same command again: it goes on where it stopped")
        other = N_("see that the disk is there and this user may write, then start the same command again")
        what = N_("the backup cannot be written: {error}")
        where = error.filename if isinstance(error.filename, str) else str(target)
        raise OperatorError(Problem(what, do if full else other, where, {"error": error.strerror or str(error)}), Exit.STORE) from error


def read_manifest(target: Path) -> Manifest | None:
    """The newest whole backup of this folder; None when there is none yet. OperatorError when its manifest is none."""
    path = target / MANIFEST
    try:
        told = json.loads(path.read_bytes())
        if told["form"] != FORM:
            raise ValueError(f"form {told['form']}")
        entries = tuple(Entry(str(one["name"]), int(one["size"]), str(one["sha256"]), str(one["content"])) for one in told["files"])
        if not all(_inside(entry.name) and _inside(entry.content) for entry in entries):
            raise ValueError("a path that leads out")
        return Manifest(str(told["origin"]), str(told["station"]), str(told["began"]), str(told["finished"]), entries)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise files.unusable(path, error) from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        what, do = N_("this is no manifest of a backup: {error}"), N_("use another backup")
        raise OperatorError(Problem(what, do, str(path), {"error": str(error)}), Exit.STORE) from error


def digest(path: Path, told: Callable[[int], None] = lambda size: None) -> str:
    """SHA-256 of a file, in hex; `told` is called with the size of each piece. OSError."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            found.update(piece)
            told(len(piece))
    return found.hexdigest()


class _Run:
    def __init__(self, data: Path, target: Path, clock: Clock, progress: Progress) -> None:
        self._data, self._target, self._clock, self._progress = data, target, clock, progress
        self._content = target / CONTENT
        self._before = read_manifest(target)
        self._known = {entry.name: entry for entry in self._before.files} if self._before is not None else {}
        self._damaged: list[tuple[str, str]] = []
        self._copied = self._copied_bytes = self._kept = 0
        self._done = self._total = 0
        self._name = ""

    def whole(self) -> Done:
        began = self._now()
        origin = (self._data / "origin").read_text(encoding="utf-8", errors="replace").strip()
        station = _fingerprint(self._data)
        self._refuse_other(origin, station)
        names = list(_names(self._data))
        self._total = sum(_size(self._data / name) for name in names)
        entries = dict(self._known)
        for name in names:
            self._name = name
            found = self._one(name)
            if found is not None:
                entries[name] = found
        manifest = Manifest(origin, station, began, self._now(), tuple(entries[name] for name in sorted(entries)))
        self._publish(manifest)
        return Done(manifest, self._copied, self._copied_bytes, self._kept, tuple(self._damaged))

    def _one(self, name: str) -> Entry | None:
        """None: the file is gone, or damaged so that it cannot be copied."""
        path = self._data / name
        try:
            if not name.endswith(".db"):
                return self._plain(name, path)
            if shelf.NAME.match(name) and (found := self._closed(name, path)) is not None:
                return found
            return self._online(name, path)
        except FileNotFoundError:
            if path.exists():
                raise
            return None

    def _closed(self, name: str, path: Path) -> Entry | None:
        """A month nobody writes into now, by its bytes; None when somebody does."""
        if path.name == shelf.path_of(self._data, max(shelf.found(self._data))).name:
            return None
        before = _still(path)
        if before is None:
            return None
        sha = digest(path, self._looked)
        old = self._known.get(name)
        if old is not None and old.sha256 == sha and self._holds(old):
            self._kept += 1
            return old
        damaged = _damaged_rows(path)
        if damaged:
            self._damaged.append((name, damaged))
            if old is not None and self._holds(old):
                self._kept += 1
                return old
        entry = self._place(name, path.stat().st_size, sha)
        if self._holds(entry):
            self._kept += 1
        else:
            self._take(entry, path)
        return entry if _still(path) == before else None

    def _online(self, name: str, path: Path) -> Entry | None:
        """A database that is being written: a copy of one moment."""
        draft = self._content / f"{_flat(name)}.copy"
        engine = reading_engine(path, 1)
        try:
            with engine.connect() as conn:
                files.copy_sound(conn, draft)
        except (files.Damaged, DBAPIError, dbapi2.Error) as error:
            cause = getattr(error, "orig", None) or error
            if isinstance(cause, dbapi2.Error) and getattr(cause, "sqlite_errorcode", 0) & 0xFF == dbapi2.SQLITE_FULL:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(draft)) from error
            if isinstance(cause, dbapi2.OperationalError):
                raise OSError(errno.EIO, str(cause), str(draft)) from error
            self._damaged.append((name, str(cause)))
            return self._known.get(name)
        finally:
            engine.dispose()
        self._looked(_size(path))
        return self._settle(name, draft)

    def _plain(self, name: str, path: Path) -> Entry:
        draft = self._content / f"{_flat(name)}.copy"
        held = path.read_bytes()
        files.write_new(draft, held)
        self._looked(len(held))
        return self._settle(name, draft)

    def _settle(self, name: str, draft: Path) -> Entry:
        """Give a finished copy its name."""
        entry = self._place(name, draft.stat().st_size, digest(draft))
        if self._holds(entry):
            draft.unlink()
            self._kept += 1
        else:
            draft.replace(self._target / entry.content)
            files.sync_folder(self._content)
            self._copied, self._copied_bytes = self._copied + 1, self._copied_bytes + entry.size
        return entry

    def _take(self, entry: Entry, path: Path) -> None:
        """Copy, read the copy again, and only then give it its name. OSError when the copy is another one."""
        draft = self._content / f"{_flat(entry.name)}.copy"
        draft.unlink(missing_ok=True)
        with path.open("rb") as source, os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, files.PRIVATE), "wb") as copy:
            while piece := source.read(_PIECE):
                copy.write(piece)
                self._progress(self._name, self._done, self._total)
            copy.flush()
            os.fsync(copy.fileno())
        if digest(draft) != entry.sha256:
            raise OSError(errno.EIO, "the copy is not what was copied", str(draft))
        draft.replace(self._target / entry.content)
        files.sync_folder(self._content)
        self._copied, self._copied_bytes = self._copied + 1, self._copied_bytes + entry.size

    def _place(self, name: str, size: int, sha: str) -> Entry:
        return Entry(name, size, sha, f"{CONTENT}/{_flat(name)}.{sha[:_DIGITS]}")

    def _holds(self, entry: Entry) -> bool:
        """Is this content there, bit by bit?"""
        path = self._target / entry.content
        try:
            return path.stat().st_size == entry.size and digest(path) == entry.sha256
        except FileNotFoundError:
            return False

    def _publish(self, manifest: Manifest) -> None:
        told = {"form": FORM, **asdict(manifest)}
        draft = self._target / f"{MANIFEST}.new"
        files.write_new(draft, json.dumps(told, ensure_ascii=False, indent=1).encode())
        draft.replace(self._target / MANIFEST)
        files.sync_folder(self._target)
        wanted = {Path(entry.content).name for entry in manifest.files}
        for path in self._content.iterdir():
            if path.name not in wanted and _OURS.match(path.name) and not path.is_dir():
                path.unlink()

    def _refuse_other(self, origin: str, station: str) -> None:
        if self._before is None:
            return
        if self._before.origin != origin or (self._before.station and station and self._before.station != station):
            what, do = N_("this folder holds the backup of another station"), N_("choose another folder")
            raise _wrong(self._target, what, do, Exit.USAGE)

    def _looked(self, size: int) -> None:
        self._done += size
        self._progress(self._name, self._done, self._total)

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.wall() / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _prepare(target: Path) -> None:
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    others = {path.name for path in target.iterdir()} - {MANIFEST, f"{MANIFEST}.new", CONTENT, LOCK, "lost+found"}
    begun = (target / CONTENT).exists()
    foreign = any(not _OURS.match(path.name) for path in (target / CONTENT).iterdir()) if begun else bool(others)
    if foreign and not (target / MANIFEST).exists():
        do = N_("name an empty folder, one that is not there yet, or that of an earlier backup")
        raise _wrong(target, N_("this folder holds other files and no backup"), do, Exit.USAGE)
    (target / CONTENT).mkdir(mode=0o700, exist_ok=True)


def _names(data: Path) -> Iterator[str]:
    """What is backed up: months first (the longest work), then what changes, then small files."""
    found = []
    for folder, folders, names in os.walk(data):
        inner = Path(folder).relative_to(data)
        folders[:] = sorted(one for one in folders if not _left_out(one))
        found += [(inner / name).as_posix() for name in names if not _left_out(name) and (Path(folder) / name).is_file()]
    rank = {True: 0, False: 2}
    return iter(sorted(found, key=lambda name: (rank[shelf.NAME.match(name) is not None] - name.endswith(".db"), name)))


def _flat(name: str) -> str:
    return name.replace("/", "__")


def _left_out(name: str) -> bool:
    return any(fnmatch(name, pattern) for pattern in (*LEFT_OUT, *_DRAFTS))


def _still(path: Path) -> tuple[int, int] | None:
    """Size and time of a file that has no write-ahead log; None while it has one."""
    log = files.side_files(path)[0]
    if log.exists() and log.stat().st_size:
        return None
    status = path.stat()
    return status.st_size, status.st_mtime_ns


def _damaged_rows(path: Path) -> str:
    """What is wrong with the rows of a month's file, in short; empty when all of them are sound."""
    engine = reading_engine(path, 1)
    broken = 0
    try:
        with engine.connect() as conn, conn.begin():
            for table in months.COLUMNS:
                number, last = _ROWS, -(2**62)
                while number == _ROWS:
                    number, last, some = months.sweep(conn, table, last, _ROWS)
                    broken += len(some)
    except (DBAPIError, dbapi2.Error, TypeError, ValueError) as error:
        return str(getattr(error, "orig", None) or error)
    finally:
        engine.dispose()
    return f"{broken} rows" if broken else ""


def _fingerprint(data: Path) -> str:
    with contextlib.suppress(OSError):
        return digest(data / "sign.pub")
    return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _inside(name: str) -> bool:
    """A path below its folder, whatever a manifest says. ValueError when no file can have this name."""
    parts = os.fsencode(name).decode("utf-8").split("/")
    return bool(name) and not any(part in ("", ".", "..") or not set(part).isdisjoint("\\:\0") for part in parts)


def _wrong(where: Path, what: str, do: str, code: Exit = Exit.STORE) -> OperatorError:
    return OperatorError(Problem(what, do, str(where)), code)
