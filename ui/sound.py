"""Sounds while somebody is needed: unacknowledged alarms that nobody silenced, and a station that was lost. Decides no alarm.

Says in words when it cannot be heard; a console without sound must never look like a quiet room.
"""

import logging
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTemporaryDir, QTimer, Signal

from cityops_desktop.texts import tr
from ui.models.room import RoomModel
from ui.models.shown import time_text
from ui.tones import PATTERNS, tone

log = logging.getLogger(__name__)

PLAYERS = (("pw-play",), ("paplay",), ("aplay", "-q"))
INTERVAL_MS = {1: 2000, 2: 4000, 3: 8000, 4: 16000}
RETRY_MS = 30_000


class Sound(QObject):
    """Plays the tone of the worst audible alarm again and again through a player of the system."""

    wordsChanged = Signal(str)

    def __init__(self, model: RoomModel, players: Sequence[Sequence[str]] = PLAYERS, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._all = [(path, *player[1:]) for player in players if (path := shutil.which(player[0]))]
        self._players = list(self._all)
        self._folder = QTemporaryDir()
        self._process: QProcess | None = None
        self._level = 0
        self._silenced_until: int | None = None
        self._silenced: set[str] = set()
        self._lost = self._lost_muted = False
        self._was_connected = model.connected
        self._words = ""
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._play)
        for level in PATTERNS:
            self._file(level).write_bytes(tone(level))
        for signal in (model.replaced, model.stationChanged, model.alarmsChanged, model.beat):
            signal.connect(self._look)
        model.connectedChanged.connect(self._connected)
        self._look()

    def mute_lost(self) -> bool:
        """Stop the sound of a lost station at this console; False when there is none."""
        if not self._lost or self._lost_muted:
            return False
        self._lost_muted = True
        self._look()
        return True

    @property
    def level(self) -> int:
        """The level that sounds now; 0 = quiet."""
        return self._level

    @property
    def available(self) -> bool:
        """Is there a player that has not failed?"""
        return sys.platform == "win32" or bool(self._players)

    def stop(self) -> None:
        """Quiet, for ever."""
        self._again.stop()
        self._level = 0
        if self._process is not None:
            self._process.blockSignals(True)
            self._process.kill()
            self._process.waitForFinished(1000)

    def _connected(self, connected: bool) -> None:
        self._lost = not connected and self._was_connected
        self._was_connected |= connected
        self._lost_muted = False
        self._look()

    def _look(self) -> None:
        station = self._model.station
        audible = [alarm for alarm in self._model.alarms.values() if alarm.audible]
        until = station.silenced_until if station else None
        if until != self._silenced_until:
            self._silenced_until = until
            self._silenced = {alarm.id for alarm in audible} if until else set()
        silent = until is not None and until > self._model.now()
        heard = [alarm.level for alarm in audible if not (silent and alarm.id in self._silenced)]
        if self._lost and not self._lost_muted and not self._model.effect_left():
            heard.append(1)
        level = min(heard, default=0)
        if level != self._level:
            sooner = level and (not self._level or level < self._level)
            self._level = level
            if not level:
                self._again.stop()
            elif sooner and self._process is None:
                self._play()
        self._tell(silent and bool(audible), until)

    def _tell(self, silent: bool, until: int | None) -> None:
        if not self.available:
            words = tr("No sound output: watch the screen")
        elif self._lost_muted:
            words = tr("Silenced until the station is back")
        elif silent and not self._level and until is not None:
            words = tr("Silenced until {time}", time=time_text(until, self._model.zone, self._model.now()))
        else:
            words = ""
        if words != self._words:
            self._words = words
            self.wordsChanged.emit(words)

    def retranslate(self) -> None:
        """The words in the language in force."""
        self._words = "\0"
        self._look()

    def _file(self, level: int) -> Path:
        return Path(self._folder.path()) / f"level{level}.wav"

    def _play(self) -> None:
        if not self._level or self._process is not None:
            return
        if sys.platform == "win32":
            import winsound

            winsound.PlaySound(str(self._file(self._level)), winsound.SND_FILENAME | winsound.SND_ASYNC)
            self._again.start(INTERVAL_MS[self._level])
            return
        if not self._players:
            self._players = list(self._all)
        if not self._players:
            return
        program, *arguments = self._players[0]
        self._process = QProcess(self)
        self._process.finished.connect(self._finished)
        self._process.errorOccurred.connect(self._error)
        self._process.start(program, [*arguments, str(self._file(self._level))])

    def _error(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._played(False)

    def _finished(self, code: int, status: QProcess.ExitStatus) -> None:
        self._played(code == 0 and status is QProcess.ExitStatus.NormalExit)

    def _played(self, well: bool) -> None:
        if self._process is not None:
            self._process.deleteLater()
            self._process = None
        if well:
            if self._level:
                self._again.start(INTERVAL_MS[self._level])
        elif self._players:
            failed = self._players.pop(0)
            log.info("the sound player %s failed", failed[0])
            if self._players:
                self._play()
            else:
                self._again.start(RETRY_MS)
        self._look()
