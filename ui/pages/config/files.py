"""A room file with the profiles and types beside it, read from this machine a few files a turn. Never reads what they mean.

What is referred to is found by name: a profile or a NetBox type whose name stands anywhere in the room file belongs to it. One too
many does no harm, one too few is told by the station.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cityops_desktop.texts import tr

ROOM = "room.yaml"
PROFILES = "profiles"
TYPES = ("device-types", "rack-types")
A_TURN = 20
MOST_BYTES = 8_000_000
_WORD = re.compile(r"[A-Za-z0-9_-]+")
_SLUG = re.compile(r"(?m)^slug:\s*['\"]?([A-Za-z0-9_-]+)")


class Collection(QObject):
    """`collected` gets name -> text, `failed` why not."""

    collected = Signal(object)
    failed = Signal(str)

    def __init__(self, room_file: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files: dict[str, str] = {}
        self._reading = self._read(room_file)
        self._timer = QTimer(self, interval=0)
        self._timer.timeout.connect(self._turn)

    def begin(self) -> None:
        """Nothing has been read yet when this returns."""
        self._timer.start()

    def _turn(self) -> None:
        try:
            for _ in range(A_TURN):
                next(self._reading)
        except StopIteration:
            self._timer.stop()
            self.collected.emit(self._files)
        except UnicodeDecodeError as error:
            self._fail(tr("the file is not UTF-8"), error)
        except OSError as error:
            self._fail(error.strerror or str(error), error)

    def _fail(self, why: str, error: Exception) -> None:
        self._timer.stop()
        self.failed.emit(f"{getattr(error, 'filename', None) or ''} {why}".strip())

    def _read(self, room_file: Path) -> Iterator[None]:
        text = self._files[ROOM] = _text(room_file)
        yield
        words = frozenset(_WORD.findall(text))
        for file in sorted((room_file.parent / PROFILES).glob("*.yaml")):
            if file.stem in words:
                self._files[f"{PROFILES}/{file.name}"] = _text(file)
                yield
        for folder in TYPES:
            for file in sorted((room_file.parent / folder).rglob("*.y*ml")):
                inside = _text(file)
                slug = _SLUG.search(inside)
                if slug is not None and slug[1] in words:
                    self._files[file.relative_to(room_file.parent).as_posix()] = inside
                yield


def _text(file: Path) -> str:
    if file.stat().st_size > MOST_BYTES:
        raise OSError(0, tr("the file is too large"), str(file))
    return file.read_bytes().decode("utf-8-sig" if file.name != ROOM else "utf-8")
