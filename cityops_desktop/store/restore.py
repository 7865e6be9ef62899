"""A data directory made again from a backup: everything is verified first, laid ready beside, and then takes its place in one step.

Never touches what is in the data directory but to move it aside whole; never starts while a station runs on it.
"""

import errno
import hashlib
import os
import shutil
from contextlib import ExitStack
from pathlib import Path

import filelock

from cityops_desktop.clock import Clock
from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.store import files
from cityops_desktop.store.backup import Entry, Manifest, Progress, digest, read_manifest
from cityops_desktop.texts import N_

_PIECE = 4 * 1024 * 1024
_LEFT = ("station.lock",)
"""What a data directory may hold and yet be empty."""


def restore(
    target: Path, data: Path, clock: Clock, *, replace: bool, progress: Progress = lambda name, done, total: None
) -> tuple[Manifest, Path | None]:
    """Put the backup of `target` in place of `data`; returns what was restored, and where that was moved which was there. OperatorError.

    `replace`: something may be there. Killed in the middle, the same call goes on."""
    target, data = target.expanduser().absolute(), data.expanduser().resolve()  # a link to another disk stays one
    manifest = read_manifest(target)
    if manifest is None:
        raise _wrong(target, N_("there is no whole backup here"), N_("name the folder that “backup” was given"), Exit.STORE)
    _verify(target, manifest, progress)
    with ExitStack() as stack:
        try:
            held = _held(data)
            if held:
                stack.enter_context(filelock.FileLock(data / "station.lock", timeout=0))
                _refuse(data, manifest, held, replace)
            ready = data.with_name(f"{data.name}.restoring")
            _lay_ready(target, ready, manifest, data, progress)
            return manifest, _put(ready, data, held, clock.wall())
        except filelock.Timeout as error:
            raise _wrong(data, N_("the station is running"), N_("stop it, restore, start it again"), Exit.IN_USE) from error
        except OSError as error:
            raise _failed(data, error) from error


def _held(data: Path) -> list[str]:
    """What is in the data directory; nothing when there is none."""
    try:
        return [path.name for path in data.iterdir()]
    except FileNotFoundError:
        return []


def _refuse(data: Path, manifest: Manifest, held: list[str], replace: bool) -> None:
    if set(held) <= set(_LEFT):
        return
    if not replace:
        do = N_("name another directory with --data, or move what is there aside with --replace")
        raise _wrong(data, N_("the data directory is not empty"), do, Exit.USAGE)
    origin = (data / "origin").read_text(encoding="utf-8", errors="replace").strip() if (data / "origin").exists() else manifest.origin
    if origin != manifest.origin:
        what = N_("this directory holds other data ({held}) than the backup ({kept})")
        problem = Problem(what, N_("name another directory with --data"), str(data), {"held": origin, "kept": manifest.origin})
        raise OperatorError(problem, Exit.USAGE)


def _verify(target: Path, manifest: Manifest, progress: Progress) -> None:
    """Every file, before anything is touched. OperatorError with all that is wrong."""
    problems, done = [], 0
    for entry in manifest.files:
        path = target / entry.content
        try:
            sound = path.stat().st_size == entry.size and digest(path) == entry.sha256
            what = N_("the backup's copy of {name} is damaged")
        except FileNotFoundError:
            sound, what = False, N_("the backup's copy of {name} is missing")
        except OSError as error:
            raise files.unusable(path, error) from error
        if not sound:
            problems.append(Problem(what, N_("use another backup; nothing was changed"), str(path), {"name": entry.name}))
        done += entry.size
        progress(entry.name, done, 2 * manifest.size)
    if problems:
        raise OperatorError(problems, Exit.STORE)


def _lay_ready(target: Path, ready: Path, manifest: Manifest, data: Path, progress: Progress) -> None:
    ready.mkdir(mode=0o700, parents=True, exist_ok=True)
    wanted = {ready / entry.name for entry in manifest.files}
    for path in sorted(ready.rglob("*")):
        if path.is_file() and path not in wanted:
            path.unlink()
    done = manifest.size
    for entry in manifest.files:
        _copy(target / entry.content, ready / entry.name, entry)
        done += entry.size
        progress(entry.name, done, 2 * manifest.size)
    for folder in {path.parent for path in wanted} | {ready}:
        files.sync_folder(folder)
    _as_owner(ready, data)


def _copy(source: Path, path: Path, entry: Entry) -> None:
    """What was copied before the last run was killed is taken as it is when it is whole."""
    if path.exists() and path.stat().st_size == entry.size and digest(path) == entry.sha256:
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    found = hashlib.sha256()
    mode = 0o644 if entry.name == "sign.pub" else files.PRIVATE
    with source.open("rb") as held, os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as copy:
        while piece := held.read(_PIECE):
            found.update(piece)
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    if found.hexdigest() != entry.sha256:
        raise OSError(errno.EIO, "the copy is not what was copied", str(path))


def _as_owner(ready: Path, data: Path) -> None:
    """Root restores for the station's user: whom the directory belonged to, it belongs to again."""
    if os.name != "posix" or os.geteuid() != 0:
        return
    owner = data.stat() if data.exists() else data.parent.stat()
    for path in (ready, *ready.rglob("*")):
        shutil.chown(path, owner.st_uid, owner.st_gid)


def _put(ready: Path, data: Path, held: list[str], wall_ms: int) -> Path | None:
    aside = data.with_name(f"{data.name}.before-{wall_ms}") if held else None
    if aside is not None:
        data.rename(aside)
    try:
        ready.rename(data)
    except OSError:
        if aside is not None:
            aside.rename(data)
        raise
    files.sync_folder(data.parent)
    if aside is not None and set(held) <= set(_LEFT):
        shutil.rmtree(aside)
        return None
    return aside


def _failed(data: Path, error: OSError) -> OperatorError:
    where = error.filename if isinstance(error.filename, str) else str(data)
    what = N_("the backup cannot be put back: {error}")
    do = N_("see that there is room beside the data directory and this user may write there, then start the same command again")
    return OperatorError(Problem(what, do, where, {"error": error.strerror or str(error)}), Exit.STORE)


def _wrong(where: Path, what: str, do: str, code: Exit) -> OperatorError:
    return OperatorError(Problem(what, do, str(where)), code)
