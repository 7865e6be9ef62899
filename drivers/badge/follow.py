"""Follows a file to which somebody else appends lines: finds what is new, also after it was cut, moved away or written anew.

Only reads. A last line without its end is waited for.
"""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MOST_AT_ONCE = 512 * 1024
"""Bytes that are read in one go, which takes seconds at most whatever they hold; of a file that is longer when it is first seen, only so
many at its end."""
LONGEST_LINE = 64 * 1024
MEMORY = 256
"""Bytes before our place by which it is seen that the file is still the one that was read."""


class FileFollower:
    """One file. Not safe for threads."""

    def __init__(self, path: Path) -> None:
        self.skipped = 0
        """Lines that were too long to be lines."""
        self.fresh = True
        """The lines read last begin at the beginning of a file."""
        self._path = path
        self._file: BinaryIO | None = None
        self._offset = 0
        self._memory = b""
        self._rest = b""
        self._seen = False

    def lines(self) -> list[bytes]:
        """The whole lines that have come since, at most 512 KB of them. OSError when there is no such file."""
        self.fresh = False
        now = self._path.stat()
        _look(now, self._path)
        if self._file is not None and not self._same(now):
            last = self._read()  # what was still written before it was moved away
            self._close()
            if last:
                return last
        if self._file is None:
            self._open(now)
        if now.st_size < self._offset or not self._unchanged():
            self._begin()
        came = self._read()
        if os.name != "posix":  # there an open file cannot be moved away by its owner
            self._close()
        return came

    def head(self) -> bytes:
        """The first line of the file as it is now. OSError."""
        with _regular(self._path) as file:
            return file.readline(LONGEST_LINE).rstrip(b"\r\n")

    def close(self) -> None:
        """Let go of the file; the place in it is kept."""
        self._close()

    def _same(self, now: os.stat_result) -> bool:
        assert self._file is not None
        mine = os.fstat(self._file.fileno())
        return (mine.st_dev, mine.st_ino) == (now.st_dev, now.st_ino)

    def _open(self, now: os.stat_result) -> None:
        self._file = _regular(self._path)
        if not self._seen:
            self._seen, self.fresh = True, True
            if now.st_size > MOST_AT_ONCE:
                self._offset = now.st_size - MOST_AT_ONCE
                self._file.seek(self._offset)
                self._offset += len(self._file.readline(LONGEST_LINE))
                self.fresh = False

    def _unchanged(self) -> bool:
        """Does the file still hold before our place what was read there? A copy of it that was put in its place does."""
        assert self._file is not None
        if not self._memory:
            return True
        self._file.seek(self._offset - len(self._memory))
        return self._file.read(len(self._memory)) == self._memory

    def _begin(self) -> None:
        self._offset, self._memory, self._rest, self.fresh = 0, b"", b"", True

    def _read(self) -> list[bytes]:
        assert self._file is not None
        self._file.seek(self._offset)
        came = self._file.read(MOST_AT_ONCE)
        self._offset += len(came)
        self._memory = (self._memory + came)[-MEMORY:]
        *whole, self._rest = (self._rest + came).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            self._rest = b""
            self.skipped += 1
        fitting = [line.rstrip(b"\r") for line in whole if len(line) <= LONGEST_LINE]
        self.skipped += len(whole) - len(fitting)
        return fitting

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _regular(path: Path) -> BinaryIO:
    """The file, opened without waiting for anybody: whoever owns the folder may have put a pipe there since it was looked at. OSError."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    try:
        _look(os.fstat(file.fileno()), path)
    except OSError:
        file.close()
        raise
    return file


def _look(found: os.stat_result, path: Path) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
