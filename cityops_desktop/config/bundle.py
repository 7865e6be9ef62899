"""A room file with everything it refers to beside it, as one thing: collected, packed, laid down again. Never reads what they mean.

What is referred to is found by name: a profile or a NetBox type whose name stands anywhere in the room file belongs to it. That may
be one too many, never one too few, and needs no reading of YAML.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import zlib
from collections.abc import Mapping
from pathlib import Path

from cityops_desktop.errors import Exit, OperatorError, Problem
from cityops_desktop.model.canonical import canonical
from cityops_desktop.room.document import read_document, read_text
from cityops_desktop.room.netbox import DEVICE_TYPES, RACK_TYPES, files_by_slug
from cityops_desktop.texts import N_

Files = Mapping[str, str]
ROOM = "room.yaml"
"""The name of the room file itself in a bundle, whatever it was called."""
PROFILES = "profiles"
MOST_BYTES = 8_000_000
MOST_FILES = 2000
FOLDER = "config"
"""Where versions are laid down, in the data directory."""
_UNPACKED = 2 * MOST_BYTES
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_DEVICE = re.compile(r"(?i:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)")
"""What Windows takes for a device in any folder and with any ending."""
_PART = re.compile(r"[^\x00-\x1f\x7f-\x9f/\\:*?\"<>|]{1,120}")


def collect(room_file: Path) -> dict[str, str]:
    """The files of a room by name. OperatorError for what cannot be read."""
    text = read_text(room_file)
    words, beside = frozenset(_WORD.findall(text)), room_file.parent
    found = [file for file in sorted((beside / PROFILES).glob("*.yaml")) if file.stem in words and file.is_file()]
    for folder in (DEVICE_TYPES, RACK_TYPES):
        found += [file for slug, files in files_by_slug(beside / folder).items() if slug in words for file in files]
    return {ROOM: text} | {file.relative_to(beside).as_posix(): read_text(file) for file in found}


def origin_of(room_file: Path) -> str | None:
    """What the file says of its origin ("real", "demo"); None when it cannot be read."""
    try:
        head = read_document(room_file).get("room")
    except OperatorError:
        return None
    return (head.text("origin") or "real") if head is not None and isinstance(head.value, dict) else None


def pack(files: Files) -> bytes:
    """As they are kept in the store."""
    return zlib.compress(canonical(dict(files)).encode(), 6)


def text_of(packed: bytes) -> str:
    """The canonical JSON {name: text} inside. ValueError when it is damaged."""
    try:
        inner = zlib.decompressobj()
        plain = inner.decompress(packed, _UNPACKED)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not inner.eof:
        raise ValueError("cut short, or too large")
    return plain.decode()


def unpack(packed: bytes) -> dict[str, str]:
    """The files by name. ValueError when the bytes are damaged."""
    files = json.loads(text_of(packed))
    if not isinstance(files, dict) or not files.get(ROOM) or not all(isinstance(text, str) for text in files.values()):
        raise ValueError("not the files of a room")
    return files


def digest(files: Files) -> str:
    """SHA-256 (hex) of names and texts."""
    return hashlib.sha256(canonical(dict(files)).encode()).hexdigest()


def problems_of(files: Files) -> list[Problem]:
    """What is wrong with the names and the size of a draft; its texts are read by the loader."""
    if ROOM not in files:
        return [Problem(N_("“{key}” is missing"), N_("send the room file under this name"), ROOM, {"key": ROOM})]
    if sum(len(text.encode("utf-8", "surrogatepass")) for text in files.values()) > MOST_BYTES or len(files) > MOST_FILES:
        do = N_("take away types and profiles that the room does not use")
        return [Problem(N_("the files are larger than {limit} bytes together"), do, ROOM, {"limit": MOST_BYTES})]
    found = [
        Problem(
            N_("this name cannot be used in a room's files"), N_("use profiles/, device-types/ and rack-types/ beside the room file"), name
        )
        for name in files
        if not _sound(name)
    ]
    for name, text in files.items():
        with contextlib.suppress(UnicodeEncodeError):
            text.encode()
            continue
        found.append(Problem(N_("the file is not UTF-8"), N_("save it as UTF-8 in your editor"), name))
    return found


def lay(folder: Path, files: Files) -> Path:
    """Lay the files down in this folder, whole or not at all, for this user only; returns the room file. What lies there already
    is compared byte for byte, and replaced when it is not what it must be. OperatorError when the disk refuses."""
    try:
        if _held(folder) != {name: text.encode() for name, text in files.items()}:
            _write(folder, files)
    except OSError as error:
        from cityops_desktop.store.files import unusable  # late: who only compares rooms needs no database

        raise unusable(folder, error) from error
    return folder / ROOM


def clear(parent: Path, keep: int) -> None:
    """Take away the versions that were laid down for earlier runs."""
    with contextlib.suppress(OSError):
        for folder in parent.iterdir():
            if folder.name.removesuffix(".new").isdigit() and folder.name != str(keep):
                shutil.rmtree(folder, ignore_errors=True)


def relocated(error: OperatorError, laid: Path, shown: Path) -> OperatorError:
    """The same problems, told of the file that people edit instead of what was laid down from it."""
    room, beside = str(laid), str(laid.parent)

    def where(text: str) -> str:
        if text.startswith(room):
            return f"{shown}{text[len(room) :]}"
        return f"{shown.parent}{text[len(beside) :]}" if text.startswith(beside) else text

    return OperatorError([Problem(one.what, one.do, where(one.where), one.params) for one in error.problems], error.exit_code)


def damaged(where: Path, number: int, detail: str) -> OperatorError:
    """A version that cannot be read."""
    return OperatorError(
        Problem(
            what=N_("configuration version {number} in the store is damaged: {detail}"),
            do=N_("keep the file for examination and put a backup of it in its place"),
            where=str(where),
            params={"number": number, "detail": detail},
        ),
        Exit.STORE,
    )


def _sound(name: str) -> bool:
    if name == ROOM:
        return True
    top, *parts = name.split("/")
    whole = [*parts[:-1], parts[-1].removesuffix(".yaml").removesuffix(".yml")] if parts else []
    fit = all(_PART.fullmatch(part) and part.isprintable() and part[0] != "." and part[-1] not in " ." for part in whole)
    fit = fit and not any(_DEVICE.fullmatch(part.partition(".")[0].rstrip()) for part in parts)
    return top in (PROFILES, DEVICE_TYPES, RACK_TYPES) and bool(whole) and len(whole) <= 4 and fit and name.endswith((".yaml", ".yml"))


def _held(folder: Path) -> dict[str, bytes]:
    if folder.is_symlink() or not folder.is_dir():
        return {}
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in sorted(folder.rglob("*")) if not file.is_dir()}


def _write(folder: Path, files: Files) -> None:
    from cityops_desktop.store.files import sync_folder

    draft = folder.with_name(folder.name + ".new")
    for old in (draft, folder):
        if old.is_symlink() or old.is_file():
            old.unlink()
        elif old.exists() and old is draft:
            shutil.rmtree(old)
    for parent in (folder.parent, draft):
        parent.mkdir(mode=0o700, exist_ok=True)
    for name, text in files.items():
        file = draft / name
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as open_file:
            open_file.write(text.encode())
            open_file.flush()
            os.fsync(open_file.fileno())
    if folder.exists():
        shutil.rmtree(folder)
    draft.replace(folder)
    sync_folder(folder.parent)
