"""Lines on their way to the disk: a thread of its own writes them, so that a sick disk never stops them from being taken in.

What the disk does not take waits in memory, so much and no more; beyond that lines are dropped and counted.
"""

import itertools
import logging
import sys
import threading
from collections import deque
from pathlib import Path

from cityops_desktop.logs.shelf import LogWriter
from cityops_desktop.model.loglines import LogLine

log = logging.getLogger(__name__)

WRITE_SECONDS = 0.5
"""So long a line waits at most for its commit."""
AT_ONCE = 20_000
MOST_WAITING = 50_000
MOST_BYTES = 100 << 20
"""Of the texts that wait."""
PAUSE_SECONDS = 30.0
"""After the disk has failed it is tried again so much later."""


class Keeping:
    """`put` from one thread, everything else as well; `trouble` is what the disk said last, "" = it takes lines."""

    def __init__(self, data: Path) -> None:
        self._waiting: deque[LogLine] = deque()
        self._bytes = 0
        self._writer = LogWriter(data)
        self._stop, self._full = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write_for_ever, name="log-writer")
        self.kept = 0
        self.overflowed = 0
        self.trouble = ""
        self._lock = threading.Lock()

    def start(self) -> None:
        """From now on lines become durable."""
        self._thread.start()

    def stop(self, seconds: float) -> None:
        """What waits is written, unless the disk fails."""
        self._stop.set()
        self._full.set()
        self._thread.join(seconds)
        if self._waiting:
            log.error("%d collected lines could not be written and are lost", len(self._waiting))

    def put(self, line: LogLine) -> None:
        """It will be written, unless too much waits already."""
        size = sys.getsizeof(line.text)
        with self._lock:
            if len(self._waiting) >= MOST_WAITING or self._bytes + size > MOST_BYTES:
                self.overflowed += 1
                return
            self._waiting.append(line)
            self._bytes += size
        if len(self._waiting) > 2000:
            self._full.set()

    def waiting(self) -> int:
        """Lines that are not on the disk yet."""
        return len(self._waiting)

    def overflow(self) -> int:
        """Lines that found no room since the last time."""
        with self._lock:
            count, self.overflowed = self.overflowed, 0
        return count

    def moved(self) -> list[str]:
        """Damaged files that were moved aside since the last time."""
        found, self._writer.moved = self._writer.moved, []
        return found

    def _write_for_ever(self) -> None:
        while not self._stop.is_set():
            self._full.wait(WRITE_SECONDS)
            self._full.clear()
            while self._write() and len(self._waiting) > 2000:
                pass
        while self._write():
            pass
        self._writer.close()

    def _write(self) -> bool:
        """What waits becomes durable; a disk that fails is tried again, and nothing is forgotten meanwhile. False: there is no more now."""
        with self._lock:
            lines = list(itertools.islice(self._waiting, AT_ONCE))
        if not lines:
            return False
        try:
            written = self._writer.write(lines)
        except Exception as error:  # noqa: BLE001  named border: whatever the disk says, lines go on being taken in
            if not self.trouble:
                log.error("collected lines cannot be written: %s", error)
            self.trouble = str(error)[:300]
            self._writer.close()
            self._stop.wait(PAUSE_SECONDS if len(self._waiting) < MOST_WAITING // 2 else 1.0)
            return False
        self.trouble = ""
        self.kept += written
        with self._lock:
            for line in lines[:written]:
                self._waiting.popleft()
                self._bytes -= sys.getsizeof(line.text)
        return True
