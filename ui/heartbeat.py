"""The repaint heartbeat: tells the station once a second that a window has been painted anew, and says goodbye when it is closed.

Runs on the GUI's own loop: a loop that hangs, and a window that is not painted, both fall silent, and the supervisor notices.
"""

import contextlib
import hashlib
import logging
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import filelock
from PySide6.QtCore import QEventLoop, QObject, QTimer

from cityops_desktop.link import files
from cityops_desktop.link.acts import CommandResult
from cityops_desktop.link.messages import ConsoleBeat
from cityops_desktop.model.alarms import TESTS
from cityops_desktop.model.people import Outcome
from ui.link import Link
from ui.models.room import RoomModel
from ui.sound import Sound

log = logging.getLogger(__name__)

BEAT_MS = 1000
GOODBYE_MS = 1500
MOST_TWINS = 8
"""Consoles of one user on one station that are told apart."""


@dataclass(frozen=True, slots=True)
class Shows:
    """The occurrence of a self-test among the alarms ("" = none), whether this console can be heard, and whether it plays a sound."""

    test: str = ""
    voice: bool = False
    sounding: bool = False


def shows(model: RoomModel, sound: Sound | None) -> Shows:
    """What a console of this model tells; one without `sound` (a wall alone) cannot be heard."""
    test = next((alarm.id for alarm in model.index.of_subject("station") if alarm.cause in TESTS and alarm.unseen), "")
    if sound is None:
        return Shows(test)
    return Shows(test, sound.available, sound.available and sound.level > 0)


class Heartbeat(QObject):
    """One window. `paints` says how often it has been painted; without it (a window that others may cover) turns of the loop count."""

    def __init__(self, link: Link, console: str, window: str, name: str, paints: Callable[[], int] | None = None) -> None:
        super().__init__()
        self._link = link
        self.console, self.window, self.name = console, _plain(window), _plain(name) or "console"
        self._lock: filelock.BaseFileLock | None = None
        self._paints = paints
        self._turns = 0
        self._told = -1
        self.shows: Callable[[], Shows] = Shows
        """What is on the screen and in the ear besides."""
        self.used: Callable[[], bool] = lambda: False
        """Were keys or mouse used since the beat before?"""
        self._test = ""
        self._timer = QTimer(self, interval=BEAT_MS)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        """From now on it is expected to go on, whatever it said when it was closed the last time."""
        self._be_one_of_a_kind()
        files.took_leave(self._link.data, self._key)
        self._timer.start()

    @property
    def _key(self) -> str:
        return f"{self.console}/{self.window}"

    def _be_one_of_a_kind(self) -> None:
        """A second console of the same user is another one: what it paints must not hide that the first has died.

        The system gives a lock back when its holder dies, however it dies: the next start is the same window again.
        """
        if not self._link.data.is_dir():  # the station makes it
            return
        for window, name in _twins(self.window, self.name):
            lock = filelock.FileLock(_lock_of(self._link.data, f"{self.console}/{window}"))
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                continue
            except OSError as error:
                log.info("whether this window is painted twice cannot be known: %s", error)
            else:
                self._lock = lock
            self.window, self.name = window, name
            return

    def _beat(self) -> None:
        self._turns += 1
        count = self._turns if self._paints is None else self._paints()
        if count != self._told:
            self._told = count
            self._link.beat(self._body(count), lambda _result: None)

    def goodbye(self) -> None:
        """It is being closed in order. Waits for the station's answer, but not for long; without a station it leaves word."""
        self._timer.stop()
        loop = QEventLoop()
        answers: list[CommandResult] = []

        def answered(result: CommandResult) -> None:
            answers.append(result)
            loop.quit()

        self._link.beat(self._body(0).model_copy(update={"bye": True}), answered)
        if not answers:
            QTimer.singleShot(GOODBYE_MS, loop, loop.quit)
            loop.exec(QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents)
        if not answers or answers[0].outcome is not Outcome.DONE:
            try:
                files.take_leave(self._link.data, self._key)
            except OSError as error:
                log.info("no word could be left for the supervisor: %s", error)
        if self._lock is not None:
            with contextlib.suppress(OSError):
                self._lock.release()
            self._lock = None

    def _body(self, count: int) -> ConsoleBeat:
        shows = self.shows()
        # what was there at the beat before has been painted by now
        painted, self._test = shows.test if shows.test == self._test else "", shows.test
        beat = ConsoleBeat(console=self.console, window=self.window, name=self.name, paints=count)
        return beat.model_copy(update={"test": painted, "voice": shows.voice, "sounding": shows.sounding, "used": self.used()})


def _plain(text: str) -> str:
    """A monitor's maker may have written anything into it; the station takes no control characters."""
    unfit = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    return "".join("?" if unicodedata.category(sign) in unfit else sign for sign in text).strip()[:128]


def _twins(window: str, name: str) -> Iterator[tuple[str, str]]:
    """What a window and its like are called: desk, desk 2, desk 3 ..."""
    yield window, name
    for number in range(2, MOST_TWINS + 1):
        yield f"{window[:124]} {number}", f"{name[:124]} {number}"


def _lock_of(data: Path, key: str) -> Path:
    return data / f"painted-{hashlib.sha256(key.encode()).hexdigest()[:16]}.lock"
