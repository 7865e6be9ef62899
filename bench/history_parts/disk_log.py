"""The disk after a power cut: what a process did to a folder, written down by disk_log.c, and of it only what was synced, with chance bits
of the rest. Knows no database.

What was synced is there. Of what was not, any 512-byte sector may be there or not, whatever the order of writing; so may a file's new
length; of names that were made, changed and taken away since the folder was last synced, any number from the first on.
"""

import os
import random
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import NamedTuple

SECTOR = 512
_HEAD = struct.Struct("<BxxxIQq")


class Op(IntEnum):
    """See disk_log.c."""

    CREATED = 1
    WRITTEN = 2
    CUT = 3
    SYNCED = 4
    FOLDER_SYNCED = 5
    RENAMED = 6
    UNLINKED = 7
    OPENED = 8


class Act(NamedTuple):
    """One thing that was done: to which file (its inode), where, with what bytes (or names)."""

    op: Op
    file: int
    offset: int
    data: bytes


def build(folder: Path) -> Path:
    """Compile what is preloaded."""
    library = folder / "disk_log.so"
    source = Path(__file__).with_name("disk_log.c")
    subprocess.run(["gcc", "-O1", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl", "-lpthread"], check=True)
    return library


def run(library: Path, folder: Path, log: Path, module: str, *arguments: str, quick: bool = False) -> None:
    """Run a module on this folder and write down what it does there. `quick`: a sync is written down and not done, which saves time."""
    environment = os.environ | {"LD_PRELOAD": str(library), "CUT_FOLDER": str(folder), "CUT_LOG": str(log)}
    if quick:
        environment["CUT_QUICK"] = "1"
    subprocess.run([sys.executable, "-m", module, str(folder), *arguments], check=True, env=environment, timeout=600)


def acts(log: Path) -> Iterator[Act]:
    """What is in a log."""
    with log.open("rb") as file:
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            op, length, inode, offset = _HEAD.unpack(head)
            yield Act(Op(op), inode, offset, file.read(length))


@dataclass(eq=False, slots=True)
class _File:
    """What is surely there, and what is not yet: writes and new lengths (None as bytes) since the last sync."""

    sure: bytearray = field(default_factory=bytearray)
    open: list[tuple[int, bytes | None]] = field(default_factory=list)


class Disk:
    """The folder as far as `do` has come."""

    def __init__(self) -> None:
        self._files: dict[int, _File] = {}
        self._names: dict[str, _File] = {}
        self._sure_names: dict[str, _File] = {}
        self._open_names: list[Callable[[dict[str, _File]], None]] = []

    def do(self, act: Act) -> None:
        """Go on by one act."""
        match act.op:
            case Op.CREATED:
                made = self._files[act.file] = _File()
                name = act.data.decode()
                self._name(lambda names: names.__setitem__(name, made))
            case Op.WRITTEN:
                self._files[act.file].open.append((act.offset, act.data))
            case Op.CUT:
                self._files[act.file].open.append((act.offset, None))
            case Op.SYNCED:
                file = self._files[act.file]
                for offset, data in file.open:
                    _apply(file.sure, offset, data)
                file.open.clear()
            case Op.FOLDER_SYNCED:
                self._sure_names = dict(self._names)
                self._open_names.clear()
            case Op.RENAMED:
                old, new = act.data.decode().split("\0")
                self._name(lambda names: names.__setitem__(new, names.pop(old)))
            case Op.UNLINKED:
                gone = act.data.decode()
                self._name(lambda names: names.pop(gone, None))
            case Op.OPENED:
                pass

    def _name(self, change: Callable[[dict[str, _File]], object]) -> None:
        change(self._names)
        self._open_names.append(lambda names: (change(names), None)[1])

    def after_cut(self, target: Path, dice: random.Random) -> None:
        """Write down what a power cut may leave at this moment."""
        names = dict(self._sure_names)
        for change in self._open_names[: dice.randint(0, len(self._open_names))]:
            change(names)
        share = dice.choice((0.0, 1.0, dice.random(), dice.random()))
        for name, file in names.items():
            (target / name).write_bytes(_survived(file, share, dice))


def _survived(file: _File, share: float, dice: random.Random) -> bytearray:
    left = bytearray(file.sure)
    for offset, data in file.open:
        if data is None:
            if dice.random() < share:
                _apply(left, offset, None)
            continue
        at = 0
        while at < len(data):
            upto = min(len(data), at + SECTOR - (offset + at) % SECTOR)
            if dice.random() < share:
                _apply(left, offset + at, data[at:upto])
            at = upto
    return left


def _apply(content: bytearray, offset: int, data: bytes | None) -> None:
    """A write, or a new length."""
    if data is None:
        del content[offset:]
        content.extend(bytes(offset - len(content)))
        return
    if offset > len(content):
        content.extend(bytes(offset - len(content)))
    content[offset : offset + len(data)] = data
